"""`gradus diff`: nothing between a grading and itself, the same both ways round, and the reason."""

from __future__ import annotations

import io
import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from typer.testing import CliRunner

from gradus.cli import app
from gradus.cohort import CohortError
from gradus.cohort.compare import between, compared
from gradus.cohort.differences import Cause, Condition, Differences
from gradus.cohort.outcome import Outcome
from gradus.commands.diff import show
from gradus.course import Course
from gradus.manual import ManualMark, merge
from gradus.reports.cohort import write
from gradus.results import Counts, Result, Submission, write_atomically
from gradus.rubric import Rubric, score, totals
from tests.builders import HOSTILE, RUBRIC_TOML, all_passed, sample_check, sample_result
from tests.drawn_results import results
from tests.submissions import ROOT
from tests.synthetic import a_class, outcome_of

quick = settings(database=None, deadline=None, max_examples=60)


def called(id: str, result: Result, sha256: str = "ab") -> Result:
    submission = Submission(id=id, sha256=sha256, edition="2021")
    return result.model_copy(update={"submission": submission})


def failing(*ids: str) -> Result:
    """The sample with these laws failed."""
    return sample_result(
        [
            sample_check(check.id, "failed" if check.id in ids else "passed")
            for check in all_passed()
        ]
    )


def written(folder: Path, *found: Result) -> Path:
    for result in found:
        target = folder / result.submission.id
        target.mkdir(parents=True)
        write_atomically(target / "results.json", result.to_json())
    return folder


def between_two(old: Result, new: Result) -> Differences:
    return compared([(old, new)], {}, {})


pairs = st.lists(st.tuples(results(most_tasks=2), results(most_tasks=2)), max_size=3).map(
    lambda drawn: [
        (called(f"s{n}", old), called(f"s{n}", new)) for n, (old, new) in enumerate(drawn)
    ]
)
alone = st.dictionaries(
    st.sampled_from(["x", "y", HOSTILE]), st.tuples(st.just(Decimal("1.5")), st.none() | st.text())
)


@quick
@given(pairs)
def test_a_grading_does_not_differ_from_itself(drawn: list[tuple[Result, Result]]) -> None:
    found = compared([(old, old) for old, _ in drawn], {}, {})
    assert found.is_empty
    assert found.compared == len(drawn)


@quick
@given(pairs, alone, alone)
def test_the_other_way_round_old_and_new_are_exchanged(
    drawn: list[tuple[Result, Result]], gone: dict[str, Any], new: dict[str, Any]
) -> None:
    there = compared(drawn, gone, new)
    back = compared([(new, old) for old, new in drawn], new, gone)
    assert there.reversed() == back
    assert back.reversed() == there
    assert [-each.by for each in there.moves] == [each.by for each in back.moves]


@quick
@given(pairs)
def test_every_change_of_marks_is_a_move_with_a_cause_and_adds_up(
    drawn: list[tuple[Result, Result]],
) -> None:
    found = {each.id: each for each in compared(drawn, {}, {}).moves}
    for old, new in drawn:
        move = found.get(old.submission.id)
        pieces = [
            {
                piece.id: (piece.earned, piece.lost, piece.pending)
                for task in result.tasks
                for piece in task.pieces
                if piece.points
            }
            for result in (old, new)
        ]
        assert (move is not None and move.is_a_move) == (pieces[0] != pieces[1])
        if move is not None:
            assert move.by == new.score.earned - old.score.earned
            assert sum(move.tasks.values()) == sum(move.pieces.values()) == move.by
            assert set(move.pieces) == {cause.piece for cause in move.because}
            assert Differences.model_validate(
                json.loads(json.dumps(compared(drawn, {}, {}).model_dump()))
            ) == compared(drawn, {}, {})


