"""A reduced data set and graded whole runs, for tests of runs and of their figures."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from checks import datasets, full
from checks.datasets import Dataset
from checks.training_runs import Plan, Run
from gradus.course import Course
from gradus.grading import Listener, Settings, grade
from gradus.intake import Submission
from gradus.results import Result

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "student"


def reduced_digits() -> Dataset:
    """1 400 training and 300 validation images of the embedded digits, half of them 2 or 3.

    So that the binary task has the five batches of 128 that early stopping needs.
    """
    whole = datasets.sample("digits", 5000, 900)
    train, test = _half_binary(whole.Y_train, 1400), _half_binary(whole.Y_test, 300)
    arrays = whole.X_train[train], whole.Y_train[train], whole.X_test[test], whole.Y_test[test]
    digest = hashlib.sha256(b"".join(array.tobytes() for array in arrays)).hexdigest()
    return Dataset("reduced", "a part of the embedded digits", digest, *arrays)


def _half_binary(labels: np.ndarray, count: int) -> np.ndarray:
    binary = np.isin(labels, (2, 3))
    chosen = [np.flatnonzero(each)[: count // 2] for each in (binary, ~binary)]
    return np.sort(np.concatenate(chosen))


class Followed(Listener):
    """Keeps what a listener is told of whole runs."""

    def __init__(self) -> None:
        self.told: list[tuple[str, int, int | None, bool]] = []
        self.figures: tuple[Any, ...] = ()

    def on_run(self, name: str, steps: int, expected: int | None, over: bool) -> None:
        self.told.append((name, steps, expected, over))

    def on_figures(self, figures: tuple[Any, ...]) -> None:
        self.figures = figures


def graded(
    folder: Path, dataset: Dataset, *, own: bool, tasks: tuple[str, ...] = ("2d",)
) -> tuple[Result, Followed]:
    """What `gradus grade`, with `--full` where `own`, finds of these tasks and all whole runs."""
    followed = Followed()
    settings = Settings(tasks=tasks, long=True, full=own, jobs=2)
    result, _ = grade(Course(ROOT), Submission("submission", folder), dataset, settings, followed)
    return result, followed


def record(result: Result, id: str, by: str = "submission") -> dict[str, Any]:
    return next(run for run in result.runs if (run["id"], run["by"]) == (id, by))


def some_run(plan: Plan, by: Any = "submission", stop_step: int | None = 600) -> Run:
    """A run with plausible curves, validated every 6 steps of 31 in an epoch."""
    steps = np.arange(0, 601, 6)
    fall = np.exp(-steps / 150)
    K = 1 if plan.module == "task2" else 10
    w = np.random.RandomState(len(plan.id)).normal(0, 0.1, (785, K))
    return Run(
        plan=plan,
        by=by,
        how="made up for a test",
        seed=0 if plan.shuffle else None,
        stop_epoch=None if stop_step is None else stop_step // 31,
        stop_step=stop_step,
        steps=steps,
        validation_loss=0.07 + 0.6 * fall,
        validation_accuracy=0.975 - 0.4 * fall,
        train_accuracy=0.97 - 0.4 * fall,
        train_loss_steps=np.arange(601),
        train_loss=0.08 + 0.6 * np.exp(-np.arange(601) / 150),
        squared_norm=float(np.vdot(w, w)),
        w=w,
        num_batches=31,
    )


def with_spikes(run: Run, place: int, depth: float = 0.02) -> Run:
    """The run with a drop of the validation accuracy at this place of each 186 steps."""
    drop = np.where(run.steps % 186 == place, depth, 0.0)
    return replace(run, validation_accuracy=run.validation_accuracy - drop)


def only(monkeypatch: Any, *ids: str) -> None:
    """Let only the plans of these ids be run."""
    every = full.plans
    monkeypatch.setattr(
        full, "plans", lambda lambdas: tuple(plan for plan in every(lambdas) if plan.id in ids)
    )
