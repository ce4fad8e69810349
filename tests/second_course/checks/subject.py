"""The submission as laws see it."""

from __future__ import annotations

from gradus.subject import BaseSubject


class Subject(BaseSubject):
    def root_mean_square(self, x):
        """The submission's answer; the call is noted as a student would write it."""
        self.trace.import_from("rms", "root_mean_square")
        name = self.trace.input("x", x)
        self.trace.line(f"{self.trace.fresh('rms')} = root_mean_square({name})")
        return self.session.call("root_mean_square", x=x)
