"""What two submissions' files have in common: digests of their bytes and of their syntax.

Two files have the same syntax when they are the same program but for comments, docstrings, layout,
and the names of variables and parameters: each of these is replaced by the number of its first
appearance. Names of functions, classes, attributes, keywords and imports stay, and so does every
number and string: files that differ in one of them have other digests.
"""

from __future__ import annotations

import ast
import hashlib
import warnings
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

from gradus.results import Source

MAX_BYTES = 256 * 2**10
"""Files beyond this are compared by their bytes alone."""

LEFT_OUT = frozenset({"ctx", "kind", "type_comment", "type_ignores", "type_params"})
"""What versions of Python write differently, or what says nothing."""

NAMING: dict[type[ast.AST], str] = {ast.Name: "id", ast.arg: "arg", ast.ExceptHandler: "name"}
"""The nodes that name a variable, and the field that does."""


def sources_of(folder: Path, modules: Iterable[str]) -> tuple[Source, ...]:
    """The digests of those modules that a submission's folder has."""
    found = []
    for module in modules:
        path = folder / f"{module}.py"
        if path.is_file() and not path.is_symlink():
            found.append(source_of(path.name, path.read_bytes()))
    return tuple(found)


def source_of(file: str, content: bytes) -> Source:
    """The digests of one file; `syntax` is None where it cannot be parsed, or is too large."""
    syntax, nodes = _read(content) if len(content) <= MAX_BYTES else (None, 0)
    return Source(file=file, sha256=hashlib.sha256(content).hexdigest(), syntax=syntax, nodes=nodes)


@lru_cache(maxsize=64)
def _read(content: bytes) -> tuple[str | None, int]:
    """Read once for a class, whose submissions have handed-out files in common."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return syntax_of(ast.parse(content))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None, 0


def syntax_of(tree: ast.AST) -> tuple[str, int]:
    """The digest of a syntax tree with variables by number, and how many nodes it has."""
    variables = _variables(tree)
    numbers: dict[str, int] = {}
    digest = hashlib.sha256()
    nodes = 0
    for token in _tokens(tree):
        if isinstance(token, _Identifier):
            known = token.name in variables
            said = f"#{numbers.setdefault(token.name, len(numbers))}" if known else token.name
        else:
            said = token
            nodes += token.startswith("(")
        # Each is followed by what no text holds, so that no two sequences read the same.
        digest.update(said.encode("utf-8", "surrogatepass") + b"\xff")
    return digest.hexdigest(), nodes


class _Identifier:
    """A name that may be a variable's."""

    def __init__(self, name: str) -> None:
        self.name = name


def _tokens(tree: ast.AST) -> list[str | _Identifier]:
    """A tree from left to right, without what neither changes nor names anything."""
    tokens: list[str | _Identifier] = []
    _append(tree, tokens)
    return tokens


def _append(node: Any, tokens: list[str | _Identifier]) -> None:
    # No generator: a deep node's tokens would go through each of those around it.
    if isinstance(node, list):
        tokens.append("[")
        for item in node:
            if not _is_remark(item):
                _append(item, tokens)
        tokens.append("]")
    elif isinstance(node, ast.AST):
        tokens.append(f"({type(node).__name__}")
        for name, value in ast.iter_fields(node):
            if value is None or value == [] or name in LEFT_OUT:
                continue
            tokens.append(name)
            if isinstance(value, str) and NAMING.get(type(node)) == name:
                tokens.append(_Identifier(value))
            elif isinstance(node, (ast.Global, ast.Nonlocal)):
                tokens.extend(map(_Identifier, node.names))
            else:
                _append(value, tokens)
        tokens.append(")")
    else:
        tokens.append(f"{type(node).__name__} {node!r}")


def _is_remark(node: Any) -> bool:
    """Whether a statement is a string alone, as docstrings are."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _variables(tree: ast.AST) -> frozenset[str]:
    """Names that the file gives to variables and parameters, and to nothing else."""
    bound: set[str] = set()
    other: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, (ast.Store, ast.Del)):
            bound.add(node.id)
        elif isinstance(node, ast.arg):
            bound.add(node.arg)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            bound.add(node.name)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            other.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            other.update((alias.asname or alias.name).partition(".")[0] for alias in node.names)
    return frozenset(bound - other)
