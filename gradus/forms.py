"""The form of what a worker answers, checked before anything else reads it.

The adapter builds its answers in known forms, but the submission runs beside it and may replace
them. A form is: `ANYTHING`; a type, for values of exactly that type, or None; `Vector`; a dict,
for exactly these keys; `Mapping`, for any keys; `[form]` and `Several`, for lists; a tuple, for
alternatives.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

ANYTHING = object()
"""What the submission itself returned: the laws judge it."""


@dataclass(frozen=True)
class Vector:
    """An array of one axis whose dtype is of one of these kinds, all of it less than `below`."""

    kinds: str = "f"
    below: int | None = None

    def fits(self, value: Any) -> bool:
        if not isinstance(value, np.ndarray) or value.ndim != 1:
            return False
        if value.dtype.kind not in self.kinds:
            return False
        return self.below is None or not value.size or bool(value.max() < self.below)


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


def fits(value: Any, form: Any) -> bool:
    """Whether a value has a form; never raises for any value that travels."""
    if form is ANYTHING:
        return True
    if form is None or isinstance(form, type):
        return value is None if form is None else type(value) is form
    if isinstance(form, tuple):
        return any(fits(value, one) for one in form)
    if isinstance(form, (Vector, Several)):
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
