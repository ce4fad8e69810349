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
from dataclasses import dataclass
from typing import Any

import numpy as np

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
    outline,
)
from gradus.derivations.indices import (
    Bindings,
    Context,
    axes_of,
    bindings,
    index_axes,
    is_of_one_sample,
    is_spoken_of,
    place_of,
)
from gradus.derivations.readings import SAMPLES, Quantity
from gradus.derivations.tokens import SAMPLE, shown

Array = np.ndarray[Any, Any]

STEP = 1e-30
RELATIVE = 1e-9
LARGEST_EXPONENT = 50


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
            one, other = place_of(first, bound), place_of(second, bound)
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
    axes = index_axes(quantity)
    named = [place_of(letter, bound) for letter in symbol.indices]
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
    if SAMPLES in quantity.axes and is_of_one_sample(symbol, quantity):
        places[SAMPLES] = place_of(SAMPLE, bound)[1]
    if len(named) < len(axes) and quantity.bare is None:
        raise NotUnderstood(
            f"{shown(symbol.name)} needs {'an index' if len(axes) == 1 else 'indices'}"
        )
    place = tuple(places.get(axis, slice(None)) for axis in quantity.axes)
    return place, [axis for axis in quantity.axes if axis not in places]


def _own(symbol: Sym, bound: Bindings, context: Context) -> Array:
    if symbol.name == "sum":
        raise NotUnderstood("a sum names what it goes over, as in `sum(x_i*w_i for i)`")
    if symbol.name not in context.own:
        raise NotUnderstood(f"{shown(symbol.name)} is not a symbol of this task, nor defined above")
    letters, definition = context.own[symbol.name]
    if len(letters) != len(symbol.indices):
        raise NotUnderstood(f"{shown(symbol.name)} was defined with {len(letters)} indices")
    inner = {
        letter: place_of(used, bound) for letter, used in zip(letters, symbol.indices, strict=True)
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
    without = [place_of(letter, bound) for letter in expr.without]
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
