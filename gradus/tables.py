r"""CSV files as other programs write them: read without loss, changed cell by cell.

A table keeps every field as it stands in the file, quotes included, so that writing it back
unchanged gives the same bytes. Encodings: UTF-8 with or without a byte order mark, UTF-16 with one,
else Windows-1252. Separators: comma, semicolon or tab. RFC 4180 says what quotes mean.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from gradus.exports import MarksError

SEPARATORS = (",", ";", "\t")
FORMULA = re.compile("[=+\\-@\t\r\n＝＋－＠]")
GUARDED = re.compile(f"'(?={FORMULA.pattern})")
INNER_FORMULA = re.compile(f"(?<=.)([,;\t][ \"']*)(?={FORMULA.pattern})")
"""The beginning of a formula where a spreadsheet takes another mark for the separator."""
NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")
MAX_BYTES = 64 * 2**20


class TableError(MarksError):
    """A file that is no table, or not the one that was expected."""


@dataclass(frozen=True)
class Table:
    """Rows of raw fields, and how the file writes them; `ends` are the ends of the lines."""

    rows: tuple[tuple[str, ...], ...]
    ends: tuple[str, ...]
    separator: str = ","
    encoding: str = "utf-8"
    mark: bytes = b""
    name: str = "table"

    @classmethod
    def read(cls, path: Path) -> Table:
        """Read a file. Raises TableError where it cannot be read as a table."""
        try:
            if path.stat().st_size > MAX_BYTES:
                raise TableError(f"{path.name} has more than {MAX_BYTES:,} bytes; is it a table?")
            return cls.parse(path.read_bytes(), path.name)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise TableError(f"{path} cannot be read: {reason}") from None

    @classmethod
    def parse(cls, content: bytes, name: str = "table") -> Table:
        """Read a file's content; `name` stands in error messages."""
        encoding, mark = _encoding_of(content)
        try:
            text = content[len(mark) :].decode(encoding)
        except UnicodeDecodeError as error:
            raise TableError(
                f"{name} is not valid {encoding} ({error.reason} at byte {error.start}); save it "
                "as UTF-8"
            ) from None
        if "\0" in text:
            raise TableError(f"{name} holds NUL characters; it is no text, so export it as CSV")
        separator = _separator_of(text)
        try:
            rows, ends = _split(text, separator)
        except ValueError as error:
            raise TableError(f"{name}: {error}") from None
        if not rows:
            raise TableError(f"{name} is empty, but should begin with a row of column names")
        return cls(rows, ends, separator, encoding, mark, name)

    def to_bytes(self) -> bytes:
        """The file again, byte for byte where no cell was changed."""
        lines = (
            self.separator.join(row) + end for row, end in zip(self.rows, self.ends, strict=True)
        )
        return self.mark + "".join(lines).encode(self.encoding)

    @property
    def header(self) -> tuple[str, ...]:
        """The first row's values."""
        return self.values(0)

    def values(self, row: int) -> tuple[str, ...]:
        """A row's fields without their quotes."""
        return tuple(unquoted(field) for field in self.rows[row])

    def with_cell(self, row: int, column: int, value: str) -> Table:
        """The table with one other value, quoted where the field it replaces was, or must be.

        A row that is too short is filled up with empty fields.
        """
        fields = list(self.rows[row])
        fields += [""] * (column + 1 - len(fields))
        needed = any(mark in value for mark in (self.separator, '"', "\n", "\r"))
        if needed or fields[column].startswith('"') or self._quotes_all(row):
            value = '"' + value.replace('"', '""') + '"'
        fields[column] = value
        rows = (*self.rows[:row], tuple(fields), *self.rows[row + 1 :])
        return replace(self, rows=rows)

    def records(
        self, required: Sequence[str], optional: Sequence[str] = ()
    ) -> list[tuple[int, dict[str, str]]]:
        """Pairs of line number and the values of named columns, stripped; empty rows are left out.

        A value that was `guarded` is read as what it was.
        Names are compared without regard to case and surrounding space; other columns are ignored.
        Raises TableError for a required column that is missing or stands twice.
        """
        names = [name.strip().casefold() for name in self.header]
        missing = [name for name in required if name not in names]
        if missing:
            raise TableError(
                f"{self.name} has no column {', '.join(missing)}; its columns are "
                f"{', '.join(filter(None, names))}"
            )
        wanted = [name for name in (*required, *optional) if name in names]
        twice = [name for name in wanted if names.count(name) > 1]
        if twice:
            raise TableError(f"{self.name} has the column {', '.join(twice)} twice; keep one")
        found = []
        line = 1 + self._lines_of(0)
        for number in range(1, len(self.rows)):
            values = self.values(number)
            record = {
                name: unguarded(values[names.index(name)].strip())
                if names.index(name) < len(values)
                else ""
                for name in wanted
            }
            if any(value.strip() for value in values):
                found.append((line, record))
            line += self._lines_of(number)
        return found

    def _quotes_all(self, row: int) -> bool:
        return bool(self.rows[row]) and all(field.startswith('"') for field in self.rows[row])

    def _lines_of(self, row: int) -> int:
        return 1 + sum(field.count("\n") for field in self.rows[row])