def test_a_move_names_the_law_and_its_verdicts() -> None:
    (move,) = between_two(failing("2a.backward.value"), failing("2a.forward.log-odds")).moves
    assert move.by == Decimal("0.300") - Decimal("0.112")
    assert move.because == (
        Cause(
            what="2a.backward.value", piece="2a.backward", kind="law", old="failed", new="passed"
        ),
        Cause(
            what="2a.forward.log-odds", piece="2a.forward", kind="law", old="passed", new="failed"
        ),
    )
    assert not move.other_files


def test_another_verdict_without_other_marks_is_no_move() -> None:
    old = failing("2a.forward.value", "2a.forward.log-odds")
    (found,) = between_two(old, failing("2a.forward.value")).moves
    assert not found.is_a_move
    assert found.verdicts == (
        Cause(
            what="2a.forward.log-odds", piece="2a.forward", kind="law", old="failed", new="passed"
        ),
    )


def test_what_a_person_gave_is_a_cause() -> None:
    old = sample_result(all_passed())
    given_ = ManualMark("group-12", "2b.explanation", Decimal("0.04"))
    (move,) = between_two(old, merge(old, [given_])).moves
    assert move.because == (
        Cause(
            what="2b.explanation",
            piece="2b.explanation",
            kind="person",
            old=None,
            new="0.040 of 0.100",
        ),
    )


def test_another_rubric_is_a_cause_and_is_told_first() -> None:
    old = failing("2a.backward.value")
    rubric = Rubric.parse(
        RUBRIC_TOML.replace(b"points = 0.3\n", b"points = 0.2\n").replace(
            b"points = 0.225", b"points = 0.325"
        )
    )
    tasks = score(rubric, old.checks)
    new = sample_result(
        old.checks,
        tasks=tasks,
        score=totals(tasks),
        counts=Counts.of(old.checks),
        harness=old.harness.model_copy(update={"rubric_sha256": rubric.sha256, "seed": 8}),
    )
    found = between_two(old, new)
    assert found.conditions == (
        Condition(
            name="rubric sha256",
            old=old.harness.rubric_sha256,
            new=rubric.sha256,
            count=1,
        ),
        Condition(name="seed", old="7", new="8", count=1),
    )
    assert found.moves[0].because == (
        Cause(what="2a.forward", piece="2a.forward", kind="points", old="0.225", new="0.325"),
        Cause(what="2a.backward", piece="2a.backward", kind="points", old="0.300", new="0.200"),
    )
    assert shown(found).startswith("For all: rubric sha256 was ")


def test_classes_are_matched_by_id_and_who_is_new_or_gone_is_named(tmp_path: Path) -> None:
    passed = sample_result(all_passed())
    old = written(tmp_path / "old", called("a", passed), called("b", passed), called("c", passed))
    new = written(
        tmp_path / "new", called("b", failing("2a.backward.value"), "cd"), called("d", passed)
    )
    outcomes = [outcome_of(called(id, passed)) for id in ("b", "d")]
    outcomes.append(Outcome(id="c", folder="c", status="refused", sentence="it is too large"))
    write(new, outcomes, Course(ROOT))
    found = between(old, new)
    assert (found.compared, [move.id for move in found.moves]) == (1, ["b"])
    assert found.moves[0].other_files
    assert [(each.id, each.why) for each in found.gone] == [("a", None), ("c", "it is too large")]
    assert [each.id for each in found.new] == ["d"]
    assert between(new, old) == found.reversed()
    assert between(old, old).is_empty


def test_a_summary_of_another_version_gives_its_reasons_too(tmp_path: Path) -> None:
    folder = written(tmp_path, called("a", failing()), called("b", failing()))
    rows = [{"id": "b", "status": "fault", "sentence": "we failed", "added": 1}]
    (folder / "cohort.json").write_text(json.dumps({"schema": "x", "rows": rows}))
    other = written(tmp_path / "other", called("b", failing()))
    found = between(other, folder)
    assert [(each.id, each.why) for each in found.gone] == [("b", "we failed")]
    (folder / "cohort.json").write_text("{")
    with pytest.raises(CohortError, match="is no summary that can be read"):
        between(other, folder)


