"""What is read off the curves and weights of whole runs: spikes, and how smooth weights are."""

from __future__ import annotations

import math

import numpy as np

from checks.cases import PIXELS
from checks.training_runs import Array, Run

SIDE = math.isqrt(PIXELS)
SPIKE_RATIO = 2.0


def period(run: Run) -> int | None:
    """Steps after which the same batch precedes a validation again: lcm(num_batches, interval)."""
    if run.num_batches is None or len(run.steps) < 2:
        return None
    return math.lcm(run.num_batches, int(run.steps[1] - run.steps[0]))


def spike_steps(run: Run) -> Array:
    """The steps of a run without shuffle at which its validation accuracy spikes, one a period.

    For each place in the period, how far the accuracy lies from the median of its neighbourhood is
    averaged over the periods after the first. Empty where no place stands out twofold.
    """
    every = period(run)
    nothing = np.empty(0, dtype=np.int64)
    accuracy = run.validation_accuracy
    if every is None or run.steps[-1] < 3 * every or not np.isfinite(accuracy).all():
        return nothing
    half = every // int(run.steps[1] - run.steps[0]) // 2
    around = np.lib.stride_tricks.sliding_window_view(
        np.pad(accuracy, half, mode="edge"), 2 * half + 1
    )
    off = accuracy - np.median(around, axis=1)
    settled = run.steps >= every
    place = run.steps % every
    means = {int(each): float(off[settled & (place == each)].mean()) for each in np.unique(place)}
    ranked = sorted(means, key=lambda each: -abs(means[each]))
    if len(ranked) < 2 or abs(means[ranked[0]]) < SPIKE_RATIO * abs(means[ranked[1]]):
        return nothing
    return run.steps[place == ranked[0]]


def weight_images(run: Run) -> Array:
    """(K, 28, 28) the weights of each class as an image, without those of the bias."""
    assert run.w is not None
    pixels = np.delete(run.w, run.bias_column, axis=0)
    return pixels.T.reshape(-1, SIDE, SIDE)


def roughness(run: Run) -> float:
    """Mean difference of neighbouring weights, in standard deviations of all of them."""
    images = weight_images(run)
    difference = np.abs(np.diff(images, axis=1)).mean() + np.abs(np.diff(images, axis=2)).mean()
    return float(difference / 2 / (images.std() or 1.0))
