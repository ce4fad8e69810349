"""What can go wrong with a worker, in words that name the submission's file and line."""

from __future__ import annotations

import os
import re
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gradus.errors import GradusError

UNSAFE_CHARACTERS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
"""Control, invisible, direction-changing and surrogate characters, except newline and tab."""

WINDOWS_ACCESS_VIOLATION = 0xC0000005


def escape_output(text: str) -> str:
    r"""`text` safe to print: unsafe characters become ``\xNN``, ``\uNNNN`` or ``\UNNNNNNNN``."""
    return UNSAFE_CHARACTERS.sub(_escape, text.replace("\r\n", "\n"))


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


@dataclass(frozen=True)
class Place:
    """A line of the submission; `file` is relative to its folder, with forward slashes."""

    file: str
    line: int | None = None

    def __str__(self) -> str:
        return self.file if self.line is None else f"{self.file}, line {self.line}"


class StudentError(Exception):
    """The submission's code raised; the worker lives on.

    Attributes: `kind` ("raised", or what the adapter chose), `type` (the exception's name),
    `message`, `file`, `line`, `function`, `source` (the line's text) and `details`. The texts
    come from the submission and are escaped; each but `message` may be None.
    """

    def __init__(
        self,
        *,
        kind: str,
        type: str,
        message: str,
        file: str | None = None,
        line: int | None = None,
        function: str | None = None,
        source: str | None = None,
        details: dict[str, Any] | None = None,
    ) -> None:
        self.kind = kind
        self.type = type
        self.message = message
        self.file = file
        self.line = line
        self.function = function
        self.source = source
        self.details = details or {}
        super().__init__(str(self))

    def __str__(self) -> str:
        said = f"{self.type}: {self.message}" if self.message else self.type
        said = " ".join(said.split())
        if self.file is None:
            return said
        place = str(Place(self.file, self.line))
        if self.function not in (None, "<module>"):
            place += f", in {self.function}"
        if self.source:
            place += f": `{self.source}`"
        return f"{said} ({place})"


class WorkerFailure(BaseException):
    """The worker is gone: a limit was passed, or its process crashed or ended.

    Not an `Exception`, so that Hypothesis stops at once: shrinking towards the smallest input
    that hangs would hang once for every attempt. `kind` is one of "time limit", "memory limit",
    "thread limit", "disk limit", "crashed with signal N", "exited early", "printed too much" and
    "protocol error", and `message` begins with it; `file` and `line` are None where they are not
    known.
    """

    def __init__(
        self, kind: str, detail: str = "", *, file: str | None = None, line: int | None = None
    ) -> None:
        self.kind = kind
        self.message = f"{kind}{detail}"
        self.file = file
        self.line = line
        where = f" ({Place(file, line)})" if file is not None else ""
        super().__init__(f"{self.message}{where}")

    @property
    def is_hang(self) -> bool:
        """Whether it took all the time that it had, and would again."""
        return self.kind == "time limit"


class WorkerStartError(GradusError):
    """The worker could not be started, for a reason that is not the submission's."""


def failure_of_exit(status: int | None) -> tuple[str, str]:
    """The kind and detail of a failure for a `Popen.returncode`; None if it still runs."""
    if status is None:
        return "exited early", " (it closed its end of the pipe)"
    if status == WINDOWS_ACCESS_VIOLATION:
        return "crashed with signal 11", " (access violation)"
    if status >= 0:
        return "exited early", f" (status {status})"
    number = -status
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = "unnamed"
    if name == "SIGXCPU":
        return "time limit", ": the submission used up its CPU time in all"
    return f"crashed with signal {number}", f" ({name})"


# The submission can write what looks like a traceback: no number here is too large for its use.
_FRAME = re.compile(r'^  File "(?P<file>.*)", line (?P<line>[0-9]{1,9}) in (?P<function>.*)$')
_ESCAPED = re.compile(r"\\x([0-9a-f]{2})|\\u([0-9a-f]{4})|\\U(00(?:0[0-9a-f]|10)[0-9a-f]{4})")


def place_in_trace(trace: str, submission: Path) -> Place | None:
    """The innermost line of the submission in the last traceback that faulthandler wrote."""
    folders = {f"{form}{os.sep}" for form in (submission.absolute(), submission.resolve())}
    last = trace.rpartition("(most recent call first):")[2]
    for text in last.splitlines():
        frame = _FRAME.match(text)
        if frame is None:
            continue
        # faulthandler escapes what is not ASCII in a path.
        path = _ESCAPED.sub(lambda m: chr(int(m[1] or m[2] or m[3], 16)), frame["file"])
        for folder in folders:
            if path.startswith(folder):
                relative = path[len(folder) :].replace(os.sep, "/")
                return Place(escape_output(relative), int(frame["line"]))
    return None
