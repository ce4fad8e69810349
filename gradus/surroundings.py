"""What a result rests on besides the submission: the grader, its course, and the machine's parts.

Nothing of it names a place, a time or a process: on one machine it is the same in every run.
"""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from gradus import __version__
from gradus.course import Course
from gradus.digests import ENGINE, digest_of
from gradus.results import Harness
from gradus.rubric import Rubric
from gradus.worker.process import FIXED_VARIABLES

CPU_INFO = Path("/proc/cpuinfo")
MODEL = re.compile(r"^(?:model name|Model)\s*:\s*(.+)$", re.MULTILINE)
THREADS = "OPENBLAS_NUM_THREADS"


def harness(course: Course, rubric: Rubric, seed: int, settings: Mapping[str, Any]) -> Harness:
    """Which grader, course and settings give a result."""
    return Harness(
        version=__version__,
        rubric_sha256=rubric.sha256,
        seed=seed,
        course=course.settings.name,
        course_sha256=digest_of(*course.folders()),
        engine_sha256=digest_of(ENGINE),
        settings=dict(settings),
    )


def environment(hello: Mapping[str, Any]) -> dict[str, Any]:
    """Versions on both sides of the trust line, and the machine's part in the arithmetic.

    `hello` is what a worker said of itself. The last bits of a matrix product depend on the BLAS,
    on its threads and on the instructions that the processor has.
    """
    build: Any = np.show_config(mode="dicts")
    blas = build.get("Build Dependencies", {}).get("blas", {})
    instructions = build.get("SIMD Extensions", {}).get("found", [])
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "processor": processor(),
        "instructions": " ".join(map(str, instructions)),
        "numpy": np.__version__,
        "blas": f"{blas.get('name', 'unknown')} {blas.get('version', '')}".strip(),
        "blas threads": os.environ.get(THREADS, "unknown"),
        "hypothesis": importlib.metadata.version("hypothesis"),
        "pytest": importlib.metadata.version("pytest"),
        "student python": str(hello.get("python", "unknown")),
        "student numpy": str(hello.get("numpy", "unknown")),
        "student blas": str(hello.get("blas", "unknown")),
        "student blas threads": FIXED_VARIABLES[THREADS],
    }


def processor() -> str:
    """The model of this machine's processor, as far as the system tells it without a command."""
    if sys.platform == "linux":
        try:
            found = MODEL.search(CPU_INFO.read_text("utf-8", "replace"))
        except OSError:
            found = None
        if found:
            return " ".join(found[1].split())
    return platform.processor() or platform.machine()
