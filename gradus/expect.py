"""How a law says what it expects: each function returns quietly or raises `Violation`.

A violation states what was looked at, what it was, and what it should have been, in the form of
"`outputs[2, 0]` is 0.7, but should be 0.5". `name` is always an expression that a student can type
after the snippet: the grader shows it as code.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, Any]


class Tolerance(NamedTuple):
    """|got - should| <= absolute + relative * |should|."""

    relative: float
    absolute: float


@dataclass
class Violation(Exception):
    """A law does not hold.

    `expression` is what to print to see `got`; `index` its place where `name` is an array.
    """

    message: str
    got: str
    should_be: str
    expression: str | None = None
    name: str | None = None
    index: tuple[int, ...] | None = None

    def __str__(self) -> str:
        return self.message


class ForAPerson(Exception):
    """A law cannot decide: its points wait for a person, with this message for them."""


class NotWritten(Violation):
    """What a law looks at is plainly unfinished."""


def number(value: Any) -> str:
    """A scalar as a person writes it: no dtype, no trailing noise."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return f"{value + 0.0:.10g}"  # -0.0 is 0 to a reader
    return str(value)


def written(value: Any) -> str:
    """A short, complete or plainly abridged rendering of a value."""
    if isinstance(value, np.ndarray):
        if value.ndim == 0:
            return number(value[()])
        if value.size <= 40:
            return np.array2string(value, separator=", ", precision=10, threshold=50)
        return f"array of shape {value.shape}, {value.dtype}"
    return number(value) if isinstance(value, (int, float, np.generic)) else repr(value)


def array(value: Any, name: str) -> Array:
    """`value` as a numeric array, or a violation that says what came instead."""
    if value is None:
        raise NotWritten(
            f"`{name}` is None: not written yet, or never returned or set",
            "None",
            "an array",
            name,
            name,
        )
    if isinstance(value, (bool, int, float)):
        value = np.asarray(value)
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "biuf":
        is_array = isinstance(value, np.ndarray)
        text = f"an array of {value.dtype}" if is_array else describe_foreign(value)
        raise Violation(
            f"`{name}` is {text}, but should be an array of numbers", text, "an array", name, name
        )
    return value


def describe_foreign(value: Any) -> str:
    """What a value that is no array is called in a message."""
    if isinstance(value, (list, tuple, dict, str)):
        article = {"list": "a list", "tuple": "a tuple", "dict": "a dict", "str": "a string"}
        return article[type(value).__name__]
    type_name = getattr(value, "type_name", None)
    return f"an object of type {type_name}" if type_name else str(value)


def has_shape(value: Any, shape: tuple[int, ...], name: str) -> Array:
    """`value` as an array of exactly this shape."""
    got = array(value, name)
    if got.shape != shape:
        raise Violation(
            f"`{name}` has shape {got.shape}, but should have shape {shape}",
            str(got.shape),
            str(shape),
            f"np.shape({name})",
            name,
        )
    return got


def one_number(value: Any, name: str) -> float:
    """`value` as one float; arrays of a single entry, of any shape, count as that entry."""
    got = array(value, name)
    if got.size != 1:
        raise Violation(
            f"`{name}` has shape {got.shape}, but should be one number",
            f"array of shape {got.shape}",
            "one number",
            f"np.shape({name})",
            name,
        )
    return float(got.reshape(-1)[0])


def close(
    value: Any, should: Any, tolerance: Tolerance, name: str, *, because: str | None = None
) -> Array:
    """`value` has the shape of `should` and agrees with it entry by entry (nan never).

    The message names the entry that is furthest off in units of its tolerance.
    """
    expected = np.asarray(should, dtype=np.float64)
    got = has_shape(value, expected.shape, name).astype(np.float64)
    if np.array_equal(got, expected):
        return got
    with np.errstate(all="ignore"):
        off = np.abs(got - expected) / (tolerance.absolute + tolerance.relative * np.abs(expected))
        off = np.where(got == expected, 0.0, np.where(np.isnan(off), np.inf, off))
    if not np.any(off > 1.0):
        return got
    index = tuple(int(i) for i in np.unravel_index(int(np.argmax(off)), off.shape))
    place = f"{name}[{', '.join(map(str, index))}]" if index else name
    reason = f" ({because})" if because else ""
    differing = int(np.count_nonzero(off > 1.0))
    more = f"; {differing} of {off.size} entries differ" if off.size > 1 else ""
    # Where all else should be 0, the place says nothing: a factor on everything shows here alone.
    telling = bool(np.any((expected != 0) & ~(off > 1.0)))
    # Expectations made from the submission's own answers can be nan themselves.
    known = not np.isnan(expected[index])
    should_be = number(expected[index]) if known else "a number"
    raise Violation(
        f"`{place}` is {number(got[index])}, but should be {should_be}{reason}{more}",
        number(got[index]),
        should_be,
        place,
        name,
        index if telling and index else None,
    )


def difference(first: Array, second: Array) -> Array:
    """`first` less `second`; of what are no floats, as float64.

    Truth values cannot be subtracted from one another, and unsigned integers wrap around.
    """
    if first.dtype.kind != "f" or second.dtype.kind != "f":
        return first.astype(np.float64) - second.astype(np.float64)
    return first - second


def holds(condition: bool, message: str, *, got: Any, should_be: Any, expression: str) -> None:
    """Raise a violation with these words unless the condition holds.

    Arrays and numbers are written out only then.
    """
    if not condition:
        raise Violation(message, _in_words(got), _in_words(should_be), expression)


def _in_words(value: Any) -> str:
    return value if isinstance(value, str) else written(value)
