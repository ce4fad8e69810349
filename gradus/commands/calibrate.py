"""`gradus calibrate`: what the checks expect, made from the reference solution."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from gradus.course import Course, CourseError


def run(
    course: Course, choices: Sequence[str], *, jobs: int, seeds: int | None, console: Console
) -> None:
    """Have the course's calibration make its expectations for these data sets.

    Raises CourseError where the course has no calibration or no reference, as in a handout, and
    where the data cannot be had.
    """
    part = course.settings.parts.calibration
    data = course.settings.parts.datasets
    if part is None or data is None or not course.path(part).is_file():
        raise CourseError(
            "this course has no calibration: what its checks expect is made where the reference "
            "solution is, not in a handout"
        )
    for number, name in ((jobs, "--jobs"), (seeds, "--seeds")):
        if number is not None and number < 1:
            raise CourseError(f"{name} is {number}, expected at least 1")
    datasets = course.module(data)
    try:
        course.module(part).calibrate(choices, jobs, console, seeds=seeds)
    except datasets.DatasetError as error:
        raise CourseError(str(error)) from error
    except ModuleNotFoundError as error:
        raise CourseError(
            f"this course's calibration needs {error.name}, which is not here; run it where the "
            "reference solution is"
        ) from error
    except KeyboardInterrupt:
        raise CourseError(
            "interrupted; what is complete was written, and the same command goes on from there"
        ) from None
