"""The value of an expression at drawn points, derivatives included.

Derivatives are complex steps: for a real-analytic f, Im f(v + ih)/h is f'(v) up to h^2 f'''(v)/6,
and with h = 1e-30 nothing is subtracted, so the result is exact to rounding (Squire and Trapp 1998,
SIAM Review 40(1), 110-112). Both sides of an equation are then sums of a few dozen products of
numbers of ordinary size: rounding stays under 1e-13 of the largest term, an error in a formula
shows at 1e-3 or more at almost every point, and the tolerance of 1e-9 lies far from both.

A value is an array (points,), or (points, rows, columns) where a symbol is written as a matrix.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gradus.derivations.budget import Budget
from gradus.derivations.expressions import (
    Add,
    Delta,
    Deriv,
    Equation,
    Expr,
    Func,
    Mul,
    NotUnderstood,
    Num,
    Pow,
    Sum,
    Sym,
    Transpose,
    free_letters,
    parts,
    walk,
)
from gradus.derivations.readings import SAMPLES, Point, Quantity, Reading
from gradus.derivations.tokens import SAMPLE, shown

Array = np.ndarray[Any, Any]

STEP = 1e-30
RELATIVE = 1e-9
LARGEST_EXPONENT = 50

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


def same(left: Array, right: Array) -> Array:
    """(points,) whether both sides are finite and equal."""
    if left.shape != right.shape:
        # A single number equals a matrix of one entry, and no other.
        if left.size == right.size:
            left, right = left.reshape(len(left), -1), right.reshape(len(right), -1)
        else:
            return np.zeros(len(left), dtype=bool)
    with np.errstate(all="ignore"):
        close = np.abs(left - right) <= RELATIVE * (1 + np.abs(left) + np.abs(right))
        fine = close & np.isfinite(left) & np.isfinite(right)
    return fine.reshape(len(left), -1).all(axis=1)


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
            if (_place(first, bound) == _place(second, bound)) is not wanted:
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
            return SAMPLES in quantity.axes and _is_of_one_sample(expr, quantity)
        case _:
            return any(needs_sample(part, context) for part in parts(expr))


def _is_of_one_sample(symbol: Sym, quantity: Quantity) -> bool:
    """Whether a symbol means the sample at hand, though its sample may not be named."""
    named = symbol.sample is not None or bool(symbol.indices)
    return named or quantity.bare is None or SAMPLES not in quantity.bare


def outline(expr: Expr) -> str:
    """An expression as text without the letters of its indices."""
    match expr:
        case Sym(name=name):
            return name
        case Num(value=value):
            return str(value)
        case Func(name=name, argument=argument):
            return f"{name}({outline(argument)})"
        case Pow() | Add() | Mul() | Deriv() | Sum() | Transpose():
            inner = ",".join(map(outline, parts(expr)))
            return f"{type(expr).__name__}({inner})"
        case _:
            return type(expr).__name__


def _uses(expr: Expr, context: Context, one_index: bool) -> Iterator[tuple[str, str]]:
    """(letter, axis) of the free letters of symbols with one index, or with several."""
    context.budget.spend()
    if isinstance(expr, Sym):
        quantity = context.reading.quantity(expr)
        if quantity is not None:
            axes = _index_axes(quantity)
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


def _index_axes(quantity: Quantity) -> tuple[str, ...]:
    return tuple(axis for axis in quantity.axes if axis != SAMPLES)


def evaluate(expr: Expr, bound: Bindings, context: Context) -> Array:
    """The value of `expr`; raises NotUnderstood where it has none that can be computed."""
    with np.errstate(all="ignore"):
        return _value(expr, bound, context)


def _value(expr: Expr, bound: Bindings, context: Context) -> Array:
    context.budget.spend()
    match expr:
        case Num(value=number):
            return np.full(_points(context), float(number))
        case Sym():
            return _symbol(expr, bound, context)
        case Add(terms=terms):
            total = _value(terms[0], bound, context)
            for term in terms[1:]:
                total = _together(total, _value(term, bound, context), np.add)
            return total
        case Mul(factors=factors):
            product = _value(factors[0], bound, context)
            for factor in factors[1:]:
                product = _times(product, _value(factor, bound, context))
            return product
        case Pow(base=base, exponent=exponent):
            return _power(base, exponent, bound, context)
        case Func(name=name, argument=argument):
            return _function(name, _value(argument, bound, context))
        case Transpose(argument=argument):
            value = _value(argument, bound, context)
            return value if value.ndim == 1 else value.transpose(0, 2, 1)
        case Delta(first=first, second=second):
            one, other = _place(first, bound), _place(second, bound)
            if one[0] != other[0]:
                raise NotUnderstood(f"`delta` compares an index of {one[0]} with {other[0]}")
            return np.full(_points(context), float(one == other))
        case Sum():
            return _sum(expr, bound, context)
        case Deriv():
            return _derivative(expr, bound, context)
    raise NotUnderstood("an expression of an unknown kind")


def _points(context: Context) -> int:
    return len(next(iter(context.point.values.values())))


def _place(letter: str, bound: Bindings) -> tuple[str, int]:
    if letter not in bound:
        raise NotUnderstood(f"nothing tells what the index {shown(letter)} counts")
    return bound[letter]


# Symbols


def _symbol(symbol: Sym, bound: Bindings, context: Context) -> Array:
    quantity = context.reading.quantity(symbol)
    if quantity is None:
        return _own(symbol, bound, context)
    value = context.point.values[quantity.key]
    if symbol.sample is not None and SAMPLES not in quantity.axes and symbol.indices == ():
        _no_labels(symbol, quantity, context)
    place, rest = _located(symbol, quantity, bound)
    value = value[(slice(None), *place)]
    if not rest:
        return value
    return _as_matrix(value, rest, quantity)


def _as_matrix(value: Array, axes: list[str], quantity: Quantity) -> Array:
    """(points, rows, columns): a column where one axis remains."""
    if len(axes) == 1:
        return value[:, :, None]
    if quantity.bare is None or set(quantity.bare) != set(axes):
        raise NotUnderstood(f"{shown(quantity.names[0])} needs an index here")
    return value if list(quantity.bare) == axes else value.transpose(0, 2, 1)


def _no_labels(symbol: Sym, quantity: Quantity, context: Context) -> None:
    if SAMPLES in context.reading.sizes:
        raise NotUnderstood(f"{shown(symbol.name)} belongs to the whole batch, not to one sample")


def _located(
    symbol: Sym, quantity: Quantity, bound: Bindings
) -> tuple[tuple[int | slice, ...], list[str]]:
    """Where in its array a symbol's entry is, and the axes that remain of it."""
    axes = _index_axes(quantity)
    named = [_place(letter, bound) for letter in symbol.indices]
    if len(named) > len(axes):
        raise NotUnderstood(
            f"{shown(symbol.name)} has {len(named)} indices, but should have {len(axes) or 'none'}"
        )
    wanted = [axis for axis, _ in named]
    if wanted == list(axes[::-1]) and len(set(axes)) > 1:
        named.reverse()
    elif wanted != list(axes[: len(named)]):
        at = next(i for i, axis in enumerate(wanted) if axis != axes[i])
        raise NotUnderstood(
            f"the index {shown(symbol.indices[at])} counts {wanted[at]}, but {shown(symbol.name)} "
            f"has {axes[at]} there"
        )
    places = dict(zip(axes, [place for _, place in named], strict=False))
    if SAMPLES in quantity.axes and _is_of_one_sample(symbol, quantity):
        places[SAMPLES] = _place(SAMPLE, bound)[1]
    if len(named) < len(axes) and quantity.bare is None:
        raise NotUnderstood(
            f"{shown(symbol.name)} needs {'an index' if len(axes) == 1 else 'indices'}"
        )
    place = tuple(places.get(axis, slice(None)) for axis in quantity.axes)
    return place, [axis for axis in quantity.axes if axis not in places]


