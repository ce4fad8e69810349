"""Many shuffled runs of one setting: how many, in which blocks, and gathered again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from checks import blocks
from checks.intervals import smallest_n
from checks.runs import QUANTITIES, Population, Setting, Stops

Array = np.ndarray[Any, Any]

RULES = (10, 11)
# 6 636 seeds hold 99.9 % of honest runs with confidence 99 %. A softmax run takes 50 times as long
# as a binary one, so its range is of as many seeds as take half an hour, and says what it holds.
SEEDS = {"binary": smallest_n(), "softmax": 500}
BLOCK_SIZE = {"binary": 64, "softmax": 8}


def make(
    setting: Setting,
    n: int,
    jobs: int,
    folder: Path,
    of_seeds: Callable[[int, int], Mapping[str, Array]],
) -> Iterator[int]:
    """Make the runs of seeds 0 .. n - 1 that a work folder lacks.

    of_seeds(first, end): the columns of `columns_of` for these seeds, in another process. Gives
    first how many seeds were there, then how many more as each block is done.
    """
    parts = _parts(folder, setting)
    done = len(next(iter(blocks.collect(parts).values()), ()))
    missing = [
        each
        for each in blocks.blocks(parts, n, BLOCK_SIZE[setting.task])
        if each.end > done and not each.path.exists()
    ]
    yield n - sum(each.end - each.first for each in missing)
    for block in blocks.compute(missing, of_seeds, jobs):
        yield block.end - block.first


def collected(folder: Path, setting: Setting) -> Population | None:
    """All runs of a work folder from seed 0 on without a gap; None where there are none."""
    columns = blocks.collect(_parts(folder, setting))
    if not columns:
        return None
    stops = {
        rule: Stops(**{quantity: columns[_column(rule, quantity)] for quantity in QUANTITIES})
        for rule in RULES
    }
    return Population(replace(setting, shuffle_seed=None, failures_to_stop=None), stops)


def columns_of(stops: Mapping[int, Stops]) -> dict[str, Array]:
    """The arrays of one block, by which `collected` finds them again."""
    return {
        _column(rule, quantity): getattr(of_rule, quantity)
        for rule, of_rule in stops.items()
        for quantity in QUANTITIES
    }


def _column(rule: int, quantity: str) -> str:
    return f"{rule}.{quantity}"


def _parts(folder: Path, setting: Setting) -> Path:
    rules = "-".join(map(str, RULES))
    return folder / f"seeds-{setting.task}-{rules}-{setting.digest()[:16]}"
