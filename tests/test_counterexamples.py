"""The snippet that a student pastes builds the very arrays, calls the code, and runs as shown."""

from __future__ import annotations

import ast
import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from checks import cases
from gradus.counterexample import (
    MAX_LINES_PER_ARRAY,
    WIDEST_LINE,
    Trace,
    array_source,
    explain,
    explain_raised,
    narrow,
)
from gradus.draws import draw
from gradus.expect import Violation
from gradus.reports import terminal
from gradus.results import Verdict
from tests.submissions import check, graded, replace, sample_copy

DTYPES = st.sampled_from(
    [np.float64, np.float32, np.float16, np.uint8, np.int8, np.int64, np.uint64, np.bool_]
)


def built(source: str, name: str = "x") -> Any:
    namespace: dict[str, Any] = {"np": np}
    exec(source, namespace)
    return namespace[name]


def assert_same(found: np.ndarray, value: np.ndarray) -> None:
    assert found.dtype == value.dtype
    assert found.shape == value.shape
    np.testing.assert_array_equal(found, value)
    if value.dtype.kind == "f":
        signs = np.signbit(np.where(np.isnan(value), 1.0, [found, value]))
        np.testing.assert_array_equal(signs[0], signs[1])


@settings(database=None, deadline=None, max_examples=200)
@given(st.data())
def test_the_source_of_an_array_builds_it(data: st.DataObject) -> None:
    dtype = data.draw(DTYPES)
    shape = data.draw(hnp.array_shapes(min_dims=0, max_dims=3, max_side=9, min_side=0))
    value = data.draw(hnp.arrays(dtype, shape))
    assert_same(built(array_source("x", value)), value)


@settings(database=None, deadline=None, max_examples=100)
@given(st.data())
def test_the_source_of_a_large_sparse_array_builds_it(data: st.DataObject) -> None:
    """Fills, whole columns, single entries: the structures that snippets abbreviate."""
    dtype = data.draw(st.sampled_from([np.float64, np.uint8, np.float32]))
    rows, columns = data.draw(st.integers(1, 7)), data.draw(st.integers(20, 90))
    whole = st.integers(0, 255)
    value = np.full((rows, columns), data.draw(whole), dtype)
    for column in data.draw(st.lists(st.integers(0, columns - 1), max_size=4)):
        value[:, column] = data.draw(whole)
    for row in data.draw(st.lists(st.integers(0, rows - 1), max_size=6)):
        value[row, data.draw(st.integers(0, columns - 1))] = data.draw(whole)
    assert_same(built(array_source("x", value)), value)


@pytest.mark.parametrize(
    "value",
    [
        np.array(3.5),
        np.zeros((0, 785)),
        np.zeros((1, 785)),
        np.full((2, 784), 255, np.uint8),
        np.full(30, np.nan),
        np.array([np.nan, np.inf, -np.inf] * 12),
        np.where(np.arange(50) == 7, -0.0, 0.0),
        np.arange(785.0) / 7,
        np.random.RandomState(0).rand(3, 785),
        np.tri(30, dtype=bool),
        np.zeros((3, 4, 5)),
    ],
    ids=lambda value: f"{value.dtype}{value.shape}",
)
def test_awkward_arrays_are_built_too(value: np.ndarray) -> None:
    assert_same(built(array_source("x", value)), value)


@pytest.mark.parametrize("found", [cases.LOGISTIC, cases.SOFTMAX, cases.IMAGES])
def test_the_arrays_that_laws_draw_fit_on_a_few_lines(found: Any) -> None:
    for case in draw(found, 0)[len(found.always) :]:
        source = array_source("x", case.X)
        assert_same(built(source), case.X)
        assert len(source.splitlines()) <= MAX_LINES_PER_ARRAY
        assert max(map(len, source.splitlines())) < 200


def test_an_array_that_is_all_of_one_value_is_one_line() -> None:
    assert array_source("w", np.zeros((785, 10))) == "w = np.zeros((785, 10))"
    assert array_source("X", np.full((2, 784), 9, np.uint8)) == (
        "X = np.full((2, 784), 9, dtype=np.uint8)"
    )


def test_a_whole_column_is_one_line() -> None:
    X = np.zeros((3, 785))
    X[:, 784] = 1
    assert array_source("X", X) == "X = np.zeros((3, 785))\nX[:, 784] = 1.0"


def test_an_input_met_twice_is_written_once() -> None:
    trace = Trace()
    assert trace.input("X", np.ones((2, 3))) == "X"
    assert trace.input("X", np.ones((2, 3))) == "X"
    assert trace.input("X", np.ones((2, 3), np.float32)) == "X_2"
    assert trace.input("w", np.ones((2, 3))) == "w"
    assert trace.script().count("np.array") == 3


def test_an_input_of_other_bytes_under_equal_numbers_is_another_input() -> None:
    trace = Trace()
    assert trace.input("y", np.array([[0.0]])) == "y"
    assert trace.input("y", np.array([[0]], np.uint8)) == "y_2"


def test_a_stated_source_is_written_with_the_variables_name() -> None:
    trace = Trace()
    trace.input("X", np.zeros((2, 2)), "{name} = np.eye(2)\n{name}[0] = 5")
    assert "X = np.eye(2)\nX[0] = 5" in trace.script()


