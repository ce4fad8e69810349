"""Makes what the checks expect, from the reference solution: runs, their ranges, stated tables.

`stated.npz` holds the tables of inputs and outputs that stand in for a solution where there is
none: what each grey level becomes, each label's one-hot row, how far a step goes. `<data set>.npz`
holds full runs under the assignment's protocol, `<data set>-seeds.npz` where many shuffled runs
stopped; `load` gives both. Runs of other data or under another protocol are made when
`reference_run` is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from functools import partial
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from checks import datasets, expectations, oracle
from checks.cases import CLASSES
from checks.datasets import Dataset, user_cache
from checks.populations import RULES, SEEDS, columns_of, make
from checks.run_cache import cached_run, code_digest
from checks.runs import (
    BINARY,
    SOFTMAX,
    Checkpoint,
    ReferenceRun,
    Setting,
    Stops,
)
from checks.stored import EXPECTED, load, rounded, save_arrays
from checks.training_cases import GRADIENTS, LEARNING_RATES

__all__ = [
    "calibrate",
    "expected_step",
    "expected_validation",
    "load",
    "reference_run",
    "task_arrays",
    "write_stated_tables",
]

Array = np.ndarray[Any, Any]

TRAIN_ROWS = 20_000
POSITIVE, NEGATIVE = 2, 3  # the digits of the binary task, labels 1 and 0
LAMBDAS = (0.0, 1.0, 0.1, 0.01, 0.001)
CHECKPOINTS = 12


def kept_settings() -> dict[Setting, int]:
    """The full runs that are stored, each with its number of checkpoints.

    Those with an L2 coefficient of 1 have none: a step is tried at any weights, and the weights of
    the coefficient 2 will do.
    """
    regularised = [replace(SOFTMAX, l2_reg_lambda=each) for each in LAMBDAS]
    return {
        BINARY: CHECKPOINTS,
        replace(BINARY, shuffle_seed=0): CHECKPOINTS,
        **dict.fromkeys(regularised, CHECKPOINTS),
        **{replace(each, l2_coefficient=1.0): 0 for each in regularised if each.l2_reg_lambda},
    }


@dataclass(frozen=True, eq=False)
class TaskArrays:
    """What a task trains and validates on: X (N, 785) float64, Y (N, 1) labels or (N, 10)."""

    X_train: Array
    Y_train: Array
    X_val: Array
    Y_val: Array


def task_arrays(dataset: Dataset, setting: Setting) -> TaskArrays:
    """The first 20 000 training images and all test images, as the setting's task meets them.

    Binary: images of 2 and 3 in their order, label 1 for 2. Softmax: all, one-hot.
    """
    return TaskArrays(
        *_rows(dataset.X_train[:TRAIN_ROWS], dataset.Y_train[:TRAIN_ROWS], setting),
        *_rows(dataset.X_test, dataset.Y_test, setting),
    )


def _rows(images: Array, labels: Array, setting: Setting) -> tuple[Array, Array]:
    from reference import preprocessing

    chosen = _of_task(labels, setting)
    images, labels = images[chosen], labels[chosen][:, None]
    X = preprocessing.pre_process_images(images)
    if (setting.scale, setting.shift) != (BINARY.scale, BINARY.shift):
        X[:, :-1] = images * setting.scale + setting.shift
    if setting.task == "binary":
        return X, (labels == POSITIVE).astype(np.uint8)
    return X, preprocessing.one_hot_encode(labels, CLASSES)


def run(
    arrays: TaskArrays,
    setting: Setting,
    orders: Iterable[Array] | None = None,
    checkpoints: int = CHECKPOINTS,
) -> ReferenceRun:
    """The reference's run on these arrays.

    orders: the rows' order of one epoch after another, in place of those of the setting's seed.
    checkpoints: how many to keep, at most one for each validation.
    """
    from reference import batching, training

    N = len(arrays.X_train)
    protocol = _protocol(setting)
    num_batches = batching.num_batches(N, setting.batch_size)
    interval = protocol.steps_between_validations(N)
    taken: list[Array] = []
    history = training.train(
        arrays.X_train,
        arrays.Y_train,
        arrays.X_val,
        arrays.Y_val,
        protocol,
        _recorded(_orders(setting, N) if orders is None else orders, taken),
        # The weights that a validation was made with are those before the step after it.
        checkpoints=range(1, setting.num_epochs * num_batches, interval),
    )
    steps = history.validation_steps
    after = [history.checkpoints.get(int(step) + 1, history.w) for step in steps]
    following = [int(step) + 1 for step in steps if int(step) + 1 in history.checkpoints]
    chosen = np.linspace(0, len(following) - 1, min(checkpoints, len(following))).astype(int)
    return ReferenceRun(
        setting=setting,
        steps=steps,
        validation_loss=history.validation_loss,
        train_accuracy=history.train_accuracy,
        validation_accuracy=history.validation_accuracy,
        train_loss=history.train_loss[steps],
        squared_norm=np.array([np.vdot(w, w) for w in after]),
        num_batches=num_batches,
        stop_step=history.stop_step,
        stop_epoch=history.stop_epoch,
        margin=training.smallest_margin(history.validation_loss),
        w=history.w.astype(np.float32),
        checkpoints=tuple(
            Checkpoint(
                step,
                rounded(history.checkpoints[step]),
                _batch(taken, step, num_batches, setting.batch_size),
            )
            for step in (following[index] for index in chosen)
        ),
    )


def expected_step(
    arrays: TaskArrays, setting: Setting, checkpoint: Checkpoint
) -> tuple[Array, float]:
    """What the step from a checkpoint's weights on its rows leads to: w (D, K), the batch's loss.

    Computed from the weights as they stand in the checkpoint, which are rounded.
    """
    from reference import training

    return training.sgd_step(
        checkpoint.w.astype(np.float64),
        arrays.X_train[checkpoint.rows],
        arrays.Y_train[checkpoint.rows],
        setting.learning_rate,
        setting.l2_reg_lambda * setting.l2_coefficient / 2,
    )


def expected_validation(arrays: TaskArrays, w: Array) -> tuple[float, float, float]:
    """Validation loss without the penalty, training and validation accuracy at w (D, K)."""
    from reference import training

    w = w.astype(np.float64)
    return training.validate(w, arrays.X_train, arrays.Y_train, arrays.X_val, arrays.Y_val)


def reference_run(
    dataset: Dataset,
    setting: Setting,
    orders: Sequence[Array] | None = None,
    *,
    cache: Path | None = None,
    expected: Path = EXPECTED,
) -> ReferenceRun:
    """The reference's run on a data set: stored, from the cache, or made now and cached.

    orders: those of a run that was observed, one for each of its epochs, in place of the setting's.
    A run takes 0.2 s (binary) to 10 s (softmax); cache is by default the user's.
    Raises ValueError where `orders` ends before the run does.
    """
    if orders is None:
        stored = load(dataset.sha256, expected)
        if stored is not None and (kept := stored.run(setting)) is not None:
            return kept
    return cached_run(
        work_folder(dataset.sha256, cache),
        dataset,
        setting,
        orders,
        lambda: run(task_arrays(dataset, setting), setting, orders),
        CHECKPOINTS,
    )


def calibrate(
    choices: Sequence[str],
    jobs: int,
    console: Console,
    *,
    seeds: int | None = None,
    cache: Path | None = None,
    expected: Path = EXPECTED,
) -> None:
    """Make what is stored for these data sets, and the stated tables; go on where it was left.

    choices: as for `datasets.load`. jobs: how many processes. seeds: at most so many of each task.
    What is done is written when a part is complete and when the work is interrupted.
    Raises datasets.DatasetError where data cannot be had.
    """
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    for choice in choices:
        dataset = datasets.load(choice)
        folder = work_folder(dataset.sha256, cache)
        stored_of = (kept_settings(), (BINARY, SOFTMAX))
        write = partial(expectations.write, dataset, folder, expected, *stored_of)
        with Progress(*columns, console=console) as progress:
            try:
                _make_runs(dataset, folder, progress)
                for setting in (BINARY, SOFTMAX):
                    write()
                    n = min(SEEDS[setting.task], seeds or SEEDS[setting.task])
                    of_seeds = partial(_seeds_of_dataset, _used(dataset, setting), setting)
                    bar = progress.add_task(f"{dataset.name}: {setting.task}, seeds", total=n)
                    for done in make(setting, n, jobs, folder, of_seeds):
                        progress.advance(bar, done)
            finally:
                write()
        if (stored := load(dataset.sha256, expected)) is not None:
            expectations.report(stored, console)
    write_stated_tables(expected)


def _make_runs(dataset: Dataset, folder: Path, progress: Progress) -> None:
    settings = kept_settings()
    bar = progress.add_task(f"{dataset.name}: full runs", total=len(settings))
    arrays = {each.task: task_arrays(dataset, each) for each in (BINARY, SOFTMAX)}
    for setting, checkpoints in settings.items():
        make_it = partial(run, arrays[setting.task], setting, None, checkpoints)
        cached_run(folder, dataset, setting, None, make_it, checkpoints)
        progress.advance(bar)


def work_folder(dataset_sha256: str, cache: Path | None = None) -> Path:
    """Where a data set's runs are kept until they are stored: another one for another reference."""
    import reference

    digest = code_digest(Path(str(reference.__file__)).parent)
    return (cache or user_cache()) / "calibration" / f"{dataset_sha256[:16]}-{digest[:16]}"


