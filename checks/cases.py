"""What laws draw: a few small numbers in a few columns, so that a failure shrinks to one that can
be followed by hand.

Each case is decoded from a fixed number of bytes: drawing costs 0.2 ms, every byte shrinks towards
zero, and zero bytes decode to the simplest case (one row, all pixels zero, label 0). Values are
halves and quarters, exact in binary. One dense case per kind, given by a formula, adds breadth.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from hypothesis import strategies as st

from checks.equations import equation_1, equation_4, shares
from gradus.law import Cases

PIXELS = 784
INPUTS = 785
CLASSES = 10
BIAS = 784

Array = np.ndarray[Any, Any]

# Small values, simplest first: a byte that shrinks to 0 becomes 0.
SMALL = np.array([0, 1, -1, 0.5, -0.5, 2, -2, 0.25, -0.25, 1.5])
# What pixels become: some submissions assert that images have been preprocessed.
PREPROCESSED = np.array([0, 1, -1, 0.5, -0.5, 0.75, -0.75, 0.25, -0.25, 0.125])
# Probabilities, exact in binary, from 1/128 to 127/128 and never 1/2 +- 1e-4 except 1/2 itself.
PROBABILITIES = np.array([64, 96, 32, 112, 16, 120, 8, 127, 1, 80, 48]) / 128
# A batch of one image never comes up in the assignment: code that squeezes it away is no mistake.
ROWS = (2, 3, 4, 5, 7)
TINY = 2.0**-16
# How many rows the large cases have: more than a batch, and more than a uint8 counts.
MANY = 300


@dataclass(frozen=True)
class ModelCase:
    """A batch and weights. X (N, 785) in [-1, 1], ones last; w (785, K); labels (N, 1).

    `labels` are uint8 as MNIST has them. `active` are the rows of w and columns of X that are not
    all zero, the bias included. `source` holds NumPy source for arrays too large to write out.
    """

    X: Array
    w: Array
    labels: Array
    l2_reg_lambda: float
    active: tuple[int, ...]
    source: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class LossCase:
    """Targets and outputs of a loss: (N, 1) with uint8 targets, or (N, K) with labels (N, 1)."""

    labels: Array
    outputs: Array


@dataclass(frozen=True)
class PixelCase:
    """Images (N, 784) of uint8."""

    X: Array


@dataclass(frozen=True)
class LabelCase:
    """Labels (N, 1) of uint8, 0 to 9."""

    Y: Array


@dataclass(frozen=True)
class AccuracyCase:
    """Rows, scripted outputs and targets of which a known number is right.

    The rows and weights are such that the true `forward` gives these outputs too. `right` holds
    for each row whether its prediction is right. No output lies at the threshold, no row has ties.
    """

    X: Array
    w: Array
    outputs: Array
    labels: Array
    right: tuple[bool, ...]

    @property
    def fraction(self) -> float:
        return sum(self.right) / len(self.right)


def images_of(table: Array, X: Array) -> Array:
    """Grey levels X (N, 784) as a table (256,) has them, in rows of 785, the last entry 1."""
    images = np.ones((len(X), INPUTS))
    images[:, :PIXELS] = table[X]
    return images


def _bytes(length: int) -> st.SearchStrategy[bytes]:
    return st.binary(min_size=length, max_size=length)


def _model_case(data: bytes, classes: int) -> ModelCase:
    """1 byte rows, 2 coefficient, 3 columns of 2 bytes, then values, weights and labels."""
    stream = iter(data)
    N = ROWS[next(stream) % len(ROWS)]
    l2_reg_lambda = (0.5, 1.0, 0.25, 0.1, 0.01)[next(stream) % 5]
    columns = sorted({(next(stream) * 256 + next(stream)) % PIXELS for _ in range(3)})
    X = np.zeros((N, INPUTS))
    X[:, BIAS] = 1
    for column in columns:
        X[:, column] = [PREPROCESSED[next(stream) % len(PREPROCESSED)] for _ in range(N)]
    w = np.zeros((INPUTS, classes))
    for row in (BIAS, *columns):
        w[row] = [SMALL[next(stream) % len(SMALL)] for _ in range(classes)]
    labels = [next(stream) % (2 if classes == 1 else classes) for _ in range(N)]
    return ModelCase(
        X, w, np.array(labels, dtype=np.uint8)[:, None], l2_reg_lambda, (*columns, BIAS)
    )


def _model_bytes(classes: int) -> int:
    return 2 + 6 + 3 * max(ROWS) + 4 * classes + max(ROWS)


def _dense(classes: int) -> ModelCase:
    """Seven rows and weights in which every pixel takes part, each by a formula."""
    source = {
        "X": "{name} = (np.arange(7 * 785).reshape(7, 785) * 37 % 101 - 50) / 64\n"
        "{name}[:, 784] = 1",
        "w": f"{{name}} = (np.arange(785 * {classes}) * 53 % 97 - 48) / 256\n"
        f"{{name}} = {{name}}.reshape(785, {classes})",
    }
    X = (np.arange(7 * INPUTS).reshape(7, INPUTS) * 37 % 101 - 50) / 64
    X[:, BIAS] = 1
    w = (np.arange(INPUTS * classes).reshape(INPUTS, classes) * 53 % 97 - 48) / 256
    labels = np.arange(7, dtype=np.uint8)[:, None] % (2 if classes == 1 else classes)
    return ModelCase(X, w, labels, 0.1, tuple(range(INPUTS)), source)


def _many_rows(classes: int) -> ModelCase:
    """Many rows, all alike but for the last two, and the smallest lambda of the assignment."""
    X = np.zeros((MANY, INPUTS))
    X[:, BIAS] = 1
    X[:, 3], X[-2:, 5] = 0.5, (-1, 1)
    w = np.zeros((INPUTS, classes))
    w[3], w[5], w[BIAS] = np.resize(SMALL[1:], classes), np.resize(SMALL[4:], classes), 0.25
    labels = np.zeros((MANY, 1), dtype=np.uint8)
    labels[-1] = 1
    return ModelCase(X, w, labels, 0.001, (3, 5, BIAS))


def _zero_weights(classes: int) -> ModelCase:
    """A new model's weights, on two rows that differ in one pixel."""
    X = np.zeros((2, INPUTS))
    X[:, BIAS] = 1
    X[1, 0] = 1
    labels = np.array([[0], [1]], dtype=np.uint8)
    return ModelCase(X, np.zeros((INPUTS, classes)), labels, 1.0, (0, BIAS))


