"""The language of a report: what the engine says itself, and what it shows of a result.

Results are in English whatever the report's language; a catalogue gives a translation for each
English sentence. Where it has none the sentence stays English, and a page marks it as such. A
sentence with variable parts stands there once, with `{names}` for the parts; so do sentences that
are made of others, and a text of several is translated sentence by sentence. Half a translation is
none: where a part stays English, all of the text does.

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
MOST_NESTED = 9
"""How deep sentences stand in one another at most: a list of five is one of four and its last."""
MOST_COMPARED = 150
"""With how many texts, parts of one included, all sentences are compared at most."""
LEAST_SAID = 8
"""Characters that say what a sentence is, so that nothing a submission wrote is taken for one."""
QUOTED, SENTENCE = "quoted", "sentence"
"""Parts that stay as they are, in whatever language, and parts that are nothing but sentences."""
ANOTHER_SENTENCE = re.compile(r"\. [A-Z0-9‖]")
SENTENCE_ENDS = tuple(re.compile(rf"(?<={end}) (?=\S)") for end in (r"\.", ";"))
"""Where a text can be parted, whole sentences first."""
IN_ENGLISH = re.compile(
    r"\b(?:an|and|are|as|at|but|by|from|has|have|is|its?|no|not|of|on|or|that|the|their|this|to|was"
    r"|were|which|with)\b"
)
"""What a name or a number of a part has not, outside of code."""
CODE = re.compile(r"`[^`]*`")


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

    def value(self, text: str) -> Said:
        """A name or a value, which is in no language unless it is in words."""
        said = self.said(text)
        in_words = said.language != self.code and IN_ENGLISH.search(text)
        return said if in_words else Said(said.text, self.code)

    def translated(self, text: str) -> str | None:
        """The translation of a sentence of a result; None where there is none."""
        if self.code == ENGLISH_CODE:
            return text
        if text in self.results:
            return self.results[text]
        return None if len(text) > LONGEST_MATCHED else _Reading(self).translated(text)

    @cached_property
    def templates(self) -> tuple[_Template, ...]:
        """The sentences with variable parts, those with the most fixed text first."""
        found = [_Template(english) for english in self.results if PLACEHOLDER.search(english)]
        return tuple(sorted(found, key=lambda each: -each.fixed))


ENGLISH = Language(ENGLISH_CODE)


class _Reading:
    """One text on its way into a language: how often it may still be compared is counted."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._left = MOST_COMPARED
        self._known: dict[tuple[str, bool], str | None] = {}

    def translated(self, text: str) -> str | None:
        """The text as one sentence, or each of its sentences by itself."""
        return self._parted(text, SENTENCE_ENDS)

    def _parted(self, text: str, ends: tuple[re.Pattern[str], ...]) -> str | None:
        found = self._sentence(text, MOST_NESTED)
        if found is not None or not ends:
            return found
        sentences = ends[0].split(text)
        if len(sentences) == 1:
            return self._parted(text, ends[1:])
        told = [self._parted(sentence, ends[1:]) for sentence in sentences]
        return None if None in told else " ".join(map(str, told))

    def _sentence(self, text: str, deep: int) -> str | None:
        """A sentence, with or without its capital and its full stop."""
        bare = text[:-1] if text.endswith((".", ";")) else text
        small = bare[:1].lower() + bare[1:]
        if text in self._language.results:
            return self._language.results[text]
        # Small letters first: "Measured 6" is no value, but "measured {value}" is a sentence.
        for form in dict.fromkeys((small, bare, text)):
            found = self._form(form, deep)
            if found is not None:
                if form == small != bare:
                    found = found[:1].upper() + found[1:]
                return found if form == text else found + text[len(bare) :]
        return None

    def _form(self, text: str, deep: int) -> str | None:
        results = self._language.results
        if text in results:
            return results[text]
        if (text, deep == MOST_NESTED) in self._known:
            return self._known[text, deep == MOST_NESTED]
        if not deep or not self._left:
            return None
        self._left -= 1
        found = self._by_template(text, deep)
        self._known[text, deep == MOST_NESTED] = found
        return found

    def _by_template(self, text: str, deep: int) -> str | None:
        for template in self._language.templates:
            if deep == MOST_NESTED and template.fixed < LEAST_SAID and not template.is_of_sentences:
                continue
            values = template.match(text)
            if values is not None:
                parts = {
                    name: part if name in template.code else self._part(name, part, deep - 1)
                    for name, part in values.items()
                }
                if None not in parts.values():
                    return filled(self._language.results[template.english], parts)
        return None

    def _part(self, name: str, text: str, deep: int) -> str | None:
        """A part is a sentence itself, or a name or a number, which stays as it is."""
        if name == QUOTED:
            return text
        if name == SENTENCE:
            return self._sentence(text, MOST_NESTED)
        if ANOTHER_SENTENCE.search(text):
            return None
        if text in self._language.sentences:
            return self._language.sentences[text]
        found = self._sentence(text, deep)
        if found is not None:
            return found
        return None if IN_ENGLISH.search(CODE.sub("", text)) else text


class _Template:
    """A sentence with variable parts; matching takes time in proportion to the text."""

    def __init__(self, english: str) -> None:
        self.english = english
        pieces = PLACEHOLDER.split(english)
        self._texts, self._names = pieces[::2], pieces[1::2]
        self.fixed = sum(map(len, self._texts))
        self.is_of_sentences = SENTENCE in self._names
        around = zip(self._names, self._texts, self._texts[1:], strict=False)
        self.code = {
            name for name, before, after in around if before.endswith("`") and after.startswith("`")
        }

    def match(self, text: str) -> dict[str, str] | None:
        """The parts by name, each as short as it can be and not empty, or None.

        A sentence that comes first is as long as it can be: it may be made as what follows it is.
        """
        first, *between, last = self._texts
        if len(text) < self.fixed or not (text.startswith(first) and text.endswith(last)):
            return None
        values: list[str] = []
        start, end = len(first), len(text) - len(last)
        for fixed in between:
            find = text.rfind if self._names[len(values)] == SENTENCE else text.find
            at = find(fixed, start + 1, end)
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
