"""A submission under two versions of NumPy: what differs is told, and why where that is known."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from gradus import versions
from gradus.course import Course, Moved, RaisedText
from gradus.grading import Settings, grade
from gradus.intake import Submission
from gradus.reports import html, markdown
from gradus.reports import versions as told
from gradus.reports.language import ENGLISH
from gradus.results import Check, Diagnosis, Result, Verdict
from tests.builders import all_passed, sample_check, sample_comparison, sample_result
from tests.numpy1 import NUMPY, VARIABLE
from tests.submissions import ROOT, replace, sample_copy
from tests.test_reports import terminal_text, unwrapped
from tests.zoo.variants import Redefine

COURSE = Course(ROOT)
NUMPY1 = os.environ.get(VARIABLE, "")
needs_numpy1 = pytest.mark.skipif(
    not NUMPY1, reason=f"needs NumPy {NUMPY}: run `tox -e numpy1-tests` (Python 3.11)"
)
since_numpy_2 = pytest.mark.skipif(
    np.lib.NumpyVersion(np.__version__) < "2.0.0", reason="the grader's NumPy is older than 2.0"
)
since_numpy_2_4 = pytest.mark.skipif(
    np.lib.NumpyVersion(np.__version__) < "2.4.0", reason="the grader's NumPy is older than 2.4"
)

INF = "AttributeError: `np.Inf` was removed in the NumPy 2.0 release. Use `np.inf` instead."


def under(numpy: str, *changed: Check) -> Result:
    """A result under this NumPy, in which these laws came out otherwise."""
    by_id = {check.id: check for check in changed}
    checks = [by_id.get(check.id, check) for check in all_passed()]
    return sample_result(checks, environment={"student python": "3.11.7", "student numpy": numpy})


def forward(**fields: object) -> Check:
    return sample_check("2a.forward.value", "errored", **fields)


def compared(old: Result, new: Result):
    return versions.compare(old, new, COURSE.settings.diagnosis)


def graded_under_both(folder: Path, *tasks: str) -> Result:
    settings = Settings(student_python=NUMPY1, tasks=tasks or None)
    return grade(COURSE, Submission("submission", folder), COURSE.small_dataset(), settings)[0]


def reasons(result: Result) -> dict[str, str | None]:
    assert result.comparison is not None
    return {each.piece: each.because for each in result.comparison.differences}


# What is compared


def test_results_that_agree_have_no_differences() -> None:
    assert compared(under("1.23.5"), under("2.4.6")).differences == ()


def test_a_law_that_fails_under_one_of_them_is_a_difference_of_its_piece() -> None:
    (difference,) = compared(under("1.23.5"), under("2.4.6", forward(message=INF))).differences
    assert difference.piece == "2a.forward"
    assert difference.marks is not None
    assert difference.beside is not None
    assert (difference.marks.earned, difference.beside.earned) == (Decimal("0.225"), 0)
    assert [(law.id, law.verdict, law.beside) for law in difference.laws] == [
        ("2a.forward.value", Verdict.PASSED, Verdict.ERRORED)
    ]
    assert difference.because == "`np.Inf` is gone since NumPy 2.0"


def test_the_marks_are_those_of_the_first() -> None:
    both = compared(under("1.23.5"), under("2.4.6", forward(message=INF)))
    assert (both.marks.numpy, both.beside.numpy) == ("1.23.5", "2.4.6")
    assert both.score.earned == under("2.4.6", forward()).score.earned


@pytest.mark.parametrize(
    ("old", "new"),
    [("2.0.2", "2.4.6"), ("1.23.5", "1.26.4")],
    ids=["both have lost it", "neither has lost it"],
)
def test_a_change_that_is_not_between_the_two_versions_is_no_reason(old: str, new: str) -> None:
    (difference,) = compared(under(old), under(new, forward(message=INF))).differences
    assert difference.because is None
    assert difference.told == INF


def test_what_only_newer_numpy_has_is_a_reason_the_other_way_round() -> None:
    message = "AttributeError: module 'numpy' has no attribute 'concat' (task2a.py, line 9)"
    (difference,) = compared(under("1.23.5", forward(message=message)), under("2.4.6")).differences
    assert difference.because == "`np.concat` came with NumPy 2.0, and this NumPy is older"


@pytest.mark.parametrize("message", [None, "`outputs[0, 0]` is 2, but should be 1", "KeyError: 0"])
def test_a_difference_that_nothing_known_explains_gets_no_reason(message: str | None) -> None:
    (difference,) = compared(under("1.23.5"), under("2.4.6", forward(message=message))).differences
    assert (difference.because, difference.told) == (None, message)


def test_a_named_mistake_is_a_reason_where_it_depends_on_the_version() -> None:
    rules = COURSE.settings.diagnosis
    assert rules is not None
    moved = rules.moved[0]
    named = (Diagnosis(fault=moved.fault, says="says", fix="fix"),)
    (difference,) = compared(
        under("1.23.5"), under("2.4.6", forward(message="wrong", diagnosis=named))
    ).differences
    assert difference.because == moved.says


def test_a_course_that_knows_no_changes_gives_no_reasons() -> None:
    new = under("2.4.6", forward(message=INF))
    (difference,) = versions.compare(under("1.23.5"), new, None).differences
    assert difference.because is None


def test_the_changes_that_the_course_knows_name_mistakes_and_versions_that_there_are() -> None:
    rules = COURSE.settings.diagnosis
    assert rules is not None
    from reference.faults.catalogue import FAULTS

    assert {moved.fault for moved in rules.moved} <= {fault.id for fault in FAULTS}
    known: list[RaisedText | Moved] = [*rules.raised, *rules.moved]
    among = [versions.SpecifierSet(each.numpy) for each in known if each.numpy]
    assert len(among) >= 10
    assert all(("1.23.5" in each) != ("2.4.6" in each) or "1.26" in each for each in among)


# What reports say


@pytest.mark.parametrize("render", [html.render, markdown.render, terminal_text])
def test_every_report_tells_the_marks_interpreter_and_each_difference(render) -> None:
    plain = sample_result(all_passed())
    text = render(plain.model_copy(update={"comparison": sample_comparison(plain)}))
    text = unwrapped(text).replace("<code>", "`").replace("</code>", "`").replace("\\", "")
    assert "The marks come from Python 3.11.7 with NumPy 1.23.5." in text
    assert "3 laws come out differently" in text
    assert "`np.Inf` is gone since NumPy 2.0" in text
    assert told.UNEXPLAINED in text
    assert "it said so" in text
    for became in ("0.225 earned", "0.225 lost", "0.100 earned, 0.200 lost"):
        assert became in text
    assert "2b.train_step.replay (passed, there errored)" in text


@pytest.mark.parametrize("render", [html.render, markdown.render, terminal_text])
def test_points_lost_to_a_change_of_numpy_are_told_with_what_to_try(render) -> None:
    gone = Diagnosis(fault="2a.forward.raised", says="says", fix="fix", kind="hint", numpy=">=2.0")
    text = unwrapped(render(under("2.4.6", forward(diagnosis=(gone,)))))
    assert "Points are lost in 2a to code that other versions of NumPy take" in text
    assert "--student-python" in text


def test_no_other_loss_is_put_down_to_numpy() -> None:
    other = Diagnosis(fault="2a.forward.raised", says="says", fix="fix", kind="hint")
    assert told.notice(under("2.4.6", forward(diagnosis=(other,))), ENGLISH) == ""
    assert told.notice(under("2.4.6"), ENGLISH) == ""


def test_what_is_unexplained_comes_last_and_one_reason_once() -> None:
    plain = sample_result(all_passed())
    compared = plain.model_copy(update={"comparison": sample_comparison(plain)})
    groups = told.groups(compared, ENGLISH)
    assert [group.why for group in groups] == ["`np.Inf` is gone since NumPy 2.0", told.UNEXPLAINED]
    assert [row.told for group in groups for row in group.rows] == ["", "it said so"]


# Both interpreters, really


@needs_numpy1
@since_numpy_2
def test_a_name_that_numpy_2_took_away(tmp_path: Path) -> None:
    folder = sample_copy(tmp_path / "submission")
    replace(folder / "trainer.py", "best_val_loss = np.inf", "best_val_loss = np.Inf")
    result = graded_under_both(folder, "2d")
    assert result.score.lost == 0
    assert result.comparison is not None
    assert result.comparison.marks.numpy == NUMPY
    assert result.comparison.beside.numpy == np.__version__
    assert result.comparison.score.lost == Decimal("0.150")
    assert reasons(result) == {"2d.stopping": "`np.Inf` is gone since NumPy 2.0"}


@needs_numpy1
def test_an_alias_that_numpy_1_24_took_away(tmp_path: Path) -> None:
    folder = sample_copy(tmp_path / "submission")
    right = "np.mean(predictions == targets)"
    replace(folder / "task2.py", right, "np.mean((predictions == targets).astype(np.float))")
    result = graded_under_both(folder, "2c")
    assert result.score.lost == 0
    assert reasons(result)["2c.accuracy"] == (
        "`np.float` is gone since NumPy 1.24; it was only another name of Python's own `float`"
    )


@needs_numpy1
@since_numpy_2_4
def test_an_array_of_size_1_that_was_a_number(tmp_path: Path) -> None:
    folder = sample_copy(tmp_path / "submission")
    replace(folder / "task2a.py", "return np.mean(loss)", "return float(sum(loss) / len(loss))")
    result = graded_under_both(folder, "2a")
    assert result.score.lost == 0
    assert list(reasons(result)) == ["2a.loss"]
    assert "since NumPy 2.4 one of size 1 will not do" in str(reasons(result)["2a.loss"])


LOOP = """
def pre_process_images(X):
    processed = np.ones((X.shape[0], 785))
    for n in range(X.shape[0]):
        for i in range(784):
            processed[n, i] = 2 * X[n, i] / 255 - 1
    return processed
