"""A submission's own forward, backward and loss, for replays to hold its training against.

A mistake in one of them is judged in its own task, and does not count again here.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from checks import tolerances
from checks.subject import Array, Subject
from gradus import expect
from gradus.expect import ForAPerson

MODELS = {"task2": "task2a", "task3": "task3a"}
NEAR = 1e-4
"""How near to a tie an output may lie for its prediction to go either way."""


def validation_is(subject: Subject, task: str, found: Any, data: Any, w: Array, where: str) -> None:
    """Whether (loss, accuracy_train, accuracy_val) are those of the weights w on these TaskData.

    Raises Violation where one is not.
    """
    if type(found) is not list or len(found) != 3:
        raise ForAPerson("what `validation_step` returns is judged by its own law")
    outputs, loss = own_loss(subject, task, data.X_val, data.Y_val, w, 0.0)
    expect.close(
        expect.one_number(found[0], "loss"), loss, tolerances.LOSS, f"the validation loss{where}"
    )
    trained, _ = own_loss(subject, task, data.X_train, data.Y_train, w, 0.0)
    sets = (("training", trained, data.Y_train), ("validation", outputs, data.Y_val))
    for (name, predicted, Y), accuracy in zip(sets, found[1:], strict=True):
        right, either = _right(task, predicted, Y)
        value = expect.one_number(accuracy, f"the {name} accuracy")
        expect.holds(
            right - 1e-6 <= value * len(Y) <= right + either + 1e-6,
            f"the {name} accuracy{where} is {value:.6f}, but {right} of {len(Y)} are right",
            got=f"{value:.6f}",
            should_be=f"{right / len(Y):.6f}",
            expression="",
        )


def _right(task: str, outputs: Array, Y: Array) -> tuple[int, int]:
    """How many predictions are certainly right, and how many may be, so near they are to a tie."""
    if task == "task2":
        margin = (outputs - 0.5) * np.where(Y == 1, 1, -1)
    else:
        others = np.where(Y == 1, -np.inf, outputs).max(axis=1)
        margin = (outputs * Y).sum(axis=1) - others
    return int(np.sum(margin > NEAR)), int(np.sum(np.abs(margin) <= NEAR))


def own_loss(
    subject: Subject, task: str, X: Array, Y: Array, w: Array, l2_reg_lambda: float
) -> tuple[Array, float]:
    """The submission's own outputs and loss."""
    model_task = MODELS[task]
    call = subject.session.call
    answer = call("forward", task=model_task, X=X, w=w, l2_reg_lambda=l2_reg_lambda)
    outputs = expect.has_shape(answer["outputs"], (len(X), w.shape[1]), "outputs")
    loss = call("loss", task=model_task, targets=Y, outputs=outputs)
    return outputs, float(expect.one_number(loss, "loss"))


def own_gradient(
    subject: Subject,
    task: str,
    X: Array,
    Y: Array,
    w: Array,
    outputs: Array,
    l2_reg_lambda: float,
) -> Any:
    return subject.session.call(
        "backward",
        task=MODELS[task],
        X=X,
        w=w,
        outputs=outputs,
        targets=Y,
        l2_reg_lambda=l2_reg_lambda,
        forward_first=True,
        times=1,
    )["grads"][0]
