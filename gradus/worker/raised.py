"""Describes what a submission raised: kind, message, and the line of the submission it came from.

Runs beside the submission, so it keeps to Python 3.9, the standard library and NumPy.
"""

from __future__ import annotations

import linecache
import os
import re
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from gradus.worker import wire
else:
    wire = sys.modules["_gradus_wire"]

MESSAGE_CAP = 2_000
SOURCE_CAP = 200
MEMORY_ADDRESS = re.compile(r"0x[0-9a-fA-F]{6,}")


class HarnessError(Exception):
    """The grader asked for something that is not there; no fault of the submission."""

    gradus_kind = "harness"


class Describer:
    """Makes error replies for exceptions of the submission in one folder."""

    def __init__(self, submission: str, private: list[str]) -> None:
        """To be made before anything of the submission is imported: see `own_terms`."""
        self._with_terms = with_terms()
        self._submission = both_forms(submission)
        self._sanitiser = Sanitiser([submission, *private])

    def describe(self, error: BaseException) -> dict[str, Any]:
        """The ``error`` of a reply; every text in it is capped and free of folders."""
        place = self._place_of(error) or {}
        kind, details = own_terms(error) if type(error) in self._with_terms else (None, {})
        return {
            "kind": kind or kind_of(error),
            "type": type(error).__name__[:SOURCE_CAP],
            "message": self._sanitiser.clean(guarded_text(lambda: message_of(error))),
            "details": details,
            "file": place.get("file"),
            "line": place.get("line"),
            "function": place.get("function"),
            "source": place.get("source"),
        }

    def _place_of(self, error: BaseException | None) -> dict[str, Any] | None:
        """The innermost place in the submission, of the error or else of its cause."""
        for _ in range(wire.NESTING_CAP):
            if error is None:
                return None
            if isinstance(error, SyntaxError) and self._relative(error.filename):
                return self._place(str(error.filename), error.lineno, None)
            innermost = None
            step = error.__traceback__
            while step is not None:
                code = step.tb_frame.f_code
                if self._relative(code.co_filename):
                    innermost = (code.co_filename, step.tb_lineno, code.co_name)
                step = step.tb_next
            if innermost is not None:
                return self._place(*innermost)
            error = error.__cause__
        return None

    def _place(self, path: str, line: int | None, function: str | None) -> dict[str, Any]:
        source = linecache.getline(path, line).strip()[:SOURCE_CAP] if line else ""
        place = {"file": self._relative(path), "line": line, "function": function}
        return {**place, "source": source or None}

    def _relative(self, path: Any) -> str | None:
        if not isinstance(path, str):
            return None
        path = os.path.abspath(path)
        for folder in self._submission:
            if path.startswith(folder + os.sep):
                return path[len(folder) + 1 :].replace(os.sep, "/")
        return None


class Sanitiser:
    """Takes out of a message what differs from run to run: addresses and folders."""

    def __init__(self, private: list[str]) -> None:
        libraries = [os.path.dirname(os.path.dirname(np.__file__)), os.path.dirname(os.__file__)]
        folders = {form for path in private + libraries for form in both_forms(path)}
        self._folders = sorted((f for f in folders if len(f) > 1), key=len, reverse=True)

    def clean(self, text: str) -> str:
        """`text` without them, at most `MESSAGE_CAP` characters."""
        text = text[: 4 * MESSAGE_CAP]
        for folder in self._folders:
            text = text.replace(folder + os.sep, "").replace(folder, "")
        text = MEMORY_ADDRESS.sub("0x…", text)
        return text if len(text) <= MESSAGE_CAP else text[: MESSAGE_CAP - 1] + "…"


def both_forms(path: str) -> set[str]:
    """The absolute path as it is given and with its symbolic links resolved."""
    return {os.path.abspath(path), os.path.realpath(path)}


def with_terms() -> frozenset[type[BaseException]]:
    """Every exception class there is that says what it means by `gradus_kind`.

    Taken before the submission is imported, these are the harness's and the adapter's own: an
    exception that the submission defines cannot decide what becomes of its points.
    """
    found: set[type[BaseException]] = set()
    waiting: list[type[BaseException]] = [BaseException]
    while waiting:
        for each in type.__subclasses__(waiting.pop()):
            if each not in found:
                found.add(each)
                waiting.append(each)
    return frozenset(each for each in found if hasattr(each, "gradus_kind"))


def own_terms(error: BaseException) -> tuple[str | None, dict[str, Any]]:
    """The attributes `gradus_kind` and `gradus_details`, where they are there and can be sent."""
    try:
        kind = getattr(error, "gradus_kind", None)
        details = getattr(error, "gradus_details", None)
        wire.encode({"details": details})
    except BaseException:  # attributes of the submission's own exceptions may be anything
        return None, {}
    return kind if type(kind) is str else None, details if type(details) is dict else {}


def kind_of(error: BaseException) -> str:
    """The kind of an error reply; adapters set their own by the attribute `gradus_kind`."""
    if isinstance(error, MemoryError):
        return "memory limit"
    if isinstance(error, (SystemExit, KeyboardInterrupt, GeneratorExit)):
        return "exited early"
    if isinstance(error, wire.ProtocolError):
        return "protocol error"
    return "raised"


def message_of(error: BaseException) -> str:
    """`str(error)`, without the absolute path that a SyntaxError carries in it."""
    if isinstance(error, SyntaxError):
        return str(error.msg)
    return str(error)


def guarded_text(make: Callable[[], Any]) -> str:
    """What `make` gives as a string; the submission's own `__str__` may itself fail."""
    try:
        return str.__str__(make())
    except BaseException as error:
        return f"(its message cannot be shown: {type(error).__name__[:SOURCE_CAP]})"
