"""Gradescope: `results.json` of its autograder specification.

Source: Gradescope's autograder documentation, "Output format". The maxima of all tests sum to the
rubric's total: what a person marks is listed with its points and a score of 0.
"""

from __future__ import annotations

import json
from typing import Any

from gradus.exports.explained import BY_A_PERSON, available, explain_piece, maximum_in_words
from gradus.reports import content
from gradus.results import Piece, Result, Task
from gradus.text import visible_line


def render(result: Result) -> str:
    """The text of `/autograder/results/results.json`."""
    document = {
        "score": float(result.score.earned),
        "execution_time": round(sum(check.seconds for check in result.checks), 3),
        "output": f"{maximum_in_words(result)}\n{visible_line(content.counts_in_words(result))}.\n"
        f"{content.next_step(result)}",
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": tests(result),
        "extra_data": {
            "schema": result.schema_id,
            "submission_sha256": result.submission.sha256,
            "rubric_sha256": result.harness.rubric_sha256,
            "seed": result.harness.seed,
        },
    }
    return json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def tests(result: Result) -> list[dict[str, Any]]:
    """One test for what is decided of a piece, and one for what of it waits for a person."""
    found: list[dict[str, Any]] = []
    for number, task in enumerate(result.tasks, start=1):
        entries: list[dict[str, Any]] = []
        for piece in task.pieces:
            if available(piece):
                entries.append(_decided(task, piece))
            if piece.pending:
                entries.append(_waiting(task, piece))
        for place, entry in enumerate(entries, start=1):
            found.append({"number": f"{number}.{place}", **entry, "visibility": "visible"})
    return found


def _decided(task: Task, piece: Piece) -> dict[str, Any]:
    return {
        "name": _name(task, piece),
        "score": float(piece.earned),
        "max_score": float(available(piece)),
        "status": "failed" if piece.lost else "passed",
        "output": explain_piece(task, piece),
        "tags": [visible_line(task.id)],
    }


def _waiting(task: Task, piece: Piece) -> dict[str, Any]:
    return {
        "name": f"{_name(task, piece)} ({BY_A_PERSON})",
        "score": 0.0,
        "max_score": float(piece.pending),
        "output": f"{piece.pending} points: neither earned nor lost, {BY_A_PERSON}.",
        "tags": [visible_line(task.id), "pending"],
    }


def _name(task: Task, piece: Piece) -> str:
    return visible_line(f"{task.id} {piece.title}".replace("`", ""))
