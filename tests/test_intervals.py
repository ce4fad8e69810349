"""Tolerance intervals: how many runs a range needs, and that ranges hold what they say."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.intervals import (
    guaranteed_content,
    smallest_n,
    tolerance_interval,
    widest_interval,
)

quick = settings(max_examples=60, deadline=None, database=None)
shares = st.floats(0.05, 0.995)
values = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=200)


@pytest.mark.parametrize(
    ("content", "confidence", "n"),
    [
        (0.95, 0.95, 93),
        (0.99, 0.95, 473),
        (0.99, 0.99, 662),
        (0.999, 0.95, 4742),
        (0.999, 0.99, 6636),
    ],
)
def test_as_many_values_are_needed_as_wilks_tables_say(content, confidence, n):
    assert smallest_n(content, confidence) == n


@pytest.mark.parametrize(
    ("n", "content"), [(10, 0.496), (30, 0.798), (60, 0.894), (100, 0.935), (500, 0.987)]
)
def test_few_values_are_sure_of_little(n, content):
    assert guaranteed_content(n, 0.99) == pytest.approx(content, abs=5e-4)


def test_one_value_is_sure_of_nothing():
    assert guaranteed_content(1) == 0
    assert widest_interval([3.0]).content == 0


@quick
@given(shares, shares)
def test_the_smallest_n_is_enough_and_one_fewer_is_not(content, confidence):
    n = smallest_n(content, confidence)
    assert guaranteed_content(n, confidence) >= content - 1e-12
    assert n == 2 or guaranteed_content(n - 1, confidence) < content + 1e-12


@quick
@given(st.integers(2, 300), shares)
def test_the_guaranteed_content_solves_wilks_equation(n, confidence):
    p = guaranteed_content(n, confidence)
    assert 1 - n * p ** (n - 1) + (n - 1) * p**n == pytest.approx(confidence, abs=1e-9)


@quick
@given(st.integers(2, 400), st.floats(0.3, 0.95), st.floats(0.5, 0.99))
def test_the_order_statistics_are_the_narrowest_that_keep_the_confidence(n, content, confidence):
    def kept(left_out):
        missing = range(left_out)
        return 1 - math.fsum(
            math.comb(n, k) * (1 - content) ** k * content ** (n - k) for k in missing
        )

    if n < smallest_n(content, confidence):
        with pytest.raises(ValueError, match="expected at least"):
            tolerance_interval(range(n), content, confidence)
        return
    found = tolerance_interval(range(n), content, confidence)
    left_out = n + 1 - (found.upper - found.lower)
    assert kept(left_out) >= confidence - 1e-9
    assert kept(left_out + 1) < confidence + 1e-9
    assert 0 <= (n + 1 - found.upper) - found.lower <= 1
    assert (found.low, found.high) == (found.lower - 1, found.upper - 1)


def test_at_the_smallest_n_the_interval_is_from_the_least_to_the_largest_value():
    sample = np.random.default_rng(0).normal(size=93)
    found = tolerance_interval(sample, 0.95, 0.95)
    assert (found.low, found.high) == (sample.min(), sample.max())
    assert (found.n, found.content, found.confidence) == (93, 0.95, 0.95)
    assert widest_interval(sample, 0.95).content == pytest.approx(0.95, abs=1e-3)


@quick
@given(values)
def test_the_widest_interval_holds_every_value_and_says_how_many(sample):
    found = widest_interval(sample)
    assert all(value in found for value in sample)
    assert found.n == len(sample)
    assert math.nextafter(found.high, math.inf) not in found


def exponential(generator, shape):
    return generator.exponential(size=shape), lambda low, high: np.exp(-low) - np.exp(-high)


def geometric(generator, shape):
    """Whole numbers from 1 on, a third of them 1: ties at the lower end in every sample."""
    q = 2 / 3
    return (
        generator.geometric(1 - q, size=shape).astype(float),
        lambda low, high: q ** (low - 1) - q**high,
    )


def uniform(generator, shape):
    return generator.uniform(size=shape), lambda low, high: high - low


@pytest.mark.parametrize("distribution", [uniform, exponential, geometric])
@pytest.mark.parametrize(("n", "content", "confidence"), [(93, 0.95, 0.95), (200, 0.9, 0.9)])
def test_of_many_samples_the_promised_part_holds_the_content(distribution, n, content, confidence):
    samples, share = distribution(np.random.default_rng(20), (2000, n))
    found = [tolerance_interval(sample, content, confidence) for sample in samples]
    shares_held = np.array([share(each.low, each.high) for each in found])
    held = np.mean(shares_held >= content)
    three_sigma = 3 * math.sqrt(confidence * (1 - confidence) / len(samples))
    assert held >= confidence - three_sigma
    if distribution is not geometric:  # ties only raise the share
        exact = 1 - sum(
            math.comb(n, k) * (1 - content) ** k * content ** (n - k)
            for k in range(n + 1 - (found[0].upper - found[0].lower))
        )
        assert held == pytest.approx(exact, abs=three_sigma)


@pytest.mark.parametrize(
    ("sample", "says"),
    [
        ([], "there are 0 values"),
        ([1.0, math.nan], "holds nan"),
        ([1.0, math.inf], "holds inf"),
        ([[1.0]], r"shape \(1, 1\)"),
    ],
)
def test_a_sample_without_an_order_is_refused(sample, says):
    with pytest.raises(ValueError, match=says):
        widest_interval(np.array(sample))


@pytest.mark.parametrize("share", [0, 1, -0.1, 99.9, math.nan])
def test_a_share_that_is_none_is_refused(share):
    with pytest.raises(ValueError, match=r"between 0 and 1"):
        smallest_n(share, 0.99)
    with pytest.raises(ValueError, match=r"between 0 and 1"):
        guaranteed_content(10, share)
