"""The graphs of tasks 2b to 4e, drawn from whole runs: the submission's own, or the reference's.

The reference's curve lies under the student's wherever both are there. A graph without a run of the
submission says in its title that the reference's is shown.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from checks import stored
from checks.curves import SIDE, period, roughness, spike_steps, weight_images
from checks.runs import Expectations, Population
from checks.svg import BLUE, COLOURS, GREEN, GREY, ORANGE, Figure, canvas, finished
from checks.training_runs import Array, Run, running_means, thinned

STEPS = "gradient steps"
LOSS, ACCURACY = "cross entropy loss", "accuracy"
RULES = (10, 11)
"""Both readings of "10 times": a band of honest runs holds the ends of either."""
BATCHES_IN_A_MEAN = {"submission": 10, "reference": 5}
"""Losses of single batches are too rough to see anything. Of the reference's only those of the
batches just before a validation are kept."""


@dataclass(frozen=True)
class Pair:
    """One training by the submission and by the reference, as far as each has values."""

    own: Run | None
    reference: Run | None

    @property
    def shown(self) -> Run | None:
        """The run that a graph is about."""
        return self.own or self.reference


def draw(runs: Sequence[Run], dataset: Any) -> tuple[Figure, ...]:
    """Every graph for which there is a run. `dataset`: its `sha256` names the stored ranges."""
    kept = stored.load(dataset.sha256)
    pairs = {run.plan.id: _pair(runs, run.plan.id) for run in runs}
    nothing = Pair(None, None)
    binary, shuffled = pairs.get("binary", nothing), pairs.get("binary-shuffled", nothing)
    softmax = pairs.get("softmax", nothing)
    regularised = [pair for id, pair in pairs.items() if id.startswith("softmax-")]
    softmax_band = _band_of(softmax, kept)
    drawn = [
        _losses("losses-binary", "2b", binary, (0.0, 0.2)),
        _accuracies("accuracies-binary", "2c", binary, (0.93, 0.99)),
        _shuffling(binary, shuffled, _band_of(shuffled, kept)),
        _losses("losses-softmax", "3b", softmax, (0.2, 0.6), softmax_band),
        _accuracies("accuracies-softmax", "3c", softmax, (0.85, 0.94), softmax_band),
        _weights([softmax, *regularised]),
        _accuracy_by_lambda(regularised),
        _norm_by_lambda(regularised),
    ]
    return tuple(figure for figure in drawn if figure is not None)


def _pair(runs: Sequence[Run], id: str) -> Pair:
    def of(by: str) -> Run | None:
        return next((r for r in runs if (r.plan.id, r.by) == (id, by) and _has_values(r)), None)

    return Pair(of("submission"), of("reference"))


def _has_values(run: Run) -> bool:
    return bool(np.isfinite(run.validation_loss).sum() > 1)


# The graphs


def _losses(
    name: str, task: str, pair: Pair, ylim: tuple[float, float], band: Population | None = None
) -> Figure | None:
    run = pair.shown
    if run is None:
        return None
    at_least = BATCHES_IN_A_MEAN[run.by]
    steps, train_loss, mean_of = running_means(run.train_loss_steps, run.train_loss, at_least)

    def paint(axes: Any) -> None:
        _under(axes, pair, "validation_loss")
        label = f"training, means of {mean_of} batches"
        axes.plot(steps, train_loss, color=ORANGE, lw=1, label=label)
        _curve(axes, run, "validation_loss", BLUE, "validation")
        _honest_ends(axes, band, "validation_loss")

    of_what = "logistic" if task == "2b" else "softmax"
    title = f"Task {task}: loss of {of_what} regression"
    told = (
        f"{_falls(run, 'validation_loss', 'The validation loss')} The training loss ends near "
        f"{_last(train_loss):.3f}. {_end(run)}"
    )
    return _axes_figure(name, task, title, pair, LOSS, ylim, paint, told, band)


def _accuracies(
    name: str, task: str, pair: Pair, ylim: tuple[float, float], band: Population | None = None
) -> Figure | None:
    run = pair.shown
    if run is None:
        return None

    def paint(axes: Any) -> None:
        _under(axes, pair, "validation_accuracy")
        _curve(axes, run, "train_accuracy", ORANGE, "training")
        _curve(axes, run, "validation_accuracy", BLUE, "validation")
        _honest_ends(axes, band, "validation_accuracy")

    of_what = "logistic" if task == "2c" else "softmax"
    title = f"Task {task}: accuracy of {of_what} regression"
    told = (
        f"{_falls(run, 'validation_accuracy', 'The validation accuracy')} The training accuracy "
        f"ends at {_last(run.train_accuracy):.4f}. {_end(run)}"
    )
    return _axes_figure(name, task, title, pair, ACCURACY, ylim, paint, told, band)


def _shuffling(without: Pair, shuffled: Pair, band: Population | None) -> Figure | None:
    run, other = without.shown, shuffled.shown
    if run is None or other is None:
        return None
    spikes = spike_steps(run)

    def paint(axes: Any) -> None:
        for step in spikes:
            axes.axvline(step, color=GREY, lw=0.8, ls=":", alpha=0.8)
        _under(axes, without, "validation_accuracy")
        _under(axes, shuffled, "validation_accuracy")
        _curve(axes, run, "validation_accuracy", BLUE, "without shuffle")
        _curve(axes, other, "validation_accuracy", ORANGE, "with shuffle")
        _honest_ends(axes, band, "validation_accuracy")

    told = _falls(run, "validation_accuracy", "Without shuffle the validation accuracy")
    told += " " + _falls(other, "validation_accuracy", "With shuffle it")
    if len(spikes):
        every = period(run)
        told += (
            f" Without shuffle it spikes every {every} steps, from step {spikes[0]} on, each time "
            "the same batch comes just before a validation; dotted lines mark the places."
        )
    title = "Task 2e: validation accuracy with and without shuffle"
    both = Pair(without.own and shuffled.own, without.reference or shuffled.reference)
    ylim = (0.93, 0.99)
    return _axes_figure("shuffling", "2e", title, both, ACCURACY, ylim, paint, told, band)


def _weights(pairs: Sequence[Pair]) -> Figure | None:
    shown = [pair.shown for pair in pairs]
    found = [run for run in shown if run is not None and run.w is not None]
    if len(found) < 2:
        return None
    found.sort(key=lambda run: run.plan.l2_reg_lambda)
    chosen = [found[0], found[-1]]
    rows = [_row_of_images(run) for run in chosen]
    name, task = "weights", "4b"
    lambdas = [f"λ = {run.plan.l2_reg_lambda:g}" for run in chosen]
    pair = Pair(*((chosen[0], None) if chosen[0].by == "submission" else (None, chosen[0])))
    title = _titled("Task 4b: weights of the ten digits", pair)
    rough = [roughness(run) for run in chosen]
    told = (
        f"Two rows of ten images of 28 by 28 weights, {lambdas[0]} above {lambdas[1]}. "
        f"Neighbouring weights differ by {rough[0]:.0%} of their spread above and by "
        f"{rough[1]:.0%} below: the larger λ gives the "
        f"{'smoother' if rough[1] < rough[0] else 'rougher'} images."
    )
    with canvas(7.2, 2.1) as drawn:
        axes = drawn.subplots()
        axes.imshow(np.vstack(rows), cmap="gray", interpolation="none", vmin=-1, vmax=1)
        axes.set_title(title)
        axes.set_xticks([(SIDE + 1) * digit + SIDE / 2 for digit in range(10)], map(str, range(10)))
        axes.set_yticks([(SIDE + 1) * row + SIDE / 2 for row in range(2)], lambdas)
        axes.tick_params(length=0)
        axes.grid(False)
        axes.spines[:].set_visible(False)
        svg = finished(drawn, name, title, told)
    return Figure(name, task, title, _caption(pair, None), told, svg)


def _accuracy_by_lambda(pairs: Sequence[Pair]) -> Figure | None:
    found = [pair for pair in pairs if pair.shown is not None]
    if not found:
        return None

    def paint(axes: Any) -> None:
        for pair, colour in zip(found, COLOURS, strict=False):
            assert pair.shown is not None
            _under(axes, pair, "validation_accuracy")
            label = f"λ = {pair.shown.plan.l2_reg_lambda:g}"
            _curve(axes, pair.shown, "validation_accuracy", colour, label)

    ends = [
        f"{_last(pair.shown.validation_accuracy):.4f} for λ = {pair.shown.plan.l2_reg_lambda:g}"
        for pair in found
        if pair.shown is not None
    ]
    told = f"One curve for each λ. The validation accuracy ends at {', '.join(ends)}."
    title = "Task 4c: validation accuracy by λ"
    return _axes_figure(
        "accuracy-by-lambda", "4c", title, _all(found), ACCURACY, (0.7, 0.95), paint, told
    )


def _norm_by_lambda(pairs: Sequence[Pair]) -> Figure | None:
    found = [pair for pair in pairs if pair.shown is not None]
    points = [
        (pair.shown.plan.l2_reg_lambda, pair.shown.squared_norm or math.nan)
        for pair in found
        if pair.shown is not None
    ]
    if len(points) < 2:
        return None

    def paint(axes: Any) -> None:
        below = [
            (pair.reference.plan.l2_reg_lambda, pair.reference.squared_norm or math.nan)
            for pair in found
            if pair.own is not None and pair.reference is not None
        ]
        if below:
            axes.plot(*zip(*below, strict=True), "s", ms=9, mfc="none", mec=GREY, label="reference")
        axes.plot(*zip(*points, strict=True), "o-", color=GREEN, label="‖w‖² after training")
        axes.set_xscale("log")
        axes.set_xticks([x for x, _ in points], [f"{x:g}" for x, _ in points])
        axes.minorticks_off()
        axes.set_ylim(bottom=0)

    told = "‖w‖² after training: " + ", ".join(f"{y:.2f} for λ = {x:g}" for x, y in points) + "."
    title = "Task 4e: length of w after training by λ"
    return _axes_figure(
        "norm-by-lambda", "4e", title, _all(found), "‖w‖²", None, paint, told, xlabel="λ"
    )


# Their parts


def _axes_figure(
    name: str,
    task: str,
    title: str,
    pair: Pair,
    ylabel: str,
    ylim: tuple[float, float] | None,
    paint: Callable[[Any], None],
    told: str,
    band: Population | None = None,
    xlabel: str = STEPS,
) -> Figure:
    title = _titled(title, pair)
    with canvas() as drawn:
        axes = drawn.subplots()
        paint(axes)
        axes.set_title(title)
        axes.set_xlabel(xlabel)
        axes.set_ylabel(ylabel)
        if ylim is not None:
            axes.set_ylim(*_containing(axes, ylim))
        _legend(axes)
        svg = finished(drawn, name, title, told)
    return Figure(name, task, title, _caption(pair, band), told, svg)


def _containing(axes: Any, ylim: tuple[float, float]) -> tuple[float, float]:
    """The handout's limits; others where a curve would end outside of them."""
    ends = [line.get_ydata()[-1] for line in axes.lines if len(line.get_xdata()) > 2]
    low = min([ylim[0], *(end - 0.02 for end in ends if end < ylim[0])])
    high = max([ylim[1], *(end + 0.02 for end in ends if end > ylim[1])])
    return low, high


