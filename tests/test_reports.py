"""The three views of a result: complete, calm, and deaf to whatever a submission writes."""

from __future__ import annotations

import io
import re
import shlex
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from gradus.exports import github
from gradus.reports import certificate, content, html, markdown, terminal
from gradus.results import Counterexample, Origin, Submission, Verdict, Where
from gradus.text import abridged, code_spans, visible, visible_line
from tests.builders import (
    HOSTILE,
    all_passed,
    hostile_result,
    mixed_checks,
    sample_check,
    sample_result,
)

quick = settings(database=None, deadline=None, max_examples=60)
VOID = {"meta", "br", "hr", "img", "input", "link"}


def terminal_text(result, width=80, encoding="utf-8", **options):
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding, newline="\n")
    terminal.render(result, Console(file=file, width=width, **options))
    file.flush()
    return raw.getvalue().decode(encoding)


def unwrapped(text):
    return " ".join(re.sub(r"^\s*[│|]?", " ", text, flags=re.MULTILINE).split())


class Page(HTMLParser):
    """Balance, attributes, headings and text of a page."""

    def __init__(self, text):
        super().__init__()
        self.open, self.attributes, self.tags, self.text = [], [], [], ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *pair) for pair in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not self.open or self.open[-1] not in ("style", "script"):
            self.text += data


@given(st.text(st.characters()))
@quick
def test_visible_text_holds_no_hidden_character(text):
    shown = visible(text)
    assert all(character == "\n" or character.isprintable() for character in shown)
    assert visible(shown) == shown
    assert "\n" not in visible_line(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[31mb", "a\\x1b[31mb"),
        ("\u202eexe", "\\u202eexe"),
        ("\u2066\u200b\ufeff", "\\u2066\\u200b\\ufeff"),
        ("a\r\nb\rc", "a\nb\\x0dc"),
        ("\ud800", "\\ud800"),
        ("\U000e0041", "\\U000e0041"),
        ("ali\u034fce \u3164\ufe0f", "ali\\u034fce \\u3164\\ufe0f"),
        ("blåbær λ 你好", "blåbær λ 你好"),
    ],
)
def test_hidden_characters_are_written_out(text, shown):
    assert visible(text) == shown


@given(st.text(alphabet="`ab \n"))
@quick
def test_code_spans_lose_no_text(text):
    assert "".join(f"`{part}`" if code else part for code, part in code_spans(text)) == text


def test_a_long_text_is_abridged_in_words():
    assert abridged("x" * 20, limit=20) == "x" * 20
    assert abridged("x" * 25, limit=20).endswith("(5 more characters are in results.json)")


@pytest.mark.parametrize("render", [html.render, markdown.render, terminal_text])
def test_every_law_that_did_not_pass_is_told_with_its_message(render):
    result = sample_result()
    text = render(result)
    if render is html.render:
        text = Page(text).text
    if render is markdown.render:
        text = re.sub(r"\\([\\`*_\[\]|~$#:.])", r"\1", text).replace("&lt;", "<")
    shown = unwrapped(text.replace("`", ""))
    for check in result.checks:
        assert unwrapped(check.law.replace("`", "")) in shown
        if check.verdict is not Verdict.PASSED:
            assert check.id in shown
            assert unwrapped((check.message or "").replace("`", "")) in shown
        for diagnosis in check.diagnosis:
            assert diagnosis.fix.replace("`", "") in shown
    for line in mixed_checks()[4].counterexample.snippet.splitlines():
        assert unwrapped(line) in shown


@pytest.mark.parametrize("render", [html.render, markdown.render, terminal_text])
def test_marks_and_counts_stand_in_every_report(render):
    text = render(sample_result())
    for points in ("0.258", "0.367", "0.375", "1.000"):
        assert points in text
    assert "3 of 9 laws passed, 2 failed, 1 errored, 2 blocked, 1 not run; 1 remark" in text
    assert "Begin with 2a.backward.value, in task2a.py, line 42" in text


def test_the_next_step_of_a_finished_submission_is_a_persons():
    said = content.next_step(sample_result(all_passed()))
    assert said == "No point is lost. 0.100 points are for a person to mark."


def test_the_next_step_is_the_first_value_law_that_failed():
    checks = [
        *all_passed()[:1],
        sample_check("2a.forward.value", "blocked"),
        sample_check("2a.forward.log-odds", "failed"),
        sample_check("2a.backward.value", "failed"),
        *all_passed()[4:],
    ]
    assert content.next_step(sample_result(checks)) == "Begin with 2a.backward.value"
    assert content.next_step(sample_result([*checks[:2], *all_passed()[2:]])).endswith(
        "2a.forward.value"
    )


def test_a_law_that_was_not_recognised_is_no_fault_to_mend():
    checks = [sample_check("1a.derivation.lines", "failed"), *all_passed()[1:]]
    task = sample_result(checks).tasks[0]
    assert content.standing(task.checks[0], task) == "waiting"


def test_the_page_is_balanced_and_its_headings_are_in_order():
    for result in (sample_result(), hostile_result(), sample_result(all_passed())):
        page = Page(html.render(result))
        assert page.open == []
        levels = [int(tag[1]) for tag in page.tags if re.fullmatch(r"h[1-6]", tag)]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))
        assert {"header", "main", "details", "summary", "table"} <= set(page.tags)


