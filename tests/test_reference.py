"""The reference solution: what it computes, what it refuses, and what it measures on MNIST."""

from __future__ import annotations

import gzip
import itertools
import math
import os
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reference import batching, logistic, preprocessing, softmax, training
from reference.training import EarlyStopping, Protocol, stop_index

Array = np.ndarray[Any, Any]
quick = settings(database=None, deadline=None)


def example(K: int, N: int = 6, D: int = 5, seed: int = 3) -> tuple[Array, Array, Array]:
    """X (N, D) with a bias, w (D, K), and targets: 0/1 labels for K = 1, else one-hot."""
    random = np.random.RandomState(seed)
    X = np.hstack([random.uniform(-1, 1, (N, D - 1)), np.ones((N, 1))])
    labels = random.randint(0, max(K, 2), (N, 1))
    targets = labels if K == 1 else preprocessing.one_hot_encode(labels, K)
    return X, random.normal(size=(D, K)), targets


# Preprocessing


def test_grey_levels_0_and_255_become_minus_1_and_1_and_the_last_column_is_ones() -> None:
    X = np.zeros((2, 784), dtype=np.uint8)
    X[0, 0], X[1, 783] = 255, 51
    processed = preprocessing.pre_process_images(X)
    assert processed.shape == (2, 785)
    assert processed.dtype == np.float64
    assert processed[0, 0] == 1
    assert processed[1, 0] == -1
    assert processed[1, 783] == pytest.approx(-0.6, abs=1e-15)
    assert (processed[:, 784] == 1).all()
    assert X[0, 0] == 255


def test_preprocessing_gives_the_same_for_every_dtype_of_the_same_images() -> None:
    greys = np.resize(np.arange(256), (3, 784))
    expected = preprocessing.pre_process_images(greys.astype(np.uint8))
    for dtype in (np.int64, np.float64, np.float32, np.uint16):
        assert np.array_equal(preprocessing.pre_process_images(greys.astype(dtype)), expected)


def test_every_label_is_encoded_though_the_batch_lacks_the_last_class() -> None:
    encoded = preprocessing.one_hot_encode(np.array([[2], [0], [2]], dtype=np.uint8), 4)
    assert encoded.tolist() == [[0, 0, 1, 0], [1, 0, 0, 0], [0, 0, 1, 0]]
    assert encoded.dtype == np.float64


@pytest.mark.parametrize("label", [-1, 4, 1.5])
def test_a_label_that_is_no_class_is_refused_with_its_value_and_row(label: float) -> None:
    with pytest.raises(ValueError, match=rf"Y holds {label} in row 1, expected integers from 0 to"):
        preprocessing.one_hot_encode(np.array([[0], [label]]), 4)


# Models


@pytest.mark.parametrize("value", [1e4, -1e4, 1e300])
def test_outputs_are_finite_without_a_warning_at_huge_weights(value: float) -> None:
    X, _, _ = example(1)
    X = np.vstack([X, -X])
    for module, K in ((logistic, 1), (softmax, 3)):
        w = np.zeros((X.shape[1], K))
        w[:, 0] = value
        with np.errstate(over="raise", invalid="raise", divide="raise"):
            outputs = module.forward(X, w)
        assert np.isfinite(outputs).all()
        assert ((outputs >= 0) & (outputs <= 1)).all()


def test_a_row_far_below_another_keeps_its_own_softmax() -> None:
    X = np.array([[1000.0, 1.0], [-1000.0, 1.0], [0.0, 1.0]])
    w = np.array([[1.0, 1.0, 1.0], [0.0, math.log(2), math.log(5)]])
    np.testing.assert_allclose(softmax.forward(X, w), [[1 / 8, 2 / 8, 5 / 8]] * 3, rtol=1e-12)


