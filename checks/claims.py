"""What reports of this assignment state: the vocabulary of claims, and what each is held against.

`docs/answers.md` shows the vocabulary; `claimed/` holds and measures it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from checks.claimed import binary, softmax
from checks.claimed.evidence import Evidence
from checks.subject import Subject
from checks.training_runs import Run
from gradus.claims.vocabulary import Entry, Measured, Measurement, NotMeasured
from gradus.results import Check

OTHER_DATA = (
    "measured on {name}, but the report's numbers are about MNIST; grade with --data mnist to "
    "compare them"
)

VOCABULARY = binary.VOCABULARY + softmax.VOCABULARY
ENTRIES: tuple[Entry, ...] = tuple(entry for entry, _ in VOCABULARY)


def measure(
    wanted: Iterable[str], subject: Subject, runs: Sequence[Run], checks: Sequence[Check]
) -> Mapping[str, Measurement]:
    """What each of the wanted entries is held against, by id.

    On other data than MNIST, what depends on it was measured but is not comparable.
    """
    evidence = Evidence(subject, runs, checks)
    known = {entry.id: (entry, of) for entry, of in VOCABULARY}
    found: dict[str, Measurement] = {}
    for id in wanted:
        entry, of = known[id]
        measurement = of(evidence)
        if entry.of_data and not evidence.on_mnist:
            measurement = _on_other_data(subject.dataset.name, measurement)
        found[id] = measurement
    return found


def _on_other_data(name: str, measurement: Measurement) -> Measurement:
    if isinstance(measurement, Mapping):
        values = {
            key: float(one.candidates[0].value)
            for key, one in measurement.items()
            if isinstance(one, Measured)
        }
        return NotMeasured(OTHER_DATA.format(name=name), values or None)
    value = measurement.candidates[0].value if isinstance(measurement, Measured) else None
    return NotMeasured(OTHER_DATA.format(name=name), value)
