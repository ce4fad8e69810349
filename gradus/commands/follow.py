"""A run followed on the terminal."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console

from gradus.grading import Listener
from gradus.law import Law
from gradus.reports.terminal import TerminalView
from gradus.results import Check, Result


class Following(Listener):
    """Shows each law as it is done; a context manager, so that no progress bar is left behind."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._view: TerminalView | None = None

    def on_collected(self, laws: list[Law], titles: dict[str, str]) -> None:
        expected = sum(law.kind != "advice" for law in laws)
        self._view = TerminalView(self._console, expected, titles)

    def on_start(self, law: Law) -> None:
        if self._view is not None:
            self._view.on_start(law.statement)

    def on_check(self, check: Check) -> None:
        if self._view is not None:
            self._view.on_check(check)

    def finish(self, result: Result) -> None:
        """Write the explanations and the marks."""
        if self._view is not None:
            self._view.finish(result)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._view is not None:
            self._view.close()
