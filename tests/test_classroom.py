"""The legacy Classroom reporter and Classroom 50, each by the rules of its own source."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings

from gradus.exports import MarksError, classroom, classroom50
from gradus.results import Counts, Result
from gradus.rubric import PieceRule, Rubric, TaskRule, score, totals
from tests.builders import all_passed, hostile_result, sample_check, sample_result
from tests.drawn_results import results

ENVIRONMENT = {
    "CLASSROOM": "tdt",
    "ASSIGNMENT": "one",
    "ASSIGNMENT_TYPE": "group",
    "OWNER": "group-12",
    "SUBMISSION_TAG": "submit/3",
    "COMMIT_URL": "https://example.org/c",
    "RELEASE_URL": "https://example.org/r",
    "REVIEW_URL": "",
}
AT = datetime(2026, 2, 3, 13, 4, 5, tzinfo=timezone(timedelta(hours=1)))
KEYS = {
    *("schema", "classroom", "assignment", "assignment_type", "owner", "submission", "commit"),
    *("release", "review", "datetime", "score", "max-score", "tests"),
}
drawn = settings(database=None, deadline=None, max_examples=80)


def decoded(result: Result) -> dict[str, dict[str, Any]]:
    """Runner ids and what each hands to the reporter."""
    found = {}
    for line in classroom.render(result).splitlines():
        runner, _, encoded = line.partition("=")
        found[runner] = json.loads(base64.b64decode(encoded, validate=True))
    return found


def result_of(points: str, laws: int, passed: int) -> Result:
    """One task of one piece, with so many laws of which so many hold."""
    rule = PieceRule("1a.f", "f", Decimal(points), "laws")
    names = ["value", *(f"law{n}" for n in range(1, laws))]
    checks = [
        sample_check(f"1a.f.{name}", "passed" if n < passed else "failed", message="m" * 9000)
        for n, name in enumerate(names)
    ]
    tasks = score(Rubric((TaskRule("1a", "A title", (rule,)),), "ab" * 32), checks)
    return sample_result(all_passed(), tasks=tasks, score=totals(tasks), counts=Counts.of(checks))


@drawn
@given(results())
def test_the_reporter_finds_all_that_it_reads(result: Result) -> None:
    found = decoded(result)
    assert re.fullmatch(r"([a-zA-Z0-9]+,)*[a-zA-Z0-9]+", ",".join(found))
    assert len(found) == len(result.tasks)
    for payload in found.values():
        assert payload["tests"]
        assert payload["status"] in ("pass", "fail")
        for test in payload["tests"]:
            assert type(test["score"]) is int
            assert test["status"] in ("pass", "fail")
            assert test["line_no"] == 0
            assert isinstance(test["test_code"], str)
        assert sum(test["score"] for test in payload["tests"]) <= payload["max_score"]


def test_units_are_as_large_as_both_totals_allow() -> None:
    (payload,) = decoded(result_of("0.500", laws=4, passed=3)).values()
    assert payload["max_score"] == 500
    assert [test["score"] for test in payload["tests"]] == [125, 125, 125, 0]


def test_what_a_law_says_stands_where_the_reporter_shows_it() -> None:
    tests = decoded(sample_result())["task2a"]["tests"]
    first_failed = next(test for test in tests if test["status"] == "fail")
    assert "Divide by `X.shape[0]`." in first_failed["test_code"]


def test_a_task_that_waits_for_a_person_does_not_divide_by_zero() -> None:
    checks = [c for c in all_passed() if c.task != "1a"]
    waiting = decoded(sample_result([sample_check("1a.derivation.lines", "failed"), *checks]))
    assert waiting["task1a"]["max_score"] == 0
    assert [test["score"] for test in waiting["task1a"]["tests"]] == [0]


def test_the_smallest_units_fit_into_one_environment_variable() -> None:
    lines = classroom.render(result_of("0.997", laws=7, passed=3)).splitlines()
    (payload,) = decoded(result_of("0.997", laws=7, passed=3)).values()
    assert len(payload["tests"]) == 997
    assert all(len(line) < 131_072 - 100 for line in lines)


def test_more_units_than_an_environment_variable_holds_are_refused() -> None:
    with pytest.raises(MarksError, match="3,499 units"):
        classroom.render(result_of("3.499", laws=7, passed=3))


def test_two_tasks_with_one_runner_id_are_refused() -> None:
    result = sample_result(all_passed())
    tasks = tuple(
        task.model_copy(update={"id": id})
        for task, id in zip(result.tasks, ("2-a", "2A", "3"), strict=True)
    )
    with pytest.raises(MarksError, match="rename a task"):
        classroom.runner_ids(result.model_copy(update={"tasks": tasks}))


@drawn
@given(results())
def test_classroom_50_accepts_every_result(result: Result) -> None:
    document = json.loads(classroom50.render(result, classroom50.Handed.of(ENVIRONMENT, AT)))
    assert set(document) == KEYS
    assert document["schema"] == "classroom50/result/v1"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", document["datetime"])
    for entry in (document, *document["tests"]):
        assert type(entry["score"]) is int
        assert type(entry["max-score"]) is int
        assert 0 <= entry["score"] <= entry["max-score"]
    for test in document["tests"]:
        assert test["test-name"]
        assert type(test["passed"]) is bool


def test_the_time_is_the_commits_in_utc_and_a_missing_review_is_the_commit() -> None:
    handed = classroom50.Handed.of(ENVIRONMENT, AT)
    document = json.loads(classroom50.render(sample_result(), handed))
    assert document["datetime"] == "2026-02-03T12:04:05Z"
    assert document["review"] == document["commit"] == "https://example.org/c"
    assert document == json.loads(classroom50.render(sample_result(), replace(handed)))


@pytest.mark.parametrize("name", sorted(set(ENVIRONMENT) - {"REVIEW_URL"}))
def test_a_missing_variable_is_named(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        classroom50.Handed.of({**ENVIRONMENT, name: ""}, AT)


def test_a_tag_that_is_no_submission_is_refused() -> None:
    with pytest.raises(ValueError, match="submit/"):
        classroom50.Handed.of({**ENVIRONMENT, "SUBMISSION_TAG": "v1"}, AT)


def test_a_time_without_its_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        classroom50.Handed.of(ENVIRONMENT, AT.replace(tzinfo=None))


def test_the_release_body_fits() -> None:
    assert len(classroom50.release_body(hostile_result())) <= 2_001


def test_utc_is_written_as_it_is() -> None:
    handed = classroom50.Handed.of(ENVIRONMENT, datetime(2026, 1, 1, tzinfo=UTC))
    text = classroom50.render(sample_result(), handed)
    assert json.loads(text)["datetime"] == "2026-01-01T00:00:00Z"
