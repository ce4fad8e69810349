"""`report.html`: one file that needs nothing else, for a screen, a printer or a screen reader.

Its content policy lets no other script run than its own, and no request leave the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from html import unescape
from typing import Any

from jinja2 import Environment, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from gradus.reports import certificate, content, explanations, pages, versions
from gradus.reports.language import ENGLISH, Language
from gradus.results import Claim, Derivation, Piece, Result, Score, Task, Verdict
from gradus.text import abridged, visible

MARKS = {
    Verdict.PASSED: "✓",
    Verdict.FAILED: "✗",
    Verdict.ERRORED: "!",
    Verdict.BLOCKED: "·",
    Verdict.NOT_RUN: "–",
}
SECTIONS: tuple[content.Standing, ...] = ("broken", "look here", "waiting")
LONG_SNIPPET_LINES = 30
"""Longer snippets are folded, and unfold when the page is printed."""
SVG_WORDS = re.compile(r"(<(?:text|title|desc)\b[^>]*>)([^<]+)(?=</)")
MOST_ROWS = 300
"""How many claims or lines of a derivation are shown at most; results.json holds all."""


def render(result: Result, figures: Iterable[Any] = (), language: Language = ENGLISH) -> str:
    """The whole page. Every text is escaped by the template engine after `visible`.

    `figures` are the course's: each has a `task`, a `caption`, and an `svg` that is safe to inline
    and whose ids are its own.
    """
    script, script_sha256 = pages.script("report.js")
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            result=result,
            figures=list(figures),
            language=language,
            told={kind: explanations.of_tasks(result, kind) for kind in SECTIONS},
            tasks={task.id for task in result.tasks},
            script=script,
            script_sha256=script_sha256,
        )
    )


def block(text: str) -> str:
    """`text` with its lines, for a preformatted element; still to be escaped."""
    return visible(abridged(text))


def shares(marks: Score | Task | Piece) -> list[tuple[str, Decimal, str]]:
    """The parts of a bar: name, points and width in per cent."""
    whole = marks.points if isinstance(marks, Piece) else marks.total
    parts = [(name, getattr(marks, name)) for name in ("earned", "lost", "pending")]
    return [(name, part, f"{100 * part / whole:.4f}") for name, part in parts if part]


def measured(value: Any) -> str:
    """A number of a run to four significant digits, or a dash."""
    if not isinstance(value, (int, float)):
        return "–"
    return str(value) if isinstance(value, int) else f"{value:.4g}"


def is_long(snippet: str) -> bool:
    return snippet.count("\n") >= LONG_SNIPPET_LINES


def standing_of(marks: Task | Piece) -> str:
    """What a glance should tell: something is lost, something waits, or all is earned."""
    return "lost" if marks.lost else "pending" if marks.pending else "earned"


def claims_of(result: Result, task: str | None, tasks: set[str]) -> list[Claim]:
    """The claims about a task, in the report's order; for None those about none of the `tasks`."""
    claims = content.claims_in_order(result)
    return [c for c in claims if (c.task if c.task in tasks else None) == task]


def shared_reasons(claims: list[Claim]) -> list[str]:
    """Messages that several claims have: one is enough under all of them."""
    messages = [claim.message for claim in claims if claim.message]
    return [message for message in dict.fromkeys(messages) if messages.count(message) > 1]


def derivations_of(result: Result, task: str | None, tasks: set[str]) -> list[Derivation]:
    """As `claims_of`."""
    return [d for d in result.derivations if (d.task if d.task in tasks else None) == task]


# What depends on the report's language


@pass_context
def _messages(context: Context, text: str) -> Markup:
    """The lines of a message, each translated where it can be."""
    return Markup("\n").join(pages.translated(context, line) for line in block(text).split("\n"))


@pass_context
def _drawn(context: Context, figure: Any) -> Markup:
    """The SVG of a figure as it is: the course draws it, and escapes what it writes there.

    Its words are translated where they can be.
    """
    language = context["language"]

    def said(words: re.Match[str]) -> str:
        return words[1] + str(escape(language.said(unescape(words[2])).text))

    return Markup(SVG_WORDS.sub(said, figure.svg))


@pass_context
def _points(context: Context, value: Decimal) -> str:
    """Points in the page's language; nothing at all is a bare 0."""
    return context["language"].points(value) if value else "0"


@pass_context
def _measured(context: Context, value: Any) -> str:
    shown = measured(value)
    return shown.replace(".", ",") if context["language"].decimal_comma else shown


@cache
def _environment() -> Environment:
    environment = pages.environment()
    filters: dict[str, Any] = {
        "message": _messages,
        "block": block,
        "points": _points,
        "measured": _measured,
        "shares": shares,
        "drawn": _drawn,
    }
    environment.filters.update(filters)
    environment.globals.update(
        content=content,
        certificate=certificate,
        versions=versions,
        marks=MARKS,
        sections=SECTIONS,
        most_rows=MOST_ROWS,
        is_long=is_long,
        standing_of=standing_of,
        claims_of=claims_of,
        shared_reasons=shared_reasons,
        derivations_of=derivations_of,
    )
    return environment
