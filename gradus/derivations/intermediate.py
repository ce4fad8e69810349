"""What stands between the statement and the result of a derivation, each step counted once."""

from __future__ import annotations

from gradus.derivations import normal
from gradus.derivations.budget import Budget
from gradus.derivations.expressions import Deriv, Equation, Expr, derivatives
from gradus.derivations.steps import Steps


class Intermediate:
    """The lines between statement and result that add to a derivation, each counted once."""

    def __init__(self, steps: Steps, stated: list[Expr], budget: Budget) -> None:
        self._steps = steps
        self.chain: list[Expr] = []
        self.lines: set[str] = set()
        first = normal.bag(stated[0], budget).net
        others = [expr for expr in stated[1:] if normal.bag(expr, budget).net != first]
        self.transformed = bool(others) or any(map(steps.is_in_logits, stated))
        self.lines |= {f"objective {normal.key(expr)}" for expr in others}
        self.worked = steps.sum_rule and bool(others)

    def add_chain(self, group: list[Equation]) -> None:
        """Note the lines of one derivative that use the chain rule."""
        for equation in group:
            expr = equation.right
            if normal.key(expr) == normal.key(equation.left) or not derivatives(expr):
                continue
            if self._steps.uses_chain_rule(expr):
                self.chain.append(expr)
                self.lines.add(normal.key(expr))
                self.worked |= self._steps.has_outer_derivative(expr)

    def add_work(self, group: list[Equation], asked: bool) -> None:
        """Note the lines of one derivative that work an intermediate derivative out."""
        for i, equation in enumerate(group):
            expr = equation.right
            before = [each.right for each in group[:i] if each.right in self.chain]
            if self._is_side(equation, asked) or self._is_worked(expr, before):
                self.worked = True
                self.lines.add(f"worked {normal.key(expr)}")

    def _is_side(self, equation: Equation, asked: bool) -> bool:
        """Whether a line gives the value of a derivative that a use of the chain rule holds."""
        left = equation.left
        if asked or not isinstance(left, Deriv) or derivatives(equation.right):
            return False
        if not self._steps.stands_in(left, self.chain):
            return False
        if self.transformed and self._steps.is_in_exponentials(left, equation.right):
            return True
        return self._steps.is_work(left) and self._steps.stands_in(left, self._whole(self.chain))

    def _whole(self, lines: list[Expr]) -> list[Expr]:
        """Those of some lines that do not leave all that is to be derived to one derivative."""
        return [line for line in lines if not self._steps.leaves_all_to_one(line)]

    def _is_worked(self, expr: Expr, before: list[Expr]) -> bool:
        if any(self._steps.puts_in(earlier, expr) for earlier in self._whole(before)):
            return True
        if derivatives(expr):
            return False
        # What was put in only to cancel has no value of anything.
        expr = normal.without_opposites(expr)
        whole = self._whole(before)
        for earlier in before:
            if self._steps.goes_term_by_term(earlier, expr):
                return True
            for derivative in self._steps.intermediate(earlier):
                if earlier in whole and self._steps.shows(derivative, expr):
                    return True
                bare = normal.tidied(expr)  # exp(0) is no exponential
                if self.transformed and self._steps.shows_in_exponentials(derivative, bare):
                    return True
        return False
