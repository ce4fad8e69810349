"""An executor of processes that lose one call when one of them dies.

The standard library's process pool gives up on everything when a process dies. Here each process
has one call at a time and a pipe of its own: the call of one that dies is tried once more in a new
process, then given up, and nobody else notices. A process ends when the run does, however that
ends, and what it was doing is unwound: its workers killed, its temporary files removed.

Imports only the standard library: this module is what a new process loads first.
"""

from __future__ import annotations

import _thread
import contextlib
import multiprocessing
import os
import queue
import signal
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

SILENCE_SECONDS = 1_800.0
"""How long a call may tell nothing; the limits of a submission end it long before."""
END_SECONDS = 10.0
"""How long a process has to unwind what it was doing."""
ATTEMPTS = 2
CALLS_A_PROCESS = 30
"""After so many calls a process gives way to a new one, so that nothing it keeps can pile up."""
THREADS = ("OPENBLAS", "OMP", "MKL", "VECLIB_MAXIMUM", "NUMEXPR")

Heard = Callable[[tuple[Any, ...], Any], None]


class ProcessLost(Exception):
    """The process of a call died, or fell silent, each time that the call was tried."""


class Stopped(Exception):
    """The executor was stopped before the call was done."""


class Processes(Executor):
    """Runs calls in `count` processes, each started when it is needed.

    A function is called with one argument more than it was submitted with: another function, to
    tell something while it runs, which `heard` gets with the call's own arguments, in a thread of
    this process. `temporary` is where the processes keep temporary files; whoever made it removes
    what a process that was killed left there. With more than one process each does its linear
    algebra in one thread.
    """

    def __init__(self, count: int, temporary: Path, heard: Heard = lambda arguments, said: None):
        self._heard = heard
        self._threads = ThreadPoolExecutor(count, "gradus-process", _leave_interrupts_alone)
        self._lanes = [_Lane(temporary, one_thread=count > 1) for _ in range(count)]
        self._free: queue.SimpleQueue[_Lane] = queue.SimpleQueue()
        for lane in self._lanes:
            self._free.put(lane)

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Run ``fn(*args, tell, **kwargs)`` in one of the processes."""
        return self._threads.submit(self._run, fn, args, kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the processes once their calls are done."""
        self._threads.shutdown(wait, cancel_futures=cancel_futures)
        for lane in self._lanes:
            lane.end()

    def stop(self) -> None:
        """End the processes now; a call that is under way raises Stopped, the others are cancelled.

        Nothing is left running when this returns.
        """
        self._threads.shutdown(wait=False, cancel_futures=True)
        for lane in self._lanes:
            lane.stop()
        for lane in self._lanes:
            lane.wait_for_end()
        self.shutdown()

    def _run(self, fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        lane = self._free.get()
        try:
            return lane.call((fn, args, kwargs), lambda said: self._heard(args, said))
        finally:
            self._free.put(lane)


class _Lane:
    """One process after another, each with one call at a time.

    The pipe belongs to the thread that makes a call: another one may end the process, never close
    the pipe under it.
    """

    def __init__(self, temporary: Path, *, one_thread: bool) -> None:
        self._temporary = temporary
        self._one_thread = one_thread
        self._lock = threading.Lock()
        self._stopped = False
        self._calls = 0
        self._process: Any = None
        self._pipe: Any = None

    def call(self, request: Any, heard: Callable[[Any], None]) -> Any:
        """The value of a call; raises what it raised."""
        why = ""
        for _ in range(ATTEMPTS):
            self._start()
            try:
                kind, value = self._ask(request, heard)
            except TimeoutError:
                self._process.kill()
                why = f"told nothing for {SILENCE_SECONDS / 60:g} minutes"
            except (EOFError, OSError):
                self.wait_for_end()
                why = _how_it_ended(self._process.exitcode)
            else:
                self._calls += 1
                if self._calls >= CALLS_A_PROCESS:
                    self.end()
                if kind == "raised":
                    raise value
                return value
            self.end()
        raise ProcessLost(f"the process that graded it {why}, {ATTEMPTS} times in a row")

    def stop(self) -> None:
        """Ask the process to unwind and end; no other is started."""
        with self._lock:
            self._stopped = True
            if self._process is not None:
                self._process.terminate()

    def wait_for_end(self) -> None:
        """Give the process time to end, and kill it after that."""
        process = self._process
        if process is not None:
            process.join(END_SECONDS)
            if process.exitcode is None:
                process.kill()
                process.join()

    def end(self) -> None:
        """Close the pipe, on which a process without a call ends. Harmless the second time."""
        if self._pipe is not None:
            self._pipe.close()
        self.wait_for_end()
        self._pipe = self._process = None
        self._calls = 0

    def _start(self) -> None:
        with self._lock, _STARTING:
            if self._stopped:
                raise Stopped
            if self._process is not None:
                return
            context = multiprocessing.get_context("spawn")
            self._pipe, theirs = context.Pipe()
            arguments = (theirs, str(self._temporary))
            process = context.Process(target=_serve, args=arguments, name="gradus-grader")
            with _environment_of_a_start(self._one_thread):
                process.start()
            theirs.close()
            self._process = process

    def _ask(self, request: Any, heard: Callable[[Any], None]) -> tuple[str, Any]:
        self._pipe.send(request)
        while True:
            if not self._pipe.poll(SILENCE_SECONDS):
                raise TimeoutError
            kind, value = self._pipe.recv()
            if kind != "said":
                return kind, value
            heard(value)


_STARTING = threading.Lock()
"""Held while a process starts, which takes over the environment as it is then."""


@contextlib.contextmanager
def _environment_of_a_start(one_thread: bool) -> Iterator[None]:
    """While open, a process that starts imports nothing from the working directory.

    A submission's pickle.py may lie there. If so wanted, it does its linear algebra in one thread.
    Both are read before a process could set them itself.
    """
    names = [f"{library}_NUM_THREADS" for library in THREADS if one_thread] + ["PYTHONSAFEPATH"]
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _how_it_ended(status: int | None) -> str:
    if status is None or status >= 0:
        return f"ended with status {status}"
    with contextlib.suppress(ValueError):
        name = signal.Signals(-status).name
        memory = "; the system may have run out of memory" if name == "SIGKILL" else ""
        return f"was ended by {name}{memory}"
    return f"was ended by signal {-status}"


def _leave_interrupts_alone() -> None:
    """In a thread, and in the processes that it starts until they say otherwise."""
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


def _serve(pipe: Any, temporary: str) -> None:
    """What a process does: one call after another, until its end of the pipe closes."""
    # Handlers, not SIG_IGN: the programs that it starts would inherit that.
    signal.signal(signal.SIGINT, lambda *_: None)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    tempfile.tempdir = temporary
    with contextlib.suppress(KeyboardInterrupt, EOFError, OSError):
        threading.Thread(target=_end_with_parent, daemon=True).start()
        while True:
            fn, args, kwargs = pipe.recv()
            pipe.send(_answer(fn, args, kwargs, pipe))


def _answer(fn: Callable[..., Any], args: Any, kwargs: Any, pipe: Any) -> tuple[str, Any]:
    def tell(said: Any) -> None:
        with contextlib.suppress(OSError):  # nobody is left to hear it
            pipe.send(("said", said))

    try:
        return "done", fn(*args, tell, **kwargs)
    except Exception as error:
        error.add_note(traceback.format_exc())
        return "raised", error


def _end_with_parent() -> None:
    """Wait for the end of the process that started this one, then unwind and end this one too."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    main = threading.main_thread()
    if sys.platform == "win32":
        _thread.interrupt_main(signal.SIGTERM)
    else:
        signal.pthread_kill(main.ident or 0, signal.SIGTERM)
    main.join(END_SECONDS)
    os._exit(1)
