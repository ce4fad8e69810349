"""`answers.toml` is data: read within bounds, refused in one sentence, never an error."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradus import answers_toml
from gradus.answers_toml import AnswersFile, parse, read

TYPED = """
[derivations.1a]
lines = ["C = y", "", "  = y + 0  "]

[derivations.1b]
notation = "latex"
lines = '''
C &= y \\\\

  &= \\frac{y}{1}
'''

[claims]
"2d.stop-epoch" = {value = 33, counted-from = 0}
"2d.loss" = 0.067
where = ["a", "b"]
"""


def test_derivations_and_claims_are_read_as_typed() -> None:
    answers = parse(TYPED.encode())
    assert answers.problem is None
    assert answers.derivations["1a"].notation == "python"
    assert answers.derivations["1a"].lines == ("C = y", "= y + 0")
    assert answers.derivations["1b"].notation == "latex"
    assert answers.derivations["1b"].lines == (r"C &= y \\", r"&= \frac{y}{1}")
    assert answers.claims == {
        "2d.stop-epoch": {"value": 33, "counted-from": 0},
        "2d.loss": 0.067,
        "where": ["a", "b"],
    }


def test_no_file_is_no_problem(tmp_path: Path) -> None:
    assert read(tmp_path) == AnswersFile()


def test_a_file_is_read_from_its_folder(tmp_path: Path) -> None:
    (tmp_path / answers_toml.FILE).write_text(TYPED, "utf-8")
    assert read(tmp_path) == parse(TYPED.encode())
    assert read(tmp_path).present


def test_a_folder_of_that_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / answers_toml.FILE).mkdir()
    assert "cannot be read" in str(read(tmp_path).problem)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"x" * 10_000_000, "more than 262,144 bytes"),
        (b"[claims]\na = '\xff'", "line 2 is not UTF-8"),
        (b"[claims]\na = x", "line 2"),
        (b"a = 1", "has `a` at its top"),
        (b"claims = 3", "`claims` should be a table"),
        (b"derivations = []", "`derivations` should be a table"),
        (b"[derivations]\n1a = 3", "the derivation `1a` should be a table"),
        (b"[derivations.1a]\nline = ['C']", "has `line`, but only"),
        (b"[derivations.1a]\nlines = 3", "should have `lines`"),
        (b"[derivations.1a]\nlines = [3]", "should have `lines`"),
        (b"[derivations.1a]\nnotation = 'word'\nlines = []", 'notation "python" or "latex"'),
        (b"[derivations.1a]\nlines = '''" + b"a\n" * 201 + b"'''", "201 lines, and at most 200"),
        (b"[derivations.1a]\nlines = ['" + b"a" * 2_001 + b"']", "2,001 characters"),
        (b"[claims]\na = " + b"[" * 100_000, "nested more than 32 deep near line 2"),
        (b"[claims]\na = " + b"{a=" * 40_000, "nested more than 32 deep near line 2"),
        (b"[claims]\n" + b"a." * 50_000 + b"b = 1", "more than 32 parts"),
        (b"[claims]\na = " + b"9" * 200_000, "more than 400 digits"),
        (b"[claims]\na = 2020-01-01", "a date is written as a string"),
        (b'[derivations.1b]\nnotation = "latex"\nlines = "\\frac{a}{b}"', "write LaTeX between"),
        (b'[derivations.1b]\nnotation = "latex"\nlines = "\\hat{y}"', "write LaTeX between"),
        (b"[claims]\na = nan", "finite"),
        (b"[claims]\na = {b = [-inf]}", "finite"),
        (b"[claims]\na = '" + b"a" * 10_001 + b"'", "longer than 10,000"),
        (b"[claims]\n" + b"a" * 101 + b" = 1", "more than 100 characters"),
        (b"[claims]\n" + b"".join(b"a%d = 1\n" % i for i in range(501)), "501 claims"),
    ],
)
def test_what_cannot_be_taken_is_told_in_one_sentence(content: bytes, says: str) -> None:
    answers = parse(content)
    assert says in str(answers.problem)
    assert "\n" not in str(answers.problem)
    assert len(str(answers.problem)) < 500
    assert not answers.derivations
    assert not answers.claims


def test_a_key_cannot_reach_the_terminal() -> None:
    answers = parse(b'["\\u001b[31m`<script>"]')
    assert answers.problem is not None
    assert answers.problem.isprintable()


@settings(max_examples=60, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_no_content_raises(content: bytes) -> None:
    assert parse(content).present


TOML_PIECES = st.sampled_from(
    [
        "[",
        "]",
        "{",
        "}",
        "'",
        '"',
        "'''",
        '"""',
        "=",
        ",",
        ".",
        "#",
        "\\",
        "_",
        "\n",
        "1e9",
        "nan",
        "claims",
        "derivations",
        "lines",
        "notation",
        "1a",
        "[claims]\n",
        "[derivations.1a]\n",
    ]
)


@settings(max_examples=100, deadline=None)
@given(st.lists(TOML_PIECES, max_size=40).map("".join))
def test_no_pieces_of_toml_raise(text: str) -> None:
    answers = parse(text.encode())
    assert (answers.problem is None) or not answers.claims
