"""Replays: the submission's training beside gradient descent on its own pieces.

Evidence, not marks. The order of the batches is the one that was observed, so no seed matters; the
pieces are the submission's own, so a mistake in one of them does not count here again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from checks import times, tolerances
from checks.cases import CLASSES, INPUTS
from checks.own_pieces import own_gradient, own_loss, validation_is
from checks.subject import Array, Subject
from checks.training_cases import LEARNING_RATES, SMALL_TRAIN, SMALL_VAL
from gradus import expect
from gradus.expect import ForAPerson, Violation
from gradus.worker.client import StudentError

BATCH_SIZE = 32
EPOCHS = 3
MOST_TIMES = 4
"""An epoch that has all rows more often is not replayed: each batch costs three calls."""
TRAIN_ROWS = 20_000
BINARY_CLASSES = (2, 3)


@dataclass(frozen=True)
class TaskData:
    """One task's images as a trainer gets them: X (N, 785), Y (N, 1) or one-hot (N, 10)."""

    X_train: Array
    Y_train: Array
    X_val: Array
    Y_val: Array

    def arrays(self) -> dict[str, Array]:
        return {
            "X_train": self.X_train,
            "Y_train": self.Y_train,
            "X_val": self.X_val,
            "Y_val": self.Y_val,
        }


def task_data(subject: Subject, task: str, train: int, val: int) -> TaskData:
    """The first images of a task's two sets, preprocessed by the harness."""
    return TaskData(
        *task_rows(subject, task, np.arange(train)),
        *_rows_of(subject, task, "test", np.arange(val)),
    )


def task_rows(subject: Subject, task: str, rows: Array) -> tuple[Array, Array]:
    """X and Y of these rows of a task's training set, preprocessed by the harness."""
    return _rows_of(subject, task, "train", rows)


def validation_rows(subject: Subject, task: str) -> tuple[Array, Array]:
    """X and Y of all of a task's validation images, preprocessed by the harness."""
    return _rows_of(subject, task, "test", np.arange(len(subject.dataset.Y_test)))


def _rows_of(subject: Subject, task: str, part: str, rows: Array) -> tuple[Array, Array]:
    """Where there are fewer rows than asked for, all there are."""
    X, Y = getattr(subject.dataset, f"X_{part}"), getattr(subject.dataset, f"Y_{part}")
    if part == "train":
        X, Y = X[:TRAIN_ROWS], Y[:TRAIN_ROWS]
    of_task = np.isin(Y, BINARY_CLASSES) if task == "task2" else np.ones(len(Y), dtype=bool)
    places = np.flatnonzero(of_task)
    chosen = places[rows[rows < len(places)]]
    labels = Y[chosen]
    if task == "task2":
        targets = subject.binary_targets((labels == BINARY_CLASSES[0]).astype(np.uint8)[:, None])
    else:
        targets = subject.oracle.one_hot(labels[:, None])
    images = np.ones((len(chosen), INPUTS))
    images[:, :-1] = subject.oracle.pixel_values()[X[chosen]]
    return images, targets


def short_training(
    subject: Subject, task: str, l2_reg_lambda: float, shuffle: bool = True
) -> dict[str, Any]:
    """The submission's own training for three epochs of a small set, never stopped.

    Returns what the adapter recorded, and the `data` it ran on.
    """
    data = task_data(subject, task, SMALL_TRAIN, SMALL_VAL)
    recorded: dict[str, Any] = subject.session.call(
        "short_training",
        longer=times.of_short_training(subject.session),
        task=task,
        data=data.arrays(),
        protocol={
            "learning_rate": LEARNING_RATES[task],
            "batch_size": BATCH_SIZE,
            "shuffle": shuffle,
        },
        num_epochs=EPOCHS,
        seed=1,
        l2_reg_lambda=l2_reg_lambda,
    )
    return {**recorded, "data": data}


def shuffles_when_told(subject: Subject) -> None:
    """Training goes through the rows in their order, or with `shuffle_dataset` in new ones."""
    for shuffle in (False, True):
        orders = short_training(subject, "task2", 0.0, shuffle)["orders"]
        expect.holds(
            len(orders) == EPOCHS,
            f"`train({EPOCHS})` calls `batch_loader` {len(orders)} times instead of {EPOCHS} times",
            got=f"{len(orders)} epochs",
            should_be=f"{EPOCHS} epochs",
            expression="",
        )
        plain = [np.array_equal(order, np.arange(len(order))) for order in orders]
        again = any(np.array_equal(order, orders[0]) for order in orders[1:])
        should_be = "a new order in each epoch" if shuffle else "the order of the data"
        expect.holds(
            not (any(plain) or again) if shuffle else all(plain),
            f"with `shuffle_dataset={shuffle}`, `train` does not go through the training set in "
            f"{should_be}",
            got="another order" if not shuffle else "the same order",
            should_be=should_be,
            expression="",
        )


@dataclass(frozen=True)
class Descent:
    """Gradient descent by the submission's own pieces: `weights[i]` and `losses[i]` before step i.

    The last of `weights` are those after the last step. `batches` are the rows of each step.
    """

    weights: list[Array]
    losses: list[float]
    batches: list[Array]


