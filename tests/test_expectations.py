"""How a law says what it expects, and the words for what it found instead."""

from __future__ import annotations

import math
from typing import Any

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradus import expect
from gradus.expect import NotWritten, Tolerance, Violation

EXACT = Tolerance(0.0, 0.0)
FINE = Tolerance(1e-9, 1e-12)
finite = st.floats(-1e6, 1e6)


class Foreign:
    """What the wire gives for an object that has no numbers in it."""

    type_name = "SoftmaxModel"


def violation(call: Any, *arguments: Any, **keywords: Any) -> Violation:
    with pytest.raises(Violation) as caught:
        call(*arguments, **keywords)
    return caught.value


def test_an_array_that_agrees_comes_back() -> None:
    got = expect.close(np.array([[1.0, 2.0]]), [[1.0, 2.0 + 1e-13]], FINE, "outputs")
    np.testing.assert_array_equal(got, [[1.0, 2.0]])


def test_the_message_names_the_entry_what_it_is_and_what_it_should_be() -> None:
    error = violation(
        expect.close, np.array([[0.5, 0.7], [0.1, 0.2]]), [[0.5, 0.5], [0.1, 0.2]], FINE, "outputs"
    )
    assert str(error) == "`outputs[0, 1]` is 0.7, but should be 0.5; 1 of 4 entries differ"
    assert (error.got, error.should_be) == ("0.7", "0.5")
    assert (error.expression, error.name, error.index) == ("outputs[0, 1]", "outputs", (0, 1))


def test_the_entry_that_is_named_is_the_one_furthest_off_in_units_of_its_tolerance() -> None:
    error = violation(
        expect.close, np.array([1000.5, 1.1]), [1000.0, 1.0], Tolerance(1e-3, 1e-6), "w"
    )
    assert error.expression == "w[1]"


def test_a_single_number_is_named_without_an_index() -> None:
    error = violation(expect.close, 0.4, 0.5, FINE, "loss", because="the mean")
    assert str(error) == "`loss` is 0.4, but should be 0.5 (the mean)"
    assert error.index is None


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_nan_and_infinity_are_never_close_to_a_number(bad: float) -> None:
    error = violation(expect.close, np.array([bad]), [1.0], Tolerance(1e9, 1e9), "loss")
    assert error.expression == "loss[0]"


def test_nan_is_not_close_to_nan() -> None:
    violation(expect.close, np.array([math.nan]), [math.nan], FINE, "loss")


def test_infinity_is_what_it_should_be_where_infinity_is_expected() -> None:
    expect.close(np.array([math.inf]), [math.inf], FINE, "loss")


def test_an_exact_tolerance_takes_equal_values() -> None:
    expect.close(np.array([0.0, 1.0]), [0.0, 1.0], EXACT, "encoded")
    violation(expect.close, np.array([0.0, 1.0 + 2**-52]), [0.0, 1.0], EXACT, "encoded")


@settings(database=None, deadline=None)
@given(got=finite, should=finite, relative=st.floats(0, 0.5), absolute=st.floats(1e-12, 10))
def test_close_is_the_stated_inequality(
    got: float, should: float, relative: float, absolute: float
) -> None:
    off, allowed = abs(got - should), absolute + relative * abs(should)
    if abs(off - allowed) <= 1e-12 * max(off, allowed):
        return  # at the border the two ways of writing it may round apart
    if off < allowed:
        expect.close(got, should, Tolerance(relative, absolute), "x")
    else:
        violation(expect.close, got, should, Tolerance(relative, absolute), "x")


@settings(database=None, deadline=None)
@given(hnp.arrays(np.float64, hnp.array_shapes(max_dims=3, max_side=4), elements=finite))
def test_every_array_is_close_to_itself(value: np.ndarray) -> None:
    np.testing.assert_array_equal(expect.close(value, value, EXACT, "x"), value)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.int64, np.uint8, np.bool_])
def test_any_numeric_dtype_is_compared_as_numbers(dtype: Any) -> None:
    expect.close(np.array([1, 0], dtype), [1.0, 0.0], EXACT, "encoded")


def test_unsigned_numbers_do_not_wrap_around_when_they_are_compared() -> None:
    error = violation(expect.close, np.array([0], np.uint8), [1.0], FINE, "encoded")
    assert error.got == "0"


def test_another_shape_is_told_before_any_entry() -> None:
    error = violation(expect.close, np.zeros(3), np.zeros((3, 1)), FINE, "outputs")
    assert str(error) == "`outputs` has shape (3,), but should have shape (3, 1)"
    assert error.expression == "np.shape(outputs)"


def test_an_array_that_would_broadcast_is_still_another_shape() -> None:
    violation(expect.close, np.zeros((1, 4)), np.zeros((3, 4)), FINE, "outputs")


def test_none_is_not_written_yet() -> None:
    with pytest.raises(NotWritten) as caught:
        expect.array(None, "grad")
    assert str(caught.value) == "`grad` is None: not written yet, or never returned or set"


@pytest.mark.parametrize(
    ("value", "called"),
    [
        ([1, 2], "a list"),
        ((1, 2), "a tuple"),
        ({}, "a dict"),
        ("0.5", "a string"),
        (Foreign(), "an object of type SoftmaxModel"),
        (np.array(["a"]), "an array of <U1"),
        (np.array([1j]), "an array of complex128"),
    ],
)
def test_what_is_no_array_of_numbers_is_called_by_its_name(value: Any, called: str) -> None:
    error = violation(expect.array, value, "outputs")
    assert str(error) == f"`outputs` is {called}, but should be an array of numbers"
    assert not isinstance(error, NotWritten)


@pytest.mark.parametrize("value", [0.25, np.float32(0.25), np.array(0.25), np.array([[0.25]])])
def test_one_number_may_come_in_any_shape(value: Any) -> None:
    value = value if isinstance(value, (float, np.ndarray)) else np.asarray(value)
    assert expect.one_number(value, "loss") == 0.25


@pytest.mark.parametrize("shape", [(0,), (2,), (2, 1)])
def test_more_or_fewer_than_one_number_are_refused(shape: tuple[int, ...]) -> None:
    error = violation(expect.one_number, np.zeros(shape), "loss")
    assert str(error) == f"`loss` has shape {shape}, but should be one number"


def test_a_condition_carries_its_own_words() -> None:
    expect.holds(True, "never said", got="", should_be="", expression="x")
    error = violation(
        expect.holds, False, "`x` is odd", got="3", should_be="an even number", expression="x"
    )
    assert (str(error), error.got, error.should_be) == ("`x` is odd", "3", "an even number")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (np.float64(0.1), "0.1"),
        (np.float32(0.5), "0.5"),
        (1 / 3, "0.3333333333"),
        (np.uint8(7), "7"),
        (-0.0, "0"),
        (True, "True"),
        (1e-300, "1e-300"),
        (math.nan, "nan"),
    ],
)
def test_numbers_are_written_without_dtype_or_noise(value: Any, text: str) -> None:
    assert expect.number(value) == text
    assert expect.written(value) == text


def test_small_arrays_are_written_out_and_large_ones_described() -> None:
    assert expect.written(np.array([[1.0, 0.5]])) == "[[1. , 0.5]]"
    assert expect.written(np.array(0.5)) == "0.5"
    assert "..." not in expect.written(np.arange(40.0))
    assert expect.written(np.zeros((785, 10))) == "array of shape (785, 10), float64"
    assert expect.written("text") == "'text'"
