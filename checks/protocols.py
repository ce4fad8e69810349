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


@dataclass(frozen=True)
class Deviation:
    """One setting that differs from the assignment's, in words."""

    got: str
    should_be: str

    def __str__(self) -> str:
        return f"{self.got}, but should be {self.should_be}"


def deviations(script: Script, asked: Asked) -> list[Deviation]:
    """Each setting that differs; one that the submission does not tell does not."""
    found = []
    for name in ("learning_rate", "batch_size"):
        should = getattr(asked, name)
        wrong = sorted({getattr(run, name) for run in script.runs} - {None, should})
        if wrong:
            listed = ", ".join(f"{value:g}" for value in wrong)
            found.append(Deviation(f"`{name}` is {listed}", f"{should:g}"))
    shuffled = {run.shuffle for run in script.runs}
    for setting in asked.shuffle:
        if None not in shuffled and setting not in shuffled:
            how = "with" if setting else "without"
            found.append(Deviation(f"no model is trained {how} shuffling", "at least one that is"))
    return found


def lambda_deviations(script: Script) -> list[Deviation]:
    """How the lambdas that models were trained with differ from the assignment's list."""
    _, wrong = recognition.lambdas_used(script)
    return [Deviation(wrong, "one model each for 1, 0.1, 0.01 and 0.001")] if wrong else []
