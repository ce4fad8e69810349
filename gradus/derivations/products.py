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
    parts,
    walk,
)
from gradus.derivations.tokens import SAMPLE


@dataclass(frozen=True)
class Product:
    """Factors that are multiplied, and the sums around them, outermost first."""

    factors: tuple[Expr, ...]
    sums: tuple[Sum, ...]


def products(expr: Expr, sums: tuple[Sum, ...] = ()) -> Iterator[Product]:
    """Every product in an expression, outermost first; derivatives are not looked into."""
    factors = tuple(factors_of(expr))
    yield Product(factors, sums)
    for factor in factors:
        if isinstance(factor, Sum):
            yield from products(factor.body, (*sums, factor))
        elif not isinstance(factor, Deriv):
            for part in parts(factor):
                yield from products(part, sums)


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
