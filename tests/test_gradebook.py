"""Gradebooks: ids decide, one column changes, and whoever is not found is named."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradus.exports.columns import GradebookError, column_named, columns_of, platform_of
from gradus.exports.gradebook import Marks, fill, table_of
from gradus.results import Origin, Score
from gradus.roster import (
    Person,
    RosterError,
    placed,
    read_roster,
    without_person,
    without_submission,
)
from gradus.tables import Table

CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,Assignment 1 (4711),Section 2 quiz (9),"
    "Assignments Current Score,Final Grade\r\n"
    "    Points Possible,,,,,4.00,10.00,(read only),(read only)\r\n"
    '"Lovelace, Ada",101,S1,ada,A,,7,,\r\n'
    '"=HYPERLINK(""x"")",102,S2,=mal,A,1.5,8,,\r\n'
    "Åse,103,S3,aase,B,,9,,\r\n"
    '"Student, Test",104,,,B,,,,\r\n'
)
BLACKBOARD = (
    '"Last Name","First Name","Username","Student ID","Availability",'
    '"A1 [Total Pts: 100 Score] |123456","Quiz [Total Pts: 5 Score] |77"\r\n'
    '"Lovelace","Ada","ada","1","Yes","","3"\r\n'
    '"Hopper","Grace","grace","2","Yes","50.00","4"\r\n'
)


def marks(submission: str, earned: str, pending: str = "0") -> Marks:
    """Marks of four points in all."""
    e, p = Decimal(earned), Decimal(pending)
    score = Score(earned=e, lost=4 - e - p, available=4 - p, pending=p, total=Decimal(4))
    return Marks(submission, score, {"1": e})


def canvas(**replaced: str) -> Table:
    text = CANVAS
    for old, new in replaced.items():
        text = text.replace(old, new)
    return Table.parse(text.encode("utf-8-sig"), "grades.csv")


def filled(table: Table, *args: Any, column: str | None = "Assignment 1", **options: Any) -> Any:
    return fill(table, column_named(table, column), *args, **options)


def cells(table: Table, place: int) -> list[str]:
    return [table.values(row)[place] for row in range(1, len(table.rows))]


def test_a_canvas_gradebook_is_filled_by_ids_and_nothing_else_changes() -> None:
    table = canvas()
    people = [
        Person("g1", "Ada", canvas_id="101"),
        Person("g1", "Åse", login="aase"),
        Person("g2", "Mal", sis_user_id="S2"),
    ]
    done = filled(table, [marks("g1", "3.125"), marks("g2", "4")], people)
    assert cells(done.table, 5) == ["4.00", "3.125", "4.000", "3.125", ""]
    assert done.rows == 3
    assert done.overwritten == ("Mal (1.5)",)
    assert done.no_row == done.ambiguous == done.pending == ()
    expected = (
        CANVAS.replace("ada,A,,7", "ada,A,3.125,7")
        .replace("1.5,8", "4.000,8")
        .replace("B,,9", "B,3.125,9")
    )
    assert done.table.to_bytes() == expected.encode("utf-8-sig")


def test_a_blackboard_gradebook_is_filled_by_username_with_every_field_quoted() -> None:
    table = Table.parse(BLACKBOARD.encode("utf-8"))
    done = filled(table, [marks("ada", "3.125")], column="A1", scaled=True)
    expected = BLACKBOARD.replace('"Yes","","3"', '"Yes","78.13","3"')
    assert done.table.to_bytes() == expected.encode("utf-8")


def test_blackboards_tab_separated_utf_16_stays_what_it_is() -> None:
    text = BLACKBOARD.replace('","', '"\t"')
    table = Table.parse(text.encode("utf-16"))
    done = filled(table, [marks("grace", "2")], column="A1", scaled=True)
    assert done.rows == 1
    assert done.table.to_bytes() == text.encode("utf-16")
    assert done.overwritten == ()


def test_a_gradebook_with_decimal_commas_gets_decimal_commas() -> None:
    text = CANVAS.replace(",", ";").replace('"Lovelace; ', '"Lovelace, ')
    table = Table.parse(text.replace("4.00", "4,00").encode("utf-8"))
    done = filled(table, [marks("101", "3.125")])
    assert cells(done.table, 5)[1] == "3,125"


def test_marks_that_wait_for_a_person_are_left_out_and_named() -> None:
    half = marks("101", "2", pending="1.5")
    assert filled(canvas(), [half]).pending == ("101",)
    assert cells(filled(canvas(), [half], with_pending=True).table, 5)[1] == "2.000"


def test_who_is_not_in_the_gradebook_is_named_and_never_found_by_name() -> None:
    people = [Person("g1", "Lovelace, Ada", canvas_id="999"), Person("g2", "B", email="x@y")]
    done = filled(canvas(), [marks("g1", "1"), marks("g2", "1")], people)
    assert done.no_row == ("Lovelace, Ada", "B")
    assert done.table == canvas()


def test_ids_that_name_two_rows_or_one_row_twice_are_ambiguous() -> None:
    two_rows = [Person("g1", "A", canvas_id="101", login="aase")]
    assert filled(canvas(), [marks("g1", "1")], two_rows).ambiguous == ("A",)
    one_row = [Person("g1", "A", canvas_id="101"), Person("g2", "B", login="ada")]
    done = filled(canvas(), [marks("g1", "1"), marks("g2", "2")], one_row)
    assert done.ambiguous == ("B",)
    assert cells(done.table, 5)[1] == "1.000"


def test_who_is_excused_stays_excused() -> None:
    table = canvas(**{"=mal,A,1.5": "=mal,A,EX"})
    done = filled(table, [marks("102", "1")])
    assert done.excused == ("102",)
    assert done.table == table


def test_only_columns_of_assignments_are_offered() -> None:
    assert [c.title for c in columns_of(canvas())] == ["Assignment 1", "Section 2 quiz"]
    table = Table.parse(BLACKBOARD.encode())
    assert [(c.title, c.maximum) for c in columns_of(table)] == [("A1", 100), ("Quiz", 5)]


@pytest.mark.parametrize("wanted", [None, "Assignment", "Assignments Current Score", "ID"])
def test_a_column_that_is_not_the_one_is_refused_with_those_there_are(wanted: str | None) -> None:
    with pytest.raises(GradebookError, match=r"--column.*'Assignment 1 \(4711\)'"):
        column_named(canvas(), wanted)


def test_a_column_of_other_points_needs_to_be_asked_for() -> None:
    table = canvas(**{"4.00": "8.00"})
    with pytest.raises(GradebookError, match=r"8\.00 points, but the rubric has 4"):
        filled(table, [marks("101", "3.125")])
    assert cells(filled(table, [marks("101", "3.125")], scaled=True).table, 5)[1] == "6.25"


@pytest.mark.parametrize("header", ["Name,Points", "Student,ID,Assignment 1", "", "ID,Student"])
def test_a_file_of_neither_platform_is_refused(header: str) -> None:
    with pytest.raises(GradebookError, match="begins with"):
        platform_of(Table.parse(f"{header}\nx,y\n".encode()))


@settings(database=None, deadline=None)
@given(st.lists(st.sampled_from(["101", "102", "103", "999", "S2", "=mal"]), unique=True))
def test_every_submission_is_filled_in_or_named(ids: list[str]) -> None:
    table = canvas()
    done = filled(table, [marks(id, "2") for id in ids])
    assert done.rows + len(done.no_row) + len(done.ambiguous) + len(done.pending) == len(ids)
    for row in range(len(table.rows)):
        before, after = table.rows[row], done.table.rows[row]
        assert before[:5] + before[6:] == after[:5] + after[6:]


def test_the_table_of_all_marks_has_a_row_for_each_person_and_runs_no_formula() -> None:
    people = [
        Person("g1", '=HYPERLINK("http://x")', canvas_id="1"),
        Person("g1", "Bø, Ada", username="ada"),
    ]
    table = Table.parse(table_of([marks("g1", "3"), marks("@g2", "1", "1")], people))
    columns = [table.header.index(name) for name in ("submission", "name", "username", "earned")]
    rows = [[table.values(row)[column] for column in columns] for row in (1, 2, 3)]
    assert rows == [
        ["g1", '\'=HYPERLINK("http://x")', "", "3.000"],
        ["g1", "Bø, Ada", "ada", "3.000"],
        ["'@g2", "", "", "1.000"],
    ]
    assert set(table.ends) == {"\r\n"}


def roster(folder: Path, text: str) -> Path:
    path = folder / "roster.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_group_shares_one_submission(tmp_path: Path) -> None:
    path = roster(tmp_path, "name,submission,login\nAda,g1,ada\nGrace,g1,grace\n")
    assert [person.submission for person in read_roster(path)] == ["g1", "g1"]


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ("g1,ada\ng2,ada", "login 'ada' in the lines 2 and 3"),
        ("g1,", "line 2 names no id"),
        (",ada", "line 2 names no submission"),
    ],
)
def test_a_roster_with_a_slip_is_refused(tmp_path: Path, rows: str, says: str) -> None:
    with pytest.raises(RosterError, match=says):
        read_roster(roster(tmp_path, f"submission,login\n{rows}\n"))


def test_a_person_without_submission_has_the_one_that_the_platform_names(tmp_path: Path) -> None:
    path = roster(tmp_path, "name,canvas_id,github\nAda,101,\nBob,102,bob\nEve,103,eve\n")
    origins = {
        "ada_101": Origin(platform="canvas", user="101"),
        "bob": Origin(platform="github", user="bob"),
        "eve__a": Origin(platform="github", user="eve"),
        "eve__b": Origin(platform="github", user="eve"),
        "103": None,
    }
    assert [person.submission for person in placed(read_roster(path), origins)] == [
        "ada_101",
        "bob",
        "",
    ]


def test_a_stated_submission_counts_before_what_the_platform_names() -> None:
    people = [Person("g1", canvas_id="101")]
    assert placed(people, {"x": Origin(platform="canvas", user="101")}) == tuple(people)


def with_origin(mark: Marks, user: str) -> Marks:
    return replace(mark, origin=Origin(platform="canvas", user=user))


def test_without_a_roster_the_user_whom_a_download_names_finds_the_row() -> None:
    ids = [("ada_101", "101"), ("mal_102", "102"), ("999", "103")]
    handed_in = [with_origin(marks(id, "3"), user) for id, user in ids]
    done = filled(canvas(), handed_in)
    assert cells(done.table, 5) == ["4.00", "3.000", "3.000", "3.000", ""]
    table = Table.parse(table_of(handed_in)).records(("submission", "canvas_id"))
    assert [row["canvas_id"] for _, row in table] == ["101", "102", "103"]


def test_two_submissions_of_one_user_fill_in_neither() -> None:
    handed_in = [with_origin(marks(id, "3"), "101") for id in ("ada__a", "ada__b")]
    done = filled(canvas(), handed_in)
    assert done.rows == 0
    assert done.ambiguous == ("ada__a", "ada__b")


def test_whoever_has_no_counterpart_is_listed() -> None:
    people = [Person("g1", login="a"), Person("g9", login="b")]
    assert without_submission(people, ["g1", "g2"]) == [people[1]]
    assert without_person(people, ["g1", "g2"]) == ["g2"]
