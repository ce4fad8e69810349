"""Whether a line uses the chain rule."""

from __future__ import annotations

import numpy as np

from gradus.derivations import normal
from gradus.derivations.evaluation import evaluate, same
from gradus.derivations.expressions import Deriv, Expr, Mul, Sym, derivatives, outline
from gradus.derivations.forms import Forms
from gradus.derivations.path import Path
from gradus.derivations.products import Product, products, terms_of
from gradus.derivations.values import Values

SCALE = 1.37


class ChainRule:
    """Looks at lines that are equal to a derivative, `left`.

    A line uses the chain rule where it holds a product of linked derivatives, d(a)/d(b) times
    d(b)/d(c), or one with the others worked out; where every derivative in it is of a quantity that
    the derivation names; and where every term is such a product, or what a term of the objective
    derives to. So nothing but the chain rule can have led to it, whatever it is equal to.
    """

    def __init__(self, values: Values, path: Path, forms: Forms) -> None:
        self._values = values
        self._path = path
        self._forms = forms
        self._reading = values.context.reading

    def is_used(self, expr: Expr, left: Deriv) -> bool:
        found = self._path.intermediate(expr)
        if not found or not all(self._belongs(one, left) for one in found):
            return False
        if self._path.sum_rule:
            return self._forms.derives(expr, left)
        if not any(self._is_a_chain(product, expr, left) for product in products(expr)):
            return False
        carried = any(all(map(self._is_carried, terms)) for terms in terms_of(expr))
        return carried or self._forms.derives(expr, left)

    def _belongs(self, derivative: Deriv, left: Deriv) -> bool:
        """Whether a derivative is by what the left side is derived by, or by what lies before."""
        if self._reading.is_variable(derivative.by) and derivative.by != left.by:
            return False
        if self._path.sum_rule and not self._reading.is_variable(derivative.by):
            return False
        return self._path.is_named(derivative)

    def _is_carried(self, term: Expr) -> bool:
        """Whether a term is a multiple of a derivative in it: scaled with it, whatever cancels."""
        plain = self._values.of(term)
        for derivative in self._path.intermediate(term):
            scaled = self._values.of(term, {outline(derivative): SCALE})
            if any(value.any() for value in plain) and all(
                bool(same(SCALE * one, other).all())
                for one, other in zip(plain, scaled, strict=True)
            ):
                return True
        return False

    def _is_a_chain(self, product: Product, expr: Expr, left: Deriv) -> bool:
        wanted = self._path.intermediate(expr)
        found = [f for f in product.factors if f in wanted and isinstance(f, Deriv)]
        linked = [(a, b) for a in found for b in found if a is not b]
        if any(self._are_one(a.by, b.of) for a, b in linked):
            return True
        return len(found) == 1 and self._has_cofactor(found[0], product, expr, left)

    def _has_cofactor(self, found: Deriv, product: Product, expr: Expr, left: Deriv) -> bool:
        """Whether the other derivatives of a chain are written beside one, worked out."""
        cofactor = product.without(found)
        if cofactor is None or derivatives(cofactor):
            return False
        if self._are_one(found.of, left.of):
            return self._varies(cofactor, expr, product)
        return self._moves(cofactor, expr, product)

    def works_one_out(self, expr: Expr, left: Deriv) -> bool:
        """Whether the value of one derivative of a chain stands beside others that are open."""
        wanted = self._path.intermediate(expr)
        if self._path.sum_rule:
            return any(not self._path.intermediate(term) for term in terms_of(expr)[-1])
        for product in products(expr):
            found = [f for f in product.factors if f in wanted and isinstance(f, Deriv)]
            rest = [f for f in product.factors if f not in found]
            if not any(map(self._path.is_work, found)) or any(map(derivatives, rest)):
                continue
            value = Mul(tuple(rest))
            if (
                rest
                and not self._leads_through(found, left)
                and self._moves(value, expr, product)
                and self._path.is_work(value)
            ):
                return True
        return False

    def _leads_through(self, found: list[Deriv], left: Deriv) -> bool:
        """Whether derivatives lead from what is derived to what it is derived by."""
        reached: list[Expr] = [left.of]
        for at in reached:
            reached += [
                one.by for one in found if self._are_one(one.of, at) and one.by not in reached
            ]
        return any(self._are_one(at, left.by) for at in reached)

    def _are_one(self, one: Expr, other: Expr) -> bool:
        """Whether two expressions are the same quantity, for whatever index."""
        if isinstance(one, Sym) and isinstance(other, Sym):
            quantity = self._reading.quantity(one)
            if quantity is not None and quantity == self._reading.quantity(other):
                return True
            if self._reading.is_objective(one) and self._reading.is_objective(other):
                return True
        if outline(normal.tidied(one)) == outline(normal.tidied(other)):
            return True
        return self._values.agree(one, other)

    def _varies(self, cofactor: Expr, expr: Expr, product: Product) -> bool:
        """Whether a value is more than a number."""
        context = self._values.context
        values = [
            evaluate(cofactor, bound, context)
            for bound in self._values.scope(expr, Mul(product.factors))
        ]
        return any(not same(value, values[0][:1] + 0 * value).all() for value in values)

    def _moves(self, cofactor: Expr, expr: Expr, product: Product) -> bool:
        """Whether a value is a function of what the objective is derived by."""
        context = self._values.context
        key = self._reading.variable
        for place in np.ndindex(*context.point.values[key].shape[1:]):
            moved = context.at(context.point.moved(key, place, 0.25))
            for bound in self._values.scope(expr, Mul(product.factors)):
                plain = evaluate(cofactor, bound, context)
                if not same(plain, evaluate(cofactor, bound, moved)).all():
                    return True
        return False
