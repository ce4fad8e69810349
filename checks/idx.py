"""MNIST's files: their names and digests, and how the IDX format they are in is read.

A file may be as published, compressed anew or not compressed, so what is verified is its payload.
The format: two zero bytes, a type (8: unsigned byte), the number of dimensions, each dimension as a
big-endian 32-bit integer, then the numbers, last dimension fastest (yann.lecun.com/exdb/mnist).
"""

from __future__ import annotations

import gzip
import hashlib
import math
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

IMAGE_SHAPE = (28, 28)
GZIP_MAGIC = b"\x1f\x8b"
CLASSES = 10


class DatasetError(Exception):
    """A data set cannot be had as it was asked for; the message says what to do."""


@dataclass(frozen=True)
class MnistFile:
    """One of the four files: its name, the size and sha256 of the published .gz, and what is in it.

    `payload_sha256` covers the decompressed file, `first_image_sha256` its first image alone.
    """

    name: str
    published_size: int
    published_sha256: str
    payload_sha256: str
    rows: int
    first_image_sha256: str | None = None

    @property
    def row_shape(self) -> tuple[int, ...]:
        return IMAGE_SHAPE if "-images-" in self.name else ()


TRAIN_IMAGES = MnistFile(
    "train-images-idx3-ubyte",
    9912422,
    "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    60_000,
    "23ceaef5eb61f0e70d64ac18fdf0f60df3d5971cf30bbadac7b6ebf07f782d2c",
)
TRAIN_LABELS = MnistFile(
    "train-labels-idx1-ubyte",
    28881,
    "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    60_000,
)
TEST_IMAGES = MnistFile(
    "t10k-images-idx3-ubyte",
    1648877,
    "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    10_000,
    "8f6a418c9a639f9e14e96feca47a97df2a35a0a68ae2875431c5c80e05536941",
)
TEST_LABELS = MnistFile(
    "t10k-labels-idx1-ubyte",
    4542,
    "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    10_000,
)
FILES = (TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS)


@dataclass(frozen=True)
class Payload:
    """What was read of one file: `rows` (N, 784) or (N,) uint8 of the `stored` ones.

    `mismatch` is None, or says in which value the file differs from MNIST's.
    """

    rows: NDArray[np.uint8]
    stored: int
    mismatch: str | None


def find(folder: Path, file: MnistFile) -> Path:
    """Where the file lies in a folder, under any of the names it is known by.

    Raises DatasetError where there is none.
    """
    dotted = file.name.replace("-idx", ".idx")
    names = (f"{file.name}.gz", file.name, f"{dotted}.gz", dotted)
    for name in names:
        if (folder / name).is_file():
            return folder / name
    problem = "holds no" if folder.is_dir() else "is no folder, so it holds no"
    raise DatasetError(
        f"{folder} {problem} {file.name}, looked for as {', '.join(names)}; put MNIST's four files "
        "there or name another folder"
    )


def read(folder: Path, file: MnistFile, first: int | None = None) -> Payload:
    """Read a file of the folder, whole or only its `first` rows.

    A file is compared with MNIST by the sha256 of its payload. Of the first images only the number
    of rows and the first image are compared, so that the rest need not be decompressed.
    Raises DatasetError where the file is missing, damaged, not IDX or not of the right shape.
    """
    path = find(folder, file)
    try:
        with path.open("rb") as raw:
            compressed = raw.read(2) == GZIP_MAGIC
            raw.seek(0)
            stream = cast(BinaryIO, gzip.GzipFile(fileobj=raw)) if compressed else raw
            return _parse(path, file, stream, first)
    except (OSError, EOFError, zlib.error) as error:
        raise DatasetError(
            f"{path} cannot be read ({error}); it should be {file.name}, gzipped or not: copy or "
            "download it anew"
        ) from error


def _parse(path: Path, file: MnistFile, stream: BinaryIO, first: int | None) -> Payload:
    dimensions = 1 + len(file.row_shape)
    magic = bytes([0, 0, 8, dimensions])
    header = stream.read(4 + 4 * dimensions)
    shape = tuple(int.from_bytes(header[i : i + 4], "big") for i in range(4, len(header), 4))
    if len(header) < 4 + 4 * dimensions or header[:4] != magic or shape[1:] != file.row_shape:
        raise DatasetError(
            f"{path} begins with {header.hex(' ', 4) or 'nothing'}, expected IDX: {magic.hex()}, "
            f"the number of rows, then {' x '.join(map(str, file.row_shape)) or 'nothing'}; put "
            f"{file.name} there in the format MNIST has"
        )
    stored = shape[0]
    if stored == 0:
        raise DatasetError(f"{path} holds 0 rows, expected at least 1; put a filled file there")
    if first is not None and not 1 <= first <= stored:
        raise DatasetError(f"{path} holds {stored} rows, {first} were asked for; ask for 1 to that")
    row_size = math.prod(file.row_shape)
    partly = first is not None and file.first_image_sha256 is not None
    wanted = first if first is not None and partly else stored
    body = stream.read(wanted * row_size)
    surplus = b"" if partly else stream.read(1)
    if len(body) < wanted * row_size or surplus:
        raise DatasetError(
            f"{path} holds {'more than ' if surplus else ''}{len(body)} bytes of rows, its "
            f"header announces {stored} rows of {row_size}; it was cut or damaged: copy or "
            "download it anew"
        )
    rows = np.frombuffer(body, np.uint8).reshape((wanted, -1) if file.row_shape else wanted)
    if not file.row_shape and int(rows.max()) >= CLASSES:
        raise DatasetError(
            f"{path} holds the label {rows.max()}, expected 0 to {CLASSES - 1}; use a data set of "
            f"{CLASSES} classes"
        )
    if partly:
        found, expected = hashlib.sha256(body[:row_size]).hexdigest(), file.first_image_sha256
    else:
        found, expected = hashlib.sha256(header + body).hexdigest(), file.payload_sha256
    mismatch = None
    if stored != file.rows:
        mismatch = f"{path.name} holds {stored} rows, expected {file.rows}"
    elif found != expected:
        of = "first image" if partly else "payload"
        mismatch = f"{path.name} has {of} sha256 {found}, expected {expected}"
    return Payload(rows[:first], stored, mismatch)
