"""Every page as a browser shows it: at any width, in any colours, for any reader, on its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gradus.course import Course
from gradus.manual import ManualMark, merge
from gradus.reports import html
from gradus.reports.language import load
from gradus.results import (
    Claim,
    Counterexample,
    Derivation,
    DerivationLine,
    Result,
    Submission,
    to_points,
)
from tests.browser import SCHEMES, SOUND, WIDTHS, Browser
from tests.builders import all_passed, hostile_result, sample_check, sample_result
from tests.submissions import ROOT

COURSE = Course(ROOT)
NORWEGIAN = load("nb", COURSE.languages)
LONG = "a-very-long-name-without-any-place-to-break-it-" * 5
ATTACK = """</script></style><script>window.ran = 1</script><img src="https://example.org/x.png"
 onerror="window.ran = 1">'"><svg onload="window.ran = 1"> javascript:window.ran=1
 \u202e\u2066\u034f\u3164 [x](javascript:ran=1) \x1b]8;;https://example.org\x07 \u2028
 \u05e9\u05dc\u05d5\u05dd Z\u0301\u0317\u0333\u0301\u0317 {{ 7*7 }} ]]>"""


def everything() -> Result:
    """A result in which no part of a page is missing, and nothing is short."""
    first = sample_result(submission=Submission(id=LONG, sha256="ab" * 32, edition="2021"))
    marked = merge(first, [ManualMark(LONG, "2b.explanation", to_points("0.04"), "as it says")])
    claims = [
        Claim(id=f"2b.{n}", task=("2b", "9z")[n % 2], says=LONG, stated=n, verdict=verdict)
        for n, verdict in enumerate(["reproduced", "contradicted", "not checked"] * 4)
    ]
    lines = [DerivationLine(text=f"x_{n} = {LONG}", holds=n != 3, says=LONG) for n in range(9)]
    final = {"validation_loss": 0.0658, "validation_accuracy": 0.9794, "squared_norm": 6.3}
    run = {"id": "binary", "task": "2b", "by": "submission", "stop_step": 1038, "final": final}
    return marked.model_copy(
        update={
            "claims": tuple(claims),
            "derivations": tuple(
                Derivation(id=task, task=task, verdict="incomplete", lines=tuple(lines))
                for task in ("1a", "9z")
            ),
            "runs": (run, {**run, "id": "softmax", "look_here": LONG}),
            "conventions": {LONG: LONG},
        }
    )


def attacked() -> Result:
    """A result whose student's texts are 10 MB of attacks."""
    law = hostile_result().tasks[1].checks
    bad = next(check for check in law if check.counterexample)
    shown = Counterexample(snippet=ATTACK, got=ATTACK, should_be=ATTACK)
    told = bad.model_copy(
        update={"message": ATTACK + "x" * 10_000_000, "law": ATTACK, "counterexample": shown}
    )
    laws = [told if check.id == told.id else check for check in all_passed()]
    claim = Claim(id=ATTACK, task="2a", stated=ATTACK * 1000, verdict="not checked", message=ATTACK)
    line = DerivationLine(text=ATTACK, holds=False, says=ATTACK)
    return sample_result(
        laws,
        submission=Submission(id=ATTACK, sha256="ab" * 32, edition="2021"),
        claims=(claim,) * 3_000,
        derivations=(Derivation(id=ATTACK, task="1a", verdict="incomplete", lines=(line,)),),
        conventions={ATTACK: ATTACK},
    )


@dataclass(frozen=True)
class Drawn:
    """What a page takes of a figure."""

    task: str
    caption: str
    svg: str


FIGURE = Drawn(
    "2b",
    "A curve, drawn large.",
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 300" role="img" aria-label="A curve">'
    '<path d="M0 300 L720 0" stroke="currentColor" fill="none"/></svg>',
)
REMARKS = (
    sample_check("2a.forward.huge", "failed", advice=True, message="`outputs[0, 0]` is nan"),
    sample_check("2b.train_step.replay", "blocked", evidence=True, message="no whole run"),
)
REPORTS: Mapping[str, Callable[[], str]] = {
    "mixed": lambda: html.render(sample_result()),
    "all-passed": lambda: html.render(sample_result(all_passed())),
    "remarks-alone": lambda: html.render(sample_result([*all_passed(), *REMARKS])),
    "hostile": lambda: html.render(hostile_result()),
    "everything": lambda: html.render(everything(), [FIGURE]),
    "norwegian": lambda: html.render(everything(), [FIGURE], NORWEGIAN),
    "attacked": lambda: html.render(attacked()),
}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """A file of every page, by its name."""
    folder = tmp_path_factory.mktemp("pages")
    found = {}
    for name, rendered in REPORTS.items():
        found[name] = folder / f"{name}.html"
        found[name].write_text(rendered(), "utf-8")
    return found


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", [name for name in REPORTS if name != "attacked"])
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