def _legend(axes: Any) -> None:
    handles, labels = axes.get_legend_handles_labels()
    once = dict(zip(labels, handles, strict=True))
    axes.legend(once.values(), once.keys(), loc="best")


def _curve(axes: Any, run: Run, quantity: str, colour: str, label: str) -> None:
    chosen = thinned(len(run.steps))
    axes.plot(run.steps[chosen], getattr(run, quantity)[chosen], color=colour, label=label)


def _under(axes: Any, pair: Pair, quantity: str) -> None:
    """The reference's curve, broad and pale, where the submission's lies over it."""
    if pair.own is None or pair.reference is None:
        return
    steps, values = pair.reference.steps, getattr(pair.reference, quantity)
    axes.plot(steps, values, color=GREY, lw=4, alpha=0.35, label="reference")


def _honest_ends(axes: Any, band: Population | None, quantity: str) -> None:
    """The rectangle of steps and values at which honest runs with other seeds end."""
    if band is None:
        return
    from matplotlib.patches import Rectangle

    (x0, x1), (y0, y1) = _range(band, "stop_step"), _range(band, quantity)
    label = f"where {band.n} honest runs with other seeds end"
    axes.add_patch(
        Rectangle((x0, y0), x1 - x0, y1 - y0, fc=(GREEN, 0.18), ec=(GREEN, 0.7), label=label)
    )


