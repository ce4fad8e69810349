"""What the laws draw: a few small whole numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from gradus.law import Cases


@dataclass(frozen=True, eq=False)
class Vector:
    x: np.ndarray


def vector(entries):
    return Vector(np.array(entries, dtype=float))


VECTORS = Cases(
    "vectors",
    st.lists(st.integers(-9, 9), min_size=1, max_size=5).map(vector),
    always=(vector([3, 4]),),
)
