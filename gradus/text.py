"""Text that a submission may have chosen, made safe to show.

Messages, snippets, file names and ids can hold anything. Reports show them through `visible`, so
that no character moves a cursor, reverses a line or hides; each report adds its format's escaping.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

BLANK = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U000e0100-\U000e01ef]"
)
"""What `str.isprintable` takes for printing, and nobody sees: fillers, joiners, selectors."""
CODE_SPAN = re.compile(r"`([^`\n]+)`")


def visible(text: str) -> str:
    r"""`text` with every character that does not print written out.

    Newlines stay (``\r\n`` counts as one) and tabs become four spaces. Everything else that
    `str.isprintable` refuses becomes ``\xNN``, ``\uNNNN`` or ``\UNNNNNNNN``: escape sequences,
    bidirectional overrides, zero-width characters, surrogates, and spaces that are no plain space;
    and so does what prints nothing (`BLANK`).
    """
    text = text.replace("\r\n", "\n").replace("\t", "    ")
    shown = "".join(
        character if character == "\n" or character.isprintable() else _escaped(character)
        for character in text
    )
    return BLANK.sub(lambda found: _escaped(found[0]), shown)


def visible_line(text: str) -> str:
    r"""`visible` for what must stay on one line: newlines are shown as ``\n``."""
    return visible(text).replace("\n", "\\n")


def code_spans(text: str) -> Iterator[tuple[bool, str]]:
    """Split at `` `code` ``: pairs of (is it code, the text without its backticks)."""
    end = 0
    for match in CODE_SPAN.finditer(text):
        if match.start() > end:
            yield False, text[end : match.start()]
        yield True, match[1]
        end = match.end()
    if end < len(text):
        yield False, text[end:]


def abridged(text: str, limit: int = 6000) -> str:
    """At most `limit` characters of `text`, with a closing line that says what was left out."""
    if len(text) <= limit:
        return text
    return f"{text[:limit]}\n({len(text) - limit} more characters are in results.json)"


def _escaped(character: str) -> str:
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
