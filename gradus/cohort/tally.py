"""Collects the statistics of a class from one result at a time, keeping little of each."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import ROUND_CEILING, Decimal
from typing import Any, Literal

from gradus.cohort.alike import Alike
from gradus.cohort.outcome import Outcome
from gradus.cohort.summary import (
    Bin,
    Cohort,
    Conditions,
    Contradicted,
    Convention,
    ConventionValue,
    Counts,
    LawSummary,
    Mistake,
    NotLoaded,
    Row,
    Spread,
    Sums,
    TaskSummary,
)
from gradus.results import THOUSANDTH, Check, Result, Task, Verdict

ZERO = Decimal("0.000")
MARKS = ("earned", "lost", "available", "pending", "total")
BINS = 20
"""Into how many parts the total is cut for the distribution."""

MOST_SAID = 300
"""Of a sentence that a submission may have written, so many characters are kept."""


def summarised(course: str, pairs: Iterable[tuple[Outcome, Result | None]]) -> Cohort:
    """The statistics of a class. Each result is let go before the next is read."""
    tally = _Tally()
    for outcome, result in pairs:
        tally.add(outcome, result)
    return tally.cohort(course)


class _Tally:
    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.tasks: dict[str, _OfTask] = {}
        self.laws: dict[str, _OfLaw] = {}
        self.mistakes: dict[tuple[str, str], _OfMistake] = {}
        self.conventions: dict[str, dict[str, list[str]]] = {}
        self.not_loaded: list[NotLoaded] = []
        self.contradicted: list[Contradicted] = []
        self.conditions: Counter[tuple[Any, ...]] = Counter()
        self.most = self.total = ZERO
        self.alike = Alike()

    def add(self, outcome: Outcome, result: Result | None) -> None:
        known: dict[str, Any] = {
            "id": outcome.id,
            "folder": outcome.folder,
            "status": outcome.status,
            "sentence": outcome.sentence,
            "problems": outcome.problems,
            "origin": outcome.origin,
            "sha256": outcome.sha256,
            "seconds": outcome.seconds,
        }
        if result is not None:
            known |= self._of_result(result)
        self.rows.append(Row.model_validate(known))

    def _of_result(self, result: Result) -> dict[str, Any]:
        id = result.submission.id
        for place, task in enumerate(result.tasks):
            self.tasks.setdefault(task.id, _OfTask(place)).add(place, task)
            for number, check in enumerate(task.checks):
                self.laws.setdefault(check.id, _OfLaw()).add(place, number, check)
        mistakes = self._diagnoses(id, result)
        for name, value in result.conventions.items():
            key = json.dumps(value, sort_keys=True)
            self.conventions.setdefault(name, {}).setdefault(key, []).append(id)
        self.not_loaded += _not_loaded(result)
        contradicted = [claim for claim in result.claims if claim.verdict == "contradicted"]
        self.contradicted += [
            Contradicted(
                id=id,
                claim=claim.id,
                task=claim.task,
                stated=claim.stated,
                measured=claim.measured,
                message=claim.message,
            )
            for claim in contradicted
        ]
        self.conditions[_conditions(result)] += 1
        self.most = max(self.most, result.score.available)
        self.total = max(self.total, result.score.total)
        self.alike.add(result.submission)
        return {
            "origin": result.submission.origin,
            "note": result.submission.note,
            "sha256": result.submission.sha256,
            **{name: getattr(result.score, name) for name in MARKS if name != "available"},
            "tasks": {task.id: (task.earned, task.lost, task.pending) for task in result.tasks},
            "broken": tuple(c.id for c in result.checks if _is_broken(c)),
            "mistakes": mistakes,
            "look_here": tuple(c.id for c in result.checks if _is_contradicting(c)),
            "contradicted": len(contradicted),
        }

    def _diagnoses(self, id: str, result: Result) -> tuple[str, ...]:
        """Count the diagnoses of scored laws, each once; return the named mistakes."""
        found: dict[tuple[str, str], str] = {}
        for check in result.checks:
            if check.scored and check.verdict is not Verdict.PASSED:
                for each in check.diagnosis:
                    found.setdefault((each.fault, each.kind), each.says)
        for key, says in found.items():
            self.mistakes.setdefault(key, _OfMistake()).add(id, says)
        return tuple(fault for fault, kind in found if kind == "mistake")

    def cohort(self, course: str) -> Cohort:
        rows = sorted(self.rows, key=lambda row: row.id)
        status = Counter(row.status for row in rows)
        earned = sorted(row.earned for row in rows if row.earned is not None)
        tasks = sorted(self.tasks.items(), key=lambda item: (item[1].place, item[0]))
        laws = sorted(self.laws.items(), key=lambda item: (item[1].place, item[0]))
        sums = {
            name: sum((each.sums[name] for each in self.tasks.values()), ZERO) for name in MARKS
        }
        return Cohort(
            course=course,
            counts=Counts(
                submissions=len(rows),
                graded=status["graded"],
                refused=status["refused"],
                fault=status["fault"],
            ),
            sums=Sums(**sums),
            spread=_spread(earned) if earned else None,
            distribution=_distribution(earned, self.most, self.total),
            tasks=tuple(each.summary(id) for id, each in tasks),
            laws=tuple(each.summary(id) for id, each in laws),
            mistakes=self._mistakes(),
            conventions=tuple(
                Convention(name=name, values=_values(values))
                for name, values in sorted(self.conventions.items())
            ),
            identical=self.alike.identical(),
            widespread=self.alike.widespread(),
            not_loaded=tuple(sorted(self.not_loaded, key=lambda each: (each.id, each.says))),
            contradicted=tuple(sorted(self.contradicted, key=lambda each: (each.id, each.claim))),
            conditions=tuple(
                Conditions(**dict(key), count=count)
                for key, count in sorted(self.conditions.items(), key=lambda item: str(item[0]))
            ),
            rows=tuple(rows),
        )

    def _mistakes(self) -> tuple[Mistake, ...]:
        found = [each.summary(fault, kind) for (fault, kind), each in self.mistakes.items()]
        return tuple(sorted(found, key=lambda each: (-len(each.who), each.fault, each.kind)))


class _OfTask:
    def __init__(self, place: int) -> None:
        self.place = place
        self.titles: set[str] = set()
        self.sums = dict.fromkeys(MARKS, ZERO)
        self.graded = self.whole = self.nothing = 0

    def add(self, place: int, task: Task) -> None:
        self.place = min(self.place, place)
        self.titles.add(task.title)
        self.graded += 1
        self.whole += not task.lost
        self.nothing += not task.earned
        for name in MARKS:
            self.sums[name] += getattr(task, name)

    def summary(self, id: str) -> TaskSummary:
        return TaskSummary(
            id=id,
            title=min(self.titles),
            graded=self.graded,
            sums=Sums(**self.sums),
            whole=self.whole,
            nothing=self.nothing,
        )


class _OfLaw:
    def __init__(self) -> None:
        self.places: list[tuple[int, int]] = []
        self.texts: set[str] = set()
        self.kinds: set[Literal["scored", "evidence", "advice"]] = set()
        self.verdicts: Counter[Verdict] = Counter()
        self.task = ""

    @property
    def place(self) -> tuple[int, int]:
        return self.places[0]

    def add(self, task: int, number: int, check: Check) -> None:
        self.places = [min([*self.places, (task, number)])]
        self.task = check.task
        self.texts.add(check.law)
        self.kinds.add("advice" if check.advice else "evidence" if check.evidence else "scored")
        self.verdicts[check.verdict] += 1

    def summary(self, id: str) -> LawSummary:
        return LawSummary(
            id=id,
            task=self.task,
            law=min(self.texts),
            kind=max(self.kinds),
            **{verdict.value: self.verdicts[verdict] for verdict in Verdict},
        )


class _OfMistake:
    def __init__(self) -> None:
        self.texts: Counter[str] = Counter()
        self.who: list[str] = []

    def add(self, id: str, says: str) -> None:
        self.texts[says[:MOST_SAID]] += 1
        self.who.append(id)

    def summary(self, fault: str, kind: Any) -> Mistake:
        says = min(self.texts, key=lambda text: (-self.texts[text], text))
        return Mistake(fault=fault, kind=kind, says=says, who=tuple(sorted(self.who)))


def _is_broken(check: Check) -> bool:
    return check.scored and not check.pending and check.verdict is not Verdict.PASSED


def _is_contradicting(check: Check) -> bool:
    return check.evidence and check.verdict in (Verdict.FAILED, Verdict.ERRORED)


def _not_loaded(result: Result) -> list[NotLoaded]:
    """Errors without a case, as where a file cannot be imported; one entry for each message."""
    found: Counter[str] = Counter()
    for check in result.checks:
        if check.scored and check.verdict is Verdict.ERRORED and check.counterexample is None:
            found[(check.message or "no message")[:MOST_SAID]] += 1
    return [
        NotLoaded(id=result.submission.id, says=says, laws=laws) for says, laws in found.items()
    ]


def _conditions(result: Result) -> tuple[Any, ...]:
    values = {
        "version": result.harness.version,
        "engine_sha256": result.harness.engine_sha256,
        "course_sha256": result.harness.course_sha256,
        "rubric_sha256": result.harness.rubric_sha256,
        "seed": result.harness.seed,
        "data": f"{result.data.get('name', 'unknown')} {result.data.get('sha256', '')}".strip(),
        "isolation": result.isolation.level,
        "numpy": str(result.environment.get("student numpy", "unknown")),
    }
    return tuple(values.items())


def _values(values: dict[str, list[str]]) -> tuple[ConventionValue, ...]:
    ordered = sorted(values.items(), key=lambda item: (-len(item[1]), item[0]))
    return tuple(
        ConventionValue(value=json.loads(key), who=tuple(sorted(who))) for key, who in ordered
    )


def _spread(earned: Sequence[Decimal]) -> Spread:
    """Quantiles that are marks somebody has: the least mark that so large a share does not pass."""

    def at(share: Decimal) -> Decimal:
        rank = int((share * len(earned)).to_integral_value(ROUND_CEILING))
        return earned[max(0, rank - 1)]

    return Spread(
        least=earned[0],
        quarter=at(Decimal("0.25")),
        median=at(Decimal("0.5")),
        three_quarters=at(Decimal("0.75")),
        most=earned[-1],
    )


def _distribution(earned: Sequence[Decimal], most: Decimal, total: Decimal) -> tuple[Bin, ...]:
    """Bins of one width from 0 to the most that was available to anybody."""
    if not earned:
        return ()
    width = max(THOUSANDTH, (total / BINS).quantize(THOUSANDTH, ROUND_CEILING))
    number = max(1, int((most / width).to_integral_value(ROUND_CEILING)))
    counts = Counter(min(int(points // width), number - 1) for points in earned)
    return tuple(
        Bin(start=place * width, end=(place + 1) * width, count=counts[place])
        for place in range(number)
    )
