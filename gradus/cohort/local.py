"""Jobs in processes of this machine."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from gradus.cohort.data import StoredData, load
from gradus.cohort.executor import Processes
from gradus.cohort.job import Job, grade_one
from gradus.cohort.outcome import Outcome
from gradus.course import Course, Dataset
from gradus.grading import Listener
from gradus.law import Law

Tell = Callable[[Any], None]


@dataclass(frozen=True)
class Step:
    """Where a grading is: what it does, and how many of its laws are done."""

    doing: str
    done: int
    laws: int


class Local:
    """Starts jobs in `count` processes; `told` hears where each submission is, from any thread."""

    def __init__(
        self,
        course: Path,
        data: StoredData | None,
        count: int,
        temporary: Path,
        told: Callable[[str, Step], None],
    ) -> None:
        self._course = course
        self._data = data
        self.at_once = count
        self._processes = Processes(
            count, temporary, lambda arguments, said: told(arguments[0].submission.id, said)
        )

    def start(self, job: Job) -> Future[Outcome]:
        """Grade one submission as soon as a process is free."""
        return self._processes.submit(_grade, job, self._course, self._data)

    def stop(self) -> None:
        """End everything that is under way."""
        self._processes.stop()

    def close(self) -> None:
        """End the processes, which have nothing left to do."""
        self._processes.shutdown()


class _Telling(Listener):
    """Tells what begins, a task's title or a whole run's name."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._titles: dict[str, str] = {}
        self._laws = 0
        self._begun = 0

    def on_collected(self, laws: list[Law], titles: dict[str, str]) -> None:
        self._titles = titles
        self._laws = len(laws)

    def on_start(self, law: Law) -> None:
        self._tell(Step(f"{law.task} {self._titles[law.task]}", self._begun, self._laws))
        self._begun += 1

    def on_run(self, name: str, steps: int, expected: int | None, over: bool) -> None:
        self._tell(Step(f"{name}, step {steps}", self._begun, self._laws))


def _grade(job: Job, course: Path, data: StoredData | None, tell: Tell) -> Outcome:
    """Runs in a process of its own, which has read course and data before if it is not new."""
    return grade_one(job, _course(course), _data(data, course), _Telling(tell), lambda result: None)


@cache
def _course(root: Path) -> Course:
    return Course(root)


@cache
def _data(stored: StoredData | None, root: Path) -> Dataset | None:
    return load(stored, _course(root))
