"""The result of grading one submission: the contract behind every report and export.

The models mirror `results.json` (schema `gradus/result/v1`) field by field. They are frozen, refuse
unknown fields, and refuse numbers that do not add up: a report can trust what it is given.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BeforeValidator,
    Field,
    JsonValue,
    PlainSerializer,
    WithJsonSchema,
    model_validator,
)

from gradus.ids import name_of, piece_of
from gradus.models import Frozen

SCHEMA = "gradus/result/v1"
THOUSANDTH = Decimal("0.001")


class Verdict(StrEnum):
    """What became of a law."""

    PASSED = "passed"
    FAILED = "failed"
    ERRORED = "errored"
    BLOCKED = "blocked"
    NOT_RUN = "not_run"


def to_points(value: Any) -> Decimal:
    """A number of points as an exact Decimal with three places.

    Raises ValueError for what is negative, not finite or no whole number of thousandths.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
        raise ValueError(f"points are {value!r}, but should be a number")
    try:
        exact = Decimal(str(value))
        points = exact.quantize(THOUSANDTH)
    except InvalidOperation:
        raise ValueError(f"points are {value!r}, but should be a number") from None
    if points != exact or points < 0:
        raise ValueError(f"points are {value!r}, but should be whole thousandths, 0 or more")
    return abs(points)


Points = Annotated[
    Decimal,
    BeforeValidator(to_points),
    PlainSerializer(float, return_type=float),
    WithJsonSchema({"type": "number", "minimum": 0, "description": "whole thousandths"}),
]
"""Exact points: a Decimal with three places in Python, a number in JSON."""


class Where(Frozen):
    """A line of the submission; `file` is relative, with forward slashes."""

    file: str
    line: int | None = None


class Counterexample(Frozen):
    """The smallest failing case: a snippet to paste, what it gives and what it should give."""

    snippet: str
    got: str
    should_be: str


class Diagnosis(Frozen):
    """What explains a failure: a named `mistake`, a `hint` that is true of it, or that neither is.

    `fault` is the mistake's id; of a hint or of `unknown` it is the piece and the hint's name.
    `numpy`: the versions of NumPy under which this goes wrong, as in ">=2.0", where it depends on
    them.
    """

    fault: str
    says: str
    fix: str
    kind: Literal["mistake", "hint", "unknown"] = "mistake"
    numpy: str | None = None


class Check(Frozen):
    """One law and its verdict.

    `advice` (what the assignment did not ask for) and `evidence` ("look here") have weight 0.
    `pending` marks a blocked law that waits for something absent from the machine.
    """

    id: str
    piece: str
    law: str
    verdict: Verdict
    advice: bool = False
    evidence: bool = False
    weight: float = Field(default=1.0, ge=0)
    pending: bool = False
    message: str | None = None
    where: Where | None = None
    counterexample: Counterexample | None = None
    seconds: float = Field(default=0.0, ge=0)
    examples: int = Field(default=0, ge=0)
    diagnosis: tuple[Diagnosis, ...] = ()

    @property
    def scored(self) -> bool:
        return not (self.advice or self.evidence)

    @property
    def name(self) -> str:
        """The last part of the id."""
        return name_of(self.id)

    @property
    def task(self) -> str:
        return self.id.partition(".")[0]

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if self.piece != piece_of(self.id) or not self.piece:
            raise ValueError(
                f"law {self.id!r} names the piece {self.piece!r}, but should name "
                f"{self.id.rpartition('.')[0]!r}, its id without the last part"
            )
        if self.advice and self.evidence:
            raise ValueError(f"law {self.id!r} is advice and evidence; it can be one of them")
        if self.scored != (self.weight > 0):
            raise ValueError(
                f"law {self.id!r} has weight {self.weight:g}; a scored law weighs more than 0, "
                "advice and evidence weigh 0"
            )
        if self.pending and self.verdict is not Verdict.BLOCKED:
            raise ValueError(f"law {self.id!r} is pending but {self.verdict}; it should be blocked")
        return self


class Manual(Frozen):
    """What a person gave for the part of a piece that was pending: `points` of `of`.

    `reason` is the piece's before that: why it waited for a person.
    """

    points: Points
    of: Points
    comment: str | None = None
    reason: str | None = None

    @model_validator(mode="after")
    def _is_within(self) -> Self:
        if self.points > self.of:
            raise ValueError(f"a person gave {self.points} points, but at most {self.of} were open")
        return self


class Piece(Frozen):
    """A part of a task with points of its own: `points = earned + lost + pending`."""

    id: str
    title: str
    judged: Literal["laws", "recognition", "person"]
    points: Points
    earned: Points
    lost: Points
    pending: Points
    reason: str | None = None
    manual: Manual | None = None

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        _equal(f"piece {self.id}: earned + lost + pending", self, "points", _parts(self))
        return self


