"""Jobs on the workers of a Dask cluster, `--scheduler tcp://...`.

A worker has the engine and the course as they are here, at the same path, which is checked by their
digests; the submission's files are sent to it, and what it writes is sent back. What a lost worker
had is done again by another.
"""

from __future__ import annotations

import functools
import logging
import tempfile
import threading
import time
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from gradus import intake
from gradus.cohort import CohortError
from gradus.cohort.executor import ProcessLost, Stopped
from gradus.cohort.job import Job, failed, grade_one
from gradus.cohort.key import Versions
from gradus.cohort.outcome import RESULTS, Outcome
from gradus.course import COURSE_FILE, Course, CourseError
from gradus.grading import Listener, Settings
from gradus.intake import IntakeError
from gradus.isolation import IsolationError, measure, require
from gradus.reports.files import remove_reports
from gradus.results import Isolation, write_atomically
from gradus.worker.failures import WorkerStartError

CONNECT_SECONDS = 10.0
NO_WORKER_SECONDS = 60.0
LOOK_SECONDS = 1.0
MOST_SHOWN = 3
INSTALL = "pip install 'gradus[cluster]'"

Files = tuple[tuple[str, bytes], ...]
"""Relative paths, with forward slashes, and contents."""


@dataclass(frozen=True)
class Wanted:
    """What every worker of a run must have, and under which settings it grades.

    Attributes
    ----------
    course : the course's folder, the same on each machine.
    data : the data set, as it is chosen by `--data`.
    settings : as for `grade`.
    versions : what the machine that asks has.
    isolation : the level below which nothing is graded, if any.
    """

    course: Path
    data: str
    settings: Settings
    versions: Versions
    isolation: str | None = None


@dataclass(frozen=True)
class Node:
    """A worker that has what is wanted."""

    course: Course
    dataset: Any
    isolation: Isolation


class Unlike(Exception):
    """A worker has not what is wanted; the message is one sentence."""


class Cluster:
    """Starts jobs on the workers of the scheduler at `url`.

    Raises CohortError, in one sentence, where Dask is not installed, the scheduler does not answer
    or has no worker, and where a worker grades otherwise than this machine.
    """

    def __init__(self, url: str, wanted: Wanted) -> None:
        self._distributed = _distributed()
        self._url = url
        self._wanted = wanted
        self._stopped = threading.Event()
        logging.getLogger("distributed").setLevel(logging.CRITICAL)
        try:
            self._distributed.comm.resolve_address(url)  # else a client is left half made
            self._client = self._distributed.Client(
                url, timeout=CONNECT_SECONDS, set_as_default=False
            )
        except (OSError, TimeoutError, ValueError) as error:
            raise CohortError(
                f"the scheduler {url} does not answer ({_first_line(error)}); start one with "
                "`dask scheduler`, and give the address that it prints"
            ) from error
        try:
            self.at_once = self._workers_at_once()
            self._require_alike()
        except BaseException:
            self._client.close()
            raise
        self._threads = ThreadPoolExecutor(2 * self.at_once, "gradus-cluster")

    def start(self, job: Job) -> Future[Outcome]:
        """Grade one submission as soon as a worker is free."""
        return self._threads.submit(self._done, job)

    def stop(self) -> None:
        """Give up what is under way; the workers stay."""
        self._stopped.set()
        self._threads.shutdown(cancel_futures=True)
        self._client.close()

    def close(self) -> None:
        """Leave the scheduler, which has nothing left to do."""
        self._threads.shutdown()
        self._client.close()

    def _workers_at_once(self) -> int:
        try:
            self._client.wait_for_workers(1, timeout=CONNECT_SECONDS)
        except TimeoutError:
            raise CohortError(
                f"the scheduler {self._url} has no worker; start some with "
                f"`dask worker {self._url} --nthreads 1 --nworkers N`"
            ) from None
        return sum(self._client.ncores().values())

    def _require_alike(self) -> None:
        """Ask every worker whether it has what is wanted."""
        found = self._client.run(_why_unlike, self._wanted, on_error="return")
        wrong = [f"{address} {_said(why)}" for address, why in found.items() if why is not None]
        if wrong:
            more = f"; and {len(wrong) - MOST_SHOWN} more" if len(wrong) > MOST_SHOWN else ""
            raise CohortError(
                f"not every worker can grade this: {'; '.join(wrong[:MOST_SHOWN])}{more}"
            )

    def _done(self, job: Job) -> Outcome:
        """In a thread of its own: send a job, wait for what comes back, and write it."""
        started = time.perf_counter()
        try:
            files = intake.packed(job.submission)
        except IntakeError as error:
            return failed(job, "refused", str(error), time.perf_counter() - started)
        future = self._client.submit(
            _grade_there, self._wanted, replace(job, out=Path()), files, pure=False
        )
        outcome, written = self._result(future)
        remove_reports(job.path)
        _put(written, job.path)
        return outcome

    def _result(self, future: Any) -> tuple[Outcome, Files]:
        alone_since: float | None = None
        while True:
            if self._stopped.is_set():
                future.cancel()
                raise Stopped
            try:
                found: tuple[Outcome, Files] = future.result(LOOK_SECONDS)
                return found
            except TimeoutError:
                alone_since = self._alone(alone_since)
            except Unlike as why:
                raise CohortError(f"a worker {why}") from None
            except self._distributed.scheduler.KilledWorker as error:
                raise ProcessLost(
                    f"every worker that graded it died: {_first_line(error)}"
                ) from None
            except (CancelledError, OSError) as error:
                raise self._gone(_first_line(error)) from error

    def _alone(self, since: float | None) -> float | None:
        """Since when there is no worker; raises CohortError where none comes."""
        if self._client.status not in ("running", "connecting"):
            raise self._gone(f"it is {self._client.status}")
        if self._client.ncores():
            return None
        now = time.monotonic()
        if since is not None and now - since > NO_WORKER_SECONDS:
            raise self._gone("no worker is left")
        return since or now

    def _gone(self, why: str) -> CohortError:
        return CohortError(
            f"the cluster at {self._url} was lost ({why}); what came back from it is kept, and the "
            "same command goes on from there"
        )


