"""Task 3b: one step of gradient descent on the softmax model, judged with a scripted model."""

from __future__ import annotations

from checks import steps
from checks.training_cases import L2_REG_LAMBDA, SOFTMAX_STEPS, SOFTMAX_VALIDATIONS
from gradus.law import law

TASK = "task3"


@law("3b.train_step.value", cases=SOFTMAX_STEPS, weight=3)
def test_a_softmax_step_is_gradient_descent(subject, oracle, case):
    """`train_step` moves the weights by one step of gradient descent, at learning rate 0.01."""
    steps.descends(subject, TASK, case)


@law("3b.train_step.batch", cases=SOFTMAX_STEPS)
def test_a_softmax_step_takes_the_gradient_of_its_batch(subject, oracle, case):
    """`train_step` calls `backward` with its own batch and the outputs of `forward` for it."""
    steps.uses_its_batch(subject, TASK, case)


@law("3b.train_step.loss", cases=SOFTMAX_STEPS)
def test_a_softmax_step_returns_the_batch_loss(subject, oracle, case):
    """`train_step` returns the cross entropy of its batch."""
    steps.returns_loss(subject, TASK, case)


@law("3b.train_step.penalty", cases=SOFTMAX_STEPS)
def test_a_softmax_step_leaves_the_penalty_to_backward(subject, oracle, case):
    """With lambda too, `train_step` subtracts what `backward` set: L2 is in that gradient."""
    steps.penalises_once(subject, TASK, case, L2_REG_LAMBDA)


@law("3b.train_step.validation", cases=SOFTMAX_VALIDATIONS)
def test_a_softmax_validation_measures_the_right_sets(subject, oracle, case):
    """`validation_step` returns the validation loss, the training and the validation accuracy."""
    steps.validates(subject, TASK, case)