def stated_tables() -> dict[str, Array]:
    """What students write as inputs and outputs, all float64.

    `pixel_values` and `other_pixel_values` (256,), `one_hot_rows` (10, 10), `gradients` (n,) and
    what becomes of a weight of 0 for each: `task2_moves` and `task3_moves` (n,).
    """
    moves = {
        f"{task}_moves": oracle.step(task, np.zeros(len(GRADIENTS)), GRADIENTS)
        for task in LEARNING_RATES
    }
    return {
        "pixel_values": oracle.pixel_values(),
        "other_pixel_values": oracle.other_pixel_values(),
        "one_hot_rows": oracle.one_hot(np.arange(CLASSES, dtype=np.uint8)[:, None]),
        "gradients": GRADIENTS,
        **moves,
    }


def write_stated_tables(folder: Path = EXPECTED) -> None:
    """Write `stated.npz`."""
    save_arrays(folder / "stated.npz", stated_tables())


def stops_of_seeds(arrays: TaskArrays, setting: Setting, first: int, end: int) -> dict[int, Stops]:
    """By rule, where the runs with shuffle seeds first .. end - 1 stop: (end - first,) columns."""
    from reference import side_by_side, training

    N = len(arrays.X_train)
    found = side_by_side.train_side_by_side(
        arrays.X_train,
        arrays.Y_train,
        arrays.X_val,
        arrays.Y_val,
        _protocol(setting),
        [training.course_order(N, seed) for seed in range(first, end)],
        RULES,
    )
    measured = (field.name for field in fields(side_by_side.Stop))
    columns = {
        name: np.array([[getattr(stop, name) for stop in of_run] for of_run in found], np.float64)
        for name in measured
    }
    columns["stop_step"], columns["stop_epoch"] = columns.pop("step"), columns.pop("epoch")
    return {
        rule: Stops(**{name: column[:, index] for name, column in columns.items()})
        for index, rule in enumerate(RULES)
    }


