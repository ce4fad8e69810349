"""Who handed in what: a table that maps a submission to one or more people.

Columns `submission` and at least one of the platforms' ids: `canvas_id`, `sis_user_id`, `login`
(Canvas' SIS Login ID), `username` (Blackboard), `github`, `email`; `name` is shown, never used to
match. A group's submission stands in one row for each of its members. Where `submission` is empty,
the id by which a platform's download names its user finds it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from gradus.exports import MarksError
from gradus.results import Origin, Platform
from gradus.tables import Table, TableError

ID_COLUMNS = ("canvas_id", "sis_user_id", "login", "username", "github", "email")
USER_COLUMNS: Mapping[Platform, str] = {
    "blackboard": "username",
    "canvas": "canvas_id",
    "github": "github",
}
"""By which id each platform's download names who handed in."""


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
    github: str = ""
    email: str = ""

    @property
    def ids(self) -> tuple[tuple[str, str], ...]:
        """Pairs of column and id, where one is known."""
        return tuple((name, getattr(self, name)) for name in ID_COLUMNS if getattr(self, name))

    @property
    def users(self) -> tuple[tuple[str, str], ...]:
        """Those pairs by which a platform's download would name them."""
        return tuple(pair for pair in self.ids if pair[0] in USER_COLUMNS.values())

    @property
    def shown(self) -> str:
        """The name, or else an id."""
        return self.name or self.ids[0][1]


def read_roster(path: Path) -> tuple[Person, ...]:
    """Read a roster. Raises RosterError for missing columns, and for people who stand in it twice.

    A person of two submissions cannot get two marks, and a person without an id cannot be found.
    """
    try:
        rows = Table.read(path).records((), ("submission", "name", *ID_COLUMNS))
    except TableError as error:
        raise RosterError(str(error)) from None
    people: list[Person] = []
    seen: dict[tuple[str, str], int] = {}
    for line, row in rows:
        person = Person(**{"submission": "", **row})
        if not person.ids:
            raise RosterError(
                f"{path.name}, line {line} names no id; fill in one of {', '.join(ID_COLUMNS)}"
            )
        if not person.submission and not person.users:
            raise RosterError(
                f"{path.name}, line {line} names no submission; fill in `submission`, or the id in "
                f"the downloads' names, which is one of {', '.join(USER_COLUMNS.values())}"
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


def user_of(origin: Origin | None) -> tuple[str, str] | None:
    """The pair of column and id that a submission's origin gives."""
    return (USER_COLUMNS[origin.platform], origin.user) if origin else None


def placed(people: Iterable[Person], origins: Mapping[str, Origin | None]) -> tuple[Person, ...]:
    """The people, those without a `submission` with the one that their platform says is theirs.

    `origins` are those of the graded submissions, by id. Whoever has none or several stays without.
    """
    handed_in: dict[tuple[str, str], list[str]] = {}
    for id, origin in origins.items():
        if user := user_of(origin):
            handed_in.setdefault(user, []).append(id)
    found = []
    for person in people:
        own = {id for user in person.users for id in handed_in.get(user, ())}
        one = own.pop() if len(own) == 1 else ""
        found.append(person if person.submission else replace(person, submission=one))
    return tuple(found)


def without_submission(people: Iterable[Person], graded: Iterable[str]) -> list[Person]:
    """The people whose submission was not graded."""
    known = set(graded)
    return [person for person in people if person.submission not in known]


def without_person(people: Iterable[Person], graded: Iterable[str]) -> list[str]:
    """The graded submissions that no person of the roster handed in."""
    named = {person.submission for person in people}
    return [id for id in graded if id not in named]
