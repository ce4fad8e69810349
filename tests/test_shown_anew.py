"""Marks by hand, exports and languages are made of a result that is there; nothing is graded."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from gradus.cohort.job import Job, digest_of_results, show_anew
from gradus.cohort.outcome import RESULTS, Outcome
from gradus.course import Course
from gradus.grading import Settings
from gradus.intake import Submission
from gradus.manual import ManualMark
from gradus.reports.figures import Figure
from gradus.reports.files import write_reports
from gradus.results import Isolation, Result
from tests.builders import all_passed, sample_result
from tests.submissions import ROOT

MARK = ManualMark("group-12", "2b.explanation", Decimal("0.075"))
FIGURES = tuple(Figure(name, "2b", f"What {name} shows.", f"<svg>{name}</svg>") for name in "ba")


def job(out: Path, **changed: object) -> Job:
    settings, isolation = Settings(), Isolation(level="process")
    submission = Submission("group-12", out / "handed in")
    return Job(submission, out, "group-12", settings, isolation, **changed)  # type: ignore[arg-type]


@pytest.fixture
def graded(tmp_path: Path) -> Outcome:
    """What a run has left below `tmp_path`."""
    result = sample_result(all_passed())
    write_reports(result, tmp_path / "group-12", FIGURES)
    return Outcome(
        id="group-12",
        folder="group-12",
        status="graded",
        score=result.score,
        results_sha256=digest_of_results(tmp_path / "group-12"),
    )


def result_in(out: Path) -> Result:
    return Result.from_json((out / "group-12" / RESULTS).read_bytes())


def test_a_mark_is_merged_and_taken_back(graded: Outcome, tmp_path: Path) -> None:
    noted: list[Outcome] = []
    before = (tmp_path / "group-12" / RESULTS).read_bytes()
    marked = show_anew(job(tmp_path, manual=(MARK,)), Course(ROOT), graded, noted.append)
    assert noted == [marked]
    assert marked.score == result_in(tmp_path).score
    assert marked.score is not None
    assert graded.score is not None
    assert marked.score.earned == graded.score.earned + MARK.points
    assert marked.results_sha256 == digest_of_results(tmp_path / "group-12")

    assert show_anew(job(tmp_path), Course(ROOT), marked, noted.append).score == graded.score
    assert (tmp_path / "group-12" / RESULTS).read_bytes() == before


def test_figures_stay_in_the_report_in_their_order(graded: Outcome, tmp_path: Path) -> None:
    page = tmp_path / "group-12" / "report.html"
    english = page.read_text("utf-8")
    show_anew(job(tmp_path, language="nb"), Course(ROOT), graded, lambda outcome: None)
    norwegian = page.read_text("utf-8")
    assert norwegian != english
    for shown in (english, norwegian):
        assert 0 < shown.index("<svg>b</svg>") < shown.index("<svg>a</svg>")
    show_anew(job(tmp_path), Course(ROOT), graded, lambda outcome: None)
    assert page.read_text("utf-8") == english


def test_a_kill_before_the_end_leaves_the_result_as_it_was(graded: Outcome, tmp_path: Path) -> None:
    def killed(outcome: Outcome) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        show_anew(job(tmp_path, manual=(MARK,)), Course(ROOT), graded, killed)
    assert digest_of_results(tmp_path / "group-12") == graded.results_sha256


def test_a_mark_that_does_not_fit_is_told_and_changes_nothing(
    graded: Outcome, tmp_path: Path
) -> None:
    unfit = ManualMark("group-12", "2a.forward", Decimal("0.1"))
    shown = show_anew(job(tmp_path, manual=(unfit,)), Course(ROOT), graded, lambda outcome: None)
    assert "nothing is pending" in shown.problems[0]
    assert (shown.score, shown.results_sha256) == (graded.score, graded.results_sha256)
