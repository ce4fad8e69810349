"""The pytest plugin: which laws there are, what each law found, and how long it took.

pytest collects the laws and supplies their arguments; how a law is run and what its outcome is
called is decided here. A law never fails a pytest test: its outcome is data.
"""

from __future__ import annotations

import re
import time
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest

from gradus import counterexample
from gradus.course import CourseError
from gradus.draws import draw, smallest_failure
from gradus.expect import ForAPerson, NotWritten, Violation
from gradus.law import Law, law_of
from gradus.results import Check, Counterexample, Diagnosis, Verdict, Where
from gradus.worker.client import StudentError, WorkerFailure

NOT_WRITTEN = ("NotImplementedError",)


class SubjectLike(Protocol):
    """What the engine asks of a course's subject."""

    trace: counterexample.Trace

    def begin(self) -> None: ...

    def place(self, violation: Violation) -> str | None: ...


class Outcome(Exception):
    """How a law ended when it did not simply pass."""

    def __init__(
        self,
        verdict: Verdict,
        message: str,
        *,
        where: Where | None = None,
        shown: Counterexample | None = None,
        pending: bool = False,
        examples: int = 1,
        cause: tuple[Any, Violation | StudentError | WorkerFailure] | None = None,
    ) -> None:
        super().__init__(message)
        self.verdict = verdict
        self.message = message
        self.where = where
        self.shown = shown
        self.pending = pending
        self.examples = examples
        self.cause = cause


def no_diagnosis(law: Law, case: Any, error: Exception) -> tuple[Diagnosis, ...]:
    """For a course that names no mistakes."""
    return ()


@dataclass(frozen=True)
class _End:
    """The law of a piece that took the worker with it, and how."""

    law: Law
    failure: WorkerFailure

    @property
    def why(self) -> str:
        """What is said of the piece's other laws."""
        return f"not run: `{self.law.id}` ended with {self.failure}"


