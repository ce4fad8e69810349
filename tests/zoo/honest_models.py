"""Honest ways to write the two models, which must cost nothing."""

from __future__ import annotations

from tests.zoo.variants import Above, Edit, Redefine, Replace, Variant

ONE_LAMBDA = {"L2 penalty": "lambda / 2 ||w||^2"}


def _binary(id: str, says: str, *edits: Edit) -> Variant:
    return Variant(f"logistic-{id}", says, edits)


def _forward(source: str) -> Redefine:
    return Redefine("task2a.py", "BinaryModel.forward", "def forward(self, X):\n    " + source)


def _backward(source: str) -> Redefine:
    head = "def backward(self, X, outputs, targets):\n    "
    return Redefine("task2a.py", "BinaryModel.backward", head + source)


def _softmax_forward(source: str) -> Redefine:
    return Redefine("task3a.py", "SoftmaxModel.forward", "def forward(self, X):\n    " + source)


def _softmax_backward(source: str) -> Redefine:
    head = "def backward(self, X, outputs, targets):\n    "
    return Redefine("task3a.py", "SoftmaxModel.backward", head + source)


LOGISTIC = (
    _binary(
        "squeezed",
        "The residual is squeezed to (N,), which a batch of one would not survive.",
        _backward(
            "residual = (outputs - targets).squeeze()\n"
            "    self.grad = np.array([np.mean(residual * X[:, i]) for i in range(X.shape[1])])\n"
            "    self.grad = self.grad.reshape(-1, 1) if residual.ndim else np.zeros(3)"
        ),
    ),
    _binary(
        "asserts-preprocessed",
        "Both models insist on images as preprocessing leaves them, a bias column included.",
        _forward(
            "assert X.min() >= -1 and X.max() <= 1 and np.all(X[:, -1] == 1)\n"
            "    return 1 / (1 + np.exp(-X @ self.w))"
        ),
        _softmax_forward(
            "assert X.min() >= -1 and X.max() <= 1 and np.all(X[:, -1] == 1)\n"
            "    z = np.exp(X @ self.w)\n    return z / z.sum(axis=1, keepdims=True)"
        ),
    ),
    _binary(
        "plain",
        "The formula as the handout states it.",
        _forward("return 1 / (1 + np.exp(-np.dot(X, self.w)))"),
    ),
    _binary(
        "einsum",
        "einsum in both passes.",
        _forward("return 1 / (1 + np.exp(-np.einsum('ni,ij->nj', X, self.w)))"),
        _backward("self.grad = np.einsum('ni,nj->ij', X, outputs - targets) / len(X)"),
    ),
    _binary(
        "loops",
        "Loops over images and weights.",
        _forward(
            "outputs = np.zeros((X.shape[0], 1))\n    for n in range(X.shape[0]):\n"
            "        outputs[n, 0] = 1 / (1 + np.exp(-np.sum(X[n] * self.w[:, 0])))\n"
            "    return outputs"
        ),
        _backward(
            "self.grad = np.zeros_like(self.w)\n    for n in range(X.shape[0]):\n"
            "        for i in range(self.I):\n"
            "            self.grad[i] -= (targets[n] - outputs[n]) * X[n, i]\n"
            "    self.grad /= X.shape[0]"
        ),
    ),
    _binary(
        "tanh",
        "The logistic function as a hyperbolic tangent.",
        _forward("return (1 + np.tanh(X @ self.w / 2)) / 2"),
    ),
    _binary(
        "float32",
        "Everything in float32.",
        Replace("task2a.py", "np.zeros((self.I, 1))", "np.zeros((self.I, 1), np.float32)"),
        _forward(
            "z = X.astype(np.float32) @ self.w.astype(np.float32)\n    return 1 / (1 + np.exp(-z))"
        ),
        _backward(
            "difference = (outputs - targets).astype(np.float32)\n"
            "    self.grad = X.T.astype(np.float32) @ difference / len(X)"
        ),
    ),
    _binary(
        "recomputes",
        "`backward` calls `forward` again.",
        _backward(
            "outputs = self.forward(X)\n    self.grad = -X.T.dot(targets - outputs) / X.shape[0]"
        ),
    ),
    _binary(
        "recomputes-by-name",
        "`backward` calls `forward` again, by keyword.",
        _backward(
            "outputs = self.forward(X=X)\n    self.grad = -X.T.dot(targets - outputs) / X.shape[0]"
        ),
    ),
    _binary(
        "caches",
        "`forward` keeps its outputs, and `backward` uses those.",
        _forward("self.outputs = 1 / (1 + np.exp(-X @ self.w))\n    return self.outputs"),
        _backward("self.grad = X.T @ (self.outputs - targets) / len(targets)"),
    ),
    _binary(
        "mean",
        "The gradient as a mean over images.",
        _backward("self.grad = np.mean(-(targets - outputs) * X, axis=0, keepdims=True).T"),
    ),
    _binary(
        "reshaped",
        "The gradient as a vector, reshaped.",
        _backward(
            "grad = np.average((outputs - targets) * X, axis=0)\n"
            "    self.grad = grad.reshape(self.w.shape)"
        ),
    ),
    _binary(
        "zeros-first",
        "The gradient is set to zeros, then filled in place.",
        _backward(
            "self.grad = np.zeros_like(self.w)\n"
            "    self.grad[:] = X.T @ (outputs - targets)\n"
            "    self.grad = self.grad / outputs.shape[0]"
        ),
    ),
    _binary(
        "annotated",
        "Annotations, and other parameter names.",
        Redefine(
            "task2a.py",
            "BinaryModel.forward",
            "def forward(self, x: np.ndarray) -> np.ndarray:\n"
            "    return 1.0 / (1.0 + np.exp(-(x @ self.w)))",
        ),
        Redefine(
            "task2a.py",
            "BinaryModel.backward",
            "def backward(self, x: np.ndarray, y_hat: np.ndarray, y: np.ndarray) -> None:\n"
            "    self.grad = x.T @ (y_hat - y) / len(x)",
        ),
    ),
    _binary(
        "returns-the-gradient",
        "`backward` returns the gradient as well.",
        _backward("self.grad = X.T @ (outputs - targets) / len(X)\n    return self.grad"),
    ),
    _binary(
        "a-function-beside",
        "A sigmoid function of its own.",
        Replace(
            "task2a.py",
            "class BinaryModel:",
            "def sigmoid(z):\n    return np.where(z >= 0, 1 / (1 + np.exp(-np.abs(z))), "
            "np.exp(-np.abs(z)) / (1 + np.exp(-np.abs(z))))\n\n\nclass BinaryModel:",
        ),
        _forward("return sigmoid(X @ self.w)"),
    ),
)

