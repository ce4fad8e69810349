"""`gradus calibrate` as a whole: what it makes, and what an interruption leaves."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from typer.testing import CliRunner

from checks import blocks, calibration, datasets, populations
from checks.calibration import stops_of_seeds, task_arrays
from checks.stored import load
from gradus.cli import app
from tests.small_data import (
    SMALL_BINARY,
    SMALL_SOFTMAX,
    few_digits,
)

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def few():
    return few_digits()


def not_again(*arguments):
    pytest.fail("what was made is made again")


@pytest.fixture
def small_work(monkeypatch, few):
    monkeypatch.setattr(datasets, "load", lambda choice: few)
    monkeypatch.setattr(calibration, "BINARY", SMALL_BINARY)
    monkeypatch.setattr(calibration, "SOFTMAX", replace(SMALL_SOFTMAX, num_epochs=3))
    monkeypatch.setattr(calibration, "LAMBDAS", (0.0, 1.0))
    monkeypatch.setattr(calibration, "SEEDS", {"binary": 6, "softmax": 3})
    monkeypatch.setattr(populations, "BLOCK_SIZE", {"binary": 2, "softmax": 2})


def calibrate(tmp_path, seeds=None):
    console = Console(file=io.StringIO(), width=200)
    calibration.calibrate(
        ["few"], 1, console, seeds=seeds, cache=tmp_path / "cache", expected=tmp_path / "out"
    )
    return console.file.getvalue()


@pytest.mark.usefixtures("small_work")
def test_all_is_made_and_a_second_time_nothing(tmp_path, few, monkeypatch):
    said = calibrate(tmp_path)
    assert "6 seeds" in said
    stored = load(few.sha256, tmp_path / "out")
    assert len(stored.runs) == 5
    assert (stored.population("binary").n, stored.population("softmax").n) == (6, 3)
    alone = stops_of_seeds(task_arrays(few, SMALL_BINARY), SMALL_BINARY, 0, 6)
    np.testing.assert_array_equal(
        stored.population("binary").stops[11].stop_step, alone[11].stop_step
    )
    files = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    assert len(files) == 3
    monkeypatch.setattr(calibration, "run", not_again)
    monkeypatch.setattr(blocks, "save_arrays", not_again)
    calibrate(tmp_path)
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == files


@pytest.mark.usefixtures("small_work")
def test_what_is_done_is_written_when_the_work_is_interrupted(tmp_path, few, monkeypatch):
    compute = blocks.compute

    def interrupted(missing, of_seeds, jobs):
        yield from compute(missing[:2], of_seeds, jobs)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(blocks, "compute", interrupted)
        with pytest.raises(KeyboardInterrupt):
            calibrate(tmp_path)
    assert load(few.sha256, tmp_path / "out").population("binary").n == 4
    calibrate(tmp_path, seeds=5)
    assert load(few.sha256, tmp_path / "out").population("binary").n == 5


@pytest.mark.usefixtures("small_work")
def test_shorter_work_of_the_same_reference_undoes_nothing(tmp_path, few, monkeypatch):
    calibrate(tmp_path)
    (tmp_path / "cache").rename(tmp_path / "gone")
    calibrate(tmp_path, seeds=2)
    assert load(few.sha256, tmp_path / "out").population("binary").n == 6
    (tmp_path / "cache").rename(tmp_path / "gone too")
    monkeypatch.setattr(calibration, "BINARY", replace(SMALL_BINARY, learning_rate=0.04))
    calibrate(tmp_path, seeds=2)
    assert load(few.sha256, tmp_path / "out").population("binary").n == 2


def test_a_course_without_calibration_ends_with_one_sentence(tmp_path):
    checks = tmp_path / "checks"
    checks.mkdir()
    (checks / "course.toml").write_bytes((ROOT / "checks/course.toml").read_bytes())
    result = CliRunner().invoke(app, ["calibrate", "--course", str(tmp_path)])
    assert result.exit_code == 2
    assert "this course has no calibration" in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("option", ["--jobs", "--seeds"])
def test_a_number_under_one_is_refused(option):
    result = CliRunner().invoke(app, ["calibrate", option, "0", "--course", str(ROOT)])
    assert result.exit_code == 2
    assert f"{option} is 0, expected at least 1" in result.stderr


def test_data_that_are_not_there_are_named(tmp_path):
    arguments = ["calibrate", str(tmp_path / "none"), "--course", str(ROOT)]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2
    assert "neither one of" in result.stderr
