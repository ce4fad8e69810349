"""Results of every kind, drawn by Hypothesis through the one scoring core."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from gradus.results import Check, Counts, Result, Submission, Verdict, Where
from gradus.rubric import PieceRule, Rubric, TaskRule, score, totals
from tests.builders import HOSTILE, all_passed, sample_check, sample_result

TEXTS = st.one_of(
    st.sampled_from([HOSTILE, "", "=1+1", "plain", "::error::x", "```", "</details>", 'a,b;c\t"d']),
    st.text(max_size=20),
)
POINTS = st.integers(0, 400).map(lambda n: Decimal(n).scaleb(-3))


@st.composite
def results(draw: st.DrawFn, most_tasks: int = 4) -> Result:
    """A consistent result: any rubric, any verdicts, any texts."""
    tasks = []
    checks: list[Check] = []
    for number in range(1, 1 + draw(st.integers(1, most_tasks))):
        pieces = []
        for name in draw(st.lists(st.sampled_from("abcd"), min_size=1, max_size=3, unique=True)):
            judged: Any = draw(st.sampled_from(["laws", "laws", "recognition", "person"]))
            rule = PieceRule(f"{number}t.{name}", draw(TEXTS) or "x", draw(POINTS), judged)
            pieces.append(rule)
            checks += draw(_checks_of(rule))
        tasks.append(TaskRule(f"{number}t", draw(TEXTS) or "x", tuple(pieces)))
    scored = score(Rubric(tuple(tasks), "ab" * 32), checks)
    return sample_result(
        all_passed(),
        tasks=scored,
        score=totals(scored),
        counts=Counts.of(check for task in scored for check in task.checks),
        submission=Submission(id=draw(TEXTS) or "x", sha256="cd" * 32, edition="2021"),
    )


@st.composite
def _checks_of(draw: st.DrawFn, rule: PieceRule) -> list[Check]:
    names = draw(st.lists(st.sampled_from(["p", "q", "r"]), max_size=3, unique=True))
    if rule.judged == "laws":
        names = ["value", *names]
    found = []
    for name in names:
        verdict = draw(st.sampled_from(list(Verdict)))
        kinds = ["advice", "evidence"] if rule.judged == "person" else ["scored", "advice"]
        kind = "scored" if name == "value" else draw(st.sampled_from(kinds))
        fields: dict[str, Any] = {kind: True} if kind != "scored" else {}
        if kind == "scored":
            fields["weight"] = draw(st.sampled_from([0.5, 1.0, 2.0, 3.7]))
        if draw(st.booleans()):
            fields["where"] = Where(file=draw(TEXTS) or "x.py", line=draw(st.integers(1, 99)))
        found.append(
            sample_check(
                f"{rule.id}.{name}",
                verdict,
                law=draw(TEXTS),
                message=draw(st.none() | TEXTS),
                pending=verdict is Verdict.BLOCKED and draw(st.booleans()),
                seconds=draw(st.floats(0, 1e4)),
                **fields,
            )
        )
    return found