def test_outputs_far_out_keep_their_relative_precision() -> None:
    outputs = logistic.forward(np.array([[-700.0], [700.0], [-40.0]]), np.ones((1, 1)))
    assert outputs[0, 0] == pytest.approx(math.exp(-700), rel=1e-12)
    assert outputs[1, 0] == 1
    assert outputs[2, 0] == pytest.approx(math.exp(-40), rel=1e-12)


def test_the_loss_at_zero_weights_is_ln_2_and_ln_10() -> None:
    X, _, labels = example(1)
    outputs = logistic.forward(X, np.zeros((5, 1)))
    assert logistic.cross_entropy_loss(labels, outputs) == pytest.approx(math.log(2), rel=1e-15)
    X, _, targets = example(10)
    outputs = softmax.forward(X, np.zeros((5, 10)))
    assert softmax.cross_entropy_loss(targets, outputs) == pytest.approx(math.log(10), rel=1e-15)


def test_two_classes_of_softmax_with_a_zero_column_are_logistic_regression() -> None:
    X, w, labels = example(1)
    two, one_hot = np.hstack([np.zeros_like(w), w]), preprocessing.one_hot_encode(labels, 2)
    one, both = logistic.forward(X, w), softmax.forward(X, two)
    np.testing.assert_allclose(both[:, 1:], one, rtol=1e-12)
    assert softmax.cross_entropy_loss(one_hot, both) == pytest.approx(
        logistic.cross_entropy_loss(labels, one), rel=1e-12
    )
    np.testing.assert_allclose(
        softmax.gradient(X, both, one_hot, two, 0.0)[:, 1:],
        logistic.gradient(X, one, labels),
        rtol=1e-12,
    )


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.bool_, np.float32])
def test_labels_of_any_dtype_give_the_same_loss_gradient_and_accuracy(dtype: type) -> None:
    for module, K in ((logistic, 1), (softmax, 4)):
        X, w, targets = example(K)
        other: Array = targets.astype(dtype)
        outputs = module.forward(X, w)
        extra = () if K == 1 else (w, 0.1)
        loss = module.cross_entropy_loss
        assert loss(other, outputs) == loss(targets, outputs)
        assert np.array_equal(
            module.gradient(X, outputs, other, *extra), module.gradient(X, outputs, targets, *extra)
        )
        accuracy = module.calculate_accuracy
        assert accuracy(other, outputs) == accuracy(targets, outputs)


def test_a_sure_and_right_output_costs_nothing_and_a_sure_and_wrong_one_is_infinite() -> None:
    labels = np.array([[1], [0]], dtype=np.uint8)
    right, wrong = np.array([[1.0], [0.0]]), np.array([[1.0], [1.0]])
    assert str(logistic.cross_entropy_loss(labels, right)) == "0.0"
    assert logistic.cross_entropy_loss(labels, wrong) == math.inf
    assert str(softmax.cross_entropy_loss(np.eye(3), np.eye(3))) == "0.0"
    assert softmax.cross_entropy_loss(np.eye(3), np.roll(np.eye(3), 1, axis=0)) == math.inf


def objective_at(X: Array, w: Array, targets: Array, l2_reg_lambda: float) -> float:
    if w.shape[1] == 1:
        return logistic.cross_entropy_loss(targets, logistic.forward(X, w))
    return softmax.objective(targets, softmax.forward(X, w), w, l2_reg_lambda)


def complex_objective(X: Array, w: Array, targets: Array, l2_reg_lambda: float) -> complex:
    """J from equations 1, 3, 4, 5 and 9 as they are printed, for complex weights."""
    z = X @ w
    if w.shape[1] == 1:
        yhat = 1 / (1 + np.exp(-z))
        terms = targets * np.log(yhat) + (1 - targets) * np.log(1 - yhat)
    else:
        yhat = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        terms = targets * np.log(yhat)
    return complex(-terms.sum() / len(X) + l2_reg_lambda * (w * w).sum())


