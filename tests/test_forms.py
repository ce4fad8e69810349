"""Answers are checked for their form: what the adapter cannot have built is a protocol error."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.answers import FORMS
from gradus.forms import ANYTHING, Mapping, Several, Text, Vector, fits
from gradus.results import Verdict
from gradus.worker.wire import Opaque
from tests import submissions
from tests.submissions import check, earned, replace, sample_copy
from tests.test_failures import TIGHT

PLAIN = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=3),
    st.sampled_from([np.zeros(2), np.zeros((2, 2), np.int64), np.array(1), np.array([], bool)]),
    st.just(Opaque("x.Y")),
)
KEYS = st.sampled_from(["w", "grad", "outputs", "inputs", "X", "grads", "epochs", "steps", "$"])
VALUES = st.recursive(
    PLAIN,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=12,
)


ARGUMENTS = {"times": 2, "grads": [0, 0], "epochs": 2, "losses": [0, 0]}


def form_of(operation: str) -> Any:
    form = FORMS[operation]
    return form(ARGUMENTS) if callable(form) and not isinstance(form, type) else form


@settings(database=None, deadline=None, max_examples=300)
@given(VALUES, st.sampled_from(sorted(FORMS)))
def test_whether_a_value_fits_is_always_decided(value: Any, operation: str) -> None:
    assert fits(value, form_of(operation)) in (True, False)


@pytest.mark.parametrize(
    ("value", "form"),
    [
        (object(), ANYTHING),
        (3, int),
        (None, None),
        (None, (str, None)),
        ("a", (str, None)),
        ([], [int]),
        ([1, 2], [int]),
        ([1], Several(int)),
        ({"a": 1}, {"a": int}),
        ({"x": "y"}, Mapping(str)),
        (np.zeros(3), Vector("f")),
        (np.array([0, 4]), Vector("i", below=5)),
        (np.array([], np.int64), Vector("i", below=5)),
        (np.array([0, 2, 2]), Vector("i", at_most=3, rising=True)),
        (np.array([], np.int64), Vector("i", at_most=0, rising=True)),
        ("abc", Text(3)),
    ],
)
def test_what_has_the_form_fits(value: Any, form: Any) -> None:
    assert fits(value, form)


@pytest.mark.parametrize(
    ("value", "form"),
    [
        (True, int),
        (1, bool),
        (1.0, int),
        ("", None),
        (3, (str, None)),
        ("ab", [str]),
        ([1, "2"], [int]),
        ([], Several(int)),
        ([1, 2, 3], Several(int, 2, 2)),
        ({}, {"a": int}),
        ({"a": 1, "b": 2}, {"a": int}),
        ({"x": 1}, Mapping(str)),
        (np.zeros((3, 1)), Vector("f")),
        (np.zeros(3), Vector("i")),
        (np.array([0, 5]), Vector("i", below=5)),
        (np.zeros(4, np.int64), Vector("i", at_most=3)),
        (np.array([0, 2, 1]), Vector("i", rising=True)),
        (np.array([-1, 0]), Vector("i", rising=True)),
        ("abcd", Text(3)),
        (3, Text(3)),
        ([0.0], Vector("f")),
        (Opaque("x"), {"a": int}),
    ],
)
def test_what_has_another_form_does_not_fit(value: Any, form: Any) -> None:
    assert not fits(value, form)


REPLACING = """
import gc
class Garbage(dict):
    def get(self, name, default=None):
        def answer(**arguments):
            count = arguments.get('times') or len(arguments.get('grads', ())) or 2
            found = {table}.get(name, {garbage})
            if name in ('backward', 'train_step'):
                for key in ('grads', 'losses', 'weights'):
                    if key in found: found[key] = found[key][:1] * count
            return found
        return answer
for found in gc.get_objects():
    if type(found).__name__ == "Server" and hasattr(found, "_operations"):
        found._operations = Garbage()
return None
"""


@pytest.mark.parametrize("garbage", ["'full marks'", "None", "{}", "[]", "7", "[[]]", "arguments"])
def test_replaced_operations_are_the_submissions_own_fault(garbage: str, tmp_path: Path) -> None:
    folder = sample_copy(tmp_path / "submission")
    _grade_with(folder, garbage, "{}")


def in_source(form: Any, anything: str, length: int) -> str:
    """A value of this form as Python source, with `anything` where the submission decides."""
    if form is ANYTHING:
        return anything
    if isinstance(form, tuple):
        return in_source(form[-1], anything, length)
    if isinstance(form, dict):
        items = (f"{key!r}: {in_source(one, anything, length)}" for key, one in form.items())
        return f"{{{', '.join(items)}}}"
    if isinstance(form, Mapping):
        return f"{{'x': {in_source(form.form, anything, length)}}}"
    if isinstance(form, list | Several):
        inner = form[0] if isinstance(form, list) else form.form
        count = max(length, 0 if isinstance(form, list) else form.at_least)
        count = min(count, getattr(form, "at_most", None) or count)
        return f"[{', '.join([in_source(inner, anything, length)] * count)}]"
    if isinstance(form, Vector):
        return f"np.zeros({length}, {'float' if form.kinds == 'f' else 'int'})"
    if isinstance(form, Text):
        return "'text'"
    return {int: "3", bool: "True", str: "'text'", None: "None"}[form]


@pytest.mark.parametrize("length", [0, 2])
@pytest.mark.parametrize("anything", ["'text'", "{}", "[[1], 'a']", "np.zeros(3)", "np.nan"])
def test_answers_of_the_right_form_that_hold_anything_are_judged_by_laws(
    anything: str, length: int, tmp_path: Path
) -> None:
    table = {name: in_source(form_of(name), anything, length) for name in FORMS}
    written = ", ".join(f"{name!r}: {source}" for name, source in table.items())
    _grade_with(sample_copy(tmp_path / "submission"), anything, f"{{{written}}}")


def _grade_with(folder: Path, garbage: str, table: str) -> None:
    """Grade the sample after it has replaced what the worker answers, of the first call on."""
    source = REPLACING.replace("{garbage}", garbage).replace("{table}", table)
    body = textwrap.indent(source, " " * 4)
    line = "    return np.hstack([X, np.ones((X.shape[0], 1))])\n"
    replace(folder / "task2a.py", line, body)
    result = submissions.graded(folder, TIGHT)
    assert earned(result)["2a.preprocess"] == 0
    value = check(result, "2a.preprocess.value")
    assert value.verdict in (Verdict.FAILED, Verdict.ERRORED)
