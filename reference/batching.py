"""Task 2b and 2e: which rows make up the batches of an epoch; their order is given, never drawn."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from reference.shapes import Array


def num_batches(N: int, batch_size: int, drop_last: bool = True) -> int:
    """How many batches an epoch over N rows has; a last one that is not full counts unless dropped.

    Raises ValueError where batch_size is under 1 or N negative.
    """
    if batch_size < 1 or N < 0:
        raise ValueError(
            f"batch_size is {batch_size} and N is {N}, expected at least 1 and 0; pass the number "
            "of rows in a batch and in the data set"
        )
    return N // batch_size if drop_last else -(-N // batch_size)


def batch_indices(N: int, batch_size: int, order: Array, drop_last: bool = True) -> Iterator[Array]:
    """The batches of one epoch, as row indices into a data set of N rows.

    order: the rows in the order in which the epoch meets them, `np.arange(N)` without shuffling.
    Batch b is order[b * batch_size : (b + 1) * batch_size]. With drop_last, as in the handout, rows
    after the last full batch are left out, and `order` need not name them: an order that was
    observed in a run ends there. Raises ValueError where order repeats a row, names one that is not
    there, or is too short.
    """
    rows = np.asarray(order)
    batches = num_batches(N, batch_size, drop_last)
    used = batches * batch_size if drop_last else N
    if rows.ndim != 1 or not used <= len(rows) <= N:
        raise ValueError(
            f"order has shape {rows.shape}, expected (n,) with n from {used} to {N}; name every "
            "row that the batches need once"
        )
    if len(rows) and (rows.dtype.kind not in "iu" or rows.min() < 0 or rows.max() >= N):
        raise ValueError(
            f"order holds {rows.dtype} from {rows.min()} to {rows.max()}, expected integers from 0 "
            f"to {N - 1}; name rows by their index"
        )
    repeated = np.flatnonzero(np.bincount(rows.astype(np.intp), minlength=1) > 1)
    if len(repeated):
        raise ValueError(
            f"order names row {repeated[0]} more than once, expected each row at most once; pass a "
            "permutation of the rows"
        )
    return (rows[start : start + batch_size] for start in range(0, used, batch_size))
