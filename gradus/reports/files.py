"""A result and its reports on disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gradus.reports import html, markdown
from gradus.reports.figures import write_figures
from gradus.reports.language import ENGLISH, Language
from gradus.results import Result, write_atomically

NAMES = ("results.json", "report.md", "report.html")


def write_reports(
    result: Result,
    folder: Path,
    figures: tuple[Any, ...] = (),
    language: Language = ENGLISH,
) -> None:
    """The figures, report.md, report.html and results.json, each replaced whole, in this order:
    where there is a results.json, the rest is complete.
    """
    folder.mkdir(parents=True, exist_ok=True)
    write_figures(figures, folder)
    write_atomically(folder / "report.md", markdown.render(result, language))
    write_atomically(folder / "report.html", html.render(result, figures, language))
    write_atomically(folder / "results.json", result.to_json())


def remove_reports(folder: Path) -> None:
    """Take away what an earlier grading left, the result first, and what it left unfinished.

    Only files of names that are written here go: the folder may hold other things.
    """
    if not folder.is_dir():
        return
    for name in NAMES:
        (folder / name).unlink(missing_ok=True)
        for unfinished in folder.glob(f".{name}.*.tmp"):
            unfinished.unlink(missing_ok=True)
    for unfinished in folder.glob("figures/.*.tmp"):
        unfinished.unlink(missing_ok=True)
