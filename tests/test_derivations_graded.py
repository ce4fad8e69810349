"""Derivations on a submission's way: earned where complete, else pending, shown, never lost."""

from __future__ import annotations

import io
import re
from decimal import Decimal
from pathlib import Path

import pytest
from rich.console import Console

from gradus.reports import html, markdown, terminal
from gradus.results import Result
from tests.submissions import SAMPLE, check, earned, graded, sample_copy

TASKS = ("1a", "1b", "4a")
HOSTILE = "dC/dw_i = <script>alert(1)</script> \\u001b[31m ::error::x | `y`"


@pytest.fixture(scope="module")
def sample() -> Result:
    return graded(SAMPLE, tasks=TASKS)


def with_answers(folder: Path, content: str | bytes | None) -> Result:
    """What the sample earns with another `answers.toml`, or none."""
    path = sample_copy(folder) / "answers.toml"
    path.unlink()
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return graded(folder, tasks=TASKS)


def on_a_terminal(result: Result) -> str:
    stream = io.StringIO()
    terminal.render(result, Console(file=stream, width=100))
    return stream.getvalue()


def test_the_sample_earns_1b_and_4a_and_its_slip_in_1a_is_left_to_a_person(sample: Result) -> None:
    assert earned(sample) == {"1a.derivation": 0, "1b.derivation": 0.375, "4a.derivation": 0.15}
    assert (sample.score.lost, sample.score.pending) == (0, Decimal("0.275"))
    first, second, third = sample.derivations
    assert [d.verdict for d in sample.derivations] == ["incomplete", "complete", "complete"]
    assert [line.holds for line in first.lines] == [False, True, True, True, True, True]
    assert all(line.holds for line in (*second.lines, *third.lines))


def test_the_law_names_the_line_and_the_numbers(sample: Result) -> None:
    law = check(sample, "1a.derivation.recognised")
    assert law.pending
    assert str(law.message).startswith("for a person: line 1 breaks: `l^n = -y ln(yhat) + (1 - y)")
    assert sample.derivations[0].lines[0].says in str(law.message)


def test_two_runs_find_the_same(sample: Result) -> None:
    assert graded(SAMPLE, tasks=TASKS).derivations == sample.derivations


def test_reports_show_each_line(sample: Result) -> None:
    text = markdown.render(sample)
    assert "1a: **incomplete**" in text
    assert "1b: **complete**" in text
    assert "l^n = -y ln(yhat) + (1 - y) ln(1 - yhat)    [does not hold: where y = 0." in text
    shown = on_a_terminal(sample)
    assert "Derivation 1a: incomplete" in shown
    assert "✗ l^n = -y ln(yhat) + (1 - y) ln(1 - yhat)" in shown
    assert "Derivation 1b: complete" in shown


def test_without_answers_everything_waits_for_a_person(tmp_path: Path) -> None:
    result = with_answers(tmp_path / "none", None)
    assert (result.score.earned, result.score.pending) == (0, Decimal("0.800"))
    assert result.derivations == ()
    law = check(result, "1b.derivation.recognised")
    assert law.message == "for a person: `answers.toml` states no derivation of task 1b"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"x" * 10_000_000, "it has 10,000,000 bytes"),
        (b"[derivations.1a]\nlines = ['\xff']", "not UTF-8"),
        (b"[derivations.1a\n", "it is no TOML"),
        (b"[claims]\na = " + b"[" * 10_000, "nested more than 32 deep"),
    ],
)
def test_a_file_that_is_refused_costs_nothing(tmp_path: Path, content: bytes, says: str) -> None:
    result = with_answers(tmp_path / "refused", content)
    assert (result.score.lost, result.score.pending) == (0, Decimal("0.800"))
    assert [d.verdict for d in result.derivations] == ["not typed"] * 3
    assert says in str(result.derivations[0].message)


def test_what_is_typed_is_shown_as_data(tmp_path: Path) -> None:
    nested = "(" * 500 + "y" + ")" * 500
    lines = ", ".join(f'"{line}"' for line in (HOSTILE, "__import__('os')", f"C = {nested}"))
    result = with_answers(tmp_path / "hostile", f"[derivations.1a]\nlines = [{lines}]\n")
    assert (result.score.lost, result.score.pending) == (0, Decimal("0.800"))
    typed = result.derivations[0]
    assert typed.verdict == "incomplete"
    assert [line.holds for line in typed.lines] == [None, None, None]
    assert all(str(line.says).isprintable() for line in typed.lines)
    shown = on_a_terminal(result)
    assert "\x1b" not in shown
    assert not any(line.startswith("::") for line in shown.splitlines())
    # Markdown shows what stands in fences and code spans as it is.
    outside = re.sub(
        r"^(`{3,}).*?^\1$", "", markdown.render(result), flags=re.DOTALL | re.MULTILINE
    )
    assert "<script>" not in re.sub(r"`[^`\n]*`", "", outside)
    page = html.render(result)
    assert "alert(1)" in page
    assert "<script>alert" not in page
