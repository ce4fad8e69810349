"""Grades the zoo: each variant under each oracle once in a test session, on every core.

The way is the real one: a folder on disk, `gradus.grading.grade`, the real course.
"""

from __future__ import annotations

import multiprocessing
import os
import tempfile
from collections.abc import Iterable
from concurrent.futures import Future, ProcessPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

from gradus.course import Course
from gradus.grading import Settings, grade
from gradus.intake import Submission
from gradus.results import Piece, Result
from tests.zoo.variants import Variant, build

ROOT = Path(__file__).parents[2]
SAMPLE = Variant("sample", "The sample as it stands.", ())
REFERENCE, STATED = "oracle", "stated"
# Which tasks' laws call functions of which file.
TASKS_OF = {
    "task2a.py": ("2a", "2b"),
    "task2.py": ("2b", "2c", "2d", "2e"),
    "task3a.py": ("3a", "3b", "3c", "4b"),
    "task3.py": ("3b", "3c"),
}

Key = tuple[str, str]


class Zoo:
    """Results of variants, worked out in processes of their own as soon as they are asked for."""

    def __init__(self, wanted: Iterable[tuple[Variant, str]] = ()) -> None:
        context = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(os.cpu_count(), mp_context=context)
        self._futures: dict[Key, Future[Result]] = {}
        for variant, oracle in wanted:
            self._submit(variant, oracle)

    def result(self, variant: Variant, oracle: str = REFERENCE) -> Result:
        """The result of this variant; waits for it."""
        return self._submit(variant, oracle).result()

    def close(self) -> None:
        """Drop what nobody has waited for."""
        self._pool.shutdown(cancel_futures=True)

    def _submit(self, variant: Variant, oracle: str) -> Future[Result]:
        key = (variant.id, oracle)
        if key not in self._futures:
            self._futures[key] = self._pool.submit(grade_variant, variant, oracle)
        return self._futures[key]


def touched(variant: Variant) -> tuple[str, ...] | None:
    """The tasks that the variant's edits reach; None for all of them.

    Everything else is the sample's own code, on which one grading speaks for all.
    """
    files = {edit.file for edit in variant.edits}
    if not files or not files <= TASKS_OF.keys():
        return None
    return tuple(sorted({task for file in files for task in TASKS_OF[file]}))


def grade_variant(variant: Variant, oracle: str) -> Result:
    """Build the variant in a folder of its own and grade it, by the stated oracle where touched."""
    course, dataset = _course()
    with tempfile.TemporaryDirectory(prefix="zoo-") as folder:
        submission = Submission(variant.id, build(variant, Path(folder) / variant.id))
        tasks = touched(variant) if oracle == STATED else None
        result, _ = grade(course, submission, dataset, Settings(oracle=oracle, tasks=tasks))
    return result


def pieces(result: Result) -> dict[str, Piece]:
    """The pieces that laws judge, by id."""
    judged = (piece for task in result.tasks for piece in task.pieces if piece.judged == "laws")
    return {piece.id: piece for piece in judged}


def verdicts(result: Result) -> dict[str, str]:
    """Every law's verdict, by id."""
    return {check.id: check.verdict.value for check in result.checks}


def explained(result: Result) -> str:
    """What did not pass, for a failing test's message."""
    return "\n".join(
        f"{check.id} {check.verdict.value}: {check.message}"
        for check in result.checks
        if check.scored and check.verdict.value != "passed"
    )


@cache
def _course() -> tuple[Course, Any]:
    course = Course(ROOT)
    return course, course.small_dataset()
