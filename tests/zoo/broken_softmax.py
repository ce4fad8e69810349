"""Mistakes in tasks 3a, 3c and 4b, each in one piece."""

from __future__ import annotations

from tests.zoo.broken_logistic import _variants
from tests.zoo.variants import Redefine, Variant

PENALTY = " + 2 * self.l2_reg_lambda * self.w"
NO_SHAPE_LEFT = "the penalty is added to an array of the wrong shape, so it has no right shape"

ONE_HOT = (
    (
        "whole-columns",
        "Y of shape (N, 1) as an index sets whole columns.",
        "E = np.zeros((len(Y), num_classes))\n    E[np.arange(len(Y)), Y] = 1\n    return E",
    ),
    (
        "off-by-one",
        "One class too far.",
        "E = np.zeros((len(Y), num_classes))\n    E[np.arange(len(Y)), (Y[:, 0] - 1) % 10] = 1\n"
        "    return E",
    ),
    (
        "by-position",
        "The position in the batch, not the label.",
        "return np.eye(num_classes)[np.arange(len(Y)) % num_classes]",
    ),
    ("transposed", "Classes are rows.", "return np.eye(num_classes)[Y[:, 0]].T"),
    (
        "from-the-batch",
        "Only the classes that are in the batch get a column.",
        "classes = np.unique(Y)\n    return (Y == classes).astype(float)",
    ),
    ("extra-axis", "The result has shape (N, 1, 10).", "return np.eye(num_classes)[Y]"),
    (
        "label-as-value",
        "The label stands at its place, not 1.",
        "return np.eye(num_classes)[Y[:, 0]] * Y",
    ),
)

LOSS = (
    (
        "sign",
        "The minus sign is missing.",
        "return np.mean(np.sum(targets * np.log(outputs), axis=1))",
    ),
    (
        "not-averaged",
        "The losses are summed, not averaged.",
        "return -np.sum(targets * np.log(outputs))",
    ),
    ("over-n-k", "The mean over images and classes.", "return -np.mean(targets * np.log(outputs))"),
    ("per-image", "One loss for each image.", "return -np.sum(targets * np.log(outputs), axis=1)"),
    (
        "binary",
        "Binary cross entropy of each class.",
        "C = targets * np.log(outputs) + (1 - targets) * np.log(1 - outputs)\n"
        "    return -np.mean(np.sum(C, axis=1))",
    ),
    (
        "yhat-for-y",
        "Outputs stand where targets should.",
        "return -np.mean(np.sum(outputs * np.log(outputs), axis=1))",
    ),
    (
        "averaged-twice",
        "Divided by N twice.",
        "return -np.mean(np.sum(targets * np.log(outputs), axis=1)) / len(targets)",
    ),
    (
        "factor-100",
        "Divided by 100, the size of the handed-out check's batch.",
        "return -np.sum(targets * np.log(outputs)) / 100",
    ),
    (
        "epsilon",
        "log(p + 1e-3).",
        "return -np.mean(np.sum(targets * np.log(outputs + 1e-3), axis=1))",
    ),
    (
        "clipped",
        "Outputs are clipped to [.01, .99].",
        "p = np.clip(outputs, 0.01, 0.99)\n    return -np.mean(np.sum(targets * np.log(p), axis=1))",
    ),
    (
        "last-class",
        "The last class has p where log p should be.",
        "log = np.log(outputs)\n    log[:, -1] = outputs[:, -1]\n"
        "    return -np.mean(np.sum(targets * log, axis=1))",
    ),
    (
        "log-10",
        "The logarithm to base 10.",
        "return -np.mean(np.sum(targets * np.log10(outputs), axis=1))",
    ),
    (
        "over-images",
        "The mean over images of the largest output's logarithm.",
        "return -np.mean(np.log(outputs.max(axis=1)))",
    ),
)

