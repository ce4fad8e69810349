"""`gradus faults`: every named mistake in the sample, caught, named and written up as a table."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from gradus.catalogue import Catalogue
from gradus.course import Course, CourseError
from gradus.diagnosis import compiled, faults_of, table_path
from gradus.fault_table import Line, as_markdown, idle_laws, inject_all, laws_of
from gradus.results import write_atomically

NAMED_FIRST = 0.95


def run(course: Course, *, jobs: int | None, write: Path | None, console: Console) -> None:
    """Grade every mistake; raises typer.Exit with 1 where one is not caught, or costs elsewhere.

    The compiled catalogue is brought up to date first. Raises CourseError where the course has no
    programs of its mistakes, as in a handout.
    """
    faults = faults_of(course)
    if not faults:
        raise CourseError(
            "this course has no programs of named mistakes: they are where the reference solution "
            "is, not in a handout"
        )
    refresh(course, console)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    ) as progress:
        bar = progress.add_task("Grading mistakes", total=len(faults))
        lines = inject_all(course, jobs or os.cpu_count() or 1, lambda line: progress.advance(bar))
    for line in lines:
        for problem in _problems(line):
            console.print(f"{line.fault}: {problem}", markup=False)
    idle = idle_laws(lines, laws_of(course))
    rules = course.settings.diagnosis
    reasons = rules.never_alone if rules is not None else {}
    first = sum(line.is_named_first for line in lines)
    console.print(f"{len(lines)} mistakes, {first} named first", markup=False)
    for law in idle:
        console.print(
            f"never the only catcher: {law}: {reasons.get(law, 'no reason is given')}", markup=False
        )
    if write is not None:
        table = {law: reasons.get(law, "no reason is given") for law in idle}
        write_atomically(
            write, as_markdown(lines, table, rules.seen if rules is not None else None)
        )
    wrong = any(not line.caught or line.spilled for line in lines)
    if wrong or first < NAMED_FIRST * len(lines):
        raise typer.Exit(1)


def refresh(course: Course, console: Console) -> None:
    """Compile the catalogue, and put it on disk where it is another one than is there."""
    path = table_path(course)
    if path is None:
        return
    catalogue = compiled(course, course.oracle())
    if path.is_file() and same(Catalogue.load(path), catalogue):
        return
    catalogue.save(path)
    console.print(f"wrote {path.relative_to(course.root).as_posix()}", markup=False)


def same(one: Catalogue, other: Catalogue) -> bool:
    """Whether two catalogues name the same mistakes for the same answers, rounding aside."""
    if (one.sentences, one.digests) != (other.sentences, other.digests):
        return False
    if {piece: len(rows) for piece, rows in one.rows.items()} != {
        piece: len(rows) for piece, rows in other.rows.items()
    }:
        return False
    return all(
        a.faults == b.faults
        and a.kinds == b.kinds
        and all(
            np.allclose(x, y, rtol=1e-9, atol=1e-9)
            for x, y in zip(a.numbers, b.numbers, strict=True)
        )
        for piece, rows in one.rows.items()
        for a, b in zip(rows, other.rows[piece], strict=True)
    )


def _problems(line: Line) -> list[str]:
    problems = []
    if not line.caught:
        problems.append("no law of its task catches it")
    if line.spilled:
        problems.append(f"costs points in {', '.join(line.spilled)} too")
    if not line.is_named_first:
        problems.append(f"is told as {', '.join(line.named) or 'nothing'}")
    return problems
