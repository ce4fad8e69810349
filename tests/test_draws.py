"""The same code meets the same cases everywhere, and a failure shrinks within a budget."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.internal.conjecture import providers

from checks import cases
from gradus import draws, handout
from gradus.course import Course
from gradus.draws import draw, smallest_failure
from gradus.law import MINIMUM_DRAWN, Cases
from gradus.seeds import stable_seed
from tests.drawn_digests import DIGESTS, digest_of, drawn_digests, every_cases
from tests.submissions import ROOT

WHOLE_NUMBERS = Cases("whole numbers", st.integers(0, 10_000))
LISTS = Cases("lists of whole numbers", st.lists(st.integers(0, 1000), max_size=30))

PRINT_DIGESTS = """
import sys
sys.path.insert(0, {root!r})
from tests.drawn_digests import drawn_digests
print(drawn_digests())
"""


def drawn_elsewhere(folder: Path, **environment: str) -> str:
    """What another process, started in `folder`, draws."""
    run = subprocess.run(
        [sys.executable, "-c", PRINT_DIGESTS.format(root=str(ROOT))],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


def test_the_drawn_cases_are_the_ones_that_were_committed() -> None:
    assert drawn_digests() == DIGESTS


def test_drawing_again_in_the_same_process_gives_the_same_cases() -> None:
    assert drawn_digests() == drawn_digests()


def test_another_seed_draws_other_cases() -> None:
    first, second = drawn_digests(0), drawn_digests(1)
    assert all(first[name] != second[name] for name in first)


def test_laws_that_share_cases_by_name_draw_alike_and_others_do_not() -> None:
    same = Cases("whole numbers", st.integers(0, 10_000))
    other = Cases("other whole numbers", st.integers(0, 10_000))
    assert draw(WHOLE_NUMBERS, 0) == draw(same, 0) != draw(other, 0)


@pytest.mark.parametrize("value", ["true", "1"])
def test_a_courses_ci_draws_the_same_cases(tmp_path: Path, value: str) -> None:
    ci = {"CI": value, "GITHUB_ACTIONS": value, "TF_BUILD": value, "HYPOTHESIS_PROFILE": "ci"}
    assert drawn_elsewhere(tmp_path, **ci) == str(drawn_digests())


def test_a_handout_draws_the_same_cases(tmp_path: Path) -> None:
    folder = tmp_path / "handout"
    handout.build(Course(ROOT), folder)
    shutil.copy(ROOT / "tests" / "drawn_digests.py", tmp_path)
    run = subprocess.run(
        [sys.executable, "-P", tmp_path / "drawn_digests.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout) == DIGESTS


def test_constants_of_local_modules_do_not_reach_the_draws(tmp_path: Path) -> None:
    odd = ", ".join(str(number * 7919) for number in range(1, 60))
    module = f"NUMBERS = [{odd}]\nBYTES = [b'zzz', b'odd bytes']\nTEXTS = ['odd', 'texts']\n"
    (tmp_path / "task2a_of_a_student.py").write_text(module)
    (tmp_path / "sitecustomize.py").write_text("import task2a_of_a_student\n")
    found = drawn_elsewhere(tmp_path, PYTHONPATH=str(tmp_path), PYTHONHASHSEED="77")
    assert found == str(drawn_digests())


def test_the_guard_keeps_out_constants_that_hypothesis_itself_would_draw(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    odd = set(range(777_777_001, 777_777_021))
    local = providers.Constants(integers=odd)
    monkeypatch.setattr(providers, "_get_local_constants", lambda: local)
    numbers = Cases("numbers", st.integers(0, 10**9), drawn=400)
    assert not odd & set(draw(numbers, 0))

    unguarded: set[int] = set()

    @hypothesis.seed(0)
    @draws.profile(400, hypothesis.Phase.generate)
    @hypothesis.given(st.integers(0, 10**9))
    def collect(number: int) -> None:
        unguarded.add(number)

    providers.CONSTANTS_CACHE.cache.clear()
    collect()
    providers.CONSTANTS_CACHE.cache.clear()
    assert odd & unguarded


def test_a_hypothesis_profile_of_the_environment_does_not_reach_the_draws() -> None:
    before = hypothesis.settings()
    hypothesis.settings.register_profile("odd", max_examples=1, derandomize=True, database=None)
    hypothesis.settings.load_profile("odd")
    try:
        assert drawn_digests() == DIGESTS
    finally:
        hypothesis.settings.register_profile("before", before)
        hypothesis.settings.load_profile("before")


def test_drawing_does_not_disturb_other_random_numbers() -> None:
    np.random.seed(3)
    expected = np.random.RandomState(3).random_sample(4)
    draw(WHOLE_NUMBERS, 0)
    np.testing.assert_array_equal(np.random.random_sample(4), expected)


def test_a_stable_seed_is_the_same_everywhere_and_fits_in_63_bits() -> None:
    assert stable_seed("logistic", 0) == 4_401_242_570_719_296_309
    assert stable_seed("logistic", 0) != stable_seed("logistic", 1) != stable_seed("softmax", 1)
    assert all(0 <= stable_seed(str(number), number) < 2**63 for number in range(100))


@pytest.mark.parametrize("name", sorted(every_cases()))
def test_every_property_law_draws_at_least_twenty_cases(name: str) -> None:
    found = every_cases()[name]
    drawn = draw(found, 0)
    assert len(drawn) - len(found.always) >= MINIMUM_DRAWN == 20


@pytest.mark.parametrize("name", sorted(every_cases()))
def test_the_drawn_cases_differ_from_one_another(name: str) -> None:
    found = every_cases()[name]
    drawn = [digest_of((case,)) for case in draw(found, 0)[len(found.always) :]]
    assert len(set(drawn)) >= 0.8 * len(drawn)


def test_too_few_cases_are_refused() -> None:
    with pytest.raises(ValueError, match=r"'few' draws 19 cases.*at least 20"):
        Cases("few", st.integers(), drawn=19)


def test_known_killers_come_first_in_their_order() -> None:
    killers = Cases("killers", st.integers(0, 9), always=(77, 66))
    assert draw(killers, 0)[:2] == (77, 66)


class Broken(Exception):
    """What a failing check raises in these tests."""


class Other(Exception):
    """Another kind of failure."""


def test_a_failure_shrinks_to_the_simplest_case() -> None:
    def check(number: int) -> None:
        if number >= 17:
            raise Broken(str(number))

    found = smallest_failure(WHOLE_NUMBERS, 0, check, (Broken,))
    assert found is not None
    assert found[0] == 17
    assert str(found[1]) == "17"


def test_messages_that_differ_from_case_to_case_do_not_hinder_shrinking() -> None:
    def check(numbers: list[int]) -> None:
        if any(number > 100 for number in numbers):
            raise Broken(f"among {numbers}")

    found = smallest_failure(LISTS, 0, check, (Broken,))
    assert found is not None
    assert found[0] == [101]


def test_shrinking_ends_within_its_budget() -> None:
    runs = 0

    def check(numbers: list[int]) -> None:
        nonlocal runs
        runs += 1
        if sum(numbers) % 7 == 3 and len(set(numbers)) > 4:
            raise Broken

    assert smallest_failure(LISTS, 0, check, (Broken,)) is not None
    assert runs <= LISTS.drawn + draws.MAX_SHRINK_RUNS


def test_a_slow_check_does_not_hold_up_the_shrink_for_minutes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 0.0
    monkeypatch.setattr(draws.time, "monotonic", lambda: now)

    def check(numbers: list[int]) -> None:
        nonlocal now
        now += 1.0
        if sum(numbers) > 50:
            raise Broken

    found = smallest_failure(LISTS, 0, check, (Broken,))
    assert found is not None
    assert now <= LISTS.drawn + draws.MAX_SHRINK_SECONDS + 1


def test_where_only_a_known_killer_fails_there_is_nothing_smaller() -> None:
    killers = Cases("killers", st.integers(0, 9), always=(77,))

    def check(number: int) -> None:
        if number == 77:
            raise Broken

    assert smallest_failure(killers, 0, check, (Broken,)) is None


def test_a_failure_that_comes_and_goes_still_has_a_case() -> None:
    runs = 0

    def check(number: int) -> None:
        nonlocal runs
        runs += 1
        if runs == 3:
            raise Broken

    found = smallest_failure(WHOLE_NUMBERS, 0, check, (Broken,))
    assert found is not None
    assert isinstance(found[1], Broken)


def test_another_kind_of_failure_ends_the_search_with_the_best_so_far() -> None:
    def check(number: int) -> None:
        if number > 100:
            raise Broken
        raise Other

    # The first case drawn decides which of the two is met first.
    first = draw(WHOLE_NUMBERS, 0)[0]
    if first > 100:
        found = smallest_failure(WHOLE_NUMBERS, 0, check, (Broken,))
        assert found is not None
        assert found[0] > 100
    else:
        with pytest.raises(Other):
            smallest_failure(WHOLE_NUMBERS, 0, check, (Broken,))


def test_another_kind_of_failure_before_any_is_passed_on() -> None:
    def check(number: int) -> None:
        raise Other

    with pytest.raises(Other):
        smallest_failure(WHOLE_NUMBERS, 0, check, (Broken,))


# What the cases promise


def drawn_from(found: Cases) -> tuple[Any, ...]:
    """The bank of the first four seeds."""
    return tuple(case for seed in range(4) for case in draw(found, seed))


def true_forward(X: np.ndarray, w: np.ndarray) -> np.ndarray:
    z = X @ w
    if z.shape[1] == 1:
        return 1 / (1 + np.exp(-z))
    return np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)


@pytest.mark.parametrize(("found", "classes"), [(cases.LOGISTIC, 1), (cases.SOFTMAX, 10)])
def test_model_cases_are_a_batch_with_a_bias_weights_and_labels(found: Cases, classes: int) -> None:
    for case in drawn_from(found):
        N = len(case.X)
        assert N <= 7 or N == cases.MANY
        assert case.X.shape == (N, 785)
        assert case.w.shape == (785, classes)
        assert case.X.dtype == case.w.dtype == np.float64
        assert np.all(case.X[:, 784] == 1)
        assert case.labels.shape == (N, 1)
        assert case.labels.dtype == np.uint8
        assert case.labels.max() < max(classes, 2)
        assert case.l2_reg_lambda > 0
        active = np.flatnonzero(case.X.any(axis=0) | case.w.any(axis=1))
        assert set(active) <= set(case.active)
        assert np.abs(case.X @ case.w).max() < 40


@pytest.mark.parametrize("found", [cases.LOGISTIC, cases.SOFTMAX])
def test_the_sources_of_large_arrays_build_those_arrays(found: Cases) -> None:
    with_source = [case for case in found.always if case.source]
    assert with_source
    for case in with_source:
        for name, source in case.source.items():
            namespace: dict[str, Any] = {"np": np}
            exec(source.replace("{name}", name), namespace)
            np.testing.assert_array_equal(namespace[name], getattr(case, name))


def test_binary_losses_get_probabilities_that_no_epsilon_hides() -> None:
    for case in drawn_from(cases.BINARY_LOSS):
        assert case.labels.shape == case.outputs.shape == (len(case.labels), 1)
        assert case.labels.dtype == np.uint8
        assert set(np.unique(case.labels)) <= {0, 1}
        assert case.outputs.min() >= cases.TINY
        assert case.outputs.max() <= 1 - cases.TINY


def test_softmax_losses_get_rows_that_sum_to_one_and_a_true_class_no_epsilon_hides() -> None:
    for case in drawn_from(cases.SOFTMAX_LOSS):
        assert case.outputs.shape == (len(case.labels), 10)
        np.testing.assert_allclose(case.outputs.sum(axis=1), 1, rtol=0, atol=1e-15)
        assert np.take_along_axis(case.outputs, case.labels.astype(int), axis=1).min() >= cases.TINY
        assert case.outputs.min() > 0
        assert case.labels.max() < 10


def test_images_are_uint8_of_784_pixels() -> None:
    for case in drawn_from(cases.IMAGES):
        assert case.X.dtype == np.uint8
        assert case.X.shape == (len(case.X), 784)
    every_grey = cases.IMAGES.always[0].X
    assert set(np.unique(every_grey)) == set(range(256))


def test_some_images_hold_neither_black_nor_white() -> None:
    drawn = drawn_from(cases.IMAGES)
    assert any(case.X.min() > 0 for case in drawn)
    assert any(case.X.max() < 255 for case in drawn)


def test_labels_are_columns_of_uint8_and_some_batches_miss_the_largest() -> None:
    drawn = drawn_from(cases.LABELS)
    for case in drawn:
        assert case.Y.shape == (len(case.Y), 1)
        assert case.Y.dtype == np.uint8
        assert case.Y.max() < 10
    assert any(case.Y.max() < 9 for case in drawn)


@pytest.mark.parametrize("found", [cases.BINARY_ACCURACY, cases.SOFTMAX_ACCURACY])
def test_scripted_outputs_are_the_true_forward_of_rows_and_weights(found: Cases) -> None:
    for case in drawn_from(found):
        np.testing.assert_allclose(case.outputs, true_forward(case.X, case.w), rtol=1e-14)


@pytest.mark.parametrize("found", [cases.BINARY_ACCURACY, cases.SOFTMAX_ACCURACY])
def test_a_scripted_model_has_one_answer_for_each_row(found: Cases) -> None:
    for case in drawn_from(found):
        answers: dict[bytes, bytes] = {}
        for row, outputs in zip(case.X, case.outputs, strict=True):
            assert answers.setdefault(row.tobytes(), outputs.tobytes()) == outputs.tobytes()


def test_binary_outputs_stay_clear_of_the_threshold_and_are_right_as_said() -> None:
    for case in drawn_from(cases.BINARY_ACCURACY):
        assert np.abs(case.outputs - 0.5).min() > 1e-3
        right = (case.outputs >= 0.5) == case.labels
        assert tuple(right[:, 0]) == case.right
        assert case.fraction == pytest.approx(np.mean(right))


def test_softmax_outputs_have_no_ties_and_are_right_as_said() -> None:
    for case in drawn_from(cases.SOFTMAX_ACCURACY):
        largest = np.sort(case.outputs, axis=1)
        assert (largest[:, -1] - largest[:, -2]).min() > 1e-4
        right = case.outputs.argmax(axis=1) == case.labels[:, 0]
        assert tuple(right) == case.right


@pytest.mark.parametrize("found", [cases.BINARY_ACCURACY, cases.SOFTMAX_ACCURACY])
def test_accuracies_are_not_all_alike(found: Cases) -> None:
    fractions = {case.fraction for case in drawn_from(found)}
    assert {0.0, 1.0} < fractions


@pytest.mark.parametrize("name", sorted(every_cases()))
def test_drawn_arrays_hold_numbers_only(name: str) -> None:
    for case in draw(every_cases()[name], 0):
        for each in dataclasses.fields(case):
            value = getattr(case, each.name)
            if isinstance(value, np.ndarray):
                assert np.isfinite(value).all()
