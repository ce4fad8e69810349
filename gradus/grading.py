"""One submission's whole way: folder, copy, worker, laws, points, result."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import numpy as np

from gradus import answers_toml, intake, surroundings, versions
from gradus.course import Course, CourseError, Dataset
from gradus.errors import HarnessFault
from gradus.folders import temporary_folder
from gradus.intake import Submission
from gradus.isolation import confirmed
from gradus.law import Law
from gradus.results import (
    Check,
    Claim,
    Counts,
    Isolation,
    Result,
)
from gradus.results import Submission as Graded
from gradus.rubric import Rubric, score, totals
from gradus.session import Session
from gradus.sources import sources_of
from gradus.worker.client import Limits
from gradus.worker.confine import MECHANISMS, make_undumpable

NO_CLAIMS_HERE = (
    "what the report states is held against runs of the reference, which this copy of the course "
    "does not have; the staff's does"
)


@dataclass(frozen=True)
class Settings:
    """What decides a result, apart from the submission and the course.

    `long` adds replays and whole runs; `full` the submission's own runs, `jobs` at once. Neither
    `full` nor `jobs` changes a mark. Without `shrink` a failing case is shown as drawn, without
    `remarks` only laws that give points are run; without `faults` no mistake is known by name.
    """

    seed: int = 0
    tasks: tuple[str, ...] | None = None
    student_python: str | None = None
    oracle: str | None = None
    long: bool = False
    full: bool = False
    jobs: int | None = None
    shrink: bool = True
    remarks: bool = True
    faults: bool = True
    limits: Limits = field(default_factory=Limits)
    mechanisms: tuple[str, ...] = MECHANISMS


class Listener:
    """Who wants to follow a run overrides these; `figures` are those that were drawn."""

    figures: tuple[Any, ...] = ()

    def on_collected(self, laws: list[Law], titles: dict[str, str]) -> None:
        """These laws will run; `titles` names their tasks by id."""

    def is_wanted(self) -> bool:
        """Whether the run should go on; asked before each law."""
        return True

    def on_start(self, law: Law) -> None:
        """This law begins."""

    def on_check(self, check: Check) -> None:
        """This law is done."""

    def on_run(self, name: str, steps: int, expected: int | None, over: bool) -> None:
        """A whole run of the submission's has made so many steps of those that are expected."""

    def on_figures(self, figures: tuple[Any, ...]) -> None:
        """These figures of the whole runs were drawn."""
        self.figures = figures


@dataclass(frozen=True)
class Usage:
    """What a run took: peak resident bytes of the worker, and how many workers."""

    worker_peak_bytes: int
    workers: int


def grade(
    course: Course,
    submission: Submission,
    dataset: Dataset | None,
    settings: Settings,
    listener: Listener | None = None,
    isolation: Isolation | None = None,
) -> tuple[Result, Usage]:
    """Run the laws on one submission.

    Where `settings.student_python` has another Python or NumPy than the grader, the submission is
    graded under the grader's too, and the result tells the differences; all else in it comes from
    `student_python` alone.

    `dataset` is what the course gives, whole or small, None where it has none. `isolation` is what
    was measured for this run (default: what the worker announces). Raises IntakeError where the
    submission cannot be taken, IsolationError where it is confined otherwise than was measured,
    HarnessFault where a law, an oracle or the engine is broken, WorkerStartError where the student
    interpreter will not do.
    """
    listener = listener or Listener()
    result, usage = _graded(course, submission, dataset, settings, listener, isolation)
    own = replace(settings, student_python=None, full=False)
    if versions.interpreter_of(result) != versions.own_interpreter():
        beside, _ = _graded(course, submission, dataset, own, Listener(), None)
        comparison = versions.compare(result, beside, course.settings.diagnosis)
        result = result.model_copy(update={"comparison": comparison})
    return result, usage


def _graded(
    course: Course,
    submission: Submission,
    dataset: Dataset | None,
    settings: Settings,
    listener: Listener,
    isolation: Isolation | None,
) -> tuple[Result, Usage]:
    """Run the laws under one interpreter."""
    # What a submission answers may be nan, infinite or huge: that is no news for a terminal.
    with np.errstate(all="ignore"), Workbench(course, dataset, settings) as bench:
        bench.take(submission)
        isolation = confirmed(isolation, bench.session.hello)
        checks = bench.judge(settings.tasks, listener)
        runs: tuple[Any, ...] = ()
        if settings.long and (full := course.optional(course.settings.parts.full)):
            runs = full.runs(bench.subject, settings.full, settings.jobs, listener.on_run)
        claims = bench.claims(checks, runs) if settings.long else ()
        result = bench.result(checks, isolation, runs, claims)
    if bench.faults:
        raise HarnessFault("\n\n".join(bench.faults), result)
    if runs and (figures := course.optional(course.settings.parts.figures)):
        listener.on_figures(figures.draw(runs, dataset))
    return result, Usage(bench.session.peak_memory_bytes, bench.session.started)


