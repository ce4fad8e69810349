"""How the piece is looked at when a law of it has failed."""

from __future__ import annotations

import numpy as np

from checks.cases import VECTORS
from gradus.catalogue import Probe

__all__ = ["PROBES", "World", "visible"]


class World:
    """A submission, as the probes see it."""

    def __init__(self, subject):
        self.oracle = subject.oracle
        self.call = subject.session.call


def visible(subject, piece):
    """Mistakes that can be read off the source: none are looked for here."""
    return []


PROBES = {
    "1.rms": Probe(
        VECTORS,
        observe=lambda world, case: {"rms": world.call("root_mean_square", x=case.x)},
        truth=lambda world, case: np.asarray(world.oracle.root_mean_square(case.x)),
        main="rms",
        size=lambda case: (len(case.x), 1),
        changes=("rms",),
    )
}
