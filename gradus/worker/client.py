"""The grader's end: one `Worker` is one life of one process that holds one submission."""

from __future__ import annotations

import itertools
import json
import math
import os
import sys
import tempfile
import uuid
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import Any, cast

from gradus.worker import process, wire
from gradus.worker.confine import MECHANISMS
from gradus.worker.failures import StudentError, WorkerFailure, WorkerStartError, escape_output
from gradus.worker.interpreter import why_no_worker
from gradus.worker.monitor import Allowance, Bounds, Monitor, TraceFile
from gradus.worker.replies import open_reply

__all__ = [
    "Limits",
    "StudentError",
    "Worker",
    "WorkerFailure",
    "WorkerStartError",
    "escape_output",
]

SERVE = Path(__file__).with_name("serve.py")
START_WALL_SECONDS = 60.0
HELLO_BYTES = 0
OPEN_FILES = 256
DRAIN_WAIT_SECONDS = 1.0


@dataclass(frozen=True)
class Limits:
    """What a worker may use. CPU time is what counts; wall time is for sleeping (see `monitor`).

    A call of a law on its few rows costs honest code, Python loops over pixels included, at most
    0.1 s. Loading costs 0.2 s, and seconds where a large library is imported. `still_seconds` is
    for a sleep without a break in any request: honest code never waits so long for nothing.
    `memory_bytes` bounds the address space where the system can do that, and the resident size
    of the whole process tree everywhere. `output_bytes` is for the life of the worker,
    `reply_bytes` for the arrays of one reply, `file_bytes` for one written file,
    `total_cpu_seconds` for the life of the worker. `scratch_bytes` and `scratch_files` bound what
    its scratch folder holds, the copy of the submission's own files (see `intake`) included.
    """

    call_cpu_seconds: float = 2.0
    call_wall_seconds: float = 15.0
    load_cpu_seconds: float = 10.0
    load_wall_seconds: float = 30.0
    still_seconds: float = 3.0
    memory_bytes: int = 2 << 30
    output_bytes: int = 1 << 20
    reply_bytes: int = 64 << 20
    file_bytes: int = 64 << 20
    scratch_bytes: int = 512 << 20
    scratch_files: int = 4_000
    threads: int = 200
    total_cpu_seconds: float = 3_600.0


