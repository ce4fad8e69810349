"""What a submission's claims are held against: its runs, and what is doubtful about them.

A run here and the run that a report is about differ where the script trains otherwise than the
assignment asks, or where pieces of the submission do not do what the reference does. Each such
difference is a doubt: a claim that fits is then still reproduced, but none is contradicted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from math import lcm

import numpy as np

from checks import protocols, stored
from checks.expected_runs import MOST_FAILURES, expected
from checks.measured import (
    BINARY_CLASSES,
    NOT_MEASURABLE,
    Protocol,
    protocol,
    steps_between_validations,
)
from checks.replay import TRAIN_ROWS, task_rows
from checks.runs import Expectations, Population
from checks.subject import Subject
from checks.training_runs import Plan, Run
from gradus.claims.vocabulary import Measurement
from gradus.results import Check, Verdict

NUM_BATCHES = {"task2": 31, "task3": 156}
"""MNIST's: 4 005 and 20 000 training images at 128 a batch, the last partial batch dropped."""
ASKED = {"task2": protocols.BINARY, "task3": protocols.SOFTMAX}
_BINARY_PIECES = ("2a.loss", "2a.forward", "2a.backward", "2b.train_step", "2c.accuracy")
_SOFTMAX_PIECES = ("3a.one_hot", "3a.loss", "3a.forward", "3a.backward", "3b.train_step")
PIECES = {
    "task2": (*_BINARY_PIECES, "2d.stopping"),
    "task3": (*_SOFTMAX_PIECES, "3c.accuracy", "2d.stopping"),
}


