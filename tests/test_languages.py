"""Reports in another language: all of it translated, nothing stale, and English marked."""

from __future__ import annotations

import importlib
import io
import re
import tomllib
from collections.abc import Iterable
from decimal import Decimal
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from checks import claims, datasets, figures, graphs, recognition, scripts, tolerances
from checks.claimed import curves
from checks.claimed.evidence import Evidence
from checks.subject import Subject
from gradus import expect, isolation, plugin, rubric
from gradus.claims import comparison, stated
from gradus.course import Course
from gradus.diagnosis import faults_of
from gradus.law import Law, law_of
from gradus.reports import cohort, content, html, language, markdown, terminal, versions
from gradus.reports.certificate import certificate
from gradus.reports.language import ENGLISH, Language, LanguageError
from gradus.results import Claim, Derivation, Result, Verdict
from gradus.rubric import Rubric
from gradus.worker import failures
from tests.builders import all_passed, sample_result
from tests.claims_evidence import MNIST_SHA256, OTHER, judged, protocol, runs
from tests.claims_evidence import Subject as StandIn
from tests.drawn_results import results
from tests.sentences import is_put_together, of_the_engine, shape, shapes_in
from tests.submissions import ROOT
from tests.test_command_line import assert_one_sentence, gradus

CODES = [code for code in language.available() if code != "en"]
COURSE = Course(ROOT)
quick = settings(database=None, deadline=None, max_examples=80)


def literals(model: type, field: str) -> set[str]:
    """The texts that a field of a result can hold."""
    return set(model.model_fields[field].annotation.__args__)  # type: ignore[attr-defined]


CONSTANTS = {
    *content.VERDICT_WORDS.values(),
    content.WAITS,
    content.UNWRITTEN,
    *content.DIAGNOSED.values(),
    *content.LINE_WORDS.values(),
    *content.COUNTED_WORDS.values(),
    *(words for kind, words in content.STANDING_WORDS.items() if kind != "passed"),
    *literals(Claim, "verdict"),
    *literals(Derivation, "verdict"),
    *rubric._WORDS.values(),
    *isolation.SAYS.values(),
    isolation.SURVIVORS,
    isolation.SURVIVORS_ON_WINDOWS,
    terminal.LATER,
    versions.UNEXPLAINED,
    versions.SUMMARY,
    versions.SAME_MARKS,
    versions.ALL_THE_SAME,
    versions.NOTICE,
    *certificate(sample_result()),
    *cohort.SECTIONS.values(),
    *(verdict.value.replace("_", " ") for verdict in Verdict),
}
"""Sentences that stand in the engine as values."""


COMPOSED = {
    "{number} law comes out": versions.summary,
    "{number} laws come out": versions.summary,
    "`{place}` is {got}, but should be {should}": expect.close,
    "`{place}` is {got}, but should be {should}; {number} of {size} entries differ": expect.close,
    "`{place}` is {got}, but should be {should} ({reason}); {number} of {size} entries differ": (
        expect.close
    ),
    "{held}; {number} could not run here": rubric.score,
    "not written yet ({file}, line {line})": plugin.LawRunner,
    "exited early (status {status})": failures.failure_of_exit,
    "{low} to {high}": comparison._written,
    **dict.fromkeys(stated._COUNTED.groupindex, stated.read),
}
"""Sentences that are put together from parts, and by what."""

COMPOSED_BY_THE_COURSE = {
    "{sentence} ({place})": plugin.LawRunner,
    "{sentence} ({place}, class {number})": Subject.place,
    "{lines} line in {pictures} picture": graphs._nothing,
    "{lines} line in {pictures} pictures": graphs._nothing,
    "{lines} lines in {pictures} picture": graphs._nothing,
    "{lines} lines in {pictures} pictures": graphs._nothing,
    "{sentence} and the {last}": graphs._listed,
    "training accuracy": scripts.Series.words,
    "validation accuracy without shuffling": recognition.shuffling,
    "{sentence}, the {last}": graphs._listed,
    "‖w‖² is {listed}": curves.falls_with_lambda,
    f"MNIST from {datasets.VARIABLE}": datasets.load,
}


