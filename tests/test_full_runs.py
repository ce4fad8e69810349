"""Whole runs: the submission's own beside the reference's, and what stands of them in a result."""

from __future__ import annotations

import json
import math
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks import datasets, full, measured, own_weights
from checks.training import Reading
from checks.training_runs import MOST_POINTS, Plan, plans, running_means, thinned
from gradus.results import Result, comparable
from gradus.session import Session
from tests.small_data import few_digits
from tests.submissions import replace as replace_source
from tests.submissions import sample_copy
from tests.whole_runs import SAMPLE, graded, only, record, reduced_digits, some_run

BINARY, SHUFFLED, SOFTMAX = plans(())
PROTOCOL = measured.Protocol(
    images="assignment",
    own_one_hot=True,
    reading=Reading(11, False),
    intervals={},
    l2_coefficient=2.0,
    usual_order=True,
    lambdas=measured.LAMBDAS,
)
needs_mnist = pytest.mark.skipif(
    not os.environ.get(datasets.VARIABLE), reason=f"{datasets.VARIABLE} names no folder with MNIST"
)

# What a record holds


@settings(database=None, deadline=None)
@given(st.integers(0, 5000))
def test_thinning_keeps_the_first_and_last_and_at_most_three_hundred(count: int) -> None:
    chosen = thinned(count)
    assert len(chosen) <= MOST_POINTS
    assert list(chosen[:1]) == list(range(count))[:1]
    assert list(chosen[-1:]) == list(range(count))[-1:]
    assert np.all(np.diff(chosen) > 0)


