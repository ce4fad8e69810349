"""Task 2b to 2e, 3b, 3c: mini-batch gradient descent with early stopping, without any randomness.

The assignment's loop, in its order: a step on a batch; after every `interval`-th step, the first of
all included, a validation; a stop where its loss has failed to improve too often in a row.
Which rows a batch holds is an argument (`orders`), so a run of anybody can be replayed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf

import numpy as np

from reference import batching, logistic, softmax
from reference.shapes import Array, require_product, require_rows

VALIDATIONS_PER_EPOCH = 5


@dataclass(frozen=True)
class Protocol:
    """How a run is made. Defaults are the assignment's; the learning rate is the task's own.

    learning_rate: 0.05 in task 2, 0.01 in task 3.
    failures_to_stop: the failure in a row to beat the best validation loss at which the run stops.
        11 reads "does not improve 10 times" as more than a patience of 10, 10 as the tenth; None
        never stops.
    interval: steps from one validation to the next; None is the assignment's, num_batches // 5.
    l2_reg_lambda, l2_coefficient: the regularisation adds l2_coefficient * lambda * w to the
        gradient, 2 for R = ||w||^2 and 1 for the edition with R = 1/2 ||w||^2.
    """

    learning_rate: float
    batch_size: int = 128
    num_epochs: int = 500
    failures_to_stop: int | None = 11
    interval: int | None = None
    l2_reg_lambda: float = 0.0
    l2_coefficient: float = 2.0

    def steps_between_validations(self, N: int) -> int:
        """The interval for N training rows. Raises ValueError where num_batches // 5 is 0."""
        batches = batching.num_batches(N, self.batch_size)
        interval = batches // VALIDATIONS_PER_EPOCH if self.interval is None else self.interval
        if interval < 1:
            raise ValueError(
                f"the interval between validations is {interval} steps ({N} rows, {batches} "
                f"batches of {self.batch_size}), expected at least 1; train on at least "
                f"{VALIDATIONS_PER_EPOCH * self.batch_size} rows or set Protocol.interval"
            )
        return interval


@dataclass(frozen=True)
class EarlyStopping:
    """How far a run is from being stopped: a state, and the state after one more validation.

    Only a loss strictly under the best so far improves; an equal one and nan do not.
    """

    failures_to_stop: int | None
    best: float = inf
    failures: int = 0

    def after(self, loss: float) -> EarlyStopping:
        """The state when this validation loss has been seen too."""
        if loss < self.best:
            return EarlyStopping(self.failures_to_stop, loss, 0)
        return EarlyStopping(self.failures_to_stop, self.best, self.failures + 1)

    @property
    def stops(self) -> bool:
        return self.failures_to_stop is not None and self.failures >= self.failures_to_stop


def stop_index(losses: Iterable[float], failures_to_stop: int | None) -> int | None:
    """The index of the validation after which the rule stops, or None where it never does."""
    state = EarlyStopping(failures_to_stop)
    for index, loss in enumerate(losses):
        state = state.after(loss)
        if state.stops:
            return index
    return None


def smallest_margin(losses: Sequence[float] | Array) -> float:
    """min over t >= 1 of |v_t - best of v_0 .. v_(t-1)|: how narrowly a verdict was given.

    Rounding differs between machines; a stop is theirs in common only while it stays far below
    this. Infinite for fewer than two losses.
    """
    v = np.asarray(losses, dtype=np.float64)
    return float(np.min(np.abs(v[1:] - np.minimum.accumulate(v)[:-1]), initial=inf))


@dataclass(frozen=True, eq=False)
class History:
    """What a run was, up to and including the step at which it stopped.

    train_loss: (S,) loss of step s's batch before its update, without the penalty.
    validation_steps: (V,) the global steps after whose update a validation was made.
    validation_loss, train_accuracy, validation_accuracy: (V,) each, in that order; the loss without
        the penalty.
    stop_step, stop_epoch: where early stopping ended the run, both counted from 0; None where it
        ran through.
    w: (D, K) the weights at the end, not those of the best validation.
    checkpoints: for each step asked for that was reached, the weights before its update.
    """

    train_loss: Array
    validation_steps: Array
    validation_loss: Array
    train_accuracy: Array
    validation_accuracy: Array
    stop_step: int | None
    stop_epoch: int | None
    w: Array
    checkpoints: Mapping[int, Array]


def sgd_step(
    w: Array, X: Array, Y: Array, learning_rate: float, l2_reg_lambda: float = 0.0
) -> tuple[Array, float]:
    """w - learning_rate * dJ/dw on one batch, as a new array, and the loss C at the old w.

    Y (N, 1) is logistic regression, Y (N, K) with K > 1 softmax regression; see `train`.
    """
    if Y.shape[1] == 1:
        outputs = logistic.forward(X, w)
        loss = logistic.cross_entropy_loss(Y, outputs)
        gradient = logistic.gradient(X, outputs, Y)
    else:
        outputs = softmax.forward(X, w)
        loss = softmax.cross_entropy_loss(Y, outputs)
        gradient = softmax.gradient(X, outputs, Y, w, l2_reg_lambda)
    return w - learning_rate * gradient, loss


