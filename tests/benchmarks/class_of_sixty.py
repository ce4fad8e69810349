"""A class of sixty, made of the zoo: what a course hands in, and malice beside it.

Forty-two are ordinary: honest work written in many ways, and work with one of the usual mistakes.
Eighteen are not: they hang by looping or sleeping, in one place or everywhere, crash, hoard memory,
flood, or attack the grader.
"""

from __future__ import annotations

import ast
import random
import textwrap
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from tests.hostile.attacks import ATTACKS
from tests.submissions import replace, sample_copy
from tests.zoo.broken import BROKEN
from tests.zoo.honest import HONEST
from tests.zoo.variants import build as build_variant

COUNT, HONEST_COUNT, BROKEN_COUNT = 60, 24, 18
FILES = ("utils.py", "trainer.py", "task2a.py", "task2.py", "task3a.py", "task3.py")
FORWARD_2A = "        return np.exp(-np.logaddexp(0, -z))\n"
BACKWARD_3A = "        assert targets.shape == outputs.shape"
SLEEP = "import time; time.sleep(600)"
LOOP = "while True: pass"

Change = Callable[[Path], None]
T = TypeVar("T")


def _in_forward(body: str, folder: Path) -> None:
    replace(folder / "task2a.py", FORWARD_2A, textwrap.indent(body, " " * 8) + "\n")


def _attack(name: str) -> Change:
    (attack,) = (each for each in ATTACKS if each.name == name)
    return partial(_in_forward, attack.body.strip("\n"))


def _at_import(line: str, folder: Path) -> None:
    path = folder / "task3a.py"
    path.write_text(f"{line}\n{path.read_text('utf-8')}", "utf-8")


def _in_functions(line: str, files: Sequence[str], names: Sequence[str], folder: Path) -> None:
    """`line` as the first of each function of these names; of all but constructors for none."""
    for file in files:
        path = folder / file
        lines = path.read_text("utf-8").splitlines(keepends=True)
        found = [
            node
            for node in ast.walk(ast.parse("".join(lines)))
            if isinstance(node, ast.FunctionDef)
            and (node.name in names if names else node.name != "__init__")
        ]
        assert found, f"{file} defines none of {names}"
        for node in sorted(found, key=lambda node: -node.lineno):
            indent = " " * node.body[0].col_offset
            lines.insert(node.body[0].lineno - 1, f"{indent}{line}\n")
        path.write_text("".join(lines), "utf-8")


def _in_script(line: str, folder: Path) -> None:
    path = folder / "task3.py"
    replace(path, 'if __name__ == "__main__":\n', f'if __name__ == "__main__":\n    {line}\n')


def _in(file: str, name: str, line: str) -> Change:
    return partial(_in_functions, line, (file,), (name,))


OTHERS: dict[str, Change] = {
    "loops-everywhere": partial(_in_functions, LOOP, FILES, ()),
    "loops-in-forward": partial(_in_forward, LOOP),
    "segfaults": _attack("a segmentation fault"),
    "sleeps-in-forward": partial(_in_forward, SLEEP),
    "floods": _attack("print"),
    "naps-without-end": partial(_in_forward, "import time\nwhile True: time.sleep(0.1)"),
    "exits-at-import": partial(_at_import, "import os; os._exit(0)"),
    "sleeps-at-import": partial(_at_import, SLEEP),
    "loops-in-its-script": partial(_in_script, LOOP),
    "never-stops-training": _in("trainer.py", "train", LOOP),
    "forges-a-reply": _attack("a forged reply"),
    "deadlocks": _in(
        "task3a.py", "forward", "import threading; k = threading.Lock(); k.acquire(); k.acquire()"
    ),
    "hoards": _attack("many small ones"),
    "fork-bomb": _attack("a fork bomb"),
    "loops-in-backward": _in("task3a.py", "backward", LOOP),
    "exits": _attack("os._exit(0)"),
    "loops-at-import": partial(_at_import, LOOP),
    "garbage-on-the-wire": _attack("garbage"),
}


def _changed(change: Change, folder: Path) -> Path:
    change(sample_copy(folder))
    return folder


def spread(items: Sequence[T], count: int) -> list[T]:
    """So many of these, evenly from the first to the last; again from the first where too few."""
    if count > len(items):
        return [items[number % len(items)] for number in range(count)]
    return [items[number * len(items) // count] for number in range(count)]


def build(folder: Path, count: int = COUNT) -> Path:
    """A class of `count` in this mix, in an order that does not go by kind.

    Each file differs from those of others by a comment.
    """
    honest, broken = (round(count * part / COUNT) for part in (HONEST_COUNT, BROKEN_COUNT))
    zoo = [*spread(HONEST, honest), *spread(BROKEN, broken)]
    made = [(variant.id, partial(build_variant, variant)) for variant in zoo]
    for name, change in spread(list(OTHERS.items()), count - len(made)):
        made.append((name, partial(_changed, change)))
    random.Random(count).shuffle(made)
    for number, (name, make) in enumerate(made):
        copy = make(folder / f"{number:03}-{name}")
        with (copy / "task2.py").open("a", encoding="utf-8") as file:
            file.write(f"\n# {number}\n")
    return folder
