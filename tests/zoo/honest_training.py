"""Honest ways to train, shuffle and stop, which must cost nothing."""

from __future__ import annotations

from tests.zoo.training_loops import RETURN, loop
from tests.zoo.variants import Edit, Redefine, Replace, Variant

TENTH = {
    "early stopping": "stops at failure 10 in a row to beat the best validation loss",
}
ELEVENTH = {
    "early stopping": "stops at failure 11 in a row to beat the best validation loss",
}
NINTH = {
    "early stopping": "stops at failure 9 in a row to beat the best validation loss",
}
EPOCH_END = {
    "early stopping": "stops at the end of the epoch at failure 10 in a row to beat the best "
    "validation loss",
}
COUNTER = f"""
if val_loss < best:
    best = val_loss
    failures = 0
else:
    failures += 1
if failures >= 10:
    {RETURN}
"""
INITIAL = "best = np.inf\nfailures = 0"


def _stopping(id: str, says: str, *edits: Edit, conventions: dict[str, object]) -> Variant:
    return Variant(f"stopping-{id}", says, edits, conventions=conventions)


STOPPING = (
    _stopping("counter", "A counter of ten.", loop(COUNTER, before=INITIAL), conventions=TENTH),
    _stopping(
        "window",
        "The best is not among the last ten.",
        loop(f"if len(losses) > 10 and np.argmin(losses) < len(losses) - 10:\n    {RETURN}"),
        conventions=TENTH,
    ),
    _stopping(
        "window-of-eleven",
        "The oldest of eleven is the smallest.",
        loop(f"if len(losses) >= 11 and min(losses[-11:]) == losses[-11]:\n    {RETURN}"),
        conventions=TENTH,
    ),
    _stopping(
        "equal-improves",
        "Equality with the best counts as improvement.",
        loop(COUNTER.replace("val_loss < best", "val_loss <= best"), before=INITIAL),
        conventions=TENTH,
    ),
    _stopping(
        "first-best-one",
        "The first best is 1.0 instead of infinity.",
        loop(COUNTER, before="best = 1.0\nfailures = 0"),
        conventions=TENTH,
    ),
    _stopping(
        "guarded",
        "Guarded by global_step > 10.",
        loop(
            f"""
            if val_loss < best:
                best = val_loss
                failures = 0
            elif global_step > 10:
                failures += 1
            if failures >= 10 and global_step > 10:
                {RETURN}
            """,
            before=INITIAL,
        ),
        conventions=TENTH,
    ),
    _stopping(
        "more-than-ten",
        "More than ten failures.",
        loop(COUNTER.replace(">= 10", "> 10"), before=INITIAL),
        conventions=ELEVENTH,
    ),
    _stopping(
        "epoch-end",
        "Leaves the loop at the end of the epoch.",
        loop(
            COUNTER.replace(RETURN, "stop = True"),
            before=INITIAL + "\nstop = False",
            after="if stop:\n    break",
        ),
        conventions=EPOCH_END,
    ),
    _stopping(
        "best-counts",
        "The best itself is counted among the ten.",
        loop(f"if len(losses) >= 10 and min(losses[-10:]) == losses[-10]:\n    {RETURN}"),
        conventions=NINTH,
    ),
    _stopping(
        "best-weights-restored",
        "The best weights are restored on stopping.",
        loop(
            COUNTER.replace(
                "failures = 0", "failures = 0\n    best_w = self.model.w.copy()"
            ).replace(RETURN, "self.model.w = best_w\n    " + RETURN),
            before=INITIAL,
        ),
        conventions=TENTH,
    ),
    _stopping(
        "three-returned",
        "The best weights are returned beside the histories.",
        loop(
            COUNTER.replace(RETURN, RETURN + ", self.model.w"),
            before=INITIAL,
        ),
        conventions=TENTH,
    ),
    _stopping(
        "flag-in-constructor",
        "A flag for early stopping in the constructor, off by default.",
        Replace(
            "trainer.py",
            "self, model, learning_rate, batch_size, shuffle_dataset, X_train, Y_train, X_val, Y_val\n"
            "    ):",
            "self, model, learning_rate, batch_size, shuffle_dataset, X_train, Y_train, X_val, Y_val,\n"
            "        early_stopping=False):\n        self.early_stopping = early_stopping",
        ),
        loop(
            COUNTER.replace("failures >= 10", "self.early_stopping and failures >= 10"),
            before=INITIAL,
        ),
        conventions=TENTH,
    ),
)

