"""Functions of a submission by their bodies alone, and variants named by what is told of them."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

from tests.zoo.variants import Redefine, Replace, Variant

Body = Callable[[str], Redefine]


def named(id: str, says: str, *edits: Redefine | Replace) -> Variant:
    """A mistake that must be told by this name first; by several, each in its own piece."""
    loses = tuple(name.rpartition(".")[0] for name in says.split())
    return Variant(
        f"restyled-{id}",
        says,
        edits,
        loses=loses,
        because="one thought stands behind both" if len(loses) > 1 else "",
        own_tasks_alone=True,
    )


def unnamed(id: str, piece: str, *edits: Redefine | Replace) -> Variant:
    """A mistake in this piece that must be told no name."""
    return Variant(f"foreign-{id}", piece, edits, loses=(piece,), own_tasks_alone=True)


def _function(file: str, name: str, parameters: str) -> Body:
    def with_body(body: str) -> Redefine:
        head = f"def {name.rpartition('.')[2]}({parameters}):\n"
        return Redefine(file, name, head + textwrap.indent(textwrap.dedent(body), "    "))

    return with_body


preprocess = _function("task2a.py", "pre_process_images", "X")
binary_loss = _function("task2a.py", "cross_entropy_loss", "targets, outputs")
logistic = _function("task2a.py", "BinaryModel.forward", "self, X")
logistic_gradient = _function("task2a.py", "BinaryModel.backward", "self, X, outputs, targets")
step = _function("task2.py", "LogisticTrainer.train_step", "self, X_batch, Y_batch")
binary_accuracy = _function("task2.py", "calculate_accuracy", "X, targets, model")
loader = _function("utils.py", "batch_loader", "X, Y, batch_size, shuffle=False, drop_last=True")
one_hot = _function("task3a.py", "one_hot_encode", "Y, num_classes")
softmax_loss = _function("task3a.py", "cross_entropy_loss", "targets, outputs")
softmax = _function("task3a.py", "SoftmaxModel.forward", "self, X")
softmax_gradient = _function("task3a.py", "SoftmaxModel.backward", "self, X, outputs, targets")
softmax_accuracy = _function("task3.py", "calculate_accuracy", "X, targets, model")
