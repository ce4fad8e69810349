"""A small data set and small runs, for tests of calibration and for the processes they start."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from checks import blocks, datasets
from checks.datasets import Dataset
from checks.runs import BINARY, SOFTMAX

# 2 and 3 make up a fifth of the images: 240 of the 1 200 have 7 batches of 32 and an interval of 1.
SMALL_BINARY = replace(BINARY, batch_size=32, num_epochs=60)
SMALL_SOFTMAX = replace(SOFTMAX, batch_size=32, num_epochs=12)


def few_digits(train: int = 1200, test: int = 300) -> Dataset:
    """The first of the embedded digits, with a digest of their own."""
    return replace(datasets.sample("digits", train, test), name="few")


def squares(first: int, end: int) -> dict[str, np.ndarray]:
    """A cheap computation over seeds."""
    seeds = np.arange(first, end, dtype=np.float64)
    return {"seed": seeds, "square": seeds**2}


def squares_until_a_hole(first: int, end: int) -> dict[str, np.ndarray]:
    """The same, but fails for every block after seed 8."""
    if first >= 8:
        raise RuntimeError(f"seed {first} fails")
    return squares(first, end)


def endless_from_a_point(first: int, end: int) -> dict[str, np.ndarray]:
    """The same, but never done from seed 8 on: to be killed."""
    if first >= 8:
        import time

        time.sleep(600)
    return squares(first, end)


def compute_endlessly(folder: Path) -> None:
    """Compute blocks of four seeds, of which the third never ends."""
    for block in blocks.compute(blocks.blocks(folder, 16, 4), endless_from_a_point, 1):
        print(block.path.name, flush=True)


if __name__ == "__main__":
    compute_endlessly(Path(sys.argv[1]))
