"""What a result rests on, and the commands that give it again: its certificate in words."""

from __future__ import annotations

import csv
import io
import shlex
from collections.abc import Mapping
from typing import Any

from gradus.reports.content import pending_pieces
from gradus.results import Origin, Result
from gradus.tables import guarded
from gradus.text import visible_line

MARKS_FILE = "marks.csv"


def certificate(result: Result) -> Mapping[str, Mapping[str, Any]]:
    """What decided the result, in groups of names and values; what is not known is left out."""
    harness, submission = result.harness, result.submission
    groups: dict[str, dict[str, Any]] = {
        "Submission": {
            "id": submission.id,
            "edition": submission.edition,
            "sha256": submission.sha256,
            "handed in": _handed_in(submission.origin),
            "attempts": submission.note,
        },
        "Rules": {
            "course": harness.course,
            "course sha256": harness.course_sha256,
            "rubric sha256": harness.rubric_sha256,
            "gradus": harness.version,
            "gradus sha256": harness.engine_sha256,
            "seed": harness.seed,
            **{name.replace("_", " "): value for name, value in harness.settings.items()},
        },
        "Data": dict(result.data),
        "Environment": dict(result.environment),
    }
    return {
        heading: {name: value for name, value in values.items() if value not in ("", None)}
        for heading, values in groups.items()
        if values
    }


def reproduce_command(result: Result) -> str:
    """The command that gives these marks again."""
    return shlex.join(["gradus", "grade", _argument(result), "--out", "again", *_options(result)])


def verify_command(result: Result) -> str:
    """The command that grades again and compares with the stored result."""
    return shlex.join(["gradus", "grade", _argument(result), "--verify", "results.json"])


def marks_table(result: Result) -> str:
    """The rows of a table of manual marks for what is pending, its points still empty."""
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(["submission", "piece", "points", "comment"])
    for _, piece in pending_pieces(result):
        writer.writerow([guarded(_submission(result)), visible_line(piece.id), "", ""])
    return table.getvalue().rstrip("\n")


def _handed_in(origin: Origin | None) -> str | None:
    """As in "blackboard: ada, 2024-01-31 12:00:00"."""
    if origin is None:
        return None
    said = [f"{origin.platform}: {origin.user}", origin.attempt, "late" if origin.late else None]
    return ", ".join(filter(None, said))


def _submission(result: Result) -> str:
    return visible_line(result.submission.id)


def _argument(result: Result) -> str:
    """The submission as an argument; one that is called like an option is none."""
    name = _submission(result)
    return f"./{name}" if name.startswith("-") else name


def _options(result: Result) -> list[str]:
    data = result.data.get("name")
    options = ["--seed", str(result.harness.seed)]
    options += [f"--data={visible_line(data)}"] if isinstance(data, str) else []
    options += ["--student-python", "PYTHON"] if result.comparison else []
    return options + (["--full"] if result.harness.settings.get("full") else [])
