"""A report's sentences, and the task each stands under: from a PDF, a notebook or Markdown.

A report is hostile data: sizes are bounded, nothing in it is run, and what cannot be read is
refused in one sentence.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gradus.claims import pdf_text
from gradus.errors import GradusError

MAX_BYTES = 64 << 20
MAX_CHARACTERS = 500_000
LONGEST_SENTENCE = 600
"""Characters; a longer one is taken in pieces, so that no pattern takes long over it."""
MAX_PARTS = 2_000_000
"""Lists, tables and values of a notebook: read, each takes up to a hundred bytes."""
PDF_SECONDS = 90.0
SUFFIXES = {".pdf": "pdf", ".ipynb": "notebook", ".md": "markdown", ".markdown": "markdown"}

_PIECE = re.compile(rf".{{1,{LONGEST_SENTENCE}}}", re.DOTALL)
_FENCE = re.compile(r"^ {0,3}(```+|~~~+)")
_HEADING = re.compile(
    r"^(?:#{1,6}\s*)?(?:(?P<word>task|oppgave|deloppgave|problem|exercise|question)\s*)?"
    r"(?P<number>[1-9])\s?[.\-]?\s?\(?(?P<letter>[a-z])?(?P<end>\)|[.:]|\b)",
    re.IGNORECASE,
)
_LETTER = re.compile(
    r"^(?:#{1,6}\s*)?(?:\(?(?P<letter>[a-e])\)|(?P<head>[a-e])[.:]?$)", re.IGNORECASE
)
_BULLET = re.compile(r"^\s*(?:[-*+•]|\d+[.)])\s+")
_SENTENCE_END = re.compile(
    r"(?<=[.!?])(?<!\b[A-Za-z]\.)(?<!approx\.)(?<!ca\.)(?<!i\.e\.)\s+(?=[A-ZÆØÅ$*(‖λ])"
)
_LATEX = (
    (re.compile(r"\\(?:approx|sim|simeq)\b"), "≈"),
    (re.compile(r"\\lambda\b"), "λ"),
    (re.compile(r"\\(?:text|mathrm|mathbf|emph|textbf)\s*\{([^{}]{0,200})\}"), r"\1"),
    (re.compile(r"\\(?:[,;:! ]|quad\b)"), " "),
    (re.compile(r"\\%"), "%"),
    (re.compile(r"[$`]|\*{1,3}(?=\S)|(?<=\S)\*{1,3}"), ""),
    (re.compile(r"!\[[^\]]{0,200}\]\([^)]{0,400}\)"), " "),
    (re.compile(r"\[([^\[\]]{0,200})\]\([^)]{0,400}\)"), r"\1"),
    (re.compile(r"</?[a-zA-Z][^<>]{0,200}>"), " "),
)


_LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl"})


class ReportError(GradusError):
    """The report cannot be read; says why, in one sentence."""


@dataclass(frozen=True)
class Passage:
    """One sentence, and the task whose heading stands above it, as "2d" or "2", else None."""

    text: str
    task: str | None = None


def passages(path: Path) -> list[Passage]:
    """Every sentence of a report. Raises ReportError."""
    kind = SUFFIXES.get(path.suffix.lower())
    if kind is None:
        raise ReportError(
            f"{path.name} is no report that can be read, expected one of {', '.join(SUFFIXES)}"
        )
    content = _content(path)
    if kind == "pdf":
        text = _of_pdf(path.name, content)
    elif kind == "notebook":
        text = _of_notebook(path.name, content)
    else:
        text = _decoded(path.name, content)
    if len(text) > MAX_CHARACTERS:
        raise ReportError(
            f"{path.name} holds more than {MAX_CHARACTERS:,} characters of text, which is no "
            "report; write the claims by hand"
        )
    return list(_passages(text))


def _content(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise ReportError(f"{path.name} is no file; name the report itself")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ReportError(f"{path.name} cannot be read ({error.strerror})") from None
    if len(content) > MAX_BYTES:
        raise ReportError(f"{path.name} is larger than {MAX_BYTES >> 20} MiB; leave out images")
    return content


def _decoded(name: str, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ReportError(f"{name} is not UTF-8; save it as UTF-8") from None


def _of_pdf(name: str, content: bytes) -> str:
    command = [sys.executable, "-I", pdf_text.__file__, str(MAX_CHARACTERS)]
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=PDF_SECONDS)
    except subprocess.TimeoutExpired:
        raise ReportError(f"{name} takes too long to read; save it anew as PDF") from None
    if done.returncode == pdf_text.REFUSED:
        raise ReportError(f"{name} is not taken: {done.stderr.decode('utf-8', 'replace')[:200]}")
    if done.returncode != 0:
        raise ReportError(f"{name} takes more time or memory than a report; save it anew as PDF")
    text = done.stdout.decode("utf-8", "replace")
    if not text.strip():
        raise ReportError(f"{name} holds no text, only images; write the claims by hand")
    return text


def _of_notebook(name: str, content: bytes) -> str:
    """The text cells and what code printed, apart by blank lines."""
    if sum(map(content.count, (b"[", b"{", b","))) > MAX_PARTS:
        raise ReportError(f"{name} has more than {MAX_PARTS:,} parts; clear its outputs")
    try:
        notebook = json.loads(_decoded(name, content))
        cells = notebook["cells"]
        parts = [part for cell in cells for part in _of_cell(cell)]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ReportError(f"{name} is no notebook; save it anew with Jupyter") from None
    return "\n\n".join(parts)


def _of_cell(cell: dict[str, Any]) -> Iterator[str]:
    if cell["cell_type"] == "markdown":
        yield _joined(cell["source"])
    for output in cell.get("outputs", ()):
        if output.get("output_type") == "stream":
            # Each printed line states something by itself.
            yield "\n\n".join(_joined(output["text"]).splitlines())


def _joined(text: str | list[str]) -> str:
    if isinstance(text, str):
        return text
    if not isinstance(text, list):
        raise TypeError(f"{type(text).__name__} is no text")
    return "".join(text)


def _passages(text: str) -> Iterator[Passage]:
    number: str | None = None
    letter = ""
    for line_or_paragraph in _paragraphs(text):
        found = _heading(line_or_paragraph, number)
        if found is not None:
            number, letter, rest = found
        else:
            rest = line_or_paragraph
        task = None if number is None else number + letter
        for sentence in _SENTENCE_END.split(_plain(rest)):
            sentence = " ".join(sentence.split())
            for piece in _PIECE.findall(sentence):
                yield Passage(piece, task)


def _paragraphs(text: str) -> Iterator[str]:
    """Lines joined where one goes on in the next; headings, bullets and rows by themselves."""
    under_way: list[str] = []
    fence = ""
    for line in text.replace("\f", "\n").splitlines():
        mark = _FENCE.match(line)
        if fence or mark:
            fence = "" if fence and mark and mark[1].startswith(fence) else fence or mark[1]  # type: ignore[index]
            continue
        stripped = line.strip()
        starts = (
            stripped.startswith(("#", "|"))
            or _BULLET.match(line)
            or _heading(stripped, "1") is not None
        )
        if under_way and (not stripped or starts):
            yield _put_together(under_way)
            under_way = []
        if stripped.startswith("#"):
            yield stripped
        elif stripped.startswith("|"):
            yield ": ".join(filter(None, map(str.strip, stripped.split("|"))))
        elif stripped:
            under_way.append(stripped)
    if under_way:
        yield _put_together(under_way)


def _put_together(lines: list[str]) -> str:
    """Lines as one, words that were divided at an end of a line as well."""
    return re.sub(r"(?<=[^\W\d])-\n(?=[a-zæøå])", "", "\n".join(lines)).replace("\n", " ")


def _heading(line: str, number: str | None) -> tuple[str, str, str] | None:
    """(task number, letter, the rest) of a line that begins a task, else None.

    "Task 2d: ...", "## 2 d)", "2d)", and under a heading of task 2 also "d)".
    """
    match = _HEADING.match(line)
    if match:
        letter = (match["letter"] or "").lower()
        marked = line.startswith("#") or match["word"] or (letter and match["end"] in (")", ":"))
        alone = bool(letter) and match.end() == len(line)
        if (marked or alone) and not line[match.end() : match.end() + 1].isalnum():
            return match["number"], letter, line[match.end() :].lstrip(" .:)-–#")
    match = _LETTER.match(line)
    if match and number is not None:
        found = (match["letter"] or match["head"]).lower()
        return number, found, line[match.end() :].lstrip(" .:)-–")
    return None


def _plain(text: str) -> str:
    """Without the marks of Markdown and LaTeX, as far as they stand around numbers."""
    text = text.translate(_LIGATURES)
    for pattern, plain in _LATEX:
        text = pattern.sub(plain, text)
    return text
