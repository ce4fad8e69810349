"""Claims about where a training ends, and with which loss, accuracy and weights."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np

from checks.claimed.evidence import Evidence
from checks.training_runs import Array, Run
from gradus.claims.vocabulary import Candidate, Measured, NotMeasured, One

Quantity = Literal["validation_loss", "validation_accuracy", "train_accuracy"]

UNSTOPPED = (
    "2b and 2c may have been trained for another number of epochs than early stopping gives, so "
    "that proves nothing"
)
OTHER_SEED = "the seed of the report's run is not known"
NORM_SPREAD = 0.4
"""‖w‖² of the stored honest runs lies within a fifth of their mean; this is twice that."""
STOP_SPREAD = 4.0
"""Honest runs of one λ stop up to twice as early or late as one another; this is twice that."""


def stop(evidence: Evidence, plan_id: str, unit: Literal["epoch", "step"]) -> One:
    run = evidence.run(plan_id)
    if run is None:
        return NotMeasured(evidence.missing(plan_id))
    if run.stop_epoch is None or run.stop_step is None or run.num_batches is None:
        return NotMeasured("the run here was never stopped early")
    best = best_step(run)
    at = {"epoch": run.stop_epoch, "step": run.stop_step}[unit]
    best_at = {"epoch": best // run.num_batches, "step": best}[unit]
    where = {"epoch": "the epoch in which", "step": "the step at which"}[unit]
    candidates = [Candidate(at, f"{where} early stopping ends the run")]
    if best_at != at:
        says = f"the {unit} of the best validation loss"
        candidates.append(Candidate(best_at, says, meant=False))
    measured = Measured(tuple(candidates), run.how, doubt=evidence.doubt(run))
    if not run.plan.shuffle:
        return measured
    return for_any_seed(
        evidence, run, measured, f"stop_{unit}", (at / STOP_SPREAD, at * STOP_SPREAD)
    )


def final(evidence: Evidence, plan_id: str, quantity: Quantity, *, stopped: bool = True) -> One:
    """A loss or an accuracy at a run's end. Not `stopped`: the report's may have gone on."""
    run = evidence.run(plan_id)
    if run is None:
        return NotMeasured(evidence.missing(plan_id))
    values = getattr(run, quantity)
    candidates = list(_ends(run, values, quantity))
    if not candidates:
        return NotMeasured("the run here has no such value at its end")
    measured = Measured(
        tuple(candidates),
        run.how,
        doubt=evidence.doubt(run),
        whole=_whole(evidence, run, quantity),
    )
    if run.plan.shuffle:
        return for_any_seed(evidence, run, measured, quantity, spread(values, quantity))
    if not stopped:
        low, high = spread(values, quantity)
        if quantity == "train_accuracy":
            high = 1.0
        return replace(measured, possible=(low, high), possible_says=UNSTOPPED)
    return measured


def best_loss(evidence: Evidence, plan_id: str) -> One:
    run = evidence.run(plan_id)
    if run is None:
        return NotMeasured(evidence.missing(plan_id))
    best, says = (
        float(np.nanmin(run.validation_loss)),
        f"the best of the run (step {best_step(run)})",
    )
    last = Candidate(float(run.validation_loss[-1]), "the loss at the stop", meant=False)
    doubt = evidence.doubt(run, at_the_stop=False)
    measured = Measured((Candidate(best, says), last), run.how, doubt=doubt)
    if not run.plan.shuffle:
        return measured
    span = spread(run.validation_loss, "validation_loss")
    return for_any_seed(evidence, run, measured, "best_validation_loss", span)


def train_loss(evidence: Evidence, plan_id: str, *, stopped: bool = True) -> One:
    run = evidence.run(plan_id)
    if run is None:
        return NotMeasured(evidence.missing(plan_id))
    batches = run.train_loss[-(run.num_batches or 1) :]
    batches = batches[np.isfinite(batches)]
    whole = evidence.train_loss(run)
    candidates = []
    if whole is not None:
        candidates.append(Candidate(whole, "the loss on all training images at the stop"))
    if len(batches):
        last, mean = float(batches[-1]), float(batches.mean())
        candidates.append(Candidate(last, "the loss of the last batch that is kept"))
        candidates.append(
            Candidate(mean, f"the mean over the last {len(batches)} batches that are kept")
        )
    if not candidates:
        return NotMeasured("the run here keeps no training loss")
    # A report may print the loss of any batch near the end, or a mean over some.
    lowest = 0.0 if not stopped else min(0.5 * float(batches.min()), whole or 1.0)
    highest = 2.0 * max(float(batches.max()), whole or 0.0)
    return Measured(
        tuple(candidates),
        run.how,
        doubt=evidence.doubt(run),
        possible=(lowest, highest),
        possible_says="the loss of single batches, and of means over some, varies as much",
    )


def accuracy(evidence: Evidence, plan_id: str) -> One:
    return final(evidence, plan_id, "validation_accuracy")


def stop_epoch(evidence: Evidence, plan_id: str) -> One:
    return stop(evidence, plan_id, "epoch")


def squared_norm(evidence: Evidence, plan_id: str) -> One:
    run = evidence.run(plan_id)
    if run is None or run.squared_norm is None:
        return NotMeasured(evidence.missing(plan_id))
    squared = float(run.squared_norm)
    candidates = (
        Candidate(squared, "after training"),
        Candidate(squared**0.5, "‖w‖ rather than ‖w‖²", meant=False),
    )
    measured = Measured(candidates, run.how, doubt=evidence.doubt(run))
    span = (squared * (1 - NORM_SPREAD), squared * (1 + NORM_SPREAD))
    return for_any_seed(evidence, run, measured, "squared_norm", span)


def _ends(run: Run, values: Array, quantity: Quantity) -> list[Candidate]:
    """The values that "final" may mean: at the stop, at the best loss, and the best of all."""
    best = int(np.nanargmin(run.validation_loss))
    peak = int(np.nanargmax(values)) if np.isfinite(values).any() else best
    places = [(len(values) - 1, f"the value at the stop (step {run.steps[-1]})")]
    places.append((best, f"the value at the best validation loss (step {run.steps[best]})"))
    if quantity != "validation_loss":
        places.append((peak, f"the best of the run (step {run.steps[peak]})"))
    return [Candidate(float(values[i]), says) for i, says in places if np.isfinite(values[i])]


def spread(values: Array, quantity: Quantity) -> tuple[float, float]:
    """What a run's second half goes through, widened by as much again on either side."""
    half = values[len(values) // 2 :]
    half = half[np.isfinite(half)] if np.isfinite(half).any() else values[np.isfinite(values)]
    low, high = float(half.min()), float(half.max())
    by = max(high - low, 0.01)
    highest = 1.0 if quantity != "validation_loss" else float("inf")
    return max(0.0, low - by), min(highest, high + by)


def for_any_seed(
    evidence: Evidence,
    run: Run,
    measured: Measured,
    quantity: str,
    spread: tuple[float, float],
) -> Measured:
    """`measured`, with the range of honest runs where many are stored, else with `spread`.

    Outside of a range there are still honest runs, seldom; outside of one twice as wide there are
    none to be expected.
    """
    population = evidence.population(run)
    if population is None:
        return replace(measured, possible=spread, possible_says=OTHER_SEED)
    found = population.range(quantity, _rule(evidence))
    by = (found.high - found.low) / 2
    inside = Candidate(
        found.low,
        f"the range of {found.n} honest runs with other seeds, which holds {found.content:.1%} of "
        "all such runs",
        found.high,
    )
    rare = f"honest runs outside of the range of {found.n} seeds are rare, but there are some"
    return replace(
        measured,
        candidates=(*measured.candidates, inside),
        possible=(found.low - by, found.high + by),
        possible_says=rare,
    )


def _rule(evidence: Evidence) -> int:
    reading = evidence.protocol.reading
    assert reading is not None
    return reading.failures


def _whole(evidence: Evidence, run: Run, quantity: Quantity) -> int | None:
    """The number of images that an accuracy is a mean over, which the accuracy's law holds to."""
    if quantity == "validation_loss":
        return None
    part = "train" if quantity == "train_accuracy" else "validation"
    return evidence.images(run.plan.module)[part]


def best_step(run: Run) -> int:
    return int(run.steps[np.nanargmin(run.validation_loss)])
