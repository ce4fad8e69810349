"""Watches a worker while a request is under way, and kills it when a limit is passed."""

from __future__ import annotations

import contextlib
import math
import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from gradus.worker.failures import Place, WorkerFailure, failure_of_exit, place_in_trace
from gradus.worker.process import TELLS_RUNNABLE, Tree, Usage, Waker
from gradus.worker.scratch import content_of

TICK_SECONDS = 0.03
TICKS_UNTIL_IDLE = 10
TICKS_PER_FAR_LOOK = 8
"""How often processes that the worker started, and what it has written, are looked for."""
TRACE_WAIT_SECONDS = 0.2
TRACE_CAP = 1 << 16
PATIENCE = 20
"""How many times its wall time a request may take that waits for a core all the while."""
LONGEST_BETWEEN_LOOKS = 5 * TICK_SECONDS
BUSY_SHARE = 0.1


@dataclass(frozen=True, eq=False)
class Allowance:
    """What one request may use. `begun` is on `time.monotonic`'s clock.

    CPU time is what counts: a busy machine changes no verdict. `wall_seconds` is for what sleeps.
    Time in which the worker has a core, or waits for one that others use or for a disk, is none of
    it, up to `PATIENCE` times as much. `still_seconds` is for one sleep without a break.
    """

    label: str
    cpu_seconds: float
    wall_seconds: float
    still_seconds: float
    begun: float

    @classmethod
    def from_now(
        cls, label: str, cpu_seconds: float, wall_seconds: float, still_seconds: float
    ) -> Allowance:
        """An allowance whose wall-clock time begins now."""
        return cls(label, cpu_seconds, wall_seconds, still_seconds, time.monotonic())


@dataclass(frozen=True)
class Bounds:
    """What a worker may hold at any time. The scratch folder is that of the trace file."""

    memory_bytes: int
    threads: int
    scratch_files: int
    scratch_bytes: int


class Sleep:
    """How long the worker of one request neither had a core nor waited for one, in `seconds`.

    Where the system does not tell who waits for a core, that is all the time there was. `still` is
    how long it has not moved at all: no thread of it was given a core even once. What prints,
    computes or naps in between moves; only a system that counts such turns tells.
    """

    def __init__(self, begun: float) -> None:
        self.seconds = 0.0
        self.still = 0.0
        self._seen = begun
        self._cpu_seconds = math.inf
        self._turns: int | None = None

    def look(self, usage: Usage, now: float) -> None:
        """Add the time since the last look, by what the worker does now."""
        passed = now - self._seen
        if TELLS_RUNNABLE:
            # A look that came late saw little of the time since the one before.
            passed = min(passed, LONGEST_BETWEEN_LOOKS)
        if not usage.busy and usage.cpu_seconds - self._cpu_seconds < BUSY_SHARE * passed:
            self.seconds += passed
        moved = usage.busy or usage.turns is None or usage.turns != self._turns
        self.still = 0.0 if moved else self.still + passed
        self._seen, self._cpu_seconds, self._turns = now, usage.cpu_seconds, usage.turns


class TraceFile:
    """The file that the worker's tracebacks go to, held open from before the worker starts."""

    def __init__(self, path: Path, submission: Path) -> None:
        self.path = path
        self._submission = submission
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        self._begin = 0

    def mark(self) -> None:
        """Disregard what stands there now: it belongs to an earlier request."""
        self._begin = os.fstat(self._descriptor).st_size

    def wait(self) -> None:
        """Wait a moment for a traceback that was asked for."""
        deadline = time.monotonic() + TRACE_WAIT_SECONDS
        before, size = self._begin, self._begin
        while time.monotonic() < deadline and not (size > self._begin and size == before):
            time.sleep(0.005)
            before, size = size, os.fstat(self._descriptor).st_size

    def place(self) -> Place | None:
        """The submission's line in the last traceback since `mark`.

        The submission can write to the file too, and cut it off: then nothing is known.
        """
        begin = max(self._begin, os.fstat(self._descriptor).st_size - TRACE_CAP)
        os.lseek(self._descriptor, begin, os.SEEK_SET)
        trace = os.read(self._descriptor, TRACE_CAP)
        return place_in_trace(trace.decode("utf-8", "replace"), self._submission)

    def close(self) -> None:
        """Close and remove it."""
        os.close(self._descriptor)
        with contextlib.suppress(OSError):  # the submission may have put something else there
            self.path.unlink(missing_ok=True)


