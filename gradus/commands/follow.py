"""A run followed on the terminal."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from gradus.grading import Listener
from gradus.law import Law
from gradus.reports.language import ENGLISH, Language
from gradus.reports.terminal import TerminalView
from gradus.results import Check, Result


class Following(Listener):
    """Shows each law as it is done; a context manager, so that no progress bar is left behind."""

    def __init__(self, console: Console, language: Language = ENGLISH) -> None:
        self._console = console
        self._language = language
        self._view: TerminalView | None = None
        self._bars: RunBars | None = None

    def on_collected(self, laws: list[Law], titles: dict[str, str]) -> None:
        expected = sum(law.kind != "advice" for law in laws)
        self._view = TerminalView(self._console, expected, titles, self._language)

    def on_start(self, law: Law) -> None:
        if self._view is not None:
            self._view.on_start(law.statement)

    def on_check(self, check: Check) -> None:
        if self._view is not None:
            self._view.on_check(check)

    def on_run(self, name: str, steps: int, expected: int | None, over: bool) -> None:
        if self._view is not None:
            self._view.close()  # a console shows one moving display at a time
        if self._bars is None:
            self._bars = RunBars(self._console)
        self._bars.show(name, steps, expected, over)

    def finish(self, result: Result) -> None:
        """Write the explanations and the marks."""
        if self._bars is not None:
            self._bars.close()
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
        if self._bars is not None:
            self._bars.close()
        if self._view is not None:
            self._view.close()


class RunBars:
    """A bar for each whole run; on what is no terminal, a line for each that is over."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._over: set[str] = set()
        self._bars: dict[str, TaskID] = {}
        self._progress: Progress | None = None
        if console.is_terminal:
            self._progress = Progress(
                TextColumn("{task.description}", markup=False),
                BarColumn(24),
                TextColumn("step {task.completed:.0f}", markup=False),
                TimeElapsedColumn(),
                console=console,
                transient=True,
            )
            self._progress.start()

    def show(self, name: str, steps: int, expected: int | None, over: bool) -> None:
        """A run has made so many steps; without `expected` its bar only moves."""
        if over and name not in self._over:
            self._over.add(name)
            if self._progress is None:
                self._console.print(f"whole run: {name}, {steps} steps", markup=False)
        if self._progress is None:
            return
        if name not in self._bars:
            self._bars[name] = self._progress.add_task(name, total=expected)
        total = steps if over else expected if expected and steps <= expected else None
        self._progress.update(self._bars[name], completed=steps, total=total)

    def close(self) -> None:
        """Take the bars away; harmless the second time."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = None
