"""`gradus grade`: points and evidence for one submission or many, and reports on disk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import typer
from rich.console import Console

from gradus.attempts import Ids
from gradus.cohort.job import Job, grade_one
from gradus.cohort.key import Versions
from gradus.cohort.outcome import Outcome, results
from gradus.commands.attempts import tell_of_attempts
from gradus.commands.follow import Following
from gradus.commands.many import Where, grade_many
from gradus.commands.marks_out import MarksOut
from gradus.course import COURSE_FILE, Course, CourseError
from gradus.exports import MarksError
from gradus.folders import temporary_folder
from gradus.grading import HarnessFault, Settings
from gradus.intake import IntakeError, NotTaken, Submission, find
from gradus.isolation import measure, require
from gradus.reports import cohort
from gradus.reports.language import ENGLISH_CODE, load
from gradus.text import visible_line


@dataclass(frozen=True)
class Wanted:
    """What was asked for besides settings: where results go, and what is done with marks."""

    out: Path
    marks_out: MarksOut
    fail_under: float | None = None
    require_isolation: str | None = None
    force: bool = False
    scheduler: str | None = None
    language: str = ENGLISH_CODE


def run(
    course: Course,
    named: list[Path],
    *,
    data: str,
    settings: Settings,
    wanted: Wanted,
    console: Console,
) -> None:
    """Grade, and write reports and what else was asked for.

    Raises, before anything is graded, CourseError where whole runs are asked for and the course
    has none, IsolationError where submissions cannot be kept apart as was asked for, CohortError
    where a run of many cannot go on, typer.Exit with 1 where `fail_under` is missed, and, once all
    is written, MarksError for manual marks and exports that do not fit; their submissions stay
    without them.
    """
    if settings.full and course.optional(course.settings.parts.full) is None:
        raise CourseError(
            "this copy of the course makes no whole runs, so --full has nothing to run; the "
            "staff's copy does, and your own scripts train and draw"
        )
    with temporary_folder() as temporary:
        unpacked = temporary / "unpacked"
        unpacked.mkdir()
        submissions = taken(course, named, unpacked)
        tell_of_attempts(submissions, console)
        isolation, hello = measure(
            course.root / COURSE_FILE, settings.limits, settings.student_python, settings.mechanisms
        )
        if wanted.require_isolation is not None:
            require(isolation, wanted.require_isolation)
        dataset = course.dataset(data)
        language = load(wanted.language, course.languages)
        alone = len(submissions) == 1
        jobs = [
            Job(
                submission=submission,
                out=wanted.out,
                folder="" if alone else submission.id,
                settings=settings if alone else replace(settings, jobs=1),
                isolation=isolation,
                emit=wanted.marks_out.emit,
                manual=wanted.marks_out.marks_of(submission.id),
                language=wanted.language,
            )
            for submission in submissions
        ]
        with wanted.marks_out.silenced():
            if alone:
                with Following(console, language) as following:
                    outcome = grade_one(jobs[0], course, dataset, following, following.finish)
                outcomes = [outcome]
            else:
                versions = Versions.of(course, dataset.sha256 if dataset else "none", hello)
                outcomes = grade_many(
                    course,
                    jobs,
                    dataset,
                    versions,
                    where=Where(settings.jobs, wanted.scheduler, data, wanted.require_isolation),
                    anew=wanted.force,
                    temporary=temporary,
                    console=console,
                )
        _conclude(course, submissions, outcomes, wanted, console)


def _conclude(
    course: Course,
    submissions: Sequence[Submission],
    outcomes: Sequence[Outcome],
    wanted: Wanted,
    console: Console,
) -> None:
    """What is done once all are graded, and what is told of the run as a whole."""
    alone = len(submissions) == 1
    marks = [outcome.marks for outcome in outcomes if outcome.marks is not None]
    refused = [outcome.sentence or "" for outcome in outcomes if outcome.status == "refused"]
    faults = [
        f"{visible_line(outcome.id)}: {outcome.sentence}"
        for outcome in outcomes
        if outcome.status == "fault"
    ]
    if wanted.marks_out.emit:
        for submission, (_, result) in zip(submissions, results(wanted.out, outcomes), strict=True):
            if result is not None:
                wanted.marks_out.tell(result, submission.folder, alone=alone)
    if marks:
        where = wanted.out if alone else wanted.out / "<id>"
        said = f"Reports: {where / 'report.html'}, report.md, results.json"
        console.print(said, markup=False, highlight=False, soft_wrap=True)
    for sentence in refused if marks else ():
        console.print(visible_line(f"Refused: {sentence}"), markup=False, soft_wrap=True)
    if not marks and not faults:
        raise IntakeError("\n".join(refused))
    if not alone:
        language = load(wanted.language, course.languages)
        cohort.write(wanted.out, outcomes, course, language)
        said = f"The class: {wanted.out / cohort.PAGE}, {cohort.JSON}"
        console.print(said, markup=False, highlight=False, soft_wrap=True)
    if not alone or wanted.marks_out.with_gradebook:
        wanted.marks_out.write_gradebook(marks, wanted.out, console)
    if faults:
        raise HarnessFault("\n\n".join(faults))
    unfit = [problem for outcome in outcomes for problem in outcome.problems]
    if unfit:
        raise MarksError("\n".join(unfit))
    bar = wanted.fail_under
    if bar is not None and any(mark.score.earned < Decimal(str(bar)) for mark in marks):
        console.print(f"Fewer points earned than --fail-under {bar:g}.", markup=False)
        raise typer.Exit(1)


def taken(course: Course, named: list[Path], unpacked: Path) -> list[Submission]:
    """Every submission named, each id once: a second one of a name gets a number.

    Of several that are named, one that cannot be taken is refused by itself. Raises IntakeError
    where the only one named cannot be taken, and where a path does not exist.
    """
    ids = Ids()
    found: list[Submission] = []
    for path in named:
        try:
            submissions = find(path, course, unpacked)
        except NotTaken as error:
            if len(named) == 1:
                raise
            submissions = (Submission(path.name, path, f"it {error.why}"),)
        for submission in submissions:
            found.append(replace(submission, id=ids.free(submission.id)))
    return found
