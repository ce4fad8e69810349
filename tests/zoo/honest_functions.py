"""Honest ways to write the functions of tasks 2a, 2c, 3a, 3c and 4b, which must cost nothing."""

from __future__ import annotations

from tests.zoo.variants import Redefine, Replace, Variant


def _one(id: str, says: str, file: str, name: str, source: str, **conventions: str) -> Variant:
    """A variant in which one function is written in another way."""
    named = {key.replace("_", " "): value for key, value in conventions.items()}
    return Variant(id, says, (Redefine(file, name, source),), conventions=named)


def _preprocess(id: str, says: str, source: str, **conventions: str) -> Variant:
    body = "def pre_process_images(X):\n" + source
    return _one(f"preprocess-{id}", says, "task2a.py", "pre_process_images", body, **conventions)


def _binary_loss(id: str, says: str, source: str) -> Variant:
    body = "def cross_entropy_loss(targets, outputs):\n" + source
    return _one(f"binary-loss-{id}", says, "task2a.py", "cross_entropy_loss", body)


def _softmax_loss(id: str, says: str, source: str) -> Variant:
    body = "def cross_entropy_loss(targets, outputs):\n" + source
    return _one(f"softmax-loss-{id}", says, "task3a.py", "cross_entropy_loss", body)


PREPROCESSING = (
    _preprocess(
        "bias-first",
        "The bias column comes first.",
        "    return np.insert(X / 127.5 - 1, 0, 1, axis=1)\n",
        bias_column="first",
    ),
    _preprocess(
        "by-128",
        "Pixels are mapped by (x - 128) / 128.",
        "    X = (X.astype(float) - 128) / 128\n    return np.c_[X, np.ones(len(X))]\n",
        pixels="0 becomes -1, 128 becomes 0",
    ),
    _preprocess(
        "bias-first-by-128",
        "Both of these.",
        "    return np.insert((X - 128.0) / 128.0, 0, 1, axis=1)\n",
        bias_column="first",
        pixels="0 becomes -1, 128 becomes 0",
    ),
    _preprocess(
        "float32",
        "The result is float32.",
        "    X = X.astype(np.float32) / np.float32(127.5) - np.float32(1)\n"
        "    return np.append(X, np.ones((len(X), 1), dtype=np.float32), axis=1)\n",
    ),
    _preprocess(
        "python-loops",
        "Two slow loops over rows and pixels.",
        "    new = np.ones((X.shape[0], X.shape[1] + 1))\n"
        "    for i in range(X.shape[0]):\n        for j in range(X.shape[1]):\n"
        "            new[i][j] = float(X[i][j]) * 2 / 255 - 1\n    return new\n",
    ),
    _preprocess(
        "insert",
        "The bias is inserted at the end, then the rest is normalised.",
        "    X = np.insert(X.astype(np.float64), 784, 255, axis=1)\n"
        "    return (X - 127.5) / 127.5\n",
    ),
    _preprocess(
        "interp",
        "np.interp maps the range.",
        "    return np.hstack((np.interp(X, (0, 255), (-1, 1)), np.ones((X.shape[0], 1))))\n",
    ),
    _one(
        "preprocess-annotated",
        "The signature has annotations and a default.",
        "task2a.py",
        "pre_process_images",
        """
        def pre_process_images(X: np.ndarray, bias: bool = True) -> np.ndarray:
            X = 2 * (X / 255) - 1
            return np.concatenate([X, np.ones((X.shape[0], 1))], axis=1) if bias else X
        """,
    ),
)

