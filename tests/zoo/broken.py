"""Submissions with a mistake in them, each of which must lose points where the mistake is."""

from __future__ import annotations

from tests.zoo.broken_files import CONSISTENT, FILES, UNFINISHED
from tests.zoo.broken_logistic import LOGISTIC
from tests.zoo.broken_softmax import SOFTMAX
from tests.zoo.broken_training import TRAINING
from tests.zoo.variants import Variant

BROKEN: tuple[Variant, ...] = (*LOGISTIC, *SOFTMAX, *TRAINING, *UNFINISHED, *FILES, *CONSISTENT)
