"""What can be read off a submission's source without running it."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

ABOUT_STOPPING = re.compile(r"early|stop|patien|improve|best|counter", re.IGNORECASE)


def switched_off_stopping(path: Path) -> int | None:
    """The line where early stopping is written but cannot act: commented out, or behind a False.

    None where there is no such line, or the file cannot be read as Python.
    """
    try:
        text = path.read_bytes().decode("utf-8", "replace")
        tree = ast.parse(text)
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    lines = [*_behind_false(tree), *_commented_out(text)]
    return min(lines) if lines else None


def _behind_false(tree: ast.Module) -> Iterator[int]:
    """Lines of `if`s that are always false and guard leaving a loop or a function."""
    always_false = _always_false_names(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.If):
            continue
        leaves = any(isinstance(inner, (ast.Break, ast.Return)) for inner in ast.walk(node))
        parts = node.test.values if isinstance(node.test, ast.BoolOp) else [node.test]
        conjunction = not isinstance(node.test, ast.BoolOp) or isinstance(node.test.op, ast.And)
        if leaves and conjunction and any(_is_false(part, always_false) for part in parts):
            yield node.lineno


def _is_false(test: ast.expr, always_false: set[str]) -> bool:
    """`False`, a name that is always False, or a comparison of one with True."""
    if isinstance(test, ast.Constant):
        return test.value is False
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        truth = test.comparators[0]
        compares_with_true = isinstance(truth, ast.Constant) and truth.value is True
        return compares_with_true and _is_false(test.left, always_false)
    return _name(test) in always_false


def _always_false_names(tree: ast.Module) -> set[str]:
    """Names and attributes that are assigned, and never anything but False."""
    values: dict[str, set[bool]] = {}
    for node in ast.walk(tree):
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, (ast.AugAssign, ast.AnnAssign)):
            targets = [node.target]
        for target in targets:
            value = getattr(node, "value", None)
            is_false = isinstance(value, ast.Constant) and value.value is False
            values.setdefault(_name(target), set()).add(is_false)
    return {name for name, seen in values.items() if seen == {True} and name}


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else ""


def _commented_out(text: str) -> Iterator[int]:
    """Lines of comments that are code about stopping: an `if`, an assignment, a call."""
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, SyntaxError):
        return
    for token in tokens:
        if token.type != tokenize.COMMENT:
            continue
        code = token.string.lstrip("#").strip()
        if ABOUT_STOPPING.search(code) and _is_statement(code):
            yield token.start[0]


def _is_statement(code: str) -> bool:
    """Whether a comment's text is a line of code rather than of prose."""
    try:
        parsed = ast.parse(f"{code} pass" if code.endswith(":") else code).body
    except (SyntaxError, ValueError, RecursionError):
        return False
    return any(isinstance(node, (ast.If, ast.Assign, ast.AugAssign)) for node in parsed)
