"""The diagnosis: mistakes named in any style, none named wrongly, hints, and what it costs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from checks import source
from gradus import residuals
from gradus.answers import agree, fingerprint
from gradus.course import Course
from gradus.grading import Settings, grade
from gradus.intake import Submission
from gradus.residuals import Pair
from gradus.results import Check, Result, Verdict
from tests.submissions import ROOT, replace, sample_copy
from tests.zoo.broken import BROKEN
from tests.zoo.outsiders import OUTSIDERS
from tests.zoo.restyled import RESTYLED
from tests.zoo.variants import Redefine, Variant, build

COURSE = Course(ROOT)
DATASET = COURSE.small_dataset()
BAD = (Verdict.FAILED, Verdict.ERRORED)
GRADIENT = "self.grad = -X.T @ (targets - outputs) / X.shape[0]\n    "


def graded(folder: Path, **settings: object) -> Result:
    chosen = Settings(shrink=False, **settings)  # type: ignore[arg-type]
    return grade(COURSE, Submission("submission", folder), DATASET, chosen)[0]


def variant_of(file: str, function: str, body: str, loses: str = "2a.backward") -> Variant:
    parameters = {
        "BinaryModel.backward": "self, X, outputs, targets",
        "pre_process_images": "X",
        "cross_entropy_loss": "targets, outputs",
        "BinaryModel.forward": "self, X",
        "SoftmaxModel.backward": "self, X, outputs, targets",
    }[function]
    name = function.rpartition(".")[2]
    return Variant(
        f"{function}-variant",
        "says",
        (Redefine(file, function, f"def {name}({parameters}):\n    {body}"),),
        loses=(loses,),
    )


def told(result: Result) -> list[tuple[str, str]]:
    return [(d.fault, d.kind) for check in result.checks for d in check.diagnosis]


def first_of(result: Result, piece: str) -> str:
    found = [d.fault for c in result.checks if c.piece == piece for d in c.diagnosis]
    return found[0] if found else ""


def test_there_are_forty_mistakes_of_other_styles_and_fifteen_outside_the_catalogue() -> None:
    assert len(RESTYLED) >= 40
    assert len(OUTSIDERS) >= 15


@pytest.mark.parametrize("variant", RESTYLED, ids=lambda variant: variant.id)
def test_a_mistake_in_another_style_is_named_first(zoo, variant):
    result = zoo.result(variant)
    assert " ".join(first_of(result, piece) for piece in variant.loses) == variant.says


@pytest.mark.parametrize("variant", OUTSIDERS, ids=lambda variant: variant.id)
def test_a_mistake_outside_the_catalogue_is_given_no_name(zoo, variant):
    result = zoo.result(variant)
    assert [fault for fault, kind in told(result) if kind == "mistake"] == []
    assert told(result), "what fails is told something, if only that nothing known fits"


def test_a_passing_submission_is_diagnosed_nothing_and_loads_no_catalogue(tmp_path, monkeypatch):
    def never(*arguments: object) -> None:
        raise AssertionError("the catalogue was loaded")

    monkeypatch.setattr("gradus.catalogue.Catalogue.load", never)
    result = graded(sample_copy(tmp_path / "submission"))
    assert told(result) == []
    decided = [check for check in result.checks if check.weight and not check.pending]
    assert all(check.verdict is Verdict.PASSED for check in decided)


def test_two_mistakes_in_one_piece_are_both_named(tmp_path):
    body = "self.grad = X.T @ (targets - outputs)"
    folder = build(variant_of("task2a.py", "BinaryModel.backward", body), tmp_path / "submission")
    check = next(c for c in graded(folder, tasks=("2a",)).checks if c.diagnosis)
    assert {d.fault for d in check.diagnosis} == {"2a.backward.sign", "2a.backward.not-averaged"}


@pytest.mark.parametrize(
    ("body", "beside"),
    [
        ("y * np.log2(p) + (1 - y) * np.log2(1 - p)", "log-base"),
        ("y * np.log(p)", "first-term-only"),
        ("y * np.log(p) - (1 - y) * np.log(1 - p)", "second-term-sign"),
        ("y * np.log(p) + (1 - y) * np.log(1 - p)", None),
    ],
)
def test_a_loss_for_each_image_hides_no_other_mistake(tmp_path, body, beside):
    returned = f"y, p = targets.astype(float), outputs\n    return -({body})"
    variant = variant_of("task2a.py", "cross_entropy_loss", returned, "2a.loss")
    found = told(graded(build(variant, tmp_path / "submission"), tasks=("2a",)))
    expected = ["2a.loss.per-image", *([f"2a.loss.{beside}"] if beside else [])]
    assert sorted(found) == sorted((fault, "mistake") for fault in expected)


@pytest.mark.parametrize(
    ("body", "kind", "says"),
    [
        ("z = -X @ self.w", "mistake", "the function at task2a.py, line {line} computes"),
        ("return 1 / (1 + math.exp(X[0, 0]))", "hint", "`math` is used in task2a.py"),
        ("return self.sigmoid(X)", "hint", "`BinaryModel` has nothing called `sigmoid`"),
        ("input()", "hint", "`input()` in task2a.py"),
        ("exit()", "hint", "`exit()` or `quit()` at task2a.py"),
        ("if len(X) > 99:\n        z = 1\n    return z", "hint", "`z` is used in task2a.py"),
    ],
)
def test_what_ends_a_function_early_is_told_with_what_to_do(tmp_path, body, kind, says):
    folder = build(
        variant_of("task2a.py", "BinaryModel.forward", body, "2a.forward"), tmp_path / "s"
    )
    check = next(c for c in graded(folder, tasks=("2a",)).checks if c.diagnosis)
    assert [each.kind for each in check.diagnosis] == [kind]
    assert check.diagnosis[0].says.startswith(says.partition(" {line}")[0])


@pytest.mark.parametrize(
    ("body", "hint"),
    [
        ("self.grad = 3 * X.T @ (outputs - targets) / len(X)", "2a.backward.ratio"),
        ("self.grad = 2 * X.T @ (outputs - targets) / len(X)", "2a.backward.ratio-2"),
        ("self.grad = X.T @ (outputs - targets) / len(X) + 0.3 * self.w", "2a.backward.weights"),
        (
            "self.grad = X.T @ (outputs - targets) / len(X)\n    self.grad[784] *= 7",
            "2a.backward.only-axis-0",
        ),
        ("self.grad = (X.T @ (outputs - targets) / len(X))[::-1]", "2a.backward.rows-permuted"),
        (
            "self.grad = X.T @ (outputs - targets) ** 3 / len(X)",
            "2a.backward.loss-right-gradient-wrong",
        ),
    ],
)
def test_what_a_wrong_result_has_in_common_with_the_right_one_is_told(tmp_path, body, hint):
    folder = build(variant_of("task2a.py", "BinaryModel.backward", body), tmp_path / "submission")
    assert told(graded(folder, tasks=("2a",))) == [(hint, "hint")]


def test_a_consistent_derivative_of_a_wrong_loss_is_told_as_one(tmp_path):
    folder = sample_copy(tmp_path / "submission")
    for edit in (
        *variant_of(
            "task2a.py",
            "cross_entropy_loss",
            "return np.mean(3 * (targets - outputs) ** 2)",
        ).edits,
        *variant_of(
            "task2a.py",
            "BinaryModel.backward",
            "d = 6 * (outputs - targets) * outputs * (1 - outputs)\n"
            "    self.grad = X.T @ d / len(X)",
        ).edits,
    ):
        edit.apply(folder)
    result = graded(folder, tasks=("2a",))
    assert first_of(result, "2a.backward") == "2a.backward.derivative-of-a-wrong-loss"


def test_an_overwritten_gradient_cites_its_line(tmp_path):
    folder = sample_copy(tmp_path / "submission")
    line = replace(
        folder / "task2a.py",
        "        assert self.grad.shape == self.w.shape",
        "        self.grad = np.zeros_like(self.w)\n        assert self.grad.shape == self.w.shape",
    )
    check = next(c for c in graded(folder, tasks=("2a",)).checks if c.diagnosis)
    assert check.diagnosis[0].fault == "2a.backward.overwritten"
    assert f"task2a.py, line {line}" in check.diagnosis[0].says


@pytest.mark.parametrize(
    ("file", "old", "new", "part"),
    [
        ("task2a.py", "z = X @ self.w", "z = np.Inf * X @ self.w", "`np.Inf` is gone"),
        ("task2a.py", "z = X @ self.w", "z = X.astype(np.float) @ self.w", "`np.float` is gone"),
        ("task2a.py", "z = X @ self.w", "z = X @ self.weights_T @ self.w", ""),
        ("task2a.py", "z = X @ self.w", "z = self.w @ X", "inner dimensions"),
        ("task2a.py", "z = X @ self.w", "z = X @ w", "`w` in"),
    ],
)
def test_an_exception_is_told_in_words(tmp_path, file, old, new, part):
    folder = sample_copy(tmp_path / "submission")
    replace(folder / file, old, new)
    result = graded(folder, tasks=("2a",))
    bad = [check for check in result.checks if check.scored and check.verdict in BAD]
    assert bad or any(c.verdict is Verdict.BLOCKED for c in result.checks)
    assert part in " ".join(d.says for check in bad for d in check.diagnosis)


def test_with_the_catalogue_emptied_every_failing_law_still_says_what_is_wrong(tmp_path):
    chosen = [v for v in BROKEN if len(v.loses) == 1 and v.id != "loader-one-batch"]
    chosen = chosen[:: len(chosen) // 12]
    for variant in chosen:
        folder = build(variant, tmp_path / variant.id)
        tasks = tuple({piece.partition(".")[0] for piece in variant.loses})
        result = graded(folder, tasks=tasks, faults=False)
        bad = [check for check in result.checks if check.scored and check.verdict in BAD]
        assert bad, variant.id
        for check in bad:
            _useful(check)
        assert [fault for fault, kind in told(result) if kind == "mistake"] in (
            [],
            [f"{variant.loses[0]}.overwritten"],
        )


def _useful(check: Check) -> None:
    assert check.message
    if check.verdict is Verdict.FAILED and "None" not in check.message:
        assert "should" in check.message or "did not" in check.message or "is" in check.message
        assert check.counterexample is not None
        assert check.counterexample.got != check.counterexample.should_be


FIVE = (
    (
        "task2a.py",
        "X = X / 127.5 - 1\n    return np.hstack([X, np.ones((X.shape[0], 1))])",
        "X = np.hstack([X, np.ones((X.shape[0], 1))])\n    return X / 127.5 - 1",
        "2a.preprocess.bias-before-normalising",
    ),
    (
        "task2a.py",
        "self.grad = -X.T @ (targets - outputs) / X.shape[0]",
        "self.grad = -X.T @ (targets - outputs)",
        "2a.backward.not-averaged",
    ),
    (
        "task3a.py",
        "Y_encoded[np.arange(Y.shape[0]), Y[:, 0]] = 1",
        "Y_encoded[np.arange(Y.shape[0]), Y] = 1",
        "3a.one_hot.whole-columns",
    ),
    (
        "task3a.py",
        " + 2 * self.l2_reg_lambda * self.w\n",
        "\n",
        "4b.penalty.missing",
    ),
    ("utils.py", "    if shuffle:\n", "    if False:\n", "2e.shuffling.never"),
)


@pytest.fixture(scope="module")
def five(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = sample_copy(tmp_path_factory.mktemp("five") / "submission")
    for file, old, new, _ in FIVE:
        replace(folder / file, old, new)
    return folder


def test_five_mistakes_are_five_separate_hints(five):
    result = graded(five)
    assert sorted(told(result)) == sorted((fault, "mistake") for *_, fault in FIVE)


def test_the_report_of_five_mistakes_tells_each_once(five):
    result = graded(five)
    lines = [check.diagnosis[0] for check in result.checks if check.diagnosis]
    assert len({line.says for line in lines}) == 5
    assert all(len(line.says) + len(line.fix) < 260 for line in lines)


def test_the_diagnosis_calls_the_submission_a_bounded_number_of_times(five, monkeypatch):
    """Its cost is calls: counted, since a clock on a busy machine says nothing."""
    from gradus.session import Session

    calls = []
    real = Session.call
    monkeypatch.setattr(
        Session, "call", lambda self, *a, **k: (calls.append(a), real(self, *a, **k))[1]
    )
    graded(five)
    with_names = len(calls)
    calls.clear()
    monkeypatch.setattr("gradus.diagnosis.Diagnoser.__call__", lambda *arguments: ())
    graded(five)
    assert 0 < with_names - len(calls) < 5 * 60


def test_fingerprints_of_different_arrays_differ_and_of_equal_ones_agree() -> None:
    generator = np.random.default_rng(0)
    array = generator.normal(size=(785, 10))
    other = array.copy()
    other[784] = 0
    seen = fingerprint({"grad": array})
    same = fingerprint({"grad": array.copy()})
    assert agree(seen, same.kind, same.numbers)
    changed = fingerprint({"grad": other})
    assert not agree(seen, changed.kind, changed.numbers)
    transposed = fingerprint({"grad": array.T})
    assert not agree(seen, transposed.kind, transposed.numbers)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_fingerprints_tell_what_is_not_finite(value: float) -> None:
    seen, zero = fingerprint({"loss": value}), fingerprint({"loss": 0.0})
    again = fingerprint({"loss": np.array([[value]])})
    assert agree(seen, again.kind, again.numbers)
    assert not agree(seen, zero.kind, zero.numbers)


@pytest.mark.parametrize(
    ("expression", "value"), [("1/N", 0.25), ("N", 4), ("-1", -1), ("1/K", 0.1), ("N*K", 40)]
)
def test_ratios_are_products_and_quotients(expression: str, value: float) -> None:
    assert residuals.value_of(expression, 4, 10) == pytest.approx(value)


def test_a_ratio_of_anything_else_is_refused() -> None:
    with pytest.raises(ValueError, match="could not convert"):
        residuals.value_of("__import__('os')", 4, 10)


def test_residuals_need_every_case_to_agree() -> None:
    should = np.arange(1.0, 7.0).reshape(3, 2)
    rules = COURSE.settings.diagnosis
    assert rules is not None
    halves = [Pair(should / 2, should, 3, 5, None), Pair(should / 2, should, 4, 5, None)]
    found = residuals._same_shape(rules, halves)
    assert found is not None
    assert found[0] == "ratio-1/2"
    mixed = [halves[0], Pair(should / 3 + 1, should, 3, 5, None)]
    assert residuals._same_shape(rules, mixed) is None


@pytest.mark.parametrize(
    ("body", "seen"),
    [
        ("self.g = 1\nself.g = np.zeros(3)", [("overwritten", 3)]),
        ("self.g = np.zeros(3)\nself.g += 1", []),
        ("for n in X:\n    self.g[n] = 1\nself.g = np.zeros_like(self.w)", []),
        ("self.g = 1\nif X:\n    self.g = np.zeros(3)", []),
        ("return 1\nX = 2", [("unreachable", 3)]),
        ("X = 1\nreturn X\nraise ValueError", []),
        ("X = 1\nX += 1", [("no-return", 1)]),
        ("X = 1\nreturn", [("no-return", 1)]),
        ("X = 1\nyield X", []),
        ("print(X)", []),
        ("for a in X:\n    for b in a:\n        if b:\n            break", [("inner-break", 5)]),
        ("for a in X:\n    for b in a:\n        break\n    if b:\n        break", []),
        ("for a in X:\n    for b in a:\n        break\n    else:\n        break", []),
        ("for a in X:\n    for b in a:\n        if b:\n            return a\n        break", []),
        ("for a in X:\n    if a:\n        break", []),
    ],
)
def test_mistakes_visible_in_the_source_are_seen(tmp_path, body, seen):
    path = tmp_path / "task.py"
    lines = "\n".join("    " + line for line in body.splitlines())
    path.write_text(f"def f(self, X):\n{lines}\n", "utf-8")
    assert source.visible_mistakes(path, "f") == seen


def test_source_that_cannot_be_read_shows_nothing(tmp_path):
    path = tmp_path / "task.py"
    path.write_text("def f(:\n", "utf-8")
    assert source.visible_mistakes(path, "f") == []
    assert source.visible_mistakes(tmp_path / "absent.py", "f") == []


def test_a_fault_in_the_diagnosis_is_recorded_and_the_verdict_stands(tmp_path, monkeypatch):
    def broken(*arguments: object) -> None:
        raise RuntimeError("broken probe")

    monkeypatch.setattr("gradus.diagnosis.Diagnoser._explained", broken)
    folder = build(
        variant_of("task2a.py", "BinaryModel.backward", "self.grad = 5 * self.w + 1"),
        tmp_path / "submission",
    )
    result = graded(folder, tasks=("2a",))
    value = next(check for check in result.checks if check.id == "2a.backward.value")
    assert value.verdict is Verdict.FAILED
    assert "broken probe" in value.diagnosis[0].says
    assert value.diagnosis[0].kind == "unknown"
