"""What the symbols of a derivation stand for: a course states it, the engine only computes.

A report may write one sample or a batch, with indices or with matrices. Each is a `Reading`, and a
derivation is judged under the one that fits it best. Under a reading some quantities are drawn
(inputs, weights, targets) and others follow from them in a fixed order, which is what makes
d(C)/d(w) a total derivative: moving w moves all that follows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gradus.derivations.expressions import NotUnderstood, Sym
from gradus.derivations.tokens import shown

Array = np.ndarray[Any, Any]
Values = Mapping[str, Array]

POINTS = 6
"""How many points are drawn: an identity of analytic functions that fails, fails at almost all."""

SAMPLES = "sample"


@dataclass(frozen=True)
class Quantity:
    """A quantity and the axes of its values, in the order of its indices.

    `names` are all the ways to write it; the first is how values are shown. `follows` computes it
    from those before it, arrays (points, *axes); without it the quantity is drawn. `bare` are the
    axes of its rows and columns where it is written without indices as a matrix. `constant` ones
    cannot be derived by.
    """

    key: str
    names: tuple[str, ...]
    axes: tuple[str, ...] = ()
    follows: Callable[[Values], Array] | None = None
    bare: tuple[str | None, str | None] | None = None
    constant: bool = False


@dataclass(frozen=True)
class Reading:
    """One way to read the symbols.

    `sizes` gives the length of each axis. `draw` gives the values (points, *axes) of all quantities
    without `follows`. `objective` and `variable` are the keys of what is derived, and by what;
    `labelled` maps a key to that of the same quantity with its sample named, where it is another.
    """

    says: str
    sizes: Mapping[str, int]
    quantities: tuple[Quantity, ...]
    draw: Callable[[np.random.Generator, int], dict[str, Array]]
    objective: str
    variable: str
    labelled: Mapping[str, str] = field(default_factory=dict)

    def quantity(self, symbol: Sym) -> Quantity | None:
        """What a symbol stands for, or None where the reading does not know its name."""
        for quantity in self.quantities:
            if symbol.name in quantity.names:
                if symbol.sample is not None and quantity.key in self.labelled:
                    return self.by_key(self.labelled[quantity.key])
                return quantity
        return None

    def by_key(self, key: str) -> Quantity:
        return next(quantity for quantity in self.quantities if quantity.key == key)

    def objectives(self) -> frozenset[str]:
        """The keys of the objective, of the batch and of one sample."""
        return frozenset({self.objective, self.labelled.get(self.objective, self.objective)})

    def is_objective(self, symbol: object) -> bool:
        quantity = self.quantity(symbol) if isinstance(symbol, Sym) else None
        return quantity is not None and quantity.key in self.objectives()

    def is_variable(self, symbol: Sym) -> bool:
        quantity = self.quantity(symbol)
        return quantity is not None and quantity.key == self.variable


class Point:
    """All quantities at the drawn points; `moved` makes a copy in which one of them has moved."""

    def __init__(self, reading: Reading, drawn: dict[str, Array]) -> None:
        self.reading = reading
        self.values: dict[str, Array] = {}
        self.moving = False
        self._complete(drawn)

    @classmethod
    def draw(cls, reading: Reading, seed: int) -> Point:
        return cls(reading, reading.draw(np.random.default_rng(seed), POINTS))

    def moved(self, key: str, place: tuple[int, ...], step: complex) -> Point:
        """The point with one entry of one quantity moved, and all that follows from it."""
        values = {}
        for quantity in self.reading.quantities:
            if quantity.key == key:
                index: Any = (slice(None), *place)
                moved = self.values[key].astype(np.complex128)
                moved[index] += step
                values[key] = moved
            elif quantity.follows is None:
                values[quantity.key] = self.values[quantity.key]
        point = Point(self.reading, values)
        point.moving = True
        return point

    def _complete(self, known: dict[str, Array]) -> None:
        for quantity in self.reading.quantities:
            if quantity.key in known:
                self.values[quantity.key] = known[quantity.key]
            elif quantity.follows is not None:
                self.values[quantity.key] = quantity.follows(self.values)
            else:
                raise NotUnderstood(f"{shown(quantity.names[0])} has no value")
