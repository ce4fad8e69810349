"""Known mistakes of tasks 2b to 2e and 3c, restyled."""

from __future__ import annotations

from tests.zoo.bodies import (
    binary_accuracy,
    loader,
    named,
    softmax_accuracy,
)
from tests.zoo.variants import Replace, Variant

RESTYLED_TRAINING: tuple[Variant, ...] = (
    named(
        "acc-targets-one",
        "2c.accuracy.one-label",
        binary_accuracy("""
    predictions = (model.forward(X) >= 0.5).astype(int)
    correct = 0
    for p, t in zip(predictions, targets):
        if t == 1:
            correct += 1
    return correct / len(targets)
        """),
    ),
    named(
        "acc-difference",
        "2c.accuracy.one-sided",
        binary_accuracy("""
    outputs = model.forward(X)
    hits = [1 if t[0] - o[0] <= 0.5 else 0 for t, o in zip(targets.astype(float), outputs)]
    return sum(hits) / len(hits)
        """),
    ),
    named(
        "acc3-elementwise",
        "3c.accuracy.element-wise",
        softmax_accuracy("""
    yhat = model.forward(X)
    rounded = np.zeros_like(yhat)
    rounded[np.arange(len(yhat)), yhat.argmax(1)] = 1
    return (rounded == targets).sum() / targets.size
        """),
    ),
    named(
        "loader-always",
        "2e.shuffling.always",
        loader("""
    order = np.random.permutation(X.shape[0])
    for start in range(0, X.shape[0] - batch_size + 1, batch_size):
        chosen = order[start : start + batch_size]
        yield X[chosen], Y[chosen]
        """),
    ),
    named(
        "loader-never",
        "2e.shuffling.never",
        loader("""
    n = X.shape[0] // batch_size
    for b in range(n):
        yield X[b * batch_size : (b + 1) * batch_size], Y[b * batch_size : (b + 1) * batch_size]
        """),
    ),
    named(
        "stop-window-20",
        "2d.stopping.patience",
        Replace(
            "trainer.py",
            "patience = 10",
            "patience = 20",
        ),
    ),
    named(
        "stop-previous",
        "2d.stopping.previous",
        Replace(
            "trainer.py",
            "                    if val_loss < best_val_loss:\n                        best_val_loss = val_loss\n                        num_failures = 0\n                    else:\n                        num_failures += 1\n",
            "                    if val_loss > best_val_loss:\n                        num_failures += 1\n                    else:\n                        num_failures = 0\n                    best_val_loss = val_loss\n",
        ),
    ),
    named(
        "2c-accuracy-of-ones-restyled",
        "2c.accuracy.of-ones",
        binary_accuracy("""
    right = 0
    for p, y in zip(model.forward(X).ravel(), targets.ravel()):
        if p >= 0.5 and y == 1:
            right += 1
    return right / len(X)
        """),
    ),
    named(
        "2c-accuracy-broadcast-restyled",
        "2c.accuracy.broadcast",
        binary_accuracy("""
    predicted = np.round(model.forward(X)).flatten()
    return (predicted == targets).sum() / len(X) ** 2
        """),
    ),
    named(
        "2c-accuracy-error-rate-restyled",
        "2c.accuracy.error-rate",
        binary_accuracy("""
    predicted = np.where(model.forward(X) < 0.5, 0, 1)
    return np.abs(predicted - targets.astype(int)).mean()
        """),
    ),
    named(
        "2b-train_step-uphill-restyled",
        "2b.train_step.uphill",
        Replace(
            "task2.py",
            "self.model.w = self.model.w - self.learning_rate * self.model.grad",
            "self.model.w += np.multiply(self.model.grad, self.learning_rate)",
        ),
    ),
    named(
        "2e-shuffling-apart-restyled",
        "2e.shuffling.apart",
        loader("""
    if shuffle:
        X = X[np.random.permutation(len(X))]
        Y = Y[np.random.permutation(len(Y))]
    for start in range(0, len(X) - batch_size + 1, batch_size):
        yield X[start : start + batch_size], Y[start : start + batch_size]
        """),
    ),
)
