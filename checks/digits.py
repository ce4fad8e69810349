"""The embedded digits: a stand-in for MNIST where none is found, built from 1 797 small images.

The originals are the UCI optical digits (8 x 8, 17 grey levels, see `data/LICENSE-digits.txt`).
They are enlarged to 28 x 28 and varied by small seeded rotations, zooms and shifts. Everything is
integer arithmetic on parameters drawn from `numpy.random.RandomState`, whose stream NumPy has
frozen (NEP 19), so the same bytes come out on every machine; `build` verifies that.

Every parameter of every image is drawn before the first image is built, so an image depends on its
own row alone and the first rows can be had without the rest.
"""

from __future__ import annotations

import gzip
import hashlib
import math
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from checks.idx import DatasetError

Bytes = NDArray[np.uint8]

ORIGINALS = Path(__file__).parent / "data" / "digits.npz"
ORIGINALS_SHA256 = "87ff0c9e40dc7e2c0e34e7257799c2e3f3aec1a016363bb11cad869ec428a826"
SHA256 = "8d4b057a7b225546b61c96357ef2dc427c43dc39e7d0f6e001ea1b73e694159b"

SEED = 0
CLASSES = 10
TRAIN_SIZE, TEST_SIZE = 20_000, 10_000
# MNIST's own counts in its first 20 000 training images and its 10 000 test images: the binary task
# then has 4 005 and 2 042 images, hence 31 batches of 128 and a validation every 6 steps.
TRAIN_COUNTS = {2: 1929, 3: 2076}
TEST_COUNTS = {2: 1032, 3: 1010}
TEST_SHARE = 3  # every third original of a class is kept for validation

# An original's cell is FINE fine pixels wide. Images are sampled from the fine grid, about 2.5 fine
# pixels apart, which lets rotation and shift be lookups instead of interpolations. MARGIN is what
# the corners of a rotated, shifted image need around the fine grid.
CELLS, FINE, MARGIN, PIXELS = 8, 6, 18, 28
SIDE = (CELLS + 1) * FINE + 2 * MARGIN
# Ranges tuned on MNIST's results: with these the two models stop after a similar time, at a
# similar accuracy and loss (the plots' axes in the assignment fit both).
MAX_SHIFT = 2  # fine pixels
SINE_UNIT = 1024
SINES = range(-200, 201, 20)  # of the rotation, in 1/1024: at most 11.3 degrees
ZOOM_UNIT = 64
ZOOMS = (152, 160, 168)  # fine pixels per pixel, in 1/64
# Grey levels up to 1/5 of the fullest become black and from 7/10 white: MNIST's strokes are
# saturated, a blown-up 8 x 8 image is not.
BLACK, WHITE, GREY_UNIT = 2, 7, 10


@dataclass(frozen=True)
class Plan:
    """What is drawn for N images; row i of each array belongs to image i.

    Attributes
    ----------
    labels : (N,) uint8, 0 to 9.
    originals : (N,) int64, which of the 1 797 originals the image is made from.
    poses : (N,) int64, which pair of rotation and zoom.
    shifts : (N, 2) int64, rows and columns in fine pixels.
    """

    labels: Bytes
    originals: NDArray[np.int64]
    poses: NDArray[np.int64]
    shifts: NDArray[np.int64]

    def head(self, rows: int) -> Plan:
        """The plan of the first `rows` images."""
        return Plan(
            self.labels[:rows], self.originals[:rows], self.poses[:rows], self.shifts[:rows]
        )


