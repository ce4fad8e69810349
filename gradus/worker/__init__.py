"""The untrusted side of the trust line, and the grader's end of the pipes to it."""