class Evidence:
    """One submission's runs and laws, as its claims need them."""

    def __init__(self, subject: Subject, runs: Sequence[Run], checks: Sequence[Check]) -> None:
        self.subject = subject
        self.runs = runs
        self.checks = checks

    @cached_property
    def protocol(self) -> Protocol:
        return protocol(self.subject)

    @cached_property
    def on_mnist(self) -> bool:
        """Whether this is the data that the assignment's reports are about."""
        return self._stored is not None and self._stored.dataset == "mnist"

    @cached_property
    def _stored(self) -> Expectations | None:
        return stored.load(self.subject.dataset.sha256)

    def run(self, id: str) -> Run | None:
        """The submission's own run of a plan where there is one, else the reference's."""
        found = [run for run in self.runs if run.plan.id == id and is_usable(run)]
        return min(found, key=lambda run: run.by != "submission", default=None)

    def reference(self, id: str) -> Run | None:
        """The reference's run of a plan."""
        by_reference = (run for run in self.runs if (run.plan.id, run.by) == (id, "reference"))
        return next(filter(is_usable, by_reference), None)

    def missing(self, id: str) -> str:
        """Why there is no run of a plan."""
        reasons = [run.failed for run in self.runs if run.plan.id == id and run.failed]
        return reasons[-1] if reasons else "no run of it was made"

    def regularised(self) -> dict[float, Plan]:
        """The trainings by λ, that without regularisation included."""
        plans = (run.plan for run in self.runs if run.plan.module == "task3")
        return {plan.l2_reg_lambda: plan for plan in plans}

    def doubt(self, run: Run, *, at_the_stop: bool = True) -> str | None:
        """Why the run that a report is about may have been another one, or None."""
        module = run.plan.module
        doubts = [self.script_doubt(module, run)]
        if self.protocol.images == "own":
            doubts.append(
                "its `pre_process_images` goes a way of its own, and may have gone another when "
                "the report was written"
            )
        if run.by == "submission":
            if self.protocol.images == "harness":
                doubts.append("its images had to be preprocessed by the harness")
        else:
            doubts += [self._not_the_reference(run.plan), self._reading_doubt(at_the_stop)]
            if self.protocol.images == "harness":
                doubts.append("its `pre_process_images` is of no use, so the images are others")
        return next((each for each in doubts if each), None)

    def _reading_doubt(self, at_the_stop: bool) -> str | None:
        reading = self.protocol.reading
        if reading is None:
            return "its early stopping follows no reading of the rule that can be repeated"
        if reading.at_epoch_end and at_the_stop:
            return "it leaves its loop only at the end of the epoch"
        return None

    def _not_the_reference(self, plan: Plan) -> str | None:
        """The first law that says this submission's training is not the reference's."""
        pieces = {*PIECES[plan.module]}
        pieces |= {"2e.shuffling"} if plan.shuffle else set()
        pieces |= {"4b.penalty"} if plan.l2_reg_lambda else set()
        for check in self.checks:
            if check.piece not in pieces or check.advice or check.verdict is Verdict.PASSED:
                continue
            if check.scored or check.verdict in (Verdict.FAILED, Verdict.ERRORED):
                return (
                    f"`{check.id}` does not hold, so this submission's own training may give "
                    "another value; --full runs it"
                )
        return None

    def script_doubt(self, module: str, run: Run | None = None) -> str | None:
        """How the script trains otherwise than the runs here, or that it does not tell."""
        script = self.subject.script(module)
        differing = protocols.deviations(script, ASKED[module])
        if differing:
            return f"in {module}.py {differing[0]}"
        told = [
            each
            for each in script.runs
            if each.learning_rate is not None and each.batch_size is not None
        ]
        if not told:
            return f"how {module}.py trains could not be read off it"
        epochs = min((each.epochs for each in told if each.epochs is not None), default=None)
        if run is not None and epochs is not None:
            needed = run.stop_epoch
            if needed is None or epochs <= needed:
                return f"{module}.py trains for {epochs:g} epochs, which end before the run here"
        return None

    @cached_property
    def interval(self) -> int | None:
        """Steps from one validation to the next at 31 batches an epoch, as `train` goes."""
        return self.interval_of("task2")

    def interval_of(self, module: str) -> int | None:
        try:
            return steps_between_validations(self.subject, NUM_BATCHES[module])
        except NOT_MEASURABLE:
            return None

    def population(self, run: Run) -> Population | None:
        """Many honest runs with other seeds by the rules of this one, if any are stored."""
        reference = self.reference(run.plan.id)
        reading = self.protocol.reading
        comparable = reference is not None and reference.stored and not run.plan.l2_reg_lambda
        if not comparable or not run.plan.shuffle or reading is None:
            return None
        if self._stored is None:
            return None
        found = self._stored.population("binary" if run.plan.module == "task2" else "softmax")
        return found if found is not None and reading.failures in found.stops else None

    def train_loss(self, run: Run) -> float | None:
        """The loss on all training images at a run's end; None where its weights are others.

        Those of the reference are the ones at its own last failure, whichever reading ends the run.
        """
        reading = self.protocol.reading
        earlier = reading is None or reading.failures != MOST_FAILURES or reading.at_epoch_end
        if run.w is None or self.protocol.images == "own":
            return None
        if run.by == "reference" and earlier:
            return None
        task = "task2a" if run.plan.module == "task2" else "task3a"
        X, Y = task_rows(self.subject, run.plan.module, np.arange(TRAIN_ROWS))
        w = np.asarray(run.w, np.float64)
        if run.bias_column == 0:
            w = np.roll(w, -1, axis=0)
        outputs = self.subject.oracle.forward(task, X, w)
        with np.errstate(all="ignore"):
            loss = float(self.subject.oracle.loss(task, Y, outputs))
        return loss if np.isfinite(loss) else None

    def stop_with_interval(self, interval: int) -> Run | None:
        """The binary run without shuffle, had it validated so often."""
        plan = Plan("binary", "2d", "task2", False)
        if not 1 <= interval <= NUM_BATCHES["task2"]:
            return None
        otherwise = Protocol(
            **{**vars(self.protocol), "intervals": {"task2": interval, "task3": None}}
        )
        (run,) = expected(self.subject, otherwise, (plan,))
        return run if is_usable(run) and run.stop_epoch is not None else None

    def images(self, module: str) -> dict[str, int]:
        """How many training and validation images a task has on this data set."""
        dataset = self.subject.dataset
        train, test = dataset.Y_train[:20_000], dataset.Y_test
        if module == "task2":
            return {
                "train": int(np.isin(train, BINARY_CLASSES).sum()),
                "validation": int(np.isin(test, BINARY_CLASSES).sum()),
            }
        return {"train": len(train), "validation": len(test)}


def is_usable(run: Run) -> bool:
    """Whether a run came to values that can be compared."""
    return run.failed is None and bool(np.isfinite(run.validation_loss).sum() > 1)


def spike_period(interval: int) -> int:
    """Steps after which the same batch stands before a validation again."""
    return lcm(NUM_BATCHES["task2"], interval)


Measure = Callable[[Evidence], Measurement]
