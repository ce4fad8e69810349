"""What a line adds to a derivation: a use of the chain rule, or a derivative that it works out.

Both are decided by numbers where numbers can decide. A derivative that stands in a line is scaled,
and the line has to follow: what cancels (`* d(u)/d(w) / (d(u)/d(w))`) or is added and taken away
again is not used. A derivative counts as worked out where its value takes its place.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import numpy as np

from gradus.derivations import normal
from gradus.derivations.evaluation import Array, evaluate, same
from gradus.derivations.expressions import (
    ONE,
    Add,
    Deriv,
    Expr,
    Func,
    Mul,
    NotUnderstood,
    Num,
    Sum,
    Sym,
    derivatives,
    free_letters,
    negative,
    outline,
    renamed,
    symbols,
    walk,
)
from gradus.derivations.indices import Bindings, Context, bindings
from gradus.derivations.products import Product, factors_of, products, terms_of
from gradus.derivations.tokens import SAMPLE

SCALE = 1.37
MAX_FACTORS = 8
MAX_TERMS = 40


class Steps:
    """Looks at the lines of one derivation that holds.

    `sum_rule` says that any derivative within the line will do as a step, as where a sum is derived
    term by term; else the chain rule is asked for. `result` is what the derivation ends in.
    """

    def __init__(self, context: Context, sum_rule: bool, result: Expr) -> None:
        self._context = context
        self._result = result
        self._work: dict[Expr, bool] = {}
        self._reading = context.reading
        self.sum_rule = sum_rule

    # Derivatives that stand in a line

    def intermediate(self, expr: Expr) -> list[Deriv]:
        """The derivatives in a line that are more than the question again, or a number."""
        return [d for d in derivatives(expr) if not self._restates(d) and not self._is_constant(d)]

    def _restates(self, derivative: Deriv) -> bool:
        """Whether it is the derivative that was asked for, written in any way."""
        if not self._reading.is_variable(derivative.by):
            return False
        if any(map(self._reading.is_objective, symbols(derivative.of))):
            return True
        return any(
            self._agree(derivative.of, Sym(name))
            for key in self._reading.objectives()
            for name in self._reading.by_key(key).names[:1]
        )

    def _is_constant(self, derivative: Deriv) -> bool:
        values = [value for _, value in self._values(derivative)]
        first = values[0].reshape(-1)[0]
        return all(bool(np.all(value == first)) for value in values)

    def is_work(self, expr: Expr) -> bool:
        """Whether a value has to be worked out: it is neither that of a symbol, as dz/dw is x, nor
        all of the result but for one, as dC/dz is.
        """
        if self.sum_rule:
            return True
        if expr not in self._work:
            self._work[expr] = not (self._is_a_symbol(expr) or self._gives_result(expr))
        return self._work[expr]

    def leaves_all_to_one(self, expr: Expr) -> bool:
        """Whether a derivative in a line is all of the result but for a symbol.

        So is `dC/dz` in `dC/dz * d(2z)/dw / 2`: nothing is derived by working out the others.
        """
        return not self.sum_rule and any(map(self._gives_result, self.intermediate(expr)))

    def _is_a_symbol(self, expr: Expr) -> bool:
        if isinstance(expr, Deriv):
            of = normal.tidied(expr.of)
            if isinstance(of, Mul) and isinstance(of.factors[0], Num):
                expr = Deriv(Mul(of.factors[1:]), expr.by)
        return any(self._agree(expr, symbol, or_zero=True) for symbol in self._symbols(expr))

    def _symbols(self, *within: Expr) -> Iterator[Sym]:
        """The symbols that can be written with the letters of these expressions."""
        letters = sorted(set[str]().union(*map(free_letters, within)) - {SAMPLE})
        for quantity in self._reading.quantities:
            for size in range(len(letters) + 1):
                for chosen in itertools.permutations(letters, size):
                    yield Sym(quantity.names[0], chosen)

    def _gives_result(self, expr: Expr) -> bool:
        """Whether the result, for one sample, is a value times a symbol at most."""
        result = self._result
        for factor in factors_of(result):
            if isinstance(factor, Sum) and factor.index == SAMPLE:
                result = factor.body
        targets = sorted(free_letters(result) - {SAMPLE})
        for named in _renamings(expr, targets, set(targets)):
            for symbol in (ONE, *self._symbols(result)):
                product = Mul((named, symbol))
                if self._agree(result, product) or self._agree(result, negative(product)):
                    return True
        return False

    def stands_in(self, derivative: Deriv, lines: Sequence[Expr]) -> bool:
        """Whether one of these lines holds a derivative that is more than the question again."""
        if self._restates(derivative) or self._is_constant(derivative):
            return False
        wanted = outline(derivative)
        return any(wanted in map(outline, derivatives(line)) for line in lines)

    # The chain rule

    def uses_chain_rule(self, expr: Expr) -> bool:
        """Whether an intermediate derivative is multiplied with what belongs to it."""
        return any(self._is_used(d, expr) for d in self.intermediate(expr))

    def has_outer_derivative(self, expr: Expr) -> bool:
        """Whether an intermediate derivative is used, and the one around it is worked out."""
        if self.sum_rule:
            return False
        return any(
            self._is_used(d, expr) and self.is_work(d) and self._moves_with_variable(d, expr, True)
            for d in self.intermediate(expr)
        )

    def _is_used(self, derivative: Deriv, expr: Expr) -> bool:
        scales = {outline(derivative): SCALE}
        plain, scaled = self._table(expr), self._table(expr, scales)
        if all(bool(same(one, other).all()) for one, other in zip(plain, scaled, strict=True)):
            return False
        if self.sum_rule:
            return True
        whole = all(
            bool(same(SCALE * one, other).all()) for one, other in zip(plain, scaled, strict=True)
        )
        of_exponentials = any(isinstance(p, Func) for p in walk(derivative.of))
        if not whole and (isinstance(derivative.of, Sym) or not of_exponentials):
            return False
        return self._has_two(expr) or self._moves_with_variable(derivative, expr)

    def _has_two(self, expr: Expr) -> bool:
        """Whether a product holds two intermediate derivatives."""
        wanted = self.intermediate(expr)
        return any(
            sum(factor in wanted for factor in product.factors) >= 2 for product in products(expr)
        )

    def _moves_with_variable(self, derivative: Deriv, expr: Expr, is_work: bool = False) -> bool:
        """Whether what a derivative is multiplied with is a function of what is derived by.

        With `is_work` it has to be worked out, too.
        """
        for product in products(expr):
            if derivative not in product.factors:
                continue
            others = [factor for factor in product.factors if factor is not derivative]
            if not others or any(derivatives(factor) for factor in others):
                continue
            cofactor = Mul(tuple(others))
            if self._moves(cofactor, expr, product):
                return not is_work or self.is_work(cofactor)
        return False

    def _moves(self, cofactor: Expr, expr: Expr, product: Product) -> bool:
        key = self._reading.variable
        shape = self._context.point.values[key].shape[1:]
        for place in np.ndindex(*shape):
            moved = self._context.at(self._context.point.moved(key, place, 0.25))
            for bound in self._scope(expr, product):
                plain = evaluate(cofactor, bound, self._context)
                if not same(plain, evaluate(cofactor, bound, moved)).all():
                    return True
        return False

    # Objectives in another form

    def is_in_logits(self, objective: Expr) -> bool:
        """Whether exponentials stand in an objective, and no logarithm of an output any more."""
        functions = [part for part in walk(objective) if isinstance(part, Func)]
        inside = [function.argument for function in functions if function.name == "ln"]
        outputs = any(self._is_an_output(argument) for argument in inside)
        return not outputs and any(function.name == "exp" for function in functions)

    def _is_an_output(self, expr: Expr) -> bool:
        """Whether a value is that of a symbol, or what is left of 1 beside it."""
        rest = Add((ONE, negative(expr)))
        return any(
            self._agree(one, symbol) for symbol in self._symbols(expr) for one in (expr, rest)
        )

    # Derivatives that are worked out

    def puts_in(self, before: Expr, after: Expr) -> bool:
        """Whether some derivatives of a line are gone in a later one, and the others still hold.

        The others are scaled in both lines, which must stay equal: what took the place of the
        derivatives that are gone is their value, wherever they stood.
        """
        ours, theirs = self._outlines(after), self._outlines(before)
        gone = [d for d in self.intermediate(before) if outline(d) in theirs - ours]
        if not ours or not ours < theirs or not any(map(self.is_work, gone)):
            return False
        for one in ours:
            plain, scaled = self._table(after), self._table(after, {one: SCALE})
            if _equal(plain, scaled) or not _equal(self._table(before, {one: SCALE}), scaled):
                return False
        return True

    def _outlines(self, expr: Expr) -> set[str]:
        return set(map(outline, self.intermediate(expr)))

    def shows(self, derivative: Deriv, expr: Expr) -> bool:
        """Whether factors of a line have the value of a derivative that stood in another.

        They do not count where the result has the same factors. Letters of sums may have changed
        their names.
        """
        if not self.is_work(derivative) or self._shown(derivative, self._result):
            return False
        return self._shown(derivative, expr)

    def is_in_exponentials(self, derivative: Deriv, value: Expr) -> bool:
        """Whether a derivative's value holds exponentials, which the result has not."""
        holds = any(isinstance(part, Func) for part in walk(value))
        return holds and not self._is_a_symbol(derivative)

    def shows_in_exponentials(self, derivative: Deriv, expr: Expr) -> bool:
        """The same where the factors hold exponentials, which the result has not."""
        return not self._is_a_symbol(derivative) and self._shown(derivative, expr, True)

    def _shown(self, derivative: Deriv, expr: Expr, exponentials: bool = False) -> bool:
        for product in products(expr):
            if len(product.factors) > MAX_FACTORS:
                continue
            if exponentials and not any(
                isinstance(p, Func) for f in product.factors for p in walk(f)
            ):
                continue
            inner = [each.index for each in product.sums]
            targets = sorted((free_letters(expr) | set(inner)) - {SAMPLE})
            for named in _renamings(derivative, targets, free_letters(expr)):
                if self._is_a_part(named, product, expr):
                    return True
        return False

    def _is_a_part(self, derivative: Expr, product: Product, expr: Expr) -> bool:
        values: list[list[Array]] = []
        wanted: list[Array] = []
        try:
            for bound in self._scope(expr, product, derivative):
                wanted.append(evaluate(derivative, bound, self._context))
                values.append([evaluate(f, bound, self._context) for f in product.factors])
        except NotUnderstood:
            return False
        if not wanted or any(
            v.ndim != wanted[0].ndim and v.ndim != 1 for row in values for v in row
        ):
            return False
        numbers = range(len(product.factors))
        for size in range(1, len(product.factors) + 1):
            for chosen in itertools.combinations(numbers, size):
                self._context.budget.spend(len(wanted))
                parts_of = [_multiply([row[i] for i in chosen]) for row in values]
                for sign in (1, -1):
                    if all(
                        part is not None and bool(same(sign * part, value).all())
                        for part, value in zip(parts_of, wanted, strict=True)
                    ):
                        return True
        return False

    def goes_term_by_term(self, before: Expr, after: Expr) -> bool:
        """Whether the terms of a line without derivatives are, one by one, those of a line with.

        Sums are taken term by term too, and what is zero is no term. The result has other terms.
        """
        if derivatives(after):
            return False
        try:
            of_result = self._term_values(self._result)
            wanted = [one for one in self._term_values(before) if min(map(len, one)) > 1]
            wanted = [one for one in wanted if not any(_alike(one, other) for other in of_result)]
            found = self._term_values(after)
            for one in (*of_result, *wanted, *found):
                self._context.budget.spend(sum(len(row) ** 2 for row in one))
            return any(_alike(a, b) for a in found for b in wanted)
        except NotUnderstood:
            self._context.budget.spend()
            return False

    def _term_values(self, expr: Expr) -> list[list[list[Array]]]:
        """The values of the terms, for each way to multiply one sum out, and all free indices."""
        letters = free_letters(expr) - {SAMPLE}
        scope = list(bindings(letters, (expr,), self._context))
        found = []
        for terms in terms_of(expr):
            rows = [
                [value for term in terms for value in self._expanded(term, bound) if value.any()]
                for bound in scope
            ]
            if rows and max(map(len, rows)) <= MAX_TERMS:
                found.append(rows)
        return found

    def _expanded(self, term: Expr, bound: Bindings) -> list[Array]:
        """The values of a term, or of each term of the one sum in it."""
        factors = list(factors_of(term))
        at = [i for i, factor in enumerate(factors) if isinstance(factor, Sum)]
        if len(at) != 1:
            return [evaluate(term, bound, self._context)]
        inner = factors[at[0]]
        assert isinstance(inner, Sum)
        values = []
        for more in bindings({inner.index}, (inner.body,), self._context):
            whole = {**bound, **more}
            if any(whole[inner.index] == whole.get(other) for other in inner.without):
                continue
            replaced = [*factors[: at[0]], inner.body, *factors[at[0] + 1 :]]
            values.append(evaluate(Mul(tuple(replaced)), whole, self._context))
        return values

    # Values

    def _scope(
        self, expr: Expr, product: Product, derivative: Expr | None = None
    ) -> Iterator[Bindings]:
        """All values of the letters that are known at a product within an expression."""
        inner = Mul(product.factors)
        within = (expr, inner) if derivative is None else (expr, inner, derivative)
        letters = (free_letters(expr) | free_letters(inner)) - {SAMPLE}
        if derivative is not None:
            letters |= free_letters(derivative) - {SAMPLE}
        for bound in bindings(letters, within, self._context):
            if any(each.index == SAMPLE for each in product.sums) and SAMPLE not in bound:
                continue
            excluded = any(
                bound.get(each.index) == bound.get(other)
                for each in product.sums
                for other in each.without
            )
            if not excluded:
                yield bound

    def _values(self, expr: Expr) -> list[tuple[Bindings, Array]]:
        letters = free_letters(expr) - {SAMPLE}
        return [
            (bound, evaluate(expr, bound, self._context))
            for bound in bindings(letters, (expr,), self._context)
        ]

    def _table(self, expr: Expr, scales: dict[str, float] | None = None) -> list[Array]:
        context = self._context.scaled(scales) if scales else self._context
        letters = free_letters(expr) - {SAMPLE}
        return [evaluate(expr, bound, context) for bound in bindings(letters, (expr,), context)]

    def _agree(self, one: Expr, other: Expr, or_zero: bool = False) -> bool:
        """Whether two expressions have the same value; `or_zero`: or the first has none."""
        letters = (free_letters(one) | free_letters(other)) - {SAMPLE}
        try:
            for bound in bindings(letters, (one, other), self._context):
                value = evaluate(one, bound, self._context)
                is_zero = or_zero and not value.any()
                if not is_zero and not same(value, evaluate(other, bound, self._context)).all():
                    return False
        except NotUnderstood:
            self._context.budget.spend()
            return False
        return True


def _equal(one: Sequence[Array], other: Sequence[Array]) -> bool:
    return len(one) == len(other) and all(
        bool(same(a, b).all()) for a, b in zip(one, other, strict=True)
    )


def _multiply(values: list[Array]) -> Array | None:
    """The product of numbers, and at most one matrix."""
    matrices = [value for value in values if value.ndim > 1]
    if len(matrices) > 1:
        return None
    product: Array = np.prod([v for v in values if v.ndim == 1] or [np.ones(1)], axis=0)
    return product[:, None, None] * matrices[0] if matrices else product


def _renamings(expr: Expr, targets: list[str], free: set[str]) -> Iterator[Expr]:
    """`expr` with each letter that is not free in a line renamed to one that is known there."""
    foreign = sorted(free_letters(expr) - free - {SAMPLE})
    if len(foreign) > 2:
        return
    for chosen in itertools.permutations(targets, len(foreign)):
        yield renamed(expr, dict(zip(foreign, chosen, strict=True)))


def _alike(one: list[list[Array]], other: list[list[Array]]) -> bool:
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
