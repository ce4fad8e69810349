"""`python -m gradus` as people and machines start it: status, one sentence, the same result."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from gradus.results import Result, comparable
from tests.submissions import ROOT, SAMPLE, replace, sample_copy

ESCAPE = "\x1b"
TRACEBACK = "Traceback"


def gradus(
    *arguments: object, cwd: Path = ROOT, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the command in `cwd`, with the tree on the path as an installed package would be."""
    return subprocess.run(
        [sys.executable, "-m", "gradus", *map(str, arguments)],
        cwd=cwd,
        env={**bare_environment(), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


def bare_environment() -> dict[str, str]:
    """This environment without what tells a CI, a colour or a width."""
    decisive = {"CI", "GITHUB_ACTIONS", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "PYTEST_ADDOPTS"}
    kept = {name: value for name, value in os.environ.items() if name not in decisive}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}


def graded(out: Path, *arguments: object, **environment: str) -> dict[str, Any]:
    """The comparable results.json of the sample, graded into `out`."""
    run = gradus("grade", SAMPLE, "--out", out, "--data", "digits", *arguments, **environment)
    assert run.returncode == 0, run.stderr
    return read(out)


def read(out: Path) -> dict[str, Any]:
    return comparable(json.loads((out / "results.json").read_text("utf-8")))


def assert_one_sentence(run: subprocess.CompletedProcess[str]) -> str:
    """Exit status 2, and nothing but one line on stderr; returns it with its spaces made single."""
    assert run.returncode == 2, run.stdout + run.stderr
    assert TRACEBACK not in run.stdout + run.stderr
    assert run.stderr.strip().count("\n") == 0, run.stderr
    assert run.stderr.startswith("gradus: ")
    assert ESCAPE not in run.stderr
    return " ".join(run.stderr.split())


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    folder = sample_copy(tmp_path / "broken")
    replace(folder / "task2a.py", "/ 127.5 - 1", "/ 255")
    return folder


@pytest.fixture
def first_task_alone(tmp_path: Path) -> Path:
    """A submission of task 2a and the shuffling of 2e, all right, and of nothing else."""
    folder = sample_copy(tmp_path / "first")
    for path in folder.iterdir():
        if path.name not in ("task2a.py", "utils.py"):
            path.unlink()
    return folder


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample's report, graded once for the tests that only read it."""
    out = tmp_path_factory.mktemp("report")
    graded(out)
    return out


def test_a_check_of_the_sample_holds_and_exits_with_0() -> None:
    run = gradus("check", SAMPLE)
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stderr == ""
    assert "No point is lost" in run.stdout


def test_a_check_without_a_submission_takes_the_student_folder_of_the_course() -> None:
    run = gradus("check", "--task", "2c", cwd=ROOT / "checks")
    assert run.returncode == 0, run.stdout + run.stderr


def test_a_check_of_a_broken_copy_exits_with_1_and_names_the_law(broken: Path) -> None:
    run = gradus("check", broken, "--task", "2a")
    assert run.returncode == 1
    assert run.stderr == ""
    assert "2a.preprocess.value" in run.stdout or "pre_process_images" in run.stdout
    assert TRACEBACK not in run.stdout


def test_a_task_that_is_not_broken_passes_alone(broken: Path) -> None:
    assert gradus("check", broken, "--task", "3c").returncode == 0


def test_grading_writes_a_valid_result_and_the_reports(report: Path) -> None:
    result = Result.from_json((report / "results.json").read_bytes())
    assert float(result.score.lost) == 0
    assert result.submission.id == "student"
    assert (report / "report.md").read_text("utf-8").strip()
    assert "</html>" in (report / "report.html").read_text("utf-8")


def test_grading_a_broken_copy_exits_with_0_whatever_the_marks(
    first_task_alone: Path, tmp_path: Path
) -> None:
    run = gradus("grade", first_task_alone, "--out", tmp_path / "out", "--data", "digits")
    assert run.returncode == 0
    assert Result.from_json((tmp_path / "out" / "results.json").read_bytes()).score.lost > 0


def test_nothing_of_this_machine_stands_in_the_result(report: Path) -> None:
    text = (report / "results.json").read_text("utf-8")
    for private in (str(ROOT), str(report), str(Path.home()) + os.sep, "/tmp/", "0x7f"):
        assert private not in text


@pytest.mark.parametrize(("points", "status"), [("0.6", 0), ("0.601", 1)])
def test_fail_under_decides_the_exit_status_after_the_report(
    first_task_alone: Path, tmp_path: Path, points: str, status: int
) -> None:
    out = tmp_path / "out"
    run = gradus(
        "grade", first_task_alone, "--out", out, "--data", "digits", "--fail-under", points
    )
    assert run.returncode == status, run.stderr
    assert Result.from_json((out / "results.json").read_bytes()).score.earned == Decimal("0.6")


@pytest.mark.parametrize("command", ["check", "grade"])
def test_a_path_that_does_not_exist_is_one_sentence(tmp_path: Path, command: str) -> None:
    said = assert_one_sentence(gradus(command, tmp_path / "nowhere", cwd=ROOT))
    assert "does not exist" in said


def test_an_empty_folder_is_one_sentence(tmp_path: Path) -> None:
    said = assert_one_sentence(gradus("grade", tmp_path))
    assert "holds no submission" in said
    assert "task2a.py" in said


def test_a_file_in_place_of_a_folder_is_one_sentence() -> None:
    said = assert_one_sentence(gradus("grade", SAMPLE / "task2a.py"))
    assert "is a file" in said or "not a zip" in said


def test_the_2020_edition_is_one_sentence(tmp_path: Path) -> None:
    for name in ("task2a.py", "task3a.py", "task4a.py", "task4.py"):
        (tmp_path / name).write_text("raise SystemExit\n")
    said = assert_one_sentence(gradus("grade", tmp_path))
    assert "2020 edition" in said


def test_an_unknown_task_is_one_sentence() -> None:
    said = assert_one_sentence(gradus("check", SAMPLE, "--task", "9z"))
    assert "9z" in said


def test_an_unknown_data_set_is_one_sentence(tmp_path: Path) -> None:
    said = assert_one_sentence(gradus("grade", SAMPLE, "--data", "cifar", "--out", tmp_path))
    assert "cifar" in said
    assert not (tmp_path / "results.json").exists()


def test_a_folder_without_a_course_is_one_sentence(tmp_path: Path) -> None:
    said = assert_one_sentence(gradus("check", SAMPLE, cwd=tmp_path))
    assert "--course" in said
    said = assert_one_sentence(gradus("check", SAMPLE, "--course", tmp_path))
    assert "course.toml" in said


def test_an_interpreter_that_does_not_exist_is_one_sentence(tmp_path: Path) -> None:
    said = assert_one_sentence(gradus("check", SAMPLE, "--student-python", tmp_path / "python"))
    assert "Python 3.9" in said


def test_control_characters_of_a_path_do_not_reach_the_terminal(tmp_path: Path) -> None:
    said = assert_one_sentence(gradus("check", tmp_path / "a\x1b[31mred\rb"))
    assert "\\x1b" in said


def test_an_unknown_option_exits_with_2() -> None:
    run = gradus("check", "--no-such-option")
    assert run.returncode == 2
    assert TRACEBACK not in run.stderr


def test_a_run_in_a_courses_ci_gives_the_same_result(report: Path, tmp_path: Path) -> None:
    ci = {"CI": "true", "GITHUB_ACTIONS": "true", "PYTHONHASHSEED": "5"}
    assert graded(tmp_path, **ci) == read(report)


def test_a_run_in_another_directory_gives_the_same_result(report: Path, tmp_path: Path) -> None:
    run = gradus(
        "grade", SAMPLE, "--out", "out", "--data", "digits", "--course", ROOT, cwd=tmp_path
    )
    assert run.returncode == 0, run.stderr
    assert read(tmp_path / "out") == read(report)


def test_another_seed_is_noted_and_grades_the_sample_alike(report: Path, tmp_path: Path) -> None:
    found = graded(tmp_path, "--seed", "7")
    assert found["harness"]["seed"] == 7
    assert found["score"] == read(report)["score"]


def test_the_graders_own_interpreter_may_be_named(report: Path, tmp_path: Path) -> None:
    assert graded(tmp_path, "--student-python", sys.executable) == read(report)


@pytest.mark.parametrize("environment", [{}, {"CI": "true", "NO_COLOR": "1"}])
def test_piped_output_has_no_escape_codes(environment: dict[str, str], broken: Path) -> None:
    run = gradus("check", broken, "--task", "2a", **environment)
    assert run.returncode == 1
    assert ESCAPE not in run.stdout + run.stderr
    assert "\r" not in run.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
def test_an_interactive_run_gives_the_same_result(report: Path, tmp_path: Path) -> None:
    shown = on_a_terminal(["grade", str(SAMPLE), "--out", str(tmp_path), "--data", "digits"])
    assert read(tmp_path) == read(report)
    assert "Accuracy" in shown


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
@pytest.mark.parametrize("no_colour", [False, True])
def test_colours_on_a_terminal_can_be_turned_off(no_colour: bool) -> None:
    shown = on_a_terminal(
        ["check", str(SAMPLE), "--task", "2c"], **({"NO_COLOR": "1"} if no_colour else {})
    )
    assert bool(re.search(r"\x1b\[([0-9;]*;)?3[0-7]m", shown)) is not no_colour


def on_a_terminal(arguments: list[str], **environment: str) -> str:
    """What the command shows on a terminal of its own; it must exit with 0."""
    import pty

    child, terminal = pty.fork()
    if child == 0:
        os.chdir(ROOT)
        known = {**bare_environment(), "TERM": "xterm-256color", **environment}
        os.execve(sys.executable, [sys.executable, "-m", "gradus", *arguments], known)
    shown = b""
    try:
        while chunk := os.read(terminal, 65536):
            shown += chunk
    except OSError:
        pass  # Linux reports the closed terminal so
    finally:
        os.close(terminal)
        _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0, shown.decode(errors="replace")
    return shown.decode("utf-8", "replace")


@pytest.mark.parametrize("name", ["numpy", "hypothesis", "pathlib"])
def test_a_module_of_the_working_directory_does_not_reach_the_grader(
    first_task_alone: Path, tmp_path: Path, name: str
) -> None:
    touched = tmp_path / "touched"
    (first_task_alone / f"{name}.py").write_text(f"open({str(touched)!r}, 'w').close()\n")
    run = gradus("check", ".", "--task", "2a", "--course", ROOT, cwd=first_task_alone)
    assert run.returncode == 0, run.stdout + run.stderr
    assert not touched.exists()
