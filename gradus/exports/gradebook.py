"""Gradebooks: a table of all marks, and marks filled in a gradebook of Canvas or Blackboard.

A downloaded gradebook stays as it is, byte for byte, but for the cells of one column. Rows are
found by exact ids, never by names.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from gradus.exports.columns import (
    Column,
    GradebookError,
    Platform,
    columns_of,
    number,
    platform_of,
)
from gradus.results import Origin, Result, Score
from gradus.roster import ID_COLUMNS, Person, placed, user_of
from gradus.tables import Table, written
from gradus.text import visible_line

KEYS: Mapping[Platform, Mapping[str, str]] = {
    "canvas": {"canvas_id": "ID", "sis_user_id": "SIS User ID", "login": "SIS Login ID"},
    "blackboard": {"username": "Username"},
}
"""Per platform, which column of the gradebook holds which id of a roster."""


@dataclass(frozen=True)
class Marks:
    """What a gradebook needs of a result: `earned` is by task, `origin` a platform's own id."""

    submission: str
    score: Score
    earned: Mapping[str, Decimal]
    origin: Origin | None = None

    @classmethod
    def of(cls, result: Result) -> Marks:
        """The marks of a result, without its laws."""
        earned = {task.id: task.earned for task in result.tasks}
        return cls(result.submission.id, result.score, earned, result.submission.origin)


@dataclass(frozen=True)
class Filled:
    """A gradebook filled in, and all that was not: nothing is guessed.

    `rows` counts the cells that were written; `no_row` names people or submissions that the
    gradebook does not hold, `pending` those whose marks are not complete, `ambiguous` those
    of several rows or whose row another has, `excused` those whom Canvas
    excuses (`EX`), and `overwritten` those whose cell held another value.
    """

    table: Table
    column: Column
    rows: int
    no_row: tuple[str, ...]
    pending: tuple[str, ...]
    ambiguous: tuple[str, ...]
    excused: tuple[str, ...]
    overwritten: tuple[str, ...]


def fill(
    table: Table,
    column: Column,
    marks: Iterable[Marks],
    people: Sequence[Person] = (),
    *,
    scaled: bool = False,
    with_pending: bool = False,
) -> Filled:
    """Fill in the points earned.

    Without `people` the user whom a download names, or else a submission's id, must be an id of the
    gradebook. A mark of which a part still
    waits for a person is left out unless `with_pending`. `scaled` turns points into the column's
    maximum, rounded half up to hundredths. Raises GradebookError where the maximum is not the
    rubric's total and `scaled` is not asked for.
    """
    marks = tuple(marks)
    factor = _factor(column, marks, scaled)
    places = _places(table)
    by_submission: dict[str, list[Person]] = {}
    for person in placed(people, {mark.submission: mark.origin for mark in marks}):
        by_submission.setdefault(person.submission, []).append(person)
    users = Counter(user for mark in marks if (user := user_of(mark.origin)))
    comma = _writes_commas(table, column)
    filled = table
    taken: set[int] = set()
    no_row: list[str] = []
    pending: list[str] = []
    ambiguous: list[str] = []
    excused: list[str] = []
    overwritten: list[str] = []
    for mark in marks:
        id = mark.submission
        if mark.score.pending and not with_pending:
            pending.append(id)
            continue
        value = _value(mark.score.earned, factor, comma)
        who = by_submission.get(id, [])
        asked = [(person.shown, _keys(person, table)) for person in who]
        user = user_of(mark.origin)
        known = KEYS[platform_of(table)]
        if not people:
            of_id = [(name, id) for name in known]
            asked = [(id, [user] if user and user[0] in known else of_id)]
        twice = not people and user is not None and users[user] > 1
        for shown, keys in asked:
            found = {row for key in keys for row in places.get(key, ())}
            if len(found) != 1 or found & taken or twice:
                (ambiguous if found else no_row).append(shown)
                continue
            (row,) = found
            before = _cell(table, row, column.place).strip()
            if before == "EX":
                excused.append(shown)
                continue
            if number(before) != number(value) and before:
                overwritten.append(f"{shown} ({before})")
            taken.add(row)
            filled = filled.with_cell(row, column.place, value)
    lists = (no_row, pending, ambiguous, excused, overwritten)
    return Filled(
        filled, column, len(taken), *(tuple(visible_line(x) for x in names) for names in lists)
    )


