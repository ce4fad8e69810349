"""Compares two gradings: who moved, by how much, and because of which law.

Nothing is compared but what stands in results, one submission at a time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path

from pydantic import BaseModel

from gradus.cohort import CohortError
from gradus.cohort.differences import (
    Alone,
    Cause,
    Condition,
    Differences,
    Move,
    Standing,
    in_order,
)
from gradus.cohort.outcome import RESULTS
from gradus.results import Check, Piece, Result
from gradus.rubric import VALUE_LAW

ZERO = Decimal("0.000")


def between(old: Path, new: Path) -> Differences:
    """Compare what two runs of `grade` wrote, one submission at a time.

    Submissions are matched by id; where each folder is of one submission, these two are compared.
    Raises CohortError where a folder holds no results, or one cannot be read.
    """
    before, after = _Graded(old), _Graded(new)
    if before.single and after.single:
        return compared([(before.read("."), after.read("."))], {}, {})
    shared = sorted(before.places.keys() & after.places.keys())
    pairs = ((before.read(id), after.read(id)) for id in shared)
    return compared(pairs, before.without(after), after.without(before))


def compared(
    pairs: Iterable[tuple[Result, Result]],
    gone: Mapping[str, tuple[Decimal, str | None]],
    new: Mapping[str, tuple[Decimal, str | None]],
) -> Differences:
    """Compare pairs of old and new results; `gone` and `new` give earned points and a reason."""
    conditions: Counter[tuple[str, str | None, str | None]] = Counter()
    moves: list[Move] = []
    count = 0
    for old, now in pairs:
        count += 1
        conditions.update(_conditions(old, now))
        move = _move(old, now)
        if move.because or move.verdicts or move.other_files:
            moves.append(move)
    return Differences(
        compared=count,
        conditions=in_order(
            Condition(name=name, old=was, new=is_, count=number)
            for (name, was, is_), number in conditions.items()
        ),
        moves=tuple(sorted(moves, key=lambda each: each.id)),
        new=_alone(new),
        gone=_alone(gone),
    )


class _Row(BaseModel):
    """What is read of a submission in a summary of any version."""

    id: str
    status: str
    sentence: str | None = None


class _Class(BaseModel):
    rows: tuple[_Row, ...]


class _Graded:
    """A folder that `grade` wrote: of one submission, whose place is ".", or of many."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.single = (root / RESULTS).is_file()
        self._reasons: dict[str, str] = {}
        try:
            if self.single:
                self.places = {self.read(".").submission.id: "."}
                return
            names = sorted(path.name for path in root.iterdir() if (path / RESULTS).is_file())
            self._read_reasons()
        except OSError as error:
            raise CohortError(
                f"{root} cannot be read ({error.strerror}); name the folder that grade wrote"
            ) from None
        self.places = {name: name for name in names if name not in self._reasons}
        if not self.places:
            raise CohortError(f"{root} holds no {RESULTS}; name the folder that grade wrote")

    def _read_reasons(self) -> None:
        """Why submissions of this class are not graded; a result of theirs is of an earlier run."""
        path = self._root / "cohort.json"
        if path.is_file():
            try:
                rows = _Class.model_validate_json(path.read_bytes()).rows
            except ValueError as error:
                first = str(error).splitlines()[0]
                raise CohortError(f"{path} is no summary that can be read: {first}") from None
            self._reasons = {
                row.id: row.sentence or row.status for row in rows if row.status != "graded"
            }

    def read(self, id: str) -> Result:
        path = self._root / (self.places[id] if id != "." else id) / RESULTS
        try:
            return Result.from_json(path.read_bytes())
        except (OSError, ValueError) as error:
            first = (str(error) or type(error).__name__).splitlines()[0]
            raise CohortError(f"{path} is no result that can be read: {first}") from None

    def without(self, other: _Graded) -> dict[str, tuple[Decimal, str | None]]:
        """What this has and `other` has not, with the other's reason."""
        return {
            id: (self.read(id).score.earned, other._reasons.get(id))
            for id in self.places.keys() - other.places.keys()
        }


def _alone(found: Mapping[str, tuple[Decimal, str | None]]) -> tuple[Alone, ...]:
    return tuple(
        Alone(id=id, earned=earned, why=why) for id, (earned, why) in sorted(found.items())
    )


def _conditions(old: Result, new: Result) -> Iterator[tuple[str, str | None, str | None]]:
    """What both were made under, where it differs: name, old and new."""
    was, is_ = _made_under(old), _made_under(new)
    for name in dict.fromkeys([*was, *is_]):
        if was.get(name) != is_.get(name):
            yield name, was.get(name), is_.get(name)


