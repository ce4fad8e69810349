"""The executor of a cohort: a process that dies loses its own call, and none outlives the run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from gradus.cohort import executor
from gradus.cohort.executor import Processes, ProcessLost, Stopped
from tests.submissions import ROOT
from tests.workers import posix_only

Tell = Callable[[Any], None]
FOREVER = 600


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Processes]:
    with Processes(2, tmp_path) as processes:
        yield processes


def doubled(number: int, tell: Tell) -> int:
    tell(f"doubling {number}")
    return 2 * number


def killed(tell: Tell) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def ended(tell: Tell) -> None:
    os._exit(3)


def killed_once(marker: Path, tell: Tell) -> str:
    if not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "done"


def pid(tell: Tell) -> int:
    return os.getpid()


def raising(tell: Tell) -> None:
    raise ValueError("of its own")


def waiting(marker: Path, tell: Tell) -> None:
    marker.write_text(str(os.getpid()))
    try:
        time.sleep(FOREVER)
    finally:
        marker.with_suffix(".unwound").touch()


def threads(tell: Tell) -> str | None:
    return os.environ.get("OPENBLAS_NUM_THREADS")


def interrupted_itself(tell: Tell) -> str:
    signal.raise_signal(signal.SIGINT)
    told = subprocess.run(
        [sys.executable, "-c", "import signal; print(signal.getsignal(signal.SIGINT))"],
        capture_output=True,
        text=True,
        check=True,
    )
    return told.stdout


def appeared(path: Path) -> Path:
    """Wait until another process has written a file."""
    deadline = time.monotonic() + 60
    while not (path.exists() and (path.suffix or path.read_text())):
        assert time.monotonic() < deadline, f"{path} did not appear"
        time.sleep(0.02)
    return path


def is_alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def test_values_come_back_and_what_is_told_is_heard(tmp_path: Path) -> None:
    heard: list[Any] = []
    with Processes(2, tmp_path, lambda arguments, said: heard.append((arguments, said))) as two:
        futures = [two.submit(doubled, number) for number in range(5)]
        assert [future.result() for future in futures] == [0, 2, 4, 6, 8]
    assert sorted(heard) == [((number,), f"doubling {number}") for number in range(5)]


def test_nothing_in_the_working_directory_is_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody may well grade from within a folder that a student filled."""
    for name in ("multiprocessing", "pickle", "socket", "signal", "tempfile"):
        (tmp_path / f"{name}.py").write_text("open('marker', 'w'); raise SystemExit\n")
    monkeypatch.chdir(tmp_path)
    with Processes(1, tmp_path) as one:
        assert one.submit(doubled, 2).result() == 4
    assert not (tmp_path / "marker").exists()


@posix_only
@pytest.mark.parametrize(
    ("function", "says"), [(killed, "SIGKILL; the system may have run out"), (ended, "status 3")]
)
def test_a_process_that_dies_loses_its_own_call_alone(
    two: Processes, function: Callable[..., Any], says: str
) -> None:
    lost = two.submit(function)
    others = [two.submit(doubled, number) for number in range(4)]
    with pytest.raises(ProcessLost, match=says):
        lost.result()
    assert [other.result() for other in others] == [0, 2, 4, 6]


@posix_only
def test_a_call_whose_process_died_is_tried_once_more(two: Processes, tmp_path: Path) -> None:
    assert two.submit(killed_once, tmp_path / "marker").result() == "done"


def test_a_process_that_falls_silent_is_ended(
    two: Processes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executor, "SILENCE_SECONDS", 3.0)
    with pytest.raises(ProcessLost, match="told nothing for"):
        two.submit(waiting, tmp_path / "marker").result()


def test_a_process_gives_way_to_a_new_one_after_its_calls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executor, "CALLS_A_PROCESS", 2)
    with Processes(1, tmp_path) as one:
        first, second, third = (one.submit(pid).result() for _ in range(3))
    assert first == second != third


def test_what_a_call_raises_is_raised(two: Processes) -> None:
    with pytest.raises(ValueError, match="of its own"):
        two.submit(raising).result()
    assert two.submit(doubled, 1).result() == 2


@posix_only
def test_stopped_calls_unwind_and_the_rest_is_cancelled(tmp_path: Path) -> None:
    one = Processes(1, tmp_path)
    under_way = one.submit(waiting, tmp_path / "marker")
    behind = one.submit(doubled, 1)
    pid = int(appeared(tmp_path / "marker").read_text())
    one.stop()
    with pytest.raises(Stopped):
        under_way.result()
    assert behind.cancelled()
    assert (tmp_path / "marker.unwound").exists()
    assert not is_alive(pid)


RUN = """
import sys
from pathlib import Path
from gradus.cohort.executor import Processes
from tests.test_executor import waiting
if __name__ == "__main__":
    with Processes(1, Path(sys.argv[1])) as one:
        one.submit(waiting, Path(sys.argv[1]) / "marker").result()
"""


@posix_only
def test_when_the_run_is_killed_its_processes_unwind_and_end(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(RUN)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, program, tmp_path], env=environment) as run:
        pid = int(appeared(tmp_path / "marker").read_text())
        run.kill()
    appeared(tmp_path / "marker.unwound")
    psutil.wait_procs([psutil.Process(pid)] if psutil.pid_exists(pid) else [], timeout=20)
    assert not is_alive(pid)


def test_several_processes_do_their_algebra_in_one_thread_each(
    two: Processes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "7")
    assert two.submit(threads).result() == "1"
    with Processes(1, tmp_path) as one:
        assert one.submit(threads).result() == "7"
    assert os.environ["OPENBLAS_NUM_THREADS"] == "7"


@posix_only
def test_the_terminals_interrupt_is_the_runs_own_business(two: Processes) -> None:
    """And what a process starts is interrupted like any other."""
    assert "default_int_handler" in two.submit(interrupted_itself).result()
