"""The submission's own training on a whole data set, as its script would run it.

Runs inside the worker: standard library and NumPy only, Python 3.9 and later. Nothing of the
training is replaced but for what counts: steps are counted, so that the grader can show how far a
run has come, and so are the epochs that were begun.
"""

import functools
import importlib
import random
import sys
import time

import numpy as np

binding = sys.modules["gradus_course_binding"]
methods = sys.modules["gradus_course_methods"]
trainers = sys.modules["gradus_course_trainers"]

TRAIN_ROWS = 20000
CLASSES_OF_TASK2 = (2, 3)
STEPS_FILE = ".steps"
WRITE_EVERY_SECONDS = 0.2


def operations(submission):
    """What this module answers, for the adapter's table."""

    def full_training(task, shuffle, l2_reg_lambda, seed, num_epochs, protocol, tables):
        """The submission's own training until it stops, at most `num_epochs` epochs.

        `tables` holds what stands in for functions of the submission that are of no use: `pixels`
        (256,) for `pre_process_images` and `one_hot` (10, 10) for `one_hot_encode`; None uses its
        own. Its `labels` (2, 1) are 0 and 1 as task 2 has them. Returns `steps` and `epochs` that
        were begun, the histories, and the final `w`.
        """
        data = whole_data(submission, task, tables)
        model = submission.model(trainers.TRAINERS[task][0], l2_reg_lambda)
        counted = Counted()
        loader = counted.epochs_of(submission.get("utils", "batch_loader"))
        with trainers.loader_replaced(submission, loader):
            chosen = {**protocol, "shuffle": shuffle}
            trainer = trainers.build(submission, task, model, data, chosen)
            train_step = counted.steps_of(trainer.train_step)
            with methods.replaced(trainer, {"train_step": train_step}):
                random.seed(seed)
                np.random.seed(seed)
                history = binding.call(trainer.train, {"num_epochs": num_epochs})
        return {
            "steps": counted.steps,
            "epochs": counted.epochs,
            "history": trainers.plain_history(history),
            "w": np.array(model.w, dtype=np.float64),
        }

    return {"full_training": full_training}


def whole_data(submission, task, tables):
    """X_train, Y_train, X_val, Y_val of a task: the first 20 000 training and all test images."""
    X_train, Y_train, X_test, Y_test = importlib.import_module("mnist").load()
    data = {}
    for part, X, Y in (
        ("train", X_train[:TRAIN_ROWS], Y_train[:TRAIN_ROWS]),
        ("val", X_test, Y_test),
    ):
        if task == "task2":
            chosen = np.isin(Y, CLASSES_OF_TASK2)
            X, Y = X[chosen], tables["labels"][(Y[chosen] == CLASSES_OF_TASK2[0]).astype(np.intp)]
        else:
            Y = one_hot(submission, Y[:, None], tables["one_hot"])
        data["X_" + part] = images(submission, X, tables["pixels"])
        data["Y_" + part] = Y
    return data


def images(submission, X, pixels):
    """(N, 785) from grey levels (N, 784): by the submission, or by a table, the bias last."""
    if pixels is None:
        return submission.preprocess(X)
    processed = np.ones((len(X), X.shape[1] + 1))
    np.take(pixels, X, out=processed[:, :-1])
    return processed


def one_hot(submission, labels, rows):
    """(N, 10) from labels (N, 1): by the submission, or rows of a table."""
    return submission.one_hot_encode(labels, 10) if rows is None else rows[labels[:, 0]]


class Counted:
    """How many steps were made and epochs begun; the steps also in a file of the scratch folder."""

    def __init__(self):
        self.steps = 0
        self.epochs = 0
        # Open as long as the worker lives: a training has no one place at which it ends.
        self.file = open(STEPS_FILE, "wb", buffering=0)  # noqa: SIM115
        self.due = 0.0

    def steps_of(self, train_step):
        """A method: this trainer's own `train_step`, counted."""
        made = self

        @functools.wraps(train_step)
        def counting(self, *arguments, **keywords):
            returned = train_step(*arguments, **keywords)
            made.steps += 1
            now = time.monotonic()
            if now >= made.due:
                made.due = now + WRITE_EVERY_SECONDS
                made.file.seek(0)
                made.file.write(b"%d\n" % made.steps)
            return returned

        return counting

    def epochs_of(self, batch_loader):
        """`batch_loader`, its calls counted."""

        @functools.wraps(batch_loader)
        def counting(*arguments, **keywords):
            self.epochs += 1
            return batch_loader(*arguments, **keywords)

        return counting
