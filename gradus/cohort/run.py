"""A run over many submissions: what is done stays, what is left goes to an executor."""

from __future__ import annotations

import itertools
import traceback
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from gradus import intake
from gradus.cohort import CohortError
from gradus.cohort.executor import ProcessLost
from gradus.cohort.job import Job, failed, show_anew
from gradus.cohort.journal import Journal
from gradus.cohort.key import Versions, key_of, shown_key_of
from gradus.cohort.outcome import Outcome
from gradus.course import Course
from gradus.intake import IntakeError

WAIT_SECONDS = 1.0
"""Between two looks for an interruption, which some systems deliver to no waiting thread."""


class Backend(Protocol):
    """Where jobs are done. `at_once` says how many."""

    @property
    def at_once(self) -> int: ...

    def start(self, job: Job) -> Future[Outcome]: ...


@dataclass(frozen=True)
class Left:
    """What a journal leaves to be done: jobs, and the outcomes of the others.

    Of these, so many are `shown_anew`: not graded, but what is made of their results was.
    """

    jobs: tuple[Job, ...]
    outcomes: tuple[Outcome, ...]
    shown_anew: int


def left_of(jobs: Sequence[Job], course: Course, journal: Journal, versions: Versions) -> Left:
    """Ask the journal for each submission; those that cannot be taken are refused at once.

    Where marks by hand, exports or the reports' language are other than they were, they are made of
    the result that is there. Raises CohortError where that cannot be written.
    """
    left: list[Job] = []
    outcomes: list[Outcome] = []
    anew = 0
    for job in jobs:
        try:
            sha256 = intake.digest(job.submission)
        except IntakeError as error:
            outcome = failed(job, "refused", str(error))
            journal.append(key_of(job, "", versions), outcome)
            outcomes.append(outcome)
            continue
        key, shown = key_of(job, sha256, versions), shown_key_of(job)
        done = journal.done(job.submission.id, key)
        if done is None or done.outcome.folder != job.folder:
            left.append(job)
        elif done.shown == shown:
            outcomes.append(done.outcome)
        else:
            note = partial(journal.append, key, shown=shown, before=done.outcome.results_sha256)
            try:
                outcomes.append(show_anew(job, course, done.outcome, note))
            except OSError as error:
                raise _not_written(job, error) from error
            anew += 1
    return Left(tuple(left), tuple(outcomes), anew)


def finished(
    jobs: Sequence[Job], backend: Backend, journal: Journal, versions: Versions
) -> Iterator[Outcome]:
    """Do the jobs, and give each outcome once it stands in the journal.

    No more jobs are started ahead than keep the backend busy. Raises CohortError where the backend
    or the journal cannot go on.
    """
    waiting = iter(jobs)
    under_way: dict[Future[Outcome], Job] = {}
    while True:
        for job in itertools.islice(waiting, max(2 * backend.at_once - len(under_way), 0)):
            under_way[backend.start(job)] = job
        if not under_way:
            return
        done, _ = wait(under_way, WAIT_SECONDS, FIRST_COMPLETED)
        for future in done:
            job = under_way.pop(future)
            outcome = _outcome(job, future)
            key = key_of(job, outcome.sha256 or "", versions)
            journal.append(key, outcome, shown_key_of(job))
            yield outcome


def _outcome(job: Job, future: Future[Outcome]) -> Outcome:
    try:
        return future.result()
    except CohortError:
        raise
    except ProcessLost as lost:
        why = f"{lost}; grade it again, or look at it by hand"
    except Exception as error:
        why = "".join(traceback.format_exception(error))
    try:
        return failed(job, "fault", why)
    except OSError as error:
        raise _not_written(job, error) from error


def _not_written(job: Job, error: OSError) -> CohortError:
    return CohortError(
        f"{job.path} cannot be written ({error.strerror}); what is done is kept, and the same "
        "command goes on from there"
    )
