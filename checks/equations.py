"""Equations 1, 3, 4, 5 and 9 as the assignment states them, each as a plain formula.

What students derive (equations 6, 8 and 10) and what they write is nowhere here. For moderate
numbers: nothing is done against overflow.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def equation_1(z: Array) -> Array:
    """yhat = 1 / (1 + exp(-z)), z = w . x: the logistic output, entry by entry."""
    return 1 / (1 + np.exp(-z))


def equation_3(y: Array, yhat: Array) -> Array:
    """C^n = -(y ln(yhat) + (1 - y) ln(1 - yhat)): binary cross entropy, entry by entry."""
    return -(y * np.log(yhat) + (1 - y) * np.log(1 - yhat))


def equation_4(z: Array) -> Array:
    """yhat_k = exp(z_k) / sum_k' exp(z_k'), z_k = w_k . x: softmax, along the last axis."""
    return shares(np.exp(z))


def shares(parts: Array) -> Array:
    """The form of equation 4: each part over the sum of all, along the last axis."""
    return parts / parts.sum(axis=-1, keepdims=True)


def equation_5(y: Array, yhat: Array) -> Array:
    """C^n = -sum_k y_k ln(yhat_k): multi-class cross entropy along the last axis."""
    return -(y * np.log(yhat)).sum(axis=-1)


def equation_9(w: Array) -> Array:
    """R = ||w||^2 = sum_ij w_ij^2, term by term: what the objective J = C + lambda R adds."""
    return w**2


STATED = {
    "task2a": "{{name}} = 1 / (1 + np.exp(-{X} @ {w}))",
    "task3a": "{{name}} = np.exp({X} @ {w})\n{{name}} /= {{name}}.sum(axis=1, keepdims=True)",
}
"""Equations 1 and 4 as lines of a snippet, for arrays of these names."""
