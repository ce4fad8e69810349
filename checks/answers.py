"""The form of each of the adapter's answers, as `gradus.forms` checks them."""

from __future__ import annotations

from typing import Any

from checks.replay import SMALL_TRAIN
from gradus.forms import ANYTHING, Mapping, Several, Vector

TEXTS_BY_TASK = {"task2": str, "task3": str}
HISTORY = [Mapping({"steps": Vector("i"), "values": Vector("f")})]
PROBLEM = {
    "module": str,
    "kind": str,
    "message": str,
    "file": (str, None),
    "line": (int, None),
}

MANIFEST: dict[str, Any] = {
    "problems": Mapping(PROBLEM),
    "stand_ins": [str],
    "constructors": {"task2a": str, "task3a": str},
    "trainers": TEXTS_BY_TASK,
    "globals": {"task2": [str], "task3": [str]},
}
"""What `load` says it found."""

FORMS: dict[str, Any] = {
    "load": MANIFEST,
    "new_model": {"w": ANYTHING, "grad": ANYTHING},
    "forward": {"outputs": ANYTHING, "inputs": {"X": ANYTHING, "w": ANYTHING}},
    "backward": {
        "grads": Several(ANYTHING),
        "inputs": {"X": ANYTHING, "outputs": ANYTHING, "targets": ANYTHING, "w": ANYTHING},
    },
    "accuracy": {"accuracy": ANYTHING, "inputs": {"X": ANYTHING, "targets": ANYTHING}},
    "train_step": {
        "losses": Several(ANYTHING),
        "weights": Several(ANYTHING),
        "backward": (
            None,
            {"X": ANYTHING, "outputs": ANYTHING, "targets": ANYTHING},
            {"given": [ANYTHING]},
        ),
    },
    "batches": {
        "epochs": Several(
            {
                "sizes": [Several(int, at_least=2, at_most=2)],
                "first": [Vector("f")],
                "last": [Vector("f")],
                "labels": [Vector("f")],
            }
        ),
        "inputs": {"X": Vector("f"), "Y": Vector("f")},
    },
    "scripted_training": {
        "validated_at": Vector("i"),
        "steps": int,
        "returned": bool,
        "history": (None, HISTORY),
    },
    "short_training": {
        "orders": [Vector("i", below=SMALL_TRAIN)],
        "w": ANYTHING,
        "history": HISTORY,
        "validations": [ANYTHING],
    },
    "real_step": {"w": ANYTHING, "loss": ANYTHING},
}
"""By operation, and `load` for the manifest. Operations that are not here answer with what the
submission returned, or are read where they are used (`run_script`, `full_training`)."""