class LawRunner:
    """Runs the laws of one course against one subject and keeps a `Check` for each.

    `tasks` restricts the run to these tasks' laws, `long` adds the long ones; `on_collected`,
    `on_start` and `on_check` follow it; `is_wanted` is asked before each law, and the first no ends
    the run. `diagnose` is asked why a law failed on a case; `shrink` says whether the smallest
    failing case is looked for first, `remarks` whether laws that give no points are run. `faults`
    are tracebacks of the harness's own mistakes: a law that meets one is `not_run`.
    """

    def __init__(
        self,
        subject: SubjectLike,
        oracle: Any,
        seed: int,
        *,
        tasks: tuple[str, ...] | None = None,
        long: bool = False,
        shrink: bool = True,
        remarks: bool = True,
        diagnose: Callable[[Law, Any, Any], tuple[Diagnosis, ...]] = no_diagnosis,
        on_collected: Callable[[list[Law]], None] = lambda laws: None,
        on_start: Callable[[Law], None] = lambda law: None,
        on_check: Callable[[Check], None] = lambda check: None,
        is_wanted: Callable[[], bool] = lambda: True,
    ) -> None:
        self._subject = subject
        self._oracle = oracle
        self._seed = seed
        self.tasks = tasks
        self._long = long
        self._shrink = shrink
        self._remarks = remarks
        self._diagnose = diagnose
        self._on_collected = on_collected
        self._on_start = on_start
        self._on_check = on_check
        self._is_wanted = is_wanted
        self._ends: dict[str, _End] = {}
        self.checks: list[Check] = []
        self.faults: list[str] = []
        self.broken_off = False

    # pytest's hooks and fixtures

    @pytest.fixture
    def subject(self) -> SubjectLike:
        """The submission under test."""
        return self._subject

    @pytest.fixture
    def oracle(self) -> Any:
        """Answers "what should it be?"."""
        return self._oracle

    @pytest.fixture
    def case(self) -> None:
        """Drawn by the runner; the fixture only makes the argument known to pytest."""

    def pytest_collection_modifyitems(self, items: list[pytest.Function]) -> None:
        """Keep the wanted laws; a test that is none, or an id used twice, is a fault."""
        found: dict[str, pytest.Function] = {}
        for item in items:
            law = law_of(item.obj)
            if law is None:
                raise CourseError(f"{item.nodeid} is no law; declare it with @law(...)")
            if law.id in found:
                raise CourseError(f"the law id {law.id!r} is used twice, at {item.nodeid} too")
            if self._is_asked_for(law):
                found[law.id] = item
        # Task by task, whatever files the laws are in, so that each has one place in a view. Long
        # ones come last of all: what they do to a worker cannot reach the laws that give marks.
        items[:] = sorted(found.values(), key=_place)
        self._on_collected([law for item in items if (law := law_of(item.obj))])

    def _is_asked_for(self, law: Law) -> bool:
        of_a_task = self.tasks is None or law.task in self.tasks
        return (
            of_a_task and (self._long or not law.long) and (self._remarks or law.kind == "scored")
        )

    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool:
        """Run one law and keep its check."""
        if not self._is_wanted():
            self.broken_off = True
            pyfuncitem.session.shouldstop = "this run is not wanted any more"
            return True
        law = law_of(pyfuncitem.obj)
        assert law is not None
        names = pyfuncitem._fixtureinfo.argnames
        arguments = {name: pyfuncitem.funcargs[name] for name in names}
        self._on_start(law)
        started = time.perf_counter()
        try:
            outcome, examples = None, self._run(law, pyfuncitem.obj, arguments)
        except Outcome as ended:
            outcome, examples = ended, ended.examples
        except Exception:
            self.faults.append(f"{law.id}\n{traceback.format_exc()}")
            message = "the harness itself went wrong here; this is no fault of the submission"
            outcome, examples = Outcome(Verdict.NOT_RUN, message), 0
        diagnosis = self._diagnosis(law, outcome)
        check = _check(law, outcome, diagnosis, examples, time.perf_counter() - started)
        self.checks.append(check)
        self._on_check(check)
        return True

    def _diagnosis(self, law: Law, outcome: Outcome | None) -> tuple[Diagnosis, ...]:
        """Why the law failed, as far as is known.

        What goes wrong there is the harness's fault; it is told, and changes neither verdict nor
        marks.
        """
        if outcome is None or outcome.cause is None:
            return ()
        try:
            return self._diagnose(law, *outcome.cause)
        except Exception as error:
            return (
                Diagnosis(
                    fault=f"{law.piece}.not-diagnosed",
                    says="the harness went wrong while it looked for the likely mistake "
                    f"({type(error).__name__}: {error}); the verdict stands",
                    fix="work through the smallest example, and tell the staff",
                    kind="unknown",
                ),
            )

    # How a law is run

    def _run(self, law: Law, function: Callable[..., None], arguments: dict[str, Any]) -> int:
        """The number of cases the law held on, or an `Outcome`."""
        end = self._ends.get(law.piece)
        # What is worth nothing may not cost points either.
        if end is not None and (end.law.kind == "scored" or law.kind != "scored"):
            raise Outcome(Verdict.BLOCKED, end.why, examples=0)
        for end in map(self._ends.get, law.goes_through):
            # Nor may advice, or an exit that a replay does not come to, cost a piece its evidence.
            if end is not None and end.law.kind == "scored" and end.failure.is_hang:
                raise Outcome(Verdict.BLOCKED, end.why, examples=0)
        for one in self.checks:
            if one.piece in law.rests_on and _is_wrong(one):
                raise Outcome(
                    Verdict.BLOCKED,
                    f"not compared: this rests on `{one.piece}`, where `{one.id}` does not hold",
                    examples=0,
                )
        if law.cases is None:
            cases: tuple[Any, ...] = (None,)
        else:
            cases = draw(law.cases, self._seed)

        def check(case: Any) -> None:
            self._subject.begin()
            if law.cases is not None:
                arguments["case"] = case
            function(**arguments)

        for number, case in enumerate(cases, start=1):
            try:
                check(case)
            except (Violation, StudentError) as error:
                raise self._failed(law, case, error, check, number) from error
            except ForAPerson as undecided:
                raise Outcome(
                    Verdict.BLOCKED, str(undecided), pending=True, examples=number
                ) from undecided
            except WorkerFailure as failure:
                raise self._died(law, failure, number) from failure
        return len(cases)

    def _failed(
        self,
        law: Law,
        case: Any,
        error: Violation | StudentError,
        check: Callable[[Any], None],
        examples: int,
    ) -> Outcome:
        """Find the smallest case on which the law fails in the same way, and explain that one."""
        if isinstance(error, StudentError) and error.kind != "raised":
            return self._unavailable(error, examples)
        if law.cases is not None and self._shrink:
            try:
                smaller = smallest_failure(law.cases, self._seed, check, (type(error),))
            except (WorkerFailure, StudentError, Violation):
                smaller = None
            case = smaller[0] if smaller else case
            try:
                check(case)
            except (Violation, StudentError) as again:
                error = again
            except WorkerFailure as failure:
                return self._died(law, failure, examples)
        trace = self._subject.trace
        if isinstance(error, StudentError):
            if error.type in NOT_WRITTEN:
                at = f" ({error.file}, line {error.line})" if error.file else ""
                return Outcome(
                    Verdict.ERRORED,
                    f"not written yet{at}",
                    where=_where(error),
                    examples=examples,
                    cause=(case, error),
                )
            return Outcome(
                Verdict.ERRORED,
                str(error),
                where=_where(error),
                shown=counterexample.explain_raised(trace, str(error)) if trace.lines else None,
                examples=examples,
                cause=(case, error),
            )
        place = self._subject.place(error)
        message = f"{error.message} ({place})" if place else error.message
        showable = trace.lines and not isinstance(error, NotWritten)
        shown = counterexample.explain(trace, error) if showable else None
        return Outcome(Verdict.FAILED, message, shown=shown, examples=examples, cause=(case, error))

    def _unavailable(self, error: StudentError, examples: int) -> Outcome:
        """Something the law needs is not there, or the module it judges could not be imported."""
        details = error.details
        if error.kind == "import":
            where = (
                Where(file=details["file"], line=details.get("line"))
                if details.get("file")
                else None
            )
            return Outcome(
                Verdict.ERRORED, error.message, where=where, examples=0, cause=(None, error)
            )
        return Outcome(
            Verdict.BLOCKED,
            error.message,
            pending=bool(details.get("pending")),
            where=_where(error) if details.get("pending") else None,
            examples=examples,
        )

    def _died(self, law: Law, failure: WorkerFailure, examples: int) -> Outcome:
        """The worker is gone: the piece's other laws are not tried, so it costs one limit.

        Nor are replays that go through its code. After the death of a law that gives no points,
        those that give some are tried all the same.
        """
        self._ends[law.piece] = _End(law, failure)
        trace = self._subject.trace
        shown = counterexample.explain_raised(trace, str(failure)) if trace.lines else None
        return Outcome(
            Verdict.ERRORED,
            str(failure),
            where=_where(failure),
            shown=shown,
            examples=examples,
            cause=(None, failure),
        )


