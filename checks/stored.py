"""Runs of the reference on disk: `expected/` holds those of the known data sets.

A file is an npz with a JSON header that names the data set by its SHA-256 and describes the rest;
nothing in it is pickled. Losses and weights of full runs are float64 and float32, the columns of
many runs float64 where they compress (steps, accuracies) and float32 elsewhere.
"""

from __future__ import annotations

import io
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np

from checks.runs import (
    QUANTITIES,
    Checkpoint,
    Expectations,
    Population,
    ReferenceRun,
    Setting,
    Stops,
)

Array = np.ndarray[Any, Any]

EXPECTED = Path(__file__).parent / "expected"
FORMAT = "runs/1"
_SERIES = (
    "validation_loss",
    "train_accuracy",
    "validation_accuracy",
    "train_loss",
    "squared_norm",
)
_ROUNDED = ("validation_loss", "best_validation_loss", "squared_norm")


def load(dataset_sha256: str, folder: Path = EXPECTED) -> Expectations | None:
    """What is stored for the data set with this SHA-256; None where nothing is.

    Raises ValueError where a file for it is in another format.
    """
    name, runs, populations = None, [], []
    for path in sorted(folder.glob("*.npz")):
        with np.load(path, allow_pickle=False) as arrays:
            if "header" not in arrays.files:
                continue  # a table of another kind
            header = _header(arrays)
            if header["sha256"] != dataset_sha256:
                continue
            if header["format"] != FORMAT:
                raise ValueError(
                    f"{path.name} is in format {header['format']!r}, expected {FORMAT!r}; write it "
                    "anew with gradus calibrate"
                )
            name = header["dataset"]
            runs += [_run(arrays, index, each) for index, each in enumerate(header["runs"])]
            populations += [
                _population(arrays, index, each) for index, each in enumerate(header["populations"])
            ]
    if name is None:
        return None
    return Expectations(name, dataset_sha256, tuple(runs), tuple(populations))


def store(path: Path, expectations: Expectations) -> None:
    """Write a file that `load` reads, so that `path` holds the old content or the new."""
    arrays: dict[str, Array] = {}
    header = {
        "format": FORMAT,
        "dataset": expectations.dataset,
        "sha256": expectations.sha256,
        "runs": [_put_run(arrays, i, run) for i, run in enumerate(expectations.runs)],
        "populations": [
            _put_population(arrays, i, each) for i, each in enumerate(expectations.populations)
        ],
    }
    text = json.dumps(header, sort_keys=True).encode()
    save_arrays(path, {"header": np.frombuffer(text, np.uint8), **arrays})


def save_arrays(path: Path, arrays: Mapping[str, Array]) -> None:
    """An npz file, whole or not at all; its folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = io.BytesIO()
    np.savez_compressed(content, allow_pickle=False, **arrays)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with open(handle, "wb") as file:
            file.write(content.getvalue())
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def rounded(w: Array) -> Array:
    """float32 of 16 significant bits: half of float32's rounding, and half of its size on disk."""
    bits = np.ascontiguousarray(w, np.float32).view(np.uint32)
    return ((bits + np.uint32(0x80)) & np.uint32(0xFFFFFF00)).view(np.float32)


def _header(arrays: Any) -> dict[str, Any]:
    header: dict[str, Any] = json.loads(arrays["header"].tobytes())
    return header


def _put_run(arrays: dict[str, Array], index: int, run: ReferenceRun) -> dict[str, Any]:
    key = f"run{index}"
    arrays[f"{key}.steps"] = run.steps.astype(np.int32)
    arrays[f"{key}.series"] = np.array([getattr(run, name) for name in _SERIES], np.float64)
    arrays[f"{key}.w"] = run.w.astype(np.float32)
    if run.checkpoints:
        arrays[f"{key}.checkpoint_w"] = np.array([each.w for each in run.checkpoints], np.float32)
        arrays[f"{key}.checkpoint_rows"] = np.array(
            [each.rows for each in run.checkpoints], np.uint16
        )
    return {
        "setting": asdict(run.setting),
        "num_batches": run.num_batches,
        "stop_step": run.stop_step,
        "stop_epoch": run.stop_epoch,
        "margin": run.margin,
        "checkpoint_steps": [each.step for each in run.checkpoints],
    }


def _run(arrays: Any, index: int, header: Mapping[str, Any]) -> ReferenceRun:
    key = f"run{index}"
    series = dict(zip(_SERIES, arrays[f"{key}.series"], strict=True))
    steps: Sequence[int] = header["checkpoint_steps"]
    checkpoints = (
        tuple(
            Checkpoint(step, w, rows.astype(np.intp))
            for step, w, rows in zip(
                steps,
                arrays[f"{key}.checkpoint_w"],
                arrays[f"{key}.checkpoint_rows"],
                strict=True,
            )
        )
        if steps
        else ()
    )
    return ReferenceRun(
        setting=Setting(**header["setting"]),
        steps=arrays[f"{key}.steps"].astype(np.intp),
        num_batches=header["num_batches"],
        stop_step=header["stop_step"],
        stop_epoch=header["stop_epoch"],
        margin=float(header["margin"]),
        w=arrays[f"{key}.w"],
        checkpoints=checkpoints,
        **series,
    )


def _put_population(arrays: dict[str, Array], index: int, population: Population) -> dict[str, Any]:
    for rule, stops in population.stops.items():
        for name in QUANTITIES:
            kept_as = np.float32 if name in _ROUNDED else np.float64
            arrays[f"population{index}.{rule}.{name}"] = getattr(stops, name).astype(kept_as)
    return {"setting": asdict(population.setting), "rules": list(population.stops)}


def _population(arrays: Any, index: int, header: Mapping[str, Any]) -> Population:
    stops = {
        rule: Stops(
            **{
                field.name: arrays[f"population{index}.{rule}.{field.name}"].astype(np.float64)
                for field in fields(Stops)
            }
        )
        for rule in header["rules"]
    }
    return Population(Setting(**header["setting"]), stops)
