"""Every snippet of the zoo's failing laws, run in the variant's folder: it shows what is told."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from gradus.results import Check, Verdict
from tests.zoo.broken import BROKEN
from tests.zoo.variants import build

RUN = """
import contextlib, io, json, sys, types
import numpy as np

sys.modules["matplotlib"] = types.ModuleType("matplotlib")
sys.modules["matplotlib.pyplot"] = types.ModuleType("matplotlib.pyplot")
sys.path.insert(0, "")
ours = set(sys.modules)
shown = []
for snippet in json.loads(sys.stdin.read()):
    for name in set(sys.modules) - ours:
        if not name.startswith("numpy"):
            del sys.modules[name]
    printed = io.StringIO()
    raised = None
    with contextlib.redirect_stdout(printed):
        try:
            exec(compile(snippet, "snippet", "exec"), {"__name__": "snippet"})
        except BaseException as error:
            raised = type(error).__name__
    shown.append([printed.getvalue(), raised])
print(json.dumps(shown), file=sys.__stdout__)
"""
SLOW = ("hang", "forever", "one-batch")

UNSEEDED = ("3a.forward.start.random",)
"""Weights that start at random: a student's own shell draws others than the worker did."""


def chosen() -> list[object]:
    """Variants whose snippets end, and end alike: what hangs has a limit only inside a worker."""
    kept = [v for v in BROKEN if not any(word in v.id for word in (*SLOW, *UNSEEDED))]
    return [pytest.param(variant, id=variant.id) for variant in kept]


def failing(checks: list[Check]) -> list[Check]:
    """Scored laws that failed on a case, with a snippet; what scripts draw is left to its tests."""
    return [
        check
        for check in checks
        if check.scored
        and check.verdict is Verdict.FAILED
        and check.counterexample is not None
        and "run_path" not in check.counterexample.snippet
    ]


@pytest.mark.parametrize("variant", chosen())
def test_the_snippets_of_a_mistake_show_what_is_told(zoo, variant, tmp_path: Path) -> None:
    checks = failing(list(zoo.result(variant).checks))
    if not checks:
        assert any(check.verdict is not Verdict.PASSED for check in zoo.result(variant).checks)
        return
    folder = build(variant, tmp_path / "submission")
    snippets = [check.counterexample.snippet for check in checks if check.counterexample]
    ran = subprocess.run(
        [sys.executable, "-c", RUN],
        input=json.dumps(snippets),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    shown = json.loads(ran.stdout.splitlines()[-1])
    for check, (printed, raised) in zip(checks, shown, strict=True):
        _shows(check, printed, raised)


def _shows(check: Check, printed: str, raised: str | None) -> None:
    """The snippet printed its `got`, and that is not what it should be."""
    example = check.counterexample
    assert example is not None
    told = f"{check.id}: printed {printed!r}, raised {raised}; told {example.got!r}"
    assert example.got != example.should_be, told
    if "print(" not in example.snippet:
        return
    if raised is not None:
        # What is missing altogether cannot be printed either.
        assert raised in ("AttributeError", "KeyError", "StopIteration", "TypeError"), told
        return
    assert "got" in printed, told
    value = printed[printed.rindex("got") + 3 :].strip()
    got, should = _number(example.got), _number(example.should_be)
    if got is not None and _number(value) is not None:
        assert np.isclose(_number(value), got, rtol=1e-8, atol=1e-12, equal_nan=True), told
    if should is not None and _number(value) is not None:
        assert not np.isclose(_number(value), should, rtol=1e-12, atol=0), told
    else:
        assert "".join(value.split()) != "".join(example.should_be.split()), told


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
