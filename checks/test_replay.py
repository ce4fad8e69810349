"""Evidence for tasks 2b, 2d, 2e, 3b and 4b: replays of training.

They are worth no points; where they contradict the laws, a person should look.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from checks import checkpoints, replay, stored, training
from checks.measured import protocol
from checks.runs import BINARY, SOFTMAX
from checks.training_cases import StoppingCase
from gradus import expect
from gradus.expect import ForAPerson
from gradus.law import law

BINARY_PIECES = ("2a.loss", "2a.forward", "2a.backward", "2c.accuracy")
SOFTMAX_PIECES = ("3a.loss", "3a.forward", "3a.backward", "3c.accuracy")
"""What a real step and a real validation go through besides the trainer's own code."""
BINARY_TRAINING = (*BINARY_PIECES, "2d.stopping")
SOFTMAX_TRAINING = (*SOFTMAX_PIECES, "2d.stopping")
"""What real epochs go through besides the trainer's own steps, whichever order and lambda."""


@law("2b.train_step.replay", kind="evidence", long=True, goes_through=BINARY_TRAINING)
def test_binary_training_is_descent_on_its_own_pieces(subject, oracle):
    """Three real epochs end with the weights of gradient descent on the submission's own pieces."""
    replay.agrees(subject, "task2", 0.0)


@law("3b.train_step.replay", kind="evidence", long=True, goes_through=SOFTMAX_TRAINING)
def test_softmax_training_is_descent_on_its_own_pieces(subject, oracle):
    """Three real epochs with lambda 0.1 end with the weights of descent on its own pieces."""
    replay.agrees(subject, "task3", 0.1)


@law(
    "2e.shuffling.replay",
    kind="evidence",
    long=True,
    rests_on=("2e.shuffling",),
    goes_through=("2b.train_step", *BINARY_TRAINING),
)
def test_training_shuffles_where_the_trainer_is_told_to(subject, oracle):
    """`train` goes through the training set in its order, and shuffled with `shuffle_dataset`."""
    replay.shuffles_when_told(subject)


@law("2d.stopping.replay", kind="evidence", long=True)
def test_early_stopping_on_the_losses_of_a_real_run(subject, oracle):
    """On the validation losses of a whole run of the reference, `train` stops where it should."""
    run = _stored(subject, BINARY)
    reading = training.reading(subject)
    if reading is None:
        raise ForAPerson("early stopping follows no reading that can be replayed")
    expected = run.stop_index(reading.failures)
    if expected is not None and reading.at_epoch_end:
        expected = run.last_of_epoch(expected)
    losses = tuple(float(loss) for loss in run.validation_loss)
    worse = tuple(losses[-1] + 1e-3 * (1 + i) for i in range(30))
    stopped = training.stop(
        subject, StoppingCase((*losses, *worse), int(np.argmin(losses)), run.num_batches)
    )
    subject.begin()  # two hundred losses explain nothing to anybody
    expect.holds(
        stopped.validation == expected,
        f"on the losses of a real run `train` stops at validation {stopped.validation}, but its "
        f"own rule ({reading.says}) gives {expected}",
        got=f"validation {stopped.validation}",
        should_be=f"validation {expected}",
        expression="trainer.validations - 1",
    )


@law("2b.train_step.checkpoints", kind="evidence", long=True, rests_on=BINARY_PIECES)
def test_binary_steps_along_a_real_run_are_the_reference_s(subject, oracle):
    """At places along a whole run, one real `train_step` is the reference's step, and one real
    `validation_step` finds the loss and the accuracies of the weights there.
    """
    _follows(subject, "task2", BINARY)


@law("3b.train_step.checkpoints", kind="evidence", long=True, rests_on=SOFTMAX_PIECES)
def test_softmax_steps_along_a_real_run_are_the_reference_s(subject, oracle):
    """At places along a whole run, one real `train_step` is the reference's step, and one real
    `validation_step` finds the loss and the accuracies of the weights there.
    """
    _follows(subject, "task3", SOFTMAX)


@law(
    "4b.penalty.checkpoints",
    kind="evidence",
    long=True,
    rests_on=(*SOFTMAX_PIECES, "3b.train_step", "4b.penalty"),
)
def test_regularised_steps_along_real_runs_are_the_reference_s(subject, oracle):
    """Along whole runs with each lambda, one real `train_step` is the reference's step."""
    lambdas = protocol(subject).lambdas
    subject.begin()  # the script that told the lambdas explains nothing here
    for l2_reg_lambda in lambdas:
        run = _stored(subject, *_nearest_settings(subject, l2_reg_lambda))
        for place in run.checkpoints:
            X, Y = replay.task_rows(subject, "task3", place.rows)
            w = place.w.astype(np.float64)
            checkpoints.step_agrees(subject, "task3", X, Y, w, l2_reg_lambda)


def _nearest_settings(subject, l2_reg_lambda):
    """The run of this lambda and coefficient, else one of this lambda: any weights will do."""
    strength = l2_reg_lambda * subject.l2_coefficient / 2
    return [replace(SOFTMAX, l2_reg_lambda=each) for each in (strength, l2_reg_lambda)]


def _follows(subject, task, setting):
    run = _stored(subject, setting)
    sample = replay.task_data(subject, task, checkpoints.SAMPLE_TRAIN, checkpoints.SAMPLE_VAL)
    for place in run.checkpoints:
        X, Y = replay.task_rows(subject, task, place.rows)
        w = place.w.astype(np.float64)
        checkpoints.step_agrees(subject, task, X, Y, w)
        checkpoints.validation_agrees(subject, task, sample, w)


def _stored(subject, *settings):
    """The first of these runs of the reference that is stored."""
    expectations = stored.load(subject.dataset.sha256)
    for setting in settings:
        run = expectations.run(setting) if expectations else None
        if run is not None and run.checkpoints:
            return run
    raise ForAPerson("no run of the reference is stored for this data set")
