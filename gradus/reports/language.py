"""The language of a report: what the engine says itself, and what it shows of a result.

Results are in English whatever the report's language; a catalogue gives a translation for each
English sentence. Where it has none the sentence stays English, and a page marks it as such. A
sentence with variable parts stands there once, with `{names}` for the parts.

Catalogues are TOML: tables of `"English" = "translation"`, whose headings are for their readers. In
the engine's own, the tables below `said` hold what results say; a course's holds nothing else.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

from gradus.errors import GradusError

FOLDER = Path(__file__).with_name("languages")
PLACEHOLDER = re.compile(r"\{([a-z0-9_]+)\}")
ENGLISH_CODE = "en"
LONGEST_MATCHED = 2_000
"""Longer texts are not compared with sentences that have variable parts."""


class LanguageError(GradusError):
    """A language that there is no catalogue for, or a catalogue that cannot be read."""


@dataclass(frozen=True)
class Said:
    """A text as it is shown, and the code of the language it is in."""

    text: str
    language: str


@dataclass(frozen=True)
class Language:
    """A language by its code (BCP 47), and its sentences by the English ones.

    `sentences` are the engine's own, `results` those that results hold; `decimal_comma` is how its
    numbers of points are written.
    """

    code: str
    sentences: Mapping[str, str] = field(default_factory=dict)
    results: Mapping[str, str] = field(default_factory=dict)
    decimal_comma: bool = False

    def __call__(self, english: str, /, **values: object) -> str:
        """A sentence of the engine's own, its `{names}` filled in."""
        return filled(self.template(english), values)

    def template(self, english: str) -> str:
        """A sentence of the engine's own with its `{names}` as they stand."""
        return self.sentences.get(english, english)

    def counted(self, number: int, noun: str) -> str:
        """As in "1 law" and "2 laws"; `noun` is in the singular."""
        return self("{number} " + noun + ("" if number == 1 else "s"), number=number)

    def points(self, value: Decimal) -> str:
        """Points as this language writes numbers."""
        return str(value).replace(".", ",") if self.decimal_comma else str(value)

    def said(self, text: str) -> Said:
        """A sentence of a result, translated where a catalogue has it."""
        translated = self.translated(text)
        return Said(text, ENGLISH_CODE) if translated is None else Said(translated, self.code)

    def translated(self, text: str) -> str | None:
        """The translation of a sentence of a result; None where there is none."""
        if self.code == ENGLISH_CODE:
            return text
        if text in self.results:
            return self.results[text]
        if len(text) > LONGEST_MATCHED:
            return None
        for template in self._templates:
            values = template.match(text)
            if values is not None:
                # A part can be a sentence itself, as a verdict is.
                parts = {name: self._part(part) for name, part in values.items()}
                return filled(self.results[template.english], parts)
        return None

    def _part(self, text: str) -> str:
        return self.results.get(text, self.sentences.get(text, text))

    @cached_property
    def _templates(self) -> tuple[_Template, ...]:
        """The sentences with variable parts, those with the most fixed text first."""
        found = [_Template(english) for english in self.results if PLACEHOLDER.search(english)]
        return tuple(sorted(found, key=lambda each: -each.fixed))


ENGLISH = Language(ENGLISH_CODE)


class _Template:
    """A sentence with variable parts; matching takes time in proportion to the text."""

    def __init__(self, english: str) -> None:
        self.english = english
        pieces = PLACEHOLDER.split(english)
        self._texts, self._names = pieces[::2], pieces[1::2]
        self.fixed = sum(map(len, self._texts))

    def match(self, text: str) -> dict[str, str] | None:
        """The parts by name, each as short as it can be and not empty, or None."""
        first, *between, last = self._texts
        if len(text) < self.fixed or not (text.startswith(first) and text.endswith(last)):
            return None
        values: list[str] = []
        start, end = len(first), len(text) - len(last)
        for fixed in between:
            at = text.find(fixed, start + 1, end)
            if at < 0:
                return None
            values.append(text[start:at])
            start = at + len(fixed)
        if start >= end:
            return None
        values.append(text[start:end])
        found: dict[str, str] = {}
        for name, value in zip(self._names, values, strict=True):
            if found.setdefault(name, value) != value:
                return None
        return found


def available() -> tuple[str, ...]:
    """The codes of the languages that the engine speaks."""
    return (ENGLISH_CODE, *sorted(path.stem for path in FOLDER.glob("*.toml")))


def load(code: str, course: Path | None = None) -> Language:
    """The language of this code; `course` is a course's own folder of catalogues.

    Raises LanguageError for a language the engine does not speak, and a catalogue that is no TOML
    of texts or translates a sentence twice. A course need not have one.
    """
    if code not in available():
        raise LanguageError(
            f"there are no reports in {code!r}; the languages are {', '.join(available())}"
        )
    if code == ENGLISH_CODE:
        return ENGLISH
    own, results = read(FOLDER / f"{code}.toml")
    path = course / f"{code}.toml" if course is not None else None
    if path is not None and path.is_file():
        sentences, of_results = read(path)
        results |= sentences | of_results
    return Language(code, own, results, decimal_comma=True)


def read(path: Path) -> tuple[dict[str, str], dict[str, str]]:
    """The sentences of one catalogue, and those below `said`; raises LanguageError as `load`."""
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise LanguageError(f"{path.name} cannot be read: {error}") from None
    of_results = tables.pop("said", {})
    return _merged(path.name, tables), _merged(path.name, of_results)


def _merged(name: str, tables: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for heading, table in tables.items():
        for english, translation in table.items() if isinstance(table, dict) else ():
            if not isinstance(translation, str):
                raise LanguageError(f"{name}: {english!r} should have one text")
            if english in found:
                raise LanguageError(
                    f"{name} translates {english!r} again under [{heading}]; keep one"
                )
            if _names(english) != _names(translation):
                raise LanguageError(
                    f"{name}: the translation of {english!r} should have the same {{names}}"
                )
            found[english] = translation
    return found


def filled(sentence: str, values: Mapping[str, object]) -> str:
    """A sentence with its `{names}` replaced; other braces stay."""
    return PLACEHOLDER.sub(lambda found: str(values[found[1]]), sentence) if values else sentence


def _names(sentence: str) -> set[str]:
    return set(PLACEHOLDER.findall(sentence))
