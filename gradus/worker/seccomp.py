"""The system-call filter of a confined worker (seccomp, Linux 3.17 and later).

Runs in the worker: Python 3.9, standard library. The program is classic BPF over
``struct seccomp_data {int nr; u32 arch; u64 instruction_pointer; u64 args[6];}``; see the Linux
documentation `userspace-api/seccomp_filter.rst`.
"""

from __future__ import annotations

import ctypes
import errno
import struct
import sys
from typing import TYPE_CHECKING

if __package__ or TYPE_CHECKING:
    from gradus.worker import syscalls
else:
    syscalls = sys.modules["_gradus_syscalls"]

ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
"""By machine: the column of `syscalls`, and AUDIT_ARCH."""

CLONE_THREAD = 0x00010000
PR_SET_PDEATHSIG, PR_SET_DUMPABLE = 1, 4
WRITE_ONLY, READ_WRITE, TRUNCATE = 0o1, 0o2, 0o1000

DESCRIPTOR_COMMANDS = (0, 1, 2, 3, 4, 5, 6, 7, 36, 37, 38, 1030, 1032)
"""Commands of fcntl(2): duplicates, flags, locks, and asking for a pipe's size.

Not: who gets which signal when there is something to read, which could be the grader; leases, on
which others wait who open the file; notices of changes; a pipe's size, of which each user has so
much in all.
"""

DEVICE_COMMANDS = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)
"""Commands of ioctl(2): whether this is a terminal and how large, what can be read, flags.

Landlock does not know the others, of which some change what belongs to a file and not to an open
one: they take effect also where the file may only be read.
"""

SET_MODE_FILTER = 1
FILTER_FLAG_TSYNC = 1

ALLOW = 0x7FFF0000
KILL_PROCESS = 0x80000000
ERRNO = 0x00050000

_LOAD, _EQUAL, _GREATER, _ANY_BIT, _RETURN = 0x20, 0x15, 0x25, 0x45, 0x06
_NUMBER, _ARCHITECTURE = 0, 4

Instruction = tuple  # (code, jump if true, jump if false, operand)


def argument(index: int, high: bool = False) -> int:
    """The offset of the low, or high, 32 bits of a system call's argument."""
    return 16 + 8 * index + (4 if high else 0)


def refuse(number: int) -> int:
    """The answer that makes a call fail with this `errno`."""
    return ERRNO | number


