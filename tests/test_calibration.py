"""Reference runs and their ranges: made, interrupted, stored, read again, and what they hold."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from rich.console import Console
from typer.testing import CliRunner

from checks import blocks, calibration, datasets, oracle, populations
from checks.calibration import reference_run, stops_of_seeds, task_arrays
from checks.run_cache import code_alone, code_digest
from checks.runs import BINARY, QUANTITIES, SOFTMAX, Expectations, Population, Setting
from checks.stored import EXPECTED, load, rounded, store
from gradus.cli import app
from reference import batching, training
from reference.side_by_side import Columns, train_side_by_side
from tests.small_data import (
    SMALL_BINARY,
    SMALL_SOFTMAX,
    few_digits,
    squares,
    squares_until_a_hole,
)

ROOT = Path(__file__).resolve().parent.parent
quick = settings(max_examples=40, deadline=None, database=None)


@pytest.fixture(scope="module")
def few():
    return few_digits()


@pytest.fixture(scope="module")
def binary_arrays(few):
    return task_arrays(few, SMALL_BINARY)


@pytest.fixture(scope="module")
def binary_run(binary_arrays):
    return calibration.run(binary_arrays, SMALL_BINARY)


def assert_same_run(one, other):
    assert one.setting == other.setting
    for name in ("steps", "validation_loss", "train_accuracy", "validation_accuracy"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    for name in ("train_loss", "squared_norm", "w"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    assert (one.num_batches, one.stop_step, one.stop_epoch, one.margin) == (
        other.num_batches,
        other.stop_step,
        other.stop_epoch,
        other.margin,
    )
    assert [each.step for each in one.checkpoints] == [each.step for each in other.checkpoints]
    for mine, its in zip(one.checkpoints, other.checkpoints, strict=True):
        np.testing.assert_array_equal(mine.w, its.w)
        np.testing.assert_array_equal(mine.rows, its.rows)
        assert (mine.w.dtype, its.w.dtype) == (np.float32, np.float32)


def not_again(*arguments):
    pytest.fail("what was made is made again")


class TestSideBySide:
    @pytest.mark.parametrize(
        "setting",
        [
            SMALL_BINARY,
            replace(SMALL_SOFTMAX, num_epochs=60, learning_rate=0.05),
            replace(SMALL_SOFTMAX, l2_reg_lambda=0.5, l2_coefficient=1.0, interval=5),
            replace(SMALL_BINARY, num_epochs=2),
        ],
        ids=["binary", "softmax", "regularised", "unstopped"],
    )
    def test_runs_side_by_side_are_the_runs_one_by_one(self, few, setting):
        arrays = task_arrays(few, setting)
        data = (arrays.X_train, arrays.Y_train, arrays.X_val, arrays.Y_val)
        N = len(arrays.X_train)
        protocol = calibration._protocol(setting)
        seeds = (3, 4, 5)
        orders = [training.course_order(N, seed) for seed in seeds]
        together = train_side_by_side(*data, protocol, orders, (4, 10, 11))
        for seed, of_run in zip(seeds, together, strict=True):
            for rule, stop in zip((4, 10, 11), of_run, strict=True):
                alone = training.train(
                    *data,
                    replace(protocol, failures_to_stop=rule),
                    training.course_order(N, seed),
                )
                ends = setting.num_epochs * batching.num_batches(N, setting.batch_size)
                stopped = alone.stop_step is not None
                assert stop.step == (alone.stop_step if stopped else ends)
                assert stop.epoch == (alone.stop_epoch if stopped else setting.num_epochs)
                loss, of_train, of_val = training.validate(alone.w, *data)
                assert stop.validation_loss == pytest.approx(loss, abs=1e-9)
                assert stop.best_validation_loss == pytest.approx(
                    alone.validation_loss.min(), abs=1e-9
                )
                assert (stop.train_accuracy, stop.validation_accuracy) == (of_train, of_val)
                assert stop.squared_norm == pytest.approx(np.vdot(alone.w, alone.w), abs=1e-9)

    def test_the_runs_that_are_compared_do_stop(self, few):
        """Else the comparison above would say nothing of stopping."""
        stops = stops_of_seeds(task_arrays(few, SMALL_BINARY), SMALL_BINARY, 3, 6)
        assert (stops[11].stop_epoch < SMALL_BINARY.num_epochs).all()
        assert (stops[10].stop_step < stops[11].stop_step).all()

    @quick
    @given(
        hnp.arrays(
            np.float64,
            st.tuples(st.integers(1, 5), st.integers(1, 9)),
            elements=st.sampled_from([-1.0, 0.0, 1.0]),
        ),
        st.integers(0, 2**32 - 1),
    )
    def test_equal_columns_are_computed_once_and_count_as_often_as_they_occur(self, X, seed):
        columns = Columns.of(X)
        assert len({column.tobytes() for column in columns.X.T}) == columns.X.shape[1]
        generator = np.random.default_rng(seed)
        w = generator.normal(size=(columns.X.shape[1], 2))
        validation = generator.normal(size=(3, X.shape[1]))
        np.testing.assert_allclose(
            columns.X @ (columns.multiplicity * w), X @ w[columns.kind], atol=1e-12
        )
        np.testing.assert_allclose(
            columns.summed(validation) @ w, validation @ w[columns.kind], atol=1e-12
        )

    def test_no_rule_at_all_is_refused(self, binary_arrays):
        arrays = binary_arrays
        with pytest.raises(ValueError, match="rules is empty"):
            train_side_by_side(
                arrays.X_train, arrays.Y_train, arrays.X_val, arrays.Y_val,
                calibration._protocol(SMALL_BINARY), [], (),
            )  # fmt: skip

    def test_an_order_that_ends_too_early_is_refused(self, binary_arrays):
        arrays = binary_arrays
        orders = [islice(training.course_order(len(arrays.X_train), 0), 1)]
        with pytest.raises(ValueError, match="ended before its run did"):
            train_side_by_side(
                arrays.X_train, arrays.Y_train, arrays.X_val, arrays.Y_val,
                calibration._protocol(SMALL_BINARY), orders,
            )  # fmt: skip


class TestOneRun:
    def test_it_is_the_references_own(self, binary_arrays, binary_run):
        arrays, N = binary_arrays, len(binary_arrays.X_train)
        history = training.train(
            arrays.X_train, arrays.Y_train, arrays.X_val, arrays.Y_val,
            training.Protocol(0.05, batch_size=32, num_epochs=60),
            (np.arange(N) for _ in range(60)),
        )  # fmt: skip
        np.testing.assert_array_equal(binary_run.validation_loss, history.validation_loss)
        np.testing.assert_array_equal(binary_run.train_loss, history.train_loss[binary_run.steps])
        assert binary_run.stop_step == history.stop_step is not None
        assert binary_run.squared_norm[-1] == pytest.approx(np.vdot(history.w, history.w))

    def test_the_tenth_failure_is_read_off_a_run_that_went_on_to_the_eleventh(
        self, binary_arrays, binary_run
    ):
        index = binary_run.stop_index(10)
        ten = calibration.run(binary_arrays, replace(SMALL_BINARY, failures_to_stop=10))
        assert ten.stop_step == binary_run.steps[index] < binary_run.stop_step
        assert ten.stop_epoch == binary_run.epoch(index)
        assert binary_run.steps[binary_run.stop_index(11)] == binary_run.stop_step
        assert ten.stop_index(11) is None

    @pytest.mark.parametrize(
        "setting",
        [SMALL_BINARY, replace(SMALL_SOFTMAX, l2_reg_lambda=0.1)],
        ids=["binary", "softmax"],
    )
    def test_a_checkpoint_leads_on_along_the_run(self, few, setting):
        arrays = task_arrays(few, setting)
        run = calibration.run(arrays, setting)
        assert len(run.checkpoints) == 12
        for checkpoint in run.checkpoints:
            index = int(np.flatnonzero(run.steps == checkpoint.step - 1)[0])
            loss, _, _ = calibration.expected_validation(arrays, checkpoint.w)
            assert loss == pytest.approx(run.validation_loss[index], rel=1e-4)
            w, _ = calibration.expected_step(arrays, setting, checkpoint)
            following = calibration.expected_validation(arrays, w)
            if checkpoint.step in run.steps:
                assert following[0] == pytest.approx(run.validation_loss[index + 1], rel=1e-4)
            assert len(set(checkpoint.rows)) == setting.batch_size

    def test_other_grey_levels_make_another_run(self, few):
        setting = replace(SMALL_BINARY, scale=1 / 255, shift=0.0)
        X = task_arrays(few, setting).X_train
        assert (X[:, :-1].min(), X[:, :-1].max()) == (0, 1)
        assert (X[:, -1] == 1).all()

    @quick
    @given(hnp.arrays(np.float32, 20, elements=st.floats(-8, 8, width=32)))
    def test_rounded_weights_differ_by_less_than_one_in_65536(self, w):
        near = rounded(w)
        assert near.dtype == np.float32
        assert (np.abs(near - w) <= np.maximum(np.abs(w) / 65536, 1e-43)).all()
        np.testing.assert_array_equal(rounded(near), near)


class TestStored:
    def test_what_is_stored_is_what_is_read(self, tmp_path, few, binary_run):
        stops = stops_of_seeds(task_arrays(few, SMALL_BINARY), SMALL_BINARY, 0, 3)
        population = Population(SMALL_BINARY, stops)
        written = Expectations("few", few.sha256, (binary_run,), (population,))
        store(tmp_path / "few.npz", written)
        read = load(few.sha256, tmp_path)
        assert read is not None
        assert_same_run(read.run(SMALL_BINARY), binary_run)
        found = read.population("binary")
        assert (found.setting, found.n, tuple(found.stops)) == (SMALL_BINARY, 3, (10, 11))
        for rule in stops:
            for quantity in QUANTITIES:
                np.testing.assert_allclose(
                    getattr(found.stops[rule], quantity), getattr(stops[rule], quantity), rtol=6e-8
                )
        assert read.run(BINARY) is None
        assert read.population("softmax") is None

    def test_another_digest_has_nothing_stored(self, tmp_path, few, binary_run):
        store(tmp_path / "few.npz", Expectations("few", few.sha256, (binary_run,), ()))
        assert load("0" * 64, tmp_path) is None

    def test_a_file_of_another_format_is_refused(self, tmp_path, few, monkeypatch):
        with monkeypatch.context() as patched:
            patched.setattr("checks.stored.FORMAT", "runs/0")
            store(tmp_path / "few.npz", Expectations("few", few.sha256, (), ()))
        with pytest.raises(ValueError, match="'runs/0', expected 'runs/1'"):
            load(few.sha256, tmp_path)

    def test_a_range_says_of_how_many_runs_it_is_and_what_it_holds(self, few):
        stops = stops_of_seeds(task_arrays(few, SMALL_BINARY), SMALL_BINARY, 0, 5)
        found = Population(SMALL_BINARY, stops).range("stop_step")
        assert (found.n, found.low, found.high) == (
            5,
            stops[11].stop_step.min(),
            stops[11].stop_step.max(),
        )
        assert found.confidence == 0.99
        assert found.content < 0.5
        with pytest.raises(ValueError, match="expected one of stop_epoch"):
            Population(SMALL_BINARY, stops).range("epoch")


class TestOnDemand:
    def test_a_run_on_demand_is_the_stored_one(self, tmp_path, few, binary_run):
        made = reference_run(few, SMALL_BINARY, cache=tmp_path, expected=tmp_path / "none")
        assert_same_run(made, binary_run)
        store(tmp_path / "expected/few.npz", Expectations("few", few.sha256, (binary_run,), ()))
        stored = reference_run(few, SMALL_BINARY, cache=tmp_path, expected=tmp_path / "expected")
        assert_same_run(stored, made)

    def test_it_is_made_once(self, tmp_path, few, monkeypatch):
        first = reference_run(few, SMALL_BINARY, cache=tmp_path)
        monkeypatch.setattr(calibration, "run", not_again)
        assert_same_run(reference_run(few, SMALL_BINARY, cache=tmp_path), first)

    def test_data_of_another_digest_are_run_anew(self, tmp_path, few):
        reference_run(few, SMALL_BINARY, cache=tmp_path)
        darker = replace(few, sha256="1" * 64, X_train=few.X_train // 2)
        found = reference_run(darker, SMALL_BINARY, cache=tmp_path)
        assert found.validation_loss[0] != pytest.approx(
            reference_run(few, SMALL_BINARY, cache=tmp_path).validation_loss[0], rel=1e-6
        )

    def test_an_observed_order_is_followed_and_kept_apart(self, tmp_path, few, binary_arrays):
        N = len(binary_arrays.X_train)
        orders = list(islice(training.course_order(N, 7), 60))
        observed = reference_run(few, SMALL_BINARY, orders, cache=tmp_path)
        seeded = reference_run(few, replace(SMALL_BINARY, shuffle_seed=7), cache=tmp_path)
        plain = reference_run(few, SMALL_BINARY, cache=tmp_path)
        np.testing.assert_array_equal(observed.validation_loss, seeded.validation_loss)
        assert len(plain.steps) != len(seeded.steps) or not np.array_equal(
            plain.validation_loss, seeded.validation_loss
        )

    def test_code_is_known_by_what_it_does(self, tmp_path):
        one = '"""Docs."""\n\ndef f(x):\n    """More."""\n    return x + 1  # why\n'
        assert code_alone(one) == code_alone("def f(x):\n    return (x+1)")
        assert code_alone(one) != code_alone("def f(x):\n    return x + 2")
        (tmp_path / "a.py").write_text(one)
        (tmp_path / "faults.py").write_text("x = 1")
        before = code_digest(tmp_path, leave_out=("faults.py",))
        (tmp_path / "faults.py").write_text("x = 2")
        assert code_digest(tmp_path, leave_out=("faults.py",)) == before
        (tmp_path / "a.py").write_text(one.replace("1", "2"))
        assert code_digest(tmp_path, leave_out=("faults.py",)) != before


class TestBlocks:
    @quick
    @given(st.integers(0, 300), st.integers(1, 70))
    def test_blocks_cover_every_seed_once(self, n, size):
        found = blocks.blocks(Path("work"), n, size)
        assert [seed for each in found for seed in range(each.first, each.end)] == list(range(n))
        assert len({each.path for each in found}) == len(found)

    def test_a_failed_block_stops_the_work_and_the_rest_goes_on_from_there(self, tmp_path):
        parts = blocks.blocks(tmp_path, 18, 4)
        with pytest.raises(RuntimeError, match="seed 8 fails"):
            list(blocks.compute(parts, squares_until_a_hole, 1))
        assert list(blocks.collect(tmp_path)["seed"]) == list(range(8))
        missing = [each for each in parts if not each.path.exists()]
        assert [each.first for each in missing] == [8, 12, 16]
        assert sorted(each.first for each in blocks.compute(missing, squares, 2)) == [8, 12, 16]
        assert list(blocks.collect(tmp_path)["square"]) == [seed**2 for seed in range(18)]

    @pytest.mark.skipif(os.name != "posix", reason="kills by SIGKILL")
    def test_a_killed_run_leaves_whole_blocks_and_no_process(self, tmp_path):
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

    def test_seeds_after_a_gap_are_left_out(self, tmp_path):
        for each in (b for b in blocks.blocks(tmp_path, 12, 4) if b.first != 4):
            blocks.save_arrays(each.path, squares(each.first, each.end))
        assert list(blocks.collect(tmp_path)["seed"]) == [0, 1, 2, 3]

    def test_blocks_of_an_earlier_and_smaller_wish_are_used(self, tmp_path):
        for first, end in ((0, 3), (0, 4), (4, 8)):
            path = tmp_path / f"{first:06}-{end:06}.npz"
            blocks.save_arrays(path, squares(first, end))
        assert list(blocks.collect(tmp_path)["seed"]) == list(range(8))

    def test_nothing_done_is_nothing_collected(self, tmp_path):
        assert blocks.collect(tmp_path) == {}


class TestCalibrate:
    @pytest.fixture
    def small_work(self, monkeypatch, few):
        monkeypatch.setattr(datasets, "load", lambda choice: few)
        monkeypatch.setattr(calibration, "BINARY", SMALL_BINARY)
        monkeypatch.setattr(calibration, "SOFTMAX", replace(SMALL_SOFTMAX, num_epochs=3))
        monkeypatch.setattr(calibration, "LAMBDAS", (0.0, 1.0))
        monkeypatch.setattr(calibration, "SEEDS", {"binary": 6, "softmax": 3})
        monkeypatch.setattr(populations, "BLOCK_SIZE", {"binary": 2, "softmax": 2})

    def calibrate(self, tmp_path, seeds=None):
        console = Console(file=io.StringIO(), width=200)
        calibration.calibrate(
            ["few"], 1, console, seeds=seeds, cache=tmp_path / "cache", expected=tmp_path / "out"
        )
        return console.file.getvalue()

    @pytest.mark.usefixtures("small_work")
    def test_all_is_made_and_a_second_time_nothing(self, tmp_path, few, monkeypatch):
        said = self.calibrate(tmp_path)
        assert "6 seeds" in said
        stored = load(few.sha256, tmp_path / "out")
        assert len(stored.runs) == 5
        assert (stored.population("binary").n, stored.population("softmax").n) == (6, 3)
        alone = stops_of_seeds(task_arrays(few, SMALL_BINARY), SMALL_BINARY, 0, 6)
        np.testing.assert_array_equal(
            stored.population("binary").stops[11].stop_step, alone[11].stop_step
        )
        files = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
        assert len(files) == 3
        monkeypatch.setattr(calibration, "run", not_again)
        monkeypatch.setattr(blocks, "save_arrays", not_again)
        self.calibrate(tmp_path)
        assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == files

    @pytest.mark.usefixtures("small_work")
    def test_what_is_done_is_written_when_the_work_is_interrupted(self, tmp_path, few, monkeypatch):
        compute = blocks.compute

        def interrupted(missing, of_seeds, jobs):
            yield from compute(missing[:2], of_seeds, jobs)
            raise KeyboardInterrupt

        with monkeypatch.context() as patched:
            patched.setattr(blocks, "compute", interrupted)
            with pytest.raises(KeyboardInterrupt):
                self.calibrate(tmp_path)
        assert load(few.sha256, tmp_path / "out").population("binary").n == 4
        self.calibrate(tmp_path, seeds=5)
        assert load(few.sha256, tmp_path / "out").population("binary").n == 5

    @pytest.mark.usefixtures("small_work")
    def test_shorter_work_of_the_same_reference_undoes_nothing(self, tmp_path, few, monkeypatch):
        self.calibrate(tmp_path)
        (tmp_path / "cache").rename(tmp_path / "gone")
        self.calibrate(tmp_path, seeds=2)
        assert load(few.sha256, tmp_path / "out").population("binary").n == 6
        (tmp_path / "cache").rename(tmp_path / "gone too")
        monkeypatch.setattr(calibration, "BINARY", replace(SMALL_BINARY, learning_rate=0.04))
        self.calibrate(tmp_path, seeds=2)
        assert load(few.sha256, tmp_path / "out").population("binary").n == 2

    def test_a_course_without_calibration_ends_with_one_sentence(self, tmp_path):
        checks = tmp_path / "checks"
        checks.mkdir()
        (checks / "course.toml").write_bytes((ROOT / "checks/course.toml").read_bytes())
        result = CliRunner().invoke(app, ["calibrate", "--course", str(tmp_path)])
        assert result.exit_code == 2
        assert "this course has no calibration" in result.stderr
        assert result.stderr.count("\n") == 1

    @pytest.mark.parametrize("option", ["--jobs", "--seeds"])
    def test_a_number_under_one_is_refused(self, option):
        result = CliRunner().invoke(app, ["calibrate", option, "0", "--course", str(ROOT)])
        assert result.exit_code == 2
        assert f"{option} is 0, expected at least 1" in result.stderr

    def test_data_that_are_not_there_are_named(self, tmp_path):
        arguments = ["calibrate", str(tmp_path / "none"), "--course", str(ROOT)]
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == 2
        assert "neither one of" in result.stderr


def expectations(choice: str) -> Expectations:
    found = load(datasets.load(choice).sha256)
    assert found is not None
    return found


def softmax(l2_reg_lambda: float) -> Setting:
    return replace(SOFTMAX, l2_reg_lambda=l2_reg_lambda)


KNOWN = [
    "digits",
    pytest.param(
        "mnist",
        marks=pytest.mark.skipif("GRADUS_MNIST" not in os.environ, reason="needs GRADUS_MNIST"),
    ),
]


class TestKnownData:
    def test_what_is_expected_takes_less_than_five_megabytes(self):
        assert sum(path.stat().st_size for path in EXPECTED.iterdir()) < 5_000_000

    @pytest.mark.parametrize("choice", KNOWN)
    def test_no_verdict_of_a_run_was_narrow(self, choice):
        found = expectations(choice)
        assert {run.setting for run in found.runs} == set(calibration.kept_settings())
        assert all(run.margin > 1e-12 for run in found.runs)
        assert all(run.stop_index(11) == len(run.steps) - 1 for run in found.runs)

    @pytest.mark.parametrize("choice", KNOWN)
    @pytest.mark.parametrize("seed", [None, 0])
    def test_the_stored_binary_run_is_what_the_reference_does_today(self, choice, seed):
        setting = replace(BINARY, shuffle_seed=seed)
        stored = expectations(choice).run(setting)
        today = calibration.run(task_arrays(datasets.load(choice), setting), setting)
        assert (today.stop_step, today.stop_epoch) == (stored.stop_step, stored.stop_epoch)
        np.testing.assert_allclose(today.validation_loss, stored.validation_loss, atol=1e-9)
        np.testing.assert_array_equal(today.validation_accuracy, stored.validation_accuracy)

    @pytest.mark.parametrize("choice", KNOWN)
    def test_the_first_seeds_are_what_the_reference_does_today(self, choice):
        stored = expectations(choice).population("binary")
        today = stops_of_seeds(task_arrays(datasets.load(choice), BINARY), BINARY, 0, 3)
        for rule, stops in today.items():
            for quantity in QUANTITIES:
                first = getattr(stored.stops[rule], quantity)[:3]
                np.testing.assert_allclose(first, getattr(stops, quantity), rtol=1e-6)

    @pytest.mark.parametrize("choice", KNOWN)
    def test_the_run_of_seed_0_is_in_its_population(self, choice):
        found = expectations(choice)
        for setting in (replace(BINARY, shuffle_seed=0), SOFTMAX):
            run = found.run(setting)
            stops = found.population(setting.task).stops
            assert stops[11].stop_step[0] == run.stop_step
            assert stops[10].stop_step[0] == run.steps[run.stop_index(10)]
            assert stops[11].validation_accuracy[0] == run.validation_accuracy[-1]
            assert stops[11].squared_norm[0] == pytest.approx(run.squared_norm[-1], rel=1e-6)


@pytest.mark.skipif("GRADUS_MNIST" not in os.environ, reason="needs GRADUS_MNIST")
class TestMnist:
    """The figures measured with an independent implementation, to the digits they were given in."""

    def test_binary_without_shuffling_stops_in_epoch_33(self):
        run = expectations("mnist").run(BINARY)
        assert (run.stop_epoch, run.stop_step) == (33, 1044)
        assert run.validation_loss[-1] == pytest.approx(0.0673, abs=5e-5)
        assert run.validation_loss.min() == pytest.approx(0.0657, abs=5e-5)
        assert run.validation_accuracy[-1] == pytest.approx(0.9785, abs=5e-5)
        assert run.train_accuracy[-1] == pytest.approx(0.9775, abs=5e-5)

    def test_at_the_tenth_failure_it_stops_one_validation_earlier(self):
        run = expectations("mnist").run(BINARY)
        index = run.stop_index(10)
        assert (run.epoch(index), run.steps[index]) == (33, 1038)
        assert run.validation_loss[index] == pytest.approx(0.0658, abs=5e-5)
        assert run.validation_accuracy[index] == pytest.approx(0.9794, abs=5e-5)
        assert run.train_accuracy[index] == pytest.approx(0.9758, abs=5e-5)

    @pytest.mark.parametrize(
        ("setting", "epoch", "step"),
        [
            (replace(BINARY, scale=1 / 255, shift=0.0), 124, 3864),
            (replace(BINARY, interval=5), 20, 630),
        ],
        ids=["grey levels in [0, 1]", "interval 5"],
    )
    def test_under_another_protocol_it_stops_elsewhere(self, setting, epoch, step, tmp_path):
        run = reference_run(datasets.load("mnist"), setting, cache=tmp_path)
        assert (run.stop_epoch, run.stop_step) == (epoch, step)

    def test_softmax_stops_in_epoch_52(self):
        run = expectations("mnist").run(SOFTMAX)
        assert (run.stop_epoch, run.stop_step) == (52, 8215)
        arrays = task_arrays(datasets.load("mnist"), SOFTMAX)
        outputs = oracle.forward("task3a", arrays.X_train, run.w.astype(np.float64))
        assert oracle.loss("task3a", arrays.Y_train, outputs) == pytest.approx(0.2775, abs=5e-5)
        assert run.validation_loss[-1] == pytest.approx(0.2973, abs=5e-5)
        assert run.train_accuracy[-1] == pytest.approx(0.92435, abs=5e-6)
        assert run.validation_accuracy[-1] == pytest.approx(0.9163, abs=5e-5)

    @pytest.mark.parametrize(
        ("l2_reg_lambda", "epoch", "accuracy", "norm", "digits"),
        [
            (1.0, 4, 0.797, 0.36, 0.005),
            (0.1, 17, 0.880, 2.74, 0.005),
            (0.01, 30, 0.906, 10.4, 0.05),
            (0.001, 52, 0.916, 21.8, 0.05),
        ],
    )
    def test_stronger_regularisation_stops_earlier_and_shrinks_the_weights(
        self, l2_reg_lambda, epoch, accuracy, norm, digits
    ):
        run = expectations("mnist").run(softmax(l2_reg_lambda))
        assert run.stop_epoch == epoch
        assert run.validation_accuracy[-1] == pytest.approx(accuracy, abs=5e-4)
        assert run.squared_norm[-1] == pytest.approx(norm, abs=digits)

    def test_the_ranges_hold_those_of_the_few_seeds_measured_before(self):
        found = expectations("mnist")
        epochs = found.population("binary").range("stop_epoch")
        assert (epochs.n, round(epochs.content, 3)) == (6636, 0.999)
        assert epochs.low <= 17 < 38 <= epochs.high
        first = found.population("binary").stops[11]
        assert (first.stop_epoch[:60].min(), first.stop_epoch[:60].max()) == (17, 38)
        accuracies = found.population("softmax").range("validation_accuracy")
        assert accuracies.n >= 100
        assert accuracies.low <= 0.9145 < 0.9173 <= accuracies.high
