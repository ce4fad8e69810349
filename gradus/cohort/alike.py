"""Which submissions share files: facts about files, and no verdict on people.

Where a task leaves little to choose, honest files are the same; so a file that many share is left
out, and so are files too small to say anything.
"""

from __future__ import annotations

from collections.abc import Iterable

from gradus.cohort.summary import Identical, Widespread
from gradus.results import Submission

LEAST_NODES = 80
"""Smaller syntax trees say nothing: a few imports, or a function of two lines."""

LEAST_WIDESPREAD = 4
WIDESPREAD_SHARE = 0.1
"""What at least four, and more than a tenth of all, share is as good as handed out."""


class Alike:
    """Collects digests of submissions one by one, some hundred bytes of each."""

    def __init__(self) -> None:
        self._whole: dict[str, list[str]] = {}
        self._syntax: dict[tuple[str, str], list[str]] = {}
        self._bytes: dict[tuple[str, str], set[str]] = {}
        self._nodes: dict[tuple[str, str], int] = {}
        self._count = 0

    def add(self, submission: Submission) -> None:
        self._count += 1
        self._whole.setdefault(submission.sha256, []).append(submission.id)
        for source in submission.sources:
            key = (source.file, source.syntax or source.sha256)
            self._syntax.setdefault(key, []).append(submission.id)
            self._bytes.setdefault(key, set()).add(source.sha256)
            self._nodes[key] = source.nodes

    def identical(self) -> tuple[Identical, ...]:
        """Groups that share files, whole submissions first, then the most in common first."""
        whole = {tuple(sorted(ids)) for ids in self._whole.values() if len(ids) > 1}
        found = [Identical(how="submission", files=(), nodes=0, who=ids) for ids in whole]
        by_group: dict[tuple[str, ...], list[tuple[str, str]]] = {}
        for key in self._shared():
            group = tuple(sorted(self._syntax[key]))
            if not self._is_widespread(key) and group not in whole:
                by_group.setdefault(group, []).append(key)
        for group, keys in by_group.items():
            for how in ("bytes", "syntax"):
                same = [key for key in keys if (len(self._bytes[key]) == 1) == (how == "bytes")]
                if same:
                    files = tuple(sorted(file for file, _ in same))
                    nodes = sum(self._nodes[key] for key in same)
                    found.append(Identical(how=how, files=files, nodes=nodes, who=group))
        return tuple(sorted(found, key=lambda e: (e.how != "submission", -e.nodes, e.who, e.how)))

    def widespread(self) -> tuple[Widespread, ...]:
        """The files that were left out because many share them."""
        found = [
            Widespread(file=key[0], count=len(self._syntax[key]))
            for key in self._shared()
            if self._is_widespread(key)
        ]
        return tuple(sorted(found, key=lambda each: (each.file, -each.count)))

    def _shared(self) -> Iterable[tuple[str, str]]:
        return (
            key
            for key, ids in self._syntax.items()
            if len(ids) > 1 and self._nodes[key] >= LEAST_NODES
        )

    def _is_widespread(self, key: tuple[str, str]) -> bool:
        least = max(LEAST_WIDESPREAD, int(WIDESPREAD_SHARE * self._count) + 1)
        return len(self._syntax[key]) >= least
