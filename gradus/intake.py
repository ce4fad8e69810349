"""From what was named on the command line to clean copies of submissions.

A submission is never run, imported or written to where it lies: it is copied, digested, and the
copy is what the worker sees. Links are not followed and caches are left behind.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gradus import archives, attempts, downloads
from gradus.archives import ArchiveError, Budget
from gradus.attempts import Found
from gradus.course import Course
from gradus.errors import GradusError
from gradus.folders import Level, levels
from gradus.results import Origin

MAX_FILES = 2_000
MAX_FILE_BYTES = 64 * 2**20
MAX_TOTAL_BYTES = 256 * 2**20
MAX_UNPACKED_BYTES = 128 * 2**20
"""What one student's archive, with the archives in it, may unpack to."""

MAX_RUN_FILES = 100_000
MAX_RUN_FILE_BYTES = 1 * 2**30
MAX_RUN_BYTES = 4 * 2**30
"""What everything that is named once may unpack to."""

MAX_ARCHIVE_DEPTH = 3
ARCHIVE_SUFFIX = ".zip"
UNREAD_ARCHIVES = frozenset({".tar", ".tgz", ".gz", ".bz2", ".xz", ".7z", ".rar"})
WRITTEN_BY_GRADE = (*attempts.FILES_OF_A_RUN, "results.json")
SKIPPED_FOLDERS = frozenset({"__pycache__", "__MACOSX", "node_modules", "site-packages"})


class IntakeError(GradusError):
    """What was named cannot be graded; the message is one sentence for the person who named it."""


class NotTaken(IntakeError):
    """What was named is there, and cannot be graded; `why` is the sentence without its name."""

    def __init__(self, named: Path, why: str) -> None:
        super().__init__(f"{named} {why}")
        self.why = why


@dataclass(frozen=True)
class Submission:
    """A submission where it was found: its id in results, and its folder.

    `refusal` is why it cannot be graded, where that is known already. `origin` is what a course
    platform's name says of it, `note` what else the same student handed in.
    """

    id: str
    folder: Path
    refusal: str | None = None
    origin: Origin | None = None
    note: str | None = None


def find(named: Path, course: Course, unpacked: Path | None = None) -> tuple[Submission, ...]:
    """The submissions at or below a path, in alphabetical order, each with an id of its own.

    `unpacked` is a folder for what zips hold, which lasts as long as the submissions are needed;
    without it zips are not looked into. A zip within is one submission, or the folder of several,
    of its own name. Those that cannot be taken have a `refusal`. Of several attempts that a course
    platform's names tell apart, one is taken.

    Raises IntakeError where the path does not exist, and NotTaken where it is no folder or zip, or
    holds no submission, and where the only one found is refused.
    """
    if not named.exists():
        raise IntakeError(f"{named} does not exist; name a submission's folder")
    if named.is_dir():
        root = named.resolve()
        name = root.name or "submission"
    elif unpacked is not None and named.suffix.lower() == ARCHIVE_SUFFIX:
        root, name = unpacked / f"{len(os.listdir(unpacked))}", named.stem or "submission"
        try:
            archives.unpack(named, root, _budget_of_the_run(), SKIPPED_FOLDERS)
        except ArchiveError as error:
            raise NotTaken(named, f"cannot be unpacked: {error}") from error
    else:
        raise NotTaken(named, "is a file, but a submission is a folder or a zip; name one of these")
    found = _from_platforms(root, course, unpacked, _budget_of_the_run())
    gradable = [one for one in found if one.refusal is None]
    if len(gradable) <= 1:
        found = [one for one in found if not one.is_stray] or found
    if not found or (len(found) == 1 and not gradable):
        refused = [f": {one.refusal}" for one in found if one.refusal and not one.is_stray]
        refused += [f": {why}" for why in _refusals(root, course)]
        if refused:
            raise NotTaken(named, f"cannot be graded{refused[0]}")
        raise NotTaken(named, f"holds no submission: {_what_one_has(course)}")
    if len(found) == 1:
        own = downloads.of_path(named)
        id, origin = (own.short, own.origin) if own else (name, None)
        return (Submission(id, found[0].folder, origin=origin, note=found[0].note),)
    return tuple(
        Submission(id, one.folder, one.refusal, one.origin, one.note)
        for id, one in attempts.with_ids(found)
    )


def _what_one_has(course: Course) -> str:
    markers = ", ".join(course.settings.submission.markers)
    return f"a submission's folder has at least one of {markers}"