@pytest.mark.parametrize(("K", "l2_reg_lambda"), [(1, 0.0), (4, 0.0), (4, 0.3)])
def test_the_gradient_is_the_derivative_of_the_objective(K: int, l2_reg_lambda: float) -> None:
    X, w, targets = example(K)
    if K == 1:
        gradient = logistic.gradient(X, logistic.forward(X, w), targets)
    else:
        gradient = softmax.gradient(X, softmax.forward(X, w), targets, w, l2_reg_lambda)
    assert gradient.shape == w.shape
    for index in np.ndindex(*w.shape):
        step = np.zeros_like(w)
        step[index] = 1e-5
        above = objective_at(X, w + step, targets, l2_reg_lambda)
        below = objective_at(X, w - step, targets, l2_reg_lambda)
        assert gradient[index] == pytest.approx((above - below) / 2e-5, abs=1e-9)
        # The complex step has no cancellation: exact to rounding (Squire and Trapp, 1998).
        value = complex_objective(X, w + 1e-25j * (step > 0), targets, l2_reg_lambda)
        assert gradient[index] == pytest.approx(value.imag / 1e-25, rel=1e-11, abs=1e-14)


def test_the_penalty_counts_every_weight_the_bias_included() -> None:
    w = np.array([[1.0, -2.0], [0.0, 3.0]])
    assert softmax.penalty(w) == 14
    X, targets = np.zeros((4, 2)), np.full((4, 2), 0.5)
    assert np.array_equal(softmax.gradient(X, targets, targets, w, 0.1), 0.2 * w)


def test_one_is_predicted_from_one_half_upwards() -> None:
    outputs = np.array([[0.5], [np.nextafter(0.5, 0)], [0.9], [0.1]])
    assert logistic.calculate_accuracy(np.ones((4, 1), np.uint8), outputs) == 0.5
    assert logistic.calculate_accuracy(np.array([[1], [0], [1], [1]]), outputs) == 0.75


def test_the_largest_output_is_predicted_though_it_is_under_one_half() -> None:
    outputs = np.array([[0.4, 0.3, 0.3], [0.2, 0.35, 0.45]])
    assert softmax.calculate_accuracy(np.eye(3)[[0, 1]], outputs) == 0.5


def wrong_calls() -> list[tuple[str, Any]]:
    X, w, labels = example(1)
    _, W, targets = example(4)
    outputs, probabilities = logistic.forward(X, w), softmax.forward(X, W)
    return [
        (r"X has shape \(6, 5\), expected \(N, 784\)", lambda: preprocessing.pre_process_images(X)),
        (
            r"Y has shape \(6,\).*pass Y\[:, None\]",
            lambda: preprocessing.one_hot_encode(labels[:, 0], 2),
        ),
        (r"w has shape \(4, 1\), X has shape \(6, 5\)", lambda: logistic.forward(X, w[1:])),
        (r"w has shape \(5, 4\), expected \(5, 1\)", lambda: logistic.forward(X, W)),
        (
            r"outputs has shape \(6,\), expected \(N, 1\).*outputs\[:, None\]",
            lambda: logistic.cross_entropy_loss(labels, outputs[:, 0]),
        ),
        (
            r"targets has shape \(5, 1\), outputs has shape \(6, 1\)",
            lambda: logistic.calculate_accuracy(labels[1:], outputs),
        ),
        (r"X has 5 rows, outputs 6", lambda: logistic.gradient(X[1:], outputs, labels)),
        (
            r"targets has shape \(6, 1\), outputs has shape \(6, 4\)",
            lambda: softmax.cross_entropy_loss(labels, probabilities),
        ),
        (
            r"outputs has shape \(0, 4\).*nothing to average",
            lambda: softmax.cross_entropy_loss(targets[:0], probabilities[:0]),
        ),
        (
            r"outputs has shape \(6, 4\), expected \(6, 3\)",
            lambda: softmax.gradient(X, probabilities, targets, W[:, 1:], 0.0),
        ),
    ]


@pytest.mark.parametrize("number", range(len(wrong_calls())))
def test_an_array_of_the_wrong_shape_is_refused_with_what_was_expected(number: int) -> None:
    says, call = wrong_calls()[number]
    with pytest.raises(ValueError, match=says):
        call()


