"""What became of each submission: consistent, small, and its result read from disk when asked."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from gradus.cohort.outcome import Outcome, results
from tests.builders import sample_result


def graded(id: str = "group-12") -> Outcome:
    result = sample_result()
    return Outcome(
        id=id,
        folder=id,
        status="graded",
        score=result.score,
        earned={task.id: task.earned for task in result.tasks},
        sha256="ab" * 32,
        results_sha256="cd" * 32,
    )


def refused(id: str = "group-13") -> Outcome:
    return Outcome(id=id, folder=id, status="refused", sentence="it has 3 000 files")


def test_an_outcome_survives_its_own_json() -> None:
    for outcome in (graded(), refused()):
        assert Outcome.model_validate_json(outcome.model_dump_json()) == outcome


def test_points_stay_exact_in_json() -> None:
    read = Outcome.model_validate_json(graded().model_dump_json())
    assert all(points == points.quantize(Decimal("0.001")) for points in read.earned.values())
    assert read.marks == graded().marks


@pytest.mark.parametrize(
    "changed",
    [{"score": None}, {"results_sha256": None}, {"sentence": "why?"}, {"status": "fault"}],
)
def test_an_outcome_that_contradicts_itself_is_refused(changed: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="'group-12' is"):
        Outcome.model_validate({**graded().model_dump(), **changed})


def test_a_refused_submission_says_why_and_has_no_marks() -> None:
    assert refused().marks is None
    with pytest.raises(ValueError, match="says why"):
        Outcome(id="x", folder="x", status="refused")


def test_results_are_read_one_at_a_time_and_only_of_what_is_graded(tmp_path: Path) -> None:
    (tmp_path / "group-12").mkdir()
    (tmp_path / "group-12" / "results.json").write_text(sample_result().to_json(), "utf-8")
    found = results(tmp_path, [refused(), graded(), graded("not there")])
    assert next(found) == (refused(), None)
    assert next(found) == (graded(), sample_result())
    with pytest.raises(FileNotFoundError):
        next(found)
