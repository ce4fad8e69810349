"""`gradus claims`: a draft of an answers file from a report."""

from __future__ import annotations

from pathlib import Path

import typer

from gradus.answers_toml import FILE
from gradus.claims.documentation import table
from gradus.claims.drafting import draft
from gradus.claims.texts import ReportError, passages
from gradus.course import Course, CourseError
from gradus.results import write_atomically


def run(course: Course, report: Path | None, out: Path | None) -> None:
    """Write the draft to `out`, or to stdout; without a report, the vocabulary as a table.

    Raises ReportError where the report cannot be read or `out` is there already, CourseError where
    the course has no vocabulary of claims.
    """
    vocabulary = course.optional(course.settings.parts.claims)
    if vocabulary is None:
        raise CourseError("this course has no vocabulary of claims, so there is nothing to draft")
    if report is None:
        typer.echo(table(vocabulary.ENTRIES), nl=False)
        return
    text = draft(report.name, passages(report), vocabulary.ENTRIES)
    if out is None:
        typer.echo(text, nl=False)
        return
    out = out / FILE if out.is_dir() else out
    if out.exists():
        raise ReportError(f"{out.name} is there already; name another file with --out")
    write_atomically(out, text)
    typer.echo(f"Draft: {out}. Read it before you hand it in.", err=True)
