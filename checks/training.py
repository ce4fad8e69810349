"""The submission's trainers as laws see them: one step, one validation, the loader, early stopping.

Functions of a `Subject`, on the grader's side of the trust line. How early stopping is read ("does
not improve 10 times" has several honest readings) is measured here once, on plain scripts, and
recorded under `conventions`; the law then holds every drawn script to that reading.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from checks import source
from checks.cases import INPUTS, AccuracyCase
from checks.sites import FUNCTIONS
from checks.subject import Subject
from checks.training_cases import (
    LEARNING_RATES,
    PLAIN_SCRIPTS,
    LoaderCase,
    StepCase,
    StoppingCase,
    WholeSets,
)
from gradus import expect
from gradus.expect import ForAPerson, NotWritten, Violation
from gradus.worker.failures import WorkerFailure

ACCEPTED_FAILURES = (9, 10, 11)
# What scripted validations return as training and validation accuracy grows by 1e-4 each time.
SCRIPTED_ACCURACIES = (0.5, 0.6)
NEAR = 0.05


def train_step(
    subject: Subject, task: str, case: StepCase, l2_reg_lambda: float = 0.0
) -> dict[str, Any]:
    """One `train_step`: `loss`, `w` after, `backward` (its arguments or None), what was `sent`."""
    model_task = "task2a" if task == "task2" else "task3a"
    Y = _targets(subject, task, case.labels)
    loss = subject.oracle.loss(model_task, Y, case.outputs)
    trainer = {"task2": "LogisticTrainer", "task3": "SoftmaxTrainer"}[task]
    trace = subject.trace
    trace.import_from(task, trainer)
    names = {
        name: trace.input(name, value)
        for name, value in (("X", case.X), ("Y", Y), ("outputs", case.outputs))
    }
    grads = case.grads
    names["w"] = trace.input("w", case.w)
    gradients = [trace.input("gradient", grad) for grad in grads]
    rate = LEARNING_RATES[task]
    for line in (
        f"gradients = iter([{', '.join(gradients)}])",
        "class Model:  # answers what is sent and learns nothing",
        f"    l2_reg_lambda = {l2_reg_lambda}",
        f"    w = {names['w']}.copy()",
        "    def forward(self, X):",
        f"        return {names['outputs']}",
        "    def backward(self, X, outputs, targets):",
        "        self.grad = next(gradients)",
        "        self.given = {'X': X, 'outputs': outputs, 'targets': targets}",
        "    def zero_grad(self):",
        "        self.grad = None",
        f"model, learning_rate = Model(), {rate}",
        "batch_size, shuffle_dataset = len(X), False",
        "X_train, Y_train, X_val, Y_val = X, Y, X, Y",
        *_globals_of_script(subject, task),
        f"trainer = {subject.session.manifest['trainers'][task]}",
        "loss = trainer.train_step(X, Y)",
    ):
        trace.line(line)
    result: dict[str, Any] = subject.remembered(
        ("train_step", task, id(case), l2_reg_lambda),
        case,
        lambda: subject.session.call(
            "train_step",
            task=task,
            X=case.X,
            Y=Y,
            outputs=case.outputs,
            loss=loss,
            grads=grads,
            w=case.w,
            learning_rate=rate,
            l2_reg_lambda=l2_reg_lambda,
        ),
    )
    sent = {"X": case.X, "outputs": case.outputs, "targets": Y, "loss": loss}
    return {**result, "w": result["weights"][0], "loss": result["losses"][0], "sent": sent}


@dataclass(frozen=True)
class Measured:
    """A set as `validation_step` meets it: X (N, 785) or one row for all, targets and outputs.

    `source` is how X is written where that is not by its entries.
    """

    X: np.ndarray[Any, Any]
    targets: np.ndarray[Any, Any]
    outputs: np.ndarray[Any, Any]
    accuracy: float
    source: str | None = None


def validation_step(
    subject: Subject, task: str, train: AccuracyCase, val: AccuracyCase
) -> dict[str, Any]:
    """What `validation_step` `returned` for a model with known answers, and what it `should`."""
    sets = []
    for case in (train, val):
        targets = _targets(subject, task, case.labels)
        accuracy = subject.oracle.accuracy(task, case, targets)
        sets.append(Measured(case.X, targets, case.outputs, accuracy))
    return _validated(subject, task, (sets[0], sets[1]), val.w, batch_size=1)


def whole_validation(subject: Subject, task: str, case: WholeSets) -> dict[str, Any]:
    """The same on sets of the assignment's sizes, of which only one row of X is sent."""
    sets = []
    for rows, logits in zip((case.train, case.val), case.logits, strict=True):
        X, w, output = case.image(logits)
        labels = case.labels(rows)
        entries = [f"{{name}}[:, {column}] = {X[0, column]}" for column in np.flatnonzero(X[0])]
        source = "\n".join([f"{{name}} = np.zeros(({rows}, {INPUTS}))", *entries])
        outputs, targets = np.repeat(output, rows, axis=0), _targets(subject, task, labels)
        sets.append(Measured(X, targets, outputs, float(labels.mean()), source))
    return _validated(subject, task, (sets[0], sets[1]), w, batch_size=128)


