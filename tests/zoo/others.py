"""Mistakes written apart from the catalogue, in other styles: loops, `np.dot`, bias first, the other
coefficient, in-place updates; and mistakes that the catalogue does not have.

Each of `KNOWN` gives the name that it must be told by first. None of `FOREIGN` may be told a name.
"""

from __future__ import annotations

from tests.zoo.training_loops import RETURN, loop
from tests.zoo.variants import Redefine, Replace, Variant

FILES = {
    "pre_process_images": ("task2a.py", "X"),
    "cross_entropy_loss": ("task2a.py", "targets, outputs"),
    "BinaryModel.forward": ("task2a.py", "self, X"),
    "BinaryModel.backward": ("task2a.py", "self, X, outputs, targets"),
    "one_hot_encode": ("task3a.py", "Y, num_classes"),
    "SoftmaxModel.forward": ("task3a.py", "self, X"),
    "SoftmaxModel.backward": ("task3a.py", "self, X, outputs, targets"),
    "batch_loader": ("utils.py", "X, Y, batch_size, shuffle=False, drop_last=True"),
}


def _body(function: str, body: str, file: str | None = None) -> Redefine:
    known, parameters = FILES.get(function, ("", "X, targets, model"))
    name = function.rpartition(".")[2]
    return Redefine(file or known, function, f"def {name}({parameters}):\n    {body}")


ACCURACY = "calculate_accuracy"
LOSS = "cross_entropy_loss"

