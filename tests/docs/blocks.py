"""Fenced blocks of Markdown pages, and the commands that stand within sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

FENCE = re.compile(
    r"^(?P<ticks>`{3,}|~{3,})(?P<language>[^\n`]*)\n(?P<code>.*?)^(?P=ticks)\s*$", re.M | re.S
)
SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
PROGRAMS = ("gradus", "tox", "python", "python3", "pip", "bash", "sh")
PROMPT = re.compile(rf"^\s*(?:\$ )?(?:[\w./-]*/)?(?:{'|'.join(PROGRAMS)})\s", re.M)
SHELL = "sh"
NO_COMMANDS = frozenset({"csv", "yaml", "python", "toml", "json"})
"""Languages whose blocks nobody types into a shell."""


@dataclass(frozen=True)
class Block:
    """A fenced block, and the line of its page where its code begins."""

    line: int
    language: str
    code: str

    @property
    def is_run(self) -> bool:
        return self.language == SHELL

    @property
    def should_be_run(self) -> bool:
        """Whether a reader would type it: every block that says so, or that calls a program."""
        return self.is_run or (
            self.language not in NO_COMMANDS and PROMPT.search(self.code) is not None
        )


def blocks_of(text: str) -> list[Block]:
    """Every fenced block of a page."""
    return [
        Block(
            text.count("\n", 0, found.start("code")) + 1, found["language"].strip(), found["code"]
        )
        for found in FENCE.finditer(text)
    ]


def commands_in_sentences(text: str) -> Iterator[str]:
    """Code spans outside of blocks that begin with a program and have arguments."""
    for found in SPAN.finditer(FENCE.sub("", text)):
        if PROMPT.match(found[1]):
            yield found[1]
