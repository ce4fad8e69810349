"""Whether the histories of a submission's own run can be those of the weights that it ends with.

A history is what a submission says of itself. Its weights can be tried: the validation loss and
accuracy that they give must be those with which the histories end. A submission that writes down
better numbers than it reaches is found out so, and so is one that measures itself wrongly.
"""

from __future__ import annotations

import numpy as np

from checks.measured import Protocol
from checks.replay import validation_rows
from checks.subject import Subject
from checks.training_runs import Array, Run

SAME = 1e-3
"""How far a validation may lie from what the weights of the same step give."""
NEAR, FARTHEST = 0.01, 0.05
"""The same for weights of a few steps later, beside what curves move from one validation to the
next; and the most, however rough they are."""
LAST = 10


def contradiction(subject: Subject, run: Run, measured: Protocol) -> str | None:
    """Why a run's histories are not those of its weights, in one sentence; None where they may be.

    Nothing is said where the submission's images are not known here.
    """
    if run.failed is not None or run.w is None or measured.images == "own":
        return None
    loss, accuracy = _given_by(subject, run)
    if not np.isfinite(loss):
        return None
    if any(_agrees(run, place, loss, accuracy) for place in _places(run)):
        return None
    said = f"a validation loss of {run.validation_loss[-1]:.4f}"
    given = f"{loss:.4f}"
    if np.isfinite(run.validation_accuracy[-1]):
        said += f" and an accuracy of {run.validation_accuracy[-1]:.4f}"
        given += f" and {accuracy:.4f}"
    return f"its histories end with {said}, but its final weights give {given}"


def _given_by(subject: Subject, run: Run) -> tuple[float, float]:
    """Validation loss and accuracy of the final weights, by the oracle."""
    task = "task2a" if run.plan.module == "task2" else "task3a"
    X, Y = validation_rows(subject, run.plan.module)
    assert run.w is not None
    w = np.roll(run.w, -1, axis=0) if run.bias_column == 0 else run.w
    with np.errstate(all="ignore"):
        outputs = subject.oracle.forward(task, X, w)
        loss = float(subject.oracle.loss(task, Y, outputs))
    if run.plan.module == "task2":
        right = (outputs >= 0.5) == Y
    else:
        right = outputs.argmax(axis=1) == Y.argmax(axis=1)
    return loss, float(right.mean())


def _places(run: Run) -> tuple[int, int]:
    """The last validation, and the best: some keep the weights of the best."""
    return len(run.steps) - 1, int(np.nanargmin(run.validation_loss))


def _agrees(run: Run, place: int, loss: float, accuracy: float) -> bool:
    is_last = place == len(run.steps) - 1
    at_the_end = is_last and run.steps[-1] == run.stop_step
    by_loss, by_accuracy = (
        SAME if at_the_end or not is_last else min(FARTHEST, NEAR + _moves(values))
        for values in (run.validation_loss, run.validation_accuracy)
    )
    stated = float(run.validation_accuracy[place])
    fits = not np.isfinite(stated) or abs(stated - accuracy) <= by_accuracy
    return fits and abs(float(run.validation_loss[place]) - loss) <= by_loss


def _moves(values: Array) -> float:
    """The most that a curve moves from one of its last validations to the next."""
    steps = np.abs(np.diff(values[-LAST:]))
    steps = steps[np.isfinite(steps)]
    return float(steps.max()) if len(steps) else 0.0
