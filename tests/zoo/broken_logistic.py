"""Mistakes in tasks 2a and 2c, each in one piece."""

from __future__ import annotations

from tests.zoo.variants import Redefine, Variant

PREPROCESS = (
    (
        "bias-before-normalising",
        "The bias is appended before normalising, and becomes -0.992.",
        "return np.hstack([X, np.ones((len(X), 1))]) / 127.5 - 1",
    ),
    (
        "uint8-wraps",
        "2 * X wraps around in uint8.",
        "return np.hstack([2 * X / 255 - 1, np.ones((len(X), 1))])",
    ),
    (
        "uint8-wraps-in-a-loop",
        "2 * x wraps around for a single uint8.",
        "new = np.ones((len(X), 785))\n    for n in range(len(X)):\n        for i in range(784):\n"
        "            new[n, i] = 2 * X[n, i] / 255 - 1\n    return new",
    ),
    (
        "uint8-in-place",
        "In-place division of uint8 raises.",
        "X /= 127.5\n    X -= 1\n    return np.hstack([X, np.ones((len(X), 1))])",
    ),
    (
        "zero-bias",
        "The bias column is all zeros.",
        "return np.hstack([X / 127.5 - 1, np.zeros((len(X), 1))])",
    ),
    ("no-bias", "There is no bias column.", "return X / 127.5 - 1"),
    (
        "two-biases",
        "The bias comes first and last.",
        "one = np.ones((len(X), 1))\n    return np.hstack([one, X / 127.5 - 1, one])",
    ),
    (
        "transposed",
        "Images are columns.",
        "return np.hstack([X / 127.5 - 1, np.ones((len(X), 1))]).T",
    ),
    (
        "unit-interval",
        "Pixels are mapped to [0, 1].",
        "return np.hstack([X / 255, np.ones((len(X), 1))])",
    ),
    (
        "standardised",
        "Pixels are standardised by the batch's own mean and deviation.",
        "X = (X - X.mean()) / (X.std() + 1e-9)\n    return np.hstack([X, np.ones((len(X), 1))])",
    ),
    (
        "batch-range",
        "The batch's own smallest and largest pixels become -1 and 1.",
        "X = X.astype(float)\n    X = 2 * (X - X.min()) / max(X.max() - X.min(), 1) - 1\n"
        "    return np.hstack([X, np.ones((len(X), 1))])",
    ),
    (
        "rounded",
        "Pixels are rounded to -1, 0 and 1.",
        "return np.hstack([np.round(X / 127.5 - 1), np.ones((len(X), 1))])",
    ),
    (
        "upside-down",
        "Black becomes 1 and white -1.",
        "return np.hstack([1 - X / 127.5, np.ones((len(X), 1))])",
    ),
    (
        "sorted",
        "The pixels of an image are reversed.",
        "return np.hstack([(X / 127.5 - 1)[:, ::-1], np.ones((len(X), 1))])",
    ),
)

LOSS = (
    (
        "sign",
        "The minus sign is missing.",
        "return np.mean(targets * np.log(outputs) + (1 - targets) * np.log(1 - outputs))",
    ),
    (
        "not-averaged",
        "The losses are summed, not averaged.",
        "return -np.sum(targets * np.log(outputs) + (1 - targets) * np.log(1 - outputs))",
    ),
    (
        "per-image",
        "One loss for each image.",
        "return -(targets * np.log(outputs) + (1 - targets) * np.log(1 - outputs))",
    ),
    (
        "yhat-for-y",
        "(1 - yhat) stands where (1 - y) should.",
        "return -np.mean(targets * np.log(outputs) + (1 - outputs) * np.log(1 - outputs))",
    ),
    (
        "first-term-only",
        "The second term is missing.",
        "return -np.mean(targets * np.log(outputs))",
    ),
    (
        "second-term-sign",
        "The second term is outside the minus sign, as in 1a's slip.",
        "return np.mean(-targets * 1.0 * np.log(outputs) + (1 - targets) * np.log(1 - outputs))",
    ),
    (
        "arguments-swapped",
        "Targets and outputs change places.",
        "t, o = np.clip(targets, 0.01, 0.99), outputs\n"
        "    return -np.mean(o * np.log(t) + (1 - o) * np.log(1 - t))",
    ),
    (
        "truncated",
        "`zeros_like(targets)` of uint8 cuts the losses to whole numbers.",
        "loss = np.zeros_like(targets)\n    for n in range(len(targets)):\n"
        "        loss[n] = -(targets[n, 0] * np.log(outputs[n, 0])\n"
        "                    + (1 - targets[n, 0]) * np.log(1 - outputs[n, 0]))\n"
        "    return loss.mean()",
    ),
    (
        "negated-uint8",
        "-targets wraps around for uint8 labels.",
        "return np.mean(-targets * np.log(outputs) - (1 - targets) * np.log(1 - outputs))",
    ),
    (
        "factor-100",
        "Divided by 100, the size of the handed-out check's batch.",
        "return -np.sum(targets * np.log(outputs) + (1 - targets) * np.log(1 - outputs)) / 100",
    ),
    ("squared-error", "The squared error.", "return np.mean((targets - outputs) ** 2)"),
    (
        "log-2",
        "The logarithm to base 2.",
        "return -np.mean(targets * np.log2(outputs) + (1 - targets) * np.log2(1 - outputs))",
    ),
    (
        "clipped",
        "Outputs are clipped to [.01, .99].",
        "p = np.clip(outputs, 0.01, 0.99)\n"
        "    return -np.mean(targets * np.log(p) + (1 - targets) * np.log(1 - p))",
    ),
    (
        "epsilon",
        "log(p + 1e-3).",
        "return -np.mean(targets * np.log(outputs + 1e-3)"
        " + (1 - targets) * np.log(1 - outputs + 1e-3))",
    ),
    (
        "halved",
        "The loss is divided by two.",
        "return -np.mean(targets * np.log(outputs) + (1 - targets) * np.log(1 - outputs)) / 2",
    ),
    (
        "median",
        "The median, not the mean.",
        "return np.median(-(targets * np.log(outputs) + (1 - targets) * np.log(1 - outputs)))",
    ),
)

