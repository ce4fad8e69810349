"""Peak resident memory of grader and worker during one check, in bytes, as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import psutil

from gradus.course import Course
from gradus.grading import Settings, grade
from gradus.intake import find


def main() -> None:
    course = Course(Path(__file__).resolve().parents[2])
    dataset = course.small_dataset()
    _, usage = grade(course, find(course.root / "student", course)[0], dataset, Settings())
    print(json.dumps({"grader": grader_peak(), "worker": usage.worker_peak_bytes}))


def grader_peak() -> int:
    """The largest resident size of this process so far; where that is not kept, its size now."""
    try:
        import resource
    except ImportError:
        return int(getattr(psutil.Process().memory_info(), "peak_wset", 0))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if psutil.MACOS else peak * 1024


if __name__ == "__main__":
    main()
