"""cohort.html and cohort.json as a course leader meets them: complete, sorted, searched, safe."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import pytest

from gradus.cohort.outcome import Outcome
from gradus.cohort.summary import Cohort, Row
from gradus.cohort.tally import summarised
from gradus.course import Course
from gradus.reports.cohort import address, render, write
from gradus.reports.language import load
from gradus.results import Submission, write_atomically
from tests.browser import SCHEMES, SOUND, WIDTHS, Browser
from tests.builders import HOSTILE, hostile_result, sample_result
from tests.submissions import ROOT
from tests.synthetic import a_class, outcome_of
from tests.test_languages import ENGLISH_WORDS, Languages

MANY = 1_000


def hostile_class() -> Cohort:
    """Ids, sentences, conventions, mistakes and claims that are markup of every kind."""
    result = hostile_result()
    refused = Outcome(id=f"{HOSTILE}2", folder="x", status="refused", sentence=HOSTILE)
    return summarised(HOSTILE, [(outcome_of(result), result), (refused, None)])


NORWEGIAN = load("nb", Course(ROOT).languages)
CLASSES: Mapping[str, Any] = {
    "twelve": lambda: summarised("Course", a_class(12)),
    "hostile": hostile_class,
    "empty": lambda: summarised("Course", []),
}


class Page(HTMLParser):
    """Balance, attributes and text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in ("meta", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("script", "style"):
            self.text += data


@pytest.mark.parametrize("name", CLASSES)
def test_the_page_is_balanced_and_needs_nothing_from_elsewhere(name: str) -> None:
    page = Page(render(CLASSES[name]()))
    assert page.open == []
    assert page.tags.count("script") == page.tags.count("h1") == 1
    assert not {"link", "img", "iframe", "object", "form"} & set(page.tags)
    for tag, attribute, value in page.attributes:
        assert not attribute.startswith("on"), tag
        assert attribute not in ("src", "srcset", "action"), tag
        if attribute == "href":
            assert value.startswith("#") or value.endswith("/report.html")


def test_hostile_text_is_only_text() -> None:
    page = Page(render(hostile_class()))
    assert "<script>alert(1)</script> [red]x[/red]" in page.text
    assert "{{ 7*7 }}" in page.text
    assert not any(character in page.text for character in "\x1b\x07\u202e\u200b")


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", CLASSES)
def test_the_page_fits_is_silent_keeps_to_itself_and_is_accessible(
    browser: Browser, tmp_path: Path, name: str, width: int, scheme: str
) -> None:
    (tmp_path / "cohort.html").write_text(render(CLASSES[name]()), "utf-8")
    assert browser.look(tmp_path / "cohort.html", width, scheme) == SOUND


@pytest.mark.parametrize("width", WIDTHS)
def test_a_norwegian_page_is_as_sound_and_searches_in_norwegian(
    browser: Browser, tmp_path: Path, width: int
) -> None:
    (tmp_path / "cohort.html").write_text(render(CLASSES["twelve"](), NORWEGIAN), "utf-8")
    assert browser.look(tmp_path / "cohort.html", width, "light") == SOUND

    def act(page: Any) -> tuple[str, list[str]]:
        page.locator("[aria-labelledby=submissions]").get_by_role("searchbox").fill("student-0003")
        found = page.locator("[aria-labelledby=submissions] output").inner_text()
        page.locator(TABLE).get_by_role("button", name="Oppnådd").click()
        return found, page.evaluate(COLUMN, [TABLE, 1])

    found, earned = browser.on(tmp_path / "cohort.html", act)
    assert found == "1 av 12"
    assert len(earned) == 1
    assert "." in earned[0]


@pytest.mark.parametrize("name", CLASSES)
def test_what_a_norwegian_page_says_itself_is_norwegian(name: str) -> None:
    page = Languages(render(CLASSES[name](), NORWEGIAN))
    said = [text for text in page.texts["nb"] if "<script>" not in text]
    without_ids = [re.sub(r"\b\d\w\.[\w.-]+", "", text) for text in said]
    assert [text for text in without_ids if ENGLISH_WORDS.search(text)] == []
    assert any(text.startswith("Klassen i ") for text in page.texts["nb"])
    assert render(CLASSES[name]()).count('lang="') == 1


@pytest.mark.skipif(os.name == "nt", reason="its names are no bytes")
@pytest.mark.parametrize(
    "name", [b"plain", b"a b", b'<">&', b"100%?#", b"\xe5\xff", "blåbær".encode(), b"javascript:1"]
)
def test_a_link_leads_to_the_folder_whatever_bytes_its_name_has(name: bytes) -> None:
    row = Row(id="x", folder=os.fsdecode(name), status="graded")
    link = address(row)
    assert re.fullmatch(r"[A-Za-z0-9%_.~-]+/report\.html", link)
    assert unquote_to_bytes(link.removesuffix("/report.html")) == name


def test_both_files_are_written_from_results_on_disk(tmp_path: Path) -> None:
    outcomes = []
    for id in ("b", "a"):
        submission = Submission(id=id, sha256=id, edition="2021")
        result = sample_result(submission=submission)
        (tmp_path / id).mkdir()
        write_atomically(tmp_path / id / "results.json", result.to_json())
        outcomes.append(outcome_of(result))
    outcomes.append(Outcome(id="c", folder="c", status="refused", sentence="it is too large"))
    cohort = write(tmp_path, outcomes, Course(ROOT))
    assert Cohort.from_json((tmp_path / "cohort.json").read_bytes()) == cohort
    assert [row.id for row in cohort.rows] == ["a", "b", "c"]
    page = Page((tmp_path / "cohort.html").read_text("utf-8"))
    assert "it is too large" in page.text
    assert ("a", "href", "a/report.html") in page.attributes
    assert ("a", "href", "c/report.html") not in page.attributes
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "a",
        "b",
        "cohort.html",
        "cohort.json",
    ]


