"""`gradus gradebook`: marks of graded submissions out, into a table or a downloaded gradebook."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError
from rich.console import Console

from gradus.commands.marks_out import MarksOut, show_list
from gradus.exports import MarksError
from gradus.exports.columns import column_named
from gradus.exports.gradebook import Marks, fill
from gradus.results import Result, write_atomically
from gradus.tables import Table


def run(
    folders: Sequence[Path],
    *,
    fill_in: Path | None,
    column: str | None,
    out: Path | None,
    marks_out: MarksOut,
    scaled: bool,
    with_pending: bool,
    console: Console,
) -> None:
    """Write `gradebook.csv` into the first folder, or fill in a copy of a downloaded gradebook.

    Raises MarksError where there is nothing to write from, or the gradebook cannot be filled in.
    """
    marks = [Marks.of(marks_out.merged(result)) for result in _results(folders)]
    marks_out.write_gradebook(marks, folders[0], console)
    if fill_in is None:
        return
    target = out or fill_in.with_name(f"{fill_in.stem}-filled{fill_in.suffix}")
    if target.resolve() == fill_in.resolve():
        raise MarksError(f"{target} is the gradebook itself; name another file with --out")
    table = Table.read(fill_in)
    filled = fill(
        table,
        column_named(table, column),
        marks,
        marks_out.people,
        scaled=scaled,
        with_pending=with_pending,
    )
    target.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(target, filled.table.to_bytes())
    said = f"{target}: {filled.rows} marks in the column '{filled.column.header}'"
    console.print(said, markup=False, highlight=False)
    show_list("Held another mark before", filled.overwritten, console)
    show_list("Excused, and left so", filled.excused, console)
    show_list("Not in the gradebook", filled.no_row, console)
    show_list("In several rows, or one row with another", filled.ambiguous, console)
    show_list("Left out, for points wait for a person (--with-pending)", filled.pending, console)


def _results(folders: Sequence[Path]) -> list[Result]:
    """The results below these folders, each submission once, in the order of their paths."""
    found: dict[str, Path] = {}
    results: list[Result] = []
    for folder in folders:
        for path in sorted(folder.rglob("results.json")):
            try:
                result = Result.from_json(path.read_bytes())
            except (OSError, ValueError, ValidationError) as error:
                first = str(error).splitlines()[0]
                raise MarksError(f"{path} is no result that can be read: {first}") from None
            other = found.setdefault(result.submission.id, path)
            if other != path:
                raise MarksError(
                    f"{path} and {other} are both of {result.submission.id}; leave one out"
                )
            results.append(result)
    if not results:
        named = ", ".join(map(str, folders))
        raise MarksError(f"{named} holds no results.json; name the folder that grade wrote")
    return results
