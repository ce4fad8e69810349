"""Reports in another language: every sentence has its translation, none is stale, English is marked."""

from __future__ import annotations

import io
import re
import tomllib
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from checks import tolerances
from gradus import expect, isolation, rubric
from gradus.course import Course
from gradus.diagnosis import faults_of
from gradus.exports.gradebook import Marks
from gradus.reports import content, html, language, markdown, terminal, versions
from gradus.reports.certificate import certificate
from gradus.reports.language import ENGLISH, Language, LanguageError
from gradus.results import Claim, Derivation, Result
from gradus.rubric import Rubric
from tests.builders import all_passed, sample_result
from tests.drawn_results import results
from tests.sentences import counted, of_the_engine, shape, shapes_in
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
}
"""Sentences that stand in the engine as values."""


def of_the_course() -> set[str]:
    """Every sentence of the course that a report shows: titles, laws, hints, named mistakes."""
    found: set[str] = set()
    for task in Rubric.load(ROOT / COURSE.settings.parts.rubric).tasks:
        found |= {task.title, *(piece.title for piece in task.pieces)}
    found |= {law.statement for law in laws()}
    rules = COURSE.settings.diagnosis
    assert rules is not None
    for said in (*rules.ratio, *rules.place, *rules.raised, *rules.texts.values()):
        found |= {said.says, said.fix}
    found |= {moved.says for moved in rules.moved}
    for fault in faults_of(COURSE):
        found |= {fault.says, fault.fix}
    return found


def laws() -> list:
    import importlib

    from gradus.law import law_of

    found = []
    for path in sorted((ROOT / "checks").glob("test_*.py")):
        module = importlib.import_module(f"checks.{path.stem}")
        found += [law for value in vars(module).values() if (law := law_of(value))]
    return found


def catalogue(code: str) -> dict[str, str]:
    return language.read(language.FOLDER / f"{code}.toml")


def of_this_course(code: str) -> dict[str, str]:
    assert COURSE.languages is not None
    return language.read(COURSE.languages / f"{code}.toml")


@pytest.mark.parametrize("code", CODES)
def test_every_sentence_of_the_engine_is_translated(code: str) -> None:
    assert sorted((of_the_engine() | CONSTANTS) - catalogue(code).keys()) == []


@pytest.mark.parametrize("code", CODES)
def test_no_translation_of_the_engine_is_stale(code: str) -> None:
    said = of_the_engine() | CONSTANTS
    nouns = {form for noun in ("law comes out", "laws come out") for form in counted(noun)}
    shapes = shapes_in(ROOT / "gradus")
    stale = [
        english
        for english in catalogue(code)
        if english not in said | nouns
        and shape(english) not in shapes
        and english not in COMPOSED
    ]
    assert stale == []


@pytest.mark.parametrize("code", CODES)
def test_every_sentence_of_the_course_is_translated_and_none_is_stale(code: str) -> None:
    said, translated = of_the_course(), of_this_course(code).keys()
    assert sorted(said - translated) == []
    assert sorted(translated - said) == []
