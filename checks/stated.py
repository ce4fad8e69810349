"""What should it be? Answered from what the assignment itself states.

Equations 1, 3, 4, 5 and 9 (`checks.equations`); gradients as numerical derivatives of them, by
complex steps (Squire and Trapp 1998: Im f(x + ih) / h has no subtraction and so no rounding to
speak of); tables of inputs and outputs for the rest. Nothing here is a solution.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from checks import equations
from checks.cases import AccuracyCase

Array = np.ndarray[Any, Any]

TABLES = Path(__file__).parent / "expected" / "stated.npz"
STEP = 1e-30


@cache
def _tables() -> dict[str, Array]:
    with np.load(TABLES, allow_pickle=False) as tables:
        return dict(tables)


def pixel_values() -> Array:
    """(256,) what grey levels 0 to 255 become: a table."""
    return _tables()["pixel_values"]


def other_pixel_values() -> Array:
    """(256,) what some make of them, -1 for 0 and 0 for 128: a table."""
    return _tables()["other_pixel_values"]


def one_hot(labels: Array) -> Array:
    """(N, 10) rows for labels (N, 1): a table's rows."""
    return np.array([_tables()["one_hot_rows"][int(label)] for label in labels[:, 0]])


def forward(task: str, X: Array, w: Array) -> Array:
    """Equation 1 (task2a) or 4 (task3a) as stated, for moderate logits."""
    return _outputs(task, X @ w)


def _outputs(task: str, z: Array) -> Array:
    if task == "task2a":
        return equations.equation_1(z)
    return equations.equation_4(z)


def loss(task: str, targets: Array, outputs: Array) -> float:
    """Equation 3 (task2a) or 5 (task3a) as stated."""
    return float(_losses(task, targets, outputs).mean())


def _losses(task: str, targets: Array, outputs: Array) -> Array:
    """C^n for each row n; leading axes of `outputs` are kept."""
    y = targets.astype(np.float64)
    if task == "task2a":
        return equations.equation_3(y, outputs)[..., 0]
    return equations.equation_5(y, outputs)


def gradient(task: str, X: Array, w: Array, targets: Array) -> Array:
    """dC/dw (785, K): the derivative of the stated loss, one weight at a time.

    A weight whose column of X is all zero cannot move the loss; its derivative is 0.
    """
    rows = np.flatnonzero(X.any(axis=0))
    z = X @ w
    derivative = np.zeros(w.shape)
    for k in range(w.shape[1]):
        # One perturbed copy of the logits for each weight w[row, k]: (rows, N, K).
        moved = np.repeat(z[None].astype(complex), len(rows), axis=0)
        moved[:, :, k] += 1j * STEP * X[:, rows].T
        losses = _losses(task, targets, _outputs(task, moved)).mean(axis=1)
        derivative[rows, k] = losses.imag / STEP
    return derivative


def penalty_gradient(w: Array, l2_reg_lambda: float) -> Array:
    """Derivative of lambda R with R = ||w||^2 (equation 9), one weight at a time."""
    derivative = np.zeros(w.shape)
    for index in np.argwhere(w):
        weight = np.array(complex(w[tuple(index)], STEP))
        penalty = l2_reg_lambda * equations.equation_9(weight)
        derivative[tuple(index)] = penalty.imag / STEP
    return derivative


def step(task: str, w: Array, grad: Array) -> Array:
    """The weights after a training step: each moves as a table says for its entry of the gradient.

    The table has the gradients that `checks.training_cases` draws.
    """
    tables = _tables()
    place = np.searchsorted(tables["gradients"], grad)
    moved: Array = w + tables[f"{task}_moves"][place]
    return moved


def accuracy(task: str, case: AccuracyCase, targets: Array) -> float:
    """The fraction of rows that the case was made to have right."""
    return case.fraction