INACTIVE = (
    Variant(
        "stopping-commented-out",
        "Early stopping is written and commented out.",
        (
            loop(
                "# if val_loss < best:\n#     best = val_loss\n#     failures = 0\n# else:\n"
                f"#     failures += 1\n# if failures >= 10:\n#     {RETURN}",
                before=INITIAL,
            ),
        ),
        pending=("2d.stopping",),
    ),
    Variant(
        "stopping-behind-false",
        "Early stopping is written behind a local False.",
        (
            loop(
                COUNTER.replace("failures >= 10", "use_early_stopping and failures >= 10"),
                before=INITIAL + "\nuse_early_stopping = False",
            ),
        ),
        pending=("2d.stopping",),
    ),
)


HISTORIES = (
    Variant(
        "history-more-entries",
        "The histories hold a list of times, where training stopped, and nothing under a name.",
        (
            loop(
                COUNTER.replace(RETURN, "val_history['stopped'] = epoch\n    " + RETURN),
                before=INITIAL + "\ntrain_history['seconds'] = []\nval_history['note'] = None",
                after="train_history['seconds'].append(0.5)",
            ),
        ),
        conventions=TENTH,
    ),
)


def _step(id: str, says: str, source: str) -> Variant:
    head = "def train_step(self, X_batch, Y_batch):\n    "
    edits = [
        Redefine(file, f"{trainer}.train_step", head + source)
        for file, trainer in (("task2.py", "LogisticTrainer"), ("task3.py", "SoftmaxTrainer"))
    ]
    return Variant(f"step-{id}", says, tuple(edits))


STEP = (
    _step(
        "in-place",
        "Weights are updated in place.",
        "outputs = self.model.forward(X_batch)\n    self.model.backward(X_batch, outputs, Y_batch)\n"
        "    self.model.w -= self.learning_rate * self.model.grad\n"
        "    return cross_entropy_loss(Y_batch, outputs)",
    ),
    Variant(
        "step-loss-indexed",
        "The loss has shape (1, 1), and its one entry is taken out where it is used.",
        tuple(
            edit
            for module, file, trainer in (
                ("task2a.py", "task2.py", "LogisticTrainer"),
                ("task3a.py", "task3.py", "SoftmaxTrainer"),
            )
            for edit in (
                Replace(
                    module, "    return np.mean(loss)", "    return np.mean(loss, keepdims=True)"
                )
                if module == "task2a.py"
                else Replace(
                    module,
                    "    return -np.mean(np.sum(targets * log_outputs, axis=1))",
                    "    return -np.mean(np.sum(targets * log_outputs, axis=1)).reshape(1, 1)",
                ),
                Redefine(
                    file,
                    f"{trainer}.train_step",
                    "def train_step(self, X_batch, Y_batch):\n"
                    "    outputs = self.model.forward(X_batch)\n"
                    "    self.model.backward(X_batch, outputs, Y_batch)\n"
                    "    self.model.w = self.model.w - self.learning_rate * self.model.grad\n"
                    "    return cross_entropy_loss(Y_batch, outputs)[0][0]",
                ),
                Replace(
                    file,
                    "        return loss, accuracy_train, accuracy_val",
                    "        return float(loss[0, 0]), accuracy_train, accuracy_val",
                ),
            )
        ),
    ),
    _step(
        "loss-after",
        "The loss after the update is returned.",
        "outputs = self.model.forward(X_batch)\n    self.model.backward(X_batch, outputs, Y_batch)\n"
        "    self.model.w = self.model.w - self.learning_rate * self.model.grad\n"
        "    return cross_entropy_loss(Y_batch, self.model.forward(X_batch))",
    ),
    _step(
        "global-rate",
        "The learning rate is read as a module global.",
        "outputs = self.model.forward(X_batch)\n    self.model.backward(X_batch, outputs, Y_batch)\n"
        "    self.model.w = self.model.w - learning_rate * self.model.grad\n"
        "    return cross_entropy_loss(Y_batch, outputs)",
    ),
    _step(
        "global-model",
        "Only the module global `model` is updated.",
        "outputs = model.forward(X_batch)\n    model.backward(X_batch, outputs, Y_batch)\n"
        "    model.w = model.w - self.learning_rate * model.grad\n"
        "    return cross_entropy_loss(Y_batch, outputs)",
    ),
    _step(
        "loss-by-name",
        "Arguments are passed by name.",
        "outputs = self.model.forward(X=X_batch)\n"
        "    loss = cross_entropy_loss(targets=Y_batch, outputs=outputs)\n"
        "    self.model.backward(X=X_batch, targets=Y_batch, outputs=outputs)\n"
        "    self.model.w = self.model.w - self.learning_rate * self.model.grad\n    return loss",
    ),
    _step(
        "penalty-in-loss",
        "lambda ||w||^2 is added to the returned loss.",
        "outputs = self.model.forward(X_batch)\n    loss = cross_entropy_loss(Y_batch, outputs)\n"
        "    self.model.backward(X_batch, outputs, Y_batch)\n"
        "    loss = loss + getattr(self.model, 'l2_reg_lambda', 0) * np.sum(self.model.w ** 2)\n"
        "    self.model.w = self.model.w - self.learning_rate * self.model.grad\n    return loss",
    ),
    Variant(
        "step-constant-rate",
        "The learning rates are the protocol's constants.",
        (
            Replace(
                "task2.py",
                "self.model.w = self.model.w - self.learning_rate * self.model.grad",
                "self.model.w = self.model.w - 0.05 * self.model.grad",
            ),
            Replace(
                "task3.py",
                "self.model.w = self.model.w - self.learning_rate * self.model.grad",
                "self.model.w = self.model.w - 0.01 * self.model.grad",
            ),
        ),
    ),
)


