"""Task 3 and 4: softmax regression, one output per class, with L2 regularisation.

Symbols as in the assignment: N images in the rows of X (N, D), the bias included; weights w (D, K),
a column per class; outputs yhat (N, K); targets y (N, K), one-hot, of any numeric or boolean dtype;
l2_reg_lambda is lambda. R = ||w||^2 is the sum of all squared weights, those of the bias included.
"""

from __future__ import annotations

import numpy as np

from reference.shapes import Array, require_product, require_rows, require_same_shape


def forward(X: Array, w: Array) -> Array:
    """yhat_k = exp(z_k) / sum_k' exp(z_k'), z = Xw: (N, K), rows that sum to 1. Equation 4.

    Each row's largest z is subtracted first, which changes no quotient: no exponent is positive and
    no denominator under 1, so the result is right wherever z is finite. The largest of all rows
    would not do: a row far below it would become 0 / 0.
    """
    require_product(X, w)
    z = X @ w
    z -= z.max(axis=1, keepdims=True)
    np.exp(z, out=z)
    z /= z.sum(axis=1, keepdims=True)
    return z


def cross_entropy_loss(targets: Array, outputs: Array) -> float:
    """C = mean over n of -sum_k y_k ln yhat_k, in nats. Equation 5.

    The mean is over images, not over classes. A term with y_k = 0 counts 0, also where its
    logarithm is minus infinity. So the loss is infinite where the output of a true class is exactly
    0, and never nan for outputs in [0, 1]. Raises ValueError where the two are not (N, K) both.
    """
    _require_targets(targets, outputs)
    y = np.asarray(targets, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(y == 0, 0, y * np.log(outputs))
    return float((0 - np.sum(terms)) / len(outputs))  # -sum would make 0 a -0.0


def penalty(w: Array) -> float:
    """R = ||w||^2 = sum_ij w_ij^2. Task 4a."""
    return float(np.vdot(w, w))


def objective(targets: Array, outputs: Array, w: Array, l2_reg_lambda: float) -> float:
    """J = C + lambda R. Equation 9."""
    return cross_entropy_loss(targets, outputs) + l2_reg_lambda * penalty(w)


def gradient(X: Array, outputs: Array, targets: Array, w: Array, l2_reg_lambda: float) -> Array:
    """dJ/dw = -(1/N) X^T (y - yhat) + 2 lambda w: (D, K). Equations 8 and 10.

    The first term is a mean over the batch, the second is not. Raises ValueError where outputs and
    targets are not (N, K) both, X has another N, or w is not (D, K).
    """
    _require_targets(targets, outputs)
    require_product(X, w)
    if outputs.shape != (len(X), w.shape[1]):
        raise ValueError(
            f"outputs has shape {outputs.shape}, expected {(len(X), w.shape[1])} for X "
            f"{X.shape} and w {w.shape}; pass the outputs of these images and weights"
        )
    residual = np.asarray(targets, dtype=np.float64) - outputs
    return -(X.T @ residual) / len(X) + 2 * l2_reg_lambda * w


def calculate_accuracy(targets: Array, outputs: Array) -> float:
    """The fraction of images whose largest output is that of their class. Task 3c.

    Of equal largest outputs the first counts. Raises ValueError where the two are not (N, K) both.
    """
    _require_targets(targets, outputs)
    return float(np.mean(np.argmax(outputs, axis=1) == np.argmax(targets, axis=1)))


def _require_targets(targets: Array, outputs: Array) -> None:
    require_rows("outputs", outputs)
    require_rows("targets", targets)
    require_same_shape("targets", targets, "outputs", outputs)
