"""Frames between grader and worker: a JSON header and raw array bytes, never pickle.

A frame is ``b"GRD1"``, the header's length (u32), the body's length (u64), the header as UTF-8
JSON and the body, all little-endian. The header is ``{"message": tree, "arrays": [{"dtype",
"shape"}, ...]}``; the body holds the arrays one after another in C order. In the tree an object
with the key ``"$"`` stands for what JSON cannot say: an array, an opaque object, a value uploaded
before, or a dict of the user's that has that key itself.

Both sides run this file, so it keeps to Python 3.9, the standard library and NumPy. The reader
takes every byte for hostile: each length is checked before anything of that size is allocated,
and whatever is wrong is a `ProtocolError`.
"""

from __future__ import annotations

import io
import json
import struct
from dataclasses import dataclass
from typing import Any, Protocol, Union

import numpy as np

MAGIC = b"GRD1"
PREFIX = struct.Struct("<4sIQ")
HEADER_CAP = 1 << 20
NESTING_CAP = 16
DIMENSIONS_CAP = 8
INTEGER_LIMIT = 1 << 128
"""Integers of this magnitude or more do not travel."""
SIZE_LIMIT = 1 << 60
"""No shape may describe more bytes than this, even one that also has a zero."""
SMALL_FRAME = 1 << 16
TYPE_NAME_CAP = 200
DTYPES = frozenset(
    "|b1,|i1,|u1,<i2,<u2,<i4,<u4,<i8,<u8,<f2,<f4,<f8,<c8,<c16".split(",")  # noqa: SIM905
)

Buffer = Union[bytes, bytearray, memoryview]


class ProtocolError(Exception):
    """What arrived is not a frame of this format, or a message cannot be made into one."""


class EndOfStream(Exception):
    """The other side closed its end; `inside_frame` tells whether a frame was cut off."""

    def __init__(self, inside_frame: bool) -> None:
        where = "inside a frame" if inside_frame else "between frames"
        super().__init__(f"the stream ended {where}")
        self.inside_frame = inside_frame


@dataclass(frozen=True)
class Opaque:
    """Stands for an object that does not travel; only the name of its type is known."""

    type_name: str


@dataclass(frozen=True)
class Uploaded:
    """Stands for the value that was uploaded to this worker under `name`."""

    name: str


class Source(Protocol):
    """A raw binary stream such as `io.FileIO`; `readinto` gives 0 at the end."""

    def readinto(self, buffer: memoryview, /) -> int | None: ...


class Sink(Protocol):
    """A raw binary stream such as `io.FileIO`; `write` gives the number of bytes taken."""

    def write(self, buffer: Buffer, /) -> int | None: ...


def encode(message: dict[str, Any]) -> list[Buffer]:
    """The buffers of one frame, in order; arrays are not copied if they are C-contiguous.

    Objects that do not travel become `Opaque`; `ProtocolError` if the header is over `HEADER_CAP`.
    """
    if not isinstance(message, dict):
        raise TypeError(f"a message is a dict, not {type(message).__name__}")
    arrays: list[np.ndarray] = []
    tree = _pack(message, arrays, 0)
    table = [{"dtype": array.dtype.str, "shape": array.shape} for array in arrays]
    header = _ENCODER.encode({"message": tree, "arrays": table}).encode("ascii")
    if len(header) > HEADER_CAP:
        raise ProtocolError(
            f"the message has {len(header)} bytes besides its arrays, more than {HEADER_CAP}; "
            "long lists of numbers must be arrays"
        )
    body = sum(array.nbytes for array in arrays)
    frame: list[Buffer] = [PREFIX.pack(MAGIC, len(header), body) + header]
    frame.extend(_bytes_of(array) for array in arrays if array.nbytes)
    return frame


def write_frame(sink: Sink, message: dict[str, Any]) -> None:
    """Encode `message` and write it whole."""
    write_buffers(sink, encode(message))


def write_buffers(sink: Sink, frame: list[Buffer]) -> None:
    """Write an encoded frame whole; a small one goes out in a single write."""
    if len(frame) > 1 and sum(map(len, frame)) <= SMALL_FRAME:
        frame = [b"".join(frame)]
    for buffer in frame:
        view = memoryview(buffer)
        while view:
            taken = sink.write(view)
            if taken is None:
                raise BlockingIOError("write_buffers needs a blocking stream")
            view = view[taken:]


