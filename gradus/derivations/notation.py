"""The Python-like notation: a line of text into tokens.

Nothing typed is ever given to Python: the characters are matched against a short list.
"""

from __future__ import annotations

import re
import unicodedata

from gradus.derivations.expressions import NotUnderstood
from gradus.derivations.tokens import MAX_TOKENS, Token, letters_of, name, shown, unknown

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<number>\d{1,9}(?:\.\d{1,9})?|\.\d{1,9})
      | (?P<name>(?:[A-Za-z]+|[ŷλσδ]))
        (?P<prime>'{0,3})
        (?:_(?:(?P<index>[A-Za-z]'{0,3}(?:[A-Za-z]'{0,3}){0,2})(?![A-Za-z])|\{(?P<braced>[^{}]{1,20})\}))?
      | (?P<norm>\|\|)
      | (?P<sign>\*\*|!=|[-+*/^()=,@\[\]≠])
    )""",
    re.VERBOSE | re.ASCII,
)
_SIGNS = {"**": "^", "@": "*", "≠": "!=", "[": "(", "]": ")"}
_TYPOGRAPHY = str.maketrans({"−": "-", "·": "*", "×": "*", "²": "^2", "Σ": " sum ", "′": "'"})
_HAT = re.compile(r"\by_?hat(?=[^A-Za-z]|$)|\bhat\(y\)")
_NUMPY = re.compile(r"\bnp\.(?=exp|log|sqrt)")
_TRANSPOSE = re.compile(r"\.T\b")


def tokens(line: str) -> list[Token]:
    """The tokens of a line; a comment after `#` is left out.

    Raises NotUnderstood for a character or a number that is not part of the notation.
    """
    text = unicodedata.normalize("NFC", line.partition("#")[0]).translate(_TYPOGRAPHY)
    text = _NUMPY.sub("", _TRANSPOSE.sub("^T", _HAT.sub("yhat", text)))
    text = text.replace("∂", " d ").replace(":=", "=").replace("=>", ",").replace("⇒", ",")
    found: list[Token] = []
    position = 0
    text = text.rstrip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise _refused(text, position)
        position = match.end()
        if match["number"]:
            if text[position : position + 1].isdigit():
                raise NotUnderstood("a number has more than nine digits; write it shorter")
            found.append(Token("number", match["number"]))
        elif match["name"]:
            found.append(_name(match))
        elif match["norm"]:
            found.append(Token("sign", "||"))
        else:
            found.append(Token("sign", _SIGNS.get(match["sign"], match["sign"])))
        if len(found) > MAX_TOKENS:
            raise NotUnderstood(f"the line has more than {MAX_TOKENS} parts; split it")
    return [*found, Token("end", "")]


def _name(match: re.Match[str]) -> Token:
    subscript = match["index"] or match["braced"]
    indices = letters_of(subscript) if subscript else ()
    return name(match["name"] + match["prime"], indices)


def _refused(text: str, position: int) -> NotUnderstood:
    rest = text[position:].lstrip()
    character = rest[0]
    if character == "_":
        return NotUnderstood(
            f"the index at {shown(rest)} should be one to three letters, as in `w_kj`"
        )
    if rest.startswith(("...", "…")):
        return NotUnderstood("dots stand where the mathematics should")
    if not character.isascii() or not character.isprintable():
        return unknown(character)
    return NotUnderstood(f"{shown(character)} is not part of the notation")
