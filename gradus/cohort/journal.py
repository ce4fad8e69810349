"""`journal.jsonl`: one line for each finished submission, so that a run goes on where it was ended.

A line is appended whole and forced to disk, after the results that it tells of. Whatever a kill or
a full disk leaves at the end of the file is no entry, and no error.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Literal, Self

from pydantic import Field

from gradus.cohort import CohortError
from gradus.cohort.job import digest_of_results
from gradus.cohort.outcome import Outcome
from gradus.models import Frozen

FILE = "journal.jsonl"
NEWLINE = b"\n"


class Entry(Frozen):
    """One line: what became of a submission, and the key of what decided it (see `key`).

    `shown` is the key of what was made of its result. Where that was made anew, `before` is the
    digest of the `results.json` that it replaces, and that stands there until it is replaced.
    """

    schema_id: Literal["gradus/journal/v1"] = Field(default="gradus/journal/v1", alias="schema")
    key: str
    shown: str = ""
    before: str | None = None
    outcome: Outcome

    def line(self) -> bytes:
        """The line, with its end; ASCII, whatever a submission is called."""
        return json.dumps(self.model_dump(), allow_nan=False).encode("ascii") + NEWLINE


@dataclass(frozen=True)
class Done:
    """A graded submission; `shown` is the key of what was made of it, None where that is undone."""

    outcome: Outcome
    shown: str | None


@dataclass(frozen=True)
class Content:
    """What a journal holds.

    Attributes
    ----------
    entries : the last entry of each submission, by id.
    whole_bytes : how much of the file is lines; what follows is the torn rest of one.
    ends_in_line : whether the last entry has its end of line.
    unread : how many lines are no entries, or entries of another version.
    """

    entries: Mapping[str, Entry]
    whole_bytes: int
    ends_in_line: bool
    unread: int


def parse(content: bytes) -> Content:
    """Read a journal. Never raises: what is no entry counts as unread, or as torn at the end."""
    *lines, tail = content.split(NEWLINE)
    found = [_entry(line) for line in lines if line.strip()]
    unread = found.count(None)
    last = _entry(tail)
    if last is not None:
        found.append(last)
    whole = len(content) if last is not None else len(content) - len(tail)
    entries = {entry.outcome.id: entry for entry in found if entry is not None}
    return Content(entries, whole, last is None, unread)


def _entry(line: bytes) -> Entry | None:
    try:
        return Entry.model_validate(json.loads(line))
    except (ValueError, RecursionError):
        return None


class Journal:
    """The journal of the folder `out`, held by one run at a time; a context manager.

    `torn` says that the end of the file was cut off, `unread` how many lines are no entries. With
    `anew` what it held is forgotten. Raises CohortError where another run holds it, and where it
    cannot be written.
    """

    def __init__(self, out: Path, *, anew: bool = False) -> None:
        self._out = out
        self._path = out / FILE
        try:
            out.mkdir(parents=True, exist_ok=True)
            self._file = open(self._path, "a+b", buffering=0)  # noqa: SIM115 - closed by `close`
        except OSError as error:
            raise CohortError(f"{self._path} cannot be written: {error.strerror}") from error
        if not _locked(self._file.fileno()):
            self._file.close()
            raise CohortError(
                f"another run is writing into {out}; wait for its end, or name another folder with "
                "--out"
            )
        if anew:
            self._file.truncate(0)
        self._file.seek(0)
        content = self._file.read()
        found = parse(content)
        self.torn = found.whole_bytes < len(content)
        self.unread = found.unread
        self._entries = dict(found.entries)
        self._file.truncate(found.whole_bytes)
        if not found.ends_in_line:
            self._write(NEWLINE)

    @property
    def ids(self) -> list[str]:
        """The submissions that it knows, in the order of their first lines."""
        return list(self._entries)

    def done(self, id: str, key: str) -> Done | None:
        """What is there of a submission that was graded under this key and whose result is intact.

        That is so too where a kill came between a line and the results that it tells of, which were
        to be made anew: they are made anew again. None, too, where the line names a folder that is
        not below that of the run.
        """
        entry = self._entries.get(id)
        if entry is None or entry.key != key or entry.outcome.status != "graded":
            return None
        folder = PurePosixPath(entry.outcome.folder)
        if folder.is_absolute() or ".." in folder.parts:
            return None
        found = digest_of_results(self._out / entry.outcome.folder)
        if found == entry.outcome.results_sha256:
            return Done(entry.outcome, entry.shown)
        if found is not None and found == entry.before:
            outcome = entry.outcome.model_copy(update={"results_sha256": found})
            return Done(outcome, None)
        return None

    def append(
        self, key: str, outcome: Outcome, shown: str = "", before: str | None = None
    ) -> None:
        """Add a finished submission; it is on disk when this returns."""
        entry = Entry(key=key, shown=shown, before=before, outcome=outcome)
        self._write(entry.line())
        self._entries[outcome.id] = entry

    def close(self) -> None:
        """Let others have it."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _write(self, line: bytes) -> None:
        try:
            left = memoryview(line)
            while left:
                left = left[self._file.write(left) or 0 :]
            os.fsync(self._file.fileno())
        except OSError as error:
            raise CohortError(
                f"{self._path} cannot be written ({error.strerror}); what it holds is kept, and "
                "the same command goes on from there"
            ) from error


def _locked(descriptor: int) -> bool:
    """Lock a file until it is closed, by this process's end at the latest; whether nobody else has.

    A file system without locks locks nothing.
    """
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(descriptor, 1 << 40, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        return True
    return True
