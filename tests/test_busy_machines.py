"""A busy machine changes no verdict: what waits for a core is not what sleeps."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from gradus.worker.client import WorkerFailure
from gradus.worker.monitor import PATIENCE, TICK_SECONDS, Sleep
from gradus.worker.process import TELLS_RUNNABLE, Usage
from tests.workers import LIMITS, linux_only, worker_on

TICKS = 40
COMPUTING = """
import threading, time

def compute():
    end = time.process_time() + 1.0
    while time.process_time() < end: pass
    return "done"

def compute_beside():
    thread = threading.Thread(target=compute)
    thread.start()
    thread.join()
    return "done"

def sleep():
    time.sleep(30)

def mostly_sleep():
    while True:
        time.sleep(0.05)
"""
SHORT = replace(LIMITS, call_cpu_seconds=8.0, call_wall_seconds=0.4)


def slept(cpu_share: float, *, runnable: bool, tick: float = TICK_SECONDS) -> float:
    """Which part of its time a process slept, that got this share of a core."""
    sleep = Sleep(0.0)
    for number in range(1, TICKS + 1):
        now = number * tick
        sleep.look(Usage(cpu_share * now, 0, runnable), now)
    return sleep.seconds / (TICKS * tick)


@linux_only
def test_time_in_which_a_process_waits_for_a_core_is_not_slept() -> None:
    assert slept(0.0, runnable=True) == 0.0


def test_time_in_which_it_neither_computes_nor_waits_for_a_core_is_slept() -> None:
    assert slept(0.0, runnable=False) == pytest.approx(1.0)


def test_time_in_which_another_of_its_threads_computes_is_not_slept() -> None:
    assert slept(0.5, runnable=False) < 2 / TICKS


@pytest.mark.skipif(not TELLS_RUNNABLE, reason="all time counts where nobody tells who waits")
def test_of_a_time_in_which_nobody_looked_little_counts() -> None:
    assert slept(0.0, runnable=False, tick=1.0) < 0.2


@linux_only
@pytest.mark.parametrize("function", ["compute", "compute_beside"])
def test_what_computes_meets_no_wall_limit(function: str, tmp_path: Path) -> None:
    with worker_on(tmp_path, COMPUTING, SHORT) as worker:
        assert worker.call(function, {}, seed=0) == "done"


@pytest.mark.parametrize("function", ["sleep", "mostly_sleep"])
def test_what_sleeps_meets_the_wall_limit(function: str, tmp_path: Path) -> None:
    with worker_on(tmp_path, COMPUTING, SHORT) as worker:
        started = time.monotonic()
        with pytest.raises(WorkerFailure, match=r"time limit: no answer from .* within 0\.4 s"):
            worker.call(function, {}, seed=0)
        assert time.monotonic() - started < PATIENCE * SHORT.call_wall_seconds
