"""The repository that students get: what is in it, what is not, and when it is not built."""

from __future__ import annotations

import ast
import inspect
import shutil
import tomllib
from pathlib import Path

import numpy as np
import pytest

from checks import equations
from gradus import answers_toml, leaks
from gradus.course import Course
from gradus.handout import HandoutError, build, secrets, unfinished_files
from tests.submissions import ROOT

COURSE = Course(ROOT)
STUDENTS_WRITE = {
    "task2a.py": (
        "pre_process_images",
        "cross_entropy_loss",
        "BinaryModel.forward",
        "BinaryModel.backward",
    ),
    "task2.py": ("calculate_accuracy", "LogisticTrainer.train_step"),
    "trainer.py": ("BaseTrainer.train",),
    "utils.py": ("batch_loader",),
    "task3a.py": (
        "one_hot_encode",
        "cross_entropy_loss",
        "SoftmaxModel.forward",
        "SoftmaxModel.backward",
    ),
    "task3.py": ("calculate_accuracy", "SoftmaxTrainer.train_step"),
}


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def functions(source: str | bytes) -> dict[str, ast.FunctionDef]:
    return dict(leaks.functions(ast.parse(source)))


# What is in it


def test_it_holds_what_a_student_needs(handout: Path) -> None:
    assert {path.name for path in handout.iterdir()} == {
        ".github",
        ".gitignore",
        "LICENSE",
        "README.md",
        "checks",
        "gradus",
        "requirements.txt",
        "student",
        "tox.ini",
    }
    assert (handout / ".github" / "workflows" / "check.yml").is_file()
    assert (handout / "checks" / "data" / "LICENSE-digits.txt").is_file()
    assert {path.name for path in (handout / "student").iterdir()} == {
        "answers.toml",
        "mnist.py",
        *STUDENTS_WRITE,
    }


def test_it_holds_neither_the_solution_nor_what_needs_it(handout: Path) -> None:
    names = files(handout)
    staff = ("oracle", "calibration", "bare", "injection", "replay", "stored", "runs", "handout/")
    assert [n for n in names if n.startswith(tuple(f"checks/{each}" for each in staff))] == []
    assert [n for n in names if n.startswith(("reference", "tests"))] == []
    assert {n for n in names if n.endswith(".npz")} == {
        "checks/data/digits.npz",
        "checks/expected/faults.npz",
        "checks/expected/stated.npz",
    }


def test_every_file_of_its_checks_is_used(handout: Path) -> None:
    """What the staff alone needs is imported by nothing here, so it would stand out."""
    checks = handout / "checks"
    used = {"__init__.py"}
    new = {path.relative_to(checks).as_posix() for path in checks.glob("test_*.py")}
    parts = COURSE.settings.parts.model_dump().values()
    named = [*parts, *COURSE.settings.parts.oracles, COURSE.settings.diagnosis.probes]
    new |= {part.removeprefix("checks/") for part in named if isinstance(part, str)}
    new = {name for name in new if (checks / name).is_file() and name.endswith(".py")}
    while new:
        used |= new
        found = set()
        for name in new:
            for node in ast.walk(ast.parse((checks / name).read_bytes())):
                if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("checks"):
                    module = node.module.removeprefix("checks").lstrip(".").replace(".", "/")
                    found |= {f"{module}.py"} if module else {f"{a.name}.py" for a in node.names}
        assert {name for name in found if not (checks / name).is_file()} == set()
        new = found - used
    # The adapter loads these by path, in the worker.
    used |= {path.relative_to(checks).as_posix() for path in (checks / "inside").iterdir()}
    assert {n for n in files(checks) if n.endswith(".py")} == used


def test_nothing_in_it_says_a_statement_of_the_solution(handout: Path) -> None:
    kept = secrets(COURSE)
    assert len(kept) > 900
    assert kept.in_folder(handout) == []


@pytest.mark.parametrize(
    ("file", "function"), [(file, name) for file in STUDENTS_WRITE for name in STUDENTS_WRITE[file]]
)
def test_a_copy_of_any_function_that_students_write_would_be_found(
    file: str, function: str, tmp_path: Path
) -> None:
    source = functions((ROOT / "student" / file).read_bytes())[function]
    copy = "import numpy as np\nimport utils\n" + ast.unparse(source)
    for old, new in (("self", "model"), ("targets", "t"), ("outputs", "p"), ("X_batch", "images")):
        copy = copy.replace(old, new)
    (tmp_path / "helpers.py").write_text(copy, "utf-8")
    assert secrets(COURSE).in_folder(tmp_path)


def test_what_the_assignment_states_is_equations_1_3_4_5_and_9_alone() -> None:
    assert COURSE.settings.handout is not None
    assert COURSE.settings.handout.stated == ("checks/equations.py",)
    assert [name for name, _ in inspect.getmembers(equations, inspect.isfunction)] == [
        "equation_1",
        "equation_3",
        "equation_4",
        "equation_5",
        "equation_9",
        "shares",
    ]
    tree = ast.parse(inspect.getsource(equations))
    for name, function in leaks.functions(tree):
        assert [type(node) for node in function.body] == [ast.Expr, ast.Return], name


def test_one_body_alone_is_handed_out_and_it_never_ends_a_training() -> None:
    given = [each for each in COURSE.settings.handout.unfinished if each.body is not None]
    assert [each.function for each in given] == ["BaseTrainer.train"]
    tree = ast.parse("def train(self, num_epochs):\n" + _indented(given[0].body))
    loops = [node for node in ast.walk(tree) if isinstance(node, (ast.For, ast.While))]
    leaving = (ast.Return, ast.Break, ast.Raise, ast.While)
    assert loops
    assert not any(isinstance(node, leaving) for loop in loops for node in ast.walk(loop))


