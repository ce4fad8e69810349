"""GitHub Actions: limits of the summary and the annotations, and commands that cannot be forged."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradus.exports import github
from gradus.results import Counts, Result
from gradus.rubric import PieceRule, Rubric, TaskRule, score, totals
from tests.builders import all_passed, hostile_result, sample_check, sample_result
from tests.drawn_results import results

COMMAND = re.compile(r"::(error|warning|notice) ([^:]*)::([^\r\n]*)")
drawn = settings(database=None, deadline=None, max_examples=80)


def decoded(text: str) -> str:
    """As the runner decodes what follows a command."""
    for code, character in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ",")):
        text = text.replace(code, character)
    return text.replace("%25", "%")


@drawn
@given(results())
def test_annotations_keep_to_their_limits_and_each_to_its_line(result: Result) -> None:
    lines = github.annotate(result, "sub,mission")
    commands = [COMMAND.fullmatch(line) for line in lines]
    assert all(commands)
    kinds = [command[1] for command in commands if command]
    assert kinds.count("error") <= 10
    assert kinds.count("warning") <= 10
    assert kinds.count("notice") == 1


def test_an_annotation_names_file_line_and_the_points_lost() -> None:
    lines = github.annotate(sample_result(), "hand-in")
    command = COMMAND.fullmatch(lines[0])
    assert command is not None
    properties = dict(part.split("=", 1) for part in command[2].split(","))
    assert properties["file"] == "hand-in/task2a.py"
    assert properties["line"] == "42"
    assert decoded(properties["title"]) == "Task 2a: 0.300 of 0.525 points lost"
    assert "Divide by `X.shape[0]`." in decoded(command[3])


def test_of_many_tasks_the_ten_that_lost_most_are_annotated() -> None:
    rules = [PieceRule(f"{n}t.f", "f", Decimal(n) / 100, "laws") for n in range(1, 14)]
    rubric = Rubric(tuple(TaskRule(f"{n}t", "x", (r,)) for n, r in enumerate(rules, 1)), "ab" * 32)
    checks = [sample_check(f"{rule.id}.value", "failed") for rule in rules]
    tasks = score(rubric, checks)
    result = sample_result(all_passed(), tasks=tasks, score=totals(tasks), counts=Counts.of(checks))
    errors = [line for line in github.annotate(result) if line.startswith("::error")]
    found = [re.search(r"Task (\d+)t", line) for line in errors]
    assert [int(match[1]) for match in found if match] == list(range(13, 3, -1))


def test_a_submission_outside_of_the_repository_gives_annotations_without_files() -> None:
    assert not any("file=" in line for line in github.annotate(sample_result(), None))


def test_no_points_lost_gives_no_error() -> None:
    lines = github.annotate(sample_result(all_passed()))
    assert [line.partition(" ")[0] for line in lines] == ["::notice"]


@settings(database=None, deadline=None)
@given(st.text())
def test_escaping_is_undone_by_the_runner(text: str) -> None:
    for escaped in (github.escape_message(text), github.escape_property(text)):
        assert decoded(escaped) == text
        assert "\n" not in escaped
    assert not set(github.escape_property(text)) & set(":,\r\n")


def test_a_submissions_text_begins_no_command() -> None:
    for line in github.annotate(hostile_result()):
        assert COMMAND.fullmatch(line)
        assert "\x1b" not in line


@pytest.mark.parametrize("token", ["", "short", "a" * 15, "::error::xxxxxxxxxxxx", "a" * 16 + "\n"])
def test_a_guessable_token_is_refused(token: str) -> None:
    with pytest.raises(ValueError, match="16 letters and digits"):
        github.stop_commands(token)


def test_commands_are_resumed_by_the_token_that_stopped_them() -> None:
    assert github.stop_commands("0123456789abcdef") == "::stop-commands::0123456789abcdef"
    assert github.resume_commands("0123456789abcdef") == "::0123456789abcdef::"


@drawn
@given(results(), st.integers(2_000, 20_000))
def test_a_summary_never_exceeds_its_limit_and_closes_what_it_opens(
    result: Result, limit: int
) -> None:
    text = github.summary(result, limit)
    assert len(text.encode("utf-8", "backslashreplace")) <= limit
    fence, folds = "", 0
    for line in text.split("\n"):
        if fence:
            fence = "" if line == fence else fence
        elif re.match("`{3,}", line):
            fence = re.match("`{3,}", line)[0]  # type: ignore[index]
        else:
            folds += line.count("<details>") - line.count("</details>")
    assert (fence, folds) == ("", 0)


def test_a_long_report_keeps_its_marks_and_says_that_it_was_shortened() -> None:
    laws = [
        sample_check(f"2a.backward.{n}", "failed", message=f"{n}" + "x" * 5000) for n in range(400)
    ]
    text = github.summary(sample_result([*all_passed(), *laws]))
    assert 900_000 < len(text.encode()) <= 1_000_000
    assert "| **In all** |" in text[:3000]
    assert "shortened" in text[-100:]


def test_all_but_the_marks_is_folded() -> None:
    text = github.summary(sample_result())
    marks, fold, _ = text.partition("<details><summary>Everything else</summary>")
    assert fold
    assert "| **In all** |" in marks
    assert "##" not in marks
