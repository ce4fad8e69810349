"""The named mistakes: how they are declared, compiled, and caught."""

from __future__ import annotations

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from checks.bare import BareWorld
from checks.diagnoses import FUNCTIONS, PROBES
from checks.injection import bare_worlds, inject
from gradus import fault_table
from gradus.answers import fingerprint
from gradus.catalogue import Catalogue, Probe
from gradus.commands.faults import same
from gradus.course import Course
from gradus.diagnosis import compiled, faults_of, table_path
from gradus.fault_table import Line, as_markdown, idle_laws, line_of, sole_catchers
from gradus.grading import Settings, grade
from gradus.intake import Submission
from reference.faults.catalogue import FAULTS
from reference.faults.declare import Fault
from tests.submissions import ROOT, sample_copy

COURSE = Course(ROOT)
# One mistake of every piece, the most frequent ones where their frequency is known.
SOME = (
    "2a.preprocess.bias-before-normalising",
    "2a.loss.not-averaged",
    "2a.forward.sign",
    "2a.backward.not-averaged",
    "2b.train_step.uphill",
    "2c.accuracy.of-ones",
    "2d.stopping.patience",
    "2d.stopping.every-step",
    "2e.shuffling.never",
    "3a.one_hot.whole-columns",
    "3a.loss.over-n-k",
    "3a.forward.wrong-axis",
    "3a.backward.overwritten",
    "3b.train_step.divided",
    "3c.accuracy.element-wise",
    "4b.penalty.missing",
)


def named(faults: tuple[Fault, ...]) -> list[object]:
    return [pytest.param(fault, id=fault.id) for fault in faults]


@cache
def fresh() -> Catalogue:
    """The catalogue worked out from the programs."""
    return compiled(COURSE, COURSE.oracle())


def test_there_are_at_least_sixty_named_mistakes() -> None:
    assert len(FAULTS) >= 60


def test_mistakes_have_ids_of_their_own_and_pieces_that_can_be_looked_at() -> None:
    ids = [fault.id for fault in FAULTS]
    assert len(set(ids)) == len(ids)
    assert {fault.piece for fault in FAULTS} <= PROBES.keys() & FUNCTIONS.keys()


def test_every_piece_that_can_be_looked_at_has_mistakes() -> None:
    counted = Counter(fault.piece for fault in FAULTS)
    assert min(counted[piece] for piece in PROBES) >= 5


@pytest.mark.parametrize("fault", named(FAULTS))
def test_a_mistake_is_told_in_one_line_each_without_code_to_copy(fault: Fault) -> None:
    for text in (fault.says, fault.fix):
        assert text == text.strip()
        assert "\n" not in text
        assert not text.endswith(".")
        assert not re.search(r"\bnp\.(mean|sum|exp|log|dot|argmax)\b|\breturn [a-z]+\(", text)


@pytest.mark.parametrize("fault", named(FAULTS))
def test_a_mistake_needs_numpy_and_its_parameters_alone(fault: Fault) -> None:
    tree = ast.parse(fault.source("piece"))
    stored = {
        n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    }
    stored |= {n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)}
    loaded = {
        n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)
    }
    allowed = {"np", "cross_entropy_loss", *dir(__builtins__), *__builtins__}
    assert loaded - stored <= allowed


@pytest.mark.parametrize("fault", named(FAULTS))
def test_a_mistake_can_be_put_into_the_sample(fault: Fault, tmp_path: Path) -> None:
    folder = sample_copy(tmp_path / "submission")
    file, function = FUNCTIONS[fault.piece]
    before = (folder / file).read_text("utf-8")
    inject(folder, fault)
    after = (folder / file).read_text("utf-8")
    assert after != before
    ast.parse(after)
    assert f"def {function.rpartition('.')[2]}(" in after


@pytest.mark.parametrize("fault", named(tuple(fault for fault in FAULTS if fault.after)))
def test_a_mistake_told_as_a_change_of_the_right_answer_is_that_change(fault: Fault) -> None:
    probe: Probe = PROBES[fault.piece]
    assert probe.truth is not None
    assert fault.after is not None
    for case in probe.fixed():
        world = next(iter(bare_worlds(COURSE.oracle(), fault.piece, fault.programs[0])))
        N, K = probe.size(case)
        seen = np.asarray(probe.observe(world, case)[probe.main], dtype=float)
        right = np.asarray(probe.truth(world, case), dtype=float)
        expected = np.asarray(fault.after(right, N, K))
        assert seen.shape == expected.shape
        assert np.allclose(seen, expected, rtol=1e-6, atol=1e-9)


def test_the_compiled_table_is_up_to_date() -> None:
    path = table_path(COURSE)
    assert path is not None
    assert same(Catalogue.load(path), fresh()), "run `gradus faults` to bring it up to date"


def test_the_compiled_table_holds_no_code() -> None:
    path = table_path(COURSE)
    assert path is not None
    with np.load(path, allow_pickle=False) as table:
        texts = [
            str(entry)
            for name in table
            for entry in table[name].ravel()
            if table[name].dtype.kind == "U"
        ]
    assert [text for text in texts if re.search(r"\bnp\.|\bdef \w+\(|self\.\w+ =", text)] == []


