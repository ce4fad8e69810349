"""`report.html`: one file that needs nothing else, for a screen, a printer or a screen reader."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from gradus.reports import content
from gradus.results import Piece, Result, Score, Task, Verdict
from gradus.text import abridged, code_spans, visible, visible_line

MARKS = {
    Verdict.PASSED: "✓",
    Verdict.FAILED: "✗",
    Verdict.ERRORED: "!",
    Verdict.BLOCKED: "·",
    Verdict.NOT_RUN: "–",
}
SECTIONS: tuple[content.Standing, ...] = ("broken", "look here", "waiting", "remark")


def render(result: Result, figures: Iterable[Any] = ()) -> str:
    """The whole page. Every text is escaped by the template engine after `visible`.

    `figures` are the course's: each has a `task`, a `caption`, and an `svg` that is safe to inline
    and whose ids are its own.
    """
    template = _environment().get_template("report.html.j2")
    return template.render(result=result, figures=list(figures))


def drawn(figure: Any) -> Markup:
    """The SVG of a figure as it is: the course draws it, and escapes what it writes there."""
    return Markup(figure.svg)


def sentence(text: str) -> Markup:
    """`text` on one line, escaped, with `` `code` `` as code elements."""
    parts = (
        Markup("<code>{}</code>").format(part) if is_code else escape(part)
        for is_code, part in code_spans(visible_line(text))
    )
    return Markup("").join(parts)


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


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("gradus.reports", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Any] = {
        "sentence": sentence,
        "block": block,
        "line": visible_line,
        "key": content.plain_key,
        "value": content.plain_value,
        "shares": shares,
        "place": content.place_of,
        "drawn": drawn,
        "measured": measured,
    }
    environment.filters.update(filters)
    environment.globals.update(content=content, marks=MARKS, sections=SECTIONS)
    return environment
