"""Unfinished files, which earn nothing, and files that do not load or disagree with themselves."""

from __future__ import annotations

from dataclasses import dataclass

from tests.zoo.variants import Above, Delete, Redefine, Variant

LOGISTIC = ("2a.preprocess", "2a.loss", "2a.forward", "2a.backward")
SOFTMAX = ("3a.one_hot", "3a.loss", "3a.forward", "3a.backward", "4b.penalty")
PENALTY = " + 2 * self.l2_reg_lambda * self.w"
IN_BACKWARD = "the penalty is a term of this gradient, and no gradient comes about"
NO_MODEL = "without a constructor there is no model whose methods could be called"
WHOLE_FILE = "every function of the file is out of reach"


@dataclass(frozen=True)
class Function:
    """One function of the interface: the pieces that it carries, and its last argument."""

    file: str
    name: str
    parameters: str
    pieces: tuple[str, ...]
    echo: str


FUNCTIONS = (
    Function("task2a.py", "pre_process_images", "X", ("2a.preprocess",), "X"),
    Function("task2a.py", "cross_entropy_loss", "targets, outputs", ("2a.loss",), "outputs"),
    Function("task2a.py", "BinaryModel.forward", "self, X", ("2a.forward",), "X"),
    Function(
        "task2a.py", "BinaryModel.backward", "self, X, outputs, targets", ("2a.backward",), "X"
    ),
    Function("task2.py", "calculate_accuracy", "X, targets, model", ("2c.accuracy",), "targets"),
    Function("task3a.py", "one_hot_encode", "Y, num_classes", ("3a.one_hot",), "Y"),
    Function("task3a.py", "cross_entropy_loss", "targets, outputs", ("3a.loss",), "outputs"),
    Function("task3a.py", "SoftmaxModel.forward", "self, X", ("3a.forward",), "X"),
    Function(
        "task3a.py",
        "SoftmaxModel.backward",
        "self, X, outputs, targets",
        ("3a.backward", "4b.penalty"),
        "X",
    ),
    Function("task3.py", "calculate_accuracy", "X, targets, model", ("3c.accuracy",), "targets"),
)


def _unfinished(function: Function, id: str, says: str, body: str) -> Variant:
    last = function.name.rpartition(".")[2]
    return Variant(
        f"{function.pieces[0]}.unfinished-{id}",
        says,
        (
            Redefine(
                function.file, function.name, f"def {last}({function.parameters}):\n    {body}"
            ),
        ),
        loses=function.pieces,
        because=IN_BACKWARD if len(function.pieces) > 1 else "",
        earns_nothing=True,
    )


# Ways in which a function is handed in unwritten, and how that looks where a gradient is to be set.
WAYS = (
    ("none", "Functions return None, and nothing is set.", "return None", "pass"),
    (
        "zero",
        "Functions return 0; gradients are the handed-out zeros.",
        "return 0",
        "self.grad = np.zeros_like(self.w)",
    ),
    (
        "constant",
        "Functions return one half; gradients are constant.",
        "return 0.5",
        "self.grad = np.full(self.w.shape, 0.5)",
    ),
    (
        "echo",
        "Functions return what they were given; X is kept as the gradient.",
        "return {echo}",
        "self.grad = X",
    ),
    (
        "nan",
        "Functions return nan; the weights are kept as the gradient.",
        "return np.nan",
        "self.grad = self.w",
    ),
    (
        "list",
        "Functions return an empty list, and gradients are one.",
        "return []",
        "self.grad = []",
    ),
)


def _everywhere(id: str, says: str, returned: str, kept: str) -> Variant:
    """Every function handed in unwritten in this way."""
    edits = []
    for function in FUNCTIONS:
        last = function.name.rpartition(".")[2]
        body = kept if last == "backward" else returned.format(echo=function.echo)
        source = f"def {last}({function.parameters}):\n    {body}"
        edits.append(Redefine(function.file, function.name, source))
    return Variant(
        f"unfinished-{id}",
        says,
        tuple(edits),
        loses=tuple(piece for function in FUNCTIONS for piece in function.pieces),
        because="no function is written",
        earns_nothing=True,
    )


SHAPED = (
    ("2a.preprocess", "zeros", "return np.zeros((len(X), 785))"),
    ("2a.preprocess", "ones", "return np.ones((len(X), 785))"),
    ("2a.forward", "zeros", "return np.zeros((len(X), 1))"),
    ("2a.forward", "halves", "return np.full((len(X), 1), 0.5)"),
    ("3a.one_hot", "zeros", "return np.zeros((len(Y), num_classes))"),
    ("3a.one_hot", "ones", "return np.ones((len(Y), num_classes))"),
    ("3a.forward", "zeros", "return np.zeros((len(X), 10))"),
    ("3a.forward", "tenths", "return np.full((len(X), 10), 0.1)"),
    ("2c.accuracy", "one", "return 1.0"),
    ("3c.accuracy", "one", "return 1.0"),
    ("2a.loss", "ln-2", "return np.log(2)"),
    ("3a.loss", "ln-10", "return np.log(10)"),
    ("3a.loss", "echo-targets", "return targets"),
)
BY_PIECE = {function.pieces[0]: function for function in FUNCTIONS}