class Score(Frozen):
    """`earned + lost = available` and `available + pending = total`."""

    earned: Points
    lost: Points
    available: Points
    pending: Points
    total: Points

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        _equal("score: earned + lost", self, "available", self.earned + self.lost)
        _equal("score: available + pending", self, "total", self.available + self.pending)
        return self


class Task(Frozen):
    """One task: its marks, its pieces and the laws that judge them."""

    id: str
    title: str
    earned: Points
    lost: Points
    available: Points
    pending: Points
    total: Points
    pieces: tuple[Piece, ...] = ()
    checks: tuple[Check, ...] = ()

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        name = f"task {self.id}"
        _equal(f"{name}: earned + lost", self, "available", self.earned + self.lost)
        _equal(f"{name}: available + pending", self, "total", self.available + self.pending)
        for field in ("earned", "lost", "pending"):
            _equal(f"{name}: its pieces", self, field, _total(self.pieces, field))
        _equal(f"{name}: its pieces", self, "total", _total(self.pieces, "points"))
        return self


class Counts(Frozen):
    """How many laws were expected and what became of them; `advice` laws are counted apart."""

    expected: int = Field(ge=0)
    passed: int = Field(ge=0)
    failed: int = Field(ge=0)
    errored: int = Field(ge=0)
    blocked: int = Field(ge=0)
    not_run: int = Field(ge=0)
    advice: int = Field(ge=0)

    @classmethod
    def of(cls, checks: Iterable[Check]) -> Self:
        """Count these laws."""
        checks = tuple(checks)
        expected = [check for check in checks if not check.advice]
        return cls(
            expected=len(expected),
            advice=len(checks) - len(expected),
            **{v.value: sum(check.verdict is v for check in expected) for v in Verdict},
        )


Platform = Literal["blackboard", "canvas", "github"]


class Origin(Frozen):
    """Who handed in, as the course platform names it, and which attempt this is.

    `user` is Blackboard's username, Canvas' id or GitHub's name; `attempt` the platform's own local
    time, as in "2024-01-31 12:00:00".
    """

    platform: Platform
    user: str
    attempt: str | None = None
    late: bool = False


class Source(Frozen):
    """Digests of one of a submission's modules: of its bytes, and of its syntax.

    `syntax` leaves out comments, layout, and what variables are called; it is None where the file
    is no Python. `nodes` is how large the syntax tree is.
    """

    file: str
    sha256: str
    syntax: str | None = None
    nodes: int = Field(default=0, ge=0)


class Submission(Frozen):
    """What was graded; `sha256` is the digest of its files.

    `note` tells what else the same student handed in, and why this is what counts.
    """

    id: str
    sha256: str
    edition: str
    origin: Origin | None = None
    note: str | None = None
    sources: tuple[Source, ...] = ()


class Claim(Frozen):
    """What the report states, beside what was measured.

    `says` is what the claim is about, `source` where the measured value comes from.
    """

    id: str
    task: str
    says: str | None = None
    stated: JsonValue = None
    measured: JsonValue = None
    verdict: Literal["reproduced", "contradicted", "not checked"]
    message: str | None = None
    source: str | None = None


class DerivationLine(Frozen):
    """One typed line; `holds` is None where it could not be decided."""

    text: str
    holds: bool | None = None
    says: str | None = None


class Derivation(Frozen):
    """A derivation as typed, line by line."""

    id: str
    task: str
    verdict: Literal["complete", "incomplete", "not typed"]
    lines: tuple[DerivationLine, ...] = ()
    message: str | None = None


class Interpreter(Frozen):
    """What a submission ran under."""

    python: str
    numpy: str


class LawUnderBoth(Frozen):
    """A law whose verdict depends on the interpreter: what counts, and what the other one gave."""

    id: str
    verdict: Verdict
    beside: Verdict


class Share(Frozen):
    """What became of a piece's points."""

    earned: Points
    lost: Points
    pending: Points


class Difference(Frozen):
    """What differs in one piece: its laws, and its points where the rubric gives it any.

    `because` is the change of NumPy that explains it, None where none is known; `told` is what the
    first of the laws says under the interpreter under which it does not hold.
    """

    piece: str
    marks: Share | None
    beside: Share | None
    laws: tuple[LawUnderBoth, ...]
    because: str | None = None
    told: str | None = None


class Comparison(Frozen):
    """The same submission under two interpreters.

    Marks and everything else in the result come from `marks`; `score` is the one under `beside`.
    Pieces that are not among the `differences` come out the same.
    """

    marks: Interpreter
    beside: Interpreter
    score: Score
    differences: tuple[Difference, ...] = ()


class Isolation(Frozen):
    """How far student code was kept from the grader, and what a probe could still do."""

    level: str
    says: str = ""
    applied: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    probe: dict[str, bool] = Field(default_factory=dict)