def _made_under(result: Result) -> dict[str, str]:
    harness = result.harness
    found = {
        "gradus": harness.version,
        "gradus sha256": harness.engine_sha256,
        "course": harness.course,
        "course sha256": harness.course_sha256,
        "rubric sha256": harness.rubric_sha256,
        "seed": str(harness.seed),
        "isolation": result.isolation.level,
    }
    found |= {f"setting {name}": str(value) for name, value in harness.settings.items()}
    found |= {f"data {name}": str(value) for name, value in result.data.items()}
    found |= {name: str(value) for name, value in result.environment.items()}
    return {name: value for name, value in found.items() if value}


def _move(old: Result, new: Result) -> Move:
    was = {piece.id: piece for task in old.tasks for piece in task.pieces}
    is_ = {piece.id: piece for task in new.tasks for piece in task.pieces}
    laws = _by_piece(old), _by_piece(new)
    pieces: dict[str, Decimal] = {}
    because: dict[str, list[Cause]] = {}
    verdicts: list[Cause] = []
    for id in sorted({*was, *is_, *laws[0], *laws[1]}):
        one, other = was.get(id), is_.get(id)
        changed = list(_laws(id, laws[0].get(id, ()), laws[1].get(id, ())))
        if _marks(one) == _marks(other):
            verdicts += changed
        else:
            pieces[id] = _marks(other)[0] - _marks(one)[0]
            because[id] = [*changed, *_causes(id, one, other)] or [
                Cause(what=id, piece=id, kind="rule", old=_given(one), new=_given(other))
            ]
    largest = sorted(pieces, key=lambda id: (-abs(pieces[id]), id))
    tasks = {
        id: by
        for id in sorted({task.id for task in (*old.tasks, *new.tasks)})
        if (by := _earned(new, id) - _earned(old, id))
    }
    ids = old.submission.id, new.submission.id
    return Move(
        id=ids[0],
        renamed=ids[1] if ids[0] != ids[1] else None,
        old=_standing(old),
        new=_standing(new),
        by=new.score.earned - old.score.earned,
        tasks=tasks,
        pieces={id: pieces[id] for id in largest},
        other_files=old.submission.sha256 != new.submission.sha256,
        because=tuple(cause for id in largest for cause in because[id]),
        verdicts=tuple(verdicts),
    )


def _by_piece(result: Result) -> dict[str, list[Check]]:
    found: dict[str, list[Check]] = {}
    for check in result.checks:
        if check.scored:
            found.setdefault(check.piece, []).append(check)
    return found


def _laws(piece: str, old: Iterable[Check], new: Iterable[Check]) -> Iterator[Cause]:
    """The laws of one piece whose verdict or weight differs, its value law first."""
    was, is_ = {check.id: check for check in old}, {check.id: check for check in new}
    value = f"{piece}.{VALUE_LAW}"
    for id in sorted(was.keys() | is_.keys(), key=lambda id: (id != value, id)):
        one, other = was.get(id), is_.get(id)
        weighed = one is not None and other is not None and one.weight != other.weight
        before, after = _verdict(one, weighed), _verdict(other, weighed)
        if before != after:
            yield Cause(what=id, piece=piece, kind="law", old=before, new=after)


def _verdict(check: Check | None, weighed: bool) -> str | None:
    if check is None:
        return None
    said = "pending" if check.pending else check.verdict.value.replace("_", " ")
    return f"{said}, weight {check.weight:g}" if weighed else said


def _causes(id: str, old: Piece | None, new: Piece | None) -> Iterator[Cause]:
    """What else than laws gives a piece other marks."""
    points = tuple(None if piece is None else str(piece.points) for piece in (old, new))
    if points[0] != points[1]:
        yield Cause(what=id, piece=id, kind="points", old=points[0], new=points[1])
    given = tuple(
        f"{piece.manual.points} of {piece.manual.of}" if piece and piece.manual else None
        for piece in (old, new)
    )
    if given[0] != given[1]:
        yield Cause(what=id, piece=id, kind="person", old=given[0], new=given[1])


def _marks(piece: Piece | None) -> tuple[Decimal, Decimal, Decimal]:
    return (piece.earned, piece.lost, piece.pending) if piece else (ZERO, ZERO, ZERO)


def _given(piece: Piece | None) -> str | None:
    if piece is None:
        return None
    return f"{piece.earned} earned, {piece.lost} lost, {piece.pending} pending"


def _earned(result: Result, task: str) -> Decimal:
    return sum((each.earned for each in result.tasks if each.id == task), ZERO)


def _standing(result: Result) -> Standing:
    score = result.score
    return Standing(earned=score.earned, lost=score.lost, pending=score.pending)
