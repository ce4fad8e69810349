"""Many submissions: each costs only itself, what is done stays done, and a kill loses nothing."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

import pytest

from gradus.cohort import CohortError
from gradus.cohort.outcome import RESULTS
from gradus.commands.marks_out import MarksOut
from gradus.exports import MarksError
from gradus.grading import HarnessFault
from gradus.manual import ManualMark
from tests.cohorts import KINDS, cohort, grade, results, submission
from tests.kills import (
    Pace,
    changed_at,
    family,
    journalled,
    killed_again_and_again,
    started,
    survivors,
)
from tests.submissions import replace
from tests.test_command_line import assert_one_sentence, gradus
from tests.workers import posix_only

EARNED = {
    "honest": 0.5,
    "broken": 0.375,
    "hanging": 0.375,
    "sleeping": 0.375,
    "crashing": 0.0,
    "hostile": 0.375,
}
KILLS, SEED = 3, 6
PACE = Pace(first=6.0, each=1.0)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return cohort(tmp_path_factory.mktemp("class") / "many")


@pytest.fixture(scope="module")
def graded(many: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole cohort, graded once and undisturbed, for tests that only read it."""
    out = tmp_path_factory.mktemp("graded")
    grade(many, out)
    return out


def test_each_costs_only_itself(graded: Path) -> None:
    found = {name: result["score"]["earned"] for name, result in results(graded).items()}
    assert found == EARNED
    assert sorted(journalled(graded)) == sorted(KINDS)
    for name in KINDS:
        assert {"report.html", "report.md", RESULTS} <= set(os.listdir(graded / name))
    assert {"cohort.json", "cohort.html", "gradebook.csv"} <= set(os.listdir(graded))


def test_one_process_gives_what_two_give(graded: Path, tmp_path: Path) -> None:
    few = cohort(tmp_path / "few", "honest", "hanging")
    grade(few, tmp_path / "out", jobs=1)
    found = results(graded)
    assert results(tmp_path / "out") == {name: found[name] for name in ("honest", "hanging")}


@pytest.fixture
def again(many: Path, graded: Path, tmp_path: Path) -> tuple[Path, Path]:
    """A copy of the cohort and of its results, to change and to grade again."""
    shutil.copytree(many, tmp_path / "many")
    shutil.copytree(graded, tmp_path / "out")
    return tmp_path / "many", tmp_path / "out"


def test_what_has_not_changed_is_not_graded_again_wherever_it_lies(
    again: tuple[Path, Path], graded: Path
) -> None:
    said = grade(*again)
    assert "6 of 6 were graded before and have not changed since; --force" in said
    assert changed_at(again[1]) == changed_at(graded)
    assert results(again[1]) == results(graded)


def test_what_has_changed_is_graded_again_and_the_rest_is_not(
    again: tuple[Path, Path], graded: Path
) -> None:
    many, out = again
    replace(many / "broken" / "task2a.py", "/ 255", "/ 127.5 - 1")
    path = out / "crashing" / RESULTS
    path.write_text(path.read_text("utf-8").replace('"earned": 0.0', '"earned": 0.5', 1), "utf-8")
    for hidden in ("hanging", "sleeping"):
        shutil.rmtree(many / hidden)
    for number in range(2_001):
        (many / "hostile" / f"{number}.txt").touch()

    said = " ".join(grade(many, out).split())

    assert "1 of 4 were graded before" in said
    assert "not among these, and left as they are (2): hanging, sleeping" in said
    assert "Refused: hostile has 2003 files" in said
    found = {name: result["score"]["earned"] for name, result in results(out).items()}
    kept = {name: EARNED[name] for name in ("honest", "crashing", "hanging", "sleeping")}
    assert found == {**kept, "broken": EARNED["honest"]}, "and the refused one has no result"
    before, after = changed_at(graded), changed_at(out)
    assert {name for name in after if after[name] != before[name]} == {"broken", "crashing"}
    assert "hanging" not in (out / "gradebook.csv").read_text("utf-8")


