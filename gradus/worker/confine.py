"""Confines the worker that this runs in, as far as its system can, before a submission is loaded.

On Linux: no new privileges, no capabilities, the grader's death ends the worker, Landlock and a
system-call filter; through `ctypes`, without root and without another program. Where Landlock or
the filter is missing, and on other systems, an audit hook is the trip-wire. Runs in the worker:
Python 3.9, standard library. What was put into force is told by name; nothing else is claimed.
"""

from __future__ import annotations

import ctypes
import functools
import os
import platform
import signal
import struct
import sys
from typing import TYPE_CHECKING, Any

if __package__ or TYPE_CHECKING:
    from gradus.worker import landlock, seccomp, syscalls, tripwire
    from gradus.worker.access import Access
else:
    syscalls = sys.modules["_gradus_syscalls"]
    landlock = sys.modules["_gradus_landlock"]
    seccomp = sys.modules["_gradus_seccomp"]
    tripwire = sys.modules["_gradus_tripwire"]

MECHANISMS = ("landlock", "seccomp", "tripwire")
"""What a grader asks for; fewer in tests, and on systems that lack them."""

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 1, 4, 24, 38
PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 47, 4
CAPABILITY_VERSION_3 = 0x20080522
CAP_DAC_READ_SEARCH = 2
"""Kept: the interpreter may lie in a folder that only root can enter. Landlock bounds reading."""


@functools.cache
def libc() -> ctypes.CDLL:
    """The C library of this process."""
    return ctypes.CDLL(None, use_errno=True)


def prctl(option: int, *arguments: int) -> bool:
    """Call prctl(2), Linux alone; whether it succeeded."""
    four = [ctypes.c_ulong(value) for value in (*arguments, 0, 0, 0, 0)[:4]]
    result: int = libc().prctl(ctypes.c_int(option), *four)
    return result == 0


def make_undumpable() -> bool:
    """Keep others of the same user from reading this process's memory and environment.

    Linux alone, and whether it succeeded. Not inherited by a program that is started.
    """
    return sys.platform == "linux" and prctl(PR_SET_DUMPABLE, 0)


def die_with(parent: int) -> bool:
    """Let the death of process `parent` end this one; whether the system can do that.

    It may already have died: then this process ends at once.
    """
    if sys.platform != "linux" or not prctl(PR_SET_PDEATHSIG, signal.SIGKILL):
        return False
    if os.getppid() != parent:
        os._exit(1)
    return True


def drop_capabilities() -> bool:
    """Give up root's powers but for `CAP_DAC_READ_SEARCH`; true where there are none to give up."""
    machine = seccomp.ARCHITECTURES.get(platform.machine())
    if machine is None:
        return False
    held = _effective_capabilities()
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
    for capability in range(held.bit_length()):
        prctl(PR_CAPBSET_DROP, capability)
    kept = held & (1 << CAP_DAC_READ_SEARCH)
    header = struct.pack("<Ii", CAPABILITY_VERSION_3, 0)
    sets = struct.pack("<6I", kept, kept, 0, 0, 0, 0)
    number = ctypes.c_long(syscalls.CAPSET[machine[0]])
    result: int = libc().syscall(number, ctypes.c_char_p(header), ctypes.c_char_p(sets))
    return result == 0


def _effective_capabilities() -> int:
    with open("/proc/self/status", "rb") as file:
        lines = dict(line.split(b":", 1) for line in file if line.startswith(b"Cap"))
    return int(lines.get(b"CapEff", b"0"), 16)


def confine(allowed: Access, mechanisms: list[str]) -> dict[str, Any]:
    """Put into force what this system has of `mechanisms`; {"applied": names, "missing": names}."""
    applied: list[str] = []
    missing: list[str] = []
    if sys.platform == "linux":
        _confine_on_linux(allowed, mechanisms, applied, missing)
    else:
        missing += [name for name in ("landlock", "seccomp") if name in mechanisms]
    whole = any(name.startswith("landlock") for name in applied) and any(
        name.startswith("seccomp") for name in applied
    )
    if "tripwire" in mechanisms and not whole:
        tripwire.install(allowed)
        applied.append("tripwire")
    return {"applied": applied, "missing": missing}


def _confine_on_linux(
    allowed: Access, mechanisms: list[str], applied: list[str], missing: list[str]
) -> None:
    if prctl(PR_SET_NO_NEW_PRIVS, 1):
        applied.append("no_new_privs")
    else:
        missing.append("no_new_privs")
    (applied if drop_capabilities() else missing).append("no capabilities")
    if "landlock" in mechanisms:
        version = landlock.restrict(libc(), allowed)
        if version:
            applied.append(f"landlock (ABI {version})")
        else:
            missing.append("landlock")
    if "seccomp" in mechanisms:
        if seccomp.install(libc(), platform.machine(), os.getpid()):
            applied.append(f"seccomp ({len(syscalls.REFUSED)} calls)")
        else:
            missing.append("seccomp")
