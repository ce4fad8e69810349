"""Building and running a submission's trainers, with a scripted model and a recorded order.

Runs inside the worker: standard library and NumPy only, Python 3.9 and later. Trainers are driven
from outside, as a library: what their script would have set as module globals is supplied, the
order of the batches is observed at `utils.batch_loader`, and early stopping can be kept from
happening by answering falling validation losses.
"""

import functools
import random
import sys

import numpy as np

binding = sys.modules["gradus_course_binding"]

TRAINERS = {"task2": ("task2a", "LogisticTrainer"), "task3": ("task3a", "SoftmaxTrainer")}
DATA = ("X_train", "Y_train", "X_val", "Y_val")


class ScriptedModel:
    """A model whose `forward` answers what the grader sent, row by row, and learns nothing.

    X (N, D) holds rows that tell one another apart; `outputs` (N, K) are their answers.
    """

    def __init__(self, X, outputs, w):
        self.X, self.outputs, self.w = X, outputs, w
        self.I = X.shape[1]
        self.num_outputs = outputs.shape[1]
        self.l2_reg_lambda = 0.0
        self.grad = None
        self._answers = {row.tobytes(): answer for row, answer in zip(X, outputs)}

    def forward(self, X):
        if X.shape == self.X.shape and np.array_equal(X, self.X):
            return self.outputs.copy()
        rows = np.ascontiguousarray(X, dtype=self.X.dtype)
        return np.array([self._answers[row.tobytes()] for row in rows])

    def zero_grad(self):
        self.grad = None


class Recorder:
    """Notes, epoch by epoch, which rows of the training set the batches held, in their order."""

    def __init__(self, X, Y):
        self.weights = np.random.RandomState(1).randint(1, 2**62, X.shape[1], dtype=np.int64)
        self.weights = self.weights.astype(np.uint64) | np.uint64(1)
        self.index = {}
        for row, key in enumerate(self.keys(X, Y)):
            self.index.setdefault(key, []).append(row)
        self.size = len(X)
        self.epochs = []

    def keys(self, X, Y):
        """One number a row, equal for equal rows of X and Y and for hardly any others."""
        bits = np.ascontiguousarray(X, dtype=np.float64).view(np.uint64)
        with np.errstate(over="ignore"):
            sums = (bits * self.weights).sum(axis=1, dtype=np.uint64)
        labels = np.asarray(Y, dtype=np.float64).reshape(len(X), -1)
        return [(int(s), label.tobytes()) for s, label in zip(sums, labels)]

    def wrap(self, batch_loader):
        """`batch_loader` with its batches noted, where they come from the training set."""

        @functools.wraps(batch_loader)
        def recording(*arguments, **keywords):
            order = None
            unused = None
            for X_batch, Y_batch in batch_loader(*arguments, **keywords):
                if order is None:
                    order, unused = [], {key: list(rows) for key, rows in self.index.items()}
                    self.epochs.append(order)
                for key in self.keys(X_batch, Y_batch):
                    rows = unused.get(key)
                    order.append(rows.pop(0) if rows else -1)
                yield X_batch, Y_batch

        return recording


def operations(submission):
    """What this module answers, for the adapter's table."""

    def short_training(task, data, protocol, num_epochs, seed, l2_reg_lambda):
        """The submission's own training for some epochs, never stopped early.

        Returns the recorded `order` of each epoch (epochs, rows), -1 for a row that is not of the
        training set; the final `w`; `train_loss` and `val_loss` by global step; and the values
        `validation_step` returned, in their order.
        """
        random.seed(seed)
        np.random.seed(seed)
        task_a = TRAINERS[task][0]
        model = submission.model(task_a, l2_reg_lambda)
        recorder = Recorder(data["X_train"], data["Y_train"])
        with patched_loader(submission, recorder):
            trainer = build(submission, task, model, data, protocol)
            validations = never_stop(trainer)
            history = binding.call(trainer.train, {"num_epochs": num_epochs})
        return {
            "orders": [np.array(order, dtype=np.int64) for order in recorder.epochs],
            "w": model.w,
            "history": plain_history(history),
            "validations": validations,
        }

    return {"short_training": short_training}


def build(submission, task, model, data, protocol):
    """The submission's trainer for `task`, and every global that its code reads."""
    module = submission.modules[task]
    trainer_class = submission.get(task, TRAINERS[task][1])
    values = {
        "model": model,
        "learning_rate": protocol["learning_rate"],
        "batch_size": protocol["batch_size"],
        "shuffle_dataset": protocol["shuffle"],
        **{name: data[name] for name in DATA},
    }
    for each in (module, submission.modules["trainer"], submission.modules["utils"]):
        globals_of_script = (
            {**values, "num_epochs": 500, "l2_reg_lambda": model.l2_reg_lambda}
            if (hasattr(model, "l2_reg_lambda"))
            else {**values, "num_epochs": 500}
        )
        binding.supply_globals(each, globals_of_script, submission.supplied)
    return binding.call(trainer_class, values)


def never_stop(trainer):
    """Make `validation_step` answer falling losses; returns the list of what it really found."""
    real = trainer.validation_step
    found = []

    def validation_step(*arguments, **keywords):
        loss, accuracy_train, accuracy_val = real(*arguments, **keywords)
        found.append([loss, accuracy_train, accuracy_val])
        return np.float64(0.9 - 1e-6 * len(found)), accuracy_train, accuracy_val

    trainer.validation_step = validation_step
    return found


class patched_loader:
    """While it lasts, every module of the submission calls the recording `batch_loader`."""

    def __init__(self, submission, recorder):
        self.modules = submission.modules.values()
        self.real = submission.get("utils", "batch_loader")
        self.recording = recorder.wrap(self.real)
        self.places = []

    def __enter__(self):
        for module in self.modules:
            for name, value in list(vars(module).items()):
                if value is self.real:
                    self.places.append((module, name))
                    setattr(module, name, self.recording)
        return self

    def __exit__(self, *exception):
        for module, name in self.places:
            setattr(module, name, self.real)


def plain_history(history):
    """(train, validation) dicts of step to value, as lists of pairs."""
    plain = []
    for part in history:
        plain.append(
            {
                str(key): [[int(step), value] for step, value in dict(series).items()]
                for key, series in dict(part).items()
            }
        )
    return plain
