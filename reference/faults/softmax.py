"""Mistakes in the multi-class loss, `SoftmaxModel.forward` and `backward` (task 3a)."""

from __future__ import annotations

import numpy as np

from reference.faults.declare import fault


@fault(
    "3a.loss.sign",
    says="the minus sign in front of the sum is missing",
    fix="compare the sign of your loss with equation 5; a cross entropy is never negative",
    seen="7 / 5",
    after=lambda loss, N, K: -loss,
)
def loss_sign(targets, outputs):
    return np.mean(np.sum(targets * np.log(outputs), axis=1))


@fault(
    "3a.loss.not-averaged",
    says="the losses of the images are summed, not averaged over the batch",
    fix="take the mean over the N images; use it in loss and gradient alike",
    seen="4 / 4",
    after=lambda loss, N, K: loss * N,
)
def loss_not_averaged(targets, outputs):
    return -np.sum(targets * np.log(outputs))


@fault(
    "3a.loss.over-n-k",
    says="the mean goes over images and classes, which makes the loss K times too small",
    fix="sum over the classes, then average over the images",
    seen="8 / 4",
    after=lambda loss, N, K: loss / K,
)
def loss_over_n_k(targets, outputs):
    return -np.mean(targets * np.log(outputs))


@fault(
    "3a.loss.over-k",
    says="the sum over the images is divided by the number of classes instead of images",
    fix="divide by the number of rows of the batch",
    seen="8 / 4",
    after=lambda loss, N, K: loss * N / K,
)
def loss_over_k(targets, outputs):
    return -np.sum(targets * np.log(outputs)) / targets.shape[1]


@fault(
    "3a.loss.per-image",
    says="one loss for each image is returned instead of one number for the batch",
    fix="take the mean over the images before returning",
    seen="4 / 3",
    others=(
        lambda targets, outputs: -np.sum(targets * np.log(outputs), axis=1, keepdims=True),
        lambda targets, outputs: -np.mean(targets * np.log(outputs), axis=1),
    ),
)
def loss_per_image(targets, outputs):
    return -np.sum(targets * np.log(outputs), axis=1)


@fault(
    "3a.loss.per-class",
    says="one number for each class is returned: the sum went over the images alone",
    fix="sum over the classes of an image, then average over the images",
    others=(lambda targets, outputs: -np.mean(targets * np.log(outputs), axis=0),),
)
def loss_per_class(targets, outputs):
    return -np.sum(targets * np.log(outputs), axis=0)


@fault(
    "3a.loss.averaged-twice",
    says="the loss is divided by N twice",
    fix="average over the batch once",
    seen="2 / 2",
    after=lambda loss, N, K: loss / N,
)
def loss_averaged_twice(targets, outputs):
    return -np.mean(np.sum(targets * np.log(outputs), axis=1)) / targets.shape[0]


@fault(
    "3a.loss.factor-100",
    says="the sum is divided by 100, the batch of the handed-out check, instead of by N",
    fix="take the batch size from the arrays",
    seen="3 / 1",
    after=lambda loss, N, K: loss * N / 100,
)
def loss_factor_100(targets, outputs):
    return -np.sum(targets * np.log(outputs)) / 100


@fault(
    "3a.loss.halved",
    says="the loss is half of what it should be",
    fix="equation 5 has no factor of one half",
    after=lambda loss, N, K: loss / 2,
)
def loss_halved(targets, outputs):
    return -np.mean(np.sum(targets * np.log(outputs), axis=1)) / 2


def _binary_terms(targets, outputs):
    return targets * np.log(outputs) + (1 - targets) * np.log(1 - outputs)


@fault(
    "3a.loss.binary",
    says="this is task 2's binary cross entropy: outputs of the wrong classes count too",
    fix="equation 5 has one logarithm, that of the true class's output",
    seen="7 / 6",
    others=(
        lambda targets, outputs: -np.mean(_binary_terms(targets, outputs)),
        lambda targets, outputs: -np.sum(_binary_terms(targets, outputs)),
    ),
)
def loss_binary(targets, outputs):
    terms = targets * np.log(outputs) + (1 - targets) * np.log(1 - outputs)
    return -np.mean(np.sum(terms, axis=1))


