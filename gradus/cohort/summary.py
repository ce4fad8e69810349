"""What is known of a whole class: the contract of `cohort.json`, schema `gradus/cohort/v1`.

Frozen models, as those of a result. Apart from every `seconds`, the same results give the same
text, in whatever order they came.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Literal, Self

from pydantic import Field, JsonValue, model_validator

from gradus.models import Frozen
from gradus.results import Origin, Points


class Counts(Frozen):
    """Submissions by what became of them: graded, refused by us, or hit by a fault of ours."""

    submissions: int = Field(ge=0)
    graded: int = Field(ge=0)
    refused: int = Field(ge=0)
    fault: int = Field(ge=0)

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if self.graded + self.refused + self.fault != self.submissions:
            raise ValueError(f"counts are {self!r}, but should add up to `submissions`")
        return self


class Sums(Frozen):
    """Points of all graded submissions together."""

    earned: Points
    lost: Points
    available: Points
    pending: Points
    total: Points

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if (self.earned + self.lost, self.available + self.pending) != (self.available, self.total):
            raise ValueError(
                f"sums are {self!r}, but earned + lost should be available, and available + "
                "pending the total"
            )
        return self


class Spread(Frozen):
    """How the points earned lie: the value below which so many of the graded submissions are."""

    least: Points
    quarter: Points
    median: Points
    three_quarters: Points
    most: Points


class Bin(Frozen):
    """How many earned at least `start` and less than `end`; the last bin holds its end too."""

    start: Points
    end: Points
    count: int = Field(ge=0)


class TaskSummary(Frozen):
    """A task over all graded submissions; `whole` lost nothing of it, `nothing` earned nothing."""

    id: str
    title: str
    graded: int = Field(ge=0)
    sums: Sums
    whole: int = Field(ge=0)
    nothing: int = Field(ge=0)


class LawSummary(Frozen):
    """A law over all graded submissions, by verdict."""

    id: str
    task: str
    law: str
    kind: Literal["scored", "evidence", "advice"]
    passed: int = Field(ge=0)
    failed: int = Field(ge=0)
    errored: int = Field(ge=0)
    blocked: int = Field(ge=0)
    not_run: int = Field(ge=0)

    @property
    def asked(self) -> int:
        """Of how many submissions the law was asked."""
        return self.passed + self.failed + self.errored + self.blocked + self.not_run


class Mistake(Frozen):
    """A diagnosis and whose it was, each submission once."""

    fault: str
    kind: Literal["mistake", "hint", "unknown"]
    says: str
    who: tuple[str, ...]


class ConventionValue(Frozen):
    """One way of doing something that the assignment leaves open, and who does it."""

    value: JsonValue
    who: tuple[str, ...]


class Convention(Frozen):
    """What was measured of each submission under one name, the commonest first."""

    name: str
    values: tuple[ConventionValue, ...]


class Identical(Frozen):
    """Submissions that share files.

    `how` is "submission" where every file of theirs is the same, byte for byte, `files` then being
    empty; "bytes" where these files are; "syntax" where they are but for comments, docstrings,
    layout and the names of variables. `nodes` is how large their syntax trees are together.
    """

    how: Literal["submission", "bytes", "syntax"]
    files: tuple[str, ...]
    nodes: int = Field(ge=0)
    who: tuple[str, ...]


class Widespread(Frozen):
    """A file that so many share that it says nothing of any: as handed out, or nearly so."""

    file: str
    count: int = Field(ge=0)


class NotLoaded(Frozen):
    """What ended in an error before any law could be asked; `laws` is how many that cost."""

    id: str
    says: str
    laws: int = Field(ge=0)


class Contradicted(Frozen):
    """A claim that was measured to be otherwise."""

    id: str
    claim: str
    task: str
    stated: JsonValue = None
    measured: JsonValue = None
    message: str | None = None


class Conditions(Frozen):
    """Under what results were made, and how many were."""

    version: str
    engine_sha256: str
    course_sha256: str
    rubric_sha256: str
    seed: int
    data: str
    isolation: str
    numpy: str
    count: int = Field(ge=0)


class Row(Frozen):
    """One submission: its marks, and what to look at. Points are None where it is not graded."""

    id: str
    folder: str
    status: Literal["graded", "refused", "fault"]
    sentence: str | None = None
    problems: tuple[str, ...] = ()
    origin: Origin | None = None
    note: str | None = None
    sha256: str | None = None
    earned: Points | None = None
    lost: Points | None = None
    pending: Points | None = None
    total: Points | None = None
    tasks: dict[str, tuple[Points, Points, Points]] = Field(default_factory=dict)
    broken: tuple[str, ...] = ()
    mistakes: tuple[str, ...] = ()
    look_here: tuple[str, ...] = ()
    contradicted: int = Field(default=0, ge=0)
    seconds: float = Field(default=0.0, ge=0)


class Cohort(Frozen):
    """Everything that is known of a class.

    In `rows`, `tasks` holds what was earned, lost and is pending of each, `broken` the scored laws
    that do not hold, and `look_here` the evidence that contradicts the marks.
    """

    schema_id: Literal["gradus/cohort/v1"] = Field(default="gradus/cohort/v1", alias="schema")
    course: str
    counts: Counts
    sums: Sums
    spread: Spread | None
    distribution: tuple[Bin, ...]
    tasks: tuple[TaskSummary, ...]
    laws: tuple[LawSummary, ...]
    mistakes: tuple[Mistake, ...]
    conventions: tuple[Convention, ...]
    identical: tuple[Identical, ...]
    widespread: tuple[Widespread, ...]
    not_loaded: tuple[NotLoaded, ...]
    contradicted: tuple[Contradicted, ...]
    conditions: tuple[Conditions, ...]
    rows: tuple[Row, ...]

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        graded = [row for row in self.rows if row.status == "graded"]
        for name in ("earned", "lost", "pending", "total"):
            of_rows = sum((getattr(row, name) or Decimal(0) for row in graded), Decimal(0))
            of_tasks = sum((getattr(task.sums, name) for task in self.tasks), Decimal(0))
            if not of_rows == of_tasks == getattr(self.sums, name):
                raise ValueError(
                    f"`{name}` is {getattr(self.sums, name)}, but the submissions give {of_rows} "
                    f"and the tasks {of_tasks}; they should be equal"
                )
        counted = sum(each.count for each in self.distribution)
        if not counted == len(graded) == self.counts.graded or len(self.rows) != (
            self.counts.submissions
        ):
            raise ValueError(
                f"{self.counts.graded} submissions are graded, but {len(graded)} have marks and "
                f"the distribution holds {counted}; they should be equal"
            )
        return self

    def to_json(self) -> str:
        """The text of `cohort.json`, with one newline at its end."""
        return json.dumps(self.model_dump(), indent=1, ensure_ascii=True, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read `cohort.json`; raises ValueError where it is none, or does not add up."""
        return cls.model_validate(json.loads(text))
