"""Points: what a course awards for what, and what a set of verdicts earns.

Points are split over tasks and pieces in `rubric.toml`. A piece that is judged by laws earns
nothing unless its value law passed; otherwise its points times the share of passed weight. All
arithmetic is exact, rounded half up once per piece to whole thousandths.
"""

from __future__ import annotations

import hashlib
import math
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, get_args

from gradus.errors import GradusError
from gradus.results import Check, Piece, Score, Task, Verdict, to_points

Judged = Literal["laws", "recognition", "person"]
VALUE_LAW = "value"
ZERO = Decimal("0.000")


class RubricError(GradusError):
    """The rubric, or what it was asked to score, is not consistent: a harness fault."""


@dataclass(frozen=True)
class PieceRule:
    """Points for one piece, and who judges it."""

    id: str
    title: str
    points: Decimal
    judged: Judged


@dataclass(frozen=True)
class TaskRule:
    """One task's pieces, in the order of the report."""

    id: str
    title: str
    pieces: tuple[PieceRule, ...]


@dataclass(frozen=True)
class Rubric:
    """All tasks; `sha256` is the digest of the file they were read from."""

    tasks: tuple[TaskRule, ...]
    sha256: str

    @property
    def total(self) -> Decimal:
        return sum((piece.points for task in self.tasks for piece in task.pieces), ZERO)

    @classmethod
    def load(cls, path: Path) -> Rubric:
        """Read `rubric.toml`. Raises RubricError with the value, what was expected, what to do."""
        try:
            content = path.read_bytes()
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise RubricError(f"{path.name} cannot be read: {reason}") from None
        return cls.parse(content, path.name)

    @classmethod
    def parse(cls, content: bytes, name: str = "rubric.toml") -> Rubric:
        """Read the content of a rubric file; `name` stands in error messages."""
        try:
            # Decimal keeps the points as written: 0.275 is exact, 0.2755 is seen to be too fine.
            document = tomllib.loads(content.decode("utf-8"), parse_float=Decimal)
        except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise RubricError(f"{name} is not valid TOML: {error}") from None
        try:
            rubric = cls(_read_tasks(document), hashlib.sha256(content).hexdigest())
            stated = _points(document, "total", "the rubric")
        except RubricError as error:
            raise RubricError(f"{name}: {error}") from None
        if rubric.total != stated:
            raise RubricError(
                f"{name}: the pieces' points sum to {rubric.total}, but `total` is {stated}; "
                "correct one of them"
            )
        return rubric

    def restricted_to(self, tasks: Iterable[str]) -> Rubric:
        """The same rubric with these tasks only, in its own order.

        Raises RubricError for a task that it does not have.
        """
        wanted = set(tasks)
        known = [task.id for task in self.tasks]
        unknown = sorted(wanted.difference(known))
        if unknown:
            raise RubricError(
                f"there is no task {', '.join(unknown)}; the tasks are {', '.join(known)}"
            )
        return replace(self, tasks=tuple(task for task in self.tasks if task.id in wanted))


def score(rubric: Rubric, checks: Iterable[Check], *, strict: bool = True) -> tuple[Task, ...]:
    """What these verdicts earn, task by task.

    A law missing altogether is a fault of the harness, not of the submission: a piece that is
    judged by laws raises RubricError without its value law. With `strict=False`, for a run of a
    few laws alone, such a piece just earns nothing. A law of a task or, unless it is advice or
    evidence, of a piece that the rubric does not have raises RubricError always.
    """
    by_piece: dict[str, list[Check]] = {}
    by_task: dict[str, list[Check]] = {task.id: [] for task in rubric.tasks}
    pieces = {piece.id: piece for task in rubric.tasks for piece in task.pieces}
    for check in checks:
        if check.task not in by_task:
            raise RubricError(
                f"law {check.id!r} belongs to task {check.task!r}, but the rubric has "
                f"{', '.join(by_task)}; add the task or leave the law out"
            )
        rule = pieces.get(check.piece)
        if check.scored and (rule is None or rule.judged == "person"):
            known = "is judged by a person" if rule else "is not in the rubric"
            raise RubricError(
                f"law {check.id!r} has weight {check.weight:g}, but its piece {check.piece!r} "
                f"{known}; correct the id, or make the law advice or evidence"
            )
        by_task[check.task].append(check)
        by_piece.setdefault(check.piece, []).append(check)
    return tuple(
        _score_task(
            task,
            tuple(_score_piece(rule, by_piece.get(rule.id, ()), strict) for rule in task.pieces),
            by_task[task.id],
        )
        for task in rubric.tasks
    )


def totals(tasks: Iterable[Task]) -> Score:
    """The sums over all tasks."""
    tasks = tuple(tasks)
    sums = {
        name: sum((getattr(task, name) for task in tasks), ZERO)
        for name in ("earned", "lost", "available", "pending", "total")
    }
    return Score(**sums)


def _score_task(rule: TaskRule, pieces: tuple[Piece, ...], checks: Sequence[Check]) -> Task:
    earned = sum((piece.earned for piece in pieces), ZERO)
    lost = sum((piece.lost for piece in pieces), ZERO)
    pending = sum((piece.pending for piece in pieces), ZERO)
    return Task(
        id=rule.id,
        title=rule.title,
        earned=earned,
        lost=lost,
        available=earned + lost,
        pending=pending,
        total=earned + lost + pending,
        pieces=pieces,
        checks=tuple(checks),
    )


def _score_piece(rule: PieceRule, checks: Sequence[Check], strict: bool) -> Piece:
    laws = [check for check in checks if check.scored]
    if rule.judged == "person":
        return _piece(rule, ZERO, rule.points, "for a person to mark")
    if rule.judged == "recognition":
        return _recognised(rule, laws)
    return _judged_by_laws(rule, laws, strict)