def _range(band: Population, quantity: str) -> tuple[float, float]:
    found = [band.range(quantity, rule) for rule in RULES if rule in band.stops]
    return min(each.low for each in found), max(each.high for each in found)


def _band_of(pair: Pair, kept: Expectations | None) -> Population | None:
    """Runs with many seeds by the same rules as the reference's here, if any are stored."""
    if kept is None or pair.reference is None or not pair.reference.stored:
        return None
    return kept.population("binary" if pair.reference.plan.module == "task2" else "softmax")


def _all(pairs: Sequence[Pair]) -> Pair:
    """What a graph of several runs shows: the submission's own only if each of them is."""
    own = [pair.own for pair in pairs]
    reference = next((pair.reference for pair in pairs if pair.reference is not None), None)
    return Pair(own[0] if all(own) else None, reference)


def _titled(title: str, pair: Pair) -> str:
    return title if pair.own is not None else f"{title} (the reference's run)"


def _caption(pair: Pair, band: Population | None) -> str:
    run = pair.shown
    how = run.how if run is not None else "a run"
    parts = [how[0].upper() + how[1:]]
    if pair.own is not None and pair.reference is not None:
        parts.append("The broad grey curve is the reference's by the same rules")
    if band is not None:
        held = min(band.range("stop_step", rule).content for rule in RULES if rule in band.stops)
        parts.append(
            f"The green field spans the ends of {band.n} runs of the reference with other seeds; "
            f"each of its sides holds {held:.1%} of all honest runs, with 99 % confidence"
        )
    return ". ".join(parts) + "."


def _falls(run: Run, quantity: str, subject: str) -> str:
    values = getattr(run, quantity)
    finite = np.flatnonzero(np.isfinite(values))
    if len(finite) == 0:
        return f"{subject} is never a finite number."
    first, last = values[finite[0]], values[finite[-1]]
    verb = "falls" if last < first else "rises"
    return f"{subject} {verb} from {first:.4f} at step {run.steps[finite[0]]} to {last:.4f}."


def _end(run: Run) -> str:
    if run.stop_step is None:
        return f"The run goes on to step {run.steps[-1]} without stopping."
    return f"Early stopping ends the run at step {run.stop_step}, in epoch {run.stop_epoch}."


def _last(values: Array) -> float:
    finite = values[np.isfinite(values)]
    return float(finite[-1]) if len(finite) else math.nan


def _row_of_images(run: Run) -> Array:
    """The ten weight images side by side, each row scaled by its largest weight; nan between."""
    images = weight_images(run)
    largest = float(np.abs(images).max()) or 1.0
    row = np.full((SIDE + 1, 10 * (SIDE + 1) - 1), math.nan)
    for digit, image in enumerate(images):
        row[:SIDE, digit * (SIDE + 1) : digit * (SIDE + 1) + SIDE] = image / largest
    return row
