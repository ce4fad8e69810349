"""`gradus diff`: who moved between two gradings, by how much, because of which law."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gradus.cohort.compare import between
from gradus.cohort.differences import Alone, Cause, Condition, Differences, Move
from gradus.reports.language import ENGLISH
from gradus.text import visible_line

MOST_PIECES = 4
MOST_CAUSES = 2
MOST_NAMES = 12
LONGEST = 16
"""Digests are shown by so many characters."""


def run(old: Path, new: Path, *, as_json: bool, console: Console) -> None:
    """Compare two folders that `grade` wrote. Raises CohortError where one holds no results."""
    found = between(old, new)
    if as_json:
        text = json.dumps(found.model_dump(), indent=1, ensure_ascii=True, allow_nan=False)
        console.print(Text(text), soft_wrap=True)
        return
    show(found, console)


def show(found: Differences, console: Console) -> None:
    """The differences on a terminal: what holds for all first, then who moved."""

    def line(text: str = "", style: str = "") -> None:
        console.print(Text(text, style=style), soft_wrap=True)

    if found.is_empty:
        line(f"No difference: {ENGLISH.counted(found.compared, 'submission')} compared.")
        return
    for condition in found.conditions:
        line(_condition(condition, found.compared))
    moved = sorted((each for each in found.moves if each.is_a_move), key=lambda e: (-e.by, e.id))
    only_verdicts = [each for each in found.moves if each.verdicts and not each.is_a_move]
    only_files = [each for each in found.moves if not (each.verdicts or each.is_a_move)]
    if moved:
        console.print(_table(moved))
        line(_in_all(moved, found.compared), "bold")
        for text in _by_cause(moved):
            line(f"  {text}")
    elif found.compared:
        line(f"Nobody moved: {ENGLISH.counted(found.compared, 'submission')} compared.", "bold")
    _list("Other verdicts, the same marks", [_because(e, e.verdicts) for e in only_verdicts], line)
    _list("Other files, the same marks and verdicts", [_name(each) for each in only_files], line)
    _list("New", [_alone(each) for each in found.new], line)
    _list("Gone", [_alone(each) for each in found.gone], line)


def _table(moved: Iterable[Move]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("Submission", overflow="fold")
    for name in ("Old", "New", "By"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("Because", overflow="fold")
    for move in moved:
        style = "green" if move.by > 0 else "red" if move.by < 0 else ""
        lines = [Text(_piece(move, id)) for id in list(move.pieces)[:MOST_PIECES]]
        if len(move.pieces) > MOST_PIECES:
            more = ENGLISH.counted(len(move.pieces) - MOST_PIECES, "more piece")
            lines.append(Text(f"and {more}", style="dim"))
        if move.other_files:
            lines.insert(0, Text("other files were handed in", style="dim"))
        because = Text("\n").join(lines)
        table.add_row(
            Text(_name(move)),
            str(move.old.earned),
            str(move.new.earned),
            Text(_signed(move.by), style=style),
            because,
        )
    return table


def _condition(condition: Condition, compared: int) -> str:
    whose = "For all" if condition.count == compared else f"For {condition.count} of {compared}"
    old, new = _shown(condition.old), _shown(condition.new)
    return f"{whose}: {visible_line(condition.name)} was {old}, is {new}"


def _shown(value: str | None) -> str:
    if value is None:
        return "absent"
    is_digest = len(value) == 64 and set(value) <= set("0123456789abcdef")
    return value[:LONGEST] + "…" if is_digest else visible_line(value)


def _in_all(moved: Sequence[Move], compared: int) -> str:
    up = sum(each.by > 0 for each in moved)
    down = sum(each.by < 0 for each in moved)
    even = len(moved) - up - down
    total = sum((each.by for each in moved), Decimal(0))
    rest = f", {even} between lost and pending" if even else ""
    return (
        f"{len(moved)} of {ENGLISH.counted(compared, 'submission')} moved: {up} up, {down} down"
        f"{rest}; {_signed(total)} points in all"
    )


def _by_cause(moved: Iterable[Move]) -> list[str]:
    """The commonest causes, each with how many submissions it moved."""
    counts = Counter(cause for move in moved for cause in dict.fromkeys(move.because))
    common = [(cause, count) for cause, count in counts.most_common(MOST_NAMES) if count > 1]
    return [f"{ENGLISH.counted(count, 'submission')}: {_cause(cause)}" for cause, count in common]


def _piece(move: Move, id: str) -> str:
    """As in "+0.125 2a.backward: value failed → passed"."""
    causes = [cause for cause in move.because if cause.piece == id]
    said = [_cause(cause).removeprefix(f"{id}.").replace(": ", " ", 1) for cause in causes]
    said = [each.removeprefix(f"{visible_line(id)} ") for each in said]
    more = f" and {len(said) - MOST_CAUSES} more" if len(said) > MOST_CAUSES else ""
    told = ", ".join(said[:MOST_CAUSES])
    return f"{_signed(move.pieces[id])} {visible_line(id)}: {told}{more}"


def _cause(cause: Cause) -> str:
    what = visible_line(cause.what)
    old, new = (visible_line(value or "absent") for value in (cause.old, cause.new))
    said = {
        "law": f"{what}: {old} → {new}",
        "points": f"{what}: worth {old} → {new}",
        "person": f"{what}: a person's {old} → {new}",
        "rule": f"{what}: {old} → {new} by another rule",
    }
    return said[cause.kind]


def _because(move: Move, causes: Sequence[Cause]) -> str:
    more = f" and {len(causes) - 1} more" if len(causes) > 1 else ""
    return f"{_name(move)} ({_cause(causes[0])}{more})"


def _name(move: Move) -> str:
    now = f" (now {visible_line(move.renamed)})" if move.renamed else ""
    return visible_line(move.id) + now


def _alone(alone: Alone) -> str:
    why = f": {visible_line(alone.why)}" if alone.why else ""
    return f"{visible_line(alone.id)} ({alone.earned}){why}"


def _signed(points: Decimal) -> str:
    return f"{points:+.3f}".replace("-", "−")


def _list(what: str, names: Sequence[str], line: Callable[[str], None]) -> None:
    if names:
        shown = names if len(names) <= MOST_NAMES else [*names[:MOST_NAMES], "…"]
        line(f"{what} ({len(names)}): {', '.join(shown)}")
