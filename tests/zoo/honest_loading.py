"""Honest ways to import, construct, print and lay out files, which must cost nothing."""

from __future__ import annotations

from tests.zoo.variants import Above, Delete, Redefine, Replace, Variant, Write

TRAINER_PARAMETERS = (
    "self, model, learning_rate, batch_size, shuffle_dataset, X_train, Y_train, X_val, Y_val"
)


def _imports(id: str, lines: str, stand_in: str) -> Variant:
    """Every course module begins with an import that the worker cannot satisfy."""
    files = ("task2a.py", "task2.py", "task3a.py", "task3.py", "trainer.py", "utils.py")
    return Variant(
        f"imports-{id}",
        f"Every file imports {id}, and none uses it.",
        tuple(Above(file, lines) for file in files),
        conventions={"modules that were stood in for": [stand_in]},
    )


LOADING = (
    _imports("tqdm", "from tqdm import tqdm, trange\n", "tqdm"),
    _imports("scipy", "import scipy.special\nfrom scipy.special import expit, softmax\n", "scipy"),
    _imports("sympy", "from sympy import symbols, diff\nx, y = symbols('x y')\n", "sympy"),
    _imports("torch", "import torch\nfrom torch import nn\n", "torch"),
    _imports("sklearn", "from sklearn.preprocessing import OneHotEncoder\n", "sklearn"),
    _imports("urllib3", "from urllib3.util import Retry\n", "urllib3"),
    _imports("tkinter", "from tkinter import Y, image_names\n", "tkinter"),
    _imports("turtle", "from turtle import color, forward\n", "turtle"),
    Variant(
        "tqdm-used",
        "Images are preprocessed in a loop with a progress bar.",
        (
            Above("task2a.py", "from tqdm import tqdm\n"),
            Redefine(
                "task2a.py",
                "pre_process_images",
                """
                def pre_process_images(X):
                    rows = [np.append(image / 127.5 - 1, 1) for image in tqdm(X, desc="images")]
                    return np.array(rows)
                """,
            ),
        ),
    ),
    Variant(
        "labels-as-floats",
        "The labels of task 2 are loaded as floats, and subtracted as only those can be.",
        (
            Replace(
                "utils.py",
                "targets = (Y[mask] == class1).astype(np.uint8)",
                "targets = np.where(Y[mask] == class1, 1.0, 0.0)",
            ),
            Redefine(
                "task2.py",
                "calculate_accuracy",
                """
                def calculate_accuracy(X, targets, model):
                    return 1 - np.abs(targets - (model.forward(X) >= 0.5)).mean()
                """,
            ),
            Redefine(
                "task2a.py",
                "cross_entropy_loss",
                """
                def cross_entropy_loss(targets, outputs):
                    return np.mean(-targets * np.log(outputs) + (targets - 1) * np.log(1 - outputs))
                """,
            ),
        ),
        conventions={"labels of task 2": "loaded as float64"},
    ),
    Variant(
        "labels-made-floats-by-the-script",
        "task2.py makes floats of the labels before it trains, and subtracts what only floats can.",
        (
            Replace(
                "task2.py",
                "    X_val = pre_process_images(X_val)\n",
                "    X_val = pre_process_images(X_val)\n"
                "    Y_train, Y_val = Y_train.astype(float), Y_val.astype(float)\n",
            ),
            Redefine(
                "task2a.py",
                "cross_entropy_loss",
                """
                def cross_entropy_loss(targets, outputs):
                    return np.mean(-targets * np.log(outputs) + (targets - 1) * np.log(1 - outputs))
                """,
            ),
        ),
        conventions={"labels of task 2": "given to training as float64"},
    ),
    Variant(
        "pyplot-from-matplotlib",
        "Every file imports pyplot from matplotlib.",
        tuple(
            Replace(
                file, "import matplotlib.pyplot as plt\n", "from matplotlib import pyplot as plt\n"
            )
            for file in ("utils.py", "task2.py", "task3.py")
        ),
    ),
    Variant(
        "torch-module-defined",
        "A class derives from torch's, for comparison, and is never used.",
        (
            Above(
                "task3.py",
                "import torch\n\n\nclass Net(torch.nn.Module):\n    pass\n\n\n"
                "device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')\n",
            ),
        ),
    ),
    Variant(
        "scipy-needed",
        "`forward` calls scipy's `expit`, which is absent: a person marks it, nothing is lost.",
        (
            Above("task2a.py", "from scipy.special import expit\n"),
            Redefine(
                "task2a.py",
                "BinaryModel.forward",
                "def forward(self, X):\n    return expit(X @ self.w)\n",
            ),
        ),
        pending=("2a.forward",),
    ),
    Variant("mnist-missing", "mnist.py was not handed in.", (Delete("mnist.py"),)),
    Variant(
        "dead-plot-style",
        "A plot style that Matplotlib no longer has is chosen on import.",
        (
            Replace("task2.py", "np.random.seed(0)\n", "plt.style.use('seaborn-darkgrid')\n"),
            Above("utils.py", "import matplotlib\nmatplotlib.use('TkAgg')\n"),
        ),
    ),
    Variant(
        "plots-on-import",
        "A figure is drawn and shown as the module is imported.",
        (
            Replace(
                "task3.py",
                "np.random.seed(0)\n",
                "np.random.seed(0)\nfig, (left, right) = plt.subplots(1, 2)\n"
                "left.plot(range(3))\nright.set_title('empty')\nplt.show()\n",
            ),
        ),
    ),
    Variant(
        "globals-in-validation-step",
        "`validation_step` reads the data sets and the model as globals of the script.",
        (
            Redefine(
                "task2.py",
                "LogisticTrainer.validation_step",
                """
                def validation_step(self):
                    loss = cross_entropy_loss(Y_val, model.forward(X_val))
                    accuracy_train = calculate_accuracy(X_train, Y_train, model)
                    accuracy_val = calculate_accuracy(X_val, Y_val, model)
                    return loss, accuracy_train, accuracy_val
                """,
            ),
        ),
    ),
    Variant(
        "globals-in-train-step",
        "`train_step` reads the learning rate and the model as globals of the script.",
        (
            Redefine(
                "task3.py",
                "SoftmaxTrainer.train_step",
                """
                def train_step(self, X_batch, Y_batch):
                    outputs = model.forward(X_batch)
                    model.backward(X_batch, outputs, Y_batch)
                    model.w = model.w - learning_rate * model.grad
                    return cross_entropy_loss(Y_batch, outputs)
                """,
            ),
        ),
    ),
    Variant(
        "early-stopping-required",
        "`BaseTrainer` asks for `early_stopping` as its fifth parameter.",
        (
            Replace(
                "trainer.py",
                TRAINER_PARAMETERS,
                TRAINER_PARAMETERS.replace("X_train,", "early_stopping, X_train,"),
            ),
        ),
    ),
    Variant(
        "early-stopping-flag",
        "`train` takes a flag that turns early stopping on.",
        (
            Replace("trainer.py", "(self, num_epochs)", "(self, num_epochs, early_stop=False)"),
            Replace(
                "trainer.py", "num_failures > patience:", "early_stop and num_failures > patience:"
            ),
        ),
    ),
    Variant(
        "binary-model-takes-sizes",
        "`BinaryModel(batch_size, num_input)`.",
        (
            Redefine(
                "task2a.py",
                "BinaryModel.__init__",
                """
                def __init__(self, batch_size, num_input):
                    self.batch_size = batch_size
                    self.I = num_input
                    self.w = np.zeros((num_input, 1))
                    self.grad = None
                """,
            ),
        ),
    ),
    Variant(
        "softmax-model-takes-sizes",
        "`SoftmaxModel(l2, num_neurons, num_classes)`.",
        (
            Redefine(
                "task3a.py",
                "SoftmaxModel.__init__",
                """
                def __init__(self, l2, num_neurons, num_classes):
                    self.I = num_neurons
                    self.num_outputs = num_classes
                    self.w = np.zeros((num_neurons, num_classes))
                    self.grad = None
                    self.l2_reg_lambda = l2
                """,
            ),
        ),
        conventions={"L2 penalty": "lambda ||w||^2"},
    ),
    Variant(
        "softmax-model-takes-a-switch",
        "`SoftmaxModel(l2_reg_lambda, use_L2_reg=False)` regularises only when told to.",
        (
            Replace(
                "task3a.py",
                "def __init__(self, l2_reg_lambda):",
                "def __init__(self, l2_reg_lambda, use_L2_reg=False):\n"
                "        self.use_L2_reg = use_L2_reg",
            ),
            Redefine(
                "task3a.py",
                "SoftmaxModel.backward",
                """
                def backward(self, X, outputs, targets):
                    self.grad = -X.T @ (targets - outputs) / X.shape[0]
                    if self.use_L2_reg:
                        self.grad += 2 * self.l2_reg_lambda * self.w
                """,
            ),
        ),
    ),
    Variant(
        "prints-400-kB",
        "400 kB of progress are printed on import.",
        (Above("trainer.py", "for step in range(10_000):\n    print('step %35d' % step)\n"),),
    ),
    Variant(
        "prints-shapes",
        "Every function of the models prints the shapes it meets.",
        (
            Replace(
                "task2a.py",
                "        z = X @ self.w\n",
                "        z = X @ self.w\n"
                "        print('X', X.shape, 'w', self.w.shape, 'z', z.shape)\n",
            ),
            Replace(
                "task3a.py",
                "        z = X @ self.w\n",
                "        z = X @ self.w\n"
                "        print('X', X.shape, 'w', self.w.shape, 'z', z.shape)\n",
            ),
        ),
    ),
    Variant(
        "prints-outputs",
        "`forward` prints the outputs, left over from a search for a mistake.",
        (
            Replace(
                "task3a.py",
                "        return exp_z / exp_z.sum(axis=1, keepdims=True)",
                "        print(exp_z / exp_z.sum(axis=1, keepdims=True))\n"
                "        return exp_z / exp_z.sum(axis=1, keepdims=True)",
            ),
        ),
    ),
    Variant(
        "prints-arrays-everywhere",
        "Both passes of both models print whole arrays, more than a worker may print in all.",
        tuple(
            Replace(file, text, f"        print(X, self.w)\n{text}")
            for file, text in (
                ("task2a.py", "        z = X @ self.w\n"),
                ("task2a.py", "        self.grad = -X.T"),
                ("task3a.py", "        z = X @ self.w\n"),
                ("task3a.py", "        self.grad = -X.T"),
            )
        ),
    ),
    Variant(
        "reseeds-everywhere",
        "Every module seeds NumPy on import.",
        tuple(
            Above(file, "import numpy\nnumpy.random.seed(42)\n")
            for file in ("trainer.py", "utils.py", "mnist.py", "task2.py")
        ),
    ),
    Variant(
        "relative-folders",
        "A file in data/ is read and figures/ is written, relative to the working directory.",
        (
            Write("data/means.csv", "127.5,1\n"),
            Above(
                "task2.py",
                "import os\nimport pathlib\nscale = open('data/means.csv').read().split(',')\n"
                "os.makedirs('figures', exist_ok=True)\n"
                "pathlib.Path('figures/scale.txt').write_text(scale[0])\n",
            ),
        ),
    ),
    Variant(
        "numpy-overwritten",
        "`forward` keeps its exponential in `np.exp`, which then is no function for anyone else.",
        (
            Redefine(
                "task2a.py",
                "BinaryModel.forward",
                """
                def forward(self, X):
                    z = X @ self.w
                    np.exp = np.e ** -z
                    return 1 / (1 + np.exp)
                """,
            ),
        ),
    ),
    Variant(
        "numpy-names-brought-back",
        "Names that NumPy has dropped are put back on import, and used.",
        (
            Above("utils.py", "import numpy\nnumpy.float = float\nnumpy.Inf = numpy.inf\n"),
            Redefine(
                "task3a.py",
                "one_hot_encode",
                """
                def one_hot_encode(Y, num_classes):
                    return np.eye(num_classes, dtype=np.float)[Y[:, 0]]
                """,
            ),
        ),
    ),
    Variant(
        "script-in-main",
        "The later edition: scripts are in `main()`, and `self.` is used throughout.",
        (
            Replace(
                "task2.py",
                'if __name__ == "__main__":\n    num_epochs',
                "def main():\n    num_epochs",
            ),
            Replace(
                "task2.py",
                '    plt.savefig("figures/task2e_shuffling.png")\n    plt.show()\n',
                '    plt.savefig("figures/task2e_shuffling.png")\n    plt.show()\n\n\n'
                'if __name__ == "__main__":\n    main()\n',
            ),
        ),
        edition="2023",
    ),
    Variant(
        "helper-module",
        "Shared functions live in a module of the student's own, beside a package of helpers.",
        (
            Write(
                "common.py",
                "import numpy as np\nfrom lib.bias import ones\n\n\n"
                "def with_bias(X):\n    return np.hstack([X, ones(len(X))])\n",
            ),
            Write("lib/__init__.py", ""),
            Write(
                "lib/bias.py", "import numpy as np\n\n\ndef ones(n):\n    return np.ones((n, 1))\n"
            ),
            Above("task2a.py", "from common import with_bias\n"),
            Redefine(
                "task2a.py",
                "pre_process_images",
                "def pre_process_images(X):\n    return with_bias(X / 127.5 - 1)\n",
            ),
        ),
    ),
    Variant(
        "writes-beside-the-files",
        "figures/, a log and the best weights are kept beside the files, and read from there.",
        (
            Replace(
                "utils.py",
                "NUM_TRAIN_IMAGES = 20000",
                "import os\n\nNUM_TRAIN_IMAGES = 20000\nHERE = os.path.dirname(os.path.abspath(__file__))"
                '\nos.makedirs(os.path.join(HERE, "figures"), exist_ok=True)',
            ),
            Above(
                "task3.py",
                "import logging\nfrom pathlib import Path\n\n"
                'logging.basicConfig(filename=Path(__file__).with_suffix(".log"))\n',
            ),
            Replace(
                "trainer.py",
                "best_val_loss = val_loss\n",
                "best_val_loss = val_loss\n" + " " * 24 + "best_w = utils.HERE + '/best_w.npy'\n"
                f"{'':24}np.save(best_w, self.model.w)\n",
            ),
            Replace(
                "trainer.py",
                "if num_failures > patience:\n",
                "if num_failures > patience:\n" + " " * 24 + "self.model.w = np.load(best_w)\n",
            ),
        ),
    ),
    Variant(
        "star-imports",
        "Modules import everything from one another.",
        (
            Replace("task3a.py", "from task2a import pre_process_images", "from task2a import *"),
            Replace(
                "task2.py",
                "from task2a import BinaryModel, cross_entropy_loss, pre_process_images",
                "from task2a import *",
            ),
        ),
    ),
    Variant(
        "code-after-the-functions",
        "A guarded test of the functions stands between them, and a notebook beside them.",
        (
            Replace(
                "task2a.py",
                "class BinaryModel:",
                'if __name__ == "__main__":\n    print(cross_entropy_loss(np.ones((1, 1)), '
                "np.full((1, 1), 0.5)))\n\n\nclass BinaryModel:",
            ),
            Write("report.ipynb", '{"cells": [], "metadata": {}, "nbformat": 4}\n'),
        ),
    ),
)
