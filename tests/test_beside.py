"""What a submission writes in its own folder, which it may only read, is kept elsewhere."""

from __future__ import annotations

import builtins
import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.adapter_parts import part


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder in which nothing can be made or written, as a confined worker meets it."""
    folder = tmp_path / "submission"
    (folder / "lib").mkdir(parents=True)
    (folder / "settings.json").write_text("[1, 2]")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    real_open, real_mkdir = builtins.open, os.mkdir

    def is_inside(path: Any) -> bool:
        return os.path.abspath(path).startswith(str(folder))

    def refusing_open(file: Any, mode: str = "r", *arguments: Any, **keywords: Any) -> Any:
        if is_inside(file) and os.path.isdir(os.path.dirname(file)) and set(mode) & set("wax+"):
            raise PermissionError(13, "Permission denied", file)
        return real_open(file, mode, *arguments, **keywords)

    def refusing_mkdir(path: Any, *arguments: Any, **keywords: Any) -> None:
        if is_inside(path) and os.path.isdir(os.path.dirname(path)):
            raise PermissionError(13, "Permission denied", path)
        real_mkdir(path, *arguments, **keywords)

    beside = part("beside").Beside(str(folder), str(scratch))
    beside.open, beside.mkdir = refusing_open, refusing_mkdir
    monkeypatch.setattr(builtins, "open", beside.opened)
    monkeypatch.setattr(io, "open", beside.opened)
    monkeypatch.setattr(os, "mkdir", beside.made)
    yield folder
    monkeypatch.undo()
    assert sorted(path.name for path in folder.iterdir()) == ["lib", "settings.json"]


def test_what_is_written_is_read_again_and_nothing_of_the_folder_changes(folder: Path) -> None:
    with open(folder / "norms.json", "w") as file:
        json.dump([0.5], file)
    with open(folder / "norms.json", "a") as file:
        file.write(" ")
    assert json.loads((folder / "norms.json").read_text()) == [0.5]
    assert json.loads((folder / "settings.json").read_text()) == [1, 2]


def test_a_file_that_is_written_anew_keeps_its_own_beside_it(folder: Path) -> None:
    (folder / "settings.json").write_text("[3]")
    assert (folder / "settings.json").read_text() == "[3]"


def test_folders_are_believed_to_be_made_with_all_that_is_put_in_them(folder: Path) -> None:
    os.makedirs(folder / "figures" / "late", exist_ok=True)
    (folder / "other" / "one").mkdir(parents=True, exist_ok=True)
    with open(folder / "figures" / "late" / "loss.txt", "w") as file:
        file.write("0.5")
    with open(folder / "figures" / "late" / "loss.txt") as file:
        assert file.read() == "0.5"


def test_source_files_are_not_written_anywhere(folder: Path) -> None:
    with pytest.raises(PermissionError):
        (folder / "task2a.py").write_text("raise SystemExit")


def test_what_cannot_be_for_other_reasons_still_raises(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        (folder / "missing.json").open()
    with pytest.raises(FileNotFoundError):
        (folder / "nowhere" / "loss.txt").write_text("")
    with pytest.raises(FileNotFoundError):
        (tmp_path / "nowhere" / "loss.txt").write_text("")
    with pytest.raises(FileExistsError):
        os.mkdir(tmp_path / "scratch")
