"""What must hold of the batches of some epochs, on rows that carry their own number."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate, pairwise
from typing import Any

import numpy as np

from checks import training
from checks.cases import INPUTS
from checks.subject import Array, Subject
from checks.training_cases import LoaderCase
from gradus import expect
from gradus.expect import Violation
from gradus.worker.failures import WorkerFailure

Drawn = dict[str, Any]
LARGEST_NUMBER = 2.0**53
"""From here on float64 does not tell whole numbers apart."""

# An epoch that leaves out fewer rows than this leaves out the last ones by chance now and then.
FEWEST_LEFT_OUT = 3


def drawn(
    subject: Subject, case: LoaderCase, *, shuffle: bool, epochs: int, columns: int = 1
) -> Drawn:
    """The batches of some epochs, with `rows`: for each epoch the batches' row numbers."""
    answer = training.batches(subject, case, shuffle=shuffle, epochs=epochs, columns=columns)
    cut, rows = subject.remembered(("cut", id(answer)), answer, lambda: _cut(answer))
    for number, epoch in enumerate(rows):
        if not any(map(len, epoch)):
            what = "sample" if epoch else "batch"
            raise Violation(
                f"epoch {number} of `batch_loader` has no {what}",
                f"no {what}",
                f"{case.N // case.batch_size} batches of {case.batch_size}",
                f"[len(X_batch) for X_batch, Y_batch in epochs[{number}]]",
            )
    return {"epochs": cut, "rows": rows, "inputs": answer["inputs"]}


def _cut(answer: Drawn) -> tuple[list[dict[str, list[Any]]], list[list[Array]]]:
    epochs = list(map(in_batches, answer["epochs"]))
    rows = [
        _pieces(_numbers(epoch["first"]), [rows for rows, _ in epoch["sizes"]])
        for epoch in answer["epochs"]
    ]
    return epochs, rows


def in_batches(epoch: dict[str, Any]) -> dict[str, list[Any]]:
    """An epoch's `first`, `last` and `labels` cut into batches by their `sizes`.

    Raises WorkerFailure where they do not fit: the adapter's do, but what took its place in the
    worker may answer too.
    """
    sizes, widths = epoch["sizes"], epoch["widths"]
    rows, targets = [rows for rows, _ in sizes], [targets for _, targets in sizes]
    columns = {"first": rows, "last": rows, "labels": targets}
    if (
        len(sizes) != len(widths)
        or min((*rows, *targets), default=0) < 0
        or any(sum(lengths) != len(epoch[name]) for name, lengths in columns.items())
    ):
        raise WorkerFailure("protocol error", ": batches that do not fit together")
    cut = {name: _pieces(epoch[name], lengths) for name, lengths in columns.items()}
    return {"sizes": sizes, "widths": widths, **cut}


def _pieces(column: Array, lengths: Iterable[int]) -> list[Array]:
    return [column[first:end] for first, end in pairwise(accumulate(lengths, initial=0))]


def each_row_once(answer: Drawn, case: LoaderCase) -> None:
    """No row comes twice in an epoch, and N // batch_size * batch_size rows come in all."""
    expected = case.N // case.batch_size * case.batch_size
    for number, epoch in enumerate(answer["rows"]):
        rows = np.concatenate(epoch)
        unknown = rows[(rows < 0) | (rows >= case.N) | (rows != np.round(rows))]
        repeated = len(rows) - len(np.unique(rows))
        expect.holds(
            len(unknown) == 0 and repeated == 0 and len(rows) in (expected, case.N),
            f"epoch {number} of `batch_loader` gives {len(rows)} samples, {repeated} of them again "
            f"and {len(unknown)} changed; it should give {expected} different ones",
            got=rows,
            should_be=f"{expected} different row numbers",
            expression=f"rows[{number}]",
        )


def in_a_new_order(answer: Drawn, case: LoaderCase) -> None:
    """No epoch is in the data's order, and no two epochs are in the same."""
    orders = [np.concatenate(epoch) for epoch in answer["rows"]]
    plain = np.arange(case.N)
    for number, order in enumerate(orders):
        expect.holds(
            not np.array_equal(order, plain[: len(order)]),
            f"epoch {number} with `shuffle=True` is in the order of the data",
            got=order,
            should_be="another order",
            expression=f"rows[{number}]",
        )
    for number, order in enumerate(orders[1:], start=1):
        expect.holds(
            not any(np.array_equal(order, other) for other in orders[:number]),
            f"epoch {number} with `shuffle=True` is in the same order as an epoch before it",
            got=order,
            should_be="a new order in each epoch",
            expression="rows",
        )


def pairs_kept(answer: Drawn) -> None:
    """Targets and images carry the same numbers, first and last column too."""
    for number, epoch in enumerate(answer["epochs"]):
        for rows, last, labels in zip(epoch["first"], epoch["last"], epoch["labels"], strict=True):
            if np.array_equal(rows, (labels - 1) / 2) and np.array_equal(rows, last):
                continue
            raise Violation(
                f"in epoch {number} the targets are not those of the images",
                expect.written(_numbers(labels)),
                expect.written(_numbers(2 * rows + 1)),
                f"[Y_batch[:, 0].tolist() for X_batch, Y_batch in epochs[{number}]]",
            )


