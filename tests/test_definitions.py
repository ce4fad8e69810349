"""Annotations stand at the function that a counterexample calls."""

from __future__ import annotations

import pytest

from gradus.exports import definitions, github
from gradus.results import Where
from tests.builders import SNIPPET, hostile_result, sample_check, sample_result
from tests.builders import all_passed as passed

SOURCE = """import numpy as np

def loss(targets, outputs):
    return 0


class BinaryModel:
    def __init__(self):
        self.w = 0

    def backward(self, X, outputs, targets):
        pass
"""


def source(name: str) -> str | None:
    return SOURCE if name == "task2a.py" else None


@pytest.mark.parametrize(
    ("snippet", "line"),
    [
        (SNIPPET, 11),
        ("from task2a import loss\nprint(loss(1, 2))", 3),
        ("from task2a import loss as l\nl(1, 2)", 3),
        ("from task2a import BinaryModel\nBinaryModel()", 7),
        ("from task2a import BinaryModel, loss\nloss(BinaryModel().backward(1, 2, 3))", 3),
    ],
)
def test_the_last_call_names_the_line(snippet: str, line: int) -> None:
    found = definitions.definition(snippet, source)
    assert found == Where(file="task2a.py", line=line)


@pytest.mark.parametrize(
    "snippet",
    [
        "",
        "not python",
        "from task2a import absent\nabsent()",
        "from other import loss\nloss()",
        "from ..task2a import loss\nprint(1)",
        "import numpy as np\nnp.zeros(2)",
        "(" * 5000,
    ],
)
def test_what_cannot_be_told_is_left_open(snippet: str) -> None:
    assert definitions.definition(snippet, source) is None


@pytest.mark.parametrize("text", ["def f(:", "\0", "x = " + "(" * 5000])
def test_source_that_is_no_python_is_left_open(text: str) -> None:
    assert definitions.definition("from task2a import f\nf()", lambda _: text) is None


def test_an_annotation_takes_the_place_of_the_definition() -> None:
    failed = sample_check("2a.backward.value", "failed", message="m")
    example = sample_result().checks[4].counterexample
    assert example is not None
    laws = [
        failed.model_copy(update={"counterexample": example}) if c.id == failed.id else c
        for c in passed()
    ]
    result = sample_result(laws)
    lines = github.annotate(result, "student", definitions.places(result, source))
    assert lines[0].startswith("::error file=student/task2a.py,line=11,title=")


def test_a_hostile_snippet_places_nothing() -> None:
    assert definitions.places(hostile_result(), source) == {}
