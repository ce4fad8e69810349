"""Places along a full run of the reference, at which a submission takes one real step.

Evidence, not marks. A step is tried at the stored weights as they stand, so what it should be is
computed at once.
"""

from __future__ import annotations

from checks import tolerances
from checks.own_pieces import MODELS, own_gradient, validation_is
from checks.replay import TaskData
from checks.subject import Array, Subject
from checks.training import LEARNING_RATES
from gradus import expect
from gradus.expect import ForAPerson, Violation

SAMPLE_TRAIN, SAMPLE_VAL = 300, 200
"""Rows on which a validation is tried."""


def step_agrees(
    subject: Subject, task: str, X: Array, Y: Array, w: Array, l2_reg_lambda: float = 0.0
) -> None:
    """One real `train_step` from these weights is the reference's step on the same batch.

    With regularisation, by the coefficient that the submission uses.
    """
    done = subject.session.call(
        "real_step",
        task=task,
        X=X,
        Y=Y,
        w=w,
        learning_rate=LEARNING_RATES[task],
        l2_reg_lambda=l2_reg_lambda,
    )
    grad = subject.oracle.gradient(MODELS[task], X, w, Y)
    if l2_reg_lambda:
        share = subject.l2_coefficient / 2
        grad = grad + share * subject.oracle.penalty_gradient(w, l2_reg_lambda)
    outputs = subject.oracle.forward(MODELS[task], X, w)
    own = own_gradient(subject, task, X, Y, w, outputs, l2_reg_lambda)
    try:
        expect.close(own, grad, tolerances.for_dtype(own, tolerances.VALUE), "grad")
    except Violation as differs:
        raise ForAPerson("what `backward` gets wrong is judged in its own task") from differs
    expected = w - LEARNING_RATES[task] * grad
    tolerance = tolerances.for_dtype(done["w"], tolerances.VALUE)
    expect.close(done["w"], expected, tolerance, "model.w")


def validation_agrees(subject: Subject, task: str, data: TaskData, w: Array) -> None:
    """A real `validation_step` at these weights finds the submission's own loss, and what is right
    of both sets.
    """
    found = subject.session.call("real_validation", task=task, data=data.arrays(), w=w)
    validation_is(subject, task, found, data, w, "")
