"""What a wrong result has in common with the right one, where no named mistake explains it.

A hint is only given where it is true of every case looked at: a constant ratio, a multiple of the
weights left over, one place that alone is wrong, the right numbers in another arrangement.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from gradus.answers import Array, Observation
from gradus.catalogue import Probe
from gradus.course import DiagnosisRules, Said

RELATIVE = 1e-6
PLAIN_RATIO = 4
"""A ratio is told as a number where it is a fraction with so small a denominator."""


class Pair(NamedTuple):
    """One case: what came, what should have, the batch's N and K, and the weights."""

    got: Array
    should: Array
    N: int
    K: int
    w: Array | None


def hint(
    rules: DiagnosisRules,
    probe: Probe,
    world: Any,
    cases: tuple[Any, ...],
    observed: list[Observation],
) -> tuple[str, Said] | None:
    """The name of the first hint that is true of all cases, and what to say."""
    pairs = _pairs(probe, world, cases, observed)
    if not pairs:
        return None
    if all(pair.got.shape == pair.should.shape for pair in pairs):
        return _same_shape(rules, pairs)
    if all(pair.got.ndim == 2 and _equal(pair.got.T, pair.should) for pair in pairs):
        return _text(rules, "transposed")
    return None


def _pairs(
    probe: Probe, world: Any, cases: tuple[Any, ...], observed: list[Observation]
) -> list[Pair]:
    """The cases as pairs; none where an answer is no array of finite numbers."""
    if probe.truth is None:
        return []
    pairs = []
    for case, seen in zip(cases, observed, strict=True):
        value = seen.get(probe.main)
        if not isinstance(value, (np.ndarray, float, int, np.generic)):
            return []
        got = np.asarray(value)
        if got.dtype.kind not in "biuf" or not np.all(np.isfinite(got)):
            return []
        should = np.asarray(probe.truth(world, case), dtype=np.float64)
        got = got.astype(np.float64)
        if got.size == should.size == 1:
            got, should = got.reshape(1, 1), should.reshape(1, 1)
        N, K = probe.size(case)
        pairs.append(Pair(got, should, N, K, probe.weights(case) if probe.weights else None))
    return pairs


def _same_shape(rules: DiagnosisRules, pairs: list[Pair]) -> tuple[str, Said] | None:
    if all(_equal(pair.got, pair.should) for pair in pairs):
        return None
    telling = [pair for pair in pairs if np.any(pair.should)]
    if not telling:
        return None
    for ratio in rules.ratio:
        if all(_equal(p.got, value_of(ratio.value, p.N, p.K) * p.should) for p in pairs):
            return f"ratio-{ratio.value}", ratio
    constant = _ratio(telling[0])
    if constant is not None and all(_equal(p.got, constant * p.should) for p in pairs):
        exact = Fraction(constant).limit_denominator(10 * PLAIN_RATIO)
        plain = exact.denominator <= PLAIN_RATIO and abs(exact - constant) < RELATIVE
        return _text(rules, "ratio", f"{float(exact) if plain else constant:.6g}")
    left_over = _multiple_of_weights(pairs)
    if left_over is not None:
        return _text(rules, "weights", f"{left_over:.6g}")
    for place in rules.place:
        if all(_only_at(pair, place.axis, place.index) for pair in pairs):
            return f"only-axis-{place.axis}", place
    for name, axis in (("rows-permuted", 0), ("columns-permuted", 1)):
        if pairs[0].got.ndim == 2 and all(_permuted(pair, axis) for pair in pairs):
            return _text(rules, name)
    return None


def value_of(expression: str, N: int, K: int) -> float:
    """The value of a product or quotient of numbers, N and K, as in "1/N" or "N*K".

    Raises ValueError for anything else.
    """
    value, operator = 1.0, "*"
    for token in re.findall(r"[*/]|[^*/]+", expression.replace(" ", "")):
        if token in "*/":
            operator = token
            continue
        number = {"N": float(N), "K": float(K)}.get(token)
        number = float(token) if number is None else number
        value = value * number if operator == "*" else value / number
    return value


def _text(rules: DiagnosisRules, name: str, number: str = "") -> tuple[str, Said] | None:
    said = rules.texts.get(name)
    if said is None:
        return None
    filled = {"says": said.says.replace("{ratio}", number), "fix": said.fix}
    return name, Said.model_validate(filled)


def _equal(got: Array, should: Array) -> bool:
    if got.shape != should.shape:
        return False
    scale = float(np.max(np.abs(should), initial=0.0))
    return bool(np.all(np.abs(got - should) <= RELATIVE * scale + 1e-9))


def _ratio(pair: Pair) -> float | None:
    place = np.unravel_index(int(np.argmax(np.abs(pair.should))), pair.should.shape)
    ratio = float(pair.got[place] / pair.should[place])
    return ratio if ratio != 0 else None


def _multiple_of_weights(pairs: list[Pair]) -> float | None:
    """c where got = should + c w in every case, with weights that are not all zero in some."""
    factor = None
    for pair in pairs:
        if pair.w is None or pair.w.shape != pair.got.shape:
            return None
        if factor is None and np.any(pair.w):
            factor = float(np.vdot(pair.got - pair.should, pair.w) / np.vdot(pair.w, pair.w))
    if factor is None or abs(factor) < RELATIVE:
        return None
    fits = all(p.w is not None and _equal(p.got, p.should + factor * p.w) for p in pairs)
    return factor if fits else None


def _only_at(pair: Pair, axis: int, index: int | None) -> bool:
    """Whether nothing differs but one row (axis 0) or column, this one where it is said which."""
    if pair.got.ndim != 2 or pair.got.shape[axis] < 2:
        return False
    scale = RELATIVE * float(np.max(np.abs(pair.should), initial=0.0)) + 1e-9
    off = np.abs(pair.got - pair.should) > scale
    wrong = np.flatnonzero(off.any(axis=1 - axis))
    if index is None:
        return len(wrong) <= 1
    return set(wrong.tolist()) <= {index % pair.got.shape[axis]}


def _permuted(pair: Pair, axis: int) -> bool:
    """Whether the rows (axis 0) or columns are the right ones in another order."""
    got, should = (np.moveaxis(each, axis, 0) for each in (pair.got, pair.should))
    return _equal(_in_order(got), _in_order(should))


def _in_order(rows: Array) -> Array:
    keys = np.round(rows, 9).T[::-1]
    return rows[np.lexsort(keys)] if rows.size else rows
