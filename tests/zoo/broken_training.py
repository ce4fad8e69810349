"""Mistakes in tasks 2b, 2d, 2e and 3b, each in one piece."""

from __future__ import annotations

from tests.zoo.honest_training import BATCHES, COUNTER, INITIAL
from tests.zoo.training_loops import RETURN, loop
from tests.zoo.variants import Redefine, Replace, Variant

RULES: tuple[tuple[str, str, str, str, str], ...] = (
    ("never", "There is no early stopping.", "pass", "", ""),
    ("patience-5", "Patience is 5.", COUNTER.replace("10", "5"), INITIAL, ""),
    ("patience-20", "Patience is 20.", COUNTER.replace("10", "20"), INITIAL, ""),
    (
        "previous",
        "Losses are compared with the previous one instead of the best.",
        COUNTER.replace("best = val_loss\n    failures = 0", "failures = 0").replace(
            f"if failures >= 10:\n    {RETURN}",
            f"best = val_loss\nif failures >= 10:\n    {RETURN}",
        ),
        INITIAL,
        "",
    ),
    (
        "never-reset",
        "The counter is never reset.",
        COUNTER.replace("    failures = 0\n", "    pass\n"),
        INITIAL,
        "",
    ),
    (
        "worse-than-all",
        "Stops when the loss is worse than all of the last ten.",
        f"if len(losses) > 10 and val_loss > max(losses[-11:-1]):\n    {RETURN}",
        "",
        "",
    ),
    (
        "window-of-20",
        "A window of twenty.",
        f"if len(losses) > 20 and min(losses[-20:]) > min(losses[:-20]):\n    {RETURN}",
        "",
        "",
    ),
    (
        "ten-rises",
        "Stops after ten rises in a row.",
        f"if len(losses) > 10 and np.all(np.diff(losses[-11:]) > 0):\n    {RETURN}",
        "",
        "",
    ),
    ("reset-each-epoch", "The counter is reset each epoch.", COUNTER, INITIAL, "failures = 0"),
    (
        "empty-window",
        "The window is empty.",
        f"if len(losses) > 10 and all(loss < val_loss for loss in losses[10:-10:-1]) and False or "
        f"losses[-10:-20]:\n    {RETURN}",
        "",
        "",
    ),
    ("first", "Stops at the first failure.", COUNTER.replace("10", "1"), INITIAL, ""),
)
RULES += (
    (
        "min-delta",
        "An improvement counts only from 0.004 on.",
        COUNTER.replace("val_loss < best", "val_loss < best - 4e-3"),
        INITIAL,
        "",
    ),
)
RULES += (
    (
        "min-delta-small",
        "An improvement counts only from 1e-4 on, which real runs need not reach.",
        COUNTER.replace("val_loss < best", "val_loss < best - 1e-4"),
        INITIAL,
        "",
    ),
    (
        "rounded",
        "Losses are rounded to four decimals before they are compared.",
        "val_loss = round(float(val_loss), 4)\n" + COUNTER,
        INITIAL,
        "",
    ),
)
RULES += (
    (
        "not-after-epoch-25",
        "Early stopping is for the first epochs only.",
        COUNTER.replace("failures >= 10", "failures >= 10 and epoch < 25"),
        INITIAL,
        "",
    ),
)
STOPPING = tuple(
    Variant(f"stop-{id}", says, (loop(rule, before=before, epoch=epoch),), loses=("2d.stopping",))
    for id, says, rule, before, epoch in RULES
)

EVERY_STEP = Variant(
    "stop-validates-every-step",
    "Validates at every step.",
    (
        Replace(
            "trainer.py",
            "num_steps_per_val = max(1, num_batches_per_epoch // 5)",
            "num_steps_per_val = 1",
        ),
    ),
    loses=("2d.stopping",),
)

SWAPPED_ACCURACIES = Variant(
    "stop-accuracies-swapped",
    "The accuracies change places in the histories.",
    (
        Replace(
            "trainer.py",
            "val_loss, accuracy_train, accuracy_val = self.validation_step()",
            "val_loss, accuracy_val, accuracy_train = self.validation_step()",
        ),
    ),
    loses=("2d.stopping",),
)

UPDATE = "self.model.w = self.model.w - self.learning_rate * self.model.grad"


def _steps(id: str, says: str, old: str, new: str) -> tuple[Variant, Variant]:
    return (
        Variant(f"step2-{id}", says, (Replace("task2.py", old, new),), loses=("2b.train_step",)),
        Variant(f"step3-{id}", says, (Replace("task3.py", old, new),), loses=("3b.train_step",)),
    )