def validate(
    w: Array, X_train: Array, Y_train: Array, X_val: Array, Y_val: Array
) -> tuple[float, float, float]:
    """Validation loss C without the penalty, training accuracy, validation accuracy."""
    model = logistic if Y_val.shape[1] == 1 else softmax
    outputs_val = model.forward(X_val, w)
    return (
        model.cross_entropy_loss(Y_val, outputs_val),
        model.calculate_accuracy(Y_train, model.forward(X_train, w)),
        model.calculate_accuracy(Y_val, outputs_val),
    )


def train(
    X_train: Array,
    Y_train: Array,
    X_val: Array,
    Y_val: Array,
    protocol: Protocol,
    orders: Iterable[Array],
    checkpoints: Collection[int] = (),
) -> History:
    """Train from zero weights; the rows of epoch e come in the e-th of `orders`.

    X_*: (N, D) preprocessed; Y_*: (N, 1) labels 0 or 1 for logistic regression, or (N, K) one-hot
    for softmax regression. orders: one per epoch, see `batching.batch_indices`; no more are taken
    than epochs are begun. `itertools.repeat(np.arange(N))` is no shuffling.
    Raises ValueError for shapes that do not fit, a lambda in logistic regression, data sets too
    small for the interval, and where `orders` ends before the run does.
    """
    X_train, X_val = np.asarray(X_train, np.float64), np.asarray(X_val, np.float64)
    _require_data_sets(X_train, Y_train, X_val, Y_val, protocol)
    N, K = len(X_train), Y_train.shape[1]
    interval = protocol.steps_between_validations(N)
    # lambda R with R = (c / 2) ||w||^2 is the penalty of lambda c / 2 with R = ||w||^2.
    l2_reg_lambda = protocol.l2_reg_lambda * protocol.l2_coefficient / 2
    w = np.zeros((X_train.shape[1], K))
    stopping = EarlyStopping(protocol.failures_to_stop)
    train_loss: list[float] = []
    validations: list[tuple[int, float, float, float]] = []
    kept: dict[int, Array] = {}
    stop_epoch = None
    for epoch, step, rows in _steps(N, protocol, orders):
        if step in checkpoints:
            kept[step] = w  # not a copy: no step changes an array in place
        w, loss = sgd_step(w, X_train[rows], Y_train[rows], protocol.learning_rate, l2_reg_lambda)
        train_loss.append(loss)
        if step % interval == 0:
            measured = validate(w, X_train, Y_train, X_val, Y_val)
            validations.append((step, *measured))
            stopping = stopping.after(measured[0])
            if stopping.stops:
                stop_epoch = epoch
                break
    columns = np.array(validations, dtype=np.float64).reshape(-1, 4).T
    return History(
        train_loss=np.array(train_loss),
        validation_steps=columns[0].astype(np.intp),
        validation_loss=columns[1],
        train_accuracy=columns[2],
        validation_accuracy=columns[3],
        stop_step=None if stop_epoch is None else len(train_loss) - 1,
        stop_epoch=stop_epoch,
        w=w,
        checkpoints=kept,
    )


def course_order(N: int, seed: int) -> Iterator[Array]:
    """The orders of epoch after epoch that most submissions shuffle in, without end.

    What `np.random.seed(seed)` and then, each epoch, `np.random.shuffle(list(range(N)))` give, from
    a generator of their own. That stream is frozen in NumPy (NEP 19).
    """
    generator = np.random.RandomState(seed)
    while True:
        rows = np.arange(N)
        generator.shuffle(rows)
        yield rows


def _steps(N: int, protocol: Protocol, orders: Iterable[Array]) -> Iterator[tuple[int, int, Array]]:
    """(epoch, global step, rows of the batch); an epoch's order is taken as it begins."""
    remaining = iter(orders)
    step = 0
    for epoch in range(protocol.num_epochs):
        try:
            order = next(remaining)
        except StopIteration:
            raise ValueError(
                f"orders ended after {epoch} epochs, expected one for each of "
                f"{protocol.num_epochs}; give as many or lower Protocol.num_epochs"
            ) from None
        for rows in batching.batch_indices(N, protocol.batch_size, order):
            yield epoch, step, rows
            step += 1


def _require_data_sets(
    X_train: Array, Y_train: Array, X_val: Array, Y_val: Array, protocol: Protocol
) -> None:
    for name, X, Y in (("train", X_train, Y_train), ("val", X_val, Y_val)):
        require_rows(f"Y_{name}", Y)
        require_product(X, np.empty((np.shape(X_train)[-1], Y.shape[1])))
        if Y.shape != (len(X), Y_train.shape[1]):
            raise ValueError(
                f"Y_{name} has shape {Y.shape}, expected {(len(X), Y_train.shape[1])}; pass a "
                f"target for each row of X_{name}, as many columns as Y_train has"
            )
    if Y_train.shape[1] == 1 and protocol.l2_reg_lambda != 0:
        raise ValueError(
            f"l2_reg_lambda is {protocol.l2_reg_lambda} with targets of one column, expected 0; "
            "the assignment regularises only softmax regression (task 4)"
        )
