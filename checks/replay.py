"""Replays: the submission's training beside gradient descent on its own pieces, and beside the
reference at places along a full run.

Evidence, not marks. The order of the batches is the one that was observed, so no seed matters; the
pieces are the submission's own, so a mistake in one of them does not count here again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from checks import tolerances
from checks.cases import CLASSES, INPUTS
from checks.subject import Array, Subject
from checks.training import LEARNING_RATES
from gradus import expect

SMALL_TRAIN, SMALL_VAL = 400, 120
BATCH_SIZE = 32
EPOCHS = 3
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


def task_data(subject: Subject, task: str, train: int | None, val: int | None) -> TaskData:
    """The first images of a task's two sets, preprocessed by the harness; None takes all."""
    dataset = subject.dataset
    sets = []
    for X, Y, at_most in (
        (dataset.X_train[:20_000], dataset.Y_train[:20_000], train),
        (dataset.X_test, dataset.Y_test, val),
    ):
        if task == "task2":
            chosen = (Y == BINARY_CLASSES[0]) | (Y == BINARY_CLASSES[1])
            X, Y = X[chosen][:at_most], Y[chosen][:at_most]
            targets = (Y == BINARY_CLASSES[0]).astype(np.uint8)[:, None]
        else:
            X, Y = X[:at_most], Y[:at_most]
            targets = subject.oracle.one_hot(Y[:, None])
        images = np.ones((len(X), INPUTS))
        images[:, :-1] = subject.oracle.pixel_values()[X]
        sets += [images, targets]
    return TaskData(*sets)


def short_training(subject: Subject, task: str, l2_reg_lambda: float) -> dict[str, Any]:
    """The submission's own training for three epochs of a small set, shuffled, never stopped.

    Returns what the adapter recorded, and the `data` it ran on.
    """
    data = task_data(subject, task, SMALL_TRAIN, SMALL_VAL)
    recorded: dict[str, Any] = subject.session.call(
        "short_training",
        task=task,
        data=data.arrays(),
        protocol={
            "learning_rate": LEARNING_RATES[task],
            "batch_size": BATCH_SIZE,
            "shuffle": True,
        },
        num_epochs=EPOCHS,
        seed=1,
        l2_reg_lambda=l2_reg_lambda,
    )
    return {**recorded, "data": data}


def own_descent(
    subject: Subject, task: str, data: TaskData, orders: list[Array], l2_reg_lambda: float
) -> tuple[Array, list[float]]:
    """Gradient descent by the submission's own forward and backward in these orders.

    Returns the final weights and each step's loss before the update.
    """
    model_task = "task2a" if task == "task2" else "task3a"
    w = np.zeros((INPUTS, 1 if task == "task2" else CLASSES))
    losses = []
    for order in orders:
        for start in range(0, len(order) - BATCH_SIZE + 1, BATCH_SIZE):
            rows = order[start : start + BATCH_SIZE]
            X, Y = data.X_train[rows], data.Y_train[rows]
            call = subject.session.call
            outputs = call("forward", task=model_task, X=X, w=w, l2_reg_lambda=l2_reg_lambda)
            outputs = expect.has_shape(outputs["outputs"], (len(X), w.shape[1]), "outputs")
            grad = call(
                "backward",
                task=model_task,
                X=X,
                w=w,
                outputs=outputs,
                targets=Y,
                l2_reg_lambda=l2_reg_lambda,
                forward_first=True,
                times=1,
            )["grads"][0]
            loss = call("loss", task=model_task, targets=Y, outputs=outputs)
            losses.append(expect.one_number(loss, "loss"))
            w = w - LEARNING_RATES[task] * expect.has_shape(grad, w.shape, "grad")
    return w, losses


def agrees(subject: Subject, task: str, l2_reg_lambda: float) -> None:
    """The submission's trainer ends with the weights of gradient descent on its own pieces."""
    recorded = short_training(subject, task, l2_reg_lambda)
    data, orders = recorded["data"], recorded["orders"]
    for number, order in enumerate(orders):
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
    w, _ = own_descent(subject, task, data, orders, l2_reg_lambda)
    expect.close(recorded["w"], w, tolerances.for_dtype(recorded["w"], tolerances.VALUE), "model.w")


def step_agrees(subject: Subject, task: str, X: Array, Y: Array, w: Array) -> None:
    """One real `train_step` from these weights is the reference's step on the same batch."""
    model_task = "task2a" if task == "task2" else "task3a"
    done = subject.session.call(
        "real_step", task=task, X=X, Y=Y, w=w, learning_rate=LEARNING_RATES[task]
    )
    grad = subject.oracle.gradient(model_task, X, w, Y)
    own = subject.session.call(
        "backward",
        task=model_task,
        X=X,
        w=w,
        outputs=subject.oracle.forward(model_task, X, w),
        targets=Y,
        l2_reg_lambda=0.0,
        forward_first=True,
        times=1,
    )["grads"][0]
    try:
        expect.close(own, grad, tolerances.for_dtype(own, tolerances.VALUE), "grad")
    except expect.Violation as differs:
        raise expect.ForAPerson("what `backward` gets wrong is judged in its own task") from differs
    expected = w - LEARNING_RATES[task] * grad
    tolerance = tolerances.for_dtype(done["w"], tolerances.VALUE)
    expect.close(done["w"], expected, tolerance, "model.w")
