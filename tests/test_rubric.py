"""Points: reading the rubric, and what verdicts earn."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradus.results import Verdict
from gradus.rubric import PieceRule, Rubric, RubricError, TaskRule, score, totals
from tests.builders import RUBRIC_TOML, all_passed, sample_check, sample_rubric

quick = settings(database=None, deadline=None)


def one_piece(points="0.3", judged="laws"):
    piece = PieceRule("2a.forward", "`forward`", Decimal(points), judged)
    return Rubric((TaskRule("2a", "Functions", (piece,)),), "00")


def marks(rubric, *checks):
    piece = score(rubric, checks)[0].pieces[0]
    return [str(value) for value in (piece.earned, piece.lost, piece.pending)]


def test_the_rubric_is_read_as_written():
    rubric = sample_rubric()
    assert rubric.total == Decimal("1.000")
    assert [task.id for task in rubric.tasks] == ["1a", "2a", "2b"]
    assert rubric.tasks[1].pieces[0] == PieceRule(
        "2a.forward", "`BinaryModel.forward`", Decimal("0.225"), "laws"
    )
    assert len(rubric.sha256) == 64


def test_a_rubric_is_loaded_from_its_file(tmp_path):
    path = tmp_path / "rubric.toml"
    path.write_bytes(RUBRIC_TOML)
    assert Rubric.load(path) == sample_rubric()
    with pytest.raises(RubricError, match=r"missing\.toml cannot be read"):
        Rubric.load(tmp_path / "missing.toml")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("total = 1.0", "total = 1.1", "sum to 1.000, but `total` is 1.100"),
        ("total = 1.0", "totals = 1.0", "unknown key 'totals'"),
        ("total = 1.0", "", "`total` is None"),
        ("total = 1.0", "total = ", "not valid TOML"),
        ("points = 0.275", "points = 0.2755", "`points` is 0.2755"),
        ("points = 0.275", "points = -0.275", "`points` is -0.275"),
        ("points = 0.275", "points = nan", "`points` is NaN"),
        ("points = 0.275", 'points = "0.275"', "whole thousandths"),
        ("points = 0.275", "points = true", "`points` is True"),
        ('id = "2a.forward"', 'id = "2b.forward"', "should start with '2a.'"),
        ('id = "2a.forward"', 'id = "2a.backward"', "piece ids appear twice: 2a.backward"),
        ('id = "2b"', 'id = "2a"', "should start with '2a.'"),
        ('id = "2b"', 'id = "2b.x"', "holds a dot"),
        ('judged = "person"', 'judged = "eye"', "`judged` is 'eye'"),
        ('judged = "person"', 'judged = "person"\nbonus = 1', "unknown key 'bonus'"),
        ('title = "Training and its plot"', "", "`title` is None"),
    ],
)
def test_a_wrong_rubric_is_refused_in_words(old, new, said):
    content = RUBRIC_TOML.decode().replace(old, new)
    assert content != RUBRIC_TOML.decode()
    with pytest.raises(RubricError) as error:
        Rubric.parse(content.encode())
    assert said in str(error.value)
    assert str(error.value).startswith("rubric.toml")


def test_a_task_without_pieces_is_refused():
    with pytest.raises(RubricError, match=r"no \[\[piece\]\] tables"):
        Rubric.parse(b'total = 0\n[[task]]\nid = "1a"\ntitle = "x"\n')


def test_points_sum_exactly_where_floats_would_not():
    pieces = "".join(
        f'[[task.piece]]\nid = "1a.{i}"\ntitle = "x"\npoints = 0.1\njudged = "laws"\n'
        for i in range(3)
    )
    Rubric.parse(f'total = 0.3\n[[task]]\nid = "1a"\ntitle = "x"\n{pieces}'.encode())


def test_a_rubric_can_be_restricted_to_some_tasks():
    part = sample_rubric().restricted_to(["2b", "1a"])
    assert [task.id for task in part.tasks] == ["1a", "2b"]
    assert part.total == Decimal("0.475")
    assert part.sha256 == sample_rubric().sha256
    with pytest.raises(RubricError, match=r"no task 9z; the tasks are 1a, 2a, 2b"):
        sample_rubric().restricted_to(["9z"])


def test_everything_passed_earns_everything_but_a_persons_part():
    result = totals(score(sample_rubric(), all_passed()))
    assert (result.earned, result.lost, result.pending) == (
        Decimal("0.900"),
        Decimal("0.000"),
        Decimal("0.100"),
    )


def test_without_its_value_law_a_piece_earns_nothing():
    checks = [sample_check("2a.forward.value", "failed"), sample_check("2a.forward.b", weight=9)]
    assert marks(one_piece(), *checks) == ["0.000", "0.300", "0.000"]


@pytest.mark.parametrize("verdict", ["failed", "errored", "blocked", "not_run"])
def test_a_law_that_did_not_pass_loses_its_share(verdict):
    checks = [
        sample_check("2a.forward.value", weight=2),
        sample_check("2a.forward.b", verdict),
    ]
    assert marks(one_piece(), *checks) == ["0.200", "0.100", "0.000"]


def test_shares_are_rounded_half_up_once():
    halves = [sample_check("2a.forward.value"), sample_check("2a.forward.b", "failed")]
    assert marks(one_piece("0.001"), *halves) == ["0.001", "0.000", "0.000"]
    assert marks(one_piece("0.003"), *halves) == ["0.002", "0.001", "0.000"]


def test_advice_and_evidence_cost_nothing():
    checks = [
        sample_check("2a.forward.value"),
        sample_check("2a.forward.b", "failed", advice=True),
        sample_check("2a.forward.c", "failed", evidence=True),
        sample_check("2a.elsewhere.d", "failed", advice=True),
    ]
    assert marks(one_piece(), *checks) == ["0.300", "0.000", "0.000"]


def test_a_pending_value_law_makes_the_whole_piece_pending():
    checks = [
        sample_check("2a.forward.value", "blocked", pending=True, message="no data here"),
        sample_check("2a.forward.b", "failed"),
    ]
    assert marks(one_piece(), *checks) == ["0.000", "0.000", "0.300"]
    assert score(one_piece(), checks)[0].pieces[0].reason == "no data here"


def test_another_pending_law_makes_its_share_pending():
    checks = [
        sample_check("2a.forward.value"),
        sample_check("2a.forward.b", "blocked", pending=True),
        sample_check("2a.forward.c", "failed"),
    ]
    assert marks(one_piece("0.1"), *checks) == ["0.033", "0.033", "0.034"]


def test_recognition_is_earned_whole_or_pending_but_never_lost():
    rubric = one_piece(judged="recognition")
    passed, failed = sample_check("2a.forward.a"), sample_check("2a.forward.b", "failed")
    assert marks(rubric, passed) == ["0.300", "0.000", "0.000"]
    assert marks(rubric, passed, failed) == ["0.000", "0.000", "0.300"]
    assert marks(rubric) == ["0.000", "0.000", "0.300"]


def test_what_a_person_judges_is_pending():
    assert marks(one_piece(judged="person")) == ["0.000", "0.000", "0.300"]


@pytest.mark.parametrize(
    ("checks", "said"),
    [
        ([], "'2a.forward.value' is missing"),
        ([sample_check("2a.forward.b")], "'2a.forward.value' is missing"),
        ([sample_check("2a.forward.value", advice=True)], "'2a.forward.value' is missing"),
        ([sample_check("3a.forward.value")], "belongs to task '3a'"),
        ([sample_check("2a.softmax.value")], "is not in the rubric"),
    ],
)
def test_laws_and_rubric_that_do_not_fit_are_a_fault_of_the_harness(checks, said):
    with pytest.raises(RubricError, match=said):
        score(one_piece(), checks)


def test_a_scored_law_on_a_persons_piece_is_refused():
    with pytest.raises(RubricError, match="judged by a person"):
        score(one_piece(judged="person"), [sample_check("2a.forward.value")])


def test_a_run_of_some_laws_may_be_scored_without_being_strict():
    task = score(one_piece(), [], strict=False)[0]
    assert (task.earned, task.lost) == (Decimal("0.000"), Decimal("0.300"))


verdicts = st.sampled_from([*Verdict, "pending"])
weights = st.one_of(st.integers(1, 9).map(float), st.floats(0.01, 100.0))


@st.composite
def rubrics_and_checks(draw):
    tasks, checks = [], []
    for t in range(draw(st.integers(1, 3))):
        pieces = []
        for p in range(draw(st.integers(1, 3))):
            judged = draw(st.sampled_from(["laws", "recognition", "person"]))
            points = Decimal(draw(st.integers(0, 700))).scaleb(-3)
            pieces.append(PieceRule(f"t{t}.p{p}", "x", points, judged))
            scored = draw(st.integers(0 if judged == "recognition" else 1, 4))
            for n in range(scored if judged != "person" else 0):
                verdict = draw(verdicts)
                checks.append(
                    sample_check(
                        f"t{t}.p{p}.{'value' if n == 0 else n}",
                        "blocked" if verdict == "pending" else verdict,
                        pending=verdict == "pending",
                        weight=draw(weights),
                    )
                )
            for n in range(draw(st.integers(0, 1))):
                checks.append(sample_check(f"t{t}.p{p}.advice{n}", "failed", advice=True))
        tasks.append(TaskRule(f"t{t}", "x", tuple(pieces)))
    return Rubric(tuple(tasks), "00"), checks


@given(rubrics_and_checks())
@quick
def test_sums_hold_exactly_for_any_rubric_and_any_verdicts(drawn):
    rubric, checks = drawn
    tasks = score(rubric, checks)
    result = totals(tasks)
    assert result.total == rubric.total
    assert result.earned + result.lost + result.pending == rubric.total
    for task, rule in zip(tasks, rubric.tasks, strict=True):
        for piece, piece_rule in zip(task.pieces, rule.pieces, strict=True):
            assert piece.earned + piece.lost + piece.pending == piece_rule.points
            assert (piece.earned * 1000) % 1 == 0
            if piece.judged != "laws":
                assert piece.lost == 0
            if piece.judged == "person":
                assert piece.pending == piece_rule.points
    assert sum(len(task.checks) for task in tasks) == len(checks)


@given(rubrics_and_checks(), st.data())
@quick
def test_passing_one_law_more_never_earns_less(drawn, data):
    rubric, checks = drawn
    failed = [i for i, check in enumerate(checks) if check.verdict is not Verdict.PASSED]
    if not failed:
        return
    index = data.draw(st.sampled_from(failed))
    mended = sample_check(
        checks[index].id, weight=checks[index].weight, advice=checks[index].advice
    )
    before = totals(score(rubric, checks))
    after = totals(score(rubric, [*checks[:index], mended, *checks[index + 1 :]]))
    assert after.earned >= before.earned


@given(rubrics_and_checks())
@quick
def test_a_value_law_that_did_not_pass_earns_nothing(drawn):
    rubric, checks = drawn
    by_id = {check.id: check for check in checks}
    for task in score(rubric, checks):
        for piece in task.pieces:
            value = by_id.get(f"{piece.id}.value")
            if piece.judged == "laws" and value and value.verdict is not Verdict.PASSED:
                assert piece.earned == 0
                assert (piece.pending if value.pending else piece.lost) == piece.points
