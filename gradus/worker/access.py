"""What code in the worker may read and write: the same folders for every way to enforce it.

Runs in the worker, so it keeps to Python 3.9 and the standard library.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from typing import NamedTuple

PACKAGE_FOLDERS = frozenset({"site-packages", "dist-packages"})
"""Folders inside the standard library's that hold whatever else is installed."""


SYSTEM_DATA = ("/usr/lib/locale", "/usr/share/locale", "/usr/share/zoneinfo", "/etc/localtime")
"""Languages and time zones, which the C library and the standard library read when asked."""


class Access(NamedTuple):
    """Absolute, resolved paths. A folder stands for all below it, but for `listed` ones.

    `readable`: files and folders; `listed`: folders whose names may be listed, no more;
    `writable`: folders that may be written to as well as read.
    """

    readable: tuple[str, ...]
    listed: tuple[str, ...]
    writable: tuple[str, ...]


def access(submission: str, scratch: str, readable: list[str], packages: list[str]) -> Access:
    """What one worker needs: the standard library, `packages`, the submission and its scratch.

    `readable` are further files (data), `packages` files of the modules that must go on loading
    their parts when they are first used (NumPy). Folders of installed packages inside the standard
    library's are left out: the grader itself may be installed there.
    """
    granted = [submission, *readable, *SYSTEM_DATA]
    for file in packages:
        folder = os.path.dirname(os.path.realpath(file))
        granted += [folder, folder + ".libs"]
    folders = _library_folders()
    return Access(
        readable=(*_existing(granted), *_standard_library(folders)),
        listed=_existing(folders),
        writable=_existing([scratch]),
    )


def _library_folders() -> list[str]:
    paths = sysconfig.get_paths()
    own = [paths["stdlib"], paths["platstdlib"]]
    extensions = [folder for folder in sys.path if folder.endswith(("lib-dynload", "DLLs"))]
    # Where an environment has a platform library of its own it holds nothing but packages.
    base = [os.path.realpath(prefix) for prefix in (sys.base_prefix, sys.base_exec_prefix)]
    return [
        folder
        for folder in map(os.path.realpath, [*own, *extensions])
        if any(is_within(folder, prefix) for prefix in base)
    ]


def _standard_library(folders: list[str]) -> list[str]:
    # Resolving and looking at each of these 200 would take longer than everything else here.
    found = []
    for folder in folders:
        try:
            names = os.listdir(folder)
        except OSError:
            continue
        found += [os.path.join(folder, name) for name in names if name not in PACKAGE_FOLDERS]
    return found


def _existing(paths: list[str]) -> tuple[str, ...]:
    resolved = dict.fromkeys(os.path.realpath(path) for path in paths if path)
    return tuple(path for path in resolved if os.path.exists(path))


def is_within(path: str, folder: str) -> bool:
    """Whether a resolved path is `folder` or below it."""
    path, folder = os.path.normcase(path), os.path.normcase(folder)
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)