def test_two_single_submissions_are_compared_whatever_they_are_called(tmp_path: Path) -> None:
    one = written(tmp_path, called("v1", failing("2a.backward.value"))) / "v1"
    other = written(tmp_path, called("v2", sample_result(all_passed()))) / "v2"
    (move,) = between(one, other).moves
    assert (move.id, move.renamed, move.by) == ("v1", "v2", Decimal("0.300"))
    assert between(other, one) == between(one, other).reversed()


def test_one_submission_is_found_in_a_class_by_its_id(tmp_path: Path) -> None:
    many = written(
        tmp_path / "many",
        called("a", sample_result(all_passed())),
        called("b", sample_result(all_passed())),
    )
    one = written(tmp_path / "one", called("b", failing("2a.backward.value"))) / "b"
    found = between(one, many)
    assert [move.id for move in found.moves] == ["b"]
    assert [each.id for each in found.new] == ["a"]


@pytest.mark.parametrize("content", [None, "", "{}", '{"schema": "gradus/result/v1"}'])
def test_a_folder_without_results_is_refused_in_one_sentence(
    tmp_path: Path, content: str | None
) -> None:
    (tmp_path / "x").mkdir()
    if content is not None:
        (tmp_path / "x" / "results.json").write_text(content)
    with pytest.raises(CohortError, match=r"holds no results\.json|is no result that can be read"):
        between(tmp_path, tmp_path)


def shown(found: Differences, width: int = 100) -> str:
    file = io.StringIO()
    show(found, Console(file=file, width=width))
    return file.getvalue()


def test_the_terminal_tells_who_moved_by_how_much_and_why() -> None:
    old, new = failing("2a.backward.value"), failing("2b.train_step.value")
    text = shown(
        compared(
            [(called("ada", old), called("ada", new)), (called("bob", old), called("bob", old))],
            {"eve": (Decimal("1.000"), "it is too large")},
            {},
        )
    )
    assert re.search(
        r"ada +0\.\d{3} +0\.\d{3} +\+0\.200 +\+0\.300 2a\.backward: value failed → passed", text
    )
    assert "1 of 2 submissions moved: 1 up, 0 down; +0.200 points in all" in text
    assert "Gone (1): eve (1.000): it is too large" in text
    assert "bob" not in text


def test_hostile_text_is_only_text_on_the_terminal() -> None:
    old, new = failing("2a.backward.value"), failing()
    text = shown(
        compared(
            [(called(HOSTILE, old), called(HOSTILE, new))], {HOSTILE: (Decimal(1), HOSTILE)}, {}
        )
    )
    assert not any(character in text for character in "\x1b\x07\u202e\u200b")
    assert not any(line.startswith(("::", "##[")) for line in text.splitlines())


def test_the_command_ends_with_0_and_with_2_for_a_wrong_folder(tmp_path: Path) -> None:
    old = written(tmp_path / "old", called("a", failing("2a.backward.value")))
    new = written(tmp_path / "new", called("a", failing()))
    runner = CliRunner()
    same = runner.invoke(app, ["diff", str(old), str(old)])
    assert (same.exit_code, same.output) == (0, "No difference: 1 submission compared.\n")
    found = runner.invoke(app, ["diff", str(old), str(new), "--json"])
    assert found.exit_code == 0
    assert Differences.model_validate(json.loads(found.output)) == between(old, new)
    wrong = runner.invoke(app, ["diff", str(old), str(tmp_path / "nowhere")])
    assert wrong.exit_code == 2
    assert "cannot be read" in wrong.output


def test_a_whole_class_is_compared(tmp_path: Path) -> None:
    graded = {r.submission.id: r for _, r in a_class(12) if r is not None}
    other = {r.submission.id: r for _, r in a_class(12, seed=1) if r is not None}
    found = between(
        written(tmp_path / "old", *graded.values()), written(tmp_path / "new", *other.values())
    )
    assert found.compared == len(graded.keys() & other.keys())
    assert {each.id for each in found.gone} == graded.keys() - other.keys()
    assert shown(found, 80)
