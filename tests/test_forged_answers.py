"""Answers that something in the worker made up: a protocol error or a law's verdict, and no more.

Every operation's answer is forged: well formed as a reply, but of other shapes, lengths, numbers or
texts than an honest one, or an error in its place. The grading that follows is the whole one, from
the first call to the files. GRADUS_FORGE_SECONDS=60 looks for a minute longer.
"""

from __future__ import annotations

import io
import itertools
import os
import pathlib
import re
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, seed, settings
from hypothesis import strategies as st
from rich.console import Console

import gradus.grading
import gradus.session
from checks import full, source
from checks.answers import FORMS
from checks.subject import MOST_BYTES, Subject
from gradus.answers import MOST_ENTRIES, NUMBERS, _projections, agree, fingerprint
from gradus.cohort.job import Job, grade_one
from gradus.commands.follow import Following
from gradus.course import Course
from gradus.forms import nbytes
from gradus.grading import Settings
from gradus.intake import Submission
from gradus.results import Result, Verdict
from gradus.sources import sources_of
from tests.forged_workers import ForgedWorker, Recording, Reply
from tests.forging import CHANGES, NONSENSE, TEXT, Path, changed_at, places
from tests.submissions import ROOT, SAMPLE, check, earned
from tests.test_safe_display import hidden

LONGER = float(os.environ.get("GRADUS_FORGE_SECONDS", "0"))
TASKS = {
    "load": ("2a", "2b", "2d", "3a", "3b", "4b"),
    "preprocess": ("2a",),
    "one_hot_encode": ("3a", "3b"),
    "loss": ("2a", "3a"),
    "new_model": ("2a", "3a"),
    "forward": ("2a", "3a"),
    "backward": ("2a", "3a", "4b"),
    "accuracy": ("2c", "3c"),
    "train_step": ("2b", "3b"),
    "validation_step": ("2b", "3b"),
    "batches": ("2e",),
    "scripted_training": ("2d",),
    "short_training": ("2b", "3b"),
    "real_step": ("2b", "3b", "4b"),
    "real_validation": ("2b", "3b"),
    "run_script": ("2b", "2c", "2e", "3b", "3c", "4b", "4c", "4e"),
    "binary_labels": ("2a", "2b"),
    "trained_labels": ("2a", "2b"),
    "full_training": ("4c",),
}
"""The operations, and the tasks whose laws call them."""
CHECKS = sorted((ROOT / "checks").glob("*.py"))
CALL = re.compile(r"\bcall\(\s*\"(\w+)\"")
REPLAYED = ("short_training", "real_step", "real_validation", "full_training")
"""Operations that are called for evidence alone."""
VALUES = {
    ("preprocess", "2a"): ((), "2a.preprocess"),
    ("loss", "2a"): ((), "2a.loss"),
    ("forward", "2a"): (("outputs",), "2a.forward"),
    ("backward", "2a"): (("grads", 0), "2a.backward"),
    ("train_step", "2b"): (("weights", 0), "2b.train_step"),
    ("accuracy", "2c"): (("accuracy",), "2c.accuracy"),
    ("scripted_training", "2d"): (("validated_at",), "2d.stopping"),
    ("batches", "2e"): (("epochs",), "2e.shuffling"),
    ("one_hot_encode", "3a"): ((), "3a.one_hot"),
    ("loss", "3a"): ((), "3a.loss"),
    ("forward", "3a"): (("outputs",), "3a.forward"),
    ("backward", "3a"): (("grads", 0), "3a.backward"),
    ("train_step", "3b"): (("weights", 0), "3b.train_step"),
    ("accuracy", "3c"): (("accuracy",), "3c.accuracy"),
    ("backward", "4b"): (("grads", 0), "4b.penalty"),
    ("run_script", "4c"): (("pictures",), "4c.plot"),
}
"""Where in an answer its value stands, and the piece that is worth nothing without it."""


# What is sent


def _mostly(*usual: Any) -> st.SearchStrategy[Any]:
    nonsense = st.sampled_from(sorted(NONSENSE)).map(lambda name: NONSENSE[name]())
    return st.one_of(st.sampled_from(usual), nonsense)