FORWARD = (
    (
        "wrong-axis",
        "Normalised over the images.",
        "e = np.exp(X @ self.w)\n    return e / e.sum(axis=0)",
    ),
    (
        "over-all",
        "Normalised over images and classes.",
        "e = np.exp(X @ self.w)\n    return e / e.sum()",
    ),
    (
        "own-term-missing",
        "A class's own term is missing from its denominator.",
        "e = np.exp(X @ self.w)\n    return e / (e.sum(axis=1, keepdims=True) - e)",
    ),
    ("sigmoid", "The logistic function of each logit.", "return 1 / (1 + np.exp(-X @ self.w))"),
    (
        "sigmoid-first",
        "Softmax of the logistic function.",
        "e = np.exp(1 / (1 + np.exp(-X @ self.w)))\n    return e / e.sum(axis=1, keepdims=True)",
    ),
    (
        "of-x",
        "Softmax of X, not of X @ w.",
        "e = np.exp(X[:, : self.num_outputs])\n    return e / e.sum(axis=1, keepdims=True)",
    ),
    (
        "temperature",
        "Logits are divided by two.",
        "e = np.exp(X @ self.w / 2)\n    return e / e.sum(axis=1, keepdims=True)",
    ),
    ("sign", "exp(-z).", "e = np.exp(-X @ self.w)\n    return e / e.sum(axis=1, keepdims=True)"),
    ("not-normalised", "exp(z) alone.", "return np.exp(X @ self.w)"),
    ("logits", "The logits themselves.", "return X @ self.w"),
    (
        "transposed",
        "Classes are rows.",
        "e = np.exp(X @ self.w)\n    return (e / e.sum(axis=1, keepdims=True)).T",
    ),
    ("hard", "The largest is 1, the rest 0.", "return np.eye(10)[(X @ self.w).argmax(axis=1)]"),
    (
        "epsilon",
        "1e-3 is added to the denominator.",
        "e = np.exp(X @ self.w)\n    return e / (e.sum(axis=1, keepdims=True) + 1e-3)",
    ),
    (
        "shifted-after",
        "The largest logit is subtracted in the numerator only.",
        "z = X @ self.w\n    return np.exp(z - z.max()) / np.exp(z).sum(axis=1, keepdims=True)",
    ),
)

BACKWARD = (
    (
        "not-averaged",
        "The gradient is summed, not averaged.",
        "self.grad = -X.T @ (targets - outputs)" + PENALTY,
    ),
    (
        "averaged-twice",
        "Divided by N twice.",
        "self.grad = -X.T @ (targets - outputs) / len(X) ** 2" + PENALTY,
    ),
    (
        "over-n-k",
        "Divided by N and by K.",
        "self.grad = -X.T @ (targets - outputs) / len(X) / 10" + PENALTY,
    ),
    (
        "factor-100",
        "Divided by 100, the size of the handed-out check's batch.",
        "self.grad = -X.T @ (targets - outputs) / 100" + PENALTY,
    ),
    ("sign", "The sign is wrong.", "self.grad = X.T @ (targets - outputs) / len(X)" + PENALTY),
    (
        "uniform",
        "1/K stands where the outputs should.",
        "self.grad = X.T @ (1 / self.num_outputs - targets) / len(X)" + PENALTY,
    ),
    (
        "hard",
        "The largest output counts as 1, the rest as 0.",
        "p = np.eye(10)[outputs.argmax(axis=1)]\n"
        "    self.grad = X.T @ (p - targets) / len(X)" + PENALTY,
    ),
    (
        "no-bias",
        "The bias has no gradient.",
        "self.grad = X.T @ (outputs - targets) / len(X)\n    self.grad[-1] = 0\n"
        "    self.grad = self.grad" + PENALTY,
    ),
    (
        "first-class",
        "Only the true class's weights move.",
        "self.grad = X.T @ (targets * (outputs - targets)) / len(X)" + PENALTY,
    ),
    (
        "sigmoid-derivative",
        "The derivative of a logistic function is put in between.",
        "d = (outputs - targets) * outputs * (1 - outputs)\n"
        "    self.grad = X.T @ d / len(X)" + PENALTY,
    ),
    (
        "overwrites-outputs",
        "The difference is formed in place, in the caller's array.",
        "outputs -= targets\n    self.grad = X.T @ outputs / len(X)" + PENALTY,
    ),
    (
        "accumulates",
        "Gradients add up from call to call.",
        "g = X.T @ (outputs - targets) / len(X)" + PENALTY + "\n"
        "    self.grad = g if self.grad is None else self.grad + g",
    ),
    ("outputs-only", "The targets are left out.", "self.grad = X.T @ outputs / len(X)" + PENALTY),
    (
        "batch-of-128",
        "The batch size is taken to be 128.",
        "self.grad = X.T @ (outputs - targets) / 128" + PENALTY,
    ),
)