KNOWN_ROWS: tuple[tuple[str, Redefine | Replace], ...] = (
    (
        "2a.preprocess.bias-before-normalising",
        _body(
            "pre_process_images",
            "ones = np.ones((X.shape[0], 1))\n    X = np.concatenate((ones, X), axis=1)\n"
            "    X = (X / 255.0) * 2.0\n    X -= 1\n    return X",
        ),
    ),
    (
        "2a.preprocess.uint8-wraps",
        _body(
            "pre_process_images",
            "out = np.ones((X.shape[0], X.shape[1] + 1))\n    for n, image in enumerate(X):\n"
            "        out[n, :-1] = image * 2 / 255 - 1\n    return out",
        ),
    ),
    (
        "2a.preprocess.uint8-in-place",
        _body(
            "pre_process_images",
            "X *= 2 / 255\n    X -= 1.0\n    return np.append(X, np.ones((len(X), 1)), axis=1)",
        ),
    ),
    (
        "2a.preprocess.zero-bias",
        _body(
            "pre_process_images",
            "out = np.zeros((len(X), 785))\n    out[:, :784] = (X - 127.5) / 127.5\n    return out",
        ),
    ),
    (
        "2a.preprocess.unit-interval",
        _body(
            "pre_process_images",
            "return np.c_[np.ones(len(X)), X.astype(np.float32) / 255]",
        ),
    ),
    (
        "2a.preprocess.standardised",
        _body(
            "pre_process_images",
            "X = X.astype('float64')\n    X -= np.mean(X)\n    X /= np.std(X)\n"
            "    return np.insert(X, 784, 1, axis=1)",
        ),
    ),
    (
        "2a.loss.not-averaged",
        _body(
            LOSS,
            "total = 0.0\n    for y, p in zip(targets.flatten(), outputs.flatten()):\n"
            "        total -= np.log(p) if y == 1 else np.log(1 - p)\n    return total",
            "task2a.py",
        ),
    ),
    (
        "2a.loss.sign",
        _body(
            LOSS,
            "ones = np.log(outputs[targets == 1]).sum()\n"
            "    zeros = np.log(1 - outputs[targets == 0]).sum()\n"
            "    return (ones + zeros) / targets.size",
            "task2a.py",
        ),
    ),
    (
        "2a.loss.first-term-only",
        _body(
            LOSS,
            "return float(np.dot(targets.T.astype(float), -np.log(outputs))[0, 0] / len(targets))",
            "task2a.py",
        ),
    ),
    (
        "2a.loss.per-image",
        _body(
            LOSS,
            "y = targets.squeeze(1) * 1.0\n    p = outputs.squeeze(1)\n"
            "    return -(y * np.log(p) + (1 - y) * np.log(1 - p))",
            "task2a.py",
        ),
    ),
    (
        "2a.loss.truncated",
        _body(
            LOSS,
            "c = np.empty(targets.shape, dtype=targets.dtype)\n"
            "    c[:] = -(targets * np.log(outputs) + (1 - targets) * np.log(1 - outputs))\n"
            "    return c.sum() / c.size",
            "task2a.py",
        ),
    ),
    (
        "2a.loss.epsilon",
        _body(
            LOSS,
            "e = 0.01\n    p = np.minimum(np.maximum(outputs, e), 1 - e)\n"
            "    return np.average(np.where(targets == 1, -np.log(p), -np.log(1 - p)))",
            "task2a.py",
        ),
    ),
    (
        "2a.forward.sign",
        _body("BinaryModel.forward", "z = np.dot(X, self.w)\n    return 1 - 1 / (1 + np.exp(-z))"),
    ),
    (
        "2a.forward.vector",
        _body(
            "BinaryModel.forward",
            "return np.array([1 / (1 + np.exp(-float(np.dot(self.w[:, 0], x)))) for x in X])",
        ),
    ),
    (
        "2a.backward.overwritten",
        _body(
            "BinaryModel.backward",
            "gradient = np.zeros_like(self.w)\n    for x, p, y in zip(X, outputs, targets):\n"
            "        gradient - x[:, None] * (y - p)\n    self.grad = gradient",
        ),
    ),
    (
        "2a.backward.not-averaged",
        _body(
            "BinaryModel.backward",
            "self.grad = np.zeros((785, 1))\n    for n in range(len(X)):\n"
            "        self.grad += np.outer(X[n], outputs[n] - targets[n])",
        ),
    ),
    (
        "2a.backward.sign",
        _body(
            "BinaryModel.backward",
            "delta = np.subtract(targets, outputs)\n    self.grad = np.mean(delta * X, axis=0)\n"
            "    self.grad.shape = (785, 1)",
        ),
    ),
    (
        "2a.backward.vector",
        _body(
            "BinaryModel.backward",
            "self.grad = np.einsum('ni,n->i', X, outputs[:, 0] - targets[:, 0]) / len(X)",
        ),
    ),
    (
        "2a.backward.averaged-twice",
        _body(
            "BinaryModel.backward",
            "n = outputs.shape[0]\n    self.grad = -np.average(X * (targets - outputs), axis=0)\n"
            "    self.grad = self.grad.reshape(-1, 1) / n",
        ),
    ),
    (
        "2a.backward.last-image",
        _body(
            "BinaryModel.backward",
            "N = len(X)\n    for i in range(N):\n        x = X[i : i + 1]\n"
            "        self.grad = np.dot(x.T, outputs[i : i + 1] - targets[i : i + 1]) / N",
        ),
    ),
    (
        "2c.accuracy.of-ones",
        _body(
            ACCURACY,
            "right = 0\n    for p, y in zip(model.forward(X).ravel(), targets.ravel()):\n"
            "        if p >= 0.5 and y == 1:\n            right += 1\n    return right / len(X)",
            "task2.py",
        ),
    ),
    (
        "2c.accuracy.broadcast",
        _body(
            ACCURACY,
            "predicted = np.round(model.forward(X)).flatten()\n"
            "    return (predicted == targets).sum() / len(X) ** 2",
            "task2.py",
        ),
    ),
    (
        "2c.accuracy.error-rate",
        _body(
            ACCURACY,
            "predicted = np.where(model.forward(X) < 0.5, 0, 1)\n"
            "    return np.abs(predicted - targets.astype(int)).mean()",
            "task2.py",
        ),
    ),
    (
        "3a.one_hot.whole-columns",
        _body(
            "one_hot_encode",
            "T = np.zeros((len(Y), num_classes), dtype=int)\n    for label in Y:\n"
            "        T[:, label] = 1\n    return T",
        ),
    ),
    (
        "3a.one_hot.off-by-one",
        _body(
            "one_hot_encode",
            "T = np.zeros((len(Y), num_classes))\n    for n, label in enumerate(Y[:, 0]):\n"
            "        T[n, int(label) - 1] = 1.0\n    return T",
        ),
    ),
    (
        "3a.loss.over-n-k",
        _body(
            LOSS,
            "total = 0\n    N, K = outputs.shape\n    for n in range(N):\n"
            "        for k in range(K):\n            total += targets[n, k] * np.log(outputs[n, k])\n"
            "    return -total / (N * K)",
            "task3a.py",
        ),
    ),
    (
        "3a.loss.binary",
        _body(
            LOSS,
            "ones = np.multiply(targets, np.log(outputs))\n"
            "    ones += np.multiply(1 - targets, np.log(1 - outputs))\n"
            "    return -ones.sum() / ones.shape[0]",
            "task3a.py",
        ),
    ),
    (
        "3a.loss.per-image",
        _body(
            LOSS,
            "rows = np.arange(len(targets))\n"
            "    return -np.log(outputs[rows, targets.argmax(axis=1)])",
            "task3a.py",
        ),
    ),
    (
        "3a.forward.wrong-axis",
        _body(
            "SoftmaxModel.forward",
            "e = np.exp(np.dot(X, self.w))\n    for k in range(e.shape[1]):\n"
            "        e[:, k] /= e[:, k].sum()\n    return e",
        ),
    ),
    (
        "3a.forward.sigmoid",
        _body(
            "SoftmaxModel.forward",
            "z = X.dot(self.w)\n    return np.reciprocal(np.exp(-z) + 1)",
        ),
    ),
    (
        "3a.forward.own-term-missing",
        _body(
            "SoftmaxModel.forward",
            "e = np.exp(X @ self.w)\n    out = np.empty_like(e)\n    for n in range(len(e)):\n"
            "        for k in range(10):\n"
            "            out[n, k] = e[n, k] / sum(e[n, j] for j in range(10) if j != k)\n"
            "    return out",
        ),
    ),
    (
        "3a.backward.not-averaged",
        _body(
            "SoftmaxModel.backward",
            "self.grad = self.l2_reg_lambda * self.w\n    for n in range(len(X)):\n"
            "        self.grad = self.grad + np.outer(X[n], outputs[n] - targets[n])",
        ),
    ),
    (
        "3a.backward.over-n-k",
        _body(
            "SoftmaxModel.backward",
            "N, K = targets.shape\n    delta = (targets - outputs) / K\n"
            "    self.grad = np.dot(X.T, -delta) / N + self.l2_reg_lambda * self.w",
        ),
    ),
    (
        "4b.penalty.averaged",
        _body(
            "SoftmaxModel.backward",
            "self.grad = np.dot(X.T, outputs - targets)\n"
            "    self.grad += self.l2_reg_lambda * self.w\n    self.grad /= X.shape[0]",
        ),
    ),
    (
        "4b.penalty.no-bias",
        _body(
            "SoftmaxModel.backward",
            "self.grad = np.dot(X.T, outputs - targets) / X.shape[0]\n"
            "    self.grad[:-1] += self.l2_reg_lambda * self.w[:-1]",
        ),
    ),
    (
        "4b.penalty.sum",
        _body(
            "SoftmaxModel.backward",
            "R = 0\n    for row in self.w:\n        R += row.sum()\n"
            "    self.grad = X.T.dot(outputs - targets) / len(X) + 2 * self.l2_reg_lambda * R",
        ),
    ),
    (
        "3c.accuracy.element-wise",
        _body(
            ACCURACY,
            "predicted = np.where(model.forward(X) > 0.5, 1, 0)\n"
            "    return np.count_nonzero(predicted == targets) / targets.size",
            "task3.py",
        ),
    ),
    (
        "2b.train_step.uphill",
        Replace(
            "task2.py",
            "self.model.w = self.model.w - self.learning_rate * self.model.grad",
            "self.model.w += np.multiply(self.model.grad, self.learning_rate)",
        ),
    ),
    (
        "2d.stopping.previous",
        loop(
            "rising = rising + 1 if len(losses) > 1 and val_loss > losses[-2] else 0\n"
            f"if rising == 10:\n    {RETURN}",
            before="rising = 0",
        ),
    ),
    (
        "2e.shuffling.apart",
        _body(
            "batch_loader",
            "if shuffle:\n        X = X[np.random.permutation(len(X))]\n"
            "        Y = Y[np.random.permutation(len(Y))]\n"
            "    for start in range(0, len(X) - batch_size + 1, batch_size):\n"
            "        yield X[start : start + batch_size], Y[start : start + batch_size]",
        ),
    ),
)

