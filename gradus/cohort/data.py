"""A run's data set, stored once, so that every process of the run meets the same arrays."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

ARRAYS = ("X_train", "Y_train", "X_test", "Y_test")
FILE = "dataset.npz"


@dataclass(frozen=True)
class StoredData:
    """Where a data set is stored, and what the course said of it; `file_sha256` is of the file."""

    path: Path
    file_sha256: str
    name: str
    source: str
    sha256: str


@dataclass(frozen=True)
class LoadedData:
    """What a course's data set module gives, read back: read-only arrays, see `StoredData`."""

    name: str
    source: str
    sha256: str
    X_train: NDArray[np.uint8]
    Y_train: NDArray[np.uint8]
    X_test: NDArray[np.uint8]
    Y_test: NDArray[np.uint8]


def store(dataset: Any, folder: Path) -> StoredData:
    """Write the arrays of a course's data set into `folder`."""
    path = folder / FILE
    np.savez(path, **{name: getattr(dataset, name) for name in ARRAYS})
    return StoredData(path, _digest(path), dataset.name, dataset.source, dataset.sha256)


def load(stored: StoredData) -> LoadedData:
    """The data set; raises ValueError where the file is not as it was written."""
    found = _digest(stored.path)
    if found != stored.file_sha256:
        raise ValueError(
            f"the stored data set has the SHA-256 {found[:12]}, expected "
            f"{stored.file_sha256[:12]}; something changed it while grading: grade again"
        )
    with np.load(stored.path, allow_pickle=False) as arrays:
        loaded = {name: arrays[name] for name in ARRAYS}
    for array in loaded.values():
        array.flags.writeable = False
    return LoadedData(stored.name, stored.source, stored.sha256, **loaded)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
