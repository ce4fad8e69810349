"""A submission's own pieces: forward, backward, loss and accuracy, as replays ask them.

A mistake in one of them is judged in its own task, and does not count again here.
"""

from __future__ import annotations

from typing import Any

from checks import tolerances
from checks.subject import Array, Subject
from gradus import expect
from gradus.expect import ForAPerson, Tolerance

MODELS = {"task2": "task2a", "task3": "task3a"}


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
    sets = (
        ("training", data.X_train, trained, data.Y_train),
        ("validation", data.X_val, outputs, data.Y_val),
    )
    for (name, X, predicted, Y), accuracy in zip(sets, found[1:], strict=True):
        what = f"the {name} accuracy{where}"
        answer = subject.session.call("accuracy", task=task, X=X, targets=Y, outputs=predicted, w=w)
        own = float(expect.one_number(answer["accuracy"], what))
        expect.close(expect.one_number(accuracy, what), own, _one_row_of(len(X)), what)


def _one_row_of(N: int) -> Tolerance:
    """Rounding may put one output of N on the other side of a tie."""
    return Tolerance(relative=0.0, absolute=1 / N + tolerances.FRACTION.absolute)


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
