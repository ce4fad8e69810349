"""Unpacking zips that nobody vouches for: own loop, counted bytes, plain files and folders alone.

Nothing is believed of what an archive says of itself. Names are checked before anything is written,
bytes are counted while they arrive, and one sentence tells why an archive is refused.
"""

from __future__ import annotations

import os
import re
import stat
import struct
import unicodedata
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

CHUNK = 1 << 16
RATIO_CAP = 200
RATIO_FREE_BYTES = 1 << 20
"""Below this size a file may be packed as tightly as it likes."""

NAME_BYTES_CAP = 200
DEPTH_CAP = 32
DIRECTORY_BYTES_A_MEMBER = 512
"""What a member may take in an archive's table of contents, which is read whole."""

END_RECORD = struct.Struct("<4s4H2LH")
END_LOCATOR_64 = struct.Struct("<4sLQL")
END_RECORD_64 = struct.Struct("<4sQ2H2L4Q")
END_SEARCH_BYTES = END_RECORD.size + END_LOCATOR_64.size + (1 << 16)

ENCRYPTED, UTF_8_NAME = 0x1, 0x800
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
WINDOWS_NAMES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
UNSAFE_IN_NAMES = re.compile(r'[\x00-\x1f\x7f<>:"|?*]')


class ArchiveError(Exception):
    """The archive is refused; the message goes after "cannot be unpacked: "."""


@dataclass
class Budget:
    """How much may still be unpacked: members, bytes in all, and bytes of one file.

    Archives within archives share their student's budget. `whole` is the budget of the run, which
    everything counts against.
    """

    members: int
    total_bytes: int
    file_bytes: int
    whole: Budget | None = None

    def take_members(self, count: int) -> None:
        """Raise ArchiveError if `count` more members are too many."""
        self.members -= count
        if self.members < 0:
            raise ArchiveError("it has more files than are taken")
        if self.whole is not None:
            self.whole.take_members(count)

    def take_bytes(self, count: int) -> None:
        """Raise ArchiveError if `count` more bytes are too many."""
        self.total_bytes -= count
        if self.total_bytes < 0:
            raise ArchiveError("it unpacks to more bytes than are taken")
        if self.whole is not None:
            self.whole.take_bytes(count)


def unpack(archive: Path, target: Path, budget: Budget, left_out: frozenset[str]) -> None:
    """Write the plain files of a zip below the new folder `target`.

    Members that are hidden or below a folder named in `left_out` are checked and not written.
    Raises ArchiveError, with a part of `target` written, for anything that is not a plain zip of
    files and folders within the budget.
    """
    target.mkdir(mode=0o700)
    try:
        with open(archive, "rb") as file:
            _check_table(file, budget)
            with zipfile.ZipFile(file) as opened:
                _unpack_members(opened, target, budget, left_out)
    except (zipfile.BadZipFile, zlib.error, EOFError, struct.error) as error:
        raise ArchiveError(f"it is no intact zip ({_first_line(error)})") from error
    except (NotImplementedError, RuntimeError, ValueError) as error:
        raise ArchiveError(f"it cannot be read ({_first_line(error)})") from error
    except OSError as error:
        raise ArchiveError(f"reading or writing failed ({error.strerror})") from error


def _first_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).splitlines()[0][:120]


def _check_table(file: BinaryIO, budget: Budget) -> None:
    """Refuse a table of contents so long that reading it would fill the memory."""
    size = file.seek(0, os.SEEK_END)
    begin = max(0, size - END_SEARCH_BYTES)
    file.seek(begin)
    tail = file.read(END_SEARCH_BYTES)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or at + END_RECORD.size > len(tail):
        raise ArchiveError("it is no zip")
    sizes = [END_RECORD.unpack_from(tail, at)[5]]
    if at >= END_LOCATOR_64.size:
        magic, _, where, _ = END_LOCATOR_64.unpack_from(tail, at - END_LOCATOR_64.size)
        if magic == b"PK\x06\x07":
            # Readers differ in whether they believe the locator or look right before it.
            for place in (where, begin + at - END_LOCATOR_64.size - END_RECORD_64.size):
                if 0 <= place <= size - END_RECORD_64.size:
                    file.seek(place)
                    record = END_RECORD_64.unpack(file.read(END_RECORD_64.size))
                    sizes.append(record[8])
    elif 0xFFFFFFFF in sizes:
        raise ArchiveError("its table of contents is damaged")
    known = [table for table in sizes if table != 0xFFFFFFFF]
    if max(known, default=0) > budget.members * DIRECTORY_BYTES_A_MEMBER:
        raise ArchiveError("it has more files than are taken")
    file.seek(0)


