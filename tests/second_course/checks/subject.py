"""The submission as laws see it."""

from __future__ import annotations

from gradus.counterexample import Trace


class Subject:
    def __init__(self, session, oracle, dataset):
        self.session = session
        self.oracle = oracle
        self.trace = Trace()
        self.conventions = {}

    def begin(self):
        """Forget the calls of the last case."""
        self.trace = Trace()

    def place(self, violation):
        """What the place of a wrong entry means; nothing here."""

    def root_mean_square(self, x):
        """The submission's answer; the call is noted as a student would write it."""
        self.trace.import_from("rms", "root_mean_square")
        name = self.trace.input("x", x)
        self.trace.line(f"{self.trace.fresh('rms')} = root_mean_square({name})")
        return self.session.call("root_mean_square", x=x)