def _model_cases(name: str, classes: int) -> Cases:
    return Cases(
        name,
        _bytes(_model_bytes(classes)).map(lambda data: _model_case(data, classes)),
        always=(_zero_weights(classes), _dense(classes)),
        large=(_many_rows(classes),),
    )


def _binary_loss_case(data: bytes) -> LossCase:
    stream = iter(data)
    N = ROWS[next(stream) % len(ROWS)]
    outputs = [PROBABILITIES[next(stream) % len(PROBABILITIES)] for _ in range(N)]
    labels = [next(stream) % 2 for _ in range(N)]
    return LossCase(np.array(labels, dtype=np.uint8)[:, None], np.array(outputs)[:, None])


def _softmax_loss_case(data: bytes) -> LossCase:
    """Each row of outputs is small whole weights over their sum, so that rows sum to one."""
    stream = iter(data)
    N = ROWS[next(stream) % len(ROWS)]
    weights = np.array(
        [[(1, 2, 4, 8)[next(stream) % 4] for _ in range(CLASSES)] for _ in range(N)], dtype=float
    )
    labels = np.array([next(stream) % CLASSES for _ in range(N)], dtype=np.uint8)[:, None]
    return LossCase(labels, shares(weights))


def _many_losses(outputs: Array) -> LossCase:
    """The same outputs (1, K) many times, and other labels in the last two rows."""
    labels = np.ones((MANY, 1), dtype=np.uint8)
    labels[-2:] = 0
    return LossCase(labels, np.repeat(outputs, MANY, axis=0))


def _outputs_near_the_ends() -> LossCase:
    """A true class at 2^-16 and one near 1, which a loss that clips more than a little moves."""
    outputs = np.full((2, CLASSES), TINY)
    outputs[0, 9], outputs[1, 3] = 1 - 9 * TINY, 1 - 9 * TINY
    return LossCase(np.array([[0], [3]], dtype=np.uint8), outputs)


def _binary_outputs_near_the_ends() -> LossCase:
    """Both classes, surely wrong and surely right."""
    outputs = np.array([[TINY], [1 - TINY], [1 - TINY], [TINY]])
    return LossCase(np.array([[1], [0], [1], [0]], dtype=np.uint8), outputs)


def _pixel_case(data: bytes) -> PixelCase:
    """One grey for all, then a few single pixels: a batch need not hold a 0 or a 255."""
    stream = iter(data)
    N = (2, 3, 4)[next(stream) % 3]
    X = np.full((N, PIXELS), next(stream), dtype=np.uint8)
    for _ in range(4):
        column = (next(stream) * 256 + next(stream)) % PIXELS
        X[next(stream) % N, column] = next(stream)
    return PixelCase(X)


def _many_images() -> PixelCase:
    """Many images of one grey with a white pixel, the last one with two others."""
    X = np.full((MANY, PIXELS), 51, dtype=np.uint8)
    X[:, 700], X[-1, 5], X[-1, 600] = 255, 204, 0
    return PixelCase(X)


def _many_labels() -> LabelCase:
    """Many labels 7, and two others in the end."""
    Y = np.full((MANY, 1), 7, dtype=np.uint8)
    Y[-2:, 0] = 0, 9
    return LabelCase(Y)


def _label_case(data: bytes) -> LabelCase:
    stream = iter(data)
    N = ROWS[next(stream) % len(ROWS)]
    return LabelCase(np.array([[next(stream) % CLASSES] for _ in range(N)], dtype=np.uint8))


