"""What confining a worker costs: at its start, and for each call, beside workers that are not.

Three workers are started in every round, one confined and two not, and called in short blocks in
turn: plain, confined, other plain, and back in the opposite order, so that a drift of the machine's
speed cancels. What counts are differences within such a sequence, in CPU time of both sides and in
wall time. How far the two plain ones differ is how well this can be told at all: a cost is called
measurable where the 95 % interval of its median lies above that. The intervals are bootstrapped
over rounds, since a process has a speed of its own, and over the sequences of each.

Printed as JSON: under `figures` a median and the ends of its interval by name, under `says` what
follows.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gradus.worker.client import Worker
from gradus.worker.confine import MECHANISMS
from tests.workers import worker_on

ROUNDS = 30
SEQUENCES = 8
CALLS = 120
WARM_UP = 10
SYSTEM_CALLS = 20_000
RESAMPLED = 4_000
KINDS = ("plain", "confined", "other plain")
SOURCE = f"""
import os, time

def run():
    return 1.0

def cpu():
    return time.process_time()

def system_call():
    began = time.process_time()
    for _ in range({SYSTEM_CALLS}):
        os.getppid()
    return (time.process_time() - began) / {SYSTEM_CALLS}
"""

Interval = tuple[float, float, float]
"""A median, and the ends of its 95 % interval."""


@dataclass(frozen=True)
class Block:
    """One call in a block: the CPU seconds of worker and grader together, and the median wall."""

    cpu: float
    wall: float


@dataclass(frozen=True)
class Round:
    """What three workers took: to be ready, for a system call, and for calls, by kind.

    starts: wall seconds until ready, and the CPU seconds of the worker by then. blocks: one list
    for each sequence, of its two blocks.
    """

    confining: float
    starts: dict[str, tuple[float, float]]
    system_call: dict[str, float]
    blocks: dict[str, list[tuple[Block, Block]]]


@contextmanager
def three(order: Sequence[str]) -> Iterator[tuple[dict[str, Worker], dict[str, float]]]:
    """The three workers, and how many wall seconds each took until it was ready."""
    with ExitStack() as stack:
        workers, taken = {}, {}
        for kind in order:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            mechanisms = MECHANISMS if kind == "confined" else ()
            began = time.perf_counter()
            workers[kind] = stack.enter_context(worker_on(folder, SOURCE, mechanisms=mechanisms))
            taken[kind] = time.perf_counter() - began
        yield workers, taken


def asked(worker: Worker, name: str) -> float:
    return float(worker.call(name, {}, seed=0))


def block(worker: Worker) -> Block:
    """Some calls that do nothing."""
    for _ in range(WARM_UP):
        worker.call("run", {}, seed=0)
    walls = []
    before = asked(worker, "cpu")
    own = time.thread_time()
    for _ in range(CALLS):
        began = time.perf_counter()
        worker.call("run", {}, seed=0)
        walls.append(time.perf_counter() - began)
    own = time.thread_time() - own
    return Block((asked(worker, "cpu") - before + own) / CALLS, statistics.median(walls))


def one_round(number: int, sequences: int) -> Round:
    order = KINDS if number % 2 == 0 else KINDS[::-1]
    with three(order) as (workers, ready):
        starts = {kind: (ready[kind], asked(workers[kind], "cpu")) for kind in KINDS}
        system_call = {kind: asked(workers[kind], "system_call") for kind in order}
        blocks: dict[str, list[tuple[Block, Block]]] = {kind: [] for kind in KINDS}
        for _ in range(sequences):
            there = {kind: block(workers[kind]) for kind in order}
            back = {kind: block(workers[kind]) for kind in order[::-1]}
            for kind in KINDS:
                blocks[kind].append((there[kind], back[kind]))
        confining = float(workers["confined"].hello["confining_seconds"])
    return Round(confining, starts, system_call, blocks)


def taken(one: Round, kind: str, of: Callable[[Block], float]) -> np.ndarray:
    """(sequences,) seconds of a call."""
    return np.array([(of(there) + of(back)) / 2 for there, back in one.blocks[kind]])


def cost(one: Round, of: Callable[[Block], float]) -> np.ndarray:
    """(sequences,) how much longer a call of the confined worker takes than of the plain ones."""
    plain = (taken(one, "plain", of) + taken(one, "other plain", of)) / 2
    return taken(one, "confined", of) - plain


def apart(one: Round, of: Callable[[Block], float]) -> np.ndarray:
    """(sequences,) how much longer a call of the other plain worker takes than of the first."""
    return taken(one, "other plain", of) - taken(one, "plain", of)


def interval(rounds: list[np.ndarray]) -> Interval:
    """The median of all values, resampled by rounds and within each."""
    draw = np.random.RandomState(0)
    medians = []
    for _ in range(RESAMPLED):
        chosen = draw.randint(len(rounds), size=len(rounds))
        values = [rounds[i][draw.randint(len(rounds[i]), size=len(rounds[i]))] for i in chosen]
        medians.append(np.median(np.concatenate(values)))
    low, high = np.percentile(medians, (2.5, 97.5))
    return float(np.median(np.concatenate(rounds))), float(low), float(high)


def cpu(one: Block) -> float:
    return one.cpu


def wall(one: Block) -> float:
    return one.wall


def figures_of(rounds: list[Round]) -> dict[str, Interval]:
    """Milliseconds a worker, microseconds a call, nanoseconds a system call."""

    def start(one: Round, which: int) -> np.ndarray:
        first, other = one.starts["plain"][which], one.starts["other plain"][which]
        return np.array([one.starts["confined"][which] - (first + other) / 2])

    def system_call(one: Round) -> np.ndarray:
        took = one.system_call
        return np.array([took["confined"] - (took["plain"] + took["other plain"]) / 2])

    values = {
        "ms a worker, by its own clock": (1e3, [np.array([r.confining]) for r in rounds]),
        "ms a worker, wall, longer": (1e3, [start(r, 0) for r in rounds]),
        "ms a worker, CPU, longer": (1e3, [start(r, 1) for r in rounds]),
        "ns a system call, longer": (1e9, [system_call(r) for r in rounds]),
    }
    for name, of in (("CPU", cpu), ("wall", wall)):
        values |= {
            f"us a call, {name}, plain": (1e6, [taken(r, "plain", of) for r in rounds]),
            f"us a call, {name}, longer": (1e6, [cost(r, of) for r in rounds]),
            f"us a call, {name}, two plain ones apart": (
                1e6,
                [np.array([abs(np.median(apart(r, of)))]) for r in rounds],
            ),
            f"% of a call, {name}, longer": (
                1e2,
                [cost(r, of) / taken(r, "plain", of) for r in rounds],
            ),
        }
    return {name: interval([unit * one for one in each]) for name, (unit, each) in values.items()}


def verdict(figures: dict[str, Interval]) -> str:
    """What the figures say, in one sentence for each clock."""
    said = []
    for name in ("CPU", "wall"):
        median, low, high = figures[f"us a call, {name}, longer"]
        _, _, limit = figures[f"us a call, {name}, two plain ones apart"]
        share = figures[f"% of a call, {name}, longer"][0]
        is_measurable = "measurable" if low > limit else "not measurable"
        said.append(
            f"{name}: {median:+.2f} us a call ({low:+.2f} to {high:+.2f}; {share:+.1f} %), which "
            f"is {is_measurable}: two unconfined workers differ by up to {limit:.2f} us"
        )
    return ". ".join(said) + "."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="of three workers each")
    parser.add_argument("--sequences", type=int, default=SEQUENCES, help="of blocks, in a round")
    wanted = parser.parse_args()
    rounds = [one_round(number, wanted.sequences) for number in range(wanted.rounds)]
    figures = figures_of(rounds)
    print(json.dumps({"figures": figures, "says": verdict(figures)}))


if __name__ == "__main__":
    main()