ERRORS = st.fixed_dictionaries(
    {
        "kind": _mostly("raised", "import", "blocked", "memory limit", "exited early", TEXT),
        "type": _mostly("ValueError", "NotImplementedError", "AttributeError", " ", TEXT),
        "message": _mostly("", "module 'numpy' has no attribute 'Inf'", TEXT),
        "file": _mostly("task2a.py", TEXT),
        "line": _mostly(3),
        "function": _mostly("forward"),
        "source": _mostly("x = 1"),
        "details": st.one_of(
            st.fixed_dictionaries(
                {name: _mostly("x", 1, True) for name in ("file", "line", "needs", "pending")}
            ),
            _mostly({}),
        ),
    }
)


@dataclass(frozen=True)
class Forgery:
    """What comes in place of the answers of an operation from its call number `first` on.

    An `error`, or the honest answer after `changes`: a place in it, by its path or counted from the
    whole, and the change there. With every call, counted places and changes move on by `step`.
    """

    operation: str
    changes: tuple[tuple[int | Path, str], ...] = ()
    error: dict[str, Any] | None = field(default=None, hash=False)
    first: int = 0
    step: int = 0

    def reply(self, honest: Reply, call: int) -> Reply:
        if call < self.first:
            return honest
        if self.error is not None:
            return {"ok": False, "error": self.error}
        names, value = list(CHANGES), honest["value"]
        for place, name in self.changes:
            paths, moved = places(value), call * self.step
            change = CHANGES[names[(names.index(name) + moved) % len(names)]]
            path = paths[(place + moved) % len(paths)] if isinstance(place, int) else place
            value = changed_at(value, path, change)
        return {"ok": True, "value": value}


CHANGED = st.lists(
    st.tuples(st.integers(0, 60), st.sampled_from(list(CHANGES))), min_size=1, max_size=3
)


def forged(operations: st.SearchStrategy[str]) -> st.SearchStrategy[Forgery]:
    changed = st.builds(
        Forgery,
        operation=operations,
        changes=CHANGED.map(tuple),
        first=st.sampled_from([0, 0, 1, 2, 5, 12]),
        step=st.sampled_from([0, 1]),
    )
    failed = st.builds(
        Forgery, operation=operations, error=ERRORS, first=st.sampled_from([0, 1, 3])
    )
    return st.one_of(changed, changed, failed)


SOME = st.lists(forged(st.sampled_from(sorted(TASKS))), min_size=1, max_size=3)
# Where loading is forged, modules are left out, and what they would answer with them.
EVERY = st.tuples(*(forged(st.just(name)) for name in sorted(TASKS) if name != "load")).map(list)


# What is done with it


class Bench:
    """Grades the sample by forged answers, and holds what comes of it to be sound."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.course = Course(ROOT)
        self.dataset = self.course.dataset("digits")
        self.recording = Recording()
        self.sources = sources_of(SAMPLE, self.course.settings.submission.modules)
        self.folder = folder

    def graded(
        self,
        forge: Callable[[str, Reply], Reply],
        task: str | None,
        *,
        long: bool = False,
        full: bool = False,
        shrink: bool = True,
    ) -> Result:
        results: list[Result] = []
        screen = io.StringIO()
        job = Job(
            submission=Submission("sample", SAMPLE),
            out=self.folder,
            folder="",
            settings=Settings(
                tasks=(task,) if task else None,
                long=long,
                full=full,
                jobs=1,
                shrink=shrink,
            ),
            isolation=None,  # type: ignore[arg-type]  # what the worker announces
            emit=("gradescope", "github", "classroom", "junit"),
        )
        with (
            pytest.MonkeyPatch.context() as patch,
            warnings.catch_warnings(),
            Following(Console(file=screen, width=100)) as following,
        ):
            warnings.simplefilter("error")
            patch.setattr(gradus.session, "Worker", partial(ForgedWorker, self.recording, forge))
            patch.setattr(gradus.grading, "sources_of", lambda *_: self.sources)

            def done(result: Result) -> None:
                results.append(result)
                following.finish(result)

            outcome = grade_one(job, self.course, self.dataset, following, done)
        assert outcome.status == "graded", outcome.sentence
        (result,) = results
        self._is_sound(result, screen.getvalue())
        return result

    def _is_sound(self, result: Result, shown: str) -> None:
        for law in result.checks:
            assert law.verdict is not Verdict.NOT_RUN, law
            assert not any(each.fault.endswith("not-diagnosed") for each in law.diagnosis), law
        written = (self.folder / "results.json").read_bytes()
        assert Result.from_json(written) == result
        assert hidden(shown) == set()
        for name in ("results.json", "report.md", "report.html", "summary.md", "gradescope.json"):
            assert hidden((self.folder / name).read_text("utf-8")) == set(), name
        ET.parse(self.folder / "junit.xml")


def forging(*forgeries: Forgery) -> Callable[[str, Reply], Reply]:
    """Replies forged by these, each operation's calls counted."""
    calls: dict[str, int] = {}

    def forge(name: str, honest: Reply) -> Reply:
        number = calls[name] = calls.get(name, -1) + 1
        for forgery in forgeries:
            if forgery.operation == name and honest["ok"]:
                honest = forgery.reply(honest, number)
        return honest

    return forge


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """Whole runs are two, of one epoch; labels are asked for in both ways."""
    every = full.plans
    with pytest.MonkeyPatch.context() as patch:
        chosen = ("binary-shuffled", "softmax-0.1")
        patch.setattr(full, "plans", lambda ls: tuple(p for p in every(ls) if p.id in chosen))
        patch.setattr(full, "NUM_EPOCHS", 1)
        patch.setattr(source, "may_convert", lambda paths: True)
        yield Bench(tmp_path_factory.mktemp("forged"))