FORWARD = (
    ("sign", "The exponent has the wrong sign.", "return 1 / (1 + np.exp(X @ self.w))"),
    ("no-sigmoid", "The logits themselves.", "return X @ self.w"),
    ("vector", "The outputs have shape (N,).", "return 1 / (1 + np.exp(-(X @ self.w)[:, 0]))"),
    ("transposed", "The outputs have shape (1, N).", "return 1 / (1 + np.exp(-(X @ self.w).T))"),
    ("thresholded", "Outputs are 0 and 1.", "return (X @ self.w >= 0).astype(float)"),
    ("no-bias", "The bias is left out.", "return 1 / (1 + np.exp(-X[:, :-1] @ self.w[:-1]))"),
    (
        "clipped",
        "Outputs are clipped to [.01, .99].",
        "return np.clip(1 / (1 + np.exp(-X @ self.w)), 0.01, 0.99)",
    ),
    (
        "first-image",
        "Every image gets the first one's output.",
        "return np.repeat(1 / (1 + np.exp(-X[:1] @ self.w)), len(X), axis=0)",
    ),
    ("name-error", "A misspelt name.", "return 1 / (1 + np.exp(-Z))"),
    (
        "raise-left-in",
        "A `raise` from a search for a mistake.",
        "print(X.shape)\n    raise SystemExit",
    ),
)

BACKWARD = (
    (
        "overwritten",
        "The handed-out line overwrites the right gradient with zeros.",
        "self.grad = -X.T @ (targets - outputs) / len(X)\n    self.grad = np.zeros_like(self.w)",
    ),
    (
        "not-averaged",
        "The gradient is summed, not averaged.",
        "self.grad = -X.T @ (targets - outputs)",
    ),
    (
        "divided-by-64-at-most",
        "Large batches are divided by 64.",
        "self.grad = -X.T @ (targets - outputs) / min(len(X), 64)",
    ),
    (
        "averaged-twice",
        "Divided by N twice.",
        "self.grad = -X.T @ (targets - outputs) / len(X) / len(X)",
    ),
    ("sign", "The sign is wrong.", "self.grad = X.T @ (targets - outputs) / len(X)"),
    (
        "vector",
        "The gradient has shape (785,).",
        "self.grad = np.mean((outputs - targets) * X, axis=0)",
    ),
    (
        "transposed",
        "The gradient has shape (1, 785).",
        "self.grad = np.mean((outputs - targets) * X, axis=0, keepdims=True)",
    ),
    ("not-reduced", "One gradient for each image.", "self.grad = (outputs - targets) * X"),
    (
        "one-number",
        "The mean over weights as well.",
        "self.grad = np.full((785, 1), np.mean((outputs - targets) * X))",
    ),
    (
        "by-sample",
        "The gradient is indexed by image instead of weight.",
        "self.grad = np.zeros_like(self.w)\n    for n in range(len(X)):\n"
        "        self.grad[n] = np.mean((outputs[n] - targets[n]) * X[n])",
    ),
    (
        "factor-100",
        "Divided by 100, the size of the handed-out check's batch.",
        "self.grad = -X.T @ (targets - outputs) / 100",
    ),
    (
        "over-inputs",
        "Divided by the number of weights.",
        "self.grad = -X.T @ (targets - outputs) / X.shape[1]",
    ),
    (
        "last-image",
        "The gradient of the last image only.",
        "for n in range(len(X)):\n        self.grad = X[n][:, None] * (outputs[n] - targets[n])",
    ),
    (
        "no-bias",
        "The bias has no gradient.",
        "self.grad = X.T @ (outputs - targets) / len(X)\n    self.grad[-1] = 0",
    ),
    (
        "squared-error",
        "The derivative of the squared error.",
        "d = (outputs - targets) * outputs * (1 - outputs)\n    self.grad = X.T @ d / len(X)",
    ),
    (
        "thresholded",
        "Predictions stand where outputs should.",
        "self.grad = X.T @ ((outputs >= 0.5) - targets.astype(float)) / len(X)",
    ),
    (
        "accumulates",
        "Gradients add up from call to call.",
        "g = X.T @ (outputs - targets) / len(X)\n"
        "    self.grad = g if self.grad is None else self.grad + g",
    ),
    (
        "overwrites-outputs",
        "The difference is formed in place, in the caller's array.",
        "outputs -= targets\n    self.grad = X.T @ outputs / len(X)",
    ),
    (
        "updates-the-weights",
        "`backward` takes the step as well.",
        "self.grad = X.T @ (outputs - targets) / len(X)\n    self.w -= 0.05 * self.grad",
    ),
    (
        "impossible-assert",
        "An assertion that cannot hold.",
        "self.grad = X.T @ (outputs - targets) / len(X)\n    assert targets.shape[1] == 10",
    ),
    (
        "returned-only",
        "The gradient is returned, and not kept.",
        "return X.T @ (outputs - targets) / len(X)",
    ),
)