SOFTMAX = (
    Variant(
        "softmax-no-shift",
        "No largest logit is subtracted.",
        (_softmax_forward("y = np.exp(X.dot(self.w))\n    return y / np.sum(y, axis=1)[:, None]"),),
    ),
    Variant(
        "softmax-one-shift",
        "One largest logit is subtracted from all.",
        (
            _softmax_forward(
                "z = X @ self.w\n    e = np.exp(z - np.max(z))\n"
                "    return e / e.sum(axis=1, keepdims=True)"
            ),
        ),
    ),
    Variant(
        "softmax-transposed",
        "Computed in columns, and transposed at the end.",
        (
            _softmax_forward("e = np.exp(self.w.T @ X.T)\n    return (e / e.sum(axis=0)).T"),
            _softmax_backward(
                "d = (targets - outputs).T @ X\n    self.grad = -d.T / len(X) "
                "+ 2 * self.l2_reg_lambda * self.w"
            ),
        ),
    ),
    Variant(
        "softmax-loops",
        "Loops over images.",
        (
            _softmax_forward(
                "outputs = np.empty((len(X), self.num_outputs))\n"
                "    for n, x in enumerate(X):\n        e = np.exp(self.w.T @ x)\n"
                "        outputs[n] = e / sum(e)\n    return outputs"
            ),
            _softmax_backward(
                "self.grad = 2 * self.l2_reg_lambda * self.w\n"
                "    for x, p, y in zip(X, outputs, targets):\n"
                "        self.grad += np.outer(x, p - y) / len(X)"
            ),
        ),
    ),
    Variant(
        "softmax-einsum",
        "einsum in both passes.",
        (
            _softmax_forward(
                "e = np.exp(np.einsum('ni,ik->nk', X, self.w))\n"
                "    return np.einsum('nk,n->nk', e, 1 / e.sum(1))"
            ),
            _softmax_backward(
                "self.grad = np.einsum('ni,nk->ik', X, outputs - targets) / len(X)\n"
                "    self.grad += self.l2_reg_lambda * 2 * self.w"
            ),
        ),
    ),
    Variant(
        "softmax-float32",
        "Everything in float32.",
        (
            Replace(
                "task3a.py",
                "np.zeros((self.I, self.num_outputs))",
                "np.zeros((self.I, self.num_outputs), dtype='float32')",
            ),
            _softmax_forward(
                "z = X.astype('float32') @ self.w.astype('float32')\n"
                "    e = np.exp(z - z.max(axis=1, keepdims=True))\n"
                "    return e / e.sum(axis=1, keepdims=True)"
            ),
            _softmax_backward(
                "X, w = X.astype('float32'), self.w.astype('float32')\n"
                "    d = (outputs - targets).astype('float32')\n"
                "    self.grad = X.T @ d / np.float32(len(X)) "
                "+ 2 * np.float32(self.l2_reg_lambda) * w"
            ),
        ),
    ),
    Variant(
        "softmax-recomputes",
        "`backward` calls `forward` again, by keyword.",
        (
            _softmax_backward(
                "self.grad = X.T @ (self.forward(X=X) - targets) / len(X) "
                "+ 2 * self.l2_reg_lambda * self.w"
            ),
        ),
    ),
    Variant(
        "softmax-caches",
        "`forward` keeps X and its outputs, and `backward` uses those.",
        (
            _softmax_forward(
                "self.X, e = X, np.exp(X @ self.w)\n"
                "    self.y = e / e.sum(axis=1, keepdims=True)\n    return self.y"
            ),
            _softmax_backward(
                "self.grad = self.X.T @ (self.y - targets) / len(self.X) "
                "+ 2 * self.l2_reg_lambda * self.w"
            ),
        ),
    ),
    Variant(
        "softmax-log-space",
        "exp of the logarithm of the softmax.",
        (
            _softmax_forward(
                "z = X @ self.w\n    z = z - z.max(axis=1, keepdims=True)\n"
                "    return np.exp(z - np.log(np.exp(z).sum(axis=1, "
                "keepdims=True)))"
            ),
        ),
    ),
    Variant(
        "l2-coefficient-1",
        "The penalty adds lambda * w.",
        (
            _softmax_backward(
                "self.grad = X.T @ (outputs - targets) / len(X) + self.l2_reg_lambda * self.w"
            ),
        ),
        conventions=ONE_LAMBDA,
    ),
    Variant(
        "l2-only-when-positive",
        "The penalty is added only where lambda is not 0.",
        (
            _softmax_backward(
                "self.grad = X.T @ (outputs - targets) / len(X)\n"
                "    if self.l2_reg_lambda > 0:\n"
                "        dR_dw = self.w * 2\n"
                "        self.grad = self.grad + self.l2_reg_lambda * dR_dw"
            ),
        ),
    ),
    Variant(
        "l2-in-a-method",
        "The penalty's derivative is a method of the model.",
        (
            Replace(
                "task3a.py",
                "    def zero_grad(self):\n",
                "    def regularisation(self):\n        return 2 * self.l2_reg_lambda * self.w"
                "\n\n    def zero_grad(self):\n",
            ),
            _softmax_backward(
                "N = targets.shape[0]\n"
                "    self.grad = (1 / N) * np.dot(X.T, outputs - targets)\n"
                "    self.grad += self.regularisation()"
            ),
        ),
    ),
    Variant(
        "lambda-renamed",
        "The coefficient has another name in the constructor.",
        (
            Redefine(
                "task3a.py",
                "SoftmaxModel.__init__",
                "def __init__(self, reg_lambda: float = 0.0):\n    self.I = 785\n"
                "    self.num_outputs = 10\n    self.w = np.zeros((785, 10))\n"
                "    self.grad = None\n    self.l2_reg_lambda = reg_lambda",
            ),
        ),
    ),
)

