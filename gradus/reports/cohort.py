"""`cohort.json` and `cohort.html`: a whole class, in one file that needs nothing else.

The page's content policy lets no script run but its own, and no request leave it. Whatever a
submission may have written goes through `visible_line` and is escaped.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment

from gradus.cohort.alike import LEAST_NODES
from gradus.cohort.outcome import Outcome, results
from gradus.cohort.summary import Cohort, Row
from gradus.cohort.tally import summarised
from gradus.course import Course
from gradus.reports import content, pages
from gradus.reports.html import sentence
from gradus.reports.language import ENGLISH
from gradus.results import THOUSANDTH, write_atomically
from gradus.text import visible_line

JSON, PAGE = "cohort.json", "cohort.html"
SECTIONS = (
    ("marks", "Marks"),
    ("tasks", "Tasks"),
    ("look", "Look at these"),
    ("mistakes", "Likely mistakes"),
    ("laws", "Laws"),
    ("conventions", "Conventions"),
    ("identical", "Identical files"),
    ("submissions", "Submissions"),
    ("measured", "How this was measured"),
)
MOST_SLOW = 5
LONG_TABLE = 250
"""More submissions than these are laid out only when they come into sight."""
MOST_ENTRIES = 8
"""What there is more of to look at is folded."""

Entries = list[tuple[str, list[str]]]
"""Sentences, each with the submissions it is said of."""


def write(out: Path, outcomes: Iterable[Outcome], course: Course) -> Cohort:
    """Write `cohort.json` and `cohort.html` into `out`, each replaced whole.

    Reads one result at a time. Raises OSError or ValueError where one cannot be read.
    """
    cohort = summarised(course.settings.name, results(out, outcomes))
    write_atomically(out / JSON, cohort.to_json())
    write_atomically(out / PAGE, render(cohort))
    return cohort


def render(cohort: Cohort) -> str:
    """The whole page."""
    script, script_sha256 = pages.script("cohort.js")
    present = {
        "tasks": bool(cohort.tasks),
        "conventions": bool(cohort.conventions),
    }
    timed = sorted(cohort.rows, key=lambda row: (-row.seconds, row.id))
    return (
        _environment()
        .get_template("cohort.html.j2")
        .render(
            cohort=cohort,
            folders={row.id: address(row) for row in cohort.rows if row.status == "graded"},
            sections=[each for each in SECTIONS if present.get(each[0], True)],
            attention=attention(cohort),
            slowest=[row for row in timed[:MOST_SLOW] if row.seconds],
            least_nodes=LEAST_NODES,
            long_table=LONG_TABLE,
            most_entries=MOST_ENTRIES,
            script=script,
            script_sha256=script_sha256,
        )
    )


def address(row: Row) -> str:
    """The link to a submission's report, whatever bytes are in its folder's name."""
    return quote(os.fsencode(row.folder), safe="/") + "/report.html"


def attention(cohort: Cohort) -> list[tuple[str, str, int, Entries]]:
    """What a person should look at: heading, explanation, how many, and what of whom."""
    rows = cohort.rows
    found = [
        (
            "Not graded, by our own fault",
            "The harness went wrong, not these submissions; grade them again, or by hand.",
            [(row.id, row.sentence or "") for row in rows if row.status == "fault"],
        ),
        (
            "Refused",
            "These could not be graded as they were handed in.",
            [(row.id, row.sentence or "") for row in rows if row.status == "refused"],
        ),
        (
            "Not loaded",
            "A file could not be imported, or ended otherwise than with an answer.",
            [
                (each.id, f"{each.says} ({ENGLISH.counted(each.laws, 'law')})")
                for each in cohort.not_loaded
            ],
        ),
        (
            "Claims that were measured otherwise",
            "Each states in its answers what its own code does not give.",
            [
                (
                    each.id,
                    f"{each.claim}: stated {content.plain_value(each.stated)}, measured "
                    f"{content.plain_value(each.measured)}",
                )
                for each in cohort.contradicted
            ],
        ),
        (
            "Evidence against the marks",
            "A replay or a protocol law contradicts what the laws decided; it costs no points.",
            [(row.id, ", ".join(row.look_here)) for row in rows if row.look_here],
        ),
        (
            "Handed in more than once",
            "Which attempt is graded, and why.",
            [(row.id, row.note) for row in rows if row.note],
        ),
        (
            "Marks or exports that do not fit",
            "These were graded, but something that was asked for is missing.",
            [(row.id, problem) for row in rows for problem in row.problems],
        ),
    ]
    return [(title, says, len(pairs), _by_sentence(pairs)) for title, says, pairs in found if pairs]


def _by_sentence(pairs: Iterable[tuple[str, str]]) -> Entries:
    """What is said of most comes first."""
    said: dict[str, list[str]] = {}
    for id, text in pairs:
        said.setdefault(text, []).append(id)
    return sorted(said.items(), key=lambda item: -len(item[1]))


def mean(points: Decimal, number: int) -> Decimal:
    """The average, to thousandths."""
    return (points / max(1, number)).quantize(THOUSANDTH, ROUND_HALF_UP)


def ratio(part: Any, whole: Any) -> str:
    """A share in per cent, as styles have it."""
    return f"{100 * Decimal(part) / Decimal(whole):.2f}" if whole else "0"


def short(points: Decimal) -> str:
    """Points without zeros at the end."""
    text = f"{points:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def lost_in(row: Row) -> Sequence[tuple[str, Decimal]]:
    """The tasks in which points were lost, and how many."""
    return [(id, lost) for id, (_, lost, _) in row.tasks.items() if lost]


def _environment() -> Environment:
    environment = pages.environment()
    filters: dict[str, Any] = {
        "sentence": sentence,
        "line": visible_line,
        "key": content.plain_key,
        "value": content.plain_value,
        "short": short,
        "lost_in": lost_in,
    }
    environment.filters.update(filters)
    environment.globals.update(mean=mean, ratio=ratio, counted=ENGLISH.counted)
    return environment
