"""What honest runs range over: tolerance intervals that assume nothing about a distribution.

Of n independent values of one continuous distribution, what share of the distribution lies between
the r-th and the s-th smallest does not depend on the distribution: it is
Beta(s - r, n - s + r + 1) (Wilks, "Determination of sample sizes for setting tolerance limits",
Annals of Mathematical Statistics 12, 1941). So an interval between two order statistics holds at
least the share `content` with probability `confidence` over samples, whatever was sampled.

Ties, of an epoch or an accuracy, only raise the share: an atom at an end of the interval lies
inside as a whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, lgamma, log, log1p, nextafter

import numpy as np
from numpy.typing import ArrayLike

CONTENT, CONFIDENCE = 0.999, 0.99
_WIDEST = 2  # [min, max] leaves out two of the n + 1 gaps between, under and over n values


@dataclass(frozen=True)
class ToleranceInterval:
    """[low, high], ends included, found from n values.

    With probability `confidence` over such samples it holds at least the share `content` of the
    distribution. low and high are the lower-th and upper-th smallest value, counted from 1.
    """

    low: float
    high: float
    n: int
    content: float
    confidence: float
    lower: int
    upper: int

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


def smallest_n(content: float = CONTENT, confidence: float = CONFIDENCE) -> int:
    """The smallest n for which [min, max] holds `content` with `confidence`.

    6 636 for 99.9 % with 99 %. Raises ValueError unless both lie between 0 and 1.
    """
    _require_shares(content, confidence)
    low, high = 1, 2
    while _confidence(high, _WIDEST, content) < confidence:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        if _confidence(middle, _WIDEST, content) < confidence:
            low = middle
        else:
            high = middle
    return high


def guaranteed_content(n: int, confidence: float = CONFIDENCE) -> float:
    """The largest share that [min, max] of n values holds with `confidence`: 0 for n under 2.

    Raises ValueError unless confidence lies between 0 and 1 and n is at least 1.
    """
    _require_shares(confidence=confidence)
    _require_values(n)
    low, high = 0.0, 1.0
    while nextafter(low, 1) < high:
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if _confidence(n, _WIDEST, middle) < confidence:
            high = middle
        else:
            low = middle
    return low


def tolerance_interval(
    sample: ArrayLike, content: float = CONTENT, confidence: float = CONFIDENCE
) -> ToleranceInterval:
    """The narrowest interval, as many values cut off below as above, with content and confidence.

    sample: (n,) finite numbers. [min, max] where n is just large enough; from more values one or
    several are cut off at each end, one more above where their number is odd.
    Raises ValueError where n is too small, the sample is not (n,) or holds nan or infinity, or the
    shares do not lie between 0 and 1.
    """
    _require_shares(content, confidence)
    ordered = _ordered(sample)
    n = len(ordered)
    if _confidence(n, _WIDEST, content) < confidence:
        raise ValueError(
            f"the sample has {n} values, expected at least {smallest_n(content, confidence)} for a "
            f"content of {content} with confidence {confidence}; take more, or the content that n "
            "guarantees (`widest_interval`)"
        )
    left_out = _WIDEST
    while _confidence(n, left_out + 1, content) >= confidence:
        left_out += 1
    lower = left_out // 2
    upper = n + 1 - (left_out - lower)
    return ToleranceInterval(
        float(ordered[lower - 1]), float(ordered[upper - 1]), n, content, confidence, lower, upper
    )


def widest_interval(sample: ArrayLike, confidence: float = CONFIDENCE) -> ToleranceInterval:
    """[min, max], and the content that it holds with `confidence` (99.9 % for n = 6 636).

    Raises ValueError where the sample is not (n,) with n >= 1, or holds nan or infinity.
    """
    ordered = _ordered(sample)
    n = len(ordered)
    content = guaranteed_content(n, confidence)
    return ToleranceInterval(float(ordered[0]), float(ordered[-1]), n, content, confidence, 1, n)


def _confidence(n: int, left_out: int, content: float) -> float:
    """P(an interval that leaves out `left_out` of the n + 1 gaps holds at least `content`).

    Its share is Beta(n + 1 - left_out, left_out), and P(Beta(n + 1 - k, k) >= p) is
    P(Binomial(n, 1 - p) >= k): at least k of n values miss a set of probability p.
    """
    if left_out > n:
        return 0.0
    if content <= 0:
        return 1.0
    if content >= 1:
        return 0.0
    fewer = sum(
        exp(
            lgamma(n + 1)
            - lgamma(missed + 1)
            - lgamma(n - missed + 1)
            + missed * log1p(-content)
            + (n - missed) * log(content)
        )
        for missed in range(left_out)
    )
    return 1 - fewer


def _ordered(sample: ArrayLike) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    values = np.asarray(sample, dtype=np.float64)
    if values.ndim != 1:
        raise ValueError(
            f"the sample has shape {values.shape}, expected (n,); pass one number for each run"
        )
    _require_values(len(values))
    if not np.isfinite(values).all():
        wrong = values[~np.isfinite(values)][0]
        raise ValueError(
            f"the sample holds {wrong}, expected finite numbers; leave out nothing, but find out "
            "why a run has none"
        )
    return np.sort(values)


def _require_values(n: int) -> None:
    if n < 1:
        raise ValueError(f"there are {n} values, expected at least 1; pass those of some runs")


def _require_shares(content: float = 0.5, confidence: float = 0.5) -> None:
    for name, value in (("content", content), ("confidence", confidence)):
        if not 0 < value < 1:
            raise ValueError(
                f"{name} is {value}, expected a number between 0 and 1; pass 0.999 for 99.9 %"
            )
