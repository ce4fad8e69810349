"""Which files are imported when a few tasks are asked for: none whose laws all name others."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks import test_task2a_logistic, test_task3a_softmax
from gradus.law import law, law_of
from gradus.plugin import files_with_laws_of
from tests.submissions import ROOT


@pytest.mark.parametrize(
    ("source", "taken"),
    [
        ('@law("2a.forward.value")\ndef test(): ...\n', True),
        ('@law(\n    "2a.forward.value",\n    weight=3,\n)\ndef test(): ...\n', True),
        ('@law("2b.step.value")\ndef test(): ...\n', False),
        ('@law("2ab.step.value")\ndef test(): ...\n', False),
        ('@law("2b.step.value")\ndef test(): ...\n\n\n@law("2a.a.b")\ndef test_2(): ...\n', True),
        ('ID = "2a.a.b"\n\n\n@law(ID)\ndef test(): ...\n', True),
        ('@law("2b.a.b")\ndef test(): ...\n\n\ntest_2 = law(f"{TASK}.a.b")(test)\n', True),
        ("def test(): ...\n", True),
    ],
)
def test_a_file_is_left_out_only_where_every_law_names_another_task(
    tmp_path: Path, source: str, taken: bool
) -> None:
    (tmp_path / "test_it.py").write_text(source)
    (tmp_path / "helpers.py").write_text('law("2a.a.b")\n')
    found = files_with_laws_of(("2a", "9z"), tmp_path)
    assert found == ([tmp_path / "test_it.py"] if taken else [])


def test_without_tasks_every_file_is_taken(tmp_path: Path) -> None:
    (tmp_path / "deeper").mkdir()
    (tmp_path / "deeper" / "test_it.py").write_text('@law("2b.a.b")\n')
    assert files_with_laws_of(None, tmp_path) == [tmp_path / "deeper" / "test_it.py"]


@pytest.mark.parametrize("module", [test_task2a_logistic, test_task3a_softmax])
def test_every_law_of_a_course_is_in_a_file_that_its_task_takes(module: object) -> None:
    path = Path(str(module.__file__))
    tasks = {found.task for value in vars(module).values() if (found := law_of(value))}
    assert tasks
    for task in tasks:
        assert path in files_with_laws_of((task,), ROOT / "checks")


def test_only_evidence_may_be_long_or_need_other_pieces() -> None:
    other = ("2a.forward",)
    for options in ({"long": True}, {"rests_on": other}, {"goes_through": other}):
        law("2a.backward.x", kind="evidence", **options)(_documented)
        with pytest.raises(ValueError, match="only evidence may"):
            law("2a.backward.x", **options)(_documented)


def _documented() -> None:
    """It holds."""
