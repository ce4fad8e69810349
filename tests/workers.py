"""Workers on a submission of a few lines, for the tests of what confines them."""

from __future__ import annotations

import os
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gradus.worker import confine, landlock, seccomp
from gradus.worker.client import Limits, Worker

PYTHON = os.environ.get("GRADUS_STUDENT_PYTHON")
LIMITS = Limits(
    call_cpu_seconds=2.0,
    call_wall_seconds=10.0,
    load_cpu_seconds=5.0,
    load_wall_seconds=20.0,
    memory_bytes=600 << 20,
    output_bytes=10_000,
    reply_bytes=1 << 20,
    file_bytes=1 << 20,
)
ADAPTER = """
import importlib, sys

def load(submission, options):
    sys.path.insert(0, submission)
    task = importlib.import_module("task")
    return {name: f for name, f in vars(task).items() if callable(f)}, {}
"""
REQUIRED = os.environ.get("GRADUS_REQUIRE_CONFINEMENT") == "1"
"""Whether tests of confinement may not be skipped; set by .ci/run on Linux."""

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")
posix_only = pytest.mark.skipif(os.name != "posix", reason="needs POSIX")


def kernel_confines() -> bool:
    """Whether this kernel has Landlock and the filter for this machine."""
    if sys.platform != "linux" or os.uname().machine not in seccomp.ARCHITECTURES:
        return False
    return landlock.abi(confine.libc()) > 0


confined_only = pytest.mark.skipif(
    not (REQUIRED or kernel_confines()), reason="this system has no Landlock"
)

Open = Callable[..., Worker]


def worker_on(folder: Path, source: str, limits: Limits = LIMITS, **keywords: Any) -> Worker:
    """A worker whose submission, below `folder`, is a `task.py` with this source."""
    submission = folder / "submission"
    submission.mkdir(exist_ok=True)
    (submission / "task.py").write_text(textwrap.dedent(source), encoding="utf-8")
    (folder / "adapter.py").write_text(ADAPTER, encoding="utf-8")
    settings: dict[str, Any] = {
        "adapter": folder / "adapter.py",
        "submission": submission,
        "scratch": folder / "scratch",
        "python": PYTHON,
        **keywords,
    }
    return Worker(limits=limits, **settings).load({})
