"""Whole trainings for the report: the reference's under the submission's protocol, and on request
the submission's own, each in a worker of its own.

They are evidence and decide no mark. Where the two disagree although they trained on the same
images in the same order by the same rules, the run says "look here".
"""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from checks import own_weights
from checks.cases import BIAS, CLASSES, INPUTS
from checks.expected_runs import SEED, expected, too_few_images
from checks.measured import BATCH_SIZE, BINARY_CLASSES, TRAIN_ROWS, Protocol, protocol
from checks.subject import Subject
from checks.training_cases import LEARNING_RATES
from checks.training_runs import Array, Plan, Run, plans
from gradus.session import Session
from gradus.worker.client import Limits, StudentError, WorkerFailure
from gradus.worker.scratch import first_bytes

Watch = Callable[[str, int, int | None, bool], None]
"""Told a run's name, the steps it has made, how many are expected, and whether it is over."""

NUM_EPOCHS = 500
CPU_SECONDS = {"task2": 300.0, "task3": 900.0}
"""What one run may use: a softmax run of the sample takes 15 s, one that never stops ten times it,
and some submissions preprocess by Python loops."""
WALL_FACTOR = 4.0
MEMORY_BYTES = 4 << 30
POLL_SECONDS = 0.2
STEPS_FILE = ".steps"
SAME_LOSS = 1e-6
MOST_STEPS = 200_000
"""Twice what 500 epochs of the largest task have."""
LARGEST = 1e30
"""Larger values count as infinite: no graph could hold them."""


class NotARun(Exception):
    """The worker's answer does not have the form of a run."""


def runs(
    subject: Subject, own: bool, jobs: int | None = None, watch: Watch = lambda *_: None
) -> tuple[Run, ...]:
    """Every training of the assignment by the reference, and with `own` by the submission too.

    jobs: how many of the submission's runs at once, by default as many as there are cores. Never
    raises for what a submission does: its run then says why it has no values.
    """
    measured = protocol(subject)
    wanted = plans(measured.lambdas)
    by_reference = expected(subject, measured, wanted)
    if not own:
        return by_reference
    found = [
        run if why is None else run.failing(f"{why[0].upper()}{why[1:]}.")
        for run in _own_runs(subject, measured, by_reference, jobs or _cores(), watch)
        for why in (own_weights.contradiction(subject, run, measured),)
    ]
    compared = [compare(run, of, measured) for run, of in zip(found, by_reference, strict=True)]
    return (*compared, *by_reference)


def compare(run: Run, reference: Run, measured: Protocol) -> Run:
    """`run`, with "look here" where it should equal the reference's and does not."""
    comparable = (
        measured.reading is not None
        and measured.images != "harness"
        and (not run.plan.shuffle or measured.usual_order)
        and reference.stop_step is not None
    )
    if not comparable or run.failed is not None or reference.failed is not None:
        return run
    assert measured.reading is not None  # for the type checker: `comparable` says so
    stop = reference.stop_step
    at = np.flatnonzero(run.steps == stop)
    due = float(reference.validation_loss[-1])
    if len(at) == 0 or (run.stop_step != stop and not measured.reading.at_epoch_end):
        ended = "never stops" if run.stop_step is None else f"stops at step {run.stop_step}"
        problem = f"it {ended}, the reference at step {stop}"
    elif not abs(float(run.validation_loss[at[0]]) - due) <= SAME_LOSS:
        got = float(run.validation_loss[at[0]])
        problem = f"its validation loss at step {stop} is {got:.6f}, the reference's {due:.6f}"
    else:
        return run
    return replace(
        run, look_here=f"By the same rules, on the same images in the same order: {problem}."
    )


def _own_runs(
    subject: Subject,
    measured: Protocol,
    by_reference: tuple[Run, ...],
    jobs: int,
    watch: Watch,
) -> list[Run]:
    """The submission's runs, in the order of their plans; nothing is left running afterwards."""
    data = subject.session.work / "whole.npz"
    _write(subject.dataset, data)
    tables = _tables(subject, measured)
    under_way = [_Training(subject, run.plan, data, tables, measured) for run in by_reference]
    found: dict[int, Run] = {}
    with _ended(under_way), ThreadPoolExecutor(jobs) as pool:
        futures: dict[Future[Run], int] = {}
        for number in _longest_first(by_reference):
            why = too_few_images(subject, by_reference[number].plan)
            if why is not None:
                found[number] = under_way[number].empty.failing(why)
            else:
                futures[pool.submit(under_way[number].run)] = number
        left = set(futures)
        while left:
            done, left = wait(left, POLL_SECONDS, FIRST_COMPLETED)
            for future in done:
                found[futures[future]] = future.result()
            for future, number in futures.items():
                if future.running() or future in done:
                    steps, due = under_way[number].steps(), by_reference[number].stop_step
                    if future in done:  # the counter is written five times a second
                        steps = max(steps, len(found[number].train_loss_steps))
                    expected_steps = None if due is None else due + 1
                    name = by_reference[number].plan.says
                    watch(name, steps, expected_steps, future in done)
    return [found[number] for number in range(len(by_reference))]