BINARY_LOSS = (
    _binary_loss(
        "of-shape-1",
        "The loss has shape (1,).",
        "    C = -(targets * np.log(outputs) + (1 - targets) * np.log(1 - outputs))\n"
        "    return np.sum(C, axis=0) / len(C)\n",
    ),
    _binary_loss(
        "of-shape-1-1",
        "The loss is a matrix product of shape (1, 1).",
        "    N = targets.shape[0]\n    return -(targets.T @ np.log(outputs) + "
        "(1 - targets).T @ np.log(1 - outputs)) / N\n",
    ),
    _binary_loss(
        "epsilon-10",
        "log(p + 1e-10).",
        "    e = 1e-10\n    return np.mean(-(targets * np.log(outputs + e) + "
        "(1 - targets) * np.log(1 - outputs + e)))\n",
    ),
    _binary_loss(
        "epsilon-8",
        "log(p + 1e-8).",
        "    e = 1e-8\n    return np.mean(-(targets * np.log(outputs + e) + "
        "(1 - targets) * np.log(1 - outputs + e)))\n",
    ),
    _binary_loss(
        "clip-7",
        "Outputs are clipped at 1e-7.",
        "    p = np.clip(outputs, 1e-7, 1 - 1e-7)\n"
        "    return -np.mean(targets * np.log(p) + (1 - targets) * np.log(1 - p))\n",
    ),
    _binary_loss(
        "clip-12",
        "Outputs are clipped at 1e-12.",
        "    p = np.clip(outputs, 1e-12, 1 - 1e-12)\n"
        "    return -np.mean(targets * np.log(p) + (1 - targets) * np.log(1 - p))\n",
    ),
    _binary_loss(
        "float32",
        "The loss is computed in float32.",
        "    p = outputs.astype(np.float32)\n    y = targets.astype(np.float32)\n"
        "    return np.mean(-(y * np.log(p) + (1 - y) * np.log(1 - p)))\n",
    ),
    _binary_loss(
        "where",
        "np.where picks the term of each image.",
        "    return -np.log(np.where(targets == 1, outputs, 1 - outputs)).mean()\n",
    ),
    _binary_loss(
        "loop",
        "A loop over images, and a Python float.",
        "    total = 0.0\n    for y, p in zip(targets, outputs):\n"
        "        total += -np.log(p[0]) if y[0] == 1 else -np.log(1 - p[0])\n"
        "    return float(total / len(targets))\n",
    ),
    Variant(
        "binary-loss-parameters-swapped",
        "The parameters have the course's names in another order, which callers follow.",
        (
            Redefine(
                "task2a.py",
                "cross_entropy_loss",
                """
                def cross_entropy_loss(outputs, targets):
                    return -np.mean(targets * np.log(outputs) + (1 - targets) * np.log(1 - outputs))
                """,
            ),
            Replace("task2.py", "(Y_batch, outputs)\n", "(outputs, Y_batch)\n"),
            Replace(
                "task2.py",
                "(self.Y_val, self.model.forward(self.X_val))",
                "(self.model.forward(self.X_val), self.Y_val)",
            ),
        ),
    ),
    _one(
        "binary-loss-parameters-renamed",
        "The parameters have other names in the course's order.",
        "task2a.py",
        "cross_entropy_loss",
        """
        def cross_entropy_loss(y: np.ndarray, y_hat: np.ndarray) -> float:
            return -np.mean(y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat))
        """,
    ),
)

SOFTMAX_LOSS = (
    _softmax_loss(
        "negated-targets",
        "`-targets * log(outputs)`, right for one-hot floats.",
        "    return np.mean(np.sum(-targets * np.log(outputs), axis=1))\n",
    ),
    _softmax_loss(
        "of-shape-1",
        "The loss has shape (1,).",
        "    C = -np.sum(targets * np.log(outputs), axis=1, keepdims=True)\n"
        "    return C.sum(axis=0) / len(C)\n",
    ),
    _softmax_loss(
        "of-shape-1-1",
        "The loss has shape (1, 1).",
        "    C = -np.sum(targets * np.log(outputs), axis=1, keepdims=True)\n"
        "    return np.ones((1, len(C))) @ C / len(C)\n",
    ),
    _softmax_loss(
        "epsilon-8",
        "log(p + 1e-8).",
        "    return -np.sum(targets * np.log(outputs + 1e-8)) / targets.shape[0]\n",
    ),
    _softmax_loss(
        "epsilon-10",
        "log(p + 1e-10).",
        "    return -np.sum(targets * np.log(outputs + 1e-10)) / targets.shape[0]\n",
    ),
    _softmax_loss(
        "clip-7",
        "Outputs are clipped at 1e-7.",
        "    p = np.clip(outputs, 1e-7, 1 - 1e-7)\n"
        "    return -np.mean((targets * np.log(p)).sum(1))\n",
    ),
    _softmax_loss(
        "einsum",
        "einsum sums the products.",
        "    return -np.einsum('nk,nk->', targets, np.log(outputs)) / len(targets)\n",
    ),
    _softmax_loss(
        "picked",
        "The output of the true class is picked by its index.",
        "    k = np.argmax(targets, axis=1)\n"
        "    return -np.log(outputs[np.arange(len(k)), k]).mean()\n",
    ),
    _softmax_loss(
        "float32",
        "The loss is computed in float32.",
        "    p = outputs.astype('float32')\n"
        "    return -(targets.astype('float32') * np.log(p)).sum(axis=1).mean()\n",
    ),
)

