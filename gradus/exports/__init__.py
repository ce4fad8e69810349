"""Results in the formats that course platforms read: pure functions of a result."""

from gradus.errors import GradusError


class MarksError(GradusError):
    """Marks that cannot be taken in or given out as asked; the message is for a person."""
