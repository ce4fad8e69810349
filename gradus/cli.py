"""The commands, their options and help; what they do stands in `gradus.commands`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console

from gradus import __version__
from gradus.errors import GradusError, HarnessFault
from gradus.examples import epilog
from gradus.text import visible

if TYPE_CHECKING:
    from gradus.course import Course

app = typer.Typer(
    help="Grades NumPy machine-learning assignments: laws, counterexamples, reproducible marks.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)

CourseOption = Annotated[
    Path | None,
    typer.Option(
        "--course",
        metavar="DIR",
        help="The course folder. Default: the nearest, upwards, with checks/course.toml.",
    ),
]
SeedOption = Annotated[int, typer.Option("--seed", help="Seed of every drawn case.")]
PythonOption = Annotated[
    str | None,
    typer.Option(
        "--student-python",
        metavar="EXE",
        help="Run the submission under another interpreter (3.9 or later, with NumPy).",
    ),
]
LanguageOption = Annotated[
    str, typer.Option("--language", metavar="en|nb", help="What reports are written in.")
]
OracleOption = Annotated[str | None, typer.Option("--oracle", hidden=True)]
RosterOption = Annotated[
    Path | None,
    typer.Option("--roster", metavar="CSV", help="Who handed in which submission."),
]
ManualOption = Annotated[
    Path | None,
    typer.Option("--manual-marks", metavar="CSV", help="Points for what is pending."),
]


def _tasks(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """The tasks of the course and their titles, for the shell; none where there is no course."""
    from gradus.rubric import Rubric

    try:
        course = _course(context.params.get("course"))
        rubric = Rubric.load(course.path(course.settings.parts.rubric))
    except GradusError:
        return []
    return [(task.id, task.title) for task in rubric.tasks if task.id.startswith(incomplete)]


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"gradus {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Grades NumPy machine-learning assignments: laws, counterexamples, reproducible marks."""


@app.command(epilog=epilog("check"))
def check(
    submission: Annotated[
        Path | None,
        typer.Argument(help="A submission's folder. Default: student/ beside checks/."),
    ] = None,
    task: Annotated[
        list[str] | None,
        typer.Option(
            "--task",
            metavar="TASK",
            help="Only this task's laws; may be repeated.",
            autocompletion=_tasks,
        ),
    ] = None,
    watch: Annotated[
        bool,
        typer.Option("--watch", help="Check again whenever a file is saved, until Ctrl-C."),
    ] = False,
    course: CourseOption = None,
    seed: SeedOption = 0,
    student_python: PythonOption = None,
    language: LanguageOption = "en",
    oracle: OracleOption = None,
) -> None:
    """Check a submission against every law, on the terminal, in seconds.

    Exit status: 0 all scored laws passed, 1 some did not, 2 usage or harness fault.
    """
    if watch:
        from gradus.commands.watch import run
    else:
        from gradus.commands.check import run

    from gradus.grading import Settings
    from gradus.reports.language import load

    with _sentences() as console:
        found = _course(course)
        settings = Settings(
            seed=seed,
            tasks=tuple(task) if task else None,
            student_python=student_python,
            oracle=oracle,
        )
        run(
            found,
            submission or found.root / "student",
            settings=settings,
            console=console,
            language=load(language, found.languages),
        )


