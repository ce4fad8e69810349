"""How far submissions are kept from the grader on this machine: measured once a run, in words.

A level is what a worker announced before it met a submission, lowered to what a probe under the
same settings could still do.
"""

from __future__ import annotations

import ctypes
import os
import secrets
import socket
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from gradus.errors import GradusError
from gradus.results import Isolation
from gradus.worker import probe
from gradus.worker.client import Limits, Worker
from gradus.worker.confine import MECHANISMS, make_undumpable

LEVELS = ("process", "process+tripwire", "confined", "container")
"""From the weakest to the strongest."""

INITIAL_PID_NAMESPACE = 0xEFFFFFFC
"""PROC_PID_INIT_INO of Linux: the namespace that holds all the machine's processes."""

LOOPBACK = "127.0.0.1"
CANARY_BYTES = 32

SAYS = {
    "process": "student code ran in a process of its own, with limits on time, memory and output; "
    "it could still read and write files and use the network as the person who graded can",
    "process+tripwire": "student code ran in a process of its own, with limits on time, memory and "
    "output; a trip-wire refused ordinary attempts to reach other files, processes and the "
    "network, but determined code gets round it",
    "confined": "student code ran in a process of its own, which the operating system kept from "
    "other files, other processes and the network",
    "container": "student code ran in a process of its own, which the operating system kept from "
    "other files, other processes and the network, and the grader itself ran in a container",
}
SURVIVORS = (
    "{says}; had the grader been killed, what it left running would have ended at its limit of "
    "CPU time"
)
SURVIVORS_ON_WINDOWS = (
    "{says}; had the grader been killed, what it left running would have to be ended by hand"
)


class IsolationError(GradusError):
    """Submissions are not kept apart as was asked for; the message is one sentence."""


def announced(hello: dict[str, Any]) -> Isolation:
    """What a worker said of itself before it met the submission, without a probe."""
    confinement = hello["confinement"]
    level = _level(confinement["applied"], {})
    return Isolation(
        level=level,
        says=_says(level, confinement["applied"]),
        applied=(*confinement["applied"], *(f"limit {name}" for name in hello["limits"])),
        missing=tuple(confinement["missing"]),
    )


def measure(
    secret: Path,
    limits: Limits,
    python: str | None = None,
    mechanisms: tuple[str, ...] = MECHANISMS,
) -> tuple[Isolation, dict[str, Any]]:
    """The level that submissions get under these settings, and what a worker says of itself.

    Takes the time of one worker. `secret` is a file that they must not read. Raises
    WorkerStartError where the interpreter will not do.
    """
    make_undumpable()
    hello, possible = _probe(secret, limits, python, mechanisms)
    found = announced(hello)
    level = _level(hello["confinement"]["applied"], possible)
    says = _says(level, hello["confinement"]["applied"])
    measured = found.model_copy(update={"level": level, "says": says, "probe": possible})
    return measured, hello


def confirmed(measured: Isolation | None, hello: dict[str, Any]) -> Isolation:
    """What holds for the worker that said `hello`: as measured, or else as it announced.

    Raises IsolationError where it announced another confinement than the one that was measured.
    """
    found = announced(hello)
    if measured is None:
        return found
    if (found.applied, found.missing) != (measured.applied, measured.missing):
        raise IsolationError(
            f"a worker was confined by {_listed(found.applied)}, but the probe of this run by "
            f"{_listed(measured.applied)}; grade again"
        )
    return measured


def require(isolation: Isolation, level: str) -> None:
    """Raise IsolationError where `isolation` is weaker than `level`."""
    if level not in LEVELS:
        raise IsolationError(f"{level!r} is no isolation level; expected one of {_listed(LEVELS)}")
    if LEVELS.index(isolation.level) >= LEVELS.index(level):
        return
    still = [name.replace("_", " ") for name, possible in isolation.probe.items() if possible]
    reasons = [f"without {_listed(isolation.missing)}"] if isolation.missing else []
    reasons += [f"a probe could {_listed(still)}"] if still else []
    why = f" ({', and '.join(reasons)})" if reasons else ""
    raise IsolationError(
        f"this machine keeps submissions apart at level {isolation.level!r}{why}, below the "
        f"{level!r} that was asked for, so nothing was graded; grade where that level holds"
    )


def _level(applied: list[str], possible: dict[str, bool]) -> str:
    whole = all(any(name.startswith(part) for name in applied) for part in ("landlock", "seccomp"))
    if whole and not any(possible.values()):
        return "container" if _in_container() else "confined"
    return "process+tripwire" if "tripwire" in applied else "process"


def _in_container() -> bool:
    """Whether this process sees fewer processes than the machine has; Linux alone."""
    try:
        return os.stat("/proc/self/ns/pid").st_ino != INITIAL_PID_NAMESPACE
    except OSError:
        return False


def _says(level: str, applied: list[str]) -> str:
    if "ends with the grader" in applied:
        return SAYS[level]
    survivors = SURVIVORS_ON_WINDOWS if sys.platform == "win32" else SURVIVORS
    return survivors.format(says=SAYS[level])


def _listed(names: tuple[str, ...] | list[str]) -> str:
    return ", ".join(names)


def _probe(
    secret: Path, limits: Limits, python: str | None, mechanisms: tuple[str, ...]
) -> tuple[dict[str, Any], dict[str, bool]]:
    """A worker's hello, and what the probe could do in it, seen from here wherever it can be."""
    with ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gradus-"))).resolve()
        (work / "submission").mkdir()
        victim = work / "victim"
        victim.write_bytes(b"")
        tcp = stack.enter_context(socket.create_server((LOOPBACK, 0)))
        udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        udp.bind((LOOPBACK, 0))
        canary = ctypes.create_string_buffer(secrets.token_bytes(CANARY_BYTES), CANARY_BYTES)
        worker = stack.enter_context(
            Worker(
                adapter=Path(probe.__file__),
                submission=work / "submission",
                scratch=work / "scratch",
                limits=limits,
                python=python,
                mechanisms=mechanisms,
            ).load({})
        )
        arguments = {
            "secret": str(secret),
            "victim": str(victim),
            "host": LOOPBACK,
            "tcp": tcp.getsockname()[1],
            "udp": udp.getsockname()[1],
            "grader": os.getpid(),
            "address": ctypes.addressof(canary),
            "size": CANARY_BYTES,
        }
        given = worker.call("attempt_all", arguments, seed=0)
        possible = {name: value is True for name, value in given.items()}
        possible["write_outside"] |= victim.read_bytes() != b""
        if "read_grader_memory" in given:
            possible["read_grader_memory"] = given["read_grader_memory"] == canary.raw.hex()
        return worker.hello, possible
