"""What is stored of the known data sets: what the reference does today, and was measured before."""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
import pytest

from checks import calibration, datasets, oracle
from checks.calibration import reference_run, stops_of_seeds, task_arrays
from checks.runs import BINARY, QUANTITIES, SOFTMAX, Expectations, Setting
from checks.stored import EXPECTED, load


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