STEP = (
    *_steps("uphill", "Updates uphill.", UPDATE, UPDATE.replace(" - ", " + ")),
    *_steps("fixed-rate", "The rate is fixed at 0.2.", "self.learning_rate * self", "0.2 * self"),
    *_steps("no-update", "The weights are not updated.", UPDATE, "pass"),
    *_steps(
        "zero-loss", "Returns 0 as loss.", "return loss\n\n    def val", "return 0\n\n    def val"
    ),
    *_steps("no-loss", "Returns nothing.", "return loss\n\n    def val", "return\n\n    def val"),
    *_steps(
        "no-backward",
        "backward is never called.",
        "self.model.backward(X_batch, outputs, Y_batch)",
        "self.model.grad = np.zeros_like(self.model.w)",
    ),
    *_steps(
        "other-images",
        "The gradient is taken at other images than the batch's.",
        "self.model.backward(X_batch, outputs, Y_batch)",
        "self.model.backward(X_batch * 0, outputs, Y_batch)",
    ),
    *_steps(
        "swapped",
        "Targets and outputs change places in backward.",
        "self.model.backward(X_batch, outputs, Y_batch)",
        "self.model.backward(X_batch, Y_batch, outputs)",
    ),
    *_steps(
        "divided", "The rate is divided by the batch size.", UPDATE, UPDATE + " / len(X_batch)"
    ),
    *_steps(
        "momentum",
        "Momentum is added.",
        UPDATE,
        "self.v = 0.9 * getattr(self, 'v', 0) + self.model.grad\n"
        "        self.model.w = self.model.w - self.learning_rate * self.v",
    ),
    *_steps(
        "decay",
        "The learning rate halves with every step.",
        UPDATE,
        UPDATE + "\n        self.learning_rate *= 0.5",
    ),
    *_steps(
        "validates-on-training-set",
        "The validation loss is that of the training set.",
        "cross_entropy_loss(self.Y_val, self.model.forward(self.X_val))",
        "cross_entropy_loss(self.Y_train, self.model.forward(self.X_train))",
    ),
    *_steps(
        "validates-on-a-thousand",
        "The validation loss is that of the first thousand images.",
        "cross_entropy_loss(self.Y_val, self.model.forward(self.X_val))",
        "cross_entropy_loss(self.Y_val[:1000], self.model.forward(self.X_val[:1000]))",
    ),
    *_steps(
        "validation-crashes",
        "validation_step reads a name that nobody sets.",
        "cross_entropy_loss(self.Y_val, self.model.forward(self.X_val))",
        "cross_entropy_loss(Y_validation, self.model.forward(self.X_val))",
    ),
    *_steps(
        "unwritten",
        "train_step is not written.",
        "outputs = self.model.forward(X_batch)",
        "raise NotImplementedError\n        outputs = self.model.forward(X_batch)",
    ),
)