ONE_HOT = tuple(
    _one(
        f"one-hot-{id}",
        says,
        "task3a.py",
        "one_hot_encode",
        f"def one_hot_encode(Y, num_classes):\n    {source}\n",
    )
    for id, says, source in (
        ("eye", "Rows of the unit matrix.", "return np.eye(num_classes)[Y.reshape(-1)]"),
        ("compared", "A comparison gives booleans.", "return Y == np.arange(num_classes)"),
        ("integers", "Integers.", "return (Y == np.arange(num_classes)).astype(int)"),
        (
            "loop",
            "A loop over labels.",
            "E = np.zeros((len(Y), num_classes))\n    for i in range(len(Y)):\n"
            "        E[i][Y[i][0]] = 1.0\n    return E",
        ),
        ("uint8", "uint8, as the labels.", "return np.eye(num_classes, dtype=Y.dtype)[Y[:, 0]]"),
    )
)

ACCURACY = tuple(
    _one(
        f"accuracy-{id}",
        says,
        file,
        "calculate_accuracy",
        f"def calculate_accuracy(X, targets, model):\n    {source}\n",
    )
    for id, says, file, source in (
        (
            "four-decimals",
            "Rounded to four decimals.",
            "task2.py",
            "return round(float(np.mean((model.forward(X) >= 0.5) == targets)), 4)",
        ),
        (
            "strictly-larger",
            "The threshold is > instead of >=.",
            "task2.py",
            "return np.sum((model.forward(X) > 0.5) == targets) / len(X)",
        ),
        (
            "rounded",
            "Outputs are rounded.",
            "task2.py",
            "return 1 - np.mean(np.abs(np.round(model.forward(X)) - targets))",
        ),
        (
            "in-place",
            "Outputs are overwritten by predictions.",
            "task2.py",
            "p = model.forward(X=X)\n    p[p >= 0.5] = 1\n    p[p < 0.5] = 0\n"
            "    return (p == targets).sum() / targets.shape[0]",
        ),
        (
            "row-by-row",
            "One image at a time, as a row of its own.",
            "task2.py",
            "right = 0\n    for x, y in zip(X, targets):\n"
            "        right += int((model.forward(x)[0] >= 0.5) == y[0])\n    return right / len(X)",
        ),
        (
            "squeezed",
            "Outputs and targets are squeezed, then compared in a loop.",
            "task2.py",
            "p, y = model.forward(X).squeeze(), targets.squeeze()\n"
            "    return sum((p[i] >= 0.5) == y[i] for i in range(len(y))) / len(y)",
        ),
        (
            "logits",
            "The sign of X @ w decides, without `forward`.",
            "task2.py",
            "return np.mean((X @ model.w >= 0) == targets)",
        ),
        (
            "softmax-loop",
            "A loop compares the places of the largest.",
            "task3.py",
            "outputs, right = model.forward(X), 0\n    for n in range(X.shape[0]):\n"
            "        if outputs[n].argmax() == targets[n].argmax():\n            right += 1\n"
            "    return right / X.shape[0]",
        ),
        (
            "softmax-one-hot",
            "Predictions are encoded and compared row by row.",
            "task3.py",
            "p = one_hot_encode(np.argmax(model.forward(X), axis=1)[:, None], 10)\n"
            "    return np.all(p == targets, axis=1).mean()",
        ),
        (
            "softmax-product",
            "Encoded predictions are multiplied with the targets.",
            "task3.py",
            "p = model.forward(X)\n    p = (p == p.max(axis=1, keepdims=True))\n"
            "    return np.sum(p * targets) / X.shape[0]",
        ),
        (
            "softmax-batches",
            "`forward` is called on a part of the images at a time.",
            "task3.py",
            "right = 0\n    for i in range(0, len(X), 2):\n"
            "        p = model.forward(X[i : i + 2]).argmax(axis=1)\n"
            "        right += np.count_nonzero(p == targets[i : i + 2].argmax(axis=1))\n"
            "    return right / len(X)",
        ),
    )
)

FUNCTIONS = (*PREPROCESSING, *BINARY_LOSS, *SOFTMAX_LOSS, *ONE_HOT, *ACCURACY)
