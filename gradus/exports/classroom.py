"""The legacy GitHub Classroom reporter (`classroom-resources/autograding-grading-reporter@v1`).

One payload for each task. The reporter shows two totals: `passes / tests * max_score` in a table
and the sum of the tests' scores in a notice. They agree here because a task is cut into units of
equal weight. Points are whole thousandths, since the reporter adds them as binary fractions.
"""

from __future__ import annotations

import base64
import json
import math
import re
from typing import Any

from gradus.exports import MarksError
from gradus.exports.explained import (
    BY_A_PERSON,
    available,
    explain_law,
    explain_piece,
    thousandths,
)
from gradus.reports import content
from gradus.reports.explanations import by_piece
from gradus.results import Result, Task
from gradus.text import abridged, visible_line

LINE_LIMIT = 130_000
"""Bytes of one payload: Linux hands at most 131,072 to a process in one environment variable."""
SHORT_FEEDBACK_LIMIT = 500
FEEDBACK_LIMIT = 8_000


def render(result: Result) -> str:
    """Lines `NAME=BASE64` for `$GITHUB_OUTPUT`; the name before `=` is the runner's id.

    Raises MarksError where a task has more units than one environment variable can hold, and where
    two tasks would have one id.
    """
    lines = [
        f"{runner}={_encoded(payload(task))}"
        for runner, task in zip(runner_ids(result), result.tasks, strict=True)
    ]
    return "\n".join(lines) + "\n"


def runner_ids(result: Result) -> list[str]:
    """An id of letters and digits for each task, which is all that the reporter takes.

    Raises MarksError where two tasks would have the same one.
    """
    ids = ["task" + re.sub(r"[^a-zA-Z0-9]", "", task.id) for task in result.tasks]
    # The reporter reads the environment variable of the upper-cased id.
    if len({id.upper() for id in ids}) != len(ids):
        raise MarksError(
            f"the runners would be {', '.join(ids)}, but each should be another in upper case; "
            "rename a task in the rubric"
        )
    return ids


def payload(task: Task) -> dict[str, Any]:
    """What the reporter reads of one task; points in thousandths.

    A task of which nothing is decided has one test of no points, for the reporter divides by their
    number.
    """
    maximum, earned = thousandths(task.available), thousandths(task.earned)
    return {
        "version": 1,
        "status": "fail" if task.lost else "pass",
        "max_score": maximum,
        "tests": _units(task, earned, maximum) if maximum else [_nothing_decided(task)],
    }


def _units(task: Task, earned: int, maximum: int) -> list[dict[str, Any]]:
    unit = math.gcd(earned, maximum)
    number, passes = maximum // unit, earned // unit
    name = visible_line(f"{task.id} {task.title}".replace("`", ""))
    waiting = f"; {task.pending} more are {BY_A_PERSON}" if task.pending else ""
    tests: list[dict[str, Any]] = [
        {
            "name": f"{name}: {place} of {number}",
            "status": "pass" if place <= passes else "fail",
            "score": unit if place <= passes else 0,
            "test_code": "",
            "line_no": 0,
        }
        for place in range(1, number + 1)
    ]
    tests[0]["test_code"] = (
        f"{earned} of {maximum} thousandths of a point, {unit} for each line{waiting}"
    )
    if passes < number:
        # Of a test that failed, the reporter shows this field alone.
        tests[passes]["test_code"] = "\n".join(
            filter(None, [tests[passes]["test_code"], _feedback(task)])
        )
    return tests


def _nothing_decided(task: Task) -> dict[str, Any]:
    name = visible_line(f"{task.id} {task.title}".replace("`", ""))
    said = f"{task.pending} points, {BY_A_PERSON}"
    return {"name": name, "status": "pass", "score": 0, "test_code": said, "line_no": 0}


def _feedback(task: Task) -> str:
    leaders = by_piece(content.with_standing(task, "broken"))
    said = [explain_law(leader) for leader, _ in leaders]
    if not said:
        said = [explain_piece(task, piece) for piece in task.pieces if available(piece)]
    return abridged("\n\n".join(said), FEEDBACK_LIMIT)


def _encoded(document: dict[str, Any]) -> str:
    encoded = _base64(document)
    if len(encoded) > LINE_LIMIT:
        # Where there are many units, their numbers are names enough.
        short = [
            {**test, "name": str(n), "test_code": abridged(test["test_code"], SHORT_FEEDBACK_LIMIT)}
            for n, test in enumerate(document["tests"], start=1)
        ]
        encoded = _base64({**document, "tests": short})
    if len(encoded) > LINE_LIMIT:
        raise MarksError(
            f"a task is cut into {len(document['tests']):,} units to state its points exactly, but "
            "one environment variable holds about 1,200; give its pieces rounder points"
        )
    return encoded


def _base64(document: dict[str, Any]) -> str:
    text = json.dumps(document, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return base64.b64encode(text.encode("ascii")).decode("ascii")
