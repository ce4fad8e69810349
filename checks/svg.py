"""Graphs as SVG text: one look for all of them, and a file that depends on nothing but its data.

Colours are of middle lightness and the background is left out, so that a graph reads on a light
page and on a dark one. Text and axes have the colour of the page's own text where the SVG stands
inside a page. Matplotlib is imported only when something is drawn.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

GREY = "#767676"
BLUE, ORANGE, GREEN, VIOLET, RED = "#3b82c4", "#c8662a", "#3d8f5a", "#9064c0", "#c4534d"
COLOURS = (BLUE, ORANGE, GREEN, VIOLET, RED)
STAND_IN = "#010203"
"""What is drawn in this colour becomes `currentColor`; no graph has it otherwise."""

_LOOK: Mapping[str, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "gradus",
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
    "savefig.edgecolor": "none",
    "axes.edgecolor": STAND_IN,
    "axes.labelcolor": STAND_IN,
    "axes.titlecolor": STAND_IN,
    "text.color": STAND_IN,
    "xtick.color": STAND_IN,
    "ytick.color": STAND_IN,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": GREY,
    "grid.alpha": 0.25,
    "grid.linewidth": 0.6,
    "axes.titlesize": 11,
    "axes.titlelocation": "left",
    "axes.labelsize": 10,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "legend.fontsize": 9,
    "legend.frameon": False,
    "font.family": "sans-serif",
    "lines.linewidth": 1.4,
    "path.simplify": True,
    "axes.formatter.useoffset": False,
}


@dataclass(frozen=True)
class Figure:
    """One graph.

    name: of its file, without ending. task: the task it belongs to. title: what it shows. caption:
    where its numbers come from. alt: what a reader who cannot see it should know. svg: the file.
    """

    name: str
    task: str
    title: str
    caption: str
    alt: str
    svg: str


@contextmanager
def canvas(width: float = 7.2, height: float = 3.6) -> Iterator[Any]:
    """A Matplotlib figure (inches) in this module's look, whatever the user's own settings are."""
    import matplotlib
    from matplotlib.figure import Figure as Drawn

    default: dict[str, Any] = {
        key: value
        for key, value in matplotlib.rcParamsDefault.items()
        if not key.startswith(("backend", "interactive", "toolbar", "timezone", "webagg"))
    }
    look: Any = {**default, **_LOOK}
    with matplotlib.rc_context(look):
        yield Drawn(figsize=(width, height), layout="constrained")


def finished(drawn: Any, name: str, title: str, alt: str) -> str:
    """The SVG of a Matplotlib figure, to be called inside `canvas`.

    Its ids begin with `name`, so that several can stand in one page; title and text alternative are
    its own; there is no date, and equal data give equal text.
    """
    written = io.StringIO()
    drawn.savefig(written, format="svg", metadata={"Date": None})
    text = written.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"\s*<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r"<!--.*?-->\s*", "", text, flags=re.DOTALL)
    text = text.replace(STAND_IN, "currentColor")
    text = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', text)
    text = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", text)
    text = re.sub(r'href="#([^"]+)"', rf'href="#{name}-\1"', text)
    head = f'<svg role="img" color="{GREY}" aria-labelledby="{name}-title {name}-alt"'
    told = (
        f'\n <title id="{name}-title">{escape(title)}</title>'
        f'\n <desc id="{name}-alt">{escape(alt)}</desc>'
    )
    opening, _, rest = text.partition(">")
    return f"{head}{opening.removeprefix('<svg')}>{told}{rest}"