def _validated(
    subject: Subject,
    task: str,
    sets: tuple[Measured, Measured],
    w: np.ndarray[Any, Any],
    batch_size: int,
) -> dict[str, Any]:
    train, val = sets
    model_task = "task2a" if task == "task2" else "task3a"
    loss = subject.oracle.loss(model_task, val.targets, val.outputs)
    trace = subject.trace
    trace.import_from(task, {"task2": "LogisticTrainer", "task3": "SoftmaxTrainer"}[task])
    for part, each in (("train", train), ("val", val)):
        trace.input(f"X_{part}", each.X, each.source)
        trace.input(f"Y_{part}", each.targets, each.source and _large_targets(each.targets))
    model = subject.note_model(model_task, 0.0, trace.input("w", w))
    for line in (
        f"learning_rate, batch_size, shuffle_dataset, model = 0.05, {batch_size}, False, {model}",
        *_globals_of_script(subject, task),
        f"trainer = {subject.session.manifest['trainers'][task]}",
        "loss, accuracy_train, accuracy_val = trainer.validation_step()",
    ):
        trace.line(line)
    returned = subject.session.call(
        "validation_step",
        task=task,
        data={
            "X_train": train.X,
            "Y_train": train.targets,
            "X_val": val.X,
            "Y_val": val.targets,
        },
        outputs_train=train.outputs,
        outputs_val=val.outputs,
        loss=loss,
        accuracies=[train.accuracy, val.accuracy],
        w=w,
        batch_size=batch_size,
    )
    return {"returned": returned, "should": [loss, train.accuracy, val.accuracy]}


def _large_targets(targets: np.ndarray[Any, Any]) -> str:
    """Targets of two kinds, the second ones last, as source."""
    second = int(np.argmax((targets != targets[0]).any(axis=1)))
    lines = [f"{{name}} = np.zeros({targets.shape}, dtype=np.{targets.dtype.name})"]
    for rows, row in ((f":{second}", targets[0]), (f"{second}:", targets[-1])):
        lines += [f"{{name}}[{rows}, {column}] = 1" for column in np.flatnonzero(row)]
    return "\n".join(lines)


def _globals_of_script(subject: Subject, task: str) -> list[str]:
    """Lines that set what the trainer's code reads and its script would have set."""
    names = subject.session.manifest["globals"][task]
    return [f"import {task}", *(f"{task}.{name} = {name}" for name in names)] if names else []


def batches(
    subject: Subject, case: LoaderCase, *, shuffle: bool, epochs: int, columns: int = 1
) -> dict[str, Any]:
    """Some epochs of `batch_loader` on rows that carry their number, and the inputs afterwards.

    The targets have so many `columns`.
    """
    trace = subject.trace
    trace.import_from("utils", "batch_loader")
    for line in (
        f"np.random.seed({case.seed})",
        f"X = np.repeat(np.arange({case.N}.0)[:, None], {INPUTS}, axis=1)",
        f"Y = 2 * X[:, :{columns}] + 1",
        f"epochs = [list(batch_loader(X, Y, {case.batch_size}, shuffle={shuffle}))"
        f" for _ in range({epochs})]",
        "rows = [[X_batch[:, 0].tolist() for X_batch, Y_batch in epoch] for epoch in epochs]",
    ):
        trace.line(line)
    result: dict[str, Any] = subject.remembered(
        ("batches", id(case), shuffle, epochs, columns),
        case,
        lambda: subject.session.call(
            "batches",
            N=case.N,
            columns=columns,
            batch_size=case.batch_size,
            shuffle=shuffle,
            epochs=epochs,
            seed=case.seed,
        ),
    )
    return result


@dataclass(frozen=True)
class Stop:
    """Where a scripted training ended: at which validation (from 0), after how many steps."""

    validation: int | None
    steps: int
    validated_at: tuple[int, ...]
    history: Any


