"""What `gradus grade` does with marks besides its reports: manual marks in, exports out."""

from __future__ import annotations

import os
import secrets
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import typer
from rich.console import Console

from gradus.exports import (
    MarksError,
    classroom,
    classroom50,
    definitions,
    github,
    gradescope,
    junit,
)
from gradus.exports.gradebook import Marks, table_of
from gradus.manual import ManualMark, merge, read_marks, unmatched
from gradus.results import Result, write_atomically
from gradus.roster import Person, placed, read_roster, without_person, without_submission
from gradus.text import visible_line

FILES: Mapping[str, tuple[str, Callable[[Result], str]]] = {
    "gradescope": ("gradescope.json", gradescope.render),
    "github": ("summary.md", github.summary),
    "classroom": ("classroom.txt", classroom.render),
    "junit": ("junit.xml", junit.render),
}
"""Exports that need a result alone: the file that each writes."""
NAMES = (*FILES, "classroom50")
LEAST_SUMMARY = 4_000


@dataclass(frozen=True)
class MarksOut:
    """What was asked for, read and checked before anything is graded."""

    emit: tuple[str, ...] = ()
    people: tuple[Person, ...] = ()
    manual: tuple[ManualMark, ...] = ()
    with_gradebook: bool = False

    @classmethod
    def read(cls, emit: str | None, roster: Path | None, manual: Path | None) -> MarksOut:
        """Raises MarksError for an unknown name in `emit`, for an export whose platform is absent,
        and for tables that cannot be used.
        """
        names = tuple(name.strip() for name in (emit or "").split(",") if name.strip())
        unknown = [name for name in names if name not in NAMES]
        if unknown:
            raise MarksError(
                f"there is no export {', '.join(unknown)}; the exports are {', '.join(NAMES)}"
            )
        if "classroom50" in names:
            _handed(datetime.now(UTC))
        return cls(
            names,
            read_roster(roster) if roster else (),
            read_marks(manual) if manual else (),
            roster is not None,
        )

    def merged(self, result: Result) -> Result:
        """The result with the manual marks."""
        return merge(result, self.manual) if self.manual else result

    def write(self, result: Result, folder: Path, submission: Path, *, alone: bool) -> None:
        """Write the exports of one result into `folder`.

        `submission` is where it lies. Where GitHub Actions says so by its environment variables,
        its summary grows, and a submission graded `alone` is annotated.
        """
        for name in self.emit:
            if name in FILES:
                file, render = FILES[name]
                write_atomically(folder / file, render(result))
        if "github" in self.emit:
            _tell_github(result, submission, os.environ, annotated=alone)
        if "classroom50" in self.emit:
            _write_classroom50(result, folder, submission)

    def write_gradebook(self, marks: Iterable[Marks], out: Path, console: Console) -> None:
        """Write `gradebook.csv`, and name who was not matched."""
        marks = tuple(marks)
        write_bytes(out / "gradebook.csv", table_of(marks, self.people))
        console.print(f"Gradebook: {out / 'gradebook.csv'}", markup=False, highlight=False)
        origins = {mark.submission: mark.origin for mark in marks}
        report_unmatched(placed(self.people, origins), self.manual, list(origins), console)

    @contextmanager
    def silenced(self) -> Iterator[None]:
        """While open, GitHub Actions takes nothing that is printed for a command."""
        if "github" not in self.emit or os.environ.get("GITHUB_ACTIONS") != "true":
            yield
            return
        token = secrets.token_hex(16)
        typer.echo(github.stop_commands(token))
        try:
            yield
        finally:
            typer.echo(github.resume_commands(token))


def report_unmatched(
    people: tuple[Person, ...],
    manual: tuple[ManualMark, ...],
    graded: list[str],
    console: Console,
) -> None:
    """Name everybody and everything that has no counterpart."""
    show_list(
        "Of the roster, without a graded submission",
        [person.shown for person in without_submission(people, graded)],
        console,
    )
    if people:
        show_list("Graded, but not in the roster", without_person(people, graded), console)
    show_list("Marked by hand, but not graded", unmatched(manual, graded), console)


def show_list(what: str, names: Iterable[str], console: Console) -> None:
    """Print names under a heading; nothing where there are none."""
    names = list(names)
    if names:
        # Some CI systems read ##[command] anywhere in a line.
        shown = ", ".join(visible_line(name).replace("##[", "# #[") for name in names)
        console.print(f"{what} ({len(names)}): {shown}", markup=False, highlight=False)


def write_bytes(path: Path, content: bytes) -> None:
    """Replace a file whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        part.write_bytes(content)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def _tell_github(
    result: Result, submission: Path, environment: Mapping[str, str], *, annotated: bool
) -> None:
    """Append to the step's summary while it has room, and print annotations."""
    named = environment.get("GITHUB_STEP_SUMMARY")
    if named:
        path = Path(named)
        room = github.SUMMARY_LIMIT - (path.stat().st_size if path.exists() else 0)
        if room >= LEAST_SUMMARY:
            with path.open("ab") as file:
                file.write(github.summary(result, room - 1).encode("utf-8", "backslashreplace"))
                file.write(b"\n")
    if annotated and environment.get("GITHUB_ACTIONS") == "true":
        root = Path(environment.get("GITHUB_WORKSPACE") or ".").resolve()
        folder = submission.resolve()
        relative = folder.relative_to(root).as_posix() if folder.is_relative_to(root) else None
        places = definitions.places(result, lambda name: _source(folder / name))
        for line in github.annotate(result, relative, places):
            typer.echo(line)


def _source(path: Path) -> str | None:
    """A file of a submission, where it is one and no link to another."""
    try:
        return None if path.is_symlink() else path.read_text("utf-8")
    except (OSError, ValueError):
        return None


def _write_classroom50(result: Result, folder: Path, submission: Path) -> None:
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
