"""The form of what a worker answers, checked before anything else reads it.

The adapter builds its answers in known forms, but the submission runs beside it and may replace
them. A form is: `ANYTHING`; a type, for values of exactly that type, or None; `Vector`; a dict,
for exactly these keys; `Mapping`, for any keys; `[form]` and `Several`, for lists; `Text`; a tuple,
for alternatives.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

ANYTHING = object()
"""What the submission itself returned: the laws judge it."""


@dataclass(frozen=True)
class Vector:
    """An array of one axis whose dtype is of one of these kinds, all of it less than `below`.

    It has at most `at_most` entries; where it is `rising`, none is less than the one before it, and
    the first is 0 or more.
    """

    kinds: str = "f"
    below: int | None = None
    at_most: int | None = None
    rising: bool = False

    def fits(self, value: Any) -> bool:
        if not isinstance(value, np.ndarray) or value.ndim != 1:
            return False
        if value.dtype.kind not in self.kinds:
            return False
        if self.at_most is not None and value.size > self.at_most:
            return False
        if not value.size:
            return True
        if self.rising and not (value[0] >= 0 and bool(np.all(value[1:] >= value[:-1]))):
            return False
        return self.below is None or bool(value.max() < self.below)


@dataclass(frozen=True)
class Text:
    """A text of at most so many characters."""

    at_most: int

    def fits(self, value: Any) -> bool:
        return type(value) is str and len(value) <= self.at_most


@dataclass(frozen=True)
class Mapping:
    """A dict from any text to values of one form."""

    form: Any


@dataclass(frozen=True)
class Several:
    """A list of so many values of one form."""

    form: Any
    at_least: int = 1
    at_most: int | None = None

    def fits(self, value: Any) -> bool:
        if not fits(value, [self.form]) or len(value) < self.at_least:
            return False
        return self.at_most is None or len(value) <= self.at_most


def nbytes(value: Any) -> int:
    """How many bytes the arrays of an answer have."""
    if isinstance(value, np.ndarray):
        return value.nbytes
    if isinstance(value, dict):
        return sum(map(nbytes, value.values()))
    return sum(map(nbytes, value)) if isinstance(value, list) else 0


def fits(value: Any, form: Any) -> bool:
    """Whether a value has a form; never raises for any value that travels."""
    if form is ANYTHING:
        return True
    if form is None or isinstance(form, type):
        return value is None if form is None else type(value) is form
    if isinstance(form, tuple):
        return any(fits(value, one) for one in form)
    if isinstance(form, (Vector, Text, Several)):
        return form.fits(value)
    if isinstance(form, Mapping):
        return type(value) is dict and all(fits(item, form.form) for item in value.values())
    if isinstance(form, list):
        return type(value) is list and all(fits(item, form[0]) for item in value)
    return (
        type(value) is dict
        and set(value) == set(form)
        and all(fits(value[key], form[key]) for key in form)
    )
