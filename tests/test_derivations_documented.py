"""`docs/answers.md` says what is so: its examples are complete, its notations mean the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from checks.derivations import QUESTIONS
from gradus.answers_toml import parse
from gradus.derivations import latex, normal, notation
from gradus.derivations.grammar import equations
from gradus.derivations.judging import judge
from tests.test_derivation_notation import QUESTION

PAGE = (Path(__file__).resolve().parent.parent / "docs" / "answers.md").read_text("utf-8")
SECTION = PAGE[PAGE.index("## Derivations") : PAGE.index("## Claims")]
EXAMPLES = re.findall(r"```toml\n(.*?)```", SECTION, re.DOTALL)
CELL = r"`((?:[^`|]|\\\|)*)`"
NOTATIONS = [
    tuple(cell.replace(r"\|", "|") for cell in row)
    for row in re.findall(
        rf"^\| {CELL} \| {CELL} \|", SECTION[SECTION.index("### Notation") :], re.MULTILINE
    )
]
SYMBOLS = [
    symbol
    for cells in re.findall(
        r"^\| (`.*?) \|(.*?)\|",
        SECTION[SECTION.index("### Symbols") : SECTION.index("### Notation")],
        re.MULTILINE,
    )
    for symbol in re.findall(r"`([^`]*)`", " ".join(cells))
]


@pytest.mark.parametrize("example", EXAMPLES, ids=["python", "latex"])
def test_an_example_is_a_file_whose_derivation_is_complete(example: str) -> None:
    answers = parse(example.encode())
    assert answers.problem is None
    assert judge(answers.derivations["example"], QUESTION, 0).lacks is None


@pytest.mark.parametrize(("python", "tex"), NOTATIONS)
def test_both_notations_of_a_row_mean_the_same(python: str, tex: str) -> None:
    (one,), (other,) = (
        equations(read(f"q = {text}"), None)
        for read, text in ((notation.tokens, python), (latex.tokens, tex))
    )
    assert normal.key(one.right) == normal.key(other.right)


def test_the_table_of_notations_is_read_whole() -> None:
    assert len(NOTATIONS) == SECTION[SECTION.index("### Notation") :].count("\n| `")


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_a_documented_symbol_is_known_to_a_task(symbol: str) -> None:
    readings = [reading for question in QUESTIONS.values() for reading in question.readings]
    name = notation.tokens(symbol)[0].text
    assert any(name in quantity.names for reading in readings for quantity in reading.quantities)


def test_the_symbols_are_read_whole() -> None:
    assert {"C", "J", "R", "yhat_k", "y", "z", "x_i", "w_kj", "N", "lambda", "t"} <= set(SYMBOLS)
