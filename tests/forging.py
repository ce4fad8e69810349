"""What may stand in an honest answer's place: any kind of value that travels, or a twisted one."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from gradus.worker import wire

Change = Callable[[Any], Any]
Path = tuple[Any, ...]

TEXT = "\x1b[2J\ud800\u202e\x00<script>::error::x\n##[error]`|{lambda}{place}\r\u2028"
"""Markup, commands, control characters, half a surrogate pair, and fields that are filled in."""


def _nested(depth: int) -> Any:
    value: Any = []
    for _ in range(depth):
        value = [value]
    return value


NONSENSE: dict[str, Callable[[], Any]] = {
    "None": lambda: None,
    "true": lambda: True,
    "-1": lambda: -1,
    "2**63": lambda: 2**63,
    "-2**127": lambda: -(2**127),
    "nan": lambda: float("nan"),
    "inf": lambda: float("inf"),
    "subnormal": lambda: 5e-324,
    "1e308": lambda: 1e308,
    "text": lambda: TEXT,
    "no text": lambda: "",
    "blank text": lambda: " \n\t",
    "long text": lambda: "word " * 20_000,
    "empty list": list,
    "empty dict": dict,
    "nested": lambda: _nested(12),
    "texts": lambda: [TEXT, "", "x"],
    "dict": lambda: {TEXT: TEXT, "": None, "$": 1},
    "opaque": lambda: wire.Opaque(TEXT),
    "uploaded": lambda: wire.Uploaded(TEXT),
    "no rows": lambda: np.zeros((0, 785)),
    "no entries": lambda: np.zeros(0),
    "one nan": lambda: np.array(np.nan),
    "nans": lambda: np.full((785, 10), np.nan),
    "infinities": lambda: np.full((3, 1), -np.inf),
    "huge floats": lambda: np.full(7, 1.7e308),
    "int64's least": lambda: np.array([-(2**63), 2**63 - 1, 0]),
    "uint64's most": lambda: np.array([2**64 - 1, 0], dtype=np.uint64),
    "complex": lambda: np.array([1j, np.nan]),
    "bools": lambda: np.array([True, False]),
    "halves": lambda: np.array([65504, np.nan], dtype=np.float16),
    "eight axes": lambda: np.ones((1, 2) * 4),
    "arrays": lambda: [np.arange(3), np.arange(4.0), np.zeros((2, 2))],
}
"""No answer of any operation is one of these."""


def _array(change: Callable[[np.ndarray], Any]) -> Change:
    """A change of arrays; in another value's place it puts a number."""
    return lambda value: change(value) if isinstance(value, np.ndarray) else np.asarray(0.5)


def _rows(change: Callable[[np.ndarray], Any]) -> Change:
    return _array(lambda value: change(value) if value.ndim else value)


def _as(dtype: str) -> Change:
    def cast(value: np.ndarray) -> Any:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return value.astype(dtype)

    return _array(cast)


def _filled(number: float, at: slice | int = slice(None)) -> Change:
    def fill(value: np.ndarray) -> Any:
        filled = value.copy().reshape(-1)
        with np.errstate(all="ignore"), contextlib.suppress(OverflowError, ValueError, IndexError):
            filled[at] = number
        return filled.reshape(value.shape)

    return _array(fill)


def _list(change: Callable[[list[Any]], Any]) -> Change:
    return lambda value: change(value) if type(value) is list else [value]


def _dict(change: Callable[[dict[str, Any]], Any]) -> Change:
    return lambda value: change(value) if type(value) is dict else {"a": value}


TWISTS: dict[str, Change] = {
    **{f"as {dtype}": _as(dtype) for dtype in "?,i1,u1,i8,u8,f2,f4,f8,c16".split(",")},  # noqa: SIM905
    "flat": _array(lambda value: value.reshape(-1)),
    "one axis more": _array(lambda value: value[None]),
    "turned": _array(lambda value: value.T),
    "one fewer": _rows(lambda value: value[:-1]),
    "one more": _rows(lambda value: np.concatenate([value, value[-1:]])),
    "none left": _rows(lambda value: value[:0]),
    "backwards": _rows(lambda value: value[::-1]),
    "many times": _rows(lambda value: np.concatenate([value] * 20)),
    "all nan": _filled(np.nan),
    "all inf": _filled(np.inf),
    "all huge": _filled(1e300),
    "all large": _filled(1e200),
    "all -1": _filled(-1),
    "all 0": _filled(0),
    "all 2**62": _filled(2**62),
    "all true": _array(lambda value: np.ones(value.shape, dtype=bool)),
    "counted": _array(lambda value: np.arange(value.size, dtype=float).reshape(value.shape)),
    "subnormal": _array(lambda value: np.full(value.shape, 5e-324)),
    "first nan": _filled(np.nan, 0),
    "first -2**63": _filled(-(2**63), 0),
    "last inf": _filled(-np.inf, -1),
    "last 2**63": _filled(2**63 - 1, -1),
    "first left out": _list(lambda value: value[1:]),
    "last left out": _list(lambda value: value[:-1]),
    "twice": _list(lambda value: value * 2),
    "a thousand times": _list(lambda value: (value * 1000)[:1000]),
    "the list backwards": _list(lambda value: value[::-1]),
    "a key left out": _dict(lambda value: dict(list(value.items())[1:])),
    "the last key left out": _dict(lambda value: dict(list(value.items())[:-1])),
    "a key more": _dict(lambda value: {**value, TEXT: TEXT}),
    "values turned": _dict(lambda value: dict(zip(value, [*value.values()][::-1], strict=True))),
    "keys renamed": _dict(lambda value: {f"{key}\ud800": item for key, item in value.items()}),
    "many keys": _dict(
        lambda value: {**value, **{str(n): next(iter(value.values()), None) for n in range(999)}}
    ),
}


def _is(make: Callable[[], Any]) -> Change:
    return lambda value: make()


CHANGES: dict[str, Change] = {**{f"is {n}": _is(make) for n, make in NONSENSE.items()}, **TWISTS}


def places(value: Any) -> list[Path]:
    """The path of every part of an answer, the whole first; of a list at most 50 entries."""
    found: list[Path] = [()]
    if type(value) not in (dict, list):
        return found
    for key, part in value.items() if type(value) is dict else enumerate(value[:50]):
        found += [(key, *path) for path in places(part)]
    return found


def changed_at(value: Any, path: Path, change: Change) -> Any:
    """The answer with this part of it changed."""
    if not path:
        return change(value)
    copied = value.copy()
    copied[path[0]] = changed_at(value[path[0]], path[1:], change)
    return copied
