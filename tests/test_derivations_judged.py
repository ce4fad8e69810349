"""Typed derivations: honest ways are complete, slips are named, and padding earns nothing."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from checks.derivations import QUESTIONS
from gradus.derivations.judging import Judged, judge
from tests.padded_derivations import (
    GENUINE,
    LOGISTIC,
    LOGISTIC_CHAIN,
    LOGISTIC_END,
    OTHER_PADDING,
    PADDING,
    POOLS,
    SOFTMAX,
    earns,
    shortened,
)
from tests.typed_derivations import LATEX, PYTHON, typed

EVERY = [
    *(pytest.param(task, text, "python", id=name) for name, (task, text) in PYTHON.items()),
    *(pytest.param(task, text, "latex", id=name) for name, (task, text) in LATEX.items()),
]


def judged(task: str, *lines: str, notation: str = "python") -> Judged:
    return judge(typed("\n".join(lines), notation), QUESTIONS[task], 0)


@pytest.mark.parametrize(("task", "text", "notation"), EVERY)
def test_an_honest_derivation_is_complete(task: str, text: str, notation: str) -> None:
    found = judge(typed(text, notation), QUESTIONS[task], 0)
    assert found.lacks is None
    assert all(line.holds for line in found.lines)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_verdict_does_not_depend_on_the_seed(seed: int) -> None:
    for task, text in list(PYTHON.values())[::4]:
        assert judge(typed(text), QUESTIONS[task], seed).lacks is None


# Slips


def test_the_slip_of_the_report_is_named_with_numbers() -> None:
    found = judged(
        "1a",
        "l^n = -y ln(yhat) + (1-y) ln(1-yhat)",
        "d(l^n)/d(w_i) = d(l^n)/d(yhat) * d(yhat)/d(w_i)",
        "= -(y/yhat - (1-y)/(1-yhat)) * yhat*(1-yhat)*x_i",
        "= -x_i*(y - yhat)",
    )
    assert [line.holds for line in found.lines] == [False, True, True, True]
    assert found.lacks is not None
    assert found.lacks.startswith(
        "line 1 breaks: `l^n = -y ln(yhat) + (1-y) ln(1-yhat)`: where y = 0."
    )
    assert "the assignment's `l` is" in found.lacks


def with_line(text: str, old: str, new: str) -> str:
    """A derivation with the only line that holds `old` changed."""
    assert text.count(old) == 1
    return text.replace(old, new)


@pytest.mark.parametrize(
    ("name", "old", "new", "breaks"),
    [
        (
            "1a, each factor in turn",
            "(y/yhat - (1-y)/(1-yhat)) * d(",
            "(y/yhat - (1-y)/yhat) * d(",
            3,
        ),
        ("1a, each factor in turn", "= -(y*(1-yhat) - (1", "= -(y*(1-yhat) + (1", 5),
        ("1a, each factor in turn", "= -(y - yhat)*x_i", "= (y - yhat)*x_i", 6),
        ("1a, three factors", "dyhat/dz = yhat*(1-yhat)", "dyhat/dz = yhat*(yhat-1)", 4),
        ("1a, three factors", "dz/dw_i = x_i", "dz/dw_i = w_i", 5),
        ("1a, the mean over a batch", "C = 1/N*sum(C^n", "C = sum(C^n", 1),
        ("1b, log-sum-exp", "+ ln(sum(exp(z_l) for l))", "- ln(sum(exp(z_l) for l))", 2),
        ("1b, log-sum-exp", "= -y_k*x_j + exp", "= -y_k*x_j - exp", 4),
        ("1b, the Jacobian of yhat", "= yhat_l (delta_lk -", "= yhat_k (delta_lk -", 4),
        ("1b, two cases", "= -yhat_k*yhat_i for", "= yhat_k*yhat_i for", 3),
        ("4a, the penalty written out", "= d(C)/d(w) + 2 lambda w", "= d(C)/d(w) + lambda w", 4),
        ("4a, the penalty written out", "x^T (y - yhat)/N + 2", "x^T (y - yhat) + 2", 5),
        ("4a, the penalty written out", "/N + 2 lambda w", "/N + 2 lambda w/N", 5),
        ("4a, index by index for one image", "dR/dw_kj = 2 w_kj", "dR/dw_kj = 2 w_kj^2", 3),
    ],
)
def test_a_wrong_line_is_the_one_that_breaks(name: str, old: str, new: str, breaks: int) -> None:
    task, text = PYTHON[name]
    found = judge(typed(with_line(text, old, new)), QUESTIONS[task], 0)
    wrong = [number for number, line in enumerate(found.lines, 1) if line.holds is False]
    assert wrong == [breaks]
    assert f"line {breaks} breaks" in str(found.lacks)
    assert "but this line gives" in str(found.lines[breaks - 1].says)


def test_what_cannot_be_read_is_left_to_a_person_and_what_follows_it_is_not_blamed() -> None:
    found = judged("1a", LOGISTIC, "dC/dw_i = dC/dyhat ? dyhat/dw_i", "= -(y - yhat)*x_i")
    assert [line.holds for line in found.lines] == [True, None, None]
    assert "line 2" in str(found.lacks)
    assert "`?` is not part of the notation" in str(found.lacks)
    assert "continues line 2" in str(found.lines[2].says)


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (["y = y"], "no line states C as equation 3 does"),
        (["C = C", LOGISTIC_CHAIN, LOGISTIC_END], "no line writes out C as equation 3 does"),
        ([LOGISTIC], "no line states the derivative that was asked for"),
        ([LOGISTIC, LOGISTIC_CHAIN], "it still holds a derivative"),
        ([LOGISTIC, "dC/dw_i = (1/(1+exp(-z)) - y)*x_i"], "it still holds a fraction or a power"),
        ([LOGISTIC, "dC/dw_i = -(y*(1-yhat) - (1-y)*yhat)*x_i"], "terms of it still cancel"),
        ([LOGISTIC, "dC/dw_i = -(y - yhat)*x_i + z - z*1"], "it still holds `z`"),
        (["C = 1/0", LOGISTIC_END], "the assignment's `C` is"),
        ([LOGISTIC, "dC/dw_i = 7 for i != i"], "the condition on its indices never holds"),
        ([LOGISTIC, "dC/dw_i = 7 for i != j"], "nothing tells what the index `j` counts"),
        ([LOGISTIC, "x_i*w_j = x_j*w_i for i = j", "dC/dw_i = 7*y"], "line 3 breaks"),
    ],
)
def test_what_is_missing_is_said(lines: list[str], says: str) -> None:
    assert says in str(judged("1a", *lines).lacks)


# Padding


@pytest.mark.parametrize("lines", PADDING.values(), ids=PADDING.keys())
def test_padding_between_statement_and_result_earns_nothing(lines: list[str]) -> None:
    found = judged("1a", LOGISTIC, *lines, LOGISTIC_END)
    assert all(line.holds for line in found.lines), found.lines
    assert found.lacks is not None


@pytest.mark.parametrize(("task", "lines"), OTHER_PADDING)
def test_padding_earns_nothing_in_the_other_tasks(task: str, lines: list[str]) -> None:
    found = judged(task, *lines)
    assert all(line.holds for line in found.lines), found.lines
    assert found.lacks is not None


def test_a_line_for_some_indices_is_no_line_of_the_chain() -> None:
    found = judged(
        "1b",
        SOFTMAX,
        "dC/dw_kj = sum(dC/dz_l*dz_l/dw_kj for l)",
        "d(C)/d(z_l) = -sum(y_k/yhat_k*yhat_k*(delta_kl - yhat_l) for k)",
        "dz_l/dw_kj = x_j for l = k",
        "dC/dw_kj = -x_j*(y_l - yhat_l) for k = l",
    )
    assert all(line.holds for line in found.lines), found.lines
    assert "the last line is not yet the result" in str(found.lacks)


def test_points_are_drawn_anew_for_each_text_so_that_no_line_can_be_made_to_fit() -> None:
    def first_y(comment: str) -> str:
        says = str(judged("1a", "C = y", f"yhat = y{comment}").lines[0].says)
        return says.partition("the assignment")[0]

    assert first_y("") != first_y(" + 0")
    assert first_y("") == first_y("")


@pytest.mark.parametrize("value", ["ln(-1)", "0/0", "1/0 - 1/0", "exp(exp(999999999))", "0*ln(0)"])
def test_what_is_no_number_equals_nothing(value: str) -> None:
    found = judged("1a", f"C = {value}", f"dC/dw_i = {value}", f"{value} = {value}")
    assert [line.holds for line in found.lines] == [False, False, False]


def doubling(times: int) -> list[str]:
    """Definitions of which each takes twice as long as the one before."""
    names = [f"u{'v' * i}" for i in range(times)]
    return ["u = y", *(f"{new} = {old}*{old}" for old, new in itertools.pairwise(names))]


def test_what_would_take_too_long_is_left_to_a_person() -> None:
    found = judged("1a", *doubling(40), LOGISTIC)
    assert found.lacks is not None
    assert "takes too long to check" in found.lacks


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(POOLS)).flatmap(
        lambda task: st.tuples(st.just(task), st.lists(st.sampled_from(POOLS[task]), max_size=8))
    )
)
@example(
    (
        "1a",
        [
            LOGISTIC_CHAIN,
            f"{LOGISTIC_END} + 0",
            "= -(y-yhat)*x_i + yhat*(1-yhat)*x_i - yhat*(1-yhat)*x_i",
        ],
    )
)
def test_no_mixture_of_padding_earns(mixture: tuple[str, list[str]]) -> None:
    """A line that works something out has to be in it, and a use of the chain rule."""
    task, lines = mixture
    if earns(task, lines):
        needed = shortened(task, lines)
        assert GENUINE[task] & set(needed)
        assert any(len(re.findall(r"\bd[(a-zA-Z]", line)) >= 2 for line in needed)


@pytest.mark.parametrize("line", sorted(GENUINE["1a"]))
def test_a_line_that_works_something_out_earns_beside_a_use_of_the_chain_rule(line: str) -> None:
    chain = "dC/dw_i = dC/dz*dz/dw_i" if line.startswith("C") else LOGISTIC_CHAIN
    assert earns("1a", [chain, line])