drawn = settings(
    database=None,
    deadline=None,
    derandomize=not LONGER,
    suppress_health_check=list(HealthCheck),
)


def judged(bench: Bench, forgeries: list[Forgery], which: int, *, long: bool, shrink: bool) -> None:
    """Grade a task whose laws call the first forgery's operation."""
    operation = forgeries[0].operation
    task = TASKS[operation][which % len(TASKS[operation])]
    bench.graded(
        forging(*forgeries),
        task,
        long=long or operation in REPLAYED,
        full=operation == "full_training",
        shrink=shrink,
    )


WORST = {"type": "ValueError", "message": "m", "file": None, "line": None, "details": {}}
FOUND = {
    "loading that raises": ("2a", [Forgery("load", error=WORST)]),
    "an import at no line": (
        "3c",
        [
            Forgery(
                "accuracy", error={**WORST, "kind": "import", "details": {"file": "x", "line": {}}}
            )
        ],
    ),
    "a wait for an array": (
        "2d",
        [
            Forgery(
                "scripted_training",
                error={**WORST, "kind": "blocked", "details": {"pending": np.zeros(3)}},
            )
        ],
    ),
    "an exception without a name": (
        "2a",
        [Forgery("forward", error={**WORST, "type": " ", "message": ""})],
    ),
    "text in what a snippet is made of": (
        "2a",
        [
            Forgery("load", ((("constructors", "task2a"), "is text"),)),
            Forgery("forward", ((("outputs",), "all 0"),)),
        ],
    ),
    "truth values as gradients": ("4b", [Forgery("backward", ((("grads", 0), "all true"),))]),
    "a loss that is no number under a wrong gradient": (
        "2a",
        [
            Forgery("backward", ((("grads", 0), "counted"),)),
            Forgery("loss", (((), "is opaque"),)),
        ],
    ),
    "weights whose squares are infinite": (
        "4e",
        [Forgery("run_script", ((("runs", 0, "w"), "all large"), (("runs", 1, "w"), "all large")))],
    ),
    "infinite row numbers": (
        "2e",
        [Forgery("batches", ((("epochs", 0, "first"), "all inf"),))],
    ),
}
"""What was a fault of the harness, or worse: a task, and what is forged in it."""


@pytest.mark.parametrize("name", FOUND)
def test_what_was_a_fault_of_the_harness_is_a_verdict(name: str, bench: Bench) -> None:
    task, forgeries = FOUND[name]
    bench.graded(forging(*forgeries), task)


