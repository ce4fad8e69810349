"""Small cohorts: few tasks, tight limits, and every kind of submission that a class hands in.

`python -m tests.cohorts MANY OUT` grades one, so that a test can kill it.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console

from gradus.commands.grade import Wanted, run
from gradus.commands.marks_out import MarksOut
from gradus.course import Course
from gradus.grading import Settings
from gradus.results import comparable
from tests.submissions import ROOT, SAMPLE, replace
from tests.test_failures import TIGHT

TASKS = ("2a",)
FORWARD_END = "        return np.exp(-np.logaddexp(0, -z))\n"
FILES = ("task2a.py", "utils.py")


def _forward(body: str) -> Callable[[Path], None]:
    return lambda folder: _replaced(folder, FORWARD_END, f"        {body}\n")


def _replaced(folder: Path, old: str, new: str) -> None:
    replace(folder / "task2a.py", old, new)


def _at_import(line: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / "task2a.py"
        path.write_text(f"{line}\n{path.read_text('utf-8')}", "utf-8")

    return change


KINDS: dict[str, Callable[[Path], None]] = {
    "honest": lambda folder: None,
    "broken": lambda folder: _replaced(folder, "/ 127.5 - 1", "/ 255"),
    "hanging": _forward("while True: pass"),
    "sleeping": _forward("import time; time.sleep(600)"),
    "crashing": _at_import("import os; os._exit(0)"),
    "hostile": _forward("import ctypes; ctypes.string_at(0)"),
}


def cohort(folder: Path, *kinds: str) -> Path:
    """A folder with one submission of each kind (default: all), called by its kind."""
    for kind in kinds or KINDS:
        submission(folder / kind, kind)
    return folder


def submission(folder: Path, kind: str) -> Path:
    """Two files of the sample, changed as this kind is."""
    folder.mkdir(parents=True)
    for name in FILES:
        (folder / name).write_bytes((SAMPLE / name).read_bytes())
    KINDS[kind](folder)
    return folder


def grade(many: Path, out: Path, *, jobs: int = 2, **wanted: Any) -> str:
    """Grade a cohort into `out`; what is shown where there is no terminal."""
    console = Console(file=io.StringIO(), width=200)
    settings = Settings(tasks=TASKS, limits=TIGHT, jobs=jobs)
    run(
        Course(ROOT),
        [many],
        data="digits",
        settings=settings,
        wanted=Wanted(out, wanted.pop("marks_out", MarksOut()), **wanted),
        console=console,
    )
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def results(out: Path) -> dict[str, Any]:
    """The comparable results below `out`, by their folders' names."""
    return {
        path.parent.name: comparable(json.loads(path.read_text("utf-8")))
        for path in sorted(out.glob("*/results.json"))
    }


if __name__ == "__main__":
    grade(Path(sys.argv[1]), Path(sys.argv[2]))
