"""A result graded again: what is the same, what differs, and that nothing is overlooked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradus.manual import ManualMark, merge
from gradus.results import Result, to_points
from gradus.verification import differences, is_the_same
from tests.builders import all_passed, sample_result
from tests.drawn_results import results
from tests.submissions import SAMPLE, replace, sample_copy
from tests.test_command_line import assert_one_sentence, gradus


def changed(result: Result, **fields: Any) -> Result:
    return result.model_copy(update=fields)


@settings(database=None, deadline=None, max_examples=40)
@given(results())
def test_a_result_is_the_same_as_itself_read_back(result: Result) -> None:
    assert differences(result, Result.from_json(result.to_json())) == []


def test_times_make_no_difference() -> None:
    slower = [c.model_copy(update={"seconds": c.seconds + 1}) for c in all_passed()]
    assert differences(sample_result(all_passed()), sample_result(slower)) == []


def scalars(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The places of all texts and numbers in a document."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in items:
        if isinstance(inner, (dict, list)):
            yield from scalars(inner, (*place, key))
        elif inner is not None and key != "seconds" and (*place, key)[0] not in ("runs", "schema"):
            yield (*place, key)


DOCUMENT = json.loads(sample_result().to_json())
TEXTS = [
    place
    for place in scalars(DOCUMENT)
    if place[-1] in ("message", "says", "fix", "snippet", "got", "should_be", "text", "law")
    or place[0] in ("claims", "conventions", "environment", "data")
]


@settings(database=None, deadline=None, max_examples=60)
@given(st.sampled_from(TEXTS))
def test_any_one_change_is_found(place: tuple[Any, ...]) -> None:
    document = json.loads(json.dumps(DOCUMENT))
    holder = document
    for key in place[:-1]:
        holder = holder[key]
    if place[-1] in ("id", "task") or holder.get("verdict") == holder[place[-1]]:
        return
    holder[place[-1]] = "another text"
    found = differences(sample_result(), Result.from_json(json.dumps(document)))
    assert len(found) == 1
    assert "another text" in found[0].now


@pytest.mark.parametrize(
    ("now", "subjects"),
    [
        (
            changed(
                sample_result(),
                submission=sample_result().submission.model_copy(update={"sha256": "0"}),
            ),
            {"digests"},
        ),
        (changed(sample_result(), environment={"numpy": "3.0"}), {"circumstances"}),
        (changed(sample_result(), data={"name": "digits", "sha256": "0"}), {"digests"}),
        (changed(sample_result(), conventions={"l2_coefficient": 1}), {"evidence"}),
        (sample_result(all_passed()), {"marks", "evidence"}),
    ],
)
def test_a_difference_belongs_to_its_subject(now: Result, subjects: set[str]) -> None:
    found = differences(sample_result(), now)
    assert {each.subject for each in found} == subjects
    assert is_the_same(found) == (subjects <= {"circumstances"})


def test_a_law_that_is_no_longer_there_is_a_difference_of_evidence() -> None:
    fewer = [c for c in all_passed() if c.id != "2a.forward.log-odds"]
    found = differences(sample_result(all_passed()), sample_result(fewer))
    of_it = [each for each in found if each.place.startswith("2a.forward.log-odds")]
    assert of_it
    assert {(each.subject, each.now) for each in of_it} == {("evidence", "nothing")}


def test_whole_runs_are_compared_without_their_times() -> None:
    run = {"id": "a run", "steps": [0, 6], "stop_step": 6, "cpu_seconds": 1.0}
    first = changed(sample_result(), runs=(run,))
    assert differences(first, changed(first, runs=({**run, "cpu_seconds": 2.0},))) == []
    (found,) = differences(first, changed(first, runs=({**run, "stop_step": 12},)))
    assert (found.subject, found.place) == ("evidence", "whole runs a run stop step")


# The command


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What grading the sample wrote, with a mark that a person gave."""
    out = tmp_path_factory.mktemp("recorded")
    run = gradus("grade", SAMPLE, "--out", out, "--data", "digits", "--seed", 3)
    assert run.returncode == 0, run.stderr
    file = out / "results.json"
    result = Result.from_json(file.read_bytes())
    mark = ManualMark(result.submission.id, "3d.explanation", to_points("0.1"), "well said")
    file.write_text(merge(result, [mark]).to_json(), "utf-8")
    return file


