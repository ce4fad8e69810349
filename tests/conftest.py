"""Fixtures for several test modules."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.zoo.running import REFERENCE, SAMPLE, Zoo


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
