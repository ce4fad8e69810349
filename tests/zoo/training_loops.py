"""The assignment's training loop with a rule of early stopping put into it."""

from __future__ import annotations

import textwrap

from tests.zoo.variants import Redefine

LOOP = """
def train(self, num_epochs):
    num_batches_per_epoch = self.X_train.shape[0] // self.batch_size
    num_steps_per_val = num_batches_per_epoch // 5
    train_history = dict(loss={}, accuracy={})
    val_history = dict(loss={}, accuracy={})
    global_step = 0
    losses = []
<before>
    for epoch in range(num_epochs):
<epoch>
        train_loader = utils.batch_loader(
            self.X_train, self.Y_train, self.batch_size, shuffle=self.shuffle_dataset)
        for X_batch, Y_batch in iter(train_loader):
            loss = self.train_step(X_batch, Y_batch)
            train_history["loss"][global_step] = loss
            if global_step % num_steps_per_val == 0:
                val_loss, accuracy_train, accuracy_val = self.validation_step()
                train_history["accuracy"][global_step] = accuracy_train
                val_history["loss"][global_step] = val_loss
                val_history["accuracy"][global_step] = accuracy_val
                losses.append(val_loss)
<rule>
            global_step += 1
<after>
    return train_history, val_history
"""
RETURN = "return train_history, val_history"


def loop(rule: str, *, before: str = "", epoch: str = "", after: str = "") -> Redefine:
    """`BaseTrainer.train` with `rule` after each validation, `losses` holding all losses so far.

    `before` stands before the epochs, `epoch` at the start of each, `after` at its end.
    """
    source = LOOP
    for name, text, depth in (
        ("<before>", before, 4),
        ("<epoch>", epoch, 8),
        ("<rule>", rule, 16),
        ("<after>", after, 8),
    ):
        source = source.replace(
            name, textwrap.indent(textwrap.dedent(text).strip("\n"), " " * depth)
        )
    return Redefine("trainer.py", "BaseTrainer.train", source)