HEAD = "def batch_loader(X, Y, batch_size, shuffle=False, drop_last=True):\n    "
LOADERS = (
    ("never", "Never shuffles.", "indices = np.arange(len(X))\n    " + BATCHES),
    ("always", "Always shuffles.", "indices = np.random.permutation(len(X))\n    " + BATCHES),
    (
        "same-order",
        "The same order in every epoch.",
        "indices = np.arange(len(X))\n    if shuffle:\n"
        "        np.random.RandomState(0).shuffle(indices)\n    " + BATCHES,
    ),
    (
        "apart",
        "Images and targets are shuffled apart.",
        "indices = np.arange(len(X))\n    others = np.arange(len(X))\n    if shuffle:\n"
        "        np.random.shuffle(indices)\n        np.random.shuffle(others)\n    "
        + BATCHES.replace("Y[rows]", "Y[others[i * batch_size:(i + 1) * batch_size]]"),
    ),
    (
        "replacement",
        "Samples are drawn with replacement.",
        "indices = np.random.randint(0, len(X), len(X)) if shuffle else np.arange(len(X))\n    "
        + BATCHES,
    ),
    (
        "in-place",
        "Images alone are shuffled, in place.",
        "indices = np.arange(len(X))\n    if shuffle:\n        np.random.shuffle(X)\n    "
        + BATCHES,
    ),
    (
        "batches",
        "Whole batches are shuffled, not samples.",
        "order = list(range(len(X) // batch_size))\n    if shuffle:\n        np.random.shuffle(order)\n"
        "    for i in order:\n"
        "        yield X[i * batch_size:(i + 1) * batch_size], Y[i * batch_size:(i + 1) * batch_size]",
    ),
    (
        "reversed",
        "The order is turned round.",
        "indices = np.arange(len(X))[::-1] if shuffle else np.arange(len(X))\n    " + BATCHES,
    ),
    (
        "partial",
        "The last partial batch is always given.",
        "indices = np.random.permutation(len(X)) if shuffle else np.arange(len(X))\n    "
        "for i in range(0, len(X), batch_size):\n"
        "        yield X[indices[i:i + batch_size]], Y[indices[i:i + batch_size]]",
    ),
    (
        "one-too-many",
        "An epoch has a batch too many, which is empty where the others are all full.",
        "indices = np.random.permutation(len(X)) if shuffle else np.arange(len(X))\n    "
        "for i in range(0, len(X) + 1, batch_size):\n"
        "        yield X[indices[i:i + batch_size]], Y[indices[i:i + batch_size]]",
    ),
    (
        "empty-batches",
        "The slices begin behind the data.",
        "for i in range(len(X) // batch_size):\n        yield X[len(X) + i:], Y[len(X) + i:]",
    ),
    ("unwritten", "batch_loader is not written.", "raise NotImplementedError"),
    (
        "one-batch",
        "The first batch over and over.",
        "while True:\n        yield X[:batch_size], Y[:batch_size]",
    ),
)
LOADERS += (
    (
        "pairs-of-batches",
        "Samples are shuffled within every two batches only.",
        "indices = np.arange(len(X))\n    if shuffle:\n"
        "        for s in range(0, len(X), 2 * batch_size):\n"
        "            np.random.shuffle(indices[s:s + 2 * batch_size])\n    " + BATCHES,
    ),
    (
        "targets-from-images",
        "Targets are taken from the images.",
        "indices = np.random.permutation(len(X)) if shuffle else np.arange(len(X))\n    "
        + BATCHES.replace("Y[rows]", "X[rows][:, :1]"),
    ),
)
LOADERS += (
    (
        "rolled",
        "The samples are moved on by a random number of places.",
        "indices = np.arange(len(X))\n    if shuffle:\n"
        "        indices = np.roll(indices, np.random.randint(1, len(X)))\n    " + BATCHES,
    ),
    (
        "first-thousand",
        "Only the first thousand samples are shuffled.",
        "indices = np.arange(len(X))\n    if shuffle:\n"
        "        np.random.shuffle(indices[:1000])\n    " + BATCHES,
    ),
)
LOADERS += (
    (
        "rest-cut-off",
        "The rest is cut off before shuffling, so the last samples never come.",
        "indices = np.arange(len(X) // batch_size * batch_size)\n    if shuffle:\n"
        "        np.random.shuffle(indices)\n    " + BATCHES,
    ),
    (
        "one-column",
        "Images and targets are put together, and the last column taken for the targets.",
        "data = np.hstack((X, Y))\n    if shuffle:\n"
        "        data = data[np.random.permutation(len(data))]\n"
        "    X, Y = data[:, :-1], data[:, -1:]\n    indices = np.arange(len(X))\n    " + BATCHES,
    ),
)
LOADER = tuple(
    Variant(
        f"loader-{id}",
        says,
        (Redefine("utils.py", "batch_loader", HEAD + body),),
        loses=("2e.shuffling",),
    )
    for id, says, body in LOADERS
)

PENALTY_AGAIN = Variant(
    "step3-penalty-again",
    "train_step adds the penalty that backward has added already.",
    (
        Replace(
            "task3.py",
            UPDATE,
            "step = self.model.grad + 2 * self.model.l2_reg_lambda * self.model.w\n"
            "        self.model.w = self.model.w - self.learning_rate * step",
        ),
    ),
    loses=("3b.train_step",),
)

PENALTY_ELSEWHERE = Variant(
    "step3-penalty-in-its-place",
    "train_step adds the penalty, and backward does not: one mistake, of task 4b.",
    (
        *PENALTY_AGAIN.edits,
        Replace("task3a.py", " / X.shape[0] + 2 * self.l2_reg_lambda * self.w", " / X.shape[0]"),
    ),
    loses=("4b.penalty",),
)

TRAINING: tuple[Variant, ...] = (
    *STOPPING,
    EVERY_STEP,
    SWAPPED_ACCURACIES,
    *STEP,
    PENALTY_AGAIN,
    PENALTY_ELSEWHERE,
    *LOADER,
)