def _own(symbol: Sym, bound: Bindings, context: Context) -> Array:
    if symbol.name not in context.own:
        raise NotUnderstood(f"{shown(symbol.name)} is not a symbol of this task, nor defined above")
    letters, definition = context.own[symbol.name]
    if len(letters) != len(symbol.indices):
        raise NotUnderstood(f"{shown(symbol.name)} was defined with {len(letters)} indices")
    inner = {
        letter: _place(used, bound) for letter, used in zip(letters, symbol.indices, strict=True)
    }
    if SAMPLE in bound:
        inner[SAMPLE] = bound[SAMPLE]
    return _value(definition, inner, context)


# Operations


def _together(left: Array, right: Array, operation: Any) -> Array:
    """Entry by entry; a number goes with every entry of a matrix."""
    if left.ndim != right.ndim:
        left, right = (a[:, None, None] if a.ndim == 1 else a for a in (left, right))
    elif left.shape != right.shape:
        raise NotUnderstood(f"a matrix of {_size(left)} and one of {_size(right)} cannot be added")
    result: Array = operation(left, right)
    return result


def _times(left: Array, right: Array) -> Array:
    if left.ndim == 1 or right.ndim == 1:
        return _together(left, right, np.multiply)
    if left.shape[2] == right.shape[1]:
        product: Array = left @ right
    elif left.shape == right.shape and left.shape[2] == 1:
        product = (left * right).sum(axis=(1, 2), keepdims=True)  # the inner product of columns
    else:
        raise NotUnderstood(
            f"a matrix of {_size(left)} cannot be multiplied with one of {_size(right)}"
        )
    return product[:, 0, 0] if product.shape[1:] == (1, 1) else product


def _size(value: Array) -> str:
    return f"{value.shape[1]} by {value.shape[2]}"


