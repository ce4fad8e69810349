"""The lines of a derivation as they were typed: where each ends, and what it says."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from gradus.answers_toml import MAX_LINE, TypedDerivation
from gradus.derivations import grammar, latex, notation
from gradus.derivations.expressions import Equation, NotUnderstood
from gradus.derivations.tokens import Token

_GOES_ON = ("+", "-", "*", "\\cdot", "\\times")
_COMMENT = {"python": re.compile(r"#.*"), "latex": re.compile(r"(?<!\\)%.*")}
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

    It does where a sign ends it or begins the next, where the next closes its bracket, where a left
    side stands alone, and in LaTeX where the next has no equals sign and no two backslashes stand
    before it.
    """
    if typed.notation == "latex":
        parts, ended = _latex_lines(typed.lines)
    else:
        parts = [line for line in typed.lines if not line.startswith("#")]
        ended = [True] * len(parts)
    comment = _COMMENT[typed.notation]
    codes = [comment.sub("", part).strip() for part in parts]
    joined: list[str] = []
    before, is_ended = "", True
    for i, (line, ends) in enumerate(zip(codes, ended, strict=True)):
        after = codes[i + 1] if i + 1 < len(codes) else ""
        opens = _begins_with(line, "=") and not _has_equals(before)
        stands_alone = not ends and _begins_with(after, "=")
        goes_on = _begins_with(line, *_GOES_ON) or not (is_ended or stands_alone)
        carries_on = goes_on and not _has_equals(line)
        is_cut = before.rstrip("& ").endswith(("=", *_GOES_ON)) or _is_closed_by(before, line)
        # A line that is too long already is refused; it need not grow.
        if 0 < len(before) <= MAX_LINE and (opens or carries_on or is_cut):
            before = f"{before} {line}"
            joined[-1] = before
        else:
            before = line
            joined.append(parts[i])
        is_ended = ends
    return joined


def _latex_lines(lines: Sequence[str]) -> tuple[list[str], list[bool]]:
    """LaTeX split where lines end and two backslashes stand, and whether each ends for sure."""
    parts: list[str] = []
    ended: list[bool] = []
    for line in lines:
        pieces = line.split("\\\\")
        for i, piece in enumerate(pieces):
            is_last = i == len(pieces) - 1
            if piece.strip() and not latex.is_environment(piece):
                parts.append(piece.strip())
                ended.append(not is_last)
            elif ended:
                ended[-1] = True
    return parts, ended


def _begins_with(line: str, *signs: str) -> bool:
    return line.lstrip("& \t").startswith(signs)


def _is_closed_by(before: str, line: str) -> bool:
    """Whether a bracket that a line leaves open is closed by the next."""
    return _depths(before)[-1] > 0 and min(_depths(line)) < 0


def _depths(line: str) -> list[int]:
    """How many brackets are open after each character."""
    steps = ((c in "([{") - (c in ")]}") for c in line)
    return list(itertools.accumulate(steps, initial=0))


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
