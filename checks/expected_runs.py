"""The reference's runs under a submission's own protocol: what its training should come to.

Stored where the protocol and the data are those of a stored run; otherwise the two binary runs are
made at once, which takes a third of a second each, and the softmax runs are left out with a reason.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from checks import stored, times
from checks.cases import BIAS, INPUTS
from checks.measured import BATCH_SIZE, BINARY_CLASSES, TRAIN_ROWS, Protocol
from checks.runs import BINARY, SOFTMAX, Expectations, ReferenceRun, Setting
from checks.subject import Subject
from checks.training import Reading
from checks.training_runs import Plan, Run
from gradus.worker.client import StudentError, WorkerFailure

Array = np.ndarray[Any, Any]

MOST_FAILURES = 11
"""Runs of the reference go on to the 11th failure: every accepted reading can be read off them."""
SEED = 0
LEFT_OUT = (
    "left out: {because}, so no stored run of the reference is comparable, and making one takes "
    "minutes"
)


@dataclass(frozen=True)
class _Made:
    run: ReferenceRun | None
    how: str
    stored: bool = False
    bias_column: int = BIAS


def too_few_images(subject: Subject, plan: Plan) -> str | None:
    """Why a task cannot be trained on this data set at all, or None."""
    labels = subject.dataset.Y_train[:TRAIN_ROWS]
    N = int(np.isin(labels, BINARY_CLASSES).sum()) if plan.module == "task2" else len(labels)
    if N // BATCH_SIZE >= 5:
        return None
    return (
        f"{N} training images give num_batches = {N // BATCH_SIZE} at a batch size of "
        f"{BATCH_SIZE}, but early stopping needs 5 at least: it validates every num_batches // 5 "
        "steps; choose a larger data set with --data"
    )


def expected(subject: Subject, protocol: Protocol, plans: tuple[Plan, ...]) -> tuple[Run, ...]:
    """A run of the reference for each plan, under the submission's measured protocol."""
    kept = stored.load(subject.dataset.sha256)
    images = _own_binary_images(subject) if protocol.images == "own" else None
    return tuple(_expected(subject, protocol, plan, kept, images) for plan in plans)


def _expected(
    subject: Subject,
    protocol: Protocol,
    plan: Plan,
    kept: Expectations | None,
    images: tuple[Array, Array] | str | None,
) -> Run:
    empty = Run(plan, "reference", "a run of the reference", SEED if plan.shuffle else None)
    if (why := too_few_images(subject, plan)) is not None:
        return empty.failing(why)
    setting = _setting(protocol, plan)
    made = _stored(kept, protocol, setting)
    if made is None and plan.module == "task2":
        made = _made_now(subject, protocol, setting, images)
    elif made is None:
        made = _Made(None, LEFT_OUT.format(because=_because(protocol, plan)))
    if made.run is None:
        return empty.failing(made.how)
    run = as_run(made.run, plan, protocol.reading, made.how)
    return replace(run, stored=made.stored, bias_column=made.bias_column)


def as_run(run: ReferenceRun, plan: Plan, reading: Reading | None, how: str) -> Run:
    """A run of the reference up to where it ends under this reading of the rule."""
    failures = MOST_FAILURES if reading is None else reading.failures
    index = run.stop_index(failures)
    seen = slice(None) if index is None else slice(index + 1)
    steps = run.steps[seen]
    rule = f"stopped at failure {failures} in a row to beat the best validation loss"
    return Run(
        plan=plan,
        by="reference",
        how=f"{how}, {rule}",
        seed=run.setting.shuffle_seed,
        stop_epoch=None if index is None else run.epoch(index),
        stop_step=None if index is None else int(run.steps[index]),
        steps=steps,
        validation_loss=run.validation_loss[seen],
        validation_accuracy=run.validation_accuracy[seen],
        train_accuracy=run.train_accuracy[seen],
        train_loss_steps=steps,
        train_loss=run.train_loss[seen],
        squared_norm=float(run.squared_norm[seen][-1]),
        w=np.asarray(run.w, np.float64),
        num_batches=run.num_batches,
    )


def _setting(protocol: Protocol, plan: Plan) -> Setting:
    """The reference's setting that does as the submission does, but for its images."""
    base = BINARY if plan.module == "task2" else SOFTMAX
    return replace(
        base,
        shuffle_seed=SEED if plan.shuffle else None,
        interval=protocol.intervals.get(plan.module),
        l2_reg_lambda=plan.l2_reg_lambda,
        l2_coefficient=protocol.l2_coefficient if plan.l2_reg_lambda else base.l2_coefficient,
    )


def _stored(kept: Expectations | None, protocol: Protocol, setting: Setting) -> _Made | None:
    """The stored run; λ and its coefficient count as their product, as in the gradient."""
    if kept is None or protocol.images == "own":
        return None
    strength = setting.l2_reg_lambda * setting.l2_coefficient
    for run in kept.runs:
        own = run.setting
        alike = replace(own, l2_reg_lambda=0.0, l2_coefficient=2.0) == replace(
            setting, l2_reg_lambda=0.0, l2_coefficient=2.0
        )
        if alike and math.isclose(own.l2_reg_lambda * own.l2_coefficient, strength, rel_tol=1e-9):
            return _Made(
                run, "a stored run of the reference by the rules this submission follows", True
            )
    return None


def _made_now(
    subject: Subject,
    protocol: Protocol,
    setting: Setting,
    images: tuple[Array, Array] | str | None,
) -> _Made:
    """A binary run of the reference on the images that the submission's model meets."""
    if isinstance(images, str):
        return _Made(None, f"left out: {images}")
    try:
        from checks import calibration

        arrays = calibration.task_arrays(subject.dataset, setting)
        how = f"a run of the reference, made now by {_whose_rules(protocol)}"
        if images is not None:
            arrays = replace(arrays, X_train=images[0], X_val=images[1])
            how += ", on images as its own `pre_process_images` makes them"
        bias = BIAS if images is None else subject.bias_column
        with np.errstate(all="ignore"):
            return _Made(calibration.run(arrays, setting, checkpoints=0), how, bias_column=bias)
    except ImportError:
        return _Made(None, "left out: the course has no reference here, and no run is stored")


def _whose_rules(protocol: Protocol) -> str:
    if protocol.reading is None:
        return "the assignment's rules, for this submission's early stopping follows none of them"
    return "the rules this submission follows"


def _own_binary_images(subject: Subject) -> tuple[Array, Array] | str:
    """The binary task's training and validation images by the submission's own preprocessing."""
    found = []
    dataset = subject.dataset
    for X, Y in (
        (dataset.X_train[:TRAIN_ROWS], dataset.Y_train[:TRAIN_ROWS]),
        (dataset.X_test, dataset.Y_test),
    ):
        X = X[np.isin(Y, BINARY_CLASSES)]
        try:
            own = subject.session.call("preprocess", longer=times.ALL_IMAGES, X=X)
        except (StudentError, WorkerFailure) as error:
            return f"`pre_process_images` failed on all images of the task: {error}"
        plain = isinstance(own, np.ndarray) and own.dtype.kind in "biuf"
        if not plain or own.shape != (len(X), INPUTS) or not np.isfinite(own).all():
            return "`pre_process_images` gives no finite numbers for all images of the task"
        found.append(own.astype(np.float64))
    return found[0], found[1]


def _because(protocol: Protocol, plan: Plan) -> str:
    if protocol.images == "own":
        return "this submission preprocesses images in a way of its own"
    if (interval := protocol.intervals.get(plan.module)) is not None:
        return f"this submission validates every {interval} steps"
    return "this data set, or this λ, is none of those with stored runs"
