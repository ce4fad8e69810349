"""Hostile submissions end in a verdict, earn nothing for what they attack, and harm nobody.

An attack is the body of one function of an otherwise honest submission: the rest must keep its
marks. What only a kernel mechanism stops is tried where there is one.
"""

from __future__ import annotations

import os
import re
import select
import socket
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from gradus.results import Result, Verdict
from tests import submissions
from tests.hostile.attacks import ATTACKS, Attack
from tests.submissions import ROOT, check, earned, replace, sample_copy
from tests.test_failures import TIGHT
from tests.workers import REQUIRED, confined_only, kernel_confines, posix_only

FORWARD_END = "        return np.exp(-np.logaddexp(0, -z))\n"
TARGETS = (
    ("2a.preprocess", "task2a.py", "    return np.hstack([X, np.ones((X.shape[0], 1))])\n"),
    ("2a.forward", "task2a.py", FORWARD_END),
    ("3a.forward", "task3a.py", "        return exp_z / exp_z.sum(axis=1, keepdims=True)\n"),
)
"""Pieces that take X and return an array, with the line that an attack replaces."""

HONEST = {
    "2a.preprocess": 0.125,
    "2a.loss": 0.125,
    "2a.forward": 0.125,
    "2a.backward": 0.125,
    "3a.one_hot": 0.1,
    "3a.loss": 0.15,
    "3a.forward": 0.15,
    "3a.backward": 0.15,
}
TASKS = ("2a", "3a")
CANARY = "canary-7f3a"

pytestmark = posix_only


@dataclass(frozen=True)
class Neighbourhood:
    """What lies around a submission, and what must be as it was when it has been graded."""

    folder: Path
    submission: Path
    tcp: socket.socket
    udp: socket.socket
    unix: socket.socket

    @property
    def secret(self) -> Path:
        return self.folder / "secret.txt"

    @property
    def victim(self) -> Path:
        return self.folder / "neighbour" / "results.json"

    def names(self) -> dict[str, str]:
        """What an attack's text names in braces."""
        named: dict[str, object] = {
            "secret": str(self.secret),
            "victim": str(self.victim),
            "folder": str(self.victim.parent),
            "original": str(self.submission / "task2a.py"),
            "tcp": self.tcp.getsockname()[1],
            "udp": self.udp.getsockname()[1],
            "unix": self.unix.getsockname(),
        }
        return {name: repr(value) for name, value in named.items()}

    def state(self) -> dict[str, tuple[object, ...]]:
        """Everything below the folder but the graders' own temporary files."""
        found = {}
        for path in sorted(self.folder.rglob("*")):
            if "temporary" in path.relative_to(self.folder).parts or path.is_socket():
                continue
            status = path.lstat()
            content = path.read_bytes() if path.is_file() else None
            found[str(path)] = (status.st_mode, status.st_uid, status.st_mtime_ns, content)
        return found

    def calls(self) -> list[socket.socket]:
        """The sockets that somebody has called."""
        return select.select([self.tcp, self.udp, self.unix], [], [], 0)[0]

    def survivors(self) -> list[psutil.Process]:
        """Processes whose scratch folder was here."""
        here = str(self.folder)
        found = []
        for process in psutil.process_iter():
            try:
                if process.environ().get("TMPDIR", "").startswith(here):
                    found.append(process)
            except psutil.Error:
                continue
        return [process for process in found if process.status() != psutil.STATUS_ZOMBIE]


@pytest.fixture
def around(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Neighbourhood]:
    (tmp_path / "neighbour").mkdir()
    (tmp_path / "neighbour" / "results.json").write_text('{"earned": 2.7}\n')
    (tmp_path / "secret.txt").write_text(CANARY)
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    monkeypatch.setenv("GITHUB_TOKEN", CANARY)
    listeners = [
        socket.create_server(("127.0.0.1", 0)),
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
        socket.socket(socket.AF_UNIX),
    ]
    listeners[1].bind(("127.0.0.1", 0))
    with tempfile.TemporaryDirectory(dir="/tmp") as short:  # a Unix socket's path must be short
        listeners[2].bind(f"{short}/socket")
        listeners[2].listen()
        yield Neighbourhood(tmp_path, sample_copy(tmp_path / "submission"), *listeners)
    for listener in listeners:
        listener.close()


def graded(folder: Path) -> Result:
    return submissions.graded(folder, TIGHT, TASKS)


def written(attack: Attack, around: Neighbourhood, indent: int) -> str:
    """The attack's lines, for a function body of this indentation."""
    body = attack.body.strip("\n")
    for name, value in around.names().items():
        body = body.replace(f"{{{name}}}", value)
    return textwrap.indent(body, " " * indent) + "\n"


def in_threes(attacks: list[Attack]) -> list[tuple[Attack, ...]]:
    """A submission for every three, each in a piece of its own: a grading takes a second."""
    return [tuple(attacks[i : i + len(TARGETS)]) for i in range(0, len(attacks), len(TARGETS))]


POSSIBLE = [attack for attack in ATTACKS if not attack.kernel or REQUIRED or kernel_confines()]


def names_of(attacks: tuple[Attack, ...]) -> str:
    return ", ".join(attack.name for attack in attacks)


