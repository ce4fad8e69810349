"""The lines of a derivation as they were typed: where each ends, and what it says."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from gradus.answers_toml import MAX_LINE, TypedDerivation
from gradus.derivations import grammar, latex, notation
from gradus.derivations.expressions import Equation, NotUnderstood
from gradus.derivations.tokens import Token

_GOES_ON = ("+", "-", "*", "\\cdot", "\\times")
_SCRIPT = re.compile(r"[_^]\s*\{[^{}]*\}")
TOO_DEEP = "the line is nested too deeply"


@dataclass
class Line:
    text: str
    equations: list[Equation] = field(default_factory=list)
    holds: bool | None = None
    says: str | None = None


def lines_of(typed: TypedDerivation) -> list[str]:
    """The lines as they are shown, joined where one goes on in the next.

    It does where a sign ends it or begins the next, where a left side stands alone, and in LaTeX
    that ends its lines with two backslashes, where they are missing.
    """
    if typed.notation == "latex":
        parts, ended = _latex_lines(typed.lines)
    else:
        parts = [line for line in typed.lines if not line.startswith("#")]
        ended = [True] * len(parts)
    joined: list[str] = []
    is_ended = True
    for i, (line, ends) in enumerate(zip(parts, ended, strict=True)):
        after = parts[i + 1] if i + 1 < len(parts) else ""
        before = joined[-1] if joined else ""
        opens = _begins_with(line, "=") and not _has_equals(before)
        stands_alone = not ends and _begins_with(after, "=")
        goes_on = _begins_with(line, *_GOES_ON) or not (is_ended or stands_alone)
        carries_on = goes_on and not _has_equals(line)
        if before and (opens or carries_on or before.rstrip("& ").endswith(("=", *_GOES_ON))):
            joined[-1] = f"{before} {line}"
        else:
            joined.append(line)
        is_ended = ends
    return joined


def _latex_lines(lines: Sequence[str]) -> tuple[list[str], list[bool]]:
    """LaTeX split where lines end and two backslashes stand, and whether each ends for sure."""
    breaks = any("\\\\" in line for line in lines)
    parts: list[str] = []
    ended: list[bool] = []
    for line in lines:
        pieces = line.split("\\\\")
        for i, piece in enumerate(pieces):
            is_last = i == len(pieces) - 1
            if piece.strip() and not latex.is_environment(piece):
                parts.append(piece.strip())
                ended.append(not is_last or not breaks)
            elif ended:
                ended[-1] = True
    return parts, ended


def _begins_with(line: str, *signs: str) -> bool:
    return line.lstrip("& \t").startswith(signs)


def _has_equals(line: str) -> bool:
    """Whether an equals sign stands in a line, those below and above sums aside."""
    return "=" in _SCRIPT.sub("", line)


def parsed(texts: list[str], written: str, applied: frozenset[str]) -> list[Line]:
    read: Callable[[str], list[Token]] = latex.tokens if written == "latex" else notation.tokens
    lines: list[Line] = []
    before: Equation | None = None
    lost = 0
    for text in texts:
        line = Line(text)
        lines.append(line)
        try:
            if len(text) > MAX_LINE:
                raise NotUnderstood(f"the line has more than {MAX_LINE:,} characters")
            found = read(text)
            if all(token.kind == "end" or token.text == "," for token in found):
                line.holds, line.says = True, "words"
            elif lost and found[0].text == "=":
                line.says = f"not decided: it continues line {lost}, which is not understood"
            else:
                line.equations = grammar.equations(found, before, applied)
                lost, before = 0, line.equations[-1]
        except NotUnderstood as error:
            line.says, lost = f"not understood: {error}", len(lines)
        except RecursionError:
            line.says, lost = f"not understood: {TOO_DEEP}", len(lines)
    return lines
