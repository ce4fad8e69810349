"""The forms in which a derivation writes its objective out, and what their terms derive to."""

from __future__ import annotations

from collections.abc import Sequence

from gradus.derivations import normal
from gradus.derivations.expressions import (
    ONE,
    Add,
    Deriv,
    Equation,
    Expr,
    Func,
    Mul,
    NotUnderstood,
    Sum,
    Sym,
    free_letters,
    inverse,
    negative,
    outline,
)
from gradus.derivations.indices import Bindings
from gradus.derivations.path import Path
from gradus.derivations.products import opened, terms_of
from gradus.derivations.tokens import SAMPLE
from gradus.derivations.values import Table, Values, alike, renamings


class Forms:
    """The objective as `stated` lines write it out."""

    def __init__(self, values: Values, path: Path, stated: Sequence[Equation]) -> None:
        self._values = values
        self._path = path
        self._stated = stated
        self._reading = values.context.reading

    # Another form is a step by itself

    def other(self, chain: Sequence[Expr]) -> list[Expr]:
        """The forms that took work, and that a use of the chain rule goes on from."""
        if self._path.sum_rule:
            return self._path.written_out(self._stated)
        forms = [equation.right for equation in self._stated]
        counts = list(map(self._logarithms_of_outputs, forms))
        return [
            form
            for form, count in zip(forms, counts, strict=True)
            if count < max(counts) and any(self._goes_by(form, line) for line in chain)
        ]

    def _logarithms_of_outputs(self, form: Expr) -> int:
        """How many outputs a form takes the logarithm of, with or without the logarithm's laws."""
        counts = []
        for expr in (form, normal.tidied(form)):
            logarithms = [p for p in self._path.parts(expr) if isinstance(p, Func)]
            inside = [one.argument for one in logarithms if one.name == "ln"]
            counts.append(len({outline(one) for one in inside if self._is_an_output(one)}))
        return max(counts)

    def _is_an_output(self, expr: Expr) -> bool:
        """Whether it is a symbol, what is left of 1 beside it, or the inverse of one of these."""
        return any(
            self._values.agree(one, symbol)
            for each in (expr, inverse(expr))
            for one in (each, Add((ONE, negative(each))))
            for symbol in self._values.symbols(expr)
        )

    def _goes_by(self, form: Expr, line: Expr) -> bool:
        """Whether a line derives by, or derives, what a form is written in."""
        held = list(self._path.parts(form))
        names = {outline(part) for part in held}
        written = [part for part in held if isinstance(part, Mul | Sum)]
        for derivative in self._path.intermediate(line):
            for one in (derivative.by, derivative.of):
                if isinstance(one, Sym) and self._reading.is_variable(one):
                    continue
                if outline(one) in names:
                    return True
                if isinstance(one, Sym) and any(self._values.agree(p, one) for p in written):
                    return True
        return False

    # A form is derived term by term

    def derives(self, expr: Expr, left: Deriv) -> bool:
        """Whether the terms of `expr`, which is equal to `left`, are one by one what those of a
        form of the objective derive to. Those of a sum over classes may be told apart.
        """
        forms = [one.right for one in self._stated if self._is_of(one.left, left.of)]
        scope = self._values.scope(expr, left)
        found = self._tables(expr, scope)
        return any(
            alike(one, derived)
            for form in forms
            for derived in self._tables(form, scope, left.by)
            for one in found
        )

    def is_as(self, result: Expr, expr: Expr) -> bool:
        """Whether the terms of `expr`, times a symbol at most, are one by one those of a result."""
        targets = sorted(free_letters(result) - {SAMPLE})
        scope = self._values.scope(result)
        wanted = self._tables(result, scope)
        return any(
            alike(one, other)
            for named in renamings(expr, targets, set(targets))
            for symbol in (ONE, *self._values.symbols(result))
            for one in self._tables(Mul((named, symbol)), scope)
            for other in wanted
        )

    def _is_of(self, stated: Expr, of: Expr) -> bool:
        if not isinstance(stated, Sym) or not isinstance(of, Sym):
            return False
        return self._reading.quantity(stated) == self._reading.quantity(of)

    def _tables(self, expr: Expr, scope: list[Bindings], by: Sym | None = None) -> list[Table]:
        """The values of the terms of an expression, or of their derivatives, where there are
        several. A product with a bracket in it may be taken as one term, or as a sum of products.
        """
        found = []
        for terms in terms_of(expr):
            for variant in (
                [term if by is None else Deriv(term, by) for term in terms],
                [opened(term, by) for term in terms],
            ):
                try:
                    table = self._values.table(variant, scope)
                except NotUnderstood:
                    self._values.context.budget.spend()
                    continue
                if any(len(row) > 1 for row in table):
                    found.append(table)
        return found
