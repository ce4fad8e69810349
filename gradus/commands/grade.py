"""`gradus grade`: points and evidence for one submission or many, and reports on disk."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import typer
from rich.console import Console

from gradus.commands.follow import Following
from gradus.course import Course
from gradus.grading import Settings, grade
from gradus.intake import Submission, find
from gradus.reports import html, markdown
from gradus.results import Result, write_atomically


def run(
    course: Course,
    named: list[Path],
    *,
    out: Path,
    data: str,
    settings: Settings,
    fail_under: float | None,
    console: Console,
) -> None:
    """Grade and write reports; raises typer.Exit with 1 where `fail_under` is missed."""
    submissions = _all(course, named)
    dataset = course.dataset(data)
    single = len(submissions) == 1
    missed = False
    for submission in submissions:
        with Following(console) as following:
            result, _ = grade(course, submission, dataset, settings, following)
            following.finish(result)
        folder = out if single else out / submission.id
        write_reports(result, folder)
        console.print(f"Reports: {folder / 'report.html'}, report.md, results.json", markup=False)
        missed |= fail_under is not None and result.score.earned < Decimal(str(fail_under))
    if missed:
        raise typer.Exit(1)


def write_reports(result: Result, folder: Path) -> None:
    """results.json, report.html and report.md, each replaced whole."""
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / "results.json", result.to_json())
    write_atomically(folder / "report.md", markdown.render(result))
    write_atomically(folder / "report.html", html.render(result))


def _all(course: Course, named: list[Path]) -> list[Submission]:
    """Every submission named, each id once: a second one of a name gets a number."""
    found: list[Submission] = []
    for path in named:
        for submission in find(path, course):
            taken = {other.id for other in found}
            id, number = submission.id, 2
            while id in taken:
                id, number = f"{submission.id}-{number}", number + 1
            found.append(Submission(id, submission.folder))
    return found
