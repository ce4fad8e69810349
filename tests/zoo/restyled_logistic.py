"""Known mistakes of task 2a, restyled: loops, the bias first, `einsum`, in-place arithmetic."""

from __future__ import annotations

from tests.zoo.bodies import (
    binary_loss,
    logistic,
    logistic_gradient,
    named,
    preprocess,
)
from tests.zoo.variants import Variant

RESTYLED_LOGISTIC: tuple[Variant, ...] = (
    named(
        "pre-insert-then-scale",
        "2a.preprocess.bias-before-normalising",
        preprocess("""
    X = np.insert(X.astype(float), 784, 1, axis=1)
    X *= 2 / 255
    X -= 1
    return X
        """),
    ),
    named(
        "pre-bias-first-then-scale",
        "2a.preprocess.bias-before-normalising",
        preprocess("""
    out = np.ones((len(X), 785))
    out[:, 1:] = X
    return (out - 127.5) / 127.5
        """),
    ),
    named(
        "pre-uint8-multiply",
        "2a.preprocess.uint8-wraps",
        preprocess("""
    doubled = np.multiply(2, X)
    scaled = np.subtract(np.divide(doubled, 255), 1)
    return np.c_[scaled, np.ones(X.shape[0])]
        """),
    ),
    named(
        "pre-pixel-loop",
        "2a.preprocess.uint8-wraps",
        preprocess("""
    result = np.ones((X.shape[0], X.shape[1] + 1))
    for row in range(X.shape[0]):
        for col in range(X.shape[1]):
            result[row, col] = 2 * X[row, col] / 255 - 1
    return result
        """),
    ),
    named(
        "pre-pad-zeros",
        "2a.preprocess.zero-bias",
        preprocess("""
    images = []
    for image in X:
        images.append(list(image / 127.5 - 1) + [0.0])
    return np.array(images)
        """),
    ),
    named(
        "pre-flat-append",
        "2a.preprocess.flat",
        preprocess("""
    X = (X - 127.5) / 127.5
    ones = np.ones((X.shape[0], 1))
    return np.append(X, ones)
        """),
    ),
    named(
        "pre-inplace-uint8",
        "2a.preprocess.uint8-in-place",
        preprocess("""
    X = X.copy()
    X /= 127.5
    X -= 1
    return np.column_stack((X, np.ones(len(X))))
        """),
    ),
    named(
        "loss-loop-sum",
        "2a.loss.not-averaged",
        binary_loss("""
    total = 0.0
    for y, p in zip(targets[:, 0], outputs[:, 0]):
        if y == 1:
            total -= np.log(p)
        else:
            total -= np.log(1 - p)
    return total
        """),
    ),
    named(
        "loss-per-image",
        "2a.loss.per-image",
        binary_loss("""
    t = targets.flatten().astype(float)
    p = outputs.flatten()
    return np.array([-(t[i] * np.log(p[i]) + (1 - t[i]) * np.log(1 - p[i])) for i in range(len(t))])
        """),
    ),
    named(
        "loss-first-term-only",
        "2a.loss.first-term-only",
        binary_loss("""
    N = len(targets)
    return -np.dot(targets.T, np.log(outputs)).item() / N
        """),
    ),
    named(
        "loss-one-minus-yhat",
        "2a.loss.yhat-for-y",
        binary_loss("""
    N = targets.shape[0]
    loss = 0
    for n in range(N):
        loss += targets[n, 0] * np.log(outputs[n, 0])
        loss += (1 - outputs[n, 0]) * np.log(1 - outputs[n, 0])
    return -loss / N
        """),
    ),
    named(
        "loss-swapped",
        "2a.loss.swapped",
        binary_loss("""
    eps = 1e-8
    ce = np.multiply(outputs, np.log(targets + eps)) + np.multiply(1 - outputs, np.log(1 - targets + eps))
    return -np.sum(ce) / ce.shape[0]
        """),
    ),
    named(
        "loss-einsum-sign",
        "2a.loss.sign",
        binary_loss("""
    y, p = targets.astype(float), outputs
    s = np.einsum("ni,ni->", y, np.log(p)) + np.einsum("ni,ni->", 1 - y, np.log1p(-p))
    return s / y.shape[0]
        """),
    ),
    named(
        "loss-uint8-buffer",
        "2a.loss.truncated",
        binary_loss("""
    c = np.zeros_like(targets)
    for n in range(targets.shape[0]):
        y, p = targets[n, 0], outputs[n, 0]
        c[n, 0] = -(y * np.log(p) + (1 - y) * np.log(1 - p))
    return c.mean()
        """),
    ),
    named(
        "forward-loop-sign",
        "2a.forward.sign",
        logistic("""
    yhat = np.zeros((X.shape[0], 1))
    for n, x in enumerate(X):
        yhat[n] = 1 / (1 + np.exp(np.dot(x, self.w[:, 0])))
    return yhat
        """),
    ),
    named(
        "backward-loop-sum",
        "2a.backward.not-averaged",
        logistic_gradient("""
    grad = np.zeros(self.w.shape)
    for n in range(len(X)):
        error = float(targets[n, 0]) - outputs[n, 0]
        grad[:, 0] += -error * X[n]
    self.grad = grad
        """),
    ),
    named(
        "backward-then-zeros",
        "2a.backward.overwritten",
        logistic_gradient("""
    error = outputs - targets
    self.grad = np.dot(X.T, error) / len(error)
    self.grad = np.zeros_like(self.w)
    assert self.grad.shape == self.w.shape
        """),
    ),
    named(
        "backward-dot-sign",
        "2a.backward.sign",
        logistic_gradient("""
    N = targets.shape[0]
    self.grad = np.dot(X.T, np.subtract(targets, outputs)) / N
        """),
    ),
    named(
        "backward-einsum-flat",
        "2a.backward.vector",
        logistic_gradient("""
    delta = (outputs - targets)[:, 0]
    self.grad = np.einsum("ni,n->i", X, delta) / X.shape[0]
        """),
    ),
    named(
        "backward-row-vector",
        "2a.backward.transposed",
        logistic_gradient("""
    delta = (outputs - targets).T
    self.grad = np.dot(delta, X) / X.shape[0]
        """),
    ),
    named(
        "backward-mean-over-n",
        "2a.backward.averaged-twice",
        logistic_gradient("""
    N = X.shape[0]
    per_image = (outputs - targets) * X / N
    self.grad = per_image.mean(axis=0).reshape(-1, 1)
        """),
    ),
    named(
        "backward-hundred",
        "2a.backward.factor-100",
        logistic_gradient("""
    self.grad = np.zeros((self.I, 1))
    for i in range(self.I):
        self.grad[i, 0] = -np.sum(X[:, i] * (targets[:, 0] - outputs[:, 0])) / 100
        """),
    ),
    named(
        "backward-unreduced",
        "2a.backward.not-reduced",
        logistic_gradient("""
    self.grad = -(targets - outputs) * X
        """),
    ),
    named(
        "backward-by-sample",
        "2a.backward.by-sample",
        logistic_gradient("""
    self.grad = np.zeros_like(self.w)
    N = X.shape[0]
    for n in range(N):
        self.grad[n] = -np.mean((targets[n] - outputs[n]) * X[n])
        """),
    ),
    named(
        "both-signs",
        "2a.loss.sign 2a.backward.sign",
        binary_loss("""
    ll = np.where(targets == 1, np.log(outputs), np.log(1 - outputs))
    return np.average(ll)
        """),
        logistic_gradient("""
    self.grad = np.tensordot(X, targets - outputs, axes=(0, 0)) / len(X)
        """),
    ),
    named(
        "2a-preprocess-unit-interval-restyled",
        "2a.preprocess.unit-interval",
        preprocess("""
    return np.c_[np.ones(len(X)), X.astype(np.float32) / 255]
        """),
    ),
    named(
        "2a-preprocess-standardised-restyled",
        "2a.preprocess.standardised",
        preprocess("""
    X = X.astype('float64')
    X -= np.mean(X)
    X /= np.std(X)
    return np.insert(X, 784, 1, axis=1)
        """),
    ),
    named(
        "2a-loss-epsilon-restyled",
        "2a.loss.epsilon",
        binary_loss("""
    e = 0.01
    p = np.minimum(np.maximum(outputs, e), 1 - e)
    return np.average(np.where(targets == 1, -np.log(p), -np.log(1 - p)))
        """),
    ),
    named(
        "2a-forward-vector-restyled",
        "2a.forward.vector",
        logistic("""
    return np.array([1 / (1 + np.exp(-float(np.dot(self.w[:, 0], x)))) for x in X])
        """),
    ),
    named(
        "2a-backward-last-image-restyled",
        "2a.backward.last-image",
        logistic_gradient("""
    N = len(X)
    for i in range(N):
        x = X[i : i + 1]
        self.grad = np.dot(x.T, outputs[i : i + 1] - targets[i : i + 1]) / N
        """),
    ),
)
