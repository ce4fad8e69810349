"""Runs over a cohort that are killed at random moments, and what must hold of them nevertheless.

`python -m tests.kills` grades a cohort undisturbed, then kills a run over the same one ten times,
each time while it works, and prints where each kill fell.
"""

from __future__ import annotations

import argparse
import contextlib
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
from tests.cohorts import KINDS, cohort, results, submission
from tests.submissions import ROOT

END_SECONDS = 30
"""How long what a killed run started may take to unwind, on a busy machine."""
LOOK_SECONDS = 0.02


@dataclass(frozen=True)
class Pace:
    """How a run goes undisturbed: seconds until the first submission is done, and for each more."""

    first: float
    each: float


@dataclass(frozen=True)
class Kill:
    """A run that was killed `seconds` after its start.

    `before` submissions stood in the journal when it started, `done` when it was killed, and
    `in_flight` had a process of their own then, of all `processes` of the run.
    """

    seconds: float
    before: int
    done: int
    in_flight: int
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


def in_flight(run: subprocess.Popen[bytes], processes: list[psutil.Process]) -> int:
    """How many of a run's processes have a worker with a submission."""
    found = 0
    for process in processes:
        with contextlib.suppress(psutil.Error):
            found += process.ppid() == run.pid and bool(process.children())
    return found


def survivors(processes: list[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Those that run on; one that has ended and that nobody has asked for does not count."""
    _, alive = psutil.wait_procs(processes, timeout=seconds)
    return [p for p in alive if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]


def killed_again_and_again(
    many: Path, out: Path, kills: int, moments: random.Random, pace: Pace
) -> Iterator[Kill]:
    """Start a run and kill it while it works, `kills` times; then let one end.

    Each kill comes at a random moment of what is left to be done, which the kills share. A run that
    is faster than its pace is killed before it leaves the next kills nothing. Raises AssertionError
    where a process outlives its run, and where what stood in the journal was lost or graded again.
    """
    total = len(list(many.iterdir()))
    seen: dict[str, int] = {}
    for left in range(kills, 0, -1):
        share = 2 * pace.each * (total - len(seen)) / (left + 1)
        moment = moments.uniform(0.0, pace.first + share)
        with started(many, out) as run:
            begun = time.monotonic()
            while time.monotonic() - begun < moment and len(journalled(out)) < total - left:
                assert run.poll() is None, "a run ended before it was killed"
                time.sleep(LOOK_SECONDS)
            seconds = time.monotonic() - begun
            children = family(run)
            working = in_flight(run, children)
            run.kill()
        assert survivors(children, END_SECONDS) == []
        written = changed_at(out)
        done = {id: written[id] for id in journalled(out)}
        assert seen.items() <= done.items(), "what was journalled was lost, or graded again"
        yield Kill(seconds, len(seen), len(done), working, len(children))
        seen = done
    with started(many, out) as run:
        assert run.wait() == 0
    assert seen.items() <= changed_at(out).items()
    ids = journalled(out)
    assert len(ids) == len(set(ids)), "a journalled submission was graded again"
    assert list(out.rglob("*.tmp")) == [], "a file was left half written"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--each", type=int, default=5, help="submissions of each kind")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        many = cohort(Path(folder) / "many")
        for kind in KINDS:
            for number in range(1, asked.each):
                submission(many / f"{kind}-{number}", kind)
        total = asked.each * len(KINDS)
        undisturbed = Path(folder) / "undisturbed"
        pace = paced(many, undisturbed)
        print(
            f"undisturbed: the first of {total} after {pace.first:.1f} s, then one every "
            f"{pace.each:.2f} s",
            flush=True,
        )
        out = Path(folder) / "out"
        kills = []
        for kill in killed_again_and_again(many, out, asked.kills, random.Random(asked.seed), pace):
            print(
                f"killed after {kill.seconds:5.2f} s: {kill.before:2} of {total} in the journal at "
                f"its start, {kill.done:2} at the kill, {kill.in_flight} in flight, "
                f"{kill.processes} processes below it",
                flush=True,
            )
            kills.append(kill)
        during = sum(kill.done < total for kill in kills)
        same = results(out) == results(undisturbed)
        print(f"{during} of {len(kills)} kills fell during the run; processes left over: none")
        print(f"{len(results(out))} results, each graded once, the same as undisturbed: {same}")
        assert same
        assert during == len(kills)


def paced(many: Path, out: Path) -> Pace:
    """Grade a cohort undisturbed; how that went."""
    with started(many, out) as run:
        begun = time.monotonic()
        while not journalled(out):
            assert run.poll() is None, "a run ended without a result"
            time.sleep(LOOK_SECONDS)
        first = time.monotonic() - begun
        assert run.wait() == 0
        rest = time.monotonic() - begun - first
    return Pace(first, rest / max(len(list(many.iterdir())) - 1, 1))


if __name__ == "__main__":
    main()
