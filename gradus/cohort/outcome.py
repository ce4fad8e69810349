"""What became of one submission of many: small, so that a run of any size fits in memory.

The results themselves stay on disk and are read one at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from gradus.exports.gradebook import Marks
from gradus.models import Frozen
from gradus.results import Origin, Points, Result, Score

RESULTS = "results.json"


class Outcome(Frozen):
    """One finished submission.

    Attributes
    ----------
    id : the submission's, as in its result.
    folder : where its results are, below the run's own folder, with forward slashes.
    status : `graded`; `refused`, which is the submission's own doing; `fault`, which is ours.
    sentence : why it is not graded; None where it is.
    problems : sentences on what is missing of a graded one: manual marks or exports that do not
        fit.
    score, earned : the marks, in all and earned by task; None and empty where it is not graded.
    seconds : how long it took.
    sha256 : digest of the submission's files; None where they could not be read.
    origin : what a course platform's name says of it, as in its result.
    results_sha256 : digest of its `results.json`; None where there is none.
    """

    id: str
    folder: str
    status: Literal["graded", "refused", "fault"]
    sentence: str | None = None
    problems: tuple[str, ...] = ()
    score: Score | None = None
    earned: dict[str, Points] = Field(default_factory=dict)
    seconds: float = Field(default=0.0, ge=0)
    sha256: str | None = None
    origin: Origin | None = None
    results_sha256: str | None = None

    @property
    def marks(self) -> Marks | None:
        """What a gradebook needs; None where it is not graded."""
        if self.score is None:
            return None
        return Marks(self.id, self.score, self.earned, self.origin)

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        graded = self.status == "graded"
        if graded != (self.score is not None) or graded != (self.results_sha256 is not None):
            raise ValueError(
                f"{self.id!r} is {self.status}; a graded submission, and no other, has a score and "
                "a digest of its results"
            )
        if graded != (self.sentence is None):
            raise ValueError(f"{self.id!r} is {self.status}; one that is not graded says why")
        return self


def results(out: Path, outcomes: Iterable[Outcome]) -> Iterator[tuple[Outcome, Result | None]]:
    """Each outcome with its result below `out`, read one at a time; None where it is not graded.

    Raises OSError where a result cannot be read, ValueError where it is none.
    """
    for outcome in outcomes:
        graded = outcome.status == "graded"
        path = out / outcome.folder / RESULTS
        yield outcome, Result.from_json(path.read_bytes()) if graded else None