def _distributed() -> Any:
    try:
        import distributed
    except ImportError:
        raise CohortError(
            f"--scheduler needs Dask's package distributed, which is not installed: {INSTALL}"
        ) from None
    return distributed


def _said(why: Any) -> str:
    return why if isinstance(why, str) else f"cannot be asked ({_first_line(why)})"


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else type(error).__name__


# What runs on a worker.

_ONE_AT_A_TIME = threading.Lock()
"""A process grades one submission at a time: what draws cases has settings for a whole process."""


def _grade_there(wanted: Wanted, job: Job, files: Files) -> tuple[Outcome, Files]:
    """Grade a submission in a folder of this machine; its outcome, and all files of its results.

    Raises Unlike where this worker has not what is wanted.
    """
    with _ONE_AT_A_TIME, tempfile.TemporaryDirectory(prefix="gradus-") as folder:
        node = _node(wanted)
        place = Path(folder).resolve()
        (place / "submission").mkdir()
        _put(files, place / "submission")
        there = replace(
            job,
            submission=replace(job.submission, folder=place / "submission"),
            out=place / "out",
            isolation=node.isolation,
        )
        outcome = grade_one(there, node.course, node.dataset, Listener(), lambda result: None)
        return outcome, _taken(there.path)


def _why_unlike(wanted: Wanted) -> str | None:
    """Why this worker cannot grade what is wanted, None where it can."""
    try:
        with _ONE_AT_A_TIME:
            _node(wanted)
    except Unlike as why:
        return str(why)
    return None


@functools.lru_cache(maxsize=4)
def _node(wanted: Wanted) -> Node:
    settings = wanted.settings
    try:
        course = _course(wanted.course)
        dataset = course.dataset(wanted.data)
        isolation, hello = measure(
            course.root / COURSE_FILE, settings.limits, settings.student_python, settings.mechanisms
        )
        if wanted.isolation is not None:
            require(isolation, wanted.isolation)
    except (CourseError, IsolationError, WorkerStartError) as error:
        raise Unlike(f"cannot grade: {error}") from None
    versions = replace(
        Versions.of(course, dataset.sha256 if dataset else "none", hello), **_at_start(course.root)
    )
    if different := versions.other_than(wanted.versions):
        raise Unlike(
            f"has {', '.join(different)}; put the same files and packages there, and start it again"
        )
    return Node(course, dataset, isolation)


@functools.cache
def _course(root: Path) -> Course:
    return Course(root)


@functools.cache
def _at_start(root: Path) -> dict[str, str]:
    """The digests of engine and course when they were first used: what is loaded stays loaded."""
    versions = Versions.of(_course(root), "", {})
    return {"engine": versions.engine, "course": versions.course}


def _taken(folder: Path) -> Files:
    """The files below a folder; none where it does not exist."""
    return tuple(
        (path.relative_to(folder).as_posix(), path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    )


def _put(files: Files, folder: Path) -> None:
    """Write files below a folder, each replaced whole, the result last."""
    for name, content in sorted(files, key=lambda file: file[0] == RESULTS):
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts:
            raise ValueError(f"a worker sent the file {name!r}, which lies outside of its folder")
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(target, content)
