"""`gradus check --watch`: one submission, judged again whenever one of its files is saved."""

from __future__ import annotations

import signal
import time
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import typer
from rich.console import Console

from gradus.commands.check import status_of, the_one_submission
from gradus.course import Course
from gradus.grading import HarnessFault, Listener, Settings, Workbench
from gradus.intake import IntakeError, Submission
from gradus.isolation import confirmed
from gradus.law import Law
from gradus.reports.language import ENGLISH, Language
from gradus.reports.watched import Screen
from gradus.results import Check
from gradus.saves import Saves


def run(
    course: Course, named: Path, *, settings: Settings, console: Console, language: Language
) -> None:
    """Show a verdict, and another after each save, until Ctrl-C.

    Raises typer.Exit with the status of what was shown last, as `check` has it; KeyboardInterrupt
    where nothing was shown yet.
    """
    submission = the_one_submission(course, named, None)
    watch = Watch(course, submission, settings, console, language)
    signal.signal(signal.SIGINT, _interrupt_once)
    try:
        watch.forever()
    except KeyboardInterrupt:
        if watch.status is None:
            raise
        console.print("\nstopped watching", style="dim")
        raise typer.Exit(watch.status) from None


def _interrupt_once(number: int, frame: object) -> None:
    """End the watch; what follows, as tox sends it too, must not break off the clearing up."""
    signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


class Watch:
    """A submission under watch; `status` is that of what was shown last."""

    def __init__(
        self,
        course: Course,
        submission: Submission,
        settings: Settings,
        console: Console,
        language: Language = ENGLISH,
    ) -> None:
        self.status: int | None = None
        self._course = course
        self._submission = submission
        self._settings = settings
        self._console = console
        self._dataset = course.small_dataset()
        self._files = course.settings.submission.files
        self._screen = Screen(console, submission.id, language)
        self._saves = Saves(submission.folder, self._matters)
        self._checks: dict[str, list[Check]] = {}

    def forever(self) -> None:
        """Judge, wait for a save, and again.

        The worker of the next run is started before it is needed, so that a save finds it waiting.
        """
        with self._bench() as bench:
            self._judge(bench, ())
        while True:
            with self._bench() as bench:
                self._judge(bench, self._saves.wait())

    def _bench(self) -> Workbench:
        return Workbench(self._course, self._dataset, self._settings)

    def _matters(self, name: str) -> bool:
        """Whether a file can change a verdict: code, and what the course names."""
        return name.endswith(".py") or any(name in files for files in self._files.values())

    def _judge(self, bench: Workbench, changed: tuple[str, ...]) -> None:
        """The tasks of the changed files first, then all others, whose code may use that code.

        A save under way ends it; the tasks that were not reached keep their verdicts till then.
        """
        began, seconds = time.perf_counter(), 0.0
        try:
            bench.take(self._submission)
        except IntakeError as error:
            self._screen.say(str(error))
            return
        isolation = confirmed(None, bench.session.hello)
        own = [t for t in bench.tasks if any(name in self._files.get(t, ()) for name in changed)]
        others = [task for task in bench.tasks if task not in own]
        for group in filter(None, (own, others)):
            with self._busy(group):
                collected = _Collected(self._saves)
                bench.judge(tuple(group), collected)
            if bench.faults:
                raise HarnessFault("\n\n".join(bench.faults))
            self._checks.update(collected.of_whole_tasks(group))
            if collected.broken_off:
                return
            # On the screen it says how long the first verdict took, not all the others after it.
            if self._checks.keys() >= bench.tasks.keys():
                checks = [check for task in bench.tasks for check in self._checks[task]]
                result = bench.result(checks, isolation)
                seconds = seconds or time.perf_counter() - began
                # First, since Ctrl-C may follow the last line shown at once.
                self.status = status_of(result)
                self._screen.show(result, tuple(own), changed, seconds)

    def _busy(self, tasks: list[str]) -> AbstractContextManager[Any]:
        if not self._console.is_terminal:
            return nullcontext()
        return self._console.status(f"checking {', '.join(tasks)}")


class _Collected(Listener):
    """The checks of one run, by task, till a file is saved."""

    def __init__(self, saves: Saves) -> None:
        self._saves = saves
        self._expected: dict[str, int] = {}
        self._checks: dict[str, list[Check]] = {}
        self.broken_off = False

    def on_collected(self, laws: list[Law], titles: dict[str, str]) -> None:
        for law in laws:
            self._expected[law.task] = self._expected.get(law.task, 0) + 1

    def is_wanted(self) -> bool:
        self.broken_off = self.broken_off or self._saves.any()
        return not self.broken_off

    def on_check(self, check: Check) -> None:
        self._checks.setdefault(check.task, []).append(check)

    def of_whole_tasks(self, tasks: list[str]) -> dict[str, list[Check]]:
        """The checks of the tasks of which every law was run, by task."""
        found = {task: self._checks.get(task, []) for task in tasks}
        return {task: of for task, of in found.items() if len(of) == self._expected.get(task, 0)}
