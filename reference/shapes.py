"""What arrays must look like before anything is computed with them.

NumPy broadcasts (N,) against (N,1) to (N,N) without a word, and the mean of that is a plausible
loss. Every function of the reference asks here first.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def require_rows(name: str, array: Array, columns: int | None = None) -> None:
    """Raise ValueError unless `array` is (N, columns) with N at least 1; None means any columns."""
    shape = np.shape(array)
    if len(shape) == 2 and shape[0] > 0 and columns in (None, shape[1]):
        return
    expected = f"(N, {'columns' if columns is None else columns})"
    if len(shape) == 2 and shape[0] == 0:
        advice = "there is nothing to average: pass at least one row"
    elif len(shape) == 1 and columns == 1:
        advice = f"pass {name}[:, None], so that each row has its own"
    elif len(shape) == 1:
        advice = f"pass {name}[None, :] where it is one row"
    else:
        advice = "pass one row per image, and the columns that belong together"
    raise ValueError(f"{name} has shape {shape}, expected {expected} with N >= 1; {advice}")


def require_same_shape(name: str, array: Array, other_name: str, other: Array) -> None:
    """Raise ValueError unless both arrays have one shape."""
    if np.shape(array) != np.shape(other):
        raise ValueError(
            f"{name} has shape {np.shape(array)}, {other_name} has shape {np.shape(other)}, "
            "expected the same for both; pass one row per image and one column per output"
        )


def require_product(X: Array, w: Array) -> None:
    """Raise ValueError unless X is (N, D) and w is (D, K), so that z = Xw can be formed."""
    require_rows("X", X)
    if np.ndim(w) != 2 or np.shape(w)[0] != np.shape(X)[1]:
        raise ValueError(
            f"w has shape {np.shape(w)}, X has shape {np.shape(X)}, expected w to be "
            f"({np.shape(X)[1]}, K); give w one row per column of X, the bias included"
        )
