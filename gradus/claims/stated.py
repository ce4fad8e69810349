"""A stated value, as it stands in an answers file: read for what its digits mean.

Numbers keep the digits that were printed: 0.9160 says more than 0.916. An answers file is data of
unknown origin: whatever does not read raises IllFormed with one sentence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from gradus.claims.rounding import Span, cut_off, rounded
from gradus.claims.vocabulary import Entry, Kind

LONGEST = 64
MOST_KEYS = 20
LARGEST = Decimal(10) ** 12
FINEST = -18
ABOUT_SHARE = Fraction(1, 20)
"""“About” is at least five in a hundred: as exactly as a curve is read."""
MOST_ABOUT = Fraction(1, 4)
"""And at most a quarter, as in “about 1000”, however few digits say it."""
WIDEST = Fraction(1, 3)
WIDEST_BY_EYE = Fraction(1, 2)
WIDEST_SHARE = Fraction(1, 10)
"""By how much of its middle (shares: by how much) a stated value may be off and still say
something."""
FINE_SHARE = Fraction(1, 100)
"""How finely all or nothing must be printed to be more than a rounding of much else."""
OPTIONS = frozenset({"value", "about", "counted-from"})
WHOLE = frozenset({Kind.COUNT, Kind.EPOCH, Kind.STEP})

_SPACES = "[ \u00a0\u2009\u202f]"
_PLAIN = r"[-+\u2212]?(?:\d+(?:[.,]\d+)*|[.,]\d+)(?:[eE][-+\u2212]?\d{1,2})?"
NUMBER = rf"(?:\d{{1,3}}(?:{_SPACES}\d{{3}})+|{_PLAIN})"
ABOUT = (
    r"about|approximately|approx\.?|around|roughly|nearly|almost|close to|circa|ca\.?|cirka|"
    r"omtrent|rundt|nesten|omkring|rett (?:over|under)|[~≈∼]"
)
_FORM = re.compile(
    rf"(?P<about>(?:{ABOUT})\s*)?(?P<low>{NUMBER})(?P<k>{_SPACES}?k\b)?"
    rf"(?:\s*(?P<joint>-|–|—|to|til|±|\+/-|\+-)\s*(?P<high>{NUMBER}))?"
    r"\s*(?P<percent>%|percent|per cent|prosent)?",
    re.IGNORECASE,
)
_AROUND = re.compile(
    r"^(?:(?:in|at|i|ved)\s+)?(?:every|each|hver|epochs?|epoke[nr]?|steps?|steg|nummer|no\.)\s+"
    r"|\s+(?:epochs?|epoker?|steps?|steg|images?|bilder|batche[sr]|validations|valideringer|"
    r"points?)$",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    r"\b(?:(?P<epochs>epochs?|epoke[nr]?)|(?P<steps>steps?|steg)|(?P<images>images?|bilder)"
    r"|(?P<batches>batche[sr])|(?P<validations>validations|valideringer))\b",
    re.IGNORECASE,
)
"""What can be counted; an entry is about the first that it speaks of."""
_WORDS = {"true": True, "yes": True, "ja": True, "false": False, "no": False, "nei": False}


class IllFormed(ValueError):
    """A stated value that cannot be read; says why, in one sentence without a full stop."""


@dataclass(frozen=True)
class Number:
    """One stated number, or a span of them.

    text: as it was written. low, high: its value, or the ends of the span. unit: what the last
    digit printed is worth, 0 for an exact whole number. about: said to be no more than near.
    as_percent: a share that was written as a number above 1.
    """

    text: str
    low: Fraction
    high: Fraction
    unit: Fraction
    about: bool = False
    as_percent: bool = False

    @property
    def middle(self) -> Fraction:
        return (self.low + self.high) / 2

    @property
    def meant(self) -> Span:
        """The values for which one would have printed this."""
        if not self.about:
            return rounded(self.low, self.high, self.unit)
        largest = max(abs(self.low), abs(self.high))
        by = max(min(self.unit, MOST_ABOUT * largest), ABOUT_SHARE * largest)
        return Span(self.low, self.high).widened(by)

    @property
    def cut(self) -> Span:
        """The same for somebody who cuts off where others round."""
        return cut_off(self.low, self.high, self.unit)

    def is_exactly(self, span: Span) -> bool:
        """Whether the number itself is in a span, not only what it may be a rounding of."""
        return self.low == self.high and not self.about and self.low in span

    @property
    def near(self) -> Span:
        """The values that a slip of one in the last digit would explain."""
        by = max(self.unit, self.meant.high - self.high)
        return Span(self.low, self.high).widened(by)

    def says_something(self, kind: Kind, *, by_eye: bool = False) -> bool:
        """Whether so few values are meant that one which fits speaks for the statement.

        "0–1", "50 ± 50 %", 0e9, and 1 for an accuracy of .97 fit, and say nothing.
        """
        off = max(self.meant.high - self.meant.low, self.cut.high - self.cut.low) / 2
        if kind is Kind.SHARE:
            whole = self.middle in (0, 1) and self.unit > FINE_SHARE
            return off <= WIDEST_SHARE and not whole
        return off <= (WIDEST_BY_EYE if by_eye else WIDEST) * abs(self.middle)


@dataclass(frozen=True)
class Stated:
    """A claim's value, read. One of `answer`, `number` and `table` is set.

    counted_from: 0 or 1 where an epoch or step says so. in_order: the table was a list, so it
    might go by its keys in the other order.
    """

    shown: Any
    answer: bool | None = None
    number: Number | None = None
    table: dict[Fraction, Number] | None = None
    counted_from: int | None = None
    in_order: bool = False


def read(entry: Entry, value: Any, keys: tuple[Fraction, ...] = ()) -> Stated:
    """What an entry's stated value means.

    keys: what a list goes by where the entry is by something. Raises IllFormed.
    """
    about, counted_from = entry.by_eye, None
    if isinstance(value, dict) and "value" in value:
        about, counted_from = _options(entry, value, about)
        value = value["value"]
    if entry.by is not None:
        return _table(entry, value, about, keys)
    if entry.kind is Kind.YES_NO:
        if isinstance(value, str):
            value = _WORDS.get(value.strip().lower(), value)
        if not isinstance(value, bool):
            raise IllFormed(f"{_shown(value)} is stated, expected true or false")
        return Stated(value, answer=value)
    number = _number(entry, value, about)
    return Stated(_plain(value), number=number, counted_from=counted_from)


def _number(entry: Entry, value: Any, about: bool) -> Number:
    """One number of an entry, counted in what the entry counts, if it says in what."""
    number = parse(value, entry.kind, about)
    said, counted = (
        match and match.lastgroup for match in map(_COUNTED.search, (str(value), entry.says))
    )
    if said is not None and said != counted:
        expected = f"a number of {counted}" if counted else entry.kind.value
        raise IllFormed(f"{_shown(value)} counts {said}, expected {expected}")
    return number


def _options(entry: Entry, value: dict[str, Any], about: bool) -> tuple[bool, int | None]:
    if unknown := set(value) - OPTIONS:
        raise IllFormed(
            f"a claim has no {_shown(min(unknown))}, expected {', '.join(sorted(OPTIONS))}"
        )
    counted_from = value.get("counted-from")
    if "about" in value and not isinstance(value["about"], bool):
        raise IllFormed(f"`about` is {_shown(value['about'])}, expected true or false")
    if "counted-from" in value:
        if entry.kind not in (Kind.EPOCH, Kind.STEP):
            raise IllFormed("`counted-from` belongs to epochs and steps")
        if isinstance(counted_from, bool) or counted_from not in (0, 1):
            raise IllFormed(f"`counted-from` is {_shown(counted_from)}, expected 0 or 1")
    return value.get("about", about), counted_from


def _table(entry: Entry, value: Any, about: bool, keys: tuple[Fraction, ...]) -> Stated:
    if isinstance(value, list):
        if keys and len(value) != len(keys):
            raise IllFormed(
                f"{len(value)} values are listed, expected {len(keys)}, one for each {entry.by}; "
                f'a table such as {{ "{float(keys[0]):g}" = ... }} may have fewer'
            )
        numbers = [_number(entry, each, about) for each in value]
        table = dict(zip(keys, numbers, strict=bool(keys)))
        return Stated([_plain(each) for each in value], table=table, in_order=True)
    if not isinstance(value, dict) or not value:
        raise IllFormed(f"{_shown(value)} is stated, expected a table by {entry.by}, or a list")
    if len(value) > MOST_KEYS:
        raise IllFormed(f"the table has {len(value)} values, expected at most {MOST_KEYS}")
    table = {}
    for key, each in value.items():
        by = parse(key, Kind.NUMBER)
        if by.about or by.low != by.high:
            raise IllFormed(f"{_shown(key)} stands for {entry.by}, expected one number")
        if by.low in table:
            raise IllFormed(f"two values are stated at {entry.by} = {float(by.low):g}; keep one")
        table[by.low] = _number(entry, each, about)
    return Stated({_plain(key): _plain(each) for key, each in value.items()}, table=table)


def parse(value: Any, kind: Kind, about: bool = False) -> Number:
    """One number. Strings may say "about", give a span, a percentage, or a decimal comma.

    A float or Decimal stands for its digits as printed; a float has lost zeros at its end. Raises
    IllFormed for what is no finite number of sensible size, or not of this kind.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal, str)):
        raise IllFormed(f"{_shown(value)} is stated, expected {kind.value}")
    if isinstance(value, int) and abs(value) > LARGEST:
        raise IllFormed(f"the stated number is larger than {LARGEST:.0e}")
    text = value.strip() if isinstance(value, str) else str(value)
    if len(text) > LONGEST:
        raise IllFormed(f"the stated value has {len(text)} characters, expected at most {LONGEST}")
    bare = _AROUND.sub("", text)
    match = _FORM.fullmatch(bare)
    if match is None:
        raise IllFormed(f"{_shown(value)} is stated, expected {kind.value}")
    thousand = Fraction(1000) if match["k"] else Fraction(1)
    low, unit = (thousand * part for part in _digits(match["low"], value, kind))
    high = low
    about = about or bool(match["about"])
    if match["joint"]:
        other, other_unit = (thousand * part for part in _digits(match["high"], value, kind))
        unit = min(unit, other_unit)
        if match["joint"] in ("±", "+/-", "+-"):
            low, high = low - other, low + other
        else:
            high = other
        if low > high:
            raise IllFormed(f"{_shown(value)} goes from more to less")
    as_percent = False
    if kind is Kind.SHARE:
        as_percent = not match["percent"] and 1 < low and high <= 100
        if match["percent"] or as_percent:
            low, high, unit = low / 100, high / 100, unit / 100
        if low < 0 or high > 1:
            raise IllFormed(f"{_shown(value)} is stated, expected a share from 0 to 1, or percent")
    elif match["percent"]:
        raise IllFormed(f"{_shown(value)} is a percentage, expected {kind.value}")
    if kind in WHOLE:
        if low.denominator != 1 or high.denominator != 1 or low < 0:
            raise IllFormed(f"{_shown(value)} is stated, expected {kind.value}")
        unit = (_last_digit(low) if thousand == 1 else unit) if about else Fraction(0)
        about = about or thousand != 1
    return Number(_plain(value), low, high, unit, about, as_percent)


