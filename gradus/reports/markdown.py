"""`report.md` and the job summary of a CI run: marks first, what to mend next, the rest folded.

GitHub-flavoured Markdown. What a submission chose is shown in code fences longer than any run of
backticks in it, or escaped inline; no character of it can begin markup, HTML, a link or a mention.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from gradus.reports import content, versions
from gradus.reports.certificate import certificate, reproduce_command
from gradus.reports.content import Standing
from gradus.reports.explanations import Explanation, explanations
from gradus.reports.language import ENGLISH, Language, filled
from gradus.results import Check, Claim, DerivationLine, Result, Score, Task
from gradus.text import abridged, code_spans, visible, visible_line

MARKUP = re.compile(r"([\\`*_\[\]|~$#]|:(?=//)|(?<=www)\.)")
TAG_OR_ENTITY = re.compile(r"[&<]")
BARE_PIPE = re.compile(r"(?<!\\)\|")
BEGINNING = re.compile(r"^(?:(\d{1,9})(?=[.)](?: |$))|(?=[-+](?:[ -]|$)|[=>]))")
"""What would make a list, a quotation or a heading of a line that begins with it."""
MENTION = re.compile(r"@(?=\w)")


def render(result: Result, language: Language = ENGLISH) -> str:
    """The whole report as Markdown, ended by one newline."""
    page = _Page(result, language)
    lines = [f"# {page.chrome('Marks for {id}', id=result.submission.id)}", ""]
    lines += page.marks()
    lines += page.under_both()
    for kind, heading in content.STANDING_WORDS.items():
        if kind != "passed":
            lines += page.laws(kind, heading)
    lines += page.pending()
    lines += page.marked()
    lines += page.passed()
    lines += page.claims()
    lines += page.derivations()
    lines += page.facts("Conventions of this submission", result.conventions)
    lines += page.certificate()
    return "\n".join(lines).rstrip("\n") + "\n"


def inline(text: str) -> str:
    """`text` on one line, with every character that could be markup escaped."""
    escaped = BEGINNING.sub(r"\1\\", _within(visible_line(text)), count=1)
    return f"&#32;{escaped[1:]}" if escaped.startswith(" ") else escaped


def _within(text: str) -> str:
    """`inline` for what stands further back in a line."""
    escaped = TAG_OR_ENTITY.sub(lambda m: {"&": "&amp;", "<": "&lt;"}[m[0]], text)
    return MENTION.sub("&#64;", MARKUP.sub(r"\\\1", escaped))


def sentence(text: str) -> str:
    """`inline`, where `` `code` `` stays code."""
    written, after_code = "", False
    for is_code, part in code_spans(visible_line(text)):
        # Two spans that touch would be read as one with backticks in it.
        as_code = is_code and not after_code
        plain = f"`{part}`" if is_code else part
        written += f"`{part}`" if as_code else _within(plain) if written else inline(plain)
        after_code = as_code
    return written


def fence(text: str, language: str = "text") -> list[str]:
    """A code block that nothing in `text` can close."""
    shown = visible(abridged(text)).rstrip("\n")
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    mark = "`" * max(3, longest + 1)
    return [f"{mark}{language}", shown, mark, ""]


class _Page:
    """The sections of one report, each as lines."""

    def __init__(self, result: Result, language: Language) -> None:
        self.result = result
        self.language = language

    def chrome(self, english: str, **values: object) -> str:
        """A sentence of the report's own; its values cannot be markup."""
        shown = {name: inline(str(value)) for name, value in values.items()}
        return filled(self.language.template(english), shown)

    def said(self, text: str) -> str:
        """A sentence of the result."""
        return sentence(self.language.said(text).text)

    def points(self, value: Decimal) -> str:
        return self.language.points(value)

    def heading(self, english: str) -> list[str]:
        return [f"## {self.chrome(english)}", ""]

    def marks(self) -> list[str]:
        score, language = self.result.score, self.language
        summary = (
            "{earned} of {available} points earned; {pending} of {total} are for a person to mark."
        )
        numbers = {name: self.points(getattr(score, name)) for name in type(score).model_fields}
        earned = f"**{numbers['earned']}**"
        told = filled(language.template(summary), {**numbers, "earned": earned})
        columns = " | ".join(map(self.chrome, ("Task", "Earned", "Lost", "Pending", "Total")))
        lines = [
            told,
            "",
            f"{inline(content.counts_in_words(self.result, language))}. "
            f"{sentence(content.next_step(self.result, language=language))}",
            "",
            f"| {columns} |",
            "|:--|--:|--:|--:|--:|",
        ]
        for task in self.result.tasks:
            title = language.said(task.title).text.replace("`", "")
            lines.append(f"| {inline(f'{task.id} {title}')} | {self._numbers(task)} |")
        lines.append(f"| **{self.chrome('In all')}** | {self._numbers(score, '**')} |")
        return [*lines, ""]

    def _numbers(self, marks: Score | Task, mark: str = "") -> str:
        fields = ("earned", "lost", "pending", "total")
        return " | ".join(f"{mark}{self.points(getattr(marks, f))}{mark}" for f in fields)

    def under_both(self) -> list[str]:
        """What the submission does under another interpreter, or that this is worth a try."""
        language, comparison = self.language, self.result.comparison
        if notice := versions.notice(self.result, language):
            return [sentence(notice), ""]
        if comparison is None:
            return []
        here, there = map(inline, versions.columns(comparison))
        lines = [f"## {inline(versions.heading(comparison, language))}", ""]
        lines += [inline(versions.summary(self.result, language)), ""]
        for group in versions.groups(self.result, language):
            lines += [f"{sentence(group.why)}:", ""]
            if group.rows:
                lines += [f"| {self.chrome('Piece')} | {here} | {there} |", "|:--|:--|:--|"]
            for row in group.rows:
                title = inline(f"{row.task} {row.title}".replace("`", ""))
                told = BARE_PIPE.sub(r"\\|", f" ({sentence(row.told)})") if row.told else ""
                lines.append(f"| {title} | {row.marks} | {row.beside}{told} |")
            lines += [""] if group.rows else []
            if group.without_points:
                laws = ", ".join(group.without_points)
                lines += [self.chrome("worth no points: {laws}", laws=laws), ""]
        return lines

    def laws(self, kind: Standing, heading: str) -> list[str]:
        """The laws of one standing, task by task, those that fail together told together."""
        checks = [c for task in self.result.tasks for c in content.with_standing(task, kind)]
        if not checks:
            return []
        lines = self.heading(heading)
        titles = {task.id: task.title for task in self.result.tasks}
        task_before = None
        for told in explanations(checks):
            task = told.leader.task
            if task != task_before:
                title = self.language.said(titles[task]).text
                lines += [f"### {inline(f'{task} {title}')}", ""]
                task_before = task
            lines += self._explanation(told)
        return lines

    def _explanation(self, told: Explanation) -> list[str]:
        lines = self._law(told.leader)
        if told.same:
            laws = self.language.counted(len(told.same), "more law")
            lines += [self.chrome("{laws} for the same reason:", laws=laws), ""]
            lines += [f"- {self.said(c.law)} ({inline(c.id)})" for c in told.same] + [""]
        for other in told.others:
            verdict = self.language(content.said(other))
            also = self.chrome("also {verdict}:", verdict=verdict)
            lines += [f"{also} {self.said(other.law)} ({inline(other.id)})", ""]
            lines += self._seen(other)
        return lines

    def _law(self, check: Check) -> list[str]:
        place = f", {inline(content.place_of(check, self.language))}" if check.where else ""
        verdict = self.language(content.said(check))
        about = f"{inline(check.id)}: {verdict}{place}"
        heading = self.said(content.heading_of(check))
        return [f"**{heading}**", "", about, "", *self._seen(check)]

    def _seen(self, check: Check) -> list[str]:
        """The message, what explains it, and the smallest example."""
        lines: list[str] = []
        if check.message:
            translated = [self.language.said(line).text for line in check.message.split("\n")]
            lines += fence("\n".join(translated))
        for diagnosis in check.diagnosis:
            kind = self.chrome(content.DIAGNOSED[diagnosis.kind])
            lines += [f"{kind}: {self.said(diagnosis.says)}", ""]
            lines += [f"{self.chrome('To mend it')}: {self.said(diagnosis.fix)}", ""]
        example = check.counterexample
        if example:
            if not content.is_told_already(check):
                for title, value in (("Got", example.got), ("Should be", example.should_be)):
                    told = self.language.said(value).text
                    lines += [f"{self.chrome(title)}:", "", *fence(told)]
            lines += [f"{self.chrome('The smallest example')}:", ""]
            lines += fence(example.snippet, "python")
        return lines

    def pending(self) -> list[str]:
        pieces = content.pending_pieces(self.result)
        if not pieces:
            return []
        lines = self.heading("For a person to mark")
        for task, piece in pieces:
            reason = f": {self.said(piece.reason)}" if piece.reason else ""
            points = self.language("{points} pending", points=self.points(piece.pending))
            lines.append(f"- {inline(task.id)} {self.said(piece.title)}, {points}{reason}")
        return [*lines, ""]

    def marked(self) -> list[str]:
        """The pieces that a person marked."""
        lines: list[str] = []
        for task in self.result.tasks:
            for piece in task.pieces:
                if piece.manual:
                    given = content.given_in_words(piece.manual, self.language)
                    lines.append(f"- {inline(task.id)} {self.said(piece.title)}: {inline(given)}")
        return [*self.heading("Points that a person gave"), *lines, ""] if lines else []

    def passed(self) -> list[str]:
        tasks = self.result.tasks
        passed = [check for task in tasks for check in content.with_standing(task, "passed")]
        if not passed:
            return []
        summary = content.passed_in_words(passed, self.language)
        lines = [f"<details><summary>{summary}</summary>", ""]
        lines += [f"- {self.said(check.law)} ({inline(check.id)})" for check in passed]
        return [*lines, "", "</details>", ""]

    def claims(self) -> list[str]:
        if not self.result.claims:
            return []
        columns = " | ".join(map(self.chrome, ("Claim", "Stated", "Measured", "Verdict")))
        lines = self.heading("Claims of the report")
        said = inline(content.claims_in_words(self.result, self.language))
        lines += [f"{said}. {self.chrome('They change no mark.')}", ""]
        lines += [f"| {columns} |", "|:--|:--|:--|:--|"]
        claims = content.claims_in_order(self.result)
        lines += [*map(self._claim_row, claims), ""]
        explained = [claim for claim in claims if claim.verdict != "reproduced" and claim.message]
        # Many claims that could not be compared often have one reason.
        for message in dict.fromkeys(str(claim.message) for claim in explained):
            ids = [inline(claim.id) for claim in explained if claim.message == message]
            lines.append(f"- {', '.join(ids)}: {self.said(message)}")
        return [*lines, ""] if explained else lines

    def _claim_row(self, claim: Claim) -> str:
        about = f"{self.language.said(claim.says).text} ({claim.id})" if claim.says else claim.id
        value = content.claim_value
        measured = "" if claim.measured is None else value(claim.measured, self.language)
        cells = [inline(about), inline(value(claim.stated, self.language)), inline(measured)]
        verdict = self.chrome(claim.verdict)
        cells.append(f"**{verdict}**" if claim.verdict == "contradicted" else verdict)
        return f"| {' | '.join(cells)} |"

    def derivations(self) -> list[str]:
        if not self.result.derivations:
            return []
        lines = self.heading("The derivation as typed, line by line")
        for derivation in self.result.derivations:
            note = f" ({self.said(derivation.message)})" if derivation.message else ""
            verdict = f"**{self.chrome(derivation.verdict)}**"
            lines += [f"{inline(derivation.id)}: {verdict}{note}", ""]
            if derivation.lines:
                lines += fence("\n".join(map(self._derivation_line, derivation.lines)))
        return lines

    def _derivation_line(self, line: DerivationLine) -> str:
        says = f": {self.language.said(line.says).text}" if line.says else ""
        return f"{line.text}    [{self.language(content.LINE_WORDS[line.holds])}{says}]"

    def certificate(self) -> list[str]:
        """How the submission was run, what decided the result, and how to get it again."""
        isolation = content.isolation_in_words(self.result, self.language)
        ran = content.ran_in_words(self.result, self.language)
        lines = [*self.heading("What this result rests on"), f"{inline(isolation)} {inline(ran)}."]
        lines.append("")
        for heading, values in certificate(self.result).items():
            lines += self.facts(heading, values)
        lines += [f"{self.chrome('To get the same result again')}:", ""]
        return lines + fence(reproduce_command(self.result), "sh")

    def facts(self, title: str, values: Mapping[str, object]) -> list[str]:
        if not values:
            return []
        rows = [
            f"- {self.said(content.plain_key(key))}: {self._value(value)}"
            for key, value in values.items()
        ]
        return [f"### {self.chrome(title)}", "", *rows, ""]

    def _value(self, value: object) -> str:
        """A value or a sentence without code in it, which fits a cell of a table too."""
        return inline(self.language.said(content.plain_value(value)).text)
