"""Task 2b: one step of gradient descent, judged with a scripted model."""

from __future__ import annotations

from checks import steps
from checks.training_cases import BINARY_STEPS, BINARY_VALIDATIONS
from gradus.law import law

TASK = "task2"


@law("2b.train_step.value", cases=BINARY_STEPS, weight=3)
def test_a_binary_step_is_gradient_descent(subject, oracle, case):
    """`train_step` moves the weights by one step of gradient descent, at learning rate 0.05."""
    steps.descends(subject, TASK, case)


@law("2b.train_step.batch", cases=BINARY_STEPS)
def test_a_binary_step_takes_the_gradient_of_its_batch(subject, oracle, case):
    """`train_step` calls `backward` with its own batch and the outputs of `forward` for it."""
    steps.uses_its_batch(subject, TASK, case)


@law("2b.train_step.loss", cases=BINARY_STEPS)
def test_a_binary_step_returns_the_batch_loss(subject, oracle, case):
    """`train_step` returns the cross entropy of its batch."""
    steps.returns_loss(subject, TASK, case)


@law("2b.train_step.validation", cases=BINARY_VALIDATIONS)
def test_a_binary_validation_measures_the_right_sets(subject, oracle, case):
    """`validation_step` returns the validation loss, the training and the validation accuracy."""
    steps.validates(subject, TASK, case)