def _recognised(rule: PieceRule, laws: Sequence[Check]) -> Piece:
    if laws and all(check.verdict is Verdict.PASSED for check in laws):
        return _piece(rule, rule.points, ZERO, None)
    return _piece(rule, ZERO, rule.points, "not recognised with certainty, so for a person to mark")


def _judged_by_laws(rule: PieceRule, laws: Sequence[Check], strict: bool) -> Piece:
    value = next((check for check in laws if check.name == VALUE_LAW), None)
    if value is None:
        if strict:
            raise RubricError(
                f"piece {rule.id!r} is judged by laws, but the law '{rule.id}.{VALUE_LAW}' is "
                "missing; every such piece needs its value law in every run"
            )
        return _piece(rule, ZERO, ZERO, "its value law is missing")
    if value.pending:
        return _piece(rule, ZERO, rule.points, value.message or "its value law could not run here")
    if value.verdict is not Verdict.PASSED:
        return _piece(rule, ZERO, ZERO, f"its value law {_WORDS[value.verdict]}")
    passed = [check for check in laws if check.verdict is Verdict.PASSED]
    open_ = [check for check in laws if check.pending]
    # Rounding cumulative shares, not each share, keeps the three parts summing to the points.
    earned = _share(rule.points, passed, laws)
    not_lost = _share(rule.points, [*passed, *open_], laws)
    held = f"{len(passed)} of {len(laws)} laws passed" if len(passed) < len(laws) else None
    waiting = f"; {len(open_)} could not run here" if open_ else ""
    return _piece(rule, earned, not_lost - earned, held and held + waiting)


_WORDS = {
    Verdict.FAILED: "does not hold",
    Verdict.ERRORED: "ended in an error",
    Verdict.BLOCKED: "could not run",
    Verdict.NOT_RUN: "was not run",
}


def _share(points: Decimal, part: Sequence[Check], whole: Sequence[Check]) -> Decimal:
    weight = sum((Fraction(check.weight) for check in part), Fraction())
    thousandths = Fraction(points) * 1000 * weight / sum(Fraction(c.weight) for c in whole)
    return Decimal(math.floor(thousandths + Fraction(1, 2))).scaleb(-3)


def _piece(rule: PieceRule, earned: Decimal, pending: Decimal, reason: str | None) -> Piece:
    return Piece(
        id=rule.id,
        title=rule.title,
        judged=rule.judged,
        points=rule.points,
        earned=earned,
        lost=rule.points - earned - pending,
        pending=pending,
        reason=reason,
    )


def _read_tasks(document: dict[str, Any]) -> tuple[TaskRule, ...]:
    _only(document, {"total", "task"}, "the rubric")
    tasks = tuple(_read_task(table) for table in _tables(document, "task", "the rubric"))
    _no_duplicates("task", [task.id for task in tasks])
    _no_duplicates("piece", [piece.id for task in tasks for piece in task.pieces])
    return tasks


def _read_task(table: dict[str, Any]) -> TaskRule:
    id = _text(table, "id", "a task")
    _only(table, {"id", "title", "piece"}, f"task {id!r}")
    if "." in id:
        raise RubricError(f"task id {id!r} holds a dot, but dots separate task, piece and law")
    pieces = tuple(_read_piece(item, id) for item in _tables(table, "piece", f"task {id!r}"))
    return TaskRule(id=id, title=_text(table, "title", f"task {id!r}"), pieces=pieces)


def _read_piece(table: dict[str, Any], task: str) -> PieceRule:
    id = _text(table, "id", f"a piece of task {task!r}")
    where = f"piece {id!r}"
    _only(table, {"id", "title", "points", "judged"}, where)
    if not id.startswith(f"{task}.") or id == f"{task}.":
        raise RubricError(
            f"{where} stands under task {task!r}, but its id should start with '{task}.'; move or "
            "rename it"
        )
    judged = _text(table, "judged", where)
    if judged not in get_args(Judged):
        raise RubricError(
            f"{where}: `judged` is {judged!r}, but should be one of {', '.join(get_args(Judged))}"
        )
    points = _points(table, "points", where)
    return PieceRule(id, _text(table, "title", where), points, judged)  # type: ignore[arg-type]


def _only(table: dict[str, Any], known: set[str], where: str) -> None:
    unknown = sorted(table.keys() - known)
    if unknown:
        raise RubricError(
            f"{where} has the unknown key {', '.join(map(repr, unknown))}; the keys are "
            f"{', '.join(sorted(known))}"
        )


def _tables(table: dict[str, Any], key: str, where: str) -> list[dict[str, Any]]:
    found = table.get(key)
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise RubricError(f"{where} has no [[{key}]] tables; write at least one")
    return found


def _text(table: dict[str, Any], key: str, where: str) -> str:
    found = table.get(key)
    if not isinstance(found, str) or not found:
        raise RubricError(f"{where}: `{key}` is {found!r}, but should be a text; write one")
    return found


def _points(table: dict[str, Any], key: str, where: str) -> Decimal:
    found = table.get(key)
    try:
        return to_points(None if isinstance(found, str) else found)
    except ValueError:
        raise RubricError(
            f"{where}: `{key}` is {found}, but should be a number of whole thousandths, 0 or "
            "more, as in 0.275"
        ) from None


def _no_duplicates(what: str, ids: Sequence[str]) -> None:
    twice = sorted({id for id in ids if ids.count(id) > 1})
    if twice:
        raise RubricError(f"{what} ids appear twice: {', '.join(twice)}; each may appear once")
