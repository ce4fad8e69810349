"""Known mistakes in other styles than the catalogue has: loops, `np.dot`, the bias first, `einsum`,
the other coefficient, in-place updates. Most were written from counts of real mistakes, without sight
of the catalogue.

`says` is the name that each must be told by first.
"""

from __future__ import annotations

from tests.zoo.restyled_logistic import RESTYLED_LOGISTIC
from tests.zoo.restyled_softmax import RESTYLED_SOFTMAX
from tests.zoo.restyled_training import RESTYLED_TRAINING
from tests.zoo.variants import Variant

RESTYLED: tuple[Variant, ...] = (*RESTYLED_LOGISTIC, *RESTYLED_SOFTMAX, *RESTYLED_TRAINING)
