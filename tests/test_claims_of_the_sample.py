"""What the sample's report states, on MNIST and on other data, and that no mark depends on it."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from pathlib import Path

import pytest

from checks import datasets
from gradus.reports import markdown
from gradus.results import Claim, Result
from tests.whole_runs import SAMPLE, graded, reduced_digits

STATED = 16


def by_id(result: Result) -> dict[str, Claim]:
    return {claim.id: claim for claim in result.claims}


@pytest.fixture(scope="module")
def on_mnist() -> Result:
    if not os.environ.get("GRADUS_MNIST"):
        pytest.skip("GRADUS_MNIST names no folder with MNIST's four .gz files")
    return graded(SAMPLE, datasets.load("mnist"), own=False)[0]


@pytest.fixture(scope="module")
def on_digits() -> Result:
    return graded(SAMPLE, reduced_digits(), own=False)[0]


def test_on_mnist_one_claim_is_contradicted_and_all_others_are_reproduced(on_mnist: Result) -> None:
    verdicts = Counter(claim.verdict for claim in on_mnist.claims)
    assert verdicts == {"reproduced": STATED - 1, "contradicted": 1}


def test_every_fifth_step_is_every_sixth_and_what_would_follow_is_said(on_mnist: Result) -> None:
    claim = by_id(on_mnist)["2e.validation-interval"]
    assert (claim.stated, claim.measured, claim.verdict) == (5, 6, "contradicted")
    said = str(claim.message)
    assert "5 would give a spike every 155 steps, and a stop in epoch 20 (step 630)." in said


def test_the_stop_and_its_loss_are_those_that_the_report_states(on_mnist: Result) -> None:
    claims = by_id(on_mnist)
    assert claims["2d.stop-epoch"].measured == 33
    assert claims["2d.validation-loss"].measured == pytest.approx(0.0673, abs=5e-5)
    assert "step 1044" in str(claims["2d.validation-loss"].message)


def test_the_report_shows_what_is_contradicted_first(on_mnist: Result) -> None:
    text = markdown.render(on_mnist)
    section = text[text.index("## Claims of the report") :]
    assert "16 claims: 15 reproduced, 1 contradicted. They change no mark." in section
    assert section.index("2e.validation-interval") < section.index("2d.stop-epoch")


def test_on_other_data_the_reason_is_said(on_digits: Result) -> None:
    claims = by_id(on_digits)
    assert len(claims) == STATED
    for id in ("2d.stop-epoch", "4c.validation-accuracy", "3d.parting-step"):
        assert claims[id].verdict == "not checked"
        assert "about MNIST" in str(claims[id].message)
    assert claims["2e.batches-per-epoch"].verdict == "reproduced"
    assert claims["2e.validation-interval"].verdict == "contradicted"


def test_claims_change_no_mark(on_digits: Result, tmp_path: Path) -> None:
    without = shutil.copytree(SAMPLE, tmp_path / "without")
    (without / "answers.toml").unlink()
    other = graded(without, reduced_digits(), own=False)[0]
    assert other.claims == ()
    assert other.score == on_digits.score


def test_an_answers_file_that_cannot_be_read_is_shown_as_such(tmp_path: Path) -> None:
    broken = shutil.copytree(SAMPLE, tmp_path / "broken")
    (broken / "answers.toml").write_text("[claims\n")
    (claim,) = graded(broken, reduced_digits(), own=False)[0].claims
    assert (claim.id, claim.verdict) == ("answers.toml", "not checked")
    assert "it is no TOML" in str(claim.message)
