"""The data sets a submission is graded on: MNIST, the embedded digits, or a folder of one's own.

`auto` looks for MNIST in `$GRADUS_MNIST`, in the user's cache and on public mirrors, in this order,
and takes the embedded digits where there is none. Which it was, and why, stands in `source`.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from checks import digits
from checks.idx import FILES, DatasetError, Payload, read

__all__ = [
    "VARIABLE",
    "WORDS",
    "Dataset",
    "DatasetError",
    "load",
    "rows_for_submission",
    "sample",
    "small",
    "user_cache",
]

VARIABLE = "GRADUS_MNIST"
SUBMISSION_TRAIN, SUBMISSION_TEST = 1_280, 640
WORDS = ("auto", "mnist", "digits")
_NOT_FOUND = (
    f"embedded digits, because no MNIST was found: {VARIABLE} is not set, the user's cache has no "
    "intact copy"
)


@dataclass(frozen=True)
class Dataset:
    """Images and labels, read-only.

    Attributes
    ----------
    name : "mnist", "digits" or the name of a folder.
    source : where the data came from, one sentence for a report, without any path.
    sha256 : over shape and bytes of the four arrays, in the order below.
    X_train, X_test : (N, 784) uint8 in 0..255, white on black.
    Y_train, Y_test : (N,) uint8 in 0..9.
    """

    name: str
    source: str
    sha256: str
    X_train: NDArray[np.uint8]
    Y_train: NDArray[np.uint8]
    X_test: NDArray[np.uint8]
    Y_test: NDArray[np.uint8]

    @property
    def arrays(self) -> dict[str, NDArray[np.uint8]]:
        """All four, by name."""
        return {name: getattr(self, name) for name in ("X_train", "Y_train", "X_test", "Y_test")}


def user_cache() -> Path:
    """Where downloads and built arrays are kept; honours XDG_CACHE_HOME."""
    import pooch  # 30 ms that a sample of the embedded digits need not pay

    return Path(pooch.os_cache("gradus"))


def load(
    choice: str = "auto",
    *,
    cache: Path | None = None,
    mirrors: Sequence[str] | None = None,
    timeout: float = 5.0,
) -> Dataset:
    """A whole data set: 60 000 and 10 000 images of MNIST, 20 000 and 10 000 embedded digits.

    `choice` is "auto", "mnist" (never falls back), "digits", or a folder with four IDX files under
    MNIST's names; a folder called like one of the words is meant by `./mnist`. `cache` is by
    default the user's, `mirrors` the public ones, and `timeout` is how many seconds all mirrors
    together have to answer, and one of them to go on.

    Raises DatasetError where the data cannot be had as chosen, for `auto` also where GRADUS_MNIST
    names a folder without the real MNIST.
    """
    if choice not in WORDS:
        return _folder(Path(choice), None)
    cache = cache or user_cache()
    if choice == "digits":
        return _digits("embedded digits", cache)
    if os.environ.get(VARIABLE):
        return _from_variable(None)
    try:
        return _from_cache(cache, None)
    except DatasetError:
        return _downloaded(choice, cache, mirrors, timeout)


def sample(choice: str, train: int, test: int, *, cache: Path | None = None) -> Dataset:
    """The first `train` and `test` rows of the data set that `load` gives, at little cost.

    Nothing else is decompressed or built, and `auto` downloads nothing: it takes the embedded
    digits where MNIST is not on this machine. Of MNIST's images only the first is verified.

    Raises DatasetError as `load` does, and where there are fewer rows than asked for.
    """
    if choice not in WORDS:
        return _folder(Path(choice), (train, test))
    if choice != "digits" and os.environ.get(VARIABLE):
        return _from_variable((train, test))
    source = "embedded digits"
    if choice != "digits":
        cache = cache or user_cache()
        try:
            return _from_cache(cache, (train, test))
        except DatasetError:
            if choice == "mnist":
                _downloaded(choice, cache, None, 5.0)
                return _from_cache(cache, (train, test))
            source = f"{_NOT_FOUND} and a sample downloads nothing"
    _check_rows(train, digits.TRAIN_SIZE, "training")
    _check_rows(test, digits.TEST_SIZE, "validation")
    return _dataset("digits", source, digits.head(train, test))


def small() -> Dataset:
    """As much of the embedded digits as a check needs, the same on every machine."""
    return sample("digits", SUBMISSION_TRAIN, SUBMISSION_TEST)


def rows_for_submission(dataset: Dataset) -> dict[str, NDArray[np.uint8]]:
    """What a submission's own code meets in place of the whole data set: its first rows."""
    rows = {"train": SUBMISSION_TRAIN, "test": SUBMISSION_TEST}
    return {name: array[: rows[name[2:]]] for name, array in dataset.arrays.items()}


