"""What `gradus grade` does with marks besides its reports: manual marks in, exports out."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import typer
from rich.console import Console

from gradus.exports import definitions, files, github
from gradus.exports.gradebook import Marks, table_of
from gradus.manual import ManualMark, merge, read_marks, unmatched
from gradus.results import Result, write_atomically
from gradus.roster import Person, placed, read_roster, without_person, without_submission
from gradus.text import visible_line

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
        files.require(names)
        return cls(
            names,
            read_roster(roster) if roster else (),
            read_marks(manual) if manual else (),
            roster is not None,
        )

    def tell(self, result: Result, submission: Path, *, alone: bool) -> None:
        """Where GitHub Actions says so by its environment variables, its summary grows, and a
        submission graded `alone` is annotated. `submission` is where it lies.
        """
        if "github" in self.emit:
            _tell_github(result, submission, os.environ, annotated=alone)

    def marks_of(self, submission: str) -> tuple[ManualMark, ...]:
        """The manual marks of one submission."""
        return tuple(mark for mark in self.manual if mark.submission == submission)

    def merged(self, result: Result) -> Result:
        """The result with the manual marks."""
        return merge(result, self.manual) if self.manual else result

    def write_gradebook(self, marks: Iterable[Marks], out: Path, console: Console) -> None:
        """Write `gradebook.csv`, and name who was not matched."""
        marks = tuple(marks)
        out.mkdir(parents=True, exist_ok=True)
        write_atomically(out / "gradebook.csv", table_of(marks, self.people))
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
