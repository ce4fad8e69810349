"""The named mistakes: each a function as a student would have it, and what to tell them."""

from __future__ import annotations

import ast
import inspect
from dataclasses import dataclass

import numpy as np

FAULTS = []


@dataclass(frozen=True)
class Fault:
    id: str
    says: str
    fix: str
    programs: tuple
    after: object = None
    seen: str | None = None

    @property
    def piece(self):
        return self.id.rpartition(".")[0]

    def source(self, name):
        function = ast.parse(inspect.getsource(self.programs[0])).body[0]
        function.name, function.decorator_list = name, []
        return ast.unparse(function)


def fault(id, *, says, fix):
    def declare(program):
        FAULTS.append(Fault(id, says, fix, (program,)))
        return program

    return declare


@fault(
    "1.rms.not-averaged",
    says="the squares are summed, not averaged",
    fix="divide the sum by how many numbers there are",
)
def not_averaged(x):
    return np.sqrt(np.sum(x**2))


@fault(
    "1.rms.no-root",
    says="the mean of the squares is returned without its square root",
    fix="take the square root at the end",
)
def no_root(x):
    return np.mean(x**2)
