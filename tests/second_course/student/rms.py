import numpy as np


def root_mean_square(x):
    """
    Args:
        x: numbers, of shape [N]
    Returns:
        the square root of the mean of their squares
    """
    return np.linalg.norm(x) / np.sqrt(len(x))