@settings(database=None, deadline=None)
@given(st.integers(0, 5000), st.integers(1, 20))
def test_running_means_are_few_and_keep_the_mean(count: int, at_least: int) -> None:
    values = np.random.RandomState(count).uniform(size=count)
    steps, means, k = running_means(np.arange(count), values, at_least)
    assert k >= at_least
    assert len(steps) == len(means) == count // k <= MOST_POINTS
    assert np.allclose(means.sum() * k, values[: count // k * k].sum())
    assert np.all((steps // k) == np.arange(len(steps)))


def test_a_record_is_plain_json_and_has_no_nan() -> None:
    run = some_run(BINARY)
    run = replace(run, validation_loss=np.where(run.steps > 300, math.nan, run.validation_loss))
    found = json.loads(json.dumps(run.record(), allow_nan=False))
    assert found["validation_loss"][-1] is None
    assert found["final"]["validation_loss"] is None
    assert found["final"]["squared_norm"] == run.squared_norm
    assert len(found["steps"]) == len(found["validation_loss"]) == len(run.steps)
    assert len(found["train_loss_steps"]) == len(found["train_loss"]) == 200
    assert found["train_loss_mean_of"] == 3


def test_every_lambda_has_a_plan_and_an_id_of_its_own() -> None:
    found = plans((1.0, 0.1, 0.01))
    assert [plan.id for plan in found[2:]] == [
        "softmax",
        "softmax-1",
        "softmax-0.1",
        "softmax-0.01",
    ]
    assert [plan.task for plan in found] == ["2d", "2e", "3b", "4c", "4c", "4c"]


# Reading what the worker answers


def answer(**changes: Any) -> dict[str, Any]:
    """A worker's answer for a binary run of four steps, two of them validated."""
    two = {"steps": np.array([0, 2]), "values": np.array([0.5, 0.4])}
    four = {"steps": np.arange(4), "values": np.linspace(0.6, 0.5, 4)}
    whole: dict[str, Any] = {
        "steps": 4,
        "epochs": 2,
        "history": [{"loss": four, "accuracy": two}, {"loss": two, "accuracy": two}],
        "w": np.ones((785, 1)),
    }
    return {**whole, **changes}


EMPTY = replace(some_run(BINARY), steps=np.empty(0), validation_loss=np.empty(0))


def test_an_answer_is_read_as_a_run() -> None:
    run = full.read(EMPTY, answer())
    assert run.failed is None
    assert (run.stop_step, run.stop_epoch) == (3, 1)
    assert run.squared_norm == 785
    assert run.steps.tolist() == [0, 2]
    assert run.validation_loss.tolist() == [0.5, 0.4]


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        [],
        {},
        answer(history=None),
        answer(history=[{}, {}]),
        answer(history=[{"loss": 3, "accuracy": 4}] * 2),
        answer(steps="many"),
        answer(steps=0),
        answer(epochs=True),
        answer(w=None),
        answer(w=np.ones((10, 1))),
        answer(w=np.ones((785, 1), np.float32)),
        answer(
            history=[
                answer()["history"][0],
                {"loss": {"steps": np.array([2, 0]), "values": np.zeros(2)}},
            ]
        ),
    ],
)
def test_an_answer_of_another_form_is_no_run(wrong: Any) -> None:
    with pytest.raises(full.NotARun):
        full.read(EMPTY, wrong)


def test_losses_that_are_nan_fail_with_the_step_they_begin_at() -> None:
    bad = {"steps": np.array([0, 2]), "values": np.array([0.5, math.nan])}
    train, validation = answer()["history"]
    run = full.read(EMPTY, answer(history=[train, {**validation, "loss": bad}]))
    assert run.failed == "the validation loss is not a finite number from step 2 on"


def test_an_accuracy_that_is_missing_at_a_step_is_nan_there() -> None:
    train, validation = answer()["history"]
    one = {"steps": np.array([2]), "values": np.array([0.9])}
    run = full.read(EMPTY, answer(history=[{**train, "accuracy": one}, validation]))
    assert np.isnan(run.train_accuracy[0])
    assert run.train_accuracy[1] == 0.9


# Look here


def test_equal_runs_need_no_look() -> None:
    run = full.compare(some_run(BINARY), some_run(BINARY, "reference"), PROTOCOL)
    assert run.look_here is None


@pytest.mark.parametrize("stop_step", [None, 594])
def test_another_stop_step_is_worth_a_look(stop_step: int | None) -> None:
    run = full.compare(
        some_run(BINARY, stop_step=stop_step), some_run(BINARY, "reference"), PROTOCOL
    )
    assert run.look_here is not None
    assert "the reference at step 600" in run.look_here


def test_another_final_loss_is_worth_a_look() -> None:
    own = some_run(BINARY)
    own = replace(own, validation_loss=own.validation_loss + 2e-6)
    found = full.compare(own, some_run(BINARY, "reference"), PROTOCOL)
    assert found.look_here is not None
    assert "validation loss at step 600" in found.look_here


def test_one_that_leaves_at_the_end_of_the_epoch_is_compared_at_the_stop() -> None:
    own = replace(some_run(BINARY), stop_step=612)
    at_epoch_end = replace(PROTOCOL, reading=Reading(11, True))
    assert full.compare(own, some_run(BINARY, "reference"), at_epoch_end).look_here is None
    assert full.compare(own, some_run(BINARY, "reference"), PROTOCOL).look_here is not None


@pytest.mark.parametrize(
    "other", [{"reading": None}, {"images": "harness"}, {"usual_order": False}]
)
def test_runs_that_may_differ_are_not_compared(other: dict[str, Any]) -> None:
    own = some_run(SHUFFLED, stop_step=300)
    reference = some_run(SHUFFLED, "reference")
    assert full.compare(own, reference, replace(PROTOCOL, **other)).look_here is None


# Preprocessing


@settings(database=None, deadline=None, max_examples=30)
@given(st.floats(1e-3, 5), st.floats(-300, 300), st.booleans())
def test_any_affine_map_is_recognised(a: float, b: float, bias_first: bool) -> None:
    X = np.random.RandomState(0).randint(0, 256, (40, 784)).astype(np.uint8)
    X[:, :30] = 0  # a border that is black in every image
    ones = np.ones((40, 1))
    pixels = a * X + b
    own = np.hstack([ones, pixels] if bias_first else [pixels, ones])
    assert measured.is_affine(X, own)


@pytest.mark.parametrize(
    "processed",
    [
        None,
        lambda X: X,
        lambda X: np.hstack([np.sqrt(X), X[:, :1]]),
        lambda X: np.hstack([(2 * X).astype(np.uint8), X[:, :1]]),
        lambda X: np.full((len(X), 785), np.nan),
        lambda X: np.zeros((len(X), 785)),
    ],
)
def test_what_is_no_affine_map_is_not_taken_for_one(processed: Any) -> None:
    X = np.random.RandomState(0).randint(0, 256, (40, 784)).astype(np.uint8)
    assert not measured.is_affine(X, processed and processed(X))


# Whole runs of submissions


def test_the_sample_s_own_runs_stand_beside_the_reference_s(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(full, "NUM_EPOCHS", 6)
    only(monkeypatch, "binary", "binary-shuffled", "softmax", "softmax-1")
    data = reduced_digits()
    with_own, followed = graded(SAMPLE, data, own=True)
    without, _ = graded(SAMPLE, data, own=False)
    ids = ["binary", "binary-shuffled", "softmax", "softmax-1"]
    assert [run["id"] for run in with_own.runs] == [*ids, *ids]
    assert [run["id"] for run in without.runs] == ids
    for id in ids:
        run = record(with_own, id)
        assert run["failed"] is None
        assert run["stop_step"] is None  # six epochs end before early stopping does
        assert run["cpu_seconds"] > 0
        assert run["final"]["validation_accuracy"] > 0.6
    softmax = record(with_own, "softmax")
    assert softmax["train_loss_steps"] == list(range(60))
    assert softmax["steps"] == list(range(0, 60, 2))
    assert record(with_own, "softmax-1")["final"]["squared_norm"] < softmax["final"]["squared_norm"]
    steps = {name: steps for name, steps, _, over in followed.told if over}
    assert steps == {plan.says: 60 if plan.module == "task3" else 30 for plan in plans((1.0,))}
    assert without_own_runs(with_own) == without_own_runs(without)


def without_own_runs(result: Result) -> dict[str, Any]:
    """A result without what its own runs are for: themselves, and what claims are held against."""
    document = comparable(json.loads(result.to_json()))
    del document["claims"], document["harness"]["settings"]["full"]
    return document


def test_the_sample_s_binary_run_is_the_reference_s(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(full, "NUM_EPOCHS", 500)
    only(monkeypatch, "binary")
    result, _ = graded(SAMPLE, reduced_digits(), own=True)
    own, reference = record(result, "binary"), record(result, "binary", "reference")
    assert own["failed"] is own["look_here"] is None
    assert own["stop_step"] == reference["stop_step"] is not None
    assert own["stop_epoch"] == reference["stop_epoch"]
    assert own["final"]["validation_loss"] == pytest.approx(
        reference["final"]["validation_loss"], abs=1e-9
    )
    assert "made now" in reference["how"]


def test_too_small_a_data_set_is_told_in_the_record(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, "binary")
    result, _ = graded(SAMPLE, few_digits(), own=True)
    for by in ("submission", "reference"):
        failed = record(result, "binary", by)["failed"]
        assert (
            "num_batches = 1 at a batch size of 128, but early stopping needs 5 at least" in failed
        )
        assert "--data" in failed


def test_a_training_that_raises_is_told_in_the_record(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = sample_copy(tmp_path / "submission")
    line = replace_source(
        folder / "trainer.py",
        "        best_val_loss = np.inf\n",
        "        best_val_loss = np.inf\n        assert len(self.X_train) < 700, 'too many'\n",
    )
    only(monkeypatch, "binary")
    result, _ = graded(folder, reduced_digits(), own=True)
    failed = record(result, "binary")["failed"]
    assert failed.startswith("AssertionError: too many (trainer.py, line")
    assert f"line {line + 1}" in failed


@pytest.mark.parametrize(
    ("plan", "forged"), [("binary", "accuracy_val = 0.999"), ("softmax-1", "val_loss *= 0.5")]
)
def test_histories_that_are_better_than_the_weights_are_no_evidence(
    plan: str, forged: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = sample_copy(tmp_path / "submission")
    validated = "loss, accuracy_train, accuracy_val = self.validation_step()\n"
    lie = f"                    if len(self.X_train) > 600: {forged}\n"
    replace_source(folder / "trainer.py", validated, validated + lie)
    monkeypatch.setattr(full, "NUM_EPOCHS", 6)
    only(monkeypatch, plan)
    result, _ = graded(folder, reduced_digits(), own=True)
    failed = record(result, plan)["failed"]
    assert failed.startswith("Its histories end with a validation loss of ")
    assert ", but its final weights give " in failed


def test_the_weights_of_the_best_validation_are_its_histories_too() -> None:
    run = some_run(SHUFFLED)
    run.validation_loss[40] = 0.06
    for loss, accuracy, fits in (
        (0.06, run.validation_accuracy[40], True),
        (0.06, 0.999, False),
        (run.validation_loss[-1], run.validation_accuracy[-1], True),
        (run.validation_loss[-1] + 0.002, run.validation_accuracy[-1], False),
    ):
        places = own_weights._places(run)
        assert any(own_weights._agrees(run, at, loss, accuracy) for at in places) is fits


def test_a_training_without_end_meets_its_budget(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = sample_copy(tmp_path / "submission")
    replace_source(
        folder / "trainer.py",
        "        best_val_loss = np.inf\n",
        "        best_val_loss = np.inf\n        while len(self.X_train) == 700: pass\n",
    )
    monkeypatch.setitem(full.CPU_SECONDS, "task2", 1.0)
    only(monkeypatch, "binary", "binary-shuffled")
    result, _ = graded(folder, reduced_digits(), own=True)
    for id in ("binary", "binary-shuffled"):
        assert "time limit: more than 1 s of CPU time" in record(result, id)["failed"]


def test_normalisation_by_mean_and_deviation_is_expected_to_stop_elsewhere(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    only(monkeypatch, "binary", "softmax")
    result, _ = graded(standardised(tmp_path), reduced_digits(), own=True)
    own, reference = record(result, "binary"), record(result, "binary", "reference")
    assert own["look_here"] is None
    assert own["stop_step"] == reference["stop_step"]
    assert "its own `pre_process_images`" in reference["how"]
    plain, _ = graded(SAMPLE, reduced_digits(), own=False)
    assert record(plain, "binary", "reference")["stop_step"] != reference["stop_step"]
    assert (
        "preprocesses images in a way of its own"
        in record(result, "softmax", "reference")["failed"]
    )


def standardised(folder: Path) -> Path:
    """The sample, normalised by mean and standard deviation."""
    copy = sample_copy(folder / "submission")
    replace_source(copy / "task2a.py", "X = X / 127.5 - 1", "X = (X - X.mean()) / X.std()")
    return copy


@needs_mnist
def test_on_mnist_the_sample_stops_in_epoch_33(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, "binary")
    result, _ = graded(SAMPLE, datasets.load("auto"), own=True)
    run = record(result, "binary")
    assert (run["stop_epoch"], run["stop_step"]) == (33, 1044)
    assert run["final"]["validation_loss"] == pytest.approx(0.0673, abs=5e-5)
    assert run["final"]["validation_accuracy"] == pytest.approx(0.9785, abs=5e-5)
    assert run["look_here"] is None


@needs_mnist
def test_on_mnist_another_normalisation_is_expected_in_epoch_19(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    only(monkeypatch, "binary")
    result, _ = graded(standardised(tmp_path), datasets.load("auto"), own=False)
    reference = record(result, "binary", "reference")
    assert (reference["stop_epoch"], reference["stop_step"]) == (19, 600)


def test_plans_say_what_they_train() -> None:
    assert Plan("softmax-0.1", "4c", "task3", True, 0.1).says == "softmax, λ = 0.1"
    assert SHUFFLED.says == "binary, with shuffle"
    assert SOFTMAX.l2_reg_lambda == 0


def test_a_session_beside_another_is_confined_alike_and_starts_anew(tmp_path: Path) -> None:
    usual = Session(
        adapter=tmp_path / "adapter.py",
        submission=tmp_path,
        work=tmp_path / "work",
        modules=("utils",),
        options={"data": "a", "other": 1},
        mechanisms=("memory",),
        seed=7,
        excluded={"task3": {"message": "hangs"}},
        started=3,
        cpu_seconds=2.0,
        output="printed",
    )
    usual.work.mkdir()
    limits = replace(usual.limits, call_cpu_seconds=100.0)
    beside = usual.beside("one", options={"data": "b"}, limits=limits)
    assert beside.work == usual.work / "one"
    assert beside.work.is_dir()
    assert beside.options == {"data": "b", "other": 1}
    assert (beside.mechanisms, beside.seed, beside.excluded) == (("memory",), 7, usual.excluded)
    assert beside.excluded is not usual.excluded
    assert (beside.started, beside.cpu_seconds, beside.output) == (0, 0.0, "")
    assert beside.limits == limits
