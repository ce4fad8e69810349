"""Mistakes in the binary loss, `BinaryModel.forward` and `BinaryModel.backward` (task 2a)."""

from __future__ import annotations

import numpy as np

from reference.faults.declare import fault


@fault(
    "2a.loss.sign",
    says="the minus sign in front of the sum is missing: the loss falls where it should rise",
    fix="compare the sign of your loss with equation 3; a cross entropy is never negative",
    seen="7 / 5",
    after=lambda loss, N, K: -loss,
)
def loss_sign(targets, outputs):
    return np.mean(targets * np.log(outputs) + (1 - targets) * np.log(1 - outputs))


@fault(
    "2a.loss.not-averaged",
    says="the losses of the images are summed, not averaged over the batch",
    fix="equation 3 is a mean over the N images; use it in loss and gradient alike",
    seen="4 / 4",
    after=lambda loss, N, K: loss * N,
)
def loss_not_averaged(targets, outputs):
    return -np.sum(targets * np.log(outputs) + (1 - targets) * np.log(1 - outputs))


def _flat(targets, outputs):
    loss = -(targets * np.log(outputs) + (1 - targets) * np.log(1 - outputs))
    return loss[:, 0]


@fault(
    "2a.loss.per-image",
    says="one loss for each image is returned instead of one number for the batch",
    fix="take the mean over the images before returning",
    seen="4 / 3",
    others=(_flat,),
)
def loss_per_image(targets, outputs):
    return -(targets * np.log(outputs) + (1 - targets) * np.log(1 - outputs))


def _swapped_with_epsilon(epsilon):
    def loss(targets, outputs):
        right, left = np.log(targets + epsilon), np.log(1 - targets + epsilon)
        return -np.mean(outputs * right + (1 - outputs) * left)

    return loss


@fault(
    "2a.loss.swapped",
    says="the loss is infinite or huge for every batch, as when outputs and targets have changed "
    "places: a logarithm of 0 is taken",
    fix="take the logarithms of the outputs, and multiply them by the targets",
    seen="4 / 3",
    others=tuple(_swapped_with_epsilon(10.0**power) for power in range(-16, -2)),
)
def loss_swapped(targets, outputs):
    return -np.mean(outputs * np.log(targets) + (1 - outputs) * np.log(1 - targets))


@fault(
    "2a.loss.averaged-twice",
    says="the loss is divided by N twice: a mean was divided by the batch size again",
    fix="average over the batch once",
    seen="2 / 2",
    after=lambda loss, N, K: loss / N,
)
def loss_averaged_twice(targets, outputs):
    loss = -(targets * np.log(outputs) + (1 - targets) * np.log(1 - outputs))
    return np.mean(loss) / targets.shape[0]


@fault(
    "2a.loss.factor-100",
    says="the sum is divided by 100, the batch of the handed-out check, instead of by N",
    fix="take the batch size from the arrays",
    seen="3 / 1",
    after=lambda loss, N, K: loss * N / 100,
)
def loss_factor_100(targets, outputs):
    return -np.sum(targets * np.log(outputs) + (1 - targets) * np.log(1 - outputs)) / 100


@fault(
    "2a.loss.halved",
    says="the loss is half of what it should be",
    fix="equation 3 has no factor of one half",
    after=lambda loss, N, K: loss / 2,
)
def loss_halved(targets, outputs):
    return -np.mean(targets * np.log(outputs) + (1 - targets) * np.log(1 - outputs)) / 2


def _other_second_factor(targets, outputs):
    y = targets.astype(float)
    return -np.mean(outputs * np.log(outputs) + (1 - y) * np.log(1 - outputs))


def _both_factors(targets, outputs):
    return -np.mean(outputs * np.log(outputs) + (1 - outputs) * np.log(1 - outputs))


@fault(
    "2a.loss.yhat-for-y",
    says="the output stands where the target should: a factor of equation 3 is yhat instead of y",
    fix="look at each factor in front of a logarithm: it is a target",
    seen="4 / 3",
    others=(_other_second_factor, _both_factors),
)
def loss_yhat_for_y(targets, outputs):
    return -np.mean(targets * np.log(outputs) + (1 - outputs) * np.log(1 - outputs))


