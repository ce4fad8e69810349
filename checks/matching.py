"""Which measured values a drawn line or image shows: told by the values alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from checks.scripts import Line, Series

Array = np.ndarray[Any, Any]

SAME = 1e-9
"""Marks differ by some 1e-7 from one history to the next, means of 10 of them by some 1e-8."""
MOST_AVERAGED = 200
SIDE = 28


@dataclass(frozen=True)
class Match:
    """A line shows this history, `how` ("" as it is, else in words), `against` what on the x axis.

    `against` is "steps", "index" or "other".
    """

    line: Line
    series: Series
    how: str
    against: str


def identify(line: Line, histories: Iterable[Series]) -> Match | None:
    """The history that a line shows, as it is or as means over so many values in a row.

    Percentages count as what they are of; so does every kth value, if the line still has two.
    """
    known = tuple(histories)
    for read in (_thinned, _averaged):  # trying means takes long, so values as they are come first
        for series, factor in product(known, (1.0, 100.0)):
            y, steps, how = read(line, series, factor)
            if y is not None and steps is not None:
                scale = "" if factor == 1.0 else "in per cent"
                told = ", ".join(filter(None, (how, scale)))
                return Match(line, series, told, _against(line, series, steps, how))
    return None


Candidate = tuple[Array | None, Array | None, str]
NOTHING: Candidate = (None, None, "")


def _thinned(line: Line, series: Series, factor: float) -> Candidate:
    """The history itself, or values of it in their order that reach over most of it."""
    y = line.y / factor
    if not len(y) or len(y) > len(series.values):
        return NOTHING
    if len(y) == len(series.values):
        same = np.abs(y - series.values).max() < SAME
        return (y, series.steps, "") if same else NOTHING
    if len(y) < 2:
        return NOTHING
    order = np.argsort(series.values)
    ordered = series.values[order]
    right = np.clip(np.searchsorted(ordered, y), 1, len(ordered) - 1)
    nearest = np.where(y - ordered[right - 1] < ordered[right] - y, right - 1, right)
    at = order[nearest]
    if np.abs(series.values[at] - y).max() >= SAME or (np.diff(at) <= 0).any():
        return NOTHING
    if at[-1] - at[0] < 0.7 * (len(series.values) - 1):
        return NOTHING
    return y, series.steps[at], "some of its values"


def _averaged(line: Line, series: Series, factor: float) -> Candidate:
    """Means over blocks of n values, or over a window of n that moves on by one."""
    y = line.y / factor
    values, steps, count = series.values, series.steps, len(series.values)
    if not len(y):
        return NOTHING
    for n in _windows(y, values):
        blocks = count // n
        for length in {blocks, -(-count // n)} & {len(y)}:
            used = min(length * n, count)
            parts = np.split(values[:used], range(n, used, n))
            if np.abs(y - [part.mean() for part in parts]).max() < SAME:
                centres = np.array([p.mean() for p in np.split(steps[:used], range(n, used, n))])
                return y, centres, f"averaged over {n} steps"
        moving = count - n + 1
        if len(y) in (moving, count) and moving >= 2:
            means = np.convolve(values, np.full(n, 1 / n), "valid")
            # Where the line keeps its length, its ends were averaged in some way of their own.
            for start in {0, (len(y) - moving) // 2, -(-(len(y) - moving) // 2), len(y) - moving}:
                if np.abs(y[start:][:moving] - means).max() < SAME:
                    return y, steps[-len(y) :], f"a running mean over {n} steps"
    return NOTHING


def _windows(y: Array, values: Array) -> list[int]:
    """Every n for which the mean of the first n values is where a line of such means would begin.

    Where the line has as many points as there are values, that is anywhere in its first n.
    """
    n = np.arange(2, min(len(values), MOST_AVERAGED) + 1)
    means = np.cumsum(values[:MOST_AVERAGED])[1:] / n
    close = 2 * SAME + 1e-12 * np.abs(means)
    starts = [np.zeros_like(n)]
    if len(y) == len(values):
        starts += [(n - 1) // 2, n // 2, n - 1]
    begin = [np.abs(y[start] - means) < close for start in starts]
    return list(map(int, n[np.any(begin, axis=0)]))


def _against(line: Line, series: Series, steps: Array, how: str) -> str:
    """What the x axis counts; a mean may stand anywhere among the steps that it is over."""
    width = float(np.diff(steps).max()) if len(steps) > 1 else float(np.ptp(series.steps)) + 1
    allowed = width if how.startswith(("averaged", "a running")) else 0.0
    if len(line.x) == len(steps) and np.all(np.abs(line.x - steps) <= allowed + SAME):
        return "steps"
    one_by_one = bool(len(line.x)) and np.all(np.abs(np.diff(line.x) - 1) < SAME)
    return "index" if one_by_one and line.x[0] in (0, 1) else "other"


def columns_shown(images: Sequence[Array], w: Array) -> set[int]:
    """The columns of w (785, K) whose 784 pixels, without the bias, stand upright in some image.

    An image is one of 28 x 28, or many of them side by side, with or without a border between; each
    may be brightened or stretched for itself.
    """
    shown: set[int] = set()
    tiles = [tile for image in images for tile in _grid(image)]
    for pixels in (w[:-1], w[1:]):
        if len(pixels) == SIDE * SIDE:
            shown |= _alike(tiles, pixels)
            for column in set(range(w.shape[1])) - shown:
                wanted = pixels[:, column].reshape(SIDE, SIDE)
                if any(_is_inside(image, wanted) for image in images):
                    shown.add(column)
    return shown


def _grid(image: Array) -> Iterable[Array]:
    if image.ndim != 2 or any(length % SIDE for length in image.shape):
        return
    for row in range(0, image.shape[0], SIDE):
        for column in range(0, image.shape[1], SIDE):
            yield image[row : row + SIDE, column : column + SIDE]


def _alike(tiles: Sequence[Array], pixels: Array) -> set[int]:
    """The columns of pixels (784, K) to which a tile is equal up to a * pixel + b with a > 0."""
    if not tiles:
        return set()
    drawn = np.array([tile.reshape(-1) for tile in tiles])
    with np.errstate(all="ignore"):
        drawn = drawn - drawn.mean(axis=1, keepdims=True)
        drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
        wanted = pixels - pixels.mean(axis=0)
        wanted = wanted / np.linalg.norm(wanted, axis=0)
        # An image of one value has no direction: its row is nan, and equal to nothing.
        equal = (drawn @ wanted > 1 - SAME).any(axis=0)
    return set(np.flatnonzero(equal).tolist())


def _is_inside(image: Array, wanted: Array) -> bool:
    """Whether exactly these pixels stand somewhere in a larger image."""
    larger = image.ndim == 2 and min(image.shape) >= SIDE and max(image.shape) > SIDE
    if not larger or np.ptp(wanted) < 1e-15:
        return False
    corners = image[: image.shape[0] - SIDE + 1, : image.shape[1] - SIDE + 1]
    for row, column in np.argwhere(np.abs(corners - wanted[0, 0]) < 1e-15)[:50]:
        if np.abs(image[row : row + SIDE, column : column + SIDE] - wanted).max() < 1e-12:
            return True
    return False


def _length(w: Array) -> np.float64:
    return np.float64(np.linalg.norm(w))


NORMS: dict[str, Callable[[Array], float]] = {
    "||w||^2": lambda w: _length(w) ** 2,
    "||w||": _length,
    "||w||^2 without the bias": lambda w: _length(w[:-1]) ** 2,
    "||w|| without the bias": lambda w: _length(w[:-1]),
    "||w||^2 without the bias, which comes first": lambda w: _length(w[1:]) ** 2,
    "||w|| without the bias, which comes first": lambda w: _length(w[1:]),
}
"""What of w (785, K) may be drawn as its length, by what it is called."""