def _from_platforms(
    root: Path, course: Course, unpacked: Path | None, budget: Budget
) -> list[Found]:
    """Submissions at or below a folder, one of each student whom a platform's names tell apart."""
    markers = course.settings.submission.markers
    found = _found(root, course, _Unpacking(unpacked, budget) if unpacked else None)
    names = downloads.in_folder(root)
    if any((root / marker).is_file() for marker in markers):
        return found
    if not names:
        return found + _without_submission(root, found, course)
    by_part = {name.removesuffix(ARCHIVE_SUFFIX): one for name, one in names.items()}
    found = [replace(one, download=by_part.get(one.parts[0])) for one in found]
    if unpacked is not None:
        try:
            found += attempts.of_loose_files(root, names, course, unpacked, budget)
        except ArchiveError as error:
            raise IntakeError(f"{root} cannot be taken: {error}") from error
        found += attempts.without_submission(root, names, found, course)
    return attempts.chosen(found, names)


def _without_submission(root: Path, found: list[Found], course: Course) -> list[Found]:
    """What lies beside submissions, is named like one, and holds none: never left out in silence.

    It lies in the outermost folder that holds several. Each is a stray, which counts beside several
    submissions only.
    """
    level: tuple[str, ...] = ()
    while (
        len(heads := {one.parts[len(level)] for one in found if len(one.parts) > len(level)}) == 1
    ):
        below = (*level, *heads)
        if any(len(one.parts) == len(below) for one in found):
            return []
        level = below
    folder = root.joinpath(*level)
    refused = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.name in heads or path.name.startswith(".") or path.is_symlink():
            continue
        if path.is_dir() and _taken(path) and not _is_of_a_run(path):
            why = f"the folder {path.name} holds no submission: {_what_one_has(course)}"
        elif path.suffix.lower() in UNREAD_ARCHIVES and path.is_file():
            why = f"{path.name} is an archive that is not read; unpack it, or pack it as a zip"
        else:
            continue
        refused.append(Found((*level, path.name), path, why, is_stray=True))
    return refused


def _is_of_a_run(folder: Path) -> bool:
    """Whether this is a folder of reports, left among submissions; one that is shut is none."""
    try:
        return any((folder / name).exists() for name in WRITTEN_BY_GRADE)
    except OSError:
        return False


@dataclass
class _Unpacking:
    """Where archives below a folder are unpacked, and what that may take.

    `student` is the budget of the student whose archive is open, None outside of any.
    """

    target: Path
    whole: Budget
    student: Budget | None = None
    depth: int = 0

    def within(self) -> _Unpacking:
        """For one more archive: of another student at the top, of the same one further down."""
        student = self.student or Budget(MAX_FILES, MAX_UNPACKED_BYTES, MAX_FILE_BYTES, self.whole)
        return _Unpacking(self.target, self.whole, student, self.depth + 1)


def _budget_of_the_run() -> Budget:
    return Budget(MAX_RUN_FILES, MAX_RUN_BYTES, MAX_RUN_FILE_BYTES)


def _found(root: Path, course: Course, unpacking: _Unpacking | None) -> list[Found]:
    """Submissions at or below a folder, in zips too where there is a place to unpack them."""
    markers = course.settings.submission.markers
    found = _in_folders(root, course)
    if unpacking is None:
        return found
    taken = {one.folder for one in found if one.refusal is None}
    for level in levels(root, _taken):
        folder = level.folder
        inside = folder in taken or any(parent in taken for parent in folder.parents)
        # Beside a marker a zip is a file of that submission, refused or not.
        if inside or any(marker in level.files for marker in markers):
            continue
        for archive in _archives(level):
            found += _found_in_archive(archive, root, course, unpacking.within())
    return found


def _archives(level: Level) -> list[Path]:
    paths = [level.folder / name for name in level.files if not name.startswith(".")]
    return [path for path in paths if path.suffix.lower() == ARCHIVE_SUFFIX]


def _found_in_archive(
    archive: Path, root: Path, course: Course, unpacking: _Unpacking
) -> list[Found]:
    parts = (*archive.parent.relative_to(root).parts, archive.stem)
    target = unpacking.target / f"{len(os.listdir(unpacking.target))}"
    assert unpacking.student is not None
    try:
        if unpacking.depth > MAX_ARCHIVE_DEPTH:
            raise ArchiveError(f"it lies more than {MAX_ARCHIVE_DEPTH} archives deep")
        archives.unpack(archive, target, unpacking.student, SKIPPED_FOLDERS)
    except ArchiveError as error:
        return [Found(parts, archive.parent, f"{archive.name} cannot be unpacked: {error}")]
    within = _found(target, course, unpacking)
    if sum(one.refusal is None for one in within) <= 1:
        within = [one for one in within if not one.is_stray]
    if not within:
        refused = _refusals(target, course)
        why = refused[0] if refused else f"{archive.name} holds no submission"
        return [Found(parts, target, why, is_stray=not refused)]
    if len(within) == 1:
        return [Found(parts, within[0].folder, within[0].refusal, within[0].is_stray)]
    return [Found(parts + one.parts, one.folder, one.refusal, one.is_stray) for one in within]


