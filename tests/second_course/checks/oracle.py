"""What should it be? Answered by the reference solution."""

from __future__ import annotations


def root_mean_square(x):
    from reference import solution

    return solution.root_mean_square(x)