def _seeds_of_dataset(dataset: Dataset, setting: Setting, first: int, end: int) -> dict[str, Array]:
    return columns_of(stops_of_seeds(task_arrays(dataset, setting), setting, first, end))


def _used(dataset: Dataset, setting: Setting) -> Dataset:
    """The images that the task uses: they are sent to another process, once for each block."""
    Y_train, Y_test = dataset.Y_train[:TRAIN_ROWS], dataset.Y_test
    of_train, of_test = _of_task(Y_train, setting), _of_task(Y_test, setting)
    return replace(
        dataset,
        X_train=dataset.X_train[:TRAIN_ROWS][of_train],
        Y_train=Y_train[of_train],
        X_test=dataset.X_test[of_test],
        Y_test=Y_test[of_test],
    )


def _of_task(labels: Array, setting: Setting) -> Array:
    if setting.task == "binary":
        return (labels == POSITIVE) | (labels == NEGATIVE)
    return np.ones(len(labels), dtype=bool)


def _protocol(setting: Setting) -> Any:
    from reference.training import Protocol

    return Protocol(
        learning_rate=setting.learning_rate,
        batch_size=setting.batch_size,
        num_epochs=setting.num_epochs,
        failures_to_stop=setting.failures_to_stop,
        interval=setting.interval,
        l2_reg_lambda=setting.l2_reg_lambda,
        l2_coefficient=setting.l2_coefficient,
    )


def _orders(setting: Setting, N: int) -> Iterable[Array]:
    from reference.training import course_order

    if setting.shuffle_seed is None:
        return repeat(np.arange(N))
    return course_order(N, setting.shuffle_seed)


def _recorded(orders: Iterable[Array], taken: list[Array]) -> Iterator[Array]:
    for order in orders:
        taken.append(order)
        yield order


def _batch(orders: Sequence[Array], step: int, num_batches: int, batch_size: int) -> Array:
    epoch, batch = divmod(step, num_batches)
    return np.asarray(orders[epoch])[batch * batch_size : (batch + 1) * batch_size]


if __name__ == "__main__":
    write_stated_tables()