@fault(
    "3a.loss.yhat-for-y",
    says="the outputs stand where the targets should: this is the entropy of the outputs",
    fix="the factor in front of the logarithm is the target",
    seen="4 / 3",
    others=(lambda targets, outputs: -np.mean(outputs * np.log(outputs)),),
)
def loss_yhat_for_y(targets, outputs):
    return -np.mean(np.sum(outputs * np.log(outputs), axis=1))


def _swapped_with_epsilon(epsilon):
    return lambda targets, outputs: -np.mean(np.sum(outputs * np.log(targets + epsilon), axis=1))


@fault(
    "3a.loss.swapped",
    says="the loss is infinite or huge for every batch, as when outputs and targets have changed "
    "places: a logarithm of 0 is taken",
    fix="take the logarithms of the outputs, and multiply them by the targets",
    others=tuple(_swapped_with_epsilon(10.0**power) for power in range(-16, -2)),
)
def loss_swapped(targets, outputs):
    return -np.mean(np.sum(outputs * np.log(targets), axis=1))


@fault(
    "3a.loss.no-log",
    says="the outputs themselves are summed: the logarithm is missing",
    fix="take the natural logarithm of the outputs",
)
def loss_no_log(targets, outputs):
    return -np.mean(np.sum(targets * outputs, axis=1))


@fault(
    "3a.loss.log-of-sum",
    says="the logarithm of a mean is taken, not the mean of the logarithms",
    fix="take the logarithm of each output before averaging",
)
def loss_log_of_sum(targets, outputs):
    return -np.log(np.mean(np.sum(targets * outputs, axis=1)))


@fault(
    "3a.loss.log-base",
    says="the logarithm has another base than e",
    fix="use the natural logarithm",
    after=lambda loss, N, K: loss / np.log(10),
    others=(lambda targets, outputs: -np.mean(np.sum(targets * np.log2(outputs), axis=1)),),
)
def loss_log_base(targets, outputs):
    return -np.mean(np.sum(targets * np.log10(outputs), axis=1))


@fault(
    "3a.loss.squared-error",
    says="this is the squared error, not the cross entropy",
    fix="write down equation 5",
    others=(lambda targets, outputs: np.mean((targets - outputs) ** 2),),
)
def loss_squared_error(targets, outputs):
    return np.mean(np.sum((targets - outputs) ** 2, axis=1))


def _with_epsilon(epsilon):
    def loss(targets, outputs):
        return -np.mean(np.sum(targets * np.log(outputs + epsilon), axis=1))

    return loss


def _clipped_at(epsilon):
    def loss(targets, outputs):
        p = np.clip(outputs, epsilon, 1 - epsilon)
        return -np.mean(np.sum(targets * np.log(p), axis=1))

    return loss


@fault(
    "3a.loss.epsilon",
    says="what is added or clipped to keep the logarithm finite is so large that it shows",
    fix="make it 1e-8 or smaller",
    others=(
        *(_with_epsilon(epsilon) for epsilon in (1.0, 1e-1, 1e-2, 1e-4, 1e-5, 1e-6)),
        *(_clipped_at(epsilon) for epsilon in (0.1, 0.05, 0.02, 0.01, 1e-3, 1e-4)),
    ),
)
def loss_epsilon(targets, outputs):
    return -np.mean(np.sum(targets * np.log(outputs + 1e-3), axis=1))


@fault(
    "3a.forward.wrong-axis",
    says="the outputs are normalised over the images: each column sums to 1 instead of each row",
    fix="equation 4 sums over the classes of one image",
    seen="3 / 2",
)
def forward_wrong_axis(self, X):
    exponentials = np.exp(X @ self.w)
    return exponentials / np.sum(exponentials, axis=0)


