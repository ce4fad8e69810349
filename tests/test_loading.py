"""What is broken in one module costs only what needs it."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from tests.adapter_parts import part

loading = part("loading")
NAMES = ("lower", "upper")
REASON = {"message": "time limit: call 'load' took 2 s", "file": "lower.py", "line": 3}

Loaded = tuple[dict[str, ModuleType], dict[str, dict[str, Any]]]


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Loaded]]:
    """Loads a submission of two modules, given as source; None for a module that is missing."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    folder = tmp_path / "submission"
    folder.mkdir()
    monkeypatch.chdir(scratch)
    monkeypatch.syspath_prepend(str(folder))
    path, known = list(sys.meta_path), set(sys.modules)

    def loaded(lower: str | None, upper: str | None = "", excluded: Any = None) -> Loaded:
        for name, source in (("lower", lower), ("upper", upper)):
            if source is not None:
                (folder / f"{name}.py").write_text(source, encoding="utf-8")
        importlib.invalidate_caches()
        finder = loading.CourseFinder(str(folder), NAMES, excluded or {}, tmp_path / "data.npz")
        sys.meta_path.insert(0, finder)
        return loading.load_modules(finder), finder.problems

    yield loaded
    sys.meta_path[:] = path
    for name in {"lower", "upper", "mnist", "helper"} & (set(sys.modules) - known):
        del sys.modules[name]


def test_sound_modules_load_without_problems(load: Callable[..., Loaded]) -> None:
    modules, problems = load("x = 1\n", "from lower import x\ny = x + 1\n")
    assert modules["upper"].y == 2
    assert problems == {}


@pytest.mark.parametrize(
    ("source", "says", "line"),
    [
        ("def f(:\n    pass\n", "SyntaxError: invalid syntax (lower.py, line 1: `def f(:`)", 1),
        ("x = 1\n  y = 2\n", "IndentationError: unexpected indent (lower.py, line 2: `y = 2`)", 2),
        (
            "import numpy\n\n1 / 0\n",
            "ZeroDivisionError: division by zero (lower.py, line 3: `1 / 0`)",
            3,
        ),
        ("import sys\nsys.exit(3)\n", "`sys.exit` was called (lower.py, line 2: `sys.exit(3)`)", 2),
        (
            "raise KeyboardInterrupt\n",
            "KeyboardInterrupt (lower.py, line 1: `raise KeyboardInterrupt`)",
            1,
        ),
        (
            "def f():\n    g()\nf()\n",
            "NameError: name 'g' is not defined (lower.py, line 2: `g()`)",
            2,
        ),
        ("import no_such_module_x\n", "ModuleNotFoundError: No module named", 1),
    ],
)
def test_a_module_that_fails_is_described_with_its_line(
    load: Callable[..., Loaded], source: str, says: str, line: int
) -> None:
    _, problems = load(source)
    problem = problems["lower"]
    assert problem["message"].startswith("lower.py, which could not be imported: ")
    assert says in problem["message"]
    assert (problem["kind"], problem["file"], problem["line"]) == ("failed", "lower.py", line)


def test_a_failure_in_a_file_of_the_students_own_names_that_file(
    load: Callable[..., Loaded], tmp_path: Path
) -> None:
    (tmp_path / "submission" / "helper.py").write_text("x = 1\nraise ValueError('no')\n")
    _, problems = load("import helper\n")
    assert (problems["lower"]["file"], problems["lower"]["line"]) == ("helper.py", 2)


@pytest.mark.parametrize(
    "broken", ["def f(:\n", "1 / 0\n", "raise SystemExit\n", None], ids=["syntax", "0", "exit", "-"]
)
@pytest.mark.parametrize(
    "importing",
    [
        "import lower",
        "import lower as l",
        "from lower import Model, loss",
        "from lower import *",
        "from lower import Model as M",
    ],
)
def test_importers_of_a_broken_module_still_load(
    load: Callable[..., Loaded], broken: str | None, importing: str
) -> None:
    modules, problems = load(broken, f"{importing}\ndef own():\n    return 42\n")
    assert modules["upper"].own() == 42
    assert set(problems) == {"lower"}


@pytest.mark.parametrize(
    "use", ["lower.f(1)", "f(1)", "f.attribute", "Derived()", "lower.Model(1).w"]
)
def test_a_name_of_a_broken_module_raises_when_it_is_used(
    load: Callable[..., Loaded], use: str
) -> None:
    modules, _ = load(
        "def f(:\n",
        "import lower\nfrom lower import f, Model\nclass Derived(Model):\n    pass\n"
        f"def use():\n    return {use}\n",
    )
    with pytest.raises(loading.ModuleFailed, match=r"needs lower\.py, which could not") as caught:
        modules["upper"].use()
    assert caught.value.gradus_kind == "blocked"
    assert caught.value.gradus_details == {"needs": "lower.py", "pending": False}


