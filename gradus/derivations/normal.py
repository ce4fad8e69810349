"""When two expressions are the same but for trivial rewriting.

An expression is multiplied out into a bag of monomials. Reordering, adding zero, multiplying by
one, signs, brackets and the laws of the logarithm leave the bag as it is, and so do terms or
factors that cancel as they stand. What work on a derivation changes, it changes: a derivative that
is put in, a fraction that is reduced, products that cancel only once they are multiplied out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from gradus.derivations.budget import Budget
from gradus.derivations.expressions import (
    MINUS_ONE,
    Add,
    Delta,
    Deriv,
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
    renamed,
)

MAX_MONOMIALS = 200
MAX_ATOMS = 40
LARGEST_POWER = 4
MAX_DIGITS_OF_FACTOR = 60


@dataclass(frozen=True)
class Atom:
    """What is not multiplied out any further; equal where the text is."""

    text: str
    expr: Expr = field(compare=False)


Monomial = frozenset[tuple[Atom, int]]
"""Atoms with their powers."""


@dataclass(frozen=True)
class Bag:
    """How often each monomial is added, and how often subtracted."""

    amounts: Mapping[Monomial, tuple[Fraction, Fraction]]

    @property
    def net(self) -> frozenset[tuple[Monomial, Fraction]]:
        """What is left once equal monomials of both signs have cancelled."""
        return frozenset(
            (monomial, plus - minus)
            for monomial, (plus, minus) in self.amounts.items()
            if plus != minus
        )

    @property
    def cancels(self) -> bool:
        """Whether equal monomials of both signs stand in it."""
        return any(plus and minus for plus, minus in self.amounts.values())


def bag(expr: Expr, budget: Budget) -> Bag:
    """The monomials of an expression. Raises NotUnderstood where there are too many."""
    return Bag(_Expansion(budget).of(tidied(expr)))


def key(expr: Expr) -> str:
    """Equal for expressions that are the same but for order, zeros, ones and signs."""
    return _text(tidied(expr))


# Tidying: what cancels as it stands


def tidied(expr: Expr) -> Expr:
    """`expr` with sums and products flat, and without what cancels as it is written."""
    match expr:
        case Add(terms=terms):
            return _tidy_sum(tidied(term) for term in terms)
        case Mul(factors=factors):
            return _tidy_product(tidied(factor) for factor in factors)
        case Pow(base=base, exponent=exponent):
            return _tidy_power(tidied(base), tidied(exponent))
        case Func(name=name, argument=argument):
            return _tidy_function(name, tidied(argument))
        case Transpose(argument=argument):
            inner = tidied(argument)
            return inner.argument if isinstance(inner, Transpose) else Transpose(inner)
        case Sum(index=index, body=body, without=without):
            return Sum(index, tidied(body), without)
        case Deriv(of=of, by=by):
            return Deriv(tidied(of), by)
        case _:
            return expr


def _tidy_sum(terms: Iterable[Expr]) -> Expr:
    flat: list[Expr] = []
    for term in terms:
        flat.extend(term.terms if isinstance(term, Add) else [term])
    kept: dict[str, list[tuple[Fraction, Expr]]] = defaultdict(list)
    for term in flat:
        factor, rest = _split(term)
        opposite = kept[_text(rest)]
        at = next((i for i, (other, _) in enumerate(opposite) if other == -factor), None)
        if at is not None:
            del opposite[at]
        elif factor:
            opposite.append((factor, rest))
    left = [_joined(factor, rest) for group in kept.values() for factor, rest in group]
    if not left:
        return Num(Fraction(0))
    return left[0] if len(left) == 1 else Add(tuple(left))


def _tidy_product(factors: Iterable[Expr]) -> Expr:
    number, flat = Fraction(1), list[Expr]()
    for factor in factors:
        for one in factor.factors if isinstance(factor, Mul) else (factor,):
            if isinstance(one, Num):
                number *= one.value
            else:
                flat.append(one)
    _check_size(number)
    kept: list[Expr] = []
    texts: list[str] = []
    for one in flat:
        opposite = _text(_tidy_power(one, MINUS_ONE))
        if opposite in texts:
            at = texts.index(opposite)
            del kept[at], texts[at]
        else:
            kept.append(one)
            texts.append(_text(one))
    if number == 0:
        return Num(number)
    return _joined(number, kept[0] if len(kept) == 1 else Mul(tuple(kept)))


def _tidy_power(base: Expr, exponent: Expr) -> Expr:
    if isinstance(exponent, Num):
        if exponent.value == 1:
            return base
        if isinstance(base, Num) and exponent.value in (-1, 2) and base.value != 0:
            value = base.value ** int(exponent.value)
            _check_size(value)
            return Num(value)
        if isinstance(base, Pow) and _is_whole(base.exponent) and _is_whole(exponent):
            power = base.exponent.value * exponent.value  # type: ignore[attr-defined]
            return _tidy_power(base.base, Num(power))
        if isinstance(base, Mul) and exponent.value == -1:
            return Mul(tuple(_tidy_power(factor, exponent) for factor in base.factors))
    return Pow(base, exponent)


def _is_whole(expr: Expr) -> bool:
    return isinstance(expr, Num) and expr.value.denominator == 1


def _tidy_function(name: str, argument: Expr) -> Expr:
    """The laws of the logarithm; `sigmoid` is written out."""
    if name == "ln":
        match argument:
            case Mul(factors=factors):
                return _tidy_sum(_tidy_function("ln", factor) for factor in factors)
            case Pow(base=base, exponent=exponent):
                return _tidy_product([exponent, _tidy_function("ln", base)])
            case Func(name="exp", argument=inner):
                return inner
            case Num(value=value) if value == 1:
                return Num(Fraction(0))
    if name == "exp":
        match argument:
            case Func(name="ln", argument=inner):
                return inner
            case Num(value=value) if value == 0:
                return Num(Fraction(1))
    if name == "sigmoid":
        one = Num(Fraction(1))
        return Pow(Add((one, Func("exp", _tidy_product([MINUS_ONE, argument])))), MINUS_ONE)
    return Func(name, argument)


def _split(expr: Expr) -> tuple[Fraction, Expr]:
    """A number and what it multiplies."""
    if isinstance(expr, Num):
        return expr.value, Num(Fraction(1))
    if isinstance(expr, Mul) and expr.factors and isinstance(expr.factors[0], Num):
        rest = expr.factors[1:]
        return expr.factors[0].value, rest[0] if len(rest) == 1 else Mul(rest)
    return Fraction(1), expr


def _joined(number: Fraction, rest: Expr) -> Expr:
    factors = rest.factors if isinstance(rest, Mul) else (rest,)
    factors = tuple(factor for factor in factors if factor != Num(Fraction(1)))
    if number == 1 and factors:
        return factors[0] if len(factors) == 1 else Mul(factors)
    return Mul((Num(number), *factors)) if factors else Num(number)


def _check_size(number: Fraction) -> None:
    if len(str(number.numerator)) + len(str(number.denominator)) > MAX_DIGITS_OF_FACTOR:
        raise NotUnderstood("a number in the line is too long")


# Text: equal for what is equal but for order


def _text(expr: Expr) -> str:
    match expr:
        case Num(value=value):
            return f"{value}"
        case Sym(name=name, indices=indices, sample=sample):
            below = "_" + ".".join(indices) if indices else ""
            return f"{name}{below}{'^' + sample if sample else ''}"
        case Add(terms=terms):
            return f"({'+'.join(sorted(map(_text, terms)))})"
        case Mul(factors=factors):
            return f"({'*'.join(sorted(map(_text, factors)))})"
        case Pow(base=base, exponent=exponent):
            return f"{_text(base)}^{_text(exponent)}"
        case Func(name=name, argument=argument):
            return f"{name}({_text(argument)})"
        case Transpose(argument=argument):
            return f"{_text(argument)}^T"
        case Delta(first=first, second=second):
            return f"delta({','.join(sorted((first, second)))})"
        case Deriv(of=of, by=by):
            return f"d({_text(of)})/d({_text(by)})"
        case Sum():
            return _sum_text(expr)
    return repr(expr)


def _sum_text(expr: Sum) -> str:
    """A sum without the name of its index."""
    depth = 0
    free = free_letters(expr.body)
    while (fresh := f"#{depth}") in free:
        depth += 1
    body = renamed(expr.body, {expr.index: fresh})
    return f"sum({fresh},{','.join(sorted(expr.without))},{_text(body)})"


# Multiplying out

_Amounts = dict[Monomial, tuple[Fraction, Fraction]]


class _Expansion:
    """Multiplies out within a budget."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget

    def of(self, expr: Expr) -> _Amounts:
        match expr:
            case Num(value=value):
                return _one(frozenset(), value)
            case Add(terms=terms):
                return _added(map(self.of, terms))
            case Mul(factors=factors):
                product = _one(frozenset(), Fraction(1))
                for factor in factors:
                    product = self._multiplied(product, self.of(factor))
                return product
            case Pow(base=base, exponent=Num(value=power)) if power.denominator == 1:
                return self._raised(base, int(power))
            case Sum(index=index, body=body, without=without):
                return _summed(index, self.of(body), without)
            case _:
                return _one(frozenset({(_atom(expr), 1)}), Fraction(1))

    def _multiplied(self, left: _Amounts, right: _Amounts) -> _Amounts:
        if len(left) * len(right) > 10 * MAX_MONOMIALS:
            raise NotUnderstood("the line has too many terms when it is multiplied out")
        self._budget.spend(len(left) * len(right))
        total: _Amounts = {}
        for one, (a, b) in left.items():
            for other, (c, d) in right.items():
                monomial = _joined_atoms(one, other)
                before = total.get(monomial, (Fraction(0), Fraction(0)))
                total[monomial] = before[0] + a * c + b * d, before[1] + a * d + b * c
        return _bounded(total)

    def _raised(self, base: Expr, power: int) -> _Amounts:
        inner = self.of(base)
        if len(inner) == 1:
            ((monomial, (plus, minus)),) = inner.items()
            amount = plus - minus
            if amount and abs(power) <= LARGEST_POWER:
                _check_size(amount**power)
                return _one(frozenset((atom, p * power) for atom, p in monomial), amount**power)
        if 0 <= power <= LARGEST_POWER:
            product = _one(frozenset(), Fraction(1))
            for _ in range(power):
                product = self._multiplied(product, inner)
            return product
        return _one(frozenset({(Atom(_bag_text(inner), base), power)}), Fraction(1))


