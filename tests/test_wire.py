"""The frames between grader and worker: what goes in comes out, and nothing else gets through."""

import contextlib
import io
import json
import math
from typing import Any

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradus.worker import wire

CAP = 1 << 20
SETTINGS = settings(database=None, deadline=None, max_examples=100)

DTYPES = st.sampled_from(sorted(wire.DTYPES))
ARRAYS = DTYPES.flatmap(
    lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=0, max_dims=4, min_side=0))
)
INTEGERS = st.integers(-wire.INTEGER_LIMIT + 1, wire.INTEGER_LIMIT - 1)
TEXT = st.text(st.characters(), max_size=20)
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    INTEGERS,
    st.floats(),
    TEXT,
    ARRAYS,
    st.builds(wire.Opaque, TEXT),
    st.builds(wire.Uploaded, TEXT),
)
KEYS = TEXT | st.sampled_from(["$", "at", "items", "dtype", "message"])
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4)
)
MESSAGES = st.dictionaries(KEYS, VALUES, max_size=4)


def bytes_of(message: dict[str, Any]) -> bytes:
    return b"".join(wire.encode(message))


def read(raw: bytes, cap: int = CAP) -> dict[str, Any]:
    return wire.read_frame(io.BytesIO(raw), cap)


def sent(value: Any) -> Any:
    return read(bytes_of({"value": value}))["value"]


def frame(header: bytes | dict[str, Any], body: bytes = b"", magic: bytes = wire.MAGIC) -> bytes:
    if isinstance(header, dict):
        header = json.dumps(header).encode()
    return wire.PREFIX.pack(magic, len(header), len(body)) + header + body


def with_array(dtype: Any, shape: Any, body: bytes = b"", at: Any = 0) -> bytes:
    table = [{"dtype": dtype, "shape": shape}]
    return frame({"message": {"x": {"$": "array", "at": at}}, "arrays": table}, body)


def same(a: Any, b: Any) -> bool:
    """Equality that tells types, -0.0, and NaN payloads of arrays apart."""
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, float):
        return (math.isnan(a) and math.isnan(b)) or (a == b and str(a) == str(b))
    return bool(a == b)


@SETTINGS
@given(MESSAGES)
def test_every_message_arrives_as_it_was_sent(message):
    assert same(read(bytes_of(message)), message)


@SETTINGS
@given(st.lists(MESSAGES, max_size=3))
def test_frames_follow_each_other_without_a_gap(messages):
    stream = io.BytesIO(b"".join(map(bytes_of, messages)))
    assert all(same(wire.read_frame(stream, CAP), message) for message in messages)
    with pytest.raises(wire.EndOfStream) as caught:
        wire.read_frame(stream, CAP)
    assert not caught.value.inside_frame


@SETTINGS
@given(MESSAGES, st.data())
def test_a_frame_that_is_cut_off_is_an_end_of_stream_inside_it(message, data):
    raw = bytes_of(message)
    kept = data.draw(st.integers(1, len(raw) - 1))
    with pytest.raises(wire.EndOfStream) as caught:
        read(raw[:kept])
    assert caught.value.inside_frame


@SETTINGS
@given(st.binary(max_size=200))
def test_arbitrary_bytes_give_a_message_or_a_refusal(raw):
    with contextlib.suppress(wire.ProtocolError, wire.EndOfStream):
        assert type(read(raw)) is dict


@SETTINGS
@given(st.binary(max_size=200), st.binary(max_size=40))
def test_arbitrary_headers_give_a_message_or_a_refusal(header, body):
    with contextlib.suppress(wire.ProtocolError):
        assert type(read(frame(header, body))) is dict


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["$", "at", "items", "type", "name", "dtype", "shape"]), inner
        )
        | st.fixed_dictionaries(
            {"$": st.sampled_from(["array", "dict", "opaque", "uploaded"]), "at": inner}
        )
    ),
)


@SETTINGS
@given(JSON, st.lists(JSON, max_size=3), st.binary(max_size=40))
def test_arbitrary_trees_and_tables_give_a_message_or_a_refusal(tree, table, body):
    with contextlib.suppress(wire.ProtocolError):
        assert type(read(frame({"message": tree, "arrays": table}, body))) is dict


@SETTINGS
@given(MESSAGES, st.data())
def test_a_changed_byte_gives_a_message_or_a_refusal(message, data):
    raw = bytearray(bytes_of(message))
    raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(wire.ProtocolError, wire.EndOfStream):
        assert type(read(bytes(raw))) is dict


