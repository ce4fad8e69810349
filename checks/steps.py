"""Laws of one training step that both trainers share."""

from __future__ import annotations

from typing import Any

import numpy as np

from checks import tolerances, training
from checks.subject import Subject
from checks.tolerances import for_dtype
from checks.training_cases import StepCase
from gradus import expect
from gradus.expect import Violation

ROLES = {
    "X": "the batch's images",
    "outputs": "what `forward` answered for them",
    "targets": "the batch's targets",
}


def descends(subject: Subject, task: str, case: StepCase) -> None:
    """w after the step is w - rate * grad."""
    after = training.train_step(subject, task, case)["w"]
    expected = case.w - training.LEARNING_RATES[task] * case.grad
    expect.close(after, expected, for_dtype(after, tolerances.VALUE), "model.w")


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
        candidates = given.get("given") or [given[role]]
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
