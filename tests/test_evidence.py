"""Evidence costs nothing, whatever a submission does while it is gathered."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from gradus.course import Course
from gradus.grading import WORKER_TEST_ROWS, WORKER_TRAIN_ROWS, Settings, grade
from gradus.intake import Submission
from gradus.reports import content
from gradus.reports.terminal import TerminalView
from gradus.results import Result, Verdict
from tests.builders import sample_check
from tests.submissions import ROOT, check, earned, replace, sample_copy

IN_LARGE_BATCHES = {
    "dies": "os._exit(3)",
    "crashes": "os.kill(os.getpid(), 11)",
    "floods": "os.write(2, b'x' * 4_000_000)",
    "raises": "raise RuntimeError('too many')",
}


def graded(folder: Path, *, long: bool) -> Result:
    course = Course(ROOT)
    dataset = course.sample_dataset(WORKER_TRAIN_ROWS, WORKER_TEST_ROWS)
    settings = Settings(tasks=("2b", "2d"), long=long)
    return grade(course, Submission("submission", folder), dataset, settings)[0]


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
