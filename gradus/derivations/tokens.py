"""What both notations are cut into before they are read: numbers, names, signs.

A name carries its subscript and, where the sample is named, that too: `w_kj`, `x_i^n`, `z_k'`.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Literal

from gradus.derivations.expressions import NotUnderstood

MAX_TOKENS = 600

Kind = Literal["number", "name", "sign", "end"]


@dataclass(frozen=True)
class Token:
    """One token; `indices` and `sample` are those of a name, or of a sum `without` some values."""

    kind: Kind
    text: str
    indices: tuple[str, ...] = ()
    sample: str | None = None
    without: tuple[str, ...] = ()


SAMPLE = "n"
"""The letter that counts samples, in either place: `y^n`, `y_n`."""

WORDS = {
    "ŷ": "yhat",
    "y_hat": "yhat",
    "haty": "yhat",
    "λ": "lambda",
    "lam": "lambda",
    "σ": "sigma",
    "δ": "delta",
    "log": "ln",
}
"""Other ways to write a name."""


def name(word: str, indices: tuple[str, ...] = (), sample: str | None = None) -> Token:
    """A name with its indices; the sample's letter among them is taken out."""
    if SAMPLE in indices:
        indices = tuple(letter for letter in indices if letter != SAMPLE)
        sample = SAMPLE
    return Token("name", WORDS.get(word, word), indices, sample)


def letters_of(text: str) -> tuple[str, ...]:
    """The letters of a subscript, each with its primes: `kj'` and `k,j'` are k and j'.

    Raises NotUnderstood for anything else.
    """
    letters: list[str] = []
    for character in text:
        if character == "'" and letters:
            letters[-1] += "'"
        elif character.isascii() and character.isalpha():
            letters.append(character)
        elif character not in ", ":
            raise NotUnderstood(f"the index {shown(text)} should be letters such as `k` or `kj`")
    if not letters or len(letters) > 3 or any(len(letter) > 4 for letter in letters):
        raise NotUnderstood(f"the index {shown(text)} should be one to three letters")
    return tuple(letters)


def unknown(character: str) -> NotUnderstood:
    """The error for a character that belongs to neither notation."""
    called = unicodedata.name(character, "a character without a name")
    return NotUnderstood(
        f"U+{ord(character):04X} ({called}) is not part of the notation; look whether a letter "
        "comes from another alphabet"
    )


def shown(text: str) -> str:
    """A few characters of what was typed, as code on one line."""
    clean = "".join(c if c.isprintable() and c != "`" else "?" for c in text)
    return f"`{clean if len(clean) <= 30 else clean[:29] + '…'}`"
