"""Temporary folders go away with whatever a submission has left in them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gradus.folders import empty, temporary_folder
from tests.workers import posix_only


def dig(folder: Path, depth: int) -> None:
    """Folders within folders, deeper than a path can be long."""
    here = os.getcwd()
    os.chdir(folder)
    try:
        for _ in range(depth):
            os.mkdir("deeper")
            os.chdir("deeper")
        Path("end").touch()
    finally:
        os.chdir(here)


def test_a_temporary_folder_is_gone_afterwards_also_after_an_error() -> None:
    found: list[Path] = []

    def fail() -> None:
        with temporary_folder() as folder:
            found.append(folder)
            (folder / "within").mkdir()
            (folder / "within" / "file").touch()
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert not found[0].exists()


@posix_only
def test_folders_deeper_than_a_path_can_be_long_are_removed() -> None:
    with temporary_folder() as folder:
        dig(folder, 3_000)
        (folder / "deeper" / "file").touch()
    assert not folder.exists()


@posix_only
def test_folders_that_nobody_may_enter_are_removed() -> None:
    with temporary_folder() as folder:
        inner = folder / "outer" / "inner"
        inner.mkdir(parents=True)
        (inner / "file").touch(0o000)
        (inner / "closed").mkdir(0o000)
        inner.chmod(0o300)
        inner.parent.chmod(0o300)
        folder.chmod(0o000)
    assert not folder.exists()


@posix_only
def test_what_a_link_leads_to_stays(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir(0o750)
    (kept / "file").write_text("kept")
    (kept / "file").chmod(0o640)
    with temporary_folder() as folder:
        (folder / "within").mkdir()
        for place in (folder, folder / "within"):
            (place / "to a folder").symlink_to(kept)
            (place / "to a file").symlink_to(kept / "file")
            (place / "to nothing").symlink_to(tmp_path / "nothing")
    assert not folder.exists()
    assert (kept / "file").read_text() == "kept"
    modes = [path.stat().st_mode & 0o777 for path in (kept, kept / "file")]
    assert modes == [0o750, 0o640]


def test_emptying_keeps_the_folder_and_one_that_is_not_there_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "c").touch()
    empty(tmp_path)
    assert list(tmp_path.iterdir()) == []
    empty(tmp_path / "nothing")
