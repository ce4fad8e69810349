"""What lies between the objective and the variable: the derivatives that a chain may be made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from gradus.derivations import normal
from gradus.derivations.expressions import (
    ONE,
    Deriv,
    Equation,
    Expr,
    Func,
    Mul,
    Num,
    Sum,
    Sym,
    derivatives,
    free_letters,
    outline,
    renamed,
    symbols,
    walk,
)
from gradus.derivations.products import factors_of
from gradus.derivations.tokens import SAMPLE
from gradus.derivations.values import Values, renamings


class Path:
    """The quantities of a derivation, as it names them.

    `stating` are equations without derivatives. `sum_rule` says that the objective is a sum whose
    terms are derived, so that its own parts alone are on the path. `result` is what the derivation
    ends in, and `result_of_one` the same for one sample.
    """

    def __init__(
        self, values: Values, stating: Iterable[Equation], result: Expr, sum_rule: bool
    ) -> None:
        self._values = values
        self.result_of_one = _of_one_sample(result)
        self._reading = values.context.reading
        self.sum_rule = sum_rule
        self._work: dict[Expr, bool] = {}
        self._intermediate: dict[Expr, list[Deriv]] = {}
        self._definitions = {
            name: [definition] for name, (_, definition) in values.context.own.items()
        }
        for equation in stating:
            name = self._defined(equation.left)
            if name is not None:
                self._definitions.setdefault(name, []).append(equation.right)
        roots = [name for name in self._definitions if self._is_a_root(name)]
        parts = [part for name in roots for part in self.parts(Sym(name), tidy=True)]
        self._named = [Counter(map(_bare, factors_of(part))) for part in parts]
        self._symbols = {self._name(part) for part in parts if isinstance(part, Sym)}

    def _defined(self, left: Expr) -> str | None:
        """The key or the name of what a line writes out; of `ln(yhat)` too."""
        inside = left.argument if isinstance(left, Func) else left
        return self._name(inside) if isinstance(inside, Sym) else None

    def _name(self, symbol: Sym) -> str:
        quantity = self._reading.quantity(symbol)
        return symbol.name if quantity is None else quantity.names[0]

    def _is_a_root(self, name: str) -> bool:
        """Whether a line about it says what the objective is made of."""
        quantity = self._reading.quantity(Sym(name))
        if quantity is None:
            return False
        return quantity.key in self._reading.objectives() or not self.sum_rule

    def parts(self, expr: Expr, tidy: bool = False) -> Iterator[Expr]:
        """An expression and everything within it, or within what its symbols are written out as;
        with `tidy` but for what cancels.
        """
        seen: set[str] = set()
        waiting = [expr]
        for each in waiting:
            for part in walk(normal.tidied(each) if tidy else each):
                yield part
                if isinstance(part, Sym) and self._name(part) not in seen:
                    seen.add(self._name(part))
                    waiting += self._definitions.get(self._name(part), [])

    def is_open(self, expr: Expr) -> bool:
        """Whether a derivative stands in an expression, or in what its names stand for."""
        return any(isinstance(part, Deriv) for part in self.parts(expr))

    def written_out(self, stated: Sequence[Equation]) -> list[Expr]:
        """Forms in which a term of the objective has become a function of the variable."""
        names = {self._name(symbol) for one in stated for symbol in symbols(one.right)}
        terms = [form for name in sorted(names) for form in self._definitions.get(name, [])]
        first, *others = [equation.right for equation in stated]
        if self._holds_variable(first):
            return []
        return [form for form in (*others, *terms) if self._holds_variable(form)]

    def _holds_variable(self, expr: Expr) -> bool:
        return any(map(self._reading.is_variable, symbols(expr)))

    def is_named(self, derivative: Deriv) -> bool:
        """Whether it is the derivative of a quantity on the path, or of an expression that the
        derivation's own lines hold there: of `z`, not of `z^2`.
        """
        of = derivative.of
        factors = Counter(_bare(factor) for factor in factors_of(normal.tidied(of)))
        factors.pop("1", None)
        if factors and any(factors <= named for named in self._named):
            return True
        return any(
            self._values.agree_but_for_sign(of, symbol)
            for symbol in self._values.symbols(of)
            if not self.sum_rule or symbol.name in self._symbols
        )

    def intermediate(self, expr: Expr) -> list[Deriv]:
        """The derivatives in a line that are more than the question again, or a number."""
        if expr not in self._intermediate:
            self._intermediate[expr] = [
                derivative
                for derivative in derivatives(expr)
                if not self._restates(derivative) and not self._values.is_constant(derivative)
            ]
        return self._intermediate[expr]

    def _restates(self, derivative: Deriv) -> bool:
        """Whether it is the derivative that was asked for, written in any way."""
        if not self._reading.is_variable(derivative.by):
            return False
        if any(map(self._reading.is_objective, symbols(derivative.of))):
            return True
        return any(
            self._values.agree(derivative.of, Sym(name))
            for key in self._reading.objectives()
            for name in self._reading.by_key(key).names[:1]
        )

    def leads_on_from(self, derivative: Deriv, lines: Iterable[Expr]) -> bool:
        """Whether one of these lines holds a derivative, or another one of the same quantity, as
        `dyhat/dw` where `dyhat/dz` is worked out. The objective's own do not stand for one another.
        """
        held = [one for line in lines for one in self.intermediate(line)]
        if self._reading.is_objective(derivative.of):
            return outline(derivative) in map(outline, held)
        return outline(derivative.of) in [outline(one.of) for one in held]

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

        So is `dC/dz` in `dC/dz * dz/dw`: nothing is derived by working out the others.
        """
        return not self.sum_rule and any(map(self._gives_result, self.intermediate(expr)))

    def _is_a_symbol(self, expr: Expr) -> bool:
        if isinstance(expr, Deriv):
            of = normal.tidied(expr.of)
            if isinstance(of, Mul) and isinstance(of.factors[0], Num):
                expr = Deriv(Mul(of.factors[1:]), expr.by)
        symbols_here = self._values.symbols(expr)
        return any(self._values.agree(expr, symbol, or_zero=True) for symbol in symbols_here)

    def _gives_result(self, expr: Expr) -> bool:
        """Whether the result, for one sample, is a value times a symbol at most."""
        targets = sorted(free_letters(self.result_of_one) - {SAMPLE})
        return any(
            self._values.agree_but_for_sign(self.result_of_one, Mul((named, symbol)))
            for named in renamings(expr, targets, set(targets))
            for symbol in (ONE, *self._values.symbols(self.result_of_one))
        )


def _of_one_sample(result: Expr) -> Expr:
    """What a mean over samples is the mean of."""
    for factor in factors_of(result):
        if isinstance(factor, Sum) and factor.index == SAMPLE:
            return factor.body
    return result


def _bare(expr: Expr) -> str:
    """An expression without the letters of its indices; "1" for a number."""
    if isinstance(expr, Num):
        return "1"
    return normal.key(renamed(expr, dict.fromkeys(free_letters(expr), "#")))
