"""What should it be? Answered by the reference solution."""

from __future__ import annotations

from typing import Any

import numpy as np

from checks.cases import AccuracyCase
from checks.training_cases import LEARNING_RATES

Array = np.ndarray[Any, Any]


def pixel_values() -> Array:
    """(256,) what grey levels 0 to 255 become."""
    from reference import preprocessing

    greys = np.arange(256, dtype=np.uint8)
    return preprocessing.pre_process_images(np.repeat(greys[:, None], 784, axis=1))[:, 0]


def other_pixel_values() -> Array:
    """(256,) what some honest submissions make of them: -1 for 0 and 0 for 128."""
    return (np.arange(256) - 128.0) / 128


def one_hot(labels: Array) -> Array:
    """(N, 10) float64 from labels (N, 1)."""
    from reference import preprocessing

    return preprocessing.one_hot_encode(labels, 10)


def forward(task: str, X: Array, w: Array) -> Array:
    """Equation 1 (task2a) or 4 (task3a): (N, K) outputs for X (N, 785) and w (785, K)."""
    from reference import logistic, softmax

    return logistic.forward(X, w) if task == "task2a" else softmax.forward(X, w)


def loss(task: str, targets: Array, outputs: Array) -> float:
    """Equation 3 (task2a) or 5 (task3a), a mean over rows."""
    from reference import logistic, softmax

    module = logistic if task == "task2a" else softmax
    return float(module.cross_entropy_loss(targets, outputs))


def gradient(task: str, X: Array, w: Array, targets: Array) -> Array:
    """dC/dw (785, K) without regularisation, at the true outputs for X and w."""
    from reference import logistic, softmax

    outputs = forward(task, X, w)
    if task == "task2a":
        return logistic.gradient(X, outputs, targets)
    return softmax.gradient(X, outputs, targets, w, 0.0)


def penalty_gradient(w: Array, l2_reg_lambda: float) -> Array:
    """What regularisation with R = ||w||^2 adds to the gradient: (785, K)."""
    from reference import softmax

    X, targets = np.zeros((1, len(w))), np.full((1, w.shape[1]), 1 / w.shape[1])
    return softmax.gradient(X, targets, targets, w, l2_reg_lambda)


def step(task: str, w: Array, grad: Array) -> Array:
    """w after one step of gradient descent at the task's learning rate (task 2b and 3b)."""
    return w - LEARNING_RATES[task] * grad


def accuracy(task: str, case: AccuracyCase, targets: Array) -> float:
    """The fraction of rows predicted right: threshold one half (task2), largest output (task3)."""
    from reference import logistic, softmax

    module = logistic if task == "task2" else softmax
    return float(module.calculate_accuracy(targets, case.outputs))
