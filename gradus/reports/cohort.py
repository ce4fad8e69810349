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

from jinja2 import Environment, pass_context
from jinja2.runtime import Context

from gradus.cohort.alike import LEAST_NODES
from gradus.cohort.outcome import Outcome, results
from gradus.cohort.summary import Cohort, Contradicted, NotLoaded, Row
from gradus.cohort.tally import summarised
from gradus.course import Course
from gradus.reports import content, pages
from gradus.reports.language import ENGLISH, Language, Said
from gradus.results import THOUSANDTH, write_atomically

JSON, PAGE = "cohort.json", "cohort.html"
SECTIONS = {
    "marks": "Marks",
    "tasks": "Tasks",
    "look": "Look at these",
    "mistakes": "Likely mistakes",
    "laws": "Laws",
    "conventions": "Conventions",
    "identical": "Identical files",
    "submissions": "Submissions",
    "measured": "How this was measured",
}
"""The headings of the page's parts, by their ids."""
MOST_SLOW = 5
LONG_TABLE = 250
"""More submissions than these are laid out only when they come into sight."""
MOST_ENTRIES = 8
"""What there is more of to look at is folded."""

Entries = list[tuple[Said, list[str]]]
"""Sentences, each with the submissions it is said of."""


def write(
    out: Path, outcomes: Iterable[Outcome], course: Course, language: Language = ENGLISH
) -> Cohort:
    """Write `cohort.json` and `cohort.html` into `out`, each replaced whole.

    Reads one result at a time. Raises OSError or ValueError where one cannot be read.
    """
    cohort = summarised(course.settings.name, results(out, outcomes))
    write_atomically(out / JSON, cohort.to_json())
    write_atomically(out / PAGE, render(cohort, language))
    return cohort


def render(cohort: Cohort, language: Language = ENGLISH) -> str:
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
            language=language,
            folders={row.id: address(row) for row in cohort.rows if row.status == "graded"},
            all_sections=SECTIONS,
            sections={id: name for id, name in SECTIONS.items() if present.get(id, True)},
            attention=attention(cohort, language),
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


def attention(cohort: Cohort, language: Language) -> list[tuple[str, str, int, Entries]]:
    """What a person should look at: heading, explanation, how many, and what of whom."""
    rows = cohort.rows
    said = language.said
    found = [
        (
            language("Not graded, by our own fault"),
            language(
                "The harness went wrong, not these submissions; grade them again, or by hand."
            ),
            [(row.id, said(row.sentence or "")) for row in rows if row.status == "fault"],
        ),
        (
            language("Refused"),
            language("These could not be graded as they were handed in."),
            [(row.id, said(row.sentence or "")) for row in rows if row.status == "refused"],
        ),
        (
            language("Not loaded"),
            language("A file could not be imported, or ended otherwise than with an answer."),
            [(each.id, _not_loaded(each, language)) for each in cohort.not_loaded],
        ),
        (
            language("Claims that were measured otherwise"),
            language("Each states in its answers what its own code does not give."),
            [(each.id, _contradicted(each, language)) for each in cohort.contradicted],
        ),
        (
            language("Evidence against the marks"),
            language(
                "A replay or a protocol law contradicts what the laws decided, or did not run to "
                "its end; it costs no points."
            ),
            [
                (row.id, Said(", ".join(row.look_here), language.code))
                for row in rows
                if row.look_here
            ],
        ),
        (
            language("Handed in more than once"),
            language("Which attempt is graded, and why."),
            [(row.id, said(row.note)) for row in rows if row.note],
        ),
        (
            language("Marks or exports that do not fit"),
            language("These were graded, but something that was asked for is missing."),
            [(row.id, said(problem)) for row in rows for problem in row.problems],
        ),
    ]
    return [(title, says, len(pairs), _by_sentence(pairs)) for title, says, pairs in found if pairs]


def _not_loaded(each: NotLoaded, language: Language) -> Said:
    said = language.said(each.says)
    return Said(f"{said.text} ({language.counted(each.laws, 'law')})", said.language)


def _contradicted(each: Contradicted, language: Language) -> Said:
    stated, measured = (
        content.claim_value(value, language) for value in (each.stated, each.measured)
    )
    told = language(
        "{claim}: stated {stated}, measured {measured}",
        claim=each.claim,
        stated=stated,
        measured=measured,
    )
    return Said(told, language.code)


def _by_sentence(pairs: Iterable[tuple[str, Said]]) -> Entries:
    """What is said of most comes first."""
    said: dict[Said, list[str]] = {}
    for id, text in pairs:
        said.setdefault(text, []).append(id)
    return sorted(said.items(), key=lambda item: -len(item[1]))


def mean(points: Decimal, number: int) -> Decimal:
    """The average, to thousandths."""
    return (points / max(1, number)).quantize(THOUSANDTH, ROUND_HALF_UP)


def ratio(part: Any, whole: Any) -> str:
    """A share in per cent, as styles have it."""
    return f"{100 * Decimal(part) / Decimal(whole):.2f}" if whole else "0"


@pass_context
def short(context: Context, points: Decimal) -> str:
    """Points without zeros at the end."""
    text = f"{points:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return _number(context, text)


@pass_context
def _number(context: Context, value: Any) -> str:
    """A number as the page's language writes it."""
    return str(value).replace(".", ",") if context["language"].decimal_comma else str(value)


def lost_in(row: Row) -> Sequence[tuple[str, Decimal]]:
    """The tasks in which points were lost, and how many."""
    return [(id, lost) for id, (_, lost, _) in row.tasks.items() if lost]


def _environment() -> Environment:
    environment = pages.environment()
    filters: dict[str, Any] = {
        "short": short,
        "number": _number,
        "lost_in": lost_in,
    }
    environment.filters.update(filters)
    environment.globals.update(mean=mean, ratio=ratio)
    return environment
