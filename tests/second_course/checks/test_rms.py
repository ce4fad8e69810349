"""The laws of task 1."""

from __future__ import annotations

import numpy as np

from checks.cases import VECTORS
from gradus import expect
from gradus.expect import Tolerance
from gradus.law import law

EXACT = Tolerance(relative=1e-9, absolute=1e-12)


@law("1.rms.value", cases=VECTORS)
def test_it_is_the_root_of_the_mean_of_squares(subject, oracle, case):
    """`root_mean_square(x)` is the square root of the mean of x ** 2."""
    got = expect.one_number(subject.root_mean_square(case.x), "rms")
    expect.close(got, oracle.root_mean_square(case.x), EXACT, "rms")


@law("1.rms.scaled", cases=VECTORS)
def test_it_scales_with_its_numbers(subject, oracle, case):
    """Numbers three times as large have a root mean square three times as large."""
    once = expect.one_number(subject.root_mean_square(case.x), "rms")
    expect.close(subject.root_mean_square(3 * case.x), 3 * once, EXACT, "rms_2")


@law("1.rms.repeated", cases=VECTORS)
def test_it_does_not_depend_on_how_many_there_are(subject, oracle, case):
    """The same numbers twice have the same root mean square."""
    once = expect.one_number(subject.root_mean_square(case.x), "rms")
    expect.close(subject.root_mean_square(np.concatenate([case.x, case.x])), once, EXACT, "rms_2")
