"""What the laws of training draw: steps with sent gradients, rows that carry their number, and
scripts of validation losses.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from hypothesis import strategies as st

from checks.cases import (
    BIAS,
    BINARY_ACCURACY,
    CLASSES,
    INPUTS,
    PIXELS,
    ROWS,
    SMALL,
    SOFTMAX_ACCURACY,
    binary_accuracy,
    softmax_accuracy,
)
from checks.equations import shares
from gradus.law import Cases

Array = np.ndarray[Any, Any]

LEARNING_RATES = {"task2": 0.05, "task3": 0.01}
L2_REG_LAMBDA = 0.5
"""lambda of a step that should not depend on it."""
# What is added to one entry of a drawn gradient, so that it is never all zero.
NEVER_ZERO = 0.125
GRADIENTS = np.unique([factor * (SMALL + added) for factor in (1, 2) for added in (0, NEVER_ZERO)])
"""Every entry that a gradient of a step can have."""
# How many images a short training has.
SMALL_TRAIN, SMALL_VAL = 400, 120
# The best loss is at least this far under what follows, and steps between losses are larger than
# any rounding: no script has a tie or a narrow decision.
FIRST_LOSS = 0.9
SMALLEST_STEP = 1e-3
# Real runs improve by as little as 3e-6, and one that waits for 1e-4 stops fifty validations early.
SMALLEST_IMPROVEMENT = 2e-5
TAIL = 34


@dataclass(frozen=True)
class StepCase:
    """One step of training: a batch, what the model says of it, the gradient it will set.

    X (N, 785); labels (N, 1) uint8; logits (N, K) from which the outputs follow; w, grad (785, K).
    """

    X: Array
    labels: Array
    outputs: Array
    w: Array
    grad: Array

    @property
    def grads(self) -> list[Array]:
        """The gradients of two steps in a row, the second unlike the first."""
        return [self.grad, 2 * self.grad[::-1]]


@dataclass(frozen=True)
class WholeSets:
    """A training and a validation set as large as the assignment's, each of one image many times.

    All images are predicted as class 1, which is wrong for the last ones of both sets. `logits`
    (2, K) are those of a training and of a validation image.
    """

    train: int
    val: int
    logits: Array

    def labels(self, rows: int) -> Array:
        """(rows, 1) uint8: 1 for three quarters and one more, then 0."""
        return (np.arange(rows) <= rows * 3 // 4).astype(np.uint8)[:, None]

    def image(self, logits: Array) -> tuple[Array, Array, Array]:
        """One image X (1, 785), w (785, K), and what `forward` answers for it, (1, K)."""
        row = logits[None]
        case = (
            binary_accuracy(logits, [1], [True])
            if logits.size == 1
            else softmax_accuracy(row, [1], [True])
        )
        return case.X, case.w, case.outputs


@dataclass(frozen=True)
class LoaderCase:
    """Rows that carry their own number, and a batch size.

    N rows in all; `batch_size` does not divide N where `N % batch_size` is not 0.
    """

    N: int
    batch_size: int
    seed: int

    @property
    def rows(self) -> Array:
        """(N,): the numbers of the rows, which stand in every column of X."""
        return np.arange(self.N, dtype=np.float64)

    @property
    def labels(self) -> Array:
        """(N,): twice the row's number and one, which stands in every column of Y."""
        return 2 * self.rows + 1


def numbered(N: int, columns: int) -> tuple[Array, Array]:
    """X (N, 785) and Y (N, columns) of a `LoaderCase`."""
    case = LoaderCase(N, 1, 0)
    X = np.repeat(case.rows[:, None], INPUTS, axis=1)
    return X, np.repeat(case.labels[:, None], columns, axis=1)


@dataclass(frozen=True)
class StoppingCase:
    """Validation losses in the order in which they come, all inside (0, 1), no two equal.

    `best` is the index of the last improvement; every loss after it is worse. Until then no run of
    failures is longer than `MOST_FAILURES_BEFORE`.
    """

    losses: tuple[float, ...]
    best: int
    num_batches: int
    source: str = ""
    """The losses as an expression, where there are too many to write out."""

    @property
    def epochs(self) -> int:
        """Enough for the whole script, even at one validation an epoch."""
        return len(self.losses) + 1


# Under every accepted reading of "10 times" a run goes on after this many failures.
MOST_FAILURES_BEFORE = 7


def _step_case(data: bytes, classes: int) -> StepCase:
    stream = iter(data)
    N = ROWS[next(stream) % len(ROWS)]
    columns = [(next(stream) * 256 + next(stream)) % PIXELS for _ in range(2)]
    X = np.zeros((N, INPUTS))
    X[:, BIAS] = 1
    X[:, 0] = np.arange(N)  # rows tell one another apart
    w, grad = np.zeros((INPUTS, classes)), np.zeros((INPUTS, classes))
    for row in (BIAS, *columns):
        w[row] = [SMALL[next(stream) % len(SMALL)] for _ in range(classes)]
        grad[row] = [SMALL[next(stream) % len(SMALL)] for _ in range(classes)]
    grad[columns[0], 0] += NEVER_ZERO
    weights = np.array([[1 + next(stream) % 8 for _ in range(classes)] for _ in range(N)], float)
    outputs = weights / 9 if classes == 1 else shares(weights)
    labels = [next(stream) % (2 if classes == 1 else classes) for _ in range(N)]
    return StepCase(X, np.array(labels, dtype=np.uint8)[:, None], outputs, w, grad)


