"""Seconds in which the page of a thousand submissions is written, opened and sorted, as JSON.

Opened means that Chromium has laid out what is in sight and the scripts have run; sorted, that the
table of submissions was brought into sight, and laid out in its new order.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from gradus.cohort.tally import summarised
from gradus.reports.cohort import render
from tests.browser import Browser, executable
from tests.synthetic import a_class

MANY = 1_000
ROUNDS = 5

# Reading a size makes the browser lay the page out at once.
SORT = """() => {
  const started = performance.now();
  const section = document.querySelector("[aria-labelledby=submissions]");
  section.scrollIntoView();
  section.querySelectorAll("thead button")[1].click();
  section.querySelector("tbody").lastElementChild.getBoundingClientRect();
  return (performance.now() - started) / 1000;
}"""


def main() -> None:
    path = executable()
    if path is None:
        raise SystemExit("no Chromium on this system; install `chromium`")
    pairs = list(a_class(MANY))
    started = time.perf_counter()
    text = render(summarised("Course", pairs))
    found: dict[str, Any] = {"written": time.perf_counter() - started, "bytes": len(text)}
    browser = Browser(path)
    try:
        with tempfile.TemporaryDirectory() as folder:
            page = Path(folder) / "cohort.html"
            page.write_text(text, "utf-8")
            rounds = [_open_and_sort(browser, page) for _ in range(ROUNDS)]
    finally:
        browser.close()
    for name, values in zip(("opened", "sorted"), zip(*rounds, strict=True), strict=True):
        found[name] = statistics.median(values)
    print(json.dumps(found))


def _open_and_sort(browser: Browser, page: Path) -> tuple[float, float]:
    started = time.perf_counter()

    def act(opened: Any) -> tuple[float, float]:
        opened.evaluate("() => document.body.offsetHeight")
        return time.perf_counter() - started, opened.evaluate(SORT)

    seconds: tuple[float, float] = browser.on(page, act)
    return seconds


if __name__ == "__main__":
    main()