# Batches

sizes = st.tuples(st.integers(0, 60), st.integers(1, 20))


@quick
@given(sizes, st.randoms(use_true_random=False), st.booleans())
def test_batches_partition_the_order_they_are_given(
    size: tuple[int, int], random: Any, drop_last: bool
) -> None:
    N, batch_size = size
    order = list(range(N))
    random.shuffle(order)
    batches = list(batching.batch_indices(N, batch_size, np.array(order, int), drop_last))
    assert len(batches) == batching.num_batches(N, batch_size, drop_last)
    joined = [int(row) for batch in batches for row in batch]
    assert joined == order[: len(joined)]
    assert all(len(batch) == batch_size for batch in batches[:-1])
    left = N - len(joined)
    assert left == (N % batch_size if drop_last else 0)


@quick
@given(sizes)
def test_an_order_that_ends_with_the_last_full_batch_is_enough(size: tuple[int, int]) -> None:
    N, batch_size = size
    used = N - N % batch_size
    whole = batching.batch_indices(N, batch_size, np.arange(N))
    observed = batching.batch_indices(N, batch_size, np.arange(used))
    assert [batch.tolist() for batch in whole] == [batch.tolist() for batch in observed]


@pytest.mark.parametrize(
    ("order", "says"),
    [
        ([0, 1, 2, 1], "names row 1 more than once"),
        ([0, 1, 2], r"order has shape \(3,\), expected \(n,\) with n from 4 to 5"),
        ([0, 1, 2, 5], "from 0 to 5, expected integers from 0 to 4"),
        ([0, 1, 2, -1], "from -1 to 2, expected integers from 0 to 4"),
        ([0.0, 1.0, 2.0, 3.0], "order holds float64"),
    ],
)
def test_an_order_that_is_no_permutation_is_refused(order: list[float], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        batching.batch_indices(5, 2, np.array(order))


def test_a_batch_size_of_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="batch_size is 0"):
        batching.num_batches(10, 0)


# Early stopping


@pytest.mark.parametrize(
    ("losses", "failures_to_stop", "expected"),
    [
        ([5, 4, 3, 2, 1], 1, None),
        ([5, 5, 5, 5], 3, 3),  # an equal loss is no improvement
        ([5, 6, 6, 4, 5, 5, 5], 3, 6),  # an improvement starts the count anew
        ([5, 1, 4, 3, 2], 3, 4),  # better than the one before is not better than the best
        ([5, 6, math.nan, 6], 3, 3),
        ([math.nan, 5, 4, 3], 2, None),
        ([3] + [4] * 10, 11, None),
        ([3] + [4] * 11, 11, 11),
        ([3] + [4] * 11, 10, 10),
        ([3] + [4] * 99, None, None),
        ([], 1, None),
    ],
)
def test_a_run_stops_at_the_failure_in_a_row_that_its_protocol_names(
    losses: list[float], failures_to_stop: int | None, expected: int | None
) -> None:
    assert stop_index(losses, failures_to_stop) == expected


@quick
@given(st.lists(st.integers(0, 6), max_size=40), st.integers(1, 12))
def test_the_stop_is_the_first_failures_to_stop_validations_after_the_best(
    losses: list[int], failures_to_stop: int
) -> None:
    stops = [
        t for t in range(len(losses)) if t - losses.index(min(losses[: t + 1])) >= failures_to_stop
    ]
    assert stop_index(losses, failures_to_stop) == (stops[0] if stops else None)
    raised = [math.exp(loss) for loss in losses]
    assert stop_index(raised, failures_to_stop) == stop_index(losses, failures_to_stop)


def test_the_state_of_early_stopping_is_not_changed_by_asking_for_the_next() -> None:
    before = EarlyStopping(2, best=0.5, failures=1)
    assert before.after(0.6) == EarlyStopping(2, best=0.5, failures=2)
    assert before.after(0.6).stops
    assert before == EarlyStopping(2, best=0.5, failures=1)