@fault(
    "3a.forward.over-all",
    says="the outputs are divided by the sum over all images and classes",
    fix="equation 4 sums over the classes of one image",
    seen="3 / 2",
)
def forward_over_all(self, X):
    exponentials = np.exp(X @ self.w)
    return exponentials / np.sum(exponentials)


@fault(
    "3a.forward.own-term-missing",
    says="the denominator leaves out the class's own term",
    fix="the sum of equation 4 goes over all classes",
    seen="3 / 2",
)
def forward_own_term_missing(self, X):
    exponentials = np.exp(X @ self.w)
    return exponentials / (np.sum(exponentials, axis=1, keepdims=True) - exponentials)


@fault(
    "3a.forward.sigmoid",
    says="this is the logistic function of each logit, not the softmax",
    fix="use equation 4: the classes share one denominator",
    seen="7 / 6",
)
def forward_sigmoid(self, X):
    return 1 / (1 + np.exp(-X @ self.w))


def _sigmoid_normalised(self, X):
    sigmoids = 1 / (1 + np.exp(-X @ self.w))
    return sigmoids / np.sum(sigmoids, axis=1, keepdims=True)


@fault(
    "3a.forward.sigmoid-first",
    says="the logistic function is applied to the logits before they are normalised",
    fix="equation 4 takes the logits X @ w as they are",
    seen="7 / 6",
    others=(_sigmoid_normalised,),
)
def forward_sigmoid_first(self, X):
    exponentials = np.exp(1 / (1 + np.exp(-X @ self.w)))
    return exponentials / np.sum(exponentials, axis=1, keepdims=True)


@fault(
    "3a.forward.softmax-twice",
    says="the softmax is taken twice, of its own outputs",
    fix="apply equation 4 to the logits once",
)
def forward_softmax_twice(self, X):
    once = np.exp(X @ self.w) / np.sum(np.exp(X @ self.w), axis=1, keepdims=True)
    return np.exp(once) / np.sum(np.exp(once), axis=1, keepdims=True)


@fault(
    "3a.forward.of-x",
    says="the softmax is taken of X instead of X @ w: the weights have no effect",
    fix="compute the logits first",
    seen="7 / 6",
    others=(lambda self, X: np.exp(X) / np.sum(np.exp(X), axis=1, keepdims=True),),
)
def forward_of_x(self, X):
    exponentials = np.exp(X[:, :10])
    return exponentials / np.sum(exponentials, axis=1, keepdims=True)


def _scaled(factor):
    def forward(self, X):
        exponentials = np.exp(factor * (X @ self.w))
        return exponentials / np.sum(exponentials, axis=1, keepdims=True)

    return forward


@fault(
    "3a.forward.temperature",
    says="the logits are multiplied by a constant before the softmax, a temperature",
    fix="equation 4 takes the logits as they are",
    others=(_scaled(2), _scaled(0.1), _scaled(1 / 785)),
)
def forward_temperature(self, X):
    exponentials = np.exp(X @ self.w / 2)
    return exponentials / np.sum(exponentials, axis=1, keepdims=True)


@fault(
    "3a.forward.sign",
    says="the exponent has the wrong sign: the least likely class gets the largest output",
    fix="compare the exponent with equation 4",
    seen="7 / 5",
)
def forward_sign(self, X):
    exponentials = np.exp(-X @ self.w)
    return exponentials / np.sum(exponentials, axis=1, keepdims=True)


@fault(
    "3a.forward.not-normalised",
    says="the exponentials are returned without the division by their sum",
    fix="divide by the denominator of equation 4",
)
def forward_not_normalised(self, X):
    return np.exp(X @ self.w)


@fault(
    "3a.forward.logits",
    says="the logits X @ w are returned; the softmax is missing",
    fix="apply equation 4 to the logits",
)
def forward_logits(self, X):
    return X @ self.w


@fault(
    "3a.forward.linear",
    says="the logits are divided by their sum: the exponential is missing",
    fix="take the exponential of each logit first",
)
def forward_linear(self, X):
    z = X @ self.w
    return z / np.sum(z, axis=1, keepdims=True)