@contextmanager
def _ended(under_way: list[_Training]) -> Iterator[None]:
    """Whatever happens, an interruption included, no worker outlives this."""
    try:
        yield
    except BaseException:
        for training in under_way:
            training.give_up()
        raise


def _longest_first(by_reference: tuple[Run, ...]) -> list[int]:
    """Weak regularisation trains longest and is begun first, so that the cores end together."""
    return sorted(
        range(len(by_reference)),
        key=lambda number: (
            by_reference[number].plan.module == "task2",
            by_reference[number].plan.l2_reg_lambda,
        ),
    )


class _Training:
    """One of the submission's trainings, in a worker of its own."""

    def __init__(
        self,
        subject: Subject,
        plan: Plan,
        data: Path,
        tables: dict[str, Array | None],
        measured: Protocol,
    ) -> None:
        self._subject = subject
        self._plan = plan
        self._data = data
        self._tables = tables
        self._session: Session | None = None
        self._given_up = threading.Event()
        images = "its own `pre_process_images`" if tables["pixels"] is None else "the harness"
        shuffled = f", shuffled from seed {SEED}" if plan.shuffle else ""
        labels = subject.dataset.Y_train[:TRAIN_ROWS]
        N = np.isin(labels, BINARY_CLASSES).sum() if plan.module == "task2" else len(labels)
        self.empty = Run(
            plan,
            "submission",
            f"the submission's own training, on images preprocessed by {images}{shuffled}",
            SEED if plan.shuffle else None,
            num_batches=int(N) // BATCH_SIZE,
            bias_column=BIAS if tables["pixels"] is not None else subject.bias_column,
        )

    def steps(self) -> int:
        """How many steps it has made, as far as its worker tells."""
        return _read_count(self._session.scratch / STEPS_FILE) if self._session else 0

    def give_up(self) -> None:
        """End its worker, from whichever thread."""
        self._given_up.set()
        if self._session is not None:
            self._session.close()

    def run(self) -> Run:
        """Train, and read what came of it."""
        if self._given_up.is_set():
            return self.empty.failing("was not run")
        with self._subject.session.beside(
            self._plan.id, options={"data": str(self._data)}, limits=self._limits()
        ) as session:
            self._session = session
            try:
                answer = session.call(
                    "full_training",
                    task=self._plan.module,
                    shuffle=self._plan.shuffle,
                    l2_reg_lambda=self._plan.l2_reg_lambda,
                    seed=SEED,
                    num_epochs=NUM_EPOCHS,
                    protocol={
                        "learning_rate": LEARNING_RATES[self._plan.module],
                        "batch_size": BATCH_SIZE,
                    },
                    tables=self._tables,
                )
                run = read(self.empty, answer)
            except (StudentError, WorkerFailure) as error:
                run = self.empty.failing(str(error))
            except NotARun as wrong:
                run = self.empty.failing(f"what the training returned could not be read: {wrong}")
        return replace(run, cpu_seconds=session.cpu_seconds or None)  # unknown of what was killed

    def _limits(self) -> Limits:
        cpu = CPU_SECONDS[self._plan.module]
        usual = self._subject.session.limits
        return replace(
            usual,
            call_cpu_seconds=cpu,
            call_wall_seconds=WALL_FACTOR * cpu,
            total_cpu_seconds=max(usual.total_cpu_seconds, 2 * cpu),
            memory_bytes=max(usual.memory_bytes, MEMORY_BYTES),
        )