# The sample's attributes, and what the variants below hold besides.
SLOTS = '    __slots__ = ("I", "w", "grad", "num_outputs", "l2_reg_lambda")\n\n'
DATA = '"X_train", "Y_train", "X_val", "Y_val"'

CLASSES = (
    Variant(
        "slots",
        "Models and trainers list their attributes in `__slots__`, and have no others.",
        (
            Replace("task2a.py", "class BinaryModel:\n", f"class BinaryModel:\n{SLOTS}"),
            Replace("task3a.py", "class SoftmaxModel:\n", f"class SoftmaxModel:\n{SLOTS}"),
            Replace(
                "trainer.py",
                "class BaseTrainer:\n",
                "class BaseTrainer:\n"
                f'    __slots__ = ("model", "learning_rate", "batch_size", {DATA}, "shuffle_dataset")\n\n',
            ),
            Replace("task2.py", "(BaseTrainer):\n", "(BaseTrainer):\n    __slots__ = ()\n\n"),
            Replace("task3.py", "(BaseTrainer):\n", "(BaseTrainer):\n    __slots__ = ()\n\n"),
        ),
    ),
    Variant(
        "models-called",
        "`model(X)` is `forward`, sizes are properties, and the best model is kept by pickle.",
        (
            Replace(
                "task2a.py",
                "    def zero_grad(self):",
                "    __call__ = forward\n\n    def zero_grad(self):",
            ),
            Replace(
                "task2.py", "outputs = self.model.forward(X_batch)", "outputs = self.model(X_batch)"
            ),
            Replace("task2.py", "model.forward(X) >= 0.5", "model(X) >= 0.5"),
            Replace("task3a.py", "        self.num_outputs = 10\n", ""),
            Replace(
                "task3a.py",
                "    def zero_grad(self):",
                "    num_outputs = property(lambda self: 10)\n\n    def zero_grad(self):",
            ),
            Replace(
                "task3.py",
                "return loss, accuracy_train, accuracy_val",
                "return np.array([loss, accuracy_train, accuracy_val])",
            ),
            Above("trainer.py", "import pickle\n"),
            Replace(
                "trainer.py",
                "best_val_loss = val_loss\n",
                f"best_val_loss = val_loss\n{'':24}best_model = pickle.dumps(self.model)\n",
            ),
            Replace(
                "trainer.py",
                "if num_failures > patience:\n",
                f"if num_failures > patience:\n{'':24}self.model.w = pickle.loads(best_model).w\n",
            ),
        ),
    ),
)

MODELS = (*LOGISTIC, *SOFTMAX, *CLASSES)
