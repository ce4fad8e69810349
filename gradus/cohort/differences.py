"""What differs between two gradings: the contract of `gradus diff --json`, schema `gradus/diff/v1`.

Comparing the other way round gives the same with old and new exchanged.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, PlainSerializer

from gradus.models import Frozen
from gradus.results import Points

Signed = Annotated[Decimal, PlainSerializer(float, return_type=float)]


class Cause(Frozen):
    """Why a piece has other marks: `what` is a law's id, or the piece's.

    `piece` is the piece. `kind` says what `old` and `new` are: verdicts of a `law`, whose weight
    follows where it changed; the `points` of the piece; what a `person` gave for it; and, where
    none of these changed, the `rule` by which the same verdicts count. None stands for what is not
    there.
    """

    what: str
    piece: str
    kind: Literal["law", "points", "person", "rule"]
    old: str | None
    new: str | None

    def reversed(self) -> Self:
        return self.model_copy(update={"old": self.new, "new": self.old})


class Standing(Frozen):
    """What one grading gave."""

    earned: Points
    lost: Points
    pending: Points


class Move(Frozen):
    """A submission that both gradings have, and that is not the same in both.

    `by` is how much more it earned, in all and by task and piece; `pieces` has those whose earned,
    lost or pending points changed, the largest change first. `renamed` is its id in the new one
    where that is another; `other_files` says that what was handed in changed. `because` holds only
    what changed marks; `verdicts` are scored laws whose verdict changed and no mark.
    """

    id: str
    renamed: str | None = None
    old: Standing
    new: Standing
    by: Signed
    tasks: dict[str, Signed]
    pieces: dict[str, Signed]
    other_files: bool
    because: tuple[Cause, ...]
    verdicts: tuple[Cause, ...]

    @property
    def is_a_move(self) -> bool:
        """Whether marks changed, and not only verdicts."""
        return bool(self.because)

    def reversed(self) -> Self:
        return self.model_copy(
            update={
                "id": self.renamed or self.id,
                "renamed": self.id if self.renamed else None,
                "old": self.new,
                "new": self.old,
                "by": -self.by,
                "tasks": {id: -by for id, by in self.tasks.items()},
                "pieces": {id: -by for id, by in self.pieces.items()},
                "because": tuple(cause.reversed() for cause in self.because),
                "verdicts": tuple(cause.reversed() for cause in self.verdicts),
            }
        )


class Alone(Frozen):
    """A submission that only one grading has; `why` is what the other says of it."""

    id: str
    earned: Points
    why: str | None = None


class Condition(Frozen):
    """Something that both results of `count` submissions were not made under alike."""

    name: str
    old: str | None
    new: str | None
    count: int = Field(ge=1)

    def reversed(self) -> Self:
        return self.model_copy(update={"old": self.new, "new": self.old})


def in_order(conditions: Iterable[Condition]) -> tuple[Condition, ...]:
    """By name, what holds for most first."""
    return tuple(
        sorted(conditions, key=lambda each: (each.name, -each.count, str(each.old), str(each.new)))
    )


class Differences(Frozen):
    """Everything that differs between two gradings; `compared` is how many submissions both have.

    Submissions with other marks or verdicts stand under `moves`.
    """

    schema_id: Literal["gradus/diff/v1"] = Field(default="gradus/diff/v1", alias="schema")
    compared: int = Field(ge=0)
    conditions: tuple[Condition, ...]
    moves: tuple[Move, ...]
    new: tuple[Alone, ...]
    gone: tuple[Alone, ...]

    @property
    def is_empty(self) -> bool:
        """Whether both gradings are the same."""
        return not (self.conditions or self.moves or self.new or self.gone)

    def reversed(self) -> Self:
        """The differences from new to old."""
        return self.model_copy(
            update={
                "conditions": in_order(each.reversed() for each in self.conditions),
                "moves": tuple(sorted((e.reversed() for e in self.moves), key=lambda e: e.id)),
                "new": self.gone,
                "gone": self.new,
            }
        )
