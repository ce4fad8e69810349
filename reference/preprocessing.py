"""Task 2a and 3a: what images and labels become before they meet a model."""

from __future__ import annotations

import numpy as np

from reference.shapes import Array, require_rows

NUM_PIXELS = 784


def pre_process_images(X: Array) -> Array:
    """Map grey levels to [-1, 1] and append the bias trick's column of ones.

    X: (N, 784), grey levels 0 to 255 of any numeric dtype. Returns (N, 785) float64: x / 127.5 - 1,
    so that 0 becomes -1 and 255 becomes 1, and a last column of ones. X is left as it was.
    Raises ValueError where X has another shape. Source: assignment, task 2a and equation 1.
    """
    require_rows("X", X, NUM_PIXELS)
    processed = np.empty((len(X), NUM_PIXELS + 1), dtype=np.float64)
    # The division is made in float64: arithmetic on uint8 wraps around at 256.
    np.divide(X, 127.5, out=processed[:, :-1], dtype=np.float64)
    processed[:, :-1] -= 1
    processed[:, -1] = 1
    return processed


def one_hot_encode(Y: Array, num_classes: int) -> Array:
    """One column per class: (N, 1) labels 0 .. num_classes - 1 become (N, num_classes) float64.

    Row n holds a one in column Y[n] and zeros elsewhere, whichever classes occur in Y.
    Raises ValueError where Y has another shape or holds anything else than such labels.
    Source: assignment, task 3a.
    """
    require_rows("Y", Y, 1)
    labels = Y[:, 0].astype(np.intp)
    wrong = (labels != Y[:, 0]) | (labels < 0) | (labels >= num_classes)
    if wrong.any():
        raise ValueError(
            f"Y holds {Y[wrong][0, 0]} in row {int(np.argmax(wrong))}, expected integers from 0 to "
            f"{num_classes - 1}; pass the labels themselves and the number of classes"
        )
    encoded = np.zeros((len(Y), num_classes), dtype=np.float64)
    encoded[np.arange(len(Y)), labels] = 1
    return encoded