def of_the_course() -> set[str]:
    """Every sentence of the course that a report shows: titles, laws, claims, hints, mistakes."""
    found: set[str] = set()
    for task in Rubric.load(ROOT / COURSE.settings.parts.rubric).tasks:
        found |= {task.title, *(piece.title for piece in task.pieces)}
    found |= {law.statement for law in laws()}
    rules = COURSE.settings.diagnosis
    assert rules is not None
    for said in (*rules.ratio, *rules.place, *rules.raised, *rules.texts.values()):
        found |= {said.says, said.fix}
    found |= {moved.says for moved in rules.moved}
    vocabulary = COURSE.optional(COURSE.settings.parts.claims)
    found |= {entry.says for entry in vocabulary.ENTRIES} if vocabulary else set()
    for fault in faults_of(COURSE):
        found |= {fault.says, fault.fix}
    return found


def laws() -> list[Law]:
    found = []
    for path in sorted((ROOT / "checks").glob("test_*.py")):
        module = importlib.import_module(f"checks.{path.stem}")
        found += [law for value in vars(module).values() if (law := law_of(value))]
    return found


def catalogue(code: str) -> dict[str, str]:
    own, of_results = language.read(language.FOLDER / f"{code}.toml")
    return own | of_results


def of_this_course(code: str) -> dict[str, str]:
    assert COURSE.languages is not None
    return language.read(COURSE.languages / f"{code}.toml")[0]


@pytest.mark.parametrize("code", CODES)
def test_every_sentence_of_the_engine_is_translated(code: str) -> None:
    assert sorted((of_the_engine() | CONSTANTS) - catalogue(code).keys()) == []
    own, _ = language.read(language.FOLDER / f"{code}.toml")
    assert sorted(of_the_engine() - own.keys()) == []


@pytest.mark.parametrize("code", CODES)
def test_no_translation_of_the_engine_is_stale(code: str) -> None:
    said = of_the_engine() | CONSTANTS | set(COMPOSED)
    shapes = shapes_in(ROOT / "gradus")
    assert stale(catalogue(code), said, shapes) == []


@pytest.mark.parametrize("code", CODES)
def test_every_sentence_of_the_course_is_translated_and_none_is_stale(code: str) -> None:
    said, translated = of_the_course(), of_this_course(code).keys()
    assert sorted(said - translated) == []
    said |= COMPOSED_BY_THE_COURSE.keys()
    assert stale(translated, said, shapes_in(ROOT / "checks")) == []


def stale(translated: Iterable[str], said: set[str], shapes: frozenset[str]) -> list[str]:
    """What is translated and said nowhere."""
    return [
        one
        for one in translated
        if one not in said and shape(one) not in shapes and not is_put_together(one, shapes)
    ]


def test_a_sentence_that_is_said_otherwise_now_is_stale() -> None:
    shapes = shapes_in(ROOT / "checks")
    for one in ("the train of {x} stops early", "no batch has a place in {x}", "gone"):
        assert stale([one], set(), shapes) == [one]


@pytest.fixture
def no_images(monkeypatch: pytest.MonkeyPatch) -> None:
    """What claims need them for is left out."""
    monkeypatch.setattr(Evidence, "train_loss", lambda self, run: None)
    monkeypatch.setattr(Evidence, "stop_with_interval", lambda self, interval: None)


@pytest.mark.usefixtures("no_images")
@pytest.mark.parametrize("sha256", [MNIST_SHA256, OTHER])
@pytest.mark.parametrize("rule", [10, 11])
def test_what_is_said_of_every_claim_is_translated(rule: int, sha256: str) -> None:
    examples = {entry.id: tomllib.loads(f"v = {entry.example}")["v"] for entry in claims.ENTRIES}
    wrong: dict[str, object] = {}
    for id, value in examples.items():
        otherwise = not value if isinstance(value, bool) else "3.25e2"
        wrong[id] = dict.fromkeys(value, "0.1234") if isinstance(value, dict) else otherwise
    spoken = norwegian()
    for each in (examples, wrong, dict.fromkeys(examples, 0), dict.fromkeys(examples, "about 1")):
        subject = StandIn(protocol(rule), sha256=sha256)
        for claim in judged(each, subject=subject, failures=rule).values():
            for text in filter(None, (claim.says, claim.message, claim.source)):
                assert spoken.said(text).language == "nb", text


