"""One submission, alive: workers started as needed, what loaded and what did not, and the calls.

A worker dies for good when student code hangs, crashes or floods it. The session starts the next
one from the same clean copy, so one failure costs its own piece only; a module that cannot even be
imported in time is left out from then on, with the reason.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FunctionType
from typing import Any, NamedTuple

from gradus.folders import empty
from gradus.forms import ANYTHING, fits
from gradus.seeds import stable_seed
from gradus.worker.client import (
    Limits,
    StudentError,
    Worker,
    WorkerFailure,
    WorkerStartError,
)
from gradus.worker.confine import MECHANISMS
from gradus.worker.scratch import first_bytes
from gradus.worker.wire import Uploaded

MAX_WORKERS = 40
MORE_WORKERS = 3
"""How many more are started for what gives no points, where code dies in that too."""
IMPORTING = ".importing"
"""Where an adapter notes, in the scratch folder, the module that it is importing."""


class Longer(NamedTuple):
    """How many times the usual CPU and wall time a call may take."""

    cpu: float
    wall: float


USUAL = Longer(1.0, 1.0)


class TooManyWorkers(WorkerFailure):
    """The submission has used up its restarts."""


@dataclass
class Session:
    """Calls into one submission. `work` is a private folder for scratch copies.

    `options` go to the adapter's `load`; `modules` are what it loads, in order. The file of
    the option `data` is the only one besides its own that it may read. `mechanisms` are what
    confines it (see `worker.confine`), `forms` those of the answers by operation, or functions
    that give them for the arguments of a call; `load` is for the manifest. `called` is what a
    student calls an operation, with {arguments} by name. `has_hung`: whether a call has taken all
    the time that it had.
    """

    adapter: Path
    submission: Path
    work: Path
    modules: tuple[str, ...]
    options: dict[str, Any]
    limits: Limits = field(default_factory=Limits)
    python: str | None = None
    mechanisms: tuple[str, ...] = MECHANISMS
    forms: Mapping[str, Any] = field(default_factory=dict)
    called: Mapping[str, str] = field(default_factory=dict)
    seed: int = 0
    excluded: dict[str, dict[str, Any]] = field(default_factory=dict)
    started: int = 0
    peak_memory_bytes: int = 0
    cpu_seconds: float = 0.0
    output: str = ""
    has_hung: bool = False
    _most_workers: int = MAX_WORKERS
    _worker: Worker | None = None
    _ahead: Worker | None = None
    _manifest: dict[str, Any] = field(default_factory=dict)
    _hello: dict[str, Any] = field(default_factory=dict)

    @property
    def manifest(self) -> dict[str, Any]:
        """What the adapter said it loaded, the first time a worker came up."""
        if not self._manifest:
            self._living()
        return self._manifest

    @property
    def hello(self) -> dict[str, Any]:
        """What the worker said of itself before it met any code of the submission."""
        if not self._hello:
            self._living()
        return self._hello

    def call(self, operation: str, /, *, longer: Longer = USUAL, **arguments: Any) -> Any:
        """Run one of the adapter's operations, for as much longer than usual as it may take.

        Every call is seeded by the run's seed and the operation's name, so that it answers the
        same whatever ran before it. Raises StudentError for an exception of the submission's, and
        WorkerFailure where it took the worker with it.
        """
        worker = self._living()
        try:
            answer = worker.call(
                operation,
                arguments,
                seed=stable_seed(operation, self.seed),
                cpu_seconds=longer.cpu * self.limits.call_cpu_seconds,
                wall_seconds=longer.wall * self.limits.call_wall_seconds,
                called=self._called(operation, arguments),
            )
            self._check_form(operation, answer, arguments)
            return answer
        except WorkerFailure as failure:
            self.has_hung |= failure.is_hang
            self._bury()
            raise

    def upload(self, name: str, value: Any) -> Uploaded:
        """Send a large input once; the reference stands for it in later calls of this worker."""
        return self._living().upload(name, value)

    def save_restarts(self) -> None:
        """From the first time on, start few more workers: nothing that gives points is left to do.

        Code that hangs wherever it is called would otherwise take its limit in each replay too.
        """
        self._most_workers = min(self._most_workers, self.started + MORE_WORKERS)

    @property
    def scratch(self) -> Path:
        """The folder that the current worker, or the last one, writes to."""
        return self.work / f"scratch{self.started}"

    def beside(self, name: str, *, options: dict[str, Any], limits: Limits) -> Session:
        """Another session on the same submission, in a folder of its own, for work in parallel.

        `options` are added to this one's; modules that this one had to leave out stay out, and
        what confines it confines the other too.
        """
        work = self.work / name
        work.mkdir()
        return replace(
            self,
            work=work,
            options={**self.options, **options},
            limits=limits,
            excluded=dict(self.excluded),
            started=0,
            has_hung=False,
            _most_workers=MAX_WORKERS,
            peak_memory_bytes=0,
            cpu_seconds=0.0,
            output="",
            _worker=None,
            _ahead=None,
            _manifest={},
            _hello={},
        )

    def start_ahead(self) -> None:
        """Start the first worker now; it waits for the submission, whose folder may be empty yet.

        Raises WorkerStartError where the interpreter cannot be started.
        """
        self._ahead = self._new_worker()

    def close(self) -> None:
        self._bury()
        if self._ahead is not None:
            self._ahead.close()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _living(self) -> Worker:
        """The current worker, or a new one with every module loaded that can be."""
        while self._worker is None:
            try:
                self._worker = self._start()
            except WorkerFailure as failure:
                if isinstance(failure, TooManyWorkers):
                    raise
                self._exclude(failure)
        return self._worker

    def _start(self) -> Worker:
        worker, self._ahead = self._ahead, None
        if worker is None or not worker.is_waiting:
            worker = self._new_worker()
        shutil.copytree(
            self.submission,
            self.scratch,
            ignore=shutil.ignore_patterns("*.py"),
            dirs_exist_ok=True,
        )
        try:
            worker.load(
                {
                    **self.options,
                    "modules": list(self.modules),
                    "excluded": self.excluded,
                    "seed": stable_seed("load", self.seed),
                }
            )
            self._check_form("load", worker.manifest, {})
        except StudentError as error:  # the adapter tells of what modules raise in its manifest
            raise WorkerFailure(
                "protocol error", f": loading ended with {error}", file=error.file, line=error.line
            ) from error
        except WorkerFailure:
            worker.close()
            raise
        self._manifest = self._manifest or worker.manifest
        self._hello = self._hello or worker.hello
        if worker.hello["confinement"] != self._hello["confinement"]:
            worker.close()
            raise WorkerStartError(
                f"a worker was confined by {worker.hello['confinement']}, but the first of this "
                f"submission by {self._hello['confinement']}; grade again"
            )
        return worker

    def _new_worker(self) -> Worker:
        if self.started >= self._most_workers:
            raise TooManyWorkers(
                "exited early",
                f": {self.started} processes of this submission have died; the rest was not run",
            )
        if self.started:
            # Its process has ended; what it wrote would add up.
            empty(self.scratch)
        self.started += 1
        return Worker(
            adapter=self.adapter,
            submission=self.submission,
            scratch=self.scratch,
            limits=self.limits,
            python=self.python,
            readable=tuple(Path(self.options[name]) for name in ("data",) if name in self.options),
            mechanisms=self.mechanisms,
        )

    def _called(self, operation: str, arguments: dict[str, Any]) -> str | None:
        words = self.called.get(operation)
        return words.format(**arguments) if words is not None else None

    def _check_form(self, operation: str, answer: Any, arguments: dict[str, Any]) -> None:
        """Raise WorkerFailure for an answer that the adapter cannot have built."""
        form = self.forms.get(operation, ANYTHING)
        if not fits(answer, form(arguments) if isinstance(form, FunctionType) else form):
            raise WorkerFailure("protocol error", f": not an answer to {operation!r}")

    def _exclude(self, failure: WorkerFailure) -> None:
        """Leave out the module that took a worker with it while it was imported.

        Where neither the adapter's note nor the failure names one, the modules are left out from
        the last on: the ones before it may well be fine. Raises WorkerStartError where none is
        left.
        """
        remaining = [name for name in self.modules if name not in self.excluded]
        if not remaining:
            raise WorkerStartError(
                f"a worker could not even be loaded without any code of the submission: {failure}; "
                "give it more memory or time, or grade again"
            ) from failure
        named = [first_bytes(self.scratch / IMPORTING, 80).decode("utf-8", "replace")]
        named += [Path(failure.file).stem if failure.file else "", remaining[-1]]
        blamed = next(name for name in named if name in remaining)
        self.excluded[blamed] = {
            "message": failure.message,
            "file": failure.file,
            "line": failure.line,
        }

    def _bury(self) -> None:
        if self._worker is not None:
            self.cpu_seconds += self._worker.cpu_seconds
            self.output = (self.output + self._worker.output)[-20_000:]
            self.peak_memory_bytes = max(self.peak_memory_bytes, self._worker.peak_memory_bytes)
            self._worker.close()
            self._worker = None
