"""What a law is: a pytest function with an id, a weight, and the cases it must hold on.

A course writes its laws as

    @law("2a.forward.value", cases=LOGISTIC)
    def test_forward_is_equation_1(subject, oracle, case):
        \"\"\"`forward(X)` is 1 / (1 + exp(-X @ w)) for every row of X.\"\"\"

The id's last part names the law, the rest the piece it belongs to; the law called `value` is
the one that its piece must pass to earn anything. The docstring is the sentence a student reads.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

from gradus.ids import piece_of, task_of

MINIMUM_DRAWN = 20
Kind = Literal["scored", "advice", "evidence"]
Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True, eq=False)
class Cases:
    """What laws of one kind draw: known killers, `drawn` cases from the strategy, `large` ones.

    `name` seeds the draws, so laws that share a `Cases` share its cases. The `large` cases come
    last, for what only shows in many rows: whatever fails on a small one is shown on that.
    """

    name: str
    strategy: SearchStrategy[Any]
    always: tuple[Any, ...] = ()
    drawn: int = 24
    large: tuple[Any, ...] = ()

    def __post_init__(self) -> None:
        if self.drawn < MINIMUM_DRAWN:
            raise ValueError(
                f"Cases {self.name!r} draws {self.drawn} cases, but a property law needs at least "
                f"{MINIMUM_DRAWN}; raise `drawn`."
            )


@dataclass(frozen=True)
class Law:
    """One law as the grader knows it; a `long` one runs only where a submission is graded.

    Where a piece that it `rests_on` is known to be wrong, there is nothing to learn from it. Where
    the code of a piece that it `goes_through` hangs, it would hang too.
    """

    id: str
    statement: str
    weight: float
    kind: Kind
    cases: Cases | None
    long: bool = False
    rests_on: tuple[str, ...] = ()
    goes_through: tuple[str, ...] = ()

    @property
    def piece(self) -> str:
        return piece_of(self.id)

    @property
    def task(self) -> str:
        return task_of(self.id)


def law(
    id: str,
    *,
    cases: Cases | None = None,
    weight: float = 1.0,
    kind: Kind = "scored",
    long: bool = False,
    rests_on: tuple[str, ...] = (),
    goes_through: tuple[str, ...] = (),
) -> Callable[[Function], Function]:
    """Declare a test function to be the law `id`; `cases` feeds its argument `case`.

    Marks come from what everybody runs, so only evidence may be `long`, and only evidence may rest
    on other pieces or be left out for what they do.

    Raises ValueError where the id has no piece, the docstring is missing, or `case` and `cases` do
    not go together.
    """

    def declare(function: Function) -> Function:
        statement = inspect.getdoc(function)
        if id.count(".") < 2:
            raise ValueError(f"law id {id!r} should read task.piece.law, as in '2a.forward.value'")
        if long and kind != "evidence":
            raise ValueError(f"law {id!r} is {kind} and long; only evidence may be long")
        if (rests_on or goes_through) and kind != "evidence":
            raise ValueError(f"law {id!r} is {kind} and needs pieces; only evidence may do that")
        if not statement:
            raise ValueError(f"law {id!r} has no docstring; write the sentence a student reads")
        takes_case = "case" in inspect.signature(function).parameters
        if takes_case != (cases is not None):
            raise ValueError(f"law {id!r}: the argument `case` and `cases=` must go together")
        function.__gradus_law__ = Law(  # type: ignore[attr-defined]
            id=id,
            statement=" ".join(statement.split()),
            weight=weight if kind == "scored" else 0.0,
            kind=kind,
            cases=cases,
            long=long,
            rests_on=rests_on,
            goes_through=goes_through,
        )
        return function

    return declare


def law_of(function: Any) -> Law | None:
    """The law a function was declared to be, or None."""
    found = getattr(function, "__gradus_law__", None)
    return found if isinstance(found, Law) else None
