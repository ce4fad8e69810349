"""Two results of one submission compared: what a second grading gave otherwise than the first.

Every value of the two documents is compared, but for times. Whole runs count too: on one machine
they are repeated to the last digit that is kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from gradus.results import Result, comparable

Subject = Literal["digests", "marks", "evidence", "circumstances"]
Path = tuple[str, ...]

ABSENT = "nothing"
DEPTH_OF_A_LAW = 4
POINTS = frozenset({"earned", "lost", "available", "pending", "total", "points", "of"})
DIGESTS = (("submission", "sha256"), ("harness", "rubric_sha256"), ("data", "sha256"))
CIRCUMSTANCES = frozenset({"schema", "submission", "isolation", "environment", "data", "harness"})


@dataclass(frozen=True)
class Difference:
    """A value by its place, as it was recorded and as it is now; both as short JSON."""

    subject: Subject
    place: str
    recorded: str
    now: str


def differences(recorded: Result, now: Result) -> list[Difference]:
    """What differs, in the order of the recorded result, each law's values together.

    Circumstances are what may differ in a result that is the same: versions, the machine, the
    course's and the grader's own files, the submission's name.
    """
    before, after = dict(_values(recorded)), dict(_values(now))
    places = dict.fromkeys([*before, *after])
    order: dict[Path, int] = {}
    for place in places:
        order.setdefault(place[:DEPTH_OF_A_LAW], len(order))
    return [
        Difference(_subject(place), _named(place), _shown(before, place), _shown(after, place))
        for place in sorted(places, key=lambda place: order[place[:DEPTH_OF_A_LAW]])
        if before.get(place, ABSENT) != after.get(place, ABSENT)
    ]


def is_the_same(found: Iterable[Difference]) -> bool:
    """Whether digests, marks and evidence agree, whatever the circumstances."""
    return all(difference.subject == "circumstances" for difference in found)


def _values(result: Result) -> Iterator[tuple[Path, str]]:
    """The values of a result by their places, as JSON; whole runs without their times."""
    document = json.loads(result.to_json())
    runs = [
        {key: value for key, value in comparable(run).items() if not key.endswith("seconds")}
        for run in document.pop("runs")
        if "id" in run
    ]
    yield from _leaves({**comparable(document), "whole runs": runs}, ())


def _leaves(value: Any, place: Path) -> Iterator[tuple[Path, str]]:
    if value is None or value in ([], {}):
        return  # as if it were not there
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, (*place, str(key)))
    elif isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
        for name, inner in _by_name(value):
            yield from _leaves(inner, (*place, name))
    else:
        yield place, json.dumps(value, ensure_ascii=False, sort_keys=True)


def _by_name(items: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Items by their ids, or by their numbers; a number tells apart those of one id."""
    taken: set[str] = set()
    for number, item in enumerate(items, start=1):
        name = whole = str(item.get("id", item.get("file", number)))
        count = 2
        while name in taken:
            name, count = f"{whole} ({count})", count + 1
        taken.add(name)
        yield name, item


def _subject(place: Path) -> Subject:
    if place in DIGESTS or place[:2] == ("submission", "sources"):
        return "digests"
    if place[0] in CIRCUMSTANCES:
        return "circumstances"
    in_marks = place[0] == "score" or (place[0] == "tasks" and "checks" not in place)
    return "marks" if in_marks and place[-1] in POINTS else "evidence"


def _named(place: Path) -> str:
    """A place as a person says it: ids stand for themselves, "tasks" and "checks" say nothing."""
    inner = [part for part in place if part not in ("tasks", "checks", "pieces", "manual")]
    if len(inner) > 1 and inner[1].startswith(f"{inner[0]}."):
        inner = inner[1:]
    return " ".join(inner).replace("_", " ")


def _shown(values: Mapping[Path, str], place: Path) -> str:
    return values.get(place, ABSENT)
