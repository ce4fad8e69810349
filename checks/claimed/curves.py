"""Claims about what curves and weight images show, and how they change with λ."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np

from checks.claimed.ends import best_step, for_any_seed
from checks.claimed.evidence import Evidence
from checks.curves import roughness, spike_steps
from checks.training_runs import Array
from gradus.claims.vocabulary import Candidate, Measured, Measurement, NotMeasured, One


def shuffling_removes_spikes(evidence: Evidence) -> One:
    without, shuffled = evidence.run("binary"), evidence.run("binary-shuffled")
    if without is None or shuffled is None:
        return NotMeasured(evidence.missing("binary" if without is None else "binary-shuffled"))
    before, after = spike_steps(without), spike_steps(shuffled)
    removed = len(before) > 0 and len(after) == 0
    says = (
        f"without shuffle the validation accuracy spikes {len(before)} times at equal distances, "
        f"with shuffle {len(after)} times"
    )
    doubt = evidence.doubt(without) or evidence.doubt(shuffled)
    # Whether what is left of spikes is "most" or "all" is a matter of words.
    doubt = doubt or (None if removed else "spikes are told from other ups and downs by a rule")
    return Measured((Candidate(removed, says),), without.how, doubt=doubt)


def parting(evidence: Evidence) -> One:
    """From where the training accuracy stays above, to where half of the final gap is open."""
    run = evidence.run("softmax")
    if run is None:
        return NotMeasured(evidence.missing("softmax"))
    gap = _smoothed(run.train_accuracy - run.validation_accuracy)
    if len(gap) < 10 or not np.isfinite(gap).all() or gap[-1] <= 0:
        return NotMeasured("the two accuracies of the run here do not part")
    begins = int(run.steps[_last_at_most(gap, 0.0)])
    half = int(run.steps[_last_at_most(gap, gap[-1] / 2)])
    says = "from where the training accuracy stays above to half of the final gap"
    return Measured(
        (Candidate(begins, says, half),),
        run.how,
        doubt=evidence.doubt(run),
        possible=(begins / 3, float(run.steps[-1])),
        possible_says="where two curves part is a matter of the eye",
    )


def improving(evidence: Evidence) -> One:
    """Until when the validation loss or accuracy of the softmax run improves."""
    run = evidence.run("softmax")
    if run is None:
        return NotMeasured(evidence.missing("softmax"))
    if not np.isfinite(run.validation_accuracy).any():
        return NotMeasured("the run here has no validation accuracy")
    best = min(best_step(run), int(run.steps[np.nanargmax(run.validation_accuracy)]))
    end = int(run.steps[-1])
    says = "from the last improvements to the end of the run"
    measured = Measured((Candidate(best, says, end),), run.how, doubt=evidence.doubt(run))
    return for_any_seed(evidence, run, measured, "stop_step", (end / 2, end * 2.0))


def train_loss_falls_on(evidence: Evidence) -> One:
    """Whether the training loss falls more than the validation loss over the run's last half."""
    run = evidence.run("softmax")
    if run is None:
        return NotMeasured(evidence.missing("softmax"))
    falls = {}
    for name, values in (("training", run.train_loss), ("validation", run.validation_loss)):
        n = len(values)
        if n < 8:
            return NotMeasured("the run here is too short to fall on")
        third, last = values[n // 2 : 3 * n // 4].mean(), values[3 * n // 4 :].mean()
        falls[name] = float(third - last)
    says = (
        f"from the third to the last quarter of the run the training loss falls by "
        f"{falls['training']:.4f}, the validation loss by {falls['validation']:.4f}"
    )
    parted = falls["training"] > falls["validation"]
    doubt = evidence.doubt(run) or "a curve seen by eye may be taken either way"
    return Measured((Candidate(parted, says),), run.how, doubt=doubt)


def by_lambda(evidence: Evidence, of_run: Callable[[Evidence, str], One]) -> Measurement:
    """One measurement for the softmax run of each λ."""
    if not evidence.regularised():
        return NotMeasured("no run of it was made")
    return {key: of_run(evidence, plan.id) for key, plan in evidence.regularised().items()}


def falls_with_lambda(
    evidence: Evidence, quantity: Literal["validation_accuracy", "squared_norm"]
) -> One:
    by = evidence.regularised()
    runs = {key: evidence.run(plan.id) for key, plan in sorted(by.items()) if key}
    values = []
    for key, run in runs.items():
        if run is None:
            return NotMeasured(evidence.missing(by[key].id))
        series = run.validation_accuracy
        # Single accuracies under a large λ go up and down by a tenth: the mean of the last ten.
        end = series[-10:].mean() if quantity == "validation_accuracy" else run.squared_norm
        values.append(float("nan") if end is None else float(end))
    if len(values) < 2 or not np.isfinite(values).all():
        return NotMeasured("the runs here have no such value at their ends")
    falls = bool(np.all(np.diff(values) < 0))
    listed = ", ".join(
        f"{value:.4g} at λ = {key:g}" for key, value in zip(runs, values, strict=True)
    )
    what = "‖w‖²" if quantity == "squared_norm" else "the validation accuracy of the last checks"
    doubts = [evidence.doubt(run) for run in runs.values() if run is not None]
    sources = {run.how: None for run in runs.values() if run is not None}
    return Measured(
        (Candidate(falls, f"{what} is {listed}"),),
        "; ".join(sources),
        doubt=next((each for each in doubts if each), None),
    )


def smoother(evidence: Evidence) -> One:
    """Whether the largest λ gives weight images whose neighbours differ less."""
    by = sorted(evidence.regularised().items())
    runs = [evidence.run(plan.id) for _, plan in (by[0], by[-1])] if len(by) > 1 else [None]
    first, last = runs[0], runs[-1]
    if first is None or last is None or first.w is None or last.w is None:
        return NotMeasured("there are no runs here with the smallest and the largest λ")
    rough = [roughness(first), roughness(last)]
    says = (
        f"neighbouring weights differ by {rough[0]:.0%} of their spread at λ = {by[0][0]:g} and by "
        f"{rough[1]:.0%} at λ = {by[-1][0]:g}"
    )
    return Measured(
        (Candidate(rough[1] < rough[0], says),),
        f"{first.how}; {last.how}" if first.how != last.how else first.how,
        doubt=evidence.doubt(first) or evidence.doubt(last),
    )


def _smoothed(values: Array, width: int = 9) -> Array:
    """Medians over neighbourhoods, shorter at the ends."""
    half = width // 2
    return np.array(
        [np.median(values[max(0, i - half) : i + half + 1]) for i in range(len(values))]
    )


def _last_at_most(values: Array, bound: float) -> int:
    """The index after the last value that does not exceed `bound`; 0 where all do."""
    below = np.flatnonzero(values <= bound)
    return min(int(below[-1]) + 1, len(values) - 1) if len(below) else 0
