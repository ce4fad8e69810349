"""The worker's operating-system side, seen from the grader: environment, pipes, tree, usage."""

from __future__ import annotations

import contextlib
import io
import itertools
import os
import queue
import re
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import psutil

from gradus.worker.wire import Buffer

if sys.platform == "linux":
    import fcntl

PIPE_BYTES = 1 << 20
EXIT_WAIT_SECONDS = 1.0
HAS_POLL = hasattr(select, "poll")
LOOKED_AT_THREADS = 1_000
TELLS_RUNNABLE = sys.platform == "linux"
BUSY_STATES = ([b"R"], [b"D"])
"""Running or ready to run, and waiting for a disk."""

KEPT_ON_WINDOWS = ("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT")
SCRATCH_VARIABLES = ("HOME", "TMPDIR", "TEMP", "TMP", "MPLCONFIGDIR")
SCRATCH_ON_WINDOWS = ("USERPROFILE", "APPDATA", "LOCALAPPDATA")
FIXED_VARIABLES = {
    "LANG": "C.UTF-8",
    "MPLBACKEND": "Agg",
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
}


def environment(scratch: Path) -> dict[str, str]:
    """All that the worker's environment holds: an allow-list, so no token of the grader's."""
    variables = {"PATH": os.environ.get("PATH", os.defpath), **FIXED_VARIABLES}
    variables.update(dict.fromkeys(SCRATCH_VARIABLES, str(scratch)))
    if sys.platform == "win32":
        variables.update(dict.fromkeys(SCRATCH_ON_WINDOWS, str(scratch)))
        variables.update({k: os.environ[k] for k in KEPT_ON_WINDOWS if k in os.environ})
    return variables


