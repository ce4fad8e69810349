"""Drawing a law's cases, and shrinking the one it fails on.

The same code must meet the same cases everywhere: on a student's laptop, in a course's CI, among
two hundred submissions. Hypothesis by itself does not promise that. It mixes constants found in
loaded local modules into its draws, takes its profile from the environment, and can derive its seed
from a test's source. Here the seed is a stable hash, the profile explicit, local constants off.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any
from unittest.mock import patch

import hypothesis
from hypothesis import HealthCheck, Phase
from hypothesis.internal.conjecture import providers

from gradus.law import Cases
from gradus.seeds import stable_seed

MAX_SHRINK_RUNS = 250
# 250 runs of a check that answers at once take well under a second. This ends the shrink of one
# that is slow, where a smaller case is not worth a student's minutes.
MAX_SHRINK_SECONDS = 10.0


def profile(examples: int, *phases: Phase) -> hypothesis.settings:
    """Every setting that could change a draw, said explicitly."""
    return hypothesis.settings(
        max_examples=examples,
        phases=phases,
        derandomize=False,
        database=None,
        deadline=None,
        backend="hypothesis",
        print_blob=False,
        report_multiple_bugs=False,
        stateful_step_count=50,
        suppress_health_check=list(HealthCheck),
        verbosity=hypothesis.Verbosity.quiet,
    )


@contextmanager
def only_global_constants() -> Iterator[None]:
    """Draw without the constants of whichever local modules happen to be loaded."""
    providers.CONSTANTS_CACHE.cache.clear()
    with patch.object(
        providers.HypothesisProvider, "_local_constants", providers.Constants(), create=False
    ):
        yield
    providers.CONSTANTS_CACHE.cache.clear()


@lru_cache(maxsize=256)
def draw(cases: Cases, seed: int) -> tuple[Any, ...]:
    """The known killers, then the drawn cases, then the large ones, in a fixed order.

    A process that grades many submissions draws once: they all meet the same cases, and no law may
    change one.
    """
    drawn: list[Any] = []
    _run(cases, seed, drawn.append, Phase.generate)
    return (*cases.always, *drawn, *cases.large)


class _Enough(BaseException):
    """Ends a shrink whose budget is used up; a BaseException so that nothing handles it."""


def smallest_failure(
    cases: Cases, seed: int, check: Callable[[Any], None], failures: tuple[type[Exception], ...]
) -> tuple[Any, Exception] | None:
    """The simplest drawn case on which `check` raises one of `failures`, with what it raised.

    Draws the same cases as `draw` and shrinks from the first that fails, within a budget of runs
    and, for a slow check, of time. None where no drawn case fails (only a known killer did, or the
    failure comes and goes). What else `check` raises, a worker's death for one, ends the search
    with the best case so far.
    """
    best: list[tuple[Any, Exception]] = []
    runs_after_failure = 0
    last_start = 0.0

    def attempt(case: Any) -> None:
        nonlocal runs_after_failure, last_start
        if best:
            runs_after_failure += 1
            if runs_after_failure > MAX_SHRINK_RUNS or time.monotonic() > last_start:
                raise _Enough
        try:
            check(case)
        except failures as error:
            if not best:
                last_start = time.monotonic() + MAX_SHRINK_SECONDS
            best[:] = [(case, error)]
            # Hypothesis tells failures apart by where they were raised; one place keeps it to
            # this failure whatever the message says.
            raise AssertionError from error

    try:
        _run(cases, seed, attempt, Phase.generate, Phase.shrink)
    except (AssertionError, _Enough, hypothesis.errors.Flaky):
        pass
    except BaseException:
        if not best:
            raise
    return best[0] if best else None


def _run(cases: Cases, seed: int, body: Callable[[Any], None], *phases: Phase) -> None:
    def one(case: Any) -> None:
        body(case)

    test = hypothesis.given(case=cases.strategy)(one)
    test = profile(cases.drawn, *phases)(test)
    test = hypothesis.seed(stable_seed(cases.name, seed))(test)
    with only_global_constants():
        test()
