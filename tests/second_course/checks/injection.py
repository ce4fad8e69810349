"""A named mistake in a submission's place: as a program, and as its source."""

from __future__ import annotations

from gradus.worker.failures import StudentError


class BareWorld:
    """A mistake's program, as the probes see a submission."""

    def __init__(self, oracle, program):
        self.oracle = oracle
        self._program = program

    def call(self, operation, x):
        try:
            return self._program(x.copy())
        except Exception as error:
            raise StudentError(
                kind="raised", type=type(error).__name__, message=str(error)
            ) from error


def bare_worlds(oracle, piece, program):
    """The program once for each convention in which it answers differently: there is one here."""
    yield BareWorld(oracle, program)


def inject(folder, fault):
    """Put the mistake's source in place of the submission's function."""
    (folder / "rms.py").write_text("import numpy as np\n\n\n" + fault.source("root_mean_square"))
