"""A class of sixty on this machine: wall time, the gain of a second process, and memory.

Run as `python -m tests.benchmarks.cohort`. Among the submissions are hanging, crashing and hostile
ones. Wall times hold for a machine that does nothing else; the ratio is of two runs of the same
class, one after the other.
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
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from tests.submissions import ROOT, replace, sample_copy

FORWARD_END = "        return np.exp(-np.logaddexp(0, -z))\n"
LOOK_SECONDS = 0.25
MIB = 2**20


def _forward(body: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        replace(folder / "task2a.py", FORWARD_END, f"        {body}\n")

    return change


def _honest(folder: Path) -> None:
    """The sample as it is."""


def _broken(folder: Path) -> None:
    replace(folder / "task2a.py", "/ 127.5 - 1", "/ 255")
    replace(folder / "task3a.py", "exp_z / exp_z.sum(axis=1, keepdims=True)", "exp_z / exp_z.sum()")


def _crashing(folder: Path) -> None:
    path = folder / "task3a.py"
    path.write_text(f"import os; os._exit(0)\n{path.read_text('utf-8')}", "utf-8")


KINDS: dict[str, tuple[int, Callable[[Path], None]]] = {
    "honest": (10, _honest),
    "broken": (4, _broken),
    "looping": (1, _forward("while True: pass")),
    "sleeping": (1, _forward("import time; time.sleep(600)")),
    "crashing": (1, _crashing),
    "faulting": (1, _forward("import ctypes; ctypes.string_at(0)")),
    "hoarding": (1, _forward("kept = []\n        while True: kept.append(np.ones(1 << 22))")),
    "flooding": (1, _forward("while True: print('flood' * 100)")),
}
"""How many of twenty submissions, and how the sample is changed."""


@dataclass(frozen=True)
class Measured:
    """One run: wall and CPU seconds, and the largest resident sizes, in bytes."""

    submissions: int
    jobs: int
    wall: float
    cpu: float
    parent_bytes: int
    grader_bytes: int
    slowest: str

    @property
    def each(self) -> float:
        return self.wall / self.submissions


def build(folder: Path, count: int) -> Path:
    """A class of `count`; each file differs from those of others by a comment."""
    kinds = [kind for kind, (share, _) in KINDS.items() for _ in range(share)]
    for number in range(count):
        kind = kinds[number % len(kinds)]
        copy = sample_copy(folder / f"{number:03}-{kind}")
        KINDS[kind][1](copy)
        path = copy / "task2.py"
        path.write_text(f"{path.read_text('utf-8')}\n# {number}\n", "utf-8")
    return folder


def measure(many: Path, out: Path, jobs: int) -> Measured:
    """Grade a class; raises where a submission is not graded."""
    command = [sys.executable, "-m", "gradus", "grade", many, "--out", out, "--data", "digits"]
    before = os.times()
    started = time.perf_counter()
    with subprocess.Popen(
        [*command, "--jobs", str(jobs)], cwd=ROOT, stdout=subprocess.DEVNULL
    ) as run:
        watch = _Watch(run.pid)
        watch.start()
        assert run.wait() == 0
        watch.join()
    wall = time.perf_counter() - started
    after = os.times()
    cpu = after.children_user - before.children_user + after.children_system
    lines = [json.loads(line)["outcome"] for line in (out / "journal.jsonl").open()]
    assert len(lines) == len(list(many.iterdir()))
    assert {line["status"] for line in lines} == {"graded"}
    slowest = sorted(lines, key=lambda line: -line["seconds"])[:6]
    return Measured(
        submissions=len(lines),
        jobs=jobs,
        wall=wall,
        cpu=cpu - before.children_system,
        parent_bytes=watch.parent,
        grader_bytes=watch.grader,
        slowest=", ".join(f"{line['id']} {line['seconds']:.1f}" for line in slowest),
    )


class _Watch(threading.Thread):
    """Looks at a run and at its graders until it ends; their workers are not counted."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._run = psutil.Process(pid)
        self.parent = 0
        self.grader = 0

    def run(self) -> None:
        while True:
            try:
                self.parent = max(self.parent, self._run.memory_info().rss)
                for child in self._run.children():
                    self.grader = max(self.grader, _resident(child))
                if self._run.status() == psutil.STATUS_ZOMBIE:
                    return
            except psutil.Error:
                return
            time.sleep(LOOK_SECONDS)


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=60, help="submissions")
    parser.add_argument(
        "--few", type=int, default=20, help="submissions that memory is compared at"
    )
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        few = build(folder / "few", asked.few)
        many = build(folder / "many", asked.count)
        runs = [
            measure(few, folder / "out-few", 2),
            measure(many, folder / "out-2", 2),
            measure(many, folder / "out-1", 1),
        ]
    table = Table("submissions", "jobs", "wall, s", "s each", "CPU, s", "run, MiB", "grader, MiB")
    for run in runs:
        sizes = f"{run.parent_bytes / MIB:.0f}", f"{run.grader_bytes / MIB:.0f}"
        times = f"{run.wall:.1f}", f"{run.each:.2f}", f"{run.cpu:.1f}"
        table.add_row(str(run.submissions), str(run.jobs), *times, *sizes)
    console = Console(width=100)
    console.print(table)
    console.print(f"throughput of two processes beside one: {runs[2].wall / runs[1].wall:.2f}")
    for run in runs:
        console.print(f"slowest of {run.submissions} with {run.jobs}, s: {run.slowest}")


if __name__ == "__main__":
    main()
