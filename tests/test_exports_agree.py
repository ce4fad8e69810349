"""One scoring core: whatever was graded, every export states the same points."""

from __future__ import annotations

import base64
import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from xml.etree import ElementTree as ET

from hypothesis import given, settings
from hypothesis import strategies as st

from gradus.exports import classroom, classroom50, github, gradebook, gradescope, junit
from gradus.exports.gradebook import Marks
from gradus.manual import ManualMark, merge
from gradus.results import Result
from gradus.tables import Table
from tests.drawn_results import results

HANDED = classroom50.Handed(
    "c", "a", "individual", "o", "submit/1", "u", "u", "u", datetime(2026, 1, 2, tzinfo=UTC)
)
drawn = settings(database=None, deadline=None, max_examples=150)


def runners(result: Result) -> list[dict[str, Any]]:
    """The payloads as the reporter decodes them."""
    lines = classroom.render(result).splitlines()
    return [json.loads(base64.b64decode(line.partition("=")[2])) for line in lines]


@drawn
@given(results(), st.data())
def test_all_totals_agree(result: Result, data: st.DataObject) -> None:
    marks = [
        ManualMark(
            result.submission.id,
            piece.id,
            Decimal(data.draw(st.integers(0, int(piece.pending * 1000)))).scaleb(-3),
        )
        for task in result.tasks
        for piece in task.pieces
        if piece.pending and data.draw(st.booleans())
    ]
    result = merge(result, marks)
    score = result.score
    assert score.earned + score.lost == score.available
    assert score.available + score.pending == score.total

    scope = json.loads(gradescope.render(result))
    assert exactly(scope["score"]) == score.earned
    assert sum(exactly(test["score"]) for test in scope["tests"]) == score.earned
    assert sum(exactly(test["max_score"]) for test in scope["tests"]) == score.total

    fifty = json.loads(classroom50.render(result, HANDED))
    assert fifty["score"] == sum(test["score"] for test in fifty["tests"]) == score.earned * 1000
    assert fifty["max-score"] == sum(test["max-score"] for test in fifty["tests"])
    assert fifty["max-score"] == score.available * 1000

    reported = runners(result)
    assert sum(runner["max_score"] for runner in reported) == score.available * 1000
    summed = sum(test["score"] for runner in reported for test in runner["tests"])
    assert summed == sum(map(by_passes, reported)) == score.earned * 1000

    properties = {
        item.attrib["name"]: item.attrib["value"]
        for item in ET.fromstring(junit.render(result)).iter("property")
    }
    assert Decimal(properties["points.earned"]) == score.earned
    assert Decimal(properties["points.maximum"]) == score.available
    assert Decimal(properties["points.total"]) == score.total

    total = re.search(r"\| \*\*In all\*\* \|(.*)\|$", github.summary(result), re.MULTILINE)
    assert total is not None
    cells = [Decimal(cell.strip(" *")) for cell in total[1].split("|")]
    assert cells == [score.earned, score.lost, score.pending, score.total]

    table = Table.parse(gradebook.table_of([Marks.of(result)]))
    ((_, row),) = table.records(("earned", "lost", "available", "pending", "total"))
    assert {name: Decimal(value) for name, value in row.items()} == {
        name: getattr(score, name) for name in row
    }


def exactly(number: float) -> Decimal:
    """A number of JSON as it is written."""
    return Decimal(str(number))


def by_passes(runner: dict[str, Any]) -> Fraction:
    """The total of the reporter's table: the share of passed tests, times the maximum."""
    passes = sum(test["status"] == "pass" for test in runner["tests"])
    return Fraction(passes, len(runner["tests"])) * runner["max_score"]
