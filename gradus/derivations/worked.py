"""Whether the value of a derivative has taken its place in a line."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from gradus.derivations.evaluation import Array, evaluate, same
from gradus.derivations.expressions import (
    Add,
    Deriv,
    Expr,
    Mul,
    NotUnderstood,
    Num,
    Sum,
    free_letters,
)
from gradus.derivations.products import factors_of
from gradus.derivations.tokens import SAMPLE
from gradus.derivations.values import Values, renamings

MAX_FACTORS = 8
MAX_OPENED = 3


class Worked:
    """Finds the values of derivatives among the factors of lines that hold none any more."""

    def __init__(self, values: Values, result: Expr) -> None:
        self._values = values
        self._result = result

    def shows(self, derivative: Deriv, expr: Expr) -> bool:
        """Whether factors of a line, of each of its terms, have the value of a derivative.

        They do not count where the result has the same factors. Letters of sums may have changed
        their names.
        """
        return not self._is_shown(derivative, self._result) and self._is_shown(derivative, expr)

    def _is_shown(self, derivative: Deriv, expr: Expr) -> bool:
        return self._in_factors(derivative, list(factors_of(expr)), (), free_letters(expr), 0)

    def _in_factors(
        self,
        derivative: Deriv,
        factors: list[Expr],
        sums: tuple[Sum, ...],
        free: set[str],
        depth: int,
    ) -> bool:
        """Whether some factors have a value, or do once a bracket among them is multiplied out."""
        if self._is_a_part(derivative, factors, sums, free):
            return True
        if depth == MAX_OPENED:
            return False
        for i, factor in enumerate(factors):
            others = factors[:i], factors[i + 1 :]
            if isinstance(factor, Add):
                inner, within = list(factor.terms), sums
            elif isinstance(factor, Sum):
                inner, within = [factor.body], (*sums, factor)
            else:
                continue
            if all(
                self._in_factors(
                    derivative, [*others[0], *factors_of(one), *others[1]], within, free, depth + 1
                )
                for one in inner
            ):
                return True
        return False

    def _is_a_part(
        self, derivative: Deriv, factors: list[Expr], sums: tuple[Sum, ...], free: set[str]
    ) -> bool:
        factors = [factor for factor in factors if not isinstance(factor, Num)]
        if not factors or len(factors) > MAX_FACTORS:
            return False
        targets = sorted((free | {each.index for each in sums}) - {SAMPLE})
        return any(
            self._is_a_product(named, factors, sums)
            for named in renamings(derivative, targets, free)
        )

    def _is_a_product(self, wanted: Expr, factors: list[Expr], sums: tuple[Sum, ...]) -> bool:
        try:
            scope = [
                bound
                for bound in self._values.scope(Mul(tuple(factors)), wanted)
                if not any(
                    each.index in bound and bound[each.index] == bound.get(other)
                    for each in sums
                    for other in each.without
                )
            ]
            context = self._values.context
            values = [[evaluate(f, bound, context) for f in factors] for bound in scope]
            value = [evaluate(wanted, bound, context) for bound in scope]
        except NotUnderstood:
            self._values.context.budget.spend()
            return False
        if not value or any(v.ndim != value[0].ndim and v.ndim != 1 for row in values for v in row):
            return False
        for size in range(1, len(factors) + 1):
            for chosen in itertools.combinations(range(len(factors)), size):
                self._values.context.budget.spend(len(value))
                products = [_multiply([row[i] for i in chosen]) for row in values]
                if any(_all_same(products, value, sign) for sign in (1, -1)):
                    return True
        return False


def _all_same(products: Sequence[Array | None], values: Sequence[Array], sign: int) -> bool:
    return all(
        product is not None and bool(same(sign * product, value).all())
        for product, value in zip(products, values, strict=True)
    )


def _multiply(values: list[Array]) -> Array | None:
    """The product of numbers, and at most one matrix."""
    matrices = [value for value in values if value.ndim > 1]
    if len(matrices) > 1:
        return None
    product: Array = np.prod([v for v in values if v.ndim == 1] or [np.ones(1)], axis=0)
    return product[:, None, None] * matrices[0] if matrices else product
