"""What a submission's script did when it was run dry: its trainings, and the pictures it drew.

The worker's answer is taken for what anybody could have sent: everything is checked and copied into
the records below before a finding rests on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from checks import times
from checks.cases import CLASSES
from gradus.session import Session
from gradus.worker.client import StudentError, WorkerFailure

Array = np.ndarray[Any, Any]

MOST_RUNS, MOST_SERIES, MOST_VALUES = 40, 20, 20_000
MOST_LINES = 1_000
"""More trainings than are recorded, more histories of one, more of their values and more lines than
any script draws: telling which line shows which history takes time for each pair of them."""


class NotARecord(Exception):
    """The worker's answer does not have the form of a record."""


@dataclass(frozen=True)
class Series:
    """One history of one training: `raw` as measured at `steps`, `values` with marks."""

    run: int
    part: str
    quantity: str
    steps: Array
    values: Array
    raw: Array

    @property
    def words(self) -> str:
        part = "training" if self.part == "train" else self.part
        return f"{part} {self.quantity}"

    @property
    def is_flat(self) -> bool:
        """Whether it says nothing: one value throughout, or values that are no numbers."""
        finite = bool(self.raw.size) and bool(np.isfinite(self.raw).all())
        return not finite or float(np.ptp(self.raw)) < 1e-9


@dataclass(frozen=True)
class Run:
    """One training; `model` tells models apart, `epochs` and `batch_size` are as asked for.

    w: (785, K) after training, or None. What the submission does not tell is None.
    """

    number: int
    model: int
    learning_rate: float | None
    batch_size: float | None
    shuffle: bool | None
    l2_reg_lambda: float | None
    epochs: float | None
    w: Array | None
    series: tuple[Series, ...]

    def one(self, part: str, quantity: str) -> Series | None:
        """Its history of this part (train, validation) and quantity (loss, accuracy)."""
        wanted = (part, quantity)
        return next((s for s in self.series if (s.part, s.quantity) == wanted), None)


@dataclass(frozen=True)
class Line:
    """x and y: (N,) each. `names` are texts in place of numbers on the x axis."""

    kind: str
    x: Array
    y: Array
    names: tuple[str, ...] | None
    label: str | None
    in_legend: bool


@dataclass(frozen=True)
class Axes:
    """What one axes holds; axes over each other share their `cell`."""

    cell: int
    title: str
    xlabel: str
    ylabel: str
    ticks: tuple[str, ...] | None
    lines: tuple[Line, ...]
    images: tuple[Array, ...]


@dataclass(frozen=True)
class Picture:
    """A figure as it was saved or shown, or as it was left."""

    names: tuple[str, ...]
    axes: tuple[Axes, ...]


@dataclass(frozen=True)
class Script:
    """What running `module`.py did; `problem` says in one line why it ended early, if it did.

    `was_ended`: it took the worker with it, and what it had trained and drawn is lost.
    `hangs_alone`: it took all its time, where nothing of the submission had done so before.
    """

    module: str
    problem: str | None
    runs: tuple[Run, ...] = ()
    pictures: tuple[Picture, ...] = ()
    was_ended: bool = False
    hangs_alone: bool = False

    def series(self) -> Iterator[Series]:
        for run in self.runs:
            yield from run.series


def run(session: Session, module: str) -> Script:
    """Run `module`.py in the worker. Whatever goes wrong is told by the record's `problem`."""
    had_hung = session.has_hung
    try:
        answer = session.call("run_script", longer=times.of_script(session), module=module, seed=0)
    except StudentError as error:
        return Script(module, error.message)
    except WorkerFailure as failure:
        return Script(
            module,
            f"running {module}.py ended with {failure}",
            was_ended=True,
            hangs_alone=failure.is_hang and not had_hung,
        )
    try:
        return from_answer(module, answer)
    except NotARecord as wrong:
        return Script(module, f"what {module}.py did could not be read: {wrong}")


def from_answer(module: str, answer: Any) -> Script:
    """The record in a worker's answer. Raises NotARecord where it has another form."""
    found = _dict(answer, "the answer")
    runs = tuple(_run(item, number) for number, item in enumerate(_list(found, "runs", MOST_RUNS)))
    pictures = tuple(_picture(item) for item in _list(found, "pictures"))
    lines = sum(len(axes.lines) for picture in pictures for axes in picture.axes)
    if lines > MOST_LINES:
        raise NotARecord(f"{lines} lines are drawn, more than {MOST_LINES}")
    problem = found.get("problem")
    return Script(module, None if problem is None else _problem(problem), runs, pictures)