UNFIT = [
    ("2e.shuffling.value", Forgery("batches", ((("epochs", 0, name), "last left out"),)))
    for name in ("sizes", "widths", "first", "last", "labels")
]
UNFIT += [
    ("2e.shuffling.value", Forgery("batches", ((("epochs", 0, name), "none left"),)))
    for name in ("first", "last", "labels")
]
UNFIT += [
    ("2d.stopping.history", Forgery("scripted_training", ((("history", 1, "loss", name), change),)))
    for name, change in (("steps", "one fewer"), ("values", "one fewer"), ("steps", "none left"))
]


@pytest.mark.parametrize(("law", "forgery"), UNFIT)
def test_parts_that_do_not_fit_together_are_a_protocol_error(
    law: str, forgery: Forgery, bench: Bench
) -> None:
    found = check(bench.graded(forging(forgery), law.partition(".")[0]), law)
    assert found.verdict is Verdict.ERRORED
    assert str(found.message).startswith("protocol error: ")


def test_every_operation_is_forged() -> None:
    called = {name for path in CHECKS for name in CALL.findall(path.read_text("utf-8"))}
    assert called | set(FORMS) <= set(TASKS)


@settings(drawn, max_examples=12)
@given(forgeries=SOME, which=st.integers(0, 7), seldom=st.sampled_from(["", "", "", "shrink"]))
def test_no_answer_is_a_fault_of_the_harness(
    bench: Bench, forgeries: list[Forgery], which: int, seldom: str
) -> None:
    judged(bench, forgeries, which, long=False, shrink=seldom == "shrink")


@settings(drawn, max_examples=3)
@given(forgeries=EVERY)
def test_nor_are_forged_answers_to_every_call(bench: Bench, forgeries: list[Forgery]) -> None:
    bench.graded(forging(*forgeries), None, long=True, full=True, shrink=False)


@pytest.mark.skipif(not LONGER, reason="GRADUS_FORGE_SECONDS is not set")
def test_no_answer_is_a_fault_of_the_harness_however_long_one_looks(bench: Bench) -> None:
    @settings(drawn, max_examples=10)
    @given(st.one_of(SOME, EVERY), st.integers(0, 7), st.booleans(), st.booleans())
    def look(forgeries: list[Forgery], which: int, long: bool, shrink: bool) -> None:
        if len(forgeries) > 3:
            bench.graded(forging(*forgeries), None, long=long, full=long, shrink=shrink)
        else:
            judged(bench, forgeries, which, long=long, shrink=shrink)

    deadline = time.monotonic() + LONGER
    for number in itertools.count():
        if time.monotonic() > deadline:
            break
        seed(number)(look)()


@settings(drawn, max_examples=12)
@example(site=("preprocess", "2a"), nonsense="huge floats")
@given(site=st.sampled_from(list(VALUES)), nonsense=st.sampled_from(list(NONSENSE)))
def test_nonsense_in_an_answers_place_earns_nothing(
    bench: Bench, site: tuple[str, str], nonsense: str
) -> None:
    (operation, task), (path, piece) = site, VALUES[site]

    def forge(name: str, honest: Reply) -> Reply:
        if name != operation:
            return honest
        change = CHANGES[f"is {nonsense}"]
        return {"ok": True, "value": changed_at(honest["value"], path, change)}

    assert earned(bench.graded(forge, task, shrink=False))[piece] == 0


def test_large_answers_are_remembered_while_they_are_few() -> None:
    session = SimpleNamespace(submission=SAMPLE)
    subject = Subject(session, None, None)  # type: ignore[arg-type]
    for number in range(100):
        subject.remembered(number, None, lambda: {"grads": [np.zeros(1 << 20)]})
    kept = [answer for _, answer in subject._answers.values()]
    assert 0 < nbytes(kept) <= MOST_BYTES
    assert subject.remembered(99, None, lambda: None) is kept[-1]


def test_no_projections_are_made_of_what_no_answer_is_as_large_as() -> None:
    before = _projections.cache_info().misses
    seen = [fingerprint({"outputs": np.full(size, 1e300)}) for size in (MOST_ENTRIES + 1, 7)]
    assert _projections.cache_info().misses <= before + 1
    assert all(np.isfinite(each.numbers).all() for each in seen)
    assert not agree(seen[1], seen[1].kind, np.zeros(NUMBERS))