def test_what_a_figure_says_is_translated() -> None:
    spoken = norwegian()
    drawn = figures.draw(runs(), SimpleNamespace(sha256=MNIST_SHA256))
    assert len(drawn) == 8
    for figure in drawn:
        words = [unescape(found[2]) for found in html.SVG_WORDS.finditer(figure.svg)]
        assert {figure.title, figure.alt} < set(words)
        in_words = [text for text in (figure.caption, *words) if re.search("[a-z]{3}", text)]
        assert [text for text in in_words if spoken.said(text).language != "nb"] == []


@pytest.mark.parametrize(
    "text",
    [
        "ValueError: foo and bar (task2a.py, line 3)",
        "this and that",
        "ValueError: measured 3, the loss",
        "Measured 3, which the dog is.",
        "one; two and the three",
    ],
)
def test_what_a_submission_says_stays_as_it_is(text: str) -> None:
    assert norwegian().said(text).text == text


def test_code_in_a_sentence_is_no_word() -> None:
    said = norwegian().said("`accuracy` is 0.9, but should be 1")
    assert said.text == "`accuracy` er 0.9, men skal være 1"


def test_an_error_of_the_submission_s_stands_in_a_sentence_as_it_is() -> None:
    error = "NameError: name 'x' is not defined (task2a.py, line 3)"
    said = norwegian().said(f"needs task2a.py, which could not be imported: {error}")
    assert said.text == f"trenger task2a.py, som ikke kunne importeres: {error}"


def test_a_text_of_several_sentences_is_translated_whole_or_not_at_all() -> None:
    one, other = "33, the loss at the stop.", "31, what nobody says."
    spoken = norwegian()
    assert spoken.said(f"{one} {one}").text == "33, tapet ved stoppen. 33, tapet ved stoppen."
    assert spoken.said(f"{one} {other}") == language.Said(f"{one} {other}", "en")


def norwegian() -> Language:
    return language.load("nb", COURSE.languages)


@pytest.mark.parametrize(
    ("value", "because", "shown"),
    [
        ([0.5], None, "`grad[0]` er 0.5, men skal være 1"),
        ([0.5, 1.0], None, "`grad[0]` er 0.5, men skal være 1; 1 av 2 verdier er feil"),
        (
            [0.5, 1.0],
            "as in the batch",
            "`grad[0]` er 0.5, men skal være 1 (som i batchen); 1 av 2 verdier er feil",
        ),
        ([[1.0]], None, "`grad` har formen (1, 1), men skal ha formen (1,)"),
        (None, None, "`grad` er None: ikke skrevet ennå, eller aldri returnert eller satt"),
    ],
)
def test_what_a_law_saw_is_told_in_norwegian(
    value: object, because: str | None, shown: str
) -> None:
    should = np.ones(len(value) if isinstance(value, list) else 1)
    got = np.array(value) if value is not None else None
    with pytest.raises(expect.Violation) as told:
        expect.close(got, should, tolerances.LOSS, "grad", because=because)
    assert norwegian().said(str(told.value)) == language.Said(shown, "nb")


TEMPLATES = st.lists(st.sampled_from(["a ", "{x}", " b", "{y}", "; ", "`", "{0}"]), max_size=6)


@quick
@given(TEMPLATES.map("".join), st.text("ab ;`{}x", max_size=30))
def test_any_text_is_translated_or_stays_as_it_is(template: str, text: str) -> None:
    spoken = Language(
        "nb", results={template: template.upper().replace("X", "x").replace("Y", "y")}
    )
    said = spoken.said(text)
    assert said.language == "nb" or said.text == text


@quick
@given(st.text("ab`[]0, ", min_size=1, max_size=10), st.text("0123456789.-e", min_size=1))
def test_the_parts_of_a_sentence_stay_as_they_are(place: str, got: str) -> None:
    spoken = Language("nb", results={"{place} is {got}, he said": "han sa at {place} er {got}"})
    said = spoken.said(f"{place} is {got}, he said")
    assert said == language.Said(f"han sa at {place} er {got}", "nb")