def program(machine: str, own_pid: int) -> list[Instruction]:
    """The filter of a process: what it refuses, and how.

    Calls of another architecture's numbering end the process. Threads may be made, processes not;
    a signal may go to the process itself alone; a limit may be read, not set; the signal on the
    grader's death stays set, and the grader can go on looking at the process. What is opened for
    reading is not truncated, which Landlock knows from its third version on, and nothing is opened
    for neither reading nor writing, which Landlock lets pass.
    """
    column, architecture = ARCHITECTURES[machine]
    denied = refuse(errno.EPERM)
    code: list[Instruction] = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, KILL_PROCESS),
        (_LOAD, 0, 0, _NUMBER),
    ]

    def answer(number: int | None, value: int) -> None:
        if number is not None:
            code.extend([(_EQUAL, 0, 1, number), (_RETURN, 0, 0, value)])

    def unless(number: int | None, offset: int, test: int, operand: int) -> None:
        """Refuse call `number` unless the word at `offset` passes the test."""
        if number is not None:
            code.extend(
                [
                    (_EQUAL, 0, 4, number),
                    (_LOAD, 0, 0, offset),
                    (test, 0, 1, operand),
                    (_RETURN, 0, 0, ALLOW),
                    (_RETURN, 0, 0, denied),
                ]
            )

    def among(number: int | None, offset: int, words: tuple[int, ...], otherwise: int) -> None:
        """Allow call `number` where the word at `offset` is one of these."""
        if number is not None:
            code.extend([(_EQUAL, 0, len(words) + 3, number), (_LOAD, 0, 0, offset)])
            code.extend((_EQUAL, len(words) - i, 0, word) for i, word in enumerate(words))
            code.extend([(_RETURN, 0, 0, otherwise), (_RETURN, 0, 0, ALLOW)])

    def opening(number: int | None, offset: int) -> None:
        """Refuse the flags at `offset` that are said above."""
        if number is not None:
            code.extend(
                [
                    (_EQUAL, 0, 7, number),
                    (_LOAD, 0, 0, offset),
                    (_ANY_BIT, 0, 1, WRITE_ONLY),
                    (_ANY_BIT, 2, 3, READ_WRITE),
                    (_ANY_BIT, 2, 0, READ_WRITE),
                    (_ANY_BIT, 0, 1, TRUNCATE),
                    (_RETURN, 0, 0, denied),
                    (_RETURN, 0, 0, ALLOW),
                ]
            )

    # The x32 numbering is also caught here: its numbers have bit 30 set.
    code.extend([(_GREATER, 0, 1, syscalls.NEWEST_KNOWN), (_RETURN, 0, 0, refuse(errno.ENOSYS))])
    for numbers in syscalls.REFUSED.values():
        answer(numbers[column], denied)
    for numbers in syscalls.IGNORED.values():
        answer(numbers[column], refuse(0))
    for numbers in syscalls.NOT_IMPLEMENTED.values():
        answer(numbers[column], refuse(errno.ENOSYS))
    answer(syscalls.SETRLIMIT[column], denied)
    unless(syscalls.CLONE[column], argument(0), _ANY_BIT, CLONE_THREAD)
    unless(syscalls.KILL[column], argument(0), _EQUAL, own_pid)
    unless(syscalls.TGKILL[column], argument(0), _EQUAL, own_pid)
    opening(syscalls.OPEN[column], argument(1))
    opening(syscalls.OPENAT[column], argument(2))
    among(syscalls.FCNTL[column], argument(1), DESCRIPTOR_COMMANDS, denied)
    among(syscalls.IOCTL[column], argument(1), DEVICE_COMMANDS, refuse(errno.EOPNOTSUPP))
    code.extend(
        [
            (_EQUAL, 0, 5, syscalls.PRCTL[column]),
            (_LOAD, 0, 0, argument(0)),
            (_EQUAL, 1, 0, PR_SET_PDEATHSIG),
            (_EQUAL, 0, 1, PR_SET_DUMPABLE),
            (_RETURN, 0, 0, denied),
            (_RETURN, 0, 0, ALLOW),
            # prlimit: a new value is a pointer, either half of which may be the one that is set.
            (_EQUAL, 0, 6, syscalls.PRLIMIT[column]),
            (_LOAD, 0, 0, argument(2)),
            (_EQUAL, 0, 3, 0),
            (_LOAD, 0, 0, argument(2, high=True)),
            (_EQUAL, 0, 1, 0),
            (_RETURN, 0, 0, ALLOW),
            (_RETURN, 0, 0, denied),
            (_RETURN, 0, 0, ALLOW),
        ]
    )
    return code


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]


def install(libc: ctypes.CDLL, machine: str, own_pid: int) -> bool:
    """Put the filter into force in every thread of this process; whether that succeeded.

    `no_new_privs` must be set.
    """
    if machine not in ARCHITECTURES:
        return False
    column = ARCHITECTURES[machine][0]
    code = program(machine, own_pid)
    raw = ctypes.create_string_buffer(
        b"".join(struct.pack("<HBBI", *instruction) for instruction in code)
    )
    filtered = _Program(len(code), ctypes.cast(raw, ctypes.c_void_p))
    installed: int = libc.syscall(
        ctypes.c_long(syscalls.SECCOMP[column]),
        ctypes.c_long(SET_MODE_FILTER),
        ctypes.c_long(FILTER_FLAG_TSYNC),
        ctypes.byref(filtered),
    )
    return installed == 0
