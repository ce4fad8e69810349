"""The folder that a submission writes to, as the grader meets it: anything may be in it.

Folders of any depth, names and permissions of any kind, files by the thousand. Nothing here follows
a link, and nothing raises for what it finds.
"""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Content:
    """How many files and folders there are, and the bytes that they take on the disk."""

    files: int
    bytes: int

    def is_over(self, files: int, bytes: int) -> bool:
        """Whether either is more than this."""
        return self.files > files or self.bytes > bytes


def content_of(folder: Path, process: int, most_files: int) -> Content:
    """What lies below `folder`, counted until there are more than `most_files`.

    On Linux files count too that `process` holds open and that have no name any more.
    """
    files = size = 0
    waiting = [str(folder)]
    while waiting and files <= most_files:
        with contextlib.suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                files += 1
                if files > most_files:
                    break
                with contextlib.suppress(OSError):
                    size += _taken(entry.stat(follow_symlinks=False))
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
    return Content(files, size + _nameless(process))


def _taken(status: os.stat_result) -> int:
    # Windows does not tell how many blocks a file has.
    blocks = getattr(status, "st_blocks", None)
    return status.st_size if blocks is None else 512 * int(blocks)


def _nameless(process: int) -> int:
    """Bytes of files that a process has opened and removed; 0 where the system does not tell."""
    size = 0
    if sys.platform == "linux":
        with contextlib.suppress(OSError), os.scandir(f"/proc/{process}/fd") as entries:
            for entry in entries:
                with contextlib.suppress(OSError):
                    status = entry.stat()
                    if stat.S_ISREG(status.st_mode) and status.st_nlink == 0:
                        size += _taken(status)
    return size


def first_bytes(path: Path, count: int) -> bytes:
    """The beginning of a plain file; nothing where there is none, whatever has its name."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)
    try:
        descriptor = os.open(path, flags)
    except OSError:
        return b""
    try:
        return os.read(descriptor, count) if stat.S_ISREG(os.fstat(descriptor).st_mode) else b""
    except OSError:
        return b""
    finally:
        os.close(descriptor)