def _loader(id: str, says: str, body: str, head: str = "") -> Variant:
    head = head or "def batch_loader(X, Y, batch_size, shuffle=False, drop_last=True):\n    "
    return Variant(f"loader-{id}", says, (Redefine("utils.py", "batch_loader", head + body),))


BATCHES = (
    "num_batches = len(X) // batch_size\n    for i in range(num_batches):\n"
    "        rows = indices[i * batch_size:(i + 1) * batch_size]\n        yield X[rows], Y[rows]"
)
LOADER = (
    _loader(
        "list",
        "A list of indices is shuffled.",
        "indices = list(range(X.shape[0]))\n    if shuffle:\n        np.random.shuffle(indices)\n    "
        + BATCHES,
    ),
    _loader(
        "permutation",
        "np.random.permutation.",
        "indices = np.random.permutation(len(X)) if shuffle else np.arange(len(X))\n    " + BATCHES,
    ),
    _loader(
        "random-module",
        "The standard library's random.",
        "import random\n    indices = list(range(len(X)))\n    if shuffle:\n"
        "        random.shuffle(indices)\n    " + BATCHES,
    ),
    _loader(
        "generator",
        "An unseeded default_rng.",
        "indices = np.arange(len(X))\n    if shuffle:\n"
        "        np.random.default_rng().shuffle(indices)\n    " + BATCHES,
    ),
    _loader(
        "copied",
        "The data are copied in a shuffled order.",
        "if shuffle:\n        order = np.random.permutation(len(X))\n        X, Y = X[order], Y[order]\n"
        "    for i in range(len(X) // batch_size):\n"
        "        yield X[i * batch_size:(i + 1) * batch_size], Y[i * batch_size:(i + 1) * batch_size]",
    ),
    _loader(
        "stacked",
        "Images and targets are shuffled as one array of 785 columns and more.",
        "both = np.hstack([X, Y])\n    if shuffle:\n        np.random.shuffle(both)\n"
        "    for i in range(len(X) // batch_size):\n"
        "        batch = both[i * batch_size:(i + 1) * batch_size]\n"
        "        yield batch[:, :785], batch[:, 785:]",
    ),
    _loader(
        "shuffle-required",
        "`shuffle` has no default.",
        "indices = np.arange(len(X))\n    if shuffle:\n        np.random.shuffle(indices)\n    "
        + BATCHES,
        head="def batch_loader(X, Y, batch_size, shuffle, drop_last=True):\n    ",
    ),
    _loader(
        "no-drop-last",
        "There is no parameter `drop_last`.",
        "indices = np.arange(len(X))\n    if shuffle:\n        np.random.shuffle(indices)\n    "
        + BATCHES,
        head="def batch_loader(X, Y, batch_size, shuffle=False):\n    ",
    ),
)

TRAINING: tuple[Variant, ...] = (*STOPPING, *INACTIVE, *HISTORIES, *STEP, *LOADER)
