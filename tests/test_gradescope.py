"""Gradescope: its autograder specification, and the scripts that run there."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given, settings
from pydantic import BaseModel, ConfigDict, Field

from gradus.exports import MarksError, autograder, gradescope
from gradus.results import Result
from tests.builders import all_passed, hostile_result, sample_result
from tests.drawn_results import results
from tests.submissions import ROOT

Format = Literal["text", "html", "simple_format", "md", "ansi"]
Visibility = Literal["visible", "hidden", "after_due_date", "after_published"]


class Specified(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class SpecifiedTest(Specified):
    score: float
    max_score: Annotated[float, Field(ge=0)]
    status: Literal["passed", "failed"] | None = None
    name: str
    name_format: Format = "text"
    number: str
    output: str
    output_format: Format = "text"
    tags: list[str] = []
    visibility: Visibility
    extra_data: dict[str, Any] = {}


class SpecifiedResults(Specified):
    """The keys, types and values of the specification's "Output format"."""

    score: float
    execution_time: Annotated[float, Field(ge=0)]
    output: str
    output_format: Format
    test_output_format: Format
    test_name_format: Format
    visibility: Visibility
    stdout_visibility: Visibility
    extra_data: dict[str, Any]
    tests: list[SpecifiedTest]


def emitted(result: Result) -> SpecifiedResults:
    return SpecifiedResults.model_validate_json(gradescope.render(result))


@settings(database=None, deadline=None, max_examples=80)
@given(results())
def test_every_result_follows_the_specification(result: Result) -> None:
    document = emitted(result)
    numbers = [test.number for test in document.tests]
    assert len(set(numbers)) == len(numbers)
    assert all(0 <= test.score <= test.max_score for test in document.tests)
    assert all(test.visibility == "visible" for test in document.tests)


def test_what_waits_for_a_person_is_listed_with_its_points() -> None:
    document = emitted(sample_result(all_passed()))
    waiting = [test for test in document.tests if "pending" in test.tags]
    assert [(test.name, test.score, test.max_score) for test in waiting] == [
        ("2b Explanation of the spikes (marked by a person)", 0.0, 0.1)
    ]
    assert sum(test.max_score for test in document.tests) == pytest.approx(1.0)


def test_a_lost_piece_shows_its_law_and_the_smallest_example() -> None:
    (backward,) = [test for test in emitted(sample_result()).tests if "backward" in test.name]
    assert backward.status == "failed"
    assert "task2a.py, line 42" in backward.output
    assert "Divide by `X.shape[0]`." in backward.output
    assert "model.backward(X, outputs, targets)" in backward.output


def test_no_character_of_a_submission_acts_on_a_reader() -> None:
    text = gradescope.render(hostile_result())
    assert not any(ord(c) < 32 and c not in "\n" for c in text)
    assert {test.get("output_format", "text") for test in json.loads(text)["tests"]} == {"text"}


def test_the_autograder_holds_both_scripts_and_the_grader_and_is_the_same_twice() -> None:
    content = autograder.build(ROOT)
    assert content == autograder.build(ROOT)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        assert {"setup.sh", "run_autograder", "requirements.txt"} <= set(names)
        assert {"gradus/cli.py", "checks/course.toml", "checks/rubric.toml"} <= set(names)
        assert not any("__pycache__" in name or name.startswith("/") for name in names)
        modes = [archive.getinfo(name).external_attr >> 16 for name in autograder.SCRIPTS]
        assert modes == [0o100755, 0o100755]
        assert not any(b"\r" in archive.read(name) for name in autograder.SCRIPTS)


def test_an_autograder_without_the_grader_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MarksError, match="has no gradus"):
        autograder.build(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="they run on Linux, and Windows has no bash")
@pytest.mark.parametrize("name", autograder.SCRIPTS)
def test_the_scripts_are_valid_shell(name: str) -> None:
    run = subprocess.run(["bash", "-n"], input=autograder.script(name), capture_output=True)
    assert run.returncode == 0, run.stderr
