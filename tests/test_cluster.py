"""A Dask cluster grades as this machine does; a worker that is lost loses nothing."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gradus.cohort import CohortError, cluster
from gradus.cohort.cluster import Cluster, Wanted
from gradus.cohort.job import Job
from gradus.cohort.journal import Journal
from gradus.cohort.key import Versions
from gradus.cohort.outcome import Outcome
from gradus.cohort.run import finished
from gradus.course import COURSE_FILE, Course
from gradus.grading import Settings
from gradus.intake import find
from gradus.isolation import measure
from tests.cohorts import TASKS, cohort, grade, results
from tests.submissions import ROOT
from tests.test_failures import TIGHT

distributed = pytest.importorskip("distributed", reason="Dask's distributed is not installed")

SETTINGS = Settings(tasks=TASKS, limits=replace(TIGHT, call_wall_seconds=6.0), jobs=1)
KINDS = ("honest", "broken", "crashing")
NOWHERE = "tcp://127.0.0.1:9"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A scheduler with two workers, each a process of its own."""
    running = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
    )
    with running:
        yield running.scheduler_address


@pytest.fixture(scope="module")
def wanted() -> Wanted:
    course = Course(ROOT)
    dataset = course.dataset("digits")
    assert dataset is not None
    _, hello = measure(ROOT / COURSE_FILE, TIGHT)
    return Wanted(ROOT, "digits", SETTINGS, Versions.of(course, dataset.sha256, hello))


def jobs(many: Path, out: Path) -> list[Job]:
    isolation, _ = measure(ROOT / COURSE_FILE, TIGHT)
    found = find(many, Course(ROOT))
    return [Job(one, out, one.id, SETTINGS, isolation) for one in found]


def outcomes(url: str, wanted: Wanted, many: Path, out: Path) -> dict[str, Outcome]:
    """Grade a cohort on the cluster."""
    with Journal(out) as journal:
        backend = Cluster(url, wanted)
        try:
            done = list(finished(jobs(many, out), backend, journal, wanted.versions))
        finally:
            backend.stop()
        assert sorted(journal.ids) == sorted(outcome.id for outcome in done)
    return {outcome.id: outcome for outcome in done}


def test_a_cluster_gives_what_this_machine_gives(url: str, wanted: Wanted, tmp_path: Path) -> None:
    many = cohort(tmp_path / "many", *KINDS)
    found = outcomes(url, wanted, many, tmp_path / "there")
    assert {outcome.status for outcome in found.values()} == {"graded"}
    grade(many, tmp_path / "here")
    assert results(tmp_path / "there") == results(tmp_path / "here")
    for kind in KINDS:
        assert {path.name for path in (tmp_path / "there" / kind).iterdir()} == {
            path.name for path in (tmp_path / "here" / kind).iterdir()
        }


def test_what_a_lost_worker_had_is_graded_by_another(
    url: str, wanted: Wanted, tmp_path: Path
) -> None:
    many = cohort(tmp_path / "many", "sleeping", "honest")
    killed: list[int] = []
    killer = threading.Thread(target=kill_whoever_grades, args=(url, killed), daemon=True)
    killer.start()
    found = outcomes(url, wanted, many, tmp_path / "out")
    killer.join()
    assert len(killed) == 1
    assert {outcome.status for outcome in found.values()} == {"graded"}
    earned = {id: result["score"]["earned"] for id, result in results(tmp_path / "out").items()}
    assert earned == {"sleeping": 0.375, "honest": 0.5}


def kill_whoever_grades(url: str, killed: list[int]) -> None:
    """Kill the worker that has been at a submission for a moment, once."""
    with distributed.Client(url, set_as_default=False) as client:
        pids: dict[str, int] = client.run(os.getpid)
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            time.sleep(0.5)
            busy = [address for address, tasks in client.processing().items() if tasks]
            if busy:
                os.kill(pids[busy[0]], signal.SIGKILL)
                killed.append(pids[busy[0]])
                return


@pytest.mark.parametrize("name", ["engine", "course", "student_numpy"])
def test_a_worker_that_grades_with_something_else_is_refused(
    url: str, wanted: Wanted, name: str
) -> None:
    changed: dict[str, Any] = {name: "0" * 64}
    other = replace(wanted, versions=replace(wanted.versions, **changed))
    says = (
        rf"not every worker can grade this: tcp.* has {name.replace('_', ' ')} .* instead of 0000"
    )
    with pytest.raises(CohortError, match=says):
        Cluster(url, other)


def test_a_worker_below_the_isolation_that_is_asked_for_is_refused(
    url: str, wanted: Wanted
) -> None:
    with pytest.raises(CohortError, match="is no isolation level"):
        Cluster(url, replace(wanted, isolation="perfect"))


def test_a_scheduler_that_does_not_answer_is_one_sentence(
    wanted: Wanted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 0.5)
    with pytest.raises(CohortError, match=r"the scheduler tcp://127\.0\.0\.1:9 does not answer"):
        Cluster(NOWHERE, wanted)


def test_an_address_that_is_none_is_one_sentence(
    wanted: Wanted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 0.5)
    with pytest.raises(CohortError, match="the scheduler nonsense://x does not answer"):
        Cluster("nonsense://x", wanted)


def test_a_scheduler_without_workers_is_one_sentence(
    wanted: Wanted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 1.0)
    with (
        distributed.LocalCluster(n_workers=0, dashboard_address=":0") as empty,
        pytest.raises(CohortError, match=r"has no worker; start some with `dask worker tcp://"),
    ):
        Cluster(empty.scheduler_address, wanted)
