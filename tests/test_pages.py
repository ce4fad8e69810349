"""Every page as a browser shows it: at any width, in any colours, for any reader, on its own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from gradus.reports import html
from gradus.results import Result
from tests.browser import SCHEMES, SOUND, WIDTHS, Browser
from tests.builders import all_passed, hostile_result, sample_result

REPORTS: Mapping[str, Result] = {
    "mixed": sample_result(),
    "all-passed": sample_result(all_passed()),
    "hostile": hostile_result(),
}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """A file of every page, by its name."""
    folder = tmp_path_factory.mktemp("pages")
    found = {}
    for name, result in REPORTS.items():
        found[name] = folder / f"{name}.html"
        found[name].write_text(html.render(result), "utf-8")
    return found


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", REPORTS)
def test_a_page_fits_is_silent_keeps_to_itself_and_is_accessible(
    browser: Browser, pages: Mapping[str, Path], name: str, width: int, scheme: str
) -> None:
    assert browser.look(pages[name], width, scheme) == SOUND


FAULTY = """<!DOCTYPE html><html lang="en"><head><title>x</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head><body><main><h1>x</h1>
<p style="width:2000px">wide</p><p style="color:#ccc;background:#fff">pale</p>
<details><summary>more</summary><button></button></details>
<img alt="x" src="https://example.org/x.png"><script>console.error("said"); undefinedName()</script>
</main></body></html>"""


@pytest.mark.parametrize("width", WIDTHS)
def test_the_browser_notices_what_is_wrong_with_a_page(
    browser: Browser, tmp_path: Path, width: int
) -> None:
    (tmp_path / "faulty.html").write_text(FAULTY, "utf-8")
    seen = browser.look(tmp_path / "faulty.html", width, "light")
    assert "p." in seen.spilled
    assert any("said" in complaint for complaint in seen.complaints)
    assert any("undefinedName" in complaint for complaint in seen.complaints)
    assert seen.requests == ("https://example.org/x.png",)
    rules = {violation.partition(":")[0] for violation in seen.violations}
    assert {"color-contrast", "button-name"} <= rules