FOREIGN_ROWS: tuple[tuple[str, Redefine | Replace], ...] = (
    (
        "2a.preprocess",
        _body(
            "pre_process_images",
            "return np.hstack([np.sqrt(X / 255) * 2 - 1, np.ones((len(X), 1))])",
        ),
    ),
    (
        "2a.preprocess",
        _body(
            "pre_process_images",
            "X = X / 127.5 - 1\n    return np.hstack([X, X.mean(axis=1, keepdims=True)])",
        ),
    ),
    (
        "2a.loss",
        _body(LOSS, "return np.mean(np.abs(targets - outputs))", "task2a.py"),
    ),
    (
        "2a.loss",
        _body(
            LOSS,
            "y = targets.astype(float)\n    p = outputs\n"
            "    return -np.mean(y * np.log(p) * (1 - p) + (1 - y) * np.log(1 - p) * p)",
            "task2a.py",
        ),
    ),
    (
        "2a.forward",
        _body("BinaryModel.forward", "z = X @ self.w\n    return 0.5 + z / (2 * (1 + abs(z)))"),
    ),
    (
        "2a.forward",
        _body("BinaryModel.forward", "return 1 / (1 + np.exp(-np.abs(X) @ self.w))"),
    ),
    (
        "2a.backward",
        _body(
            "BinaryModel.backward",
            "self.grad = np.sign(X.T @ (outputs - targets)) / len(X)",
        ),
    ),
    (
        "2a.backward",
        _body(
            "BinaryModel.backward",
            "g = X.T @ (outputs - targets) / len(X)\n    self.grad = g / max(1, np.abs(g).sum())",
        ),
    ),
    (
        "3a.one_hot",
        _body("one_hot_encode", "return np.eye(num_classes)[9 - Y[:, 0]]"),
    ),
    (
        "3a.loss",
        _body(LOSS, "return -np.mean(np.log(outputs.max(axis=1)))", "task3a.py"),
    ),
    (
        "3a.forward",
        _body(
            "SoftmaxModel.forward",
            "z = np.maximum(X @ self.w, 0)\n    e = np.exp(z)\n"
            "    return e / e.sum(axis=1, keepdims=True)",
        ),
    ),
    (
        "3a.backward",
        _body(
            "SoftmaxModel.backward",
            "d = outputs ** 2 - targets\n"
            "    self.grad = X.T @ d / len(X) + 2 * self.l2_reg_lambda * self.w",
        ),
    ),
    (
        "4b.penalty",
        _body(
            "SoftmaxModel.backward",
            "self.grad = X.T @ (outputs - targets) / len(X) + self.l2_reg_lambda * self.w ** 3",
        ),
    ),
    (
        "3c.accuracy",
        _body(
            ACCURACY,
            "top = np.argsort(model.forward(X), axis=1)[:, -2:]\n"
            "    return np.mean(np.any(top == targets.argmax(axis=1)[:, None], axis=1))",
            "task3.py",
        ),
    ),
    (
        "2d.stopping",
        loop(
            f"if len(losses) > 10 and np.mean(losses[-5:]) > np.mean(losses[-10:-5]):\n    {RETURN}"
        ),
    ),
)

KNOWN: tuple[Variant, ...] = tuple(
    Variant(f"known-{number:02}-{id}", id, (edit,), loses=(id.rpartition(".")[0],))
    for number, (id, edit) in enumerate(KNOWN_ROWS, start=1)
)
FOREIGN: tuple[Variant, ...] = tuple(
    Variant(f"foreign-{number:02}-{piece}", piece, (edit,), loses=(piece,))
    for number, (piece, edit) in enumerate(FOREIGN_ROWS, start=1)
)
