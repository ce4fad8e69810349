"""`answers.toml`: what a submission's report states, as its author typed it.

The file is hostile data. It is read as TOML within bounds on size, depth and length, nothing in it
is evaluated, and whatever is wrong with it is told in one sentence: reading never raises.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, TypeAdapter, ValidationError

from gradus.text import visible_line

FILE = "answers.toml"

MAX_BYTES = 256 * 1024
MAX_NESTING = 32
MAX_DERIVATIONS = 50
MAX_LINES = 200
MAX_LINE = 2_000
MAX_CLAIMS = 500
MAX_CLAIM = 10_000
"""Characters of one claim's value as JSON."""

MAX_KEY = 100
MAX_DIGITS = 400
"""Digits in a row: Python refuses whole numbers of more than 4 300, and takes long over them."""

_KEY = re.compile(rf"(?<![\w~-])(?:[\w~-]+[ \t]*\.[ \t]*){{{MAX_NESTING},}}")
_DIGITS = re.compile(rf"[0-9_]{{{MAX_DIGITS},}}")

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
LATEX_HINT = "write LaTeX between ''' and ''', where a backslash stays one"

Notation = Literal["python", "latex"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TypedDerivation(_Frozen):
    """A derivation line by line; lines without any text are left out."""

    notation: Notation = "python"
    lines: tuple[str, ...]


class AnswersFile(_Frozen):
    """What `answers.toml` holds. `problem` says why a file that is there is refused as a whole.

    `claims` are values as typed: a number, a string, an array, or a table with `value` in it.
    """

    derivations: dict[str, TypedDerivation] = Field(default_factory=dict)
    claims: dict[str, JsonValue] = Field(default_factory=dict)
    problem: str | None = None
    present: bool = False


class _Refused(Exception):
    """The file is not taken, for this reason."""


def read(folder: Path) -> AnswersFile:
    """The answers in a submission's folder; empty where there is no such file."""
    path = folder / FILE
    try:
        if path.is_symlink() or not path.exists():
            return AnswersFile()
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise _Refused(f"it has {size:,} bytes, and at most {MAX_BYTES:,} are read")
        with path.open("rb") as file:
            return parse(file.read(MAX_BYTES + 1))
    except _Refused as refused:
        return _refused(refused)
    except OSError as error:
        return _refused(f"it cannot be read ({type(error).__name__})")


def parse(content: bytes) -> AnswersFile:
    """The answers that a file of this content gives."""
    try:
        document = _document(content)
        return AnswersFile(
            derivations=_derivations(document),
            claims=_claims(document),
            present=True,
        )
    except _Refused as refused:
        return _refused(refused)


def _refused(why: object) -> AnswersFile:
    return AnswersFile(problem=f"`{FILE}` is not taken: {why}", present=True)


def _document(content: bytes) -> dict[str, Any]:
    if len(content) > MAX_BYTES:
        raise _Refused(f"it has more than {MAX_BYTES:,} bytes, and no more are read")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _Refused(f"line {line} is not UTF-8; save the file as UTF-8") from None
    _check_bounds(text)
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        hint = f"; {LATEX_HINT}" if "\\" in text else ""
        raise _Refused(f"it is no TOML: {visible_line(str(error))[:300]}{hint}") from None
    except (RecursionError, ValueError, OverflowError, MemoryError) as error:
        raise _Refused(f"it is no TOML that can be read ({type(error).__name__})") from None
    unknown = [key for key in document if key not in ("derivations", "claims")]
    if unknown:
        raise _Refused(
            f"it has {_key(unknown[0])} at its top, but only `derivations` and `claims` are known"
        )
    return document


def _check_bounds(text: str) -> None:
    """Refuse what the TOML parser would take long over, or run out of stack at."""
    bare = _without_strings(text)
    depth = 0
    for position, character in enumerate(bare):
        if character in "[{":
            depth += 1
        elif character in "]}":
            depth = max(depth - 1, 0)
        if depth > MAX_NESTING:
            line = text.count("\n", 0, position) + 1
            raise _Refused(f"brackets are nested more than {MAX_NESTING} deep near line {line}")
    if _KEY.search(bare):
        raise _Refused(f"a key has more than {MAX_NESTING} parts")
    if _DIGITS.search(bare):
        raise _Refused(f"a number has more than {MAX_DIGITS} digits")


def _without_strings(text: str) -> str:
    """`text` with strings and comments as letters, position by position, in one pass."""
    bare: list[str] = []
    closes = ""
    while (start := len(bare)) < len(text):
        character = text[start]
        if not closes:
            if character in "'\"":
                closes = character * (3 if text.startswith(character * 3, start) else 1)
            elif character == "#":
                closes = "\n"
            bare += "~" * len(closes) if closes else character
        elif text.startswith(closes, start) or (len(closes) == 1 and character == "\n"):
            bare += "\n" if character == "\n" else "~" * len(closes)
            closes = ""
        else:
            bare += "~~" if character == "\\" and closes[0] == '"' else "~"
    return "".join(bare)


def _derivations(document: Mapping[str, Any]) -> dict[str, TypedDerivation]:
    tables = _table(document, "derivations", "[derivations.1a]")
    if len(tables) > MAX_DERIVATIONS:
        raise _Refused(f"it has {len(tables)} derivations, and at most {MAX_DERIVATIONS} are read")
    return {key: _derivation(key, value) for key, value in tables.items()}


def _derivation(key: str, value: Any) -> TypedDerivation:
    name = f"the derivation {_key(key)}"
    if not isinstance(value, dict):
        raise _Refused(f"{name} should be a table with `lines`, written [derivations.{key[:20]}]")
    unknown = [word for word in value if word not in ("notation", "lines")]
    if unknown:
        raise _Refused(f"{name} has {_key(unknown[0])}, but only `notation` and `lines` are known")
    notation = value.get("notation", "python")
    if notation not in ("python", "latex"):
        raise _Refused(f'{name} should have the notation "python" or "latex"')
    lines = value.get("lines")
    if isinstance(lines, str):
        lines = lines.split("\n")
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        raise _Refused(f"{name} should have `lines`, an array of strings or one long string")
    if notation == "latex" and any(_CONTROL.search(line) for line in lines):
        raise _Refused(f"{name} has lost backslashes; {LATEX_HINT}")
    typed = tuple(line.strip() for whole in lines for line in whole.splitlines() if line.strip())
    if len(typed) > MAX_LINES:
        raise _Refused(f"{name} has {len(typed)} lines, and at most {MAX_LINES} are read")
    for number, line in enumerate(typed, start=1):
        if len(line) > MAX_LINE:
            raise _Refused(
                f"line {number} of {name} has {len(line):,} characters, and at most "
                f"{MAX_LINE:,} are read"
            )
    return TypedDerivation(notation=notation, lines=typed)


def _claims(document: Mapping[str, Any]) -> dict[str, JsonValue]:
    claims = _table(document, "claims", "[claims]")
    if len(claims) > MAX_CLAIMS:
        raise _Refused(f"it states {len(claims)} claims, and at most {MAX_CLAIMS} are read")
    return {_checked_key(key): _value(key, value) for key, value in claims.items()}


_JSON: TypeAdapter[JsonValue] = TypeAdapter(JsonValue)


def _value(key: str, value: Any) -> JsonValue:
    try:
        taken = _JSON.validate_python(value, strict=True)
        size = len(_JSON.dump_json(taken))
    except (ValidationError, ValueError, RecursionError):
        raise _Refused(
            f"the claim {_key(key)} should be a number, a string, true, false, an array or a table "
            "of these (a date is written as a string)"
        ) from None
    if size > MAX_CLAIM:
        raise _Refused(f"the claim {_key(key)} is longer than {MAX_CLAIM:,} characters")
    if not _is_finite(taken):
        raise _Refused(f"the claim {_key(key)} should be a finite number")
    return taken


def _is_finite(value: JsonValue) -> bool:
    if isinstance(value, float):
        return abs(value) < float("inf")
    if isinstance(value, list):
        return all(map(_is_finite, value))
    if isinstance(value, dict):
        return all(map(_is_finite, value.values()))
    return True


def _table(document: Mapping[str, Any], name: str, written: str) -> dict[str, Any]:
    table = document.get(name, {})
    if not isinstance(table, dict):
        raise _Refused(f"`{name}` should be a table, written {written}")
    for key in table:
        _checked_key(key)
    return table


def _checked_key(key: str) -> str:
    if len(key) > MAX_KEY:
        raise _Refused(f"the key {_key(key)} has more than {MAX_KEY} characters")
    return key


def _key(key: str) -> str:
    """A key as it may be shown: on one line, without what does not print, not endless."""
    shown = visible_line(key).replace("`", "'")
    return f"`{shown if len(shown) <= 40 else shown[:39] + '…'}`"
