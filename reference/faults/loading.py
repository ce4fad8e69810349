"""Mistakes in `batch_loader` (task 2e)."""

from __future__ import annotations

import numpy as np

from reference.faults.declare import fault


@fault(
    "2e.shuffling.never",
    says="`shuffle=True` has no effect: the samples keep their order",
    fix="put the indices in a random order when `shuffle` is set",
)
def never(X, Y, batch_size, shuffle=False, drop_last=True):
    for i in range(X.shape[0] // batch_size):
        rows = slice(i * batch_size, (i + 1) * batch_size)
        yield X[rows], Y[rows]


@fault(
    "2e.shuffling.always",
    says="the samples are shuffled whether `shuffle` is set or not",
    fix="look at the parameter before shuffling",
)
def always(X, Y, batch_size, shuffle=False, drop_last=True):
    indices = np.random.permutation(X.shape[0])
    for i in range(X.shape[0] // batch_size):
        rows = indices[i * batch_size : (i + 1) * batch_size]
        yield X[rows], Y[rows]


@fault(
    "2e.shuffling.inverted",
    says="the samples are shuffled when `shuffle` is not set, and kept in order when it is",
    fix="turn the condition round",
)
def inverted(X, Y, batch_size, shuffle=False, drop_last=True):
    indices = np.arange(X.shape[0])
    if not shuffle:
        np.random.shuffle(indices)
    for i in range(X.shape[0] // batch_size):
        rows = indices[i * batch_size : (i + 1) * batch_size]
        yield X[rows], Y[rows]


@fault(
    "2e.shuffling.same-order",
    says="every epoch has the same shuffled order: the generator is seeded anew each time",
    fix="seed once, outside `batch_loader`",
)
def same_order(X, Y, batch_size, shuffle=False, drop_last=True):
    indices = np.arange(X.shape[0])
    if shuffle:
        np.random.RandomState(0).shuffle(indices)
    for i in range(X.shape[0] // batch_size):
        rows = indices[i * batch_size : (i + 1) * batch_size]
        yield X[rows], Y[rows]


def _apart_in_place(X, Y, batch_size, shuffle=False, drop_last=True):
    if shuffle:
        np.random.shuffle(X)
        np.random.shuffle(Y)
    for i in range(X.shape[0] // batch_size):
        rows = slice(i * batch_size, (i + 1) * batch_size)
        yield X[rows], Y[rows]


@fault(
    "2e.shuffling.apart",
    says="images and targets are shuffled apart, so targets belong to other images",
    fix="use the same indices for both",
    others=(_apart_in_place,),
)
def apart(X, Y, batch_size, shuffle=False, drop_last=True):
    indices, others = np.arange(X.shape[0]), np.arange(X.shape[0])
    if shuffle:
        np.random.shuffle(indices)
        np.random.shuffle(others)
    for i in range(X.shape[0] // batch_size):
        rows = slice(i * batch_size, (i + 1) * batch_size)
        yield X[indices[rows]], Y[others[rows]]


@fault(
    "2e.shuffling.images-only",
    says="only the images are shuffled; the targets stay where they were",
    fix="use the same indices for both",
)
def images_only(X, Y, batch_size, shuffle=False, drop_last=True):
    indices = np.arange(X.shape[0])
    if shuffle:
        np.random.shuffle(indices)
    for i in range(X.shape[0] // batch_size):
        rows = slice(i * batch_size, (i + 1) * batch_size)
        yield X[indices[rows]], Y[rows]


@fault(
    "2e.shuffling.replacement",
    says="samples are drawn with replacement: some come twice in an epoch, others never",
    fix="permute the indices instead of drawing them",
)
def replacement(X, Y, batch_size, shuffle=False, drop_last=True):
    indices = np.arange(X.shape[0])
    if shuffle:
        indices = np.random.randint(0, X.shape[0], X.shape[0])
    for i in range(X.shape[0] // batch_size):
        rows = indices[i * batch_size : (i + 1) * batch_size]
        yield X[rows], Y[rows]


@fault(
    "2e.shuffling.batches",
    says="whole batches are shuffled: the same samples stay together in every epoch",
    fix="shuffle the samples' indices, then cut them into batches",
)
def batches(X, Y, batch_size, shuffle=False, drop_last=True):
    order = np.arange(X.shape[0] // batch_size)
    if shuffle:
        np.random.shuffle(order)
    for i in order:
        rows = slice(i * batch_size, (i + 1) * batch_size)
        yield X[rows], Y[rows]


@fault(
    "2e.shuffling.within-batches",
    says="samples are shuffled inside their batch only: each batch holds the same ones every epoch",
    fix="shuffle all indices of the data set before cutting them into batches",
)
def within_batches(X, Y, batch_size, shuffle=False, drop_last=True):
    for i in range(X.shape[0] // batch_size):
        rows = np.arange(i * batch_size, (i + 1) * batch_size)
        if shuffle:
            np.random.shuffle(rows)
        yield X[rows], Y[rows]


@fault(
    "2e.shuffling.reversed",
    says="the order is turned round instead of shuffled",
    fix="put the indices in a random order",
)
def turned_round(X, Y, batch_size, shuffle=False, drop_last=True):
    indices = np.arange(X.shape[0])
    if shuffle:
        indices = indices[::-1]
    for i in range(X.shape[0] // batch_size):
        rows = indices[i * batch_size : (i + 1) * batch_size]
        yield X[rows], Y[rows]


@fault(
    "2e.shuffling.in-place",
    says="the data set itself is shuffled in place, which changes it for everybody",
    fix="shuffle an array of indices",
)
def in_place(X, Y, batch_size, shuffle=False, drop_last=True):
    if shuffle:
        indices = np.random.permutation(X.shape[0])
        X[:] = X[indices]
        Y[:] = Y[indices]
    for i in range(X.shape[0] // batch_size):
        rows = slice(i * batch_size, (i + 1) * batch_size)
        yield X[rows], Y[rows]


@fault(
    "2e.shuffling.images-in-place",
    says="the images alone are shuffled, in place; the targets stay where they were",
    fix="shuffle an array of indices, and use it for images and targets",
)
def images_in_place(X, Y, batch_size, shuffle=False, drop_last=True):
    if shuffle:
        np.random.shuffle(X)
    for i in range(X.shape[0] // batch_size):
        rows = slice(i * batch_size, (i + 1) * batch_size)
        yield X[rows], Y[rows]


@fault(
    "2e.shuffling.partial",
    says="the last batch is given although it is not full",
    fix="leave out the rest when `drop_last` is set",
)
def partial(X, Y, batch_size, shuffle=False, drop_last=True):
    indices = np.arange(X.shape[0])
    if shuffle:
        np.random.shuffle(indices)
    for i in range(0, X.shape[0], batch_size):
        rows = indices[i : i + batch_size]
        yield X[rows], Y[rows]


@fault(
    "2e.shuffling.first-batch",
    says="the first batch is given over and over",
    fix="move on by `batch_size` rows from batch to batch",
)
def first_batch(X, Y, batch_size, shuffle=False, drop_last=True):
    indices = np.arange(X.shape[0])
    if shuffle:
        np.random.shuffle(indices)
    for _ in range(X.shape[0] // batch_size):
        rows = indices[:batch_size]
        yield X[rows], Y[rows]


@fault(
    "2e.shuffling.one-batch-short",
    says="an epoch has a batch less than it could",
    fix="count the batches once more: N // batch_size of them are full",
)
def one_batch_short(X, Y, batch_size, shuffle=False, drop_last=True):
    indices = np.arange(X.shape[0])
    if shuffle:
        np.random.shuffle(indices)
    for i in range(X.shape[0] // batch_size - 1):
        rows = indices[i * batch_size : (i + 1) * batch_size]
        yield X[rows], Y[rows]


@fault(
    "2e.shuffling.rest-cut-off",
    says="the same samples at the end of the data are left out in every epoch: the rest was cut "
    "off before shuffling",
    fix="shuffle the indices of all samples, then leave out what fills no batch",
)
def rest_cut_off(X, Y, batch_size, shuffle=False, drop_last=True):
    num_batches = X.shape[0] // batch_size
    indices = np.arange(num_batches * batch_size)
    if shuffle:
        np.random.shuffle(indices)
    for i in range(num_batches):
        rows = indices[i * batch_size : (i + 1) * batch_size]
        yield X[rows], Y[rows]


@fault(
    "2e.shuffling.one-column",
    says="targets are taken to have one column, as in task 2; the ten of task 3 are torn apart",
    fix="keep Y as it is, and index X and Y by the same shuffled indices",
)
def one_column(X, Y, batch_size, shuffle=False, drop_last=True):
    data = np.hstack([X, Y])
    if shuffle:
        data = data[np.random.permutation(len(data))]
    for i in range(len(data) // batch_size):
        batch = data[i * batch_size : (i + 1) * batch_size]
        yield batch[:, :-1], batch[:, -1:]
