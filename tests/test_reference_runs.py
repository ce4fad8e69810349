"""One run of the reference: made, stored, read again, and made on demand."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from checks import calibration
from checks.calibration import reference_run, stops_of_seeds, task_arrays
from checks.run_cache import code_alone, code_digest
from checks.runs import BINARY, QUANTITIES, Expectations, Population
from checks.stored import load, rounded, store
from reference import training
from tests.small_data import (
    SMALL_BINARY,
    SMALL_SOFTMAX,
    few_digits,
)

quick = settings(max_examples=40, deadline=None, database=None)


@pytest.fixture(scope="module")
def few():
    return few_digits()


@pytest.fixture(scope="module")
def binary_arrays(few):
    return task_arrays(few, SMALL_BINARY)


@pytest.fixture(scope="module")
def binary_run(binary_arrays):
    return calibration.run(binary_arrays, SMALL_BINARY)


def not_again(*arguments):
    pytest.fail("what was made is made again")


def assert_same_run(one, other):
    assert one.setting == other.setting
    for name in ("steps", "validation_loss", "train_accuracy", "validation_accuracy"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    for name in ("train_loss", "squared_norm", "w"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    assert (one.num_batches, one.stop_step, one.stop_epoch, one.margin) == (
        other.num_batches,
        other.stop_step,
        other.stop_epoch,
        other.margin,
    )
    assert [each.step for each in one.checkpoints] == [each.step for each in other.checkpoints]
    for mine, its in zip(one.checkpoints, other.checkpoints, strict=True):
        np.testing.assert_array_equal(mine.w, its.w)
        np.testing.assert_array_equal(mine.rows, its.rows)
        assert (mine.w.dtype, its.w.dtype) == (np.float32, np.float32)


def test_it_is_the_references_own(binary_arrays, binary_run):
    arrays, N = binary_arrays, len(binary_arrays.X_train)
    history = training.train(
        arrays.X_train, arrays.Y_train, arrays.X_val, arrays.Y_val,
        training.Protocol(0.05, batch_size=32, num_epochs=60),
        (np.arange(N) for _ in range(60)),
    )  # fmt: skip
    np.testing.assert_array_equal(binary_run.validation_loss, history.validation_loss)
    np.testing.assert_array_equal(binary_run.train_loss, history.train_loss[binary_run.steps])
    assert binary_run.stop_step == history.stop_step is not None
    assert binary_run.squared_norm[-1] == pytest.approx(np.vdot(history.w, history.w))


def test_the_tenth_failure_is_read_off_a_run_that_went_on_to_the_eleventh(
    binary_arrays, binary_run
):
    index = binary_run.stop_index(10)
    ten = calibration.run(binary_arrays, replace(SMALL_BINARY, failures_to_stop=10))
    assert ten.stop_step == binary_run.steps[index] < binary_run.stop_step
    assert ten.stop_epoch == binary_run.epoch(index)
    assert binary_run.steps[binary_run.stop_index(11)] == binary_run.stop_step
    assert ten.stop_index(11) is None


def test_the_last_validation_of_an_epoch_is_counted_on_over_the_end_of_a_run(binary_run):
    for index in range(len(binary_run.steps)):
        last = binary_run.last_of_epoch(index)
        interval = binary_run.steps[1]
        assert last >= index
        assert last * interval // binary_run.num_batches == binary_run.epoch(index)
        assert (last + 1) * interval // binary_run.num_batches > binary_run.epoch(index)


@pytest.mark.parametrize(
    "setting",
    [SMALL_BINARY, replace(SMALL_SOFTMAX, l2_reg_lambda=0.1)],
    ids=["binary", "softmax"],
)
def test_a_checkpoint_leads_on_along_the_run(few, setting):
    arrays = task_arrays(few, setting)
    run = calibration.run(arrays, setting)
    assert len(run.checkpoints) == 12
    for checkpoint in run.checkpoints:
        index = int(np.flatnonzero(run.steps == checkpoint.step - 1)[0])
        loss, _, _ = calibration.expected_validation(arrays, checkpoint.w)
        assert loss == pytest.approx(run.validation_loss[index], rel=1e-4)
        w, _ = calibration.expected_step(arrays, setting, checkpoint)
        following = calibration.expected_validation(arrays, w)
        if checkpoint.step in run.steps:
            assert following[0] == pytest.approx(run.validation_loss[index + 1], rel=1e-4)
        assert len(set(checkpoint.rows)) == setting.batch_size


def test_other_grey_levels_make_another_run(few):
    setting = replace(SMALL_BINARY, scale=1 / 255, shift=0.0)
    X = task_arrays(few, setting).X_train
    assert (X[:, :-1].min(), X[:, :-1].max()) == (0, 1)
    assert (X[:, -1] == 1).all()


@quick
@given(hnp.arrays(np.float32, 20, elements=st.floats(-8, 8, width=32)))
def test_rounded_weights_differ_by_less_than_one_in_65536(w):
    near = rounded(w)
    assert near.dtype == np.float32
    of_subnormals = 128 * 2.0**-149  # half of the 256 smallest steps that are rounded to one
    assert (np.abs(near - w) <= np.maximum(np.abs(w) / 65536, of_subnormals)).all()
    np.testing.assert_array_equal(rounded(near), near)


def test_what_is_stored_is_what_is_read(tmp_path, few, binary_run):
    stops = stops_of_seeds(task_arrays(few, SMALL_BINARY), SMALL_BINARY, 0, 3)
    population = Population(SMALL_BINARY, stops)
    written = Expectations("few", few.sha256, (binary_run,), (population,))
    store(tmp_path / "few.npz", written)
    read = load(few.sha256, tmp_path)
    assert read is not None
    assert_same_run(read.run(SMALL_BINARY), binary_run)
    found = read.population("binary")
    assert (found.setting, found.n, tuple(found.stops)) == (SMALL_BINARY, 3, (10, 11))
    for rule in stops:
        for quantity in QUANTITIES:
            np.testing.assert_allclose(
                getattr(found.stops[rule], quantity), getattr(stops[rule], quantity), rtol=6e-8
            )
    assert read.run(BINARY) is None
    assert read.population("softmax") is None


def test_another_digest_has_nothing_stored(tmp_path, few, binary_run):
    store(tmp_path / "few.npz", Expectations("few", few.sha256, (binary_run,), ()))
    assert load("0" * 64, tmp_path) is None


def test_a_file_of_another_format_is_refused(tmp_path, few, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr("checks.stored.FORMAT", "runs/0")
        store(tmp_path / "few.npz", Expectations("few", few.sha256, (), ()))
    with pytest.raises(ValueError, match="'runs/0', expected 'runs/1'"):
        load(few.sha256, tmp_path)


def test_a_range_says_of_how_many_runs_it_is_and_what_it_holds(few):
    stops = stops_of_seeds(task_arrays(few, SMALL_BINARY), SMALL_BINARY, 0, 5)
    found = Population(SMALL_BINARY, stops).range("stop_step")
    assert (found.n, found.low, found.high) == (
        5,
        stops[11].stop_step.min(),
        stops[11].stop_step.max(),
    )
    assert found.confidence == 0.99
    assert found.content < 0.5
    with pytest.raises(ValueError, match="expected one of stop_epoch"):
        Population(SMALL_BINARY, stops).range("epoch")


def test_a_run_on_demand_is_the_stored_one(tmp_path, few, binary_run):
    made = reference_run(few, SMALL_BINARY, cache=tmp_path, expected=tmp_path / "none")
    assert_same_run(made, binary_run)
    store(tmp_path / "expected/few.npz", Expectations("few", few.sha256, (binary_run,), ()))
    stored = reference_run(few, SMALL_BINARY, cache=tmp_path, expected=tmp_path / "expected")
    assert_same_run(stored, made)


def test_it_is_made_once(tmp_path, few, monkeypatch):
    first = reference_run(few, SMALL_BINARY, cache=tmp_path)
    monkeypatch.setattr(calibration, "run", not_again)
    assert_same_run(reference_run(few, SMALL_BINARY, cache=tmp_path), first)


def test_data_of_another_digest_are_run_anew(tmp_path, few):
    reference_run(few, SMALL_BINARY, cache=tmp_path)
    darker = replace(few, sha256="1" * 64, X_train=few.X_train // 2)
    found = reference_run(darker, SMALL_BINARY, cache=tmp_path)
    assert found.validation_loss[0] != pytest.approx(
        reference_run(few, SMALL_BINARY, cache=tmp_path).validation_loss[0], rel=1e-6
    )


def test_an_observed_order_is_followed_and_kept_apart(tmp_path, few, binary_arrays):
    N = len(binary_arrays.X_train)
    orders = list(islice(training.course_order(N, 7), 60))
    observed = reference_run(few, SMALL_BINARY, orders, cache=tmp_path)
    seeded = reference_run(few, replace(SMALL_BINARY, shuffle_seed=7), cache=tmp_path)
    plain = reference_run(few, SMALL_BINARY, cache=tmp_path)
    np.testing.assert_array_equal(observed.validation_loss, seeded.validation_loss)
    assert len(plain.steps) != len(seeded.steps) or not np.array_equal(
        plain.validation_loss, seeded.validation_loss
    )


def test_code_is_known_by_what_it_does(tmp_path):
    one = '"""Docs."""\n\ndef f(x):\n    """More."""\n    return x + 1  # why\n'
    assert code_alone(one) == code_alone("def f(x):\n    return (x+1)")
    assert code_alone(one) != code_alone("def f(x):\n    return x + 2")
    (tmp_path / "a.py").write_text(one)
    (tmp_path / "faults").mkdir()
    (tmp_path / "faults" / "b.py").write_text("x = 1")
    before = code_digest(tmp_path)
    (tmp_path / "faults" / "b.py").write_text("x = 2")
    assert code_digest(tmp_path) == before
    (tmp_path / "a.py").write_text(one.replace("1", "2"))
    assert code_digest(tmp_path) != before
