"""Where an expression is evaluated, and what the letters of its indices count.

Any letter can be an index. Which axis it counts along is read off the symbols that carry it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from gradus.derivations.budget import Budget
from gradus.derivations.expressions import (
    Delta,
    Equation,
    Expr,
    NotUnderstood,
    Sum,
    Sym,
    parts,
    walk,
)
from gradus.derivations.readings import SAMPLES, Point, Quantity, Reading
from gradus.derivations.tokens import SAMPLE, shown

Bindings = dict[str, tuple[str, int]]
"""Letters with the axis they count along, and where they are."""


@dataclass
class Context:
    """Where an expression is evaluated.

    `own` are quantities that the derivation defines itself, with the letters of their indices.
    `scales` multiply the derivatives of these outlines, so that what depends on them shows.
    """

    point: Point
    own: Mapping[str, tuple[tuple[str, ...], Expr]] = field(default_factory=dict)
    scales: Mapping[str, float] = field(default_factory=dict)
    budget: Budget = field(default_factory=Budget)
    moved: dict[tuple[str, tuple[int, ...]], Point] = field(default_factory=dict)

    @property
    def reading(self) -> Reading:
        return self.point.reading

    def at(self, point: Point) -> Context:
        return Context(point, self.own, {}, self.budget)

    def scaled(self, scales: Mapping[str, float]) -> Context:
        return Context(self.point, self.own, scales, self.budget, self.moved)


def bindings(
    letters: set[str], expressions: tuple[Expr, ...], context: Context
) -> Iterator[Bindings]:
    """Every assignment of values to free letters, the sample at hand included."""
    axes = axes_of(letters, expressions, context)
    names = sorted(letters)
    if any(needs_sample(expr, context) for expr in expressions):
        axes[SAMPLE] = SAMPLES
        names.append(SAMPLE)
    ranges = [range(context.reading.sizes[axes[name]]) for name in names]
    for places in itertools.product(*ranges):
        yield {name: (axes[name], place) for name, place in zip(names, places, strict=True)}


def is_spoken_of(equation: Equation, bound: Bindings) -> bool:
    """Whether the conditions of an equation hold for these indices."""
    for pairs, wanted in ((equation.equal, True), (equation.unequal, False)):
        for first, second in pairs:
            if (place_of(first, bound) == place_of(second, bound)) is not wanted:
                return False
    return True


def axes_of(letters: set[str], within: tuple[Expr, ...], context: Context) -> dict[str, str]:
    """Along which axis each free letter counts, read off the symbols that carry it.

    Symbols of one index are asked first: in `w_jk` with `x_j` beside it, j counts what x has.
    Raises NotUnderstood where a letter would count two things, or nothing.
    """
    found: dict[str, str] = {}
    for one_index in (True, False):
        for letter, axis in itertools.chain.from_iterable(
            _uses(expr, context, one_index) for expr in within
        ):
            if letter not in letters:
                continue
            if one_index and found.get(letter, axis) != axis:
                raise NotUnderstood(
                    f"the index {shown(letter)} counts {found[letter]} in one place and {axis} in "
                    "another"
                )
            found.setdefault(letter, axis)
    for expr in within:
        for part in walk(expr):
            if isinstance(part, Delta):
                pair = (part.first, part.second)
                for this, other in (pair, pair[::-1]):
                    if this in letters and this not in found and other in found:
                        found[this] = found[other]
    missing = sorted(letters - set(found))
    if missing:
        raise NotUnderstood(f"nothing tells what the index {shown(missing[0])} counts")
    return found


def needs_sample(expr: Expr, context: Context) -> bool:
    """Whether an expression has a value for each sample, in a reading of several."""
    if SAMPLES not in context.reading.sizes:
        return False
    match expr:
        case Sum(index=index, body=body):
            return index != SAMPLE and needs_sample(body, context)
        case Sym():
            quantity = context.reading.quantity(expr)
            if quantity is None:
                own = context.own.get(expr.name)
                return own is not None and needs_sample(own[1], context)
            return SAMPLES in quantity.axes and is_of_one_sample(expr, quantity)
        case _:
            return any(needs_sample(part, context) for part in parts(expr))


def is_of_one_sample(symbol: Sym, quantity: Quantity) -> bool:
    """Whether a symbol means the sample at hand, though its sample may not be named."""
    named = symbol.sample is not None or bool(symbol.indices)
    return named or quantity.bare is None or SAMPLES not in quantity.bare


def _uses(expr: Expr, context: Context, one_index: bool) -> Iterator[tuple[str, str]]:
    """(letter, axis) of the free letters of symbols with one index, or with several."""
    context.budget.spend()
    if isinstance(expr, Sym):
        quantity = context.reading.quantity(expr)
        if quantity is not None:
            axes = index_axes(quantity)
            if (len(axes) == 1) is one_index:
                yield from zip(expr.indices, axes, strict=False)
        elif expr.name in context.own:
            letters, definition = context.own[expr.name]
            known = dict(_uses(definition, context, one_index))
            for letter, formal in zip(expr.indices, letters, strict=False):
                if formal in known:
                    yield letter, known[formal]
    for part in parts(expr):
        for letter, axis in _uses(part, context, one_index):
            if not (isinstance(expr, Sum) and letter == expr.index):
                yield letter, axis


def index_axes(quantity: Quantity) -> tuple[str, ...]:
    return tuple(axis for axis in quantity.axes if axis != SAMPLES)


def place_of(letter: str, bound: Bindings) -> tuple[str, int]:
    if letter not in bound:
        raise NotUnderstood(f"nothing tells what the index {shown(letter)} counts")
    return bound[letter]
