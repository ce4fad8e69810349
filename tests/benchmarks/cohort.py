"""A class of sixty on this machine: wall time, the gain of a second process, and memory.

Run as `python -m tests.benchmarks.cohort`. The class is `class_of_sixty`'s: hanging, crashing and
hostile submissions are among it. Wall times hold for a machine that does nothing else. The gain is
that over one process, on the same class or, with `--few`, on fewer of it; memory is seen all the
while.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from tests.benchmarks.class_of_sixty import COUNT, build
from tests.submissions import ROOT

LOOK_SECONDS = 0.5
PARTS = 6
"""In how many parts of a run memory is told."""
SLOWEST = 8
MIB = 2**20


@dataclass(frozen=True)
class Seen:
    """Resident bytes at a moment when so many submissions were done."""

    done: int
    run: int
    grader: int
    any: int


@dataclass(frozen=True)
class Measured:
    """One run: wall and CPU seconds, what each submission took, and memory by and by."""

    jobs: int
    wall: float
    cpu: float
    seconds: dict[str, float]
    seen: list[Seen]

    @property
    def count(self) -> int:
        return len(self.seconds)

    @property
    def each(self) -> float:
        return self.wall / self.count


def measure(many: Path, out: Path, jobs: int) -> Measured:
    """Grade a class; raises AssertionError where a submission is not graded."""
    command: list[str | Path] = [sys.executable, "-m", "gradus", "grade", many, "--out", out]
    command += ["--data", "digits"]
    journal = out / "journal.jsonl"
    before = os.times()
    started = time.perf_counter()
    with subprocess.Popen(
        [*command, "--jobs", str(jobs)], cwd=ROOT, stdout=subprocess.DEVNULL
    ) as run:
        watch = _Watch(run.pid, journal)
        watch.start()
        assert run.wait() == 0
        watch.join()
    wall = time.perf_counter() - started
    after = os.times()
    lines = [json.loads(line)["outcome"] for line in journal.open()]
    assert len(lines) == len(list(many.iterdir()))
    assert {line["status"] for line in lines} == {"graded"}
    return Measured(
        jobs=jobs,
        wall=wall,
        cpu=sum(after[2:4]) - sum(before[2:4]),
        seconds={line["id"]: line["seconds"] for line in lines},
        seen=watch.seen,
    )


@dataclass
class _Watch(threading.Thread):
    """Looks at a run, its graders and their workers until it ends."""

    pid: int
    journal: Path
    seen: list[Seen] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    __hash__ = threading.Thread.__hash__

    def run(self) -> None:
        process = psutil.Process(self.pid)
        while True:
            try:
                graders = process.children()
                every = process.children(recursive=True)
                own = process.memory_info().rss
                if process.status() == psutil.STATUS_ZOMBIE:
                    return
            except psutil.Error:
                return
            self.seen.append(Seen(self._done(), own, _largest(graders), max(own, _largest(every))))
            time.sleep(LOOK_SECONDS)

    def _done(self) -> int:
        return self.journal.read_bytes().count(b"\n") if self.journal.exists() else 0


def _largest(processes: list[psutil.Process]) -> int:
    """The largest resident size, in bytes."""
    largest = 0
    for process in processes:
        try:
            largest = max(largest, process.memory_info().rss)
        except psutil.Error:
            continue
    return largest


def times(runs: list[Measured]) -> Table:
    """Wall and CPU time of each run."""
    table = Table("submissions", "jobs", "wall, s", "wall each, s", "CPU, s")
    for run in runs:
        table.add_row(
            str(run.count), str(run.jobs), f"{run.wall:.1f}", f"{run.each:.2f}", f"{run.cpu:.1f}"
        )
    return table


def memory(run: Measured) -> Table:
    """The largest sizes in each part of a run: of itself, of a grader, and of any process."""
    table = Table("done", "run, MiB", "largest grader, MiB", "largest process, MiB")
    for part in range(PARTS):
        first, last = part * run.count // PARTS, (part + 1) * run.count // PARTS
        seen = [each for each in run.seen if first <= each.done < last]
        if seen:
            sizes = (max(getattr(s, name) for s in seen) for name in ("run", "grader", "any"))
            table.add_row(f"{first} to {last}", *(f"{size / MIB:.0f}" for size in sizes))
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=COUNT, help="submissions")
    parser.add_argument(
        "--few", type=int, default=COUNT, help="submissions that one process is compared on"
    )
    asked = parser.parse_args()
    console = Console(width=100)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        alike = asked.few == asked.count
        many = build(folder / "many", asked.count)
        few = many if alike else build(folder / "few", asked.few)
        whole = measure(many, folder / "out", 2)
        console.print(times([whole]))
        console.print(memory(whole))
        two = whole if alike else measure(few, folder / "out-2", 2)
        one = measure(few, folder / "out-1", 1)
    console.print(times([two, one]))
    console.print(f"throughput of two processes beside one: {one.wall / two.wall:.2f}")
    for run in (whole, one) if alike else (whole, two, one):
        slowest = sorted(run.seconds.items(), key=lambda item: -item[1])[:SLOWEST]
        told = ", ".join(f"{id} {seconds:.1f}" for id, seconds in slowest)
        console.print(f"slowest of {run.count} with {run.jobs}, s: {told}")


if __name__ == "__main__":
    main()
