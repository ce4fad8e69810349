"""`report.md` and the job summary of a CI run: marks first, what to mend next, the rest folded.

GitHub-flavoured Markdown. What a submission chose is shown in code fences longer than any run of
backticks in it, or escaped inline; no character of it can begin markup, HTML, a link or a mention.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from gradus.reports import content
from gradus.results import Check, Claim, DerivationLine, Result, Task
from gradus.text import abridged, code_spans, visible, visible_line

MARKUP = re.compile(r"([\\`*_\[\]|~$#]|:(?=//)|(?<=www)\.)")
TAG_OR_ENTITY = re.compile(r"[&<]")
MENTION = re.compile(r"@(?=\w)")


def render(result: Result) -> str:
    """The whole report as Markdown, ended by one newline."""
    lines = [f"# Marks for {inline(result.submission.id)}", ""]
    lines += _marks(result)
    for kind, heading in content.STANDING_WORDS.items():
        if kind == "passed":
            continue
        found = [(t, c) for t in result.tasks for c in content.with_standing(t, kind)]
        if found:
            lines += [f"## {heading}", ""]
        task_before: Task | None = None
        for task, check in found:
            if task is not task_before:
                lines += [f"### {inline(f'{task.id} {task.title}')}", ""]
                task_before = task
            lines += _law(check)
    lines += _pending(result)
    lines += _marked(result)
    lines += _passed(result)
    lines += _claims(result)
    lines += _mapping("Conventions of this submission", result.conventions)
    lines += ["## How this was measured", "", _measured(result), ""]
    lines += _mapping("Data", result.data)
    lines += _mapping("Environment", result.environment)
    lines += ["To get the same marks again:", "", *fence(content.reproduce_command(result), "sh")]
    return "\n".join(lines).rstrip("\n") + "\n"


def inline(text: str) -> str:
    """`text` on one line, with every character that could be markup escaped."""
    escaped = TAG_OR_ENTITY.sub(lambda m: {"&": "&amp;", "<": "&lt;"}[m[0]], visible_line(text))
    return MENTION.sub("&#64;", MARKUP.sub(r"\\\1", escaped))


def sentence(text: str) -> str:
    """`inline`, where `` `code` `` stays code."""
    written, after_code = "", False
    for is_code, part in code_spans(visible_line(text)):
        # Two spans that touch would be read as one with backticks in it.
        as_code = is_code and not after_code
        written += f"`{part}`" if as_code else inline(f"`{part}`" if is_code else part)
        after_code = as_code
    return written


def fence(text: str, language: str = "text") -> list[str]:
    """A code block that nothing in `text` can close."""
    shown = visible(abridged(text)).rstrip("\n")
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    mark = "`" * max(3, longest + 1)
    return [f"{mark}{language}", shown, mark, ""]


def _marks(result: Result) -> list[str]:
    score = result.score
    lines = [
        f"**{score.earned}** of {score.available} points earned; {score.pending} of "
        f"{score.total} are for a person to mark.",
        "",
        f"{inline(content.counts_in_words(result))}. {sentence(content.next_step(result))}",
        "",
        "| Task | Earned | Lost | Pending | Total |",
        "|:--|--:|--:|--:|--:|",
    ]
    for task in result.tasks:
        title = inline(f"{task.id} {task.title}".replace("`", ""))
        lines.append(f"| {title} | {task.earned} | {task.lost} | {task.pending} | {task.total} |")
    lines.append(
        f"| **In all** | **{score.earned}** | **{score.lost}** | **{score.pending}** | "
        f"**{score.total}** |"
    )
    return [*lines, ""]


def _law(check: Check) -> list[str]:
    place = f", {inline(content.place_of(check))}" if check.where else ""
    lines = [
        f"**{sentence(check.law)}**",
        "",
        f"{inline(check.id)}: {content.said(check)}{place}",
        "",
    ]
    if check.message:
        lines += fence(check.message)
    example = check.counterexample
    if example:
        lines += ["Got:", "", *fence(example.got), "Should be:", "", *fence(example.should_be)]
        lines += ["The smallest example:", "", *fence(example.snippet, "python")]
    for diagnosis in check.diagnosis:
        lines += [f"{content.DIAGNOSED[diagnosis.kind]}: {sentence(diagnosis.says)}", ""]
        lines += [f"To mend it: {sentence(diagnosis.fix)}", ""]
    return lines


def _pending(result: Result) -> list[str]:
    pieces = content.pending_pieces(result)
    if not pieces:
        return []
    lines = ["## Points for a person to mark", ""]
    for _, piece in pieces:
        reason = f": {inline(piece.reason)}" if piece.reason else ""
        lines.append(f"- {sentence(piece.title)}, {piece.pending} points{reason}")
    return [*lines, ""]


def _marked(result: Result) -> list[str]:
    """The pieces that a person marked."""
    pieces = [piece for task in result.tasks for piece in task.pieces if piece.manual]
    if not pieces:
        return []
    lines = ["## Points that a person gave", ""]
    lines += [f"- {sentence(piece.title)}: {inline(piece.reason or '')}" for piece in pieces]
    return [*lines, ""]


def _passed(result: Result) -> list[str]:
    passed = [check for task in result.tasks for check in content.with_standing(task, "passed")]
    if not passed:
        return []
    summary = f"{content.counted(len(passed), 'law')} passed"
    lines = [f"<details><summary>{summary}</summary>", ""]
    lines += [f"- {sentence(check.law)} ({inline(check.id)})" for check in passed]
    return [*lines, "", "</details>", ""]


def _claims(result: Result) -> list[str]:
    lines: list[str] = []
    if result.claims:
        lines += ["## Claims of the report", ""]
        lines += [f"{content.claims_in_words(result)}. They change no mark.", ""]
        lines += ["| Claim | Stated | Measured | Verdict |", "|:--|:--|:--|:--|"]
        claims = content.claims_in_order(result)
        lines += [_claim_row(claim) for claim in claims]
        lines.append("")
        said = [claim for claim in claims if claim.verdict != "reproduced" and claim.message]
        # Many claims that could not be compared often have one reason.
        for message in dict.fromkeys(str(claim.message) for claim in said):
            ids = [inline(claim.id) for claim in said if claim.message == message]
            lines.append(f"- {', '.join(ids)}: {sentence(message)}")
        lines += [""] if said else []
    if result.derivations:
        lines += ["## Derivations", ""]
    for derivation in result.derivations:
        note = f" ({inline(derivation.message)})" if derivation.message else ""
        lines += [f"{inline(derivation.id)}: **{derivation.verdict}**{note}", ""]
        if derivation.lines:
            lines += fence("\n".join(_derivation_lines(derivation.lines)))
    return lines


def _claim_row(claim: Claim) -> str:
    about = f"{claim.says} ({claim.id})" if claim.says else claim.id
    measured = "" if claim.measured is None else content.claim_value(claim.measured)
    cells = [inline(about), inline(content.claim_value(claim.stated)), inline(measured)]
    verdict = f"**{claim.verdict}**" if claim.verdict == "contradicted" else claim.verdict
    return f"| {' | '.join([*cells, verdict])} |"


def _derivation_lines(lines: Iterable[DerivationLine]) -> list[str]:
    words = {True: "holds", False: "does not hold", None: "not decided"}
    return [
        f"{line.text}    [{words[line.holds]}{f': {line.says}' if line.says else ''}]"
        for line in lines
    ]


def _measured(result: Result) -> str:
    """How the submission was run, in a few sentences."""
    harness = result.harness
    return (
        f"{inline(content.isolation_in_words(result))} {inline(content.ran_in_words(result))}. "
        f"Gradus {inline(harness.version)}, seed {harness.seed}, rubric "
        f"`{harness.rubric_sha256[:12]}`, submission `{result.submission.sha256[:12]}`, edition "
        f"{inline(result.submission.edition)}."
    )


def _mapping(title: str, values: Mapping[str, object]) -> list[str]:
    if not values:
        return []
    rows = [
        f"- {inline(content.plain_key(key))}: {inline(content.plain_value(value))}"
        for key, value in values.items()
    ]
    return [f"### {title}", "", *rows, ""]