def table_of(marks: Iterable[Marks], people: Sequence[Person] = ()) -> bytes:
    """`gradebook.csv`: one row for each person, or each submission that no person is known of.

    Columns: submission, name and ids, earned, lost, available, pending, total, then what each task
    earned. UTF-8, RFC 4180, and no cell that a spreadsheet would run.
    """
    marks = tuple(marks)
    people = placed(people, {mark.submission: mark.origin for mark in marks})
    tasks = list(dict.fromkeys(task for mark in marks for task in mark.earned))
    numbers = ("earned", "lost", "available", "pending", "total")
    rows: list[Sequence[str]] = [
        ["submission", "name", *ID_COLUMNS, *numbers, *(f"task {id}" for id in tasks)]
    ]
    for mark in marks:
        points = [str(getattr(mark.score, name)) for name in numbers]
        points += [str(mark.earned.get(id, "")) for id in tasks]
        own = [person for person in people if person.submission == mark.submission]
        user = user_of(mark.origin)
        for person in own or [Person(mark.submission, **dict([user] if user else []))]:
            ids = [getattr(person, name) for name in ID_COLUMNS]
            cells = [mark.submission, person.name, *ids]
            rows.append([*map(visible_line, cells), *points])
    return written(rows)


def _keys(person: Person, table: Table) -> list[tuple[str, str]]:
    return [(name, id) for name, id in person.ids if name in KEYS[platform_of(table)]]


def _places(table: Table) -> dict[tuple[str, str], list[int]]:
    """Where each id stands: pairs of roster column and id to rows."""
    names = [name.strip() for name in table.header]
    places: dict[tuple[str, str], list[int]] = {}
    for row in range(1, len(table.rows)):
        values = table.values(row)
        if _is_no_person(values):
            continue
        for key, header in KEYS[platform_of(table)].items():
            place = names.index(header) if header in names else len(values)
            id = values[place].strip() if place < len(values) else ""
            if id:
                places.setdefault((key, id), []).append(row)
    return places


def _is_no_person(values: Sequence[str]) -> bool:
    return not any(values) or "points possible" in values[0].lower()


def _factor(column: Column, marks: Sequence[Marks], scaled: bool) -> Fraction | None:
    """What points are multiplied by; None leaves them as they are."""
    totals = {mark.score.total for mark in marks}
    if len(totals) > 1:
        raise GradebookError(
            f"the results' totals are {', '.join(map(str, sorted(totals)))}, but should be one; "
            "grade all submissions with the same rubric"
        )
    (total,) = totals or {Decimal(0)}
    if column.maximum is None or column.maximum == total or not marks:
        return None
    if not scaled:
        raise GradebookError(
            f"the column '{visible_line(column.header)}' has {column.maximum} points, but the "
            f"rubric has {total}; give --scale to convert, or change the assignment's points"
        )
    return Fraction(column.maximum) / Fraction(total)


def _value(points: Decimal, factor: Fraction | None, comma: bool) -> str:
    if factor is None:
        value = f"{points:.3f}"
    else:
        hundredths = math.floor(Fraction(points) * factor * 100 + Fraction(1, 2))
        value = f"{Decimal(hundredths).scaleb(-2):.2f}"
    return value.replace(".", ",") if comma else value


def _writes_commas(table: Table, column: Column) -> bool:
    """Whether the gradebook's own numbers have decimal commas."""
    if table.separator == ",":
        return False
    places = {column.place, *(other.place for other in columns_of(table))}
    cells = [_cell(table, row, place) for row in range(1, len(table.rows)) for place in places]
    return any(re.fullmatch(r"\s*\d+,\d+\s*", cell) for cell in cells)


def _cell(table: Table, row: int, place: int) -> str:
    values = table.values(row)
    return values[place] if place < len(values) else ""
