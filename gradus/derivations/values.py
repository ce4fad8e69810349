"""Expressions of one derivation, compared by their values."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from gradus.derivations.evaluation import Array, evaluate, same
from gradus.derivations.expressions import (
    Expr,
    NotUnderstood,
    Sum,
    Sym,
    free_letters,
    negative,
    renamed,
)
from gradus.derivations.indices import Bindings, Context, bindings, index_axes
from gradus.derivations.tokens import SAMPLE

MAX_TERMS = 40

Table = list[list[Array]]
"""For each value of all indices, the values of some terms."""


class Values:
    """The values of expressions, for all values of their indices."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def scope(self, *within: Expr) -> list[Bindings]:
        """All values of the letters in some expressions."""
        letters = set[str]().union(*map(free_letters, within)) - {SAMPLE}
        found = []
        for bound in bindings(letters, within, self.context):
            self.context.budget.spend()
            found.append(bound)
        return found

    def of(self, expr: Expr, scales: dict[str, float] | None = None) -> list[Array]:
        """The values of an expression; `scales` multiply derivatives by their outlines."""
        context = self.context.scaled(scales) if scales else self.context
        return [evaluate(expr, bound, context) for bound in self.scope(expr)]

    def is_constant(self, expr: Expr) -> bool:
        values = self.of(expr)
        first = values[0].reshape(-1)[0]
        return all(bool((value == first).all()) for value in values)

    def agree(self, one: Expr, other: Expr, or_zero: bool = False) -> bool:
        """Whether two expressions have the same value; `or_zero`: or the first has none."""
        try:
            for bound in self.scope(one, other):
                value = evaluate(one, bound, self.context)
                is_zero = or_zero and not value.any()
                if not is_zero and not same(value, evaluate(other, bound, self.context)).all():
                    return False
        except NotUnderstood:
            self.context.budget.spend()
            return False
        return True

    def agree_but_for_sign(self, one: Expr, other: Expr) -> bool:
        return self.agree(one, other) or self.agree(one, negative(other))

    def symbols(self, *within: Expr) -> Iterator[Sym]:
        """The symbols that can be written with the letters of these expressions."""
        letters = sorted(set[str]().union(*map(free_letters, within)) - {SAMPLE})
        for quantity in self.context.reading.quantities:
            for size in range(min(len(letters), len(index_axes(quantity))) + 1):
                for chosen in itertools.permutations(letters, size):
                    yield Sym(quantity.names[0], chosen)

    def table(self, terms: Sequence[Expr], scope: list[Bindings]) -> Table:
        """The values of terms, each term of a sum by itself, where they are not zero.

        Raises NotUnderstood where a term has no value, or where there are too many.
        """
        rows = []
        for bound in scope:
            values = [value for term in terms for value in self._each(term, bound)]
            rows.append([value for value in values if value.any()])
            if len(values) > MAX_TERMS:
                raise NotUnderstood("a line has too many terms to compare them one by one")
            self.context.budget.spend(len(values) ** 2)
        return rows

    def _each(self, term: Expr, bound: Bindings) -> Iterator[Array]:
        if not isinstance(term, Sum) or term.index == SAMPLE:
            yield evaluate(term, bound, self.context)
            return
        for more in bindings({term.index}, (term.body,), self.context):
            if not any(more[term.index] == bound.get(other) for other in term.without):
                yield evaluate(term.body, {**bound, **more}, self.context)


def alike(one: Table, other: Table) -> bool:
    """Whether two tables hold, row by row, the same values in any order."""
    return len(one) == len(other) and all(map(_same_values, one, other))


def _same_values(one: list[Array], other: list[Array]) -> bool:
    left = list(other)
    for value in one:
        at = next((i for i, each in enumerate(left) if same(each, value).all()), None)
        if at is None:
            return False
        del left[at]
    return not left


def renamings(expr: Expr, targets: Sequence[str], free: set[str]) -> Iterator[Expr]:
    """`expr` with each letter that is not free in a line renamed to one that is known there."""
    foreign = sorted(free_letters(expr) - free - {SAMPLE})
    if len(foreign) > 2:
        return
    for chosen in itertools.permutations(targets, len(foreign)):
        yield renamed(expr, dict(zip(foreign, chosen, strict=True)))
