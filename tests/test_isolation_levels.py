"""Levels of isolation: announced, measured by a probe, required, and never more than is so."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gradus import isolation
from gradus.course import COURSE_FILE, Course
from gradus.grading import Settings, grade
from gradus.intake import Submission
from gradus.isolation import IsolationError, announced, confirmed, measure, require
from gradus.results import Isolation, Result
from gradus.worker.client import Limits, Worker
from gradus.worker.confine import MECHANISMS
from tests.submissions import ROOT, SAMPLE
from tests.workers import Open, confined_only, linux_only, worker_on

SECRET = ROOT / COURSE_FILE
ATTEMPTS = {"read_reference", "write_outside", "tcp", "udp", "fork", "exec", "signal_grader"}
ATTEMPTS_ON_LINUX = ATTEMPTS | {"read_grader_memory"}
NOBODY = 65534


def possible(found: Isolation) -> set[str]:
    return {name for name, is_so in found.probe.items() if is_so}


@confined_only
def test_with_every_mechanism_the_probe_can_do_nothing() -> None:
    found, _ = measure(SECRET, Limits())
    assert found.level in ("confined", "container")
    assert set(found.probe) == ATTEMPTS_ON_LINUX
    assert possible(found) == set()
    assert found.missing == ()


@linux_only
def test_with_no_mechanism_the_probe_can_do_all_but_read_an_undumpable_grader() -> None:
    found, _ = measure(SECRET, Limits(), mechanisms=())
    assert found.level == "process"
    assert possible(found) == ATTEMPTS
    assert "could still read and write files" in found.says


def test_with_the_trip_wire_alone_ordinary_attempts_are_refused_and_the_level_says_so() -> None:
    found, _ = measure(SECRET, Limits(), mechanisms=("tripwire",))
    assert found.level == "process+tripwire"
    assert possible(found) == set()
    assert "determined code gets round it" in found.says


@confined_only
@pytest.mark.parametrize(
    ("mechanisms", "level", "still"),
    [
        (("landlock",), "process", {"fork", "udp"}),
        (("seccomp",), "process", {"read_reference", "write_outside"}),
        (("landlock", "tripwire"), "process+tripwire", set()),
        (("seccomp", "tripwire"), "process+tripwire", set()),
    ],
)
def test_one_mechanism_alone_is_not_called_confined(
    mechanisms: tuple[str, ...], level: str, still: set[str]
) -> None:
    found, _ = measure(SECRET, Limits(), mechanisms=mechanisms)
    assert found.level == level
    assert still <= possible(found)
    assert bool(still) == bool(possible(found))


def hello(*applied: str) -> dict[str, Any]:
    return {"limits": ["AS"], "confinement": {"applied": list(applied), "missing": []}}


WHOLE = ("ends with the grader", "landlock (ABI 6)", "seccomp (100 calls)")


def test_a_probe_that_can_do_something_lowers_what_was_announced() -> None:
    assert announced(hello(*WHOLE)).level in ("confined", "container")
    assert isolation._level(list(WHOLE), {"tcp": True, "fork": False}) == "process"
    assert isolation._level([*WHOLE, "tripwire"], {"tcp": True}) == "process+tripwire"


def test_in_a_container_the_level_says_so_only_of_a_confined_worker(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(isolation, "_in_container", lambda: True)
    assert announced(hello(*WHOLE)).level == "container"
    assert announced(hello("tripwire")).level == "process+tripwire"


@pytest.mark.parametrize(
    ("platform", "words"), [("darwin", "limit of CPU time"), ("win32", "ended by hand")]
)
def test_where_workers_may_outlive_the_grader_the_report_says_what_bounds_them(
    platform: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(isolation.sys, "platform", platform)
    assert words in announced(hello("tripwire")).says
    assert "killed" not in announced(hello(*WHOLE)).says


@pytest.mark.parametrize("level", isolation.LEVELS)
def test_every_level_is_enough_for_itself_and_what_is_below(level: str) -> None:
    at = isolation.LEVELS.index(level)
    for wanted in isolation.LEVELS[: at + 1]:
        require(Isolation(level=level), wanted)
    for wanted in isolation.LEVELS[at + 1 :]:
        with pytest.raises(IsolationError, match=re.escape(f"below the {wanted!r}")):
            require(Isolation(level=level, missing=("landlock",)), wanted)


def test_what_is_missing_and_possible_is_named_in_the_refusal() -> None:
    found = Isolation(level="process", missing=("landlock",), probe={"tcp": True, "fork": False})
    with pytest.raises(
        IsolationError, match=r"\(without landlock, and a probe could tcp\)"
    ) as said:
        require(found, "confined")
    assert "\n" not in str(said.value)


def test_an_unknown_level_is_refused_with_the_known_ones() -> None:
    with pytest.raises(IsolationError, match=r"^'strong' is no isolation level; .*tripwire"):
        require(Isolation(level="container"), "strong")


def test_a_worker_confined_otherwise_than_the_probe_is_not_graded() -> None:
    measured = announced(hello(*WHOLE))
    assert confirmed(measured, hello(*WHOLE)) is measured
    with pytest.raises(IsolationError, match="but the probe of this run by"):
        confirmed(measured, hello("tripwire"))


def gradus(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "gradus", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_below_the_level_that_is_required_nothing_is_graded(tmp_path: Path) -> None:
    if isolation._in_container():
        return  # no level is above this machine's
    wanted = ("--require-isolation", "container", "--out", tmp_path / "out")
    ended = gradus("grade", SAMPLE, *wanted, "--data", "digits")
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert "below the 'container' that was asked for, so nothing was graded" in ended.stderr
    assert not (tmp_path / "out").exists()


@confined_only
def test_a_result_states_what_was_measured(tmp_path: Path) -> None:
    wanted = ("--require-isolation", "confined", "--out", tmp_path)
    assert gradus("grade", SAMPLE, *wanted, "--data", "digits").returncode == 0
    found = Result.from_json((tmp_path / "results.json").read_bytes()).isolation
    assert found.level in ("confined", "container")
    assert set(found.probe) == ATTEMPTS_ON_LINUX
    assert possible(found) == set()
    for report in ("report.md", "report.html"):
        assert "which the operating system kept from other files" in (tmp_path / report).read_text()


def marks(mechanisms: tuple[str, ...]) -> tuple[str, Any]:
    course = Course(ROOT)
    dataset = course.small_dataset()
    settings = Settings(tasks=("2a", "2e", "3a"), mechanisms=mechanisms)
    result, _ = grade(course, Submission("s", SAMPLE), dataset, settings)
    dumped = result.model_dump()
    for task in dumped["tasks"]:
        for check in task["checks"]:
            del check["seconds"]
    return result.isolation.level, (dumped["tasks"], dumped["conventions"], dumped["score"])


@confined_only
def test_where_a_mechanism_is_missing_the_level_drops_and_nothing_else_changes() -> None:
    levels, results = zip(*(marks(m) for m in (MECHANISMS, ("tripwire",), ())), strict=True)
    assert levels[1:] == ("process+tripwire", "process")
    assert results[0] == results[1] == results[2]


PROGRAM = """
import json, os, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from gradus.isolation import measure
from gradus.worker.client import Limits
found, _ = measure(Path(sys.argv[1]) / "checks" / "course.toml", Limits())
print(json.dumps([os.getuid(), found.level, list(found.missing), found.probe]))
"""


def as_ordinary_user() -> list[str]:
    """The beginning of a command that runs as an ordinary user.

    That user may read every file, as root's interpreter may lie where only root can look; confined
    workers keep that one power too, and Landlock bounds it.
    """
    if os.getuid() != 0:
        return []
    setpriv = shutil.which("setpriv")
    assert setpriv, "root needs setpriv (util-linux) to try what an ordinary user gets"
    kept = "-all,+dac_read_search"
    user = [f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    return [setpriv, *user, f"--inh-caps={kept}", f"--ambient-caps={kept}"]


@confined_only
def test_an_ordinary_user_gets_the_same_level_as_root(tmp_path: Path) -> None:
    command = [*as_ordinary_user(), sys.executable, "-B", "-c", PROGRAM, str(ROOT)]
    ended = subprocess.run(command, capture_output=True, text=True, cwd="/tmp", check=False)
    assert ended.returncode == 0, ended.stderr
    user, level, missing, probe = json.loads(ended.stdout)
    assert user == (os.getuid() or NOBODY)
    assert level in ("confined", "container")
    assert missing == []
    assert not any(probe.values())


@pytest.fixture
def tripped(tmp_path: Path) -> Iterator[Open]:
    """Starts a worker that has the trip-wire and nothing else."""
    workers: list[Worker] = []

    def start(source: str) -> Worker:
        workers.append(worker_on(tmp_path, source, mechanisms=("tripwire",)))
        return workers[-1]

    yield start
    for worker in workers:
        worker.close()


@pytest.fixture
def stopped_by_tripwire(tripped: Open) -> Callable[..., str]:
    """What the trip-wire says to a line of a submission; "" where it lets it through."""

    def attempt(line: str, **values: Any) -> str:
        said = tripped(
            "import os, socket, subprocess, sys, ctypes, shutil\n"
            "import numpy as np\n"
            "def run(**values):\n"
            "    globals().update(values)\n"
            f"    try:\n        {line}\n"
            "    except PermissionError as error:\n"
            "        return str(error)\n"
            "    return ''\n"
        ).call("run", values, seed=0)
        assert isinstance(said, str)
        return said

    return attempt


TRIPPED = [
    "open(victim)",
    "open(victim, 'w')",
    "os.open(victim, os.O_RDONLY)",
    "os.open('/'.join([os.path.dirname(victim), 'new']), os.O_WRONLY | os.O_CREAT)",
    "np.fromfile(victim)",
    "np.memmap(victim)",
    "np.save(victim + '.npy', np.zeros(2))",
    "os.remove(victim)",
    "os.rename(victim, 'mine')",
    "os.link(victim, 'mine')",
    "os.symlink(victim, 'mine'); open('mine').read()",
    "os.chmod(victim, 0o777)",
    "os.truncate(victim, 0)",
    "shutil.rmtree(os.path.dirname(victim))",
    "os.listdir(os.path.dirname(victim))",
    "open('../victim').read()",
    "socket.create_connection(('127.0.0.1', 9), timeout=1)",
    "socket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
    "subprocess.run([sys.executable, '-c', ''])",
    "os.system('true')",
    "ctypes.CDLL(None)",
    "ctypes.string_at(id(victim), 8)",
    "ctypes.pythonapi.Py_IncRef",
    "os.kill(os.getppid(), 0)",
]
TRIPPED_ON_POSIX = ["os.fork()", "os.execv(sys.executable, ['python'])"]


@pytest.mark.parametrize("line", TRIPPED + (TRIPPED_ON_POSIX if os.name == "posix" else []))
def test_the_trip_wire_names_and_refuses_ordinary_attempts(
    line: str, stopped_by_tripwire: Callable[..., str], tmp_path: Path
) -> None:
    (tmp_path / "victim").write_text("canary")
    said = stopped_by_tripwire(line, victim=str(tmp_path / "victim"))
    assert "refused while a submission is graded: " in said
    assert (tmp_path / "victim").read_text() == "canary"


NOT_TRIPPED = [
    "open('mine.txt', 'w').write('x'); assert open('mine.txt').read() == 'x'",
    "os.makedirs('a/b'); os.rename('a/b', 'c'); os.rmdir('c'); os.listdir('.')",
    "np.save('w.npy', np.zeros(2)); np.load('w.npy')",
    "import csv, json, decimal, sqlite3, tempfile; tempfile.TemporaryFile().close()",
    "import numpy.polynomial, numpy.testing; np.linalg.svd(np.eye(3))",
    "open(os.path.join(os.path.dirname(__file__), 'task.py')).read()",
    "open(os.devnull, 'w').write('x')",
    "os.environ['OMP_NUM_THREADS'] = '1'",
    "import threading; t = threading.Thread(target=print); t.start(); t.join()",
]


@pytest.mark.parametrize("line", NOT_TRIPPED)
def test_the_trip_wire_lets_ordinary_work_be(
    line: str, stopped_by_tripwire: Callable[..., str]
) -> None:
    assert stopped_by_tripwire(line) == ""
