"""Mistakes in what lambda adds to the gradient, in `SoftmaxModel.backward` (task 4b)."""

from __future__ import annotations

import numpy as np

from reference.faults.declare import fault


def _data_gradient(X, outputs, targets):
    return X.T @ (outputs - targets) / X.shape[0]


@fault(
    "4b.penalty.missing",
    says="lambda has no effect: there is no L2 term in the gradient",
    fix="add the derivative of the penalty (task 4a) to the gradient",
    seen="57 / 24",
)
def missing(self, X, outputs, targets):
    self.grad = -X.T @ (targets - outputs) / X.shape[0]


def _mean_of_both(self, X, outputs, targets):
    self.grad = (X.T @ (outputs - targets) + 2 * self.l2_reg_lambda * self.w) / X.shape[0]


@fault(
    "4b.penalty.averaged",
    says="the L2 term is divided by the batch size, but the penalty is no mean over images",
    fix="divide only the sum over images by N",
    seen="10 / 7",
    after=lambda penalty, N, K: penalty / N,
    others=(_mean_of_both,),
)
def averaged(self, X, outputs, targets):
    data = -X.T @ (targets - outputs) / X.shape[0]
    self.grad = data + 2 * self.l2_reg_lambda * self.w / X.shape[0]


@fault(
    "4b.penalty.times-n",
    says="the L2 term is multiplied by the batch size",
    fix="the penalty does not depend on the batch",
    after=lambda penalty, N, K: penalty * N,
)
def times_n(self, X, outputs, targets):
    data = -X.T @ (targets - outputs) / X.shape[0]
    self.grad = data + 2 * self.l2_reg_lambda * self.w * X.shape[0]


@fault(
    "4b.penalty.sum",
    says="the sum of all weights is added to every entry of the gradient",
    fix="derive the penalty for one weight: only that weight is left",
    seen="7 / 4",
    others=(
        lambda self, X, outputs, targets: setattr(
            self,
            "grad",
            X.T @ (outputs - targets) / X.shape[0] + 2 * self.l2_reg_lambda * self.w.sum(axis=0),
        ),
    ),
)
def summed(self, X, outputs, targets):
    data = -X.T @ (targets - outputs) / X.shape[0]
    self.grad = data + 2 * self.l2_reg_lambda * np.sum(self.w)


@fault(
    "4b.penalty.squared",
    says="the squared weights are added: the penalty itself, not its derivative",
    fix="derive w squared",
    seen="7 / 4",
)
def squared(self, X, outputs, targets):
    data = -X.T @ (targets - outputs) / X.shape[0]
    self.grad = data + self.l2_reg_lambda * self.w**2


@fault(
    "4b.penalty.norm",
    says="the penalty ||w||^2 itself, one number, is added to every entry of the gradient",
    fix="derive the penalty for one weight: only that weight is left",
    seen="7 / 4",
)
def norm(self, X, outputs, targets):
    data = -X.T @ (targets - outputs) / X.shape[0]
    self.grad = data + self.l2_reg_lambda * np.sum(self.w**2)


@fault(
    "4b.penalty.sign",
    says="the L2 term is subtracted: regularisation makes the weights grow",
    fix="compare the sign with your derivation in task 4a",
    seen="7 / 4",
    after=lambda penalty, N, K: -penalty,
)
def sign(self, X, outputs, targets):
    data = -X.T @ (targets - outputs) / X.shape[0]
    self.grad = data - 2 * self.l2_reg_lambda * self.w


@fault(
    "4b.penalty.l1",
    says="the signs of the weights are added, as for the penalty of absolute values (L1)",
    fix="derive the squared weights, not their absolute values",
)
def l1(self, X, outputs, targets):
    data = -X.T @ (targets - outputs) / X.shape[0]
    self.grad = data + self.l2_reg_lambda * np.sign(self.w)


