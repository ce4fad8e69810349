"""Every named mistake, in the assignment's order; of two that answer alike the first is named."""

from __future__ import annotations

from reference.faults import (
    accuracy,
    encoding,
    loading,
    logistic,
    penalty,
    preprocessing,
    softmax,
    steps,
    stopping,
)
from reference.faults.declare import Fault, declared_in

FAULTS: tuple[Fault, ...] = tuple(
    sorted(
        (
            each
            for module in (
                preprocessing,
                logistic,
                steps,
                accuracy,
                stopping,
                loading,
                encoding,
                softmax,
                penalty,
            )
            for each in declared_in(module)
        ),
        key=lambda each: each.id.partition(".")[0],
    )
)
