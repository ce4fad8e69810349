"""What a piece of code answered on a case, in a form that can be kept, compared and named.

An answer is reduced to a fingerprint: shapes and dtypes' kinds as text, and a few numbers. Small
arrays are their own numbers; of a larger one six random projections stand for it, which agree only
where the arrays do, and from which nobody reads a solution.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from gradus.expect import describe_foreign, difference
from gradus.worker.failures import StudentError

Array = np.ndarray[Any, Any]
Observation = Mapping[str, Any]

NUMBERS = 6
# A loss may be off by 1e-6 where an honest epsilon is in its logarithm; named mistakes differ from
# one another by more.
RELATIVE, ABSOLUTE = 3e-6, 2e-6
SINGLE = 1e-4
MOST_ENTRIES = 1 << 17
"""More than any right answer or mistake of a case has; their projections would fill the memory."""
NAN, INF = 12345.0, 54321.0
LARGEST = 1e100
"""Larger numbers count as this one: their squares would be infinite, and so the tolerance."""


class Fingerprint(NamedTuple):
    """`kind` must be equal, `numbers` (n,) agree within `tolerance` (n,)."""

    kind: str
    numbers: Array
    tolerance: Array


def fingerprint(observation: Observation, slack: float = 0.0) -> Fingerprint:
    """The fingerprint of what was observed on one case, entry by entry in its order.

    slack: by how much more than usual an honest answer to this case may be off.
    """
    kinds, numbers, tolerances = [], [], []
    for name, value in observation.items():
        kind, found, tolerance = _of(value)
        kinds.append(f"{name} {kind}")
        numbers.append(found)
        tolerances.append(np.full(NUMBERS, tolerance + slack))
    return Fingerprint("; ".join(kinds), np.concatenate(numbers), np.concatenate(tolerances))


def agree(observed: Fingerprint, kind: str, numbers: Array) -> bool:
    """Whether an observation is what was predicted."""
    if observed.kind != kind:
        return False
    return bool(np.all(np.abs(observed.numbers - numbers) <= observed.tolerance))


def less(after: Any, before: Any) -> Any:
    """`after` less `before` where both are arrays of numbers and of one shape, else `after`."""
    numeric = all(isinstance(a, np.ndarray) and a.dtype.kind in "biuf" for a in (after, before))
    return difference(after, before) if numeric and after.shape == before.shape else after


def raised(error: StudentError) -> Observation:
    """The observation that a case ended in this exception."""
    return {f"raised {error.type}": None}


def _of(value: Any) -> tuple[str, Array, float]:
    if value is None:
        return "None", np.zeros(NUMBERS), ABSOLUTE
    array = np.asarray(value) if isinstance(value, (bool, int, float, np.generic)) else value
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "biuf":
        return describe_foreign(value), np.zeros(NUMBERS), ABSOLUTE
    # A single number is one whatever its shape: honest losses come as (1,) and (1, 1) too.
    kind = "number" if array.size == 1 else str(array.shape)
    flat = np.nan_to_num(array.astype(np.float64).reshape(-1), nan=NAN, posinf=INF, neginf=-INF)
    flat = np.clip(flat, -LARGEST, LARGEST)
    single = array.dtype in (np.float16, np.float32)
    relative = SINGLE if single else RELATIVE
    tolerance = ABSOLUTE + relative * float(np.sqrt(flat @ flat))
    if flat.size <= NUMBERS:
        return kind, np.pad(flat, (0, NUMBERS - flat.size)), tolerance
    if flat.size > MOST_ENTRIES:
        return f"too large, {kind}", np.zeros(NUMBERS), ABSOLUTE
    return kind, _projections(flat.size) @ flat, tolerance


@lru_cache(maxsize=64)
def _projections(size: int) -> Array:
    """(6, size) numbers from a stream that is frozen in NumPy (NEP 19)."""
    return np.random.RandomState(size % 2**32).uniform(-1, 1, (NUMBERS, size))