def test_imports_are_written_once_in_their_order() -> None:
    trace = Trace()
    for module, name in (("b", "f"), ("a", "g"), ("b", "f")):
        trace.import_from(module, name)
    assert trace.script().splitlines()[:3] == [
        "import numpy as np",
        "from b import f",
        "from a import g",
    ]


@given(
    st.lists(st.one_of(st.floats(), st.text(max_size=30), st.lists(st.integers(), max_size=9))),
    st.sampled_from(["x = {}", "    return f({}, key=[1, 2])", "rows = [{} for _ in range(3)]"]),
)
def test_a_narrow_program_is_the_same_program(values: list[Any], form: str) -> None:
    line = form.replace("{}", repr(values))
    whole = f"def f():\n{line}" if line.startswith(" ") else line
    assert ast.dump(ast.parse(narrow(whole))) == ast.dump(ast.parse(whole))


def test_no_line_of_a_program_is_wider_than_a_terminal() -> None:
    numbers = "losses = iter([" + ", ".join(f"0.{n:07}" for n in range(60)) + "])"
    comment = "# should run, but: ValueError: " + "shapes (2,10) and (2,) do not fit " * 5
    narrowed = narrow(f"{numbers}\n{comment}").split("\n")
    assert max(map(len, narrowed)) <= WIDEST_LINE
    assert len(narrowed) > 8
    assert all(line.startswith("# ") for line in narrowed if "shapes" in line or "fit" in line)


def test_an_explanation_ends_with_what_was_got_and_what_should_be() -> None:
    shown = explain(Trace(), Violation("m", "0.7", "0.5", "outputs[0, 0]"))
    assert shown.snippet.endswith('print("got", outputs[0, 0])\n# should be 0.5')
    assert (shown.got, shown.should_be) == ("0.7", "0.5")


def test_an_explanation_of_what_raised_keeps_to_the_first_line() -> None:
    shown = explain_raised(Trace(), "ValueError: first\nsecond")
    assert shown.snippet.endswith("# should run, but: ValueError: first")
    assert shown.got == "ValueError: first\nsecond"


BROKEN = {
    "2a.preprocess.value": ("task2a.py", "X / 127.5 - 1", "X / 255"),
    "2a.loss.value": ("task2a.py", "return np.mean(loss)", "return np.sum(loss)"),
    "2a.forward.value": ("task2a.py", "np.logaddexp(0, -z)", "np.logaddexp(0, z)"),
    "2a.backward.value": ("task2a.py", "-X.T @ (targets - outputs)", "X.T @ (targets - outputs)"),
    "2c.accuracy.value": ("task2.py", "np.mean(predictions == targets)", "0.5"),
    "3a.forward.value": (
        "task3a.py",
        "exp_z / exp_z.sum(axis=1, keepdims=True)",
        "exp_z / exp_z.sum()",
    ),
    "4b.penalty.value": ("task3a.py", " 2 * self.l2_reg_lambda", " 3 * self.l2_reg_lambda"),
}


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """A submission with one mistake in each of several pieces, and what it is graded."""
    folder = sample_copy(tmp_path_factory.mktemp("broken") / "s")
    for file, old, new in BROKEN.values():
        replace(folder / file, old, new)
    return folder, graded(folder)


@pytest.fixture(scope="module")
def plain_plots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a matplotlib that draws nothing, since snippets need none."""
    package = tmp_path_factory.mktemp("plots") / "matplotlib"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "pyplot.py").write_text("")
    return package.parent


@pytest.mark.parametrize("law", sorted(BROKEN))
def test_a_snippet_pasted_in_the_students_folder_shows_what_was_got(
    broken: tuple[Path, Any], plain_plots: Path, law: str
) -> None:
    folder, result = broken
    found = check(result, law)
    assert found.verdict is Verdict.FAILED
    assert found.counterexample is not None
    run = subprocess.run(
        [sys.executable, "-c", found.counterexample.snippet],
        cwd=folder,
        env={"PYTHONPATH": str(plain_plots), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    shown = run.stdout.strip().removeprefix("got ")
    assert found.counterexample.got != found.counterexample.should_be
    if shown.startswith("("):
        assert shown == found.counterexample.got
    else:
        got = float(found.counterexample.got)
        assert float(shown) == pytest.approx(got, rel=1e-8, abs=1e-12)


def test_a_snippet_copied_from_a_terminal_is_the_snippet(broken: tuple[Path, Any]) -> None:
    _, result = broken
    page = Console(file=io.StringIO(), width=80, force_terminal=True, no_color=True)
    terminal.render(result, page)
    lines = page.file.getvalue().split("\n")  # type: ignore[attr-defined]
    starts = [n for n, line in enumerate(lines) if line.startswith("  ┌─ smallest")]
    ends = [n for n, line in enumerate(lines) if line.startswith("  └")]
    shown = {"\n".join(lines[a + 1 : b]) for a, b in zip(starts, ends, strict=True)}
    for law in BROKEN:
        assert check(result, law).counterexample.snippet in shown