ACCURACY = (
    (
        "element-wise",
        "Agreement entry by entry, over N and K.",
        "return np.mean((model.forward(X) >= 0.5) == targets)",
    ),
    (
        "one-half",
        "A prediction counts only where the output passes one half.",
        "return np.mean(np.sum((model.forward(X) >= 0.5) * targets, axis=1))",
    ),
    (
        "rounded",
        "Outputs are rounded and compared with the targets.",
        "return np.mean(np.all(np.round(model.forward(X)) == targets, axis=1))",
    ),
    (
        "counted",
        "The number, not the fraction.",
        "return np.sum(model.forward(X).argmax(1) == targets.argmax(1))",
    ),
    (
        "wrong-axis",
        "The largest over images, not classes.",
        "return np.mean(model.forward(X).argmax(axis=0) == targets.argmax(axis=0))",
    ),
    (
        "over-n-k",
        "The number right, over N and K.",
        "return np.sum(model.forward(X).argmax(1) == targets.argmax(1)) / targets.size",
    ),
    (
        "flattened",
        "argmax of the flattened arrays.",
        "return np.mean(model.forward(X).argmax() == targets.argmax())",
    ),
    (
        "smallest",
        "The smallest output is predicted.",
        "return np.mean(model.forward(X).argmin(1) == targets.argmax(1))",
    ),
    (
        "of-128",
        "Divided by 128.",
        "return np.sum(model.forward(X).argmax(1) == targets.argmax(1)) / 128",
    ),
    (
        "overwrites-images",
        "Images are scaled in place.",
        "p = model.forward(X).argmax(1)\n    X *= 2\n    return np.mean(p == targets.argmax(1))",
    ),
)

PENALTIES = (
    ("missing", "There is no penalty.", ""),
    ("averaged", "The penalty is divided by N.", " + 2 * self.l2_reg_lambda * self.w / len(X)"),
    (
        "averaged-1",
        "The other convention's penalty is divided by N.",
        " + self.l2_reg_lambda * self.w / len(X)",
    ),
    ("sum", "The sum of the weights.", " + 2 * self.l2_reg_lambda * np.sum(self.w)"),
    ("squared", "The squared weights.", " + self.l2_reg_lambda * self.w ** 2"),
    (
        "norm",
        "The squared norm itself, added to each weight.",
        " + self.l2_reg_lambda * np.sum(self.w ** 2)",
    ),
    ("sign", "The penalty is subtracted.", " - 2 * self.l2_reg_lambda * self.w"),
    ("l1", "The derivative of the absolute values.", " + self.l2_reg_lambda * np.sign(self.w)"),
    ("no-lambda", "Lambda is left out.", " + (self.l2_reg_lambda > 0) * 2 * self.w"),
    ("lambda-squared", "Lambda is squared.", " + 2 * self.l2_reg_lambda ** 2 * self.w"),
    (
        "no-bias",
        "The bias weights are left out.",
        " + 2 * self.l2_reg_lambda * np.vstack([self.w[:-1], 0 * self.w[-1:]])",
    ),
    ("times-4", "Four times lambda * w.", " + 4 * self.l2_reg_lambda * self.w"),
    ("half", "Half of lambda * w.", " + 0.5 * self.l2_reg_lambda * self.w"),
    (
        "one-column",
        "The penalty of the first class, for all.",
        " + 2 * self.l2_reg_lambda * self.w[:, :1]",
    ),
    (
        "unit-length",
        "The weights are divided by their norm.",
        " + 2 * self.l2_reg_lambda * self.w / max(np.linalg.norm(self.w), 1e-9)",
    ),
    ("fixed-lambda", "Lambda is a constant.", " + (2 * 0.1 * self.w if self.l2_reg_lambda else 0)"),
)


