"""The smallest failing case as a snippet that a student can paste into a shell in their own folder.

While a law runs, the subject notes each call as the line a student would write for it. When the law
fails, the notes become a script that needs NumPy and the submission alone.
"""

from __future__ import annotations

import bisect
import re
import textwrap
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gradus.expect import Violation
from gradus.results import Counterexample

MAX_LINES_PER_ARRAY = 40
WIDEST_LINE = 76
"""What a terminal shows on one line, so that what is copied from there still runs."""
LITERAL_ENTRIES = 24


@dataclass
class Trace:
    """The calls of one case, as source: what is imported, the inputs, the lines."""

    imports: list[str] = field(default_factory=list)
    inputs: dict[str, tuple[np.ndarray, str | None]] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=dict)

    def import_from(self, module: str, name: str) -> None:
        line = f"from {module} import {name}"
        if line not in self.imports:
            self.imports.append(line)

    def input(self, name: str, value: np.ndarray, source: str | None = None) -> str:
        """Note an input array and return the variable that holds it, named after `name`.

        `source` is how it is written where its entries would not do, with {name} for the variable.
        """
        for known, (noted, _) in self.inputs.items():
            if known.split("_")[0] != name:
                continue
            if noted is value or (noted.dtype == value.dtype and np.array_equal(noted, value)):
                return known
        variable = self.fresh(name)
        self.inputs[variable] = (value, source)
        return variable

    def fresh(self, name: str) -> str:
        """A variable name not used before: `name`, then `name_2`, and so on."""
        count = self.names.get(name, 0) + 1
        self.names[name] = count
        return name if count == 1 else f"{name}_{count}"

    def line(self, text: str) -> None:
        self.lines.append(text)

    def script(self) -> str:
        """Imports, inputs and calls, without the closing print."""
        inputs = [
            source.replace("{name}", variable) if source else array_source(variable, value)
            for variable, (value, source) in self.inputs.items()
        ]
        return "\n".join(["import numpy as np", *self.imports, "", *inputs, *self.lines])


def explain(trace: Trace, violation: Violation) -> Counterexample:
    """A snippet that shows what was got, beside what it should have been."""
    lines = [trace.script()]
    if violation.expression:
        lines.append(f'print("got", {violation.expression})')
        lines += [f"# {line}" for line in f"should be {violation.should_be}".splitlines()]
    return Counterexample(
        snippet=narrow("\n".join(lines)), got=violation.got, should_be=violation.should_be
    )


def explain_raised(trace: Trace, raised: str) -> Counterexample:
    """A snippet whose last call raises, hangs or dies as the message tells."""
    return Counterexample(
        snippet=narrow(f"{trace.script()}\n# should run, but: {raised.splitlines()[0]}"),
        got=raised,
        should_be="a result",
    )


def narrow(source: str) -> str:
    """The same program in lines of at most 76 columns, as far as comments and brackets allow."""
    return "\n".join(part for line in source.split("\n") for part in _narrowed(line))


def _narrowed(line: str) -> list[str]:
    if len(line) <= WIDEST_LINE:
        return [line]
    if line.startswith("# "):
        return textwrap.wrap(
            line[2:], WIDEST_LINE, initial_indent="# ", subsequent_indent="# ", tabsize=4
        )
    indent = " " * (len(line) - len(line.lstrip()) + 4)
    lines, start, places = [], 0, _spaces_in_brackets(line)
    while len(line) - start > WIDEST_LINE - len(indent):
        last = bisect.bisect_right(places, start + WIDEST_LINE - len(indent)) - 1
        if last < 0 or places[last] <= start:
            break
        lines.append(line[start : places[last]])
        start = places[last] + 1
    return [part if n == 0 else indent + part for n, part in enumerate([*lines, line[start:]])]


def _spaces_in_brackets(line: str) -> list[int]:
    """Where a statement on one line can be broken; none in a text, none outside of brackets."""
    places: list[int] = []
    depth, quote = 0, ""
    for place, character in enumerate(line):
        if quote:
            quote = "" if character == quote and line[place - 1] != "\\" else quote
        elif character in "'\"":
            quote = character
        elif character == "#":
            return places
        elif character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        elif character == " " and depth > 0:
            places.append(place)
    return places


def array_source(name: str, value: np.ndarray) -> str:
    """Source that builds `value` under a variable name: a fill, whole columns, single entries.

    A large array without such a structure is written out in full rather than abridged: a snippet
    that does not run as shown is worse than a long one.
    """
    dtype = _dtype(value)
    if value.size == 0:
        return f"{name} = np.zeros({_shape(value.shape)}{dtype})"
    if value.size <= LITERAL_ENTRIES:
        return f"{name} = np.array({_literal(value)}{dtype})"
    fill = _commonest(value)
    if fill == 0:
        lines = [f"{name} = np.zeros({_shape(value.shape)}{dtype})"]
    else:
        lines = [f"{name} = np.full({_shape(value.shape)}, {_literal(fill)}{dtype})"]
    rest = ~_same(value, fill)
    if value.ndim == 2:
        for column in np.flatnonzero(rest.any(axis=0)):
            entries = value[:, column]
            if len(entries) > 1 and _same(entries, entries[0]).all():
                lines.append(f"{name}[:, {column}] = {_literal(entries[0])}")
                rest[:, column] = False
        for row in np.flatnonzero(rest.any(axis=1)):
            if np.count_nonzero(rest[row]) > 2 and value.shape[1] <= LITERAL_ENTRIES:
                lines.append(f"{name}[{row}] = {_literal(value[row])}")
                rest[row] = False
    for index in np.argwhere(rest):
        place = ", ".join(map(str, index))
        lines.append(f"{name}[{place}] = {_literal(value[tuple(index)])}")
    if len(lines) > MAX_LINES_PER_ARRAY:
        return f"{name} = np.array({_literal(value)}{dtype})"
    return "\n".join(lines)


def _dtype(value: np.ndarray) -> str:
    """The argument `dtype`, where NumPy needs it; `bool`, since NumPy 1 has no `np.bool`."""
    if value.dtype == np.float64:
        return ""
    return ", dtype=bool" if value.dtype == np.bool_ else f", dtype=np.{value.dtype.name}"


def _commonest(value: np.ndarray) -> Any:
    entries, counts = np.unique(value, return_counts=True)
    entry = entries[np.argmax(counts)]
    return np.abs(entry) if entry == 0 else entry


def _same(entries: np.ndarray, entry: Any) -> np.ndarray:
    """Where entries are this one: nan is nan, and -0.0 is not 0.0, whose reciprocal differs."""
    same: np.ndarray = entries == entry
    if entries.dtype.kind == "f":
        same &= np.signbit(entries) == np.signbit(entry)
        same |= np.isnan(entries) & np.isnan(entry)
    return same


def _shape(shape: tuple[int, ...]) -> str:
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


def _literal(value: Any) -> str:
    """A number or nested lists of numbers, in names that a snippet has."""
    return re.sub(r"\b(nan|inf)\b", r"np.\1", str(value.tolist()))
