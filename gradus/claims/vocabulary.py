"""What can be claimed, and what a claim is compared with.

The course states an `Entry` for each thing that reports state, and gives a `Measured` for it, or
says in a `NotMeasured` why it has none. `comparison.py` needs no more than these.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What sort of value an entry takes, and so how a stated one is read and compared."""

    COUNT = "a whole number"
    EPOCH = "an epoch"
    STEP = "a step"
    NUMBER = "a number"
    SHARE = "a share"
    YES_NO = "true or false"


RULES: Mapping[Kind, str] = {
    Kind.COUNT: "exactly",
    Kind.EPOCH: "exactly, from 0 or from 1",
    Kind.STEP: "exactly, from 0 or from 1",
    Kind.NUMBER: "to the digits printed",
    Kind.SHARE: "to the digits printed",
    Kind.YES_NO: "as it is",
}
"""How each kind is compared, in the words of the documentation."""


@dataclass(frozen=True)
class Entry:
    """One thing that a report can state.

    id: "task.name"; says: what it is, as the subject of a sentence without a full stop.
    example: a value as it stands in an answers file, in TOML.
    by: the name of what a table of values goes by, as "λ"; None for a single value. `example` is
        then a whole table.
    by_eye: it is read off a curve, so every stated value is taken as "about".
    of_data: it depends on the data set.
    phrases: regular expressions, each with one group `value`, by which a sentence states it; they
        are matched without regard to case.
    """

    id: str
    kind: Kind
    says: str
    example: str
    by: str | None = None
    by_eye: bool = False
    of_data: bool = True
    phrases: tuple[str, ...] = ()

    @property
    def task(self) -> str:
        return self.id.partition(".")[0]

    @property
    def rule(self) -> str:
        """How it is compared, in the words of the documentation."""
        if self.by_eye:
            return "read off a curve, so as “about”"
        return RULES[self.kind]


@dataclass(frozen=True)
class Candidate:
    """One honest value; `high` where it is a span of them, both ends included.

    says: what it is, as a sentence goes on after it: "the value at the stop (step 1044)"; of true
    or false a clause that tells why. meant: False for what somebody may have stated in its place,
    which is neither reproduced nor contradicted.
    """

    value: float | bool
    says: str
    high: float | None = None
    meant: bool = True


def _no_consequence(_: float) -> str | None:
    return None


@dataclass(frozen=True)
class Measured:
    """What a claim is compared with.

    candidates: the honest values; the first is shown as the measured one.
    source: where they come from, one sentence without a full stop.
    doubt: why a stated value that is none of them proves nothing; None where it does.
    possible: the span outside of which a stated value is surely wrong, and `possible_says` why
        values in it may be honest. Without one, only the candidates may be.
    whole: N where a share is k/N for a whole k, as every printed share must then be.
    consequence: what would follow if a contradicted value were so.
    """

    candidates: tuple[Candidate, ...]
    source: str
    doubt: str | None = None
    possible: tuple[float, float] | None = None
    possible_says: str = ""
    whole: int | None = None
    consequence: Callable[[float], str | None] = _no_consequence


@dataclass(frozen=True)
class NotMeasured:
    """Why there is nothing to compare with, one sentence without a full stop.

    value: what was measured all the same, where it is not comparable.
    """

    reason: str
    value: float | bool | dict[float, float] | None = None


One = Measured | NotMeasured
Measurement = One | Mapping[float, One]
"""Of one entry; by key where the entry is `by` something."""