def _one(monomial: Monomial, amount: Fraction) -> _Amounts:
    if not amount:
        return {}
    return {monomial: (max(amount, Fraction(0)), max(-amount, Fraction(0)))}


def _added(bags: Iterable[_Amounts]) -> _Amounts:
    total: _Amounts = {}
    for one in bags:
        for monomial, (plus, minus) in one.items():
            before = total.get(monomial, (Fraction(0), Fraction(0)))
            total[monomial] = before[0] + plus, before[1] + minus
    return _bounded(total)


def _joined_atoms(one: Monomial, other: Monomial) -> Monomial:
    powers: dict[Atom, int] = defaultdict(int)
    for atom, power in (*one, *other):
        powers[atom] += power
    if len(powers) > MAX_ATOMS:
        raise NotUnderstood(f"a term of the line has more than {MAX_ATOMS} factors")
    return frozenset((atom, power) for atom, power in powers.items() if power)


def _summed(index: str, inner: _Amounts, without: tuple[str, ...]) -> _Amounts:
    """A sum of sums is the sum of each, in front of which stands what has not the index."""
    total = []
    for monomial, amounts in inner.items():
        within = [(atom, power) for atom, power in monomial if index in free_letters(atom.expr)]
        body = Mul(tuple(Pow(atom.expr, Num(Fraction(power))) for atom, power in within))
        outside = monomial - set(within)
        total.append({outside | {(_atom(Sum(index, body, without)), 1)}: amounts})
    return _added(total)


def _atom(expr: Expr) -> Atom:
    return Atom(_text(expr), expr)


def _bag_text(inner: _Amounts) -> str:
    """A sum of monomials in one text, whatever their order."""
    net = Bag(inner).net
    return str(sorted((sorted((a.text, p) for a, p in monomial), n) for monomial, n in net))


def _bounded(total: _Amounts) -> _Amounts:
    if len(total) > MAX_MONOMIALS:
        raise NotUnderstood("the line has too many terms when it is multiplied out")
    for plus, minus in total.values():
        _check_size(plus)
        _check_size(minus)
    return total
