"""The key of a submission: everything that decides a result is in it, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from gradus.cohort.job import Job
from gradus.cohort.key import Versions, digest_of, key_of, shown_key_of
from gradus.grading import Settings
from gradus.intake import Submission
from gradus.manual import ManualMark
from gradus.results import Isolation, Origin
from gradus.worker.client import Limits

JOB = Job(Submission("a", Path("x")), Path("out"), "a", Settings(), Isolation(level="confined"))
VERSIONS = Versions(*(f"{number}" * 8 for number in range(9)))
MARK = ManualMark("a", "2a.forward", Decimal("0.1"))


def key(job: Job = JOB, sha256: str = "0", versions: Versions = VERSIONS) -> str:
    return key_of(job, sha256, versions)


@pytest.mark.parametrize(
    "changed",
    [
        {"submission": Submission("b", Path("x"))},
        {"submission": Submission("a", Path("x"), note="the second of two")},
        {"submission": Submission("a", Path("x"), origin=Origin(platform="canvas", user="7"))},
        {"settings": Settings(seed=1)},
        {"settings": Settings(full=True)},
        {"settings": Settings(oracle="stated")},
        {"settings": Settings(student_python="python3.9")},
        {"settings": Settings(limits=Limits(call_cpu_seconds=1.0))},
        {"isolation": Isolation(level="process")},
    ],
    ids=str,
)
def test_what_decides_a_result_changes_the_key(changed: dict[str, Any]) -> None:
    assert key(replace(JOB, **changed)) != key()
    assert shown_key_of(replace(JOB, **changed)) == shown_key_of(JOB)


@pytest.mark.parametrize(
    "changed",
    [
        {"emit": ("junit",)},
        {"manual": (MARK,)},
        {"manual": (replace(MARK, comment="why"),)},
        {"language": "nb"},
    ],
    ids=str,
)
def test_what_is_made_of_a_result_has_a_key_of_its_own(changed: dict[str, Any]) -> None:
    assert key(replace(JOB, **changed)) == key()
    assert shown_key_of(replace(JOB, **changed)) != shown_key_of(JOB)


@pytest.mark.parametrize("name", VERSIONS.__dataclass_fields__)
def test_every_version_changes_the_key(name: str) -> None:
    changed: dict[str, Any] = {name: "another"}
    assert key(versions=replace(VERSIONS, **changed)) != key()


def test_places_and_numbers_of_processes_do_not() -> None:
    moved = replace(JOB, submission=Submission("a", Path("y")), out=Path("z"))
    assert key(replace(moved, settings=Settings(jobs=7))) == key()
    assert key(sha256="1") != key()


def test_a_folders_digest_is_of_names_and_contents_caches_left_out(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("1")
    before = digest_of(tmp_path)
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "a.pyc").write_text("2")
    assert digest_of(tmp_path) == before
    (tmp_path / "a.py").rename(tmp_path / "b.py")
    assert digest_of(tmp_path) != before
