"""A whole derivation, line by line: complete, or where it breaks, with numbers that show it.

Points are drawn from a seed that the typed text changes, so that no line can be made to fit them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from gradus.answers_toml import TypedDerivation
from gradus.derivations.budget import TOO_LONG, Budget
from gradus.derivations.evaluation import Array, Failure, evaluate, holds_at
from gradus.derivations.expressions import (
    Deriv,
    Equation,
    Expr,
    NotUnderstood,
    Sym,
    derivatives,
    symbols,
)
from gradus.derivations.indices import Context
from gradus.derivations.intermediate import Intermediate
from gradus.derivations.lines import TOO_DEEP, Line, lines_of, parsed
from gradus.derivations.products import lacks_of_a_result
from gradus.derivations.readings import Point, Reading
from gradus.derivations.tokens import shown
from gradus.results import DerivationLine
from gradus.seeds import stable_seed

LONGEST_SHOWN = 4


@dataclass(frozen=True)
class Question:
    """What is to be derived. `readings` are tried in turn; the one that fits best is kept.

    `applied` are names that may be written as functions. A result holds the names `result` alone,
    and `counts` may divide it. `sum_rule`: the objective is a sum of which each term is derived, so
    that any intermediate derivative is a step. `states` says what the first line should state.
    """

    readings: tuple[Reading, ...]
    result: frozenset[str]
    states: str
    counts: frozenset[str] = frozenset()
    applied: frozenset[str] = frozenset()
    sum_rule: bool = False


@dataclass(frozen=True)
class Judged:
    """What became of a derivation: `lacks` is None where it is complete."""

    lines: tuple[DerivationLine, ...]
    lacks: str | None


def judge(typed: TypedDerivation, question: Question, seed: int) -> Judged:
    """Judge a derivation as typed; never raises for what a student may have typed."""
    texts = lines_of(typed)
    read = parsed(texts, typed.notation, question.applied)
    seed = stable_seed("\n".join(map(ascii, texts)), seed)
    best: _Judge | None = None
    budget = Budget()
    for reading in question.readings:
        context = Context(Point.draw(reading, seed), budget=budget)
        judge = _Judge([replace(line) for line in read], question, context)
        judge.run()
        if best is None or judge.rank > best.rank:
            best = judge
        if judge.lacks is None or budget.left < 0:
            break
    assert best is not None
    # What a reading makes of the lines proves nothing where others could not be tried.
    lacks = best.lacks and (TOO_LONG if budget.left < 0 else best.lacks)
    judged = (DerivationLine(text=one.text, holds=one.holds, says=one.says) for one in best.lines)
    return Judged(tuple(judged), lacks)


class _Judge:
    """Judges lines under one reading."""

    def __init__(self, lines: list[Line], question: Question, context: Context) -> None:
        self.lines = lines
        self._question = question
        self._context = context
        self._own: dict[str, tuple[tuple[str, ...], Expr]] = {}
        self.lacks: str | None = None

    @property
    def _reading(self) -> Reading:
        return self._context.reading

    @property
    def rank(self) -> tuple[bool, int, int]:
        """Complete first, then more lines that hold, then more that are understood."""
        holding = sum(line.holds is True for line in self.lines)
        return self.lacks is None, holding, sum(line.holds is not None for line in self.lines)

    def run(self) -> None:
        for line in self.lines:
            if line.equations:
                self._check(line)
        try:
            self.lacks = self._lack()
        except NotUnderstood as error:
            self.lacks = str(error)
        except RecursionError:
            self.lacks = TOO_DEEP

    # Each line for itself

    def _check(self, line: Line) -> None:
        line.holds = True
        for equation in line.equations:
            self._context = Context(
                self._context.point, dict(self._own), {}, self._context.budget, self._context.moved
            )
            try:
                if self._defines(equation):
                    line.says = "defines a name of your own"
                    continue
                fine, failure = holds_at(equation, self._context)
            except NotUnderstood as error:
                line.holds, line.says = None, f"not understood: {error}"
                return
            except RecursionError:
                line.holds, line.says = None, f"not understood: {TOO_DEEP}"
                return
            if not fine and failure is not None:
                line.holds = False
                line.says = self._numbers(equation, failure)
                return

    def _defines(self, equation: Equation) -> bool:
        """Take a new name, as in `u = 1 + exp(-z)`, for what follows."""
        left = equation.left
        if not isinstance(left, Sym) or left.sample is not None:
            return False
        if self._reading.quantity(left) is not None or left.name in self._own:
            return False
        if (
            len(left.name) > 1
            and left.name[0] == "d"
            and self._reading.quantity(Sym(left.name[1:]))
        ):
            raise NotUnderstood(f"{shown(left.name)} should be written d(...)/d(...)")
        holds_at(Equation(equation.right, equation.right), self._context)
        self._own[left.name] = (left.indices, equation.right)
        return True

    def _numbers(self, equation: Equation, failure: Failure) -> str:
        found, left, right = self._where(equation, failure)
        where = ", ".join(found) or "nothing is drawn"
        if self._reading.is_objective(equation.left):
            name = _name(equation.left)
            return (
                f"where {where}, the assignment's `{name}` is {left}, but this line gives {right}"
            )
        if isinstance(equation.left, Deriv):
            return (
                f"where {where}, the derivative on the left is {left}, but this line gives {right}"
            )
        return f"where {where}, the left side is {left}, but the right side is {right}"

    def _where(self, equation: Equation, failure: Failure) -> tuple[list[str], str, str]:
        """Indices and values of symbols where an equation fails, and both sides there."""
        where = [f"{letter} = {at + 1}" for letter, (_, at) in sorted(failure.bound.items())]
        left, right = (_at(side, failure.point) for side in (failure.left, failure.right))
        if left.shape == right.shape and left.ndim == 2:
            off = np.nan_to_num(np.abs(left - right), nan=np.inf)
            row, column = np.unravel_index(int(np.argmax(off)), off.shape)
            where.append(f"row {row + 1}, column {column + 1}")
            left, right = left[row, column], right[row, column]
        elif left.ndim or right.ndim:
            return where, f"of shape {left.shape}", f"of shape {right.shape}"
        where += list(self._values(equation, failure).values())[:6]
        return where, _number(left), _number(right)

    def _values(self, equation: Equation, failure: Failure) -> dict[str, str]:
        """The values of what stands in an equation, at the point where it fails."""
        found: dict[str, str] = {}
        asked = [d.by for d in derivatives(equation.left)]
        for symbol in [*symbols(equation.right), *symbols(equation.left)]:
            quantity = self._reading.quantity(symbol)
            if quantity is None or symbol in asked or self._reading.is_objective(symbol):
                continue
            below = "".join(symbol.indices)
            try:
                value = _at(evaluate(symbol, failure.bound, self._context), failure.point)
            except NotUnderstood:  # its index is that of a sum
                value = self._context.point.values[quantity.key][failure.point]
                below = ""
            name = quantity.names[0] + (f"_{below}" if below else "")
            flat = value.reshape(-1)
            if len(flat) <= LONGEST_SHOWN:
                inside = ", ".join(map(_number, flat))
                found[name] = f"{name} = {f'({inside})' if value.ndim else inside}"
        return found

    # The whole

    def _lack(self) -> str | None:
        """What the derivation lacks, as a sentence for a person, or None."""
        broken = [(i, line) for i, line in enumerate(self.lines, start=1) if line.holds is False]
        if broken:
            number, line = broken[0]
            return f"line {number} breaks: {shown_line(line.text)}: {line.says}"
        for number, line in enumerate(self.lines, start=1):
            if line.holds is None:
                return f"line {number}, {shown_line(line.text)}, is {line.says}"
        equations = [equation for line in self.lines for equation in line.equations]
        always = [e for e in equations if not e.equal and not e.unequal]
        stated = [e for e in always if self._reading.is_objective(e.left)]
        if not stated:
            return f"no line states {self._question.states}"
        spelled = [e for e in stated if self._is_spelled_out(e.right)]
        if not spelled:
            return f"no line writes out {self._question.states}"
        asked = [e for e in always if self._is_asked(e.left)]
        if not asked:
            return "no line states the derivative that was asked for"
        last = asked[-1].right
        why = lacks_of_a_result(
            last, self._question.result, self._question.counts, self._context.budget
        )
        if why is not None:
            return f"the last line is not yet the result: {why}"
        return self._lacking_steps(spelled, equations, last)

    def _is_spelled_out(self, expr: Expr) -> bool:
        objective = any(map(self._reading.is_objective, symbols(expr)))
        return not objective and not derivatives(expr)

    def _is_asked(self, left: Expr) -> bool:
        return (
            isinstance(left, Deriv)
            and self._reading.is_objective(left.of)
            and self._reading.is_variable(left.by)
        )

    def _lacking_steps(
        self, stated: list[Equation], equations: list[Equation], last: Expr
    ) -> str | None:
        context = Context(
            self._context.point, self._own, {}, self._context.budget, self._context.moved
        )
        found = Intermediate(context, stated, equations, last, self._question.sum_rule)
        if not found.uses:
            if self._question.sum_rule:
                return "no line uses an intermediate derivative before the result"
            return "no line uses the chain rule before the result"
        if not found.has_work:
            return "no line puts the value of an intermediate derivative in its place"
        if len(found.lines) < 2:
            return "between the statement and the result stands one step, and two are asked for"
        return None


def shown_line(text: str) -> str:
    """A typed line as code within a sentence."""
    clean = "".join(c if c.isprintable() and c != "`" else "?" for c in text)
    return f"`{clean if len(clean) <= 100 else clean[:99] + '…'}`"


def _name(expr: Expr) -> str:
    return expr.name if isinstance(expr, Sym) else "objective"


def _at(value: Array, point: int) -> Array:
    """The value at one point, by numbers without an imaginary part."""
    result: Array = np.asarray(value[point] if len(value) > 1 else value[0]).real
    return result


def _number(value: Array) -> str:
    return f"{float(value) + 0.0:.4g}"