class Workbench:
    """A place for one submission: folders of its own, and a worker that waits for it.

    It can be set up before there is a submission; `take` it, `judge` as many tasks as are wanted,
    and put their checks into one `result`. `faults` are tracebacks of the harness's own mistakes.
    Raises WorkerStartError where the student interpreter will not do.
    """

    def __init__(self, course: Course, dataset: Dataset | None, settings: Settings) -> None:
        make_undumpable()
        self._course = course
        self._dataset = dataset
        self._settings = settings
        self._rubric = Rubric.load(course.path(course.settings.parts.rubric))
        if settings.tasks is not None:
            self._rubric = self._rubric.restricted_to(settings.tasks)
        self.faults: list[str] = []
        with ExitStack() as stack:
            work = stack.enter_context(temporary_folder())
            self._copy = work / "submission"
            self._copy.mkdir()
            options = {}
            if dataset is not None:
                options["data"] = str(work / "data.npz")
                np.savez(options["data"], **course.rows_for_submission(dataset))
            self.session = stack.enter_context(
                Session(
                    adapter=course.path(course.settings.parts.adapter),
                    submission=self._copy,
                    work=work,
                    modules=course.settings.submission.modules,
                    options=options,
                    limits=settings.limits,
                    python=settings.student_python,
                    mechanisms=settings.mechanisms,
                    seed=settings.seed,
                )
            )
            # What only laws need, Hypothesis and pytest above all, is imported while it starts.
            self.session.start_ahead()
            self.session.forms = course.answer_forms()
            self.session.called = course.operations_called()
            self._oracle = course.oracle(settings.oracle)
            self._closing = stack.pop_all()

    @property
    def tasks(self) -> dict[str, str]:
        """The titles of the tasks by their ids, in the rubric's order."""
        return {task.id: task.title for task in self._rubric.tasks}

    def take(self, submission: Submission) -> None:
        """Copy the submission here, once. Raises IntakeError where it cannot be taken."""
        digest = intake.copy(submission, self._copy)
        edition = self._course.edition_of(self._copy)
        self._taken = Graded(
            id=submission.id,
            sha256=digest,
            edition=edition,
            origin=submission.origin,
            note=submission.note,
            sources=sources_of(self._copy, self._course.settings.submission.modules),
        )
        subject = self._course.module(self._course.settings.parts.subject)
        self.subject = subject.Subject(self.session, self._oracle, self._dataset)

    def judge(self, tasks: tuple[str, ...] | None, listener: Listener) -> list[Check]:
        """Run the laws of these tasks, all by default; fewer where the listener ends the run.

        Raises HarnessFault where they cannot be run.
        """
        from gradus.diagnosis import Diagnoser
        from gradus.plugin import LawRunner, run_laws

        def on_start(law: Law) -> None:
            if law.long:
                self.session.save_restarts()
            listener.on_start(law)

        settings = self._settings
        runner = LawRunner(
            self.subject,
            self._oracle,
            settings.seed,
            tasks=tasks,
            long=settings.long,
            shrink=settings.shrink,
            remarks=settings.remarks,
            diagnose=Diagnoser(self._course, self.subject, self._oracle, settings.faults),
            on_collected=lambda laws: listener.on_collected(laws, self.tasks),
            on_start=on_start,
            on_check=listener.on_check,
            is_wanted=listener.is_wanted,
        )
        try:
            with np.errstate(all="ignore"):  # a submission's answers may be nan or huge
                run_laws(
                    runner, self._course.path(self._course.settings.parts.laws), self._course.root
                )
        except CourseError as error:
            raise HarnessFault(str(error)) from error
        self.faults += runner.faults
        return runner.checks

    def claims(self, checks: list[Check], runs: tuple[Any, ...]) -> tuple[Claim, ...]:
        """What the submission's answers file states, beside what these laws and runs gave."""
        from gradus.claims import judging

        part = self._course.settings.parts.claims
        vocabulary = self._course.optional(part)
        answers = answers_toml.read(self._copy)
        if answers.problem is not None:
            return (judging.refused(answers.problem),)
        if part is None or not answers.claims:
            return ()
        if vocabulary is None:
            return (judging.refused(NO_CLAIMS_HERE),)
        return judging.judge(vocabulary, answers.claims, self.subject, runs, checks)

    def result(
        self,
        checks: list[Check],
        isolation: Isolation,
        runs: tuple[Any, ...] = (),
        claims: tuple[Claim, ...] = (),
    ) -> Result:
        """What these checks come to; `runs` are whole trainings, `claims` what was stated."""
        tasks = score(self._rubric, checks)
        return Result(
            submission=self._taken,
            score=totals(tasks),
            tasks=tasks,
            runs=tuple(run.record() for run in runs),
            claims=claims,
            derivations=tuple(self.subject.derivations.values()),
            conventions=self.subject.conventions,
            counts=Counts.of(checks),
            isolation=isolation,
            environment=surroundings.environment(self.session.hello),
            data=_named(self._dataset),
            harness=surroundings.harness(
                self._course, self._rubric, self._settings.seed, self._decided()
            ),
        )

    def _decided(self) -> dict[str, Any]:
        """The settings that decide what is run, in words that outlast this process."""
        settings = self._settings
        return {
            "oracle": Path(str(self._oracle.__file__)).stem,
            "tasks": list(settings.tasks) if settings.tasks is not None else None,
            "long": settings.long,
            "full": settings.full,
        }

    def close(self) -> None:
        """End the worker and remove the folders. Does nothing the second time."""
        self._closing.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def _named(dataset: Dataset | None) -> dict[str, Any]:
    if dataset is None:
        return {}
    return {"name": dataset.name, "source": dataset.source, "sha256": dataset.sha256}
