"""Mistakes in `train_step` (tasks 2b and 3b), the same for both models."""

from __future__ import annotations

import numpy as np

from reference import logistic, softmax
from reference.faults.declare import fault
from reference.shapes import Array


def cross_entropy_loss(targets: Array, outputs: Array) -> float:
    """The right loss of either model, under the name it has in a submission."""
    module = logistic if targets.shape[1] == 1 else softmax
    return module.cross_entropy_loss(targets, outputs)


@fault(
    "2b.train_step.uphill",
    "3b.train_step.uphill",
    says="the step goes uphill: the gradient is added to the weights",
    fix="gradient descent goes against the gradient",
    seen="7 / 5",
)
def uphill(self, X_batch, Y_batch):
    outputs = self.model.forward(X_batch)
    loss = cross_entropy_loss(Y_batch, outputs)
    self.model.backward(X_batch, outputs, Y_batch)
    self.model.w = self.model.w + self.learning_rate * self.model.grad
    return loss


@fault(
    "2b.train_step.no-update",
    "3b.train_step.no-update",
    says="the weights are not updated",
    fix="take a step against the gradient after `backward`",
)
def no_update(self, X_batch, Y_batch):
    outputs = self.model.forward(X_batch)
    self.model.backward(X_batch, outputs, Y_batch)
    return cross_entropy_loss(Y_batch, outputs)


@fault(
    "2b.train_step.no-rate",
    "3b.train_step.no-rate",
    says="the whole gradient is subtracted: the learning rate is left out",
    fix="multiply the gradient by the trainer's learning rate",
)
def no_rate(self, X_batch, Y_batch):
    outputs = self.model.forward(X_batch)
    self.model.backward(X_batch, outputs, Y_batch)
    self.model.w = self.model.w - self.model.grad
    return cross_entropy_loss(Y_batch, outputs)


@fault(
    "2b.train_step.divided",
    "3b.train_step.divided",
    says="the step is divided by the batch size, by which the gradient is divided already",
    fix="leave the mean to `backward`",
)
def divided(self, X_batch, Y_batch):
    outputs = self.model.forward(X_batch)
    self.model.backward(X_batch, outputs, Y_batch)
    self.model.w = self.model.w - self.learning_rate * self.model.grad / X_batch.shape[0]
    return cross_entropy_loss(Y_batch, outputs)


@fault(
    "2b.train_step.replaced",
    "3b.train_step.replaced",
    says="the weights are replaced by the step instead of moved by it",
    fix="subtract the step from the weights",
)
def replaced(self, X_batch, Y_batch):
    outputs = self.model.forward(X_batch)
    self.model.backward(X_batch, outputs, Y_batch)
    self.model.w = -self.learning_rate * self.model.grad
    return cross_entropy_loss(Y_batch, outputs)


@fault(
    "2b.train_step.no-backward",
    "3b.train_step.no-backward",
    says="`backward` is never called, so there is no gradient of this batch",
    fix="call it with the batch, its outputs and its targets before the update",
)
def no_backward(self, X_batch, Y_batch):
    outputs = self.model.forward(X_batch)
    self.model.grad = np.zeros_like(self.model.w)
    self.model.w = self.model.w - self.learning_rate * self.model.grad
    return cross_entropy_loss(Y_batch, outputs)


@fault(
    "2b.train_step.swapped",
    "3b.train_step.swapped",
    says="outputs and targets have changed places in the call of `backward`",
    fix="mind the order of its parameters: X, outputs, targets",
)
def swapped(self, X_batch, Y_batch):
    outputs = self.model.forward(X_batch)
    self.model.backward(X_batch, Y_batch, outputs)
    self.model.w = self.model.w - self.learning_rate * self.model.grad
    return cross_entropy_loss(Y_batch, outputs)


@fault(
    "2b.train_step.zero-loss",
    "3b.train_step.zero-loss",
    says="0 is returned as the loss",
    fix="return the cross entropy of the batch",
)
def zero_loss(self, X_batch, Y_batch):
    outputs = self.model.forward(X_batch)
    self.model.backward(X_batch, outputs, Y_batch)
    self.model.w = self.model.w - self.learning_rate * self.model.grad
    return 0


@fault(
    "2b.train_step.no-loss",
    "3b.train_step.no-loss",
    says="nothing is returned",
    fix="return the cross entropy of the batch",
)
def no_loss(self, X_batch, Y_batch):
    outputs = self.model.forward(X_batch)
    self.model.backward(X_batch, outputs, Y_batch)
    self.model.w = self.model.w - self.learning_rate * self.model.grad


@fault(
    "2b.train_step.outputs-for-loss",
    "3b.train_step.outputs-for-loss",
    says="the outputs are returned where the loss should be",
    fix="return the cross entropy of the batch",
)
def outputs_for_loss(self, X_batch, Y_batch):
    outputs = self.model.forward(X_batch)
    self.model.backward(X_batch, outputs, Y_batch)
    self.model.w = self.model.w - self.learning_rate * self.model.grad
    return outputs


@fault(
    "2b.train_step.other-images",
    "3b.train_step.other-images",
    says="the gradient is taken at other images than the batch's",
    fix="pass the same batch to `forward` and `backward`",
)
def other_images(self, X_batch, Y_batch):
    outputs = self.model.forward(X_batch)
    self.model.backward(X_batch * 0, outputs, Y_batch)
    self.model.w = self.model.w - self.learning_rate * self.model.grad
    return cross_entropy_loss(Y_batch, outputs)


def _halved_penalty(self, X_batch, Y_batch):
    outputs = self.model.forward(X_batch)
    self.model.backward(X_batch, outputs, Y_batch)
    step = self.model.grad + self.model.l2_reg_lambda * self.model.w
    self.model.w = self.model.w - self.learning_rate * step
    return cross_entropy_loss(Y_batch, outputs)


@fault(
    "3b.train_step.penalty-again",
    says="`train_step` adds an L2 term to the gradient, which has it from `backward` already",
    fix="leave the penalty to `SoftmaxModel.backward` alone",
    others=(_halved_penalty,),
)
def penalty_again(self, X_batch, Y_batch):
    outputs = self.model.forward(X_batch)
    self.model.backward(X_batch, outputs, Y_batch)
    step = self.model.grad + 2 * self.model.l2_reg_lambda * self.model.w
    self.model.w = self.model.w - self.learning_rate * step
    return cross_entropy_loss(Y_batch, outputs)
