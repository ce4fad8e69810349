"""A run's data set, stored once, so that every process of the run meets the same arrays."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gradus.course import Course, Dataset

FILE = "dataset.npz"


@dataclass(frozen=True)
class StoredData:
    """Where a data set is stored, and what the course said of it; `file_sha256` is of the file."""

    path: Path
    file_sha256: str
    name: str
    source: str
    sha256: str


def store(dataset: Dataset | None, folder: Path) -> StoredData | None:
    """Write the arrays of a course's data set into `folder`; nothing for a course without any."""
    if dataset is None:
        return None
    path = folder / FILE
    np.savez(path, **dataset.arrays)
    return StoredData(path, _digest(path), dataset.name, dataset.source, dataset.sha256)


def load(stored: StoredData | None, course: Course) -> Dataset | None:
    """The data set; raises ValueError where the file is not as it was written."""
    if stored is None:
        return None
    found = _digest(stored.path)
    if found != stored.file_sha256:
        raise ValueError(
            f"the stored data set has the SHA-256 {found[:12]}, expected "
            f"{stored.file_sha256[:12]}; something changed it while grading: grade again"
        )
    with np.load(stored.path, allow_pickle=False) as arrays:
        loaded = dict(arrays)
    for array in loaded.values():
        array.flags.writeable = False
    return course.restored_dataset(stored.name, stored.source, stored.sha256, loaded)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