def ran(page: Any) -> bool:
    """Whether any script that came with a text ran, a moment after the page was loaded."""
    page.wait_for_timeout(100)
    return bool(page.evaluate("() => 'ran' in window"))


def test_what_a_student_wrote_is_only_text_however_much_it_is(
    browser: Browser, pages: Mapping[str, Path]
) -> None:
    assert pages["attacked"].stat().st_size < 4_000_000
    assert browser.on(pages["attacked"], ran) is False
    shown = browser.on(pages["attacked"], lambda page: page.inner_text("h1"))
    assert "<script>window.ran = 1</script>" in shown
    assert "\\u202e\\u2066\\u034f\\u3164" in shown
    seen = browser.look(pages["attacked"], 390, "light", accessible=False)
    assert (seen.spilled, seen.complaints, seen.requests) == ((), (), ())


def test_the_policy_of_a_page_stops_what_escaping_would_let_through(
    browser: Browser, pages: Mapping[str, Path], tmp_path: Path
) -> None:
    page = pages["mixed"].read_text("utf-8")
    injected = '<script>window.ran = 1</script><img src="https://example.org/x" onerror="ran = 1">'
    assert page.count("</main>") == 1
    (tmp_path / "injected.html").write_text(page.replace("</main>", f"{injected}</main>"), "utf-8")
    assert browser.on(tmp_path / "injected.html", ran) is False
    without = page.replace("</main>", f"{injected}</main>").replace("Content-Security-Policy", "x")
    (tmp_path / "without.html").write_text(without, "utf-8")
    assert browser.on(tmp_path / "without.html", ran) is True


def test_a_page_prints_with_its_evidence_unfolded_and_room_for_a_person(
    browser: Browser, pages: Mapping[str, Path]
) -> None:
    def printed(page: Any) -> tuple[bytes, int, int]:
        page.evaluate("() => dispatchEvent(new Event('beforeprint'))")
        folded = page.locator(".law details:not([open])").count()
        page.emulate_media(media="print")
        shown = page.evaluate("() => getComputedStyle(document.querySelector('nav')).display")
        assert shown == "none"
        lines = page.locator(".person .more-lines").first.bounding_box()["height"]
        page.evaluate("() => dispatchEvent(new Event('afterprint'))")
        return page.pdf(format="A4"), folded, lines

    content, folded, lines = browser.on(pages["mixed"], printed)
    assert content.startswith(b"%PDF")
    assert folded == 0
    assert lines > 40


def test_a_report_can_be_walked_by_keyboard(browser: Browser, pages: Mapping[str, Path]) -> None:
    def walked(page: Any) -> list[str]:
        places = []
        for _ in range(200):
            page.keyboard.press("Tab")
            focused = "() => document.activeElement.matches(':focus-visible') && (%s)"
            what = "document.activeElement.tagName + ' ' + (document.activeElement.hash || '')"
            places.append(page.evaluate(focused % what))
            if places[-1] is False:
                break
        return places

    places = browser.on(pages["mixed"], walked, viewport={"width": 1280, "height": 900})
    assert places[0] == "A #main"
    assert "A #task-2a" in places
    assert {"A", "SUMMARY", "PRE", "BUTTON"} <= {place.split()[0] for place in places if place}
    assert places[-1] is False


def test_a_law_that_is_linked_to_is_there(browser: Browser, pages: Mapping[str, Path]) -> None:
    def dangling(page: Any) -> list[str]:
        return page.evaluate(
            "() => [...document.querySelectorAll('a[href^=\"#\"]')].map(a => a.hash.slice(1))"
            ".filter(id => !document.getElementById(decodeURIComponent(id)))"
        )

    for name in ("mixed", "everything", "norwegian"):
        assert browser.on(pages[name], dangling) == []
