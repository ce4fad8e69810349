"""GitHub Actions: the job summary, annotations, and output that cannot speak to the runner.

Sources: GitHub's documentation, "Workflow commands"; the escapes are those of actions/toolkit,
`packages/core/src/command.ts`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from gradus.exports.explained import maximum_in_words
from gradus.reports import content, markdown
from gradus.reports.language import ENGLISH
from gradus.results import Check, Result, Task, Where
from gradus.text import abridged, visible, visible_line

SUMMARY_LIMIT = 1_000_000
"""Bytes of one step's summary; the runner takes 1 MiB and nothing of what is longer."""
ANNOTATIONS_LIMIT = 10
"""Annotations of one level that the runner shows of one step."""
MESSAGE_LIMIT = 3_000
NO_PLACES: Mapping[str, Where] = MappingProxyType({})


def summary(result: Result, limit: int = SUMMARY_LIMIT) -> str:
    """The report as Markdown for `$GITHUB_STEP_SUMMARY`, in at most `limit` bytes of UTF-8.

    The marks come first; all that follows is folded. What does not fit is cut at the end of a line,
    and open code blocks and folds are closed.
    """
    whole = markdown.render(result)
    marks, heading, rest = whole.partition("\n## ")
    if heading:
        folded = f"<details><summary>Everything else</summary>\n\n## {rest}\n</details>\n"
        whole = f"{marks}\n{folded}"
    return shortened(whole, limit)


def shortened(text: str, limit: int) -> str:
    """Markdown cut to `limit` bytes of UTF-8 at the end of a line, with what is open closed."""
    if len(text.encode("utf-8", "backslashreplace")) <= limit:
        return text
    kept: list[str] = []
    size, fence, folds = 0, "", 0
    note = "\n\n(shortened; the whole report is in report.md)\n"
    for line in text.split("\n"):
        size += len(line.encode("utf-8", "backslashreplace")) + 1
        now_fence, now_folds = _open_after(line, fence, folds)
        closing = _closing(now_fence, now_folds) + note
        if size + len(closing.encode("utf-8")) > limit:
            break
        kept.append(line)
        fence, folds = now_fence, now_folds
    return "\n".join(kept) + _closing(fence, folds) + note


def annotate(
    result: Result, folder: str | None = "", places: Mapping[str, Where] = NO_PLACES
) -> list[str]:
    """Workflow commands: one error for each task that lost points, the worst first, and warnings
    where evidence contradicts the marks; at most `ANNOTATIONS_LIMIT` of each.

    `folder` is the submission's, relative to the repository, with forward slashes, or None where it
    is not in it: then no file is named. `places` says by a law's id where the code stands that it
    is about, for laws that do not know it themselves.
    """
    losing = sorted((t for t in result.tasks if t.lost), key=lambda task: -task.lost)
    errors = [_error(task, folder, places) for task in losing[:ANNOTATIONS_LIMIT]]
    odd = [(t, c) for t in result.tasks for c in content.with_standing(t, "look here")]
    warnings = [
        _command(
            "warning",
            f"{check.law}\n{check.message or content.VERDICT_WORDS[check.verdict]}",
            title=f"Task {task.id}: look here, it costs no points",
            **_place(check, folder, places),
        )
        for task, check in odd[:ANNOTATIONS_LIMIT]
    ]
    notice = _command("notice", maximum_in_words(result), title="Points")
    return [*errors, *warnings, notice]


def stop_commands(token: str) -> str:
    """The command after which the runner takes nothing printed for a command.

    `token` must be drawn at random, at run time: what is printed may hold any guess at it. Raises
    ValueError for one that is short or not alphanumeric.
    """
    _refuse_weak(token)
    return f"::stop-commands::{token}"


def resume_commands(token: str) -> str:
    """The command that ends `stop_commands`."""
    _refuse_weak(token)
    return f"::{token}::"


def escape_message(text: str) -> str:
    """A command's message: on one line, as the runner decodes it."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escape_property(text: str) -> str:
    """A command's property value."""
    return escape_message(text).replace(":", "%3A").replace(",", "%2C")


def _refuse_weak(token: str) -> None:
    if not re.fullmatch(r"[0-9A-Za-z]{16,}", token):
        raise ValueError(
            f"the token is {token!r}, but should be 16 letters and digits or more, drawn at random"
        )


def _error(task: Task, folder: str | None, places: Mapping[str, Where]) -> str:
    broken = sorted(
        content.with_standing(task, "broken"),
        key=lambda c: (not content.has_run(c), c.name != "value", not c.where),
    )
    title = f"Task {task.id}: {task.lost} of {task.total} points lost"
    if not broken:
        reasons = [f"{piece.title}: {piece.reason}" for piece in task.pieces if piece.lost]
        return _command("error", "\n".join(reasons) or title, title=title)
    first = broken[0]
    lines = [first.law, first.message or content.VERDICT_WORDS[first.verdict]]
    lines += [
        f"{content.DIAGNOSED[d.kind]}: {d.says}\nTo mend it: {d.fix}" for d in first.diagnosis
    ]
    if len(broken) > 1:
        lines.append(f"({ENGLISH.counted(len(broken) - 1, 'more law')} of this task in the report)")
    return _command("error", "\n".join(lines), title=title, **_place(first, folder, places))


def _place(check: Check, folder: str | None, places: Mapping[str, Where]) -> dict[str, str]:
    where = check.where or places.get(check.id)
    if where is None or folder is None:
        return {}
    prefix = f"{folder.rstrip('/')}/" if folder not in ("", ".") else ""
    place = {"file": prefix + where.file}
    return place if where.line is None else {**place, "line": str(where.line)}


def _command(kind: str, message: str, **properties: str) -> str:
    order = ("file", "line", "title")
    given = ",".join(
        f"{name}={escape_property(visible_line(properties[name]))}"
        for name in order
        if properties.get(name)
    )
    return f"::{kind} {given}::{escape_message(visible(abridged(message, MESSAGE_LIMIT)))}"


def _open_after(line: str, fence: str, folds: int) -> tuple[str, int]:
    """The open code fence and the number of open folds after a line of `markdown.render`."""
    if fence:
        return ("", folds) if line == fence else (fence, folds)
    opened = re.match("`{3,}", line)
    if opened:
        return opened[0], folds
    # A line of the report's own; whoever else writes so does it inside of a line.
    return "", folds + line.startswith("<details>") - line.startswith("</details>")


def _closing(fence: str, folds: int) -> str:
    return (f"\n{fence}" if fence else "") + ("\n\n" + "</details>\n" * folds if folds > 0 else "")
