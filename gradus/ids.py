"""What an id says: a law's is `task.piece.law`, as in `2a.backward.value`; a mistake's is alike."""

from __future__ import annotations


def piece_of(id: str) -> str:
    """All of an id but its last part: `2a.backward`."""
    return id.rpartition(".")[0]


def name_of(id: str) -> str:
    """The last part of an id: `value`."""
    return id.rpartition(".")[2]


def task_of(id: str) -> str:
    """The first part of an id: `2a`."""
    return id.partition(".")[0]
