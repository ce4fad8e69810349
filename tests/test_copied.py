"""Answers by the code of the checks are seen, whatever the names; honest ones never are."""

from __future__ import annotations

from pathlib import Path

from checks import stated
from checks.test_copied import NEEDED, copies
from gradus.results import Verdict
from tests.submissions import ROOT, check, graded, replace, sample_copy
from tests.zoo.honest import HONEST
from tests.zoo.variants import build

STATED = Path(stated.__file__).read_text("utf-8")
RENAMED = """
import numpy as np

H = 1e-30


def slope(task, images, weights, labels):
    active = np.flatnonzero(images.any(axis=0))
    logits = images @ weights
    result = np.zeros(weights.shape)
    for c in range(weights.shape[1]):
        bent = np.repeat(logits[None].astype(complex), len(active), axis=0)
        bent[:, :, c] += 1j * H * images[:, active].T
        result[active, c] = (bent.sum(axis=1)).imag / H
    return result
"""


def test_the_sample_s_answers_are_its_own() -> None:
    assert list(copies(ROOT / "student")) == []


def test_code_that_only_uses_the_same_functions_is_a_submission_s_own(tmp_path: Path) -> None:
    folder = sample_copy(tmp_path / "s")
    (folder / "helper.py").write_text(
        "import numpy as np\n"
        "def check(f, w, step=1e-30):\n"
        "    slopes = np.zeros(w.shape)\n"
        "    for i in np.ndindex(*w.shape):\n"
        "        bent = w.astype(complex)\n"
        "        bent[i] += 1j * step\n"
        "        slopes[i] = f(bent).imag / step\n"
        "    return slopes\n"
        "def bin_of(limits, values):\n"
        "    return np.searchsorted(limits, values)\n"
    )
    assert NEEDED.search((folder / "helper.py").read_text())
    assert list(copies(folder)) == []


def test_honest_answers_are_a_submission_s_own(tmp_path: Path) -> None:
    softmax = next(each for each in HONEST if each.id == "softmax-loops")
    assert list(copies(build(softmax, tmp_path / "loops"))) == []


def test_the_checks_own_code_is_seen_in_a_submission(tmp_path: Path) -> None:
    folder = sample_copy(tmp_path / "s")
    (folder / "helper.py").write_text(STATED)
    assert [(file, name) for file, _, name in copies(folder)] == [
        ("helper.py", "gradient"),
        ("helper.py", "penalty_gradient"),
        ("helper.py", "step"),
    ]


def test_other_names_do_not_hide_it(tmp_path: Path) -> None:
    folder = sample_copy(tmp_path / "s")
    (folder / "utils.py").write_text((folder / "utils.py").read_text() + RENAMED)
    assert [(file, name) for file, _, name in copies(folder)] == [("utils.py", "gradient")]


def test_checks_that_lie_beside_a_submission_are_seen_where_it_imports_them(tmp_path: Path) -> None:
    folder = sample_copy(tmp_path / "s")
    (folder / "checks").mkdir()
    (folder / "checks" / "stated.py").write_text(STATED)
    assert list(copies(folder)) == []
    replace(folder / "task2a.py", "import utils\n", "import utils\nfrom checks import stated\n")
    assert {file for file, _, _ in copies(folder)} == {"checks/stated.py"}


def test_a_folder_may_be_called_like_a_file(tmp_path: Path) -> None:
    folder = sample_copy(tmp_path / "s")
    (folder / "notes.py" / "old.py").mkdir(parents=True)
    (folder / "latin.py").write_bytes(b"# \xe5\nimport numpy\n")
    assert list(copies(folder)) == []
    found = check(graded(folder, tasks=("2a",)), "2a.backward.own")
    assert found.verdict is Verdict.PASSED


def test_a_person_is_told_and_no_point_is_lost(tmp_path: Path) -> None:
    folder = sample_copy(tmp_path / "s")
    (folder / "helper.py").write_text(STATED)
    result = graded(folder, tasks=("2a",))
    found = check(result, "2a.backward.own")
    assert found.verdict is Verdict.FAILED
    assert "helper.py has from line" in str(found.message)
    assert found.evidence
    assert result.score.lost == 0
