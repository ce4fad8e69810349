"""Fixtures for several test modules."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser import REQUIRED, Browser, executable
from tests.zoo.running import REFERENCE, SAMPLE, Zoo

collect_ignore = ["second_course"]
"""Its `test_*.py` hold laws, which only a grader can run."""


@pytest.fixture(scope="session")
def zoo(request: pytest.FixtureRequest) -> Iterator[Zoo]:
    """Every variant that this session's tests ask for, being graded from the first request on."""
    wanted = [(SAMPLE, REFERENCE)]
    for item in request.session.items:
        params = getattr(getattr(item, "callspec", None), "params", {})
        if "variant" in params:
            wanted += [(params["variant"], o) for o in params.get("oracles", (REFERENCE,))]
    running = Zoo(wanted)
    yield running
    running.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The browser that pages are looked at in; without one the test is skipped, or fails in CI."""
    found = executable()
    if found is None and not REQUIRED:
        pytest.skip("no Chromium on this system")
    assert found, "GRADUS_REQUIRE_BROWSER is set, but no Chromium was found; install `chromium`"
    browser = Browser(found)
    yield browser
    browser.close()