@app.command(epilog=epilog("grade"))
def grade(
    submissions: Annotated[
        list[Path], typer.Argument(metavar="SUBMISSION...", help="Folders or zips, of one or many.")
    ],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where results go.")] = Path(
        "report"
    ),
    data: Annotated[
        str,
        typer.Option(
            "--data",
            metavar="auto|NAME|DIR",
            help="The data set: one of the course's, or a folder.",
        ),
    ] = "auto",
    course: CourseOption = None,
    seed: SeedOption = 0,
    student_python: PythonOption = None,
    fail_under: Annotated[
        float | None,
        typer.Option("--fail-under", metavar="POINTS", help="Exit with 1 below these points."),
    ] = None,
    full: Annotated[
        bool,
        typer.Option("--full", help="Run each submission's own training too; changes no mark."),
    ] = False,
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs",
            metavar="N",
            min=1,
            help="Submissions, or whole runs, at once. Default: all cores.",
        ),
    ] = None,
    emit: Annotated[
        str | None,
        typer.Option(
            "--emit",
            metavar="NAME,..",
            help="Also write gradescope, github, classroom, classroom50, junit.",
        ),
    ] = None,
    require_isolation: Annotated[
        str | None,
        typer.Option(
            "--require-isolation",
            metavar="LEVEL",
            help="Grade nothing below process, process+tripwire, confined or container.",
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Of many, also grade those graded before.")
    ] = False,
    verify: Annotated[
        Path | None,
        typer.Option(
            "--verify",
            metavar="FILE",
            help="Grade as this results.json says, write nothing, and tell what differs.",
        ),
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option("--scheduler", metavar="URL", help="Grade many on this Dask cluster."),
    ] = None,
    roster: RosterOption = None,
    manual_marks: ManualOption = None,
    language: LanguageOption = "en",
    oracle: OracleOption = None,
) -> None:
    """Grade submissions: points, evidence, and reports in DIR.

    One submission writes DIR/results.json, report.html and report.md; several write DIR/<id>/...
    A run of several that was ended goes on where it was: what has not changed since is kept.

    Exit status: 0 grading completed, whatever the marks, 1 --fail-under missed, or --verify finds
    other marks, evidence, or digests of submission, rubric or data, 2 usage or harness fault.
    """
    from gradus.commands import verify as verifying
    from gradus.commands.grade import Wanted, run
    from gradus.commands.marks_out import MarksOut
    from gradus.grading import Settings

    settings = Settings(
        seed=seed,
        student_python=student_python,
        oracle=oracle,
        long=True,
        full=full,
        jobs=jobs,
    )
    with _sentences() as console:
        found = _course(course)
        if verify is not None:
            verifying.run(found, submissions, verify, data=data, settings=settings, console=console)
            return
        run(
            found,
            submissions,
            data=data,
            settings=settings,
            wanted=Wanted(
                out,
                MarksOut.read(emit, roster, manual_marks),
                fail_under=fail_under,
                require_isolation=require_isolation,
                force=force,
                scheduler=scheduler,
                language=language,
            ),
            console=console,
        )


@app.command(epilog=epilog("data"))
def data(
    choice: Annotated[
        str, typer.Argument(metavar="auto|NAME|DIR", help="Which data set.")
    ] = "auto",
    course: CourseOption = None,
) -> None:
    """Fetch the data set, verify it, and show what it holds."""
    with _sentences() as console:
        dataset = _course(course).dataset(choice)
        if dataset is None:
            console.print("this course has no data set")
            return
        console.print(f"{dataset.name}: {dataset.source}", markup=False, highlight=False)
        console.print(f"sha256 {dataset.sha256}", markup=False, highlight=False)
        for name, array in dataset.arrays.items():
            console.print(f"{name:8} {array.shape} {array.dtype}", markup=False, highlight=False)


