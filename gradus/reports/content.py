"""What a report says, whatever its format: which laws need work, in what order, in which words."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from gradus.results import Check, Claim, Piece, Result, Task, Verdict
from gradus.text import visible_line

Standing = Literal["broken", "waiting", "look here", "remark", "passed"]

VERDICT_WORDS: Mapping[Verdict, str] = {
    Verdict.PASSED: "holds",
    Verdict.FAILED: "does not hold",
    Verdict.ERRORED: "your code ended in an error",
    Verdict.BLOCKED: "could not run",
    Verdict.NOT_RUN: "was not run",
}

WAITS = "waits for a person"
UNWRITTEN = "not written yet"
"""How a message begins where a function raises NotImplementedError."""

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

STANDING_WORDS: Mapping[Standing, str] = {
    "broken": "To mend",
    "look here": "Look here: worth no points, but it contradicts the marks",
    "waiting": "Not decided by laws: a person marks these",
    "remark": "Remarks: the assignment did not ask for this, and it costs nothing",
    "passed": "Passed",
}
"""Each standing as a heading, in the order of the report."""

ISOLATION_WORDS: Mapping[str, str] = {
    "in-process": "Your code ran inside the grader: good for looking for mistakes, not for marks.",
    "process": "Your code ran in a process of its own, with limits on time and memory.",
    "process+tripwire": (
        "Your code ran in a process of its own, with limits on time and memory, and was stopped "
        "from opening files and connections elsewhere."
    ),
    "confined": (
        "Your code ran in a process of its own, which the operating system kept from other files, "
        "other processes and the network."
    ),
    "container": "Your code ran in a container of its own.",
}


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


def alike(checks: Iterable[Check]) -> list[list[Check]]:
    """Laws that did not run for one and the same reason in one list; every other law alone."""
    groups: dict[tuple[str, ...], list[Check]] = {}
    for check in checks:
        key = (check.id,) if has_run(check) else (check.verdict, check.message or "")
        groups.setdefault(key, []).append(check)
    return list(groups.values())


def said(check: Check) -> str:
    """What became of a law, in words."""
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


def by_piece(checks: Iterable[Check]) -> list[tuple[Check, list[Check]]]:
    """The law to begin with in each piece, its value law where that is among them, and the rest.

    One mistake usually breaks several laws of its piece; the first is worth explaining in full.
    Where a whole file could not be imported, all its pieces fail for one reason and go together.
    """
    groups: dict[str, list[Check]] = {}
    for check in checks:
        alike = check.message if is_of_the_whole_file(check) else None
        groups.setdefault(alike or check.piece, []).append(check)
    found = []
    for laws in groups.values():
        leader = min(laws, key=lambda check: check.name != "value")
        found.append((leader, [check for check in laws if check is not leader]))
    return found


def is_of_the_whole_file(check: Check) -> bool:
    """Whether a law ended before any call: the file could not be imported."""
    unwritten = said(check) == UNWRITTEN
    return check.verdict is Verdict.ERRORED and check.counterexample is None and not unwritten


def pending_pieces(result: Result) -> list[tuple[Task, Piece]]:
    """The pieces of which a part waits for a person."""
    return [(task, piece) for task in result.tasks for piece in task.pieces if piece.pending]


def counts_in_words(result: Result) -> str:
    """As in "57 of 61 laws passed, 3 failed, 1 blocked; 5 remarks"."""
    counts = result.counts
    parts = [f"{counts.passed} of {counted(counts.expected, 'law')} passed"]
    named = {"failed": "failed", "errored": "errored", "blocked": "blocked", "not_run": "not run"}
    for field, word in named.items():
        if getattr(counts, field):
            parts.append(f"{getattr(counts, field)} {word}")
    remarks = sum(len(with_standing(task, "remark")) for task in result.tasks)
    return ", ".join(parts) + (f"; {counted(remarks, 'remark')}" if remarks else "")


def ran_in_words(result: Result) -> str:
    """How many laws ran of those that were expected to."""
    counts = result.counts
    ran = counts.expected - counts.not_run - counts.blocked
    return f"{ran} of {counted(counts.expected, 'expected law')} ran"


def counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


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


def next_step(result: Result, before: tuple[str, ...] = ()) -> str:
    """The first thing to do, in one line; see `next_check`."""
    first = next_check(result, before)
    if first is not None:
        place = f", in {place_of(first)}" if first.where else ""
        if said(first) == UNWRITTEN:
            title = title_of(result, first)
            return visible_line(f"Next, write {title}{place} ({first.piece})")
        if is_of_the_whole_file(first):
            return visible_line(f"Begin with the whole file: {first.message}")
        known = [each.fix for each in first.diagnosis if each.kind != "unknown"]
        why = known[0] if known else first.message if has_run(first) else None
        return visible_line(f"Begin with {first.id}{place}" + (f": {why}" if why else ""))
    look = sum(len(with_standing(task, "look here")) for task in result.tasks)
    if look:
        return (
            f"No point is lost, but {counted(look, 'replay or protocol law')} should be looked at."
        )
    if result.score.pending:
        return f"No point is lost. {result.score.pending} points are for a person to mark."
    return "No point is lost. Nothing is left to do."


def title_of(result: Result, check: Check) -> str:
    """How the rubric calls the piece of this law."""
    titles = {piece.id: piece.title for task in result.tasks for piece in task.pieces}
    return titles.get(check.piece, check.piece)


def place_of(check: Check) -> str:
    """As in "model.py, line 42"; empty where no line is known."""
    if check.where is None:
        return ""
    line = "" if check.where.line is None else f", line {check.where.line}"
    return visible_line(check.where.file) + line


def isolation_in_words(result: Result) -> str:
    """What the isolation level means for a reader, ended by what could not be applied."""
    said = result.isolation.says or ISOLATION_WORDS.get(
        result.isolation.level, f"Isolation level: {result.isolation.level}."
    )
    open_ = [name for name, possible in result.isolation.probe.items() if possible]
    said = said.rstrip() if said.rstrip().endswith(".") else f"{said.rstrip()}."
    if result.isolation.missing:
        said += f" Not available on this machine: {', '.join(result.isolation.missing)}."
    if open_:
        said += f" A probe could still: {', '.join(name.replace('_', ' ') for name in open_)}."
    return visible_line(said)


def reproduce_command(result: Result) -> str:
    """The command that gives these marks again."""
    submission = shlex.quote(visible_line(result.submission.id))
    data = result.data.get("name")
    chosen = f" --data {shlex.quote(visible_line(data))}" if isinstance(data, str) else ""
    return f"gradus grade {submission} --out graded --seed {result.harness.seed}{chosen}"


def plain_value(value: Any) -> str:
    """A value of `conventions`, `environment`, `data` or a claim, on one line."""
    if isinstance(value, str):
        return visible_line(value)
    if value is None:
        return "none"
    return visible_line(json.dumps(value, ensure_ascii=False))


def claims_in_order(result: Result) -> list[Claim]:
    """What is contradicted first, then what could not be checked, then what is so."""
    order = list(CLAIM_WORDS)
    return sorted(result.claims, key=lambda claim: order.index(claim.verdict))


def claims_in_words(result: Result) -> str:
    """As in "16 claims: 15 reproduced, 1 contradicted"; empty where nothing is claimed."""
    if not result.claims:
        return ""
    numbers = dict.fromkeys(("reproduced", "contradicted", "not checked"), 0)
    for claim in result.claims:
        numbers[claim.verdict] += 1
    parts = ", ".join(f"{number} {word}" for word, number in numbers.items() if number)
    return f"{counted(len(result.claims), 'claim')}: {parts}"


def claim_value(value: Any) -> str:
    """What is stated or measured, on one line: tables as "0.1: 0.88; 1: 0.8", yes and no."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return "; ".join(
            f"{visible_line(str(key))}: {claim_value(each)}" for key, each in value.items()
        )
    if isinstance(value, list):
        return "; ".join(map(claim_value, value))
    return plain_value(value)


def plain_key(key: str) -> str:
    return visible_line(key.replace("_", " "))
