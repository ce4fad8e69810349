"""One screen for one run of a submission that is watched: what to do next, and why.

What was saved stands first, with its pieces; one failure is explained, the one to begin with. All
of it fits on a screen, since a student looks here between two lines of code.
"""

from __future__ import annotations

from datetime import datetime

from rich.console import Console
from rich.text import Text

from gradus.reports import content
from gradus.reports.explanations import Explanation, explanations
from gradus.reports.language import ENGLISH, Language
from gradus.reports.terminal import Page, code, one_line
from gradus.results import Check, Piece, Result, Task, Verdict


class Screen:
    """Where the runs of one submission are shown, each on a clean screen."""

    def __init__(self, console: Console, name: str, language: Language = ENGLISH) -> None:
        self._language = language
        self._console = console
        self._name = name

    def say(self, sentence: str) -> None:
        """A sentence in place of a run that could not be made."""
        self._begin()
        page = Page(self._console, self._language)
        page.paragraph(Text(one_line(sentence), "bold"), "", "  ")

    def show(
        self, result: Result, first: tuple[str, ...], changed: tuple[str, ...], seconds: float
    ) -> None:
        """A result whose tasks `first` are those of the files that `changed` `seconds` ago."""
        self._begin()
        page = Page(self._console, self._language)
        begin_with = content.next_check(result, first)
        language = self._language
        what = (
            language("{files} changed", files=", ".join(changed))
            if changed
            else language("watching {name}", name=self._name)
        )
        now = datetime.now().strftime("%H:%M:%S")
        page.paragraph(Text(one_line(f"{what}, {now}, {seconds:.1f} s"), "dim"), "", "")
        step = content.next_step(result, first, language)
        page.paragraph(code(one_line(step), "bold"), page.pointer, "  ")
        shown = first or ((begin_with.task,) if begin_with else ())
        for task in result.tasks:
            if task.id in shown:
                page.write(Text(""))
                _task(page, task)
        if begin_with is not None:
            told = Explanation(begin_with)
            if not content.has_run(begin_with):
                groups = explanations(result.checks)
                told = next(group for group in groups if begin_with in group.laws)
            page.explanation(told)
        page.write(Text(""))
        _all_tasks(page, result)

    def _begin(self) -> None:
        if self._console.is_terminal:
            self._console.clear()
        else:
            self._console.print()


def _task(page: Page, task: Task) -> None:
    """The task's heading and a line for each of its pieces."""
    language = page.language
    earned = {"earned": language.points(task.earned), "total": language.points(task.available)}
    points = (
        language("{earned} of {total} points", **earned)
        if task.available
        else language("for a person")
    )
    page.write(code(f"{task.id}  {page.said(task.title)}  {points}", "bold"))
    for piece in task.pieces:
        laws = [check for check in task.checks if check.piece == piece.id and check.scored]
        mark = page.mark(_verdict(piece, laws))
        said = code(one_line(_piece(piece, laws, language)))
        page.paragraph(Text.assemble(mark, " ", said), "  ", "    ")


def _verdict(piece: Piece, laws: list[Check]) -> Verdict:
    if piece.lost:
        ran = any(content.has_run(check) for check in laws)
        return Verdict.FAILED if ran else Verdict.BLOCKED
    return Verdict.BLOCKED if piece.pending else Verdict.PASSED


def _piece(piece: Piece, laws: list[Check], language: Language) -> str:
    """As in "`forward`: 2 of 3 laws hold"."""
    title = language.said(piece.title).text
    unwritten = any(content.said(check) == content.UNWRITTEN for check in laws)
    if piece.pending:
        return f"{title}: {language.said(piece.reason or content.WAITS).text}"
    if unwritten:
        return f"{title}: {language(content.UNWRITTEN)}"
    holding = sum(check.verdict is Verdict.PASSED for check in laws)
    counted = language.counted(len(laws), "law")
    if holding < len(laws):
        counted = language("{passed} of {laws}", passed=holding, laws=counted)
    verb = "{laws} holds" if len(laws) == 1 else "{laws} hold"
    return f"{title}: {language(verb, laws=counted)}"


def _all_tasks(page: Page, result: Result) -> None:
    """A mark for each task, and the sums."""
    line = Text()
    for task in result.tasks:
        verdict = (
            Verdict.FAILED if task.lost else Verdict.BLOCKED if task.pending else Verdict.PASSED
        )
        line.append_text(Text.assemble(f"{task.id} ", page.mark(verdict), "  "))
    page.paragraph(line, "", "")
    score, language = result.score, page.language
    numbers = {name: language.points(getattr(score, name)) for name in type(score).model_fields}
    told = language("{earned} of {total} points earned, {lost} lost", **numbers)
    if score.pending:
        told += language(", {pending} for a person to mark", **numbers)
    page.paragraph(Text(told), "", "")
