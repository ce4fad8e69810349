"""The fault table: every named mistake in the sample, as a submission of its own, and what the laws
say of it.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from gradus.course import Course
from gradus.diagnosis import faults_of
from gradus.grading import Listener, Settings, Workbench, grade
from gradus.ids import name_of, piece_of
from gradus.intake import Submission
from gradus.law import Law
from gradus.results import Result, Verdict
from gradus.rubric import Rubric

BAD = (Verdict.FAILED, Verdict.ERRORED)
SETTINGS = Settings(shrink=False, remarks=False)


@dataclass(frozen=True)
class Line:
    """What became of one mistake.

    caught: the laws of its own task that failed, marks' laws only.
    spilled: pieces of other tasks that lost points.
    named: what the first law of its piece to fail was told, first name first.
    """

    fault: str
    says: str
    seen: str | None
    caught: tuple[str, ...]
    spilled: tuple[str, ...]
    named: tuple[str, ...]

    @property
    def is_named_first(self) -> bool:
        return self.named[:1] == (self.fault,)


def inject_all(course: Course, jobs: int, done: Callable[[Line], None]) -> tuple[Line, ...]:
    """Grade the sample with each mistake in it, in `jobs` processes; lines in catalogue order."""
    ids = [fault.id for fault in faults_of(course)]
    context = multiprocessing.get_context("spawn")
    lines: dict[str, Line] = {}
    with ProcessPoolExecutor(jobs, mp_context=context) as pool:
        for finished in as_completed([pool.submit(line_of, course.root, id) for id in ids]):
            line = finished.result()
            lines[line.fault] = line
            done(line)
    return tuple(lines[id] for id in ids)


def line_of(root: Path, id: str) -> Line:
    """Grade the sample with this mistake in it."""
    course, dataset = _course(root)
    fault = next(fault for fault in faults_of(course) if fault.id == id)
    rules = course.settings.diagnosis
    assert rules is not None
    assert rules.injection is not None  # the course has programs, so it has this
    with tempfile.TemporaryDirectory(prefix="gradus-fault-") as folder:
        copy = Path(folder) / "submission"
        shutil.copytree(
            course.root / "student", copy, ignore=shutil.ignore_patterns("__pycache__", ".*")
        )
        course.module(rules.injection).inject(copy, fault)
        result, _ = grade(course, Submission(id, copy), dataset, SETTINGS)
    return _read(fault, result)


def sole_catchers(lines: Iterable[Line]) -> Counter[str]:
    """How many mistakes each law is the only one to catch, value laws left aside.

    A value law compares with the reference on every case, so it catches nearly everything.
    """
    others = ([law for law in line.caught if not _is_value(law)] for line in lines)
    return Counter(laws[0] for laws in others if len(laws) == 1)


def idle_laws(lines: Iterable[Line], laws: Iterable[str]) -> tuple[str, ...]:
    """Laws that are never the only catcher of a mistake, value laws left aside."""
    sole = sole_catchers(lines)
    return tuple(law for law in laws if not _is_value(law) and not sole[law])


def laws_of(course: Course) -> tuple[str, ...]:
    """The ids of the laws that give points, in the order of a result."""
    _, dataset = _course(course.root)
    collected = _Collected()
    with Workbench(course, dataset, SETTINGS) as bench:
        bench.take(Submission("sample", course.root / "student"))
        bench.judge(None, collected)
    rubric = Rubric.load(course.path(course.settings.parts.rubric))
    judged = {piece.id for task in rubric.tasks for piece in task.pieces if piece.judged == "laws"}
    return tuple(law.id for law in collected.laws if law.piece in judged)


class _Collected(Listener):
    """Keeps the laws that would run, and ends the run before the first."""

    laws: tuple[Law, ...] = ()

    def on_collected(self, laws: list[Law], titles: dict[str, str]) -> None:
        self.laws = tuple(laws)

    def is_wanted(self) -> bool:
        return False


def as_markdown(lines: tuple[Line, ...], idle: Mapping[str, str], seen: str | None) -> str:
    """The table as a page.

    `idle` gives each law that is never a sole catcher its reason; `seen` says where mistakes were
    counted, if they were.
    """
    first = sum(line.is_named_first for line in lines)
    text = [
        "# Named mistakes",
        "",
        "Each mistake was put into the sample submission and graded like any other. Made by "
        "`gradus faults --write docs/faults.md`.",
        "",
        f"- {len(lines)} mistakes, {sum(bool(line.caught) for line in lines)} caught by a law of "
        "their own task",
        f"- {sum(bool(line.spilled) for line in lines)} cost points in another task",
        f"- {first} named first ({100 * first / max(len(lines), 1):.1f} %)",
        "",
        *([seen, ""] if seen else []),
        "| mistake | what the student is told | caught by | named | seen |",
        "|---|---|---|---|---|",
    ]
    for line in lines:
        laws = ", ".join(law.removeprefix(piece_of(line.fault)) for law in line.caught)
        named = "first" if line.is_named_first else (", ".join(line.named) or "no")
        says = line.says.replace("|", "\\|")
        text.append(f"| `{line.fault}` | {says} | {laws or 'none'} | {named} | {line.seen or ''} |")
    text += ["", "## Laws that no mistake needs", ""]
    text += [
        "All that these laws catch here, another law catches too; value laws are left aside.",
        "",
    ]
    text += [f"- `{law}`: {reason}" for law, reason in idle.items()] or ["None."]
    return "\n".join(text) + "\n"


def _is_value(law: str) -> bool:
    return name_of(law) == "value"


def _read(fault: Any, result: Result) -> Line:
    task = fault.piece.partition(".")[0]
    scored = [check for check in result.checks if check.scored]
    caught = tuple(c.id for c in scored if c.task == task and c.verdict in BAD)
    spilled = tuple(
        piece.id for t in result.tasks if t.id != task for piece in t.pieces if piece.lost
    )
    told = [c.diagnosis for c in scored if c.piece == fault.piece and c.diagnosis]
    named = tuple(diagnosis.fault for diagnosis in told[0]) if told else ()
    return Line(fault.id, fault.says, fault.seen, caught, spilled, named)


@cache
def _course(root: Path) -> tuple[Course, Any]:
    # Two processes on two cores gain nothing from a second thread each.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    course = Course(root)
    return course, course.small_dataset()
