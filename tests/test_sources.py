"""When two files are told to be the same: exactly what may differ, and what may not."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradus.sources import MAX_BYTES, source_of, sources_of
from tests.submissions import ROOT

MINE = '''
import numpy as np

RATE = 0.1  # learning rate

class Model:
    """A model."""

    def forward(self, X, scale=1):
        z = X @ self.w
        for row in z:
            row *= scale
        return 1 / (1 + np.exp(-z))
'''


def same(one: str, other: str) -> bool:
    digests = [source_of("a.py", text.encode()).syntax for text in (one, other)]
    assert None not in digests
    return digests[0] == digests[1]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("  # learning rate", ""),
        ('    """A model."""\n', ""),
        ("\n\n", "\n\n\n\n"),
        ("z", "logits"),
        ("X", "images"),
        ("row", "r"),
        ("RATE", "alpha"),
        ("self", "me"),
        ("(1 + np.exp(-z))", "( (1 + np.exp( -z )) )"),
    ],
)
def test_comments_layout_and_names_of_variables_do_not_count(old: str, new: str) -> None:
    assert old in MINE
    assert same(MINE, MINE.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("0.1", "0.2"),
        ("np.exp", "np.log"),
        ("forward", "backward"),
        ("Model", "Net"),
        ("X @ self.w", "X * self.w"),
        ("self.w", "self.weights"),
        ("import numpy as np", "import cupy as np"),
        ("-z", "z"),
        ("row *= scale", "pass"),
        ("row *= scale", "z *= scale"),
        ("scale=1", "scale=1.0"),
        ("return 1 /", "return +1 /"),
    ],
)
def test_everything_else_counts(old: str, new: str) -> None:
    assert old in MINE
    assert not same(MINE, MINE.replace(old, new))


def test_two_variables_that_become_one_are_another_program() -> None:
    assert not same("a = 1\nb = 2\nprint(a)", "a = 1\na = 2\nprint(a)")
    assert not same("a = 1\nb = 2\nprint(a)", "a = 1\nb = 2\nprint(b)")
    assert same("a = 1\nb = 2\nprint(a)", "b = 1\na = 2\nprint(b)")


def test_a_called_function_is_not_exchanged_for_another() -> None:
    assert not same("def f(x): return sum(x)", "def f(x): return max(x)")
    assert not same("from m import a, b\na()", "from m import a, b\nb()")


@pytest.mark.parametrize(
    "content",
    [b"def f(:", b"\0", b"(" * 10_000, b"-" * 100_000 + b"1", b"x = 1\n" * MAX_BYTES],
)
def test_what_is_no_python_is_compared_by_its_bytes_alone(content: bytes) -> None:
    found = source_of("a.py", content)
    assert (found.syntax, found.nodes) == (None, 0)
    assert len(found.sha256) == 64


@settings(database=None, deadline=None, max_examples=200)
@given(st.binary(max_size=60) | st.text("()[]:=+ \nabdefr'\"#", max_size=60).map(str.encode))
def test_any_bytes_have_digests(content: bytes) -> None:
    found = source_of("a.py", content)
    assert (found.syntax is None) == (found.nodes == 0)


def test_the_samples_modules_are_read_and_keep_their_syntax_when_unparsed() -> None:
    found = sources_of(ROOT / "student", ["task2a", "trainer", "missing"])
    assert [one.file for one in found] == ["task2a.py", "trainer.py"]
    for one in found:
        text = ast.unparse(ast.parse((ROOT / "student" / one.file).read_bytes()))
        assert source_of(one.file, text.encode()).syntax == one.syntax
        assert one.nodes > 100
