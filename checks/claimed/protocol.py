"""Claims about how a submission trains: data, settings, validations, and the spikes they make."""

from __future__ import annotations

from typing import Literal

from checks.claimed.evidence import NUM_BATCHES, Evidence, spike_period
from checks.curves import spike_steps
from gradus.claims.vocabulary import Candidate, Measured, NotMeasured, One


def images(evidence: Evidence, module: str, part: str) -> One:
    N = evidence.images(module)[part]
    of_what = "of the task's digits " if module == "task2" else ""
    says = f"the images {of_what}that there are"
    return Measured((Candidate(N, says),), "a count of the data set")


def setting(evidence: Evidence, module: str, name: str) -> One:
    """A number that the script trains with, one or several."""
    script = evidence.subject.script(module)
    found = sorted({getattr(run, name) for run in script.runs} - {None})
    if not found:
        return NotMeasured(f"how {module}.py trains could not be read off it")
    told = all(getattr(run, name) is not None for run in script.runs)
    return Measured(
        tuple(Candidate(float(each), f"the value in {module}.py") for each in found),
        f"{module}.py, run as a script",
        doubt=None if told and script.problem is None else "not all of the script could be run",
    )


def batches_per_epoch(evidence: Evidence, module: str) -> One:
    N = {"task2": 4005, "task3": 20_000}[module]
    dropped = N - 128 * NUM_BATCHES[module]
    return Measured(
        (
            Candidate(NUM_BATCHES[module], f"the batches of 128 from {N} images"),
            Candidate(
                NUM_BATCHES[module] + 1,
                f"the batches with that of the last {dropped} images, which is dropped",
                None,
                False,
            ),
        ),
        "arithmetic on the assignment's data and batch size",
        doubt=evidence.script_doubt(module),
    )


def validation_interval(evidence: Evidence, module: str) -> One:
    interval = evidence.interval_of(module)
    if interval is None:
        return NotMeasured("`train` could not be seen to validate every so many steps")

    def consequence(stated: float) -> str | None:
        return _with_interval(evidence, stated) if module == "task2" else None

    return Measured(
        (Candidate(interval, "the steps from one validation to the next"),),
        f"the submission's `train`, run on {NUM_BATCHES[module]} batches an epoch",
        doubt=evidence.script_doubt(module),
        consequence=consequence,
    )


def _with_interval(evidence: Evidence, stated: float) -> str | None:
    """What a spike and the end of training would be, had `train` validated so often."""
    interval = round(stated)
    if interval != stated or not 1 <= interval <= NUM_BATCHES["task2"]:
        return None
    text = f"{interval} would give a spike every {spike_period(interval)} steps"
    run = evidence.stop_with_interval(interval) if evidence.on_mnist else None
    if run is None:
        return f"{text}."
    return f"{text}, and a stop in epoch {run.stop_epoch} (step {run.stop_step})."


def validations_per_epoch(evidence: Evidence) -> One:
    interval = evidence.interval
    if interval is None:
        return NotMeasured("`train` could not be seen to validate every so many steps")
    low = NUM_BATCHES["task2"] // interval
    high = -(-NUM_BATCHES["task2"] // interval)
    return Measured(
        (
            Candidate(
                low, f"for {interval} steps lie between validations, and 31 in an epoch", high
            ),
        ),
        "the submission's `train`, run on 31 batches an epoch",
        doubt=evidence.script_doubt("task2"),
    )


def patience(evidence: Evidence) -> One:
    reading = evidence.protocol.reading
    if reading is None:
        return NotMeasured("its early stopping follows no reading of the rule that can be repeated")
    n = reading.failures
    candidates = [Candidate(n, "the failures in a row to beat the best loss that end the training")]
    if n > 9:
        candidates.append(
            Candidate(n - 1, f"the failures that are let pass, for failure {n} ends the training")
        )
    if n < 11:
        candidates.append(Candidate(n + 1, "the validations with the best one counted among them"))
    return Measured(tuple(candidates), "the submission's `train`, run on scripted losses")


def spikes(evidence: Evidence, unit: Literal["steps", "epochs"]) -> One:
    interval = evidence.interval
    if interval is None:
        return NotMeasured("`train` could not be seen to validate every so many steps")
    steps = spike_period(interval)
    every = steps if unit == "steps" else steps // NUM_BATCHES["task2"]
    says = f"the {unit} from one spike to the next: lcm(31 batches, {interval} steps) = {steps}"
    source = f"arithmetic, and the submission's `train`, which validates every {interval} steps"
    run = evidence.run("binary")
    if evidence.on_mnist and run is not None and len(found := spike_steps(run)):
        says += f"; the curve spikes at steps {', '.join(map(str, found[:3]))} and so on"
        source += f"; {run.how}"
    return Measured((Candidate(every, says),), source, doubt=evidence.script_doubt("task2"))
