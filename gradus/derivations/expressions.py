"""Mathematical expressions: a tree of frozen dataclasses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction


class NotUnderstood(Exception):
    """A line is no mathematics that can be checked; one sentence says why."""


@dataclass(frozen=True)
class Expr:
    """Any expression."""


@dataclass(frozen=True)
class Num(Expr):
    value: Fraction


@dataclass(frozen=True)
class Sym(Expr):
    """A quantity: its name, the letters of its indices, and the letter of its sample if typed."""

    name: str
    indices: tuple[str, ...] = ()
    sample: str | None = None


@dataclass(frozen=True)
class Add(Expr):
    terms: tuple[Expr, ...]


@dataclass(frozen=True)
class Mul(Expr):
    """A product in the order typed, for factors may be matrices; a quotient has powers of -1."""

    factors: tuple[Expr, ...]


@dataclass(frozen=True)
class Pow(Expr):
    base: Expr
    exponent: Expr


@dataclass(frozen=True)
class Func(Expr):
    """`ln`, `exp`, `sqrt`, `sigmoid` of every entry, or the Euclidean `norm` of all."""

    name: str
    argument: Expr


@dataclass(frozen=True)
class Transpose(Expr):
    argument: Expr


@dataclass(frozen=True)
class Sum(Expr):
    """The sum over all values of an index, but for those of the letters in `without`."""

    index: str
    body: Expr
    without: tuple[str, ...] = ()


@dataclass(frozen=True)
class Delta(Expr):
    """1 where two indices are equal, else 0."""

    first: str
    second: str


@dataclass(frozen=True)
class Deriv(Expr):
    """d(of)/d(by)."""

    of: Expr
    by: Sym


@dataclass(frozen=True)
class Equation:
    """`left` = `right`, where `unequal` pairs of letters stand for different values, `equal` for
    the same.
    """

    left: Expr
    right: Expr
    unequal: tuple[tuple[str, str], ...] = ()
    equal: tuple[tuple[str, str], ...] = ()


ZERO, ONE, MINUS_ONE = Num(Fraction(0)), Num(Fraction(1)), Num(Fraction(-1))
FUNCTIONS = frozenset({"ln", "exp", "sqrt", "sigmoid", "norm"})


def negative(expr: Expr) -> Expr:
    return Mul((MINUS_ONE, expr))


def inverse(expr: Expr) -> Expr:
    return Pow(expr, MINUS_ONE)


def parts(expr: Expr) -> tuple[Expr, ...]:
    """The expressions directly within one."""
    match expr:
        case Add(terms=inner) | Mul(factors=inner):
            return inner
        case Pow(base=base, exponent=exponent):
            return base, exponent
        case Func(argument=inner) | Transpose(argument=inner) | Sum(body=inner):
            return (inner,)
        case Deriv(of=of, by=by):
            return of, by
        case _:
            return ()


def walk(expr: Expr) -> Iterator[Expr]:
    """An expression and everything within it."""
    yield expr
    for part in parts(expr):
        yield from walk(part)


def derivatives(expr: Expr) -> list[Deriv]:
    """Every derivative in an expression, outermost first."""
    return [part for part in walk(expr) if isinstance(part, Deriv)]


def symbols(expr: Expr) -> list[Sym]:
    return [part for part in walk(expr) if isinstance(part, Sym)]


def free_letters(expr: Expr) -> set[str]:
    """The letters of indices that no sum binds, samples aside."""
    match expr:
        case Sym(indices=indices):
            return set(indices)
        case Delta(first=first, second=second):
            return {first, second}
        case Sum(index=index, body=body, without=without):
            return (free_letters(body) - {index}) | set(without)
        case _:
            return set().union(*map(free_letters, parts(expr)))


def renamed(expr: Expr, names: dict[str, str]) -> Expr:
    """`expr` with free letters of indices exchanged."""
    match expr:
        case Sym(name=name, indices=indices, sample=sample):
            return Sym(name, tuple(names.get(i, i) for i in indices), sample)
        case Delta(first=first, second=second):
            return Delta(names.get(first, first), names.get(second, second))
        case Add(terms=inner):
            return Add(tuple(renamed(one, names) for one in inner))
        case Mul(factors=inner):
            return Mul(tuple(renamed(one, names) for one in inner))
        case Pow(base=base, exponent=exponent):
            return Pow(renamed(base, names), renamed(exponent, names))
        case Func(name=name, argument=argument):
            return Func(name, renamed(argument, names))
        case Transpose(argument=argument):
            return Transpose(renamed(argument, names))
        case Sum(index=index, body=body, without=without):
            inner_names = {old: new for old, new in names.items() if old != index}
            others = tuple(names.get(i, i) for i in without)
            return Sum(index, renamed(body, inner_names), others)
        case Deriv(of=of, by=by):
            moved = renamed(by, names)
            assert isinstance(moved, Sym)
            return Deriv(renamed(of, names), moved)
        case _:
            return expr


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
