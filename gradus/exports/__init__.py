"""Results in the formats that course platforms read: pure functions of a result."""


class MarksError(Exception):
    """Marks that cannot be taken in or given out as asked; the message is for a person."""