def _indented(body: str) -> str:
    return "".join(f"    {line}\n" for line in body.splitlines())


def test_arrays_in_it_are_numbers_and_text(handout: Path) -> None:
    for path in handout.rglob("*.npz"):
        with np.load(path, allow_pickle=False) as arrays:
            assert {arrays[name].dtype.kind for name in arrays.files} <= set("iufU"), path.name


# The unfinished files


@pytest.mark.parametrize("file", STUDENTS_WRITE)
def test_signatures_docstrings_and_given_functions_stay(file: str, handout: Path) -> None:
    before = functions((ROOT / "student" / file).read_bytes())
    after = functions((handout / "student" / file).read_bytes())
    cut = {"plot_weights"} if file == "task3.py" else set()
    assert after.keys() == before.keys() - cut
    for name, function in after.items():
        assert ast.unparse(function.args) == ast.unparse(before[name].args)
        assert ast.get_docstring(function) == ast.get_docstring(before[name])
        if name not in STUDENTS_WRITE[file]:
            assert ast.unparse(function) == ast.unparse(before[name])
        elif name != "BaseTrainer.train":
            (raises,) = function.body[1:] if ast.get_docstring(function) else function.body
            assert ast.unparse(raises) == (
                f"raise NotImplementedError('{name} is not written yet')"
            )


def test_the_same_files_come_out_each_time(handout: Path) -> None:
    again = unfinished_files(COURSE)
    assert {name: (handout / name).read_bytes() for name in again} == again


def test_files_given_as_they_are_are_those_of_this_tree(handout: Path) -> None:
    for name, content in files(handout).items():
        if name.startswith(("checks/", "gradus/")) or name in ("LICENSE", "requirements.txt"):
            assert content == (ROOT / name).read_bytes()


# When it is not built


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A copy of the second course, to change."""
    folder = tmp_path / "course"
    return Path(
        shutil.copytree(
            ROOT / "tests" / "second_course", folder, ignore=shutil.ignore_patterns("__pycache__")
        )
    )


def settings_with(course: Path, old: str, new: str) -> Course:
    path = course / "checks" / "course.toml"
    text = path.read_text("utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), "utf-8")
    return Course(course)


def test_a_folder_that_is_not_empty_is_left_alone(small: Path, tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.mkdir()
    (there / "mine.txt").write_text("mine")
    with pytest.raises(HandoutError, match="is not empty"):
        build(Course(small), there)
    assert files(there) == {"mine.txt": b"mine"}


def test_a_course_that_gives_itself_away_is_not_handed_out(small: Path, tmp_path: Path) -> None:
    helper = "import numpy as np\n\ndef answer(vector):\n    y = np.sqrt(np.mean(vector**2))\n"
    (small / "checks" / "helper.py").write_text(helper, "utf-8")
    (tmp_path / "empty").mkdir()
    with pytest.raises(HandoutError) as error:
        build(Course(small), tmp_path / "empty")
    assert "checks/helper.py, line 4 says what reference/solution.py, line 7 does" in str(
        error.value
    )
    assert [path.name for path in tmp_path.iterdir() if path.name != "course"] == ["empty"]
    assert list((tmp_path / "empty").iterdir()) == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"checks/oracle.py", "checks/inj', '"checks/orakel.py", "checks/inj', "fits no file"),
        ('function = "root_mean_square"', 'function = "rms"', "does not define"),
        ('file = "rms.py"\nfunction', 'file = "rmse.py"\nfunction', "student/ does not have"),
        ('secret = ["reference"]', 'secret = ["solutions"]', "has no solutions/"),
        ('secret = ["reference"]', 'secret = ["reference"]\nalso = ["README.md"]', "not there"),
        ('hint = "The root', 'body = "return (x"\nhint = "The root', "no Python at line"),
        (
            "[[handout.unfinished]]",
            '[[handout.cut]]\nfile = "rms.py"\nbegins = "import os"\nends = "x"\n'
            "[[handout.unfinished]]",
            "stands there 0 times",
        ),
    ],
)
def test_what_course_toml_gets_wrong_is_told(
    small: Path, tmp_path: Path, old: str, new: str, told: str
) -> None:
    with pytest.raises(HandoutError, match=told):
        build(settings_with(small, old, new), tmp_path / "handout")
    assert not (tmp_path / "handout").exists()


def test_a_course_that_says_nothing_of_a_handout_has_none(small: Path, tmp_path: Path) -> None:
    path = small / "checks" / "course.toml"
    path.write_text(path.read_text("utf-8").partition("[handout]")[0], "utf-8")
    with pytest.raises(HandoutError, match=r"has no \[handout\]"):
        build(Course(small), tmp_path / "handout")


def test_a_handout_hands_out_nothing(handout: Path, tmp_path: Path) -> None:
    with pytest.raises(HandoutError, match="has no reference/: a handout is built where"):
        build(Course(handout), tmp_path / "handout")


def test_the_answers_file_states_nothing_and_shows_how(handout: Path) -> None:
    found = answers_toml.read(handout / "student")
    assert (found.problem, found.derivations, found.claims) == (None, {}, {})
    text = (handout / "student" / "answers.toml").read_text("utf-8")
    lines = [line.removeprefix("#").removeprefix(" ") for line in text.splitlines()]
    shown = "\n".join(lines[lines.index("[derivations.1a]") : lines.index("[claims]")])
    typed = tomllib.loads(shown.partition("\nNumbers that")[0])["derivations"]
    assert typed.keys() == {"1a", "1b"}
