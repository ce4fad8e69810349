"""Laws reach the same verdicts whichever oracle answers, and need no solution on disk."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.zoo.broken import BROKEN
from tests.zoo.honest import HONEST
from tests.zoo.running import REFERENCE, ROOT, SAMPLE, STATED, verdicts
from tests.zoo.variants import build

WITHOUT_REFERENCE = (
    "2a.preprocess.bias-before-normalising",
    "2a.loss.yhat-for-y",
    "2c.accuracy.one-sided",
    "3a.one_hot.whole-columns",
    "3a.forward.temperature",
    "3a.backward.uniform",
    "3c.accuracy.element-wise",
    "4b.penalty.averaged",
)

GRADE_ALL = """
import importlib.util, json, sys
from pathlib import Path
from gradus.course import Course
from gradus.grading import Settings, grade
from gradus.intake import Submission

assert importlib.util.find_spec("reference") is None
course = Course(Path("."))
dataset = course.small_dataset()
found = {}
for folder in sorted(Path("submissions").iterdir()):
    result, _ = grade(course, Submission(folder.name, folder), dataset, Settings())
    found[folder.name] = {check.id: check.verdict.value for check in result.checks}
Path("verdicts.json").write_text(json.dumps(found))
"""


@pytest.mark.parametrize("oracles", [(REFERENCE, STATED)], ids=["both"])
@pytest.mark.parametrize("variant", [SAMPLE, *HONEST, *BROKEN], ids=lambda variant: variant.id)
def test_both_oracles_lead_to_the_same_verdicts(zoo, variant, oracles):
    reference, stated = (verdicts(zoo.result(variant, oracle)) for oracle in oracles)
    assert stated
    assert stated == {id: reference[id] for id in stated}


def test_verdicts_are_the_same_with_no_reference_on_disk(zoo, tmp_path: Path):
    left_out = shutil.ignore_patterns("oracle.py", "calibration.py", "__pycache__")
    for part in ("gradus", "checks"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=left_out)
    by_id = {variant.id: variant for variant in BROKEN}
    variants = [SAMPLE, *(by_id[id] for id in WITHOUT_REFERENCE)]
    for variant in variants:
        build(variant, tmp_path / "submissions" / variant.id)
    ran = subprocess.run(
        [sys.executable, "-c", GRADE_ALL], cwd=tmp_path, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    found = json.loads((tmp_path / "verdicts.json").read_text())
    assert found == {variant.id: verdicts(zoo.result(variant)) for variant in variants}