def read_originals(path: Path = ORIGINALS) -> tuple[Bytes, Bytes]:
    """The 1 797 originals: images (1797, 8, 8) uint8 in 0..16 and labels (1797,) uint8.

    Raises DatasetError where the file is missing, unreadable or has other content.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            images, labels = archive["images"], archive["labels"]
    except Exception as error:  # NumPy and zipfile raise a dozen types for a damaged archive
        raise DatasetError(
            f"the embedded digits cannot be read from {path.name} ({type(error).__name__}); it "
            "belongs to the installation: install again or restore the file"
        ) from error
    found = _sha256(images, labels)
    if found != ORIGINALS_SHA256:
        raise DatasetError(
            f"{path.name} has sha256 {found}, expected {ORIGINALS_SHA256}; it belongs to the "
            "installation: install again or restore the file"
        )
    return images, labels


def plans(original_labels: Bytes) -> tuple[Plan, Plan]:
    """What is drawn for the 20 000 training and the 10 000 validation images.

    No original serves both. Within a class every original serves equally often, give or take one.
    """
    random = np.random.RandomState(SEED)
    order = random.permutation(len(original_labels))
    train: list[NDArray[np.int64]] = []
    test: list[NDArray[np.int64]] = []
    for label in range(CLASSES):
        members = order[original_labels[order] == label].astype(np.int64)
        kept = len(members) // TEST_SHARE
        test.append(members[:kept])
        train.append(members[kept:])
    return (
        _plan(random, train, TRAIN_SIZE, TRAIN_COUNTS),
        _plan(random, test, TEST_SIZE, TEST_COUNTS),
    )


def _plan(
    random: np.random.RandomState,
    originals: list[NDArray[np.int64]],
    size: int,
    fixed: dict[int, int],
) -> Plan:
    share, left_over = divmod(size - sum(fixed.values()), CLASSES - len(fixed))
    others = [label for label in range(CLASSES) if label not in fixed]
    counts = fixed | {label: share + (i < left_over) for i, label in enumerate(others)}
    labels = np.repeat(np.arange(CLASSES), [counts[label] for label in range(CLASSES)])
    chosen = np.concatenate([np.resize(originals[c], counts[c]) for c in range(CLASSES)])
    shuffled = random.permutation(size)
    # An explicit dtype, because NumPy's default integer differs between platforms.
    poses = random.randint(0, len(SINES) * len(ZOOMS), size, dtype=np.int64)
    shifts = random.randint(-MAX_SHIFT, MAX_SHIFT + 1, (size, 2), dtype=np.int64)
    return Plan(labels[shuffled].astype(np.uint8), chosen[shuffled], poses, shifts)


def render(images: Bytes, plan: Plan) -> Bytes:
    """The planned images, (N, 784) uint8 in 0..255, white on black.

    `images` are all originals, (1797, 8, 8); only those in the plan are enlarged.
    """
    needed, which = np.unique(plan.originals, return_inverse=True)
    fine = np.zeros((len(needed), SIDE, SIDE), np.uint8)
    inner = slice(MARGIN, SIDE - MARGIN)
    fine[:, inner, inner] = _contrast()[_enlarge(images[needed])]
    flat = fine.ravel()
    offsets = which.astype(np.int64) * SIDE * SIDE + plan.shifts @ np.array([SIDE, 1])
    poses = _pose_lookups()
    rendered = np.empty((len(plan.labels), PIXELS * PIXELS), np.uint8)
    chunk = 512  # its lookups stay in the processor's cache
    for start in range(0, len(rendered), chunk):
        rows = slice(start, start + chunk)
        rendered[rows] = flat[poses[plan.poses[rows]] + offsets[rows, None]]
    return rendered


def _enlarge(images: Bytes) -> NDArray[np.int16]:
    """Linear interpolation between cell centres, zero around: (N, 54, 54), times FINE squared."""
    count = len(images)
    cells = np.zeros((count, CELLS + 2, CELLS + 2), np.int16)
    cells[:, 1:-1, 1:-1] = images
    rows = np.empty((count, (CELLS + 1) * FINE, CELLS + 2), np.int16)
    for step in range(FINE):
        rows[:, step::FINE] = cells[:, :-1] * (FINE - step) + cells[:, 1:] * step
    fine = np.empty((count, (CELLS + 1) * FINE, (CELLS + 1) * FINE), np.int16)
    for step in range(FINE):
        fine[:, :, step::FINE] = rows[:, :, :-1] * (FINE - step) + rows[:, :, 1:] * step
    return fine


def _contrast() -> Bytes:
    """Grey level 0..16*FINE**2 -> 0..255, stretched between BLACK and WHITE."""
    fullest = 16 * FINE * FINE
    levels = np.arange(fullest + 1, dtype=np.int64)
    stretched = (levels * GREY_UNIT - BLACK * fullest) * 255 // ((WHITE - BLACK) * fullest)
    return np.clip(stretched, 0, 255).astype(np.uint8)


def _pose_lookups() -> NDArray[np.int64]:
    """For each rotation and zoom, where its 784 pixels lie in an unshifted SIDE x SIDE image."""
    # Twice the distance from the middle, since the middle of 28 pixels lies between two of them.
    y, x = np.mgrid[0:PIXELS, 0:PIXELS].astype(np.int64) * 2 - (PIXELS - 1)
    unit = 2 * SINE_UNIT * ZOOM_UNIT
    middle = (SIDE - 1) * unit // 2 + unit // 2  # the second half rounds to the nearest
    lookups = []
    for sine in SINES:
        cosine = math.isqrt(SINE_UNIT**2 - sine**2)
        for zoom in ZOOMS:
            row = ((cosine * y - sine * x) * zoom + middle) // unit
            column = ((sine * y + cosine * x) * zoom + middle) // unit
            lookups.append((row * SIDE + column).ravel())
    return np.array(lookups)


def head(train: int, test: int) -> tuple[Bytes, Bytes, Bytes, Bytes]:
    """The first rows of what `build` gives, without building the rest.

    Returns X_train (train, 784), Y_train (train,), X_test (test, 784), Y_test (test,), all uint8.
    """
    images, labels = read_originals()
    train_plan, test_plan = plans(labels)
    train_plan, test_plan = train_plan.head(train), test_plan.head(test)
    return (
        render(images, train_plan),
        train_plan.labels,
        render(images, test_plan),
        test_plan.labels,
    )


def build(cache: Path | None = None) -> tuple[Bytes, Bytes, Bytes, Bytes]:
    """All embedded digits: X_train (20000, 784), Y_train, X_test (10000, 784), Y_test, all uint8.

    `cache` is a folder where the pixels are kept between runs. A damaged file in it is built anew,
    and a folder that cannot be written is no error. Raises DatasetError where this machine
    builds other bytes than every other.
    """
    images, labels = read_originals()
    train, test = plans(labels)
    path = cache / f"digits-{SHA256[:16]}.npy" if cache else None
    pixels = _cached(path, train, test)
    if pixels is None:
        pixels = np.concatenate([render(images, train), render(images, test)])
        found = _sha256(pixels, train.labels, test.labels)
        if found != SHA256:
            raise DatasetError(
                f"the embedded digits came out with sha256 {found}, expected {SHA256}; NumPy "
                f"{np.__version__} does not draw or compute here as it does elsewhere: use another "
                "NumPy, or MNIST"
            )
        _keep(path, pixels)
    return pixels[:TRAIN_SIZE], train.labels, pixels[TRAIN_SIZE:], test.labels


def _cached(path: Path | None, train: Plan, test: Plan) -> Bytes | None:
    if path is None:
        return None
    try:
        pixels = np.load(path, allow_pickle=False)
        good = _sha256(pixels, train.labels, test.labels) == SHA256
        return pixels.reshape(TRAIN_SIZE + TEST_SIZE, PIXELS * PIXELS) if good else None
    except Exception:  # a damaged .npy raises anything from EOFError to SyntaxError
        return None


def _keep(path: Path | None, pixels: Bytes) -> None:
    """Write the file in one step, so that a run beside this one never reads half of it."""
    if path is None:
        return
    draft = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".npy", delete=False) as file:
            draft = Path(file.name)
            np.save(file, pixels)
        os.replace(draft, path)
    except OSError:
        if draft is not None:
            draft.unlink(missing_ok=True)


def pack(table: Path, target: Path = ORIGINALS) -> None:
    """Rebuild the embedded file from `optdigits.tes`, the UCI set's test table.

    Each line has 64 numbers in 0..16, row by row, and the label; the table may be gzipped.
    """
    opener = gzip.open if table.suffix == ".gz" else open
    with opener(table, "rt", encoding="ascii") as lines:
        numbers = np.loadtxt(lines, delimiter=",").astype(np.uint8)
    images, labels = numbers[:, :-1].reshape(-1, CELLS, CELLS), numbers[:, -1]
    np.savez_compressed(target, images=images, labels=labels)


def _sha256(*arrays: Bytes) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
