"""Fixtures for several test modules."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from gradus.course import Course
from gradus.handout import build
from tests.browser import REQUIRED, Browser, executable
from tests.zoo.running import HANDOUT, ROOT, SAMPLE, STAFF, Zoo


@pytest.fixture(scope="session")
def handout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What students get: `gradus handout` of this tree, built once. Copy it to run or change it."""
    folder = tmp_path_factory.mktemp("handed-out") / "handout"
    build(Course(ROOT), folder)
    return folder


@pytest.fixture(scope="session")
def handout_in_use(handout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the handout that graders run in, so that it comes to hold compiled files."""
    return Path(shutil.copytree(handout, tmp_path_factory.mktemp("in-use") / "handout"))


collect_ignore = ["second_course"]
"""Its `test_*.py` hold laws, which only a grader can run."""


@pytest.fixture(scope="session")
def zoo(request: pytest.FixtureRequest) -> Iterator[Zoo]:
    """Every variant that this session's tests ask for, being graded from the first request on."""
    wanted = [(SAMPLE, STAFF)]
    for item in request.session.items:
        params = getattr(getattr(item, "callspec", None), "params", {})
        if "variant" in params:
            wanted += [(params["variant"], c) for c in params.get("courses", (STAFF,))]
    roots = {STAFF: ROOT}
    if any(course == HANDOUT for _, course in wanted):
        roots[HANDOUT] = request.getfixturevalue("handout_in_use")
    running = Zoo(roots.__getitem__, wanted)
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
