"""How a submission trains, measured: what the reference must do likewise to be comparable.

Each honest choice of the assignment's readers is one field. What cannot be measured, because a
piece of the submission does not work, is taken to be as the assignment says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, TypeVar

import numpy as np

from checks import recognition, training
from checks.cases import CLASSES, INPUTS, PIXELS
from checks.subject import Subject
from gradus.expect import ForAPerson, NotWritten, Violation
from gradus.worker.client import StudentError, WorkerFailure

Array = np.ndarray[Any, Any]
T = TypeVar("T")

BATCH_SIZE = 128
TRAIN_ROWS = 20_000
BINARY_CLASSES = (2, 3)
LAMBDAS = (1.0, 0.1, 0.01, 0.001)
SAMPLE_ROWS = 256
EQUAL_PIXELS = 1e-6
NOT_MEASURABLE = (StudentError, WorkerFailure, Violation, ForAPerson, NotWritten)


@dataclass(frozen=True)
class Protocol:
    """How a submission trains.

    images: what its models meet. "assignment": its own `pre_process_images` makes what the
        assignment asks for; "own": it makes something else, one affine map for each pixel;
        "harness": it is of no use, and the harness preprocesses.
    own_one_hot: whether its `one_hot_encode` is right, and used.
    reading: how it reads the rule of early stopping, None where that is no accepted reading.
    intervals: steps from one validation to the next, by module, None where it is the assignment's
        num_batches // 5 or could not be measured.
    l2_coefficient: 2 where its penalty is λ ||w||², 1 where it is half of that.
    usual_order: whether it shuffles as most do, in the order of `np.random.shuffle`.
    lambdas: those of its script, else the assignment's.
    """

    images: Literal["assignment", "own", "harness"]
    own_one_hot: bool
    reading: training.Reading | None
    intervals: Mapping[str, int | None]
    l2_coefficient: float
    usual_order: bool
    lambdas: tuple[float, ...]


def protocol(subject: Subject) -> Protocol:
    """Measure a submission, once: a few hundred images, a few scripted steps."""
    if "protocol" not in subject.memory:
        subject.memory["protocol"] = _measured(subject)
    found: Protocol = subject.memory["protocol"]
    return found


def _measured(subject: Subject) -> Protocol:
    kept = subject.trace
    reading = _or(None, lambda: training.reading(subject))
    rows = {"task2": _binary_rows(subject), "task3": len(subject.dataset.Y_train[:TRAIN_ROWS])}
    intervals: dict[str, int | None] = dict.fromkeys(rows)
    if reading is not None:  # else the assignment's rules are followed, its interval too
        for module, N in rows.items():
            intervals[module] = _or(None, partial(_interval, subject, N // BATCH_SIZE))
    found = Protocol(
        images=_or("harness", lambda: _images(subject)),
        own_one_hot=_or(False, lambda: _encodes(subject)),
        reading=reading,
        intervals=intervals,
        l2_coefficient=_or(2.0, lambda: subject.l2_coefficient),
        usual_order=_or(False, lambda: _usual_order(subject)),
        lambdas=_lambdas(subject),
    )
    subject.trace = kept
    return found


def _or(default: T, measure: Callable[[], T]) -> T:
    try:
        return measure()
    except NOT_MEASURABLE:
        return default


def _binary_rows(subject: Subject) -> int:
    labels = subject.dataset.Y_train[:TRAIN_ROWS]
    return int(np.isin(labels, BINARY_CLASSES).sum())


def _images(subject: Subject) -> Literal["assignment", "own", "harness"]:
    X = subject.dataset.X_train[:SAMPLE_ROWS]
    own = subject.session.call("preprocess", X=X)
    if not is_affine(X, own):
        return "harness"
    should = subject.oracle.pixel_values()[X]
    pixels = own[:, 1:] if subject.bias_column == 0 else own[:, :-1]
    bias = own[:, 0] if subject.bias_column == 0 else own[:, -1]
    same = np.allclose(pixels, should, rtol=0, atol=EQUAL_PIXELS) and bool(np.all(bias == 1))
    return "assignment" if same else "own"


def is_affine(X: Array, processed: Any) -> bool:
    """Whether `processed` (N, 785) is one affine map a x + b of each pixel of X (N, 784), finite.

    The bias column may stand first or last.
    """
    if not isinstance(processed, np.ndarray) or processed.dtype.kind not in "biuf":
        return False
    if processed.shape != (len(X), INPUTS) or not np.isfinite(processed).all():
        return False
    x = X - X.mean(axis=0)
    for pixels in (processed[:, :PIXELS], processed[:, -PIXELS:]):
        y = pixels - pixels.mean(axis=0, dtype=np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = np.nan_to_num((x * y).sum(axis=0) / (x * x).sum(axis=0))
        largest = max(1.0, float(np.abs(pixels).max()))
        if np.abs(y - slope * x).max() < EQUAL_PIXELS * largest and np.any(slope):
            return True
    return False


def _encodes(subject: Subject) -> bool:
    if not subject.one_hot_works:
        return False
    labels = np.arange(CLASSES, dtype=np.uint8)[:, None]
    own = subject.session.call("one_hot_encode", Y=labels, num_classes=CLASSES)
    numeric = isinstance(own, np.ndarray) and own.dtype.kind in "biuf"
    return numeric and np.array_equal(own, subject.oracle.one_hot(labels))


def _interval(subject: Subject, num_batches: int) -> int | None:
    """Steps between validations at so many batches an epoch, None where it is num_batches // 5."""
    if num_batches < 5:
        return None
    gap = steps_between_validations(subject, num_batches)
    return None if gap == num_batches // 5 else gap


def steps_between_validations(subject: Subject, num_batches: int) -> int | None:
    """How many steps `train` goes from one validation to the next; None where they differ.

    Raises one of NOT_MEASURABLE where it does not run.
    """
    try:
        training.reading(subject)
    except WorkerFailure as failure:
        if failure.is_hang:  # it would hang here too
            raise
    except NOT_MEASURABLE:
        pass
    epochs = 9
    losses = np.linspace(0.9, 0.5, epochs)
    done = subject.session.call(
        "scripted_training", losses=losses, num_batches=num_batches, num_epochs=epochs
    )
    gaps = set(np.diff(np.asarray(done["validated_at"], dtype=np.int64)).tolist())
    gap = gaps.pop() if len(gaps) == 1 else 0
    return int(gap) if 1 <= gap <= epochs * num_batches else None


def _usual_order(subject: Subject) -> bool:
    """Whether two shuffled epochs from seed 0 are those of `np.random.shuffle` from seed 0."""
    N, batch_size = 320, 32
    answer = subject.session.call(
        "batches", N=N, columns=1, batch_size=batch_size, shuffle=True, epochs=2, seed=0
    )
    generator = np.random.RandomState(0)
    for epoch in answer["epochs"]:
        order = np.arange(N)
        generator.shuffle(order)
        if not np.array_equal(epoch["first"], order):
            return False
    return True


def _lambdas(subject: Subject) -> tuple[float, ...]:
    """The list that the script trained with where it is one of the assignment's editions'."""
    found, _ = recognition.lambdas_used(subject.script("task3"))
    return tuple(sorted(found, reverse=True)) or LAMBDAS