class Worker:
    """A process for one submission; it dies for good on the first `WorkerFailure`.

    It starts at once, and nobody waits for it before `load`: the submission's folder must be
    there, but what is in it is first read then. `adapter` is the file whose
    `load(submission, options)` gives ``(operations, manifest)``, `scratch` a folder for whatever
    the submission writes, `python` any interpreter from 3.9 with NumPy (default: this one),
    `readable` further files that the submission may read, `mechanisms` what confines it (see
    `confine`). `hello` holds what the worker said of itself before it loaded anything (``python``,
    ``numpy``, ``limits``, ``trace``, ``confinement``), `manifest` what the adapter gave.

    Raises `WorkerStartError` if the interpreter cannot be started. Not for several threads.
    """

    hello: dict[str, Any]
    manifest: dict[str, Any]
    pid: int

    def __init__(
        self,
        *,
        adapter: Path,
        submission: Path,
        scratch: Path,
        limits: Limits,
        python: str | None = None,
        readable: tuple[Path, ...] = (),
        mechanisms: tuple[str, ...] = MECHANISMS,
    ) -> None:
        self._limits = limits
        self._python = python or sys.executable
        self._numbers = itertools.count(1)
        self._closed = False
        self._submission, scratch = submission.absolute(), scratch.absolute()
        scratch.mkdir(parents=True, exist_ok=True)
        trace = TraceFile(scratch / f".trace-{uuid.uuid4().hex}", self._submission)
        settings = {
            "limits": _resource_limits(self._limits),
            "trace": str(trace.path),
            "adapter": str(adapter.absolute()),
            "submission": str(self._submission),
            "scratch": str(scratch),
            "readable": [str(path.absolute()) for path in readable],
            "mechanisms": list(mechanisms),
            "parent": os.getpid(),
            "private": [str(scratch), tempfile.gettempdir()],
        }
        self._start(trace, settings, scratch)

    def load(self, options: dict[str, Any]) -> Worker:
        """Load the submission, once; gives the worker itself.

        Raises `WorkerStartError` if the interpreter will not do, `StudentError` if the adapter's
        `load` raised, and `WorkerFailure` if loading passed a limit or ended the process; the
        worker is closed then.
        """
        try:
            self._greet()
            self._load(options)
        except BaseException:
            self.close()
            raise
        return self

    def call(
        self,
        name: str,
        arguments: dict[str, Any],
        *,
        seed: int,
        cpu_seconds: float | None = None,
        wall_seconds: float | None = None,
        reply_bytes: int | None = None,
        called: str | None = None,
    ) -> Any:
        """The value of the adapter's operation `name`, called with `arguments` as keywords.

        The three limits default to the worker's; `called` is what a failure calls the operation.
        `seed`, 0 <= seed < 2**64, decides every draw. Raises `StudentError` if the operation
        raised, `WorkerFailure` if it passed a limit or ended the process, after which only `close`
        and `output` remain.
        """
        if not 0 <= seed < 1 << 64:
            raise ValueError(f"seed={seed} must be at least 0 and less than 2**64")
        limits = self._limits
        cpu = limits.call_cpu_seconds if cpu_seconds is None else cpu_seconds
        wall = limits.call_wall_seconds if wall_seconds is None else wall_seconds
        cap = limits.reply_bytes if reply_bytes is None else reply_bytes
        request = {"op": "call", "name": name, "arguments": arguments, "seed": seed}
        allowance = Allowance.from_now(called or f"call {name!r}", cpu, wall, limits.still_seconds)
        return self._request(request, allowance, cap)

    def upload(self, name: str, value: Any) -> wire.Uploaded:
        """Keep `value` in the worker; what is returned stands for it in later arguments."""
        limits = self._limits
        allowance = Allowance.from_now(
            f"upload {name!r}",
            limits.call_cpu_seconds,
            limits.call_wall_seconds,
            limits.still_seconds,
        )
        self._request({"op": "upload", "name": name, "value": value}, allowance, 0)
        return wire.Uploaded(name)

    def close(self) -> None:
        """Kill the process and all that it started. Does nothing the second time."""
        if not self._closed:
            self._closed = True
            self._dispose()

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def is_waiting(self) -> bool:
        """Whether the process still runs, as it should between two requests."""
        return not self._closed and self._tree.is_running()

    @property
    def output(self) -> str:
        """What the submission printed so far, up to the cap, escaped; complete once closed."""
        return escape_output(self._drain.kept().decode("utf-8", "backslashreplace"))

    @property
    def peak_memory_bytes(self) -> int:
        """The largest resident size that was seen."""
        if self._closed:
            return self._monitor.peak_bytes
        return max(self._monitor.peak_bytes, self._tree.peak_bytes())

    @property
    def cpu_seconds(self) -> float:
        """CPU time of the process so far; 0 once it has ended."""
        return 0.0 if self._closed else self._tree.usage(descendants=False).cpu_seconds

    def _start(self, trace: TraceFile, settings: dict[str, Any], scratch: Path) -> None:
        # Where this process may keep compiled modules beside their sources, the worker may.
        keeps = not sys.dont_write_bytecode and sys.pycache_prefix is None
        flags = ["-s"] if keeps else ["-s", "-B"]
        command = [self._python, *flags, str(SERVE), json.dumps(settings)]
        parent = process.Parent(command, scratch)
        try:
            started = parent.process()
        except OSError as error:
            trace.close()
            raise WorkerStartError(
                f"the interpreter {self._python!r} cannot be started ({error.strerror}); give the "
                "path of a Python 3.9 or later with NumPy"
            ) from error
        self.pid = started.pid
        self._tree = process.Tree(started)
        waker, output_waker = process.Waker(), process.Waker()
        self._requests = process.PipeEnd(cast(FileIO, started.stdin), waker, writing=True)
        self._replies = process.PipeEnd(cast(FileIO, started.stdout), waker, writing=False)
        output = process.PipeEnd(cast(FileIO, started.stderr), output_waker, writing=False)
        limits = self._limits
        bounds = Bounds(
            limits.memory_bytes, limits.threads, limits.scratch_files, limits.scratch_bytes
        )
        self._monitor = Monitor(self._tree, waker, trace, bounds)
        self._drain = process.Drain(output, self._limits.output_bytes, _flood(self._monitor))
        # Also at the grader's exit; it must not refer to self, or it would keep it alive.
        self._dispose = weakref.finalize(
            self,
            _dispose,
            self._monitor,
            self._drain,
            output_waker,
            parent,
            [self._requests, self._replies, output, waker, output_waker, trace],
        )
        self._drain.start()
        self._monitor.start()

    def _greet(self) -> None:
        allowance = Allowance.from_now("the interpreter", math.inf, START_WALL_SECONDS, math.inf)
        try:
            self._monitor.begin(allowance)
            self.hello = wire.read_frame(self._replies, HELLO_BYTES)
            self._monitor.end()
        except (wire.ProtocolError, wire.EndOfStream, process.Interrupted, WorkerFailure) as error:
            self.close()
            raise WorkerStartError(why_no_worker(self._python, self.output)) from error
        self._monitor.can_ask_for_trace = self.hello.get("trace") == "signal"

    def _load(self, options: dict[str, Any]) -> None:
        limits = self._limits
        request = {
            "op": "load",
            "submission": str(self._submission),
            "options": options,
            "seed": 0,
        }
        allowance = Allowance.from_now(
            "loading", limits.load_cpu_seconds, limits.load_wall_seconds, limits.still_seconds
        )
        self.manifest = self._request(request, allowance, limits.reply_bytes)
        if type(self.manifest) is not dict:
            self._monitor.fail("protocol error", ": the manifest is not a dict")
            self._monitor.fail_by_exit()

    def _request(self, request: dict[str, Any], allowance: Allowance, reply_cap: int) -> Any:
        if self._monitor.failure is not None:
            raise self._monitor.failure
        if self._closed:
            raise RuntimeError("this worker is closed; start another")
        number = next(self._numbers)
        request["id"] = number
        if not self._monitor.can_ask_for_trace:
            request["trace_every"] = 0.8 * min(allowance.cpu_seconds, allowance.wall_seconds)
        frame = wire.encode(request)
        try:
            self._monitor.begin(allowance)
            wire.write_buffers(self._requests, frame)
            reply = wire.read_frame(self._replies, reply_cap)
            self._monitor.end()
            value, error = open_reply(reply, number)
        except wire.ProtocolError as fault:
            self._monitor.fail("protocol error", f": {escape_output(str(fault))}")
            self._end_by_failure()
        except (wire.EndOfStream, process.Interrupted, OSError):
            self._end_by_failure()
        except BaseException:  # a failure, or Ctrl-C between request and reply
            self.close()
            raise
        if isinstance(error, WorkerFailure):
            self._monitor.failure = error
            self.close()
        if error is not None:
            raise error
        return value

    def _end_by_failure(self) -> None:
        try:
            self._monitor.fail_by_exit()
        finally:
            self.close()


def _resource_limits(limits: Limits) -> dict[str, list[int]]:
    """The soft and hard values for `serve.apply_limits`."""
    cpu = math.ceil(limits.total_cpu_seconds)
    return {
        "AS": [limits.memory_bytes] * 2,
        "CPU": [cpu, cpu + 5],  # the soft limit's signal tells this from other kills
        "FSIZE": [limits.file_bytes] * 2,
        # Not 0, at which some systems still hand the whole dump to a program of theirs.
        "CORE": [1, 1],
        "NOFILE": [OPEN_FILES] * 2,
    }


def _flood(monitor: Monitor) -> Callable[[], None]:
    return lambda: monitor.fail("printed too much")


def _dispose(
    monitor: Monitor,
    drain: process.Drain,
    output_waker: process.Waker,
    parent: process.Parent,
    ends: list[Any],
) -> None:
    monitor.stop()
    parent.release()
    drain.join(DRAIN_WAIT_SECONDS)  # what was printed before the end is still in the pipe
    output_waker.wake()
    monitor.join()
    if process.HAS_POLL:
        drain.join()
    for end in ends:
        end.close()
