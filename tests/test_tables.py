"""CSV files of other programs: nothing is lost, one cell changes, no formula runs."""

from __future__ import annotations

import codecs
import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradus.tables import Table, TableError, guarded, written

drawn = settings(database=None, deadline=None)
CELL = st.one_of(
    st.text(',;\t"\n a=ø', max_size=6),
    st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=8),
)
ROWS = st.lists(st.lists(CELL, min_size=2, max_size=4), min_size=1, max_size=5)
DIALECTS = st.tuples(
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
    st.sampled_from(["\r\n", "\n"]),
)
ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16"])


def dumped(rows: list[list[str]], dialect: tuple[str, int, str], encoding: str) -> bytes:
    text = io.StringIO(newline="")
    separator, quoting, end = dialect
    header = [["first", "second", "third"]]
    csv.writer(text, delimiter=separator, quoting=quoting, lineterminator=end).writerows(  # type: ignore[arg-type]
        header + rows
    )
    return text.getvalue().encode(encoding)


@drawn
@given(ROWS, DIALECTS, ENCODINGS)
def test_reading_agrees_with_the_csv_module_and_writing_gives_the_same_bytes(
    rows: list[list[str]], dialect: tuple[str, int, str], encoding: str
) -> None:
    content = dumped(rows, dialect, encoding)
    table = Table.parse(content)
    assert table.to_bytes() == content
    assert table.separator == dialect[0]
    assert [list(table.values(n)) for n in range(1, len(table.rows))] == rows


@drawn
@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1))
def test_any_text_that_is_read_is_written_back_as_it_was(text: str) -> None:
    content = text.encode("utf-8")
    try:
        table = Table.parse(content)
    except TableError:
        return
    assert table.to_bytes() == content


@drawn
@given(ROWS, DIALECTS, ENCODINGS, st.data())
def test_one_changed_cell_changes_no_other(
    rows: list[list[str]], dialect: tuple[str, int, str], encoding: str, data: st.DataObject
) -> None:
    table = Table.parse(dumped(rows, dialect, encoding))
    row = data.draw(st.integers(1, len(rows)))
    column = data.draw(st.integers(0, 5))
    value = data.draw(CELL)
    again = Table.parse(table.with_cell(row, column, value).to_bytes())
    expected = [*rows[row - 1], *[""] * (column + 1 - len(rows[row - 1]))]
    expected[column] = value
    assert list(again.values(row)) == expected
    for other in range(len(table.rows)):
        if other != row:
            assert again.rows[other] == table.rows[other]


@pytest.mark.parametrize(
    "text", ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", "=cmd|'/c calc'!A0"]
)
def test_a_text_that_a_spreadsheet_would_run_gets_an_apostrophe(text: str) -> None:
    assert guarded(text) == f"'{text}"


@pytest.mark.parametrize("separator", [";", ",", "; ", ';"'])
def test_a_formula_behind_another_country_s_separator_is_none(separator: str) -> None:
    assert guarded(f"x{separator}=cmd|'/c calc'!A0") == f"x{separator}'=cmd|'/c calc'!A0"


@pytest.mark.parametrize("text", ["=1+1", "@g2", "'", "'x", "Ada", "-3.5"])
def test_what_was_guarded_is_read_as_what_it_was(text: str) -> None:
    table = Table.parse(written([["name"], [text, "there"]]))
    ((_, record),) = table.records(["name"])
    assert record["name"] == text


@pytest.mark.parametrize("text", ["", "Ada", "3.5", "-3.5", "+47", "Ø", "a=b", "1-2"])
def test_other_text_and_numbers_stay(text: str) -> None:
    assert guarded(text) == text


@drawn
@given(st.lists(st.lists(CELL, min_size=2, max_size=3), min_size=1, max_size=3))
def test_a_new_table_is_read_back_and_runs_nothing(rows: list[list[str]]) -> None:
    content = written([["a", "b"], *rows])
    assert content.startswith(codecs.BOM_UTF8)
    table = Table.parse(content)
    for number, row in enumerate(rows, start=1):
        assert list(table.values(number)) == [guarded(cell) for cell in row]


def test_windows_1252_is_read_where_utf_8_is_not_valid() -> None:
    content = "navn;poeng\r\nBjørn;1,5\r\n".encode("cp1252")
    table = Table.parse(content)
    assert table.values(1) == ("Bjørn", "1,5")
    assert table.to_bytes() == content


def test_a_quote_that_is_never_closed_is_named_by_its_line() -> None:
    with pytest.raises(TableError, match="line 2 is never closed"):
        Table.parse(b'a,b\n"open,1\n')


@pytest.mark.parametrize("content", [b"", codecs.BOM_UTF8])
def test_an_empty_file_is_refused(content: bytes) -> None:
    with pytest.raises(TableError, match="is empty"):
        Table.parse(content)


def test_a_spreadsheet_that_is_no_text_is_refused() -> None:
    with pytest.raises(TableError, match="export it as CSV"):
        Table.parse(b"PK\x03\x04\0\0\0")


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="cannot be read"):
        Table.read(tmp_path / "none.csv")


def test_records_are_found_by_name_in_any_order_and_case() -> None:
    table = Table.parse(b"Points, PIECE ,Other\n1.5,2a.x,z\n\n,,\n2,3a.y\n")
    assert table.records(("piece", "points"), ("comment",)) == [
        (2, {"piece": "2a.x", "points": "1.5"}),
        (5, {"piece": "3a.y", "points": "2"}),
    ]


def test_a_missing_column_is_named_with_those_that_are_there() -> None:
    with pytest.raises(TableError, match=r"no column points; its columns are piece, other"):
        Table.parse(b"piece,other\n").records(("piece", "points"))
