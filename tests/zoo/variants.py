"""A submission that differs from the sample in one thing, and how to build it.

The zoo's animals are small edits of `student/`, so each holds all the rest of a real submission. An
edit that no longer fits the sample raises `EditError`, which names the variant and the text.
"""

from __future__ import annotations

import ast
import shutil
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

SAMPLE = Path(__file__).parents[2] / "student"


class EditError(Exception):
    """An edit does not apply to the sample as it stands."""


@dataclass(frozen=True)
class Replace:
    """`old`, which occurs exactly once in `file`, becomes `new`."""

    file: str
    old: str
    new: str

    def apply(self, folder: Path) -> None:
        path = folder / self.file
        text = path.read_text("utf-8")
        found = text.count(self.old)
        if found != 1:
            raise EditError(
                f"{self.file} holds {self.old!r} {found} times, but should hold it once; fit the "
                "edit to the sample"
            )
        path.write_text(text.replace(self.old, self.new), "utf-8")


@dataclass(frozen=True)
class Redefine:
    """The function `name` of `file` ("pre_process_images", "BinaryModel.forward") as `source`."""

    file: str
    name: str
    source: str

    def apply(self, folder: Path) -> None:
        path = folder / self.file
        text = path.read_text("utf-8")
        found = _definitions(ast.parse(text).body, self.name.split("."))
        if len(found) != 1:
            raise EditError(
                f"{self.file} defines {self.name} {len(found)} times, but should define it once; "
                "fit the edit to the sample"
            )
        node = found[0]
        lines = text.splitlines(keepends=True)
        written = textwrap.indent(textwrap.dedent(self.source).strip("\n"), " " * node.col_offset)
        lines[node.lineno - 1 : node.end_lineno] = [written + "\n"]
        path.write_text("".join(lines), "utf-8")


@dataclass(frozen=True)
class Above:
    """`text` as the first lines of `file`."""

    file: str
    text: str

    def apply(self, folder: Path) -> None:
        path = folder / self.file
        path.write_text(textwrap.dedent(self.text) + path.read_text("utf-8"), "utf-8")


@dataclass(frozen=True)
class Write:
    """`file` added, or written anew."""

    file: str
    text: str

    def apply(self, folder: Path) -> None:
        path = folder / self.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(self.text), "utf-8")


@dataclass(frozen=True)
class Delete:
    """`file` left out."""

    file: str

    def apply(self, folder: Path) -> None:
        path = folder / self.file
        if not path.is_file():
            raise EditError(f"the sample has no {self.file} to delete; fit the edit to the sample")
        path.unlink()


Edit = Replace | Redefine | Above | Write | Delete


@dataclass(frozen=True)
class Variant:
    """One submission of the zoo.

    `loses` are the pieces that must lose points, `pending` those that wait for a person; every
    other piece that laws judge keeps what the sample has. Where more than one piece is lost,
    `because` gives the reason. The laws of `may_block` may be blocked, and only that: they call what
    is out of reach. `earns_nothing`: not even a part of the points of `loses`.
    `conventions` and `edition` are what the result must record. `own_tasks_alone`: only the tasks
    of `loses` are graded.
    """

    id: str
    says: str
    edits: tuple[Edit, ...]
    loses: tuple[str, ...] = ()
    because: str = ""
    may_block: tuple[str, ...] = ()
    earns_nothing: bool = False
    pending: tuple[str, ...] = ()
    conventions: Mapping[str, object] = field(default_factory=dict)
    edition: str = "2021"
    own_tasks_alone: bool = False

    def __post_init__(self) -> None:
        if len(self.loses) > 1 and not self.because:
            raise ValueError(f"{self.id} loses {len(self.loses)} pieces; `because` should say why")


def build(variant: Variant, folder: Path) -> Path:
    """Copy the sample to `folder`, which must not exist, and apply the variant's edits.

    Raises EditError where one does not apply.
    """
    shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    for edit in variant.edits:
        try:
            edit.apply(folder)
        except EditError as error:
            raise EditError(f"variant {variant.id!r}: {error}") from None
    return folder


def _definitions(body: list[ast.stmt], name: list[str]) -> list[ast.FunctionDef]:
    """The functions of this dotted name among the statements."""
    if len(name) == 1:
        return [n for n in body if isinstance(n, ast.FunctionDef) and n.name == name[0]]
    classes = [n for n in body if isinstance(n, ast.ClassDef) and n.name == name[0]]
    return [found for each in classes for found in _definitions(each.body, name[1:])]
