"""Trainers that meet a script: steps, losses and batches come from the grader.

Runs inside the worker: standard library and NumPy only, Python 3.9 and later. A trainer is judged
without the rest: its model answers and its gradients are what was sent, `cross_entropy_loss` knows
the losses of what was sent, `batch_loader` hands out one batch over and over. So no mistake
elsewhere reaches it.
"""

import contextlib
import inspect
import math
import random
import sys

import numpy as np

binding = sys.modules["gradus_course_binding"]
methods = sys.modules["gradus_course_methods"]
trainers = sys.modules["gradus_course_trainers"]

MODEL_OF = {"task2": "task2a", "task3": "task3a"}


class ScriptIsOver(BaseException):
    """A scripted training went on past its last loss; nothing of the submission may catch it."""


class ScriptedModel:
    """A bare model, for where the submission's own cannot be constructed."""

    def __init__(self, l2_reg_lambda):
        self.l2_reg_lambda = l2_reg_lambda


@contextlib.contextmanager
def scripted_model(submission, task, answers, grads, w, l2_reg_lambda=0.0):
    """The submission's own model and its calls, for as long as `forward` and others are replaced.

    `answers` are pairs (X, outputs): rows that tell one another apart, and what `forward` says of
    them. `backward` sets the next of `grads`, the last one over and over, and its arguments are
    noted.
    """
    try:
        model = submission.model(task, l2_reg_lambda)
    except Exception:
        model = ScriptedModel(l2_reg_lambda)
    table = {}
    calls = []
    own_backward = getattr(type(model), "backward", None)

    def forward(self, *arguments, **keywords):
        X = np.asarray(arguments[0] if arguments else next(iter(keywords.values())))
        if X.ndim == 1:  # one image by itself, as in a loop over rows
            return forward(self, X[None])[0]
        for sent, outputs in answers:
            if X is sent or (X.shape == sent.shape and np.array_equal(X, sent)):
                return outputs.copy()
        if not table:
            for sent, outputs in answers:
                table.update((row.tobytes(), output) for row, output in zip(sent, outputs))
        rows = np.ascontiguousarray(X, dtype=np.float64)
        return np.array([table[row.tobytes()] for row in rows])

    def backward(self, *arguments, **keywords):
        calls.append(_by_role(own_backward, arguments, keywords))
        self.grad = grads[min(len(calls), len(grads)) - 1].copy() if grads else None

    def zero_grad(self):
        self.grad = None

    model.w, model.grad = w.copy(), None
    with contextlib.suppress(AttributeError):  # a property, or a slot that its class does not have
        model.num_outputs = answers[0][1].shape[1]
    script = {"forward": forward, "backward": backward, "zero_grad": zero_grad}
    with methods.replaced(model, script):
        yield model, calls


def _by_role(own_backward, arguments, keywords):
    """A call's arguments as X, outputs, targets where the submission's `backward` has these names.

    Elsewhere as {"given": all of them}: with names of its own it may have an order of its own.
    """
    try:
        bound = inspect.signature(own_backward).bind(None, *arguments, **keywords).arguments
        return {role: bound[role] for role in ("X", "outputs", "targets")}
    except (TypeError, ValueError, KeyError):
        return {"given": [*arguments, *keywords.values()]}


class known_values:
    """While it lasts, a function of the submission answers for arguments that the grader knows.

    `known` are triples of its first two arguments and the answer; for others it answers itself.
    """

    def __init__(self, submission, task, name, known):
        self.name = name
        self.known = known
        self.modules = [submission.modules[task], submission.modules[MODEL_OF[task]]]
        self.places = []

    def __enter__(self):
        for module in self.modules:
            real = vars(module).get(self.name)
            if real is not None:
                self.places.append((module, real))
                setattr(module, self.name, self.answering(real))
        return self

    def __exit__(self, *exception):
        for module, real in self.places:
            setattr(module, self.name, real)

    def answering(self, real):
        """`real`, but for what the grader sent."""

        def answer(*arguments, **keywords):
            first, second = self.in_order(real, arguments, keywords)
            for known_first, known_second, value in self.known:
                if _same(first, known_first) and _same(second, known_second):
                    known_value = Known(value)
                    known_value.own = lambda: real(np.copy(first), np.copy(second))
                    return known_value
            return real(*arguments, **keywords)

        return answer

    @staticmethod
    def in_order(real, arguments, keywords):
        """A call's (targets, outputs) or (X, targets), by the names of `real`'s parameters."""
        try:
            bound = inspect.signature(real).bind(*arguments, **keywords).arguments
        except (TypeError, ValueError):
            bound = {}
        for names in (("targets", "outputs"), ("X", "targets")):
            if names[0] in bound and names[1] in bound:
                return bound[names[0]], bound[names[1]]
        both = [*arguments, *keywords.values()]
        return (both[0], both[1]) if len(both) >= 2 else (None, None)