class Harness(Frozen):
    """Which grader gave this result, and how it was set; the same give the same result.

    `course_sha256` is the digest of the course's own files, its laws and its solution,
    `engine_sha256` that of Gradus' own code. `settings` are those that decide what is run.
    """

    version: str
    rubric_sha256: str
    seed: int
    course: str = ""
    course_sha256: str = ""
    engine_sha256: str = ""
    settings: dict[str, JsonValue] = Field(default_factory=dict)


class Result(Frozen):
    """Everything that is known about one graded submission."""

    schema_id: Literal["gradus/result/v1"] = Field(default="gradus/result/v1", alias="schema")
    submission: Submission
    score: Score
    tasks: tuple[Task, ...]
    runs: tuple[dict[str, JsonValue], ...] = ()
    claims: tuple[Claim, ...] = ()
    derivations: tuple[Derivation, ...] = ()
    conventions: dict[str, JsonValue] = Field(default_factory=dict)
    counts: Counts
    isolation: Isolation
    environment: dict[str, JsonValue] = Field(default_factory=dict)
    data: dict[str, JsonValue] = Field(default_factory=dict)
    harness: Harness
    comparison: Comparison | None = None

    @property
    def checks(self) -> tuple[Check, ...]:
        """All laws, in the order of the tasks."""
        return tuple(check for task in self.tasks for check in task.checks)

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        for field in ("earned", "lost", "available", "pending", "total"):
            _equal("score: its tasks", self.score, field, _total(self.tasks, field))
        counted = Counts.of(self.checks)
        if counted != self.counts:
            raise ValueError(
                f"counts are {self.counts!r}, but the laws give {counted!r}; use Counts.of"
            )
        ids = [check.id for check in self.checks]
        if len(set(ids)) != len(ids):
            twice = sorted({id for id in ids if ids.count(id) > 1})
            raise ValueError(f"laws appear twice: {', '.join(twice)}; each id may appear once")
        return self

    def to_json(self) -> str:
        """The text of `results.json`: keys in the models' order, one newline at the end.

        Letters of every language stand as they are, characters that do not print as their escapes.
        Raises ValueError for nan and infinities.
        """
        dumped = self.model_dump()
        text = json.dumps(dumped, indent=1, ensure_ascii=False, allow_nan=False)
        return "\n".join(map(_printable, text.split("\n"))) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read `results.json`; raises ValueError where it is not one, or does not add up."""
        document = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_with_keys_once)
        return cls.model_validate(document)


def comparable(result: dict[str, Any]) -> dict[str, Any]:
    """The parts of a result's JSON that two runs share: all without any `seconds` and `runs`."""
    return {
        key: _without_times(value)
        for key, value in result.items()
        if key not in ("seconds", "runs")
    }


def encoded(text: str) -> bytes:
    """UTF-8. Lone surrogates come from undecodable file names; they are shown, never an error."""
    return text.encode("utf-8", "backslashreplace")


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write so that `path` holds the old content or the new, never a part; text as UTF-8."""
    content = encoded(content) if isinstance(content, str) else content
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with open(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, _default_mode())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def json_schema() -> dict[str, Any]:
    """The JSON Schema of `results.json`, as committed in `gradus/result.schema.json`."""
    schema = Result.model_json_schema(mode="serialization", by_alias=True)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:{SCHEMA.replace('/', ':')}",
        **schema,
    }


def json_schema_text() -> str:
    """`json_schema` as the text of its file."""
    return json.dumps(json_schema(), indent=1, ensure_ascii=False) + "\n"


def _printable(line: str) -> str:
    # Outside of its strings JSON is ASCII, so an escape can stand for any other character.
    if line.isprintable():
        return line
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in line)


def _no_constant(name: str) -> None:
    raise ValueError(f"a result holds {name}, but should hold finite numbers only")


def _with_keys_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Of a key that stands twice readers take the first or the last: two marks in one result.
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"a result holds {twice!r} twice in one place, but each key stands once")
    return found


def _parts(piece: Piece) -> Decimal:
    return piece.earned + piece.lost + piece.pending


def _total(items: Iterable[Any], field: str) -> Decimal:
    return sum((getattr(item, field) for item in items), Decimal("0.000"))


def _equal(what: str, holder: Any, field: str, got: Decimal) -> None:
    should = getattr(holder, field)
    if got != should:
        raise ValueError(f"{what} gives {got}, but `{field}` is {should}; they should be equal")


def _without_times(value: Any) -> Any:
    if isinstance(value, dict):
        return comparable(value)
    if isinstance(value, list):
        return [_without_times(item) for item in value]
    return value


def _default_mode() -> int:
    # mkstemp makes files private; a report should be as readable as any file its owner writes.
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
