"""NumPy 1.23.5, which submissions of the first years were written against, in an environment apart.

    python -m tests.numpy1 FOLDER grade SUBMISSION... [OPTION...]
    python -m tests.numpy1 FOLDER tests [ARGUMENT...]

makes a virtual environment in FOLDER where there is none yet, and grades under it, or runs the
tests that need it. Where it cannot be made, one sentence says so, and nothing runs.
"""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

NUMPY = "1.23.5"
NEWEST_PYTHON = (3, 11)
VARIABLE = "GRADUS_NUMPY1"
"""Names an interpreter with that NumPy, for the tests."""
TESTS = "tests/test_numpy_versions.py"


class Missing(Exception):
    """There can be no such interpreter here; the message is one sentence."""


def interpreter(folder: Path) -> Path:
    """The interpreter with that NumPy in this folder, made if need be; raises Missing."""
    if sys.version_info[:2] > NEWEST_PYTHON:
        raise Missing(
            f"NumPy {NUMPY} needs Python {'.'.join(map(str, NEWEST_PYTHON))} or older, and this is "
            f"{sys.version_info.major}.{sys.version_info.minor}"
        )
    scripts = folder / ("Scripts" if os.name == "nt" else "bin")
    python = scripts / ("python.exe" if os.name == "nt" else "python")
    if _version(python) != NUMPY:
        venv.create(folder, with_pip=True, clear=True)
        command = [python, "-m", "pip", "install", "--quiet", "--only-binary", ":all:"]
        subprocess.run([*command, f"numpy=={NUMPY}"], check=False)
    if _version(python) != NUMPY:
        raise Missing(f"NumPy {NUMPY} could not be installed in {folder}")
    return python


def main(folder: str, what: str, *arguments: str) -> int:
    """Run what was asked for; 0 where there is no such NumPy, else the status of what ran."""
    try:
        python = interpreter(Path(folder).absolute())
    except Missing as missing:
        print(f"skipped: {missing}")
        return 0
    if what == "tests":
        command = [sys.executable, "-m", "pytest", TESTS, *arguments]
    else:
        command = [sys.executable, "-m", "gradus", what, *arguments, "--student-python", python]
    return subprocess.run(
        command, env={**os.environ, VARIABLE: str(python)}, check=False
    ).returncode


def _version(python: Path) -> str | None:
    """The version of NumPy there, or None."""
    program = "import numpy; print(numpy.__version__)"
    try:
        said = subprocess.run(
            [python, "-c", program], capture_output=True, text=True, check=False
        ).stdout
    except OSError:
        return None
    return said.strip() or None


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
