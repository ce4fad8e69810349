"""Many runs of one protocol at once, one for each shuffle: where they stop, and with what.

The same descent as `training.train`, step for step; only what is asked of it is less. The runs go
in lock step, so that a validation of all of them is one matrix product; the training accuracy is
taken at a run's stop alone; and columns of X_train that are equal in every row (a pixel that is
black in all training images) are computed once, since from zero weights their weights stay equal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from reference import batching, logistic, softmax
from reference.shapes import Array
from reference.training import EarlyStopping, Protocol


@dataclass(frozen=True)
class Stop:
    """Where one run stopped under one rule, and what was measured there.

    step, epoch: counted from 0, of the validation at which the rule stopped the run. A run that no
        rule stopped has num_epochs as its epoch and num_epochs * num_batches as its step, one past
        the last of each, and the measurements of its end (nan for a loss never validated).
    validation_loss, best_validation_loss: C in nats, without the penalty, at the stop and the
        smallest up to it.
    validation_accuracy, train_accuracy: fractions, at the stop.
    squared_norm: ||w||^2 at the stop.
    """

    step: int
    epoch: int
    validation_loss: float
    best_validation_loss: float
    validation_accuracy: float
    train_accuracy: float
    squared_norm: float


@dataclass(frozen=True)
class Columns:
    """The columns of a data set that differ, each with how often it occurs.

    X: (N, U) one of each kind of column. multiplicity: (U, 1) float64. kind: (D,) which of the U a
    column of the original is.
    """

    X: Array
    multiplicity: Array
    kind: Array

    @classmethod
    def of(cls, X: Array) -> Columns:
        """Those of X (N, D). Columns are one kind only where they are equal in every row."""
        transposed = np.ascontiguousarray(X.T)
        kinds: dict[bytes, int] = {}
        kind = np.array([kinds.setdefault(column.tobytes(), len(kinds)) for column in transposed])
        first = np.unique(kind, return_index=True)[1]
        counts = np.bincount(kind).astype(np.float64)[:, None]
        return cls(np.ascontiguousarray(X[:, first]), counts, kind)

    def summed(self, X: Array) -> Array:
        """(N, U) from X (N, D): columns of a kind added, since they meet equal weights."""
        total = np.zeros((len(self.multiplicity), len(X)))
        np.add.at(total, self.kind, X.T)
        return np.ascontiguousarray(total.T)


def train_side_by_side(
    X_train: Array,
    Y_train: Array,
    X_val: Array,
    Y_val: Array,
    protocol: Protocol,
    orders: Sequence[Iterable[Array]],
    rules: Sequence[int] = (10, 11),
) -> list[tuple[Stop, ...]]:
    """One run for each of `orders`; for each, where each of `rules` stops it.

    Shapes, orders and targets as for `training.train`. rules: failures in a row at which to stop;
    a run goes on until every rule has stopped it, and Protocol.failures_to_stop is not looked at.
    Raises ValueError as `training.train` does for shapes and intervals, and for no rules.
    """
    if not rules:
        raise ValueError("rules is empty, expected at least one number of failures to stop at")
    columns = Columns.of(np.asarray(X_train, np.float64))
    runs = _Runs(columns, Y_train, columns.summed(np.asarray(X_val, np.float64)), Y_val, protocol)
    return runs.until_stopped(orders, tuple(rules))


@dataclass
class _Run:
    """One run under way: where its rules are, and which have stopped it."""

    column: int
    stopping: dict[int, EarlyStopping]
    stops: dict[int, Stop]

    @property
    def is_over(self) -> bool:
        return len(self.stops) == len(self.stopping)


class _Runs:
    def __init__(
        self, train: Columns, Y_train: Array, X_val: Array, Y_val: Array, protocol: Protocol
    ) -> None:
        self._X, self._multiplicity = train.X, train.multiplicity
        self._Y, self._X_val, self._Y_val, self._protocol = Y_train, X_val, Y_val, protocol
        self._K = Y_train.shape[1]
        self._model = logistic if self._K == 1 else softmax
        self._l2_reg_lambda = protocol.l2_reg_lambda * protocol.l2_coefficient / 2
        self._batch = np.empty((protocol.batch_size, train.X.shape[1]))

    def until_stopped(
        self, orders: Sequence[Iterable[Array]], rules: tuple[int, ...]
    ) -> list[tuple[Stop, ...]]:
        N, protocol = len(self._X), self._protocol
        interval = protocol.steps_between_validations(N)
        runs = [
            _Run(index, {rule: EarlyStopping(rule) for rule in rules}, {})
            for index in range(len(orders))
        ]
        # A run's weights are a block of columns, (U, K), of one array: a validation is X_val @ w.
        w = np.zeros((self._X.shape[1], self._K * len(orders)))
        remaining = [iter(order) for order in orders]
        step = 0
        for epoch in range(protocol.num_epochs):
            active = [
                (run, self._batches(remaining[run.column])) for run in runs if not run.is_over
            ]
            if not active:
                break
            for _ in range(batching.num_batches(N, protocol.batch_size)):
                for run, batch_rows in active:
                    self._descend(self._weights(w, run), next(batch_rows))
                if step % interval == 0 and active:
                    self._validate(w, [run for run, _ in active], step, epoch)
                    active = [pair for pair in active if not pair[0].is_over]
                step += 1
        unstopped = [run for run in runs if not run.is_over]
        if unstopped:
            self._end(w, unstopped, step)
        return [tuple(run.stops[rule] for rule in rules) for run in runs]

    def _batches(self, orders: Iterator[Array]) -> Iterator[Array]:
        try:
            order = next(orders)
        except StopIteration:
            raise ValueError(
                "an order ended before its run did, expected one for each of "
                f"{self._protocol.num_epochs} epochs; give as many or lower Protocol.num_epochs"
            ) from None
        return batching.batch_indices(len(self._X), self._protocol.batch_size, order)

    def _weights(self, w: Array, run: _Run) -> Array:
        return w[:, run.column * self._K : (run.column + 1) * self._K]

    def _descend(self, w: Array, rows: Array) -> None:
        """One step, in place: w is this run's block of the common array."""
        X, Y = self._batch, self._Y[rows]
        np.take(self._X, rows, axis=0, out=X, mode="clip")  # "raise" would copy through a buffer
        outputs = self._model.forward(X, self._multiplicity * w)
        if self._K == 1:
            w -= self._protocol.learning_rate * logistic.gradient(X, outputs, Y)
        else:
            gradient = softmax.gradient(X, outputs, Y, w, self._l2_reg_lambda)
            w -= self._protocol.learning_rate * gradient

    def _validate(self, w: Array, runs: list[_Run], step: int, epoch: int) -> None:
        for run, outputs in self._validation_outputs(w, runs):
            loss = self._model.cross_entropy_loss(self._Y_val, outputs)
            for rule, before in run.stopping.items():
                if rule not in run.stops:
                    run.stopping[rule] = after = before.after(loss)
                    if after.stops:
                        run.stops[rule] = self._stop(w, run, outputs, step, epoch, loss, after.best)

    def _end(self, w: Array, runs: list[_Run], step: int) -> None:
        for run, outputs in self._validation_outputs(w, runs):
            loss = self._model.cross_entropy_loss(self._Y_val, outputs)
            for rule, state in run.stopping.items():
                if rule not in run.stops:
                    run.stops[rule] = self._stop(
                        w, run, outputs, step, self._protocol.num_epochs, loss, state.best
                    )

    def _validation_outputs(self, w: Array, runs: list[_Run]) -> Iterator[tuple[_Run, Array]]:
        blocks = [self._weights(w, run) for run in runs]
        z = self._X_val @ np.ascontiguousarray(np.hstack(blocks))
        # What a model makes of inputs z and the identity as weights is its outputs for z.
        identity = np.eye(self._K)
        for index, run in enumerate(runs):
            of_run = z[:, index * self._K : (index + 1) * self._K]
            yield run, self._model.forward(of_run, identity)

    def _stop(
        self,
        w: Array,
        run: _Run,
        outputs_val: Array,
        step: int,
        epoch: int,
        loss: float,
        best: float,
    ) -> Stop:
        weights = self._weights(w, run)
        outputs_train = self._model.forward(self._X, self._multiplicity * weights)
        return Stop(
            step=step,
            epoch=epoch,
            validation_loss=loss,
            best_validation_loss=best,
            validation_accuracy=self._model.calculate_accuracy(self._Y_val, outputs_val),
            train_accuracy=self._model.calculate_accuracy(self._Y, outputs_train),
            squared_norm=float(np.sum(self._multiplicity * weights**2)),
        )