def test_marks_by_hand_exports_and_languages_are_made_of_the_results_that_are_there(
    again: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = again[1]
    before = {name: (out / name / RESULTS).read_bytes() for name in KINDS}
    monkeypatch.setattr("gradus.commands.many.Local", None)  # whoever grades fails

    marks = MarksOut(manual=(ManualMark("broken", "2a.forward", Decimal("0.1")),))
    with pytest.raises(MarksError, match="of which nothing is pending"):
        grade(*again, marks_out=marks)
    assert journalled(out)[len(KINDS) :] == ["broken"]

    said = grade(*again, marks_out=MarksOut(emit=("junit",)), language="nb")
    assert "6 of 6 were graded before" in said
    assert "Reports of 6 of them are written anew" in said
    for name in KINDS:
        assert (out / name / "junit.xml").is_file()
        assert '<html lang="nb"' in (out / name / "report.html").read_text("utf-8")
    assert {name: (out / name / RESULTS).read_bytes() for name in KINDS} == before, "times and all"

    assert "anew" not in grade(*again, marks_out=MarksOut(emit=("junit",)), language="nb")
    assert list(out.rglob("*.tmp")) == []


def test_force_grades_all_again_and_a_folder_that_is_none_costs_its_own(tmp_path: Path) -> None:
    many, out = cohort(tmp_path / "many", "honest", "broken"), tmp_path / "out"
    grade(many, out)
    before = changed_at(out)
    shutil.rmtree(out / "broken")
    (out / "broken").write_text("a file where its folder should be")
    with pytest.raises(HarnessFault, match="broken: "):
        grade(many, out, force=True)
    assert set(changed_at(out)) == {"honest"}
    assert changed_at(out)["honest"] != before["honest"]
    assert sorted(journalled(out)) == ["broken", "honest"]


@posix_only
def test_a_run_that_is_killed_again_and_again_goes_on_and_loses_nothing(
    many: Path, graded: Path, tmp_path: Path
) -> None:
    moments = random.Random(SEED)
    kills = list(killed_again_and_again(many, tmp_path, KILLS, moments, PACE))
    assert len(kills) == KILLS
    assert sorted(journalled(tmp_path)) == sorted(KINDS)
    assert results(tmp_path) == results(graded)


@posix_only
def test_an_interrupt_ends_everything_and_says_how_to_go_on(many: Path, tmp_path: Path) -> None:
    with started(many, tmp_path, stderr=subprocess.PIPE) as run:
        while run.poll() is None and not journalled(tmp_path):
            time.sleep(0.02)
        children = family(run)
        run.send_signal(signal.SIGINT)
        _, said = run.communicate(timeout=120)
    assert survivors(children, 1) == []
    done = len(journalled(tmp_path))
    assert f"{CohortError.__name__}: interrupted; {done} of {len(KINDS)} are done" in said.decode()
    assert list(tmp_path.rglob("*.tmp")) == []


def test_without_dask_a_scheduler_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    many = cohort(tmp_path / "many", "honest", "broken")
    with pytest.raises(CohortError, match=r"not installed: pip install 'gradus\[cluster\]'"):
        grade(many, tmp_path / "out", scheduler="tcp://127.0.0.1:9")
    assert results(tmp_path / "out") == {}


def test_a_scheduler_that_cannot_be_had_exits_with_2(tmp_path: Path) -> None:
    many = cohort(tmp_path / "many", "honest", "broken")
    options = ("--data", "digits", "--scheduler", "nonsense://x", "--out", tmp_path / "out")
    said = assert_one_sentence(gradus("grade", many, *options))
    assert "nonsense" in said or "not installed" in said


def test_a_name_that_no_encoding_knows_is_graded_like_any_other(tmp_path: Path) -> None:
    many = cohort(tmp_path / "many", "honest")
    try:
        submission(many / os.fsdecode(b"gr\xff\xfeup"), "broken")
    except OSError:
        pytest.skip("this file system takes no such name")
    grade(many, tmp_path / "out")
    assert len(results(tmp_path / "out")) == 2