def _digits(text: str, value: Any, kind: Kind) -> tuple[Fraction, Fraction]:
    """A written number's value and what its last digit is worth."""
    text = re.sub(_SPACES, "", text).replace("\u2212", "-")
    if isinstance(value, str):
        grouped = re.fullmatch(r"[1-9]\d{0,2}(?:([.,])\d{3})(?:\1\d{3})*", text)
        if kind in WHOLE and grouped:
            text = text.replace(grouped[1], "")
        elif text.count(",") + text.count(".") > 1:
            raise IllFormed(f"{_shown(value)} can be read in more than one way; write it plainly")
        text = text.replace(",", ".")
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise IllFormed(f"{_shown(value)} is stated, expected {kind.value}") from None
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < FINEST or abs(number) > LARGEST:
        raise IllFormed(f"{_shown(value)} is stated, expected a number of sensible size")
    return Fraction(number), Fraction(Decimal(1).scaleb(exponent))


def _last_digit(value: Fraction) -> Fraction:
    """Half of what the last digit before closing zeros is worth: 500 of 2000, 5 of 8210."""
    worth = 1
    while value and value.numerator % (10 * worth) == 0:
        worth *= 10
    return Fraction(worth, 2)


def _plain(value: Any) -> Any:
    """A stated scalar as it stands in a result: text as written, whole numbers as numbers."""
    if isinstance(value, (bool, int)):
        return value
    return str(value).strip()[:LONGEST]


def _shown(value: Any) -> str:
    """A value in a sentence, short."""
    if isinstance(value, (list, tuple, dict)):
        return "a table" if isinstance(value, dict) else "a list"
    if isinstance(value, int) and abs(value) > LARGEST:
        return "a huge number"
    text = str(value).strip()
    return f"“{text[:40]}…”" if len(text) > 40 else f"“{text}”"
