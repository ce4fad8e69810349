"""`--emit`, `--roster`, `--manual-marks`, `gradus gradebook`: as people and machines run them."""

from __future__ import annotations

import io
import json
import re
from contextlib import redirect_stdout
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console

from gradus.commands import gradebook
from gradus.commands.marks_out import MarksOut
from gradus.exports import MarksError, files
from gradus.exports.gradebook import Marks
from gradus.manual import ManualMark
from gradus.results import Result, write_atomically
from tests.builders import all_passed, hostile_result, sample_result
from tests.submissions import SAMPLE
from tests.test_classroom import ENVIRONMENT
from tests.test_command_line import gradus

EVERYTHING = {
    "gradescope.json",
    "summary.md",
    "classroom.txt",
    "junit.xml",
    "classroom50.json",
    "release-body.md",
}
GITHUB = ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "GITHUB_WORKSPACE")


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """No CI around the test."""
    for name in (*GITHUB, *ENVIRONMENT):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def on_github(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A step of GitHub Actions; gives its summary file."""
    summary = tmp_path / "step-summary.md"
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    return summary


def quiet() -> Console:
    return Console(file=io.StringIO(), width=10_000)


def said(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def printed_by_telling(result: Result, folder: Path, *, alone: bool = True) -> list[str]:
    with redirect_stdout(io.StringIO()) as out:
        MarksOut(("github",)).tell(result, folder, alone=alone)
    return out.getvalue().splitlines()


def test_every_export_is_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(files, "_commit_time", lambda folder: datetime(2026, 1, 1, tzinfo=UTC))
    plan = MarksOut.read(",".join(files.NAMES), None, None)
    files.write_exports(sample_result(), plan.emit, tmp_path, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == EVERYTHING


def test_an_export_that_does_not_exist_is_refused_before_grading() -> None:
    with pytest.raises(MarksError, match="no export junitt; the exports are gradescope"):
        MarksOut.read("junit, junitt", None, None)


def test_a_platform_that_is_not_there_is_told_before_grading() -> None:
    with pytest.raises(MarksError, match="the environment has no CLASSROOM"):
        MarksOut.read("classroom50", None, None)


def test_a_submission_outside_of_a_checkout_has_no_commit_time(tmp_path: Path) -> None:
    with pytest.raises(MarksError, match="no git checkout"):
        files._commit_time(tmp_path)


def test_without_github_nothing_is_printed_and_no_summary_grows(tmp_path: Path) -> None:
    assert printed_by_telling(sample_result(), tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_on_github_the_summary_grows_and_annotations_are_printed(on_github: Path) -> None:
    on_github.write_text("before\n", "utf-8")
    folder = on_github.parent / "hand-in"
    folder.mkdir()
    lines = printed_by_telling(sample_result(), folder)
    assert lines[0].startswith("::error file=hand-in/task2a.py,line=42,")
    text = on_github.read_text("utf-8")
    assert text.startswith("before\n")
    assert "| **In all** |" in text


def test_many_submissions_share_one_steps_limits(on_github: Path, tmp_path: Path) -> None:
    on_github.write_bytes(b"x" * 990_000)
    for _ in range(4):
        assert printed_by_telling(sample_result(), tmp_path, alone=False) == []
    assert on_github.stat().st_size <= 1_000_000


@pytest.mark.usefixtures("on_github")
def test_on_github_what_is_printed_while_grading_is_no_command() -> None:
    with redirect_stdout(io.StringIO()) as out, MarksOut(("github",)).silenced():
        print("::error::forged")
    first, forged, last = out.getvalue().splitlines()
    token = re.fullmatch(r"::stop-commands::([0-9a-f]{32})", first)
    assert token is not None
    assert forged == "::error::forged"
    assert last == f"::{token[1]}::"


@pytest.mark.usefixtures("on_github")
def test_commands_are_resumed_where_grading_fails() -> None:
    with redirect_stdout(io.StringIO()) as out:
        try:
            with MarksOut(("github",)).silenced():
                raise RuntimeError
        except RuntimeError:
            pass
    stopped, resumed = out.getvalue().splitlines()
    assert resumed == f"::{stopped.rpartition(':')[2]}::"


@pytest.mark.usefixtures("on_github")
def test_each_run_draws_another_token() -> None:
    with redirect_stdout(io.StringIO()) as out:
        for _ in range(2):
            with MarksOut(("github",)).silenced():
                pass
    assert len(set(out.getvalue().splitlines())) == 4


def test_a_hostile_result_is_exported_as_text(on_github: Path) -> None:
    lines = printed_by_telling(hostile_result(), on_github.parent)
    assert all(line.startswith(("::error ", "::notice ")) for line in lines)
    assert len(lines) == 2


def graded(folder: Path, *ids: str) -> Path:
    """A folder as `grade` leaves it; of each submission the explanation is still to be marked."""
    for id in ids:
        (folder / id).mkdir(parents=True)
        result = sample_result(all_passed())
        submission = result.submission.model_copy(update={"id": id})
        renamed = result.model_copy(update={"submission": submission})
        write_atomically(folder / id / "results.json", renamed.to_json())
    return folder


def fill(folder: Path, gradebook_file: Path, plan: MarksOut, **options: object) -> Console:
    console = quiet()
    defaults = {"column": None, "out": None, "scaled": False, "with_pending": False}
    gradebook.run(
        [folder],
        fill_in=gradebook_file,
        marks_out=plan,
        console=console,
        **{**defaults, **options},  # type: ignore[arg-type]
    )
    return console


def written(path: Path, text: str) -> Path:
    path.write_bytes(text.encode("utf-8"))
    return path


def test_a_downloaded_gradebook_is_filled_beside_itself_from_results_roster_and_marks(
    tmp_path: Path,
) -> None:
    folder = graded(tmp_path / "report", "g1", "g2", "g3")
    download = "Student,ID,Section,A1 (7)\nPoints Possible,,,1\nAda,1,S,\nBo,2,S,\nCy,3,S,0.5\n"
    book = written(tmp_path / "book.csv", download)
    roster = written(tmp_path / "r.csv", "submission,canvas_id\ng1,1\ng1,3\ng2,2\ng9,4\n")
    marks = written(
        tmp_path / "m.csv",
        "submission,piece,points\ng1,2b.explanation,0.05\ng8,2b.explanation,0.1\n",
    )
    console = fill(folder, book, MarksOut.read(None, roster, marks))
    assert book.read_text("utf-8") == download
    filled = (tmp_path / "book-filled.csv").read_text("utf-8")
    assert filled.splitlines()[2:] == ["Ada,1,S,0.950", "Bo,2,S,", "Cy,3,S,0.950"]
    report = said(console)
    for line in (
        "without a graded submission (1): 4",
        "not in the roster (1): g3",
        "but not graded (1): g8",
        "another mark before (1): 3 (0.5)",
        "(--with-pending) (2): g2, g3",
    ):
        assert line in report
    assert (folder / "gradebook.csv").is_file()


def test_the_downloaded_gradebook_itself_is_never_written_over(tmp_path: Path) -> None:
    folder = graded(tmp_path / "report", "g1")
    book = written(tmp_path / "book.csv", "Student,ID,Section,A1 (7)\n")
    with pytest.raises(MarksError, match="is the gradebook itself"):
        fill(folder, book, MarksOut(), out=tmp_path / "." / "book.csv")


@pytest.mark.parametrize("content", ["{", '{"schema": "gradus/result/v1"}', "[]"])
def test_a_damaged_result_is_named(tmp_path: Path, content: str) -> None:
    written(tmp_path / "results.json", content)
    with pytest.raises(MarksError, match="no result that can be read"):
        fill(tmp_path, tmp_path / "book.csv", MarksOut())


def test_a_folder_without_results_is_named(tmp_path: Path) -> None:
    with pytest.raises(MarksError, match=r"holds no results\.json"):
        fill(tmp_path, tmp_path / "book.csv", MarksOut())


def test_one_submission_graded_into_two_folders_is_refused(tmp_path: Path) -> None:
    graded(tmp_path / "a", "g1")
    graded(tmp_path / "b", "g1")
    with pytest.raises(MarksError, match="are both of g1"):
        fill(tmp_path, tmp_path / "book.csv", MarksOut())


def test_manual_marks_are_merged_into_the_result() -> None:
    (explanation,) = [
        piece
        for task in sample_result(all_passed()).tasks
        for piece in task.pieces
        if piece.judged == "person"
    ]
    plan = MarksOut(manual=(ManualMark("group-12", explanation.id, explanation.pending),))
    merged = plan.merged(sample_result(all_passed()))
    assert merged.score.pending == 0
    assert json.loads(merged.to_json())["tasks"][2]["pieces"][1]["manual"] == {
        "points": 0.1,
        "of": 0.1,
        "comment": None,
        "reason": explanation.reason,
    }


def test_the_table_of_marks_is_replaced_whole(tmp_path: Path) -> None:
    plan = MarksOut()
    for _ in range(2):
        plan.write_gradebook([Marks.of(sample_result())], tmp_path, quiet())
    assert [path.name for path in tmp_path.iterdir()] == ["gradebook.csv"]


def test_the_commands_go_together(tmp_path: Path) -> None:
    roster = written(tmp_path / "roster.csv", "submission,name,canvas_id\nstudent,Ada,1\n")
    marks = written(
        tmp_path / "marks.csv", "submission,piece,points,comment\nstudent,3d.explanation,0.1,ok\n"
    )
    out = tmp_path / "report"
    run = gradus(
        *("grade", SAMPLE, "--out", out, "--data", "digits", "--emit", "gradescope,junit"),
        *("--roster", roster, "--manual-marks", marks),
    )
    assert run.returncode == 0, run.stderr
    result = Result.from_json((out / "results.json").read_text("utf-8"))
    scope = json.loads((out / "gradescope.json").read_text("utf-8"))
    assert scope["score"] == float(result.score.earned)
    assert sum(test["max_score"] for test in scope["tests"]) == pytest.approx(4.0)
    assert "A person gave 0.100 of 0.150: ok" in (out / "report.md").read_text("utf-8")

    book = written(tmp_path / "book.csv", "Student,ID,Section,A1 (7)\nAda,1,S,\n")
    filling = ("gradebook", out, "--fill", book, "--roster", roster)
    run = gradus(*filling, "--with-pending")
    assert run.returncode == 0, run.stderr
    filled = (tmp_path / "book-filled.csv").read_text("utf-8")
    assert filled == f"Student,ID,Section,A1 (7)\nAda,1,S,{result.score.earned}\n"


def test_marks_that_do_not_fit_are_told_after_all_was_written(tmp_path: Path) -> None:
    marks = written(tmp_path / "m.csv", "submission,piece,points\nstudent,2a.forward,0.1\n")
    out = tmp_path / "report"
    run = gradus(
        "grade",
        SAMPLE,
        "--out",
        out,
        "--data",
        "digits",
        "--emit",
        "junit",
        "--manual-marks",
        marks,
    )
    assert run.returncode == 2
    assert "of which nothing is pending" in " ".join(run.stderr.split())
    assert (out / "results.json").is_file()
    assert (out / "junit.xml").is_file()
