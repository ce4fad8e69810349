"""Help and completion: examples that the program takes, and tasks from the course."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main
from typer.testing import CliRunner

from gradus import cli
from gradus.course import Course
from gradus.examples import EXAMPLES
from gradus.rubric import Rubric
from tests.submissions import ROOT

COMMANDS = typer.main.get_command(cli.app).commands
TASKS = [task.id for task in Rubric.load(ROOT / "checks" / "rubric.toml").tasks]


def completed(words: str, cwd: Path = ROOT) -> list[str]:
    """What a Bash completes after these words."""
    run = subprocess.run(
        [sys.executable, "-m", "gradus"],
        cwd=cwd,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "_GRADUS_COMPLETE": "complete_bash",
            "COMP_WORDS": words,
            "COMP_CWORD": str(len(words.split(" ")) - 1),
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.stderr == ""
    return run.stdout.split()


def test_every_command_has_examples_and_nothing_else_has() -> None:
    assert EXAMPLES.keys() == COMMANDS.keys()
    assert all(EXAMPLES.values())


@pytest.mark.parametrize(
    ("command", "typed"), [(name, typed) for name in EXAMPLES for typed, _ in EXAMPLES[name]]
)
def test_every_example_is_a_command_line_that_the_program_takes(command: str, typed: str) -> None:
    program, name, *arguments = shlex.split(typed)
    assert (program, name) == ("gradus", command)
    COMMANDS[command].make_context(command, arguments)


@pytest.mark.parametrize("command", sorted(EXAMPLES))
def test_the_help_of_a_command_ends_in_its_examples(command: str) -> None:
    shown = CliRunner(env={"COLUMNS": "200"}).invoke(cli.app, [command, "--help"])
    assert shown.exit_code == 0
    _, _, examples = shown.output.partition("Example")
    assert all(typed in examples for typed, _ in EXAMPLES[command])


def test_tasks_are_completed_from_the_course() -> None:
    assert completed("gradus check --task ") == TASKS
    assert completed("gradus check --task 2") == [task for task in TASKS if task.startswith("2")]


def test_tasks_are_completed_from_the_course_that_is_named(tmp_path: Path) -> None:
    other = ROOT / "tests" / "second_course"
    assert Course(other).root == other
    assert completed(f"gradus check --course {other} --task ", tmp_path) == ["1"]


def test_without_a_course_no_task_is_completed(tmp_path: Path) -> None:
    assert completed("gradus check --task ", tmp_path) == []


def test_commands_and_options_are_completed() -> None:
    assert completed("gradus gr") == ["grade", "gradebook", "gradescope"]
    assert "--watch" in completed("gradus check --w")


def test_an_interpreter_without_what_gradus_needs_is_told_how_to_run_it() -> None:
    run = subprocess.run(
        [sys.executable, "-S", "-m", "gradus", "check"],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 2
    assert run.stdout == ""
    assert "is not installed for" in run.stderr
    assert "run gradus through tox" in run.stderr
    assert "Traceback" not in run.stderr
