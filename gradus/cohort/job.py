"""The way of one submission through a run: graded, written, and told as an `Outcome`.

One submission alone, each of many, and each on a cluster take this same way.
"""

from __future__ import annotations

import hashlib
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gradus.cohort.outcome import RESULTS, Outcome
from gradus.course import Course, CourseError
from gradus.exports import MarksError
from gradus.exports.files import write_exports
from gradus.grading import HarnessFault, Listener, Settings, grade
from gradus.intake import IntakeError, Submission
from gradus.isolation import IsolationError
from gradus.manual import ManualMark, merge, without_marks
from gradus.reports.figures import read_figures
from gradus.reports.files import remove_reports, write_reports
from gradus.reports.language import ENGLISH_CODE, Language, load
from gradus.results import Isolation, Result, encoded
from gradus.rubric import RubricError
from gradus.worker.failures import WorkerStartError

SENTENCE_CAP = 20_000


@dataclass(frozen=True)
class Job:
    """What is asked for one submission, in plain values that another process can be sent.

    Attributes
    ----------
    submission : the submission, where it lies.
    out, folder : its results go into `folder`, below the run's `out`.
    settings, isolation : as `grade` takes them.
    emit : names of exports.
    manual : what a person gave for its pending pieces.
    language : the code of the reports' language.
    """

    submission: Submission
    out: Path
    folder: str
    settings: Settings
    isolation: Isolation
    emit: tuple[str, ...] = ()
    manual: tuple[ManualMark, ...] = ()
    language: str = ENGLISH_CODE

    @property
    def path(self) -> Path:
        """Where its results go."""
        return self.out / self.folder


def grade_one(
    job: Job, course: Course, dataset: Any, listener: Listener, done: Callable[[Result], None]
) -> Outcome:
    """Grade one submission and write its results, of which `done` is told before.

    Whatever goes wrong, the submission's own doing or not, is an outcome like any other, and then
    no results of an earlier run stay behind.
    """
    started = time.perf_counter()
    try:
        result, _ = grade(course, job.submission, dataset, job.settings, listener, job.isolation)
        result, problems = _with_marks(result, job)
        done(result)
        problems += _written(result, job, listener, load(job.language, course.languages))
    except IntakeError as error:
        return failed(job, "refused", str(error), time.perf_counter() - started)
    except (HarnessFault, CourseError, IsolationError, RubricError, WorkerStartError) as error:
        return failed(job, "fault", str(error), time.perf_counter() - started)
    except Exception:
        return failed(job, "fault", traceback.format_exc(), time.perf_counter() - started)
    return Outcome(
        id=job.submission.id,
        folder=job.folder,
        status="graded",
        problems=problems,
        score=result.score,
        earned={task.id: task.earned for task in result.tasks},
        origin=result.submission.origin,
        seconds=round(time.perf_counter() - started, 3),
        sha256=result.submission.sha256,
        results_sha256=digest_of_results(job.path),
    )


def show_anew(
    job: Job, course: Course, before: Outcome, note: Callable[[Outcome], None]
) -> Outcome:
    """Make of the result that is there what the job asks for: nothing is graded.

    `note` is told the outcome before `results.json` is replaced. Raises OSError.
    """
    result = without_marks(Result.from_json((job.path / RESULTS).read_bytes()))
    result, problems = _with_marks(result, job)
    problems += _exported(result, job)
    figures = read_figures(job.path)
    outcome = before.model_copy(
        update={
            "problems": problems,
            "score": result.score,
            "earned": {task.id: task.earned for task in result.tasks},
            "results_sha256": hashlib.sha256(encoded(result.to_json())).hexdigest(),
        }
    )
    note(outcome)
    write_reports(result, job.path, figures, load(job.language, course.languages))
    return outcome


def failed(job: Job, status: str, sentence: str, seconds: float = 0.0) -> Outcome:
    """The outcome of a submission that is not graded; what was written of it before goes."""
    remove_reports(job.path)
    return Outcome.model_validate(
        {
            "id": job.submission.id,
            "folder": job.folder,
            "status": status,
            "sentence": sentence[-SENTENCE_CAP:],
            "origin": job.submission.origin,
            "seconds": round(seconds, 3),
        }
    )


def digest_of_results(folder: Path) -> str | None:
    """The SHA-256 of a folder's `results.json`; None where it cannot be read."""
    try:
        return hashlib.sha256((folder / RESULTS).read_bytes()).hexdigest()
    except OSError:
        return None


def _with_marks(result: Result, job: Job) -> tuple[Result, tuple[str, ...]]:
    """The result with the marks that a person gave, or why they do not fit."""
    try:
        return (merge(result, job.manual) if job.manual else result), ()
    except MarksError as error:
        return result, (str(error),)


def _written(result: Result, job: Job, listener: Listener, language: Language) -> tuple[str, ...]:
    """Write everything, `results.json` last; what could not be exported."""
    job.path.mkdir(parents=True, exist_ok=True)
    remove_reports(job.path)
    problems = _exported(result, job)
    write_reports(result, job.path, listener.figures, language)
    return problems


def _exported(result: Result, job: Job) -> tuple[str, ...]:
    """Write the exports; what could not be exported."""
    try:
        write_exports(result, job.emit, job.path, job.submission.folder)
    except MarksError as error:
        return (str(error),)
    return ()
