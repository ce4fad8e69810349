"""The client under malformed and adversarial frames: a protocol error or a value, and no more.

Runs for a second with the other tests. GRADUS_FUZZ_SECONDS=60 makes it a minute.
"""

from __future__ import annotations

import io
import json
import os
import random
import time
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np

from gradus.worker import wire
from gradus.worker.failures import StudentError, WorkerFailure, escape_output, place_in_trace
from gradus.worker.replies import open_reply

SECONDS = float(os.environ.get("GRADUS_FUZZ_SECONDS", "1"))
BODY_CAP = 1 << 16
MEMORY_CAP = 24 << 20
"""The caps of header and body, and what a parsed header of that size may take besides."""

NUMBER = 7
LEAVES: list[Any] = [
    None,
    True,
    0,
    -1,
    NUMBER,
    2**63,
    2**127,
    0.5,
    "",
    "x" * 50,
    "\x1b[2J\u202e",
    "raised",
    "memory limit",
    "array",
    "opaque",
    "uploaded",
    "dict",
    "<f8",
    "|O",
    "|b1",
]
KEYS = [
    *("$", "id", "ok", "value", "error", "at", "type", "items", "name", "message"),
    *("arrays", "dtype", "shape", "kind", "details", "line"),
]
SEEDS: list[dict[str, Any]] = [
    {"id": NUMBER, "ok": True, "value": [np.arange(6.0).reshape(2, 3), {"a": np.float32(1)}]},
    {"id": NUMBER, "ok": True, "value": {"$": 1, "b": [wire.Opaque("x.Y"), wire.Uploaded("u")]}},
    {
        "id": NUMBER,
        "ok": False,
        "error": {"kind": "raised", "type": "E", "message": "m", "line": 3},
    },
    {"id": NUMBER, "ok": True, "value": np.array([True, False])},
]


def tree(draw: random.Random, depth: int) -> Any:
    """A message's tree, of the words that mean something and of some that do not."""
    kind = draw.random()
    if depth > 5 or kind < 0.4:
        return draw.choice(LEAVES)
    if kind < 0.6:
        return [tree(draw, depth + 1) for _ in range(draw.randint(0, 4))]
    return {draw.choice(KEYS): tree(draw, depth + 1) for _ in range(draw.randint(0, 4))}


def header(draw: random.Random) -> bytes:
    arrays = [
        {"dtype": draw.choice(LEAVES), "shape": [draw.choice(LEAVES) for _ in range(2)]}
        for _ in range(draw.randint(0, 2))
    ]
    message = {"id": NUMBER, "ok": draw.choice([True, False]), "value": tree(draw, 0)}
    if not message["ok"]:
        message["error"] = message.pop("value")
    whole = draw.choice([{"message": message, "arrays": arrays}, tree(draw, 0)])
    return json.dumps(whole).encode()


def odd_text(draw: random.Random) -> bytes:
    """Headers that trouble parsers rather than readers."""
    return draw.choice(
        [
            b"[" * draw.randint(1, 200_000),
            b'{"message":' * draw.randint(1, 50_000),
            b"9" * draw.randint(1, 200_000),
            b'{"message":{"id":' + b"1" * draw.randint(40, 5_000) + b'},"arrays":[]}',
            b'{"message":NaN,"arrays":[]}',
            b'{"message":{"a":1,"a":2},"arrays":[1e999]}',
            b"\xff\xfe" * draw.randint(1, 100),
            b'"\\ud800"',
            b"",
        ]
    )


def frame(draw: random.Random) -> bytes:
    kind = draw.random()
    if kind < 0.35:
        raw = bytearray(b"".join(bytes(part) for part in wire.encode(draw.choice(SEEDS))))
        for _ in range(draw.randint(1, 8)):
            raw[draw.randrange(len(raw))] = draw.randrange(256)
        return bytes(raw[: draw.choice([len(raw), draw.randrange(len(raw) + 1)])])
    if kind < 0.45:
        return draw.randbytes(draw.randint(0, 200))
    text = header(draw) if kind < 0.9 else odd_text(draw)
    body = draw.randbytes(draw.choice([0, 8, 48, 64]))
    lengths = [len(text), len(body)]
    if draw.random() < 0.1:
        lengths[draw.randrange(2)] = draw.choice([0, 1, 2**20, 2**20 + 1, 2**31, 2**32 - 1])
    return wire.PREFIX.pack(wire.MAGIC, *lengths) + text + body


def test_a_place_in_an_errors_details_is_a_place_or_none() -> None:
    """Adapters build them from what happened; the submission may have built them instead."""
    forms = {"file": (5, None, [], "x.py"), "line": (-3.5, 0, True, "x", 10**30, 12)}
    for file in forms["file"]:
        for line in forms["line"]:
            details = {"file": file, "line": line, "needs": [1]}
            reply = {"id": NUMBER, "ok": False, "error": {"kind": "import", "details": details}}
            _, error = open_reply(reply, NUMBER)
            assert isinstance(error, StudentError)
            assert error.details == {
                "file": file if file == "x.py" else None,
                "line": line if line == 12 else None,
                "needs": [1],
            }


def test_a_forged_traceback_gives_a_place_or_none() -> None:
    draw = random.Random(11)
    names = [
        r"\Uffffffff",
        r"\U0010ffff",
        r"\U00110000",
        r"\ud800",
        "a",
        "<b>",
        "\x1b",
        "\r",
        "/",
        "..",
    ]
    numbers = ["9" * 5_000, "0", "-1", "7", "\u0663", ""]
    folder = Path("/tmp/submission")
    for _ in range(2_000):
        lines = [
            f'  File "{folder}/{name}{draw.choice(names)}", line {draw.choice(numbers)} in f'
            for name in draw.choices(names, k=2)
        ]
        place = place_in_trace("\n".join(["(most recent call first):", *lines]), folder)
        if place is not None:
            assert place.line is not None
            assert 0 <= place.line < 10**9
            assert escape_output(place.file) == place.file


def test_fuzzed_replies_are_values_or_protocol_errors() -> None:
    draw = random.Random(20_240_501)
    outcomes = {"value": 0, "refused": 0, "error": 0}
    deadline = time.monotonic() + SECONDS
    tracemalloc.start()
    try:
        while time.monotonic() < deadline:
            raw = frame(draw)
            tracemalloc.reset_peak()
            before = tracemalloc.get_traced_memory()[0]
            try:
                _, error = open_reply(wire.read_frame(io.BytesIO(raw), BODY_CAP), NUMBER)
            except (wire.ProtocolError, wire.EndOfStream):
                outcomes["refused"] += 1
            else:
                assert error is None or isinstance(error, (StudentError, WorkerFailure))
                outcomes["value" if error is None else "error"] += 1
            assert tracemalloc.get_traced_memory()[1] - before <= MEMORY_CAP, raw[:200]
    finally:
        tracemalloc.stop()
    assert all(outcomes.values()), outcomes
