"""A submission's claims, each with its verdict: what the answers file states beside the runs.

A claim never changes a mark. What cannot be compared says why in one sentence.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from gradus import answers_toml
from gradus.claims.comparison import compare
from gradus.claims.vocabulary import Entry, Measurement
from gradus.results import Check, Claim
from gradus.text import visible_line

LONGEST_ID = 60


class Vocabulary(Protocol):
    """What the course's part for claims provides."""

    ENTRIES: tuple[Entry, ...]

    def measure(
        self, wanted: Iterable[str], subject: Any, runs: Sequence[Any], checks: Sequence[Check]
    ) -> Mapping[str, Measurement]:
        """What each of the wanted entries is compared with, by id."""
        ...


def judge(
    course: Any,
    claims: Mapping[str, Any],
    subject: Any,
    runs: Sequence[Any],
    checks: Sequence[Check],
) -> tuple[Claim, ...]:
    """Every claim of an answers file, in its order.

    course: the course's part, a `Vocabulary`. claims: values by id, as `answers_toml.read` gives
    them; a table for each task is taken as well. runs: the whole trainings; checks: the laws that
    ran, with their verdicts.
    """
    entries = {entry.id: entry for entry in course.ENTRIES}
    flat = _flat(claims, entries)
    wanted = [id for id, values in flat.items() if id in entries and len(values) == 1]
    measured = course.measure(wanted, subject, runs, checks) if wanted else {}
    return tuple(
        compare(entries[id], values[0], measured[id])
        if id in measured
        else _twice(entries[id])
        if id in entries
        else _unknown(id, values[0], entries)
        for id, values in flat.items()
    )


def refused(problem: str) -> Claim:
    """What stands in place of all claims where the answers file as a whole is not taken."""
    return Claim(
        id=answers_toml.FILE,
        task="",
        says="all that the file states",
        verdict="not checked",
        message=f"{problem}.",
    )


def _flat(claims: Mapping[str, Any], entries: Mapping[str, Entry]) -> dict[str, list[Any]]:
    """The values stated under each id. `2d.stop-epoch = 33` without quotes is a table in a table;
    it means the same.
    """
    flat: dict[str, list[Any]] = {}
    tasks = {entry.task for entry in entries.values()}
    for key, value in claims.items():
        if key in tasks and isinstance(value, dict) and "value" not in value:
            for name, inner in value.items():
                flat.setdefault(f"{key}.{name}", []).append(inner)
        else:
            flat.setdefault(key, []).append(value)
    return flat


def _twice(entry: Entry) -> Claim:
    return Claim(
        id=entry.id,
        task=entry.task,
        says=entry.says,
        verdict="not checked",
        message="It is stated twice, with quotes around its name and without; keep one.",
    )


def _unknown(id: str, value: Any, entries: Mapping[str, Entry]) -> Claim:
    near = difflib.get_close_matches(id[:LONGEST_ID], entries, n=1, cutoff=0.7)
    shown = visible_line(id if len(id) <= LONGEST_ID else f"{id[:LONGEST_ID]}…")
    meant = f"; did you mean {near[0]}?" if near else "; `docs/answers.md` lists what there is."
    task = id.partition(".")[0]
    return Claim(
        id=shown,
        task=task if task in {entry.task for entry in entries.values()} else "",
        stated=value if isinstance(value, (bool, int, float)) else str(value)[:LONGEST_ID],
        verdict="not checked",
        message=f"There is no such claim in the vocabulary{meant}",
    )
