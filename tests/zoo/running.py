"""Grades the zoo: each variant once in a test session in each course that is asked for.

The way is the real one: a folder on disk, `gradus.grading.grade`, a real course in a process of its
own. The staff's copy is this tree, and grades with `--full`; the handout is what `gradus handout`
builds of it, which has neither a solution nor the mistakes' programs, and checks on another data
set. As many run at once as there are cores.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import queue
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

from gradus.results import Piece, Result
from tests.zoo.variants import Variant, build

ROOT = Path(__file__).parents[2]
GRADER = Path(__file__).with_name("grader.py")
SAMPLE = Variant("sample", "The sample as it stands.", ())
STAFF, HANDOUT = "staff", "handout"
# Which tasks' laws call functions of which file.
TASKS_OF = {
    "task2a.py": ("2a", "2b"),
    "task2.py": ("2b", "2c", "2d", "2e"),
    "task3a.py": ("3a", "3b", "3c", "4b"),
    "task3.py": ("3b", "3c"),
}


class Grader:
    """A process that grades with the course in `root`, engine and checks of that folder.

    `arguments` as in `grader.py`.
    """

    def __init__(self, root: Path, *arguments: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(GRADER), *arguments],
            cwd=root,
            env={**os.environ, "PYTHONPATH": str(root)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )

    def grade(self, id: str, folder: Path, tasks: tuple[str, ...] | None = None) -> Result:
        """What this course gives the submission in a folder; all tasks or these."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        request = {"id": id, "folder": str(folder), "tasks": tasks}
        print(json.dumps(request), file=self._process.stdin, flush=True)
        answer = self._process.stdout.readline()
        assert answer, f"the grader ended with status {self._process.wait()}"
        found = json.loads(answer)
        assert "fault" not in found, found["fault"]
        return Result.model_validate(found)

    def close(self) -> None:
        """End the process, whatever it is doing."""
        self._process.kill()
        self._process.communicate()


class Zoo:
    """Results of variants, worked out as soon as they are asked for.

    `roots` gives each course's folder, when it is first needed.
    """

    def __init__(
        self, roots: Callable[[str], Path], wanted: Iterable[tuple[Variant, str]] = ()
    ) -> None:
        self._roots = roots
        self._pool = ThreadPoolExecutor(os.cpu_count())
        # Not in the threads: in CPython 3.11, two that parse at once can end with SystemError.
        self._builder = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))
        self._idle: dict[str, queue.SimpleQueue[Grader]] = {
            course: queue.SimpleQueue() for course in (STAFF, HANDOUT)
        }
        self._graders: list[Grader] = []
        self._futures: dict[tuple[str, str], Future[Result]] = {}
        for variant, course in wanted:
            self._submit(variant, course)

    def result(self, variant: Variant, course: str = STAFF) -> Result:
        """The result of this variant in this course; waits for it."""
        return self._submit(variant, course).result()

    def close(self) -> None:
        """Drop what nobody has waited for."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._builder.shutdown(wait=False, cancel_futures=True)
        for grader in self._graders:
            grader.close()

    def _submit(self, variant: Variant, course: str) -> Future[Result]:
        key = (variant.id, course)
        if key not in self._futures:
            self._futures[key] = self._pool.submit(self._grade, variant, course)
        return self._futures[key]

    def _grade(self, variant: Variant, course: str) -> Result:
        """Build the variant in a folder of its own and grade it; in the handout where touched."""
        try:
            grader = self._idle[course].get_nowait()
        except queue.Empty:
            grader = Grader(self._roots(course), *(("full",) if course == STAFF else ()))
            self._graders.append(grader)
        with tempfile.TemporaryDirectory(prefix="zoo-") as folder:
            path = Path(folder) / variant.id
            submission = self._builder.submit(build, variant, path).result()
            tasks = touched(variant) if course == HANDOUT else None
            if variant.own_tasks_alone:
                tasks = tuple(sorted({piece.partition(".")[0] for piece in variant.loses}))
            result = grader.grade(variant.id, submission, tasks)
        self._idle[course].put(grader)
        return result


def touched(variant: Variant) -> tuple[str, ...] | None:
    """The tasks that the variant's edits reach; None for all of them.

    Everything else is the sample's own code, on which one grading speaks for all.
    """
    files = {edit.file for edit in variant.edits}
    if not files or not files <= TASKS_OF.keys():
        return None
    return tuple(sorted({task for file in files for task in TASKS_OF[file]}))


def pieces(result: Result) -> dict[str, Piece]:
    """The pieces that laws judge, by id."""
    judged = (piece for task in result.tasks for piece in task.pieces if piece.judged == "laws")
    return {piece.id: piece for piece in judged}


def verdicts(result: Result) -> dict[str, str]:
    """Every law's verdict, by id."""
    return {check.id: check.verdict.value for check in result.checks}


def told_first(result: Result) -> dict[str, tuple[str, str | None]]:
    """The verdict of every law but evidence, and what it is told first, by id.

    Evidence depends on the data and on runs that are stored for it.
    """
    return {
        check.id: (check.verdict.value, check.diagnosis[0].fault if check.diagnosis else None)
        for check in result.checks
        if not check.evidence
    }


def explained(result: Result) -> str:
    """What did not pass, for a failing test's message."""
    return "\n".join(
        f"{check.id} {check.verdict.value}: {check.message}"
        for check in result.checks
        if check.scored and check.verdict.value != "passed"
    )
