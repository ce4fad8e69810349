"""Marks that a person gives: merged into what is pending, and into nothing else."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradus.manual import (
    ManualMark,
    ManualMarksError,
    merge,
    read_marks,
    unmatched,
    without_marks,
)
from gradus.reports import html, markdown
from gradus.results import Piece, Result
from tests.builders import all_passed, sample_result
from tests.drawn_results import results

EXPLANATION = "2b.explanation"


def mark(points: str, piece: str = EXPLANATION, comment: str | None = None) -> ManualMark:
    return ManualMark("group-12", piece, Decimal(points), comment)


def piece_of(result: Result, id: str = EXPLANATION) -> Piece:
    return next(piece for task in result.tasks for piece in task.pieces if piece.id == id)


def written(folder: Path, text: str) -> Path:
    path = folder / "marks.csv"
    path.write_bytes(text.encode("utf-8"))
    return path


def test_a_mark_turns_pending_points_into_earned_and_lost_ones() -> None:
    before = sample_result(all_passed())
    after = merge(before, [mark("0.075", comment="no plot")])
    assert (before.score.pending, after.score.pending) == (Decimal("0.100"), 0)
    assert after.score.earned == before.score.earned + Decimal("0.075")
    assert after.score.lost == before.score.lost + Decimal("0.025")
    assert after.score.total == before.score.total
    piece = piece_of(after)
    assert piece.manual is not None
    assert (piece.manual.points, piece.manual.of) == (Decimal("0.075"), Decimal("0.100"))
    assert piece.reason == "a person gave 0.075 of 0.100: no plot"


def test_a_merged_mark_stands_in_the_results_and_in_the_reports() -> None:
    after = merge(sample_result(all_passed()), [mark("0.075", comment="no *plot*")])
    assert Result.from_json(after.to_json()) == after
    assert "A person gave 0.075 of 0.100: no \\*plot\\*" in markdown.render(after)
    assert "A person gave 0.075 of 0.100: no *plot*" in html.render(after)


@settings(database=None, deadline=None, max_examples=80)
@given(results(), st.data())
def test_merging_changes_the_pending_part_alone_and_twice_is_once(
    result: Result, data: st.DataObject
) -> None:
    marks = [
        ManualMark(
            result.submission.id, piece.id, data.draw(st.sampled_from([Decimal(0), piece.pending]))
        )
        for task in result.tasks
        for piece in task.pieces
        if piece.pending and data.draw(st.booleans())
    ]
    merged = merge(result, marks)
    assert merge(merged, marks) == merged
    assert without_marks(merged) == result
    marked = {mark.piece for mark in marks}
    for task, other in zip(result.tasks, merged.tasks, strict=True):
        assert task.checks == other.checks
        for piece, new in zip(task.pieces, other.pieces, strict=True):
            if piece.id in marked:
                assert new.pending == 0
                assert new.earned >= piece.earned
                assert new.lost >= piece.lost
            else:
                assert new == piece


def test_a_corrected_mark_replaces_the_first() -> None:
    before = sample_result(all_passed())
    corrected = merge(merge(before, [mark("0.020")]), [mark("0.080")])
    assert corrected == merge(before, [mark("0.080")])
    assert without_marks(corrected) == before


def test_marks_of_other_submissions_change_nothing() -> None:
    result = sample_result()
    assert merge(result, [ManualMark("group-13", "no such piece", Decimal(1))]) == result


@pytest.mark.parametrize(
    ("given_mark", "says"),
    [
        (mark("0.101"), "at most 0.100 are pending"),
        (mark("0.050", "2a.backward"), "nothing is pending"),
        (mark("0.050", "2b.explained"), "name 2b.explained, but the pieces are 1a.derivation"),
    ],
)
def test_a_mark_that_does_not_fit_is_refused(given_mark: ManualMark, says: str) -> None:
    with pytest.raises(ManualMarksError, match=says):
        merge(sample_result(), [given_mark])


def test_a_table_is_read_with_decimal_commas_and_without_unmarked_rows(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "\ufeffsubmission;piece;points;comment\r\ngroup-12;2b.explanation;0,05;fine\r\n"
        "group-13;2b.explanation;;not read yet\r\n",
    )
    assert read_marks(path) == (mark("0.050", comment="fine"),)


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("g,2b.x,0.0001", "line 2: points are '0.0001'"),
        ("g,2b.x,-1", "line 2: points are '-1'"),
        ("g,2b.x,two", "line 2: points are 'two'"),
        ("g,2b.x,1\ng,2b.x,1", "2b.x of g more than once"),
    ],
)
def test_a_table_with_a_slip_is_refused_by_line(tmp_path: Path, row: str, says: str) -> None:
    with pytest.raises(ManualMarksError, match=says):
        read_marks(written(tmp_path, f"submission,piece,points\n{row}\n"))


def test_a_table_without_its_columns_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ManualMarksError, match="no column piece, points"):
        read_marks(written(tmp_path, "submission,mark\n"))


def test_marks_without_a_graded_submission_are_listed_once() -> None:
    marks = [mark("0"), ManualMark("x", "a", Decimal(0)), ManualMark("x", "b", Decimal(0))]
    assert unmatched(marks, ["group-12"]) == ["x"]