def _step_bytes(classes: int) -> int:
    return 1 + 4 + 6 * classes + max(ROWS) * (classes + 1)


def _loader_case(data: bytes) -> LoaderCase:
    """20 to 51 rows, so that a shuffled order equals another with a chance of 1 in 10^18."""
    rows, size, high, low = data
    return LoaderCase(20 + rows % 32, (4, 3, 5, 7, 8, 2)[size % 6], high * 256 + low)


def _tail(kind: int, best: float, steps: list[float]) -> list[float]:
    """Losses all worse than `best`: falling, rising, zigzag, or as drawn; none twice."""
    if not steps:
        return []
    room = 0.99 - best
    if kind == 0:
        ranks = list(range(len(steps)))[::-1]
    elif kind == 1:
        ranks = list(range(len(steps)))
    elif kind == 2:
        ranks = [i + (1 if i % 2 == 0 else -1) for i in range(len(steps))]
    else:
        ranks = list(np.argsort(np.argsort(steps, kind="stable"), kind="stable"))
    smallest = min(ranks)
    return [best + room * (1 + rank - smallest) / (len(ranks) + 2) for rank in ranks]


def _stopping_case(data: bytes) -> StoppingCase:
    """At least 15 improvements, some failures in between, then failures to the end."""
    stream = iter(data)
    num_batches = (10, 15, 5, 20)[next(stream) % 4]
    kind = next(stream) % 4
    losses: list[float] = []
    best = FIRST_LOSS
    for _ in range(15 + next(stream) % 6):
        losses.append(best)
        best -= _improvement(next(stream))
    for _ in range(next(stream) % 3):
        failures = next(stream) % (MOST_FAILURES_BEFORE + 1)
        losses += _tail(next(stream) % 4, losses[-1], [next(stream) for _ in range(failures)])
        losses.append(best)
        best -= _improvement(next(stream))
    last = len(losses) - 1
    losses += _tail(kind, losses[-1], [next(stream) / 256 + i * 1e-6 for i in range(TAIL)])
    return StoppingCase(_without_ties(losses), last, num_batches)


def _long_script() -> StoppingCase:
    """As many validations as a run of task 3 has: 266 that improve, then none."""
    losses = [0.9 - i / 500 for i in range(266)] + [0.5 + i / 500 for i in range(TAIL)]
    source = f"[0.9 - i / 500 for i in range(266)] + [0.5 + i / 500 for i in range({TAIL})]"
    return StoppingCase(tuple(losses), 265, 155, source)


def _improvement(byte: int) -> float:
    """How much a loss improves: mostly clearly, every third time by as little as real runs do."""
    return SMALLEST_IMPROVEMENT if byte % 3 == 1 else SMALLEST_STEP * (5 + byte % 16)


def _without_ties(losses: list[float]) -> tuple[float, ...]:
    return tuple(round(round(loss, 5) + 1e-7 * index, 7) for index, loss in enumerate(losses))


def script(
    improvements: int, kind: int, num_batches: int, first: float = FIRST_LOSS
) -> StoppingCase:
    """A plain script: so many improvements, then a tail of one kind (0 falling, 1 rising)."""
    losses = [first - 0.02 * i for i in range(improvements)]
    room = 0.99 * first / FIRST_LOSS - losses[-1]
    steps = list(range(TAIL))
    ranks = steps[::-1] if kind == 0 else steps
    tail = [losses[-1] + room * (1 + rank) / (TAIL + 2) for rank in ranks]
    return StoppingCase(_without_ties([*losses, *tail]), improvements - 1, num_batches)


PLAIN_SCRIPTS = tuple(script(improvements, 0, 10) for improvements in (16, 17, 18, 19, 20))
"""What a reading of the rule is told by: their tenth failures fall on different places in their
epochs of five validations."""


def _bytes(length: int) -> st.SearchStrategy[bytes]:
    return st.binary(min_size=length, max_size=length)


BINARY_VALIDATIONS = replace(
    BINARY_ACCURACY, large=(*BINARY_ACCURACY.large, WholeSets(4005, 2042, np.array([[2.0], [1]])))
)
SOFTMAX_VALIDATIONS = replace(
    SOFTMAX_ACCURACY,
    large=(
        *SOFTMAX_ACCURACY.large,
        WholeSets(20_000, 10_000, np.eye(CLASSES)[[1, 1]] * [[2], [1]]),
    ),
)
BINARY_STEPS = Cases("binary steps", _bytes(_step_bytes(1)).map(lambda data: _step_case(data, 1)))
SOFTMAX_STEPS = Cases(
    "softmax steps", _bytes(_step_bytes(CLASSES)).map(lambda data: _step_case(data, CLASSES))
)
LOADERS = Cases("loaders", _bytes(4).map(_loader_case), large=(LoaderCase(1300, 128, 1),))
STOPPING = Cases(
    "stopping",
    _bytes(4 + 21 + 2 * (3 + MOST_FAILURES_BEFORE) + 1 + TAIL).map(_stopping_case),
    always=(script(17, 0, 10), script(18, 1, 10)),
    large=(_long_script(),),
)