def test_a_catalogue_is_read_back_as_it_was_saved(tmp_path: Path) -> None:
    fresh().save(tmp_path / "faults.npz")
    assert same(Catalogue.load(tmp_path / "faults.npz"), fresh())


def test_no_mistake_is_taken_for_right() -> None:
    """An answer equal to the right one on all fixed cases would be named for any failure."""
    for piece, probe in PROBES.items():
        if probe.truth is None:
            continue
        for row in fresh().rows[piece]:
            right = []
            for number, case in enumerate(probe.fixed()):
                world = BareWorld(COURSE.oracle(), len)
                truth = fingerprint({probe.main: probe.truth(world, case)})
                same_kind = row.kinds[number].split("; ")[0] == truth.kind
                numbers = row.numbers[number]
                main = numbers[: len(truth.numbers)]
                others = numbers[len(truth.numbers) :]
                close = len(main) == len(truth.numbers) and bool(
                    np.all(np.abs(main - truth.numbers) <= truth.tolerance)
                )
                right.append(same_kind and close and len(others) == 0)
            assert not all(right), f"{row.faults} answers what is right"


def test_a_table_for_other_cases_names_nothing() -> None:
    row = fresh().rows["2a.loss"][0]
    seen = [fingerprint({"loss": float(numbers[0])}) for numbers in row.numbers]
    digest = fresh().digests["2a.loss"]
    assert fresh().named("2a.loss", seen, digest) == row.faults
    assert fresh().named("2a.loss", seen, "of other cases") is None


def test_a_course_without_programs_of_mistakes_has_none(tmp_path: Path) -> None:
    (tmp_path / "checks").mkdir()
    text = (ROOT / "checks" / "course.toml").read_text("utf-8")
    (tmp_path / "checks" / "course.toml").write_text(text, "utf-8")
    assert faults_of(Course(tmp_path)) == ()


@pytest.mark.parametrize("id", SOME)
def test_a_mistake_in_the_sample_is_caught_named_first_and_costs_nothing_elsewhere(id: str) -> None:
    line = line_of(ROOT, id)
    assert line.caught
    assert line.spilled == ()
    assert line.named[:1] == (id,)


def test_the_table_leaves_remarks_out_and_finds_what_any_grading_finds(tmp_path: Path) -> None:
    fault = next(fault for fault in FAULTS if fault.id == "2a.backward.not-averaged")
    folder = sample_copy(tmp_path / "submission")
    inject(folder, fault)
    found = []
    for remarks in (True, False):
        settings = Settings(shrink=False, remarks=remarks)
        result, _ = grade(COURSE, Submission("s", folder), COURSE.small_dataset(), settings)
        found.append(
            {check.id: check.verdict for check in result.checks if check.scored or not remarks}
        )
    assert found[0] == found[1]
    laws = fault_table.laws_of(COURSE)
    assert set(laws) < set(found[0])
    assert list(laws) == [id for id in found[0] if id in laws]


def test_the_written_table_has_every_mistake() -> None:
    text = (ROOT / "docs" / "faults.md").read_text("utf-8")
    assert [fault.id for fault in FAULTS if f"| `{fault.id}` |" not in text] == []


def test_laws_that_no_mistake_needs_are_few_and_have_a_reason() -> None:
    rules = COURSE.settings.diagnosis
    assert rules is not None
    assert len(rules.never_alone) <= 8
    listed = re.findall(
        r"^- `(.+?)`: (.+)$", (ROOT / "docs" / "faults.md").read_text("utf-8"), re.M
    )
    assert dict(listed) == {law: " ".join(why.split()) for law, why in rules.never_alone.items()}


def test_laws_are_counted_where_they_alone_catch_a_mistake() -> None:
    lines = (
        Line("1.a.x", "says", None, ("1.a.value", "1.a.rows"), (), ("1.a.x",)),
        Line("1.a.y", "says", "2 / 1", ("1.a.rows", "1.a.sums"), (), ("1.a.x",)),
    )
    assert sole_catchers(lines) == {"1.a.rows": 1}
    assert idle_laws(lines, ("1.a.value", "1.a.rows", "1.a.sums")) == ("1.a.sums",)


def test_the_table_tells_what_is_not_named_and_what_is_not_caught() -> None:
    lines = (
        Line("1.a.x", "says | so", "2 / 1", ("1.a.value",), (), ("1.a.x",)),
        Line("1.a.y", "says", None, (), ("2.b",), ("1.a.x",)),
    )
    text = as_markdown(lines, {"1.a.sums": "it needs no reference"}, "*Seen* in two places.")
    assert "| `1.a.x` | says \\| so | .value | first | 2 / 1 |" in text
    assert "| `1.a.y` | says | none | 1.a.x |  |" in text
    assert "1 cost points in another task" in text
    assert "- `1.a.sums`: it needs no reference" in text


def test_a_line_knows_whether_its_mistake_is_named_first() -> None:
    assert Line("a.b.c", "", None, (), (), ("a.b.c", "a.b.d")).is_named_first
    assert not Line("a.b.c", "", None, (), (), ()).is_named_first
    assert fault_table.BAD