@fault(
    "2a.loss.first-term-only",
    says="images of class 0 count nothing: the second term of equation 3 is missing",
    fix="add what an image with y = 0 contributes",
    seen="4 / 3",
)
def loss_first_term_only(targets, outputs):
    return -np.mean(targets * np.log(outputs))


@fault(
    "2a.loss.second-term-only",
    says="images of class 1 count nothing: the first term of equation 3 is missing",
    fix="add what an image with y = 1 contributes",
)
def loss_second_term_only(targets, outputs):
    return -np.mean((1 - targets) * np.log(1 - outputs))


@fault(
    "2a.loss.second-term-sign",
    says="the minus sign reaches the first term only; the second has the wrong sign",
    fix="put both terms of equation 3 inside the minus",
)
def loss_second_term_sign(targets, outputs):
    y = targets.astype(float)
    return np.mean(-y * np.log(outputs) + (1 - y) * np.log(1 - outputs))


@fault(
    "2a.loss.logs-exchanged",
    says="the two logarithms have changed places: ln(1 - yhat) goes with y = 1",
    fix="check the loss of one image with y = 1 and yhat near 1: it should be near 0",
)
def loss_logs_exchanged(targets, outputs):
    return -np.mean(targets * np.log(1 - outputs) + (1 - targets) * np.log(outputs))


@fault(
    "2a.loss.same-logarithm",
    says="both terms have the same logarithm, so an image's own class makes no difference",
    fix="compare the two logarithms with those of equation 3",
    others=(
        lambda targets, outputs: (
            -np.mean(targets * np.log(1 - outputs) + (1 - targets) * np.log(1 - outputs))
        ),
    ),
)
def loss_same_logarithm(targets, outputs):
    return -np.mean(targets * np.log(outputs) + (1 - targets) * np.log(outputs))


@fault(
    "2a.loss.same-factor",
    says="both terms have the same factor, so images of one class count nothing",
    fix="compare the factors in front of the two logarithms with those of equation 3",
    others=(
        lambda targets, outputs: (
            -np.mean((1 - targets) * np.log(outputs) + (1 - targets) * np.log(1 - outputs))
        ),
    ),
)
def loss_same_factor(targets, outputs):
    return -np.mean(targets * np.log(outputs) + targets * np.log(1 - outputs))


@fault(
    "2a.loss.truncated",
    says="losses were stored in an array made like the uint8 targets, which cut them to integers",
    fix="give the array that collects the losses a floating-point dtype",
    seen="3 / 1",
)
def loss_truncated(targets, outputs):
    loss = np.zeros_like(targets)
    for n in range(targets.shape[0]):
        y = float(targets[n, 0])
        loss[n] = -(y * np.log(outputs[n, 0]) + (1 - y) * np.log(1 - outputs[n, 0]))
    return np.mean(loss)


def _negated_first_term(targets, outputs):
    return np.mean(-targets * np.log(outputs) - (1.0 - targets) * np.log(1 - outputs))


@fault(
    "2a.loss.negated-uint8",
    says="-targets wraps around: minus a uint8 label 1 is 255",
    fix="put the minus sign in front of the whole sum, or make the targets floats first",
    others=(_negated_first_term,),
)
def loss_negated_uint8(targets, outputs):
    return np.mean(-targets * np.log(outputs) - (1 - targets) * np.log(1 - outputs))


@fault(
    "2a.loss.log-base",
    says="the logarithm has another base than e",
    fix="use the natural logarithm",
    after=lambda loss, N, K: loss / np.log(2),
    others=(
        lambda targets, outputs: (
            -np.mean(targets * np.log10(outputs) + (1 - targets) * np.log10(1 - outputs))
        ),
    ),
)
def loss_log_base(targets, outputs):
    return -np.mean(targets * np.log2(outputs) + (1 - targets) * np.log2(1 - outputs))


@fault(
    "2a.loss.squared-error",
    says="this is the squared error, not the cross entropy",
    fix="write down equation 3",
)
def loss_squared_error(targets, outputs):
    return np.mean((targets - outputs) ** 2)


