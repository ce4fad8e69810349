"""How a named mistake is declared: the function as a student would have it, and what to tell them.

    @fault("2a.backward.not-averaged", says="...", fix="...", seen="11 / 5", after=...)
    def not_averaged(self, X, outputs, targets):
        self.grad = -X.T @ (targets - outputs)

The function has the signature of the submission's own and needs NumPy alone, so it runs on a bare
object with the attributes of a model, and its source can stand in a submission. The id is the
piece and a name; `fix` never holds the corrected code.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from reference.shapes import Array

Program = Callable[..., Any]
After = Callable[[Array, int, int], Array]


@dataclass(frozen=True)
class Fault:
    """A named mistake.

    programs: the mistake as it is injected, then others of the same name that answer a little
        differently (another patience, another epsilon).
    after: the mistake as a change of a right answer, given the answer, N and K, where it is one:
        so it can be put after another mistake of the same piece.
    seen: "versions / authors" that had it among 467 distinct versions, or None.
    """

    id: str
    says: str
    fix: str
    programs: tuple[Program, ...]
    after: After | None
    seen: str | None

    @property
    def piece(self) -> str:
        return self.id.rpartition(".")[0]

    @property
    def name(self) -> str:
        return self.id.rpartition(".")[2]

    def source(self, name: str) -> str:
        """The first program's source without its decorators, as a function called `name`."""
        tree = ast.parse(textwrap.dedent(inspect.getsource(self.programs[0])))
        function = tree.body[0]
        assert isinstance(function, ast.FunctionDef)
        function.name, function.decorator_list = name, []
        if ast.get_docstring(function) is not None:
            del function.body[0]
        return ast.unparse(function)


def fault(
    *ids: str,
    says: str,
    fix: str,
    seen: str | None = None,
    after: After | None = None,
    others: tuple[Program, ...] = (),
) -> Callable[[Program], Program]:
    """Declare a function to be the mistake `ids`: one id, or one in each piece it fits."""

    def declare(program: Program) -> Program:
        program.__faults__ = tuple(  # type: ignore[attr-defined]
            Fault(id, says, fix, (program, *others), after, seen) for id in ids
        )
        return program

    return declare


def declared_in(module: ModuleType) -> tuple[Fault, ...]:
    """The faults that a module declares, in its order."""
    return tuple(each for value in vars(module).values() for each in _of(value, module))


def _of(value: Any, module: ModuleType) -> tuple[Fault, ...]:
    if getattr(value, "__module__", None) != module.__name__:
        return ()
    found: tuple[Fault, ...] = getattr(value, "__faults__", ())
    return found
