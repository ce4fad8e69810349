"""Sample rubrics, laws and results for the tests of what comes after grading."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gradus.results import (
    Check,
    Claim,
    Comparison,
    Counterexample,
    Counts,
    Derivation,
    DerivationLine,
    Diagnosis,
    Difference,
    Harness,
    Interpreter,
    Isolation,
    LawUnderBoth,
    Result,
    Share,
    Submission,
    Verdict,
    Where,
)
from gradus.rubric import Rubric, score, totals

RUBRIC_TOML = b"""
total = 1.0

[[task]]
id = "1a"
title = "Derivation of the gradient"
[[task.piece]]
id = "1a.derivation"
title = "Derivation of equation 6"
points = 0.275
judged = "recognition"

[[task]]
id = "2a"
title = "Logistic regression: functions"
[[task.piece]]
id = "2a.forward"
title = "`BinaryModel.forward`"
points = 0.225
judged = "laws"
[[task.piece]]
id = "2a.backward"
title = "`BinaryModel.backward`"
points = 0.3
judged = "laws"

[[task]]
id = "2b"
title = "Training and its plot"
[[task.piece]]
id = "2b.train_step"
title = "`train_step`"
points = 0.1
judged = "laws"
[[task.piece]]
id = "2b.explanation"
title = "Explanation of the spikes"
points = 0.1
judged = "person"
"""

SNIPPET = """import numpy as np
from task2a import BinaryModel

model = BinaryModel()
X = np.zeros((2, 785))
X[:, 784] = 1.0
targets = np.array([[1.0], [0.0]])
outputs = np.array([[0.5], [0.5]])
model.backward(X, outputs, targets)
print("got", model.grad[784, 0])
# should be 0"""


def sample_rubric() -> Rubric:
    """Three tasks worth 1.000: laws, recognition and a person each judge something."""
    return Rubric.parse(RUBRIC_TOML)


def sample_check(id: str, verdict: str = "passed", **fields: Any) -> Check:
    """A law with this id; its weight is 0 where it is advice or evidence."""
    unscored = fields.get("advice") or fields.get("evidence")
    defaults: dict[str, Any] = {
        "piece": id.rpartition(".")[0],
        "law": f"The law {id} holds for every case.",
        "weight": 0.0 if unscored else 1.0,
        "seconds": 0.02,
        "examples": 24,
    }
    return Check(id=id, verdict=Verdict(verdict), **{**defaults, **fields})


def all_passed() -> tuple[Check, ...]:
    """The laws of `sample_rubric`, every one of them passed."""
    return (
        sample_check("1a.derivation.lines"),
        sample_check("2a.forward.value"),
        sample_check("2a.forward.log-odds"),
        sample_check("2a.backward.value"),
        sample_check("2b.train_step.value"),
    )


def mixed_checks() -> tuple[Check, ...]:
    """Every verdict once, with all that can explain one."""
    return (
        sample_check(
            "1a.derivation.lines",
            "blocked",
            pending=True,
            message="answers.toml states no derivation for 1a",
        ),
        sample_check(
            "2a.forward.value",
            law="`forward(X)` is 1 / (1 + exp(-X @ w)) for every row of X.",
        ),
        sample_check(
            "2a.forward.log-odds", law="The log-odds of `forward(X)` are X @ w.", seconds=2.345
        ),
        sample_check(
            "2a.forward.huge",
            "failed",
            advice=True,
            law="`forward(X)` stays finite where X @ w is 1000.",
            message="`outputs[0, 0]` is nan, but should be 1",
        ),
        sample_check(
            "2a.backward.value",
            "failed",
            law="`backward` sets `grad` to the mean over the rows of -(y - yhat) x.",
            message="`model.grad[784, 0]` is -0.5, but should be 0; 1 of 785 entries differ",
            where=Where(file="task2a.py", line=42),
            counterexample=Counterexample(snippet=SNIPPET, got="-0.5", should_be="0"),
            diagnosis=(
                Diagnosis(
                    fault="2a.backward.not-averaged",
                    says="The gradient is summed over the rows, not averaged.",
                    fix="Divide by `X.shape[0]`.",
                ),
            ),
        ),
        sample_check(
            "2a.backward.union",
            "errored",
            law="The gradient of two batches of one size together is the mean of their gradients.",
            message="ValueError: shapes (2,785) and (2,1) not aligned\n(task2a.py, line 44)",
            where=Where(file="task2a.py", line=44),
        ),
        sample_check("2b.train_step.value"),
        sample_check(
            "2b.train_step.rate", "blocked", message="blocked: `task2` has no `LogisticTrainer`"
        ),
        sample_check("2b.train_step.loss", "not_run"),
        sample_check(
            "2b.train_step.replay",
            "failed",
            evidence=True,
            message="`history[186]` is 0.3, but should be 0.2",
        ),
    )


