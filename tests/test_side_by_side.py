"""Many runs at once are the runs one by one."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from checks import calibration
from checks.calibration import stops_of_seeds, task_arrays
from reference import batching, training
from reference.side_by_side import Columns, train_side_by_side
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


@pytest.mark.parametrize(
    "setting",
    [
        SMALL_BINARY,
        replace(SMALL_SOFTMAX, num_epochs=60, learning_rate=0.05),
        replace(SMALL_SOFTMAX, l2_reg_lambda=0.5, l2_coefficient=1.0, interval=5),
        replace(SMALL_BINARY, num_epochs=2),
    ],
    ids=["binary", "softmax", "regularised", "unstopped"],
)
def test_runs_side_by_side_are_the_runs_one_by_one(few, setting):
    arrays = task_arrays(few, setting)
    data = (arrays.X_train, arrays.Y_train, arrays.X_val, arrays.Y_val)
    N = len(arrays.X_train)
    protocol = calibration._protocol(setting)
    seeds = (3, 4, 5)
    orders = [training.course_order(N, seed) for seed in seeds]
    together = train_side_by_side(*data, protocol, orders, (4, 10, 11))
    for seed, of_run in zip(seeds, together, strict=True):
        for rule, stop in zip((4, 10, 11), of_run, strict=True):
            alone = training.train(
                *data,
                replace(protocol, failures_to_stop=rule),
                training.course_order(N, seed),
            )
            ends = setting.num_epochs * batching.num_batches(N, setting.batch_size)
            stopped = alone.stop_step is not None
            assert stop.step == (alone.stop_step if stopped else ends)
            assert stop.epoch == (alone.stop_epoch if stopped else setting.num_epochs)
            loss, of_train, of_val = training.validate(alone.w, *data)
            assert stop.validation_loss == pytest.approx(loss, abs=1e-9)
            assert stop.best_validation_loss == pytest.approx(alone.validation_loss.min(), abs=1e-9)
            assert (stop.train_accuracy, stop.validation_accuracy) == (of_train, of_val)
            assert stop.squared_norm == pytest.approx(np.vdot(alone.w, alone.w), abs=1e-9)


def test_the_runs_that_are_compared_do_stop(few):
    """Else the comparison above would say nothing of stopping."""
    stops = stops_of_seeds(task_arrays(few, SMALL_BINARY), SMALL_BINARY, 3, 6)
    assert (stops[11].stop_epoch < SMALL_BINARY.num_epochs).all()
    assert (stops[10].stop_step < stops[11].stop_step).all()


@quick
@given(
    hnp.arrays(
        np.float64,
        st.tuples(st.integers(1, 5), st.integers(1, 9)),
        elements=st.sampled_from([-1.0, 0.0, 1.0]),
    ),
    st.integers(0, 2**32 - 1),
)
def test_equal_columns_are_computed_once_and_count_as_often_as_they_occur(X, seed):
    columns = Columns.of(X)
    assert len({column.tobytes() for column in columns.X.T}) == columns.X.shape[1]
    generator = np.random.default_rng(seed)
    w = generator.normal(size=(columns.X.shape[1], 2))
    validation = generator.normal(size=(3, X.shape[1]))
    np.testing.assert_allclose(
        columns.X @ (columns.multiplicity * w), X @ w[columns.kind], atol=1e-12
    )
    np.testing.assert_allclose(
        columns.summed(validation) @ w, validation @ w[columns.kind], atol=1e-12
    )


def test_no_rule_at_all_is_refused(binary_arrays):
    arrays = binary_arrays
    with pytest.raises(ValueError, match="rules is empty"):
        train_side_by_side(
            arrays.X_train, arrays.Y_train, arrays.X_val, arrays.Y_val,
            calibration._protocol(SMALL_BINARY), [], (),
        )  # fmt: skip


def test_an_order_that_ends_too_early_is_refused(binary_arrays):
    arrays = binary_arrays
    orders = [islice(training.course_order(len(arrays.X_train), 0), 1)]
    with pytest.raises(ValueError, match="ended before its run did"):
        train_side_by_side(
            arrays.X_train, arrays.Y_train, arrays.X_val, arrays.Y_val,
            calibration._protocol(SMALL_BINARY), orders,
        )  # fmt: skip