def test_the_smallest_margin_is_that_to_the_best_so_far() -> None:
    assert training.smallest_margin([1.0, 0.5, 0.75, 0.625, 0.25]) == 0.125
    assert training.smallest_margin([1.0]) == math.inf


# Training


def small_sets(K: int, N: int = 45) -> tuple[Array, Array, Array, Array]:
    X, _, Y = example(K, N, seed=1)
    X_val, _, Y_val = example(K, 12, seed=2)
    return X, Y, X_val, Y_val


@pytest.mark.parametrize(("K", "l2_reg_lambda", "c"), [(1, 0.0, 2), (3, 0.2, 2), (3, 0.2, 1)])
def test_a_run_is_gradient_descent_in_the_orders_it_is_given(
    K: int, l2_reg_lambda: float, c: float
) -> None:
    X, Y, X_val, Y_val = small_sets(K)
    orders = list(itertools.islice(training.course_order(45, 7), 3))
    protocol = Protocol(0.5, 4, 3, None, None, l2_reg_lambda, c)
    history = training.train(X, Y, X_val, Y_val, protocol, orders, checkpoints=[0, 13])
    w: Array = np.zeros((5, K))
    losses: list[float] = []
    validation_losses: list[float] = []
    kept: Array | None = None
    model: ModuleType = logistic if K == 1 else softmax
    for order in orders:
        for b in range(11):
            rows = order[4 * b : 4 * b + 4]
            yhat = model.forward(X[rows], w)
            kept = w.copy() if len(losses) == 13 else kept
            losses.append(model.cross_entropy_loss(Y[rows], yhat))
            slope = X[rows].T @ (yhat - Y[rows]) / 4 + c * l2_reg_lambda * w
            w = w - 0.5 * slope
            if (len(losses) - 1) % 2 == 0:
                validation_losses.append(model.cross_entropy_loss(Y_val, model.forward(X_val, w)))
    np.testing.assert_allclose(history.w, w, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(history.train_loss, losses, rtol=1e-12)
    np.testing.assert_allclose(history.validation_loss, validation_losses, rtol=1e-12)
    assert history.validation_steps.tolist() == list(range(0, 33, 2))
    assert (history.stop_step, history.stop_epoch) == (None, None)
    assert sorted(history.checkpoints) == [0, 13]
    assert not history.checkpoints[0].any()
    assert kept is not None
    np.testing.assert_allclose(history.checkpoints[13], kept, rtol=1e-12, atol=1e-14)
    last = model.forward(X, w), model.forward(X_val, w)
    assert history.train_accuracy[-1] == model.calculate_accuracy(Y, last[0])
    assert history.validation_accuracy[-1] == model.calculate_accuracy(Y_val, last[1])


def test_a_run_ends_with_the_validation_that_stops_it() -> None:
    X, Y, X_val, Y_val = small_sets(1)
    free = Protocol(2.0, 4, 60, None)
    orders = itertools.repeat(np.arange(45))
    whole = training.train(X, Y, X_val, Y_val, free, orders)
    expected = stop_index(whole.validation_loss, 3)
    assert expected is not None
    stopped = training.train(X, Y, X_val, Y_val, Protocol(2.0, 4, 60, 3), orders)
    assert stopped.stop_step == whole.validation_steps[expected]
    assert stopped.stop_epoch == whole.validation_steps[expected] // 11
    assert len(stopped.train_loss) == whole.validation_steps[expected] + 1
    assert np.array_equal(stopped.validation_loss, whole.validation_loss[: expected + 1])


def test_no_order_is_taken_for_an_epoch_that_is_not_begun() -> None:
    X, Y, X_val, Y_val = small_sets(1)
    orders = training.course_order(45, 7)
    training.train(X, Y, X_val, Y_val, Protocol(0.1, 4, 3, None), orders)
    fourth = list(itertools.islice(training.course_order(45, 7), 4))[3]
    assert np.array_equal(next(orders), fourth)


def test_orders_that_end_before_the_run_does_are_refused() -> None:
    X, Y, X_val, Y_val = small_sets(1)
    with pytest.raises(ValueError, match="orders ended after 2 epochs, expected one for each of 3"):
        training.train(X, Y, X_val, Y_val, Protocol(0.1, 4, 3, None), [np.arange(45)] * 2)


def test_training_data_of_under_five_batches_are_refused_unless_an_interval_is_set() -> None:
    X, Y, X_val, Y_val = small_sets(1)
    orders = itertools.repeat(np.arange(45))
    with pytest.raises(ValueError, match=r"interval .* is 0 steps \(45 rows, 4 batches of 10\)"):
        training.train(X, Y, X_val, Y_val, Protocol(0.1, 10), orders)
    history = training.train(X, Y, X_val, Y_val, Protocol(0.1, 10, 1, interval=3), orders)
    assert history.validation_steps.tolist() == [0, 3]


def test_data_sets_that_do_not_fit_are_refused() -> None:
    X, Y, X_val, Y_val = small_sets(1)
    orders = itertools.repeat(np.arange(45))
    with pytest.raises(ValueError, match=r"Y_val has shape \(11, 1\), expected \(12, 1\)"):
        training.train(X, Y, X_val, Y_val[1:], Protocol(0.1, 4), orders)
    with pytest.raises(ValueError, match=r"l2_reg_lambda is 0.1 with targets of one column"):
        training.train(X, Y, X_val, Y_val, Protocol(0.1, 4, l2_reg_lambda=0.1), orders)


def test_the_course_order_is_that_of_numpys_seeded_shuffle_of_a_list() -> None:
    state = np.random.get_state()
    try:
        np.random.seed(0)
        for order in itertools.islice(training.course_order(300, 0), 3):
            rows = list(range(300))
            np.random.shuffle(rows)
            assert order.tolist() == rows
    finally:
        np.random.set_state(state)


# What the assignment measures on MNIST. The tests below need its four files.

Sets = tuple[Array, Array, Array, Array]


@pytest.fixture(scope="module")
def mnist() -> Sets:
    """X_train (20000, 784), Y_train (20000, 1), X_val (10000, 784), Y_val (10000, 1), uint8."""
    folder = os.environ.get("GRADUS_MNIST")
    if not folder:
        pytest.skip("GRADUS_MNIST names no folder with MNIST's four .gz files")
    arrays = []
    for name in ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"):
        content = gzip.decompress((Path(folder) / f"{name}-ubyte.gz").read_bytes())
        header, columns = (16, 784) if "images" in name else (8, 1)
        arrays.append(np.frombuffer(content, np.uint8, offset=header).reshape(-1, columns))
    return arrays[0][:20_000], arrays[1][:20_000], arrays[2], arrays[3]


@pytest.fixture(scope="module")
def two_or_three(mnist: Sets) -> Sets:
    """The images of 2 (label 1) and 3 (label 0), not preprocessed."""
    sets = []
    for X, Y in (mnist[:2], mnist[2:]):
        rows = np.isin(Y[:, 0], [2, 3])
        sets += [X[rows], (Y[rows] == 2).astype(np.uint8)]
    return sets[0], sets[1], sets[2], sets[3]


def to_unit_interval(X: Array) -> Array:
    return np.hstack([X / 255, np.ones((len(X), 1))])


def unshuffled(sets: Sets, protocol: Protocol) -> training.History:
    return training.train(*sets, protocol, itertools.repeat(np.arange(len(sets[0]))))


def processed(sets: Sets) -> Sets:
    X_train, Y_train, X_val, Y_val = sets
    process = preprocessing.pre_process_images
    return process(X_train), Y_train, process(X_val), Y_val


@pytest.mark.parametrize(
    ("failures_to_stop", "step", "loss", "accuracy", "train_accuracy"),
    [(11, 1044, 0.0673, 0.9785, 0.9775), (10, 1038, 0.0658, 0.9794, 0.9758)],
)
def test_the_binary_run_stops_in_epoch_33(
    two_or_three: Sets,
    failures_to_stop: int,
    step: int,
    loss: float,
    accuracy: float,
    train_accuracy: float,
) -> None:
    assert (len(two_or_three[0]), len(two_or_three[2])) == (4005, 2042)
    history = unshuffled(processed(two_or_three), Protocol(0.05, failures_to_stop=failures_to_stop))
    assert (history.stop_epoch, history.stop_step) == (33, step)
    assert history.validation_loss[-1] == pytest.approx(loss, abs=5e-5)
    assert history.validation_loss.min() == pytest.approx(0.0657, abs=5e-5)
    assert history.validation_accuracy[-1] == pytest.approx(accuracy, abs=6e-5)
    assert history.train_accuracy[-1] == pytest.approx(train_accuracy, abs=5e-5)
    assert training.smallest_margin(history.validation_loss) > 1e-6


def test_the_binary_run_on_standardised_pixels_stops_in_epoch_19(two_or_three: Sets) -> None:
    X_train, Y_train, X_val, Y_val = two_or_three
    mean, deviation = X_train.mean(), X_train.std()

    def standardise(X: Array) -> Array:
        return np.hstack([(X - mean) / deviation, np.ones((len(X), 1))])

    history = unshuffled((standardise(X_train), Y_train, standardise(X_val), Y_val), Protocol(0.05))
    assert (history.stop_epoch, history.stop_step) == (19, 600)


def test_the_binary_run_on_pixels_from_0_to_1_stops_in_epoch_124(two_or_three: Sets) -> None:
    X_train, Y_train, X_val, Y_val = two_or_three
    sets = to_unit_interval(X_train), Y_train, to_unit_interval(X_val), Y_val
    history = unshuffled(sets, Protocol(0.05))
    assert (history.stop_epoch, history.stop_step) == (124, 3864)


def test_the_binary_run_validated_every_5_steps_stops_in_epoch_20(two_or_three: Sets) -> None:
    history = unshuffled(processed(two_or_three), Protocol(0.05, interval=5))
    assert (history.stop_epoch, history.stop_step) == (20, 630)


@pytest.fixture(scope="module")
def softmax_sets(mnist: Sets) -> Sets:
    X_train, Y_train, X_val, Y_val = processed(mnist)
    one_hot = preprocessing.one_hot_encode
    return X_train, one_hot(Y_train, 10), X_val, one_hot(Y_val, 10)


@pytest.fixture(scope="module")
def softmax_run(softmax_sets: Sets) -> training.History:
    return training.train(*softmax_sets, Protocol(0.01), training.course_order(20_000, 0))


def test_the_softmax_run_in_the_course_order_of_seed_0_stops_in_epoch_52(
    softmax_run: training.History,
) -> None:
    assert (softmax_run.stop_epoch, softmax_run.stop_step) == (52, 8215)
    assert softmax_run.validation_loss[-1] == pytest.approx(0.2973, abs=5e-5)
    assert softmax_run.train_accuracy[-1] == pytest.approx(0.92435, abs=1e-9)
    assert softmax_run.validation_accuracy[-1] == pytest.approx(0.9163, abs=1e-9)
    assert training.smallest_margin(softmax_run.validation_loss) > 1e-6


def test_the_train_loss_of_the_softmax_run_is_that_of_the_whole_training_set(
    softmax_sets: Sets, softmax_run: training.History
) -> None:
    X_train, Y_train, _, _ = softmax_sets
    outputs = softmax.forward(X_train, softmax_run.w)
    assert softmax.cross_entropy_loss(Y_train, outputs) == pytest.approx(0.2775, abs=5e-5)
    # The last batch's own loss, which the history records, is another number.
    assert softmax_run.train_loss[-1] == pytest.approx(0.2781, abs=5e-5)