def read(empty: Run, answer: Any) -> Run:
    """The run in a worker's answer, which is taken for what anybody could have sent.

    Raises NotARun where it has another form.
    """
    found = _dict(answer, "the answer")
    history = found.get("history")
    if type(history) is not list or len(history) != 2:
        raise NotARun("there are no two histories")
    train, validation = _dict(history[0], "train_history"), _dict(history[1], "val_history")
    steps, loss = _series(validation, "loss", "val_history")
    run = replace(
        empty,
        steps=steps,
        validation_loss=loss,
        validation_accuracy=_at(steps, *_series(validation, "accuracy", "val_history")),
        train_accuracy=_at(steps, *_series(train, "accuracy", "train_history")),
    )
    train_steps, train_loss = _series(train, "loss", "train_history")
    made, epochs = found.get("steps"), found.get("epochs")
    if type(made) is not int or type(epochs) is not int or made < 1 or epochs < 1:
        raise NotARun("it made no step")
    if max(made, epochs) > MOST_STEPS:
        raise NotARun(f"it made more than {MOST_STEPS} steps")
    w = found.get("w")
    K = 1 if empty.plan.module == "task2" else CLASSES
    if not isinstance(w, np.ndarray) or w.dtype != np.float64 or w.shape != (INPUTS, K):
        raise NotARun(f"`model.w` is no array of shape {(INPUTS, K)}")
    stopped = epochs < NUM_EPOCHS
    run = replace(
        run,
        train_loss_steps=train_steps,
        train_loss=train_loss,
        w=w,
        squared_norm=float(np.vdot(w, w)),
        stop_step=made - 1 if stopped else None,
        stop_epoch=epochs - 1 if stopped else None,
    )
    for name, series in (("validation loss", loss), ("training loss", train_loss)):
        bad = np.flatnonzero(~np.isfinite(series))
        if len(bad):
            first = int((steps if series is loss else train_steps)[bad[0]])
            return run.failing(f"the {name} is not a finite number from step {first} on")
    if not (np.abs(w) <= LARGEST).all():
        return run.failing("`model.w` is not finite at the end")
    return run


def _series(history: dict[str, Any], key: str, name: str) -> tuple[Array, Array]:
    """Steps that rise and their values, nan where one is not finite."""
    found = _dict(history.get(key), f"{name}[{key!r}]")
    steps, values = (
        _vector(found.get(part), dtype, f"{name}[{key!r}]")
        for part, dtype in (("steps", np.int64), ("values", np.float64))
    )
    if len(steps) != len(values) or len(steps) == 0 or np.any(np.diff(steps) <= 0):
        raise NotARun(f"{name}[{key!r}] is empty, or its steps do not rise")
    if len(steps) > MOST_STEPS or not 0 <= steps[0] <= steps[-1] < 2**31:
        raise NotARun(f"{name}[{key!r}] has other steps than a training")
    return steps, np.where(np.abs(values) <= LARGEST, values, math.nan)


def _vector(value: Any, dtype: type, name: str) -> Array:
    if not isinstance(value, np.ndarray) or value.dtype != dtype or value.ndim != 1:
        raise NotARun(f"{name} is no dict from global step to value")
    return value


def _at(steps: Array, own_steps: Array, values: Array) -> Array:
    """Values at these steps, nan where there is none."""
    found = np.full(len(steps), math.nan)
    places = np.searchsorted(own_steps, steps)
    inside = places < len(own_steps)
    there = inside & (own_steps[np.minimum(places, len(own_steps) - 1)] == steps)
    found[there] = values[places[there]]
    return found


def _dict(value: Any, name: str) -> dict[str, Any]:
    if type(value) is not dict:
        raise NotARun(f"{name} is missing or no dict")
    return value


def _tables(subject: Subject, measured: Protocol) -> dict[str, Array | None]:
    """What stands in for functions that are of no use to training."""
    labels = np.arange(CLASSES, dtype=np.uint8)[:, None]
    return {
        "pixels": subject.oracle.pixel_values() if measured.images == "harness" else None,
        "one_hot": None if measured.own_one_hot else subject.oracle.one_hot(labels),
        "labels": subject.binary_targets(labels[:2]),
    }


def _write(dataset: Any, path: Path) -> None:
    np.savez(
        path,
        X_train=dataset.X_train[:TRAIN_ROWS],
        Y_train=dataset.Y_train[:TRAIN_ROWS],
        X_test=dataset.X_test,
        Y_test=dataset.Y_test,
    )


def _read_count(path: Path) -> int:
    """The number in a file that the submission may have replaced by anything."""
    text = first_bytes(path, 24).split(b"\n")[0]
    return int(text) if text.isdigit() else 0


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
