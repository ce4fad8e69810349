"""Named mistakes put in a submission's place, or into its source; they stay with the staff."""

from __future__ import annotations

import ast
import textwrap
from pathlib import Path
from typing import Any

from checks.bare import bare_worlds
from checks.sites import FUNCTIONS

__all__ = ["bare_worlds", "inject"]

TRAIN = """
def train(self, num_epochs):
    {rule}

    num_batches = len(self.X_train) // self.batch_size
    num_steps_per_val = {interval}
    train_history = {{"loss": {{}}, "accuracy": {{}}}}
    val_history = {{"loss": {{}}, "accuracy": {{}}}}
    losses = []
    global_step = 0
    for epoch in range(num_epochs):
        train_loader = utils.batch_loader(
            self.X_train, self.Y_train, self.batch_size, shuffle=self.shuffle_dataset
        )
        for X_batch, Y_batch in train_loader:
            train_history["loss"][global_step] = self.train_step(X_batch, Y_batch)
            if global_step % num_steps_per_val == 0:
                val_loss, accuracy_train, accuracy_val = self.validation_step()
                train_history["accuracy"][global_step] = accuracy_train
                val_history["loss"][global_step] = val_loss
                val_history["accuracy"][global_step] = accuracy_val
                losses.append(val_loss)
                if stops(losses):
                    return train_history, val_history
            global_step += 1
    return train_history, val_history
"""
RIGHT_RULE = """
def stops(losses):
    return len(losses) > 10 and min(losses[-10:]) > min(losses[:-10])
"""
RIGHT_INTERVAL = "max(1, num_batches // 5)"


def inject(folder: Path, fault: Any) -> None:
    """Put the mistake's source in place of the piece's function in this submission."""
    file, function = FUNCTIONS[fault.piece]
    owner, _, name = function.rpartition(".")
    if fault.programs[0].__name__.endswith("constructor"):
        function, name = f"{owner}.__init__", "__init__"
    redefine(folder / file, function, _train(fault) if name == "train" else fault.source(name))


def redefine(path: Path, function: str, source: str) -> None:
    """Replace the function of this dotted name by `source`.

    Raises ValueError where the file does not define it once.
    """
    text = path.read_text("utf-8")
    body: list[ast.stmt] = ast.parse(text).body
    *classes, name = function.split(".")
    for outer in classes:
        body = [
            inner
            for node in body
            if isinstance(node, ast.ClassDef) and node.name == outer
            for inner in node.body
        ]
    found = [node for node in body if isinstance(node, ast.FunctionDef) and node.name == name]
    if len(found) != 1:
        raise ValueError(
            f"{path.name} defines {function} {len(found)} times, but should define it once"
        )
    node = found[0]
    lines = text.splitlines(keepends=True)
    written = textwrap.indent(textwrap.dedent(source).strip("\n"), " " * node.col_offset)
    lines[node.lineno - 1 : node.end_lineno] = [written + "\n"]
    path.write_text("".join(lines), "utf-8")


def _train(fault: Any) -> str:
    """The loop of `train` with the mistake in its rule or its interval."""
    if "num_batches" in fault.programs[0].__code__.co_varnames[:1]:
        rule = RIGHT_RULE + "\n" + fault.source("interval")
        interval = "interval(num_batches)"
    else:
        rule, interval = fault.source("stops"), RIGHT_INTERVAL
    return TRAIN.format(rule=textwrap.indent(rule.strip(), "    ").strip(), interval=interval)
