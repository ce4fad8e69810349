"""`gradus check`: verdicts on the terminal."""

from __future__ import annotations

import tempfile
from pathlib import Path

import typer
from rich.console import Console

from gradus.commands.follow import Following
from gradus.course import Course
from gradus.grading import WORKER_TEST_ROWS, WORKER_TRAIN_ROWS, Settings, grade
from gradus.intake import IntakeError, Submission, find
from gradus.results import Verdict


def run(course: Course, named: Path, *, settings: Settings, console: Console) -> None:
    """Check one submission; raises typer.Exit with 1 where a scored law did not pass.

    A law that waits for a person is no failure: its points are not lost.

    The embedded data set does for every check: marks do not depend on the data, and a check must
    neither wait for a network nor behave differently without one.
    """
    with tempfile.TemporaryDirectory(prefix="gradus-", ignore_cleanup_errors=True) as unpacked:
        _check(course, named, find(named, course, Path(unpacked).resolve()), settings, console)


def _check(
    course: Course,
    named: Path,
    found: tuple[Submission, ...],
    settings: Settings,
    console: Console,
) -> None:
    if len(found) > 1:
        ids = ", ".join(submission.id for submission in found[:5])
        raise IntakeError(
            f"{named} holds {len(found)} submissions ({ids}...); check takes one, grade takes many"
        )
    dataset = course.sample_dataset(WORKER_TRAIN_ROWS, WORKER_TEST_ROWS)
    with Following(console) as following:
        result, _ = grade(course, found[0], dataset, settings, following)
        following.finish(result)
    decided = [check for check in result.checks if check.scored and not check.pending]
    if any(check.verdict is not Verdict.PASSED for check in decided):
        raise typer.Exit(1)
