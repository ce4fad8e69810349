"""Which laws are explained in full, and which with them: one mistake often breaks several."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gradus.reports.content import Standing, has_run, is_of_the_whole_file, with_standing
from gradus.results import Check, Result


@dataclass(frozen=True)
class Explanation:
    """`leader` is explained in full.

    `same` are laws with its message, `others` laws that probably fail for its reason and have
    messages of their own.
    """

    leader: Check
    same: tuple[Check, ...] = ()
    others: tuple[Check, ...] = ()

    @property
    def laws(self) -> tuple[Check, ...]:
        return (self.leader, *self.same, *self.others)


def explanations(checks: Iterable[Check]) -> list[Explanation]:
    """The laws that ran piece by piece, then those that did not, by their reason."""
    checks = tuple(checks)
    found = []
    for leader, rest in by_piece(filter(has_run, checks)):
        same = [check for check in rest if check.message == leader.message]
        others = [check for check in rest if check.message != leader.message]
        found.append(Explanation(leader, tuple(same), tuple(others)))
    for leader, *same in alike(check for check in checks if not has_run(check)):
        found.append(Explanation(leader, tuple(same)))
    return found


def of_tasks(result: Result, kind: Standing) -> Mapping[str, list[Explanation]]:
    """The explanations of laws of one standing by task.

    Where a whole file fails, its explanation belongs to several tasks, and stands under each.
    """
    checks = [check for task in result.tasks for check in with_standing(task, kind)]
    found: dict[str, list[Explanation]] = {task.id: [] for task in result.tasks}
    for explanation in explanations(checks):
        for task in dict.fromkeys(check.task for check in explanation.laws):
            found[task].append(explanation)
    return found


def by_piece(checks: Iterable[Check]) -> list[tuple[Check, list[Check]]]:
    """The law to begin with in each piece, its value law where that is among them, and the rest.

    One mistake usually breaks several laws of its piece; the first is worth explaining in full.
    Where a whole file could not be imported, all its pieces fail for one reason and go together.
    """
    groups: dict[str, list[Check]] = {}
    for check in checks:
        of_the_file = check.message if is_of_the_whole_file(check) else None
        groups.setdefault(of_the_file or check.piece, []).append(check)
    found = []
    for laws in groups.values():
        leader = min(laws, key=lambda check: check.name != "value")
        found.append((leader, [check for check in laws if check is not leader]))
    return found


def alike(checks: Iterable[Check]) -> list[list[Check]]:
    """Laws that did not run for one and the same reason in one list; every other law alone."""
    groups: dict[tuple[str, ...], list[Check]] = {}
    for check in checks:
        key = (check.id,) if has_run(check) else (check.verdict, check.message or "")
        groups.setdefault(key, []).append(check)
    return list(groups.values())