@app.command(epilog=epilog("calibrate"))
def calibrate(
    choices: Annotated[
        list[str] | None,
        typer.Argument(metavar="auto|NAME|DIR", help="Which data sets. Default: auto."),
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", metavar="N", help="How many processes.")] = 1,
    seeds: Annotated[
        int | None,
        typer.Option("--seeds", metavar="N", help="At most so many seeds of each kind of run."),
    ] = None,
    course: CourseOption = None,
) -> None:
    """Make what the checks expect of a data set, from the course's reference solution.

    Takes from minutes to an hour, and goes on where it was interrupted.
    """
    from gradus.commands.calibrate import run

    with _sentences() as console:
        run(_course(course), choices or ["auto"], jobs=jobs, seeds=seeds, console=console)


@app.command(epilog=epilog("faults"))
def faults(
    write: Annotated[
        Path | None, typer.Option("--write", metavar="FILE", help="Write the table as Markdown.")
    ] = None,
    jobs: Annotated[
        int | None, typer.Option("--jobs", metavar="N", help="How many processes. Default: cores.")
    ] = None,
    course: CourseOption = None,
) -> None:
    """Put every named mistake into the sample, and see it caught and named.

    Exit status: 0 all caught, none costing points in another task, 95 % named first, 1 not so,
    2 usage or harness fault, or a course without its mistakes (a handout).
    """
    from gradus.commands.faults import run

    with _sentences() as console:
        run(_course(course), jobs=jobs, write=write, console=console)


@app.command(epilog=epilog("diff"))
def diff(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="A folder that grade wrote.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="Another one.")],
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Who moved between two gradings, by how much, and because of which law.

    What differs for all comes first: the rubric, the data set, the seed, versions.
    """
    from gradus.commands.diff import run

    with _sentences() as console:
        run(old, new, as_json=as_json, console=console)


@app.command(epilog=epilog("gradebook"))
def gradebook(
    folders: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[DIR]...", help="Where grade wrote results. Default: report."),
    ] = None,
    fill: Annotated[
        Path | None,
        typer.Option("--fill", metavar="FILE", help="A gradebook of Canvas or Blackboard."),
    ] = None,
    column: Annotated[
        str | None, typer.Option("--column", metavar="NAME", help="Its column to fill in.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="The filled copy. Default: FILE-filled."),
    ] = None,
    roster: RosterOption = None,
    manual_marks: ManualOption = None,
    scale: Annotated[
        bool, typer.Option("--scale", help="Convert points to the column's maximum.")
    ] = False,
    with_pending: Annotated[
        bool, typer.Option("--with-pending", help="Fill in marks that are not complete, too.")
    ] = False,
) -> None:
    """Write gradebook.csv of graded submissions, and fill in a downloaded gradebook.

    People are found by their ids alone; who is not found is listed. Nothing else of the gradebook
    changes.
    """
    from gradus.commands.gradebook import run
    from gradus.commands.marks_out import MarksOut

    with _sentences() as console:
        run(
            folders or [Path("report")],
            fill_in=fill,
            column=column,
            out=out,
            marks_out=MarksOut.read(None, roster, manual_marks),
            scaled=scale,
            with_pending=with_pending,
            console=console,
        )


@app.command(epilog=epilog("gradescope"))
def gradescope(
    file: Annotated[Path, typer.Argument(metavar="ZIP", help="The zip to write.")],
    course: CourseOption = None,
) -> None:
    """Write the autograder that Gradescope takes: the grader, the course, and its two scripts."""
    from gradus.exports.autograder import build
    from gradus.results import write_atomically

    with _sentences():
        content = build(_course(course).root)
        file.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(file, content)


@app.command(epilog=epilog("handout"))
def handout(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where; empty, or not there yet.")],
    course: CourseOption = None,
) -> None:
    """Build the repository that students get: unfinished files, and the checks for them.

    Nothing of the solution is in it: a handout that says a statement of it is not built.
    """
    from gradus.commands.handout import run

    with _sentences() as console:
        run(_course(course), folder, console)


@app.command(epilog=epilog("claims"))
def claims(
    report: Annotated[
        Path | None,
        typer.Argument(metavar="[REPORT]", help="A .pdf, .ipynb or .md. Default: list all claims."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Where the draft goes. Default: the terminal."),
    ] = None,
    course: CourseOption = None,
) -> None:
    """Draft an answers.toml from a report: what it states, each with its sentence, to confirm.

    Nothing is guessed: what a sentence does not say in so many words stands there as a comment.
    Without a report, lists what can be claimed.
    """
    from gradus.commands.claims import run

    with _sentences():
        run(_course(course), report, out)


def _course(named: Path | None) -> Course:
    from gradus.course import Course

    return Course(named) if named else Course.nearest(Path.cwd())


class PatientConsole(Console):
    """A console whose reader may go away, as with `| head`: the run and its status stay."""

    def on_broken_pipe(self) -> None:
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def _sentences() -> Iterator[Console]:
    """A console; what a person can mend ends with one sentence on stderr and status 2."""
    console = PatientConsole(highlight=False)
    try:
        yield console
    except GradusError as error:
        _end(f"gradus: {error}")
    except HarnessFault as fault:
        _end(f"gradus: the harness is at fault, not the submission:\n{fault}")
    except KeyboardInterrupt:
        _end("gradus: interrupted; nothing was written for the submission under way")


def _end(message: str) -> NoReturn:
    typer.echo(visible(message), err=True)
    raise typer.Exit(2)


def main() -> None:
    """Entry point of the console script and of `python -m gradus`."""
    app(prog_name="gradus")
