"""Code that says what other code says is found, whatever its variables are called."""

from __future__ import annotations

import ast
import builtins
import marshal
import textwrap
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradus import leaks
from gradus.leaks import Secrets
from tests.submissions import ROOT


def said(secret: str, code: str) -> bool:
    """Whether some code says what a statement of a secret's function says."""
    head = "import numpy as np\ndef secret(self, a, b, c, n):\n"
    kept = Secrets()
    kept.add(leaks.of_functions(head + textwrap.indent(secret, "    ")), "secret.py")
    assert len(kept), "the secret is too small to be one"
    found = {each.form for each in leaks.of_module(code)}
    return not found.isdisjoint(kept.forms)


@pytest.mark.parametrize(
    ("secret", "code"),
    [
        ("x = a.T @ (b - c) / n", "gradient = pictures.T @ (one - other) / count"),
        ("x = a.T @ (b - c) / n", "def f(p, q, r, m):\n    return p.T @ (q - r) / m"),
        ("x = a.T @ (b - c) / n", "check(close(p.T @ (q - r) / m, s), 'text')"),
        ("return a.T @ (b - c) / n", "x: object = p.T @ (q - r) / m"),
        ("self.w = self.w - self.rate * self.grad", "w = w - rate * grad"),
        ("self.w = self.w - self.rate * self.grad", "model.w -= rates[0].x * grad"),
        ("self.w = self.w - self.rate * self.grad", "import rates\nw = w - rates.ALL[task] * g"),
        ("self.w -= self.rate * self.grad", "expected = expected - grad * rate"),
        ("return np.exp(a) / np.sum(np.exp(b), n)", "from numpy import exp, sum as s\n"
         "x = exp(z) / s(exp(y), k)"),
        ("return np.exp(a) / np.sum(np.exp(b), n)", "import numpy\n"
         "x = numpy.exp(z) / numpy.sum(numpy.exp(y), k)"),
        ("if a.size > b.size: return c", "if p.size < q.size: return r"),
        ("x = a * 2.0 + b * c.size", "y = r.size * q + p * 2"),
        ("for i in range(n):\n    yield a[i]", "for k in range(m):\n    yield lines[k]"),
        ("f = lambda x: x * x + x - 1 + x", "g = lambda y: y * y + y - 1 + y"),
        ("x = [i * i for i in range(n) if i % 2]", "y = [k * k for k in range(m) if k % 2]"),
    ],
)  # fmt: skip
def test_the_same_in_other_words_is_found(secret: str, code: str) -> None:
    assert said(secret, code)


@pytest.mark.parametrize(
    ("secret", "code"),
    [
        ("x = a.T @ (b - c) / n", "y = p.T @ (r - r) / m"),
        ("x = a.T @ (b - c) / n", "y = p.T @ (q + r) / m"),
        ("x = a.T @ (b - c) / n", "y = p.T @ (q - r) / p"),
        ("x = a.T @ (b - c) / n", "y = (q - r) @ p.T / m"),
        ("x = a * 2 + b * c.size", "y = p * 3 + q * r.size"),
        ("return np.exp(a) / np.sum(np.exp(b), n)", "import numpy as np\n"
         "x = np.exp(a) / np.sum(np.log(b), n)"),
        ("self.a, self.b, self.c, n = a, b, c, n", "p.a, p.q, p.r, s = a, b, c, s"),
        ("x = [i for i in a if not i.over]", "y = [k for k in p if not k.stray]"),
    ],
)  # fmt: skip
def test_what_says_something_else_is_not_found(secret: str, code: str) -> None:
    assert not said(secret, code)


@pytest.mark.parametrize(
    "code", ["return np.mean(x)", "for i in range(n): pass", "x = len(y)", "self.a.b = c.d.e"]
)
def test_what_is_small_is_nobody_s_secret(code: str) -> None:
    source = "import numpy as np\ndef f(self, x, y, n, c):\n" + textwrap.indent(code, "    ")
    assert list(leaks.of_functions(source)) == []


def test_text_and_annotations_say_nothing() -> None:
    source = 'def f(a: "list[tuple[int, int, str]]"):\n    """x = p.T @ (q - r) / m"""\n'
    assert list(leaks.of_functions(source)) == []


# Copies of a real solution


def statements(path: Path) -> list[ast.stmt]:
    """The statements of a file's function bodies that have eight nodes, imports resolved."""
    source = path.read_text("utf-8")
    found = {each.line for each in leaks.of_functions(source) if each.form.startswith("exact")}
    bodies = [f.body for _, f in leaks.functions(ast.parse(source))]
    nodes = (node for body in bodies for top in body for node in ast.walk(top))
    return [node for node in nodes if isinstance(node, ast.stmt) and node.lineno in found]


class Renamed(ast.NodeTransformer):
    """Every variable of a tree under another name; what is imported or built in keeps its own."""

    def __init__(self, kept: set[str]) -> None:
        self._kept = kept | set(dir(builtins))
        self._names: dict[str, str] = {}

    def _new(self, name: str) -> str:
        if name in self._kept:
            return name
        return self._names.setdefault(name, f"other_{len(self._names)}")

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.copy_location(ast.Name(self._new(node.id), node.ctx), node)

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.arg = self._new(node.arg)
        return node