def _with_epsilon(epsilon):
    def loss(targets, outputs):
        return -np.mean(
            targets * np.log(outputs + epsilon) + (1 - targets) * np.log(1 - outputs + epsilon)
        )

    return loss


def _clipped_at(epsilon):
    def loss(targets, outputs):
        p = np.clip(outputs, epsilon, 1 - epsilon)
        return -np.mean(targets * np.log(p) + (1 - targets) * np.log(1 - p))

    return loss


@fault(
    "2a.loss.epsilon",
    says="what is added or clipped to keep the logarithm finite is so large that it shows",
    fix="make it 1e-8 or smaller",
    others=(
        *(_with_epsilon(epsilon) for epsilon in (1e-1, 1e-2, 1e-4, 1e-5, 1e-6)),
        *(_clipped_at(epsilon) for epsilon in (0.1, 0.05, 0.02, 0.01, 1e-3, 1e-4)),
    ),
)
def loss_epsilon(targets, outputs):
    return -np.mean(targets * np.log(outputs + 1e-3) + (1 - targets) * np.log(1 - outputs + 1e-3))


@fault(
    "2a.forward.sign",
    says="the exponent has the wrong sign: each output is 1 - yhat",
    fix="compare the exponent's sign with equation 1",
    seen="7 / 5",
)
def forward_sign(self, X):
    return 1 / (1 + np.exp(X @ self.w))


@fault(
    "2a.forward.no-sigmoid",
    says="the logits X @ w are returned; the logistic function is missing",
    fix="apply equation 1 to the logits",
)
def forward_no_sigmoid(self, X):
    return X @ self.w


@fault(
    "2a.forward.vector",
    says="the outputs have lost a dimension: shape (N,) instead of (N, 1)",
    fix="keep one row per image and one column",
    seen="19 / 10",
    after=lambda outputs, N, K: outputs.reshape(-1),
)
def forward_vector(self, X):
    return (1 / (1 + np.exp(-X @ self.w)))[:, 0]


@fault(
    "2a.forward.transposed",
    says="the outputs stand in a row, shape (1, N), instead of in a column",
    fix="keep one row per image and one column",
    seen="19 / 10",
    after=lambda outputs, N, K: outputs.T,
)
def forward_transposed(self, X):
    return (1 / (1 + np.exp(-X @ self.w))).T


@fault(
    "2a.forward.thresholded",
    says="predictions 0 and 1 are returned instead of the outputs between them",
    fix="return the outputs themselves; the threshold belongs to the accuracy",
)
def forward_thresholded(self, X):
    return (1 / (1 + np.exp(-X @ self.w)) >= 0.5).astype(float)


@fault(
    "2a.forward.no-bias",
    says="the bias does not take part: the last column of X or of w is left out",
    fix="use all 785 columns; the bias trick makes the last one the bias",
)
def forward_no_bias(self, X):
    return 1 / (1 + np.exp(-X[:, :-1] @ self.w[:-1]))


@fault(
    "2a.forward.temperature",
    says="the logits are divided by a constant before the logistic function",
    fix="equation 1 takes X @ w as it is",
    others=(
        lambda self, X: 1 / (1 + np.exp(-X @ self.w * 2)),
        lambda self, X: 1 / (1 + np.exp(-X @ self.w / len(X))),
        lambda self, X: 1 / (1 + np.exp(-X @ self.w / X.shape[1])),
    ),
)
def forward_temperature(self, X):
    return 1 / (1 + np.exp(-X @ self.w / 2))


@fault(
    "2a.forward.missing-one",
    says="the 1 in the denominator of equation 1 is missing",
    fix="compare the denominator with equation 1",
)
def forward_missing_one(self, X):
    return 1 / np.exp(-X @ self.w)


@fault(
    "2a.forward.tanh",
    says="this is the hyperbolic tangent, not the logistic function",
    fix="apply equation 1 to the logits",
)
def forward_tanh(self, X):
    return np.tanh(X @ self.w)


@fault(
    "2a.forward.start",
    says="a new model's weights are drawn at random, but the assignment starts from zeros",
    fix="let the constructor set the weights to zeros",
)
def random_constructor(self):
    self.I = 785
    self.num_outputs = 1
    self.w = np.random.normal(0, 0.01, (self.I, self.num_outputs))
    self.grad = None