UNFINISHED = (
    *(
        _unfinished(function, "raises", "Not written yet.", "raise NotImplementedError")
        for function in FUNCTIONS
    ),
    *(_everywhere(*way) for way in WAYS),
    *(
        _unfinished(BY_PIECE[piece], f"{id}-of-the-right-kind", f"Always {id}.", body)
        for piece, id, body in SHAPED
    ),
    _unfinished(
        BY_PIECE["2a.loss"],
        "deleted-model",
        "The outputs are returned as an error.",
        "raise ValueError(outputs)",
    ),
    Variant(
        "2a.unfinished-constructor",
        "The handed-out `self.I = None`.",
        (
            Redefine(
                "task2a.py",
                "BinaryModel.__init__",
                "def __init__(self):\n    self.I = None\n    self.w = np.zeros((self.I, 1))\n"
                "    self.grad = None",
            ),
        ),
        loses=("2a.forward", "2a.backward"),
        because=NO_MODEL,
        earns_nothing=True,
    ),
    Variant(
        "3a.unfinished-constructor",
        "The handed-out `self.I = None` and `self.num_outputs = None`.",
        (
            Redefine(
                "task3a.py",
                "SoftmaxModel.__init__",
                "def __init__(self, l2_reg_lambda):\n    self.I = None\n"
                "    self.num_outputs = None\n"
                "    self.w = np.zeros((self.I, self.num_outputs))\n    self.grad = None\n"
                "    self.l2_reg_lambda = l2_reg_lambda",
            ),
        ),
        loses=("3a.forward", "3a.backward", "4b.penalty"),
        because=NO_MODEL,
        earns_nothing=True,
    ),
)

FILES = (
    Variant(
        "task2a-syntax-error",
        "task2a.py does not parse; task3a.py, which imports from it, is judged all the same.",
        (Above("task2a.py", "def broken(:\n    pass\n"),),
        loses=LOGISTIC,
        may_block=("2b.train_step",),
        because=WHOLE_FILE,
        earns_nothing=True,
    ),
    Variant(
        "task3a-indentation-error",
        "task3a.py does not parse.",
        (Above("task3a.py", "if True:\nprint('indented')\n"),),
        loses=SOFTMAX,
        may_block=("3b.train_step",),
        because=WHOLE_FILE,
        earns_nothing=True,
    ),
    Variant(
        "task2a-missing",
        "task2a.py was not handed in.",
        (Delete("task2a.py"),),
        loses=LOGISTIC,
        may_block=("2b.train_step",),
        because=WHOLE_FILE,
        earns_nothing=True,
    ),
    Variant(
        "task3a-missing",
        "task3a.py was not handed in.",
        (Delete("task3a.py"),),
        loses=SOFTMAX,
        may_block=("3b.train_step",),
        because=WHOLE_FILE,
        earns_nothing=True,
    ),
    Variant(
        "task2a-raises-on-import",
        "task2a.py raises as it is imported.",
        (Above("task2a.py", "import numpy\nnumpy.array([1]).reshape(7)\n"),),
        loses=LOGISTIC,
        may_block=("2b.train_step",),
        because=WHOLE_FILE,
        earns_nothing=True,
    ),
    Variant(
        "task2a-exits-on-import",
        "task2a.py calls sys.exit as it is imported.",
        (Above("task2a.py", "import sys\nsys.exit()\n"),),
        loses=LOGISTIC,
        may_block=("2b.train_step",),
        because=WHOLE_FILE,
        earns_nothing=True,
    ),
)

CONSISTENT = (
    Variant(
        "summed-throughout",
        "Loss and gradient are both sums: a finite difference agrees.",
        (
            Redefine(
                "task3a.py",
                "cross_entropy_loss",
                "def cross_entropy_loss(targets, outputs):\n"
                "    return -np.sum(targets * np.log(outputs))",
            ),
            Redefine(
                "task3a.py",
                "SoftmaxModel.backward",
                "def backward(self, X, outputs, targets):\n"
                f"    self.grad = X.T @ (outputs - targets){PENALTY}",
            ),
        ),
        loses=("3a.loss", "3a.backward"),
        because="both functions are wrong",
    ),
    Variant(
        "sign-flipped-throughout",
        "Loss and gradient both have the wrong sign: a finite difference agrees.",
        (
            Redefine(
                "task2a.py",
                "cross_entropy_loss",
                "def cross_entropy_loss(targets, outputs):\n"
                "    return np.mean(targets * np.log(outputs)"
                " + (1 - targets) * np.log(1 - outputs))",
            ),
            Redefine(
                "task2a.py",
                "BinaryModel.backward",
                "def backward(self, X, outputs, targets):\n"
                "    self.grad = X.T @ (targets - outputs) / len(X)",
            ),
        ),
        loses=("2a.loss", "2a.backward"),
        because="both functions are wrong",
    ),
    Variant(
        "over-n-k-throughout",
        "Loss and gradient are both divided by N and K: a finite difference agrees.",
        (
            Redefine(
                "task3a.py",
                "cross_entropy_loss",
                "def cross_entropy_loss(targets, outputs):\n"
                "    return -np.mean(targets * np.log(outputs))",
            ),
            Redefine(
                "task3a.py",
                "SoftmaxModel.backward",
                "def backward(self, X, outputs, targets):\n"
                f"    self.grad = X.T @ (outputs - targets) / outputs.size{PENALTY}",
            ),
        ),
        loses=("3a.loss", "3a.backward"),
        because="both functions are wrong",
    ),
    Variant(
        "forward-wrong-and-cached",
        "`forward` has the wrong sign, and `backward` uses what it kept.",
        (
            Redefine(
                "task2a.py",
                "BinaryModel.forward",
                "def forward(self, X):\n    self.outputs = 1 / (1 + np.exp(X @ self.w))\n"
                "    return self.outputs",
            ),
            Redefine(
                "task2a.py",
                "BinaryModel.backward",
                "def backward(self, X, outputs, targets):\n"
                "    self.grad = X.T @ (self.outputs - targets) / len(X)",
            ),
        ),
        loses=("2a.forward", "2a.backward"),
        because="this `backward` answers with the student's own outputs, whatever it is given",
    ),
)
