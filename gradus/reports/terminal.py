r"""Verdicts on a terminal: one line a law while they come, then each failure explained, then marks.

Nothing that a submission chose can act on the terminal or on a CI log. Such text goes through
`visible` and Rich `Text`, never through markup; every line of it, wrapped ones too, stands behind
a ``| ``, so that no ``::command::`` begins a line; and ``##[``, which some CI systems read anywhere
in a line, is broken up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import zip_longest
from typing import Self

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

from gradus.reports import content, versions
from gradus.reports.explanations import Explanation, explanations
from gradus.reports.language import ENGLISH, Language
from gradus.results import Check, Result, Verdict
from gradus.text import abridged, code_spans, visible, visible_line

MARKS: Mapping[Verdict, tuple[str, str, str]] = {
    Verdict.PASSED: ("✓", "+", "green"),
    Verdict.FAILED: ("✗", "x", "red"),
    Verdict.ERRORED: ("!", "!", "red"),
    Verdict.BLOCKED: ("·", ".", "yellow"),
    Verdict.NOT_RUN: ("–", "-", "yellow"),
}
LATER = "Replays, worth no points"
LINE_MARKS: Mapping[bool | None, tuple[str, str]] = {
    True: ("✓", "+"),
    False: ("✗", "x"),
    None: ("?", "?"),
}
MOST_LINES = 40
SLOW_SECONDS = 1.0
WIDEST = 110
NARROWEST = 40


def render(result: Result, console: Console, language: Language = ENGLISH) -> None:
    """Write a finished result: every law in a line, the explanations, the marks."""
    titles = {task.id: task.title for task in result.tasks}
    view = TerminalView(console, result.counts.expected, titles, language)
    for check in result.checks:
        view.on_check(check)
    view.finish(result)


class TerminalView:
    """The running view of one submission; `expected` laws, `titles` of tasks by their ids.

    Use it as a context manager, or call `finish`, so that the progress bar is taken away.
    """

    def __init__(
        self,
        console: Console,
        expected: int,
        titles: Mapping[str, str] | None = None,
        language: Language = ENGLISH,
    ) -> None:
        self._page = Page(console, language)
        self._titles = dict(titles or {})
        self._begun: list[str] = []
        self._heading = ""
        self._progress: Progress | None = None
        if console.is_terminal and not console.no_color and not console.is_dumb_terminal:
            self._progress = Progress(
                BarColumn(24),
                MofNCompleteColumn(),
                TextColumn("{task.description}", markup=False),
                console=console,
                transient=True,
            )
            self._bar = self._progress.add_task("", total=expected)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Take the progress bar away; harmless when there is none."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = None

    def on_start(self, law: str) -> None:
        """A law begins: its sentence stands beside the bar."""
        if self._progress is not None:
            self._progress.start()
            room = max(self._page.width - 40, 10)
            self._progress.update(self._bar, description=_fitted(self._page.said(law), room))

    def on_check(self, check: Check) -> None:
        """A law is done: write its line, under its task's heading."""
        if self._progress is not None:
            self._progress.start()
            if not check.advice:
                self._progress.advance(self._bar)
        shown, self._heading = self._heading, self._heading_of(check)
        if self._heading != shown:
            self._page.write(Text(""))
            self._page.write(code(self._heading, "bold"))
        self._page.law_line(check)

    def _heading_of(self, check: Check) -> str:
        """The law's task, until a task that was left comes again: long laws come last of all."""
        if check.task not in self._begun:
            self._begun.append(check.task)
        if self._heading == self._page.language(LATER) or check.task != self._begun[-1]:
            return self._page.language(LATER)
        return f"{check.task}  {self._page.said(self._titles.get(check.task, ''))}".rstrip()

    def finish(self, result: Result) -> None:
        """Explain what did not hold, then write the marks, the counts and what to do next."""
        self.close()
        for kind, heading in content.STANDING_WORDS.items():
            if kind == "passed":
                continue
            checks = [c for task in result.tasks for c in content.with_standing(task, kind)]
            if kind == "remark":
                checks = [c for c in checks if content.worth_a_remark(c, result.checks)]
            told = explanations(checks)
            unwritten = [t.leader for t in told if content.said(t.leader) == content.UNWRITTEN]
            if len(unwritten) < len(told):
                self._page.write(Text(""))
                self._page.write(Text(self._page.language(heading), "bold underline"))
            if kind == "remark":
                for check in checks:
                    self._page.remark(check)
                continue
            for each in told:
                if content.said(each.leader) != content.UNWRITTEN:
                    self._page.explanation(each)
            self._page.unwritten(result, unwritten)
        self._page.points_table(result)
        self._page.derivations(result)
        self._page.claims(result)
        self._page.under_both(result)
        self._page.write(Text(""))
        language = self._page.language
        self._page.paragraph(Text(content.counts_in_words(result, language)), "", "")
        step = one_line(content.next_step(result, language=language))
        self._page.paragraph(code(step, "bold"), "", "  ")


