"""`gradus grade SUBMISSION --verify FILE`: graded again, and what differs from the record."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import typer
from rich.console import Console
from rich.text import Text

from gradus.course import COURSE_FILE, Course
from gradus.exports import MarksError
from gradus.folders import temporary_folder
from gradus.grading import Settings, grade
from gradus.intake import IntakeError, find
from gradus.isolation import measure
from gradus.manual import ManualMark, merge
from gradus.results import Result
from gradus.text import visible_line
from gradus.verification import Difference, Subject, differences, is_the_same

MOST_LINES = 40
LONGEST_VALUE = 60
MAX_BYTES = 256 * 2**20
SAME: dict[Subject, str] = {
    "digests": "the submission, the rubric and the data are the same",
    "marks": "the marks are the same",
    "evidence": "the evidence is the same",
    "circumstances": "the grader, the course and the machine are the same",
}
OTHER: dict[Subject, str] = {
    "digests": "the submission, the rubric or the data are not the same",
    "marks": "the marks are not the same",
    "evidence": "the evidence is not the same",
    "circumstances": "the circumstances differ, which alone changes nothing",
}


def run(
    course: Course,
    named: list[Path],
    file: Path,
    *,
    data: str,
    settings: Settings,
    console: Console,
) -> None:
    """Grade one submission as it was recorded in a results file, and tell what differs.

    The seed, the oracle, the data set (unless `data` names one) and whether whole runs were made
    are the recorded ones; manual marks are merged again. Nothing is written.

    Raises typer.Exit with 1 where digests, marks or evidence differ, IntakeError where the file is
    no result or not one submission is named.
    """
    recorded = read(file)
    if recorded.comparison is not None and settings.student_python is None:
        under = recorded.comparison.marks
        raise IntakeError(
            f"{file} was recorded under Python {under.python} with NumPy {under.numpy} beside the "
            "grader's own; name that interpreter with --student-python"
        )
    with temporary_folder() as unpacked:
        submissions = [one for path in named for one in find(path, course, unpacked)]
        if len(submissions) != 1:
            raise IntakeError(f"--verify takes one submission, but {len(submissions)} are named")
        submission = submissions[0]
        dataset = course.dataset(_data(recorded, data, named))
        isolation, _ = measure(
            course.root / COURSE_FILE, settings.limits, settings.student_python, settings.mechanisms
        )
        now, _ = grade(
            course, submission, dataset, _as_recorded(recorded, settings), None, isolation
        )
    now, unfit = _with_marks_of(recorded, now)
    found = differences(recorded, now)
    _tell(recorded, found, console)
    _tell_marks(recorded, console)
    if unfit:
        console.print(visible_line(f"  {unfit}"), markup=False, highlight=False)
    if unfit or not is_the_same(found):
        console.print("Not the same result.", style="bold", highlight=False)
        raise typer.Exit(1)
    console.print("The same result.", style="bold", highlight=False)


def read(file: Path) -> Result:
    """A results file; raises IntakeError, in one sentence, where it is none."""
    try:
        if file.stat().st_size > MAX_BYTES:
            raise IntakeError(f"{file} has more than {MAX_BYTES:,} bytes; name a results.json")
        return Result.from_json(file.read_bytes())
    except OSError as error:
        raise IntakeError(f"{file} cannot be read: {error.strerror or error}") from None
    except (ValueError, RecursionError) as error:
        first = str(error).partition("\n")[0]
        raise IntakeError(f"{file} is no results.json of Gradus: {first}") from None


def _data(recorded: Result, wanted: str, named: list[Path]) -> str:
    """The recorded data set unless another is wanted; never files that the record points to."""
    name = recorded.data.get("name")
    if wanted != "auto" or not isinstance(name, str):
        return wanted
    folders = [path.resolve() for path in named]
    is_place = name in ("", ".", "..") or "\0" in name or Path(name).name != name
    if is_place or Path(name).resolve() in folders:
        raise IntakeError(
            f"the record says that its data set is {name[:LONGEST_VALUE]!r}, which is a place and "
            "no name; say with --data which it was"
        )
    return name


def _as_recorded(recorded: Result, settings: Settings) -> Settings:
    harness = recorded.harness
    oracle, tasks = harness.settings.get("oracle"), harness.settings.get("tasks")
    return replace(
        settings,
        seed=harness.seed,
        oracle=oracle if isinstance(oracle, str) else settings.oracle,
        tasks=tuple(map(str, tasks)) if isinstance(tasks, list) else None,
        long=harness.settings.get("long") is not False,
        full=harness.settings.get("full") is True,
    )


def _with_marks_of(recorded: Result, now: Result) -> tuple[Result, str | None]:
    """The new result with the points that a person had given, or why they do not fit it."""
    marks = [
        ManualMark(now.submission.id, piece.id, piece.manual.points, piece.manual.comment)
        for task in recorded.tasks
        for piece in task.pieces
        if piece.manual is not None
    ]
    try:
        return merge(now, marks), None
    except MarksError as error:
        return now, str(error)


def _tell(recorded: Result, found: list[Difference], console: Console) -> None:
    harness, data = recorded.harness, recorded.data.get("name", "no data")
    console.print(
        visible_line(
            f"Recorded: {recorded.submission.id}, seed {harness.seed}, data {data}, "
            f"Gradus {harness.version}; graded again."
        ),
        markup=False,
        highlight=False,
        soft_wrap=True,
    )
    for subject in SAME:
        of_it = [difference for difference in found if difference.subject == subject]
        mark = ("✓", "green") if not of_it else ("·", "yellow")
        if of_it and subject != "circumstances":
            mark = ("✗", "red")
        console.print(Text.assemble(mark, " ", SAME[subject] if not of_it else OTHER[subject]))
        for difference in of_it[:MOST_LINES]:
            line = f"  {difference.place}: was {_short(difference.recorded)}, is "
            line = visible_line(line + _short(difference.now))
            console.print(Text(line), highlight=False, soft_wrap=True)
        if len(of_it) > MOST_LINES:
            console.print(Text(f"  and {len(of_it) - MOST_LINES} more"), highlight=False)


def _tell_marks(recorded: Result, console: Console) -> None:
    """What of the marks no grading can confirm: those that are said to be a person's."""
    given = {
        piece.id: piece.manual.points
        for task in recorded.tasks
        for piece in task.pieces
        if piece.manual is not None
    }
    if given:
        line = visible_line(
            f"{sum(given.values())} points for {', '.join(given)} are taken over from the record, "
            "which says that a person gave them; compare them with that person's table"
        )
        console.print(Text.assemble(("·", "yellow"), " ", line), soft_wrap=True)


def _short(value: str) -> str:
    return value if len(value) <= LONGEST_VALUE else f"{value[:LONGEST_VALUE]}…"