@fault(
    "3a.forward.hard",
    says="the largest output became 1 and the others 0",
    fix="return the outputs themselves; the prediction belongs to the accuracy",
)
def forward_hard(self, X):
    return np.eye(10)[np.argmax(X @ self.w, axis=1)]


@fault(
    "3a.forward.log",
    says="the logarithms of the outputs are returned",
    fix="return the outputs; the loss takes the logarithm",
)
def forward_log(self, X):
    exponentials = np.exp(X @ self.w)
    return np.log(exponentials / np.sum(exponentials, axis=1, keepdims=True))


@fault(
    "3a.forward.transposed",
    says="classes stand in the rows of the outputs instead of their columns",
    fix="keep one row per image: shape (N, 10)",
    seen="19 / 10",
    after=lambda outputs, N, K: outputs.T,
)
def forward_transposed(self, X):
    exponentials = np.exp(X @ self.w)
    return (exponentials / np.sum(exponentials, axis=1, keepdims=True)).T


@fault(
    "3a.forward.no-bias",
    says="the bias does not take part: the last column of X or of w is left out",
    fix="use all 785 columns; the bias trick makes the last one the bias",
)
def forward_no_bias(self, X):
    exponentials = np.exp(X[:, :-1] @ self.w[:-1])
    return exponentials / np.sum(exponentials, axis=1, keepdims=True)


@fault(
    "3a.forward.shifted-above",
    says="the largest logit is subtracted in the numerator only, so the quotient changes",
    fix="subtract the same from the logits of numerator and denominator",
    others=(
        lambda self, X: (
            np.exp(X @ self.w - np.max(X @ self.w, axis=1, keepdims=True))
            / np.sum(np.exp(X @ self.w), axis=1, keepdims=True)
        ),
    ),
)
def forward_shifted_above(self, X):
    z = X @ self.w
    return np.exp(z - np.max(z)) / np.sum(np.exp(z), axis=1, keepdims=True)


def _epsilon_below(epsilon):
    def forward(self, X):
        exponentials = np.exp(X @ self.w)
        return exponentials / (np.sum(exponentials, axis=1, keepdims=True) + epsilon)

    return forward


@fault(
    "3a.forward.epsilon",
    says="what is added to the denominator is so large that it shows",
    fix="leave it out: the denominator is never zero",
    others=tuple(_epsilon_below(epsilon) for epsilon in (1.0, 1e-1, 1e-2, 1e-4)),
)
def forward_epsilon(self, X):
    exponentials = np.exp(X @ self.w)
    return exponentials / (np.sum(exponentials, axis=1, keepdims=True) + 1e-3)


@fault(
    "3a.forward.start",
    says="a new model's weights are drawn at random, but the assignment starts from zeros",
    fix="let the constructor set the weights to zeros",
)
def random_constructor(self, l2_reg_lambda):
    self.I = 785
    self.num_outputs = 10
    self.w = np.random.normal(0, 0.01, (self.I, self.num_outputs))
    self.grad = None
    self.l2_reg_lambda = l2_reg_lambda


@fault(
    "3a.backward.overwritten",
    says="the gradient of the cross entropy is missing or overwritten with zeros",
    fix="look for a line that sets `self.grad` to zeros after you computed it",
    seen="22 / 10",
    others=(lambda self, X, outputs, targets: setattr(self, "grad", np.zeros_like(self.w)),),
)
def backward_zero(self, X, outputs, targets):
    self.grad = -X.T @ (targets - outputs) / X.shape[0]
    self.grad = np.zeros_like(self.w)
    self.grad += 2 * self.l2_reg_lambda * self.w


@fault(
    "3a.backward.not-averaged",
    says="the gradient is summed over the images, but the loss is their mean",
    fix="divide the sum by the number of images in the batch",
    seen="11 / 5",
    after=lambda grad, N, K: grad * N,
)
def backward_not_averaged(self, X, outputs, targets):
    self.grad = -X.T @ (targets - outputs) + 2 * self.l2_reg_lambda * self.w