class Monitor(threading.Thread):
    """One thread for each worker; asleep while no request is under way.

    The first failure is recorded before the worker is killed, under a lock that `end` also
    takes: a request either ends in time or with the failure, never with another's.
    """

    def __init__(self, tree: Tree, waker: Waker, trace: TraceFile, bounds: Bounds) -> None:
        super().__init__(name="gradus-worker-monitor", daemon=True)
        self._tree = tree
        self._waker = waker
        self._trace = trace
        self._bounds = bounds
        self._lock = threading.Lock()
        self._work = threading.Event()
        self._idle = False
        self._stopped = threading.Event()
        self._current: Allowance | None = None
        self.failure: WorkerFailure | None = None
        self.can_ask_for_trace = False
        self.peak_bytes = 0

    def begin(self, allowance: Allowance) -> None:
        """A request with this allowance is about to be sent."""
        self._trace.mark()
        self._current = allowance
        # Waking the thread costs more than a call, so a thread that still ticks is left alone.
        if self._idle:
            self._work.set()

    def end(self) -> None:
        """The reply has arrived; raises the failure if a limit was passed before."""
        with self._lock:
            self._current = None
            if self.failure is not None:
                raise self.failure

    def fail(self, kind: str, detail: str = "", *, only_for: Allowance | None = None) -> None:
        """Record the failure, kill the worker and end every wait for it.

        Does nothing if there is a failure already, or if the request `only_for` has ended.
        """
        with self._lock:
            if only_for is not None and self._current is not only_for:
                return
            if self.failure is not None or self._stopped.is_set():
                return
            if self.can_ask_for_trace:
                self._tree.ask_for_trace()
                self._trace.wait()
            self._record(kind, detail, self._trace.place())
        self._waker.wake()

    def fail_by_exit(self) -> NoReturn:
        """The pipe has closed: raise the recorded failure, or the one its exit tells of."""
        with self._lock:
            if self.failure is None:
                kind, detail = failure_of_exit(self._tree.wait_for_exit())
                crashed = kind.startswith("crashed")
                self._record(kind, detail, self._trace.place() if crashed else None)
            failure = self.failure
        self._waker.wake()
        assert failure is not None
        raise failure

    def stop(self) -> None:
        """Kill the worker, if it lives, and end the thread."""
        with self._lock:
            self._stopped.set()
            self._kill()
        self._work.set()
        self._waker.wake()

    def run(self) -> None:
        try:
            self._watch()
        except BaseException:
            # A worker that nobody watches must not go on: somebody would wait for it for ever.
            self._kill()
            self._waker.wake()
            raise

    def _watch(self) -> None:
        seen: Allowance | None = None
        sleep = Sleep(0.0)
        cpu_before = 0.0
        ticks = idle_ticks = 0
        while not self._stopped.wait(TICK_SECONDS):
            allowance = self._current
            looks_far = ticks % TICKS_PER_FAR_LOOK == 0
            ticks += 1
            if looks_far:
                self._check_scratch(allowance)
            if allowance is None:
                idle_ticks += 1
                if idle_ticks > TICKS_UNTIL_IDLE:
                    self._sleep_until_work()
                    idle_ticks = 0
                continue
            idle_ticks = 0
            if allowance is not seen:
                seen, sleep = allowance, Sleep(allowance.begun)
                cpu_before = self._check(allowance, sleep, None)
            else:
                # What waits for a process that it started does not sleep.
                is_still = sleep.still > allowance.still_seconds / 2
                self._check(allowance, sleep, cpu_before, descendants=is_still or looks_far)

    def _sleep_until_work(self) -> None:
        self._work.clear()
        self._idle = True
        if self._current is None and not self._stopped.is_set():
            self._work.wait()
        self._idle = False

    def _check_scratch(self, allowance: Allowance | None) -> None:
        """Also between two requests: what a thread left running writes counts too."""
        most = self._bounds
        found = content_of(self._trace.path.parent, self._tree.pid, most.scratch_files)
        if found.is_over(most.scratch_files, most.scratch_bytes):
            detail = (
                f": more than {most.scratch_bytes >> 20} MiB or {most.scratch_files} files"
                f"{f' in {allowance.label}' if allowance else ''}"
            )
            self.fail("disk limit", detail)

    def _check(
        self,
        allowance: Allowance,
        sleep: Sleep,
        cpu_before: float | None,
        *,
        descendants: bool = False,
    ) -> float:
        usage = self._tree.usage(descendants=descendants)
        now = time.monotonic()
        sleep.look(usage, now)
        self.peak_bytes = max(self.peak_bytes, usage.resident_bytes)
        label, most = allowance.label, self._bounds
        if usage.resident_bytes > most.memory_bytes:
            detail = f": more than {most.memory_bytes >> 20} MiB in {label}"
            self.fail("memory limit", detail, only_for=allowance)
        elif usage.threads > most.threads:
            detail = f": more than {most.threads} threads in {label}"
            self.fail("thread limit", detail, only_for=allowance)
        elif cpu_before is not None and usage.cpu_seconds - cpu_before > allowance.cpu_seconds:
            detail = f": more than {allowance.cpu_seconds:g} s of CPU time in {label}"
            self.fail("time limit", detail, only_for=allowance)
        elif sleep.still > allowance.still_seconds:
            detail = f": {label} slept, and did nothing at all for {allowance.still_seconds:g} s"
            self.fail("time limit", detail, only_for=allowance)
        elif (
            sleep.seconds > allowance.wall_seconds
            or now - allowance.begun > PATIENCE * allowance.wall_seconds
        ):
            detail = f": no answer from {label} within {allowance.wall_seconds:g} s"
            self.fail("time limit", detail, only_for=allowance)
        return usage.cpu_seconds

    def _record(self, kind: str, detail: str, place: Place | None) -> None:
        place = place or Place("", None)
        self.failure = WorkerFailure(kind, detail, file=place.file or None, line=place.line)
        self._kill()

    def _kill(self) -> None:
        self.peak_bytes = max(self.peak_bytes, self._tree.peak_bytes())
        self._tree.kill()
