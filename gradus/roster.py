"""Who handed in what: a table that maps a submission to one or more people.

Columns `submission` and at least one of the platforms' ids: `canvas_id`, `sis_user_id`, `login`
(Canvas' SIS Login ID), `username` (Blackboard), `email`; `name` is shown, never used to match. A
group's submission stands in one row for each of its members.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from gradus.exports import MarksError
from gradus.tables import Table, TableError

ID_COLUMNS = ("canvas_id", "sis_user_id", "login", "username", "email")


class RosterError(MarksError):
    """A roster that cannot be used as it is."""


@dataclass(frozen=True)
class Person:
    """One who handed in `submission`, alone or with others; empty ids are unknown."""

    submission: str
    name: str = ""
    canvas_id: str = ""
    sis_user_id: str = ""
    login: str = ""
    username: str = ""
    email: str = ""

    @property
    def ids(self) -> tuple[tuple[str, str], ...]:
        """Pairs of column and id, where one is known."""
        return tuple((name, getattr(self, name)) for name in ID_COLUMNS if getattr(self, name))

    @property
    def shown(self) -> str:
        """The name, or else an id."""
        return self.name or self.ids[0][1]


def read_roster(path: Path) -> tuple[Person, ...]:
    """Read a roster. Raises RosterError for missing columns, and for people who stand in it twice.

    A person of two submissions cannot get two marks, and a person without an id cannot be found.
    """
    try:
        rows = Table.read(path).records(("submission",), ("name", *ID_COLUMNS))
    except TableError as error:
        raise RosterError(str(error)) from None
    people: list[Person] = []
    seen: dict[tuple[str, str], int] = {}
    for line, row in rows:
        person = Person(**row)
        if not person.submission or not person.ids:
            raise RosterError(
                f"{path.name}, line {line} names no {'id' if person.submission else 'submission'}; "
                f"fill in `submission` and one of {', '.join(ID_COLUMNS)}"
            )
        for key in person.ids:
            if key in seen:
                raise RosterError(
                    f"{path.name} has the {key[0]} {key[1]!r} in the lines {seen[key]} and {line}; "
                    "each person may stand in it once"
                )
            seen[key] = line
        people.append(person)
    return tuple(people)


def without_submission(people: Iterable[Person], graded: Iterable[str]) -> list[Person]:
    """The people whose submission was not graded."""
    known = set(graded)
    return [person for person in people if person.submission not in known]


def without_person(people: Iterable[Person], graded: Iterable[str]) -> list[str]:
    """The graded submissions that no person of the roster handed in."""
    named = {person.submission for person in people}
    return [id for id in graded if id not in named]