class Counted(io.BytesIO):
    """A stream that remembers the largest buffer it was asked to fill."""

    largest = 0

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        self.largest = max(self.largest, len(buffer))
        return super().readinto(buffer)


EMPTY: dict[str, Any] = {"message": {}, "arrays": []}
MALFORMED = {
    "bad magic": (frame(EMPTY, magic=b"GRD2"), "begins with"),
    "huge header": (wire.PREFIX.pack(wire.MAGIC, 0xFFFFFFFF, 0), "a header of 4294967295 bytes"),
    "huge body": (wire.PREFIX.pack(wire.MAGIC, 2, 1 << 63), "bytes of arrays is over"),
    "not JSON": (frame(b"{"), "not JSON"),
    "not UTF-8": (frame(b'{"message": "\xff"}'), "not JSON"),
    "a list at the top": (frame(b"[]"), "exactly the keys"),
    "deep JSON": (frame(b"[" * 900_000), "not JSON"),
    "an integer of 900 000 digits": (
        frame(b'{"message": {"n": ' + b"9" * 900_000 + b'}, "arrays": []}'),
        "integer of 900000 characters",
    ),
    "no table": (frame({"message": {}}), "exactly the keys"),
    "a table that is no list": (frame({"message": {}, "arrays": {}}), "not a list"),
    "a message that is no object": (frame({"message": [], "arrays": []}), "a message is an object"),
    "a message that is an array": (
        frame({"message": {"$": "array", "at": 0}, "arrays": [{"dtype": "|u1", "shape": [0]}]}),
        "a message is an object",
    ),
    "negative shape": (with_array("<f8", [-1]), "non-negative"),
    "a shape of floats": (with_array("<f8", [1.0], b"8" * 8), "non-negative"),
    "a shape of bools": (with_array("<f8", [True], b"8" * 8), "non-negative"),
    "too many dimensions": (with_array("|u1", [1] * 9, b"1"), "at most 8"),
    "an impossible shape": (with_array("<f8", [1 << 62, 0]), "more bytes than"),
    "object dtype": (with_array("|O", [1], b"8" * 8), "not one that travels"),
    "structured dtype": (with_array([["a", "<f8"]], [1], b"8" * 8), "not one that travels"),
    "text dtype": (with_array("<U1", [1], b"8" * 4), "not one that travels"),
    "big-endian dtype": (with_array(">f8", [1], b"8" * 8), "not one that travels"),
    "bytes left over": (with_array("<f8", [1], b"8" * 9), "need 8 bytes, the body has 9"),
    "bytes missing": (with_array("<f8", [2], b"8" * 8), "need 16 bytes, the body has 8"),
    "wrong index": (with_array("<f8", [1], b"8" * 8, at=1), "no array 1"),
    "negative index": (with_array("<f8", [1], b"8" * 8, at=-1), "no array -1"),
    "bool index": (with_array("<f8", [1], b"8" * 8, at=False), "no array False"),
    "an unused array": (
        frame({"message": {}, "arrays": [{"dtype": "|u1", "shape": [0]}]}),
        "used nowhere",
    ),
    "an array used twice": (
        frame(
            {
                "message": {"a": {"$": "array", "at": 0}, "b": {"$": "array", "at": 0}},
                "arrays": [{"dtype": "|u1", "shape": [0]}],
            }
        ),
        "used twice",
    ),
    "a bool that is neither": (with_array("|b1", [2], b"\x01\x02"), "neither 0 nor 1"),
    "an unknown placeholder": (frame({"message": {"x": {"$": "pickle"}}, "arrays": []}), "pickle"),
    "a placeholder with more": (
        frame({"message": {"x": {"$": "opaque", "type": "a", "b": 1}}, "arrays": []}),
        "none of this format",
    ),
    "a bad escape": (frame({"message": {"$": "dict", "items": []}, "arrays": []}), "escaped dict"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_frame_is_a_protocol_error_that_says_why(name):
    raw, reason = MALFORMED[name]
    with pytest.raises(wire.ProtocolError, match=reason):
        read(raw)


@pytest.mark.parametrize("name", ["huge header", "huge body", "negative shape", "object dtype"])
def test_nothing_of_a_claimed_size_is_read_before_the_claim_is_checked(name):
    stream = Counted(MALFORMED[name][0])
    with pytest.raises(wire.ProtocolError):
        wire.read_frame(stream, CAP)
    assert stream.largest <= 1_000


def test_a_reply_larger_than_its_cap_is_a_protocol_error():
    raw = bytes_of({"x": np.zeros(101, np.uint8)})
    assert read(raw, cap=101)["x"].shape == (101,)
    with pytest.raises(wire.ProtocolError, match="101 bytes of arrays is over 100"):
        read(raw, cap=100)


def test_values_nested_too_deep_become_opaque_at_the_sender():
    value: Any = []
    value.append(value)
    arrived, depth = sent(value), 0
    while isinstance(arrived, list):
        (arrived,), depth = arrived, depth + 1
    assert arrived == wire.Opaque("list")
    assert depth == wire.NESTING_CAP


def test_values_nested_too_deep_are_refused_by_the_receiver():
    tree: Any = 1
    for _ in range(wire.NESTING_CAP + 1):
        tree = [tree]
    with pytest.raises(wire.ProtocolError, match="nested more than"):
        read(frame({"message": {"x": tree}, "arrays": []}))


def test_a_message_with_too_long_a_header_is_refused_at_the_sender():
    with pytest.raises(wire.ProtocolError, match="long lists of numbers must be arrays"):
        wire.encode({"x": [0.1] * 1_000_000})


def test_a_numpy_scalar_travels_as_an_array_of_no_dimensions():
    arrived = sent(np.float32(0.1))
    assert same(arrived, np.array(0.1, np.float32))


def test_tuples_become_lists():
    assert sent((1, (2.0, "a"))) == [1, [2.0, "a"]]


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (np.array([object()]), "array of dtype |O"),
        (np.array(["a"]), "array of dtype <U1"),
        (np.zeros(1, [("a", float)]), "array of dtype |V8"),
        (np.array(["2020"], "M8[D]"), "array of dtype <M8[D]"),
        (np.zeros((1,) * 9), "array of 9 dimensions"),
        ({1: 2}, "dict"),
        ({1, 2}, "set"),
        (b"raw", "bytes"),
        (1j, "complex"),
        (wire.INTEGER_LIMIT, "int"),
        (io.BytesIO(), "_io.BytesIO"),
    ],
)
def test_what_does_not_travel_arrives_as_the_name_of_its_type(value, name):
    assert sent([value]) == [wire.Opaque(name)]


