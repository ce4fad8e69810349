"""What every export says alike: points as integers, and a piece explained in plain text."""

from __future__ import annotations

from decimal import Decimal

from gradus.reports import content
from gradus.reports.explanations import alike
from gradus.results import Check, Piece, Result, Task
from gradus.text import abridged, visible, visible_line

BY_A_PERSON = "marked by a person"


def thousandths(points: Decimal) -> int:
    """Points as a whole number of thousandths, which adds without rounding in any language."""
    return int(points * 1000)


def available(part: Piece) -> Decimal:
    """What could be earned of a piece without a person: `earned + lost`."""
    return part.earned + part.lost


def maximum_in_words(result: Result) -> str:
    """The sentence for platforms that know nothing of pending points."""
    score = result.score
    return (
        f"{score.earned} of the {score.available} points that are decided; {score.pending} more "
        f"wait to be {BY_A_PERSON}, of {score.total} in all."
    )


def laws_of(task: Task, piece: Piece) -> list[Check]:
    """The scored laws of one piece."""
    return [check for check in task.checks if check.piece == piece.id and check.scored]


def explain_piece(task: Task, piece: Piece, limit: int = 6000) -> str:
    """Why a piece earned what it did: its laws that do not hold, in at most `limit` characters."""
    parts = [visible_line(piece.reason)] if piece.reason else []
    broken = [c for c in laws_of(task, piece) if content.standing(c, task) == "broken"]
    for group in alike(broken):
        parts.append(explain_law(group[0]))
        if len(group) > 1:
            others = ", ".join(visible_line(check.id) for check in group[1:])
            parts.append(f"For the same reason: {others}")
    return abridged("\n\n".join(parts), limit)


def explain_law(check: Check) -> str:
    """One law and what was seen, as plain text without control characters."""
    place = content.place_of(check)
    lines = [
        visible_line(check.law),
        f"{visible_line(check.id)}: {content.VERDICT_WORDS[check.verdict]}"
        + (f" ({place})" if place else ""),
    ]
    if check.message:
        lines.append(visible(abridged(check.message)))
    for diagnosis in check.diagnosis:
        lines.append(f"{content.DIAGNOSED[diagnosis.kind]}: {visible_line(diagnosis.says)}")
        lines.append(f"To mend it: {visible_line(diagnosis.fix)}")
    example = check.counterexample
    if example is not None:
        lines += [
            f"Got: {visible(abridged(example.got))}",
            f"Should be: {visible(abridged(example.should_be))}",
            "The smallest example:",
            visible(abridged(example.snippet)),
        ]
    return "\n".join(lines)
