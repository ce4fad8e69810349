"""Batches that something in the worker made up: a protocol error, never a fault of the harness."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from checks import epochs, training
from checks.training_cases import LoaderCase
from gradus.worker.failures import WorkerFailure

CASE = LoaderCase(N=8, batch_size=4, seed=1)
EPOCH: dict[str, Any] = {
    "sizes": [[4, 4], [4, 4]],
    "widths": [[785, 1], [785, 1]],
    "first": [np.arange(4.0), np.arange(4.0, 8)],
    "last": [np.arange(4.0), np.arange(4.0, 8)],
    "labels": [2 * np.arange(4.0) + 1, 2 * np.arange(4.0, 8) + 1],
}


def drawn(monkeypatch: pytest.MonkeyPatch, **changed: Any) -> epochs.Drawn:
    answer = {"epochs": [{**EPOCH, **changed}], "inputs": {}}
    monkeypatch.setattr(training, "batches", lambda *_, **__: answer)
    return epochs.drawn(None, CASE, shuffle=False, epochs=1)  # type: ignore[arg-type]


def test_batches_that_fit_together_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [list(rows) for rows in drawn(monkeypatch)["rows"][0]] == [[0, 1, 2, 3], [4, 5, 6, 7]]


@pytest.mark.parametrize("part", list(EPOCH))
def test_a_list_that_lacks_a_batch_is_a_protocol_error(
    part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(WorkerFailure, match="protocol error: batches that do not fit together"):
        drawn(monkeypatch, **{part: EPOCH[part][:1]})


@pytest.mark.parametrize("part", ["first", "last", "labels"])
def test_a_batch_without_rows_is_a_protocol_error(
    part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(WorkerFailure, match="protocol error"):
        drawn(monkeypatch, **{part: [np.zeros(0), EPOCH[part][1]]})
