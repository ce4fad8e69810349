"""The sentences that reports and laws say, read off the sources, for the tests of translations."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from gradus.reports.language import PLACEHOLDER
from tests.submissions import ROOT

REPORTS = ROOT / "gradus" / "reports"
SAYING = frozenset({"language", "chrome", "heading", "template", "facts"})
"""Functions whose first argument is a sentence of the engine's own."""
IN_TEMPLATES = re.compile(r"""(?:\b_|\blanguage)\(\s*"((?:[^"\\]|\\.)*)\"""")
NOUNS_IN_TEMPLATES = re.compile(r"""\bcounted\([^"]*"([a-z ]+)"\)""")


def of_the_engine() -> set[str]:
    """Every sentence that stands as such where a report says it, in Python or a template."""
    found: set[str] = set()
    for path in sorted(REPORTS.glob("*.py")):
        for call in calls(ast.parse(path.read_bytes())):
            if named(call) in SAYING and call.args:
                found.update(texts(call.args[0]))
            if named(call) == "counted" and len(call.args) == 2:
                found.update(form for noun in texts(call.args[1]) for form in counted(noun))
    for path in sorted((REPORTS / "templates").glob("*.j2")):
        source = path.read_text("utf-8")
        found.update(IN_TEMPLATES.findall(source))
        found.update(form for noun in NOUNS_IN_TEMPLATES.findall(source) for form in counted(noun))
    return found


def counted(noun: str) -> tuple[str, str]:
    """The two sentences behind `Language.counted`."""
    return f"{{number}} {noun}", f"{{number}} {noun}s"


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def named(call: ast.Call) -> str:
    function = call.func
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


def texts(node: ast.AST) -> set[str]:
    """The texts that an argument can be, where it is written out."""
    if isinstance(node, ast.IfExp):
        return texts(node.body) | texts(node.orelse)
    is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return {node.value} if is_text and isinstance(node.value, str) else set()


@cache
def shapes_in(folder: Path) -> frozenset[str]:
    """Every text in Python files below a folder, with `{}` for what is filled in."""
    found: set[str] = set()
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(shape(node.value))
            if isinstance(node, ast.JoinedStr):
                found.add(shape(written(node)))
    return frozenset(found)


def written(node: ast.JoinedStr) -> str:
    parts = (p.value if isinstance(p, ast.Constant) else "{x}" for p in node.values)
    return "".join(map(str, parts))


def shape(sentence: str) -> str:
    return PLACEHOLDER.sub("{}", " ".join(sentence.split()))


def is_put_together(sentence: str, shapes: frozenset[str]) -> bool:
    """Whether half of a sentence's words at least stand in a row of three in the sources.

    A sentence that is put together from parts stands nowhere as such: "it stops at step {x}, the
    reference at step {x}" is made of "stops at step {x}" and "it {x}, the reference at step {x}".
    """
    words, known = _words(shape(sentence)), _threes(shapes)
    covered: set[int] = set()
    for start, three in enumerate(zip(words, words[1:], words[2:], strict=False)):
        if three in known:
            covered |= {start, start + 1, start + 2}
    return 2 * len(covered) >= len(words)


@cache
def _threes(shapes: frozenset[str]) -> frozenset[tuple[str, ...]]:
    found: set[tuple[str, ...]] = set()
    for each in shapes:
        words = _words(each)
        found.update(zip(words, words[1:], words[2:], strict=False))
    return frozenset(found)


def _words(text: str) -> list[str]:
    return re.findall(r"\{\}|[^\W_]+", text.lower())