def _problem(value: Any) -> str:
    problem = _dict(value, "the problem")
    kind, message = (_text(problem.get(key)) or "" for key in ("type", "message"))
    file, line = _text(problem.get("file")), problem.get("line")
    place = f" ({file}, line {line})" if file and type(line) is int else ""
    return f"the script ended with {kind}: {message}{place}" if kind else "the script ended early"


def _run(value: Any, number: int) -> Run:
    found = _dict(value, "a training")
    model = found.get("model")
    w = found.get("w")
    readable = isinstance(w, np.ndarray) and w.ndim == 2 and w.shape[1] <= CLASSES
    shuffle = found.get("shuffle")
    return Run(
        number=number,
        model=model if type(model) is int else -1 - number,
        learning_rate=_number(found.get("learning_rate")),
        batch_size=_number(found.get("batch_size")),
        shuffle=shuffle if type(shuffle) is bool else None,
        l2_reg_lambda=_number(found.get("l2_reg_lambda")),
        epochs=_number(found.get("epochs")),
        w=_floats(w, "w") if readable else None,
        series=_all_series(found.get("series"), number),
    )


def _all_series(value: Any, run: int) -> tuple[Series, ...]:
    named = {k: v for k, v in _dict(value, "the histories").items() if k.count(".") == 1}
    if len(named) > MOST_SERIES:
        raise NotARecord(f"a training has {len(named)} histories, more than {MOST_SERIES}")
    return tuple(_series(name, item, run) for name, item in named.items())


def _series(name: str, value: Any, run: int) -> Series:
    found = _dict(value, f"the history {name}")
    part, quantity = name.split(".")
    arrays = [_vector(found.get(key), f"{name} {key}") for key in ("steps", "values", "raw")]
    if len({len(array) for array in arrays}) != 1:
        raise NotARecord(f"the history {name} has parts of unequal length")
    if len(arrays[0]) > MOST_VALUES:
        raise NotARecord(f"the history {name} has more than {MOST_VALUES} values")
    return Series(run, part, quantity, *arrays)


def _picture(value: Any) -> Picture:
    found = _dict(value, "a picture")
    axes = tuple(_axes(item) for item in _list(found, "axes"))
    return Picture(_texts(found.get("names")) or (), axes)


def _axes(value: Any) -> Axes:
    found = _dict(value, "an axes")
    cell = found.get("cell")
    return Axes(
        cell=cell if type(cell) is int else 0,
        title=_text(found.get("title")) or "",
        xlabel=_text(found.get("xlabel")) or "",
        ylabel=_text(found.get("ylabel")) or "",
        ticks=_texts(found.get("ticks")),
        lines=tuple(_line(item) for item in _list(found, "lines")),
        images=tuple(_image(item) for item in _list(found, "images")),
    )


def _line(value: Any) -> Line:
    found = _dict(value, "a line")
    x, y = _vector(found.get("x"), "x"), _vector(found.get("y"), "y")
    if len(x) != len(y):
        raise NotARecord(f"a line has {len(x)} values of x and {len(y)} of y")
    label = _text(found.get("label"))
    names = _texts(found.get("names"))
    kind = _text(found.get("kind")) or "plot"
    return Line(kind, x, y, names, label, found.get("in_legend") is True)


def _image(value: Any) -> Array:
    if not isinstance(value, np.ndarray) or value.ndim not in (2, 3):
        raise NotARecord("an image is no array of two or three axes")
    return _floats(value, "an image")


def _dict(value: Any, name: str) -> dict[str, Any]:
    if type(value) is not dict:
        raise NotARecord(f"{name} is no dict")
    return value


def _list(found: dict[str, Any], key: str, at_most: int | None = None) -> list[Any]:
    value = found.get(key)
    if type(value) is not list:
        raise NotARecord(f"{key} is no list")
    if at_most is not None and len(value) > at_most:
        raise NotARecord(f"{key} is a list of {len(value)}, more than {at_most}")
    return value


def _floats(value: Any, name: str) -> Array:
    if not isinstance(value, np.ndarray) or value.dtype != np.float64:
        raise NotARecord(f"{name} is no array of float64")
    return value


def _vector(value: Any, name: str) -> Array:
    if _floats(value, name).ndim != 1:
        raise NotARecord(f"{name} has {value.ndim} axes, expected one")
    return np.asarray(value)


def _text(value: Any) -> str | None:
    return value[:300] if type(value) is str else None


def _texts(value: Any) -> tuple[str, ...] | None:
    if type(value) is not list or not all(type(each) is str for each in value):
        return None
    return tuple(each[:300] for each in value)


def _number(value: Any) -> float | None:
    if type(value) not in (int, float):
        return None
    number = float(value)
    return number if np.isfinite(number) else None
