"""Mistakes in `calculate_accuracy` (tasks 2c and 3c)."""

from __future__ import annotations

import numpy as np

from reference.faults.declare import fault


@fault(
    "2c.accuracy.of-ones",
    says="only images with target 1 can count as right: targets are compared with 1",
    fix="compare each prediction with its own target; zeros predicted right count too",
)
def binary_of_ones(X, targets, model):
    return np.mean((model.forward(X) >= 0.5) & (targets == 1))


@fault(
    "2c.accuracy.among-ones",
    says="the fraction is taken among the images with target 1 only",
    fix="count over all images",
)
def binary_among_ones(X, targets, model):
    predictions = model.forward(X) >= 0.5
    return np.sum(predictions & (targets == 1)) / max(np.sum(targets == 1), 1)


@fault(
    "2c.accuracy.one-sided",
    says="`targets - outputs <= 0.5` is true of every image with target 0: one side is untested",
    fix="decide each prediction first, then compare it with its target",
)
def binary_one_sided(X, targets, model):
    return np.mean(targets - model.forward(X) <= 0.5)


@fault(
    "2c.accuracy.counted",
    says="the number of images predicted right is returned, not their fraction",
    fix="divide by the number of images",
    after=lambda accuracy, N, K: accuracy * N,
)
def binary_counted(X, targets, model):
    return np.sum((model.forward(X) >= 0.5) == targets)


@fault(
    "2c.accuracy.percent",
    says="the accuracy is in percent",
    fix="return a fraction between 0 and 1",
    after=lambda accuracy, N, K: 100 * accuracy,
)
def binary_percent(X, targets, model):
    return 100 * np.mean((model.forward(X) >= 0.5) == targets)


@fault(
    "2c.accuracy.error-rate",
    says="the fraction predicted wrong is returned",
    fix="count where prediction and target are equal",
    after=lambda accuracy, N, K: 1 - accuracy,
)
def binary_error_rate(X, targets, model):
    return np.mean((model.forward(X) >= 0.5) != targets)


@fault(
    "2c.accuracy.broadcast",
    says="shapes (N,) and (N, 1) were compared, which compares every image with every other",
    fix="give predictions and targets the same shape",
)
def binary_broadcast(X, targets, model):
    return np.mean((model.forward(X)[:, 0] >= 0.5) == targets)


@fault(
    "2c.accuracy.one-label",
    says="the fraction of targets that are 1, or 0, is returned, as when the targets are compared "
    "with 1 or every image is predicted alike",
    fix="predict 1 or 0 by whether the output is at least 0.5, and compare with the target",
    others=(lambda X, targets, model: np.mean(targets == 0),),
)
def binary_one_label(X, targets, model):
    return np.mean(targets == 1)


def _threshold(threshold):
    return lambda X, targets, model: np.mean((model.forward(X) >= threshold) == targets)


@fault(
    "2c.accuracy.threshold",
    says="the threshold is not one half",
    fix="predict 1 where the output is at least 0.5",
    others=tuple(map(_threshold, (0.1, 0.2, 0.25, 0.3, 0.4, 0.45, 0.55, 0.7, 0.75, 0.8, 0.9))),
)
def binary_threshold(X, targets, model):
    return np.mean((model.forward(X) >= 0.6) == targets)


@fault(
    "2c.accuracy.exact",
    says="the accuracy is always 0, as when outputs are compared with targets without a threshold",
    fix="turn the outputs into predictions 0 and 1 first",
)
def binary_exact(X, targets, model):
    return np.mean(model.forward(X) == targets)


@fault(
    "2c.accuracy.predicted-ones",
    says="the fraction of images predicted as 1 is returned; the targets have no part in it",
    fix="compare the predictions with the targets",
)
def binary_predicted_ones(X, targets, model):
    return np.mean(model.forward(X) >= 0.5)


