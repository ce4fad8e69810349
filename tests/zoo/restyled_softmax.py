"""Known mistakes of tasks 3a and 4b, restyled: loops, the coefficient 1, `vdot`, in-place updates."""

from __future__ import annotations

from tests.zoo.bodies import (
    named,
    one_hot,
    softmax,
    softmax_gradient,
    softmax_loss,
)
from tests.zoo.variants import Variant

RESTYLED_SOFTMAX: tuple[Variant, ...] = (
    named(
        "hot-whole-columns",
        "3a.one_hot.whole-columns",
        one_hot("""
    encoded = np.zeros((len(Y), num_classes))
    rows = list(range(len(Y)))
    encoded[rows, Y] = 1.0
    return encoded
        """),
    ),
    named(
        "hot-off-by-one",
        "3a.one_hot.off-by-one",
        one_hot("""
    encoded = []
    for label in Y.flatten():
        row = [0] * num_classes
        row[int(label) - 1] = 1
        encoded.append(row)
    return np.array(encoded)
        """),
    ),
    named(
        "loss3-mean-all",
        "3a.loss.over-n-k",
        softmax_loss("""
    N, K = targets.shape
    total = 0.0
    for n in range(N):
        for k in range(K):
            total += targets[n, k] * np.log(outputs[n, k])
    return -total / (N * K)
        """),
    ),
    named(
        "sum-in-both",
        "3a.loss.not-averaged 3a.backward.not-averaged",
        softmax_loss("""
    return -np.vdot(targets, np.log(outputs))
        """),
        softmax_gradient("""
    self.grad = X.T.dot(outputs - targets) + 2 * self.l2_reg_lambda * self.w
        """),
    ),
    named(
        "loss3-binary",
        "3a.loss.binary",
        softmax_loss("""
    first = targets * np.log(outputs)
    second = (1 - targets) * np.log(1 - outputs)
    return -(first + second).sum() / len(targets)
        """),
    ),
    named(
        "forward3-axis",
        "3a.forward.wrong-axis",
        softmax("""
    e = np.exp(np.dot(X, self.w))
    for k in range(self.num_outputs):
        e[:, k] /= np.sum(e[:, k])
    return e
        """),
    ),
    named(
        "forward3-others",
        "3a.forward.own-term-missing",
        softmax("""
    z = np.einsum("ni,ik->nk", X, self.w)
    out = np.zeros(z.shape)
    for k in range(z.shape[1]):
        rest = np.delete(z, k, axis=1)
        out[:, k] = np.exp(z[:, k]) / np.sum(np.exp(rest), axis=1)
    return out
        """),
    ),
    named(
        "forward3-sigmoid-first",
        "3a.forward.sigmoid-first",
        softmax("""
    a = np.dot(X, self.w)
    a = 1.0 / (1.0 + np.exp(-a))
    numerator = np.exp(a)
    return np.divide(numerator, numerator.sum(axis=1).reshape(-1, 1))
        """),
    ),
    named(
        "backward3-loop-sum",
        "3a.backward.not-averaged",
        softmax_gradient("""
    grad = np.zeros((785, 10))
    for n in range(X.shape[0]):
        grad += np.outer(X[n], outputs[n] - targets[n])
    self.grad = grad + self.l2_reg_lambda * self.w
        """),
    ),
    named(
        "backward3-size",
        "3a.backward.over-n-k",
        softmax_gradient("""
    error = targets - outputs
    self.grad = -np.einsum("ni,nk->ik", X, error) / error.size
    self.grad += self.l2_reg_lambda * self.w
        """),
    ),
    named(
        "l2-missing",
        "4b.penalty.missing",
        softmax_gradient("""
    self.grad = np.empty_like(self.w)
    for k in range(targets.shape[1]):
        self.grad[:, k] = np.mean(X * (outputs[:, k] - targets[:, k])[:, None], axis=0)
        """),
    ),
    named(
        "l2-over-n",
        "4b.penalty.averaged",
        softmax_gradient("""
    g = np.dot(X.T, outputs - targets)
    g += self.l2_reg_lambda * self.w
    g /= X.shape[0]
    self.grad = g
        """),
    ),
    named(
        "l2-square",
        "4b.penalty.squared",
        softmax_gradient("""
    self.grad = np.dot(X.T, outputs - targets) / len(X)
    self.grad += self.l2_reg_lambda * np.square(self.w)
        """),
    ),
    named(
        "l2-sum",
        "4b.penalty.sum",
        softmax_gradient("""
    N = len(X)
    penalty = 0
    for row in self.w:
        penalty += row.sum()
    self.grad = X.T @ (outputs - targets) / N + 2 * self.l2_reg_lambda * penalty
        """),
    ),
    named(
        "l2-sign",
        "4b.penalty.sign",
        softmax_gradient("""
    self.grad = (outputs - targets).T.dot(X).T / X.shape[0]
    np.subtract(self.grad, self.l2_reg_lambda * self.w, out=self.grad)
        """),
    ),
    named(
        "3a-loss-per-image-restyled",
        "3a.loss.per-image",
        softmax_loss("""
    rows = np.arange(len(targets))
    return -np.log(outputs[rows, targets.argmax(axis=1)])
        """),
    ),
    named(
        "3a-forward-sigmoid-restyled",
        "3a.forward.sigmoid",
        softmax("""
    z = X.dot(self.w)
    return np.reciprocal(np.exp(-z) + 1)
        """),
    ),
    named(
        "4b-penalty-no-bias-restyled",
        "4b.penalty.no-bias",
        softmax_gradient("""
    self.grad = np.dot(X.T, outputs - targets) / X.shape[0]
    self.grad[:-1] += self.l2_reg_lambda * self.w[:-1]
        """),
    ),
)
