"""Another course, of one function, goes through every command without a change in the engine."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.submissions import ROOT

COURSE = ROOT / "tests" / "second_course"
SUMMED = "import numpy as np\n\n\ndef root_mean_square(x):\n    return np.sqrt(np.sum(x**2))\n"

A_LAW = '''

@law("1.rms.diluted", cases=VECTORS)
def test_as_many_zeros_again_halve_the_mean(subject, oracle, case):
    """As many zeros again divide the root mean square by the square root of 2."""
    once = expect.one_number(subject.root_mean_square(case.x), "rms")
    diluted = subject.root_mean_square(np.concatenate([case.x, 0 * case.x]))
    expect.close(diluted, once / np.sqrt(2), EXACT, "rms_2")
'''
ITS_FAULT = """

@fault(
    "1.rms.absolute",
    says="the mean of absolute values is returned",
    fix="square the numbers before they are averaged, and take the root afterwards",
)
def absolute(x):
    return np.mean(np.abs(x))
"""


def timeless(shown: str) -> str:
    """What was shown, without how long anything took, which slow laws are told with."""
    return re.sub(r" +\(\d+\.\d s\)", "", shown)


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A copy of the course, to run in and to change."""
    return Path(
        shutil.copytree(
            COURSE, tmp_path / "course", ignore=shutil.ignore_patterns("__pycache__", "*.npz")
        )
    )


def gradus(
    course: Path, *arguments: object, engine: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    """Run a command in the course's folder, with this tree's engine or another."""
    return subprocess.run(
        [sys.executable, "-m", "gradus", *map(str, arguments)],
        cwd=course,
        env={**os.environ, "PYTHONPATH": str(engine), "PYTHONIOENCODING": "utf-8"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


def graded(course: Path, *submissions: object) -> dict[str, Any]:
    """results.json of one submission; asserts that grading was completed."""
    run = gradus(course, "grade", *submissions, "--out", "out")
    assert run.returncode == 0, run.stdout + run.stderr
    result: dict[str, Any] = json.loads((course / "out" / "results.json").read_text("utf-8"))
    return result


def test_its_sample_earns_all_points_that_laws_give(course: Path) -> None:
    result = graded(course, "student")
    assert result["score"]["earned"] == 1.5
    assert result["score"]["pending"] == 0.5
    assert result["counts"]["passed"] == 3
    assert result["data"] == {}
    page = (course / "out" / "report.html").read_text("utf-8")
    assert "A mean of squares" in page


def test_a_check_of_a_mistake_explains_and_names_it(course: Path) -> None:
    (course / "student" / "rms.py").write_text(SUMMED)
    run = gradus(course, "check", "--task", "1")
    assert run.returncode == 1, run.stderr
    assert "Likely mistake: the squares are summed, not averaged" in run.stdout
    assert "x = np.array([0.0, 1.0])" in run.stdout


def test_every_named_mistake_is_caught_and_named(course: Path) -> None:
    run = gradus(course, "faults", "--write", "faults.md")
    assert run.returncode == 0, run.stdout + run.stderr
    assert "2 mistakes, 2 named first" in run.stdout
    assert "467" not in (course / "faults.md").read_text("utf-8")


def test_many_submissions_are_graded_together(course: Path) -> None:
    for name, source in (("ada", SUMMED), ("bo", (course / "student" / "rms.py").read_text())):
        (course / "many" / name).mkdir(parents=True)
        (course / "many" / name / "rms.py").write_text(source)
    run = gradus(course, "grade", "many", "--out", "out")
    assert run.returncode == 0, run.stdout + run.stderr
    earned = {
        name: json.loads((course / "out" / name / "results.json").read_text())["score"]["earned"]
        for name in ("ada", "bo")
    }
    assert earned == {"ada": 0, "bo": 1.5}


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("def root_mean_square(x)\n", "could not be imported"),
        ("def root_mean_square(x):\n    raise NotImplementedError\n", "Not written yet"),
        ("def root_mean_square(x):\n    return x.missing\n", "rms.py, line 2"),
        ("raise SystemExit\n", "could not be imported"),
    ],
)
def test_a_file_that_does_not_work_is_told_and_earns_nothing(
    course: Path, source: str, told: str
) -> None:
    (course / "student" / "rms.py").write_text(source)
    run = gradus(course, "check")
    assert run.returncode == 1, run.stdout + run.stderr
    assert told in " ".join(run.stdout.split())
    assert "Traceback" not in run.stdout + run.stderr


def test_its_handout_has_no_solution_and_judges_and_names_alike(
    course: Path, tmp_path: Path
) -> None:
    assert gradus(course, "faults").returncode == 0
    folder = tmp_path / "handout"
    built = gradus(course, "handout", folder)
    assert built.returncode == 0, built.stdout + built.stderr
    assert not (folder / "reference").exists()
    assert not (folder / "checks" / "oracle.py").exists()

    def checked(source: str | None = None) -> str:
        if source is not None:
            (folder / "student" / "rms.py").write_text(source)
            (course / "student" / "rms.py").write_text(source)
        run = gradus(folder, "check", engine=folder)
        assert run.returncode == (0 if "No point is lost" in run.stdout else 1), run.stderr
        if source is not None:
            assert timeless(run.stdout) == timeless(gradus(course, "check").stdout)
        return run.stdout

    assert "Not written yet" in checked()
    assert "No point is lost" in checked((COURSE / "student" / "rms.py").read_text("utf-8"))
    assert "Likely mistake: the squares are summed, not averaged" in checked(SUMMED)
    assert "this course has no programs" in gradus(folder, "faults", engine=folder).stderr


def test_a_law_and_its_fault_take_one_function_each(course: Path) -> None:
    laws, faults = course / "checks" / "test_rms.py", course / "reference" / "faults.py"
    laws.write_text(laws.read_text("utf-8") + A_LAW, "utf-8")
    faults.write_text(faults.read_text("utf-8") + ITS_FAULT, "utf-8")

    run = gradus(course, "faults", "--write", "faults.md")
    assert run.returncode == 0, run.stdout + run.stderr
    assert "3 mistakes, 3 named first" in run.stdout
    table = (course / "faults.md").read_text("utf-8")
    (line,) = [line for line in table.splitlines() if "`1.rms.absolute`" in line]
    assert "| .value, .diluted | first |" in line

    assert graded(course, "student")["counts"]["passed"] == 4
    (course / "student" / "rms.py").write_text(
        "def root_mean_square(x):\n    return sum(abs(x)) / len(x)\n"
    )
    shown = gradus(course, "check").stdout
    assert "Likely mistake: the mean of absolute values is returned" in shown
    assert "1.rms.diluted" in shown


def test_it_has_no_data_set_and_says_so(course: Path) -> None:
    assert "this course has no data set" in gradus(course, "data").stdout
    run = gradus(course, "grade", "student", "--data", "digits")
    assert run.returncode == 2
    assert "this course has no data set, so none called 'digits'" in run.stderr