@fault(
    "2a.backward.overwritten",
    says="the gradient is all zeros: what was computed is overwritten, or was never stored",
    fix="look for the handed-out line that sets `self.grad` to zeros, and remove it",
    seen="22 / 10",
)
def backward_zero(self, X, outputs, targets):
    self.grad = -X.T @ (targets - outputs) / X.shape[0]
    self.grad = np.zeros_like(self.w)


@fault(
    "2a.backward.not-averaged",
    says="the gradient is summed over the images, but the loss is their mean",
    fix="divide the sum by the number of images in the batch",
    seen="11 / 5",
    after=lambda grad, N, K: grad * N,
)
def backward_not_averaged(self, X, outputs, targets):
    self.grad = -X.T @ (targets - outputs)


@fault(
    "2a.backward.averaged-twice",
    says="the gradient is divided by N twice",
    fix="average over the batch once",
    seen="2 / 2",
    after=lambda grad, N, K: grad / N,
)
def backward_averaged_twice(self, X, outputs, targets):
    self.grad = -X.T @ (targets - outputs) / X.shape[0] ** 2


@fault(
    "2a.backward.sign",
    says="the gradient has the wrong sign: it points downhill",
    fix="compare the sign with equation 6, and mind the order of y and yhat",
    seen="7 / 5",
    after=lambda grad, N, K: -grad,
)
def backward_sign(self, X, outputs, targets):
    self.grad = X.T @ (targets - outputs) / X.shape[0]


@fault(
    "2a.backward.factor-100",
    says="the sum is divided by 100, the batch of the handed-out check, instead of by N",
    fix="take the batch size from the arrays",
    seen="3 / 1",
    after=lambda grad, N, K: grad * N / 100,
)
def backward_factor_100(self, X, outputs, targets):
    self.grad = -X.T @ (targets - outputs) / 100


@fault(
    "2a.backward.batch-of-128",
    says="the sum is divided by 128 whatever the batch is",
    fix="take the batch size from the arrays",
    after=lambda grad, N, K: grad * N / 128,
)
def backward_batch_of_128(self, X, outputs, targets):
    self.grad = -X.T @ (targets - outputs) / 128


@fault(
    "2a.backward.over-inputs",
    says="the sum is divided by the number of weights instead of the number of images",
    fix="check which axis of X counts the images",
    after=lambda grad, N, K: grad * N / 785,
)
def backward_over_inputs(self, X, outputs, targets):
    self.grad = -X.T @ (targets - outputs) / X.shape[1]


@fault(
    "2a.backward.halved",
    says="the gradient is half of what it should be",
    fix="equation 6 has no factor of one half",
    after=lambda grad, N, K: grad / 2,
)
def backward_halved(self, X, outputs, targets):
    self.grad = -X.T @ (targets - outputs) / (2 * X.shape[0])


@fault(
    "2a.backward.vector",
    says="the gradient has lost a dimension: shape (785,) instead of (785, 1)",
    fix="give the gradient the shape of the weights",
    seen="19 / 10",
    after=lambda grad, N, K: grad.reshape(-1),
)
def backward_vector(self, X, outputs, targets):
    self.grad = np.mean((outputs - targets) * X, axis=0)


@fault(
    "2a.backward.transposed",
    says="the gradient is a row of shape (1, 785) instead of a column",
    fix="give the gradient the shape of the weights",
    seen="19 / 10",
    after=lambda grad, N, K: grad.T,
)
def backward_transposed(self, X, outputs, targets):
    self.grad = np.mean((outputs - targets) * X, axis=0, keepdims=True)


@fault(
    "2a.backward.not-reduced",
    says="the gradient has one row for each image: it was not summed over the batch",
    fix="average over the images, so that the gradient has the shape of the weights",
    seen="19 / 10",
    others=(lambda self, X, outputs, targets: setattr(self, "grad", (-(targets - outputs) * X).T),),
)
def backward_not_reduced(self, X, outputs, targets):
    self.grad = -(targets - outputs) * X


