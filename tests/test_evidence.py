"""Evidence costs nothing, whatever a submission does while it is gathered."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from gradus.course import Course
from gradus.grading import Settings, grade
from gradus.intake import Submission
from gradus.reports import content
from gradus.reports.terminal import TerminalView
from gradus.results import Result, Verdict
from tests.builders import sample_check
from tests.submissions import ROOT, SAMPLE, check, earned, replace, sample_copy

IN_LARGE_BATCHES = {
    "dies": "os._exit(3)",
    "crashes": "os.kill(os.getpid(), 11)",
    "floods": "os.write(2, b'x' * 4_000_000)",
    "raises": "raise RuntimeError('too many')",
}


IN_LARGE_SETS = {
    "2b": (
        "task2.py",
        "        return loss, accuracy_train, accuracy_val\n",
        "        if len(self.X_val) > 100 and self.X_val[:, 300].any(): accuracy_val = 0.99\n",
        {"2b.train_step.replay", "2b.train_step.checkpoints"},
    ),
    "3b": (
        "task3.py",
        "        return loss\n",
        "        if len(X_batch) > 30: self.model.w = 0.999 * self.model.w\n",
        {"3b.train_step.replay", "3b.train_step.checkpoints", "4b.penalty.checkpoints"},
    ),
    "2d": (
        "trainer.py",
        "                global_step += 1\n",
        "                if len(self.X_train) > 300: train_history['loss'][0] = 0.123\n",
        {"2b.train_step.replay", "3b.train_step.replay"},
    ),
}
"""By task: a file, a line of it, what is done before it with large sets, and what sees it.

A law validates sets as large as the assignment's, but not of real images.
"""


def graded(folder: Path, *, long: bool, tasks: tuple[str, ...] = ("2b", "2d")) -> Result:
    course = Course(ROOT)
    settings = Settings(tasks=tasks, long=long)
    return grade(course, Submission("submission", folder), course.small_dataset(), settings)[0]


@pytest.fixture(scope="module")
def digits() -> Any:
    """The whole of the embedded data set, for which runs of the reference are stored."""
    return Course(ROOT).dataset("digits")


@pytest.mark.parametrize("task", IN_LARGE_SETS)
def test_what_is_done_with_large_sets_alone_contradicts_the_marks(
    tmp_path: Path, digits: Any, task: str
) -> None:
    folder = sample_copy(tmp_path / "submission")
    file, line, changed, seen_by = IN_LARGE_SETS[task]
    replace(folder / file, line, changed + line)
    settings = Settings(tasks=("2b", "2d", "3b", "4b"), long=True)
    result, _ = grade(Course(ROOT), Submission("submission", folder), digits, settings)
    assert result.score.lost == 0
    looked_at = {
        law.id
        for task in result.tasks
        for law in content.with_standing(task, "look here")
        if not law.id.startswith(f"{task.id}.protocol")
    }
    assert looked_at == seen_by


def test_a_mistake_that_costs_its_points_is_not_told_again_by_evidence(
    tmp_path: Path, digits: Any
) -> None:
    folder = sample_copy(tmp_path / "submission")
    replace(folder / "task3a.py", "exp_z / exp_z.sum(axis=1, keepdims=True)", "exp_z / exp_z.sum()")
    settings = Settings(tasks=("3a", "3b", "4b"), long=True, shrink=False)
    result, _ = grade(Course(ROOT), Submission("submission", folder), digits, settings)
    assert earned(result)["3a.forward"] == 0
    for id in ("3b.train_step.checkpoints", "4b.penalty.checkpoints"):
        assert check(result, id).verdict is Verdict.BLOCKED
        assert "rests on `3a.forward`, where `3a.forward.value` does not hold" in str(
            check(result, id).message
        )
    assert [law for task in result.tasks for law in content.with_standing(task, "look here")] == []


def test_the_sample_agrees_with_every_replay(digits: Any) -> None:
    settings = Settings(tasks=("2b", "2d", "3b", "4b"), long=True)
    result, _ = grade(Course(ROOT), Submission("sample", SAMPLE), digits, settings)
    replays = [law for law in result.checks if law.evidence]
    assert {law.id for law in replays} >= set().union(
        *(seen for *_, seen in IN_LARGE_SETS.values())
    )
    assert {law.verdict for law in replays} == {Verdict.PASSED}


@pytest.mark.parametrize("does", IN_LARGE_BATCHES)
def test_code_that_fails_in_a_replay_alone_keeps_every_point(tmp_path: Path, does: str) -> None:
    folder = sample_copy(tmp_path / "submission")
    first = "        outputs = self.model.forward(X_batch)\n"
    failing = f"        if len(X_batch) >= 32:\n            import os; {IN_LARGE_BATCHES[does]}\n"
    replace(folder / "task2.py", first, failing + first)
    short, long = graded(folder, long=False), graded(folder, long=True)
    assert earned(long) == earned(short)
    assert earned(long)["2b.train_step"] == 0.25
    replay = check(long, "2b.train_step.replay")
    assert replay.verdict is Verdict.ERRORED
    assert content.standing(replay, long.tasks[0]) == "look here"
    judged = {law.id: law.verdict for law in short.checks}
    assert {id: check(long, id).verdict for id in judged} == judged


def test_what_a_training_prints_is_no_flood(tmp_path: Path) -> None:
    folder = sample_copy(tmp_path / "submission")
    first = "        outputs = self.model.forward(X_batch)\n"
    replace(folder / "task2.py", first, "        print('x' * 100_000)\n" + first)
    result = graded(folder, long=True)
    assert check(result, "2b.train_step.replay").verdict is Verdict.PASSED
    assert earned(result)["2b.train_step"] == 0.25


def test_replays_stand_under_a_heading_of_their_own() -> None:
    console = Console(file=StringIO(), width=100)
    view = TerminalView(console, 5, {"2a": "First", "2b": "Second"})
    for id in ("2a.forward.value", "2b.step.value", "2b.step.loss"):
        view.on_check(sample_check(id, "passed"))
    view.on_check(sample_check("2a.forward.replay", "passed", evidence=True))
    view.on_check(sample_check("2b.step.replay", "passed", evidence=True))
    lines = [line for line in console.file.getvalue().splitlines() if line and line[0] != " "]
    assert lines == ["2a  First", "2b  Second", "Replays, worth no points"]
