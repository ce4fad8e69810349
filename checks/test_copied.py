"""Evidence for every task: whether a submission's answers are worked out by the checks' own code.

Checks that students have can answer what they ask. It is worth no points, for code that gives right
answers is right; a person looks what was understood.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from pathlib import Path

from checks import stated
from gradus import leaks
from gradus.expect import Violation
from gradus.law import law

FUNCTIONS = ("gradient", "penalty_gradient", "step")
"""What stands for a solution: derivatives by complex steps, and a table of weights that moved."""
FEWEST_STATEMENTS = 2
MOST_BYTES = 200_000
NO_PYTHON = (SyntaxError, ValueError, RecursionError, MemoryError)
NEEDED = re.compile(r"\b(imag|searchsorted)\b")
"""One of these stands in each of the functions, whatever its variables are called."""


@law("2a.backward.own", kind="evidence")
def test_no_file_answers_by_the_code_of_the_checks(subject, oracle):
    """Answers are the submission's own: no file has the lines of the checks' `stated.py`."""
    for file, line, name in copies(subject.session.submission):
        raise Violation(
            f"{file} has from line {line} what `{name}` in `checks/stated.py` has",
            f"{file}, line {line}",
            "a solution of its own",
        )


def copies(submission: Path) -> Iterator[tuple[str, int, str]]:
    """(file, line, function) of each file of which several statements are one function's.

    Whatever their variables are called. The line is that of the first. A file further down counts
    where its folder is imported: the checks themselves may lie beside a submission.
    """
    sources = dict(_sources(submission))
    suspects = {place: text for place, text in sources.items() if NEEDED.search(text)}
    if not suspects:
        return
    beside = (text for place, text in sources.items() if len(place.parts) == 1)
    imported = {name for text in beside for name in _imported(text)}
    copied = {name: _statements(name) for name in FUNCTIONS}
    for place, text in suspects.items():
        if len(place.parts) > 1 and place.parts[0] not in imported:
            continue
        fragments = _fragments(text)
        for name, forms in copied.items():
            lines: dict[int, int] = {}
            for each in fragments:
                if each.form in forms:
                    lines.setdefault(forms[each.form], each.line)
            if len(lines) >= FEWEST_STATEMENTS:
                yield place.as_posix(), min(lines.values()), name


def _sources(submission: Path) -> Iterator[tuple[Path, str]]:
    """Every Python file's place in the submission and text; what cannot be read answers nothing."""
    for path in sorted(submission.rglob("*.py")):
        try:
            # A folder may have such a name.
            if not path.is_file() or path.stat().st_size > MOST_BYTES:
                continue
            text = path.read_text("utf-8")
        except (OSError, ValueError):
            continue
        yield path.relative_to(submission), text


def _fragments(source: str) -> list[leaks.Fragment]:
    try:
        return list(leaks.of_module(source))
    except NO_PYTHON:
        return []


def _imported(source: str) -> Iterator[str]:
    """The first part of every name that a file imports."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
    except NO_PYTHON:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


def _statements(name: str) -> dict[str, int]:
    """The line of each statement of a function, by each of its normal forms."""
    source = Path(stated.__file__).read_text("utf-8")
    return {each.form: each.line for each in leaks.of_functions(source, [name])}
