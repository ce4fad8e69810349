"""Stand-ins for programs that would download or take long, each under the name it is called by.

python3   `-m venv DIR` makes a folder with the stand-ins in place of packages; all else is Python
pip       installs nothing; refuses what the page may not name
tox       runs the commands of an environment of tox.ini with this interpreter; lists tests only
gradus    is `python -m gradus` of the repository whose page it is, wherever it is called
"""

from __future__ import annotations

import configparser
import itertools
import os
import re
import shlex
import stat
import subprocess
import sys
from pathlib import Path

NAMES = ("python", "python3", "pip", "tox", "gradus")
INSTALLABLE = frozenset({"tox", "numpy", "matplotlib", "."})
POSARGS = re.compile(r"\{posargs(?::([^}]*))?\}")


def install(folder: Path) -> None:
    """Write the programs into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in NAMES:
        program = folder / name
        command = shlex.join([sys.executable, os.path.abspath(__file__), name])
        program.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
        program.chmod(program.stat().st_mode | stat.S_IXUSR)


def python(arguments: list[str]) -> int:
    if arguments[:2] == ["-m", "venv"]:
        for folder in arguments[2:]:
            install(Path(folder) / "bin")
        return 0
    return subprocess.call([sys.executable, *arguments])


def pip(arguments: list[str]) -> int:
    command, *names = arguments
    unknown = set(names) - INSTALLABLE
    if command != "install" or not names or unknown:
        print(f"pip {shlex.join(arguments)}: not a command that a page may have", file=sys.stderr)
        return 1
    return 0


def tox(arguments: list[str]) -> int:
    split = arguments.index("--") if "--" in arguments else len(arguments)
    options, given = arguments[:split], arguments[split + 1 :]
    settings = configparser.ConfigParser(interpolation=None)
    settings.read("tox.ini", "utf-8")
    names = options[1].split(",") if options[:1] == ["-e"] else []
    if options and len(options) != 2:
        print(f"tox {shlex.join(options)}: only -e NAME is known here", file=sys.stderr)
        return 1
    for name in names or settings["tox"]["env_list"].split():
        for line in commands_of(settings, name):
            typed = POSARGS.sub(lambda found: shlex.join(given) or found[1] or "", line)
            program, *rest = shlex.split(typed)
            if program != "python":
                print(f"tox -e {name} runs {program}, which is not here", file=sys.stderr)
                return 1
            if rest[:2] == ["-m", "pytest"]:
                rest += ["--collect-only", "-q"]
            if status := subprocess.call([sys.executable, *rest], stdout=subprocess.DEVNULL):
                return status
    return 0


def commands_of(settings: configparser.ConfigParser, name: str) -> list[str]:
    """The command lines of an environment, also of one that is listed in braces."""
    for section in settings.sections():
        kind, _, names = section.partition(":")
        if kind == "testenv" and name in expanded(names):
            return settings[section]["commands"].strip().splitlines()
    raise SystemExit(f"tox.ini has no environment {name}")


def expanded(names: str) -> list[str]:
    """`a{,-b}` is `a` and `a-b`."""
    parts = [part.split(",") for part in re.split(r"[{}]", names)]
    return ["".join(chosen) for chosen in itertools.product(*parts)]


def gradus(arguments: list[str]) -> int:
    environment = {**os.environ, "PYTHONPATH": os.environ["GRADUS_DOCS_ENGINE"]}
    return subprocess.call([sys.executable, "-m", "gradus", *arguments], env=environment)


PROGRAMS = {"python": python, "python3": python, "pip": pip, "tox": tox, "gradus": gradus}

if __name__ == "__main__":
    sys.exit(PROGRAMS[sys.argv[1]](sys.argv[2:]))
