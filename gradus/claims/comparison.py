"""One claim against what was measured: reproduced, contradicted, or not checked and why.

To call an honest claim contradicted is the worst that can happen here, so that word needs a value
which no honest reading explains: none of the candidates, not even one digit off, outside of the
span where honest values lie, and nothing in doubt about the measurement.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from pydantic import JsonValue

from gradus.claims.rounding import Span, nearest_shares, shares_in
from gradus.claims.stated import WHOLE, IllFormed, Number, Stated, read
from gradus.claims.vocabulary import (
    Candidate,
    Entry,
    Kind,
    Measured,
    Measurement,
    NotMeasured,
    One,
)
from gradus.results import Claim

Verdict = Literal["reproduced", "contradicted", "not checked"]

SAME_NUMBER = Fraction(1, 10**6)
SAME_SHARE = Fraction(1, 10**9)
"""How far two machines' losses (relative) and shares may lie apart, however many digits say."""
SHOWN_DIGITS = 5
JOINED = "; "


@dataclass(frozen=True)
class Comparison:
    """A verdict, its reason as sentences, and the value that was measured."""

    verdict: Verdict
    message: str
    measured: JsonValue = None


def compare(entry: Entry, value: Any, measurement: Measurement) -> Claim:
    """The verdict on one stated value, as read from an answers file."""
    keys = _keys(measurement)
    try:
        stated = read(entry, value, keys)
    except IllFormed as problem:
        shown = value if isinstance(value, (bool, int, str)) else None
        if isinstance(shown, (int, str)) and len(str(shown)) > 200:
            shown = None
        return _claim(entry, shown, Comparison("not checked", f"{problem}."), None)
    if isinstance(measurement, NotMeasured):
        found = Comparison(
            "not checked", f"{_capital(measurement.reason)}.", _not_comparable(stated, measurement)
        )
        return _claim(entry, stated.shown, found, None)
    if isinstance(measurement, Measured):
        return _claim(entry, stated.shown, _single(entry, stated, measurement), measurement.source)
    found = _by_key(entry, stated, measurement)
    sources = {each.source: None for each in measurement.values() if isinstance(each, Measured)}
    return _claim(entry, stated.shown, found, JOINED.join(sources) or None)


def _claim(entry: Entry, shown: Any, found: Comparison, source: str | None) -> Claim:
    return Claim(
        id=entry.id,
        task=entry.task,
        says=entry.says,
        stated=shown,
        measured=found.measured,
        verdict=found.verdict,
        message=found.message,
        source=source,
    )


def _keys(measurement: Measurement) -> tuple[Fraction, ...]:
    """What a list of values goes by: the keys from the largest to the smallest, but for 0."""
    values = measurement.value if isinstance(measurement, NotMeasured) else measurement
    if not isinstance(values, Mapping):
        return ()
    return tuple(key for key in sorted(map(_fraction, values), reverse=True) if key)


def _single(entry: Entry, stated: Stated, measured: Measured) -> Comparison:
    if stated.answer is not None:
        return _answer(stated.answer, measured)
    assert stated.number is not None  # an entry that is by nothing is one or the other
    return _number(entry, stated.number, stated.counted_from, measured)


def _answer(stated: bool, measured: Measured) -> Comparison:
    first = measured.candidates[0]
    value = bool(first.value)
    if stated == value:
        return Comparison("reproduced", f"{_capital(first.says)}.", value)
    if measured.doubt is not None:
        return Comparison("not checked", f"{_capital(first.says)}, but {measured.doubt}.", value)
    return Comparison("contradicted", f"{_capital(first.says)}.", value)


def _number(
    entry: Entry, stated: Number, counted_from: int | None, measured: Measured
) -> Comparison:
    candidates = [
        each
        for candidate in measured.candidates
        for each in _countings(entry, counted_from, candidate)
    ]
    tolerated = _tolerated(entry.kind, measured)
    first = measured.candidates[0]
    value = _shown(entry.kind, first)
    says_something = stated.says_something(entry.kind, by_eye=entry.by_eye)
    impossible = None if stated.about else _no_share(entry.kind, stated, measured)
    if impossible is None:
        for span, remark in ((stated.meant, ""), (stated.cut, ", cut off rather than rounded")):
            for candidate in candidates:
                honest = _span(candidate).widened(tolerated)
                if candidate.meant and span.meets(honest):
                    said = f"{_written(entry.kind, candidate)}, {candidate.says}{remark}"
                    if not (says_something or stated.is_exactly(honest)):
                        little = "What is stated fits, but so would much else: measured"
                        return Comparison("not checked", f"{little} {said}.", value)
                    said = _capital(said)
                    return Comparison("reproduced", f"{said}.", _shown(entry.kind, candidate))
    shown = f"measured {_written(entry.kind, first)}, {first.says}"
    for candidate in candidates:
        if not candidate.meant and stated.meant.meets(_span(candidate).widened(tolerated)):
            return Comparison("not checked", f"What is stated is {candidate.says}; {shown}.", value)
    if measured.doubt is not None:
        return Comparison("not checked", f"{_capital(shown)}, but {measured.doubt}.", value)
    if impossible is not None:
        return Comparison("contradicted", f"{impossible}. {_capital(shown)}.", value)
    if any(stated.near.meets(_span(each).widened(tolerated)) for each in candidates if each.meant):
        little = "which is too near to call what is stated contradicted"
        return Comparison("not checked", f"{_capital(shown)}, {little}.", value)
    if measured.possible is not None:
        low, high = map(_fraction, measured.possible)
        if stated.near.meets(Span(low, high)):
            return Comparison("not checked", f"{_capital(shown)}; {measured.possible_says}.", value)
    consequence = measured.consequence(float(stated.middle))
    message = f"{_capital(shown)}." + (f" {consequence}" if consequence else "")
    return Comparison("contradicted", message, value)