def test_the_page_needs_nothing_from_elsewhere():
    text = html.render(sample_result())
    page = Page(text)
    assert not {"link", "img", "iframe", "object", "base", "form"} & set(page.tags)
    for tag, name, value in page.attributes:
        assert name not in ("src", "srcset", "action", "data", "poster"), tag
        assert name != "href" or value.startswith("#")
    assert not re.search(r"https?:|//[a-z]|url\(|@import", text.split("</style>")[0])


def test_the_page_follows_the_readers_colours_and_prints():
    text = html.render(sample_result())
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text
    assert 'lang="en"' in text


def test_hostile_text_is_only_text_in_the_page():
    calm, hostile = Page(html.render(sample_result())), Page(html.render(hostile_result()))
    assert hostile.tags.count("script") == calm.tags.count("script") == 1
    assert "<script>alert(1)</script> [red]x[/red]" in hostile.text
    assert "{{ 7*7 }}" in hostile.text
    assert not any(character in hostile.text for character in "\x1b\x07\u202e\u200b")
    assert all(not name.startswith("on") for _, name, _ in hostile.attributes)


def blocks_of(text):
    """Markdown without its fenced blocks, and the blocks."""
    outside, blocks, fence = [], [], None
    for line in text.split("\n"):
        opening = re.match(r"`{3,}", line)
        if fence is None and opening:
            fence = opening[0]
            blocks.append([])
        elif fence is not None and line == fence:
            fence = None
        elif fence is not None:
            blocks[-1].append(line)
        else:
            outside.append(line)
    assert fence is None
    return "\n".join(outside), ["\n".join(block) for block in blocks]


def test_hostile_text_is_only_text_in_markdown():
    text = markdown.render(hostile_result())
    outside, blocks = blocks_of(text)
    assert visible(HOSTILE) in blocks
    without_code = re.sub(r"(?<!\\)`[^`]*`", "", outside)
    assert "<script" not in without_code
    assert set(re.findall(r"<(/?\w+)", without_code)) <= {
        "details",
        "summary",
        "/details",
        "/summary",
    }
    assert not any(character in text for character in "\x1b\x07\u202e\u200b")
    tables = re.findall(r"(?m)(?:^\|.*\n)+", outside)
    assert len(tables) == 4  # marks, claims, and one for each reason
    for table in tables:
        assert len({len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()}) == 1


@given(st.text(alphabet="`~x\n<", max_size=40))
@quick
def test_nothing_closes_a_fence_but_its_own_end(text):
    lines = markdown.fence(text)
    mark = lines[-2]
    assert mark not in lines[1]
    assert lines[0] == f"{mark}text"