@fault(
    "3a.backward.averaged-twice",
    says="the gradient is divided by N twice",
    fix="average over the batch once",
    seen="2 / 2",
    after=lambda grad, N, K: grad / N,
)
def backward_averaged_twice(self, X, outputs, targets):
    data = -X.T @ (targets - outputs) / X.shape[0] ** 2
    self.grad = data + 2 * self.l2_reg_lambda * self.w


@fault(
    "3a.backward.over-n-k",
    says="the gradient is divided by the number of classes as well as by N",
    fix="average over the images alone",
    seen="8 / 4",
    after=lambda grad, N, K: grad / K,
)
def backward_over_n_k(self, X, outputs, targets):
    data = -X.T @ (targets - outputs) / (X.shape[0] * targets.shape[1])
    self.grad = data + 2 * self.l2_reg_lambda * self.w


@fault(
    "3a.backward.over-k",
    says="the sum is divided by the number of classes instead of the number of images",
    fix="divide by the number of rows of the batch",
    seen="8 / 4",
    after=lambda grad, N, K: grad * N / K,
)
def backward_over_k(self, X, outputs, targets):
    data = -X.T @ (targets - outputs) / targets.shape[1]
    self.grad = data + 2 * self.l2_reg_lambda * self.w


@fault(
    "3a.backward.factor-100",
    says="the sum is divided by 100, the batch of the handed-out check, instead of by N",
    fix="take the batch size from the arrays",
    seen="3 / 1",
    after=lambda grad, N, K: grad * N / 100,
)
def backward_factor_100(self, X, outputs, targets):
    data = -X.T @ (targets - outputs) / 100
    self.grad = data + 2 * self.l2_reg_lambda * self.w


@fault(
    "3a.backward.batch-of-128",
    says="the sum is divided by 128 whatever the batch is",
    fix="take the batch size from the arrays",
    after=lambda grad, N, K: grad * N / 128,
)
def backward_batch_of_128(self, X, outputs, targets):
    data = -X.T @ (targets - outputs) / 128
    self.grad = data + 2 * self.l2_reg_lambda * self.w


@fault(
    "3a.backward.over-inputs",
    says="the sum is divided by the number of weights of a class instead of the number of images",
    fix="check which axis of X counts the images",
    after=lambda grad, N, K: grad * N / 785,
)
def backward_over_inputs(self, X, outputs, targets):
    data = -X.T @ (targets - outputs) / X.shape[1]
    self.grad = data + 2 * self.l2_reg_lambda * self.w


@fault(
    "3a.backward.sign",
    says="the gradient has the wrong sign: it points downhill",
    fix="compare the sign with equation 8, and mind the order of y and yhat",
    seen="7 / 5",
    after=lambda grad, N, K: -grad,
)
def backward_sign(self, X, outputs, targets):
    data = X.T @ (targets - outputs) / X.shape[0]
    self.grad = data + 2 * self.l2_reg_lambda * self.w


@fault(
    "3a.backward.halved",
    says="the gradient is half of what it should be",
    fix="equation 8 has no factor of one half",
    after=lambda grad, N, K: grad / 2,
)
def backward_halved(self, X, outputs, targets):
    data = -X.T @ (targets - outputs) / (2 * X.shape[0])
    self.grad = data + 2 * self.l2_reg_lambda * self.w


@fault(
    "3a.backward.uniform",
    says="1/K stands where the outputs should",
    fix="equation 8 has the difference of target and output",
)
def backward_uniform(self, X, outputs, targets):
    data = X.T @ (1 / targets.shape[1] - targets) / X.shape[0]
    self.grad = data + 2 * self.l2_reg_lambda * self.w


