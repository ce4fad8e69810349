"""Writes what the checks expect, from the reference solution.

`stated.npz` holds the tables of inputs and outputs that stand in for a solution where there is
none: what each grey level becomes, and each label's one-hot row.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from checks import oracle
from checks.cases import CLASSES

EXPECTED = Path(__file__).parent / "expected"


def stated_tables() -> dict[str, np.ndarray]:
    """`pixel_values` (256,) and `one_hot_rows` (10, 10), both float64."""
    return {
        "pixel_values": oracle.pixel_values(),
        "one_hot_rows": oracle.one_hot(np.arange(CLASSES, dtype=np.uint8)[:, None]),
    }


def write_stated_tables(folder: Path = EXPECTED) -> None:
    """Write `stated.npz`, atomically enough for a file that is committed."""
    folder.mkdir(exist_ok=True)
    np.savez_compressed(folder / "stated.npz", **stated_tables())


if __name__ == "__main__":
    write_stated_tables()
