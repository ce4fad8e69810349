"""Where the code stands that a failed law is about: read off the counterexample's own snippet.

A snippet imports from the submission what it calls, so its last such call names the function, and
the submission's source says in which line that is defined. Nothing is imported or run.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from gradus.results import Result, Where

Source = Callable[[str], str | None]
"""Gives the text of a file of the submission by its name, or None."""


def places(result: Result, source: Source) -> dict[str, Where]:
    """By a law's id, the definition that its counterexample calls last; where it can be told."""
    found = {}
    for check in result.checks:
        if check.where is None and check.counterexample is not None:
            where = definition(check.counterexample.snippet, source)
            if where is not None:
                found[check.id] = where
    return found


def definition(snippet: str, source: Source) -> Where | None:
    """The definition of the function or method that a snippet calls last."""
    tree = _parsed(snippet)
    if tree is None:
        return None
    modules = {
        alias.asname or alias.name: (f"{node.module}.py", alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.isidentifier()
        for alias in node.names
    }
    files: dict[str, dict[str, int]] = {}
    for file, _ in modules.values():
        if file not in files:
            files[file] = dict(_definitions(_parsed(source(file) or "")))
    last: Where | None = None
    for call in sorted(_calls(tree), key=_end):
        if isinstance(call.func, ast.Name) and call.func.id in modules:
            file, name = modules[call.func.id]
            wanted = [(file, name)]
        elif isinstance(call.func, ast.Attribute):
            wanted = [(file, f"{name}.{call.func.attr}") for file, name in modules.values()]
        else:
            continue
        for file, name in wanted:
            if name in files[file]:
                last = Where(file=file, line=files[file][name])
    return last


def _definitions(tree: ast.Module | None) -> Iterator[tuple[str, int]]:
    """Names of functions, classes and `class.method`, with their lines."""
    for node in tree.body if tree else ():
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield node.name, node.lineno
        if isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef):
                    yield f"{node.name}.{inner.name}", inner.lineno


def _end(call: ast.Call) -> tuple[int, int]:
    # Of two calls the one that is evaluated last ends last.
    return call.end_lineno or 0, call.end_col_offset or 0


def _calls(tree: ast.Module) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _parsed(source: str) -> ast.Module | None:
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
