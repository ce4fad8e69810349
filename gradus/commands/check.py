"""`gradus check`: verdicts on the terminal."""

from __future__ import annotations

from pathlib import Path

import typer
from rich.console import Console

from gradus.commands.follow import Following
from gradus.course import Course
from gradus.folders import temporary_folder
from gradus.grading import Settings, grade
from gradus.intake import IntakeError, Submission, find
from gradus.reports.language import Language
from gradus.results import Result, Verdict


def run(
    course: Course, named: Path, *, settings: Settings, console: Console, language: Language
) -> None:
    """Check one submission; raises typer.Exit with 1 where a scored law did not pass.

    The embedded data set does for every check: marks do not depend on the data, and a check must
    neither wait for a network nor behave differently without one.
    """
    with temporary_folder() as unpacked:
        submission = the_one_submission(course, named, unpacked)
        dataset = course.small_dataset()
        with Following(console, language) as following:
            result, _ = grade(course, submission, dataset, settings, following)
            following.finish(result)
    if status := status_of(result):
        raise typer.Exit(status)


def the_one_submission(course: Course, named: Path, unpacked: Path | None) -> Submission:
    """What is named, as `intake.find` has it; raises IntakeError where it holds several."""
    found = find(named, course, unpacked)
    if len(found) > 1:
        ids = ", ".join(submission.id for submission in found[:5])
        raise IntakeError(
            f"{named} holds {len(found)} submissions ({ids}...); check takes one, grade takes many"
        )
    return found[0]


def status_of(result: Result) -> int:
    """1 where a scored law did not pass, else 0.

    A law that waits for a person is no failure: its points are not lost.
    """
    decided = [check for check in result.checks if check.scored and not check.pending]
    return int(any(check.verdict is not Verdict.PASSED for check in decided))
