"""Tells which attempt of whom is graded, where a course platform's names tell of several."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from gradus.intake import Submission
from gradus.text import visible_line


def tell_of_attempts(submissions: Iterable[Submission], console: Console) -> None:
    """One line for each student of whom not all that was handed in is graded."""
    for submission in submissions:
        if submission.note:
            # Some CI systems read ##[command] anywhere in a line.
            said = visible_line(f"{submission.id}: {submission.note}").replace("##[", "# #[")
            console.print(Text(said), soft_wrap=True)
