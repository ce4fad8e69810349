"""Mistakes in early stopping and in how often `train` validates (task 2d).

A rule is told all validation losses so far, the newest last, and says whether training stops now;
five validations make an epoch. An interval is told the number of batches of an epoch.
"""

from __future__ import annotations

import numpy as np

from reference.faults.declare import Program, fault


def _patience(failures_to_stop: int) -> Program:
    def stops(losses):
        best, failures = np.inf, 0
        for loss in losses:
            failures = 0 if loss < best else failures + 1
            best = min(best, loss)
        return failures >= failures_to_stop

    return stops


@fault(
    "2d.stopping.never",
    says="training does not stop even after 30 failures in a row: the rule is missing, or its "
    "counter is set back (at each epoch, say) before it can reach ten",
    fix="count the validations in a row that failed to beat the best loss, and return in time",
)
def never(losses):
    return False


@fault(
    "2d.stopping.patience",
    says="the number of failures that training waits for is not ten",
    fix="stop when the loss has failed to beat its best ten times in a row",
    others=tuple(_patience(n) for n in (*range(1, 9), *range(12, 20), 21, 22, 25, 26, 30, 31)),
)
def patience(losses):
    best, failures = np.inf, 0
    for loss in losses:
        if loss < best:
            best, failures = loss, 0
        else:
            failures += 1
    return failures >= 20


def _previous(failures_to_stop: int) -> Program:
    def stops(losses):
        failures = 0
        for n in range(1, len(losses)):
            failures = 0 if losses[n] < losses[n - 1] else failures + 1
        return failures >= failures_to_stop

    return stops


def _min_delta(least: float, failures_to_stop: int = 10) -> Program:
    def stops(losses):
        best, failures = np.inf, 0
        for loss in losses:
            failures = 0 if loss < best - least else failures + 1
            best = loss if failures == 0 else best
        return failures >= failures_to_stop

    return stops


def _rounded(digits: int, failures_to_stop: int = 10) -> Program:
    def stops(losses):
        best, failures = np.inf, 0
        for loss in losses:
            failures = 0 if round(loss, digits) < best else failures + 1
            best = min(best, round(loss, digits))
        return failures >= failures_to_stop

    return stops


@fault(
    "2d.stopping.min-delta",
    says="small improvements do not count: losses are rounded, or must fall by a least amount",
    fix="count every loss below the best as an improvement",
    others=(
        *(_min_delta(least, n) for n in (9, 10, 11) for least in (1e-4, 5e-4, 1e-3, 5e-3)),
        *(_rounded(digits, n) for n in (9, 10, 11) for digits in (4, 3, 2)),
    ),
)
def min_delta(losses):
    best, failures = np.inf, 0
    for loss in losses:
        if loss < best - 1e-4:
            best, failures = loss, 0
        else:
            failures += 1
    return failures >= 10


@fault(
    "2d.stopping.previous",
    says="a loss is compared with the one before it instead of with the best so far",
    fix="keep the best validation loss, and compare with that",
    others=(_previous(9), _previous(11)),
)
def previous(losses):
    failures = 0
    for n in range(1, len(losses)):
        failures = 0 if losses[n] < losses[n - 1] else failures + 1
    return failures >= 10


def _never_reset(failures_to_stop: int) -> Program:
    def stops(losses):
        best, failures = np.inf, 0
        for loss in losses:
            failures += loss >= best
            best = min(best, loss)
        return failures >= failures_to_stop

    return stops


@fault(
    "2d.stopping.never-reset",
    says="the counter of failures is never set back, so failures need not be in a row",
    fix="begin to count anew whenever the loss improves",
    others=(_never_reset(9), _never_reset(11)),
)
def never_reset(losses):
    best, failures = np.inf, 0
    for loss in losses:
        if loss < best:
            best = loss
        else:
            failures += 1
    return failures >= 10


@fault(
    "2d.stopping.worse-than-all",
    says="training stops at a loss worse than all of the last ten, however good the best is",
    fix="ask whether any of the last ten beat the best before them",
)
def worse_than_all(losses):
    return len(losses) > 10 and losses[-1] > max(losses[-11:-1])


@fault(
    "2d.stopping.against-ten-ago",
    says="the loss is compared with that of ten validations ago instead of with the best",
    fix="ask whether any of the last ten beat the best before them",
)
def against_ten_ago(losses):
    return len(losses) > 10 and losses[-1] > losses[-11]


@fault(
    "2d.stopping.upside-down",
    says="the comparison is the wrong way round: improvements count as failures",
    fix="a loss is better when it is smaller",
)
def upside_down(losses):
    best, failures = np.inf, 0
    for loss in losses:
        if loss < best:
            best = loss
            failures += 1
        else:
            failures = 0
    return failures >= 10


@fault(
    "2d.stopping.every-step",
    says="the validation is made at every training step",
    fix="validate five times an epoch, every num_batches // 5 steps",
)
def every_step(num_batches):
    return 1


@fault(
    "2d.stopping.every-fifth-step",
    says="the validation is made every fifth step instead of five times an epoch",
    fix="compute the interval from the number of batches of an epoch",
)
def every_fifth_step(num_batches):
    return 5


@fault(
    "2d.stopping.once-an-epoch",
    says="the validation is made once an epoch instead of five times",
    fix="divide the number of batches by five to get the interval",
)
def once_an_epoch(num_batches):
    return num_batches


@fault(
    "2d.stopping.ten-times-an-epoch",
    says="the validation is made ten times an epoch instead of five",
    fix="divide the number of batches by five to get the interval",
)
def ten_times_an_epoch(num_batches):
    return max(1, num_batches // 10)
