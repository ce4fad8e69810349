"""Long work in blocks: killed, failed, gone on with."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks import blocks
from tests.small_data import (
    squares,
    squares_until_a_hole,
)

ROOT = Path(__file__).resolve().parent.parent
quick = settings(max_examples=40, deadline=None, database=None)


@quick
@given(st.integers(0, 300), st.integers(1, 70))
def test_blocks_cover_every_seed_once(n, size):
    found = blocks.blocks(Path("work"), n, size)
    assert [seed for each in found for seed in range(each.first, each.end)] == list(range(n))
    assert len({each.path for each in found}) == len(found)


def test_a_failed_block_stops_the_work_and_the_rest_goes_on_from_there(tmp_path):
    parts = blocks.blocks(tmp_path, 18, 4)
    with pytest.raises(RuntimeError, match="seed 8 fails"):
        list(blocks.compute(parts, squares_until_a_hole, 1))
    assert list(blocks.collect(tmp_path)["seed"]) == list(range(8))
    missing = [each for each in parts if not each.path.exists()]
    assert [each.first for each in missing] == [8, 12, 16]
    assert sorted(each.first for each in blocks.compute(missing, squares, 2)) == [8, 12, 16]
    assert list(blocks.collect(tmp_path)["square"]) == [seed**2 for seed in range(18)]


@pytest.mark.skipif(os.name != "posix", reason="kills by SIGKILL")
def test_a_killed_run_leaves_whole_blocks_and_no_process(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-m", "tests.small_data", str(tmp_path)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert [process.stdout.readline().strip() for _ in range(2)] == [
            "000000-000004.npz",
            "000004-000008.npz",
        ]
        process.send_signal(signal.SIGKILL)
        # The pipe ends when the last process that holds it does.
        assert process.stdout.read() == ""
    assert list(blocks.collect(tmp_path)["seed"]) == list(range(8))
    missing = [each for each in blocks.blocks(tmp_path, 16, 4) if not each.path.exists()]
    list(blocks.compute(missing, squares, 1))
    assert list(blocks.collect(tmp_path)["seed"]) == list(range(16))


def test_seeds_after_a_gap_are_left_out(tmp_path):
    for each in (b for b in blocks.blocks(tmp_path, 12, 4) if b.first != 4):
        blocks.save_arrays(each.path, squares(each.first, each.end))
    assert list(blocks.collect(tmp_path)["seed"]) == [0, 1, 2, 3]


def test_blocks_of_an_earlier_and_smaller_wish_are_used(tmp_path):
    for first, end in ((0, 3), (0, 4), (4, 8)):
        path = tmp_path / f"{first:06}-{end:06}.npz"
        blocks.save_arrays(path, squares(first, end))
    assert list(blocks.collect(tmp_path)["seed"]) == list(range(8))


def test_nothing_done_is_nothing_collected(tmp_path):
    assert blocks.collect(tmp_path) == {}
