"""The statistics of a class: they add up to its results, in whatever order these come."""

from __future__ import annotations

import gc
import json
import random
import weakref
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradus.cohort.outcome import Outcome
from gradus.cohort.summary import Cohort, Identical
from gradus.cohort.tally import summarised
from gradus.results import Claim, Diagnosis, Result, Source, Submission, Verdict, comparable
from tests.builders import all_passed, mixed_checks, sample_check, sample_result
from tests.drawn_results import results
from tests.synthetic import a_class, outcome_of

quick = settings(database=None, deadline=None, max_examples=25)
Pairs = list[tuple[Outcome, Result | None]]


def called(id: str, result: Result, **fields: Any) -> Result:
    """The result of another submission."""
    submission = Submission(id=id, sha256=fields.pop("sha256", id), edition="2021", **fields)
    return result.model_copy(update={"submission": submission})


def of(*results: Result) -> Cohort:
    return summarised("Course", [(outcome_of(result), result) for result in results])


@st.composite
def classes(draw: st.DrawFn) -> Pairs:
    """Up to six submissions of any kind."""
    pairs: Pairs = []
    for number in range(draw(st.integers(0, 6))):
        id = f"s{number}"
        status: Any = draw(st.sampled_from(["graded", "graded", "refused", "fault"]))
        if status == "graded":
            result = called(id, draw(results(most_tasks=2)))
            pairs.append((outcome_of(result, draw(st.floats(0, 1e3))), result))
        else:
            pairs.append((Outcome(id=id, folder=id, status=status, sentence="no"), None))
    return pairs


@quick
@given(classes())
def test_what_is_summed_up_agrees_with_the_results(pairs: Pairs) -> None:
    cohort = summarised("Course", pairs)
    graded = [result for _, result in pairs if result is not None]
    for name in ("earned", "lost", "available", "pending", "total"):
        expected = sum((getattr(result.score, name) for result in graded), Decimal(0))
        assert getattr(cohort.sums, name) == expected
    status = Counter(outcome.status for outcome, _ in pairs)
    assert cohort.counts.submissions == len(pairs)
    assert cohort.counts.graded == len(graded) == status["graded"]
    assert (cohort.counts.refused, cohort.counts.fault) == (status["refused"], status["fault"])
    assert sum(each.count for each in cohort.distribution) == len(graded)
    for law in cohort.laws:
        verdicts = Counter(
            check.verdict for result in graded for check in result.checks if check.id == law.id
        )
        assert {v: getattr(law, v.value) for v in Verdict} == {v: verdicts[v] for v in Verdict}
    for task in cohort.tasks:
        own = [each for result in graded for each in result.tasks if each.id == task.id]
        assert task.graded == len(own)
        assert task.sums.earned == sum(each.earned for each in own)
        assert task.whole == sum(not each.lost for each in own)
    assert [row.id for row in cohort.rows] == sorted(outcome.id for outcome, _ in pairs)


@quick
@given(classes(), st.randoms(use_true_random=False))
def test_the_order_of_the_submissions_changes_nothing(pairs: Pairs, chance: random.Random) -> None:
    shuffled = list(pairs)
    chance.shuffle(shuffled)
    assert summarised("Course", shuffled).to_json() == summarised("Course", pairs).to_json()


def test_two_runs_differ_in_their_seconds_alone() -> None:
    def with_seconds(seconds: float) -> dict[str, Any]:
        pairs = [(outcome_of(r, seconds), r) for _, r in a_class(20) if r is not None]
        loaded: dict[str, Any] = json.loads(summarised("Course", pairs).to_json())
        return loaded

    one, other = with_seconds(1.0), with_seconds(7.5)
    assert one != other
    assert comparable(one) == comparable(other)


@quick
@given(classes())
def test_cohort_json_is_read_back(pairs: Pairs) -> None:
    cohort = summarised("Course", pairs)
    text = cohort.to_json()
    assert Cohort.from_json(text) == cohort
    assert text.isascii()


def test_a_summary_whose_marks_do_not_add_up_is_refused() -> None:
    document = json.loads(of(sample_result()).to_json())
    document["rows"][0]["earned"] += 0.001
    with pytest.raises(ValueError, match=r"`earned` is .* but the submissions give"):
        Cohort.from_json(json.dumps(document))


def test_a_named_mistake_is_counted_once_a_submission_and_says_whose_it_was() -> None:
    twice = Diagnosis(fault="2a.forward.sign", says="the sign is wrong", fix="x")
    checks = [
        sample_check("2a.forward.value", "failed", diagnosis=(twice,)),
        sample_check("2a.forward.log-odds", "failed", diagnosis=(twice,)),
        *(check for check in all_passed() if check.piece != "2a.forward"),
    ]
    wrong = sample_result(checks)
    cohort = of(called("b", wrong), called("a", wrong), called("c", sample_result(all_passed())))
    (mistake,) = cohort.mistakes
    assert (mistake.fault, mistake.who) == ("2a.forward.sign", ("a", "b"))
    assert [row.mistakes for row in cohort.rows] == [("2a.forward.sign",)] * 2 + [()]
    assert [len(row.broken) for row in cohort.rows] == [2, 2, 0]


