"""Whether code gives other code away: compared by what it says, whatever its variables are called.

Each statement, and each value that one computes, has normal forms: its syntax tree without
docstrings and annotations, its variables numbered in the order in which they occur. Whether a value
is returned, yielded or assigned makes no difference. Two forms are looked for, where at least eight
nodes are left, or ten of a value inside another one (n entries from i on are eight, and anybody's):

* exact: attributes keep their names, so `self.w` and `model.w` are one form, `self.grad` another;
* loose, where numbers are calculated: attributes and entries are variables themselves, so
  `self.model.w` is what `w` is, and `rates[task]` what `rate` is.

Names that are imported or built in are no variables, nor are the functions of a module itself. An
imported name is its full path, one node; what an expression is read for, `Load`, is none. `x -= a`
is `x = x - a`, `a > b` is `b < a`, `2.0` is `2`, and the operands of `+`, `*` and `==` have one
order. Text that reads as Python counts as code too.
"""

from __future__ import annotations

import ast
import builtins
import io
import marshal
import re
import textwrap
import tokenize
import types
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

FEWEST_NODES = 8
FEWEST_OF_A_VALUE = 10
OF_ARRAYS = frozenset({"T", "shape", "size", "ndim", "dtype", "real", "imag"})
"""Attributes that say something of any array, and so are no part of what a variable is called."""
PLAIN_KINDS = "biufcSU"
_BUILTINS = frozenset(dir(builtins))
_FLIPPED: Mapping[type[ast.cmpop], str] = {ast.Gt: "Lt", ast.GtE: "LtE"}
_ANY_ORDER = (ast.Add, ast.Mult, ast.BitAnd, ast.BitOr, ast.BitXor, ast.Eq, ast.NotEq)
_FENCE = re.compile(r"^```.*?\n(.*?)^```", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Fragment:
    """A statement or expression: its normal form, the line where it stands, and itself."""

    form: str
    line: int
    node: ast.stmt | ast.expr


@dataclass(frozen=True)
class Leak:
    """A place that says what a secret says."""

    place: str
    secret: str
    code: str

    def __str__(self) -> str:
        return f"{self.place} says what {self.secret} does: {self.code}"


def of_functions(source: str, only: Iterable[str] | None = None) -> Iterator[Fragment]:
    """What the function bodies in a module's source say: statements, and the values they compute.

    only: these functions, by dotted name; None for all.
    """
    tree = _parsed(source)
    names = _Names(tree)
    wanted = None if only is None else set(only)
    for name, function in functions(tree):
        if wanted is not None and name not in wanted:
            continue
        for statement in function.body:
            for node in ast.walk(statement):
                if isinstance(node, ast.stmt):
                    yield from _of_statement(node, names)
                    if (value := _value(node)) is not None:
                        yield from _fragments(value, names)


def of_module(source: str) -> Iterator[Fragment]:
    """Every statement and expression of a module's source, wherever it stands."""
    tree = _parsed(source)
    names = _Names(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt):
            yield from _of_statement(node, names)
        if isinstance(node, ast.expr):
            yield from _fragments(node, names)
        elif isinstance(node, ast.AugAssign):
            yield from _fragments(_of_augmented(node), names)


def _parsed(source: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # text that happens to be Python may be odd
        return ast.parse(source)


def functions(
    tree: ast.Module | ast.ClassDef, within: str = ""
) -> Iterator[tuple[str, ast.FunctionDef]]:
    """Functions and methods by dotted name, without those inside functions."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield within + node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from functions(node, f"{within}{node.name}.")


def _of_statement(node: ast.stmt, names: _Names) -> Iterator[Fragment]:
    """A statement, and the one that computes the same and keeps it nowhere."""
    yield from _fragments(node, names)
    if (value := _value(node)) is not None:
        yield from _fragments(ast.copy_location(ast.Expr(value), node), names)


def _fragments(node: ast.stmt | ast.expr, names: _Names) -> Iterator[Fragment]:
    exact = _Normal(names, loose=False)
    form = exact.form(node)
    fewest = FEWEST_NODES if isinstance(node, ast.stmt) else FEWEST_OF_A_VALUE
    if exact.size < fewest:
        return
    yield Fragment(f"exact {form}", node.lineno, node)
    if exact.calculates:
        loose = _Normal(names, loose=True)
        form = loose.form(node)
        if loose.size >= fewest:
            yield Fragment(f"loose {form}", node.lineno, node)


def _value(node: ast.stmt) -> ast.expr | None:
    """What a statement computes, whatever becomes of it."""
    if isinstance(node, ast.AugAssign):
        return _of_augmented(node)
    if isinstance(node, ast.Expr) and isinstance(node.value, (ast.Yield, ast.YieldFrom)):
        return node.value.value
    if isinstance(node, (ast.Return, ast.Assign, ast.AnnAssign, ast.Expr)):
        return node.value
    return None


def _of_augmented(node: ast.AugAssign) -> ast.BinOp:
    return ast.copy_location(ast.BinOp(node.target, node.op, node.value), node)


class _Names:
    """What a module's names stand for: imported ones their full path, functions themselves."""

    def __init__(self, tree: ast.AST) -> None:
        self._paths: dict[str, str] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    name = alias.asname or alias.name.partition(".")[0]
                    self._paths[name] = alias.name if alias.asname else name
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    self._paths[alias.asname or alias.name] = f"{node.module}.{alias.name}"
        for node in getattr(tree, "body", []):
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                self._paths[node.name] = node.name

    def fixed(self, name: str) -> str | None:
        """What a name that is no variable is called everywhere."""
        return self._paths.get(name, name if name in _BUILTINS else None)


class _Normal:
    """One node's normal form; `size` is how many nodes it has."""

    def __init__(self, names: _Names, loose: bool) -> None:
        self._names = names
        self._loose = loose
        self._numbers: dict[str, int] = {}
        self._blind = False
        self._called: set[ast.expr] = set()
        self.size = 0
        self.calculates = False

    def form(self, node: Any) -> str:
        if isinstance(node, list):
            return "[" + " ".join(self.form(each) for each in node if not _is_text(each)) + "]"
        if not isinstance(node, ast.AST):
            return repr(node)
        self.size += not self._blind
        if (variable := self._variable(node)) is not None:
            return self._numbered(variable)
        special = getattr(self, f"_form_{type(node).__name__}", None)
        return special(node) if special is not None else self._plain(node)

    def _plain(self, node: ast.AST) -> str:
        left_out = ("ctx", "annotation", "returns", "type_comment", "kind", "type_params")
        fields = (value for name, value in ast.iter_fields(node) if name not in left_out)
        return f"{type(node).__name__}({' '.join(self.form(each) for each in fields)})"

    def _form_Attribute(self, node: ast.Attribute) -> str:
        path = self._path(node)
        return path if path is not None else f"{self.form(node.value)}.{node.attr}"

    def _form_Name(self, node: ast.Name) -> str:
        return str(self._names.fixed(node.id))

    def _form_arg(self, node: ast.arg) -> str:
        return self._numbered(node.arg)

    def _form_FunctionDef(self, node: ast.FunctionDef) -> str:
        return f"def({self.form(node.args)} {self.form(node.body)})"

    def _form_Constant(self, node: ast.Constant) -> str:
        value = node.value
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        return repr(value)

    def _form_AugAssign(self, node: ast.AugAssign) -> str:
        return self._plain(ast.Assign([node.target], _of_augmented(node)))

    def _form_AnnAssign(self, node: ast.AnnAssign) -> str:
        if node.value is None:
            return self._plain(node)
        return self._plain(ast.Assign([node.target], node.value))

    def _form_BinOp(self, node: ast.BinOp) -> str:
        return self._operation(node.left, node.op, node.right)

    def _form_Compare(self, node: ast.Compare) -> str:
        if len(node.ops) != 1:
            return self._plain(node)
        return self._operation(node.left, node.ops[0], node.comparators[0])

    def _operation(self, left: ast.expr, op: ast.operator | ast.cmpop, right: ast.expr) -> str:
        self.size += not self._blind
        self.calculates |= isinstance(op, ast.operator)
        name = type(op).__name__
        if isinstance(op, ast.cmpop) and type(op) in _FLIPPED:
            left, right, name = right, left, _FLIPPED[type(op)]
        if isinstance(op, _ANY_ORDER) and self._blindly(right) < self._blindly(left):
            left, right = right, left
        return f"{name}({self.form(left)} {self.form(right)})"

    def _blindly(self, node: ast.expr) -> str:
        """The form with all variables alike, by which operands are put in order."""
        before, self._blind = self._blind, True
        form = self.form(node)
        self._blind = before
        return form

    def _numbered(self, variable: str) -> str:
        if self._blind:
            return "v"
        return f"v{self._numbers.setdefault(variable, len(self._numbers))}"

    def _variable(self, node: ast.AST) -> str | None:
        """What a variable is called, or None where this is none."""
        if isinstance(node, ast.Name):
            return node.id if self._names.fixed(node.id) is None else None
        if not self._loose or node in self._called:
            return None
        if isinstance(node, ast.Attribute) and node.attr not in OF_ARRAYS:
            within = self._variable(node.value) or self._path(node.value)
            return None if within is None else f"{within}.{node.attr}"
        if isinstance(node, ast.Subscript) and isinstance(node.slice, (ast.Constant, ast.Name)):
            within = self._variable(node.value)
            return None if within is None else f"{within}[{ast.unparse(node.slice)}]"
        return None

    def _form_Call(self, node: ast.Call) -> str:
        self._called.add(node.func)
        return self._plain(node)

    def _path(self, node: ast.expr) -> str | None:
        """The full path of what an imported module holds."""
        if isinstance(node, ast.Name):
            return self._names.fixed(node.id)
        if isinstance(node, ast.Attribute):
            within = self._path(node.value)
            return None if within is None else f"{within}.{node.attr}"
        return None


def _is_text(node: Any) -> bool:
    """Whether a statement is a docstring or another string that does nothing."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


class Secrets:
    """What may not be said: normal forms, and where each stands."""

    def __init__(self) -> None:
        self._places: dict[str, str] = {}

    def add(self, fragments: Iterable[Fragment], file: str) -> None:
        """Keep what these fragments of a file say."""
        for each in fragments:
            self._places.setdefault(each.form, f"{file}, line {each.line}")

    def free(self, fragments: Iterable[Fragment]) -> None:
        """Forget what these fragments say: it is handed out on purpose."""
        for each in fragments:
            self._places.pop(each.form, None)

    @property
    def forms(self) -> frozenset[str]:
        """Every normal form that is a secret."""
        return frozenset(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def in_folder(self, folder: Path) -> list[Leak]:
        """Every place in a folder that says a secret, or that nobody can read.

        Python is read with its comments and strings; other text in lines and fenced blocks; .npz
        files for their text. Anything else is a leak for being unreadable, as is an array of
        objects and what `marshal` reads as code.
        """
        found: list[Leak] = []
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                found += self._in_file(path, path.relative_to(folder).as_posix())
        return found

    def _in_file(self, path: Path, name: str) -> Iterator[Leak]:
        content = path.read_bytes()
        if _is_compiled(content):
            yield Leak(name, "compiled code", "a code object")
        elif path.suffix == ".npz":
            yield from self._in_arrays(path, name)
        else:
            try:
                text = content.decode("utf-8")
            except UnicodeDecodeError:
                yield Leak(name, "nothing that can be read", "bytes that are no text")
                return
            pieces = _of_python(text) if path.suffix == ".py" else _of_text(text)
            yield from self._said(pieces, name)

    def _in_arrays(self, path: Path, name: str) -> Iterator[Leak]:
        with np.load(path, allow_pickle=False) as arrays:
            for key in arrays.files:
                place = f"{name}, {key}"
                try:
                    array = arrays[key]
                except ValueError:
                    yield Leak(place, "nothing that can be read", "an array of objects")
                    continue
                if array.dtype.kind not in PLAIN_KINDS:
                    yield Leak(place, "nothing that can be read", f"an array of {array.dtype}")
                elif _is_compiled(array.tobytes()):
                    yield Leak(place, "compiled code", "a code object")
                elif array.dtype.kind in "SU":
                    for text in array.astype(str).reshape(-1).tolist():
                        yield from self._said(_of_text(text), place)
                elif array.dtype == np.uint8:
                    text = array.tobytes().decode("utf-8", "ignore")
                    yield from self._said(_of_text(text), place)

    def _said(self, fragments: Iterable[Fragment], name: str) -> Iterator[Leak]:
        lines: set[int] = set()
        for each in fragments:
            secret = self._places.get(each.form)
            if secret is not None and each.line not in lines:
                lines.add(each.line)
                code = ast.unparse(each.node).partition("\n")[0]
                yield Leak(f"{name}, line {each.line}", secret, code)


def _of_python(source: str) -> Iterator[Fragment]:
    """The fragments of a module, and of its strings and comments where they read as code."""
    try:
        yield from of_module(source)
        tree = _parsed(source)
        comments = _comments(source)
    except (SyntaxError, ValueError):
        yield from _of_text(source)
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            for each in _of_text(node.value):
                yield replace(each, line=node.lineno)
    for line, text in comments:
        for each in _of_text(text):
            yield replace(each, line=line)


def _comments(source: str) -> list[tuple[int, str]]:
    """Comments, those of lines in a row as one text, with the line where each begins."""
    found: list[tuple[int, int, str]] = []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            text = token.string.lstrip("#")
            if found and found[-1][1] == token.start[0] - 1:
                first, _, before = found.pop()
                found.append((first, token.start[0], f"{before}\n{text}"))
            else:
                found.append((token.start[0], token.start[0], text))
    return [(first, text) for first, _, text in found]


def _of_text(text: str) -> Iterator[Fragment]:
    """What in a text reads as Python: the whole, its fenced blocks and quotations, its lines."""
    lines = text.splitlines()
    parts = [(1, text)]
    parts += [(text.count("\n", 0, m.start(1)) + 1, m[1]) for m in _FENCE.finditer(text)]
    if len(lines) > 1:
        parts += list(enumerate(lines, start=1))
    for number, line in enumerate(lines, start=1):
        parts += [(number, quoted) for quoted in re.findall(r"`([^`]+)`", line)]
    for first, part in parts:
        if len(part) < FEWEST_NODES:
            continue
        try:
            fragments = list(of_module(textwrap.dedent(part).strip()))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        for each in fragments:
            yield replace(each, line=first + each.line - 1)


def _is_compiled(content: bytes) -> bool:
    """Whether bytes are code as `marshal` writes it, alone or behind the header of a .pyc file."""
    for start in (0, 16):
        try:
            if isinstance(marshal.loads(content[start:]), types.CodeType):
                return True
        except (ValueError, EOFError, TypeError, OverflowError, RecursionError, MemoryError):
            continue
    return False
