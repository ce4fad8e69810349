"""Many submissions: jobs for an executor, a journal of what is done, and what became of each."""