@fault(
    "2c.accuracy.first-half",
    says="only the first half of the images is looked at",
    fix="count over all images",
)
def binary_first_half(X, targets, model):
    half = X.shape[0] // 2
    right = (model.forward(X) >= 0.5) == targets
    return np.mean(right[:half])


def _one_hot_of_the_largest(X, targets, model):
    outputs = model.forward(X)
    predicted = outputs == np.max(outputs, axis=1, keepdims=True)
    return np.mean(predicted == targets)


@fault(
    "3c.accuracy.element-wise",
    says="agreement is counted entry by entry over N and K, where nine of ten entries are zero",
    fix="predict one class per image, and count images",
    others=(
        lambda X, targets, model: np.mean(np.round(model.forward(X)) == targets),
        _one_hot_of_the_largest,
    ),
)
def multi_element_wise(X, targets, model):
    return np.mean((model.forward(X) >= 0.5) == targets)


@fault(
    "3c.accuracy.one-half",
    says="an image whose largest output is under one half never counts as right",
    fix="the largest output is the prediction, however large it is",
    others=(
        lambda X, targets, model: np.mean(np.all(np.round(model.forward(X)) == targets, axis=1)),
    ),
)
def multi_one_half(X, targets, model):
    return np.mean(np.sum((model.forward(X) >= 0.5) * targets, axis=1))


@fault(
    "3c.accuracy.counted",
    says="the number of images predicted right is returned, not their fraction",
    fix="divide by the number of images",
    after=lambda accuracy, N, K: accuracy * N,
)
def multi_counted(X, targets, model):
    return np.sum(np.argmax(model.forward(X), axis=1) == np.argmax(targets, axis=1))


@fault(
    "3c.accuracy.percent",
    says="the accuracy is in percent",
    fix="return a fraction between 0 and 1",
    after=lambda accuracy, N, K: 100 * accuracy,
)
def multi_percent(X, targets, model):
    return 100 * np.mean(np.argmax(model.forward(X), axis=1) == np.argmax(targets, axis=1))


@fault(
    "3c.accuracy.error-rate",
    says="the fraction predicted wrong is returned",
    fix="count where prediction and target are equal",
    after=lambda accuracy, N, K: 1 - accuracy,
)
def multi_error_rate(X, targets, model):
    return np.mean(np.argmax(model.forward(X), axis=1) != np.argmax(targets, axis=1))


@fault(
    "3c.accuracy.over-n-k",
    says="the number of images predicted right is divided by N times K",
    fix="divide by the number of images",
    after=lambda accuracy, N, K: accuracy / K,
)
def multi_over_n_k(X, targets, model):
    right = np.argmax(model.forward(X), axis=1) == np.argmax(targets, axis=1)
    return np.sum(right) / targets.size


@fault(
    "3c.accuracy.wrong-axis",
    says="the largest output is looked for among the images instead of among the classes",
    fix="take `argmax` along the axis of the classes",
)
def multi_wrong_axis(X, targets, model):
    return np.mean(np.argmax(model.forward(X), axis=0) == np.argmax(targets, axis=0))


@fault(
    "3c.accuracy.flattened",
    says="`argmax` has no axis, so it finds one place in the whole batch",
    fix="take `argmax` along the axis of the classes",
)
def multi_flattened(X, targets, model):
    return np.mean(np.argmax(model.forward(X)) == np.argmax(targets))


@fault(
    "3c.accuracy.smallest",
    says="the smallest output is taken as the prediction",
    fix="the prediction is the class of the largest output",
)
def multi_smallest(X, targets, model):
    return np.mean(np.argmin(model.forward(X), axis=1) == np.argmax(targets, axis=1))


@fault(
    "3c.accuracy.mean-output",
    says="the mean output of the true class is returned, not how often it is the largest",
    fix="predict one class per image, and count",
)
def multi_mean_output(X, targets, model):
    return np.mean(np.sum(model.forward(X) * targets, axis=1))