@given(st.text(alphabet="`*_[]<>|&@$#\\ab1.:/", max_size=40))
@quick
def test_inline_text_holds_no_bare_markup(text):
    escaped = markdown.inline(text)
    bare = re.sub(r"\\.|&amp;|&lt;|&#64;", "", escaped)
    assert not set(bare) & set("`*_[]<|&$#\\")
    assert not re.search(r"@\w", escaped)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("- a", r"\- a"),
        ("--- ", r"\--- "),
        ("1. a", r"1\. a"),
        ("12)", r"12\)"),
        ("> a", r"\> a"),
        ("===", r"\==="),
        ("    a", "&#32;   a"),
        ("-0.5", "-0.5"),
        ("1.5", "1.5"),
        ("`a` - b", "`a` - b"),
    ],
)
def test_no_text_makes_a_list_or_a_heading_of_its_line(text, written):
    assert markdown.sentence(text) == written


def test_what_is_code_in_a_line_folds_nothing_of_a_summary():
    said = "`</details>` `<details>`"
    result = sample_result([sample_check(c.id, law=said) for c in all_passed()])
    text = github.summary(result, len(github.summary(result)) - 100)
    assert text.endswith("</details>\n\n\n(shortened; the whole report is in report.md)\n")


@pytest.mark.parametrize("name", ["-rf", "--student-python=x", "a; rm -rf ~", "$(x)"])
def test_a_command_to_paste_takes_a_name_for_nothing_else(name):
    result = sample_result(submission=Submission(id=name, sha256="ab" * 32, edition="2021"))
    for command in (certificate.reproduce_command(result), certificate.verify_command(result)):
        words = shlex.split(command)
        assert words[:2] == ["gradus", "grade"]
        assert words[2].removeprefix("./") == name
        assert not words[2].startswith("-")


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("terminal_like", [False, True])
def test_no_line_of_a_log_begins_with_a_command(width, terminal_like):
    text = terminal_text(hostile_result(), width, force_terminal=terminal_like)
    for line in re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text).replace("\r", "\n").split("\n"):
        assert not line.lstrip().startswith(("::", "##"))
        assert "##[" not in line
    assert not any(character in text for character in "\x07\u202e\u200b")


@given(st.text(max_size=200), st.integers(20, 130))
@quick
def test_any_student_text_stays_behind_its_gutter(text, width):
    bad = sample_check(
        "2a.backward.value",
        "failed",
        message="A" + text,
        counterexample=Counterexample(snippet=text, got=text, should_be=text),
    )
    checks = [bad if check.id == bad.id else check for check in all_passed()]
    shown = terminal_text(sample_result(checks), width)
    assert all(not line.lstrip().startswith("::") for line in shown.split("\n"))
    assert all(character == "\n" or character.isprintable() for character in shown)


def test_output_that_is_no_terminal_is_plain_and_lists_every_law():
    result = sample_result()
    text = terminal_text(result, force_terminal=False)
    assert "\x1b" not in text
    assert "\r" not in text
    lines = text.split("\n")
    for check in result.checks:
        assert any(check.law in line and line.startswith("  ") for line in lines)


