"""What counts as a save: other contents at rest, however an editor writes them."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from gradus import saves
from gradus.saves import Saves


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.py", "b.py", "notes.txt"):
        (tmp_path / name).write_text(f"# {name}\n")
    return tmp_path


def is_code(name: str) -> bool:
    return name.endswith(".py")


def saved_by(write: Callable[[], None], watched: Saves) -> tuple[str, ...]:
    """What `wait` tells of what `write` does meanwhile."""
    told: list[tuple[str, ...]] = []
    waiting = threading.Thread(target=lambda: told.append(watched.wait()), daemon=True)
    waiting.start()
    write()
    waiting.join(30)
    assert told, "the save was not noticed"
    return told[0]


def test_a_file_written_in_place_is_told(folder: Path) -> None:
    watched = Saves(folder, is_code)
    assert saved_by(lambda: (folder / "a.py").write_text("1\n"), watched) == ("a.py",)


def test_a_file_renamed_over_another_is_told_even_with_its_size_and_time(folder: Path) -> None:
    before = (folder / "a.py").stat()

    def rename() -> None:
        new = folder / ".a.py.swap"
        new.write_text("# b.py\n")
        os.utime(new, ns=(before.st_atime_ns, before.st_mtime_ns))
        new.replace(folder / "a.py")

    assert saved_by(rename, Saves(folder, is_code)) == ("a.py",)


def test_new_and_deleted_files_are_told(folder: Path) -> None:
    watched = Saves(folder, is_code)

    def write() -> None:
        (folder / "b.py").unlink()
        (folder / "deeper").mkdir()
        (folder / "deeper" / "c.py").write_text("1\n")

    assert set(saved_by(write, watched)) <= {"b.py", "deeper/c.py"}


def test_a_file_that_is_emptied_first_is_told_once_it_is_whole(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[float] = []
    real_sleep = time.sleep

    def slept(seconds: float) -> None:
        """The editor's next step happens while the watcher sleeps."""
        looks.append(seconds)
        if seconds == saves.SETTLE_SECONDS and (folder / "a.py").read_text() == "":
            (folder / "a.py").write_text("whole\n")
        real_sleep(0.001)

    watched = Saves(folder, is_code)
    monkeypatch.setattr(saves.time, "sleep", slept)
    (folder / "a.py").write_text("")
    assert watched.wait() == ("a.py",)
    assert not watched.any()
    assert (folder / "a.py").read_text() == "whole\n"


def test_what_does_not_matter_or_does_not_change_is_not_told(folder: Path) -> None:
    watched = Saves(folder, is_code)
    (folder / "notes.txt").write_text("other\n")
    (folder / ".hidden.py").write_text("1\n")
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "a.py").write_text("1\n")
    assert not watched.any()
    os.utime(folder / "b.py", (1, 1))
    assert watched.any()
    assert saved_by(lambda: (folder / "a.py").write_text("1\n"), watched) == ("a.py",)


def test_a_save_before_anybody_waits_is_not_lost(folder: Path) -> None:
    watched = Saves(folder, is_code)
    (folder / "a.py").write_text("1\n")
    assert watched.any()
    assert watched.wait() == ("a.py",)
    assert not watched.any()


def test_a_folder_that_is_gone_has_no_files(folder: Path) -> None:
    watched = Saves(folder, is_code)
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    assert watched.wait() == ("a.py", "b.py")
