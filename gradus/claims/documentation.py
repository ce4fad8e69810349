"""The vocabulary as a table, for the documentation and for the terminal."""

from __future__ import annotations

from collections.abc import Iterable

from gradus.claims.vocabulary import Entry


def table(entries: Iterable[Entry]) -> str:
    """A Markdown table, one row an entry."""
    rows = ["| claim | what it states | for example | compared |", "|:--|:--|:--|:--|"]
    for entry in entries:
        by = f"; a table by {entry.by}" if entry.by else ""
        data = "" if entry.of_data else ", on any data"
        cells = [f"`{entry.id}`", f"{entry.says}{by}", f"`{entry.example}`", f"{entry.rule}{data}"]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"
