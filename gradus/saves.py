"""Which files of a folder were saved since the last look.

The folder is looked at ten times a second rather than by the system's notices of changes: those do
not come from network folders, shared folders of virtual machines and containers, and differ from
system to system, while a look at the few files of a submission takes a fraction of a millisecond.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from pathlib import Path

from gradus.intake import files_of

LOOK_SECONDS = 0.1
SETTLE_SECONDS = 0.03
LONGEST_SETTLE_SECONDS = 1.0

Looks = dict[str, tuple[int, int, int]]
"""By path, what changes with every save: time, size, and the file that stands behind the name."""


class Saves:
    """The files below `folder` that matter, by relative path, and what was in them when last taken.

    An editor that writes a new file and renames it, or that empties a file before it writes, is
    waited for: a change counts once two looks in a row see the same.
    """

    def __init__(self, folder: Path, matters: Callable[[str], bool]) -> None:
        self._folder = folder
        self._matters = matters
        self._looks = self._look()
        self._contents = self._read(self._looks)

    def any(self) -> bool:
        """Whether something may have been saved since `wait` came back, or since the beginning."""
        return self._look() != self._looks

    def wait(self) -> tuple[str, ...]:
        """Sleep until the contents of some files are others; their relative paths, sorted."""
        while True:
            while not self.any():
                time.sleep(LOOK_SECONDS)
            self._looks = self._settled()
            contents = self._read(self._looks)
            names = self._contents.keys() | contents.keys()
            changed = sorted(n for n in names if self._contents.get(n) != contents.get(n))
            self._contents = contents
            if changed:
                return tuple(changed)

    def _settled(self) -> Looks:
        """What two looks in a row see; the last look where a file never comes to rest."""
        last_start = time.monotonic() + LONGEST_SETTLE_SECONDS
        before, now = self._looks, self._look()
        while before != now and time.monotonic() < last_start:
            time.sleep(SETTLE_SECONDS)
            before, now = now, self._look()
        return now

    def _look(self) -> Looks:
        looks = {}
        for path in files_of(self._folder):
            name = path.relative_to(self._folder).as_posix()
            if self._matters(name):
                try:
                    status = path.stat()
                except OSError:  # gone since it was listed
                    continue
                looks[name] = (status.st_mtime_ns, status.st_size, status.st_ino)
        return looks

    def _read(self, looks: Looks) -> dict[str, bytes]:
        contents = {}
        for name in looks:
            try:
                contents[name] = hashlib.sha256((self._folder / name).read_bytes()).digest()
            except OSError:
                continue
        return contents