_ENCODER = json.JSONEncoder(separators=(",", ":"), check_circular=False)


def _pack(value: Any, arrays: list[np.ndarray], depth: int) -> Any:
    kind = type(value)
    if value is None or kind is bool or kind is float or kind is str:
        return value
    if isinstance(value, (np.ndarray, np.generic)):
        return _pack_array(value, arrays)
    if kind is Opaque:
        return {"$": "opaque", "type": value.type_name[:TYPE_NAME_CAP]}
    if kind is Uploaded:
        return {"$": "uploaded", "name": value.name}
    if isinstance(value, int):
        whole = int.__pos__(value)
        return whole if -INTEGER_LIMIT < whole < INTEGER_LIMIT else _opaque(value)
    # A subclass may have its own __iter__, __str__ or items; the base class's tell the truth.
    if isinstance(value, float):
        return float.__pos__(value)
    if isinstance(value, str):
        return str.__str__(value)
    if depth > NESTING_CAP:
        return _opaque(value)
    if isinstance(value, list):
        return [_pack(item, arrays, depth + 1) for item in list.__iter__(value)]
    if isinstance(value, tuple):
        return [_pack(item, arrays, depth + 1) for item in tuple.__iter__(value)]
    if isinstance(value, dict):
        items = list(dict.items(value))
        if any(type(key) is not str for key, _ in items):
            return _opaque(value)
        packed = {key: _pack(item, arrays, depth + 1) for key, item in items}
        return {"$": "dict", "items": packed} if "$" in packed else packed
    return _opaque(value)


def _pack_array(value: Any, arrays: list[np.ndarray]) -> dict[str, Any]:
    # A subclass may lie about its shape and bytes; the base-class view cannot.
    array = np.asarray(value)
    if type(array) is not np.ndarray:
        return _opaque(value)
    little = array.dtype.newbyteorder("<")
    if little.str not in DTYPES or array.dtype.names is not None:
        return {"$": "opaque", "type": f"array of dtype {array.dtype.str}"[:TYPE_NAME_CAP]}
    if array.ndim > DIMENSIONS_CAP:
        return {"$": "opaque", "type": f"array of {array.ndim} dimensions"}
    arrays.append(np.asarray(array, dtype=little, order="C"))
    return {"$": "array", "at": len(arrays) - 1}


def _bytes_of(array: np.ndarray) -> memoryview:
    # `.data` of a byte view: memoryview.cast refuses complex and float16.
    return array.reshape(-1).view(np.uint8).data


def _opaque(value: Any) -> dict[str, Any]:
    kind = type(value)
    module, name = kind.__module__, kind.__qualname__
    full = name if module == "builtins" else f"{module}.{name}"
    return {"$": "opaque", "type": full[:TYPE_NAME_CAP]}


def read_frame(source: Source, body_cap: int) -> dict[str, Any]:
    """The next message; its arrays are plain, aligned, writable `ndarray`s of their own.

    Raises `EndOfStream` where the stream ends and `ProtocolError` for anything else that is not
    a frame with at most `body_cap` bytes of arrays.
    """
    prefix = bytearray(PREFIX.size)
    _fill(source, memoryview(prefix), begun=False)
    magic, header_length, body_length = PREFIX.unpack(prefix)
    if magic != MAGIC:
        raise ProtocolError(f"a frame begins with {bytes(magic)!r}, not {MAGIC!r}")
    if header_length > HEADER_CAP:
        raise ProtocolError(f"a header of {header_length} bytes is over {HEADER_CAP}")
    if body_length > body_cap:
        raise ProtocolError(f"a reply with {body_length} bytes of arrays is over {body_cap}")
    raw = bytearray(header_length)
    _fill(source, memoryview(raw), begun=True)
    tree, table = _parse_header(raw)
    layout = [_check_entry(entry) for entry in table]
    described = sum(size for _, _, size in layout)
    if described != body_length:
        raise ProtocolError(f"the arrays need {described} bytes, the body has {body_length}")
    arrays = [np.empty(shape, dtype) for dtype, shape, _ in layout]
    unread: list[np.ndarray | None] = list(arrays)
    message = _unpack(tree, unread, 0)
    if type(message) is not dict:
        raise ProtocolError(f"a message is an object, not {type(message).__name__}")
    if any(array is not None for array in unread):
        raise ProtocolError("an array of the table is used nowhere")
    if body_length <= SMALL_FRAME:
        body = memoryview(bytearray(body_length))
        _fill(source, body, begun=True)
        source = io.BytesIO(body)
    for array in arrays:
        _fill(source, _bytes_of(array), begun=True)
        # NumPy's loops assume that a bool is one of two bytes.
        if array.dtype == np.bool_ and array.size and array.view(np.uint8).max() > 1:
            raise ProtocolError("a bool array has a byte that is neither 0 nor 1")
    return message


