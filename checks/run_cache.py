"""Where runs are kept between their making and their storing: a work folder for each data set.

Its name holds the data's SHA-256 and that of the code that made the runs, so what another reference
made is never taken up.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from checks.datasets import Dataset
from checks.runs import Expectations, ReferenceRun, Setting
from checks.stored import load, store

Array = np.ndarray[Any, Any]


def code_digest(folder: Path) -> str:
    """SHA-256 over the code of a folder's Python files, comments and docstrings aside.

    So a better explanation does not cost an hour of runs; nor do files of folders within, where the
    named mistakes are, which make no run.
    """
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.py")):
        code = code_alone(path.read_text("utf-8"))
        digest.update(f"{path.name}\0{code}\0".encode())
    return digest.hexdigest()


def code_alone(source: str) -> str:
    """Python source without comments and docstrings, in a standard layout."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            documented = ast.get_docstring(node, clean=False) is not None
            node.body = (node.body[1:] or [ast.Pass()]) if documented else node.body
    return ast.unparse(tree)


def cached_run(
    folder: Path,
    dataset: Dataset,
    setting: Setting,
    orders: Sequence[Array] | None,
    make: Callable[[], ReferenceRun],
    checkpoints: int,
) -> ReferenceRun:
    """The run of a setting, or of one in given orders, from a work folder; else made and kept.

    One that was kept with fewer checkpoints than wanted, and than it could have, is made anew.
    """
    path = _path(folder, setting, orders)
    kept = _read(path, dataset.sha256)
    if kept is None or len(kept.checkpoints) < min(checkpoints, len(kept.steps) - 1):
        kept = make()
        store(path, Expectations(dataset.name, dataset.sha256, (kept,), ()))
    return kept


def kept_run(folder: Path, dataset: Dataset, setting: Setting) -> ReferenceRun | None:
    """The run of a setting if a work folder has it."""
    return _read(_path(folder, setting, None), dataset.sha256)


def _read(path: Path, dataset_sha256: str) -> ReferenceRun | None:
    if not path.is_file():
        return None
    found = load(dataset_sha256, path.parent)
    return found.runs[0] if found is not None else None


def _path(folder: Path, setting: Setting, orders: Sequence[Array] | None) -> Path:
    """A folder for each run, so that `load` reads one file."""
    name = setting.digest()[:32]
    if orders is not None:
        digest = hashlib.sha256()
        for order in orders:
            digest.update(np.asarray(order, dtype="<i8").tobytes() + b"\0")
        name += f"-{digest.hexdigest()[:32]}"
    return folder / f"run-{name}" / "run.npz"
