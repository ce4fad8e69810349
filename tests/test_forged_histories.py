"""Histories that something in the worker made up: a protocol error, never a harness fault."""

from __future__ import annotations

import numpy as np
import pytest

from checks import training
from gradus.worker.failures import WorkerFailure


@pytest.mark.parametrize(("steps", "values"), [(3, 4), (4, 3), (0, 1)])
def test_steps_and_values_that_differ_in_number_are_a_protocol_error(
    steps: int, values: int
) -> None:
    history = [{"loss": {"steps": np.arange(steps), "values": np.zeros(values)}}] * 2
    stop = training.Stop(None, 0, (), history)
    with pytest.raises(WorkerFailure, match="steps and values differ in number"):
        training.history_series(stop, 1, "loss", "val_history['loss']")
