"""Task 2d: early stopping, judged by running `train` on scripts of validation losses."""

from __future__ import annotations

import numpy as np

from checks import training
from checks.training_cases import STOPPING, script
from gradus import expect
from gradus.law import law


@law("2d.stopping.value", cases=STOPPING, weight=4)
def test_training_stops_after_ten_failures_to_improve(subject, oracle, case):
    """`train` stops when the validation loss has failed to beat its best ten times in a row."""
    reading = training.reading(subject)
    stopped = training.stop(subject, case)
    if stopped.validation is None:
        training.not_active(subject)
    failures = None if stopped.validation is None else stopped.validation - case.best
    expected = "after the 10th or the 11th failure in a row"
    if reading is not None:
        expected = f"{reading.stops(case)} (validations are counted from 0)"
        expect.holds(
            stopped.validation == reading.stops(case),
            f"`train` {_ended(stopped.validation)}, but should stop at validation {expected}: the "
            f"best one is number {case.best}",
            got=_number(stopped.validation),
            should_be=expected,
            expression="trainer.validations - 1",
        )
        return
    expect.holds(
        failures in (10, 11),
        f"`train` {_ended(stopped.validation)}, but the best validation is number {case.best}: it "
        f"should stop {expected}",
        got=_number(stopped.validation),
        should_be=f"{case.best + 10} or {case.best + 11} (validations are counted from 0)",
        expression="trainer.validations - 1",
    )


@law("2d.stopping.interval")
def test_training_validates_five_times_an_epoch(subject, oracle):
    """`train` validates every `num_batches // 5` steps, over the ends of epochs."""
    for num_batches in (10, 31, 156):
        subject.begin()
        stopped = training.stop(subject, script(16, 0, num_batches))
        gaps = np.diff(stopped.validated_at)
        expected = num_batches // 5
        expect.holds(
            bool(len(gaps) > 0 and (gaps == expected).all()),
            f"with {num_batches} batches per epoch, `train` validates every {_spread(gaps)} steps, "
            f"but should every {expected} steps",
            got=f"every {_spread(gaps)} steps",
            should_be=f"every {expected} steps",
            expression="trainer.validations",
        )


@law("2d.stopping.history")
def test_training_returns_its_histories(subject, oracle):
    """`train` returns (train_history, val_history) with losses and accuracies by global step."""
    case = script(16, 0, 10)
    stopped = training.stop(subject, case)
    if stopped.validation is None:
        training.not_active(subject)
        expect.holds(
            False,
            "`train` did not return before the script of validation losses was over",
            got="no return",
            should_be="a return when training is stopped",
            expression="trainer.validations",
        )
    steps, losses = training.history_series(stopped, 1, "loss", "val_history['loss']")
    up_to = min(len(losses), len(stopped.validated_at), case.best + 10)
    expect.holds(
        len(losses) >= min(len(stopped.validated_at), case.best + 9),
        f"`val_history['loss']` has {len(losses)} entries, but should have one for each of "
        f"{len(stopped.validated_at)} validations",
        got=str(len(losses)),
        should_be=str(len(stopped.validated_at)),
        expression="len(history[1]['loss'])",
    )
    wrong = np.flatnonzero(~np.isclose(losses[:up_to], case.losses[:up_to]))
    expect.holds(
        len(wrong) == 0,
        "`val_history['loss']` does not hold the validation losses in their order",
        got=losses[:up_to],
        should_be=np.array(case.losses[:up_to]),
        expression="list(history[1]['loss'].values())",
    )
    expected_steps = np.array(stopped.validated_at[:up_to]) - 1
    off = np.abs(steps[:up_to] - expected_steps)
    expect.holds(
        bool((off <= 1).all() and (np.diff(steps) > 0).all()),
        "`val_history['loss']` is not keyed by global step",
        got=steps[:up_to],
        should_be=expected_steps,
        expression="list(history[1]['loss'].keys())",
    )
    for part, key in ((0, "loss"), (0, "accuracy"), (1, "accuracy")):
        name = f"{('train_history', 'val_history')[part]}[{key!r}]"
        _, values = training.history_series(stopped, part, key, name)
        expect.holds(
            len(values) > 0,
            f"`{name}` is empty, but should hold a value for each step it was measured at",
            got="empty",
            should_be="values by global step",
            expression=f"history[{part}][{key!r}]",
        )
        if key == "accuracy":
            returned = training.SCRIPTED_ACCURACIES[part]
            expect.holds(
                bool((np.abs(values - returned) < training.NEAR).all()),
                f"`{name}` does not hold what `validation_step` returns as that accuracy",
                got=values[:3],
                should_be=f"about {returned}",
                expression=f"list(history[{part}][{key!r}].values())[:3]",
            )


@law("2d.stopping.ten", kind="advice")
def test_the_best_validation_is_not_counted_among_the_ten(subject, oracle):
    """Ten failures are counted from the validation after the best one."""
    reading = training.reading(subject)
    expect.holds(
        reading is None or reading.failures >= 10,
        "`train` stops after 9 failures: the best validation itself is counted among the ten",
        got="9 failures",
        should_be="10 failures",
        expression="trainer.validations",
    )


@law("2d.stopping.large-losses", kind="advice")
def test_early_stopping_does_not_assume_losses_below_one(subject, oracle):
    """Early stopping works with validation losses above 1 too: the first best is infinite."""
    reading = training.reading(subject)
    if reading is None:
        return
    case = script(16, 0, 10, first=9.0)
    stopped = training.stop(subject, case)
    expect.holds(
        stopped.validation == reading.stops(case),
        f"with losses above 1, `train` {_ended(stopped.validation)}, but the best validation is "
        f"number {case.best}",
        got=_number(stopped.validation),
        should_be=f"{reading.stops(case)} (validations are counted from 0)",
        expression="trainer.validations - 1",
    )


def _ended(validation: int | None) -> str:
    return "does not stop" if validation is None else f"stops at validation {validation}"


def _number(validation: int | None) -> str:
    return "no stop" if validation is None else str(validation)


def _spread(gaps: np.ndarray) -> str:
    """The gaps between validations in words."""
    found = sorted({int(gap) for gap in gaps})
    return " or ".join(map(str, found[:4])) if found else "no"
