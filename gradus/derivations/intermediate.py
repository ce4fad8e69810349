"""The steps between the statement and the result of a derivation, each line counted once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from gradus.derivations import normal
from gradus.derivations.chain_rule import ChainRule
from gradus.derivations.expressions import Deriv, Equation, Expr, derivatives, outline
from gradus.derivations.forms import Forms
from gradus.derivations.indices import Context
from gradus.derivations.path import Path
from gradus.derivations.values import Values
from gradus.derivations.worked import Worked


@dataclass(frozen=True)
class _Line:
    """What a line gives for a derivative, as typed and without what cancels."""

    left: Deriv
    right: Expr
    tidy: Expr = field(compare=False)


class Intermediate:
    """What the lines of one derivation, all of which hold, add to it.

    `stated` lines write the objective out; `result` is what `equations` end in. `sum_rule` says
    that the objective is a sum of which each term is derived.

    `uses` are the lines that use the chain rule. `has_work` says whether something was worked out,
    and `lines` are all that is a step.
    """

    def __init__(
        self,
        context: Context,
        stated: Sequence[Equation],
        equations: Sequence[Equation],
        result: Expr,
        sum_rule: bool,
    ) -> None:
        values = Values(context)
        self._reading = context.reading
        stating = [e for e in equations if not derivatives(e.left) and not derivatives(e.right)]
        self._path = Path(values, stating, result, sum_rule)
        self._forms = Forms(values, self._path, stated)
        self._rule = ChainRule(values, self._path, self._forms)
        self._worked = Worked(values, result)
        lines = self._relevant(equations)
        self.uses = [line for line in lines if self._rule.is_used(line.tidy, line.left)]
        self._open = [one.tidy for one in self.uses if not self._path.leaves_all_to_one(one.tidy)]
        forms = self._forms.other([line.tidy for line in self.uses])
        work = [line for line in lines if self._is_work(line)]
        self.has_work = bool(forms or work)
        self.lines = {
            normal.key(expr) for expr in (*forms, *(one.right for one in self.uses + work))
        }

    def _relevant(self, equations: Sequence[Equation]) -> list[_Line]:
        """The lines for derivatives of the objective, and of what is derived in such lines."""
        groups: dict[str, list[_Line]] = {}
        for equation in equations:
            left = equation.left
            if not isinstance(left, Deriv):
                continue
            is_for_some = bool(equation.equal or equation.unequal)
            if not (is_for_some and self._reading.is_objective(left.of)):
                line = _Line(left, equation.right, normal.tidied(equation.right))
                groups.setdefault(outline(normal.tidied(left.of)), []).append(line)
        wanted = [key for key, group in groups.items() if self._is_of_objective(group[0])]
        for key in wanted:
            held = {outline(one.of) for line in groups[key] for one in derivatives(line.tidy)}
            wanted += sorted(held & groups.keys() - set(wanted))
        return [line for key, group in groups.items() if key in wanted for line in group]

    def _is_of_objective(self, line: _Line) -> bool:
        return self._reading.is_objective(line.left.of)

    def _is_work(self, line: _Line) -> bool:
        """Whether a line works an intermediate derivative out."""
        if line in self.uses:
            return self._rule.works_one_out(line.tidy, line.left)
        if self._path.is_open(line.right):
            return False
        if self._path.is_work(line.left) and self._path.leads_on_from(line.left, self._open):
            return True
        if not self._is_of_objective(line):
            return False
        if any(
            self._path.is_work(derivative) and self._worked.shows(derivative, line.right)
            for use in self._open
            for derivative in self._path.intermediate(use)
        ):
            return True
        is_derived = self._forms.derives(line.right, line.left)
        return is_derived and not self._forms.is_as(self._path.result_of_one, line.right)