TABLE = "[aria-labelledby=submissions] table"
COLUMN = """([table, place]) => Array.from(
  document.querySelectorAll(table + ' tbody tr'),
  row => row.hidden ? null : (row.cells[place].dataset.value ?? row.cells[place].textContent.trim())
).filter(text => text !== null)"""


def test_a_thousand_submissions_are_sorted_and_searched_in_a_browser(
    browser: Browser, tmp_path: Path
) -> None:
    cohort = summarised("Course", a_class(MANY))
    (tmp_path / "cohort.html").write_text(render(cohort), "utf-8")

    def act(page: Any) -> dict[str, Any]:
        table = page.locator(TABLE)
        seen: dict[str, Any] = {"ids": page.evaluate(COLUMN, [TABLE, 0])}
        for order in ("descending", "ascending"):
            table.get_by_role("button", name="Earned").click()
            seen[order] = page.evaluate(COLUMN, [TABLE, 1])
            seen[f"{order} said"] = table.locator("[aria-sort]").get_attribute("aria-sort")
        page.keyboard.press("Enter")
        seen["by key"] = page.evaluate(COLUMN, [TABLE, 1])
        search = page.locator("[aria-labelledby=submissions]").get_by_role("searchbox")
        search.fill("student-09 2A")
        seen["found"] = page.evaluate(COLUMN, [TABLE, 0])
        seen["count"] = page.locator("[aria-labelledby=submissions] output").inner_text()
        search.fill("")
        seen["all"] = len(page.evaluate(COLUMN, [TABLE, 0]))
        return seen

    seen = browser.on(tmp_path / "cohort.html", act)
    rows = {row.id: row for row in cohort.rows}
    marks = sorted(str(row.earned) for row in cohort.rows if row.earned is not None)
    missing = [""] * (MANY - len(marks))
    assert [id.split()[0] for id in seen["ids"]] == list(rows)
    assert seen["descending"] == seen["by key"] == marks[::-1] + missing
    assert seen["ascending"] == marks + missing
    assert (seen["descending said"], seen["ascending said"]) == ("descending", "ascending")
    expected = {
        id for id, row in rows.items() if id.startswith("student-09") and _mentions(row, "2a")
    }
    assert {id.split()[0] for id in seen["found"]} == expected
    assert seen["count"] == f"{len(expected)} of {MANY}"
    assert 0 < len(expected) < 100
    assert seen["all"] == MANY


def _mentions(row: Row, text: str) -> bool:
    lost = [id for id, (_, lost, _) in row.tasks.items() if lost]
    return text in " ".join([*lost, *row.mistakes])


def test_without_scripts_the_page_is_complete(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "cohort.html").write_text(render(CLASSES["twelve"]()), "utf-8")

    def act(page: Any) -> tuple[int, int, int]:
        return (
            page.locator(f"{TABLE} tbody tr").count(),
            page.get_by_role("button").count(),
            page.get_by_role("searchbox").count(),
        )

    found = browser.on(tmp_path / "cohort.html", act, java_script_enabled=False)
    assert found == (12, 0, 0)