"""


@needs_numpy1
@since_numpy_2
def test_a_single_pixel_that_wraps_since_numpy_2(tmp_path: Path) -> None:
    folder = sample_copy(tmp_path / "submission")
    Redefine("task2a.py", "pre_process_images", LOOP).apply(folder)
    result = graded_under_both(folder, "2a")
    assert result.score.lost == 0
    assert list(reasons(result)) == ["2a.preprocess"]
    assert "twice a pixel wraps around at 256" in str(reasons(result)["2a.preprocess"])


@needs_numpy1
def test_what_is_wrong_under_both_is_no_difference(tmp_path: Path) -> None:
    folder = sample_copy(tmp_path / "submission")
    replace(folder / "task2a.py", "X = X / 127.5 - 1", "X = 2 * X / 255 - 1")
    result = graded_under_both(folder, "2a")
    assert result.score.lost == Decimal("0.125")
    assert reasons(result) == {}


@needs_numpy1
def test_the_sample_is_the_same_under_both_and_a_run_is_repeatable(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "gradus", "grade", "student", "--data", "digits"]
    command += ["--student-python", NUMPY1, "--out", str(tmp_path)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    result = json.loads((tmp_path / "results.json").read_text("utf-8"))
    assert result["comparison"]["differences"] == []
    assert result["comparison"]["score"] == result["score"]
    assert result["environment"]["student numpy"] == NUMPY
    assert "every law comes out the same" in unwrapped(ended.stdout)