def test_what_could_not_be_loaded_is_told_once_with_the_laws_it_cost() -> None:
    says = "task2a.py could not be imported: SyntaxError"
    checks = [
        sample_check(check.id, "errored", message=says) if check.task == "2a" else check
        for check in all_passed()
    ]
    (entry,) = of(called("a", sample_result(checks))).not_loaded
    assert (entry.id, entry.says, entry.laws) == ("a", says, 3)


def test_contradicted_claims_and_evidence_are_listed() -> None:
    cohort = of(called("a", sample_result(mixed_checks())))
    assert [(each.id, each.claim) for each in cohort.contradicted] == [("a", "interval")]
    assert cohort.rows[0].contradicted == 1
    assert cohort.rows[0].look_here == ("2b.train_step.replay",)


def test_conventions_are_counted_the_commonest_first() -> None:
    found = [
        called(id, sample_result(conventions={"coefficient": value}))
        for id, value in [("a", 2), ("b", 1), ("c", 2), ("d", [1, "x"])]
    ]
    (convention,) = of(*found).conventions
    assert [(each.value, each.who) for each in convention.values] == [
        (2, ("a", "c")),
        (1, ("b",)),
        ([1, "x"], ("d",)),
    ]


def test_results_of_several_rubrics_seeds_or_data_are_told_apart() -> None:
    result = sample_result()
    other = result.model_copy(update={"harness": result.harness.model_copy(update={"seed": 8})})
    cohort = of(called("a", result), called("b", other), called("c", result))
    assert [(each.seed, each.count) for each in cohort.conditions] == [(7, 2), (8, 1)]


@pytest.mark.parametrize(
    ("earned", "quartiles"),
    [
        ([0], (0, 0, 0, 0, 0)),
        ([1, 2], (1, 1, 1, 2, 2)),
        ([4, 1, 3, 2], (1, 1, 2, 3, 4)),
        ([5, 1, 4, 2, 3], (1, 2, 3, 4, 5)),
    ],
)
def test_the_spread_are_marks_that_somebody_has(
    earned: Sequence[int], quartiles: Sequence[int]
) -> None:
    from gradus.cohort.tally import _spread

    found = _spread(sorted(Decimal(each) for each in earned))
    assert tuple(int(value) for value in found.model_dump().values()) == quartiles


def source(file: str, syntax: str, content: str, nodes: int = 200) -> Source:
    return Source(file=file, sha256=content, syntax=syntax, nodes=nodes)


def sharing(*sources: tuple[Source, ...]) -> Cohort:
    result = sample_result(all_passed())
    return of(*(called(f"s{n}", result, sources=each) for n, each in enumerate(sources)))


def test_files_are_the_same_byte_for_byte_or_in_their_syntax() -> None:
    cohort = sharing(
        (source("a.py", "A", "1"), source("b.py", "B", "1"), source("c.py", "C0", "c0")),
        (source("a.py", "A", "1"), source("b.py", "B", "2"), source("c.py", "C1", "c1")),
        (source("a.py", "X", "3"), source("b.py", "Y", "3"), source("c.py", "C2", "c2")),
    )
    assert cohort.identical == (
        Identical(how="bytes", files=("a.py",), nodes=200, who=("s0", "s1")),
        Identical(how="syntax", files=("b.py",), nodes=200, who=("s0", "s1")),
    )


def test_whole_submissions_that_are_the_same_are_told_once() -> None:
    result = sample_result(all_passed())
    files = (source("a.py", "A", "1"),)
    cohort = of(*(called(id, result, sha256="same", sources=files) for id in ("b", "a")))
    assert cohort.identical == (Identical(how="submission", files=(), nodes=0, who=("a", "b")),)


def test_what_many_share_and_what_is_tiny_is_left_out_and_the_first_is_named() -> None:
    handed_out = source("utils.py", "U", "u")
    tiny = source("task2.py", "T", "t", nodes=5)
    cohort = sharing(*((handed_out, tiny, source("a.py", f"{n}", f"{n}")) for n in range(5)))
    assert cohort.identical == ()
    assert [(each.file, each.count) for each in cohort.widespread] == [("utils.py", 5)]


def test_the_same_file_under_two_names_is_no_match() -> None:
    cohort = sharing((source("a.py", "A", "1"),), (source("b.py", "A", "1"),))
    assert cohort.identical == ()


def test_only_one_result_is_held_at_a_time() -> None:
    made: list[weakref.ref[Result]] = []
    most = 0

    def counted() -> Iterator[tuple[Outcome, Result | None]]:
        nonlocal most
        template = sample_result()
        for number in range(30):
            result = called(f"s{number}", template)
            made.append(weakref.ref(result))
            yield outcome_of(result), result
            del result
            gc.collect()
            most = max(most, sum(each() is not None for each in made))

    summarised("Course", counted())
    assert len(made) == 30
    assert most <= 2


def test_claims_that_were_reproduced_are_not_listed() -> None:
    fine = Claim(id="x", task="2d", stated=1, measured=1, verdict="reproduced")
    assert of(called("a", sample_result(claims=(fine,)))).contradicted == ()
