"""A student at work in a handout: nothing is written at first, then marks rise step by step."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from gradus.leaks import functions
from gradus.results import Check, Result, Verdict
from tests.submissions import ROOT, SAMPLE
from tests.zoo.broken import BROKEN
from tests.zoo.running import Grader, told_first
from tests.zoo.variants import Redefine, build

# Each function in the order in which a student may write them, with the tasks whose laws or plots
# it reaches, and the points that pieces have once it is there.
STEPS = (
    ("task2a.py", "pre_process_images", {"2a.preprocess": 125}),
    ("task2a.py", "cross_entropy_loss", {"2a.loss": 125}),
    ("task2a.py", "BinaryModel.forward", {"2a.forward": 125}),
    ("task2a.py", "BinaryModel.backward", {"2a.backward": 125}),
    ("task2.py", "LogisticTrainer.train_step", {"2b.train_step": 250}),
    ("task2.py", "calculate_accuracy", {"2c.accuracy": 100}),
    # With batches, the script that is handed out trains, and draws the plots of 2b and 2c.
    ("utils.py", "batch_loader", {"2e.shuffling": 100, "2b.plot": 100, "2c.plot": 50}),
    ("trainer.py", "BaseTrainer.train", {"2d.stopping": 150}),
    ("task3a.py", "one_hot_encode", {"3a.one_hot": 100}),
    ("task3a.py", "cross_entropy_loss", {"3a.loss": 150}),
    ("task3a.py", "SoftmaxModel.forward", {"3a.forward": 150}),
    ("task3a.py", "SoftmaxModel.backward", {"3a.backward": 150, "4b.penalty": 150}),
    ("task3.py", "SoftmaxTrainer.train_step", {"3b.train_step": 60}),
    ("task3.py", "calculate_accuracy", {"3c.accuracy": 100, "3b.plot": 40, "3c.plot": 50}),
)
SCRIPTS = {"2e.plot": 50, "4b.plot": 50, "4c.plot": 200, "4e.plot": 200}
"""What the parts of the scripts that students write are worth."""
LAW = re.compile(r"\b[1-4][a-e]\.\w+\.[\w-]+")
TRIED = ("2a.backward.not-averaged", "stop-patience-20", "3a.one_hot.whole-columns")


@pytest.fixture(scope="module")
def grader(handout_in_use: Path) -> Iterator[Grader]:
    """Grades with the handout's own engine and checks."""
    running = Grader(handout_in_use)
    yield running
    running.close()


@pytest.fixture
def student(handout: Path, tmp_path: Path) -> Path:
    """The unfinished files, to write in."""
    return Path(shutil.copytree(handout / "student", tmp_path / "student"))


def fill_in(folder: Path, file: str, function: str) -> None:
    """Put the sample's function in place of the unfinished one."""
    source = (SAMPLE / file).read_text("utf-8")
    Redefine(file, function, _function(source, function)).apply(folder)


def _function(source: str, name: str) -> str:
    node = dict(functions(ast.parse(source)))[name]
    lines = source.splitlines()[node.lineno - 1 : node.end_lineno]
    return "\n".join(line.removeprefix(" " * node.col_offset) for line in lines)


def points(result: Result) -> dict[str, Decimal]:
    """The pieces that earned something, and what."""
    return {
        piece.id: piece.earned for task in result.tasks for piece in task.pieces if piece.earned
    }


def test_unfinished_files_earn_nothing_and_are_told_so_kindly(
    grader: Grader, student: Path
) -> None:
    result = grader.grade("unfinished", student)
    assert result.score.earned == 0
    assert points(result) == {}
    waiting = [c for c in result.checks if c.scored and c.verdict is not Verdict.PASSED]
    decided = [c for c in waiting if not c.pending]
    assert len(decided) > 40
    for check in decided:
        assert "not written yet" in str(check.message), check.id
    for check in result.checks:
        assert "Traceback" not in str(check.message), check.id
        assert check.verdict is not Verdict.NOT_RUN, check.id
    judged = {piece for *_, pieces in STEPS for piece in pieces if "plot" not in piece}
    assert {check.piece for check in decided} == judged


def test_marks_rise_function_by_function(grader: Grader, student: Path) -> None:
    reached: dict[str, Decimal] = {}
    for file, function, pieces in STEPS:
        fill_in(student, file, function)
        tasks = tuple(sorted({piece.partition(".")[0] for piece in pieces}))
        reached |= {piece: Decimal(worth) / 1000 for piece, worth in pieces.items()}
        expected = {p: worth for p, worth in reached.items() if p.partition(".")[0] in tasks}
        assert points(grader.grade("student", student, tasks)) == expected, function
    for file in ("task2.py", "task3.py"):
        shutil.copy(SAMPLE / file, student / file)
    reached |= {piece: Decimal(worth) / 1000 for piece, worth in SCRIPTS.items()}
    finished = grader.grade("student", student)
    assert points(finished) == reached
    assert finished.score.earned == Decimal("2.700")


# The same submission, wherever it is looked at


def gradus(folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a command in a course's folder, with the engine of that folder."""
    return subprocess.run(
        [sys.executable, "-P", "-m", "gradus", *map(str, arguments)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "PYTHONIOENCODING": "utf-8"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )


def test_check_grade_and_a_whole_class_say_the_same(
    zoo, handout_in_use: Path, tmp_path: Path
) -> None:
    variants = [variant for variant in BROKEN if variant.id in TRIED]
    assert len(variants) == len(TRIED)
    for variant in variants:
        build(variant, tmp_path / "class" / variant.id)
    many = gradus(ROOT, "grade", tmp_path / "class", "--data", "digits", "--out", tmp_path / "out")
    assert many.returncode == 0, many.stderr
    for variant in variants:
        alone = told_first(zoo.result(variant))
        text = (tmp_path / "out" / variant.id / "results.json").read_text("utf-8")
        among_many = told_first(Result.model_validate(json.loads(text)))
        assert among_many == alone

        shown = gradus(handout_in_use, "check", tmp_path / "class" / variant.id)
        assert shown.returncode == 1, shown.stderr
        told = shown.stdout.partition("To mend")[2].partition("Not decided by laws")[0]
        to_mend = " ".join(told.split())
        assert set(LAW.findall(to_mend)) == {c.id for c in _failing(zoo.result(variant))}
        for check in _failing(zoo.result(variant)):
            for diagnosis in check.diagnosis:
                assert f"Likely mistake: {diagnosis.says}" in to_mend


def _failing(result: Result) -> list[Check]:
    return [c for c in result.checks if c.scored and not c.pending and c.verdict != "passed"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("faults",), "no programs of named mistakes"),
        (("calibrate",), "no calibration"),
        (("handout", "another"), "a handout is built where the solution is"),
        (("grade", "student", "--full"), "makes no whole runs"),
    ],
)
def test_what_only_the_staff_can_do_ends_with_one_sentence(
    handout_in_use: Path, arguments: tuple[str, ...], told: str
) -> None:
    run = gradus(handout_in_use, *arguments)
    assert run.returncode == 2
    assert told in run.stderr
    assert run.stderr.count("\n") == 1
    assert run.stdout == ""
