"""File and network rules of a confined worker (Landlock, Linux 5.13 and later).

Runs in the worker: Python 3.9, standard library. What the kernel knows is asked for, never
assumed: each version of its interface ("ABI") adds rights, and naming one it lacks is an error.
Source: Linux `userspace-api/landlock.rst` and `include/uapi/linux/landlock.h`.
"""

from __future__ import annotations

import ctypes
import os
import stat
import struct
import sys
from typing import TYPE_CHECKING

if __package__ or TYPE_CHECKING:
    from gradus.worker import syscalls
    from gradus.worker.access import Access
else:
    syscalls = sys.modules["_gradus_syscalls"]

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
REMOVE_DIR, REMOVE_FILE, MAKE_DIR, MAKE_REG = 1 << 4, 1 << 5, 1 << 7, 1 << 8
REFER, TRUNCATE, IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15

FILE_RIGHTS_BY_ABI = {1: (1 << 13) - 1, 2: REFER, 3: TRUNCATE, 5: IOCTL_DEV}
NETWORK_ABI, NETWORK_RIGHTS = 4, 0b11  # binding and connecting over TCP
SCOPE_ABI, SCOPES = 6, 0b11  # abstract Unix sockets and signals

READ = READ_FILE | READ_DIR
WRITE = READ | WRITE_FILE | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REG | REFER | TRUNCATE
ON_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV

NULL_DEVICE = "/dev/null"
READABLE_FILES = ("/dev/urandom", "/dev/zero", "/etc/ld.so.cache")
CREATE_RULESET_VERSION = 1
RULE_PATH_BENEATH = 1


def abi(libc: ctypes.CDLL) -> int:
    """The version of the kernel's interface; 0 where there is none, or it is turned off."""
    version: int = libc.syscall(
        ctypes.c_long(syscalls.LANDLOCK["create_ruleset"]), None, ctypes.c_long(0),
        ctypes.c_long(CREATE_RULESET_VERSION),
    )  # fmt: skip
    return max(version, 0)


def restrict(libc: ctypes.CDLL, allowed: Access) -> int:
    """Confine this thread to what is allowed; the version in force, 0 where nothing is.

    It binds the calling thread and what it starts, so there must be no other thread yet.
    `no_new_privs` must be set. Where the kernel refuses a version that it reported, lower
    ones are tried.
    """
    if len(os.listdir("/proc/self/task")) != 1:
        return 0
    for version in range(min(abi(libc), SCOPE_ABI), 0, -1):
        ruleset = _ruleset(libc, version)
        if ruleset < 0:
            continue
        try:
            handled = file_rights(version)
            for path, rights in _rules(allowed):
                _allow(libc, ruleset, path, rights & handled)
            done = libc.syscall(
                ctypes.c_long(syscalls.LANDLOCK["restrict_self"]),
                ctypes.c_long(ruleset),
                ctypes.c_long(0),
            )
        finally:
            os.close(ruleset)
        return version if done == 0 else 0
    return 0


def file_rights(version: int) -> int:
    """Every file right that this version of the interface knows."""
    known = 0
    for since, rights in FILE_RIGHTS_BY_ABI.items():
        known |= rights if version >= since else 0
    return known


def _ruleset(libc: ctypes.CDLL, version: int) -> int:
    attributes = [file_rights(version)]
    if version >= NETWORK_ABI:
        attributes.append(NETWORK_RIGHTS)
    if version >= SCOPE_ABI:
        attributes.append(SCOPES)
    raw = struct.pack(f"<{len(attributes)}Q", *attributes)
    ruleset: int = libc.syscall(
        ctypes.c_long(syscalls.LANDLOCK["create_ruleset"]),
        ctypes.c_char_p(raw),
        ctypes.c_size_t(len(raw)),
        ctypes.c_long(0),
    )
    return ruleset


def _rules(allowed: Access) -> list[tuple[str, int]]:
    rules = [(path, READ) for path in (*allowed.readable, *_shared_libraries())]
    rules += [(path, READ_FILE) for path in READABLE_FILES]
    rules += [(path, READ_DIR) for path in allowed.listed]
    rules += [(path, WRITE) for path in allowed.writable]
    return [*rules, (NULL_DEVICE, READ_FILE | WRITE_FILE | TRUNCATE)]


def _shared_libraries() -> list[str]:
    """Libraries this process holds, and the folders where the system keeps others.

    The standard library's extensions load theirs (OpenSSL, SQLite) when they are first imported. A
    folder that also holds Python packages is granted library by library.
    """
    with open("/proc/self/maps", "rb") as file:
        fields = [line.split(None, 5) for line in file]
    mapped = {os.fsdecode(field[5].strip()) for field in fields if len(field) == 6}
    files = {path for path in mapped if path.startswith("/") and ".so" in os.path.basename(path)}
    granted = sorted(files)
    for folder in sorted({os.path.dirname(path) for path in files if _is_of_the_system(path)}):
        names = os.listdir(folder)
        if any(name.startswith("python") for name in names):
            granted += [os.path.join(folder, name) for name in names if ".so" in name]
        else:
            granted.append(folder)
    return granted


def _is_of_the_system(path: str) -> bool:
    return os.path.basename(path).startswith(("libc.so", "libc-", "libm.so", "ld-linux"))


def _allow(libc: ctypes.CDLL, ruleset: int, path: str, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            rights &= ON_FILES
        # Packed: the structure has no gap between its 8 and its 4 bytes.
        rule = struct.pack("<Qi", rights, descriptor)
        libc.syscall(
            ctypes.c_long(syscalls.LANDLOCK["add_rule"]),
            ctypes.c_long(ruleset),
            ctypes.c_long(RULE_PATH_BENEATH),
            ctypes.c_char_p(rule),
            ctypes.c_long(0),
        )
    finally:
        os.close(descriptor)