def test_no_color_means_no_escape_code_at_all(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    text = terminal_text(sample_result(), force_terminal=True)
    assert "\x1b" not in text
    assert "2a.backward.value" in text


def test_a_terminal_gets_colour_and_its_cursor_back():
    text = terminal_text(sample_result(), force_terminal=True, color_system="standard")
    assert "\x1b[32m✓" in text
    assert text.rfind("\x1b[?25h") >= text.rfind("\x1b[?25l")


def test_an_ascii_terminal_gets_ascii_marks():
    text = terminal_text(sample_result(), encoding="ascii")
    assert "  x `backward` sets" in text
    assert "  + `forward(X)` is" in text
    hostile = [sample_check("2a.forward.value", "failed", message="π ≠ 3"), *all_passed()[2:]]
    shown = terminal_text(sample_result([*hostile, all_passed()[0]]), encoding="ascii")
    assert "\\u03c0 \\u2260 3" in shown


def test_no_line_is_wider_than_the_terminal():
    for width in (60, 80, 100):
        text = terminal_text(hostile_result(), width, force_terminal=True, no_color=True)
        assert max(map(len, text.split("\n"))) <= width


def test_laws_come_one_by_one_under_their_tasks():
    file = io.StringIO()
    result = sample_result()
    view = terminal.TerminalView(
        Console(file=file, width=80), 9, {task.id: task.title for task in result.tasks}
    )
    with view:
        view.on_start(result.checks[1].law)
        view.on_check(result.checks[1])
        view.on_check(result.checks[2])
    lines = file.getvalue().split("\n")
    assert lines[1:4] == [
        "2a  Logistic regression: functions",
        "  ✓ `forward(X)` is 1 / (1 + exp(-X @ w)) for every row of X.",
        "  ✓ The log-odds of `forward(X)` are X @ w.  (2.3 s)",
    ]


def test_laws_that_did_not_run_for_one_reason_are_told_together():
    checks = [
        *all_passed()[:4],
        sample_check("2b.train_step.value", "blocked", message="`task2` cannot be imported"),
        sample_check("2b.train_step.rate", "blocked", message="`task2` cannot be imported"),
    ]
    text = terminal_text(sample_result(checks))
    assert "2 laws: could not run" in text
    told, _, step = text.rstrip().rpartition("\n")
    assert told.count("`task2` cannot be imported") == 1
    assert step == "Begin with 2b.train_step.value: `task2` cannot be imported"


def test_evidence_that_could_not_run_is_not_marked_to_be_looked_at():
    blocked = sample_check("2a.forward.huge", "blocked", evidence=True, weight=0.0, message="ended")
    failed = sample_check("2b.train_step.replay", "failed", evidence=True, weight=0.0, message="is")
    kept = [check for check in all_passed() if check.id not in (blocked.id, failed.id)]
    lines = terminal_text(sample_result([*kept, blocked, failed])).splitlines()
    assert [line.rpartition("  ")[2] for line in lines if line.endswith(("run)", "here)"))] == [
        "(could not run)",
        "(look here)",
    ]


def test_a_remark_beside_a_law_to_mend_waits_until_that_is_mended():
    remark = sample_check("2a.forward.huge", "failed", advice=True, weight=0.0, message="it is nan")
    kept = [check for check in all_passed() if check.id != remark.id]
    failed = sample_check("2a.forward.value", "failed", message="it is 1")
    broken = [failed if check.id == failed.id else check for check in kept]
    assert "it is nan" in terminal_text(sample_result([*kept, remark]))
    assert "it is nan" not in terminal_text(sample_result([*broken, remark]))


@pytest.mark.parametrize("render", [html.render, markdown.render])
def test_a_report_says_which_attempt_it_is_of(render):
    origin = Origin(platform="blackboard", user="ada_l", attempt="2024-01-31 12:00:00", late=True)
    note = "handed in 2 times; graded is the latest"
    of_ada = Submission(id="ada", sha256="ab", edition="2021", origin=origin, note=note)
    text = render(sample_result(submission=of_ada)).replace("\\_", "_")
    assert "blackboard: ada_l, 2024-01-31 12:00:00, late" in text
    assert note in text


def test_what_is_not_written_yet_is_a_list_after_what_is_to_mend():
    missing = [
        sample_check(
            f"{piece}.value",
            "errored",
            message=f"not written yet (task2a.py, line {line})",
            where=Where(file="task2a.py", line=line),
        )
        for piece, line in (("2a.forward", 30), ("2b.train_step", 12))
    ]
    wrong = sample_check("2a.backward.value", "failed", message="`grad` is 1, but should be 2")
    text = terminal_text(sample_result([*missing, wrong]))
    mended, _, unwritten = text.partition("Not written yet\n")
    assert "`grad` is 1, but should be 2" in mended
    listed = [line for line in unwritten.splitlines() if "task2a.py, line" in line]
    assert len(listed) == 2
    assert listed[0].endswith("task2a.py, line 30  (2a.forward)")
    assert listed[1].endswith("task2a.py, line 12  (2b.train_step)")
    assert "Begin with 2a.backward.value" in unwritten
