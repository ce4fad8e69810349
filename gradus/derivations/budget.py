"""How much work one derivation may take, whatever is typed."""

from __future__ import annotations

from dataclasses import dataclass

from gradus.derivations.expressions import NotUnderstood

MAX_OPERATIONS = 800_000
"""Operations on small arrays, of a few microseconds each, for one derivation, however it is read.

An honest one takes 60 000 under the reading that fits it.
"""


TOO_LONG = "the derivation takes too long to check; write shorter lines, or fewer"


@dataclass
class Budget:
    """How many operations are left."""

    left: int = MAX_OPERATIONS

    def spend(self, operations: int = 1) -> None:
        """Raises NotUnderstood where nothing is left."""
        self.left -= operations
        if self.left < 0:
            raise NotUnderstood(TOO_LONG)
