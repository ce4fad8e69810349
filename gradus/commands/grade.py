"""`gradus grade`: points and evidence for one submission or many, and reports on disk."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import typer
from rich.console import Console

from gradus.commands.follow import Following
from gradus.commands.marks_out import MarksOut
from gradus.course import COURSE_FILE, Course
from gradus.exports import MarksError
from gradus.exports.gradebook import Marks
from gradus.grading import HarnessFault, Settings, grade
from gradus.intake import IntakeError, Submission, find
from gradus.isolation import measure, require
from gradus.reports import html, markdown
from gradus.results import Isolation, Result, write_atomically
from gradus.text import visible_line


def run(
    course: Course,
    named: list[Path],
    *,
    out: Path,
    data: str,
    settings: Settings,
    fail_under: float | None,
    console: Console,
    marks_out: MarksOut,
    require_isolation: str | None = None,
) -> None:
    """Grade, and write reports and what else was asked for.

    Raises IsolationError, before anything is graded, where submissions cannot be kept apart as
    `require_isolation` asks, typer.Exit with 1 where `fail_under` is missed, and, once all is
    written, MarksError for manual marks and exports that do not fit; their submissions stay
    without them.
    """
    with tempfile.TemporaryDirectory(prefix="gradus-", ignore_cleanup_errors=True) as unpacked:
        submissions = _all(course, named, Path(unpacked).resolve())
        isolation = measure(
            course.root / COURSE_FILE, settings.limits, settings.student_python, settings.mechanisms
        )
        if require_isolation is not None:
            require(isolation, require_isolation)
        dataset = course.dataset(data)
        _grade_all(
            course,
            submissions,
            dataset,
            isolation,
            out=out,
            settings=settings,
            fail_under=fail_under,
            console=console,
            marks_out=marks_out,
        )


def _grade_all(
    course: Course,
    submissions: list[Submission],
    dataset: Any,
    isolation: Isolation,
    *,
    out: Path,
    settings: Settings,
    fail_under: float | None,
    console: Console,
    marks_out: MarksOut,
) -> None:
    """Grade each; one among many that is refused, or hits a fault, costs the others nothing."""
    single = len(submissions) == 1
    missed = False
    marks: list[Marks] = []
    unfit: list[str] = []
    refused: list[str] = []
    faults: list[str] = []
    for submission in submissions:
        with marks_out.silenced(), Following(console) as following:
            try:
                result, _ = grade(course, submission, dataset, settings, following, isolation)
            except IntakeError as error:
                refused.append(str(error))
                continue
            except HarnessFault as fault:
                faults.append(f"{visible_line(submission.id)}: {fault}")
                continue
            try:
                result = marks_out.merged(result)
            except MarksError as error:
                unfit.append(str(error))
            following.finish(result)
        folder = out if single else out / submission.id
        write_reports(result, folder, following.figures)
        try:
            marks_out.write(result, folder, submission.folder, alone=single)
        except MarksError as error:
            unfit.append(str(error))
        marks.append(Marks.of(result))
        console.print(f"Reports: {folder / 'report.html'}, report.md, results.json", markup=False)
        missed |= fail_under is not None and result.score.earned < Decimal(str(fail_under))
    for sentence in refused if marks else ():
        console.print(visible_line(f"Refused: {sentence}"), markup=False, soft_wrap=True)
    if not marks and not faults:
        raise IntakeError("\n".join(refused))
    if not single or marks_out.with_gradebook:
        marks_out.write_gradebook(marks, out, console)
    if faults:
        raise HarnessFault("\n\n".join(faults))
    if unfit:
        raise MarksError("\n".join(unfit))
    if missed:
        console.print(f"Fewer points earned than --fail-under {fail_under:g}.", markup=False)
        raise typer.Exit(1)


def write_reports(result: Result, folder: Path, figures: tuple[Any, ...] = ()) -> None:
    """results.json, report.html, report.md and figures/*.svg, each replaced whole."""
    folder.mkdir(parents=True, exist_ok=True)
    for figure in figures:
        (folder / "figures").mkdir(exist_ok=True)
        write_atomically(folder / "figures" / f"{figure.name}.svg", figure.svg)
    write_atomically(folder / "results.json", result.to_json())
    write_atomically(folder / "report.md", markdown.render(result))
    write_atomically(folder / "report.html", html.render(result, figures))


def _all(course: Course, named: list[Path], unpacked: Path) -> list[Submission]:
    """Every submission named, each id once: a second one of a name gets a number."""
    found: list[Submission] = []
    for path in named:
        for submission in find(path, course, unpacked):
            taken = {other.id for other in found}
            id, number = submission.id, 2
            while id in taken:
                id, number = f"{submission.id}-{number}", number + 1
            found.append(replace(submission, id=id))
    return found
