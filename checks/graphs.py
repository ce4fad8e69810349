"""Whether a picture holds the lines a graph should have, and whether they can be told apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from checks import matching
from checks.matching import Match
from checks.scripts import Picture, Run, Script, Series


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


@dataclass(frozen=True)
class Drawn:
    """One picture and the lines in it that show histories, with the place of their axes."""

    picture: Picture
    lines: tuple[tuple[int, Match], ...]


@dataclass(frozen=True)
class Attempt:
    """What of the lines asked for a picture shows, what is missing, and what is in doubt."""

    shown: tuple[str, ...]
    missing: tuple[str, ...]
    doubts: tuple[str, ...]


def drawn(script: Script) -> list[Drawn]:
    """Each picture of a script with the histories in it."""
    histories = list(script.series())
    found = []
    for picture in script.pictures:
        lines = []
        for axes in picture.axes:
            for line in axes.lines:
                match = matching.identify(line, histories)
                if match is not None:
                    lines.append((axes.cell, match))
        found.append(Drawn(picture, tuple(lines)))
    return found


def graphs(pictures: Iterable[Drawn]) -> list[Drawn]:
    """Each graph of each picture alone."""
    return [
        Drawn(each.picture, tuple(line for line in each.lines if line[0] == cell))
        for each in pictures
        for cell in sorted({cell for cell, _ in each.lines})
    ]


def attempt(
    script: Script, where: Drawn, roles: Sequence[Role], doubts: Sequence[str] = ()
) -> Attempt:
    """A picture, or a graph of one, against these roles. `doubts` hold whatever it shows."""
    chosen: list[tuple[int, Match]] = []
    shown, missing, doubtful = [], [], list(doubts)
    for role in roles:
        playing = [line for line in where.lines if role.plays(line[1].series)]
        if not playing:
            missing.append(role.name)
            continue
        cell, match = min(playing, key=_plainness)
        chosen.append((cell, match))
        shown.append(f"the {role.name} ({match.how})" if match.how else f"the {role.name}")
        doubtful += _doubts(script, role, match)
    return Attempt(
        tuple(shown), tuple(missing), (*doubtful, *_confusions(chosen, where), *_crowded(chosen))
    )


def best(script: Script, attempts: Iterable[Attempt], asked: str) -> Finding:
    """The first attempt without a doubt; else what the one that comes nearest shows."""
    ranked = sorted(attempts, key=lambda each: (len(each.missing), len(each.doubts)))
    if not ranked or not ranked[0].shown:
        return Finding(False, _nothing(script, asked))
    nearest = ranked[0]
    shown = _listed(nearest.shown)
    if not nearest.missing and not nearest.doubts:
        return Finding(True, f"one picture holds {shown}")
    wrong = [f"the {name} is missing" for name in nearest.missing]
    wrong += dict.fromkeys(nearest.doubts)
    return Finding(False, f"a picture holds {shown}, but {'; '.join(wrong)}{because(script)}")


def because(script: Script) -> str:
    """Why a script drew less than it might have, to be put behind a sentence."""
    return f"; {script.problem}" if script.problem else ""


def nothing_trained(script: Script) -> str:
    """What to say of a script in which no training was seen."""
    if script.was_ended:
        return (
            f"{script.module}.py did not come to its end, so what it trains and draws is not known"
            f"{because(script)}"
        )
    return f"no training was seen when {script.module}.py was run{because(script)}"


def has_learnt(run: Run) -> bool:
    """Whether the training loss was lower in the last third of the run than in the first."""
    loss = run.one("train", "loss")
    if loss is None or loss.is_flat:
        return False
    third = max(1, len(loss.raw) // 3)
    return float(loss.raw[-third:].mean()) < float(loss.raw[:third].mean())


def _plainness(line: tuple[int, Match]) -> tuple[bool, bool]:
    return line[1].against != "steps", not line[1].line.in_legend


def _doubts(script: Script, role: Role, match: Match) -> list[str]:
    """What speaks against a line that has the right values."""
    found = []
    label = match.line.label or ""
    if match.line.in_legend and role.denied_by(label):
        found.append(f"the line labelled '{label}' holds the {role.name}")
    if match.against != "steps":
        found.append(f"the {role.name} is not drawn against gradient steps")
    if match.series.is_flat:
        found.append(f"the {role.name} has one value throughout")
    elif not has_learnt(script.runs[match.series.run]):
        found.append("the loss did not fall in training")
    return found


def _confusions(chosen: Sequence[tuple[int, Match]], where: Drawn) -> list[str]:
    """Why the lines that are asked for could be taken for one another, or for others."""
    found = []
    cells = {cell for cell, _ in chosen}
    quantities = {match.series.quantity for _, match in chosen}
    if any(cell in cells and m.series.quantity not in quantities for cell, m in where.lines):
        found.append("losses and accuracies are in one graph")
    titles = {axes.cell: axes.title or axes.ylabel for axes in where.picture.axes}
    names = []
    for cell, match in chosen:
        alone = sum(cell == other for other, _ in where.lines) == 1
        label = match.line.label if match.line.in_legend else None
        names.append(label or (titles.get(cell) if alone else None))
    if len(chosen) > 1 and not all(names):
        found.append("no legend names its lines")
    elif len(set(names)) < len(names):
        found.append("two of its lines have the same name")
    return found


def _crowded(chosen: Sequence[tuple[int, Match]]) -> list[str]:
    """A line of one point shows no course."""
    return ["a line has one point only"] if any(len(m.line.y) < 2 for _, m in chosen) else []


def _nothing(script: Script, asked: str) -> str:
    if not script.runs:
        return nothing_trained(script)
    lines = sum(len(axes.lines) for picture in script.pictures for axes in picture.axes)
    counted = {"line": lines, "picture": len(script.pictures)}
    shown = [f"{count} {what}" + "s" * (count != 1) for what, count in counted.items()]
    drew = f"{' in '.join(shown)}, but not {asked}" if lines else "no lines"
    return f"{script.module}.py draws {drew}{because(script)}"


def _listed(parts: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(parts[:-1]), parts[-1]]))
