"""The result model: the contract of results.json."""

from __future__ import annotations

import json
import os
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

import gradus
from gradus.results import (
    Check,
    Counts,
    Result,
    Score,
    comparable,
    json_schema_text,
    to_points,
    write_atomically,
)
from tests.builders import all_passed, hostile_result, sample_check, sample_result


def test_a_result_survives_its_own_json():
    for result in (sample_result(), hostile_result(), sample_result(all_passed())):
        assert Result.from_json(result.to_json()) == result


def test_the_json_has_the_contracts_keys_in_order():
    text = sample_result().to_json()
    document = json.loads(text)
    assert list(document) == [
        "schema",
        "submission",
        "score",
        "tasks",
        "runs",
        "claims",
        "derivations",
        "conventions",
        "counts",
        "isolation",
        "environment",
        "data",
        "harness",
        "comparison",
    ]
    assert document["schema"] == "gradus/result/v1"
    assert text.endswith("}\n")
    assert list(document["tasks"][0]["checks"][0])[:7] == [
        "id",
        "piece",
        "law",
        "verdict",
        "advice",
        "evidence",
        "weight",
    ]
    assert document["tasks"][0]["pieces"][0]["pending"] == 0.275
    assert '"pending": 0.275' in text


def test_the_same_result_gives_the_same_bytes():
    assert sample_result().to_json() == sample_result().to_json()


def test_the_committed_schema_is_the_models_schema():
    committed = Path(gradus.__file__).with_name("result.schema.json").read_text("utf-8")
    assert committed == json_schema_text()


def test_unknown_fields_are_refused():
    document = json.loads(sample_result().to_json())
    document["tasks"][0]["bonus"] = 1
    with pytest.raises(ValidationError, match="bonus"):
        Result.from_json(json.dumps(document))


def test_results_are_frozen():
    result = sample_result()
    with pytest.raises(ValidationError):
        result.score.earned = Decimal(4)


def test_a_score_that_does_not_add_up_is_refused():
    with pytest.raises(ValidationError, match="available"):
        Score(earned=1, lost=1, available="2.001", pending=1, total="3.001")
    with pytest.raises(ValidationError, match="total"):
        Score(earned=1, lost=1, available=2, pending=1, total=4)


@pytest.mark.parametrize("place", ["score", "task", "piece", "counts"])
def test_a_changed_number_anywhere_is_noticed(place):
    document = json.loads(sample_result().to_json())
    task = document["tasks"][1]
    if place == "counts":
        document["counts"]["passed"] += 1
    else:
        {"score": document["score"], "task": task, "piece": task["pieces"][0]}[place]["lost"] += 0.1
    with pytest.raises(ValidationError):
        Result.from_json(json.dumps(document))


def test_a_law_twice_in_a_result_is_refused():
    document = json.loads(sample_result(all_passed()).to_json())
    checks = document["tasks"][1]["checks"]
    checks.append(checks[0])
    document["counts"]["expected"] += 1
    document["counts"]["passed"] += 1
    with pytest.raises(ValidationError, match=r"2a\.forward\.value"):
        Result.from_json(json.dumps(document))


@pytest.mark.parametrize("text", ["nan", "NaN", "Infinity", "-0.1", "0.2755", "True", "1e400", ""])
def test_points_are_whole_thousandths(text):
    with pytest.raises(ValueError, match="points are"):
        to_points(text)


def test_nan_in_the_json_is_refused():
    text = sample_result().to_json().replace('"l2_coefficient": 2', '"l2_coefficient": NaN')
    with pytest.raises(ValueError, match="NaN"):
        Result.from_json(text)


@given(st.integers(0, 10**7))
@settings(database=None, deadline=None)
def test_points_pass_through_floats_exactly(thousandths):
    points = Decimal(thousandths).scaleb(-3)
    assert to_points(float(points)) == points


@pytest.mark.parametrize(
    "fields",
    [
        {"weight": 0.0},
        {"advice": True, "weight": 1.0},
        {"advice": True, "evidence": True},
        {"pending": True},
        {"piece": "2a.backward"},
        {"weight": -1.0},
        {"seconds": float("nan")},
    ],
)
def test_an_inconsistent_law_is_refused(fields):
    with pytest.raises(ValidationError):
        sample_check("2a.forward.value", **fields)


def test_counts_leave_advice_apart_and_count_evidence():
    checks = [
        sample_check("2a.forward.value"),
        sample_check("2a.forward.huge", "failed", advice=True),
        sample_check("2a.forward.replay", "failed", evidence=True),
    ]
    assert Counts.of(checks) == Counts(
        expected=2, passed=1, failed=1, errored=0, blocked=0, not_run=0, advice=1
    )


def test_comparable_drops_times_at_every_depth_and_nothing_else():
    slow = [check.model_copy(update={"seconds": 9.0}) for check in all_passed()]
    one = json.loads(sample_result(all_passed()).to_json())
    two = json.loads(sample_result(slow, runs=({"seconds": 1.0},)).to_json())
    assert one != two
    assert comparable(one) == comparable(two)
    assert "runs" not in comparable(one)
    assert one["tasks"][1]["checks"][0]["seconds"] == 0.02
    failed = [sample_check("2a.forward.value", "failed"), *all_passed()[2:], all_passed()[0]]
    assert comparable(json.loads(sample_result(failed).to_json())) != comparable(one)


def test_writing_replaces_the_whole_file_and_leaves_nothing_else(tmp_path):
    path = tmp_path / "results.json"
    write_atomically(path, "old" * 1000)
    write_atomically(path, "blåbær\n")
    assert path.read_bytes() == "blåbær\n".encode()
    assert os.listdir(tmp_path) == ["results.json"]


def test_a_failed_write_keeps_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "results.json"
    write_atomically(path, "old")

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        write_atomically(path, "new")
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["results.json"]


def test_a_law_knows_its_task_and_its_name():
    check: Check = sample_check("2a.backward.value")
    assert (check.task, check.name, check.scored) == ("2a", "value", True)
