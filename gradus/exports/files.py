"""The files of the exports that were asked for, beside a result."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from gradus.exports import MarksError, classroom, classroom50, github, gradescope, junit
from gradus.results import Result, write_atomically

FILES: Mapping[str, tuple[str, Callable[[Result], str]]] = {
    "gradescope": ("gradescope.json", gradescope.render),
    "github": ("summary.md", github.summary),
    "classroom": ("classroom.txt", classroom.render),
    "junit": ("junit.xml", junit.render),
}
"""Exports that need a result alone: the file that each writes."""
NAMES = (*FILES, "classroom50")


def require(names: Iterable[str]) -> None:
    """Raises MarksError for an unknown export, and for one whose platform is absent."""
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        raise MarksError(
            f"there is no export {', '.join(unknown)}; the exports are {', '.join(NAMES)}"
        )
    if "classroom50" in names:
        _handed(datetime.now(UTC))


def write_exports(result: Result, names: Iterable[str], folder: Path, submission: Path) -> None:
    """Write the exports of these names into `folder`; `submission` is where it was handed in.

    Raises MarksError where the submission lacks what one of them states.
    """
    for name in names:
        if name in FILES:
            file, render = FILES[name]
            write_atomically(folder / file, render(result))
    if "classroom50" in names:
        handed = _handed(_commit_time(submission))
        write_atomically(folder / "classroom50.json", classroom50.render(result, handed))
        write_atomically(folder / "release-body.md", classroom50.release_body(result))


def _handed(at: datetime) -> classroom50.Handed:
    """What the environment tells of the submission, whose commit was made then."""
    try:
        return classroom50.Handed.of(os.environ, at)
    except ValueError as error:
        raise MarksError(str(error)) from None


def _commit_time(folder: Path) -> datetime:
    """When the commit that is checked out in `folder` was made."""
    try:
        said = subprocess.run(
            ["git", "-C", str(folder), "show", "--no-patch", "--format=%ct", "HEAD"],
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )
        return datetime.fromtimestamp(int(said.stdout.strip()), UTC)
    except (OSError, ValueError, subprocess.SubprocessError):
        raise MarksError(
            f"{folder} is in no git checkout with a commit, but a Classroom 50 result states the "
            "commit's time; grade the student's checkout"
        ) from None
