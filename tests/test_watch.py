"""`gradus check --watch` in a real process, which meets saves as a student makes them."""

from __future__ import annotations

import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from gradus.course import Course
from gradus.grading import Listener, Settings, Workbench
from gradus.intake import Submission
from gradus.plugin import LAW
from gradus.results import Check
from tests.submissions import ROOT, replace, sample_copy
from tests.test_command_line import bare_environment

PATIENCE = 90.0
"""Seconds until a process that shows nothing new counts as hanging; no measure of speed."""
LAST_LINE = "points earned"


class Watching:
    """A process that watches a folder, and its screens as they come."""

    def __init__(self, *arguments: object) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gradus", "check", "--watch", *map(str, arguments)],
            cwd=ROOT,
            env=bare_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            encoding="utf-8",
        )
        self._lines: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def screen(self, *words: str) -> str:
        """The next screen that holds all of these words."""
        shown = ""
        while True:
            line = self._lines.get(timeout=PATIENCE)
            assert line is not None, f"the process has ended: {shown}"
            shown += line
            if LAST_LINE in line:
                if all(word in shown for word in words):
                    return shown
                shown = ""

    def interrupted(self) -> int:
        """The exit status after Ctrl-C."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(PATIENCE)


@pytest.fixture
def submission(tmp_path: Path) -> Path:
    return sample_copy(tmp_path / "mine")


@pytest.fixture
def watching(submission: Path) -> Iterator[Watching]:
    watching = Watching(submission, "--task", "2a", "--task", "2c")
    yield watching
    watching.process.kill()
    watching.process.wait()


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C cannot be sent to one process")
def test_each_save_is_judged_and_ctrl_c_ends_with_the_status_of_the_last_run(
    watching: Watching, submission: Path
) -> None:
    watching.screen("watching mine", "No point is lost")

    replace(submission / "task2a.py", "/ 127.5 - 1", "/ 127.5")
    shown = watching.screen("task2a.py changed")
    assert "Begin with 2a.preprocess.value" in shown
    assert "✗ `pre_process_images`: 1 of 2 laws hold" in shown
    assert "2a  Logistic regression" in shown
    assert "2c  Accuracy" not in shown

    (submission / "task2.py").write_text("def calculate_accuracy(X, targets, model:\n")
    shown = watching.screen("task2.py changed")
    assert "task2.py could not be imported: SyntaxError" in shown
    assert "2c  Accuracy" in shown

    (submission / "task2.py").unlink()
    assert "task2.py, which is missing" in watching.screen("task2.py changed", "could not run")

    sample_copy(submission.parent / "again")
    (submission.parent / "again" / "task2.py").replace(submission / "task2.py")
    (submission.parent / "again" / "task2a.py").replace(submission / "task2a.py")
    watching.screen("0.000 lost")
    assert watching.interrupted() == 0


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C cannot be sent to one process")
def test_ctrl_c_after_a_run_that_did_not_hold_ends_with_1(submission: Path) -> None:
    replace(submission / "task2a.py", "/ 127.5 - 1", "/ 127.5")
    watching = Watching(submission, "--task", "2a")
    try:
        watching.screen("Begin with 2a.preprocess.value")
        assert watching.interrupted() == 1
    finally:
        watching.process.kill()


def test_a_zip_cannot_be_watched(tmp_path: Path) -> None:
    (tmp_path / "mine.zip").write_bytes(b"PK\x05\x06" + bytes(18))
    watching = Watching(tmp_path / "mine.zip")
    output, _ = watching.process.communicate(timeout=PATIENCE)
    assert watching.process.returncode == 2, output


def test_a_run_that_is_not_wanted_any_more_ends_between_two_laws(submission: Path) -> None:
    class Impatient(Listener):
        def __init__(self) -> None:
            self.seen: list[Check] = []

        def is_wanted(self) -> bool:
            return len(self.seen) < 3

        def on_check(self, check: Check) -> None:
            self.seen.append(check)

    course = Course(ROOT)
    dataset = course.small_dataset()
    with Workbench(course, dataset, Settings()) as bench:
        bench.take(Submission("mine", submission))
        listener = Impatient()
        checks = bench.judge(("2a",), listener)
        assert checks == listener.seen
        assert len(checks) == 3
        assert {check.task for check in bench.judge(("2c",), Listener())} == {"2c"}
        assert bench.faults == []


def test_a_worker_started_ahead_that_has_died_is_replaced(submission: Path) -> None:
    course = Course(ROOT)
    dataset = course.small_dataset()
    with Workbench(course, dataset, Settings()) as bench:
        assert bench.session.started == 1
        bench.session._ahead.close()
        bench.take(Submission("mine", submission))
        assert bench.session.hello["python"]
        assert bench.session.started == 2


def test_every_task_with_laws_says_where_its_code_stands() -> None:
    course = Course(ROOT)
    files = course.settings.submission.files
    sources = [path.read_text("utf-8") for path in (ROOT / "checks").glob("test_*.py")]
    judged = {found["task"] for source in sources for found in LAW.finditer(source)} - {None}
    assert judged == files.keys()
    known = {f"{name}.py" for name in course.settings.submission.modules} | {"answers.toml"}
    assert {name for names in files.values() for name in names} <= known
