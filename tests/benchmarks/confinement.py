"""What confining a worker costs: at its start, and for each call, beside a worker that is not.

The two kinds are started and called in turn; differences within a pair are what counts. Printed as
JSON, each figure with its median, smallest and largest value.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gradus.worker.client import Worker
from gradus.worker.confine import MECHANISMS
from tests.workers import worker_on

PAIRS = 30
CALLS = 2_000
SOURCE = "def run(): return 1.0"


@contextmanager
def started(mechanisms: tuple[str, ...]) -> Iterator[tuple[Worker, float]]:
    """A worker that is ready, and the milliseconds until it was."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        with worker_on(Path(folder), SOURCE, mechanisms=mechanisms) as worker:
            yield worker, 1e3 * (time.perf_counter() - began)


def call_microseconds(worker: Worker) -> float:
    """The median round trip of a call that does nothing."""
    taken = []
    for _ in range(CALLS):
        began = time.perf_counter()
        worker.call("run", {}, seed=0)
        taken.append(time.perf_counter() - began)
    return 1e6 * statistics.median(taken)


def main() -> None:
    starts, inside = [], []
    for _ in range(PAIRS):
        with started(()) as (_, plain), started(MECHANISMS) as (worker, confined):
            starts.append(confined - plain)
            inside.append(1e3 * worker.hello["confining_seconds"])
    with started(()) as (plain_worker, _), started(MECHANISMS) as (worker, _):
        pairs = [(call_microseconds(plain_worker), call_microseconds(worker)) for _ in range(5)]
    calls = [confined - plain for plain, confined in pairs]
    figures = {
        "ms a worker, by its own clock": inside,
        "ms a worker, difference of starts": starts,
        "us a call, difference": calls,
        "us a call, unconfined": [plain for plain, _ in pairs],
    }
    summary = {name: (statistics.median(v), min(v), max(v)) for name, v in figures.items()}
    print(json.dumps(summary))


if __name__ == "__main__":
    main()
