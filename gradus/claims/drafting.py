"""A draft of an answers file from a report's sentences, for a person to confirm.

Only what a sentence says in so many words is taken, and only where it can be one claim alone:
everything else stands in the draft as a comment, with the sentence, for the person to decide.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from gradus.claims.stated import ABOUT, NUMBER, WHOLE, IllFormed, parse
from gradus.claims.texts import Passage
from gradus.claims.vocabulary import Entry, Kind
from gradus.text import visible_line

MOST_SHOWN = 200
MOST_CLAIMS = 200
WORDS = {
    1: "one once first en én ett første",
    2: "two twice second second to andre",
    3: "three third tre tredje",
    4: "four fourth fire fjerde",
    5: "five fifth fem femte",
    6: "six sixth seks sjette",
    7: "seven seventh sju syv sjuende syvende",
    8: "eight eighth åtte åttende",
    9: "nine ninth ni niende",
    10: "ten tenth ti tiende",
    11: "eleven eleventh elleve ellevte",
    12: "twelve twelfth tolv tolvte",
}
_NUMBERS = {word: number for number, words in WORDS.items() for word in words.split()}
_VALUE = (
    rf"(?P<value>(?<![\w.,])(?:(?:{ABOUT})\s*)?(?:{NUMBER})(?:\s?(?:%|percent|prosent))?"
    rf"(?![.,]?\d)|\b(?:{'|'.join(_NUMBERS)})\b)(?:st|nd|rd|th)?(?!\w)"
)
_KEY = r"(?P<key>\d*[.,]?\d+)"
HEAD = """\
# A draft, made by gradus claims from {name}. It may be wrong: read each sentence, mend the value or
# take the line out, and take the # from a line that is meant. docs/answers.md says what there is.
"""


@dataclass(frozen=True)
class Found:
    """One value in one sentence, and each claim that it may be.

    certain: it can be one alone. key: what it goes by, or "".
    """

    sentence: str
    value: str
    entries: tuple[Entry, ...]
    certain: bool
    key: str = ""


def draft(name: str, passages: Iterable[Passage], entries: Sequence[Entry]) -> str:
    """The text of an answers file: certain claims as they are, doubtful ones as comments."""
    found = list(_found(passages, entries))
    plain, doubtful = _sorted_out(found)
    lines = [HEAD.format(name=visible_line(name)), "[claims]"]
    for id, several in plain.items():
        lines += [f"# {each.sentence}" for each in several]
        lines += [f"{json.dumps(id)} = {_written(several)}", ""]
    if doubtful:
        lines.append("# Each of these sentences may state one of the claims under it, or none.")
    for one in doubtful[:MOST_CLAIMS]:
        lines.append(f"# {one.sentence}")
        lines += [f"#   {json.dumps(entry.id)} = {_written([one], entry)}" for entry in one.entries]
        lines.append("")
    in_words = [entry for entry in entries if entry.kind is Kind.YES_NO]
    if in_words:
        lines.append("# What is said in words alone is not looked for: does the report say this?")
        lines += [f"#   {json.dumps(entry.id)} = true    # {entry.says}" for entry in in_words]
    return "\n".join(lines).rstrip("\n") + "\n"


def _found(passages: Iterable[Passage], entries: Sequence[Entry]) -> Iterator[Found]:
    by_phrase: dict[str, list[Entry]] = {}
    for entry in entries:
        for phrase in entry.phrases:
            by_phrase.setdefault(phrase, []).append(entry)
    for passage in passages:
        if any(character.isdigit() for character in passage.text) or _has_word(passage.text):
            yield from _in_sentence(passage, by_phrase)


def _in_sentence(passage: Passage, by_phrase: dict[str, list[Entry]]) -> Iterator[Found]:
    """Values by their places; those that several phrases find may be several claims."""
    at: dict[tuple[int, int], dict[str, Entry]] = {}
    keys: dict[tuple[int, int], str] = {}
    for phrase, entries in by_phrase.items():
        for match in _compiled(phrase).finditer(passage.text):
            place = match.span("value")
            at.setdefault(place, {}).update({entry.id: entry for entry in entries})
            if "key" in match.re.groupindex:
                keys[place] = match["key"]
    for place, possible in sorted(at.items()):
        of_task = [entry for entry in possible.values() if _belongs(entry, passage.task)]
        value = passage.text[slice(*place)]
        readable = tuple(
            entry for entry in of_task or possible.values() if _reads(value, entry.kind)
        )
        if readable:
            # Under a task that has no such claim, the sentence is about something else.
            certain = len(readable) == 1 and (bool(of_task) or passage.task is None)
            sentence = visible_line(passage.text)[:MOST_SHOWN]
            yield Found(sentence, value, readable, certain, keys.get(place, ""))


def _belongs(entry: Entry, task: str | None) -> bool:
    return task is not None and entry.task.startswith(task)


def _sorted_out(found: Sequence[Found]) -> tuple[dict[str, list[Found]], list[Found]]:
    """Claims that are stated once and can be one thing only, and all others."""
    plain: dict[str, list[Found]] = {}
    doubtful: list[Found] = []
    for one in found:
        if one.certain:
            plain.setdefault(one.entries[0].id, []).append(one)
        else:
            doubtful.append(one)
    for id, several in list(plain.items()):
        values: dict[str, set[str]] = {}
        for one in several:
            values.setdefault(one.key, set()).add(_one(one.value, one.entries[0].kind))
        if any(len(each) > 1 for each in values.values()):
            doubtful += plain.pop(id)
    return plain, doubtful


def _written(several: Sequence[Found], entry: Entry | None = None) -> str:
    """A claim's value in TOML: a scalar, or a table of all that is stated by a key."""
    entry = entry or several[0].entries[0]
    if entry.by is None:
        return _one(several[0].value, entry.kind)
    pairs = {one.key.replace(",", "."): _one(one.value, entry.kind) for one in several}
    return "{ " + ", ".join(f"{json.dumps(key)} = {value}" for key, value in pairs.items()) + " }"


def _one(text: str, kind: Kind) -> str:
    """A value as it was printed: bare where TOML keeps its digits, else in quotes."""
    text = text.strip()
    if text.lower() in _NUMBERS:
        return str(_NUMBERS[text.lower()])
    if kind in WHOLE and text.isdigit():
        return str(int(text))
    if re.fullmatch(r"\d+\.\d+", text) and repr(float(text)) == text:
        return text
    return json.dumps(text, ensure_ascii=False)


def _reads(text: str, kind: Kind) -> bool:
    if text.lower() in _NUMBERS:
        return kind in WHOLE
    try:
        parse(text, kind)
    except IllFormed:
        return False
    return True


def _has_word(text: str) -> bool:
    return not _NUMBERS.keys().isdisjoint(text.lower().split())


@cache
def _compiled(phrase: str) -> re.Pattern[str]:
    return re.compile(phrase.replace("{n}", _VALUE).replace("{key}", _KEY), re.IGNORECASE)
