"""An audit hook that refuses files, processes and connections outside what is allowed.

For systems without a kernel mechanism that an ordinary user can apply. It stops and names ordinary
attempts; it is no sandbox: Python's documentation of `sys.addaudithook` says so itself, and code
that reaches memory by itself gets round it. Runs in the worker: Python 3.9, standard library.
"""

from __future__ import annotations

import ctypes  # noqa: F401 - importing it looks up symbols, which the hook refuses
import errno
import os
import sys
from typing import TYPE_CHECKING, Any

if __package__ or TYPE_CHECKING:
    from gradus.worker import access
    from gradus.worker.access import Access
else:
    access = sys.modules["_gradus_access"]

LISTING = frozenset({"os.listdir", "os.scandir", "os.chdir", "os.listxattr", "os.getxattr"})
CHANGING = frozenset(
    {
        "os.chflags",
        "os.chmod",
        "os.chown",
        "os.link",
        "os.lockf",
        "os.mkdir",
        "os.remove",
        "os.removexattr",
        "os.rename",
        "os.rmdir",
        "os.setxattr",
        "os.symlink",
        "os.truncate",
        "os.utime",
    }
)
"""Events whose arguments begin with one path, or two for those that have two."""

TWO_PATHS = frozenset({"os.link", "os.rename", "os.symlink"})
REFUSED = frozenset(
    {
        "os.exec",
        "os.fork",
        "os.forkpty",
        "os.kill",
        "os.killpg",
        "os.posix_spawn",
        "os.spawn",
        "os.startfile",
        "os.startfile/2",
        "os.system",
        "os.add_dll_directory",
        "pty.spawn",
        "signal.pthread_kill",
        "subprocess.Popen",
        "ctypes.PyObj_FromPtr",
        "ctypes.call_function",
        "ctypes.cdata",
        "ctypes.dlopen",
        "ctypes.dlsym",
        "ctypes.dlsym/handle",
        "ctypes.string_at",
        "ctypes.wstring_at",
        "resource.prlimit",
        "resource.setrlimit",
        "syslog.openlog",
        "syslog.syslog",
    }
)
REFUSED_FAMILIES = ("socket.", "winreg.", "_winapi.", "msvcrt.", "ftplib.", "http.client.")
WRITING_FLAGS = os.O_WRONLY | os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_TRUNC


def install(allowed: Access) -> None:
    """Refuse with PermissionError, from now on and for good in this process."""
    sys.addaudithook(hook(allowed))


def hook(allowed: Access) -> Any:
    """The hook: called with an event's name and arguments, it raises or does nothing."""
    # Bound here, so that rebinding a module's name does not reach it.
    realpath, fsdecode, is_within = os.path.realpath, os.fsdecode, access.is_within
    kinds = (str, bytes)
    writable = (*allowed.writable, realpath(os.devnull))
    readable = (*allowed.readable, *writable)
    listed = (*readable, *allowed.listed)
    own_process = os.getpid()

    def inside(path: Any, folders: tuple[str, ...]) -> bool:
        if not isinstance(path, kinds):
            return True  # a descriptor that was opened before, or the current folder
        resolved = realpath(fsdecode(path))
        return any(is_within(resolved, folder) for folder in folders)

    def refuse(what: str) -> None:
        raise PermissionError(errno.EACCES, "refused while a submission is graded: " + what)

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, mode, flags = arguments
            writes = any(letter in mode for letter in "wax+") if isinstance(mode, str) else False
            writes = writes or (isinstance(flags, int) and bool(flags & WRITING_FLAGS))
            if not inside(path, writable if writes else readable):
                refuse("open of a file elsewhere")
        elif event in LISTING:
            if arguments and not inside(arguments[0], listed):
                refuse(event)
        elif event in CHANGING:
            count = 2 if event in TWO_PATHS else 1
            if not all(inside(path, writable) for path in arguments[:count]):
                refuse(event)
        elif event == "os.kill" and arguments[0] == own_process:
            return
        elif event in REFUSED or event.startswith(REFUSED_FAMILIES):
            refuse(event)

    return watch
