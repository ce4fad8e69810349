"""What pages print: blocks are found, and commands within sentences are ones that exist.

`tox -e docs` runs the blocks.
"""

from __future__ import annotations

import configparser
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main

from gradus import cli
from tests.docs import stand_in
from tests.docs.blocks import Block, blocks_of, commands_in_sentences
from tests.docs.pages import PAGES, every_page, unknown_pages
from tests.submissions import ROOT

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="the stand-ins are shell scripts")
COMMANDS = typer.main.get_command(cli.app).commands
SENTENCES = sorted(
    {
        (page, command)
        for page in every_page()
        for command in commands_in_sentences((ROOT / page).read_text("utf-8"))
    }
)


def test_every_page_with_blocks_says_where_they_are_run() -> None:
    assert unknown_pages() == []


@pytest.mark.parametrize("page", [page.path for page in PAGES])
def test_every_block_of_commands_is_one_that_is_run(page: str) -> None:
    blocks = [b for b in blocks_of((ROOT / page).read_text("utf-8")) if b.should_be_run]
    assert blocks
    assert all(block.is_run for block in blocks)


def test_blocks_are_found_with_their_lines_and_languages() -> None:
    page = "a\n```sh\none\n```\nb\n\n~~~\n```\ntwo\n~~~\n```\nthree\n"
    assert blocks_of(page) == [Block(3, "sh", "one\n"), Block(8, "", "```\ntwo\n")]


@pytest.mark.parametrize(
    ("language", "code", "expected"),
    [
        ("sh", "anything\n", True),
        ("", "$ gradus check\n", True),
        ("console", ".venv/bin/tox -e check\n", True),
        ("bash", "python3 -m venv .venv\n", True),
        ("", "✗ `forward` does not hold\n", False),
        ("python", "import gradus\n", False),
        ("csv", "gradus ,1\n", False),
    ],
)
def test_a_block_that_a_reader_would_type_may_not_be_left_out(
    language: str, code: str, expected: bool
) -> None:
    assert Block(1, language, code).should_be_run is expected


@pytest.mark.parametrize(("page", "command"), SENTENCES)
def test_a_command_within_a_sentence_is_one_that_exists(page: str, command: str) -> None:
    program, *arguments = shlex.split(command)
    if (Path(program).name, *arguments[:2]) == ("python", "-m", "gradus"):
        program, arguments = "gradus", arguments[2:]
    if program == "gradus":
        name, *rest = arguments
        if name.startswith("-"):
            assert name in {option for each in cli_options() for option in each}
        elif rest and "--help" not in rest:
            takes_value = {
                o for p in COMMANDS[name].params if not getattr(p, "is_flag", False) for o in p.opts
            }
            named_alone = rest and rest[-1] in takes_value
            COMMANDS[name].make_context(name, [*rest, "VALUE"] if named_alone else rest)
        else:
            assert name in COMMANDS
    elif Path(program).name == "tox":
        settings = configparser.ConfigParser(interpolation=None)
        here = ROOT / page
        settings.read([ROOT / "tox.ini", here.with_name("tox.ini")], "utf-8")
        name = arguments[1] if arguments[0] == "-e" else settings["tox"]["env_list"]
        assert stand_in.commands_of(settings, name)
    else:
        here = [ROOT, ROOT / "student"]
        is_file = any((folder / arguments[0]).is_file() for folder in here)
        assert is_file or arguments[0] in ("--version", "-m", "install", "wheel")


def cli_options() -> list[list[str]]:
    return [param.opts for param in typer.main.get_command(cli.app).params] + [["--help"]]


def test_the_code_in_the_page_for_teachers_is_code_of_the_course() -> None:
    page = (ROOT / "docs" / "changing-the-course.md").read_text("utf-8")
    shown = [block.code for block in blocks_of(page) if block.language == "python"]
    sources = [*ROOT.glob("checks/test_*.py"), *ROOT.glob("reference/faults/*.py")]
    whole = "\n".join(path.read_text("utf-8") for path in sources)
    assert len(shown) == 2
    assert all(block in whole for block in shown)


def test_there_are_commands_within_sentences() -> None:
    assert len(SENTENCES) >= 8


@posix_only
def test_the_stand_in_for_tox_runs_what_tox_ini_says(tmp_path: Path) -> None:
    (tmp_path / "tox.ini").write_text(
        "[tox]\nenv_list = one\n\n[testenv:{one,two}]\ncommands = python -c {posargs:pass}\n"
    )
    stand_in.install(tmp_path / "bin")

    def tox(*arguments: str) -> int:
        return subprocess.run([tmp_path / "bin" / "tox", *arguments], cwd=tmp_path).returncode

    assert tox() == 0
    assert tox("-e", "two", "--", "raise SystemExit(3)") == 3
    assert tox("-e", "three") == 1
    assert tox("--parallel") == 1


@posix_only
def test_the_stand_in_for_pip_refuses_what_a_page_may_not_name(tmp_path: Path) -> None:
    stand_in.install(tmp_path)
    pip = tmp_path / "pip"
    assert subprocess.run([pip, "install", "tox"]).returncode == 0
    assert subprocess.run([pip, "install", "toxx"], stderr=subprocess.DEVNULL).returncode == 1
    assert subprocess.run([pip, "download", "tox"], stderr=subprocess.DEVNULL).returncode == 1