class Known(np.float64):
    """A known value, indexed as the submission's own answer is: some losses have shape (1, 1).

    `own` computes that answer; only code that indexes pays for it.
    """

    def __getitem__(self, index):
        return np.full(np.shape(self.own()), float(self))[index]


def _plain(value):
    return np.float64(value) if isinstance(value, Known) else value


def _same(value, known):
    value = np.asarray(value)
    return value is known or (value.shape == known.shape and np.array_equal(value, known))


def column(batches, index):
    """One column of every batch, one batch after another, as float64; of a batch without rows none.

    A loader that counts one batch too many may give such a one.
    """
    filled = [batch for batch in batches if len(batch)]
    parts = [batch.reshape(len(batch), -1)[:, index].astype(np.float64) for batch in filled]
    return np.concatenate([np.zeros(0), *parts])


def operations(submission):
    """What this module answers, for the adapter's table."""

    def train_step(task, X, Y, outputs, loss, grads, w, learning_rate, l2_reg_lambda=0.0):
        """Steps of one trainer on one batch, one for each of `grads`.

        `losses` returned and `weights` after each, and what the first `backward` was given.
        """
        answers = [(X, outputs)]
        data = {"X_train": X, "Y_train": Y, "X_val": X, "Y_val": Y}
        protocol = {"learning_rate": learning_rate, "batch_size": len(X), "shuffle": False}
        losses, weights = [], []
        with contextlib.ExitStack() as stack:
            model, calls = stack.enter_context(
                scripted_model(submission, MODEL_OF[task], answers, grads, w, l2_reg_lambda)
            )
            known = [(Y, outputs, loss)]
            stack.enter_context(known_values(submission, task, "cross_entropy_loss", known))
            trainer = trainers.build(submission, task, model, data, protocol)
            for _ in grads:
                returned = binding.call(trainer.train_step, {"X_batch": X, "Y_batch": Y})
                losses.append(_plain(returned))
                weights.append(np.array(model.w, copy=True))
        return {"losses": losses, "weights": weights, "backward": calls[0] if calls else None}

    def validation_step(task, data, outputs_train, outputs_val, loss, accuracies, w, batch_size):
        """What `validation_step` returns, given the model's answers on both sets.

        Where X of a set has one row, it is that of all its images. `loss` is that of the
        validation set, `accuracies` those of the training and of the validation set, for code that
        asks `cross_entropy_loss` and `calculate_accuracy`.
        """
        for name, outputs in (("X_train", outputs_train), ("X_val", outputs_val)):
            data[name] = np.broadcast_to(data[name], (len(outputs), data[name].shape[1]))
        answers = [(data["X_train"], outputs_train), (data["X_val"], outputs_val)]
        protocol = {"learning_rate": 0.05, "batch_size": batch_size, "shuffle": False}
        losses = [(data["Y_val"], outputs_val, loss)]
        known_accuracies = [
            (data["X_" + name], data["Y_" + name], accuracy)
            for name, accuracy in zip(("train", "val"), accuracies)
        ]
        with contextlib.ExitStack() as answering:
            model, _ = answering.enter_context(
                scripted_model(submission, MODEL_OF[task], answers, [], w)
            )
            for name, known in (
                ("cross_entropy_loss", losses),
                ("calculate_accuracy", known_accuracies),
            ):
                answering.enter_context(known_values(submission, task, name, known))
            trainer = trainers.build(submission, task, model, data, protocol)
            returned = trainer.validation_step()
        several = isinstance(returned, (tuple, list)) or np.ndim(returned) == 1
        return list(map(_plain, returned)) if several else _plain(returned)

    def batches(N, columns, batch_size, shuffle, epochs, seed):
        """The batches of some epochs: sizes, widths, ends of X, labels; X and Y afterwards.

        Every entry of a row of X (N, 785) is its number, of Y (N, columns) twice that and one. Ends
        and labels come in one array for all batches of an epoch, which is quicker.
        """
        rows = np.arange(N, dtype=np.float64)[:, None]
        X, Y = np.repeat(rows, 785, axis=1), np.repeat(2 * rows + 1, columns, axis=1)
        random.seed(seed)
        np.random.seed(seed)
        batch_loader = submission.get("utils", "batch_loader")
        at_most = 4 * (len(X) // batch_size + 1)
        result = []
        for _ in range(epochs):
            known = {"X": X, "Y": Y, "batch_size": batch_size, "shuffle": shuffle}
            drawn = []
            for X_batch, Y_batch in binding.call(batch_loader, {**known, "drop_last": True}):
                drawn.append((np.asarray(X_batch), np.asarray(Y_batch)))
                if len(drawn) > at_most:
                    break
            result.append(
                {
                    "sizes": [[len(x), len(y)] for x, y in drawn],
                    "widths": [[math.prod(x.shape[1:]), math.prod(y.shape[1:])] for x, y in drawn],
                    "first": column([x for x, _ in drawn], 0),
                    "last": column([x for x, _ in drawn], -1),
                    "labels": column([y for _, y in drawn], 0),
                }
            )
        return {"epochs": result, "inputs": {"X": X[:, 0], "Y": Y[:, 0]}}

    def scripted_training(losses, num_batches, num_epochs):
        """`train` of the binary trainer with each validation's loss scripted.

        Returns how many steps had been made at each validation (`validated_at`, counted from 1),
        how many in all (`steps`), whether `train` `returned` before the script was over, and the
        histories.
        """
        batch_size = 2
        N = num_batches * batch_size
        X, Y = np.zeros((N, 785)), np.zeros((N, 1), dtype=np.uint8)
        X[:, 784] = 1
        data = {"X_train": X, "Y_train": Y, "X_val": X[:2], "Y_val": Y[:2]}
        answers = [(X, np.full((N, 1), 0.5))]
        steps, validated_at = [0], []

        def train_step(self, *arguments, **keywords):
            steps[0] += 1
            return np.float64(0.5 + 1e-4 * steps[0])

        def scripted_validation(self, *arguments, **keywords):
            if len(validated_at) == len(losses):
                raise ScriptIsOver
            validated_at.append(steps[0])
            index = len(validated_at) - 1
            return np.float64(losses[index]), 0.5 + 1e-4 * index, 0.6 + 1e-4 * index

        def one_batch_again(*arguments, **keywords):
            for _ in range(num_batches):
                yield X[:batch_size], Y[:batch_size]

        history, returned = None, True
        with contextlib.ExitStack() as stack:
            model, _ = stack.enter_context(
                scripted_model(submission, "task2a", answers, [], np.zeros((785, 1)))
            )
            stack.enter_context(trainers.loader_replaced(submission, one_batch_again))
            trainer = trainers.build(
                submission,
                "task2",
                model,
                data,
                {"learning_rate": 0.05, "batch_size": batch_size, "shuffle": False},
                base=True,
            )
            script = {"train_step": train_step, "validation_step": scripted_validation}
            stack.enter_context(methods.replaced(trainer, script))
            try:
                history = binding.call(trainer.train, {"num_epochs": num_epochs})
            except ScriptIsOver:
                returned = False
        return {
            "validated_at": np.array(validated_at, dtype=np.int64),
            "steps": steps[0],
            "returned": returned,
            "history": trainers.plain_history(history) if returned else None,
        }

    return {
        "train_step": train_step,
        "validation_step": validation_step,
        "batches": batches,
        "scripted_training": scripted_training,
    }
