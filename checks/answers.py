"""The form of each of the adapter's answers, as `gradus.forms` checks them."""

from __future__ import annotations

from typing import Any

from checks.training_cases import SMALL_TRAIN
from gradus.forms import ANYTHING, Mapping, Several, Text, Vector

CALL = Text(1_000)
"""How something is constructed, as a student writes it."""
NAME = Text(200)
HISTORY = [Mapping({"steps": Vector("i"), "values": Vector("f")})]
CHANGED = Mapping(ANYTHING)
"""Inputs by name, as they are after a call; those that are as they were are left out."""
PROBLEM = {
    "module": str,
    "kind": str,
    "message": str,
    "file": (str, None),
    "line": (int, None),
}

MANIFEST: dict[str, Any] = {
    "problems": Mapping(PROBLEM),
    "stand_ins": [NAME],
    "constructors": {"task2a": CALL, "task3a": CALL},
    "trainers": {"task2": CALL, "task3": CALL},
    "globals": {"task2": [NAME], "task3": [NAME]},
}
"""What `load` says it found."""


def _exactly(count: int, form: Any) -> Several:
    return Several(form, count, count)


def _gradients(times: int) -> dict[str, Any]:
    return {"grads": _exactly(times, ANYTHING), "changed": CHANGED}


def _steps(count: int) -> dict[str, Any]:
    by_role = dict.fromkeys(("X", "outputs", "targets"), ANYTHING)
    return {
        "losses": _exactly(count, ANYTHING),
        "weights": _exactly(count, ANYTHING),
        "backward": (None, by_role, {"given": [ANYTHING]}),
    }


def _epochs(count: int) -> dict[str, Any]:
    columns = {key: Vector("f") for key in ("first", "last", "labels")}
    pairs = [_exactly(2, int)]
    epoch = {"sizes": pairs, "widths": pairs, **columns}
    return {
        "epochs": _exactly(count, epoch),
        "inputs": {"X": Vector("f"), "Y": Vector("f")},
    }


def _scripted(validations: int) -> dict[str, Any]:
    return {
        "validated_at": Vector("i", at_most=validations, rising=True),
        "steps": int,
        "returned": bool,
        "history": (None, HISTORY),
    }


FORMS: dict[str, Any] = {
    "load": MANIFEST,
    "new_model": {"w": ANYTHING, "grad": ANYTHING},
    "forward": {"outputs": ANYTHING},
    "backward": lambda arguments: _gradients(arguments["times"]),
    "accuracy": {"accuracy": ANYTHING, "changed": CHANGED},
    "train_step": lambda arguments: _steps(len(arguments["grads"])),
    "batches": lambda arguments: _epochs(arguments["epochs"]),
    "scripted_training": lambda arguments: _scripted(len(arguments["losses"])),
    "short_training": {
        "orders": [Vector("i", below=SMALL_TRAIN)],
        "w": ANYTHING,
        "history": HISTORY,
        "validations": [ANYTHING],
    },
    "trained_labels": (None, _exactly(2, ANYTHING)),
    "real_step": {"w": ANYTHING, "loss": ANYTHING},
}
"""By operation, with the call's arguments where they decide; `load` is the manifest.

Operations that are not here answer with what the submission returned, or are read where they are
used (`run_script`, `full_training`)."""

CALLED = {
    "preprocess": "`pre_process_images`",
    "one_hot_encode": "`one_hot_encode`",
    "loss": "`cross_entropy_loss`",
    "new_model": "`__init__`",
    "forward": "`forward`",
    "backward": "`backward`",
    "accuracy": "`calculate_accuracy`",
    "train_step": "`train_step`",
    "validation_step": "`validation_step`",
    "batches": "`batch_loader`",
    "scripted_training": "`train`",
    "short_training": "`train`",
    "real_step": "`train_step`",
    "real_validation": "`validation_step`",
    "run_script": "`{module}.py`",
    "full_training": "`train`",
}
"""What a student calls an operation, in whose code time or memory ran out."""
