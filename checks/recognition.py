"""Which of the plots that the assignment asks for a script drew.

Pure functions of what a dry run of the script recorded. A plot is recognised when a picture holds
the values that are asked for, found by the values themselves, and they can be told apart. Where
anything is in doubt the finding says what was found instead, and a person looks.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import numpy as np

from checks import graphs, matching
from checks.graphs import Finding, Role
from checks.scripts import Line, Run, Script, Series
from checks.tolerances import SINGLE, VALUE

MOST_POINTS = 200
SHRUNK = 0.9
"""In a dry run, lambda 1 leaves 0.6 to 0.8 of ||w||^2, and other seeds 0.98 to 1.02."""
LAMBDAS = ((1.0, 0.1, 0.01, 0.001), (2.0, 0.2, 0.02, 0.002))
TRAIN = re.compile(r"tr[ae]in|tren", re.IGNORECASE)
VALIDATION = re.compile(r"val|test", re.IGNORECASE)
SHUFFLED = re.compile(r"shuffl|stokk", re.IGNORECASE)
NEGATED = re.compile(
    r"without|w/o|\bno[nt]?\b|un-?shuff|false|uten|ikke|\boff\b|disabled", re.IGNORECASE
)
NUMBER = re.compile(r"(?<![\w.])(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")


def losses(script: Script) -> Finding:
    """Training and validation loss of one run against gradient steps, in one figure."""
    return _two_histories(script, "loss")


def accuracies(script: Script) -> Finding:
    """Training and validation accuracy of one run against gradient steps, in one figure."""
    return _two_histories(script, "accuracy")


def _two_histories(script: Script, quantity: str) -> Finding:
    pictures = graphs.drawn(script)
    attempts = []
    for run in script.runs:
        roles = [
            _history_of(run, "train", quantity, denied=VALIDATION, confirmed=TRAIN),
            _history_of(run, "validation", quantity, denied=TRAIN, confirmed=VALIDATION),
        ]
        doubt = _not_the_run_asked_for(run, script.module)
        doubts = [doubt] if doubt else []
        attempts += [graphs.attempt(script, each, roles, doubts) for each in pictures]
    return graphs.best(script, attempts, f"the training and validation {quantity}")


def _history_of(
    run: Run, part: str, quantity: str, *, denied: re.Pattern[str], confirmed: re.Pattern[str]
) -> Role:
    wanted = (run.number, part, quantity)
    return Role(
        f"{'training' if part == 'train' else part} {quantity}",
        lambda series: (series.run, series.part, series.quantity) == wanted,
        lambda label: bool(denied.search(label)) and not confirmed.search(label),
    )


def _not_the_run_asked_for(run: Run, module: str) -> str | None:
    """Tasks 2b and 2c are about training without shuffling, 3b and 3c about lambda 0."""
    if module == "task2":
        return "its training was shuffled" if run.shuffle else None
    if run.l2_reg_lambda:
        return f"its model was trained with lambda {run.l2_reg_lambda:g}"
    return None


def shuffling(script: Script) -> Finding:
    """Validation accuracy of a run without and of one with shuffling, in one graph."""

    def role(shuffle: bool) -> Role:
        def denied(label: str) -> bool:
            negated = bool(NEGATED.search(label))
            return negated if shuffle else bool(SHUFFLED.search(label)) and not negated

        name = f"validation accuracy {'with' if shuffle else 'without'} shuffling"
        return Role(name, _accuracy_of(script, lambda run: run.shuffle is shuffle), denied)

    pairs = [(a, b) for a in script.runs for b in script.runs if b.shuffle and a.shuffle is False]
    same = any(_measured_the_same(a, b) for a, b in pairs)
    doubts = ["training with and without shuffling measured the same"] if same else []
    roles = [role(False), role(True)]
    found = graphs.graphs(graphs.drawn(script))
    attempts = [graphs.attempt(script, each, roles, doubts) for each in found]
    return graphs.best(script, attempts, "the validation accuracy with or without shuffling")


def accuracy_by_lambda(script: Script) -> Finding:
    """Validation accuracy during training for each lambda of the list, in one graph."""
    lambdas, missing = lambdas_used(script)
    if missing:
        return Finding(False, missing)

    def role(value: float) -> Role:
        def denied(label: str) -> bool:
            named = {float(found) for found in NUMBER.findall(label)} & set(lambdas)
            return bool(named) and value not in named

        name = f"validation accuracy for lambda {value:g}"
        return Role(name, _accuracy_of(script, lambda run: _has_lambda(run, value)), denied)

    effect = _no_effect(script)
    doubts = [effect] if effect else []
    roles = [role(value) for value in lambdas]
    found = graphs.graphs(graphs.drawn(script))
    attempts = [graphs.attempt(script, each, roles, doubts) for each in found]
    return graphs.best(script, attempts, "the validation accuracy for a lambda")


def _accuracy_of(script: Script, wanted: Callable[[Run], bool]) -> Callable[[Series], bool]:
    def plays(series: Series) -> bool:
        is_accuracy = (series.part, series.quantity) == ("validation", "accuracy")
        return is_accuracy and wanted(script.runs[series.run])

    return plays


def weight_images(script: Script) -> Finding:
    """Ten images of weights for the smallest lambda, which is 0, and ten for the largest."""
    known = [run for run in script.runs if run.w is not None and run.l2_reg_lambda is not None]
    values = sorted({run.l2_reg_lambda for run in known if run.l2_reg_lambda is not None})
    if len(values) < 2:
        return Finding(False, lambdas_used(script)[1] or "all models have the same lambda")
    axes = [axes for picture in script.pictures for axes in picture.axes]
    images = [image for each in axes for image in each.images]
    if not images:
        return Finding(False, f"{script.module}.py draws no images{graphs.because(script)}")
    shown = {}
    for value in (values[0], values[-1]):
        weights = [run.w for run in known if run.l2_reg_lambda == value and run.w is not None]
        shown[value] = max(len(matching.columns_shown(images, w)) for w in weights)
    counted = [f"{count} of the 10 digits for lambda {v:g}" for v, count in shown.items()]
    says = f"its images are the final weights of {' and '.join(counted)}"
    doubts = []
    if values[0] != 0 or values[-1] not in (1.0, 2.0):
        doubts.append("the smallest lambda should be 0 and the largest 1")
    if effect := _no_effect(script):
        doubts.append(effect)
    if doubts:
        says += f", but {'; '.join(doubts)}"
    return Finding(min(shown.values()) == 10 and not doubts, says)


def norm_by_lambda(script: Script) -> Finding:
    """The length of w after training for each lambda of the list, in one graph."""
    lambdas, missing = lambdas_used(script)
    if missing:
        return Finding(False, missing)
    lengths = {value: _lengths(script, value) for value in lambdas}
    most: tuple[float, ...] = ()
    norm = ""
    for axes in (axes for picture in script.pictures for axes in picture.axes):
        points = [point for line in axes.lines for point in _points(line, axes.ticks)]
        for (relative, _), name in product((VALUE, SINGLE), matching.NORMS):
            held = tuple(
                value
                for value in lambdas
                if any(
                    p.is_at(value) and _equals_one(p.y, lengths[value][name], relative)
                    for p in points
                )
            )
            if len(held) > len(most):
                most, norm = held, name
    if not most:
        says = f"no graph of {script.module}.py has the lengths of the weights at their lambda"
        return Finding(False, says + graphs.because(script))
    if len(most) < len(lambdas):
        listed = ", ".join(f"{value:g}" for value in most)
        return Finding(False, f"a graph shows {norm} after training only for lambda {listed}")
    effect = _no_effect(script)
    says = f"{norm} after training for each lambda"
    return Finding(effect is None, f"{says}, but {effect}" if effect else says)


@dataclass(frozen=True)
class _Point:
    """A drawn point; `named` is the number that a text in place of x holds, or None."""

    x: float
    y: float
    named: float | None

    def is_at(self, value: float) -> bool:
        """Whether it stands at this lambda, or at its common logarithm."""
        wanted = (value, math.log10(value))
        places = [self.x] if self.named is None else [self.x, self.named]
        return any(math.isclose(p, w, rel_tol=1e-6) for p in places for w in wanted)


def _points(line: Line, ticks: tuple[str, ...] | None) -> list[_Point]:
    points: list[_Point] = []
    if len(line.x) > MOST_POINTS:  # a curve over steps
        return points
    for number, (x, y) in enumerate(zip(line.x.tolist(), line.y.tolist(), strict=True)):
        text = line.names[number] if line.names and number < len(line.names) else None
        if text is None and ticks and x in range(len(ticks)):
            text = ticks[int(x)]
        found = NUMBER.search(text or "")
        points.append(_Point(x, y, float(found[0]) if found else None))
    return points


def _lengths(script: Script, value: float) -> dict[str, list[float]]:
    """What the lengths of the weights are that were trained with this lambda, by their names."""
    weights = [run.w for run in script.runs if _has_lambda(run, value) and run.w is not None]
    return {name: [norm(w) for w in weights] for name, norm in matching.NORMS.items()}


def _equals_one(y: float, lengths: list[float], relative: float) -> bool:
    return any(length > 0 and math.isclose(y, length, rel_tol=relative) for length in lengths)


def lambdas_used(script: Script) -> tuple[tuple[float, ...], str | None]:
    """The list of the assignment that the script trained with; else what it did instead."""
    if not script.runs:
        return (), graphs.nothing_trained(script)
    for wanted in LAMBDAS:
        if all(any(_has_lambda(run, value) for run in script.runs) for value in wanted):
            return wanted, None
    known = {run.l2_reg_lambda for run in script.runs if run.l2_reg_lambda is not None}
    because = graphs.because(script)
    if known == {0.0} and len(script.runs) > 1:
        trained = f"all {len(script.runs)} models were trained with lambda 0"
        return (), f"lambda never reaches a model: {trained}{because}"
    if not known:
        return (), f"the models do not tell their lambda{because}"
    listed = ", ".join(f"{value:g}" for value in sorted(known, reverse=True))
    return (), f"models were trained with lambda {listed}{because}"


def _has_lambda(run: Run, value: float) -> bool:
    own = run.l2_reg_lambda
    return own is not None and math.isclose(own, value, rel_tol=1e-9)


def _no_effect(script: Script) -> str | None:
    """Why the models cannot be those of regularised training, or None."""
    squares: dict[float, list[float]] = {}
    for run in script.runs:
        if run.l2_reg_lambda is not None and run.w is not None:
            squares.setdefault(run.l2_reg_lambda, []).append(float((run.w**2).sum()))
    if len(squares) < 2:
        return "there is no model with another lambda to compare with"
    low, high = min(squares), max(squares)
    if max(squares[high]) < SHRUNK * min(squares[low]):
        return None
    return f"the weights for lambda {high:g} are not smaller than those for lambda {low:g}"


def _measured_the_same(first: Run, second: Run) -> bool:
    one, other = first.one("train", "loss"), second.one("train", "loss")
    return one is not None and other is not None and np.array_equal(one.raw, other.raw)