def _not_comparable(stated: Stated, measured: NotMeasured) -> JsonValue:
    """What was measured all the same, as far as something is stated of it."""
    if not isinstance(measured.value, dict) or stated.table is None:
        return _json(measured.value)
    values = {_fraction(key): each for key, each in measured.value.items()}
    return {f"{float(key):g}": _json(values[key]) for key in stated.table if key in values}


def _countings(entry: Entry, counted_from: int | None, candidate: Candidate) -> list[Candidate]:
    """A candidate, counted from 0, as it may have been stated."""
    if entry.kind not in (Kind.EPOCH, Kind.STEP) or entry.by_eye:
        return [candidate]
    found = []
    for start in (0, 1) if counted_from is None else (counted_from,):
        found.append(
            Candidate(
                candidate.value + start,
                f"{candidate.says}, counted from {start}",
                None if candidate.high is None else candidate.high + start,
                candidate.meant,
            )
        )
    return found


def _tolerated(kind: Kind, measured: Measured) -> Fraction:
    if kind in WHOLE:
        return Fraction(0)
    if kind is Kind.SHARE:
        return SAME_SHARE
    return SAME_NUMBER * max(abs(_fraction(each.value)) for each in measured.candidates)


def _no_share(kind: Kind, stated: Number, measured: Measured) -> str | None:
    """Why no k gives a stated share, with the nearest that there are; None where one does."""
    N = measured.whole
    if kind is not Kind.SHARE or N is None:
        return None
    if any(shares_in(span.widened(SAME_SHARE), N) for span in (stated.meant, stated.cut)):
        return None
    below, above = nearest_shares(stated.middle, N)
    near = " and ".join(f"{k}/{N} = {k / N:.{_digits_of(stated) + 1}f}" for k in (below, above))
    return f"No number of {N} images gives {stated.text}: the nearest are {near}"


def _digits_of(stated: Number) -> int:
    return max(3, min(12, len(str(stated.unit.denominator)) - 1)) if stated.unit else 3


def _by_key(entry: Entry, stated: Stated, measurement: Mapping[float, One]) -> Comparison:
    assert stated.table is not None  # an entry that is by something has a table
    by = {_fraction(key): each for key, each in measurement.items()}
    found = _each(entry, stated.table, by)
    if stated.in_order and found.verdict != "reproduced":
        numbers = reversed(stated.table.values())
        other = _each(entry, dict(zip(stated.table, numbers, strict=True)), by)
        if other.verdict != "contradicted":
            return Comparison(
                other.verdict,
                f"Listed from the smallest {entry.by} to the largest. {other.message}",
                other.measured,
            )
    return found


def _each(
    entry: Entry,
    table: Mapping[Fraction, Number],
    by: Mapping[Fraction, One],
) -> Comparison:
    """The worst verdict of all, with what is said of those that have it."""
    said: dict[Verdict, list[str]] = {"contradicted": [], "not checked": [], "reproduced": []}
    values: dict[str, JsonValue] = {}
    for key, number in table.items():
        name = f"at {entry.by} = {float(key):g}"
        measured = by.get(key)
        if measured is None:
            one = Comparison("not checked", "there is no run of it.")
        elif isinstance(measured, NotMeasured):
            one = Comparison("not checked", f"{measured.reason}.", _json(measured.value))
        else:
            one = _number(entry, number, None, measured)
        values[f"{float(key):g}"] = one.measured
        said[one.verdict].append(f"{name}: {one.message[:1].lower()}{one.message[1:]}")
    if not said["contradicted"] and said["not checked"] and not any(values.values()):
        # One reason for all of them is said once.
        reasons = {each.partition(": ")[2]: None for each in said["not checked"]}
        return Comparison("not checked", " ".join(map(_capital, reasons)), values)
    verdict = next(verdict for verdict, messages in said.items() if messages)
    return Comparison(verdict, " ".join(map(_capital, said[verdict])), values)


def _span(candidate: Candidate) -> Span:
    low = _fraction(candidate.value)
    return Span(low, low if candidate.high is None else _fraction(candidate.high))


def _written(kind: Kind, candidate: Candidate) -> str:
    """As in "33", "0.06731" or "1750 to 3900"."""
    ends = [candidate.value] if candidate.high is None else [candidate.value, candidate.high]
    if kind in WHOLE:
        return " to ".join(f"{float(each):.0f}" for each in ends)
    if kind is Kind.SHARE:
        return " to ".join(f"{each:.{SHOWN_DIGITS}f}".rstrip("0").rstrip(".") for each in ends)
    return " to ".join(f"{each:.{SHOWN_DIGITS - 1}g}" for each in ends)


def _shown(kind: Kind, candidate: Candidate) -> JsonValue:
    """A measured value in a result: a number, or a span in words."""
    return _json(candidate.value) if candidate.high is None else _written(kind, candidate)


def _fraction(value: float | bool) -> Fraction:
    """Exactly the decimal that a float shortest stands for, so that 0.1 is one tenth."""
    return Fraction(repr(float(value)))


def _json(value: Any) -> JsonValue:
    """Rounded to what two machines agree on."""
    if isinstance(value, float):
        whole = round(value)
        return whole if whole == value and abs(value) < 1e12 else float(f"{value:.6g}")
    found: JsonValue = value
    return found


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
