"""What a printed number can stand for, and how stated values are read."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradus.claims.rounding import Span, cut_off, nearest_shares, rounded, shares_in
from gradus.claims.stated import IllFormed, Number, parse
from gradus.claims.vocabulary import Kind

VALUES = st.fractions(-1000, 1000)
DIGITS = st.integers(0, 12)


def printed(value: Fraction, digits: int) -> Decimal:
    """A value to so many decimals, halves to even."""
    return Decimal(round(value * 10**digits)).scaleb(-digits)


@given(VALUES, DIGITS)
def test_what_was_printed_may_stand_for_what_it_was_printed_of(
    value: Fraction, digits: int
) -> None:
    shown = Fraction(printed(value, digits))
    assert value in rounded(shown, shown, Fraction(1, 10**digits))


@given(st.fractions(0, 1000), DIGITS)
def test_so_may_what_was_cut_off(value: Fraction, digits: int) -> None:
    unit = Fraction(1, 10**digits)
    shown = int(value / unit) * unit
    assert value in cut_off(shown, shown, unit)


@given(VALUES, DIGITS, st.integers(1, 5))
def test_what_is_more_than_half_a_digit_off_may_not(value: Fraction, digits: int, off: int) -> None:
    unit = Fraction(1, 10**digits)
    shown = Fraction(printed(value, digits))
    assert value + off * unit not in rounded(shown, shown, unit)


def test_an_example_of_the_documentation() -> None:
    stated = parse("0.916", Kind.SHARE)
    assert stated.meant == Span(Fraction("0.9155"), Fraction("0.9165"))


@given(st.integers(1, 20_000), st.data(), st.integers(0, 9))
def test_every_share_is_found_among_those_of_its_printed_value(
    N: int, data: st.DataObject, digits: int
) -> None:
    k = data.draw(st.integers(0, N))
    shown = Fraction(printed(Fraction(k, N), digits))
    assert k in shares_in(rounded(shown, shown, Fraction(1, 10**digits)), N)


@given(st.integers(1, 20_000), st.fractions(0, 1), st.fractions(0, "0.01"))
def test_shares_are_all_those_inside_and_no_other(N: int, low: Fraction, width: Fraction) -> None:
    span = Span(low, low + width)
    found = shares_in(span, N)
    assert all(Fraction(k, N) in span for k in (*found[:3], *found[-3:]))
    for outside in (found.start - 1, found.stop):
        assert not 0 <= outside <= N or Fraction(outside, N) not in span


@given(st.integers(1, 20_000), st.fractions(0, 1))
def test_the_nearest_shares_enclose_a_value(N: int, value: Fraction) -> None:
    below, above = nearest_shares(value, N)
    assert Fraction(below, N) <= value <= Fraction(above, N)
    assert above - below <= 1


# Stated values.


@given(st.decimals(0, 1, places=5))
def test_a_value_is_the_same_in_every_form(value: Decimal) -> None:
    plain = parse(value, Kind.SHARE)
    text = f"{value:f}"
    assert (plain.low, plain.unit) == (Fraction(value), Fraction(1, 10**5))
    for form in (text, text.replace(".", ","), f" {text} ", f"{value.scaleb(2):f} %"):
        again = parse(form, Kind.SHARE)
        assert (again.low, again.high, again.unit) == (plain.low, plain.high, plain.unit)


@given(st.floats(0, 100, allow_subnormal=False).map(lambda x: round(x, 6)))
def test_a_float_stands_for_its_shortest_digits(value: float) -> None:
    assert parse(value, Kind.NUMBER).low == Fraction(repr(value))


@given(st.integers(0, 10**9))
def test_whole_numbers_are_exact_and_may_be_grouped(value: int) -> None:
    plain = parse(value, Kind.COUNT)
    assert (plain.low, plain.high, plain.unit) == (value, value, 0)
    for separator in (" ", "\u00a0", "\u202f", ",", "."):
        assert parse(f"{value:,}".replace(",", separator), Kind.COUNT).low == value


@pytest.mark.parametrize(
    ("text", "kind", "low", "high", "about"),
    [
        ("about 0.067", Kind.NUMBER, "0.067", "0.067", True),
        ("≈0,067", Kind.NUMBER, "0.067", "0.067", True),
        ("~ 2000", Kind.STEP, "2000", "2000", True),
        ("ca. 8 000 steg", Kind.STEP, "8000", "8000", True),
        ("omtrent 8000", Kind.STEP, "8000", "8000", True),
        ("8k", Kind.STEP, "8000", "8000", True),
        ("epoch 33", Kind.EPOCH, "33", "33", False),
        ("epoke 33", Kind.EPOCH, "33", "33", False),
        ("every 186 steps", Kind.COUNT, "186", "186", False),
        ("0.75–0.80", Kind.SHARE, "0.75", "0.80", False),
        ("0.75 to 0.80", Kind.SHARE, "0.75", "0.80", False),
        ("75-80 %", Kind.SHARE, "0.75", "0.80", False),
        ("0.916 ± 0.001", Kind.SHARE, "0.915", "0.917", False),
        (".92", Kind.SHARE, "0.92", "0.92", False),
        (97.9, Kind.SHARE, "0.979", "0.979", False),
        ("97,9 prosent", Kind.SHARE, "0.979", "0.979", False),
        ("1e-3", Kind.NUMBER, "0.001", "0.001", False),
        ("2,000", Kind.COUNT, "2000", "2000", False),
        ("2,000", Kind.NUMBER, "2", "2", False),
    ],
)
def test_forms_in_which_people_write(
    text: Any, kind: Kind, low: str, high: str, about: bool
) -> None:
    found = parse(text, kind)
    assert (found.low, found.high, found.about) == (Fraction(low), Fraction(high), about)


def test_zeros_at_the_end_count() -> None:
    assert parse("0.9160", Kind.SHARE).meant.high < parse("0.916", Kind.SHARE).meant.high


def test_about_is_a_digit_or_five_in_a_hundred() -> None:
    assert Fraction("0.36") in parse("about 0.3", Kind.NUMBER).meant
    assert Fraction("10.37") in parse("about 10.5", Kind.NUMBER).meant
    assert Fraction("9.9") not in parse("about 10.5", Kind.NUMBER).meant


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("1.2.3", Kind.NUMBER),
        ("1,234.5", Kind.NUMBER),
        ("33.5", Kind.EPOCH),
        ("-1", Kind.EPOCH),
        ("-0.1", Kind.SHARE),
        ("101 %", Kind.SHARE),
        ("5 %", Kind.COUNT),
        ("0.8–0.75", Kind.SHARE),
        ("1e99", Kind.NUMBER),
        ("1e-99", Kind.NUMBER),
        ("nan", Kind.NUMBER),
        (float("inf"), Kind.NUMBER),
        (True, Kind.COUNT),
        (None, Kind.COUNT),
        ("١٢x", Kind.COUNT),
        ("9" * 100, Kind.COUNT),
    ],
)
def test_what_is_no_such_value_says_so_in_one_sentence(value: Any, kind: Kind) -> None:
    with pytest.raises(IllFormed) as raised:
        parse(value, kind)
    assert len(str(raised.value)) < 200


@given(st.text(max_size=70), st.sampled_from(list(Kind)))
def test_no_text_raises_anything_else(text: str, kind: Kind) -> None:
    try:
        found = parse(text, kind)
    except IllFormed:
        return
    assert isinstance(found, Number)
    assert found.low <= found.high