def _check_rows(asked: int, available: int, kind: str) -> None:
    if not 1 <= asked <= available:
        raise DatasetError(
            f"{asked} {kind} rows of the embedded digits were asked for, expected 1 to {available};"
            " ask for fewer, or for at least one"
        )


def _downloaded(choice: str, cache: Path, mirrors: Sequence[str] | None, timeout: float) -> Dataset:
    from checks.mirrors import MIRRORS, fetch  # loads Pooch and Rich, which cost 0.2 s

    try:
        fetch(cache / "mnist", MIRRORS if mirrors is None else mirrors, timeout)
    except DatasetError:
        if choice == "mnist":
            raise
        # Which mirror failed how may differ from run to run; reports of two runs should not.
        return _digits(f"{_NOT_FOUND} and no mirror could be reached or used", cache)
    return _from_cache(cache, None)


def _from_variable(rows: tuple[int, int] | None) -> Dataset:
    folder = Path(os.environ[VARIABLE]).expanduser()
    payloads = _payloads(folder, rows)
    if wrong := [payload.mismatch for payload in payloads if payload.mismatch]:
        raise DatasetError(
            f"{VARIABLE} names {folder}, which does not hold MNIST: {'; '.join(wrong)}. Put the "
            f"real files there or unset {VARIABLE}; other data is chosen by naming its folder"
        )
    return _dataset("mnist", f"MNIST from {VARIABLE}", _arrays(payloads))


def _from_cache(cache: Path, rows: tuple[int, int] | None) -> Dataset:
    payloads = _payloads(cache / "mnist", rows)
    if wrong := [payload.mismatch for payload in payloads if payload.mismatch]:
        raise DatasetError(f"the user's cache does not hold MNIST: {'; '.join(wrong)}")
    # The same sentence after a download and ever after, so that reports of two runs are equal.
    return _dataset("mnist", "MNIST from the user's cache", _arrays(payloads))


def _folder(folder: Path, rows: tuple[int, int] | None) -> Dataset:
    if not folder.is_dir():
        raise DatasetError(
            f"the data set {str(folder)!r} is neither one of {', '.join(WORDS)} nor a folder; name "
            f"one of these, or a folder with {', '.join(file.name for file in FILES)}"
        )
    payloads = _payloads(folder, rows)
    if wrong := [payload.mismatch for payload in payloads if payload.mismatch]:
        name = folder.resolve().name
        source = f"the folder {name}, a data set of its own and not MNIST: {'; '.join(wrong)}"
        return _dataset(name, source, _arrays(payloads))
    return _dataset("mnist", "MNIST from the folder that was named", _arrays(payloads))


def _payloads(folder: Path, rows: tuple[int, int] | None) -> list[Payload]:
    train, test = rows or (None, None)
    payloads = [
        read(folder, file, first)
        for file, first in zip(FILES, (train, train, test, test), strict=True)
    ]
    for images, labels, file in (
        (payloads[0], payloads[1], FILES[0]),
        (payloads[2], payloads[3], FILES[2]),
    ):
        if images.stored != labels.stored:
            raise DatasetError(
                f"{folder} holds {images.stored} images in {file.name} but {labels.stored} labels "
                "for them, expected as many of each; put files there that belong together"
            )
    return payloads


def _arrays(payloads: Sequence[Payload]) -> tuple[NDArray[np.uint8], ...]:
    return tuple(payload.rows for payload in payloads)


def _digits(source: str, cache: Path) -> Dataset:
    return _dataset("digits", source, digits.build(cache))


def _dataset(name: str, source: str, arrays: tuple[NDArray[np.uint8], ...]) -> Dataset:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
        array.flags.writeable = False
    return Dataset(name, source, digest.hexdigest(), *arrays)
