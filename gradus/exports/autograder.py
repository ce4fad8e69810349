"""The autograder that a course uploads to Gradescope: a zip with its two scripts."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from gradus.exports import MarksError

SCRIPTS = ("setup.sh", "run_autograder")
FOLDERS = ("gradus", "checks", "reference")
SKIPPED = frozenset({"__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache"})
EPOCH = (1980, 1, 1, 0, 0, 0)


def build(root: Path) -> bytes:
    """The zip of the course in `root`, the same bytes for the same files.

    Raises MarksError where the folder does not hold the grader as well as the course.
    """
    missing = [name for name in ("gradus", "requirements.txt") if not (root / name).exists()]
    if missing:
        raise MarksError(
            f"{root} has no {' and no '.join(missing)}, but the autograder takes the grader along; "
            "run this in the repository of the course"
        )
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in SCRIPTS:
            _add(archive, name, script(name), executable=True)
        _add(archive, "requirements.txt", (root / "requirements.txt").read_bytes())
        for path in _sources(root):
            _add(archive, path.relative_to(root).as_posix(), path.read_bytes())
    return content.getvalue()


def script(name: str) -> bytes:
    """One of `SCRIPTS`, with the line ends that a shell needs."""
    template = files("gradus.exports").joinpath("templates", name)
    return template.read_bytes().replace(b"\r\n", b"\n")


def _sources(root: Path) -> Iterator[Path]:
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            hidden = any(
                part in SKIPPED or part.startswith(".") for part in path.relative_to(root).parts
            )
            if path.is_file() and not path.is_symlink() and not hidden:
                yield path


def _add(archive: zipfile.ZipFile, name: str, content: bytes, *, executable: bool = False) -> None:
    entry = zipfile.ZipInfo(name, EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3
    entry.external_attr = (0o100755 if executable else 0o100644) << 16
    archive.writestr(entry, content)
