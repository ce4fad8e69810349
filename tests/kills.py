"""Runs over a cohort that are killed at random moments, and what must hold of them nevertheless.

`python -m tests.kills` kills one ten times and prints what it did.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from gradus.cohort.journal import FILE, parse
from gradus.cohort.outcome import RESULTS
from tests.cohorts import KINDS, cohort, grade, results, submission
from tests.submissions import ROOT

END_SECONDS = 30
"""How long what a killed run started may take to unwind, on a busy machine."""


@dataclass(frozen=True)
class Kill:
    """A run that was killed `seconds` after its start, when so many submissions were done."""

    seconds: float
    done: int
    processes: int


def started(many: Path, out: Path, **options: Any) -> subprocess.Popen[bytes]:
    """A run over a cohort, in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.cohorts", many, out],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        **options,
    )


def journalled(out: Path) -> list[str]:
    """The submissions in the journal, one for each whole line."""
    content = (out / FILE).read_bytes() if (out / FILE).exists() else b""
    lines = content.splitlines(keepends=True)
    return [next(iter(parse(line).entries)) for line in lines if line.endswith(b"\n")]


def changed_at(out: Path) -> dict[str, int]:
    """When each result was written, by its folder's name."""
    return {path.parent.name: path.stat().st_mtime_ns for path in out.glob(f"*/{RESULTS}")}


def family(run: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """A run's processes, itself left aside."""
    try:
        return psutil.Process(run.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def survivors(processes: list[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Those that run on; one that has ended and that nobody has asked for does not count."""
    _, alive = psutil.wait_procs(processes, timeout=seconds)
    return [p for p in alive if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]


def killed_again_and_again(
    many: Path, out: Path, kills: int, moments: random.Random, longest: float
) -> Iterator[Kill]:
    """Start a run and kill it after up to `longest` seconds, `kills` times; then let one end.

    Raises AssertionError where a process outlives its run, and where what stood in the journal was
    lost or graded again.
    """
    seen: dict[str, int] = {}
    for _ in range(kills):
        with started(many, out) as run:
            begun = time.monotonic()
            moment = moments.uniform(0.0, longest)
            while run.poll() is None and time.monotonic() - begun < moment:
                time.sleep(0.02)
            seconds = time.monotonic() - begun
            children = family(run)
            run.kill()
        assert survivors(children, END_SECONDS) == []
        written = changed_at(out)
        done = {id: written[id] for id in journalled(out)}
        assert seen.items() <= done.items(), "what was journalled was lost, or graded again"
        seen = done
        yield Kill(seconds, len(done), len(children))
    with started(many, out) as run:
        assert run.wait() == 0
    assert seen.items() <= changed_at(out).items()
    ids = journalled(out)
    assert len(ids) == len(set(ids)), "a journalled submission was graded again"
    assert list(out.rglob("*.tmp")) == [], "a file was left half written"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--each", type=int, default=4, help="submissions of each kind")
    parser.add_argument("--longest", type=float, default=15.0, help="seconds before a kill")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        many = cohort(Path(folder) / "many")
        for kind in KINDS:
            for number in range(1, asked.each):
                submission(many / f"{kind}-{number}", kind)
        grade(many, Path(folder) / "undisturbed")
        out = Path(folder) / "out"
        moments = random.Random(asked.seed)
        for kill in killed_again_and_again(many, out, asked.kills, moments, asked.longest):
            print(
                f"killed after {kill.seconds:5.2f} s with {kill.processes} processes below it: "
                f"{kill.done} of {asked.each * len(KINDS)} in the journal",
                flush=True,
            )
        same = results(out) == results(Path(folder) / "undisturbed")
        print(f"{len(results(out))} results, the same as undisturbed: {same}")
        assert same


if __name__ == "__main__":
    main()