def start(command: list[str], scratch: Path) -> subprocess.Popen[bytes]:
    """Start `command` in its own session, with a pipe on each of its three descriptors."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        close_fds=True,
        cwd=scratch,
        env=environment(scratch),
        start_new_session=os.name == "posix",
    )
    if sys.platform == "linux":
        for end in (process.stdin, process.stdout, process.stderr):
            # What all pipes of one user may hold is bounded too: then this one stays small.
            with contextlib.suppress(OSError):
                fcntl.fcntl(cast(io.FileIO, end), fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    return process


class Parent(threading.Thread):
    """A thread that starts one process and lives until `release`.

    On Linux the signal on a parent's death follows the thread that started the process, not the
    parent's process: a worker started from a pool's thread would die with that thread.
    """

    def __init__(self, command: list[str], scratch: Path) -> None:
        super().__init__(name="gradus-worker-parent", daemon=True)
        self._command = command
        self._scratch = scratch
        self._released = threading.Event()
        self._answer: queue.SimpleQueue[subprocess.Popen[bytes] | OSError] = queue.SimpleQueue()

    def process(self) -> subprocess.Popen[bytes]:
        """Start the thread and the process; raises OSError where that fails."""
        self.start()
        answer = self._answer.get()
        if isinstance(answer, OSError):
            raise answer
        return answer

    def release(self) -> None:
        """End the thread; the process should have ended before."""
        self._released.set()

    def run(self) -> None:
        try:
            process = start(self._command, self._scratch)
        except OSError as error:
            self._answer.put(error)
            return
        self._answer.put(process)
        del process
        self._released.wait()


class Interrupted(Exception):
    """Reading or writing was given up because `Waker.wake` was called."""


class Waker:
    """Ends blocked reads and writes of this process from another thread.

    Killing the worker closes its ends of the pipes, but a process that it left behind may hold
    them open. Where `poll` does not exist (Windows) this does nothing.
    """

    def __init__(self) -> None:
        self._read, self._write = os.pipe()
        self.awake = False

    def fileno(self) -> int:
        return self._read

    def wake(self) -> None:
        """Let every present and future wait of the streams with this waker end at once."""
        if not self.awake:
            self.awake = True
            os.write(self._write, b"!")

    def close(self) -> None:
        os.close(self._read)
        os.close(self._write)


class PipeEnd:
    """One end of a pipe as a raw blocking stream whose waits a `Waker` ends.

    Raises `Interrupted` when woken, and `BrokenPipeError` when the other side has gone.
    """

    def __init__(self, stream: io.FileIO, waker: Waker, *, writing: bool) -> None:
        self._stream = stream
        self._poll: select.poll | None = None
        self._waker = waker
        if HAS_POLL:
            os.set_blocking(stream.fileno(), False)
            self._poll = select.poll()
            self._poll.register(stream.fileno(), select.POLLOUT if writing else select.POLLIN)
            self._poll.register(waker.fileno(), select.POLLIN)

    def readinto(self, buffer: memoryview, /) -> int:
        """Read at least one byte into `buffer`; the count, 0 at the end of the stream."""
        while not self._waker.awake:
            count = self._stream.readinto(buffer)
            if count is not None:
                return count
            self._wait()
        raise Interrupted

    def write(self, buffer: Buffer, /) -> int:
        """Write at least one byte of `buffer`; the count."""
        while True:
            count = self._stream.write(buffer)
            if count is not None:
                return count
            self._wait()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._stream.close()

    def _wait(self) -> None:
        if self._poll is not None:
            self._poll.poll()
        if self._waker.awake:
            raise Interrupted


class Drain(threading.Thread):
    """Reads the output pipe all the time, keeps its first bytes and reports a flood once."""

    def __init__(self, source: PipeEnd, cap: int, report: Callable[[], None]) -> None:
        super().__init__(name="gradus-worker-output", daemon=True)
        self._source = source
        self._cap = cap
        self._report = report
        self._kept = bytearray()

    def run(self) -> None:
        chunk = memoryview(bytearray(1 << 16))
        flooded = False
        while True:
            try:
                count = self._source.readinto(chunk)
            except (OSError, ValueError, Interrupted):
                return
            if count == 0:
                return
            room = self._cap - len(self._kept)
            self._kept += chunk[: min(count, room)]
            if count > room and not flooded:
                flooded = True
                self._report()

    def kept(self) -> bytes:
        return bytes(self._kept)


@dataclass(frozen=True)
class Usage:
    """What a process and its descendants use: CPU time since their start, and memory now.

    Attributes
    ----------
    busy : whether one of them has a core, or waits for one or for a disk; False where the system
        does not tell.
    turns : how often one of their threads has been given a core so far; None where the system does
        not tell.
    threads : how many threads they have.
    """

    cpu_seconds: float
    resident_bytes: int
    busy: bool
    turns: int | None
    threads: int = 1


def _threads(pid: int) -> tuple[bool, int | None]:
    """Whether a thread of this process is `busy`, and their `turns`, as `Usage` has them."""
    if not TELLS_RUNNABLE:
        return False, None
    busy, turns = False, 0
    counted = True
    for thread in itertools.islice(Path(f"/proc/{pid}/task").glob("*"), LOOKED_AT_THREADS):
        try:
            # The name stands in parentheses, and may hold any character.
            state = (thread / "stat").read_bytes().rpartition(b")")[2].split()[:1]
            busy = busy or state in BUSY_STATES
            turns += int((thread / "schedstat").read_bytes().split()[2])
        except (OSError, IndexError):  # it has just ended, or the kernel keeps no count
            counted = False
    return busy, turns if counted else None


def _number_of_threads(process: psutil.Process) -> int:
    if sys.platform != "linux":
        return int(process.num_threads())
    # Counted by the kernel: a process can choose its own name, which stands in `status`.
    with contextlib.suppress(OSError):
        return os.stat(f"/proc/{process.pid}/task").st_nlink - 2
    return 0


class Tree:
    """A process and all that it started."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._root = psutil.Process(process.pid)
        self._known: tuple[psutil.Process, ...] = ()

    def usage(self, *, descendants: bool) -> Usage:
        """Usage of the root and its descendants, those that were there at the last listing.

        `descendants` lists them anew, which is slower.
        """
        if descendants:
            self._known = tuple(self._descendants())
        cpu, resident, busy, threads = 0.0, 0, False, 0
        turns: int | None = 0
        for member in (self._root, *self._known):
            with contextlib.suppress(psutil.Error), member.oneshot():
                times = member.cpu_times()
                cpu += times.user + times.system
                # What ended descendants used; zero or absent where the system does not tell.
                cpu += getattr(times, "children_user", 0) + getattr(times, "children_system", 0)
                resident += member.memory_info().rss
                threads += _number_of_threads(member)
                works, given = _threads(member.pid)
                busy = busy or works
                turns = None if turns is None or given is None else turns + given
        return Usage(cpu, resident, busy, turns, threads)

    @property
    def pid(self) -> int:
        """The root's process id."""
        return self._process.pid

    def peak_bytes(self) -> int:
        """The root's largest resident size so far where the system knows it, else 0."""
        with contextlib.suppress(psutil.Error, OSError, ValueError):
            if sys.platform == "linux":
                status = Path(f"/proc/{self._process.pid}/status").read_text()
                # A process that has ended has no memory, and no such line.
                return 1024 * sum(map(int, re.findall(r"^VmHWM:\s*(\d+) kB", status, re.M)))
            return int(getattr(self._root.memory_info(), "peak_wset", 0))
        return 0

    def ask_for_trace(self) -> None:
        """Send the signal on which a worker writes a traceback (not on Windows)."""
        if sys.platform != "win32":
            with contextlib.suppress(OSError):
                os.kill(self._process.pid, signal.SIGUSR1)

    def wait_for_exit(self) -> int | None:
        """The exit status once the root has ended by itself; None if it does not in a second.

        The process is left unreaped where the system allows, so that `kill` cannot meet another
        process with the same number.
        """
        deadline = time.monotonic() + EXIT_WAIT_SECONDS
        while (status := self._status()) is None and time.monotonic() < deadline:
            time.sleep(0.002)
        return status

    def is_running(self) -> bool:
        """Whether the root has not ended."""
        return self._status() is None

    def _status(self) -> int | None:
        if not hasattr(os, "waitid") or self._process.returncode is not None:
            return self._process.poll()
        try:
            found = os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return self._process.poll()
        if found is None:
            return None
        return found.si_status if found.si_code == os.CLD_EXITED else -found.si_status

    def kill(self) -> None:
        """End every process of the tree, and wait for the root. Does no harm a second time."""
        if self._process.returncode is not None:
            return
        descendants = list(self._descendants())
        if sys.platform != "win32":
            with contextlib.suppress(OSError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()
        for descendant in descendants:
            with contextlib.suppress(psutil.Error):
                descendant.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(5 * EXIT_WAIT_SECONDS)

    def _descendants(self) -> Iterable[psutil.Process]:
        try:
            return self._root.children(recursive=True)
        except psutil.Error:
            return ()
