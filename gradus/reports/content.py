"""What a report says, whatever its format: which laws need work, in what order, in which words."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from gradus.reports.language import ENGLISH, Language
from gradus.results import Check, Claim, Manual, Piece, Result, Task, Verdict
from gradus.text import visible_line

Standing = Literal["broken", "waiting", "look here", "remark", "passed"]

VERDICT_WORDS: Mapping[Verdict, str] = {
    Verdict.PASSED: "holds",
    Verdict.FAILED: "does not hold",
    Verdict.ERRORED: "your code ended in an error",
    Verdict.BLOCKED: "could not run",
    Verdict.NOT_RUN: "was not run",
}

WAITS = "waiting for a person"
UNWRITTEN = "not written yet"
"""How a message begins where a function raises NotImplementedError."""

NOT_IMPORTED = "could not be imported"
"""What a message says where none of the functions in a file could be called."""

DIAGNOSED: Mapping[str, str] = {
    "mistake": "Likely mistake",
    "hint": "What shows",
    "unknown": "No known mistake",
}
"""How a diagnosis of each kind is introduced."""

CLAIM_WORDS: Mapping[str, str] = {
    "contradicted": "what was measured is something else",
    "not checked": "nothing to compare it with",
    "reproduced": "what was measured agrees",
}
"""Each verdict on a claim in words, those that a person should see first at the front."""

LINE_WORDS: Mapping[bool | None, str] = {
    True: "holds",
    False: "does not hold",
    None: "not decided",
}
"""Whether a line of a derivation holds."""

COUNTED_WORDS: Mapping[str, str] = {
    "failed": "{number} failed",
    "errored": "{number} errored",
    "blocked": "{number} blocked",
    "not_run": "{number} not run",
}
"""How laws that did not pass are counted, by the field of the counts."""

LONGEST_REASON = 200
LONGEST_VALUE = 500

STANDING_WORDS: Mapping[Standing, str] = {
    "broken": "To mend",
    "look here": "Look here: worth no points, but not as it should be",
    "waiting": "Not decided by laws: a person marks these",
    "remark": "Remarks: the assignment did not ask for this, and it costs nothing",
    "passed": "Passed",
}
"""Each standing as a heading, in the order of the report."""


def standing(check: Check, task: Task) -> Standing:
    """How a report treats a law. What a recognised piece lacks goes to a person, never to mend."""
    if check.verdict is Verdict.PASSED:
        return "passed"
    if check.advice or (check.evidence and check.verdict is Verdict.BLOCKED):
        return "remark"
    if check.evidence:
        return "look here"
    recognised = any(p.id == check.piece and p.judged == "recognition" for p in task.pieces)
    return "waiting" if check.pending or recognised else "broken"


def with_standing(task: Task, *wanted: Standing) -> list[Check]:
    """The task's laws of these kinds, in the order of the arguments, then of the task."""
    order = {kind: place for place, kind in enumerate(wanted)}
    found = [check for check in task.checks if standing(check, task) in order]
    return sorted(found, key=lambda check: order[standing(check, task)])


def said(check: Check) -> str:
    """What became of a law, in English words that languages know."""
    if (check.message or "").startswith(UNWRITTEN):
        return UNWRITTEN
    if check.pending and check.scored:
        return WAITS
    return VERDICT_WORDS[check.verdict]


def worth_a_remark(check: Check, checks: Iterable[Check]) -> bool:
    """Whether a law that costs nothing helps a reader of the terminal.

    Not beside laws of its piece that are to be mended first, nor where it only could not run.
    """
    to_mend = {c.piece for c in checks if c.scored and c.verdict is not Verdict.PASSED}
    return has_run(check) and check.piece not in to_mend


def has_run(check: Check) -> bool:
    return check.verdict not in (Verdict.BLOCKED, Verdict.NOT_RUN)


def is_of_the_whole_file(check: Check) -> bool:
    """Whether a law ended before any call: the file could not be imported."""
    unwritten = said(check) == UNWRITTEN
    return check.verdict is Verdict.ERRORED and check.counterexample is None and not unwritten


