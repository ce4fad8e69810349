"""What a printed number can stand for.

`0.916` was printed for some x with .9155 <= x <= .9165, whichever way halves are rounded; cut off
instead of rounded it stands for .916 <= x < .917. Everything is exact: fractions, no floats.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor


@dataclass(frozen=True)
class Span:
    """[low, high], both ends included."""

    low: Fraction
    high: Fraction

    def __contains__(self, value: Fraction) -> bool:
        return self.low <= value <= self.high

    def meets(self, other: Span) -> bool:
        return self.low <= other.high and other.low <= self.high

    def widened(self, by: Fraction) -> Span:
        return Span(self.low - by, self.high + by)


def rounded(low: Fraction, high: Fraction, unit: Fraction) -> Span:
    """What is printed as low to high when the last digit printed is worth `unit`."""
    return Span(low, high).widened(unit / 2)


def cut_off(low: Fraction, high: Fraction, unit: Fraction) -> Span:
    """The same where further digits are dropped, of values that are not negative.

    The upper end itself is let in, too.
    """
    return Span(low, high + unit)


def shares_in(span: Span, N: int) -> range:
    """All k in 0 .. N with k/N in the span."""
    return range(max(0, ceil(span.low * N)), min(N, floor(span.high * N)) + 1)


def nearest_shares(value: Fraction, N: int) -> tuple[int, int]:
    """The k with k/N next below and next above a value in [0, 1]; equal where it is one."""
    return max(0, floor(value * N)), min(N, ceil(value * N))
