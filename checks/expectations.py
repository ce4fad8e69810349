"""A data set's expectations: gathered from a work folder, written, and shown."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from rich.console import Console

from checks.datasets import Dataset
from checks.populations import collected
from checks.run_cache import kept_run
from checks.runs import Expectations, Population, Setting
from checks.stored import load, store


def write(
    dataset: Dataset,
    folder: Path,
    expected: Path,
    full: Collection[Setting],
    seeded: Collection[Setting],
) -> None:
    """Write what a work folder holds: the full runs once all are there, and the seeds so far.

    full, seeded: the settings of which a run each is stored, and of which many seeds are. Stored
    seeds that are more, and equal where both have them, stay: work begun anew and interrupted does
    not undo what longer work has stored.
    """
    name = f"{dataset.name}-{dataset.sha256[:8]}"
    kept = [kept_run(folder, dataset, setting) for setting in full]
    runs = tuple(each for each in kept if each is not None)
    if len(runs) == len(kept):
        stored = Expectations(dataset.name, dataset.sha256, runs, ())
        store(expected / f"{name}.npz", stored)
    before = load(dataset.sha256, expected)
    found = [_longer(before, collected(folder, each), each) for each in seeded]
    populations = tuple(each for each in found if each is not None)
    if populations:
        stored = Expectations(dataset.name, dataset.sha256, (), populations)
        store(expected / f"{name}-seeds.npz", stored)


def _longer(
    before: Expectations | None, found: Population | None, setting: Setting
) -> Population | None:
    stored = before.population(setting.task) if before is not None else None
    if stored is None or found is None:
        return found or stored
    return stored if stored.n > found.n and stored.begins_as(found) else found


def report(expectations: Expectations, console: Console) -> None:
    """Show where the full runs stop, and what the many range over."""
    for kept in expectations.runs:
        console.print(
            f"{kept.setting.task}, seed {kept.setting.shuffle_seed}, lambda "
            f"{kept.setting.l2_reg_lambda:g}, coefficient {kept.setting.l2_coefficient:g}: stop in "
            f"epoch {kept.stop_epoch} at step {kept.stop_step}, margin {kept.margin:.1e}"
        )
    for population in expectations.populations:
        epoch = population.range("stop_epoch")
        accuracy = population.range("validation_accuracy")
        console.print(
            f"{population.setting.task}, {epoch.n} seeds, {epoch.content:.2%} with confidence "
            f"{epoch.confidence:.0%}: stop epoch {epoch.low:g} to {epoch.high:g}, validation "
            f"accuracy {accuracy.low:.4f} to {accuracy.high:.4f}"
        )
