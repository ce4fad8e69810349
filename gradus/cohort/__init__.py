"""Many submissions: jobs for an executor, a journal of what is done, and what became of each."""

from __future__ import annotations

from gradus.errors import GradusError


class CohortError(GradusError):
    """A run of many cannot begin, or cannot go on; the message is one sentence on what to do."""
