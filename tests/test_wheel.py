"""The engine as a wheel: what is in it, and that it grades a course folder that lies elsewhere.

The wheel is built and installed without a network: by the setuptools that is there, beside the
dependencies that are there.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from gradus import __version__
from gradus.results import comparable
from tests.drawn_digests import DIGESTS
from tests.submissions import ROOT, graded

BUILT_FROM = ("pyproject.toml", "README.md", "LICENSE", "requirements.txt", "gradus", "checks/data")
A_COURSE_IS = ("checks", "reference", "student")
NOT_SOURCE = shutil.ignore_patterns("__pycache__", "*.pyc", "*.egg-info", "build")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of what it is built from."""
    source = copied(BUILT_FROM, tmp_path_factory.mktemp("source"))
    target = tmp_path_factory.mktemp("wheel")
    pip("wheel", "--no-build-isolation", "--no-deps", "--wheel-dir", target, source)
    (found,) = target.iterdir()
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the installed engine alone."""
    folder = tmp_path_factory.mktemp("installed")
    pip("install", "--no-deps", "--target", folder, wheel)
    return folder


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course folder without the engine beside it."""
    return copied(A_COURSE_IS, tmp_path_factory.mktemp("course"))


def copied(names: tuple[str, ...], target: Path) -> Path:
    for name in names:
        path = ROOT / name
        if path.is_dir():
            shutil.copytree(path, target / name, ignore=NOT_SOURCE)
        else:
            shutil.copy(path, target / name)
    return target


def pip(*arguments: object) -> None:
    """Run pip without an index; what it needs must be there."""
    command = [sys.executable, "-m", "pip", *map(str, arguments)]
    offline = {"PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"}
    run = subprocess.run(
        command, env={**os.environ, **offline}, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr


def python(
    *arguments: object, path: tuple[Path, ...], cwd: Path
) -> subprocess.CompletedProcess[str]:
    """Run Python where `path` alone holds anything of ours."""
    return subprocess.run(
        [sys.executable, "-P", *map(str, arguments)],
        cwd=cwd,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(map(str, path)),
            "PYTHONIOENCODING": "utf-8",
        },
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def test_the_wheel_holds_every_file_of_the_engine_and_none_of_the_course(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    source = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "gradus").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert held == source


def test_the_licences_of_the_code_and_of_the_digits_are_in_its_metadata(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        folder = f"gradus-{__version__}.dist-info"
        for name in ("LICENSE", "checks/data/LICENSE-digits.txt"):
            assert archive.read(f"{folder}/licenses/{name}") == (ROOT / name).read_bytes()
        metadata = archive.read(f"{folder}/METADATA").decode("utf-8")
    assert f"Version: {__version__}\n" in metadata
    assert "License-Expression: MIT\n" in metadata


def test_the_version_is_the_newest_of_the_changelog() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    newest = next(line for line in changelog.splitlines() if line.startswith("## "))
    assert newest.split()[1] == __version__


def test_the_installed_engine_grades_the_course_as_the_repository_does(
    installed: Path, course: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    run = python(
        *("-m", "gradus", "grade", course / "student", "--course", course),
        *("--out", out, "--data", "digits"),
        path=(installed,),
        cwd=tmp_path,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    elsewhere = comparable(json.loads((out / "results.json").read_text("utf-8")))
    here = comparable(json.loads(graded(ROOT / "student").model_dump_json()))
    for result in (elsewhere, here):
        del result["harness"]["settings"]  # long evidence in one of them alone
        result["tasks"] = [
            {**task, "checks": [c for c in task["checks"] if not c["evidence"]]}
            for task in result["tasks"]
        ]
    for key in ("score", "tasks", "harness"):
        assert elsewhere[key] == here[key]
    assert (out / "report.html").stat().st_size > 1000


def test_the_installed_engine_draws_the_cases_of_the_repository(
    installed: Path, course: Path, tmp_path: Path
) -> None:
    script = shutil.copy(ROOT / "tests" / "drawn_digests.py", tmp_path)
    run = python(script, path=(installed, course), cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout) == DIGESTS
