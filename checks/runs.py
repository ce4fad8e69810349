"""Runs of the reference as they are kept: full ones step by step, and many for their ranges.

`calibration.py` makes them, `stored.py` writes and reads them; what is asked of one here needs no
solution.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import inf
from typing import Any, Literal

import numpy as np

from checks.intervals import CONFIDENCE, ToleranceInterval, widest_interval

Array = np.ndarray[Any, Any]
Task = Literal["binary", "softmax"]

QUANTITIES = (
    "stop_epoch",
    "stop_step",
    "validation_loss",
    "best_validation_loss",
    "validation_accuracy",
    "train_accuracy",
    "squared_norm",
)


@dataclass(frozen=True)
class Setting:
    """How a run is made, all of it: equal settings and data give equal runs.

    task: "binary" is digits 2 and 3, "softmax" all ten.
    learning_rate: 0.05 and 0.01 in the assignment.
    shuffle_seed: orders of `np.random.seed(s)` and `np.random.shuffle(list(range(N)))` each epoch,
        one stream that goes on over the epochs; None does not shuffle.
    failures_to_stop, interval, l2_reg_lambda, l2_coefficient, batch_size, num_epochs: as in
        `reference.training.Protocol`.
    scale, shift: what a grey level x becomes, scale * x + shift: in [-1, 1] in the assignment.
    """

    task: Task
    learning_rate: float
    shuffle_seed: int | None = None
    l2_reg_lambda: float = 0.0
    l2_coefficient: float = 2.0
    failures_to_stop: int | None = 11
    interval: int | None = None
    batch_size: int = 128
    num_epochs: int = 500
    scale: float = 1 / 127.5
    shift: float = -1.0

    def digest(self) -> str:
        """A name for this setting, the same on every machine: 64 hexadecimal digits."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()


BINARY = Setting("binary", 0.05)
SOFTMAX = Setting("softmax", 0.01, shuffle_seed=0)


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """One place along a run where a step can be tried.

    step: the global step whose update comes next; the one before it was validated.
    w: (D, K) float32, the run's weights to 16 significant bits: a step is computed from these as
        they stand, so it need not be the run's own.
    rows: (batch_size,) the rows of the task's training images in that step's batch.
    """

    step: int
    w: Array
    rows: Array


@dataclass(frozen=True, eq=False)
class ReferenceRun:
    """A full run, up to and including the step at which it stopped.

    steps: (V,) the global steps after whose update a validation was made.
    validation_loss, train_accuracy, validation_accuracy: (V,) float64, the loss without the
        penalty.
    train_loss: (V,) float64, of those steps' batches, before the update.
    squared_norm: (V,) float64, ||w||^2 after the update.
    stop_step, stop_epoch: counted from 0; None where it ran through.
    margin: the smallest distance of a validation loss to the best before it.
    w: (D, K) float32, at the end.
    checkpoints: along the run, about evenly.
    """

    setting: Setting
    steps: Array
    validation_loss: Array
    train_accuracy: Array
    validation_accuracy: Array
    train_loss: Array
    squared_norm: Array
    num_batches: int
    stop_step: int | None
    stop_epoch: int | None
    margin: float
    w: Array
    checkpoints: tuple[Checkpoint, ...]

    def stop_index(self, failures_to_stop: int) -> int | None:
        """The index of the validation at which this many failures in a row stop the run.

        So a run that went on to the 11th failure tells where the 10th came. None where the run
        ended before; a run says nothing of more failures than it stopped at.
        """
        best, failures = inf, 0
        for index, loss in enumerate(self.validation_loss):
            best, failures = (loss, 0) if loss < best else (best, failures + 1)
            if failures >= failures_to_stop:
                return index
        return None

    def epoch(self, index: int) -> int:
        """The epoch, from 0, of the validation with this index."""
        return int(self.steps[index]) // self.num_batches

    def last_of_epoch(self, index: int) -> int:
        """The index of the last validation in this one's epoch, in the run or after its end."""
        last_step = (self.epoch(index) + 1) * self.num_batches - 1
        return last_step // int(self.steps[1] - self.steps[0])


@dataclass(frozen=True, eq=False)
class Stops:
    """Where n runs stopped by one rule and what they measured there: (n,) float64 each.

    A run that was never stopped has the number of epochs and of steps it was given.
    """

    stop_epoch: Array
    stop_step: Array
    validation_loss: Array
    best_validation_loss: Array
    validation_accuracy: Array
    train_accuracy: Array
    squared_norm: Array


@dataclass(frozen=True, eq=False)
class Population:
    """Runs of one setting with shuffle seeds 0, 1, ... n - 1, none left out.

    setting: the runs' own but for the seed and for failures_to_stop, which `stops` goes by: both
        readings of the assignment, 10 and 11, are read off one run that goes on to the 11th.
    """

    setting: Setting
    stops: Mapping[int, Stops]

    @property
    def n(self) -> int:
        """How many seeds."""
        return len(next(iter(self.stops.values())).stop_step)

    def begins_as(self, other: Population) -> bool:
        """Whether the seeds that both have stopped alike, to a rounding of 1e-6."""
        n = min(self.n, other.n)
        return (self.setting, tuple(self.stops)) == (other.setting, tuple(other.stops)) and all(
            np.allclose(
                getattr(stops, quantity)[:n],
                getattr(other.stops[rule], quantity)[:n],
                rtol=1e-6,
                atol=0,
            )
            for rule, stops in self.stops.items()
            for quantity in QUANTITIES
        )

    def range(
        self, quantity: str, failures_to_stop: int = 11, confidence: float = CONFIDENCE
    ) -> ToleranceInterval:
        """[min, max] of one of QUANTITIES, with n and the content it is sure to hold.

        Values are kept as float32, so an end may be off by 6e-8 of itself. Raises ValueError for
        another quantity or rule.
        """
        if quantity not in QUANTITIES or failures_to_stop not in self.stops:
            raise ValueError(
                f"there is no range of {quantity!r} at {failures_to_stop} failures, expected one "
                f"of {', '.join(QUANTITIES)} at one of {', '.join(map(str, self.stops))}"
            )
        return widest_interval(getattr(self.stops[failures_to_stop], quantity), confidence)


@dataclass(frozen=True, eq=False)
class Expectations:
    """All that is stored for one data set."""

    dataset: str
    sha256: str
    runs: tuple[ReferenceRun, ...]
    populations: tuple[Population, ...]

    def run(self, setting: Setting) -> ReferenceRun | None:
        """The stored run of this setting, if there is one."""
        return next((run for run in self.runs if run.setting == setting), None)

    def population(self, task: Task) -> Population | None:
        """The stored runs of a task over many seeds, if there are any."""
        return next((each for each in self.populations if each.setting.task == task), None)