def stop(subject: Subject, case: StoppingCase) -> Stop:
    """Run the submission's own `train` on a script of validation losses."""
    trace = subject.trace
    trace.import_from("task2", "LogisticTrainer")
    N = 2 * case.num_batches
    for line in (
        f"losses = iter({case.source or list(case.losses)})",
        f"X_train, Y_train = np.zeros(({N}, {INPUTS})), np.zeros(({N}, 1))",
        "X_val, Y_val = X_train, Y_train",
        "class Model:",
        f"    w = np.zeros(({INPUTS}, 1))",
        "class Trainer(LogisticTrainer):",
        "    validations = 0",
        "    def train_step(self, X_batch, Y_batch):",
        "        return 0.5",
        "    def validation_step(self):",
        "        self.validations += 1",
        "        grown = 1e-4 * (self.validations - 1)",
        "        return np.float64(next(losses, 1.0)), {} + grown, {} + grown".format(
            *SCRIPTED_ACCURACIES
        ),
        "model, learning_rate, batch_size, shuffle_dataset = Model(), 0.05, 2, False",
        "trainer = "
        + subject.session.manifest["trainers"]["task2"].replace("LogisticTrainer", "Trainer", 1),
        "history = trainer.train(500)",
    ):
        trace.line(line)
    done = subject.scripted_training(case)
    validated = tuple(int(step) for step in done["validated_at"])
    if not validated:
        raise Violation(
            "`train` never called `validation_step`",
            "no validation",
            "a validation every num_batches // 5 steps",
            "trainer.validations",
        )
    ran_through = done["steps"] >= case.epochs * case.num_batches
    ended = len(validated) - 1 if done["returned"] and not ran_through else None
    return Stop(ended, int(done["steps"]), validated, done["history"])


def _targets(subject: Subject, task: str, labels: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return subject.binary_targets(labels) if task == "task2" else subject.targets(labels)


@dataclass(frozen=True)
class Reading:
    """How a submission reads the rule: `failures` in a row to beat the best end the training.

    `at_epoch_end`: it leaves the loop only when the epoch is over. None for what is no reading.
    """

    failures: int
    at_epoch_end: bool

    @property
    def says(self) -> str:
        when = " at the end of the epoch" if self.at_epoch_end else ""
        return f"stops{when} at failure {self.failures} in a row to beat the best validation loss"

    def stops(self, case: StoppingCase) -> int:
        """The index of the last validation under this reading."""
        due = case.best + self.failures
        if not self.at_epoch_end:
            return due
        return due + (4 - due % 5)


def reading(subject: Subject) -> Reading | None:
    """The submission's reading of the rule, measured once on plain scripts."""
    if "reading" not in subject.memory:
        kept = subject.trace
        subject.memory["reading"] = _measured_reading(subject)
        subject.trace = kept  # where measuring raised, its own calls are what shows why
        found = subject.memory["reading"]
        if found is not None:
            subject.measured["early stopping"] = found.says
    measured: Reading | None = subject.memory["reading"]
    return measured


def _measured_reading(subject: Subject) -> Reading | None:
    stops = []
    for case in PLAIN_SCRIPTS:
        subject.begin()
        stops.append(stop(subject, case).validation)
    for failures in ACCEPTED_FAILURES:
        for at_epoch_end in (False, True):
            candidate = Reading(failures, at_epoch_end)
            if stops == [candidate.stops(case) for case in PLAIN_SCRIPTS]:
                return candidate
    return None


def not_active(subject: Subject) -> None:
    """Say what the source shows of a training that never stops.

    Raises ForAPerson where early stopping is written there and switched off, NotWritten where
    nothing in `train` could end its loops early.
    """
    path = subject.session.submission / "trainer.py"
    found = source.switched_off_stopping(path)
    if found:
        raise ForAPerson(
            f"early stopping is written in trainer.py but switched off (line {found}); "
            "a person decides what it is worth"
        )
    # After that: a rule that is commented out leaves its loops no more than one that is missing.
    if source.never_leaves_its_loops(path, FUNCTIONS["2d.stopping"][1]):
        raise NotWritten(
            "not written yet: nothing in `train` ends its loops early",
            "no end before the last epoch",
            "an end after ten failures in a row",
        )


def history_series(stop_: Stop, part: int, key: str, name: str) -> tuple[Any, Any]:
    """Steps and values of one history that `train` returned, or a violation that names it."""
    side = ("train_history", "val_history")[part]
    parts = stop_.history
    if not isinstance(parts, list) or len(parts) < 2 or key not in parts[part]:
        raise Violation(
            f"`{side}` has no entry {key!r}",
            "no such entry",
            f"{side}[{key!r}], a dict from global step to value",
            f"history[{part}].keys()",
        )
    series = parts[part][key]
    if len(series["steps"]) != len(series["values"]):
        raise WorkerFailure("protocol error", ": a history whose steps and values differ in number")
    return (
        expect.array(series["steps"], f"{name} steps"),
        expect.array(series["values"], f"{name} values"),
    )
