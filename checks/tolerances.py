"""Every tolerance of the laws, with its reason.

Correct float64 code differs from the reference by at most 2e-13 (batched against row-wise matrix
products, logits up to 40), so 1e-9 stands four orders above rounding and still tells apart a wrong
epsilon, a wrong constant and single precision.
"""

from __future__ import annotations

import numpy as np

from gradus.expect import Tolerance

# Outputs, gradients and weights computed in float64.
VALUE = Tolerance(relative=1e-9, absolute=1e-12)

# Losses of like batches against one another.
LOSS = Tolerance(relative=1e-6, absolute=1e-6)
# `log(p + 1e-8)` is accepted, and moves a loss by at most 1e-8 / p.
ACCEPTED_EPSILON = 1.1e-8

# Results computed in float32: rounding of the inputs (6e-8) grows by logits up to 40 and by what
# cancels where outputs and targets are subtracted.
SINGLE = Tolerance(relative=2e-5, absolute=1e-5)

# Accuracies are fractions k/N of a few rows: another k differs by far more than what rounding to
# four decimals takes away.
FRACTION = Tolerance(relative=0.0, absolute=5.1e-5)

# Pixels after normalisation lie 0.0078 apart.
PIXEL = Tolerance(relative=0.0, absolute=1e-9)
PIXEL_SINGLE = Tolerance(relative=0.0, absolute=1e-6)

# A measured L2 penalty counts as half of ||w||^2 or all of it within this.
COEFFICIENT = 1e-6


def for_loss(true_outputs: np.ndarray) -> Tolerance:
    """The tolerance for a loss whose true classes have these outputs (N,)."""
    return LOSS._replace(absolute=LOSS.absolute + ACCEPTED_EPSILON / float(true_outputs.min()))


def for_dtype(result: object, double: Tolerance, single: Tolerance = SINGLE) -> Tolerance:
    """The tolerance for a result of this precision: `single` for float16 and float32."""
    dtype = getattr(result, "dtype", np.dtype(np.float64))
    return single if dtype in (np.float16, np.float32) else double
