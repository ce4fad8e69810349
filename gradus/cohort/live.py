"""A run of many, followed on the terminal."""

from __future__ import annotations

import threading
import time
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from gradus.cohort.local import Step
from gradus.cohort.outcome import Outcome
from gradus.text import visible_line

REFRESHES_A_SECOND = 4
SHOWN_AT_ONCE = 16
NAME_WIDTH, DOING_WIDTH = 32, 36


class Following:
    """A line for each finished submission; on a terminal, below them, what is under way.

    A context manager, so that no moving display is left behind. `begun` is how many are done
    already, of `total`. `told` may be called from any thread.
    """

    def __init__(self, console: Console, total: int, begun: int) -> None:
        self._console = console
        self._total = total
        self._done = begun
        self._graded_now = 0
        self._started = time.monotonic()
        self._under_way: dict[str, tuple[Step, float]] = {}
        self._lock = threading.Lock()
        self._live: Live | None = None
        if console.is_terminal:
            self._live = Live(
                console=console,
                get_renderable=self._view,
                refresh_per_second=REFRESHES_A_SECOND,
                transient=True,
            )

    def told(self, id: str, step: Step) -> None:
        """A submission is at this step."""
        with self._lock:
            _, since = self._under_way.get(id, (step, time.monotonic()))
            self._under_way[id] = step, since

    def finished(self, outcome: Outcome) -> None:
        """A submission is done."""
        with self._lock:
            self._under_way.pop(outcome.id, None)
            self._done += 1
            self._graded_now += 1
        number = f"[{self._done:>{len(str(self._total))}}/{self._total}]"
        line = visible_line(f"{number} {outcome.id}: {said_of(outcome)}")
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    def left(self) -> str:
        """How long the rest will take, as far as what was done tells."""
        if not self._graded_now:
            return ""
        each = (time.monotonic() - self._started) / self._graded_now
        return f"about {duration(each * (self._total - self._done))} left"

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def _view(self) -> RenderableType:
        with self._lock:
            under_way = dict(self._under_way)
            done = self._done
        whole = Progress(
            TextColumn("Graded"),
            BarColumn(30),
            MofNCompleteColumn(),
            TextColumn(self.left(), markup=False),
        )
        whole.add_task("", total=self._total, completed=done)
        table = Table.grid(padding=(0, 2))
        for id, (step, since) in list(under_way.items())[:SHOWN_AT_ONCE]:
            table.add_row(
                _cut(id, NAME_WIDTH),
                f"{step.done}/{step.laws}",
                _cut(step.doing, DOING_WIDTH),
                duration(time.monotonic() - since),
            )
        return Group(whole, table)


def said_of(outcome: Outcome) -> str:
    """What became of a submission, on one line."""
    if outcome.score is None:
        said = (outcome.sentence or "").strip().splitlines() or [""]
        kind = "refused" if outcome.status == "refused" else "not graded, a fault of the harness"
        return f"{kind}: {said[-1]}"
    score = outcome.score
    points = f"{score.earned} earned, {score.lost} lost, {score.pending} pending"
    return f"{points} ({outcome.seconds:.1f} s)"


def duration(seconds: float) -> str:
    """Seconds below two minutes, else minutes, else hours and minutes."""
    whole = round(seconds)
    if whole < 120:
        return f"{whole} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60:02} min"


def _cut(text: str, width: int) -> Text:
    shown = Text(visible_line(text), no_wrap=True)
    shown.truncate(width, overflow="ellipsis")
    return shown