def columns_kept(answer: Drawn, columns: int) -> None:
    """Every batch has the 785 columns of X and so many of Y."""
    for epoch in answer["epochs"]:
        for widths in epoch["widths"]:
            expect.holds(
                widths == [INPUTS, columns],
                f"a batch of `batch_loader` has {widths[0]} columns of X and {widths[1]} of Y, but "
                f"should have {INPUTS} and {columns}, as X and Y have",
                got=f"{widths[0]} and {widths[1]} columns",
                should_be=f"{INPUTS} and {columns} columns",
                expression="[(X_batch.shape, Y_batch.shape) for X_batch, Y_batch in epochs[0]]",
            )


def batches_mixed(answer: Drawn, case: LoaderCase) -> None:
    """Rows travel far, and batches are not those of the epoch before in another order.

    Nor are the rows that are left out the last ones in every epoch.
    """
    orders = [np.concatenate(epoch) for epoch in answer["rows"]]
    # That three samples of 20 keep their places three times happens once in 10^8.
    staying = np.arange(min(map(len, orders)))
    for order in orders:
        staying = staying[order[staying] == staying]
    expect.holds(
        len(staying) < 3,
        f"{len(staying)} samples keep their places in all {len(orders)} epochs: all samples should "
        "be shuffled",
        got=orders[0],
        should_be="all samples shuffled among one another",
        expression="rows",
    )
    rest = case.N % case.batch_size
    # By chance three rows of 23 are left out three times with a probability of 2 in 10^10.
    expect.holds(
        rest < FEWEST_LEFT_OUT or any(order.max() >= case.N - rest for order in orders),
        f"the last {rest} of {case.N} samples are left out of all {len(orders)} epochs: the order "
        "of all samples should be shuffled before the rest is left out",
        got=orders[0],
        should_be=f"other samples left out than {case.N - rest} to {case.N - 1} every time",
        expression="rows",
    )
    # That no row of an epoch of 20 moves half the data's length happens once in 600 epochs, in all
    # of three epochs practically never.
    expect.holds(
        any(np.abs(order - np.arange(len(order))).max() >= case.N // 2 for order in orders),
        f"in {len(orders)} epochs no sample moves {case.N // 2} places or more: samples are "
        "shuffled only within parts of the data",
        got=orders[0],
        should_be="all samples shuffled among one another",
        expression="rows",
    )
    # A sample keeps its successor once an epoch by chance, half of all practically never.
    kept = [np.count_nonzero(np.diff(order) == 1) for order in orders]
    expect.holds(
        any(number < (len(order) - 1) / 2 for number, order in zip(kept, orders, strict=True)),
        f"in {len(orders)} epochs at least half of the samples are followed by the one that "
        "follows them in the data: they are moved in blocks, not shuffled",
        got=orders[0],
        should_be="all samples shuffled among one another",
        expression="rows",
    )
    as_sets = [{frozenset(batch.tolist()) for batch in epoch} for epoch in answer["rows"]]
    for number in range(1, len(as_sets)):
        shared = as_sets[number] & as_sets[number - 1]
        expect.holds(
            len(as_sets[number]) < 2 or len(shared) < len(as_sets[number]),
            f"the batches of epoch {number} are those of the epoch before, in another order",
            got="the same batches",
            should_be="samples shuffled across batches",
            expression="rows",
        )


def in_order(answer: Drawn, case: LoaderCase) -> None:
    """Row 0, 1, 2 and so on, in every epoch."""
    for number, epoch in enumerate(answer["rows"]):
        order = np.concatenate(epoch)
        expect.holds(
            np.array_equal(order, np.arange(len(order))),
            f"epoch {number} with `shuffle=False` is not in the order of the data",
            got=order,
            should_be=np.arange(len(order)),
            expression=f"rows[{number}]",
        )


def sizes_right(answer: Drawn, case: LoaderCase) -> None:
    """N // batch_size batches, each of batch_size rows in X and in Y."""
    expected = [[case.batch_size, case.batch_size]] * (case.N // case.batch_size)
    sizes = answer["epochs"][0]["sizes"]
    expect.holds(
        sizes == expected,
        f"{case.N} samples in batches of {case.batch_size} come as {len(sizes)} batches of "
        f"{_sizes(sizes)} samples, but should come as {len(expected)} of {case.batch_size}",
        got=f"{len(sizes)} batches of {_sizes(sizes)}",
        should_be=f"{len(expected)} batches of {case.batch_size}",
        expression="[len(X_batch) for X_batch, Y_batch in epochs[0]]",
    )


def data_kept(answer: Drawn, case: LoaderCase) -> None:
    """X and Y are after some epochs what they were before."""
    after = answer["inputs"]
    for name, before in (("X", case.rows), ("Y", case.labels)):
        expect.holds(
            np.array_equal(after[name], before),
            f"`batch_loader` changed {name} itself",
            got=np.asarray(after[name]),
            should_be=before,
            expression=f"{name}[:, 0]",
        )


def _numbers(batch: Array) -> Array:
    """Row numbers as whole numbers where they are, so that they print as such."""
    whole = np.round(batch)
    exact = bool(np.all((whole == batch) & (np.abs(whole) < LARGEST_NUMBER)))
    return whole.astype(np.int64) if exact else batch


def _sizes(sizes: list[list[int]]) -> str:
    found = sorted({size[0] for size in sizes})
    return " and ".join(map(str, found[:4])) if found else "no"
