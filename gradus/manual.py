"""Marks that a person gives for what no law decides, merged into a result's pending part.

A table `submission,piece,points[,comment]`: points between 0 and what is pending of the piece.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from gradus.exports import MarksError
from gradus.results import Manual, Piece, Result, Task, to_points
from gradus.rubric import totals
from gradus.tables import Table, TableError

COLUMNS = ("submission", "piece", "points")


class ManualMarksError(MarksError):
    """Manual marks that cannot be read, or that do not fit the results they are for."""


@dataclass(frozen=True)
class ManualMark:
    """What a person gives one submission for the pending part of one piece."""

    submission: str
    piece: str
    points: Decimal
    comment: str | None = None


def read_marks(path: Path) -> tuple[ManualMark, ...]:
    """Read a table of manual marks; a row whose points are empty is not marked yet.

    Raises ManualMarksError for a missing column, points that are no whole thousandths, and a piece
    of a submission that stands in it twice.
    """
    try:
        rows = Table.read(path).records(required=COLUMNS, optional=("comment",))
    except TableError as error:
        raise ManualMarksError(str(error)) from None
    marks: list[ManualMark] = []
    for number, row in rows:
        if not row["points"]:
            continue
        try:
            points = to_points(row["points"].replace(",", "."))
        except ValueError as error:
            raise ManualMarksError(f"{path.name}, line {number}: {error}") from None
        marks.append(
            ManualMark(row["submission"], row["piece"], points, row.get("comment") or None)
        )
    twice = _twice(marks)
    if twice:
        raise ManualMarksError(
            f"{path.name} marks {', '.join(twice)} more than once; keep one row of each"
        )
    return tuple(marks)


def merge(result: Result, marks: Iterable[ManualMark]) -> Result:
    """The result with these marks, of which those for other submissions are left out.

    The pending part of a marked piece becomes earned and lost. A mark that was merged before is
    replaced, so merging the same table twice changes nothing more. Raises ManualMarksError for a
    piece that does not exist, has nothing pending, or gets more than what is pending.
    """
    own = {mark.piece: mark for mark in marks if mark.submission == result.submission.id}
    pieces = {piece.id: piece for task in result.tasks for piece in task.pieces}
    unknown = sorted(own.keys() - pieces.keys())
    if unknown:
        raise ManualMarksError(
            f"manual marks for {result.submission.id} name {', '.join(unknown)}, but the pieces "
            f"are {', '.join(pieces)}"
        )

    def marked(piece: Piece) -> Piece:
        mark = own.get(piece.id)
        return _marked_piece(piece, mark, result.submission.id) if mark is not None else piece

    return _with_pieces(result, marked)


def without_marks(result: Result) -> Result:
    """The result before any mark was merged: what a person decided is pending again."""
    return _with_pieces(result, _unmarked_piece)


def unmatched(marks: Iterable[ManualMark], graded: Iterable[str]) -> list[str]:
    """The submissions that marks name and that were not graded, each once."""
    known = set(graded)
    return list(dict.fromkeys(m.submission for m in marks if m.submission not in known))


def _with_pieces(result: Result, changed: Callable[[Piece], Piece]) -> Result:
    """The result with its pieces changed, and every sum of their points with them."""
    tasks = tuple(_task_with_pieces(task, changed) for task in result.tasks)
    return Result.model_validate(
        {**{n: getattr(result, n) for n in Result.model_fields}, "tasks": tasks}
        | {"score": totals(tasks)}
    )


def _task_with_pieces(task: Task, changed: Callable[[Piece], Piece]) -> Task:
    pieces = tuple(map(changed, task.pieces))
    if pieces == task.pieces:
        return task
    sums = {
        name: sum((getattr(piece, name) for piece in pieces), Decimal("0.000"))
        for name in ("earned", "lost", "pending")
    }
    return Task(
        id=task.id,
        title=task.title,
        **sums,
        available=sums["earned"] + sums["lost"],
        total=task.total,
        pieces=pieces,
        checks=task.checks,
    )


def _marked_piece(piece: Piece, mark: ManualMark, submission: str) -> Piece:
    before = piece.manual
    open_ = before.of if before else piece.pending
    if not open_:
        raise ManualMarksError(
            f"{mark.points} points are given to {submission} for {piece.id}, of which nothing is "
            "pending; laws decided it"
        )
    if mark.points > open_:
        raise ManualMarksError(
            f"{mark.points} points are given to {submission} for {piece.id}, but at most {open_} "
            "are pending"
        )
    earned = piece.earned - (before.points if before else 0) + mark.points
    comment = f": {mark.comment}" if mark.comment else ""
    manual = Manual(
        points=mark.points,
        of=open_,
        comment=mark.comment,
        reason=before.reason if before else piece.reason,
    )
    reason = f"a person gave {mark.points} of {open_}{comment}"
    return _decided(piece, earned, Decimal("0.000"), reason, manual)


def _unmarked_piece(piece: Piece) -> Piece:
    given = piece.manual
    if given is None:
        return piece
    return _decided(piece, piece.earned - given.points, given.of, given.reason, None)


def _decided(
    piece: Piece, earned: Decimal, pending: Decimal, reason: str | None, manual: Manual | None
) -> Piece:
    """The piece with so much earned and pending, and the rest lost."""
    return Piece(
        id=piece.id,
        title=piece.title,
        judged=piece.judged,
        points=piece.points,
        earned=earned,
        lost=piece.points - earned - pending,
        pending=pending,
        reason=reason,
        manual=manual,
    )


def _twice(marks: Sequence[ManualMark]) -> list[str]:
    keys = [f"{mark.piece} of {mark.submission}" for mark in marks]
    return sorted({key for key in keys if keys.count(key) > 1})
