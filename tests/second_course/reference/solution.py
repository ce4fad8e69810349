"""The solution."""

import numpy as np


def root_mean_square(x):
    return np.sqrt(np.mean(x**2))