@fault(
    "3a.backward.hard",
    says="the predicted class is used where the outputs should be",
    fix="equation 8 takes yhat itself, not the class predicted from it",
)
def backward_hard(self, X, outputs, targets):
    predictions = np.eye(outputs.shape[1])[np.argmax(outputs, axis=1)]
    data = X.T @ (predictions - targets) / X.shape[0]
    self.grad = data + 2 * self.l2_reg_lambda * self.w


def _without_bias(grad, N, K):
    changed = grad.copy()
    changed[-1] = 0
    return changed


@fault(
    "3a.backward.no-bias",
    says="the bias weights have no gradient",
    fix="treat the bias like any other weight; its input is the column of ones",
    after=_without_bias,
)
def backward_no_bias(self, X, outputs, targets):
    data = X.T @ (outputs - targets) / X.shape[0]
    data[-1] = 0
    self.grad = data + 2 * self.l2_reg_lambda * self.w


@fault(
    "3a.backward.true-class-only",
    says="only the weights of an image's own class get a gradient",
    fix="equation 8 holds for every class, also those with y_k = 0",
)
def backward_true_class_only(self, X, outputs, targets):
    data = X.T @ (targets * (outputs - targets)) / X.shape[0]
    self.grad = data + 2 * self.l2_reg_lambda * self.w


@fault(
    "3a.backward.squared-error",
    says="the derivative of the logistic function is a factor too many, as for the squared error",
    fix="derive equation 8 once more: with the cross entropy that factor cancels",
)
def backward_squared_error(self, X, outputs, targets):
    delta = (outputs - targets) * outputs * (1 - outputs)
    self.grad = X.T @ delta / X.shape[0] + 2 * self.l2_reg_lambda * self.w


@fault(
    "3a.backward.outputs-only",
    says="the targets do not take part in the gradient",
    fix="equation 8 has the difference of target and output",
)
def backward_outputs_only(self, X, outputs, targets):
    self.grad = X.T @ outputs / X.shape[0] + 2 * self.l2_reg_lambda * self.w


@fault(
    "3a.backward.targets-only",
    says="the outputs do not take part in the gradient",
    fix="equation 8 has the difference of target and output",
)
def backward_targets_only(self, X, outputs, targets):
    self.grad = -X.T @ targets / X.shape[0] + 2 * self.l2_reg_lambda * self.w


@fault(
    "3a.backward.quotient",
    says="targets divided by outputs stand where their difference should: the loss was derived "
    "for the outputs, and the softmax left out",
    fix="go on with the chain rule to the weights, as in task 1b",
)
def backward_quotient(self, X, outputs, targets):
    data = -X.T @ (targets / outputs) / X.shape[0]
    self.grad = data + 2 * self.l2_reg_lambda * self.w


@fault(
    "3a.backward.last-image",
    says="each image's gradient replaces the one before, so only the last image counts",
    fix="add up the images' gradients and divide by their number",
    others=(
        lambda self, X, outputs, targets: setattr(
            self,
            "grad",
            np.outer(X[-1], outputs[-1] - targets[-1]) / X.shape[0]
            + 2 * self.l2_reg_lambda * self.w,
        ),
    ),
)
def backward_last_image(self, X, outputs, targets):
    for n in range(X.shape[0]):
        data = np.outer(X[n], outputs[n] - targets[n])
    self.grad = data + 2 * self.l2_reg_lambda * self.w


@fault(
    "3a.backward.accumulates",
    says="the gradient is added to that of the call before",
    fix="let each call of `backward` begin anew",
)
def backward_accumulates(self, X, outputs, targets):
    data = X.T @ (outputs - targets) / X.shape[0]
    gradient = data + 2 * self.l2_reg_lambda * self.w
    self.grad = gradient if self.grad is None else self.grad + gradient


@fault(
    "3a.backward.overwrites-outputs",
    says="an in-place operator changes the caller's array of outputs",
    fix="put the difference into a new array",
)
def backward_overwrites_outputs(self, X, outputs, targets):
    outputs -= targets
    self.grad = X.T @ outputs / X.shape[0] + 2 * self.l2_reg_lambda * self.w