def unquoted(field: str) -> str:
    """A field's value."""
    if len(field) >= 2 and field.startswith('"') and field.endswith('"'):
        return field[1:-1].replace('""', '"')
    return field


def guarded(value: str) -> str:
    """A text that no spreadsheet takes for a formula: one that begins like one gets an apostrophe.

    So does what begins like one after a separator of another country's spreadsheets. Numbers
    stay. See OWASP, "CSV Injection".
    """
    if NUMBER.fullmatch(value.strip()):
        return value
    value = INNER_FORMULA.sub(r"\1'", value)
    return f"'{value}" if FORMULA.match(value.lstrip(" ")) else value


def unguarded(value: str) -> str:
    """The text that `guarded` gave an apostrophe at its beginning."""
    return GUARDED.sub("", value, count=1) if GUARDED.match(value) else value


def written(rows: Iterable[Sequence[str]]) -> bytes:
    """A new table as RFC 4180 has it, every cell `guarded`; UTF-8 with a mark for Excel."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(
        [guarded(cell) for cell in row] for row in rows
    )
    return codecs.BOM_UTF8 + text.getvalue().encode("utf-8", "backslashreplace")


def _encoding_of(content: bytes) -> tuple[str, bytes]:
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if content.startswith(mark):
            return name, mark
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252", b""
    return "utf-8", b""


def _separator_of(text: str) -> str:
    """The separator that is commonest in the first line, outside of quotes."""
    counts = dict.fromkeys(SEPARATORS, 0)
    inside = False
    for character in text:
        if character == '"':
            inside = not inside
        elif character in "\r\n" and not inside:
            break
        elif not inside and character in counts:
            counts[character] += 1
    return max(SEPARATORS, key=lambda separator: counts[separator])


def _split(text: str, separator: str) -> tuple[tuple[tuple[str, ...], ...], tuple[str, ...]]:
    """Rows of raw fields, and the end of each row's line; raises ValueError for an open quote."""
    rows: list[tuple[str, ...]] = []
    ends: list[str] = []
    for fields, end in _lines(text, separator):
        rows.append(fields)
        ends.append(end)
    return tuple(rows), tuple(ends)


def _lines(text: str, separator: str) -> Iterator[tuple[tuple[str, ...], str]]:
    plain = re.compile(f"[^{re.escape(separator)}\r\n]*")
    quoted = re.compile('"(?:[^"]|"")*"')
    fields: list[str] = []
    place = 0
    while place < len(text) or fields:
        start = place
        if text.startswith('"', place):
            match = quoted.match(text, place)
            if match is None:
                line = text.count("\n", 0, place) + 1
                raise ValueError(f"a quote that opens in line {line} is never closed")
            place = match.end()
        rest = plain.match(text, place)
        place = rest.end() if rest else place
        fields.append(text[start:place])
        if text.startswith(separator, place):
            place += 1
            if place == len(text):
                fields.append("")
                yield tuple(fields), ""
                return
            continue
        end = "\r\n" if text.startswith("\r\n", place) else text[place : place + 1]
        place += len(end)
        yield tuple(fields), end
        fields = []
