"""The figures of a result on disk: the graphs, and what a report has to say of each.

A report can so be written anew, in another language say, without the runs that were drawn.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gradus.results import write_atomically

FOLDER, LIST = "figures", "list.json"


@dataclass(frozen=True)
class Figure:
    """One graph as reports show it: the `task` it belongs to, its `caption`, and its file."""

    name: str
    task: str
    caption: str
    svg: str


def write_figures(figures: Iterable[Any], folder: Path) -> None:
    """figures/*.svg below `folder`, and figures/list.json, which names them, last."""
    figures = list(figures)
    below = folder / FOLDER
    if not figures:
        (below / LIST).unlink(missing_ok=True)
        return
    below.mkdir(exist_ok=True)
    for figure in figures:
        write_atomically(below / f"{figure.name}.svg", figure.svg)
    listed = [{"name": f.name, "task": f.task, "caption": f.caption} for f in figures]
    write_atomically(below / LIST, json.dumps(listed, indent=1, ensure_ascii=False) + "\n")


def read_figures(folder: Path) -> tuple[Figure, ...]:
    """The figures that were written below `folder`, in their order.

    Raises OSError or ValueError where they are no longer as they were written.
    """
    below = folder / FOLDER
    try:
        listed = json.loads((below / LIST).read_text("utf-8"))
    except FileNotFoundError:
        return ()
    return tuple(
        Figure(svg=(below / f"{each['name']}.svg").read_text("utf-8"), **each) for each in listed
    )
