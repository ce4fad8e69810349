"""Workers whose answers something made up: what has taken over a worker can send any reply.

A `ForgedWorker` stands where the client of a worker stands. Its replies are honest ones of the
sample, changed; they go through the wire format and the reader of replies, and all behind that is
the real grading.
"""

from __future__ import annotations

import copy
import hashlib
import io
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from gradus.worker import wire
from gradus.worker.client import Limits, Worker
from gradus.worker.failures import WorkerFailure, escape_output
from gradus.worker.replies import open_reply

Reply = dict[str, Any]
Forge = Callable[[str, Reply], Reply]
"""The reply to send in place of an honest one, by the operation's name."""
NUMBER = 1


@dataclass
class Recording:
    """What an honest submission replies, by request, as packed frames; `hello` is its worker's."""

    frames: dict[bytes, bytes] = field(default_factory=dict)
    hello: dict[str, Any] = field(default_factory=dict)


class ForgedWorker:
    """A `Worker` whose every reply goes through `forge`.

    A real worker is asked for the honest reply, unless `recording` has it. While every module is
    left out, no code of the submission is there to forge anything.
    """

    def __init__(self, recording: Recording, forge: Forge, **settings: Any) -> None:
        self._recording, self._forge, self._settings = recording, forge, settings
        self._limits: Limits = settings["limits"]
        self._real: Worker | None = None
        self._options: dict[str, Any] = {}
        self.is_waiting = True
        self.output, self.cpu_seconds, self.peak_memory_bytes = "", 0.0, 0
        settings["scratch"].mkdir(parents=True, exist_ok=True)

    def load(self, options: dict[str, Any]) -> ForgedWorker:
        self._options = options
        # Where the data lies is another place each time; what is in it is the same.
        self.manifest = self._answered("load", {**options, "data": None}, 0, 1 << 20)
        self.hello = copy.deepcopy(self._recording.hello)
        return self

    def call(
        self,
        name: str,
        arguments: dict[str, Any],
        *,
        seed: int,
        cpu_seconds: float,
        wall_seconds: float,
        called: str | None,
    ) -> Any:
        return self._answered(name, arguments, seed, self._limits.reply_bytes)

    def close(self) -> None:
        self.is_waiting = False
        if self._real is not None:
            self._real.close()

    def _answered(self, name: str, arguments: dict[str, Any], seed: int, cap: int) -> Any:
        reply = self._honest(name, arguments, seed)
        if set(self._options["excluded"]) < set(self._options["modules"]):
            reply = self._forge(name, reply)
        try:
            arrived = _arrived(_frame({"id": NUMBER, **reply}), cap)
            value, error = open_reply(arrived, NUMBER)
        except wire.ProtocolError as fault:
            raise WorkerFailure("protocol error", f": {escape_output(str(fault))}") from None
        if error is not None:
            raise error
        return value

    def _honest(self, name: str, arguments: dict[str, Any], seed: int) -> Reply:
        frames = self._recording.frames
        request = _frame({"name": name, "seed": seed, "arguments": arguments})
        key = hashlib.sha256(request).digest()
        if key not in frames:
            reply = {"ok": True, "value": self._asked(name, arguments, seed)}
            frames[key] = zlib.compress(_frame(reply), 1)
        return _arrived(zlib.decompress(frames[key]), 1 << 30)

    def _asked(self, name: str, arguments: dict[str, Any], seed: int) -> Any:
        if self._real is None:
            self._real = Worker(**self._settings).load(self._options)
            self._recording.hello = self._recording.hello or self._real.hello
        return (
            self._real.manifest if name == "load" else self._real.call(name, arguments, seed=seed)
        )


def _frame(message: dict[str, Any]) -> bytes:
    return b"".join(bytes(part) for part in wire.encode(message))


def _arrived(frame: bytes, cap: int) -> dict[str, Any]:
    return wire.read_frame(io.BytesIO(frame), cap)