def _place(item: pytest.Function) -> tuple[bool, str]:
    law = law_of(item.obj)
    assert law is not None
    return law.long, law.task


def _is_wrong(check: Check) -> bool:
    """Whether this law costs its piece points."""
    return check.scored and not check.pending and check.verdict is not Verdict.PASSED


def _where(error: StudentError | WorkerFailure) -> Where | None:
    return Where(file=error.file, line=error.line) if error.file else None


def _check(
    law: Law,
    outcome: Outcome | None,
    diagnosis: tuple[Diagnosis, ...],
    examples: int,
    seconds: float,
) -> Check:
    return Check(
        id=law.id,
        piece=law.piece,
        law=law.statement,
        verdict=outcome.verdict if outcome else Verdict.PASSED,
        advice=law.kind == "advice",
        evidence=law.kind == "evidence",
        weight=law.weight,
        pending=outcome.pending if outcome else False,
        message=outcome.message if outcome else None,
        where=outcome.where if outcome else None,
        counterexample=outcome.shown if outcome else None,
        seconds=round(seconds, 4),
        examples=examples,
        diagnosis=diagnosis,
    )


LAW = re.compile(r"\blaw\((?:\s*[\"'](?P<task>[^.\"']+)\.)?")
"""How a law is declared, with its task where the id is written out."""


def files_with_laws_of(tasks: tuple[str, ...] | None, laws: Path) -> list[Path]:
    """The files below `laws` that may hold laws of these tasks, so that no others are imported.

    A file is left out only where every law in it names another task.
    """
    files = sorted(laws.rglob("test_*.py")) if laws.is_dir() else [laws]
    if tasks is None:
        return files
    found = []
    for path in files:
        named = {declared["task"] for declared in LAW.finditer(path.read_text("utf-8"))}
        if not named or None in named or named & set(tasks):
            found.append(path)
    return found


def run_laws(runner: LawRunner, laws: Path, root: Path) -> None:
    """Collect and run every law below `laws` with this runner.

    pytest gets every setting here and none from the environment or a configuration file: no
    conftest.py, no other plugin, no cache. Raises CourseError where collecting fails, and
    KeyboardInterrupt where the run was interrupted.
    """
    settings = Path(__file__).with_name("laws.ini")
    files = files_with_laws_of(runner.tasks, laws)
    if not files:
        runner.pytest_collection_modifyitems([])
        return
    status = pytest.main(
        [
            str(laws),
            f"--rootdir={root}",
            f"--config-file={settings}",
            "--noconftest",
            "--disable-plugin-autoload",
            "--import-mode=importlib",
            "--assert=plain",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:terminal",
            "-p",
            "no:logging",
            "-p",
            "no:warnings",
            "-p",
            "no:unraisableexception",
            "-p",
            "no:threadexception",
            "-p",
            "no:faulthandler",
            "--capture=no",
        ],
        plugins=[runner, _Chosen(files), _CollectionProblems(runner)],
    )
    if runner.broken_off:
        return
    if status == pytest.ExitCode.INTERRUPTED and not runner.faults:
        raise KeyboardInterrupt
    if status == pytest.ExitCode.NO_TESTS_COLLECTED and not runner.faults:
        return  # tasks without laws are a person's
    if status != pytest.ExitCode.OK:
        details = "\n".join(runner.faults) or f"pytest ended with {status!r}"
        raise CourseError(f"the laws in {laws.name} could not be run: {details}")


class _Chosen:
    """Lets pytest collect these files and no others, in one walk through their folder."""

    def __init__(self, files: Iterable[Path]) -> None:
        self._wanted = {path for file in files for path in (file, *file.parents)}

    def pytest_ignore_collect(self, collection_path: Path) -> bool:
        return collection_path not in self._wanted


class _CollectionProblems:
    """Keeps what went wrong while pytest collected, which nobody prints."""

    def __init__(self, runner: LawRunner) -> None:
        self._runner = runner

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self._runner.faults.append(str(report.longrepr))

    def pytest_internalerror(self, excrepr: object, excinfo: Any) -> None:
        if isinstance(excinfo.value, CourseError):
            self._runner.faults.append(str(excinfo.value))
        else:
            self._runner.faults.append(str(excrepr))