def test_the_same_submission_is_found_to_be_the_same_and_nothing_is_written(
    recorded: Path, tmp_path: Path
) -> None:
    before = recorded.read_bytes()
    run = gradus("grade", SAMPLE, "--verify", recorded, "--out", tmp_path / "out")
    assert run.returncode == 0, run.stdout + run.stderr
    assert "The same result." in run.stdout
    assert run.stdout.count("✓") == 4
    assert "0.100 points for 3d.explanation are taken over from the record" in run.stdout
    assert recorded.read_bytes() == before
    assert not (tmp_path / "out").exists()


def test_a_changed_submission_is_told_apart_by_what_changed(recorded: Path, tmp_path: Path) -> None:
    folder = sample_copy(tmp_path / "changed")
    replace(folder / "task2a.py", "return np.mean(loss)", "return np.sum(loss)")
    run = gradus("grade", folder, "--verify", recorded)
    assert run.returncode == 1, run.stdout + run.stderr
    assert "submission sources task2a.py sha256: was" in run.stdout
    assert "task2.py sha256" not in run.stdout
    assert "2a.loss earned: was 0.125, is 0.0" in run.stdout
    assert '2a.loss.value verdict: was "passed", is "failed"' in run.stdout
    assert "2b.train_step" not in run.stdout
    assert "3d.explanation earned" not in run.stdout
    assert "Not the same result." in run.stdout


def test_a_record_leads_to_no_data_of_its_own(recorded: Path, tmp_path: Path) -> None:
    document = json.loads(recorded.read_text("utf-8"))
    for name in ("../elsewhere", "..", "", str(tmp_path), SAMPLE.name, "a\0b"):
        document["data"]["name"] = name
        (tmp_path / "results.json").write_text(json.dumps(document), "utf-8")
        run = gradus("grade", SAMPLE, "--verify", tmp_path / "results.json")
        assert "which is a place and no name" in assert_one_sentence(run)


def test_a_result_that_says_one_thing_twice_is_refused() -> None:
    text = sample_result().to_json()
    twice = text.replace('"earned"', '"earned": 4.0, "earned"', 1)
    assert json.loads(twice) == json.loads(text)
    with pytest.raises(ValueError, match="'earned' twice in one place"):
        Result.from_json(twice)


def test_items_of_one_id_hide_none_of_another() -> None:
    one, forged = (sample_result().claims[0].model_copy(update={"stated": n}) for n in (1, 2))
    numbered = forged.model_copy(update={"id": f"{one.id} (2)"})
    first = changed(sample_result(), claims=(one, one))
    assert differences(changed(first, claims=(numbered, one, one)), first)
    assert differences(first, first) == []


@pytest.mark.parametrize("content", ["", "[]", "{}", "[" * 100_000, '{"schema": "x"}', "\x00"])
def test_what_is_no_result_is_refused_in_one_sentence(content: str, tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text(content, "utf-8")
    said = assert_one_sentence(gradus("grade", SAMPLE, "--verify", tmp_path / "results.json"))
    assert "is no results.json of Gradus" in said


def test_verify_takes_one_submission(recorded: Path) -> None:
    said = assert_one_sentence(gradus("grade", SAMPLE, SAMPLE, "--verify", recorded))
    assert "--verify takes one submission, but 2 are named" in said


def test_the_certificate_names_no_place_time_or_process(recorded: Path) -> None:
    result = Result.from_json(recorded.read_bytes())
    text = json.dumps([result.environment, result.harness.model_dump(mode="json")])
    assert str(Path.home()) not in text
    assert str(SAMPLE.parent) not in text
    assert len(result.harness.course_sha256) == len(result.harness.engine_sha256) == 64
    assert result.harness.settings == {
        "oracle": "oracle",
        "tasks": None,
        "long": True,
        "full": False,
    }
    for name in ("processor", "blas", "blas threads", "student blas", "hypothesis"):
        assert result.environment[name] not in ("", "unknown"), name