class Page:
    """Writes finished lines of `Text` to a console."""

    def __init__(self, console: Console, language: Language) -> None:
        self.console = console
        self.language = language
        self.unicode = console.encoding.lower().startswith("utf")
        self.width = min(max(console.width, NARROWEST), WIDEST)
        self.gutter = "│ " if self.unicode else "| "
        self.pointer = "▶ " if self.unicode else "> "

    def said(self, text: str) -> str:
        """A sentence of the result on one line, translated where it can be."""
        return one_line(self.language.said(text).text)

    def write(self, text: Text) -> None:
        """One physical line, never wrapped or cropped; without any style under NO_COLOR."""
        encoding = self.console.encoding
        plain = text.plain.encode(encoding, "backslashreplace").decode(encoding)
        if self.console.no_color or plain != text.plain:
            text = Text(plain)
        self.console.print(text, soft_wrap=True)

    def paragraph(self, text: Text, first: str, rest: str) -> None:
        """`text` wrapped to the width; the first line behind `first`, the others behind `rest`.

        A wrapped line that a CI system could take for a command stands behind a gutter.
        """
        room = max(self.width - cell_len(first if len(first) > len(rest) else rest), 20)
        lines = text.wrap(self.console, room, overflow="fold") or [Text("")]
        for number, line in enumerate(lines):
            line.rstrip()
            prefix = rest if number else first
            if not prefix.strip() and line.plain.lstrip().startswith(("::", "##")):
                prefix += "| "
            self.write(Text.assemble((prefix, "dim"), line))

    def law_line(self, check: Check) -> None:
        text = Text.assemble("  ", self.mark(check.verdict), " ", code(self.said(check.law)))
        after = []
        if check.verdict is not Verdict.PASSED and not check.scored:
            seen = "look here" if content.has_run(check) else content.VERDICT_WORDS[check.verdict]
            after = [self.language("advice" if check.advice else seen)]
        if check.seconds >= SLOW_SECONDS:
            after.append(f"{check.seconds:.1f} s")
        tail = f"  ({', '.join(after)})" if after else ""
        if self.console.is_terminal:
            text.truncate(self.width - cell_len(tail), overflow="ellipsis")
        if not check.scored and check.verdict is not Verdict.PASSED:
            text.stylize("dim")
        self.write(text.append(tail, "dim"))

    def explanation(self, told: Explanation) -> None:
        """Everything known about one law that did not pass, and those that fail with it.

        Laws that could not run for one reason are told together.
        """
        check, language = told.leader, self.language
        said = content.said(check)
        self.write(Text(""))
        if not content.has_run(check) and told.same:
            laws = language.counted(len(told.laws), "law")
            title = f"{laws}: {language(said)}"
            ids = ", ".join(each.id for each in told.laws)
        else:
            title = self.said(content.heading_of(check))
            place = f"; {content.place_of(check, language)}" if check.where else ""
            ids = f"{check.id}: {language(said)}{place}"
        self.paragraph(Text.assemble(self.mark(check.verdict), " ", code(title, "bold")), "", "  ")
        self.paragraph(Text(one_line(ids), "dim"), "  ", "  ")
        if check.message and said != content.UNWRITTEN:
            self._message(check.message, "  ")
        example = check.counterexample
        if example is not None:
            if check.verdict is Verdict.FAILED:
                self._side_by_side(example.got, example.should_be)
            self._boxed(language("smallest example"), example.snippet)
        for diagnosis in check.diagnosis:
            kind = language(content.DIAGNOSED[diagnosis.kind])
            self.paragraph(code(f"{kind}: {self.said(diagnosis.says)}"), "  ", "    ")
            mend = f"{language('To mend it')}: {self.said(diagnosis.fix)}"
            self.paragraph(code(mend), "  ", "    ")
        if content.has_run(check):
            self._with_it(told)

    def unwritten(self, result: Result, checks: Sequence[Check]) -> None:
        """What is not written yet, a line for each piece: there is nothing more to say of it."""
        if not checks:
            return
        language = self.language
        self.write(Text(""))
        heading = language(content.UNWRITTEN)
        self.write(Text(heading[0].upper() + heading[1:], "bold"))
        for check in checks:
            title = language.said(content.title_of(result, check)).text
            place = f": {content.place_of(check, language)}" if check.where else ""
            line = code(one_line(f"{title}{place}")).append(f"  ({one_line(check.piece)})", "dim")
            self.paragraph(Text.assemble(self.mark(check.verdict), " ", line), "  ", "    ")

    def _with_it(self, told: Explanation) -> None:
        """The laws that probably fail for the leader's reason: ids, or a line or two each."""
        if told.same:
            laws = self.language.counted(len(told.same), "more law")
            head = self.language("{laws} for the same reason:", laws=laws)
            ids = ", ".join(check.id for check in told.same)
            self.paragraph(Text(one_line(f"{head} {ids}"), "dim"), "  ", "    ")
        for check in told.others:
            also = self.language("also {verdict}:", verdict=self.language(content.said(check)))
            line = f"{also} {self.said(check.law)} ({one_line(check.id)})"
            self.paragraph(Text.assemble(self.mark(check.verdict), " ", code(line)), "  ", "    ")
            if check.message:
                self._message(check.message, "    ")

    def remark(self, check: Check) -> None:
        """A law that costs nothing: what it says and what was seen."""
        law = code(self.said(check.law))
        self.paragraph(Text.assemble(self.mark(check.verdict), " ", law), "", "  ")
        said = self.language(content.said(check))
        self.paragraph(Text(f"{one_line(check.id)}: {said}", "dim"), "  ", "  ")
        if check.message:
            self._message(check.message, "  ")

    def points_table(self, result: Result) -> None:
        language = self.language
        numbers = ("earned", "lost", "pending", "total")
        titles = [f"{t.id}  {self.said(t.title)}".replace("`", "") for t in result.tasks]
        in_all = language("In all")
        room = min(max(map(cell_len, [*titles, in_all])), self.width - 9 * len(numbers))
        self.write(Text(""))
        header = set_cell_size(language("Points"), room)
        header += "".join(f"{language(name):>9}" for name in numbers)
        self.write(Text(header, "bold underline"))
        for title, row in [*zip(titles, result.tasks, strict=True), (in_all, result.score)]:
            cells = "".join(f"{self._points(getattr(row, name)):>9}" for name in numbers)
            name = set_cell_size(_fitted(title, room), room)
            self.write(Text(name + cells, "bold" if row is result.score else ""))
        if result.score.pending:
            note = language("Pending points are neither earned nor lost: a person marks them.")
            self.paragraph(Text(note, "dim"), "", "")

    def _points(self, value: Decimal) -> str:
        return self.language.points(value) if value else "0"

    def derivations(self, result: Result) -> None:
        """Each typed derivation: complete, or line by line with what was found."""
        typed = [derivation for derivation in result.derivations if derivation.lines]
        for derivation in typed:
            if derivation is typed[0]:
                self.write(Text(""))
            said = f"{self.language('Derivation')} {derivation.id}: "
            self.paragraph(Text(one_line(said + self.language(derivation.verdict))), "", "  ")
            if derivation.verdict == "complete":
                continue
            for line in derivation.lines[:MOST_LINES]:
                mark = Text(LINE_MARKS[line.holds][not self.unicode])
                self.paragraph(Text.assemble(mark, " ", one_line(line.text)), "  ", "    ")
                if line.says and not line.holds:
                    gutter = f"    {self.gutter}"
                    self.paragraph(code(one_line(self.said(line.says))), gutter, gutter)

    def claims(self, result: Result) -> None:
        """How many of the report's claims are so, and each that is contradicted."""
        if not result.claims:
            return
        language = self.language
        self.write(Text(""))
        said = f"{content.claims_in_words(result, language)}. {language('They change no mark.')}"
        self.paragraph(Text(said), "", "")
        for claim in content.claims_in_order(result):
            if claim.verdict == "contradicted":
                name = self.said(claim.says or claim.id)
                stated = content.claim_value(claim.stated, language)
                why = self.said(claim.message or "")
                about = f"{name}: {language('stated {value}', value=stated)}. {why}"
                mark = Text("✗" if self.unicode else "x", "yellow")
                self.paragraph(Text.assemble(mark, " ", code(one_line(about))), "", "  ")

    def under_both(self, result: Result) -> None:
        """What the submission does under another interpreter, or that this is worth a try."""
        language, comparison = self.language, result.comparison
        if notice := versions.notice(result, language):
            self.write(Text(""))
            self.paragraph(code(one_line(notice)), "", "")
        if comparison is None:
            return
        self.write(Text(""))
        self.write(Text(one_line(versions.heading(comparison, language)), "bold underline"))
        self.paragraph(Text(one_line(versions.summary(result, language))), "", "")
        there = versions.columns(comparison)[1]
        for group in versions.groups(result, language):
            self.paragraph(code(one_line(f"{group.why}:")), "  ", "  ")
            for row in group.rows:
                points = f"{row.marks}; {there}: {row.beside}"
                about = code(one_line(f"{row.task}  {row.title}: {points}"))
                self.paragraph(about, "    ", "      ")
                if row.told:
                    self.paragraph(code(one_line(row.told)), "      ", "      ")
            if group.without_points:
                laws = language("worth no points: {laws}", laws=", ".join(group.without_points))
                self.paragraph(Text(one_line(laws), "dim"), "    ", "      ")

    def mark(self, verdict: Verdict) -> Text:
        """What stands before a law with this verdict."""
        shown, fallback, style = MARKS[verdict]
        return Text(shown if self.unicode else fallback, style)

    def _message(self, text: str, indent: str) -> None:
        said = "\n".join(self.language.said(line).text for line in text.split("\n"))
        for line in _lines(said):
            self.paragraph(code(line), f"{indent}{self.gutter}", f"{indent}{self.gutter}")

    def _boxed(self, title: str, text: str) -> None:
        corner, end, edge = ("┌─ ", "└", "─") if self.unicode else ("+- ", "+", "-")
        self.write(Text(f"  {corner}{title} ".ljust(self.width // 2, edge), "dim"))
        for line in _lines(text):
            # Nothing stands before a line, so that it can be copied from here as it is.
            self.paragraph(Text(line), "", "")
        self.write(Text(f"  {end.ljust(self.width // 2 - 2, edge)}", "dim"))

    def _side_by_side(self, got: str, should_be: str) -> None:
        half = (self.width - 2 * len(f"  {self.gutter}")) // 2
        left, right = (
            _folded(self.language(title), self.language.said(text).text, half)
            for title, text in (("got", got), ("should be", should_be))
        )
        narrow = max(map(cell_len, left))
        for number, (a, b) in enumerate(zip_longest(left, right, fillvalue="")):
            style = "dim" if number == 0 else ""
            self.write(
                Text.assemble(
                    (f"  {self.gutter}", "dim"),
                    (set_cell_size(a, narrow), style),
                    (f"  {self.gutter}", "dim"),
                    (b, style),
                )
            )


def _lines(text: str) -> list[str]:
    return _unread(visible(abridged(text))).rstrip("\n").split("\n")


def one_line(text: str) -> str:
    return _unread(visible_line(text))


def _unread(text: str) -> str:
    r"""``##[error]`` and ``##vso[...]`` are commands to some CI systems, anywhere in a line."""
    return text.replace("##[", "#\\x23[").replace("##vso[", "#\\x23vso[")


def code(text: str, style: str = "") -> Text:
    """Text whose `code` spans are set apart, and keep their backticks for those without colour."""
    assembled = Text(style=style)
    for is_code, part in code_spans(text):
        assembled.append(f"`{part}`" if is_code else part, "cyan" if is_code else None)
    return assembled


def _fitted(text: str, room: int) -> str:
    return text if cell_len(text) <= room else set_cell_size(text, room - 1) + "…"


def _folded(title: str, text: str, room: int) -> list[str]:
    lines = [title]
    for line in _lines(text):
        while cell_len(line) > room:
            # One character at least, or a room narrower than a wide character never ends.
            cut = max(next(n for n in range(len(line), 0, -1) if cell_len(line[:n]) <= room), 1)
            # Between words where there are any in the second half of the room.
            space = line.rfind(" ", cut // 2, cut + 1)
            lines.append(line[: space if space > 0 else cut])
            line = line[space + 1 if space > 0 else cut :]
        lines.append(line)
    return lines
