"""Laws of one training step that both trainers share."""

from __future__ import annotations

from typing import Any

import numpy as np

from checks import tolerances, training
from checks.cases import BIAS, INPUTS, AccuracyCase
from checks.equations import equation_1, equation_4
from checks.subject import Subject
from checks.tolerances import for_dtype
from checks.training_cases import StepCase, WholeSets
from gradus import expect
from gradus.expect import Violation

ROLES = {
    "X": "the batch's images",
    "outputs": "what `forward` answered for them",
    "targets": "the batch's targets",
}


def descends(subject: Subject, task: str, case: StepCase) -> None:
    """w after a step is what the oracle says, and so it is after the next one."""
    weights = training.train_step(subject, task, case)["weights"]
    expected = case.w
    for after, grad in zip(weights, case.grads, strict=True):
        expected = subject.oracle.step(task, expected, grad)
        expect.close(after, expected, for_dtype(after, tolerances.VALUE), "model.w")
        subject.trace.line("loss = trainer.train_step(X, Y)")


def penalises_once(subject: Subject, task: str, case: StepCase, l2_reg_lambda: float) -> None:
    """Where the model has a lambda, a step still subtracts what `backward` set, and no more.

    A step that regularises in place of `backward` does so once: that is judged in task 4b alone.
    """
    if not subject.regularises_in_backward:
        return
    after = training.train_step(subject, task, case, l2_reg_lambda)["weights"][0]
    expected = subject.oracle.step(task, case.w, case.grads[0])
    expect.close(after, expected, for_dtype(after, tolerances.VALUE), "model.w")


def validates(subject: Subject, task: str, case: AccuracyCase | WholeSets) -> None:
    """`validation_step` returns the validation loss and the two accuracies, in this order.

    A case's rows are the validation set; the training set has them twice, and one row more.
    """
    because: tuple[str | None, ...] = (None, None, None)
    if isinstance(case, WholeSets):
        done = training.whole_validation(subject, task, case)
        because = tuple(f"over all {rows} images" for rows in (case.val, case.train, case.val))
    else:
        done = training.validation_step(subject, task, _with_one_more(case), case)
    returned, should = done["returned"], done["should"]
    expect.holds(
        isinstance(returned, list) and len(returned) == len(should),
        "`validation_step` should return three values: the loss on the validation set, the "
        "accuracy on the training set and that on the validation set",
        got=f"{len(returned)} values" if isinstance(returned, list) else returned,
        should_be="3 values",
        expression="trainer.validation_step()",
    )
    names = ("loss", "accuracy_train", "accuracy_val")
    for name, value, expected, why in zip(names, returned, should, because, strict=True):
        tolerance = tolerances.LOSS if name == "loss" else tolerances.FRACTION
        expect.close(expect.one_number(value, name), expected, tolerance, name, because=why)


def _with_one_more(case: AccuracyCase) -> AccuracyCase:
    """The case's rows twice, and one more, which is right unless all of them are.

    So the fraction is never the case's own.
    """
    classes = case.outputs.shape[1]
    logits = np.zeros((1, classes))
    logits[0, 0] = 2.0
    X = np.zeros((1, INPUTS))
    X[:, :classes], X[:, BIAS] = logits / case.w[0, 0], 1
    outputs = equation_1(logits) if classes == 1 else equation_4(logits)
    is_right = not all(case.right)
    # The row is one of class 0 among ten, and of class 1 among two.
    label = (1 if classes == 1 else 0) if is_right else (0 if classes == 1 else 1)
    return AccuracyCase(
        np.concatenate([case.X, case.X, X]),
        case.w,
        np.concatenate([case.outputs, case.outputs, outputs]),
        np.concatenate([case.labels, case.labels, np.array([[label]], np.uint8)]),
        (*case.right, *case.right, is_right),
    )


def uses_its_batch(subject: Subject, task: str, case: StepCase) -> None:
    """`backward` was given the batch, its targets, and what `forward` answered for it."""
    done = training.train_step(subject, task, case)
    given, sent = done["backward"], done["sent"]
    if given is None:
        raise Violation(
            "`train_step` never called `model.backward`",
            "no call",
            "model.backward(X_batch, outputs, Y_batch)",
            "hasattr(model, 'grad')",
        )
    for role, what in ROLES.items():
        candidates = given["given"] if "given" in given else [given[role]]
        expect.holds(
            any(_is(value, sent[role]) for value in candidates),
            f"`train_step` did not pass {what} to `model.backward` as `{role}`",
            got="something else",
            should_be=what,
            expression=f"model.given[{role!r}]",
        )


def returns_loss(subject: Subject, task: str, case: StepCase) -> None:
    """The returned loss is the batch's."""
    done = training.train_step(subject, task, case)
    loss = expect.one_number(done["loss"], "loss")
    expect.close(loss, done["sent"]["loss"], tolerances.LOSS, "loss")


def _is(value: Any, sent: np.ndarray) -> bool:
    """Whether an argument is what was sent; a flattened one counts."""
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "biuf":
        return False
    return value.size == sent.size and bool(
        np.allclose(value.reshape(-1).astype(float), sent.reshape(-1), rtol=1e-6, atol=1e-9)
    )
