"""How a script trains, against how the assignment says it should."""

from __future__ import annotations

from dataclasses import dataclass

from checks import recognition
from checks.scripts import Script


@dataclass(frozen=True)
class Asked:
    """What the assignment asks of one script; `shuffle` are the settings it is trained with."""

    learning_rate: float
    batch_size: float
    shuffle: tuple[bool, ...]


BINARY = Asked(0.05, 128, (False, True))
SOFTMAX = Asked(0.01, 128, (True,))


def deviations(script: Script, asked: Asked) -> list[str]:
    """In words, each setting that differs; one the submission does not tell does not."""
    found = []
    for name in ("learning_rate", "batch_size"):
        used = {getattr(run, name) for run in script.runs} - {None}
        wrong = sorted(used - {getattr(asked, name)})
        if wrong:
            listed = ", ".join(f"{value:g}" for value in wrong)
            found.append(f"`{name}` is {listed}, but should be {getattr(asked, name):g}")
    shuffled = {run.shuffle for run in script.runs}
    for setting in asked.shuffle:
        if None not in shuffled and setting not in shuffled:
            found.append(f"no model is trained {'with' if setting else 'without'} shuffling")
    return found


def lambda_deviations(script: Script) -> list[str]:
    """In words, how the lambdas that models were trained with differ from the assignment's."""
    _, wrong = recognition.lambdas_used(script)
    return [wrong] if wrong else []
