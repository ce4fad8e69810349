"""What ends a command early: something that a person can mend, or a fault of the harness's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gradus.results import Result


class GradusError(Exception):
    """What a person can mend: the message is one sentence for them, that ends the command."""


class HarnessFault(Exception):
    """The harness itself went wrong; the result, where there is one, says which laws were hit."""

    def __init__(self, message: str, result: Result | None = None) -> None:
        super().__init__(message)
        self.result = result
