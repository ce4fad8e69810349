"""Laws that both models share: relations between answers, which need no solution.

Union, order, rows alone, calls again, inputs kept. Each function raises a violation or returns.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from checks import cases, tolerances
from checks.cases import AccuracyCase, ModelCase
from checks.subject import Array, Subject
from checks.tolerances import for_dtype
from gradus import expect


def pixel_columns(subject: Subject) -> slice:
    """The columns of a preprocessed image that hold pixels."""
    return slice(1, None) if subject.bias_column == 0 else slice(0, cases.PIXELS)


def loss_of_union(subject: Subject, task: str, targets: Array, outputs: Array) -> None:
    """N C = n1 C1 + n2 C2 for a batch and its two parts, of two rows or more.

    A batch too small for that has each of its rows twice.
    """
    if len(outputs) < 4:
        targets, outputs = np.repeat(targets, 2, axis=0), np.repeat(outputs, 2, axis=0)
    N, first = len(outputs), (len(outputs) + 1) // 2
    parts = [slice(0, first), slice(first, N)]
    losses = [
        expect.one_number(subject.loss(task, targets[part], outputs[part]), name)
        for part, name in zip(parts, ("loss", "loss_2"), strict=True)
    ]
    whole = expect.one_number(subject.loss(task, targets, outputs), "loss_3")
    weighted = (first * losses[0] + (N - first) * losses[1]) / N
    expect.close(whole, weighted, tolerances.LOSS, "loss_3")


def forward_of_one_image(subject: Subject, task: str, case: ModelCase) -> None:
    """`forward` answers for a batch of one image, in the shape of any batch."""
    X = case.X[:1]
    outputs = subject.forward(task, X, case.w)
    expected = subject.oracle.forward(task, X, case.w)
    expect.close(outputs, expected, for_dtype(outputs, tolerances.VALUE), "outputs")


def gradient_of_one_image(subject: Subject, task: str, case: ModelCase) -> None:
    """`backward` answers for a batch of one image, in the shape of any batch."""
    X = case.X[:1]
    targets = case.labels[:1] if task == "task2a" else subject.oracle.one_hot(case.labels[:1])
    grad = subject.backward(task, case, rows=slice(0, 1))["grads"][-1]
    expected = subject.oracle.gradient(task, X, case.w, targets)
    expect.close(grad, expected, for_dtype(grad, tolerances.VALUE), "grad")


def finite(value: Any, name: str) -> None:
    """One finite number."""
    loss = expect.one_number(value, name)
    expect.holds(
        bool(np.isfinite(loss)),
        f"`{name}` is {expect.number(loss)}, but should be finite",
        got=expect.number(loss),
        should_be="a finite number",
        expression=name,
    )


def forward_of_last_rows(subject: Subject, task: str, case: ModelCase) -> None:
    """forward(X)[-2:] = forward(X[-2:]), both rows the last one."""
    shape = (len(case.X), case.w.shape[1])
    outputs = expect.has_shape(subject.forward(task, case.X, case.w), shape, "outputs")
    alone = subject.forward(task, case.X[[-1, -1]], case.w)
    tolerance = for_dtype(outputs, tolerances.VALUE)
    expected = outputs[[-1, -1]]
    expect.close(alone, expected, tolerance, "outputs_2", because="as in the whole batch")


def starts_at_zero(subject: Subject, task: str, classes: int) -> None:
    """A model as constructed has weights of zero."""
    w = subject.new_model(task)["w"]
    expect.close(w, np.zeros((cases.INPUTS, classes)), tolerances.VALUE, "model.w")


def forward_at_huge_logits(subject: Subject, task: str, classes: int) -> None:
    """Finite outputs at logits of 1000 and -1000 in one batch."""
    X = np.zeros((2, cases.INPUTS))
    X[:, 0], X[:, cases.BIAS] = (1, -1), 1
    w = np.zeros((cases.INPUTS, classes))
    w[0, 0] = 1000
    outputs = expect.has_shape(subject.forward(task, X, w), (2, classes), "outputs")
    expect.holds(
        bool(np.isfinite(outputs).all()),
        "`outputs` holds nan, but should hold probabilities",
        got=outputs,
        should_be="numbers between 0 and 1",
        expression="outputs",
    )


def gradient_of_union(subject: Subject, task: str, case: ModelCase) -> None:
    """N g = n1 g1 + n2 g2 for a batch and its two parts, of two rows or more.

    A batch too small for that has each of its rows twice.
    """
    N = len(case.X)
    rows = list(range(N)) if N > 3 else [*range(N), *range(N)]
    first = (len(rows) + 1) // 2
    names = ("grad", "grad_2", "grad_3")
    chosen = (rows[:first], rows[first:], rows)
    grads = [
        expect.has_shape(subject.backward(task, case, rows=r)["grads"][-1], case.w.shape, name)
        for r, name in zip(chosen, names, strict=True)
    ]
    weighted = (first * grads[0] + (len(rows) - first) * grads[1]) / len(rows)
    expect.close(grads[2], weighted, for_dtype(grads[2], tolerances.VALUE), "grad_3")


def gradient_again(subject: Subject, task: str, case: ModelCase) -> None:
    """The second call of `backward` leaves the gradient that the first one left."""
    first, second = subject.backward(task, case, times=2)["grads"]
    expect.has_shape(first, case.w.shape, "grad")
    expect.close(second, first, for_dtype(first, tolerances.VALUE), "grad", because="as before")


def backward_keeps_inputs(subject: Subject, task: str, case: ModelCase) -> None:
    """X, outputs, targets and w are after the call what they were before."""
    called = subject.backward(task, case)
    kept(called["changed"], called["sent"])


def accuracy_of_another_order(subject: Subject, task: str, case: AccuracyCase) -> None:
    """The same rows backwards have the same accuracy."""
    accuracy = expect.one_number(subject.accuracy(task, case), "accuracy")
    backwards = list(range(len(case.X)))[::-1]
    again = expect.one_number(subject.accuracy(task, case, backwards), "accuracy_2")
    expect.close(again, accuracy, tolerances.FRACTION, "accuracy_2")


def accuracy_keeps_inputs(subject: Subject, task: str, case: AccuracyCase) -> None:
    """X and targets are after the call what they were before."""
    called = subject.accuracy_and_changes(task, case)
    kept(called["changed"], called["sent"])


def kept(changed: dict[str, Any], before: dict[str, Array]) -> None:
    """Every array is what it was, also those that have `changed`."""
    for name, sent in before.items():
        after = changed.get(name, sent)
        expect.close(after, sent, tolerances.VALUE, name, because="as it was passed in")
