"""Long computations over seeds, in blocks that outlive an interruption.

A block's result is a file, written whole or not at all; what is on disk is not computed again.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from checks.stored import save_arrays

Array = np.ndarray[Any, Any]
_THREAD_VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True)
class Block:
    """Seeds first, first + 1, ... up to but without end, and the file of their results."""

    first: int
    end: int
    path: Path


def blocks(folder: Path, n: int, size: int) -> list[Block]:
    """Seeds 0 .. n - 1 in blocks of `size`, of which the last may be shorter."""
    return [
        Block(first, min(first + size, n), folder / f"{first:06}-{min(first + size, n):06}.npz")
        for first in range(0, n, size)
    ]


def compute(
    missing: Sequence[Block],
    of_seeds: Callable[[int, int], Mapping[str, Array]],
    jobs: int,
) -> Iterator[Block]:
    """Compute blocks in `jobs` processes, and give each when its file is written.

    of_seeds(first, end): columns of end - first values each; it goes to other processes, so it has
    to pickle. An interruption loses the blocks under way and no other.
    """
    with (
        _one_thread_each(),
        ProcessPoolExecutor(
            jobs, multiprocessing.get_context("spawn"), initializer=_end_with_parent
        ) as pool,
    ):
        under_way = {pool.submit(of_seeds, each.first, each.end): each for each in missing}
        try:
            for future in as_completed(under_way):
                block = under_way[future]
                save_arrays(block.path, future.result())
                yield block
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def collect(folder: Path) -> dict[str, Array]:
    """The columns of all blocks from seed 0 on without a gap, each (n,); {} where there are none.

    What lies after a gap is left out: which blocks are done first depends on how long their runs
    are, so a sample with holes would prefer short runs.
    """
    found = sorted((_range(path), path) for path in folder.glob("[0-9]*-[0-9]*.npz"))
    parts: list[dict[str, Array]] = []
    end = 0
    for (first, last), path in found:
        if first > end:
            break
        if last <= end:
            continue
        with np.load(path, allow_pickle=False) as arrays:
            parts.append({name: arrays[name][end - first :] for name in arrays.files})
        end = last
    if not parts:
        return {}
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _range(path: Path) -> tuple[int, int]:
    first, _, end = path.stem.partition("-")
    return int(first), int(end)


def _end_with_parent() -> None:
    """Have this process end when its parent does: one that is killed cannot tell its children.

    An interruption from the keyboard reaches every process, and ends this one without a traceback.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    threading.Thread(target=_wait_for_parent, daemon=True).start()


def _wait_for_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Processes started inside use one thread each: several jobs of several threads are slower."""
    before = {name: os.environ.get(name) for name in _THREAD_VARIABLES}
    os.environ.update(dict.fromkeys(_THREAD_VARIABLES, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
