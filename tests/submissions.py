"""Submissions for tests: the sample, changed in stated places."""

from __future__ import annotations

import shutil
from pathlib import Path

from gradus.course import Course
from gradus.grading import Settings, grade
from gradus.intake import Submission
from gradus.results import Check, Result
from gradus.worker.client import Limits

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "student"


def sample_copy(folder: Path) -> Path:
    """A copy of the sample submission to change."""
    shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def replace(path: Path, old: str, new: str) -> int:
    """Put `new` in place of the only `old` in a file; returns the line where it begins."""
    source = path.read_text("utf-8")
    assert source.count(old) == 1, f"{path.name} holds {old!r} {source.count(old)} times"
    path.write_text(source.replace(old, new), "utf-8")
    return source[: source.index(old)].count("\n") + 1


def graded(
    folder: Path, limits: Limits | None = None, tasks: tuple[str, ...] | None = None
) -> Result:
    """What the course in this tree gives a submission, on the embedded data set."""
    course = Course(ROOT)
    dataset = course.small_dataset()
    settings = Settings(limits=limits or Limits(), tasks=tasks)
    result, _ = grade(course, Submission("submission", folder), dataset, settings)
    return result


def earned(result: Result) -> dict[str, float]:
    """Points earned by piece, of the pieces that laws judge."""
    return {piece.id: float(piece.earned) for task in result.tasks for piece in task.pieces}


def check(result: Result, id: str) -> Check:
    return next(found for found in result.checks if found.id == id)
