"""Folders that a submission filled or is: looked through, and removed, whatever is in them."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

DEPTH_CAP = 64
"""So many folders within each other are looked through."""


@contextlib.contextmanager
def temporary_folder() -> Iterator[Path]:
    """A new folder, removed with all that is in it; what cannot be removed stays, and is no error.

    The path is resolved: comparing others with it needs no look at the disk.
    """
    with tempfile.TemporaryDirectory(prefix="gradus-", ignore_cleanup_errors=True) as name:
        folder = Path(name).resolve()
        try:
            yield folder
        finally:
            empty(folder)


def empty(folder: Path) -> None:
    """Remove all that is below `folder`, which stays; what cannot be removed stays too.

    Folders are moved up before they are looked into: paths then stay short and nothing is called
    within itself, however deep they were.
    """
    waiting = _emptied(folder)
    found: list[Path] = []
    while waiting:
        inner = waiting.pop()
        found.append(inner)
        for deeper in _emptied(inner):
            moved = folder / uuid.uuid4().hex
            with contextlib.suppress(OSError):
                deeper.rename(moved)
                waiting.append(moved)
    for inner in reversed(found):
        with contextlib.suppress(OSError):
            inner.rmdir()


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Whether this is a folder, and neither a link to one nor, on Windows, a junction."""
    junction = getattr(entry.stat(follow_symlinks=False), "st_reparse_tag", 0)
    return entry.is_dir(follow_symlinks=False) and not junction


def _emptied(folder: Path) -> list[Path]:
    """The folders in `folder`, whose files are removed."""
    folders: list[Path] = []
    with contextlib.suppress(OSError):
        folder.chmod(0o700)
        for entry in list(os.scandir(folder)):
            path = Path(entry.path)
            if _is_folder(entry):
                with contextlib.suppress(OSError):
                    path.chmod(0o700)  # one that cannot be written to cannot be moved
                folders.append(path)
            else:
                with contextlib.suppress(OSError):
                    if sys.platform == "win32" and not entry.is_symlink():
                        path.chmod(0o600)  # a file that may not be written to cannot be removed
                    path.unlink()
    return folders


@dataclass(frozen=True)
class Level:
    """One folder of a tree: the names of its plain files, and why there may be more in it.

    `problem` is None for one that was looked into.
    """

    folder: Path
    files: tuple[str, ...]
    problem: str | None = None


def levels(root: Path, wanted: Callable[[Path], bool]) -> Iterator[Level]:
    """`root` and every wanted folder below it, outer ones first and each before its neighbours.

    Links are not followed. Folders that cannot be read, and those too deep for any use, are levels
    with a problem.
    """
    waiting = [(root, 0)]
    while waiting:
        folder, depth = waiting.pop()
        if depth > DEPTH_CAP:
            yield Level(folder, (), f"it has folders nested more than {DEPTH_CAP} deep")
            continue
        try:
            with os.scandir(folder) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
            if not os.access(folder, os.X_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
            files = tuple(one.name for one in found if one.is_file(follow_symlinks=False))
            inner = [Path(one.path) for one in found if one.is_dir(follow_symlinks=False)]
        except OSError as error:
            yield Level(folder, (), f"the folder {folder.name} cannot be read ({error.strerror})")
            continue
        yield Level(folder, files)
        waiting += [(path, depth + 1) for path in reversed(inner) if wanted(path)]
