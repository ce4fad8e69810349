"""`gradus handout`: the repository that students get."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from gradus import handout
from gradus.course import Course


def run(course: Course, folder: Path, console: Console) -> None:
    """Build the handout; raises HandoutError where the course or the folder will not do."""
    files = handout.build(course, folder)
    rules = course.settings.handout
    assert rules is not None  # for the type checker: `build` has seen it
    console.print(
        f"{folder}: {len(files)} files; functions left for students: {len(rules.unfinished)}",
        markup=False,
        highlight=False,
    )