def test_a_module_that_fails_halfway_keeps_nothing_of_its_first_half(
    load: Callable[..., Loaded],
) -> None:
    modules, _ = load("def f():\n    return 1\n1 / 0\n")
    with pytest.raises(loading.ModuleFailed):
        modules["lower"].f()


def test_a_name_that_a_module_lacks_may_be_imported_and_raises_when_it_is_used(
    load: Callable[..., Loaded],
) -> None:
    modules, problems = load(
        "x = 1\n", "from lower import x, f\ndef use():\n    return f(x)\ndef own():\n    return x\n"
    )
    assert problems == {}
    assert modules["upper"].own() == 1
    with pytest.raises(loading.ModuleFailed, match=r"needs `f`, which lower\.py does not define"):
        modules["upper"].use()


def test_only_an_import_meets_a_name_that_a_module_lacks(load: Callable[..., Loaded]) -> None:
    modules, _ = load("x = 1\n", "import lower\ndef use():\n    return lower.f\n")
    assert not hasattr(modules["lower"], "f")
    with pytest.raises(AttributeError, match="module 'lower' has no attribute 'f'"):
        modules["upper"].use()


def test_a_missing_module_is_called_missing(load: Callable[..., Loaded]) -> None:
    _, problems = load(None)
    assert problems["lower"]["kind"] == "missing"
    assert problems["lower"]["message"] == "lower.py, which is missing from the submission"


def test_an_excluded_module_is_not_run_and_keeps_its_reason(
    load: Callable[..., Loaded],
) -> None:
    modules, problems = load(
        "raise SystemExit\n", "from lower import f\nx = 1\n", excluded={"lower": REASON}
    )
    assert modules["upper"].x == 1
    assert problems["lower"]["kind"] == "excluded"
    assert REASON["message"] in problems["lower"]["message"]
    assert (problems["lower"]["file"], problems["lower"]["line"]) == ("lower.py", 3)


def test_modules_that_import_each_other_load(load: Callable[..., Loaded]) -> None:
    modules, problems = load(
        "import upper\ndef f():\n    return upper.g()\n",
        "import lower\ndef g():\n    return 5\n",
    )
    assert modules["lower"].f() == 5
    assert problems == {}


def test_a_module_that_removes_itself_from_the_import_system_is_a_failed_one(
    load: Callable[..., Loaded],
) -> None:
    modules, problems = load("import sys\ndel sys.modules['lower']\n")
    assert problems["lower"]["kind"] == "failed"
    assert modules["upper"].__name__ == "upper"


def test_the_script_under_main_is_not_run(load: Callable[..., Loaded]) -> None:
    _, problems = load("if __name__ == '__main__':\n    1 / 0\n")
    assert problems == {}


@pytest.mark.parametrize("own", [None, "raise SystemExit\n", "def load():\n    return 1\n"])
def test_mnist_is_the_harnesss_data_whatever_the_submission_has(
    load: Callable[..., Loaded], tmp_path: Path, own: str | None
) -> None:
    arrays = {
        "X_train": np.arange(8, dtype=np.uint8).reshape(2, 4),
        "Y_train": np.array([1, 2], np.uint8),
        "X_test": np.ones((1, 4), np.uint8),
        "Y_test": np.array([3], np.uint8),
    }
    np.savez(tmp_path / "data.npz", **arrays)
    if own is not None:
        (tmp_path / "submission" / "mnist.py").write_text(own)
    modules, problems = load("import mnist\nmnist.init()\ndata = mnist.load()\n")
    assert problems == {}
    for found, expected in zip(modules["lower"].data, arrays.values(), strict=True):
        np.testing.assert_array_equal(found, expected)
        assert found.dtype == np.uint8


def test_what_is_being_imported_is_noted_for_when_the_process_ends(
    load: Callable[..., Loaded],
) -> None:
    modules, _ = load(
        "seen = open('.importing').read()\n",
        "import lower\nseen = open('.importing').read()\n",
    )
    assert modules["lower"].seen == "lower"
    assert modules["upper"].seen == "upper"
    assert Path(".importing").read_text() == ""


def test_the_note_goes_back_to_the_importer_when_a_module_is_done(
    load: Callable[..., Loaded], tmp_path: Path
) -> None:
    importer = "import upper\nseen = open('.importing').read()\n"
    modules, _ = load(importer, "x = 1\n")
    assert modules["lower"].seen == "lower"
