"""What a submission says is data wherever it is shown: through the whole of a graded run.

What each renderer does with hostile text by itself is in test_reports.py.
"""

from __future__ import annotations

import html
import json
import os
import re
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest

from gradus.results import Result
from tests.submissions import ROOT, replace, sample_copy
from tests.test_hostile_submissions import FORWARD_END
from tests.workers import posix_only

FORGED = "FORGED-51c9"
SAID = (
    f"<script>alert('{FORGED}')</script>\n::add-mask::{FORGED}\n##[error]{FORGED}\n"
    f"::stop-commands::{FORGED}\n"
    "\x1b[2J\x1b]0;title\x07\u202egnp.exe\u2066\u200b\ud800\x85::warning::x\u2028::error::y\r::debug::z"
    "\n| a | b |\n```\n[red]markup[/red] {{ 7*7 }} ]]> &amp; \x00"
)
"""Markup, log commands and control characters of every place where results are shown."""

COMMANDS = (
    "::add-mask",
    f"::stop-commands::{FORGED}",
    "##[",
    "::warning::x",
    "::error::y",
    "::debug::z",
)
pytestmark = posix_only


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """The folder of reports, what was printed, and the job summary of such a submission."""
    tmp_path = tmp_path_factory.mktemp("shown")
    submission = sample_copy(tmp_path / "[red]x[/red] <b>::error::\u202e`|`")
    body = f"        print({SAID!r})\n        raise ValueError({SAID!r})\n"
    replace(submission / "task2a.py", FORWARD_END, body)
    summary = tmp_path / "summary.md"
    summary.touch()
    command = [sys.executable, "-m", "gradus", "grade", str(submission), "--out", tmp_path / "out"]
    ended = subprocess.run(
        [*map(str, command), "--data", "digits", "--emit", "github,junit,gradescope"],
        cwd=ROOT,
        capture_output=True,
        check=False,
        env={
            **os.environ,
            "GITHUB_ACTIONS": "true",
            "GITHUB_STEP_SUMMARY": str(summary),
            "PYTHONUTF8": "1",
        },
    )
    said = ended.stdout.decode("utf-8") + ended.stderr.decode("utf-8")
    assert ended.returncode == 0, said
    return tmp_path / "out", said, summary.read_text("utf-8")


def hidden(text: str) -> set[str]:
    """Characters that move, hide or turn around what is shown, besides newlines."""
    return {c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")} - {"\n"}


def test_no_line_of_the_log_is_a_command_of_the_submissions(shown: tuple[Path, str, str]) -> None:
    _, log, _ = shown
    for line in re.split("[\n\r\x85\u2028]", log):
        assert not line.strip().startswith(COMMANDS), line


def test_the_log_holds_no_hidden_character(shown: tuple[Path, str, str]) -> None:
    assert hidden(shown[1]) == set()


@pytest.mark.parametrize("name", ["report.md", "report.html", "results.json"])
def test_no_file_holds_a_hidden_character(name: str, shown: tuple[Path, str, str]) -> None:
    text = (shown[0] / name).read_text("utf-8")
    assert FORGED in text
    assert hidden(text) == set()


def test_the_page_holds_what_was_said_as_text_alone(shown: tuple[Path, str, str]) -> None:
    page = (shown[0] / "report.html").read_text("utf-8")
    assert f"<script>alert('{FORGED}" not in page
    assert f"<script>alert('{FORGED}')</script>" in html.unescape(page)
    assert page.count("<script") == page.count("</script>") == 1


def test_the_summary_of_the_job_holds_no_markup_of_the_submissions(
    shown: tuple[Path, str, str],
) -> None:
    _, _, summary = shown
    assert summary
    outside = re.sub(r"(?ms)^(`{3,}).*?^\1$|`[^`\n]*`", "", summary)
    assert "<script" not in outside
    assert hidden(summary) == set()


def test_results_are_read_back_with_what_was_said(shown: tuple[Path, str, str]) -> None:
    raw = (shown[0] / "results.json").read_bytes()
    result = Result.from_json(raw)
    (value,) = (check for check in result.checks if check.id == "2a.forward.value")
    assert FORGED in str(value.message)
    assert json.loads(raw)["schema"] == "gradus/result/v1"


def test_nothing_is_left_half_written(shown: tuple[Path, str, str]) -> None:
    assert not [path for path in shown[0].rglob("*") if path.name.endswith(".tmp")]
