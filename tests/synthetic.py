"""Synthetic classes of any size: results as honest and mistaken students would have them."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from typing import Any

from gradus.cohort.outcome import Outcome
from gradus.results import (
    Check,
    Claim,
    Counterexample,
    Counts,
    Diagnosis,
    Harness,
    Isolation,
    Origin,
    Result,
    Source,
    Submission,
)
from gradus.rubric import PieceRule, Rubric, score, totals
from reference.faults.catalogue import FAULTS
from tests.builders import sample_check
from tests.submissions import ROOT

RUBRIC = Rubric.load(ROOT / "checks" / "rubric.toml")
LAWS = ("value", "rows", "mirror")
MODULES = ("utils", "trainer", "task2a", "task2", "task3a", "task3")


def a_class(number: int, seed: int = 0) -> Iterator[tuple[Outcome, Result | None]]:
    """So many submissions, of which some are refused, met a fault, or share files."""
    chance = random.Random(seed)
    for place in range(number):
        id = f"student-{place:04}"
        if chance.random() < 0.02:
            status: Any = chance.choice(["refused", "refused", "fault"])
            yield Outcome(id=id, folder=id, status=status, sentence="it cannot be read"), None
            continue
        result = a_result(id, chance)
        yield outcome_of(result, round(chance.lognormvariate(1.6, 0.4), 2)), result


def outcome_of(result: Result, seconds: float = 1.0) -> Outcome:
    """The outcome of a graded submission in a folder of its own name."""
    return Outcome(
        id=result.submission.id,
        folder=result.submission.id,
        status="graded",
        score=result.score,
        earned={task.id: task.earned for task in result.tasks},
        seconds=seconds,
        sha256=result.submission.sha256,
        results_sha256="0" * 64,
    )


def a_result(id: str, chance: random.Random) -> Result:
    """One result: each piece fails with a likelihood that is the student's own."""
    skill = chance.betavariate(6, 2)
    checks = [
        check
        for task in RUBRIC.tasks
        for piece in task.pieces
        if piece.judged != "person"
        for check in _laws(piece, skill, chance)
    ]
    if chance.random() < 0.03:
        checks = [_not_imported(check) if check.task == "3a" else check for check in checks]
    tasks = score(RUBRIC, checks)
    return Result(
        submission=_submission(id, chance),
        score=totals(tasks),
        tasks=tasks,
        claims=_claims(chance),
        conventions={
            "bias column": chance.choices(["last", "first"], [20, 1])[0],
            "L2 coefficient": chance.choices(["2 * lambda * w", "lambda * w"], [3, 2])[0],
            "failures before stopping": chance.choices([10, 11, 12], [4, 8, 1])[0],
        },
        counts=Counts.of(check for task in tasks for check in task.checks),
        isolation=Isolation(level="confined"),
        environment={"student numpy": "2.4.6"},
        data={"name": "digits", "sha256": "cd" * 32},
        harness=Harness(version="0.1.0", rubric_sha256=RUBRIC.sha256, seed=0),
    )


def _laws(piece: PieceRule, skill: float, chance: random.Random) -> list[Check]:
    if piece.judged == "recognition":
        if chance.random() < 0.7:
            return [sample_check(f"{piece.id}.recognised")]
        return [
            sample_check(
                f"{piece.id}.recognised", "blocked", pending=True, message="for a person: no figure"
            )
        ]
    if chance.random() < skill:
        return [sample_check(f"{piece.id}.{name}") for name in LAWS]
    known = [fault for fault in FAULTS if fault.piece == piece.id]
    diagnosis = ()
    if known and chance.random() < 0.9:
        fault = chance.choices(known, [1 / (2 + place) for place in range(len(known))])[0]
        diagnosis = (Diagnosis(fault=fault.id, says=fault.says, fix=fault.fix),)
    value = chance.choices(["failed", "errored", "passed"], [6, 1, 3])[0]
    return [
        sample_check(
            f"{piece.id}.value",
            value,
            message="it is 1",
            diagnosis=diagnosis,
            counterexample=Counterexample(snippet="print(1)", got="1", should_be="2"),
        ),
        sample_check(f"{piece.id}.rows", chance.choice(["failed", "passed"])),
        sample_check(f"{piece.id}.mirror", "failed"),
    ]


def _not_imported(check: Check) -> Check:
    message = "task3a.py could not be imported: SyntaxError: invalid syntax (task3a.py, line 31)"
    fields = {name: getattr(check, name) for name in Check.model_fields}
    replaced = {"verdict": "errored", "message": message, "diagnosis": (), "counterexample": None}
    return Check(**{**fields, **replaced})


def _submission(id: str, chance: random.Random) -> Submission:
    def digest(text: str) -> str:
        return hashlib.sha256(text.encode()).hexdigest()

    shared = f"shared {chance.randrange(400)}" if chance.random() < 0.05 else id
    sources = tuple(
        Source(
            file=f"{module}.py",
            sha256=digest(f"{id} {module}"),
            syntax=digest("as handed out" if module == "utils" else f"{shared} {module}"),
            nodes=400,
        )
        for module in MODULES
    )
    late = chance.random() < 0.05
    origin = Origin(platform="canvas", user=id[-4:], late=late) if late else None
    note = "handed in 2 times (a, b); graded is b, the latest" if late else None
    return Submission(
        id=id, sha256=digest(id), edition="2021", origin=origin, note=note, sources=sources
    )


def _claims(chance: random.Random) -> tuple[Claim, ...]:
    stated = chance.choice([6, 6, 6, 5])
    verdict: Any = "reproduced" if stated == 6 else "contradicted"
    return (Claim(id="2e.interval", task="2e", stated=stated, measured=6, verdict=verdict),)