def _power(base: Expr, exponent: Expr, bound: Bindings, context: Context) -> Array:
    raised, power = _value(base, bound, context), _value(exponent, bound, context)
    if power.ndim != 1:
        raise NotUnderstood("an exponent is a matrix")
    if isinstance(exponent, Num) or (power == power[0]).all():
        number = complex(power[0]).real
        if number == round(number) if np.isfinite(number) else False:
            if abs(number) > LARGEST_EXPONENT:
                raise NotUnderstood(f"an exponent is larger than {LARGEST_EXPONENT}")
            if raised.ndim != 1 and number != 1:
                raise NotUnderstood("a matrix is divided by, or raised to a power")
            result: Array = raised.astype(raised.dtype) ** int(number)
            return result
    if raised.ndim != 1:
        raise NotUnderstood("a matrix is raised to a power")
    return _exp(power * _ln(raised))


def _exp(value: Array) -> Array:
    result: Array = np.exp(value)
    return result


def _ln(value: Array) -> Array:
    """The logarithm of positive numbers, nan elsewhere, in the complex plane too."""
    result: Array = np.where(value.real > 0, np.log(np.where(value.real > 0, value, 1)), np.nan)
    return result


def _function(name: str, value: Array) -> Array:
    match name:
        case "ln":
            return _ln(value)
        case "exp":
            return _exp(value)
        case "sigmoid":
            return 1 / (1 + _exp(-value))
        case "sqrt":
            return _exp(_ln(value) / 2)
        case "norm":
            squares = value * value
            total = squares if value.ndim == 1 else squares.sum(axis=(1, 2))
            result: Array = np.sqrt(total)
            return result
    raise NotUnderstood(f"{shown(name)} is no function of the notation")


def _sum(expr: Sum, bound: Bindings, context: Context) -> Array:
    if expr.index == SAMPLE:
        if SAMPLES not in context.reading.sizes:
            raise NotUnderstood("a sum over samples stands where one sample is meant")
        axis = SAMPLES
    else:
        axis = axes_of({expr.index}, (expr.body,), context)[expr.index]
    without = [_place(letter, bound) for letter in expr.without]
    total: Array | None = None
    for place in range(context.reading.sizes[axis]):
        if (axis, place) in without:
            continue
        term = _value(expr.body, {**bound, expr.index: (axis, place)}, context)
        total = term if total is None else _together(total, term, np.add)
    return np.zeros(_points(context)) if total is None else total


# Derivatives


def _derivative(expr: Deriv, bound: Bindings, context: Context) -> Array:
    if context.point.moving:
        raise NotUnderstood("a derivative within a derivative cannot be checked")
    quantity = context.reading.quantity(expr.by)
    if quantity is None:
        raise NotUnderstood(f"the derivative by {shown(expr.by.name)} cannot be checked")
    if quantity.constant:
        raise NotUnderstood(f"{shown(expr.by.name)} is a constant, which nothing is derived by")
    place, rest = _located(expr.by, quantity, bound)
    shape = [context.reading.sizes[axis] for axis in rest]
    entries = []
    for inner in itertools.product(*map(range, shape)):
        filled = iter(inner)
        full = tuple(next(filled) if isinstance(one, slice) else one for one in place)
        entries.append(_complex_step(expr.of, quantity.key, full, bound, context))
    if not rest:
        value = entries[0]
    else:
        value = _as_matrix(np.stack(entries, axis=1).reshape(-1, *shape), rest, quantity)
    return value * context.scales.get(outline(expr), 1.0) if context.scales else value


def _complex_step(
    of: Expr, key: str, place: tuple[int, ...], bound: Bindings, context: Context
) -> Array:
    if (key, place) not in context.moved:
        context.moved[key, place] = context.point.moved(key, place, 1j * STEP)
    value = _value(of, bound, context.at(context.moved[key, place]))
    if value.ndim != 1:
        raise NotUnderstood("a matrix is derived; derive one number, or one entry of it")
    if not np.iscomplexobj(value):
        return np.where(np.isfinite(value), 0.0, np.nan)
    result: Array = np.where(np.isfinite(value.real), value.imag / STEP, np.nan)
    return result


def holds_at(equation: Equation, context: Context) -> tuple[bool, Failure | None]:
    """Whether an equation holds at all points, for all values of its free indices."""
    sides = (equation.left, equation.right)
    letters = free_letters(equation.left) | free_letters(equation.right)
    spoken_of = 0
    for bound in bindings(letters - {SAMPLE}, sides, context):
        if not is_spoken_of(equation, bound):
            continue
        spoken_of += 1
        left, right = (evaluate(side, bound, context) for side in sides)
        fine = same(left, right)
        if not fine.all():
            return False, Failure(int(np.argmin(fine)), bound, left, right)
    if not spoken_of:
        raise NotUnderstood("the condition on its indices never holds")
    return True, None


@dataclass(frozen=True)
class Failure:
    """Where an equation does not hold: the point, the indices, and both sides."""

    point: int
    bound: Bindings
    left: Array
    right: Array
