"""The same submission under two interpreters: what differs, and which change of NumPy explains it.

A reason is never guessed. It is given where the side that fails raised what the course knows to
come up under its NumPy and not under the other's, or was told a named mistake that the course knows
to depend on the version in that way. Every other difference is shown with what the failing side
told.
"""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator

import numpy as np
from packaging.specifiers import SpecifierSet

from gradus.course import DiagnosisRules
from gradus.results import (
    Check,
    Comparison,
    Difference,
    Interpreter,
    LawUnderBoth,
    Result,
    Share,
    Verdict,
)


def interpreter_of(result: Result) -> Interpreter:
    """What the submission ran under when this result was made."""
    environment = result.environment
    return Interpreter(
        python=str(environment["student python"]), numpy=str(environment["student numpy"])
    )


def own_interpreter() -> Interpreter:
    """What the grader runs under."""
    return Interpreter(python=platform.python_version(), numpy=np.__version__)


def compare(result: Result, beside: Result, rules: DiagnosisRules | None) -> Comparison:
    """What differs between a submission's marks and its result under another interpreter.

    Both results are of the same laws. Without `rules` no reason is known.
    """
    others = {check.id: check for check in beside.checks}
    pieces: dict[str, list[tuple[Check, Check]]] = {}
    for check in result.checks:
        pieces.setdefault(check.piece, []).append((check, others[check.id]))
    shares, shares_beside = _shares(result), _shares(beside)
    numpy, numpy_beside = interpreter_of(result).numpy, interpreter_of(beside).numpy
    differences = []
    for piece, pairs in pieces.items():
        differing = [(one, other) for one, other in pairs if one.verdict is not other.verdict]
        if not differing:
            continue
        worse_beside = differing[0][0].verdict is Verdict.PASSED
        failing, holding = (numpy_beside, numpy) if worse_beside else (numpy, numpy_beside)
        reasons = _reasons(rules, (pair[worse_beside] for pair in pairs), failing, holding)
        differences.append(
            Difference(
                piece=piece,
                marks=shares.get(piece),
                beside=shares_beside.get(piece),
                laws=tuple(
                    LawUnderBoth(id=one.id, verdict=one.verdict, beside=other.verdict)
                    for one, other in differing
                ),
                because=next(reasons, None),
                told=differing[0][worse_beside].message,
            )
        )
    return Comparison(
        marks=interpreter_of(result),
        beside=interpreter_of(beside),
        score=beside.score,
        differences=tuple(differences),
    )


def _reasons(
    rules: DiagnosisRules | None, told: Iterable[Check], failing: str, holding: str
) -> Iterator[str]:
    """Changes between these two versions of NumPy that explain what these laws told."""
    if rules is None:
        return

    def between(versions: str | None) -> bool:
        if versions is None:
            return False
        among = SpecifierSet(versions, prereleases=True)
        return among.contains(failing) and not among.contains(holding)

    for check in told:
        for each in rules.raised:
            said = each.said_of("", check.message or "", "your files")
            if said is not None and between(each.numpy):
                yield said.says
        for moved in rules.moved:
            named = any(diagnosis.fault == moved.fault for diagnosis in check.diagnosis)
            if named and between(moved.numpy):
                yield moved.says


def _shares(result: Result) -> dict[str, Share]:
    return {
        piece.id: Share(earned=piece.earned, lost=piece.lost, pending=piece.pending)
        for task in result.tasks
        for piece in task.pieces
    }
