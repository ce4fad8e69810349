"""What a course provides: `checks/course.toml`, and its parts as modules."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from gradus.course import Course, CourseError
from tests.submissions import ROOT, SAMPLE

SETTINGS = """
name = "A course"
[parts]
laws = "checks"
rubric = "checks/rubric.toml"
adapter = "checks/adapter.py"
subject = "checks/subject.py"
oracles = ["checks/first.py", "checks/second.py"]
datasets = "checks/data.py"
[submission]
markers = ["model.py"]
modules = ["model"]
[[submission.refused]]
has = "old.py"
lacks = "new.py"
because = "this is the old edition"
[[submission.refused]]
has = "never.py"
because = "this is never graded"
[[submission.edition]]
id = "later"
file = "model.py"
defines = "main"
[[submission.edition]]
id = "earlier"
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "checks").mkdir()
    (tmp_path / "checks" / "course.toml").write_text(SETTINGS)
    return tmp_path


def test_this_course_names_parts_that_are_there() -> None:
    course = Course(ROOT)
    parts = course.settings.parts
    for part in (parts.rubric, parts.adapter, parts.subject, parts.datasets, *parts.oracles):
        assert course.path(part).is_file()
    assert course.path(parts.laws).is_dir()


def test_the_nearest_course_is_found_upwards(root: Path) -> None:
    below = root / "a" / "b"
    below.mkdir(parents=True)
    assert Course.nearest(below).root == Course.nearest(root).root == root.resolve()


def test_where_there_is_no_course_the_error_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match=r"no checks/course\.toml in .*--course"):
        Course.nearest(tmp_path)
    with pytest.raises(CourseError, match=r"holds no checks/course\.toml; .*--course"):
        Course(tmp_path)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("name = ", "cannot be read"),
        ('name = "x"\n', "parts"),
        (SETTINGS + "\n[surprise]\nx = 1\n", "surprise"),
        (SETTINGS.replace('laws = "checks"', "laws = 3"), "laws"),
    ],
)
def test_a_course_file_that_cannot_be_read_is_told(root: Path, text: str, says: str) -> None:
    (root / "checks" / "course.toml").write_text(text)
    with pytest.raises(CourseError, match=says):
        Course(root)


def test_a_missing_part_is_named() -> None:
    with pytest.raises(CourseError, match=r"this course has no checks/nothing\.py"):
        Course(ROOT).module("checks/nothing.py")


def test_a_part_of_another_course_under_a_loaded_name_is_refused(root: Path) -> None:
    Course(ROOT).module("checks/oracle.py")
    (root / "checks" / "oracle.py").write_text("x = 1\n")
    before = list(sys.path)
    try:
        with pytest.raises(CourseError, match=r"already loaded from .* one process"):
            Course(root).module("checks/oracle.py")
    finally:
        sys.path[:] = before


def test_the_first_oracle_that_is_there_answers_unless_one_is_wanted() -> None:
    course = Course(ROOT)
    assert course.oracle().__name__ == "checks.oracle"
    assert course.oracle("stated").__name__ == "checks.stated"
    with pytest.raises(CourseError, match="no oracle unknown"):
        course.oracle("unknown")


def test_a_course_without_any_oracle_says_which_it_names(root: Path) -> None:
    with pytest.raises(CourseError, match=r"checks/first\.py, checks/second\.py"):
        Course(root).oracle()


@pytest.mark.parametrize(
    ("source", "edition"),
    [
        ("def main():\n    pass\n", "later"),
        ("def other():\n    def main(): pass\n", "earlier"),
        ("main = 3\n", "earlier"),
        ("def main(:\n", "earlier"),
        ("\0", "earlier"),
        ("(" * 5000, "earlier"),
    ],
)
def test_the_edition_is_read_off_the_source(root: Path, source: str, edition: str) -> None:
    (root / "model.py").write_text(source)
    assert Course(root).edition_of(root) == edition


def test_the_sample_is_of_an_edition_that_is_graded() -> None:
    course = Course(ROOT)
    assert course.edition_of(SAMPLE) in {
        edition.id for edition in course.settings.submission.edition
    }
    assert course.refusal_of(SAMPLE) is None


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ([], None),
        (["old.py"], "this is the old edition"),
        (["old.py", "new.py"], None),
        (["never.py", "new.py"], "this is never graded"),
    ],
)
def test_a_folder_is_refused_by_what_it_has_and_lacks(
    root: Path, files: list[str], why: str | None
) -> None:
    for name in files:
        (root / name).write_text("")
    assert Course(root).refusal_of(root) == why


def test_a_sample_of_the_data_is_there_at_once() -> None:
    course = Course(ROOT)
    dataset = course.small_dataset()
    assert dataset is not None
    rows = course.rows_for_submission(dataset)
    assert {name: len(array) for name, array in rows.items()} == {
        "X_train": 1280,
        "Y_train": 1280,
        "X_test": 640,
        "Y_test": 640,
    }


def test_an_unknown_data_set_is_a_course_error() -> None:
    with pytest.raises(CourseError, match="no-such-data"):
        Course(ROOT).dataset("no-such-data")


def test_every_operation_with_a_form_has_a_name_for_students() -> None:
    course = Course(ROOT)
    assert set(course.answer_forms()) - {"load", "trained_labels"} <= set(
        course.operations_called()
    )
