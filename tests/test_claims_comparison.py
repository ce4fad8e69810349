"""Honest claims are never contradicted, however they are put; wrong ones are."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks import claims, stored
from checks.claimed.evidence import Evidence
from gradus.claims.judging import judge
from gradus.results import Check, Verdict
from tests.claims_evidence import LAMBDAS, OTHER, Subject, judged, protocol, runs


@pytest.fixture(autouse=True)
def _no_images(monkeypatch: pytest.MonkeyPatch) -> None:
    """What needs them is left out; tests on MNIST itself have it."""
    monkeypatch.setattr(stored, "load", cache(stored.load))
    monkeypatch.setattr(Evidence, "train_loss", lambda self, run: None)
    monkeypatch.setattr(Evidence, "stop_with_interval", lambda self, interval: None)


def verdict(id: str, value: Any, **options: Any) -> str:
    return judged({id: value}, **options)[id].verdict


# What the report of the assignment states, and how else it may be put.

HONEST = [
    ("2d.stop-epoch", 33),
    ("2d.stop-epoch", 34),
    ("2d.stop-epoch", "epoch 33"),
    ("2d.stop-epoch", {"value": 33, "counted-from": 0}),
    ("2d.stop-epoch", {"value": 34, "counted-from": 1}),
    ("2d.stop-step", 1044),
    ("2d.stop-step", "1 045"),
    ("2d.stop-step", "about 1000"),
    ("2d.patience", 10),
    ("2d.patience", 11),
    ("2d.validation-loss", 0.067),
    ("2d.validation-loss", "0.0673"),
    ("2d.validation-loss", "0,0673"),
    ("2d.validation-loss", "0.06731"),
    ("2d.validation-loss", "≈ 0.07"),
    ("2d.validation-loss", "0.0657"),
    ("2d.best-validation-loss", "0.0657"),
    ("2d.validation-accuracy", 0.9785),
    ("2d.validation-accuracy", "97.85 %"),
    ("2d.validation-accuracy", "97,8%"),
    ("2d.validation-accuracy", 97.8),
    ("2d.validation-accuracy", "0.9784"),
    ("2d.validation-accuracy", "0.97845"),
    ("2d.validation-accuracy", 0.9784524975514202),
    ("2d.train-accuracy", "0.9775"),
    ("2e.batches-per-epoch", 31),
    ("2e.validation-interval", 6),
    ("2e.validation-interval", "every 6 steps"),
    ("2e.validations-per-epoch", 5),
    ("2e.validations-per-epoch", 6),
    ("2e.spike-period-steps", 186),
    ("2e.spike-period-steps", "about 190"),
    ("2e.spike-period-epochs", "6 epochs"),
    ("2e.shuffling-removes-spikes", True),
    ("2e.shuffling-removes-spikes", "yes"),
    ("2e.stop-epoch", 17),
    ("2e.stop-epoch", 38),
    ("2e.validation-accuracy", "0.9765"),
    ("2b.train-images", 4005),
    ("2b.train-images", "4,005"),
    ("2b.validation-images", "2042 images"),
    ("2b.learning-rate", 0.05),
    ("2b.batch-size", 128),
    ("3b.batches-per-epoch", 156),
    ("3b.validation-interval", 31),
    ("3b.stop-epoch", 52),
    ("3b.stop-epoch", 45),
    ("3b.stop-step", 8215),
    ("3b.validation-loss", "0.2973"),
    ("3b.learning-rate", 0.01),
    ("3c.validation-accuracy", 0.916),
    ("3c.validation-accuracy", "91.63 %"),
    ("3c.validation-accuracy", "0.9155"),
    ("3c.train-accuracy", "0.92435"),
    ("3d.parting-step", 2000),
    ("3d.parting-step", "about 3000"),
    ("3d.improves-until-step", 8000),
    ("3d.train-loss-falls-on", True),
    ("4b.larger-lambda-is-smoother", True),
    ("4c.validation-accuracy", {"1": "0.75–0.80", "0.1": "0.88", "0.01": 0.91, "0.001": 0.92}),
    ("4c.validation-accuracy", ["0.80", 0.88, "about 0.91", 0.916]),
    ("4c.validation-accuracy", [0.916, "about 0.91", 0.88, "0.80"]),
    ("4c.stop-epoch", {"1": 4, "0.1": 17, "0.01": 30, "0.001": 52}),
    ("4c.accuracy-falls-with-lambda", True),
    ("4e.squared-norm", {"1": 0.36, "0.1": 2.74, "0.01": 10.4, "0.001": 21.8}),
    ("4e.squared-norm", {"1": "about 0.3", "0.1": "ca. 2.7", "0.01": "about 10.5"}),
    ("4e.norm-falls-with-lambda", True),
]


@pytest.mark.parametrize(("id", "value"), HONEST, ids=lambda value: str(value)[:40])
def test_what_is_so_is_reproduced_however_it_is_put(id: str, value: Any) -> None:
    claim = judged({id: value})[id]
    assert claim.verdict == "reproduced", claim.message
    assert claim.source


@pytest.mark.parametrize(
    ("id", "value", "measured"),
    [
        ("2d.stop-epoch", 20, 33),
        ("2d.stop-epoch", {"value": 33, "counted-from": 1}, 33),
        ("2d.stop-step", 630, 1044),
        ("2d.patience", 20, 11),
        ("2d.validation-loss", 0.05, 0.067306),
        ("2d.validation-loss", "0.0683", 0.067306),
        ("2d.validation-accuracy", "0.9814", 0.978452),
        ("2d.train-accuracy", "99 %", 0.977528),
        ("2e.batches-per-epoch", 40, 31),
        ("2e.validation-interval", 5, 6),
        ("2e.spike-period-steps", 155, 186),
        ("2e.spike-period-epochs", 5, 6),
        ("2e.stop-epoch", 400, 17),
        ("2e.validation-accuracy", "0.93", 0.974535),
        ("2b.train-images", 5000, 4005),
        ("2b.learning-rate", 0.5, 0.05),
        ("3b.stop-epoch", 5, 52),
        ("3b.validation-loss", 0.1, 0.297312),
        ("3c.validation-accuracy", "97 %", 0.9163),
        ("3d.improves-until-step", 1000, "7781 to 8215"),
        ("4b.larger-lambda-is-smoother", False, True),
        ("4c.validation-accuracy", {"1": 0.95, "0.1": 0.88}, {"1": 0.7972, "0.1": 0.8803}),
        ("4c.accuracy-falls-with-lambda", False, True),
        ("4e.squared-norm", {"1": 3.6}, {"1": 0.362096}),
        ("4e.norm-falls-with-lambda", "no", True),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_is_not_so_is_contradicted_with_what_was_measured(
    id: str, value: Any, measured: Any
) -> None:
    claim = judged({id: value})[id]
    assert claim.verdict == "contradicted", claim.message
    assert claim.measured == measured


def test_another_interval_would_have_other_spikes() -> None:
    claim = judged({"2e.validation-interval": 5})
    message = claim["2e.validation-interval"].message
    assert message is not None
    assert message.endswith("5 would give a spike every 155 steps.")


@pytest.mark.parametrize(
    ("id", "value", "because"),
    [
        ("2d.stop-epoch", 31, "the epoch of the best validation loss"),
        ("2d.validation-loss", "0.0674", "too near"),
        ("2c.validation-accuracy", "0.986", "another number of epochs"),
        ("2b.train-loss", "0.02", "as much"),
        ("3c.validation-accuracy", "0.912", "outside of the range of 104 seeds are rare"),
        ("4c.validation-accuracy", {"1": 0.85}, "the seed of the report's run is not known"),
        ("4c.validation-accuracy", {"0.5": 0.83}, "here is no run of it"),
        ("4e.squared-norm", {"0.001": "4.67"}, "‖w‖ rather than ‖w‖²"),
        ("2e.batches-per-epoch", 32, "the last 37 images"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_an_honest_reading_may_explain_is_not_contradicted(
    id: str, value: Any, because: str
) -> None:
    claim = judged({id: value})[id]
    assert claim.verdict == "not checked"
    assert because in str(claim.message)


# k of N


def test_an_accuracy_that_no_number_of_images_gives_names_the_nearest() -> None:
    claim = judged({"2e.validation-accuracy": "0.9791"})["2e.validation-accuracy"]
    assert claim.verdict == "contradicted"
    assert "No number of 2042 images gives 0.9791" in str(claim.message)
    assert "1999/2042 = 0.97894 and 2000/2042 = 0.97943" in str(claim.message)


def test_about_an_accuracy_nothing_is_counted() -> None:
    assert verdict("2e.validation-accuracy", "about 0.9791") == "reproduced"


@settings(deadline=None)
@given(st.integers(0, 2042), st.integers(2, 7), st.booleans())
def test_an_accuracy_of_some_images_is_never_called_impossible(
    k: int, digits: int, percent: bool
) -> None:
    text = f"{100 * k / 2042:.{digits - 2}f} %" if percent else f"{k / 2042:.{digits}f}"
    claim = judged({"2e.validation-accuracy": text})["2e.validation-accuracy"]
    assert "No number of" not in str(claim.message)


# Every value of an honest run, printed in any way, under either reading of the rule.

PRINTED = {
    "2d.validation-loss": ("binary", "validation_loss"),
    "2d.validation-accuracy": ("binary", "validation_accuracy"),
    "2d.train-accuracy": ("binary", "train_accuracy"),
    "2c.validation-accuracy": ("binary", "validation_accuracy"),
    "2e.validation-accuracy": ("binary-shuffled", "validation_accuracy"),
    "3b.validation-loss": ("softmax", "validation_loss"),
    "3c.train-accuracy": ("softmax", "train_accuracy"),
    "3c.validation-accuracy": ("softmax", "validation_accuracy"),
}


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(PRINTED)),
    st.sampled_from([10, 11]),
    st.integers(2, 10),
    st.sampled_from(["{}", "about {}", "~{}", "ca. {}", "{} %"]),
    st.booleans(),
    st.booleans(),
)
def test_what_a_run_ends_with_is_reproduced_however_it_is_printed(
    id: str, failures: int, digits: int, form: str, comma: bool, cut: bool
) -> None:
    plan, quantity = PRINTED[id]
    run = next(run for run in runs(failures) if run.plan.id == plan)
    value = float(getattr(run, quantity)[-1])
    if "%" in form and quantity == "validation_loss":
        form = "{}"
    if "%" in form:
        value, digits = 100 * value, digits - 1
    text = f"{value:.{digits}f}" if not cut else f"{value:.18f}"[: -(18 - digits)]
    text = form.format(text.replace(".", ",") if comma else text)
    claim = judged({id: text}, failures=failures)[id]
    assert claim.verdict == "reproduced", (text, claim.message)


@settings(max_examples=12, deadline=None)
@given(st.sampled_from(["stop_epoch", "stop_step"]), st.sampled_from([10, 11]), st.integers(0, 1))
def test_stops_of_either_reading_are_reproduced(quantity: str, failures: int, start: int) -> None:
    unit = quantity.removeprefix("stop_")
    for run, task in zip(runs(failures)[:3], ("2d", "2e", "3b"), strict=True):
        id = f"{task}.stop-{unit}"
        assert verdict(id, getattr(run, quantity) + start, failures=failures) == "reproduced"


# What makes a difference prove nothing.

WRONG = {"2d.stop-epoch": 12, "3c.validation-accuracy": "0.5", "4e.squared-norm": {"1": 100}}


def never_contradicted(**options: Any) -> str:
    found = judged(WRONG, **options)
    assert {claim.verdict for claim in found.values()} == {"not checked"}
    return " ".join(str(claim.message) for claim in found.values())


def test_those_claims_are_wrong_where_nothing_is_in_doubt() -> None:
    assert {claim.verdict for claim in judged(WRONG).values()} == {"contradicted"}


def test_another_learning_rate_of_the_script_is_a_reason_not_to_check() -> None:
    subject = Subject(protocol(), learning_rates=(0.1, 0.2))
    assert "`learning_rate` is 0.1, but should be 0.05" in never_contradicted(subject=subject)


def test_fewer_epochs_of_the_script_are_a_reason_not_to_check() -> None:
    said = judged(WRONG, subject=Subject(protocol(), epochs=30))
    assert said["2d.stop-epoch"].verdict == "not checked"
    assert "trains for 30 epochs" in str(said["3c.validation-accuracy"].message)


def test_a_rule_that_cannot_be_repeated_is_a_reason_not_to_check() -> None:
    said = never_contradicted(subject=Subject(protocol(reading=None)))
    assert "no reading of the rule" in said


@pytest.mark.parametrize("images", ["own", "harness"])
def test_other_images_are_a_reason_not_to_check(images: Any) -> None:
    said = never_contradicted(subject=Subject(protocol(images=images)))
    assert "`pre_process_images`" in said


def test_other_data_are_a_reason_not_to_check() -> None:
    said = never_contradicted(subject=Subject(protocol(), sha256=OTHER))
    assert "the report's numbers are about MNIST" in said


def test_a_list_where_nothing_comparable_was_measured_is_told_why_and_not_how_long_to_be() -> None:
    stated = {"4c.validation-accuracy": [0.79, 0.88, 0.91, 0.92], "4c.stop-epoch": [4, 17, 30, 52]}
    for claim in judged(stated, subject=Subject(protocol(), sha256=OTHER)).values():
        assert claim.verdict == "not checked"
        assert "the report's numbers are about MNIST" in str(claim.message)


def test_what_no_data_changes_is_checked_on_any() -> None:
    subject = Subject(protocol(), sha256=OTHER)
    assert verdict("2e.batches-per-epoch", 31, subject=subject) == "reproduced"
    assert verdict("2e.spike-period-steps", 155, subject=subject) == "contradicted"


@pytest.mark.parametrize("piece", ["2a.backward", "2d.stopping", "3a.forward", "4b.penalty"])
def test_a_piece_that_is_wrong_is_a_reason_not_to_check(piece: str) -> None:
    broken = Check(id=f"{piece}.value", piece=piece, law="It holds.", verdict=Verdict.FAILED)
    id = {"2a.backward": "2d.stop-epoch", "4b.penalty": "4e.squared-norm"}.get(
        piece, "3c.validation-accuracy"
    )
    claim = judged({id: WRONG[id]}, checks=(broken,))[id]
    assert claim.verdict == "not checked"
    assert f"`{piece}.value` does not hold" in str(claim.message)


def test_what_fits_is_reproduced_all_the_same() -> None:
    assert verdict("2d.stop-epoch", 33, subject=Subject(protocol(images="own"))) == "reproduced"


# Values and names that are none.


@pytest.mark.parametrize(
    "value",
    [
        "soon", "", "1e999", "nan", "inf", -3, 3.5, True, [], {}, {"value": 3, "by": 4},
        {"value": 33, "counted-from": 2}, {"value": {"value": 33}}, "9" * 65, 10**30, [[[[]]]],
        "__import__('os')", "33; 34", "<script>", "\x1b[31m33", None,
    ],
    ids=lambda value: repr(value)[:30],
)  # fmt: skip
def test_a_value_that_cannot_be_read_is_not_checked_in_one_sentence(value: Any) -> None:
    claim = judged({"2d.stop-epoch": value})["2d.stop-epoch"]
    assert claim.verdict == "not checked"
    assert claim.message
    assert "\n" not in claim.message
    assert len(claim.message) < 200


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=8), inner, max_size=5)
    ),
    max_leaves=10,
)


@settings(max_examples=80, deadline=None)
@given(st.sampled_from([entry.id for entry in claims.ENTRIES]), JSON)
def test_no_value_raises(id: str, value: Any) -> None:
    assert judged({id: value})[id].verdict in ("reproduced", "contradicted", "not checked")


NOTHING = np.full(2, np.nan)
ODD: dict[str, dict[str, Any]] = {
    "without accuracies": {"validation_accuracy": NOTHING, "train_accuracy": NOTHING},
    "that never stop": {"stop_step": None, "stop_epoch": None},
    "of two validations": {},
    "that failed": {"failed": "it failed"},
    "without weights": {"w": None, "squared_norm": None},
    "without training loss": {"train_loss": np.empty(0), "train_loss_steps": np.empty(0)},
    "of one value": {"validation_loss": np.ones(2), "validation_accuracy": np.ones(2)},
}


@pytest.mark.parametrize("way", ODD)
@pytest.mark.filterwarnings("error")
def test_no_run_of_a_submission_s_own_makes_a_claim_raise(way: str) -> None:
    series = ("steps", "validation_loss", "validation_accuracy", "train_accuracy")
    odd = [
        replace(run, by="submission", **{name: getattr(run, name)[:2] for name in series})
        for run in runs()
    ]
    stated = {entry.id: tomllib.loads(f"v = {entry.example}")["v"] for entry in claims.ENTRIES}
    for given_runs in ([replace(run, **ODD[way]) for run in odd], []):
        found = judge(claims, stated, Subject(protocol()), given_runs, ())
        assert [claim.id for claim in found] == list(stated)


WIDE: list[tuple[str, Any]] = [
    ("2d.validation-accuracy", 1),
    ("2d.validation-accuracy", "1.0"),
    ("2d.validation-accuracy", "about 1"),
    ("2d.validation-accuracy", "0–1"),
    ("2d.validation-accuracy", "0.5 ± 0.5"),
    ("2d.validation-accuracy", "50–100 %"),
    ("2b.learning-rate", 0),
    ("2b.learning-rate", 0.1),
    ("2b.learning-rate", "0e9"),
    ("2b.learning-rate", "0–1000"),
    ("2b.learning-rate", "about 0"),
    ("2d.validation-loss", "0"),
    ("2d.stop-epoch", "0–500"),
    ("2d.stop-step", "1–10000"),
    ("2e.validation-interval", "about 10"),
    ("3d.parting-step", "100–8000"),
    ("4c.validation-accuracy", {"0.1": "0–1"}),
    ("4e.squared-norm", {"0.1": "0e2"}),
]


@pytest.mark.parametrize(("id", "value"), WIDE, ids=lambda value: str(value)[:40])
def test_what_would_fit_nearly_everything_is_not_reproduced(id: str, value: Any) -> None:
    claim = judged({id: value})[id]
    assert claim.verdict == "not checked", claim.message
    assert "easured" in str(claim.message)


@pytest.mark.parametrize(
    ("id", "value", "why"),
    [
        ("2d.stop-epoch", "33 steps", "counts steps, expected a number of epochs"),
        ("2d.stop-epoch", "steg 33", "counts steps, expected a number of epochs"),
        ("2e.spike-period-steps", "186 epochs", "counts epochs, expected a number of steps"),
        ("2e.spike-period-epochs", "every 6 steps", "counts steps, expected a number of epochs"),
        ("2b.train-images", "4005 batches", "counts batches, expected a number of images"),
        ("2b.learning-rate", "0.05 epochs", "counts epochs, expected a number"),
        ("4c.stop-epoch", {"1": "4 steps"}, "counts steps, expected a number of epochs"),
        ("4c.validation-accuracy", {"0.1": 0.5, "1e-1": 0.88}, "two values are stated at λ = 0.1"),
        ("4c.validation-accuracy", {"0.1": 0.88, "0.10": 0.88}, "two values are stated"),
        ("4c.validation-accuracy", {"0–0.2": 0.88}, "stands for λ, expected one number"),
        ("4c.validation-accuracy", {"about 0.1": 0.88}, "stands for λ, expected one number"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_right_number_of_something_else_is_not_reproduced(id: str, value: Any, why: str) -> None:
    claim = judged({id: value})[id]
    assert claim.verdict == "not checked"
    assert why in str(claim.message)


def test_what_is_stated_twice_is_not_chosen_from() -> None:
    for stated in (
        {"2d.stop-epoch": 400, "2d": {"stop-epoch": 33}},
        {"2d": {"stop-epoch": 33}, "2d.stop-epoch": 400},
    ):
        (claim,) = judged(stated).values()
        assert (claim.verdict, claim.stated) == ("not checked", None)
        assert "stated twice" in str(claim.message)


def test_an_unknown_claim_is_shown_with_the_nearest_known() -> None:
    found = judged({"2d.stop-epcoh": 33, "\x1b[31m<script>": 1, "7z": {"a": 1}})
    assert "did you mean 2d.stop-epoch?" in str(found["2d.stop-epcoh"].message)
    assert {claim.verdict for claim in found.values()} == {"not checked"}
    assert not any("\x1b" in id for id in found)


def test_a_table_for_each_task_is_the_same_as_quoted_names() -> None:
    assert judged({"2d": {"stop-epoch": 33, "patience": 10}}).keys() == {
        "2d.stop-epoch",
        "2d.patience",
    }


def test_every_example_of_the_vocabulary_can_be_read() -> None:
    for entry in claims.ENTRIES:
        value = tomllib.loads(f"value = {entry.example}")["value"]
        claim = judged({entry.id: value})[entry.id]
        assert "is stated, expected" not in str(claim.message), entry.id


def test_lambdas_are_those_of_the_assignment() -> None:
    assert {run.plan.l2_reg_lambda for run in runs()} == {0.0, *LAMBDAS}
