"""Of all that a student handed in on a course platform, what is graded, and why: never silently.

Names are believed only in the folder or zip that was named on the command line. What lies further
down is a student's own, and could be called anything.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from gradus.archives import WINDOWS_NAMES, Budget
from gradus.course import Course
from gradus.downloads import Download
from gradus.folders import levels
from gradus.results import Origin

MAX_ID_BYTES = 150
FILES_OF_A_RUN = ("journal.jsonl", "cohort.json", "cohort.html", "gradebook.csv")
COPY_NUMBER = re.compile(r"(?P<stem>.+)-(?P<number>\d{1,3})(?P<suffix>\.(?:py|toml))")
"""A name that Canvas changed, because the student had handed in one like it before."""


@dataclass(frozen=True)
class Found:
    """A submission, or what was to be one, by the parts of its path below what was named.

    `refusal` is why it cannot be graded; a stray is an archive that holds none, or a folder of an
    edition that is refused: beside a submission it is left out. `download` is what the platform's
    name says, where there is one.
    """

    parts: tuple[str, ...]
    folder: Path
    refusal: str | None = None
    is_stray: bool = False
    download: Download | None = None
    note: str | None = None

    @property
    def origin(self) -> Origin | None:
        return self.download.origin if self.download else None


def of_loose_files(
    root: Path,
    names: Mapping[str, Download],
    course: Course,
    unpacked: Path,
    budget: Budget,
) -> list[Found]:
    """Files handed in one by one, put together again: one folder for each attempt with a marker.

    The files lie in `root`, and are copied into new folders below `unpacked` under their own names.
    Raises ArchiveError past the budget.
    """
    markers = course.settings.submission.markers
    by_attempt: dict[tuple[str, str], list[str]] = {}
    for name, download in sorted(names.items()):
        path = root / name
        if download.file and path.is_file() and not path.is_symlink():
            by_attempt.setdefault((download.whose, download.attempt or ""), []).append(name)
    found = []
    for attempt in by_attempt.values():
        download = names[attempt[0]]
        files = {name: names[name].file for name in attempt}
        if download.platform == "canvas":
            files = _own_names(files)
        if any(file in markers for file in files.values()):
            target = unpacked / f"{len(os.listdir(unpacked))}"
            target.mkdir(mode=0o700)
            budget.take_members(len(files))
            for name, file in files.items():
                budget.take_bytes((root / name).stat().st_size)
                shutil.copyfile(root / name, target / file, follow_symlinks=False)
            note = _renamed(files, names)
            refusal = course.refusal_of(target)
            found.append(Found((attempt[0],), target, refusal, False, download, note))
    return found


def without_submission(
    root: Path, names: Mapping[str, Download], found: Iterable[Found], course: Course
) -> list[Found]:
    """Those whose every attempt holds no submission, each once and refused."""
    markers = ", ".join(course.settings.submission.markers)
    known = {one.download.whose for one in found if one.download}
    missing: dict[str, list[str]] = {}
    for name, download in names.items():
        if download.whose not in known:
            missing.setdefault(download.whose, []).append(name)
    refused = []
    for entries in missing.values():
        download = names[max(entries, key=lambda name: names[name].attempt or "")]
        files = sorted({names[name].file for name in entries if names[name].file})
        handed = f"of {', '.join(files[:5])}" if files else "of what is there"
        no_marker = f"nothing {handed} is a submission, which has at least one of {markers}"
        why = next(filter(None, (refusal_below(root / entry, course) for entry in entries)), None)
        refused.append(Found((entries[0],), root, why or no_marker, False, download))
    return refused


def refusal_below(folder: Path, course: Course) -> str | None:
    """Why a folder, or the first below it, cannot be graded by this course at all."""
    if os.path.isdir(folder):
        for level in levels(folder, lambda inner: True):
            if why := level.problem or course.refusal_of(level.folder):
                return why
    return None


def chosen(found: Iterable[Found], names: Mapping[str, Download]) -> list[Found]:
    """One attempt for each student: the latest that can be graded, with a note of the others.

    Two submissions in one attempt are both kept, for nothing says which of them is meant. What
    has no platform's name stays as it is.
    """
    kept: list[Found] = []
    by_student: dict[str, list[Found]] = {}
    for one in found:
        if one.download is None:
            kept.append(one)
        else:
            by_student.setdefault(one.download.whose, []).append(one)
    for whose, group in by_student.items():
        kept += _one_attempt(whose, group, names)
    return kept


def _one_attempt(whose: str, group: list[Found], names: Mapping[str, Download]) -> list[Found]:
    gradable = [one for one in group if one.refusal is None] or group
    latest = max(_attempt(one) for one in gradable)
    kept = [one for one in gradable if _attempt(one) == latest]
    attempts = sorted({_time(d) for d in names.values() if d.whose == whose and d.attempt})
    said = []
    if len(attempts) > 1:
        said.append(f"handed in {len(attempts)} times ({', '.join(attempts)})")
        later = [time for time in attempts if time > latest]
        if later:
            said.append(
                f"graded is {latest}, for {', '.join(later)} {'is' if len(later) == 1 else 'are'} "
                f"no submission that can be graded{_reason(group, later)}"
            )
        else:
            said.append(f"graded is {latest}, the latest")
    elif kept[0].refusal is None:
        said += [f"beside it: {one.refusal}" for one in group if one.refusal]
    if len(kept) > 1:
        said.append(f"one of {len(kept)} submissions of the same attempt, and all are graded")
    return [replace(one, note="; ".join(filter(None, [*said, one.note])) or None) for one in kept]


def _reason(group: Iterable[Found], times: Sequence[str]) -> str:
    why = [one.refusal for one in group if one.refusal and _attempt(one) in times]
    return f" ({'; '.join(why)})" if why else ""


def _attempt(one: Found) -> str:
    return _time(one.download) if one.download else ""


def _time(download: Download) -> str:
    return download.attempt or ""


def with_ids(found: Iterable[Found]) -> list[tuple[str, Found]]:
    """Each with the id that its name or path gives; a number tells apart those that share one."""
    found = sorted(found, key=lambda one: one.parts)
    many = [one.download.whose for one in found if one.download]
    ids = Ids()
    named = []
    for one in found:
        parts: Sequence[str] = one.parts
        if one.download is not None:
            alone = many.count(one.download.whose) == 1
            own = () if alone else (_stem(one.download.file), *one.parts[1:])
            parts = (one.download.short, *filter(None, own))
        whole = "__".join(parts)
        if len(os.fsencode(whole)) > MAX_ID_BYTES:
            short = os.fsdecode(os.fsencode(whole)[: MAX_ID_BYTES - 9]).replace("/", "_")
            whole = f"{short}-{hashlib.sha256(os.fsencode(whole)).hexdigest()[:8]}"
        named.append((ids.free(whole), one))
    return named


class Ids:
    """Gives ids that no system takes for one another, nor for a file of the whole run.

    Each is the name of the folder with its results.
    """

    def __init__(self) -> None:
        self._spelled = {_spelled(name) for name in FILES_OF_A_RUN}

    def free(self, wanted: str) -> str:
        """`wanted`, or that with a number where it is not free any more."""
        if WINDOWS_NAMES.fullmatch(wanted):
            wanted = f"_{wanted}"
        id, number = wanted, 2
        while _spelled(id) in self._spelled:
            id, number = f"{wanted}-{number}", number + 1
        self._spelled.add(_spelled(id))
        return id


def _spelled(name: str) -> str:
    """The same for names that some system takes for one.

    There are those that tell neither capitals from small letters nor two ways to write an accent
    apart, and Windows drops dots and spaces at the end.
    """
    return unicodedata.normalize("NFC", name).casefold().rstrip(" .")


def _stem(file: str) -> str:
    return file.removesuffix(".zip")


def _own_names(files: dict[str, str]) -> dict[str, str]:
    """The names under which loose files are put together.

    One that Canvas numbered gets its own name back, the highest number's where that is not taken.
    """
    names = dict(files)
    numbered: dict[str, list[tuple[int, str]]] = {}
    for name, file in files.items():
        if match := COPY_NUMBER.fullmatch(file):
            plain = match["stem"] + match["suffix"]
            numbered.setdefault(plain, []).append((int(match["number"]), name))
    for plain, copies in numbered.items():
        if plain not in files.values():
            names[max(copies)[1]] = plain
    return names


def _renamed(files: Mapping[str, str], names: Mapping[str, Download]) -> str | None:
    said = [
        f"{names[name].file} taken for {file}"
        for name, file in files.items()
        if names[name].file != file
    ]
    return ", ".join(said) or None
