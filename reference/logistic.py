"""Task 2: logistic regression, one output for two classes.

Symbols as in the assignment: N images in the rows of X (N, D), the bias included; weights w (D, 1);
outputs yhat (N, 1); targets y (N, 1), labels 0 or 1 of any numeric or boolean dtype.
"""

from __future__ import annotations

import numpy as np

from reference.shapes import Array, require_product, require_rows, require_same_shape


def forward(X: Array, w: Array) -> Array:
    """yhat = 1 / (1 + exp(-z)), z = Xw: (N, 1) in [0, 1]. Equation 1.

    exp is only ever taken of -|z|, so it cannot overflow: wherever z is finite the result is right,
    0 or 1 where nothing between is nearer. Raises ValueError where w is not (D, 1).
    """
    require_product(X, w)
    if w.shape[1] != 1:
        raise ValueError(
            f"w has shape {w.shape}, expected ({X.shape[1]}, 1); two classes have one output: pass "
            "one column, or use reference.softmax"
        )
    z = X @ w
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1, e) / (1 + e)


def cross_entropy_loss(targets: Array, outputs: Array) -> float:
    """C = mean over n of -(y ln yhat + (1 - y) ln(1 - yhat)), in nats. Equation 3.

    A term whose factor y or 1 - y is zero counts 0, also where its logarithm is minus infinity. So
    the loss is infinite where an output is exactly 0 or 1 and wrong, and never nan for outputs in
    [0, 1]. Raises ValueError where the two are not (N, 1) both.
    """
    _require_columns(targets, outputs)
    # As floats: -y and y - 1 of a uint8 label wrap around, and booleans have no minus at all.
    y = np.asarray(targets, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        where_one = np.where(y == 0, 0, y * np.log(outputs))
        where_zero = np.where(y == 1, 0, (1 - y) * np.log1p(-outputs))
    return float(0 - np.mean(where_one + where_zero))  # -mean would make 0 a -0.0


def gradient(X: Array, outputs: Array, targets: Array) -> Array:
    """dC/dw = -(1/N) X^T (y - yhat): (D, 1). Equation 6, averaged over the batch.

    Raises ValueError where outputs and targets are not (N, 1) both, or X has another N.
    """
    _require_columns(targets, outputs)
    require_rows("X", X)
    if len(X) != len(outputs):
        raise ValueError(
            f"X has {len(X)} rows, outputs {len(outputs)}, expected the same number; pass the "
            "outputs of these images"
        )
    return -(X.T @ (np.asarray(targets, dtype=np.float64) - outputs)) / len(X)


def calculate_accuracy(targets: Array, outputs: Array) -> float:
    """The fraction of images predicted right, where 1 is predicted iff yhat >= 0.5. Task 2c.

    Raises ValueError where the two are not (N, 1) both.
    """
    _require_columns(targets, outputs)
    return float(np.mean((outputs >= 0.5) == targets))


def _require_columns(targets: Array, outputs: Array) -> None:
    require_rows("outputs", outputs, 1)
    require_rows("targets", targets, 1)
    require_same_shape("targets", targets, "outputs", outputs)