def sample_result(checks: Iterable[Check] | None = None, **fields: Any) -> Result:
    """A result of `sample_rubric` for these laws (default: `mixed_checks`)."""
    rubric = sample_rubric()
    laws = mixed_checks() if checks is None else tuple(checks)
    tasks = score(rubric, laws)
    defaults: dict[str, Any] = {
        "submission": Submission(id="group-12", sha256="ab" * 32, edition="2021"),
        "score": totals(tasks),
        "tasks": tasks,
        "runs": ({"law": "2a.forward.value", "seconds": 0.5},),
        "claims": (
            Claim(id="early-stopping", task="2d", stated=33, measured=33, verdict="reproduced"),
            Claim(id="interval", task="2e", stated=5, measured=6, verdict="contradicted"),
        ),
        "derivations": (
            Derivation(
                id="4a",
                task="4a",
                verdict="incomplete",
                lines=(DerivationLine(text="dJ/dw = 2 lambda w", holds=False, says="C is gone"),),
            ),
        ),
        "conventions": {"l2_coefficient": 2, "bias_column": "last"},
        "counts": Counts.of(check for task in tasks for check in task.checks),
        "isolation": Isolation(
            level="confined",
            applied=("memory limit", "no network"),
            probe={"read_reference": False, "fork": False},
        ),
        "environment": {"python": "3.12.1", "numpy": "2.4.6"},
        "data": {"name": "digits", "sha256": "cd" * 32},
        "harness": Harness(version="0.1.0", rubric_sha256=rubric.sha256, seed=7),
    }
    return Result(**{**defaults, **fields})


HOSTILE = (
    "<script>alert(1)</script> [red]x[/red] `code` ```\n"
    "::error::forged\n  ##[error]forged | table \x1b[31mred\x07 \u202egnp.exe \u200b $x$ {{ 7*7 }}"
)
"""Markup of every format at once: each report must show it as text."""


def sample_comparison(result: Result, told: str = "it said so") -> Comparison:
    """Three differences: one explained, one not, and one of a law without points."""

    def share(earned: str, lost: str) -> Share:
        return Share(earned=earned, lost=lost, pending=0)

    def law(id: str) -> LawUnderBoth:
        return LawUnderBoth(id=id, verdict=Verdict.PASSED, beside=Verdict.ERRORED)

    return Comparison(
        marks=Interpreter(python="3.11.7", numpy="1.23.5"),
        beside=Interpreter(python="3.11.7", numpy="2.4.6"),
        score=result.score,
        differences=(
            Difference(
                piece="2a.forward",
                marks=share("0.225", "0"),
                beside=share("0", "0.225"),
                laws=(law("2a.forward.value"),),
                told=told,
            ),
            Difference(
                piece="2a.backward",
                marks=share("0.3", "0"),
                beside=share("0.1", "0.2"),
                laws=(law("2a.backward.value"),),
                because="`np.Inf` is gone since NumPy 2.0",
                told=told,
            ),
            Difference(
                piece="2b.train_step",
                marks=share("0.1", "0"),
                beside=share("0.1", "0"),
                laws=(law("2b.train_step.replay"),),
                because="`np.Inf` is gone since NumPy 2.0",
                told=told,
            ),
        ),
    )


def hostile_result() -> Result:
    """A result whose every text of the student's is `HOSTILE`."""
    bad = sample_check(
        "2a.backward.value",
        "failed",
        law=HOSTILE,
        message=HOSTILE,
        where=Where(file=HOSTILE, line=1),
        counterexample=Counterexample(snippet=HOSTILE, got=HOSTILE, should_be=HOSTILE),
        diagnosis=(Diagnosis(fault="2a.backward.x", says=HOSTILE, fix=HOSTILE),),
    )
    checks = [bad if check.id == bad.id else check for check in all_passed()]
    return sample_result(
        checks,
        submission=Submission(id=HOSTILE, sha256="ab" * 32, edition="2021"),
        claims=(
            Claim(id="x", task="2d", stated=HOSTILE, measured=HOSTILE, verdict="contradicted"),
        ),
        conventions={HOSTILE: HOSTILE},
        environment={HOSTILE: [HOSTILE, {"a": HOSTILE}]},
        data={"name": HOSTILE},
        comparison=sample_comparison(sample_result(checks), HOSTILE),
    )