def test_a_long_hostile_text_is_compared_in_no_time_to_speak_of() -> None:
    spoken = norwegian()
    for text in ("` is , but should be ; of entries differ" * 40, "`" * 1999, "x" * 10_000_000):
        assert spoken.said(text).text


@quick
@given(results())
def test_every_reason_of_a_piece_is_translated(result: Result) -> None:
    spoken = norwegian()
    reasons = {p.reason for t in result.tasks for p in t.pieces if p.reason and p.judged != "laws"}
    assert all(spoken.said(reason).language == "nb" for reason in reasons)


class Languages(HTMLParser):
    """The texts of a page by the language that they are marked to be in."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[tuple[str, str | None]] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "br", "input"):
            given = dict(attrs)
            self.open.append((tag, "code" if given.get("translate") == "no" else given.get("lang")))

    def handle_endtag(self, tag: str) -> None:
        self.open.pop()

    def handle_data(self, data: str) -> None:
        tags = [tag for tag, _ in self.open]
        spoken = next((lang for _, lang in reversed(self.open) if lang), "")
        if data.strip() and not {"style", "script", "code", "pre"} & set(tags):
            self.texts.setdefault(spoken, []).append(data.strip())


ENGLISH_WORDS = re.compile(r"\b(the|of|is|are|and|with|was|not|points?|laws?|person)\b")


def test_a_norwegian_page_marks_what_stays_english_and_nothing_else_is() -> None:
    page = Languages(html.render(sample_result(), language=norwegian()))
    assert "Vurdering av group-12" in page.texts["nb"]
    assert [text for text in page.texts["nb"] if ENGLISH_WORDS.search(text)] == []
    assert any("The log-odds of" in text for text in page.texts["en"])


def test_an_english_page_marks_no_language_twice() -> None:
    assert html.render(sample_result()).count('lang="') == 1


def test_points_have_a_decimal_comma_in_norwegian() -> None:
    assert norwegian().points(Decimal("0.375")) == "0,375"
    assert ENGLISH.points(Decimal("0.375")) == "0.375"
    assert "0,258" in html.render(sample_result(), language=norwegian())


@pytest.mark.parametrize("of", [sample_result, lambda: sample_result(all_passed())])
def test_markdown_and_terminal_speak_norwegian_too(of: object) -> None:
    result = of()  # type: ignore[operator]
    file = io.StringIO()
    terminal.render(result, Console(file=file, width=100), norwegian())
    text = " ".join(file.getvalue().split())
    assert "Poeng som venter, er verken oppnådd eller tapt" in text
    shown = markdown.render(result, norwegian())
    assert "# Vurdering av group-12" in shown
    assert "| Oppgave | Oppnådd | Tapt | Venter | I alt |" in shown


def test_a_result_is_english_whatever_the_reports_are(tmp_path: Path) -> None:
    run = gradus(
        "grade", ROOT / "student", "--out", tmp_path, "--data", "digits", "--language", "nb"
    )
    assert run.returncode == 0, run.stderr
    assert "Ingen poeng er tapt" in run.stdout
    result = Result.from_json((tmp_path / "results.json").read_bytes())
    assert result.tasks[2].title == "Logistic regression"
    page = (tmp_path / "report.html").read_text("utf-8")
    assert '<html lang="nb">' in page
    assert "Logistisk regresjon" in page
    assert "Vurdering av student" in (tmp_path / "report.md").read_text("utf-8")


def test_an_unknown_language_is_refused_in_one_sentence() -> None:
    said = assert_one_sentence(gradus("check", "--language", "xx"))
    assert "there are no reports in 'xx'; the languages are en, nb" in said


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("[a", "cannot be read"),
        ('[a]\n"x" = 1', "should have one text"),
        ('[a]\n"x" = "y"\n[b]\n"x" = "z"', "again under [b]"),
        ('[a]\n"{x} is" = "{y} er"', "the same {names}"),
    ],
)
def test_a_catalogue_that_cannot_be_used_says_why(content: str, why: str, tmp_path: Path) -> None:
    (tmp_path / "nb.toml").write_text(content, "utf-8")
    with pytest.raises(LanguageError, match=re.escape(why)):
        language.load("nb", tmp_path)