def own_descent(
    subject: Subject, task: str, data: TaskData, orders: list[Array], l2_reg_lambda: float
) -> Descent:
    """Descend by the submission's own forward, backward and loss, in these orders."""
    w = np.zeros((INPUTS, 1 if task == "task2" else CLASSES))
    descent = Descent([w], [], [])
    for order in orders:
        for start in range(0, len(order) - BATCH_SIZE + 1, BATCH_SIZE):
            rows = order[start : start + BATCH_SIZE]
            X, Y = data.X_train[rows], data.Y_train[rows]
            outputs, loss = own_loss(subject, task, X, Y, w, l2_reg_lambda)
            grad = own_gradient(subject, task, X, Y, w, outputs, l2_reg_lambda)
            w = w - LEARNING_RATES[task] * expect.has_shape(grad, w.shape, "grad")
            descent.weights.append(w)
            descent.losses.append(loss)
            descent.batches.append(rows)
    return descent


def agrees(subject: Subject, task: str, l2_reg_lambda: float) -> None:
    """The submission's trainer does what gradient descent on its own pieces does.

    It ends with the same weights; its histories hold the same losses, and the losses and accuracies
    that it validated with are those of the weights at that time.
    """
    try:
        recorded = short_training(subject, task, l2_reg_lambda)
    except StudentError as error:
        if error.kind != "import":
            raise
        raise ForAPerson(f"not compared: {error.message}") from error
    data, orders = recorded["data"], recorded["orders"]
    most = MOST_TIMES * len(data.X_train)
    for number, order in enumerate(orders):
        expect.holds(
            len(order) <= most,
            f"epoch {number} trains on {len(order)} rows, but the training set has "
            f"{len(data.X_train)}",
            got=f"{len(order)} rows",
            should_be=f"{len(data.X_train)} rows",
            expression="",
        )
        expect.holds(
            bool((order >= 0).all()),
            f"epoch {number} trains on rows that are not in the training set",
            got=f"{np.count_nonzero(order < 0)} such rows",
            should_be="rows of the training set",
            expression="",
        )
    expect.holds(
        len(orders) == EPOCHS,
        f"`train({EPOCHS})` went through the data {len(orders)} times, but should {EPOCHS} times",
        got=f"{len(orders)} epochs",
        should_be=f"{EPOCHS} epochs",
        expression="",
    )
    descent = own_descent(subject, task, data, orders, l2_reg_lambda)
    w = descent.weights[-1]
    expect.close(recorded["w"], w, tolerances.for_dtype(recorded["w"], tolerances.VALUE), "model.w")
    trained, validated = _loss_histories(recorded["history"])
    _train_losses_agree(subject, task, trained, data, descent, l2_reg_lambda)
    if l2_reg_lambda == 0:  # whether the penalty belongs to a validation loss is not said
        steps = validated["steps"], trained["steps"]
        _validations_agree(subject, task, recorded["validations"], steps, data, descent)


def _loss_histories(history: list[dict[str, Any]]) -> list[dict[str, Array]]:
    """The `steps` and `values` of both losses, as many of each."""
    found = [part.get("loss") for part in history]
    losses = [loss for loss in found if loss is not None]
    if len(losses) != 2 or any(len(loss["steps"]) != len(loss["values"]) for loss in losses):
        raise ForAPerson("`train` returns no two histories with losses; its own law says so")
    return losses


def _train_losses_agree(
    subject: Subject,
    task: str,
    trained: dict[str, Array],
    data: TaskData,
    descent: Descent,
    l2_reg_lambda: float,
) -> None:
    """Each loss is that of its batch: before the update, as most do, or after it."""
    logged = trained["values"]
    expect.holds(
        len(logged) == len(descent.losses),
        f"`train_history` holds {len(logged)} losses, but {len(descent.losses)} steps were made",
        got=f"{len(logged)} losses",
        should_be=f"{len(descent.losses)} losses",
        expression="len(train_history['loss'])",
    )
    before = np.array(descent.losses)
    penalties = [l2_reg_lambda * float(np.vdot(w, w)) for w in descent.weights[:-1]]
    if any(_same(logged, before + share * np.array(penalties)) for share in (0.0, 0.5, 1.0)):
        return
    after = [
        own_loss(subject, task, data.X_train[rows], data.Y_train[rows], w, l2_reg_lambda)[1]
        for rows, w in zip(descent.batches, descent.weights[1:], strict=True)
    ]
    if not _same(logged, np.array(after)):
        first = int(np.argmax(~np.isclose(logged, before, rtol=1e-6, atol=1e-6)))
        raise Violation(
            f"the loss in `train_history` at step {first} is {logged[first]:.6f}, but that batch "
            f"has the loss {before[first]:.6f}",
            f"{logged[first]:.6f}",
            f"{before[first]:.6f}",
            "",
        )


def _validations_agree(
    subject: Subject,
    task: str,
    found: list[Any],
    steps: tuple[Array, Array],
    data: TaskData,
    descent: Descent,
) -> None:
    """Each validation is of the weights after its step; at most six are looked at.

    steps: those of the validations, and of every step.
    """
    validated, trained = steps
    if len(validated) != len(found) or not np.isin(validated, trained).all():
        raise ForAPerson("the validations of this training have no steps to be held against")
    if not len(found):
        return
    after = {int(step): number + 1 for number, step in enumerate(trained)}
    for at in sorted(set(np.linspace(0, len(found) - 1, 6, dtype=int).tolist())):
        w = descent.weights[after[int(validated[at])]]
        validation_is(subject, task, found[at], data, w, f" at step {validated[at]}")


def _same(logged: Array, expected: Array) -> bool:
    return bool(np.allclose(logged, expected, rtol=1e-6, atol=1e-6))
