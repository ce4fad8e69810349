"""Which of the plots that the assignment asks for a script drew.

Pure functions of what a dry run of the script recorded. A plot is recognised when a picture holds
the values that are asked for, found by the values themselves, and they can be told apart. Where
anything is in doubt the finding says what was found instead, and a person looks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from checks import matching
from checks.matching import Match
from checks.scripts import Line, Picture, Run, Script, Series

SHRUNK = 0.9
"""In a dry run, lambda 1 leaves about TODO of ||w||^2."""
LAMBDAS = ((1.0, 0.1, 0.01, 0.001), (2.0, 0.2, 0.02, 0.002))
TRAIN = re.compile(r"tr[ae]in|tren", re.IGNORECASE)
VALIDATION = re.compile(r"val|test", re.IGNORECASE)
SHUFFLED = re.compile(r"shuffl|stokk", re.IGNORECASE)
NEGATED = re.compile(
    r"without|w/o|\bno[nt]?\b|un-?shuff|false|uten|ikke|\boff\b|disabled", re.IGNORECASE
)
NUMBER = re.compile(r"(?<![\w.])(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")


@dataclass(frozen=True)
class Finding:
    """Whether a plot is recognised with certainty, and what was found, in one sentence."""

    recognised: bool
    found: str


@dataclass(frozen=True)
class Role:
    """One line that a graph needs: histories that may play it, and labels that would deny it."""

    name: str
    plays: Callable[[Series], bool]
    denied_by: Callable[[str], bool]


def two_histories(script: Script, quantity: str, *, wanted: Callable[[Run], str | None]) -> Finding:
    """A figure with the training and the validation `quantity` of one run against gradient steps.

    `wanted` says of a run why it is not the one that is asked for, or None.
    """

    def role(run: Run, part: str, other: re.Pattern[str], own: re.Pattern[str]) -> Role:
        words = f"{'training' if part == 'train' else part} {quantity}"

        def denied(label: str) -> bool:
            return bool(other.search(label)) and not own.search(label)

        return Role(
            words, lambda s: (s.run, s.part, s.quantity) == (run.number, part, quantity), denied
        )

    attempts = []
    for run in script.runs:
        roles = [
            role(run, "train", VALIDATION, TRAIN),
            role(run, "validation", TRAIN, VALIDATION),
        ]
        doubt = wanted(run)
        attempts += _attempts(script, roles, [doubt] if doubt else [], one_graph=False)
    return _best(script, attempts, f"the training and the validation {quantity}")


def losses(script: Script, module: str) -> Finding:
    """Training and validation loss of the run that the task is about."""
    return two_histories(script, "loss", wanted=_wrong_run(module))


def accuracies(script: Script, module: str) -> Finding:
    """Training and validation accuracy of the run that the task is about."""
    return two_histories(script, "accuracy", wanted=_wrong_run(module))


def _wrong_run(module: str) -> Callable[[Run], str | None]:
    def unshuffled(run: Run) -> str | None:
        return "its training was shuffled" if run.shuffle else None

    def unregularised(run: Run) -> str | None:
        if not run.l2_reg_lambda:
            return None
        return f"its model was trained with lambda {run.l2_reg_lambda:g}"

    return unshuffled if module == "task2" else unregularised


def shuffling(script: Script) -> Finding:
    """A graph with the validation accuracy of a run without and of one with shuffling."""
    runs = {run.number: run for run in script.runs}

    def role(shuffle: bool) -> Role:
        def plays(series: Series) -> bool:
            of = (series.part, series.quantity) == ("validation", "accuracy")
            return of and runs[series.run].shuffle is shuffle

        def denied(label: str) -> bool:
            negated = bool(NEGATED.search(label))
            return negated if shuffle else bool(SHUFFLED.search(label)) and not negated

        name = f"validation accuracy {'with' if shuffle else 'without'} shuffling"
        return Role(name, plays, denied)

    doubts = []
    pairs = [(a, b) for a in script.runs for b in script.runs if b.shuffle and a.shuffle is False]
    if any(_measured_the_same(a, b) for a, b in pairs):
        doubts.append("training with and without shuffling measured the same")
    attempts = _attempts(script, [role(False), role(True)], doubts, one_graph=True)
    return _best(script, attempts, "the validation accuracy with and without shuffling")


def accuracy_by_lambda(script: Script) -> Finding:
    """A graph with the validation accuracy during training for each lambda of the list."""
    lambdas, missing = lambdas_used(script)
    if missing:
        return Finding(False, missing)
    runs = {run.number: run for run in script.runs}

    def role(value: float) -> Role:
        def plays(series: Series) -> bool:
            own = runs[series.run].l2_reg_lambda
            of = (series.part, series.quantity) == ("validation", "accuracy")
            return of and own is not None and np.isclose(own, value, rtol=1e-9, atol=0)

        def denied(label: str) -> bool:
            named = {float(found) for found in NUMBER.findall(label)} & set(lambdas)
            return bool(named) and value not in named

        return Role(f"validation accuracy for lambda {value:g}", plays, denied)

    effect = _no_effect(script)
    doubts = [effect] if effect else []
    attempts = _attempts(script, [role(value) for value in lambdas], doubts, one_graph=True)
    return _best(script, attempts, "the validation accuracy for each lambda")


def weight_images(script: Script) -> Finding:
    """Ten images of weights for the smallest lambda and ten for the largest."""
    known = [run for run in script.runs if run.w is not None and run.l2_reg_lambda is not None]
    values = sorted({run.l2_reg_lambda for run in known if run.l2_reg_lambda is not None})
    if len(values) < 2:
        return Finding(False, lambdas_used(script)[1] or "no two models with different lambda")
    images = [
        image for picture in script.pictures for axes in picture.axes for image in axes.images
    ]
    if not images:
        return Finding(False, f"{script.module}.py draws no images")
    shown = {}
    for value in (values[0], values[-1]):
        counts = [0]
        for run in known:
            if run.l2_reg_lambda == value and run.w is not None:
                found = [matching.columns_shown(image, run.w) for image in images]
                counts.append(len(set().union(*found)))
        shown[value] = max(counts)
    words = " and ".join(f"{count} of the 10 digits for lambda {v:g}" for v, count in shown.items())
    if values[0] != 0 or values[-1] not in (1.0, 2.0):
        words += f"; the smallest and the largest lambda should be 0 and 1, not {values[0]:g} and {values[-1]:g}"  # fmt: skip
        return Finding(False, f"{script.module}.py draws weights of {words}")
    if min(shown.values()) < 10:
        return Finding(False, f"among {len(images)} images are the final weights of {words}")
    if doubt := _no_effect(script):
        return Finding(False, f"images of the final weights of {words}, but {doubt}")
    return Finding(True, f"images of the final weights of {words}")


def norm_by_lambda(script: Script) -> Finding:
    """A graph with the length of w after training for each lambda of the list."""
    lambdas, missing = lambdas_used(script)
    if missing:
        return Finding(False, missing)
    best = Finding(False, f"no graph of {script.module}.py has the lengths of the weights")
    for picture in script.pictures:
        for axes in picture.axes:
            points = [point for line in axes.lines for point in _points(line, axes.ticks)]
            for name in matching.norms(np.zeros((2, 1))):
                held = [v for v in lambdas if any(_shows(script, v, name, p) for p in points)]
                if len(held) == len(lambdas):
                    doubt = _no_effect(script)
                    says = f"{name} after training for each lambda"
                    return Finding(doubt is None, f"{says}, but {doubt}" if doubt else says)
                if held:
                    listed = ", ".join(f"{value:g}" for value in held)
                    best = Finding(False, f"a graph shows {name} only for lambda {listed}")
    return best


def lambdas_used(script: Script) -> tuple[tuple[float, ...], str | None]:
    """The list of the assignment that the script trained with, or what it trained with instead."""
    if not script.runs:
        return (), nothing_trained(script)
    known = [run.l2_reg_lambda for run in script.runs if run.l2_reg_lambda is not None]
    trained = sorted(set(known), reverse=True)
    for wanted in LAMBDAS:
        if all(any(np.isclose(v, w, rtol=1e-9, atol=0) for v in trained) for w in wanted):
            return wanted, None
    if trained == [0.0] and len(script.runs) > 1:
        says = f"lambda never reaches a model: all {len(known)} were trained with lambda 0"
        return (), says + _because(script)
    listed = ", ".join(f"{value:g}" for value in trained) or "no lambda that could be read off"
    return (), f"models were trained with lambda {listed}, not with 1, 0.1, 0.01 and 0.001" + _because(script)  # fmt: skip


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


def _because(script: Script) -> str:
    return f"; {script.problem}" if script.problem else ""


@dataclass(frozen=True)
class _Point:
    """A drawn point; `named` is the number that a text in place of x holds, or None."""

    x: float
    y: float
    named: float | None


def _points(line: Line, ticks: tuple[str, ...] | None) -> list[_Point]:
    """The points of a line whose x axis counts or names lambdas."""
    points = []
    for number, (x, y) in enumerate(zip(line.x.tolist(), line.y.tolist(), strict=True)):
        text = line.names[number] if line.names and number < len(line.names) else None
        if text is None and ticks and x in range(len(ticks)):
            text = ticks[int(x)]
        found = NUMBER.search(text or "")
        points.append(_Point(x, y, float(found[0]) if found else None))
    return points


def _shows(script: Script, value: float, norm: str, point: _Point) -> bool:
    """Whether a point is the length of weights that were trained with this lambda, at its place."""
    places = [point.x, point.named]
    if not any(
        p is not None and np.isclose(p, v) for p in places for v in (value, np.log10(value))
    ):
        return False
    for run in script.runs:
        is_its = run.l2_reg_lambda is not None and np.isclose(run.l2_reg_lambda, value, atol=0)
        if is_its and run.w is not None and run.w.any():
            if np.isclose(matching.norms(run.w)[norm], point.y, rtol=1e-9, atol=0):
                return True
    return False


@dataclass(frozen=True)
class _Attempt:
    """How well one picture serves: what it shows of what is asked for, and what is in doubt."""

    shown: tuple[Match, ...]
    missing: tuple[str, ...]
    doubts: tuple[str, ...]


def _attempts(
    script: Script, roles: Sequence[Role], doubts: Sequence[str], *, one_graph: bool
) -> list[_Attempt]:
    """Each picture, or each graph of each picture, against these roles."""
    found = []
    learnt = {run.number for run in script.runs if _has_learnt(run)}
    for picture in script.pictures:
        drawn = _drawn(script, picture)
        places = sorted({cell for cell, _ in drawn}) if one_graph else [None]
        for place in places:
            here = [(cell, match) for cell, match in drawn if place in (None, cell)]
            found.append(_attempt(here, roles, doubts, picture, learnt))
    return found


def _has_learnt(run: Run) -> bool:
    """Whether the training loss was lower in the last third of the run than in the first."""
    loss = run.one("train", "loss")
    if loss is None or loss.is_flat:
        return False
    third = max(1, len(loss.raw) // 3)
    return float(loss.raw[-third:].mean()) < float(loss.raw[:third].mean())


def _drawn(script: Script, picture: Picture) -> list[tuple[int, Match]]:
    """Every line of a picture that shows a history, with the place of its axes."""
    histories = list(script.series())
    found = []
    for axes in picture.axes:
        for line in axes.lines:
            match = matching.identify(line, histories)
            if match is not None:
                found.append((axes.cell, match))
    return found


def _attempt(
    drawn: Sequence[tuple[int, Match]],
    roles: Sequence[Role],
    doubts: Sequence[str],
    picture: Picture,
    learnt: set[int],
) -> _Attempt:
    shown: list[tuple[int, Match]] = []
    missing, doubtful = [], list(doubts)
    for role in roles:
        playing = [(cell, match) for cell, match in drawn if role.plays(match.series)]
        if not playing:
            missing.append(role.name)
            continue
        cell, match = min(playing, key=lambda each: (each[1].against != "steps", not each[1].line.in_legend))  # fmt: skip
        shown.append((cell, match))
        label = match.line.label or ""
        if match.line.in_legend and role.denied_by(label):
            doubtful.append(f"the line labelled '{label}' holds the {role.name}")
        if match.against != "steps":
            doubtful.append(f"the {role.name} is not drawn against gradient steps")
        if match.series.is_flat:
            doubtful.append(f"the {role.name} has one value throughout")
        elif match.series.run not in learnt:
            doubtful.append("the loss did not fall in training")
    doubtful += _confusions(shown, drawn, picture)
    return _Attempt(tuple(match for _, match in shown), tuple(missing), tuple(doubtful))


def _confusions(
    shown: Sequence[tuple[int, Match]], drawn: Sequence[tuple[int, Match]], picture: Picture
) -> list[str]:
    """Why the lines that are asked for could be taken for one another, or for others."""
    found = []
    cells = {cell for cell, _ in shown}
    quantities = {match.series.quantity for _, match in shown}
    if any(cell in cells and m.series.quantity not in quantities for cell, m in drawn):
        found.append("losses and accuracies are in one graph")
    titles = {axes.cell: axes.title or axes.ylabel for axes in picture.axes}
    names = []
    for cell, match in shown:
        alone = sum(cell == other for other, _ in drawn) == 1
        label = match.line.label if match.line.in_legend else None
        names.append(label or (titles.get(cell) if alone else None))
    if len(shown) > 1 and (None in names or "" in names):
        found.append("no legend names its lines")
    elif len(set(names)) < len(names):
        found.append("two of its lines have the same name")
    return found


def _best(script: Script, attempts: Iterable[_Attempt], asked: str) -> Finding:
    """The first attempt without a doubt; else what the one that comes nearest shows."""
    ranked = sorted(attempts, key=lambda a: (len(a.missing), len(a.doubts)))
    if not ranked or not ranked[0].shown:
        return Finding(False, _nothing(script, asked))
    best = ranked[0]
    shown = " and ".join(
        f"the {match.series.words}{f' ({match.how})' if match.how else ''}" for match in best.shown
    )
    if not best.missing and not best.doubts:
        return Finding(True, f"one picture holds {shown}")
    wrong = [f"the {name} is missing" for name in best.missing] + list(best.doubts)
    return Finding(False, f"a picture holds {shown}, but {'; '.join(wrong)}{_because(script)}")


def nothing_trained(script: Script) -> str:
    """What to say of a script in which no training was seen."""
    return f"{script.module}.py trained no model{_because(script)}"


def _nothing(script: Script, asked: str) -> str:
    if not script.runs:
        return nothing_trained(script)
    lines = sum(len(axes.lines) for picture in script.pictures for axes in picture.axes)
    drew = f"{lines} lines in {len(script.pictures)} pictures" if lines else "no lines"
    return f"{script.module}.py draws {drew}, none of them {asked}{_because(script)}"
