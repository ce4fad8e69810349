"""Submissions that attack the grader: what they do, and what must come of it."""
