"""The class that benchmarks grade: its mix, and that each submission is what it is called."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.benchmarks.class_of_sixty import FILES, OTHERS, build
from tests.submissions import SAMPLE, sample_copy


@pytest.mark.parametrize(("count", "others"), [(60, 18), (20, 6)])
def test_three_of_ten_hang_crash_or_attack(count: int, others: int, tmp_path: Path) -> None:
    names = [path.name.partition("-")[2] for path in build(tmp_path, count).iterdir()]
    assert len(names) == len(set(names)) == count
    found = [name for name in names if name in OTHERS]
    assert len(found) == others
    assert {"loops-everywhere", "sleeps-in-forward"} <= set(found)


@pytest.mark.parametrize("name", OTHERS)
def test_what_hangs_or_attacks_is_a_program_other_than_the_sample(
    name: str, tmp_path: Path
) -> None:
    folder = sample_copy(tmp_path / name)
    OTHERS[name](folder)
    changed = [file for file in FILES if (folder / file).read_bytes() != _sample(file)]
    assert len(changed) == (len(FILES) if name.endswith("everywhere") else 1)
    for file in changed:
        ast.parse((folder / file).read_bytes())


def _sample(file: str) -> bytes:
    return (SAMPLE / file).read_bytes()
