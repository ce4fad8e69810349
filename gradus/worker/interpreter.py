"""Explains why an interpreter cannot run a worker."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

from gradus.worker.process import environment

OLDEST_PYTHON = (3, 9)
ANSWER_SECONDS = 60.0


def why_no_worker(python: str, output: str) -> str:
    """One sentence on why no worker starts under `python`, and what to do."""
    program = "import sys; print('%d.%d' % sys.version_info[:2]); sys.stdout.flush(); import numpy"
    with tempfile.TemporaryDirectory() as scratch:
        try:
            asked = subprocess.run(
                [python, "-s", "-B", "-c", program],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                cwd=scratch,
                env=environment(Path(scratch)),
                timeout=ANSWER_SECONDS,
                check=False,
            )
        except (OSError, subprocess.SubprocessError) as error:
            return f"{python!r} does not behave like a Python interpreter ({type(error).__name__})"
    said = asked.stdout.decode("utf-8", "replace").split()
    try:
        major, minor = map(int, said[-1].split("."))
    except (IndexError, ValueError):
        return f"{python!r} is not a Python interpreter; give the path of a Python 3.9 or later"
    if (major, minor) < OLDEST_PYTHON:
        return f"{python!r} is Python {major}.{minor}; give the path of a Python 3.9 or later"
    if asked.returncode != 0:
        command = f"{os.path.basename(python)} -m pip install numpy"
        return f"{python!r} has no NumPy that works; install it there (`{command}`)"
    last = output.strip().rpartition("\n")[2]
    return f"the worker did not start under {python!r}: {last or 'it ended without a word'}"