def _binary_accuracy_case(data: bytes) -> AccuracyCase:
    """Outputs on the right or the wrong side of one half, by at least 1e-3."""
    stream = iter(data)
    N = ROWS[next(stream) % len(ROWS)]
    right, labels, logits = [], [], []
    for row in range(N):
        is_right, label = next(stream) % 3 != 1, next(stream) % 2
        size = (1.0, 1 / 128, 0.5, 2.0, 4.0)[next(stream) % 5] * (1 + row / 64)
        logits.append(size if bool(label) == is_right else -size)
        right.append(is_right)
        labels.append(label)
    return binary_accuracy(np.array(logits), labels, right)


def binary_accuracy(logits: Array, labels: list[int], right: list[bool]) -> AccuracyCase:
    """Rows whose outputs follow from these logits (N,)."""
    X = np.zeros((len(logits), INPUTS))
    # The pixel is the logit turned round: looking at X is no substitute for asking the model. It is
    # no larger than pixels are after preprocessing.
    X[:, 0], X[:, BIAS] = 0.0 - logits / 8, 1
    w = np.zeros((INPUTS, 1))
    w[0] = -8
    outputs = equation_1(logits)[:, None]
    return AccuracyCase(X, w, outputs, np.array(labels, np.uint8)[:, None], tuple(right))


def _softmax_accuracy_case(data: bytes) -> AccuracyCase:
    """Each row's largest output is at the label where it is to be right, elsewhere where not."""
    stream = iter(data)
    N = ROWS[next(stream) % len(ROWS)]
    right, labels, logits = [], [], []
    for _ in range(N):
        is_right, label = next(stream) % 3 != 1, next(stream) % CLASSES
        shift = 0 if is_right else 1 + next(stream) % (CLASSES - 1)
        # With nine others close behind, a row's largest output lies well under one half.
        values = np.zeros(CLASSES)
        second = next(stream)
        values[second % CLASSES] = (second % 3) / 4
        values[(label + shift) % CLASSES] = 0.75 + (next(stream) % 3) / 4
        logits.append(values)
        right.append(is_right)
        labels.append(label)
    return softmax_accuracy(np.array(logits), labels, right)


def softmax_accuracy(logits: Array, labels: list[int], right: list[bool]) -> AccuracyCase:
    """Rows whose outputs follow from these logits (N, 10)."""
    X = np.zeros((len(logits), INPUTS))
    X[:, :CLASSES], X[:, BIAS] = 0.0 - logits / 2, 1
    w = np.zeros((INPUTS, CLASSES))
    w[:CLASSES] = -2 * np.eye(CLASSES)
    outputs = equation_4(logits)
    return AccuracyCase(X, w, outputs, np.array(labels, np.uint8)[:, None], tuple(right))


def _mostly_right(classes: int) -> AccuracyCase:
    """Many rows alike, all predicted as class 1, which is wrong in the last ten."""
    wrong = 10
    labels, right = [1] * MANY, [True] * MANY
    labels[-wrong:], right[-wrong:] = [0] * wrong, [False] * wrong
    if classes == 1:
        return binary_accuracy(np.ones(MANY), labels, right)
    logits = np.zeros((MANY, CLASSES))
    logits[:, 1], logits[:, 4] = 0.75, 0.25
    return softmax_accuracy(logits, labels, right)


def _all_pixel_values() -> PixelCase:
    """Every grey level, in one image after another."""
    X = (np.arange(3 * PIXELS) % 256).astype(np.uint8).reshape(3, PIXELS)
    return PixelCase(X)


LOGISTIC = _model_cases("logistic", 1)
SOFTMAX = _model_cases("softmax", CLASSES)
BINARY_LOSS = Cases(
    "binary loss",
    _bytes(1 + 2 * max(ROWS)).map(_binary_loss_case),
    always=(_binary_outputs_near_the_ends(),),
    large=(_many_losses(np.array([[0.75]])),),
)
SOFTMAX_LOSS = Cases(
    "softmax loss",
    _bytes(1 + 11 * max(ROWS)).map(_softmax_loss_case),
    always=(_outputs_near_the_ends(),),
    large=(_many_losses(shares(np.array([[1.0, 4, 2, 8, 1, 1, 2, 1, 4, 8]]))),),
)
IMAGES = Cases(
    "images",
    _bytes(2 + 16).map(_pixel_case),
    always=(_all_pixel_values(),),
    large=(_many_images(),),
)
LABELS = Cases(
    "labels",
    _bytes(1 + max(ROWS)).map(_label_case),
    always=(LabelCase(np.arange(10, dtype=np.uint8)[:, None]),),
    large=(_many_labels(),),
)
BINARY_ACCURACY = Cases(
    "binary accuracy",
    _bytes(1 + 3 * max(ROWS)).map(_binary_accuracy_case),
    large=(_mostly_right(1),),
)
SOFTMAX_ACCURACY = Cases(
    "softmax accuracy",
    _bytes(1 + 5 * max(ROWS)).map(_softmax_accuracy_case),
    large=(_mostly_right(CLASSES),),
)
