"""What should it be? Answered by what the assignment states: N rms^2 is the squared length of x."""

from __future__ import annotations

import math


def root_mean_square(x):
    return math.hypot(*x) / math.sqrt(len(x))
