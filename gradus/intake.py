"""From what was named on the command line to clean copies of submissions.

A submission is never run, imported or written to where it lies: it is copied, digested, and the
copy is what the worker sees. Links are not followed and caches are left behind.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from gradus.course import Course

MAX_FILES = 2_000
MAX_FILE_BYTES = 64 * 2**20
MAX_TOTAL_BYTES = 256 * 2**20
SKIPPED_FOLDERS = frozenset({"__pycache__", "__MACOSX", "node_modules", "site-packages"})


class IntakeError(Exception):
    """What was named cannot be graded; the message is one sentence for the person who named it."""


@dataclass(frozen=True)
class Submission:
    """A submission where it was found: its id in results, and its folder."""

    id: str
    folder: Path


def find(named: Path, course: Course) -> tuple[Submission, ...]:
    """The submissions at or below a path, in alphabetical order, each with an id of its own.

    Raises IntakeError where the path does not exist, is a file, or holds no submission, and where
    the only submission found is one that this course refuses.
    """
    if not named.exists():
        raise IntakeError(f"{named} does not exist; name a submission's folder")
    if not named.is_dir():
        raise IntakeError(f"{named} is a file, but a submission is a folder; name the folder")
    root = named.resolve()
    found = list(_submission_folders(root, course))
    if not found:
        refused = _refusals(root, course)
        if refused:
            raise IntakeError(f"{named} cannot be graded: {refused[0]}")
        markers = ", ".join(course.settings.submission.markers)
        raise IntakeError(
            f"{named} holds no submission: a submission's folder has at least one of {markers}"
        )
    if len(found) == 1:
        return (Submission(root.name or "submission", found[0]),)
    return tuple(
        Submission(folder.relative_to(root).as_posix().replace("/", "__"), folder)
        for folder in found
    )


def _folders(root: Path) -> list[Path]:
    """`root` and every folder below it that may hold a submission; links are not followed."""
    folders = []
    for path, names, _ in os.walk(root, followlinks=False):
        names[:] = sorted(name for name in names if _taken(Path(path) / name))
        folders.append(Path(path))
    return folders


def _taken(folder: Path) -> bool:
    """Whether a folder can be part of a submission: no cache, nothing hidden, no environment."""
    name = folder.name
    hidden = name in SKIPPED_FOLDERS or name.startswith(".")
    return not hidden and not (folder / "pyvenv.cfg").exists()


def _submission_folders(root: Path, course: Course) -> list[Path]:
    """Outermost folders that hold a marker file and are not refused."""
    found: list[Path] = []
    for folder in _folders(root):
        if any(parent in folder.parents for parent in found):
            continue
        marked = any((folder / m).is_file() for m in course.settings.submission.markers)
        if marked and course.refusal_of(folder) is None:
            found.append(folder)
    return found


def _refusals(root: Path, course: Course) -> list[str]:
    return [why for folder in _folders(root) if (why := course.refusal_of(folder))]


def copy(submission: Submission, target: Path) -> str:
    """Copy a submission's regular files to `target` and return the SHA-256 of names and contents.

    The digest depends on relative paths and bytes alone. Raises IntakeError past the caps.
    """
    digest = hashlib.sha256()
    total = 0
    files = _files(submission.folder)
    if len(files) > MAX_FILES:
        raise IntakeError(
            f"{submission.id} has {len(files)} files, and at most {MAX_FILES} are taken; leave out "
            "what is not part of the submission"
        )
    for path in files:
        relative = path.relative_to(submission.folder)
        size = path.lstat().st_size
        total += size
        if size > MAX_FILE_BYTES or total > MAX_TOTAL_BYTES:
            raise IntakeError(
                f"{submission.id} is too large at {relative.as_posix()} ({size:,} bytes); at most "
                f"{MAX_FILE_BYTES:,} bytes a file and {MAX_TOTAL_BYTES:,} in all are taken"
            )
        copied = target / relative
        copied.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copied, follow_symlinks=False)
        name = os.fsencode(relative.as_posix())
        digest.update(len(name).to_bytes(8, "big") + name)
        content = copied.read_bytes()
        digest.update(len(content).to_bytes(8, "big") + content)
    return digest.hexdigest()


def _files(folder: Path) -> list[Path]:
    """Every regular file below `folder`, sorted by relative path."""
    files: list[Path] = []
    for path, names, filenames in os.walk(folder, followlinks=False):
        names[:] = [name for name in names if _taken(Path(path) / name)]
        for filename in filenames:
            file = Path(path) / filename
            if not filename.startswith(".") and file.is_file() and not file.is_symlink():
                files.append(file)
    return sorted(files, key=lambda file: file.relative_to(folder).as_posix())
