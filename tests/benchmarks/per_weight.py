"""The gradient check that such an assignment hands out: every weight by itself, on random data.

For each weight a central difference of the loss, and the gradient computed anew beside it; for the
785 x 1 and the 785 x 10 model, N = 100, two rounds each, on the sample's own functions.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

EPSILON = 1e-3
ROUNDS = 2
N = 100


def largest_difference(module: Any, model: Any, X: np.ndarray, Y: np.ndarray) -> float:
    """max over weights of |central difference - gradient|."""
    largest = 0.0
    for index in np.ndindex(*model.w.shape):
        original = model.w[index]
        model.w[index] = original + EPSILON
        above = module.cross_entropy_loss(Y, model.forward(X))
        model.w[index] = original - EPSILON
        below = module.cross_entropy_loss(Y, model.forward(X))
        model.w[index] = original
        model.backward(X, model.forward(X), Y)
        difference = abs((above - below) / (2 * EPSILON) - model.grad[index])
        largest = max(largest, float(difference))
    return largest


def main() -> None:
    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "student"))
    import task2a
    import task3a

    rng = np.random.RandomState(0)
    for _ in range(ROUNDS):
        X = task2a.pre_process_images(rng.randint(0, 256, (N, 784)).astype(np.uint8))
        labels = rng.randint(0, 10, (N, 1))
        for module, model, Y in (
            (task2a, task2a.BinaryModel(), labels % 2),
            (task3a, task3a.SoftmaxModel(0.0), task3a.one_hot_encode(labels, 10)),
        ):
            model.w = rng.normal(scale=1 / 785, size=model.w.shape)
            difference = largest_difference(module, model, X, Y)
            if difference > EPSILON**2:
                raise SystemExit(f"the sample's gradient is off by {difference}")


if __name__ == "__main__":
    main()
