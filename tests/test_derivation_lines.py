"""Where the lines of a derivation end."""

from __future__ import annotations

import pytest

from gradus.answers_toml import MAX_LINE, TypedDerivation
from gradus.derivations.lines import lines_of


def lines(typed: str, notation: str = "python") -> list[str]:
    """The lines that a text is read as."""
    given = tuple(line.strip() for line in typed.splitlines() if line.strip())
    return lines_of(TypedDerivation.model_validate({"notation": notation, "lines": given}))


@pytest.mark.parametrize("notation", ["python", "latex"])
@pytest.mark.parametrize(
    ("first", "second"),
    [("C = a", "+ b"), ("C = a +", "b"), ("C = (a", "+ b)"), ("C = (a", "b)/c = d"), ("C", "= a")],
)
def test_a_line_goes_on_in_the_next(first: str, second: str, notation: str) -> None:
    assert lines(f"{first}\n{second}", notation) == [f"{first} {second}"]


@pytest.mark.parametrize("notation", ["python", "latex"])
def test_other_lines_stand_by_themselves(notation: str) -> None:
    assert lines("C = a\n= b\nz = (c\nx = d", notation) == ["C = a", "= b", "z = (c", "x = d"]


def test_a_fraction_in_latex_may_be_cut_anywhere() -> None:
    assert lines(r"\frac{\partial" + "\n" + r"C}{\partial w} = a" + "\n" + r"b", "latex") == [
        r"\frac{\partial C}{\partial w} = a b"
    ]


def test_a_product_in_latex_may_go_on_without_a_sign() -> None:
    typed = "C = a\n" + r"(1 - b)" + "\n" + r"\frac{dC}{dw}" + "\n= d"
    assert lines(typed, "latex") == ["C = a (1 - b)", r"\frac{dC}{dw} = d"]


def test_two_backslashes_end_a_line_of_latex() -> None:
    assert lines("C = a \\\\\nb = c \\\\", "latex") == ["C = a", "b = c"]


@pytest.mark.parametrize(("notation", "sign"), [("python", "#"), ("latex", "%")])
def test_what_goes_on_behind_a_comment_is_not_lost_in_it(notation: str, sign: str) -> None:
    assert lines(f"C = a  {sign} the loss (of one\n+ b {sign} more", notation) == ["C = a + b"]
    assert lines(f"C = a {sign} the loss", notation) == [f"C = a {sign} the loss"]


def test_a_line_that_is_too_long_already_does_not_grow() -> None:
    found = lines("C = a\n" + "+ (bbbbbbbb\n" * 1_000)
    assert MAX_LINE < len(found[0]) < MAX_LINE + 20
