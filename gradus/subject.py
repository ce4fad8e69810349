"""What every course's subject has: the submission as laws see it, on the grader's side.

A course's `Subject` adds a method for each call that its laws make. Such a method makes one round
trip to the worker, notes the call in `trace` as a student would write it, and returns what came
back, unjudged: laws judge.
"""

from __future__ import annotations

from typing import Any

from gradus.counterexample import Trace
from gradus.expect import Violation
from gradus.results import Derivation
from gradus.session import Session


class BaseSubject:
    """One submission, for the laws of one run.

    `oracle` answers what should be, `dataset` is what the submission is graded on, None for a
    course without any. `derivations` are those that laws have read, by task.
    """

    def __init__(self, session: Session, oracle: Any, dataset: Any) -> None:
        self.session = session
        self.oracle = oracle
        self.dataset = dataset
        self.trace = Trace()
        self.derivations: dict[str, Derivation] = {}

    def begin(self) -> None:
        """Forget the calls of the last case."""
        self.trace = Trace()

    def place(self, violation: Violation) -> str | None:
        """What the place of a wrong entry means to a student, such as "the bias", if anything."""
        return None

    @property
    def conventions(self) -> dict[str, Any]:
        """Which of the accepted ways this submission goes, as far as laws had to know."""
        return {}