class LyingArray(np.ndarray):
    @property
    def shape(self):
        return (1_000_000, 1_000_000)

    def __array__(self, *args, **kwargs):
        raise AssertionError("asked")

    def __array_function__(self, *args, **kwargs):
        raise AssertionError("asked")

    def tobytes(self, *args):
        raise AssertionError("asked")


def test_a_subclass_that_lies_about_its_shape_arrives_with_the_true_one():
    arrived = sent(np.arange(3.0).view(LyingArray))
    assert same(arrived, np.arange(3.0))


class LyingText(str):
    def __str__(self):
        return "lie"


class LyingNumber(float):
    def __float__(self):
        return 0.0

    __repr__ = __str__ = lambda self: "0.0"


class LyingDict(dict):
    def items(self):
        return [("lie", 0)]

    def __iter__(self):
        return iter(["lie"])


def test_subclasses_of_plain_types_arrive_as_what_they_are_underneath():
    arrived = sent([LyingText("a"), LyingNumber(-0.0), LyingDict(b=1)])
    assert same(arrived, ["a", -0.0, {"b": 1}])


class PickleBomb:
    def __reduce__(self):
        return (exec, ("raise SystemExit",))


def test_an_object_with_its_own_pickling_is_never_asked_to_pickle():
    assert sent(PickleBomb()).type_name.endswith("PickleBomb")


@pytest.mark.parametrize("order", ["transposed", "strided", "big-endian", "read-only"])
def test_an_array_of_any_layout_arrives_plain_and_writable(order):
    array = np.arange(12.0).reshape(3, 4)
    if order == "transposed":
        array = array.T
    elif order == "strided":
        array = array[::2, ::-1]
    elif order == "big-endian":
        array = array.astype(">f8")
    else:
        array.flags.writeable = False
    arrived = sent(array)
    assert np.array_equal(arrived, array)
    assert type(arrived) is np.ndarray
    assert arrived.dtype.str == "<f8"
    assert arrived.flags.carray


def test_only_a_dict_is_a_message():
    with pytest.raises(TypeError, match="a message is a dict, not list"):
        wire.encode([])  # type: ignore[arg-type]
