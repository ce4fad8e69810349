"""Whole trainings as a result reports them: the submission's own, or the reference's in its place.

A `Run` holds every number; `record` is what stands in `results.json`, thinned to what a graph can
show.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

Array = np.ndarray[Any, Any]
By = Literal["submission", "reference"]

MOST_POINTS = 300
DECIMALS = 6


@dataclass(frozen=True)
class Plan:
    """One training of the assignment.

    id: "binary", "binary-shuffled", "softmax", "softmax-0.1"...; task: the task that asks for it;
    module: whose trainer makes it, task2 or task3.
    """

    id: str
    task: str
    module: str
    shuffle: bool
    l2_reg_lambda: float = 0.0

    @property
    def says(self) -> str:
        """In words, for a progress bar or a figure."""
        if self.module == "task2":
            return f"binary, {'with' if self.shuffle else 'without'} shuffle"
        return f"softmax, λ = {self.l2_reg_lambda:g}"


def plans(lambdas: Sequence[float]) -> tuple[Plan, ...]:
    """Every training: the binary model twice, softmax without regularisation and for each λ."""
    regularised = [Plan(f"softmax-{each:g}", "4c", "task3", True, each) for each in lambdas]
    return (
        Plan("binary", "2d", "task2", False),
        Plan("binary-shuffled", "2e", "task2", True),
        Plan("softmax", "3b", "task3", True),
        *regularised,
    )


def _empty() -> Array:
    return np.empty(0)


@dataclass(frozen=True, eq=False)
class Run:
    """One whole training and what it measured; `failed` says why it has no values, or bad ones.

    how: where the numbers come from, one sentence. seed: of the order of the batches, None without
        shuffle. stop_step, stop_epoch: counted from 0; None where it ran through or failed.
    steps: (V,) the steps after which it validated; validation_loss, validation_accuracy,
        train_accuracy: (V,).
    train_loss_steps, train_loss: (S,) the loss of single batches before their update.
    squared_norm: ||w||² at the end. w: (785, K) at the end, or None.
    num_batches: of an epoch. bias_column: the row of w that belongs to no pixel. stored: whether it
        follows the protocol under which many seeds are stored.
    look_here: where it contradicts what the reference does under the same rules.
    """

    plan: Plan
    by: By
    how: str
    seed: int | None
    stop_epoch: int | None = None
    stop_step: int | None = None
    steps: Array = field(default_factory=_empty)
    validation_loss: Array = field(default_factory=_empty)
    validation_accuracy: Array = field(default_factory=_empty)
    train_accuracy: Array = field(default_factory=_empty)
    train_loss_steps: Array = field(default_factory=_empty)
    train_loss: Array = field(default_factory=_empty)
    squared_norm: float | None = None
    w: Array | None = None
    num_batches: int | None = None
    stored: bool = False
    bias_column: int = 784
    cpu_seconds: float | None = None
    failed: str | None = None
    look_here: str | None = None

    def failing(self, why: str) -> Run:
        return replace(self, failed=why)

    def record(self) -> dict[str, Any]:
        """What stands under `runs` in results.json: plain values, no nan, at most 300 points."""
        chosen = thinned(len(self.steps))
        train_steps, train_loss, mean_of = running_means(self.train_loss_steps, self.train_loss)
        final = {
            name: _number(series[-1]) if len(series) else None
            for name, series in (
                ("validation_loss", self.validation_loss),
                ("validation_accuracy", self.validation_accuracy),
                ("train_accuracy", self.train_accuracy),
            )
        }
        return {
            "id": self.plan.id,
            "task": self.plan.task,
            "by": self.by,
            "how": self.how,
            "shuffle": self.plan.shuffle,
            "l2_reg_lambda": self.plan.l2_reg_lambda,
            "seed": self.seed,
            "stop_epoch": self.stop_epoch,
            "stop_step": self.stop_step,
            "validations": len(self.steps),
            "steps": [int(step) for step in self.steps[chosen]],
            "validation_loss": _numbers(self.validation_loss[chosen]),
            "validation_accuracy": _numbers(self.validation_accuracy[chosen]),
            "train_accuracy": _numbers(self.train_accuracy[chosen]),
            "train_loss_steps": [int(step) for step in train_steps],
            "train_loss": _numbers(train_loss),
            "train_loss_mean_of": mean_of,
            "final": {**final, "squared_norm": _number(self.squared_norm)},
            "cpu_seconds": None if self.cpu_seconds is None else round(self.cpu_seconds, 2),
            "failed": self.failed,
            "look_here": self.look_here,
        }


def thinned(count: int) -> Array:
    """Indices of at most MOST_POINTS of `count` values: every k-th, and always the last."""
    if count <= MOST_POINTS:
        return np.arange(count)
    every = -(-count // (MOST_POINTS - 1))
    return np.unique([*range(0, count, every), count - 1])


def running_means(steps: Array, values: Array, at_least: int = 1) -> tuple[Array, Array, int]:
    """Means of k >= at_least values in a row at their middle steps; k, which stands last, is such
    that at most MOST_POINTS remain.

    What is left over at the end and does not fill a mean is left out.
    """
    k = max(at_least, -(-len(values) // MOST_POINTS))
    whole = len(values) // k * k
    means = values[:whole].reshape(-1, k).mean(axis=1)
    return steps[:whole].reshape(-1, k)[:, (k - 1) // 2], means, k


def _numbers(values: Array) -> list[float | None]:
    return [None if not np.isfinite(value) else round(float(value), DECIMALS) for value in values]


def _number(value: float | None) -> float | None:
    return None if value is None or not np.isfinite(value) else float(value)