def _backward(id: str, says: str, body: str, **known) -> Variant:
    source = "def backward(self, X, outputs, targets):\n    " + body
    return Variant(id, says, (Redefine("task3a.py", "SoftmaxModel.backward", source),), **known)


TWO_PIECES = (
    _backward(
        "3a.backward.overwritten",
        "The handed-out line overwrites the right gradient with zeros.",
        f"self.grad = -X.T @ (targets - outputs) / len(X){PENALTY}\n"
        "    self.grad = np.zeros_like(self.w)",
        loses=("3a.backward", "4b.penalty"),
        because="the line overwrites the penalty too",
    ),
    _backward(
        "3a.backward.transposed",
        "The gradient has shape (10, 785).",
        "self.grad = (outputs - targets).T @ X / len(X) + 2 * self.l2_reg_lambda * self.w.T",
        loses=("3a.backward", "4b.penalty"),
        because=NO_SHAPE_LEFT,
    ),
    _backward(
        "3a.backward.not-reduced",
        "The gradient is averaged over the weights, of shape (N, 10).",
        "self.grad = (outputs - targets) * X.mean(axis=1, keepdims=True)"
        " + 2 * self.l2_reg_lambda * self.w.mean(axis=0)",
        loses=("3a.backward", "4b.penalty"),
        because=NO_SHAPE_LEFT,
    ),
    _backward(
        "3a.backward.name-error",
        "A misspelt name.",
        "self.grad = -X.T @ (target - outputs) / len(X)" + PENALTY,
        loses=("3a.backward", "4b.penalty"),
        because="no gradient comes about, so there is none to add the penalty to",
    ),
    _backward(
        "4b.penalty.divides-both",
        "The sum of gradient and penalty is divided by N.",
        "self.grad = (-X.T @ (targets - outputs) + 2 * self.l2_reg_lambda * self.w) / len(X)",
        loses=("4b.penalty",),
    ),
    Variant(
        "4b.penalty.constructor-ignores-lambda",
        "The constructor sets the coefficient to 0, whatever it is given.",
        (
            Redefine(
                "task3a.py",
                "SoftmaxModel.__init__",
                "def __init__(self, l2_reg_lambda):\n    self.I, self.num_outputs = 785, 10\n"
                "    self.w = np.zeros((785, 10))\n    self.grad = None\n"
                "    self.l2_reg_lambda = 0.0",
            ),
        ),
        loses=("4b.penalty",),
    ),
    Variant(
        "3a.forward.start.random",
        "The weights start at random, not at zero.",
        (
            Redefine(
                "task3a.py",
                "SoftmaxModel.__init__",
                "def __init__(self, l2_reg_lambda):\n    self.I, self.num_outputs = 785, 10\n"
                "    self.w = np.random.normal(size=(785, 10))\n    self.grad = None\n"
                "    self.l2_reg_lambda = l2_reg_lambda",
            ),
        ),
        loses=("3a.forward",),
    ),
)

SOFTMAX = (
    *_variants("3a.one_hot", "task3a.py", "one_hot_encode", "Y, num_classes", ONE_HOT),
    *_variants("3a.loss", "task3a.py", "cross_entropy_loss", "targets, outputs", LOSS),
    *_variants("3a.forward", "task3a.py", "SoftmaxModel.forward", "self, X", FORWARD),
    *_variants(
        "3a.backward", "task3a.py", "SoftmaxModel.backward", "self, X, outputs, targets", BACKWARD
    ),
    *_variants("3c.accuracy", "task3.py", "calculate_accuracy", "X, targets, model", ACCURACY),
    *(
        _backward(
            f"4b.penalty.{id}",
            says,
            "self.grad = -X.T @ (targets - outputs) / len(X)" + penalty,
            loses=("4b.penalty",),
        )
        for id, says, penalty in PENALTIES
    ),
    *TWO_PIECES,
)