def heading_of(check: Check) -> str:
    """What a law is told under: its sentence, or the file that keeps it from being tried at all."""
    whole = is_of_the_whole_file(check) and NOT_IMPORTED in (check.message or "")
    if whole and check.where is not None:
        return f"`{visible_line(check.where.file)}` could not be imported."
    return check.law


def pending_pieces(result: Result) -> list[tuple[Task, Piece]]:
    """The pieces of which a part waits for a person."""
    return [(task, piece) for task in result.tasks for piece in task.pieces if piece.pending]


def counts_in_words(result: Result, language: Language = ENGLISH) -> str:
    """As in "57 of 61 laws passed, 3 failed, 1 blocked; 5 remarks"."""
    counts = result.counts
    of = language.counted(counts.expected, "law")
    parts = [language("{passed} of {laws} passed", passed=counts.passed, laws=of)]
    unwritten = [c for c in result.checks if not c.advice and said(c) == UNWRITTEN]
    for field, word in COUNTED_WORDS.items():
        number = getattr(counts, field) - sum(c.verdict == field for c in unwritten)
        if number:
            parts.append(language(word, number=number))
    if unwritten:
        parts.append(language("{number} not written yet", number=len(unwritten)))
    counted = ", ".join(parts)
    remarks = len(failed_advice(result))
    return f"{counted}; {language.counted(remarks, 'remark')}" if remarks else counted


def failed_advice(result: Result) -> list[Check]:
    """What the assignment did not ask for, and does not hold; counted apart from the laws."""
    passed = Verdict.PASSED
    return [
        c for c in result.checks if c.advice and c.verdict is not passed and said(c) != UNWRITTEN
    ]


def ran_in_words(result: Result, language: Language = ENGLISH) -> str:
    """How many laws ran of those that were expected to."""
    counts = result.counts
    ran = counts.expected - counts.not_run - counts.blocked
    of = language.counted(counts.expected, "expected law")
    return language("{ran} of {laws} ran", ran=ran, laws=of)


def passed_in_words(passed: Iterable[Check], language: Language = ENGLISH) -> str:
    """As in "9 laws passed, 2 of them beyond the assignment"."""
    passed = tuple(passed)
    beyond = sum(check.advice for check in passed)
    said = language("{laws} passed", laws=language.counted(len(passed), "law"))
    if not beyond:
        return said
    return f"{said}, {language('{number} of them beyond the assignment', number=beyond)}"


def next_check(result: Result, before: tuple[str, ...] = ()) -> Check | None:
    """The law to mend first, or None where no point is lost.

    The tasks in `before` come before the others, and what failed before what could not run. Within
    a task what is written comes before what is not, and value laws come first, for nothing of their
    piece counts before them.
    """
    broken = [
        check
        for task in result.tasks
        for check in sorted(
            with_standing(task, "broken"), key=lambda c: (said(c) == UNWRITTEN, c.name != "value")
        )
    ]
    later = [(check.task not in before, not has_run(check)) for check in broken]
    return broken[later.index(min(later))] if broken else None


def next_step(result: Result, before: tuple[str, ...] = (), language: Language = ENGLISH) -> str:
    """The first thing to do, in one line; see `next_check`."""
    first = next_check(result, before)
    if first is not None:
        place = language(", in {place}", place=place_of(first, language)) if first.where else ""
        if said(first) == UNWRITTEN:
            title = language.said(title_of(result, first)).text
            named = {"title": title, "place": place, "piece": first.piece}
            return visible_line(language("Next, write {title}{place} ({piece})", **named))
        if is_of_the_whole_file(first):
            why = language.said(_beginning(first.message or "")).text
            return visible_line(language("Begin with the whole file: {why}", why=why))
        begin = language("Begin with {law}", law=first.id)
        known = [each.fix for each in first.diagnosis if each.kind != "unknown"]
        message = _beginning(first.message or "")
        reason = known[0] if known else message
        told = language.translated(reason) if reason else None
        return visible_line(f"{begin}{place}" + (f": {told}" if told else ""))
    none_lost = language("No point is lost.")
    look = [check.id for task in result.tasks for check in with_standing(task, "look here")]
    if look:
        laws = ", ".join(look)
        return visible_line(language("No point is lost, but look at {laws}.", laws=laws))
    if result.score.pending:
        points = language.points(result.score.pending)
        return f"{none_lost} {language('{points} points are for a person to mark.', points=points)}"
    return f"{none_lost} {language('Nothing is left to do.')}"


