"""Who may import whom, and what the engine may not know: read off the source."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
OURS = frozenset({"gradus", "reference", "checks", "student", "tests"})
WORKER_SIDE = (
    "gradus/worker/serve.py",
    "gradus/worker/wire.py",
    "gradus/worker/determinism.py",
    "gradus/worker/raised.py",
    "gradus/worker/access.py",
    "gradus/worker/confine.py",
    "gradus/worker/landlock.py",
    "gradus/worker/probe.py",
    "gradus/worker/seccomp.py",
    "gradus/worker/syscalls.py",
    "gradus/worker/tripwire.py",
    "checks/adapter.py",
)
TEXT_FILES = frozenset({".py", ".json", ".ini", ".html", ".css", ".js", ".toml", ".md", ".txt", ""})
OF_THE_ASSIGNMENT = re.compile(
    r"mnist|softmax|task2a|(?<!\d)785(?!\d)|X_train|\"digits\"", re.IGNORECASE
)


def sources(folder: str) -> list[Path]:
    """The Python files of a folder of the tree."""
    return sorted(path for path in (ROOT / folder).rglob("*.py") if "__pycache__" not in path.parts)


def named(paths: list[Path]) -> list[object]:
    """Parameters that pytest calls by their path in the tree."""
    return [pytest.param(path, id=path.relative_to(ROOT).as_posix()) for path in paths]


def worker_side() -> list[Path]:
    """What is started or loaded by path in the untrusted process."""
    return [*(ROOT / name for name in WORKER_SIDE), *sources("checks/inside")]


def is_for_types_alone(node: ast.AST) -> bool:
    """Whether a statement is `if TYPE_CHECKING:`, whose body never runs."""
    return isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")


def imports(tree: ast.AST, inside_function: bool = False) -> Iterator[tuple[str, bool, int]]:
    """(module, whether the import is inside a function, line) of each import that can run."""
    for node in ast.iter_child_nodes(tree):
        if is_for_types_alone(node):
            for other in node.orelse:
                yield from imports(ast.Module([other], []), inside_function)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, inside_function, node.lineno
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            for alias in node.names:
                yield f"{module}.{alias.name}", inside_function, node.lineno
        else:
            is_function = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
            yield from imports(node, inside_function or is_function)


def imports_of(path: Path) -> list[tuple[str, bool, int]]:
    return list(imports(ast.parse(path.read_bytes())))


def root_of(module: str) -> str:
    return module.lstrip(".").partition(".")[0]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import a.b", [("a.b", False)]),
        ("from a import b, c", [("a.b", False), ("a.c", False)]),
        ("def f():\n    from a import b", [("a.b", True)]),
        ("class C:\n    def m(self):\n        import a", [("a", True)]),
        ("try:\n    import a\nexcept ImportError:\n    import b", [("a", False), ("b", False)]),
        ("if TYPE_CHECKING:\n    import a\nelse:\n    import b", [("b", False)]),
    ],
)
def test_every_import_that_can_run_is_seen(source: str, found: list[tuple[str, bool]]) -> None:
    assert [(module, inside) for module, inside, _ in imports(ast.parse(source))] == found


@pytest.mark.parametrize("folder", ["gradus", "checks", "reference", "student"])
def test_there_is_source_to_look_at(folder: str) -> None:
    assert len(sources(folder)) >= 5


@pytest.mark.parametrize("path", named(sources("reference")))
def test_the_reference_imports_only_itself(path: Path) -> None:
    allowed = {"reference", "numpy"} | sys.stdlib_module_names
    wrong = [module for module, _, _ in imports_of(path) if root_of(module) not in allowed]
    assert wrong == []


@pytest.mark.parametrize("path", named(sources("checks")))
def test_in_checks_only_oracle_and_calibration_import_the_reference(path: Path) -> None:
    may = path.name in ("oracle.py", "calibration.py") and path.parent == ROOT / "checks"
    of_reference = [found for found in imports_of(path) if root_of(found[0]) == "reference"]
    assert all(may and inside for _, inside, _ in of_reference), of_reference


def test_only_calibration_names_one_oracle_at_its_top() -> None:
    naming = {
        path.name
        for path in sources("checks")
        for module, inside, _ in imports_of(path)
        if not inside and module.startswith("checks.oracle")
    }
    assert naming <= {"calibration.py"}


@pytest.mark.parametrize("path", named(sources("gradus")))
def test_the_engine_imports_neither_reference_nor_checks(path: Path) -> None:
    wrong = [module for module, _, _ in imports_of(path) if root_of(module) in OURS - {"gradus"}]
    assert wrong == []


@pytest.mark.parametrize("folder", ["gradus", "checks", "reference"])
def test_nothing_imports_the_student_or_the_tests(folder: str) -> None:
    wrong = [
        f"{path.name}: {module}"
        for path in sources(folder)
        for module, _, _ in imports_of(path)
        if root_of(module) in {"student", "tests"}
    ]
    assert wrong == []


@pytest.mark.parametrize("path", named(worker_side()))
def test_the_worker_side_imports_only_the_standard_library_and_numpy(path: Path) -> None:
    allowed = {"numpy"} | sys.stdlib_module_names
    wrong = [module for module, _, _ in imports_of(path) if root_of(module) not in allowed]
    assert wrong == []


@pytest.mark.parametrize("path", named(worker_side()))
def test_the_worker_side_parses_as_python_3_9(path: Path) -> None:
    ast.parse(path.read_bytes(), feature_version=(3, 9))


@pytest.mark.parametrize("path", named(sources("student")))
def test_the_sample_imports_only_what_students_have(path: Path) -> None:
    own = {other.stem for other in sources("student")}
    allowed = own | {"numpy", "matplotlib"} | sys.stdlib_module_names
    wrong = [module for module, _, _ in imports_of(path) if root_of(module) not in allowed]
    assert wrong == []


def test_the_engine_does_not_speak_of_this_assignment() -> None:
    found = []
    for path in sorted((ROOT / "gradus").rglob("*")):
        if path.is_file() and path.suffix in TEXT_FILES and "__pycache__" not in path.parts:
            for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
                if OF_THE_ASSIGNMENT.search(line):
                    found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}")
    assert found == []
