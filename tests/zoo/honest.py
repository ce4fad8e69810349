"""Submissions that must lose nothing: what honest students write in different ways."""

from __future__ import annotations

from tests.zoo.honest_functions import FUNCTIONS
from tests.zoo.honest_loading import LOADING
from tests.zoo.honest_models import MODELS
from tests.zoo.honest_training import TRAINING
from tests.zoo.variants import Variant

HONEST: tuple[Variant, ...] = (*LOADING, *FUNCTIONS, *MODELS, *TRAINING)
