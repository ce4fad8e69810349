"""The names that course platforms give to what they hand out: who handed in, when, which file.

Blackboard  ``Assignment_user_attempt_2024-01-31-12-00-00_file.zip``, and a receipt without a file
Canvas      ``lastfirst_LATE_12345_67890_file.zip``: the user's id, then the file's
GitHub      clones called ``assignment-user``, in ``assignment-submissions`` or beside two others

A name that fits none of these exactly is kept whole. What a student chose (the file's own name)
never decides who handed in.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gradus.results import Origin, Platform

# The first date ends the part that the platform wrote: what follows is the student's.
BLACKBOARD = re.compile(
    r"(?P<head>.+?)_attempt_(?P<date>\d{4}(?:-\d\d){5})(?:_(?P<file>.+)|\.txt)?", re.DOTALL
)
CANVAS = re.compile(
    r"(?P<name>\w+?)_(?P<late>LATE_)?(?P<user>\d{2,})_(?P<number>\d{3,})_(?P<file>.+)", re.DOTALL
)
GITHUB_USER = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9]|-(?=[A-Za-z0-9])){0,38}")
RECEIPT_NAME = re.compile(r"Name:[^\n]*\((?P<user>[^()\n]+)\)\s*(?:\n|$)")
CLONES = "-submissions"
"""How the folder ends into which GitHub Classroom's own command clones."""

LEAST_CLONES = 3
RECEIPT_BYTES = 2_000


@dataclass(frozen=True)
class Download:
    """What one name says. `whose` is the same for all that one student handed in.

    `file` is the student's own name of it, empty for a receipt and for a clone; `short` is what
    people would call the student's submission.
    """

    platform: Platform
    whose: str
    user: str
    short: str
    file: str = ""
    attempt: str | None = None
    late: bool = False

    @property
    def origin(self) -> Origin:
        """What a result keeps of it."""
        return Origin(platform=self.platform, user=self.user, attempt=self.attempt, late=self.late)


def in_folder(folder: Path) -> dict[str, Download]:
    """What the names in a folder say, by name; those that say nothing are left out."""
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return {}
    found = of_names(names, lambda name: _receipt(folder / name))
    plain = [name for name in names if name not in found]
    return found | _clones(folder, plain)


def of_path(path: Path) -> Download | None:
    """What the name of one file or folder says, beside those that lie next to it."""
    path = Path(os.path.abspath(path))
    try:
        names = sorted(os.listdir(path.parent))
    except OSError:
        names = [path.name]
    found = of_names(names, lambda name: _receipt(path.parent / name)).get(path.name)
    return found or _clone(path.name, path.parent.name)


def of_names(
    names: Sequence[str], receipt: Callable[[str], str | None] = lambda name: None
) -> dict[str, Download]:
    """What Blackboard's and Canvas' names say, by name; `receipt` reads a file's text."""
    found: dict[str, Download] = {}
    matches = {name: match for name in names if (match := BLACKBOARD.fullmatch(name))}
    heads = sorted({match["head"] for match in matches.values()})
    told: dict[str, str] = {}
    for name, match in matches.items():
        if name.endswith(".txt") and not match["file"] and match["head"] not in told:
            said = RECEIPT_NAME.match(receipt(name) or "")
            if said:
                told[match["head"]] = said["user"].strip()
    users = _users(heads, told)
    for name in names:
        if name in matches:
            found[name] = _of_blackboard(matches[name], users)
        elif (match := CANVAS.fullmatch(name)) and match["name"] == match["name"].lower():
            short = f"{match['name']}_{match['user']}"
            found[name] = Download(
                "canvas", short, match["user"], short, match["file"], late=bool(match["late"])
            )
    return found


def _of_blackboard(match: re.Match[str], users: Mapping[str, str]) -> Download:
    date = match["date"]
    head = match["head"]
    attempt = f"{date[:10]} {date[11:].replace('-', ':')}"
    # One who handed in two assignments into one folder is not one who tried twice.
    twice = sum(user == users[head] for user in users.values()) > 1
    short = head if twice else users[head]
    return Download("blackboard", head, users[head], short, match["file"] or "", attempt)


def _users(heads: Sequence[str], told: Mapping[str, str]) -> dict[str, str]:
    """The user in each ``Assignment_user``, either of which may hold underscores.

    A receipt names the user. Else all assignments are the same text, if that is possible.
    """
    users = {head: user for head, user in told.items() if user and head.endswith(f"_{user}")}
    open_ = [head for head in heads if head not in users]
    assignments = {head.rpartition("_")[0] for head in open_}
    assignments |= {head[: -len(user) - 1] for head, user in users.items()}
    shared = _beginning([f"{assignment}_" for assignment in assignments])
    length = shared.rfind("_") + 1
    for head in open_:
        users[head] = head[length:] if length > 1 else head.rpartition("_")[2]
    return users


def _clones(folder: Path, names: Iterable[str]) -> dict[str, Download]:
    """Clones of one assignment's repositories."""
    clones = [name for name in names if os.path.exists(folder / name / ".git")]
    if folder.name.endswith(CLONES):
        return {name: found for name in clones if (found := _clone(name, folder.name))}
    shared = _beginning(clones)
    shared = shared[: shared.rfind("-") + 1]
    if len(clones) < LEAST_CLONES or len(shared) < 2:
        return {}
    users = {name: name.removeprefix(shared) for name in clones}
    if not all(GITHUB_USER.fullmatch(user) for user in users.values()):
        return {}
    return {name: Download("github", name, user, user) for name, user in users.items()}


def _clone(name: str, parent: str) -> Download | None:
    assignment = parent.removesuffix(CLONES)
    user = name.removeprefix(f"{assignment}-")
    if assignment == parent or user == name or not GITHUB_USER.fullmatch(user):
        return None
    return Download("github", name, user, user)


def _receipt(path: Path) -> str | None:
    """The beginning of a plain file's text."""
    try:
        if path.is_symlink() or not path.is_file():
            return None
        with path.open("rb") as file:
            return file.read(RECEIPT_BYTES).decode("utf-8-sig", "replace").replace("\r\n", "\n")
    except OSError:
        return None


def _beginning(texts: Iterable[str]) -> str:
    """The characters with which all texts begin."""
    texts = sorted(texts)
    if not texts:
        return ""
    same = 0
    for one, other in zip(texts[0], texts[-1], strict=False):
        if one != other:
            break
        same += 1
    return texts[0][:same]