def _fill(source: Source, view: memoryview, begun: bool) -> None:
    while view:
        count = source.readinto(view)
        if count is None:
            raise BlockingIOError("read_frame needs a blocking stream")
        if count == 0:
            raise EndOfStream(begun)
        begun = True
        view = view[count:]


def _parse_integer(text: str) -> int:
    # 2**128 has 39 digits; longer text costs quadratic time, or trips Python's own limit.
    value = int(text) if len(text) <= 40 else INTEGER_LIMIT
    if not -INTEGER_LIMIT < value < INTEGER_LIMIT:
        raise ProtocolError(f"an integer of {len(text)} characters is too large")
    return value


_DECODER = json.JSONDecoder(parse_int=_parse_integer)


def _parse_header(raw: bytearray) -> tuple[Any, list[Any]]:
    try:
        header = _DECODER.decode(raw.decode("utf-8"))
    except (ValueError, RecursionError) as error:  # bad UTF-8 and bad JSON are ValueErrors
        raise ProtocolError(f"the header is not JSON: {type(error).__name__}") from None
    if type(header) is not dict or set(header) != {"message", "arrays"}:
        raise ProtocolError("a header has exactly the keys 'message' and 'arrays'")
    if type(header["arrays"]) is not list:
        raise ProtocolError("the array table is not a list")
    return header["message"], header["arrays"]


def _check_entry(entry: Any) -> tuple[np.dtype, tuple[int, ...], int]:
    if type(entry) is not dict or set(entry) != {"dtype", "shape"}:
        raise ProtocolError("an array is described by exactly 'dtype' and 'shape'")
    name, shape = entry["dtype"], entry["shape"]
    if type(name) is not str or name not in DTYPES:
        raise ProtocolError(f"the dtype {str(name)[:40]!r} is not one that travels")
    if type(shape) is not list or len(shape) > DIMENSIONS_CAP:
        raise ProtocolError(f"a shape is a list of at most {DIMENSIONS_CAP} integers")
    dtype = np.dtype(name)
    size = extent = dtype.itemsize
    for length in shape:
        if type(length) is not int or length < 0:
            raise ProtocolError("a length in a shape is not a non-negative integer")
        size *= length
        extent *= max(length, 1)
    if extent > SIZE_LIMIT:
        raise ProtocolError("a shape describes more bytes than any machine has")
    return dtype, tuple(shape), size


def _unpack(node: Any, unread: list[np.ndarray | None], depth: int) -> Any:
    kind = type(node)
    if kind is not dict and kind is not list:
        return node
    if kind is dict and "$" in node and node["$"] != "dict":
        return _unpack_placeholder(node, unread)
    if depth > NESTING_CAP:
        raise ProtocolError(f"values are nested more than {NESTING_CAP} deep")
    if kind is list:
        return [_unpack(item, unread, depth + 1) for item in node]
    if "$" in node:
        if set(node) != {"$", "items"} or type(node["items"]) is not dict:
            raise ProtocolError("an escaped dict has exactly the keys '$' and 'items'")
        node = node["items"]
    return {key: _unpack(item, unread, depth + 1) for key, item in node.items()}


def _unpack_placeholder(node: dict[str, Any], unread: list[np.ndarray | None]) -> Any:
    kind = node["$"]
    if kind == "array" and set(node) == {"$", "at"}:
        at = node["at"]
        if type(at) is not int or not 0 <= at < len(unread):
            raise ProtocolError(f"there is no array {str(at)[:40]} in a table of {len(unread)}")
        array, unread[at] = unread[at], None
        if array is None:
            raise ProtocolError(f"array {at} is used twice")
        return array
    if kind == "opaque" and set(node) == {"$", "type"} and type(node["type"]) is str:
        return Opaque(node["type"][:TYPE_NAME_CAP])
    if kind == "uploaded" and set(node) == {"$", "name"} and type(node["name"]) is str:
        return Uploaded(node["name"])
    raise ProtocolError(f"an object with '$': {str(kind)[:40]!r} is none of this format")