def _unpack_members(
    opened: zipfile.ZipFile, target: Path, budget: Budget, left_out: frozenset[str]
) -> None:
    members = opened.infolist()
    budget.take_members(len(members))
    files: list[tuple[zipfile.ZipInfo, tuple[str, ...]]] = []
    kinds: dict[tuple[str, ...], str] = {}
    for member in members:
        parts = _parts(member)
        _check_member(member)
        if not parts:
            continue
        is_folder = _name(member).endswith(("/", "\\"))
        _check_collisions(parts, is_folder, kinds)
        hidden = any(part in left_out or part.startswith(".") for part in parts)
        if not is_folder and not hidden:
            files.append((member, parts))
    for member, parts in files:
        path = target.joinpath(*parts)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _unpack_file(opened, member, path, budget)


def _parts(member: zipfile.ZipInfo) -> tuple[str, ...]:
    """A member's name as the parts of a relative path, none for the archive's own folder.

    Raises ArchiveError for what is no relative path, or not one that every system can have.
    """
    # Some Windows tools write backslashes; taken literally they would hide a path in a name.
    name = _name(member).replace("\\", "/")
    shown = name.encode("utf-8", "backslashreplace").decode()[:80]
    if name.startswith("/") or re.match(r"[A-Za-z]:", name):
        raise ArchiveError(f"it holds the absolute name {shown!r}")
    parts = tuple(part for part in name.split("/") if part not in ("", "."))
    if ".." in parts:
        raise ArchiveError(f"it holds the name {shown!r}, which leads out of it")
    for part in parts:
        portable = part == part.rstrip(" .") and not WINDOWS_NAMES.fullmatch(part)
        if UNSAFE_IN_NAMES.search(part) or not portable:
            raise ArchiveError(f"it holds the name {shown!r}, which not every system can have")
        if len(os.fsencode(part)) > NAME_BYTES_CAP:
            raise ArchiveError(f"it holds a name of more than {NAME_BYTES_CAP} bytes")
    if len(parts) > DEPTH_CAP:
        raise ArchiveError(f"it holds folders nested more than {DEPTH_CAP} deep")
    return parts


def _name(member: zipfile.ZipInfo) -> str:
    """The name as it was meant: without the flag for UTF-8 it often is UTF-8 all the same.

    Bytes that are not are kept as the file system's own undecodable bytes where it has such.
    """
    if member.flag_bits & UTF_8_NAME:
        return member.orig_filename
    try:
        raw = member.orig_filename.encode("cp437")
        return raw.decode("utf-8", "strict")
    except UnicodeEncodeError:
        return member.orig_filename
    except UnicodeDecodeError:
        return os.fsdecode(raw) if os.name == "posix" else member.orig_filename


def _check_member(member: zipfile.ZipInfo) -> None:
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        what = "a link" if kind == stat.S_IFLNK else "something that is no file"
        raise ArchiveError(f"it holds {what}")
    if member.flag_bits & ENCRYPTED:
        raise ArchiveError("it is encrypted")
    if member.compress_type not in METHODS:
        raise ArchiveError("it is packed by a method other than deflate")


def _check_collisions(
    parts: tuple[str, ...], is_folder: bool, kinds: dict[tuple[str, ...], str]
) -> None:
    """Refuse two names that some file system takes for one, and a file that is also a folder."""
    folded = tuple(unicodedata.normalize("NFC", part).casefold() for part in parts)
    for end in range(1, len(parts) + 1):
        spelling = "/".join(parts[:end])
        leaf = end == len(parts) and not is_folder
        kind = ("file " if leaf else "folder ") + spelling
        if leaf and kinds.get(folded[:end]) == kind:
            raise ArchiveError("it holds one name twice")
        if kinds.setdefault(folded[:end], kind) != kind:
            raise ArchiveError("it holds two names that not every system can tell apart")


def _unpack_file(
    opened: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path, budget: Budget
) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    flags |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    largest = min(budget.file_bytes, max(RATIO_FREE_BYTES, RATIO_CAP * member.compress_size))
    written = 0
    with opened.open(member) as source, open(os.open(path, flags, 0o600), "wb") as file:
        while chunk := source.read(CHUNK):
            written += len(chunk)
            if written > largest:
                raise ArchiveError("it holds a file that is too large, or packed too tightly")
            budget.take_bytes(len(chunk))
            file.write(chunk)
