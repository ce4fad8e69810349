"""Stored runs of the reference as a submission's, for tests of claims: no worker, no images."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np

from checks import claims, stored
from checks.expected_runs import as_run
from checks.measured import Protocol
from checks.scripts import Run as ScriptRun
from checks.scripts import Script
from checks.training import Reading
from checks.training_runs import Run, plans
from gradus.claims.judging import judge
from gradus.results import Check, Claim

LAMBDAS = (1.0, 0.1, 0.01, 0.001)
MNIST_SHA256 = "5a4d4600f9ae243d0ab9ee1ff6d948035e6f85a423fdfacf899262ac3ca6f325"
OTHER = "0" * 64


def protocol(failures: int = 11, **changes: Any) -> Protocol:
    """A submission that does what the assignment asks."""
    plain = Protocol("assignment", True, Reading(failures, False), {}, 2.0, True, LAMBDAS)
    return replace(plain, **changes)


@cache
def runs(failures: int = 11) -> tuple[Run, ...]:
    """The reference's runs on MNIST up to where this reading of the rule stops them."""
    mnist = stored.load(MNIST_SHA256)
    assert mnist is not None
    how = "a stored run of the reference by the rules this submission follows"
    found = []
    for plan in plans(LAMBDAS):
        task = "binary" if plan.module == "task2" else "softmax"
        kept = next(
            run
            for run in mnist.runs
            if run.setting.task == task
            and (run.setting.shuffle_seed is not None) == plan.shuffle
            and run.setting.l2_reg_lambda == plan.l2_reg_lambda
            and run.setting.l2_coefficient == 2.0
        )
        run = as_run(kept, plan, Reading(failures, False), how)
        found.append(replace(run, stored=True))
    return tuple(found)


class Subject:
    """What claims ask of a submission, answered as the sample would."""

    def __init__(
        self,
        measured: Protocol,
        *,
        sha256: str = MNIST_SHA256,
        learning_rates: tuple[float, ...] = (0.05, 0.01),
        epochs: int = 500,
        interval: int | None = None,
    ) -> None:
        labels = [
            np.repeat([2, 5], [twos, others]) for twos, others in ((4005, 15995), (2042, 7958))
        ]
        self.dataset = SimpleNamespace(
            sha256=sha256,
            name="mnist" if sha256 == MNIST_SHA256 else "other",
            Y_train=labels[0],
            Y_test=labels[1],
        )
        self.memory = {"protocol": measured, "reading": measured.reading}
        self._interval = interval
        self._scripts = {
            module: Script(
                module,
                None,
                tuple(
                    ScriptRun(number, number, rate, 128, shuffle, 0.0, epochs, None, ())
                    for number, shuffle in enumerate((False, True))
                ),
            )
            for module, rate in zip(("task2", "task3"), learning_rates, strict=True)
        }
        self.session = self

    def script(self, module: str) -> Script:
        return self._scripts[module]

    def call(self, operation: str, *, num_batches: int, **_: Any) -> dict[str, Any]:
        assert operation == "scripted_training"
        return {"validated_at": np.arange(9) * (self._interval or num_batches // 5)}


def judged(
    stated: dict[str, Any],
    *,
    subject: Subject | None = None,
    failures: int = 11,
    checks: tuple[Check, ...] = (),
) -> dict[str, Claim]:
    """The verdicts on claims of a submission that reads the rule so, by id."""
    subject = subject or Subject(protocol(failures))
    return {claim.id: claim for claim in judge(claims, stated, subject, runs(failures), checks)}