def planted(path: Path) -> Iterator[tuple[str, str]]:
    """Each statement of a file beside its copy with other names, as a module of its own."""
    tree = ast.parse(path.read_text("utf-8"))
    imports = [node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))]
    own = [node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
    kept = {alias.asname or alias.name for node in imports for alias in node.names} | set(own)
    head = [*map(ast.unparse, imports), *(f"def {name}(): ..." for name in own)]
    for statement in statements(path):
        original = ast.unparse(statement)
        copy = ast.unparse(Renamed(kept).visit(ast.parse(original)))
        body = textwrap.indent(copy, "        ")
        yield original, "\n".join([*head, "def planted():", "    for _ in ():", body, ""])


@pytest.mark.parametrize(
    "name",
    [
        "reference/logistic.py",
        "reference/softmax.py",
        "reference/training.py",
        "reference/preprocessing.py",
        "reference/faults/stopping.py",
        "student/task2a.py",
        "student/task3a.py",
        "student/trainer.py",
        "student/utils.py",
    ],
)
def test_every_statement_of_a_solution_is_found_under_other_names(name: str) -> None:
    path = ROOT / name
    secrets = Secrets()
    secrets.add(leaks.of_functions(path.read_text("utf-8")), name)
    copies = list(planted(path))
    assert len(copies) >= 5
    for original, copy in copies:
        found = {each.form for each in leaks.of_module(copy)}
        assert not found.isdisjoint(secrets.forms), f"{original}\n--- as ---\n{copy}"


@settings(deadline=None)
@given(st.permutations(["a", "b", "c", "n", "loss", "outputs"]), st.sampled_from(["x", "n2", "_"]))
def test_no_names_of_variables_make_a_difference(names: list[str], target: str) -> None:
    secret = "t = -(a * np.log(b) + (1 - a) * np.log(1 - b)).sum() / n + c * loss @ outputs"
    renamed = dict(zip(["a", "b", "c", "n", "loss", "outputs"], names, strict=True))
    tree = ast.parse(secret)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            node.id = renamed.get(node.id, target if node.id == "t" else node.id)
    assert said(secret, "import numpy as np\n" + ast.unparse(tree))


# Where a copy can hide in a folder

COPY = "answer = pictures.T @ (one - other) / count"
PLACES = {
    "code.py": f"def f(pictures, one, other, count):\n    {COPY}\n    return answer\n",
    "argument.py": "check(pictures.T @ (one - other) / count, 1)\n",
    "lambda.py": "f = lambda p, q, r, m: p.T @ (q - r) / m\n",
    "string.py": f"LINES = ['import numpy', {COPY!r}]\n",
    "docstring.py": f'"""One does it so:\n\n    {COPY}\n"""\n',
    "comment.py": f"x = 1\n# {COPY}\n",
    "commented_out.py": "# def f(p, q, r, m):\n#     return p.T @ (q - r) / m\n",
    "broken.py": f"{COPY}\nthis is no Python\n",
    "page.md": f"Try this:\n\n```python\n{COPY}\n```\n",
    "prose.md": f"The gradient is `{COPY}`, as you will see.\n",
    "settings.toml": f'body = """\n{COPY}\n"""\n',
}


@pytest.fixture
def secrets() -> Secrets:
    kept = Secrets()
    source = "def gradient(X, targets, outputs, N):\n    return X.T @ (targets - outputs) / N\n"
    kept.add(leaks.of_functions(source), "solution.py")
    return kept


@pytest.mark.parametrize("name", PLACES)
def test_a_copy_is_found_wherever_it_stands_as_text(
    name: str, secrets: Secrets, tmp_path: Path
) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / name).write_text(PLACES[name], "utf-8")
    found = secrets.in_folder(tmp_path)
    assert found
    assert all(leak.place.startswith(f"deep/{name}, line ") for leak in found)
    assert all(leak.secret == "solution.py, line 2" for leak in found)


def compiled(code: str = COPY) -> bytes:
    return marshal.dumps(compile(code, "f", "exec"))


def test_compiled_code_is_found(secrets: Secrets, tmp_path: Path) -> None:
    (tmp_path / "module.pyc").write_bytes(b"0123456789abcdef" + compiled())
    (tmp_path / "blob.bin").write_bytes(compiled())
    (tmp_path / "pickled.pkl").write_bytes(b"\x80\x04\x95\xff\xfe.")
    assert {leak.place for leak in secrets.in_folder(tmp_path)} == {
        "module.pyc",
        "blob.bin",
        "pickled.pkl",
    }


@pytest.mark.parametrize(
    "hidden",
    [
        np.array(["nothing here", COPY]),
        np.array([COPY.encode()]),
        np.frombuffer(COPY.encode(), np.uint8),
        np.frombuffer(compiled(), np.uint8),
        np.frombuffer(compiled() + b" " * (-len(compiled()) % 8), np.int64),
        np.array([1, "a"], dtype=object),
        np.zeros(3, dtype=[("a", float), ("b", int)]),
    ],
    ids=["text", "bytes", "letters", "compiled", "numbers", "objects", "records"],
)
def test_arrays_hide_nothing(hidden: np.ndarray, secrets: Secrets, tmp_path: Path) -> None:
    np.savez(tmp_path / "table.npz", numbers=np.arange(5.0), hidden=hidden)
    assert [leak.place.partition(", line")[0] for leak in secrets.in_folder(tmp_path)] == [
        "table.npz, hidden"
    ]


def test_what_is_handed_out_on_purpose_is_no_secret(secrets: Secrets, tmp_path: Path) -> None:
    (tmp_path / "code.py").write_text(COPY, "utf-8")
    secrets.free(leaks.of_module("def equation(a, b, c, n):\n    return a.T @ (b - c) / n\n"))
    assert secrets.in_folder(tmp_path) == []


def test_other_files_say_nothing(secrets: Secrets, tmp_path: Path) -> None:
    (tmp_path / "code.py").write_text("answer = pictures.T @ (one + other) / count\n", "utf-8")
    (tmp_path / "LICENSE").write_text("Permission is hereby granted - or not (see below).", "utf-8")
    np.savez(tmp_path / "table.npz", numbers=np.arange(5.0), text=np.array(["a - b", "b @ (c)"]))
    assert secrets.in_folder(tmp_path) == []
