"""Mistakes that the catalogue does not have: a name told of them would be a wrong one."""

from __future__ import annotations

from tests.zoo.bodies import (
    binary_accuracy,
    binary_loss,
    logistic,
    logistic_gradient,
    one_hot,
    preprocess,
    softmax,
    softmax_accuracy,
    softmax_gradient,
    softmax_loss,
    step,
    unnamed,
)
from tests.zoo.variants import Variant

OUTSIDERS: tuple[Variant, ...] = (
    unnamed(
        "loss-median",
        "2a.loss",
        binary_loss("""
    c = -(targets * np.log(outputs) + (1 - targets) * np.log(1 - outputs))
    return np.median(c)
        """),
    ),
    unnamed(
        "loss-rounded",
        "2a.loss",
        binary_loss("""
    c = -(targets * np.log(outputs) + (1 - targets) * np.log(1 - outputs))
    return round(float(np.mean(c)), 2)
        """),
    ),
    unnamed(
        "loss-smoothed",
        "2a.loss",
        binary_loss("""
    t = 0.9 * targets + 0.05
    return -np.mean(t * np.log(outputs) + (1 - t) * np.log(1 - outputs))
        """),
    ),
    unnamed(
        "forward-abs",
        "2a.forward",
        logistic("""
    return 1 / (1 + np.exp(-np.abs(X @ self.w)))
        """),
    ),
    unnamed(
        "forward-probit",
        "2a.forward",
        logistic("""
    return 0.5 + np.arctan(X @ self.w) / np.pi
        """),
    ),
    unnamed(
        "backward-first-image",
        "2a.backward",
        logistic_gradient("""
    self.grad = (outputs[0, 0] - float(targets[0, 0])) * X[0][:, None]
        """),
    ),
    unnamed(
        "backward-unit",
        "2a.backward",
        logistic_gradient("""
    g = X.T @ (outputs - targets) / len(X)
    self.grad = g / (np.linalg.norm(g) + 1e-12)
        """),
    ),
    unnamed(
        "backward-clipped",
        "2a.backward",
        logistic_gradient("""
    g = X.T @ (outputs - targets)
    self.grad = np.clip(g, -0.1, 0.1)
        """),
    ),
    unnamed(
        "pre-root",
        "2a.preprocess",
        preprocess("""
    return np.hstack([2 * np.sqrt(X / 255) - 1, np.ones((len(X), 1))])
        """),
    ),
    unnamed(
        "pre-image-range",
        "2a.preprocess",
        preprocess("""
    X = X.astype(float)
    low, high = X.min(1, keepdims=True), X.max(1, keepdims=True)
    return np.hstack([2 * (X - low) / (high - low + 1e-9) - 1, np.ones((len(X), 1))])
        """),
    ),
    unnamed(
        "forward3-square",
        "3a.forward",
        softmax("""
    z = X @ self.w
    s = z**2 + 1e-12
    return s / s.sum(axis=1, keepdims=True)
        """),
    ),
    unnamed(
        "loss3-focal",
        "3a.loss",
        softmax_loss("""
    return -np.mean(np.sum(targets * (1 - outputs) ** 2 * np.log(outputs), axis=1))
        """),
    ),
    unnamed(
        "loss3-worst",
        "3a.loss",
        softmax_loss("""
    return np.max(-np.sum(targets * np.log(outputs), axis=1))
        """),
    ),
    unnamed(
        "hot-reversed",
        "3a.one_hot",
        one_hot("""
    Y_enc = np.zeros((len(Y), num_classes))
    for i, y in enumerate(Y[:, 0]):
        Y_enc[i, num_classes - 1 - int(y)] = 1
    return Y_enc
        """),
    ),
    unnamed(
        "backward3-last-class",
        "3a.backward",
        softmax_gradient("""
    self.grad = np.zeros_like(self.w)
    for k in range(self.num_outputs - 1):
        self.grad[:, k] = X.T @ (outputs[:, k] - targets[:, k]) / len(X) + 2 * self.l2_reg_lambda * self.w[:, k]
        """),
    ),
    unnamed(
        "acc-mean-threshold",
        "2c.accuracy",
        binary_accuracy("""
    outputs = model.forward(X)
    return np.mean((outputs >= outputs.mean()) == targets)
        """),
    ),
    unnamed(
        "acc3-top2",
        "3c.accuracy",
        softmax_accuracy("""
    outputs = model.forward(X)
    best = np.argsort(outputs, axis=1)[:, -2:]
    return np.mean([np.argmax(t) in b for t, b in zip(targets, best)])
        """),
    ),
    unnamed(
        "step-sign",
        "2b.train_step",
        step("""
    outputs = self.model.forward(X_batch)
    self.model.zero_grad()
    self.model.backward(X_batch, outputs, Y_batch)
    self.model.w = self.model.w - self.learning_rate * np.sign(self.model.grad)
    return cross_entropy_loss(Y_batch, outputs)
        """),
    ),
    unnamed(
        "bias-is-the-mean",
        "2a.preprocess",
        preprocess("""
    X = X / 127.5 - 1
    return np.hstack([X, X.mean(axis=1, keepdims=True)])
        """),
    ),
    unnamed(
        "absolute-error",
        "2a.loss",
        binary_loss("""
    return np.mean(np.abs(targets - outputs))
        """),
    ),
    unnamed(
        "logits-cut-at-zero",
        "3a.forward",
        softmax("""
    z = np.maximum(X @ self.w, 0)
    e = np.exp(z)
    return e / e.sum(axis=1, keepdims=True)
        """),
    ),
    unnamed(
        "cube-of-the-weights",
        "4b.penalty",
        softmax_gradient("""
    self.grad = X.T @ (outputs - targets) / len(X) + self.l2_reg_lambda * self.w ** 3
        """),
    ),
)