def title_of(result: Result, check: Check) -> str:
    """How the rubric calls the piece of this law."""
    titles = {piece.id: piece.title for task in result.tasks for piece in task.pieces}
    return titles.get(check.piece, check.piece)


def given_in_words(manual: Manual, language: Language = ENGLISH) -> str:
    """As in "A person gave 0.040 of 0.050: two of three signs"."""
    points, of = language.points(manual.points), language.points(manual.of)
    said = language("A person gave {points} of {of}", points=points, of=of)
    return visible_line(f"{said}: {manual.comment}" if manual.comment else said)


def place_of(check: Check, language: Language = ENGLISH) -> str:
    """As in "model.py, line 42"; empty where no line is known."""
    if check.where is None:
        return ""
    line = check.where.line
    told = "" if line is None else language(", line {number}", number=line)
    return visible_line(check.where.file) + told


def isolation_in_words(result: Result, language: Language = ENGLISH) -> str:
    """What the isolation level means for a reader, ended by what could not be applied."""
    isolation = result.isolation
    says = language.said(isolation.says.rstrip(" .")).text
    parts = [says or language("Isolation level: {level}", level=isolation.level)]
    parts = [part[0].upper() + part[1:] for part in parts]
    if isolation.missing:
        names = ", ".join(isolation.missing)
        parts.append(language("Not available on this machine: {names}", names=names))
    open_ = [name.replace("_", " ") for name, possible in isolation.probe.items() if possible]
    if open_:
        parts.append(language("A probe could still: {names}", names=", ".join(open_)))
    return visible_line(". ".join(parts) + ".")


def is_told_already(check: Check) -> bool:
    """Whether the message of a failure states both values, so that a pair of them adds nothing."""
    example, message = check.counterexample, f" {check.message or ''}"
    if example is None:
        return False
    return all(
        "\n" not in value and f" {value}" in message for value in (example.got, example.should_be)
    )


def plain_value(value: Any) -> str:
    """A value of `conventions`, `environment`, `data` or a claim, on one line that is not long."""
    if value is None:
        return "none"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return visible_line(text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]} …")


def claims_in_order(result: Result) -> list[Claim]:
    """What is contradicted first, then what could not be checked, then what is so."""
    order = list(CLAIM_WORDS)
    return sorted(result.claims, key=lambda claim: order.index(claim.verdict))


def claims_in_words(result: Result, language: Language = ENGLISH) -> str:
    """As in "16 claims: 15 reproduced, 1 contradicted"; empty where nothing is claimed."""
    if not result.claims:
        return ""
    numbers = dict.fromkeys(("reproduced", "contradicted", "not checked"), 0)
    for claim in result.claims:
        numbers[claim.verdict] += 1
    parts = ", ".join(f"{number} {language(word)}" for word, number in numbers.items() if number)
    return f"{language.counted(len(result.claims), 'claim')}: {parts}"


def claim_value(value: Any, language: Language = ENGLISH) -> str:
    """What is stated or measured, on one line: tables as "0.1: 0.88; 1: 0.8", yes and no."""
    if isinstance(value, bool):
        return language("yes" if value else "no")
    if isinstance(value, Mapping):
        parts = (f"{key}: {claim_value(each, language)}" for key, each in value.items())
        return plain_value("; ".join(parts))
    if isinstance(value, list):
        return plain_value("; ".join(claim_value(each, language) for each in value))
    return plain_value(value)


def plain_key(key: str) -> str:
    return visible_line(key.replace("_", " "))


def _beginning(text: str) -> str:
    """The first line, as much of it as a heading can hold."""
    line = text.partition("\n")[0]
    return line if len(line) <= LONGEST_REASON else f"{line[:LONGEST_REASON]} …"
