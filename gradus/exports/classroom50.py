"""Classroom 50: `result.json`, schema `classroom50/result/v1`.

Its scores are non-negative integers, so points are thousandths. It knows nothing of pending points:
its maximum is what is decided without a person. The rules are those of its JSON Schema and of
`validate_result` in its runner.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from gradus.exports.explained import available, explain_piece, maximum_in_words, thousandths
from gradus.results import Result
from gradus.text import visible_line

SCHEMA = "classroom50/result/v1"
VARIABLES = {
    "classroom": "CLASSROOM",
    "assignment": "ASSIGNMENT",
    "assignment_type": "ASSIGNMENT_TYPE",
    "owner": "OWNER",
    "submission": "SUBMISSION_TAG",
    "commit": "COMMIT_URL",
    "release": "RELEASE_URL",
    "review": "REVIEW_URL",
}


@dataclass(frozen=True)
class Handed:
    """Whose submission this is, as the platform tells it; `at` is the commit's time."""

    classroom: str
    assignment: str
    assignment_type: str
    owner: str
    submission: str
    commit: str
    release: str
    review: str
    at: datetime

    @classmethod
    def of(cls, environment: Mapping[str, str], at: datetime) -> Handed:
        """Read the platform's variables. Raises ValueError for what is missing or malformed."""
        found = {field: environment.get(name, "") for field, name in VARIABLES.items()}
        found["review"] = found["review"] or found["commit"]
        missing = [VARIABLES[field] for field, value in found.items() if not value]
        if missing:
            raise ValueError(
                f"the environment has no {', '.join(missing)}, but a Classroom 50 result needs "
                "them; emit it inside a Classroom 50 run"
            )
        if not found["submission"].startswith("submit/"):
            raise ValueError(
                f"SUBMISSION_TAG is {found['submission']!r}, but should begin with 'submit/'"
            )
        if at.tzinfo is None:
            raise ValueError(f"the commit's time is {at}, but should say its time zone")
        return cls(**found, at=at)


def render(result: Result, handed: Handed) -> str:
    """The text of `result.json`; the same again when the same commit is graded again."""
    document = {
        "schema": SCHEMA,
        **{field: getattr(handed, field) for field in VARIABLES},
        "datetime": handed.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "score": thousandths(result.score.earned),
        "max-score": thousandths(result.score.available),
        "tests": tests(result),
    }
    return json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def release_body(result: Result, limit: int = 2_000) -> str:
    """`release-body.md`: the marks in words, in at most `limit` characters."""
    lines = [maximum_in_words(result), "Scores are thousandths of a point.", ""]
    for task in result.tasks:
        lines.append(f"- {visible_line(task.id)}: {task.earned} of {task.available}")
    return "\n".join(lines)[:limit] + "\n"


def tests(result: Result) -> list[dict[str, Any]]:
    """One entry for each piece of which something is decided."""
    return [
        {
            "test-name": visible_line(f"{task.id} {piece.title}".replace("`", "")),
            "passed": not piece.lost,
            "score": thousandths(piece.earned),
            "max-score": thousandths(available(piece)),
            "output": explain_piece(task, piece, 2_000),
        }
        for task in result.tasks
        for piece in task.pieces
        if available(piece)
    ]
