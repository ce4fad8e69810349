"""Building and running a submission's trainers, with the order of the batches recorded.

Runs inside the worker: standard library and NumPy only, Python 3.9 and later. Trainers are driven
from outside, as a library: what their script would have set as module globals is supplied, the
order of the batches is observed at `utils.batch_loader`, and early stopping can be kept from
happening by answering falling validation losses.
"""

import contextlib
import functools
import random
import sys

import numpy as np

binding = sys.modules["gradus_course_binding"]
methods = sys.modules["gradus_course_methods"]

TRAINERS = {"task2": ("task2a", "LogisticTrainer"), "task3": ("task3a", "SoftmaxTrainer")}
DATA = ("X_train", "Y_train", "X_val", "Y_val")


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
        self.paused = False

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
            if self.paused:
                yield from batch_loader(*arguments, **keywords)
                return
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
        real = submission.get("utils", "batch_loader")
        with loader_replaced(submission, recorder.wrap(real)):
            trainer = build(submission, task, model, data, protocol)
            with never_stopping(trainer, recorder) as validations:
                history = binding.call(trainer.train, {"num_epochs": num_epochs})
        return {
            "orders": [np.array(order, dtype=np.int64) for order in recorder.epochs],
            "w": model.w,
            "history": plain_history(history),
            "validations": validations,
        }

    def real_step(task, X, Y, w, learning_rate, l2_reg_lambda):
        """One `train_step` of the real model from weights `w`; `w` after it."""
        model = submission.model(TRAINERS[task][0], l2_reg_lambda, w)
        data = {"X_train": X, "Y_train": Y, "X_val": X, "Y_val": Y}
        protocol = {"learning_rate": learning_rate, "batch_size": len(X), "shuffle": False}
        trainer = build(submission, task, model, data, protocol)
        returned = binding.call(trainer.train_step, {"X_batch": X, "Y_batch": Y})
        return {"w": model.w, "loss": returned}

    def real_validation(task, data, w):
        """What one `validation_step` of the real model with weights `w` returns."""
        model = submission.model(TRAINERS[task][0], 0.0, w)
        protocol = {"learning_rate": 0.01, "batch_size": 32, "shuffle": False}
        trainer = build(submission, task, model, data, protocol)
        return list(binding.call(trainer.validation_step, {}))

    operations = (short_training, real_step, real_validation)
    return {operation.__name__: operation for operation in operations}


def build(submission, task, model, data, protocol, base=False):
    """The submission's trainer for `task`, and every global that its code reads.

    With `base`, where what the task's own trainer adds is replaced anyway, BaseTrainer will do if
    the task's module cannot be had.
    """
    module = submission.modules[task]
    try:
        trainer_class = submission.get(task, TRAINERS[task][1])
    except Exception:
        if not base:
            raise
        trainer_class = submission.get("trainer", "BaseTrainer")
    values = {
        "model": model,
        "learning_rate": protocol["learning_rate"],
        "batch_size": protocol["batch_size"],
        "shuffle_dataset": protocol["shuffle"],
        **{name: data[name] for name in DATA},
    }
    script = {
        **values,
        "num_epochs": 500,
        "l2_reg_lambda": getattr(model, "l2_reg_lambda", 0.0),
    }
    for each in (module, submission.modules["trainer"], submission.modules["utils"]):
        binding.supply_globals(each, script, submission.supplied)
    return binding.call(trainer_class, values)


def constructor_call(submission, task):
    """How this submission's trainer is constructed, as a student writes it."""
    name = TRAINERS[task][1]
    known = {
        each: each for each in ("model", "learning_rate", "batch_size", "shuffle_dataset", *DATA)
    }
    try:
        _, named = binding.bind(submission.get(task, name), known, {})
    except Exception:
        named = known
    written = ["{}={}".format(parameter, value) for parameter, value in named.items()]
    return "{}({})".format(name, ", ".join(written))


def globals_read(submission, task):
    """Which of the script's variables the code of a task's module reads as globals."""
    script = {"model", "learning_rate", "batch_size", *DATA}
    module = submission.modules[task]
    return sorted(name for name in binding.globals_read(module) & script)


@contextlib.contextmanager
def never_stopping(trainer, recorder):
    """While it lasts, `validation_step` answers falling losses; yields what it really found.

    Batches that a validation loads are no epoch of the training.
    """
    real = trainer.validation_step
    found = []

    def validation_step(self, *arguments, **keywords):
        recorder.paused = True
        loss, accuracy_train, accuracy_val = real(*arguments, **keywords)
        recorder.paused = False
        found.append([loss, accuracy_train, accuracy_val])
        return np.float64(0.9 - 1e-6 * len(found)), accuracy_train, accuracy_val

    with methods.replaced(trainer, {"validation_step": validation_step}):
        yield found


class loader_replaced:
    """While it lasts, every module of the submission calls this `batch_loader`."""

    def __init__(self, submission, replacement):
        self.modules = submission.modules.values()
        self.real = vars(submission.modules["utils"]).get("batch_loader")
        self.replacement = replacement
        self.places = []

    def __enter__(self):
        for module in self.modules:
            for name, value in list(vars(module).items()):
                if name == "batch_loader" or (self.real is not None and value is self.real):
                    self.places.append((module, name, value))
        utils = sys.modules["utils"]
        if "batch_loader" not in vars(utils):
            self.places.append((utils, "batch_loader", None))
        for module, name, _ in self.places:
            setattr(module, name, self.replacement)
        return self

    def __exit__(self, *exception):
        for module, name, value in self.places:
            if value is None:
                delattr(module, name)
            else:
                setattr(module, name, value)


HISTORIES = ("loss", "accuracy")


class NoHistory(Exception):
    """What `train` returned is not a pair of histories."""

    gradus_kind = "raised"


def plain_history(history):
    """[train, validation], each key to {"steps": (n,), "values": (n,)}.

    Takes what follows the two (some return the best weights too) for no part of them, and so what a
    history holds beside the keys that were asked for, where it is no series (a list of times).
    """
    try:
        pair = [dict(part) for part in list(history)[:2]]
    except (TypeError, ValueError, AttributeError):
        raise NoHistory(_no_history(_described(history))) from None
    return [_readable(part, side) for part, side in zip(pair, ("train_history", "val_history"))]


def _readable(part, side):
    plain = {}
    for key, series in part.items():
        try:
            plain[str(key)] = _series(series)
        except (TypeError, ValueError, AttributeError, IndexError, OverflowError):
            if key in HISTORIES:
                found = "whose entry {!r} is {}".format(key, _described(series))
                raise NoHistory(_no_history("a {} {}".format(side, found))) from None
    return plain


def _no_history(found):
    return (
        "`train` should return two dicts of dicts from global step to value, "
        "(train_history, val_history), but returned {}".format(found)
    )


def _series(series):
    steps = np.array([int(step) for step in series], dtype=np.int64)
    values = [
        float(np.asarray(value, dtype=np.float64).reshape(-1)[0]) for value in series.values()
    ]
    return {"steps": steps, "values": np.array(values, dtype=np.float64)}


def _described(history):
    if isinstance(history, (tuple, list)):
        return "a {} of {}".format(
            type(history).__name__, ", ".join(type(part).__name__ for part in history) or "nothing"
        )
    return "None" if history is None else "a {}".format(type(history).__name__)
