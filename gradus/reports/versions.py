"""What a report says of a submission that was graded under two interpreters, or should be."""

from __future__ import annotations

from dataclasses import dataclass, field

from gradus.reports.language import Language
from gradus.results import Comparison, Difference, Interpreter, LawUnderBoth, Result, Share, Verdict

UNEXPLAINED = "No change of NumPy that is known here explains these by themselves"
SUMMARY = (
    "The marks come from {marks}. Under {beside} the same files earn {there} points instead of "
    "{here}, and lose {lost_there} instead of {lost_here}; {laws} differently."
)
SAME_MARKS = (
    "The marks come from {marks}. Under {beside} the same files earn the same; {laws} differently."
)
ALL_THE_SAME = (
    "The marks come from {marks}. Under {beside} the same files earn the same, and every law comes "
    "out the same."
)
NOTICE = (
    "Points are lost in {tasks} to code that other versions of NumPy take; this one is {numpy}. If "
    "the code was written for another, `gradus grade --student-python PYTHON` gives its marks "
    "under that Python's NumPy, and says what differs."
)


@dataclass(frozen=True)
class Row:
    """A piece whose points differ: what became of them under each interpreter, and what was told.

    `told` is empty where a reason is known.
    """

    task: str
    title: str
    marks: str
    beside: str
    told: str


@dataclass
class Group:
    """What differs for one reason. `without_points` are laws of pieces whose points stay."""

    why: str
    rows: list[Row] = field(default_factory=list)
    without_points: list[str] = field(default_factory=list)


def columns(comparison: Comparison) -> tuple[str, str]:
    """Short names of both interpreters, that of the marks first."""
    both = comparison.marks, comparison.beside
    if comparison.marks.numpy == comparison.beside.numpy:
        return f"Python {both[0].python}", f"Python {both[1].python}"
    return f"NumPy {both[0].numpy}", f"NumPy {both[1].numpy}"


def heading(comparison: Comparison, language: Language) -> str:
    """As in "Under NumPy 2.4.6"."""
    return language("Under {version}", version=columns(comparison)[1])


def summary(result: Result, language: Language) -> str:
    """Where the marks come from, and what they would be under the other interpreter."""
    comparison = result.comparison
    if comparison is None:
        return ""
    both = {
        "marks": _in_full(comparison.marks, language),
        "beside": _in_full(comparison.beside, language),
    }
    number = sum(len(difference.laws) for difference in comparison.differences)
    if not number:
        return language(ALL_THE_SAME, **both)
    noun = "law comes out" if number == 1 else "laws come out"
    laws = language("{number} " + noun, number=number)
    here, there = result.score, comparison.score
    if here == there:
        return language(SAME_MARKS, laws=laws, **both)
    return language(
        SUMMARY,
        laws=laws,
        here=language.points(here.earned),
        there=language.points(there.earned),
        lost_here=language.points(here.lost),
        lost_there=language.points(there.lost),
        **both,
    )


def groups(result: Result, language: Language) -> list[Group]:
    """What differs, by its reason; what nothing explains comes last."""
    comparison = result.comparison
    if comparison is None:
        return []
    titles = {piece.id: piece.title for task in result.tasks for piece in task.pieces}
    found: dict[str, Group] = {}
    for difference in sorted(comparison.differences, key=lambda each: each.because is None):
        why = language.said(difference.because or UNEXPLAINED).text
        group = found.setdefault(why, Group(why[:1].upper() + why[1:]))
        if difference.marks == difference.beside:
            group.without_points += [_in_words(law, language) for law in difference.laws]
        else:
            group.rows.append(_row(difference, titles[difference.piece], language))
    return list(found.values())


def notice(result: Result, language: Language) -> str:
    """Where a run under one NumPy alone lost points to what may be a change of NumPy; else ""."""
    if result.comparison is not None:
        return ""
    tasks = [
        task.id
        for task in result.tasks
        if task.lost and any(d.numpy for check in task.checks for d in check.diagnosis)
    ]
    if not tasks:
        return ""
    numpy = result.environment.get("student numpy", "")
    return language(NOTICE, tasks=", ".join(tasks), numpy=numpy)


def _row(difference: Difference, title: str, language: Language) -> Row:
    told = "" if difference.because else difference.told or ""
    return Row(
        task=difference.piece.partition(".")[0],
        title=language.said(title).text,
        marks=_became(difference.marks, language),
        beside=_became(difference.beside, language),
        told=language.said(told).text,
    )


def _became(share: Share | None, language: Language) -> str:
    """As in "0.100 earned, 0.025 lost"."""
    parts = [] if share is None else [(n, getattr(share, n)) for n in ("earned", "lost", "pending")]
    told = [f"{language.points(points)} {language(name)}" for name, points in parts if points]
    return ", ".join(told) or language("none")


def _in_words(law: LawUnderBoth, language: Language) -> str:
    """As in "2b.plot.recognised (passed, there blocked)"."""
    verdict, beside = _word(law.verdict, language), _word(law.beside, language)
    return f"{law.id} ({language('{verdict}, there {beside}', verdict=verdict, beside=beside)})"


def _word(verdict: Verdict, language: Language) -> str:
    return language(verdict.value.replace("_", " "))


def _in_full(interpreter: Interpreter, language: Language) -> str:
    return language(
        "Python {python} with NumPy {numpy}", python=interpreter.python, numpy=interpreter.numpy
    )
