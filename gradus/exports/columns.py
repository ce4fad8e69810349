"""A downloaded gradebook's columns: whose file it is, and which of them holds an assignment.

Sources: Canvas' `lib/gradebook_importer.rb` for the header it takes, Blackboard's "Uploading
External Grade Center Items" for the id that its headers end in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from gradus.exports import MarksError
from gradus.tables import Table
from gradus.text import visible_line

Platform = Literal["canvas", "blackboard"]
CALCULATED = re.compile(
    r"\b(Current|Final) (Score|Points|Grade)\b|^Override |^Unposted |\(read only\)", re.IGNORECASE
)
CANVAS_ID = re.compile(r"\s*\(\d+\)\s*$")
BLACKBOARD_ID = re.compile(r"\s*\|\s*\d+\s*$")
BLACKBOARD_POINTS = re.compile(r"\[Total Pts: ?(?:up to )?([\d.,]+)[^\]]*\]")


class GradebookError(MarksError):
    """A gradebook that cannot be filled in as asked."""


@dataclass(frozen=True)
class Column:
    """The column to fill in: its place, header, title as a person says it, and maximum if known."""

    place: int
    header: str
    title: str
    maximum: Decimal | None


def platform_of(table: Table) -> Platform:
    """Whose gradebook this is. Raises GradebookError for a header that neither platform takes."""
    names = [name.strip() for name in table.header]
    canvas = len(names) > 2 and "Student" in names[0] and "ID" in names[1]
    if canvas and any("Section" in name for name in names[2:]):
        return "canvas"
    if "Username" in names:
        return "blackboard"
    raise GradebookError(
        f"{table.name} begins with {', '.join(names[:5])}, but a Canvas gradebook begins with "
        "Student, ID, ... Section, and a Blackboard one has a column Username; download it again "
        "and do not change its first row"
    )


def columns_of(table: Table) -> list[Column]:
    """The columns of assignments, which marks can be filled in."""
    if platform_of(table) == "blackboard":
        return [
            Column(place, header, _blackboard_title(header), _blackboard_maximum(header))
            for place, header in enumerate(table.header)
            if BLACKBOARD_ID.search(header)
        ]
    names = [name.strip() for name in table.header]
    first = 1 + next(p for p, name in enumerate(names) if p > 1 and "Section" in name)
    points = _canvas_points(table)
    return [
        Column(place, names[place], CANVAS_ID.sub("", names[place]), number(points.get(place, "")))
        for place in range(first, len(names))
        if not CALCULATED.search(names[place]) and "read only" not in points.get(place, "").lower()
    ]


def column_named(table: Table, wanted: str | None) -> Column:
    """The one column with this header or title; the only one where `wanted` is None.

    Raises GradebookError where there is none or are several. No column is ever made: a platform
    would take it for a new assignment.
    """
    columns = columns_of(table)
    exact = [c for c in columns if wanted in (None, c.header)]
    found = exact or [c for c in columns if c.title == wanted]
    if len(found) == 1:
        return found[0]
    titles = ", ".join(f"'{visible_line(column.header)}'" for column in columns) or "none"
    asked = f"no one column '{wanted}'" if wanted else f"{len(columns)} columns of assignments"
    raise GradebookError(f"{table.name} has {asked}; name one with --column. It holds: {titles}")


def number(text: str) -> Decimal | None:
    """A cell's number, with a decimal point or comma; None where it is none."""
    text = text.strip().replace(",", ".")
    return Decimal(text) if re.fullmatch(r"\d+(\.\d+)?", text) else None


def _canvas_points(table: Table) -> dict[int, str]:
    """The cells of Canvas' row of points possible, where there is one."""
    for row in range(1, min(len(table.rows), 4)):
        values = table.values(row)
        if values and "points possible" in values[0].lower():
            return dict(enumerate(values))
    return {}


def _blackboard_title(header: str) -> str:
    return BLACKBOARD_POINTS.sub("", BLACKBOARD_ID.sub("", header)).strip()


def _blackboard_maximum(header: str) -> Decimal | None:
    found = BLACKBOARD_POINTS.search(header)
    return number(found[1]) if found else None
