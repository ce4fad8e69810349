"""A run over many submissions: what is done stays, what is left goes to an executor."""

from __future__ import annotations

import itertools
import traceback
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from typing import Protocol

from gradus import intake
from gradus.cohort import CohortError
from gradus.cohort.executor import ProcessLost
from gradus.cohort.job import Job, failed
from gradus.cohort.journal import Journal
from gradus.cohort.key import Versions, key_of
from gradus.cohort.outcome import Outcome
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
    """What a journal leaves to be done: jobs, and the outcomes of the others."""

    jobs: tuple[Job, ...]
    outcomes: tuple[Outcome, ...]


def left_of(jobs: Sequence[Job], journal: Journal, versions: Versions) -> Left:
    """Ask the journal for each submission; those that cannot be taken are refused at once."""
    left: list[Job] = []
    outcomes: list[Outcome] = []
    for job in jobs:
        try:
            sha256 = intake.digest(job.submission)
        except IntakeError as error:
            outcome = failed(job, "refused", str(error))
            journal.append(key_of(job, "", versions), outcome)
            outcomes.append(outcome)
            continue
        done = journal.done(job.submission.id, key_of(job, sha256, versions))
        if done is None:
            left.append(job)
        else:
            outcomes.append(done)
    return Left(tuple(left), tuple(outcomes))


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
            journal.append(key_of(job, outcome.sha256 or "", versions), outcome)
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
        raise CohortError(
            f"{job.path} cannot be written ({error.strerror}); what is done is kept, and the same "
            "command goes on from there"
        ) from error
