"""How the pieces of training are looked at: steps exactly, orders and stops by their features."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from checks import training
from checks.training_cases import (
    BINARY_STEPS,
    LOADERS,
    SOFTMAX_STEPS,
    STOPPING,
    LoaderCase,
    StepCase,
    StoppingCase,
)
from gradus.catalogue import Observation, Probe

Array = np.ndarray[Any, Any]


def _step(task: str) -> Probe:
    model_task = "task2a" if task == "task2" else "task3a"
    rate = training.LEARNING_RATES[task]

    def observe(world: Any, case: StepCase) -> Observation:
        Y = case.labels if task == "task2" else world.targets(case.labels)
        loss = world.oracle.loss(model_task, Y, case.outputs)
        done = world.call(
            "train_step",
            task=task,
            X=case.X,
            Y=Y,
            outputs=case.outputs,
            loss=loss,
            grad=case.grad,
            w=case.w,
            learning_rate=rate,
        )
        after = done["w"]
        moved = isinstance(after, np.ndarray) and after.shape == case.w.shape
        sent = {"X": case.X, "outputs": case.outputs, "targets": Y}
        given = done["backward"] or {}
        right = [_passed(given, role, sent) for role in sent]
        return {
            "step": after - case.w if moved else after,
            "loss": done["loss"],
            "given": np.array([float(bool(given)), *right]),
        }

    return Probe(
        BINARY_STEPS if task == "task2" else SOFTMAX_STEPS,
        observe,
        lambda world, case: -rate * case.grad,
        "step",
        size=lambda case: (len(case.X), case.w.shape[1]),
        weights=lambda case: case.w,
    )


def _passed(given: dict[str, Any], role: str, sent: dict[str, Array]) -> float:
    """1 where the role was filled as it should be, 2 where with another role's array, else 0."""
    values = given.get("given") or [given.get(role)]
    for code, names in ((1.0, [role]), (2.0, [name for name in sent if name != role])):
        for value in values:
            if any(_is(value, sent[name]) for name in names):
                return code
    return 0.0


def _is(value: Any, sent: Array) -> bool:
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "biuf":
        return False
    return value.size == sent.size and bool(
        np.allclose(value.reshape(-1).astype(float), sent.reshape(-1), rtol=1e-6, atol=1e-9)
    )


def _stopping(world: Any, case: StoppingCase) -> Observation:
    """Which validation ended the script, counted from the best one, and the steps between them."""
    done = world.call(
        "scripted_training",
        losses=np.array(case.losses),
        num_batches=case.num_batches,
        num_epochs=len(case.losses) + 1,
    )
    validated = np.asarray(done["validated_at"])
    ran_through = done["steps"] >= (len(case.losses) + 1) * case.num_batches
    stopped = done["returned"] and not ran_through
    gaps = np.unique(np.diff(validated))
    return {
        "stopped": float(len(validated) - 1 - case.best) if stopped else -1000.0,
        "first": float(validated[0]) if len(validated) else -1.0,
        "gap": float(gaps[0]) if len(gaps) == 1 else float(-len(gaps)),
    }


def _loading(world: Any, case: LoaderCase) -> Observation:
    """What the orders of some epochs have in common, with shuffling and without."""
    seen: dict[str, Any] = {}
    for name, shuffle in (("shuffled", True), ("plain", False)):
        done = world.call(
            "batches",
            X=case.X,
            Y=case.Y,
            batch_size=case.batch_size,
            shuffle=shuffle,
            epochs=3,
            seed=case.seed,
        )
        seen[name], seen[f"{name} data"] = _features(done, case)
    return seen


def _features(done: dict[str, Any], case: LoaderCase) -> tuple[Array, Array]:
    """Six features of the orders, and six of batches and data."""
    epochs = done["epochs"]
    full = case.N // case.batch_size
    rows = [np.concatenate([*epoch["first"], np.zeros(0)]) for epoch in epochs]
    labels = [np.concatenate([*epoch["labels"], np.zeros(0)]) for epoch in epochs]
    last = [np.concatenate([*epoch["last"], np.zeros(0)]) for epoch in epochs]
    plain = np.arange(case.N, dtype=float)
    orders = [
        all(np.array_equal(order, plain[: len(order)]) for order in rows),
        all(np.array_equal(order, rows[0]) for order in rows[1:]),
        all(np.array_equal(order, plain[::-1][: len(order)]) for order in rows),
        all(len(np.unique(order)) == len(order) for order in rows),
        all(np.array_equal(a, b) for a, b in zip(rows, labels, strict=True)),
        all(_batches_intact(epoch["first"]) for epoch in epochs),
    ]
    kept = done["inputs"]
    sizes = [[int(n) for n, _ in epoch["sizes"]] for epoch in epochs]
    data = [
        float(np.array_equal(kept["X"], plain)),
        float(np.array_equal(kept["Y"], plain)),
        float(len(sizes[0]) - full),
        float(all(size == case.batch_size for size in sizes[0])),
        float(all(set(b) == set(rows_of(n, case)) for n, b in enumerate(epochs[0]["first"]))),
        float(all(np.array_equal(a, b) for a, b in zip(rows, last, strict=True))),
    ]
    return np.array(orders, dtype=float), np.array(data)


def rows_of(number: int, case: LoaderCase) -> list[float]:
    """The rows of batch `number` when nothing is shuffled."""
    start = number * case.batch_size
    return [float(row) for row in range(start, start + case.batch_size)]


def _batches_intact(batches: list[Array]) -> bool:
    """Whether every batch holds consecutive rows in their order."""
    return all(bool(np.all(np.diff(batch) == 1)) for batch in batches)


PROBES: Mapping[str, Probe] = {
    "2b.train_step": _step("task2"),
    "2d.stopping": Probe(STOPPING, _stopping),
    "2e.shuffling": Probe(LOADERS, _loading),
    "3b.train_step": _step("task3"),
}
