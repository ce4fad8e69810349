"""What can be read off a submission's source without running it."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from pathlib import Path

ABOUT_STOPPING = re.compile(r"early|stop|patien|improve|best|counter", re.IGNORECASE)

CONVERTING = re.compile(r"astype|dtype|float|\bint\b|int\d|np\.(?:where|array|asarray)")


def may_convert(paths: Iterable[Path]) -> bool:
    """Whether any of these files has a word that changes what numbers are stored as."""
    return any(
        CONVERTING.search(path.read_bytes().decode("utf-8", "replace"))
        for path in paths
        if path.is_file()
    )


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


def never_leaves_its_loops(path: Path, function: str) -> bool:
    """Whether a function of this dotted name has loops, and each of them runs to its end.

    So no `return`, `break` or `raise` stands in one, none is a `while`, and what is gone through is
    computed before; False where the file cannot be read as Python or lacks the function.
    """
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    loops = [
        node
        for definition in _definitions(tree.body, function.split("."))
        for node in ast.walk(definition)
        if isinstance(node, (ast.For, ast.While))
    ]
    leaving = (ast.Return, ast.Break, ast.Raise, ast.While, ast.With, ast.Try)
    return bool(loops) and not any(
        isinstance(node, leaving) for loop in loops for node in ast.walk(loop)
    )


def visible_mistakes(path: Path, function: str) -> list[tuple[str, int]]:
    """Mistakes in a function of this dotted name that need not be run to be seen, with lines.

    "overwritten": an attribute that was computed is set to zeros by a later line that always runs.
    "unreachable": lines after a `return` or `raise` that always ends the function before them.
    "inner-break": a `break` that ends an inner loop, where nothing ends the loop around it.
    "no-return": a function that computes something, and neither gives it back nor keeps it.
    """
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    found: list[tuple[str, int]] = []
    for definition in _definitions(tree.body, function.split(".")):
        found += [("overwritten", line) for line in _overwritten(definition.body)]
        found += [("unreachable", line) for line in _unreachable(definition.body)]
        found += [("inner-break", line) for line in _inner_breaks(definition)]
        if _computes(definition) and not _answers(definition):
            found.append(("no-return", definition.lineno))
    return found


def _inner_breaks(definition: ast.FunctionDef) -> Iterator[int]:
    """Lines of breaks in a loop within another, which nothing leaves: no break, return or raise."""
    for outer in ast.walk(definition):
        if not isinstance(outer, ast.For):
            continue
        within = [node for part in outer.body for node in ast.walk(part)]
        if any(isinstance(node, (ast.Return, ast.Raise, ast.While, ast.Try)) for node in within):
            continue
        if not list(_breaks_of(outer)):
            for inner in within:
                if isinstance(inner, ast.For):
                    yield from _breaks_of(inner)


def _breaks_of(loop: ast.For) -> Iterator[int]:
    """Lines of the breaks that end this loop, not one inside it."""
    waiting: list[ast.AST] = [*loop.body]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Break):
            yield node.lineno
        elif isinstance(node, (ast.For, ast.While)):
            waiting += node.orelse  # a break there ends the loop around it
        else:
            waiting += ast.iter_child_nodes(node)


def _computes(definition: ast.FunctionDef) -> bool:
    """Whether something is worked out and kept in no attribute, so that it should be returned."""
    nodes = list(ast.walk(definition))
    keeps = any(isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store) for n in nodes)
    return not keeps and any(isinstance(n, (ast.Assign, ast.AugAssign)) for n in nodes)


def _answers(definition: ast.FunctionDef) -> bool:
    """Whether something is returned, yielded or raised, by a function within too."""
    return any(
        isinstance(node, (ast.Yield, ast.YieldFrom, ast.Raise))
        or (isinstance(node, ast.Return) and node.value is not None)
        for node in ast.walk(definition)
    )


def _definitions(body: list[ast.stmt], name: list[str]) -> list[ast.FunctionDef]:
    if len(name) == 1:
        return [n for n in body if isinstance(n, ast.FunctionDef) and n.name == name[0]]
    classes = [n for n in body if isinstance(n, ast.ClassDef) and n.name == name[0]]
    return [found for each in classes for found in _definitions(each.body, name[1:])]


def _overwritten(body: list[ast.stmt]) -> Iterator[int]:
    """Lines that set to zeros an attribute which holds a result; a loop's result counts too."""
    computed: set[str] = set()
    for statement in body:
        if isinstance(statement, ast.Assign) and _is_zeros(statement.value):
            targets = {ast.unparse(t) for t in statement.targets if isinstance(t, ast.Attribute)}
            if targets & computed:
                yield statement.lineno
            continue
        for node in ast.walk(statement):
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                computed.add(ast.unparse(node))


def _is_zeros(value: ast.expr) -> bool:
    """`np.zeros(...)` or `np.zeros_like(...)`, by any name of NumPy."""
    return isinstance(value, ast.Call) and _name(value.func) in ("zeros", "zeros_like")


def _unreachable(body: list[ast.stmt]) -> Iterator[int]:
    """The first line after a statement that ends the function, unless only `raise` follows."""
    for number, statement in enumerate(body[:-1]):
        if isinstance(statement, (ast.Return, ast.Raise)):
            if not isinstance(body[number + 1], ast.Raise):
                yield body[number + 1].lineno
            return


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
    return any(isinstance(node, ast.If) for node in parsed)
