"""What decides a result: two gradings with the same key find the same.

A key is a digest of digests. It holds everything that laws depend on, and nothing else: not where
things lie, not when, not how many processes there were, and not what is made of a result once it is
there: marks by hand, exports, the reports' language. Those have a key of their own.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from gradus.cohort.job import Job
from gradus.course import Course
from gradus.digests import ENGINE, digest_of

UNDECISIVE = frozenset({"jobs"})
"""Settings that change no result."""


@dataclass(frozen=True)
class Versions:
    """What a machine grades with; where two machines differ in one of these, results may too.

    Attributes
    ----------
    engine : digest of the files of this package.
    course : digest of the files of the course's folders.
    data : digest of the data set.
    python, numpy, hypothesis, pytest : the grader's versions.
    student_python, student_numpy : the versions that submissions meet.
    """

    engine: str
    course: str
    data: str
    python: str
    numpy: str
    hypothesis: str
    pytest: str
    student_python: str
    student_numpy: str

    @classmethod
    def of(cls, course: Course, data: str, hello: Mapping[str, Any]) -> Versions:
        """Those of this process; `hello` is what a worker said of itself."""
        return cls(
            engine=digest_of(ENGINE),
            course=digest_of(*course.folders()),
            data=data,
            python=platform.python_version(),
            numpy=np.__version__,
            hypothesis=importlib.metadata.version("hypothesis"),
            pytest=importlib.metadata.version("pytest"),
            student_python=str(hello.get("python", "unknown")),
            student_numpy=str(hello.get("numpy", "unknown")),
        )

    def other_than(self, expected: Versions) -> list[str]:
        """What differs from `expected`, in words."""
        found, due = asdict(self), asdict(expected)
        return [
            f"{name.replace('_', ' ')} {found[name][:12]} instead of {due[name][:12]}"
            for name in found
            if found[name] != due[name]
        ]


def key_of(job: Job, sha256: str, versions: Versions) -> str:
    """The key of a job's submission, whose files have this digest."""
    submission, origin = job.submission, job.submission.origin
    parts = {
        "submission": [submission.id, sha256, submission.note],
        "origin": origin.model_dump() if origin else None,
        "versions": asdict(versions),
        "settings": {k: v for k, v in asdict(job.settings).items() if k not in UNDECISIVE},
        "isolation": job.isolation.level,
    }
    return _digest_of(parts)


def shown_key_of(job: Job) -> str:
    """The key of what is made of a job's result."""
    return _digest_of(
        {
            "emit": sorted(job.emit),
            "language": job.language,
            "manual": [asdict(mark) | {"points": str(mark.points)} for mark in job.manual],
        }
    )


def _digest_of(parts: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