@pytest.mark.parametrize("attacks", in_threes(POSSIBLE), ids=names_of)
def test_an_attack_earns_nothing_and_harms_nobody(
    attacks: tuple[Attack, ...], around: Neighbourhood
) -> None:
    used = list(zip(attacks, TARGETS, strict=False))
    for attack, (_, file, line) in used:
        indent = len(line) - len(line.lstrip())
        replace(around.submission / file, line, written(attack, around, indent))
    before = around.state()

    result = graded(around.submission)

    attacked = {piece: 0.0 for _, (piece, _, _) in used}
    assert earned(result) == {**HONEST, **attacked}
    for attack, (piece, _, _) in used:
        value = check(result, f"{piece}.value")
        assert value.verdict in (Verdict.FAILED, Verdict.ERRORED), attack.name
        assert re.match(attack.says, value.message or ""), (attack.name, value.message)
    assert CANARY not in result.to_json()
    assert around.state() == before
    assert around.calls() == []
    assert around.survivors() == []
    assert list((around.folder / "temporary").iterdir()) == []


def test_an_honest_submission_after_all_of_them_keeps_its_marks(around: Neighbourhood) -> None:
    assert earned(graded(around.submission)) == HONEST


AT_IMPORT = {
    "a loop": ("while True: pass", "time limit"),
    "a memory bomb": ("hoard = bytearray(1 << 36)", "memory"),
    "os._exit(0)": ("import os; os._exit(0)", "exited early"),
    "sys.exit(0)": ("import sys; sys.exit(0)", "`sys.exit` was called"),
    "a flood": ("while True: print('x' * 1000)", "printed too much"),
}


@pytest.mark.parametrize("name", AT_IMPORT)
def test_an_attack_at_import_costs_its_own_module(name: str, around: Neighbourhood) -> None:
    line, says = AT_IMPORT[name]
    path = around.submission / "task2a.py"
    path.write_text(f"{line}\n{path.read_text()}")
    result = graded(around.submission)
    assert {piece for piece, points in earned(result).items() if points} == {
        piece for piece in HONEST if not piece.startswith("2a")
    }
    message = check(result, "2a.forward.value").message or ""
    assert message.startswith("task2a.py could not be imported: ")
    assert says in message
    assert around.survivors() == []


@confined_only
def test_what_an_import_steals_reaches_nobody(around: Neighbourhood) -> None:
    path = around.submission / "task2a.py"
    path.write_text(f"stolen = open({str(around.secret)!r}).read()\n{path.read_text()}")
    result = graded(around.submission)
    assert not any(points for piece, points in earned(result).items() if piece[:2] == "2a")
    assert "PermissionError" in str(check(result, "2a.forward.value").message)
    assert CANARY not in result.to_json()


def test_a_thread_left_spinning_ends_with_its_worker(around: Neighbourhood) -> None:
    spin = "        import threading\n        def spin():\n            while True: pass\n"
    spin += "        threading.Thread(target=spin, daemon=True).start()\n"
    replace(around.submission / "task2a.py", FORWARD_END, spin + FORWARD_END)
    result = graded(around.submission)
    assert {check.verdict for check in result.checks} <= set(Verdict)
    assert around.survivors() == []


IN_THE_GRADER = (
    "conftest.py",
    "sitecustomize.py",
    "usercustomize.py",
    "hypothesis.py",
    "gradus.py",
    "pytest.py",
    "tests/conftest.py",
    "test_task2a.py",
)


def test_nothing_of_a_submission_runs_in_the_grader(around: Neighbourhood, tmp_path: Path) -> None:
    """Whatever a file is called, and even from within the submission's folder."""
    marker = tmp_path / "marker"
    for name in IN_THE_GRADER:
        path = around.submission / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"open({str(marker)!r}, 'a').write({name!r})\n")
    (around.submission / "pytest.ini").write_text("[pytest]\naddopts = --collect-only\n")
    (around.submission / "pyproject.toml").write_text("[tool.pytest.ini_options]\naddopts = '-x'\n")
    command = [sys.executable, "-P", "-m", "gradus", "check", ".", "--course", str(ROOT)]
    ended = subprocess.run(
        command,
        cwd=around.submission,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert not marker.exists()


SABOTEUR = """
import glob, os, shutil, signal
for path in glob.glob({out} + "/*/*") + [{victim}, {original}]:
    for harm in (lambda: open(path, "w").close(), lambda: os.remove(path)):
        try: harm()
        except OSError: pass
try: shutil.rmtree({out})
except OSError: pass
for harm in (lambda: os.kill(os.getppid(), signal.SIGKILL), os.fork):
    try: harm()
    except OSError: pass
while True: pass
"""


@confined_only
def test_the_honest_before_and_after_a_saboteur_keep_their_marks(
    around: Neighbourhood, tmp_path: Path
) -> None:
    many, out = tmp_path / "many", tmp_path / "out"
    for name in ("a-honest", "b-hostile", "c-honest"):
        sample_copy(many / name)
    body = SABOTEUR.replace("{out}", repr(str(out)))
    for name, value in around.names().items():
        body = body.replace(f"{{{name}}}", value)
    replace(many / "b-hostile" / "task2a.py", FORWARD_END, textwrap.indent(body, " " * 8))
    ended = subprocess.run(
        [sys.executable, "-m", "gradus", "grade", many, "--out", out, "--data", "digits"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    first, hostile, last = (
        Result.from_json((out / name / "results.json").read_bytes())
        for name in ("a-honest", "b-hostile", "c-honest")
    )
    assert first.score == last.score
    assert float(first.score.lost) == 0
    assert earned(hostile)["2a.forward"] == 0
    of_others = {piece for piece in HONEST if piece != "2a.forward"}
    assert {piece: earned(hostile)[piece] for piece in of_others} == {
        piece: HONEST[piece] for piece in of_others
    }
    assert around.victim.read_text() == '{"earned": 2.7}\n'
    assert around.survivors() == []