ACCURACY = (
    (
        "of-ones",
        "Targets are compared with 1 alone.",
        "return np.mean((model.forward(X) >= 0.5) & (targets == 1))",
    ),
    (
        "one-sided",
        "`targets - outputs <= .5` is also true of wrong ones.",
        "return np.mean(targets - model.forward(X) <= 0.5)",
    ),
    (
        "counted",
        "The number, not the fraction.",
        "return np.sum((model.forward(X) >= 0.5) == targets)",
    ),
    ("percent", "In percent.", "return 100 * np.mean((model.forward(X) >= 0.5) == targets)"),
    (
        "error-rate",
        "The fraction predicted wrong.",
        "return np.mean((model.forward(X) >= 0.5) != targets)",
    ),
    (
        "broadcast",
        "(N,) against (N, 1) compares everything with everything.",
        "return np.mean((model.forward(X)[:, 0] >= 0.5) == targets)",
    ),
    (
        "threshold-0",
        "The threshold is 0, as for logits.",
        "return np.mean((model.forward(X) >= 0) == targets)",
    ),
    (
        "exact",
        "Outputs are compared with targets exactly.",
        "return np.mean(model.forward(X) == targets)",
    ),
    (
        "overwrites-targets",
        "Wrong ones are marked in the caller's targets.",
        "p = model.forward(X) >= 0.5\n    accuracy = np.mean(p == targets)\n"
        "    targets[p != targets] = 2\n    return accuracy",
    ),
    (
        "threshold-055",
        "The threshold is .55.",
        "return np.mean((model.forward(X) >= 0.55) == targets)",
    ),
    (
        "without-model",
        "The model is never asked.",
        "return np.mean((X[:, :1] >= 0) == targets)",
    ),
    (
        "counted-in-bytes",
        "The right ones are counted in a uint8, which goes to 255.",
        "p = model.forward(X) >= 0.5\n    return (p == targets).sum(dtype=np.uint8) / len(X)",
    ),
    (
        "half",
        "Only the first half of the images.",
        "n = len(X) // 2\n    return np.mean((model.forward(X) >= 0.5)[:n] == targets[:n])",
    ),
)


def _variants(piece: str, file: str, function: str, parameters: str, rows) -> tuple[Variant, ...]:
    """One variant a row (id, sentence, body), all in the same function."""
    return tuple(
        Variant(
            f"{piece}.{id}",
            says,
            (
                Redefine(
                    file, function, f"def {function.split('.')[-1]}({parameters}):\n    {body}"
                ),
            ),
            loses=(piece,),
        )
        for id, says, body in rows
    )


LOGISTIC = (
    *_variants("2a.preprocess", "task2a.py", "pre_process_images", "X", PREPROCESS),
    *_variants("2a.loss", "task2a.py", "cross_entropy_loss", "targets, outputs", LOSS),
    *_variants("2a.forward", "task2a.py", "BinaryModel.forward", "self, X", FORWARD),
    *_variants(
        "2a.backward", "task2a.py", "BinaryModel.backward", "self, X, outputs, targets", BACKWARD
    ),
    *_variants("2c.accuracy", "task2.py", "calculate_accuracy", "X, targets, model", ACCURACY),
)
