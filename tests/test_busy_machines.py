"""A busy machine changes no verdict: what waits for a core is not what sleeps."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from gradus.worker.client import WorkerFailure
from gradus.worker.monitor import PATIENCE, TICK_SECONDS, Sleep
from gradus.worker.process import TELLS_RUNNABLE, Usage
from tests.workers import LIMITS, linux_only, worker_on

TICKS = 40
COMPUTING = """
import os, subprocess, sys, threading, time

def compute():
    end = time.process_time() + 1.0
    while time.process_time() < end: pass
    return "done"

def compute_beside():
    thread = threading.Thread(target=compute)
    thread.start()
    thread.join()
    return "done"

def compute_in_another_process():
    program = "[0 for _ in range(20_000_000)]"
    subprocess.run([sys.executable, "-S", "-c", program], check=True)
    return "done"

def nap():
    for _ in range(20):
        time.sleep(0.1)
    return "done"

def print_slowly():
    for number in range(10):
        print(number)
        time.sleep(0.2)
    return "done"

def use_disk():
    with open("rows", "wb") as file:
        for _ in range(8):
            file.write(bytes(100_000))
            os.fsync(file.fileno())
    return "done"

def sleep():
    time.sleep(30)

def deadlock():
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()

def mostly_sleep():
    while True:
        time.sleep(0.05)
"""
SHORT = replace(LIMITS, call_cpu_seconds=8.0, call_wall_seconds=0.4)
RESTLESS = replace(LIMITS, call_cpu_seconds=8.0, call_wall_seconds=30.0, still_seconds=0.6)


def watched(
    cpu_share: float, *, busy: bool, turns: Sequence[int | None] = (1,), tick: float = TICK_SECONDS
) -> Sleep:
    """The sleep of a process that got this share of a core, and `turns` by and by."""
    sleep = Sleep(0.0)
    for number in range(1, TICKS + 1):
        now = number * tick
        sleep.look(Usage(cpu_share * now, 0, busy, turns[number % len(turns)]), now)
    return sleep


def slept(cpu_share: float, *, busy: bool, tick: float = TICK_SECONDS) -> float:
    """Which part of its time a process slept, that got this share of a core."""
    return watched(cpu_share, busy=busy, tick=tick).seconds / (TICKS * tick)


@linux_only
def test_time_in_which_a_process_waits_for_a_core_or_a_disk_is_not_slept() -> None:
    assert slept(0.0, busy=True) == 0.0
    assert watched(0.0, busy=True).still == 0.0


def test_time_in_which_it_neither_computes_nor_waits_for_a_core_is_slept() -> None:
    assert slept(0.0, busy=False) == pytest.approx(1.0)


def test_only_what_gets_no_turn_at_all_is_still() -> None:
    assert watched(0.0, busy=False).still > 0.9 * TICKS * TICK_SECONDS
    assert watched(0.0, busy=False, turns=(1, 2)).still == 0.0
    assert watched(0.0, busy=False, turns=(None,)).still == 0.0, "where nobody counts turns"


def test_time_in_which_another_of_its_threads_computes_is_not_slept() -> None:
    assert slept(0.5, busy=False) < 2 / TICKS


@pytest.mark.skipif(not TELLS_RUNNABLE, reason="all time counts where nobody tells who waits")
def test_of_a_time_in_which_nobody_looked_little_counts() -> None:
    assert slept(0.0, busy=False, tick=1.0) < 0.2
    assert watched(0.0, busy=False, tick=1.0).still < 0.2 * TICKS


@linux_only
@pytest.mark.parametrize("function", ["compute", "compute_beside"])
def test_what_computes_meets_no_wall_limit(function: str, tmp_path: Path) -> None:
    with worker_on(tmp_path, COMPUTING, SHORT) as worker:
        assert worker.call(function, {}, seed=0) == "done"


@pytest.mark.parametrize(
    "function", ["compute_beside", "compute_in_another_process", "nap", "print_slowly", "use_disk"]
)
def test_what_moves_is_never_taken_for_still(function: str, tmp_path: Path) -> None:
    with worker_on(tmp_path, COMPUTING, RESTLESS, mechanisms=()) as worker:
        assert worker.call(function, {}, seed=0) == "done"


@linux_only
@pytest.mark.parametrize("function", ["sleep", "deadlock"])
def test_what_does_nothing_at_all_is_ended_soon(function: str, tmp_path: Path) -> None:
    with worker_on(tmp_path, COMPUTING, RESTLESS) as worker:
        started = time.monotonic()
        with pytest.raises(WorkerFailure, match=r"time limit: .* did nothing at all for 0\.6 s"):
            worker.call(function, {}, seed=0)
        assert time.monotonic() - started < RESTLESS.call_wall_seconds


@linux_only
def test_a_module_that_sleeps_is_ended_soon(tmp_path: Path) -> None:
    with pytest.raises(WorkerFailure, match=r"loading slept, .* 0\.6 s \(task\.py, line 1\)"):
        worker_on(tmp_path, "import time; time.sleep(30)", RESTLESS)


@pytest.mark.parametrize("function", ["sleep", "mostly_sleep"])
def test_what_sleeps_meets_the_wall_limit(function: str, tmp_path: Path) -> None:
    with worker_on(tmp_path, COMPUTING, SHORT) as worker:
        started = time.monotonic()
        with pytest.raises(WorkerFailure, match=r"time limit: no answer from .* within 0\.4 s"):
            worker.call(function, {}, seed=0)
        assert time.monotonic() - started < PATIENCE * SHORT.call_wall_seconds
