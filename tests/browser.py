"""A page as a reader's browser shows it: opened in headless Chromium, looked at, and checked.

One browser serves a whole session of tests (the fixture `browser`). Playwright drives the system's
own Chromium; nothing is downloaded. It lives in a thread of its own, because its loop would be in
the way of every other use of asyncio in the thread of the tests.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REQUIRED = os.environ.get("GRADUS_REQUIRE_BROWSER") == "1"
"""Whether tests of pages may not be skipped; set by .ci/run."""

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
WIDTHS = (390, 1280)
SCHEMES = ("light", "dark")
HEIGHT = 900
PHONE = 390

SPILLED = """() => {
  const width = document.documentElement.clientWidth;
  const spilled = [];
  if (document.documentElement.scrollWidth > width) {
    for (const element of document.body.querySelectorAll("*")) {
      if (element.getBoundingClientRect().right > width + 1) {
        spilled.push(element.tagName.toLowerCase() + "." + element.className);
      }
    }
    spilled.push(`the page is ${document.documentElement.scrollWidth} pixels wide`);
  }
  return spilled;
}"""
"""What reaches beyond the window, so that a reader would have to scroll sideways."""

UNFOLD = "() => document.querySelectorAll('details').forEach(one => { one.open = true; })"


@dataclass(frozen=True)
class Seen:
    """What a browser noticed of a page: each list is empty where the page is sound.

    `spilled` are the elements wider than the window, `complaints` the console's errors and
    warnings and what scripts raised, `requests` the addresses asked for besides the page itself,
    `violations` what axe-core found against accessibility.
    """

    spilled: tuple[str, ...]
    complaints: tuple[str, ...]
    requests: tuple[str, ...]
    violations: tuple[str, ...]


SOUND = Seen((), (), (), ())


def executable() -> str | None:
    """Where this system's Chromium is, or None."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


class Browser:
    """A headless Chromium without a network. Close it when done."""

    def __init__(self, path: str) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1)
        self._thread.submit(self._start, path).result()

    def _start(self, path: str) -> None:
        from axe_playwright_python.base import AXE_FILE_PATH
        from playwright.sync_api import sync_playwright

        self._axe = AXE_FILE_PATH.read_text("utf-8")
        self._playwright = sync_playwright().start()
        self._chromium = self._playwright.chromium.launch(
            executable_path=path, args=["--host-resolver-rules=MAP * ~NOTFOUND"]
        )

    def look(self, page: Path, width: int, scheme: str, accessible: bool = True) -> Seen:
        """Open a file at `width` pixels in the `light` or `dark` scheme, with all folds open.

        Without `accessible` there are no violations: axe-core takes long over a very long page.
        """
        return self._thread.submit(self._look, page, width, scheme, accessible).result()

    def on(self, page: Path, act: Callable[[Any], Any], **options: Any) -> Any:
        """What `act` returns of the opened Playwright page; `options` are its context's.

        All of it runs in the browser's thread.
        """
        return self._thread.submit(self._on, page, act, options).result()

    def close(self) -> None:
        def stop() -> None:
            self._chromium.close()
            self._playwright.stop()

        self._thread.submit(stop).result()
        self._thread.shutdown()

    def _on(self, page: Path, act: Callable[[Any], Any], options: dict[str, Any]) -> Any:
        with self._chromium.new_context(**{"offline": True, **options}) as context:
            opened = context.new_page()
            opened.goto(page.resolve().as_uri(), wait_until="load")
            return act(opened)

    def _look(self, page: Path, width: int, scheme: str, accessible: bool) -> Seen:
        address = page.resolve().as_uri()
        complaints: list[str] = []
        requests: list[str] = []
        with self._chromium.new_context(
            viewport={"width": width, "height": HEIGHT},
            color_scheme=scheme,
            is_mobile=width == PHONE,
            offline=True,
        ) as context:
            opened = context.new_page()
            opened.on("request", lambda request: requests.append(request.url))
            opened.on("pageerror", lambda error: complaints.append(str(error)))
            opened.on(
                "console",
                lambda message: (
                    complaints.append(message.text)
                    if message.type in ("error", "warning")
                    else None
                ),
            )
            opened.goto(address, wait_until="load")
            folded = opened.evaluate(SPILLED)
            opened.evaluate(UNFOLD)
            spilled = folded or opened.evaluate(SPILLED)
            found: dict[str, Any] = {"violations": []}
            if accessible:
                opened.evaluate(self._axe)
                found = opened.evaluate("axe.run({resultTypes: ['violations']})")
        requests.remove(address)
        return Seen(
            spilled=tuple(spilled),
            complaints=tuple(complaints),
            requests=tuple(requests),
            violations=tuple(_told(violation) for violation in found["violations"]),
        )


def _told(violation: dict[str, Any]) -> str:
    """A violation in a line: the rule, what it asks for, and the first elements that break it."""
    nodes = [f"{node['html'][:120]} {node['failureSummary']}" for node in violation["nodes"][:3]]
    return f"{violation['id']}: {violation['help']}: {' | '.join(nodes)}"