def _taken(folder: Path) -> bool:
    """Whether a folder can be part of a submission: no cache, nothing hidden, no environment."""
    name = folder.name
    hidden = name in SKIPPED_FOLDERS or name.startswith(".")
    return not hidden and not os.path.exists(folder / "pyvenv.cfg")


def _in_folders(root: Path, course: Course) -> list[Found]:
    """Outermost folders that hold a marker file, and those that may hold one unseen, refused.

    One that this course refuses is a stray: beside submissions it may be an old copy of one.
    """
    found: list[Found] = []
    refused: list[Found] = []
    unseen: list[Found] = []
    for level in levels(root, _taken):
        folder = level.folder
        if any(one.folder in folder.parents for one in found):
            continue
        if level.problem is not None:
            parts = folder.relative_to(root).parts
            unseen.append(Found(parts, folder, level.problem, is_stray=True))
            continue
        if any(marker in level.files for marker in course.settings.submission.markers):
            refusal = course.refusal_of(folder)
            one = Found(folder.relative_to(root).parts, folder, refusal, refusal is not None)
            (refused if refusal else found).append(one)
    holding = {parent for one in found for parent in one.folder.parents}
    outer = {one.folder for one in refused}
    return [*found, *unseen] + [
        one
        for one in refused
        if one.folder not in holding and not outer.intersection(one.folder.parents)
    ]


def _refusals(root: Path, course: Course) -> list[str]:
    found = levels(root, _taken)
    refusals = (level.problem or course.refusal_of(level.folder) for level in found)
    return [why for why in refusals if why]


def copy(submission: Submission, target: Path) -> str:
    """Copy a submission's regular files to `target` and return the SHA-256 of names and contents.

    The digest depends on relative paths and bytes alone. Raises IntakeError past the caps, and for
    a submission that was refused when it was found.
    """
    found = hashlib.sha256()
    for relative, content in _taken_files(submission):
        copied = target / relative
        copied.parent.mkdir(parents=True, exist_ok=True)
        copied.write_bytes(content)
        _add(found, relative, content)
    return found.hexdigest()


def digest(submission: Submission) -> str:
    """What `copy` would return; raises IntakeError where it would."""
    found = hashlib.sha256()
    for relative, content in _taken_files(submission):
        _add(found, relative, content)
    return found.hexdigest()


def packed(submission: Submission) -> tuple[tuple[str, bytes], ...]:
    """What `copy` would write: relative paths, with forward slashes, and contents."""
    return tuple((relative.as_posix(), content) for relative, content in _taken_files(submission))


def _add(digest: Any, relative: Path, content: bytes) -> None:
    for part in (os.fsencode(relative.as_posix()), content):
        digest.update(len(part).to_bytes(8, "big") + part)


def _taken_files(submission: Submission) -> Iterator[tuple[Path, bytes]]:
    """Each file that is taken, its path within and its content.

    Raises IntakeError past the caps, and for what cannot be read.
    """
    if submission.refusal is not None:
        raise IntakeError(f"{submission.id} cannot be graded: {submission.refusal}")
    for level in levels(submission.folder, _taken):
        if level.problem is not None:
            raise IntakeError(f"{submission.id} cannot be graded: {level.problem}")
    total = 0
    files = files_of(submission.folder)
    if len(files) > MAX_FILES:
        raise IntakeError(
            f"{submission.id} has {len(files)} files, and at most {MAX_FILES} are taken; leave out "
            "what is not part of the submission"
        )
    for path in files:
        relative = path.relative_to(submission.folder)
        try:
            size = path.lstat().st_size
            total += size
            if size <= MAX_FILE_BYTES and total <= MAX_TOTAL_BYTES:
                yield relative, path.read_bytes()
                continue
        except OSError as error:
            raise IntakeError(
                f"{submission.id} cannot be graded: {relative.as_posix()} cannot be read "
                f"({error.strerror})"
            ) from error
        raise IntakeError(
            f"{submission.id} is too large at {relative.as_posix()} ({size:,} bytes); at most "
            f"{MAX_FILE_BYTES:,} bytes a file and {MAX_TOTAL_BYTES:,} in all are taken"
        )


def files_of(folder: Path) -> list[Path]:
    """Every regular file below `folder` that is part of a submission, sorted by relative path."""
    files = [
        level.folder / name
        for level in levels(folder, _taken)
        for name in level.files
        if not name.startswith(".")
    ]
    return sorted(files, key=lambda file: file.relative_to(folder).as_posix())
