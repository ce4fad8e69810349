"""`gradus grade` on many submissions: what is done stays done, the rest is graded side by side."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from gradus.cohort import CohortError
from gradus.cohort.cluster import Cluster, Wanted
from gradus.cohort.data import store
from gradus.cohort.job import Job
from gradus.cohort.journal import FILE, Journal
from gradus.cohort.key import Versions
from gradus.cohort.live import Following
from gradus.cohort.local import Local
from gradus.cohort.outcome import RESULTS, Outcome
from gradus.cohort.run import finished, left_of
from gradus.commands.marks_out import show_list
from gradus.course import Course

SHOWN_NAMES = 10


@dataclass(frozen=True)
class Where:
    """Where submissions are graded: in `count` processes of this machine, or on a cluster.

    `data` and `isolation` are what was asked for, for machines that have to see to it themselves.
    """

    count: int | None = None
    scheduler: str | None = None
    data: str = "auto"
    isolation: str | None = None


def grade_many(
    course: Course,
    jobs: Sequence[Job],
    dataset: Any,
    versions: Versions,
    *,
    where: Where,
    anew: bool,
    temporary: Path,
    console: Console,
) -> list[Outcome]:
    """Grade what the journal leaves to be done (`anew`: everything).

    The outcomes are in the order of `jobs`. Raises CohortError where the run cannot begin or go on,
    and where it was interrupted.
    """
    out = jobs[0].out
    with Journal(out, anew=anew) as journal:
        _tell_of(journal, out, jobs, console)
        left = left_of(jobs, course, journal, versions)
        outcomes = {outcome.id: outcome for outcome in left.outcomes}
        kept = sum(outcome.status == "graded" for outcome in left.outcomes)
        if kept:
            unchanged = f"{kept} of {len(jobs)} were graded before and have not changed since"
            console.print(f"{unchanged}; --force grades them again.", markup=False, soft_wrap=True)
        if left.shown_anew:
            console.print(
                f"Reports of {left.shown_anew} of them are written anew: marks by hand, exports or "
                "language are others than before.",
                markup=False,
                soft_wrap=True,
            )
        if left.jobs:
            following = Following(console, len(jobs), len(outcomes))
            backend: Cluster | Local
            if where.scheduler is not None:
                settings = left.jobs[0].settings
                wanted = Wanted(course.root, where.data, settings, versions, where.isolation)
                backend = Cluster(where.scheduler, wanted)
            else:
                at_once = min(where.count or cores(), len(left.jobs))
                stored = store(dataset, temporary)
                backend = Local(course.root, stored, at_once, temporary, following.told)
            try:
                with following:
                    for outcome in finished(left.jobs, backend, journal, versions):
                        outcomes[outcome.id] = outcome
                        following.finished(outcome)
            except KeyboardInterrupt:
                backend.stop()
                done = len(outcomes)
                raise CohortError(
                    f"interrupted; {done} of {len(jobs)} are done and kept in {out}, and the same "
                    f"command{' without --force' if anew else ''} goes on from there"
                ) from None
            except BaseException:
                backend.stop()
                raise
            backend.close()
        return [outcomes[job.submission.id] for job in jobs]


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _tell_of(journal: Journal, out: Path, jobs: Sequence[Job], console: Console) -> None:
    """What the journal cannot say, and whom it knows who is not among those to be graded."""
    file = out / FILE
    if journal.torn:
        said = f"The last line of {file} is torn, as after a kill; it is cut off."
        console.print(said, markup=False, highlight=False, soft_wrap=True)
    if journal.unread:
        said = f"{journal.unread} lines of {file} are none of this version's, and do not count."
        console.print(said, markup=False, highlight=False, soft_wrap=True)
    named = {job.submission.id for job in jobs}
    gone = [id for id in journal.ids if id not in named and (out / id / RESULTS).is_file()]
    more = [f"and {len(gone) - SHOWN_NAMES} more"] if len(gone) > SHOWN_NAMES else []
    what = "Graded here before, not among these, and left as they are"
    show_list(what, [*gone[:SHOWN_NAMES], *more], console)
