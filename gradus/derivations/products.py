"""The products and terms that an expression is made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gradus.derivations import normal
from gradus.derivations.budget import Budget
from gradus.derivations.expressions import (
    MINUS_ONE,
    Add,
    Deriv,
    Expr,
    Func,
    Mul,
    Num,
    Pow,
    Sum,
    Sym,
    renamed,
    walk,
)
from gradus.derivations.tokens import SAMPLE


@dataclass(frozen=True)
class Product:
    """Factors that are multiplied, within sums or not."""

    factors: tuple[Expr, ...]

    def without(self, factor: Expr) -> Expr | None:
        """The product of the others, or None where there are none."""
        others = tuple(one for one in self.factors if one is not factor)
        return Mul(others) if others else None


def products(expr: Expr) -> Iterator[Product]:
    """The products that an expression adds up, outermost first."""
    factors = tuple(factors_of(expr))
    yield Product(factors)
    for factor in factors:
        if isinstance(factor, Add):
            for term in factor.terms:
                yield from products(term)
        elif isinstance(factor, Sum):
            yield from products(factor.body)


def factors_of(expr: Expr) -> Iterator[Expr]:
    if isinstance(expr, Mul):
        for factor in expr.factors:
            yield from factors_of(factor)
    elif isinstance(expr, Pow) and expr.exponent == MINUS_ONE and isinstance(expr.base, Mul):
        for factor in factors_of(expr.base):
            yield Pow(factor, MINUS_ONE)
    else:
        yield expr


def terms_of(expr: Expr) -> list[list[Expr]]:
    """The terms of an expression, with none or one of the sums in a product multiplied out."""
    if isinstance(expr, Add):
        whole = list(expr.terms)
        deeper: list[Expr] = []
        for term in whole:
            deeper += [term] if isinstance(term, Sum) else terms_of(term)[-1]
        return [whole] if deeper == whole else [whole, deeper]
    factors = list(factors_of(expr))
    found = [[expr]]
    for i, factor in enumerate(factors):
        if isinstance(factor, Add):
            others = factors[:i], factors[i + 1 :]
            found.append([Mul((*others[0], term, *others[1])) for term in factor.terms])
    return found


def opened(term: Expr, by: Sym | None = None) -> Expr:
    """A product with one sum in it as the sum of products; `by`: of their derivatives.

    A sum over samples stays closed.
    """
    factors = list(factors_of(term))
    at = [i for i, one in enumerate(factors) if isinstance(one, Sum) and one.index != SAMPLE]
    if len(at) != 1:
        return term if by is None else Deriv(term, by)
    inner = factors[at[0]]
    assert isinstance(inner, Sum)
    fresh = f"{inner.index}#"  # no letter that can be typed
    body = renamed(inner.body, {inner.index: fresh})
    product = Mul((*factors[: at[0]], body, *factors[at[0] + 1 :]))
    return Sum(fresh, product if by is None else Deriv(product, by), inner.without)


def lacks_of_a_result(
    expr: Expr, allowed: frozenset[str], counts: frozenset[str], budget: Budget
) -> str | None:
    """Why an expression is not yet a result, or None: it holds `allowed` names alone, multiplied
    and added, divided by numbers and `counts`, summed over samples, and does not simplify further.
    """
    for part in walk(expr):
        match part:
            case Deriv():
                return "it still holds a derivative"
            case Func(name=name):
                return f"it still holds `{name}`"
            case Sum(index=index) if index != SAMPLE:
                return f"it still holds a sum over `{index}`"
            case Sym(name=name) if name not in allowed | counts:
                return f"it still holds `{name}`"
            case Pow(base=base, exponent=exponent):
                fine = isinstance(base, Num) or (isinstance(base, Sym) and base.name in counts)
                if not fine or exponent != MINUS_ONE:
                    return "it still holds a fraction or a power"
    if normal.bag(expr, budget).cancels:
        return "terms of it still cancel"
    return None
