"""Where the commands of each page are run, and which files a reader would have there."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.docs.blocks import blocks_of
from tests.mnist_like import payloads, store
from tests.submissions import ROOT

LEFT_BEHIND = shutil.ignore_patterns(
    ".git", ".tox", ".venv", ".*_cache", ".hypothesis", "__pycache__", "*.egg-info", "report"
)
ROSTER = "submission,canvas_id,name\nstudent,1001,Ada\n"
GRADES = (
    "Student,ID,SIS User ID,SIS Login ID,Section,Assignment 1 (77)\n"
    "    Points Possible,,,,,4.0\n"
    "Ada,1001,,ada,All,\n"
)


@dataclass(frozen=True)
class Page:
    """A page by its path in the repository; `prepare` makes the folder its commands are run in."""

    path: str
    prepare: Callable[[Path], None]


def repository(folder: Path) -> None:
    """A fresh copy of the repository."""
    shutil.copytree(ROOT, folder, ignore=LEFT_BEHIND)


def graded(folder: Path) -> None:
    """A copy in which the sample was graded, beside a roster and a downloaded gradebook."""
    repository(folder)
    gradus(folder, "grade", "student", "--out", "report", "--data", "digits")
    (folder / "roster.csv").write_text(ROSTER)
    (folder / "grades.csv").write_text(GRADES)


def handout(folder: Path) -> None:
    """A handout in which every function is written, beside small files in place of MNIST's."""
    repository(folder.with_name("staff"))
    gradus(folder.with_name("staff"), "handout", str(folder))
    shutil.copytree(ROOT / "student", folder / "student", dirs_exist_ok=True)
    store(payloads(), folder / "student" / "data")


def gradus(folder: Path, *arguments: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "gradus", *arguments],
        cwd=folder,
        check=True,
        stdout=subprocess.DEVNULL,
    )


PAGES = (
    Page("README.md", repository),
    Page("docs/changing-the-course.md", repository),
    Page("docs/marks-out.md", graded),
    Page("checks/handout/README.md", handout),
)


def every_page() -> list[str]:
    """Every page of the repository that says how to use it."""
    found = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("checks/**/*.md")]
    return sorted(path.relative_to(ROOT).as_posix() for path in found)


def unknown_pages() -> list[str]:
    """Pages with commands, of which nobody says where they are run."""
    known = {page.path for page in PAGES}
    return [
        path
        for path in every_page()
        if path not in known
        and any(block.should_be_run for block in blocks_of((ROOT / path).read_text("utf-8")))
    ]