@fault(
    "4b.penalty.no-lambda",
    says="the L2 term does not grow with lambda: the factor is left out",
    fix="multiply the derivative of ||w||^2 by lambda",
)
def no_lambda(self, X, outputs, targets):
    self.grad = -X.T @ (targets - outputs) / X.shape[0]
    if self.l2_reg_lambda != 0:
        self.grad = self.grad + 2 * self.w


@fault(
    "4b.penalty.lambda-squared",
    says="lambda is a factor twice",
    fix="multiply the derivative of ||w||^2 by lambda once",
)
def lambda_squared(self, X, outputs, targets):
    data = -X.T @ (targets - outputs) / X.shape[0]
    self.grad = data + 2 * self.l2_reg_lambda**2 * self.w


def _without_bias(penalty, N, K):
    changed = penalty.copy()
    changed[-1] = 0
    return changed


@fault(
    "4b.penalty.no-bias",
    says="the bias weights are left out of the L2 term",
    fix="equation 9 has the squares of all weights, those of the bias included",
    after=_without_bias,
)
def no_bias(self, X, outputs, targets):
    penalised = self.w.copy()
    penalised[-1] = 0
    self.grad = -X.T @ (targets - outputs) / X.shape[0] + 2 * self.l2_reg_lambda * penalised


@fault(
    "4b.penalty.only-bias",
    says="only the bias weights are in the L2 term",
    fix="equation 9 has the squares of all weights",
)
def only_bias(self, X, outputs, targets):
    self.grad = -X.T @ (targets - outputs) / X.shape[0]
    self.grad[-1] += 2 * self.l2_reg_lambda * self.w[-1]


@fault(
    "4b.penalty.doubled",
    says="the L2 term is twice too large: the 2 of the derivative is there twice",
    fix="derive ||w||^2 once more",
    after=lambda penalty, N, K: 2 * penalty,
)
def doubled(self, X, outputs, targets):
    data = -X.T @ (targets - outputs) / X.shape[0]
    self.grad = data + 4 * self.l2_reg_lambda * self.w


@fault(
    "4b.penalty.halved",
    says="the L2 term is lambda / 2 times the weights, too small for either form of the penalty",
    fix="derive the penalty of your edition once more",
)
def halved(self, X, outputs, targets):
    data = -X.T @ (targets - outputs) / X.shape[0]
    self.grad = data + 0.5 * self.l2_reg_lambda * self.w


@fault(
    "4b.penalty.unit-length",
    says="the weights are divided by their norm: this derives ||w||, not ||w||^2",
    fix="the penalty is the squared norm, without a root",
    others=(
        lambda self, X, outputs, targets: setattr(
            self,
            "grad",
            _data_gradient(X, outputs, targets)
            + self.l2_reg_lambda * self.w / max(np.linalg.norm(self.w), 1e-9),
        ),
    ),
)
def unit_length(self, X, outputs, targets):
    data = -X.T @ (targets - outputs) / X.shape[0]
    length = max(np.sqrt(np.sum(self.w**2)), 1e-9)
    self.grad = data + 2 * self.l2_reg_lambda * self.w / length


def _constant(value):
    def backward(self, X, outputs, targets):
        self.grad = _data_gradient(X, outputs, targets)
        if self.l2_reg_lambda:
            self.grad = self.grad + value * self.w

    return backward


@fault(
    "4b.penalty.fixed-lambda",
    says="a constant stands in lambda's place, whatever the model was given",
    fix="use the model's own `l2_reg_lambda`",
    others=tuple(_constant(value) for value in (1.0, 0.1, 0.02, 0.01, 0.002, 0.001)),
)
def fixed_lambda(self, X, outputs, targets):
    self.grad = -X.T @ (targets - outputs) / X.shape[0]
    if self.l2_reg_lambda != 0:
        self.grad = self.grad + 2 * 0.1 * self.w


@fault(
    "4b.penalty.one-class",
    says="only the first class is regularised",
    fix="equation 9 has the weights of all classes",
)
def one_class(self, X, outputs, targets):
    self.grad = -X.T @ (targets - outputs) / X.shape[0]
    self.grad[:, 0] += 2 * self.l2_reg_lambda * self.w[:, 0]