@fault(
    "2a.backward.one-number",
    says="the mean went over the weights as well: every weight has the same gradient",
    fix="average over the images alone",
    others=(
        lambda self, X, outputs, targets: setattr(self, "grad", np.mean((outputs - targets) * X)),
    ),
)
def backward_one_number(self, X, outputs, targets):
    self.grad = np.zeros_like(self.w) + np.mean((outputs - targets) * X)


@fault(
    "2a.backward.by-sample",
    says="a loop over the images writes to the gradient at the image's number instead of adding "
    "to every weight",
    fix="an image contributes to the gradient of every weight; indices of `grad` are weights",
    seen="4 / 1",
)
def backward_by_sample(self, X, outputs, targets):
    self.grad = np.zeros_like(self.w)
    for n in range(X.shape[0]):
        self.grad[n] = np.mean((outputs[n] - targets[n]) * X[n])


@fault(
    "2a.backward.last-image",
    says="each image's gradient replaces the one before, so only the last image counts",
    fix="add up the images' gradients and divide by their number",
    others=(
        lambda self, X, outputs, targets: setattr(
            self, "grad", X[-1][:, None] * (outputs[-1] - targets[-1]) / X.shape[0]
        ),
    ),
)
def backward_last_image(self, X, outputs, targets):
    for n in range(X.shape[0]):
        self.grad = X[n][:, None] * (outputs[n] - targets[n])


def _without_bias(grad, N, K):
    changed = grad.copy()
    changed[-1] = 0
    return changed


@fault(
    "2a.backward.no-bias",
    says="the bias weight has no gradient",
    fix="treat the bias like any other weight; its input is the column of ones",
    after=_without_bias,
)
def backward_no_bias(self, X, outputs, targets):
    self.grad = X.T @ (outputs - targets) / X.shape[0]
    self.grad[-1] = 0


@fault(
    "2a.backward.squared-error",
    says="the derivative of the logistic function is a factor too many, as for the squared error",
    fix="derive equation 6 once more: with the cross entropy that factor cancels",
)
def backward_squared_error(self, X, outputs, targets):
    delta = (outputs - targets) * outputs * (1 - outputs)
    self.grad = X.T @ delta / X.shape[0]


@fault(
    "2a.backward.thresholded",
    says="predictions 0 and 1 are used where the outputs should be",
    fix="equation 6 takes yhat itself, not the class predicted from it",
)
def backward_thresholded(self, X, outputs, targets):
    predictions = (outputs >= 0.5).astype(float)
    self.grad = X.T @ (predictions - targets) / X.shape[0]


@fault(
    "2a.backward.targets-only",
    says="the outputs do not take part in the gradient",
    fix="equation 6 has the difference of target and output",
)
def backward_targets_only(self, X, outputs, targets):
    self.grad = -X.T @ targets.astype(float) / X.shape[0]


@fault(
    "2a.backward.accumulates",
    says="the gradient is added to that of the call before",
    fix="let each call of `backward` begin anew",
)
def backward_accumulates(self, X, outputs, targets):
    gradient = X.T @ (outputs - targets) / X.shape[0]
    self.grad = gradient if self.grad is None else self.grad + gradient


@fault(
    "2a.backward.overwrites-outputs",
    says="an in-place operator changes the caller's array of outputs",
    fix="put the difference into a new array",
)
def backward_overwrites_outputs(self, X, outputs, targets):
    outputs -= targets
    self.grad = X.T @ outputs / X.shape[0]


@fault(
    "2a.backward.takes-the-step",
    says="`backward` changes the weights: it takes the training step as well",
    fix="only store the gradient; `train_step` updates the weights",
)
def backward_takes_the_step(self, X, outputs, targets):
    self.grad = X.T @ (outputs - targets) / X.shape[0]
    self.w = self.w - 0.05 * self.grad


@fault(
    "2a.backward.not-stored",
    says="`self.grad` is still None after `backward`: the gradient was not kept there",
    fix="assign it to the model's attribute `grad` instead of returning it",
    others=(lambda self, X, outputs, targets: None,),
)
def backward_not_stored(self, X, outputs, targets):
    return X.T @ (outputs - targets) / X.shape[0]
