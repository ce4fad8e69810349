"""What a submission prints, kept within reason.

Runs inside the worker: standard library only, Python 3.9 and later. Laws call a function some
thousand times, so one `print` left in it adds up to what would look like a flood. What is printed
after the first part is dropped, unless one call alone prints without end: that reaches the
worker's own limit.
"""

import contextlib
import functools

KEPT = 256_000
FLOOD = 512_000


class Silent:
    """Takes what is printed and keeps nothing."""

    encoding = "utf-8"

    def write(self, text):
        return len(text)

    def flush(self):
        pass

    def isatty(self):
        return False


def silenced(operation):
    """`operation` without what it prints: a line for each step of a training adds up to a flood."""

    @functools.wraps(operation)
    def called(**arguments):
        with contextlib.redirect_stdout(Silent()), contextlib.redirect_stderr(Silent()):
            return operation(**arguments)

    return called


class Bounded:
    """A text stream that keeps the first `KEPT` characters, and whatever belongs to a flood."""

    def __init__(self, stream):
        self._stream = stream
        self._kept = 0
        self._in_this_call = 0

    def write(self, text):
        self._in_this_call += len(text)
        if self._kept < KEPT or self._in_this_call > FLOOD:
            self._kept += len(text)
            self._stream.write(text)
        return len(text)

    def writelines(self, lines):
        for line in lines:
            self.write(line)

    def __getattr__(self, name):
        return getattr(self._stream, name)

    def each_call_anew(self, operation):
        """`operation`, at whose every call the count towards a flood begins again."""

        @functools.wraps(operation)
        def called(**arguments):
            self._in_this_call = 0
            return operation(**arguments)

        return called
