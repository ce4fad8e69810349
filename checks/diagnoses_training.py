"""How the pieces of training are looked at: steps exactly, orders and stops by their features."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from checks.cases import CLASSES, INPUTS
from checks.epochs import FEWEST_LEFT_OUT, in_batches
from checks.training_cases import (
    BINARY_STEPS,
    L2_REG_LAMBDA,
    LEARNING_RATES,
    LOADERS,
    SOFTMAX_STEPS,
    STOPPING,
    TAIL,
    LoaderCase,
    StepCase,
    StoppingCase,
)
from gradus.answers import less
from gradus.catalogue import Observation, Probe

Array = np.ndarray[Any, Any]


def _step(task: str) -> Probe:
    model_task = "task2a" if task == "task2" else "task3a"

    def stepped(world: Any, case: StepCase, Y: Array, l2_reg_lambda: float) -> Any:
        return world.call(
            "train_step",
            task=task,
            X=case.X,
            Y=Y,
            outputs=case.outputs,
            loss=world.oracle.loss(model_task, Y, case.outputs),
            grads=case.grads,
            w=case.w,
            learning_rate=LEARNING_RATES[task],
            l2_reg_lambda=l2_reg_lambda,
        )

    def observe(world: Any, case: StepCase) -> Observation:
        Y = case.labels if task == "task2" else world.targets(case.labels)
        done = stepped(world, case, Y, 0.0)
        after, later = done["weights"][:2]
        moved = all(isinstance(w, np.ndarray) and w.shape == case.w.shape for w in (after, later))
        sent = {"X": case.X, "outputs": case.outputs, "targets": Y}
        given = done["backward"] or {}
        right = [_passed(given, role, sent) for role in sent]
        observed = {
            "step": less(after, case.w) if moved else after,
            "next": less(later, after) if moved else later,
            "loss": done["losses"][0],
            "given": np.array([float(bool(given)), *right]),
        }
        if task == "task3":
            penalised = stepped(world, case, Y, L2_REG_LAMBDA)["weights"][0]
            observed["penalised"] = less(penalised, after) if moved else penalised
        return observed

    return Probe(
        BINARY_STEPS if task == "task2" else SOFTMAX_STEPS,
        observe,
        lambda world, case: world.oracle.step(task, case.w, case.grad) - case.w,
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
    wide = world.call(
        "batches",
        N=case.N,
        columns=CLASSES,
        batch_size=case.batch_size,
        shuffle=True,
        epochs=1,
        seed=case.seed,
    )
    widths = [width for epoch in wide["epochs"] for width in epoch["widths"]]
    seen["columns"] = float(all(list(width) == [INPUTS, CLASSES] for width in widths))
    for name, shuffle in (("shuffled", True), ("plain", False)):
        done = world.call(
            "batches",
            N=case.N,
            columns=1,
            batch_size=case.batch_size,
            shuffle=shuffle,
            epochs=3,
            seed=case.seed,
        )
        seen[name], seen[f"{name} data"] = _features(done, case)
    return seen


def _features(done: dict[str, Any], case: LoaderCase) -> tuple[Array, Array]:
    """Features of the orders, and of batches and data."""
    epochs = list(map(in_batches, done["epochs"]))
    full = case.N // case.batch_size
    rows, last, targets = (
        [epoch[name] for epoch in done["epochs"]] for name in ("first", "last", "labels")
    )
    # A row's target tells which row it belongs to.
    row_of = {float(y): float(row) for row, y in enumerate(case.labels)}
    labels = [np.array([row_of.get(float(y), -1.0) for y in of_epoch]) for of_epoch in targets]
    plain = np.arange(case.N, dtype=float)
    orders = [
        all(np.array_equal(order, plain[: len(order)]) for order in rows),
        all(np.array_equal(order, rows[0]) for order in rows[1:]),
        all(np.array_equal(order, plain[::-1][: len(order)]) for order in rows),
        all(len(np.unique(order)) == len(order) for order in rows),
        all(np.array_equal(a, b) for a, b in zip(rows, labels, strict=True)),
        all(_batches_intact(epoch["first"]) for epoch in epochs),
        all(np.array_equal(order, plain[: len(order)]) for order in labels),
        all(_leaves_out_the_last(order, case) for order in rows),
    ]
    kept = done["inputs"]
    sizes = [[int(n) for n, _ in epoch["sizes"]] for epoch in epochs]
    data = [
        float(np.array_equal(kept["X"], plain)),
        float(np.array_equal(kept["Y"], case.labels)),
        float(len(sizes[0]) - full),
        float(all(size == case.batch_size for size in sizes[0])),
        float(all(set(b) == set(rows_of(n, case)) for n, b in enumerate(epochs[0]["first"]))),
        float(all(np.array_equal(a, b) for a, b in zip(rows, last, strict=True))),
    ]
    return np.array(orders, dtype=float), np.array(data)


def _leaves_out_the_last(order: Array, case: LoaderCase) -> bool:
    """Whether the last rows are those that are left out, where these are too many for chance."""
    rest = case.N % case.batch_size
    return rest >= FEWEST_LEFT_OUT and bool(np.all(order < case.N - rest))


def rows_of(number: int, case: LoaderCase) -> list[float]:
    """The rows of batch `number` when nothing is shuffled."""
    start = number * case.batch_size
    return [float(row) for row in range(start, start + case.batch_size)]


def _batches_intact(batches: list[Array]) -> bool:
    """Whether every batch holds consecutive rows in their order."""
    return all(bool(np.all(np.diff(batch) == 1)) for batch in batches)


def _after_an_outlier() -> StoppingCase:
    """An early loss far above the rest, still in the window of ten when a tail rises under it."""
    falling = (0.9, 0.88, 0.86, 0.84, 0.82, 0.95, 0.8, 0.78, 0.76, 0.74, 0.72)
    tail = [0.885 + 0.0015 * n for n in range(TAIL)]
    return StoppingCase((*falling, *tail), len(falling) - 1, 10)


PROBES: Mapping[str, Probe] = {
    "2b.train_step": _step("task2"),
    "2d.stopping": Probe(STOPPING, _stopping, more_cases=(_after_an_outlier(),)),
    "2e.shuffling": Probe(LOADERS, _loading),
    "3b.train_step": _step("task3"),
}
