"""Mistakes in `one_hot_encode` (task 3a)."""

from __future__ import annotations

import numpy as np

from reference.faults.declare import fault


def _whole_columns_by_list(Y, num_classes):
    encoded = np.zeros((Y.shape[0], num_classes))
    encoded[:, Y.reshape(-1)] = 1
    return encoded


@fault(
    "3a.one_hot.whole-columns",
    says="an index of shape (N, 1), or a slice over all rows, sets whole columns: every row gets "
    "the ones of all labels",
    fix="pair each row's number with its own label: both indices need shape (N,)",
    seen="6 / 6",
    others=(_whole_columns_by_list,),
)
def whole_columns(Y, num_classes):
    encoded = np.zeros((Y.shape[0], num_classes))
    encoded[np.arange(Y.shape[0]), Y] = 1
    return encoded


def _one_too_far(Y, num_classes):
    encoded = np.zeros((Y.shape[0], num_classes))
    encoded[np.arange(Y.shape[0]), Y[:, 0] + 1] = 1
    return encoded


@fault(
    "3a.one_hot.off-by-one",
    says="the one stands one column beside the label",
    fix="labels count from 0, and so do columns",
    seen="6 / 6",
    others=(
        _one_too_far,
        lambda Y, num_classes: np.eye(num_classes)[(Y[:, 0].astype(int) + 1) % num_classes],
    ),
)
def off_by_one(Y, num_classes):
    encoded = np.zeros((Y.shape[0], num_classes))
    encoded[np.arange(Y.shape[0]), Y[:, 0].astype(int) - 1] = 1
    return encoded


@fault(
    "3a.one_hot.by-position",
    says="the one stands at the row's place in the batch, not at its label",
    fix="take the column from Y",
)
def by_position(Y, num_classes):
    return np.eye(num_classes)[np.arange(Y.shape[0]) % num_classes]


@fault(
    "3a.one_hot.transposed",
    says="classes stand in the rows of the result instead of its columns",
    fix="keep one row per image: shape (N, num_classes)",
    after=lambda encoded, N, K: encoded.T,
)
def transposed(Y, num_classes):
    return np.eye(num_classes)[Y[:, 0]].T


@fault(
    "3a.one_hot.from-the-batch",
    says="only classes that occur in the batch get a column",
    fix="give every class a column, by `num_classes`",
)
def from_the_batch(Y, num_classes):
    return (Y == np.unique(Y)).astype(float)


@fault(
    "3a.one_hot.extra-axis",
    says="the result has an axis too many, shape (N, 1, num_classes), as an index of shape (N, 1) "
    "gives",
    fix="index with labels of shape (N,)",
    after=lambda encoded, N, K: encoded[:, None, :],
)
def extra_axis(Y, num_classes):
    return np.eye(num_classes)[Y]


@fault(
    "3a.one_hot.label-as-value",
    says="the label itself stands in its column instead of a one",
    fix="write 1 at the label's column",
)
def label_as_value(Y, num_classes):
    return np.eye(num_classes)[Y[:, 0]] * Y


@fault(
    "3a.one_hot.zeros",
    says="all entries are zero: no one was ever written",
    fix="write a one into each row, at its label's column",
)
def zeros(Y, num_classes):
    return np.zeros((Y.shape[0], num_classes))


@fault(
    "3a.one_hot.first-row",
    says="only the first row has its one",
    fix="encode every row",
)
def first_row(Y, num_classes):
    encoded = np.zeros((Y.shape[0], num_classes))
    encoded[0, Y[0, 0]] = 1
    return encoded
