"""What the assignment states for its derivations, and how typed ones are judged.

They begin from equations 1, 3, 4, 5 and 9 (`checks.equations`); what is to be derived from them is
nowhere, for numerical derivatives decide. A reading is one way to write them: one image or a batch,
indices or matrices, with the weights of a class in a row or in a column.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from checks import equations
from gradus.answers_toml import FILE, TypedDerivation
from gradus.derivations.judging import Judged, Question, judge
from gradus.derivations.readings import SAMPLES, Quantity, Reading, Values
from gradus.expect import ForAPerson
from gradus.results import Derivation

Array = np.ndarray[Any, Any]

# Different lengths, so that matrices in a wrong order do not fit by chance.
SIZES = {"inputs": 2, "classes": 3, SAMPLES: 4}

X, W, Y, YHAT, Z = ("x", "X"), ("w", "W", "theta"), ("y", "t"), ("yhat", "f", "p", "a"), ("z",)
LOSS = ("C", "L", "l", "E", "loss")
COUNT, PENALTY, STRENGTH = ("N",), ("R",), ("lambda",)
APPLIED = frozenset({*LOSS, *PENALTY, "J", "f", "yhat"})
OUTPUTS = frozenset({*X, *Y, *YHAT})

Shape = tuple[str | None, str | None] | None


def recognised(subject: Any, task: str) -> None:
    """Leave a task's derivation to a person unless it is typed and complete."""
    found = _derivation(subject, task)
    if found.verdict != "not typed" or subject.answers.present:
        subject.derivations[task] = found
    if found.verdict != "complete":
        raise ForAPerson(f"for a person: {found.message}")


def _derivation(subject: Any, task: str) -> Derivation:
    """A task's derivation, judged line by line."""
    answers = subject.answers
    if task not in answers.derivations:
        message = answers.problem or f"`{FILE}` states no derivation of task {task}"
        return Derivation(id=task, task=task, verdict="not typed", message=message)
    judged = _judged(answers.derivations[task], task, subject.session.seed)
    return Derivation(
        id=task,
        task=task,
        verdict="complete" if judged.lacks is None else "incomplete",
        lines=judged.lines,
        message=judged.lacks,
    )


@lru_cache(maxsize=64)
def _judged(typed: TypedDerivation, task: str, seed: int) -> Judged:
    """Judged once for all submissions that type the same, which a class's variants of one do."""
    return judge(typed, QUESTIONS[task], seed)


# Logistic regression: equations 1 and 3


def _sigmoid(values: Values) -> Array:
    return equations.equation_1(values["z"])


def _binary_loss(values: Values) -> Array:
    return equations.equation_3(values["y"], values["yhat"])


def _mean(values: Values) -> Array:
    result: Array = values["C^n"].mean(axis=-1)
    return result


def _number_of_samples(values: Values) -> Array:
    return np.full(len(values["x"]), float(SIZES[SAMPLES]))


def _logistic_image(penalty: float | None = None) -> Reading:
    """One image: x and w are columns, everything else is a number."""

    def draw(random: np.random.Generator, points: int) -> dict[str, Array]:
        shape = (points, SIZES["inputs"])
        return {
            "x": random.uniform(-1.5, 1.5, shape).round(2),
            "w": random.normal(0, 1, shape).round(2),
            "y": random.uniform(0.05, 0.95, points).round(2),
            **_drawn_strength(random, points, penalty),
        }

    return Reading(
        says="one image",
        sizes={"inputs": SIZES["inputs"]},
        quantities=(
            Quantity("x", X, ("inputs",), None, ("inputs", None)),
            Quantity("w", W, ("inputs",), None, ("inputs", None)),
            Quantity("y", Y),
            Quantity("z", Z, (), lambda v: (v["w"] * v["x"]).sum(axis=-1)),
            Quantity("yhat", YHAT, (), _sigmoid),
            Quantity("C", LOSS, (), _binary_loss),
            *_penalised(penalty),
        ),
        draw=draw,
        objective="C" if penalty is None else "J",
        variable="w",
    )


def _logistic_batch(implied: bool, penalty: float | None = None) -> Reading:
    """A batch: X is a matrix and y a column, or `implied`: each means the image at hand."""
    one: Shape = None if implied else (SAMPLES, None)

    def draw(random: np.random.Generator, points: int) -> dict[str, Array]:
        N, inputs = SIZES[SAMPLES], SIZES["inputs"]
        return {
            "x": random.uniform(-1.5, 1.5, (points, N, inputs)).round(2),
            "w": random.normal(0, 1, (points, inputs)).round(2),
            "y": random.uniform(0.05, 0.95, (points, N)).round(2),
            **_drawn_strength(random, points, penalty),
        }

    return Reading(
        says="a batch, image by image" if implied else "a batch",
        sizes={"inputs": SIZES["inputs"], SAMPLES: SIZES[SAMPLES]},
        quantities=(
            Quantity("x", X, (SAMPLES, "inputs"), None, _rows(implied, "inputs")),
            Quantity("w", W, ("inputs",), None, ("inputs", None)),
            Quantity("y", Y, (SAMPLES,), None, one),
            Quantity("N", COUNT, (), _number_of_samples, constant=True),
            Quantity("z", Z, (SAMPLES,), lambda v: np.einsum("pni,pi->pn", v["x"], v["w"]), one),
            Quantity("yhat", YHAT, (SAMPLES,), _sigmoid, one),
            Quantity("C^n", ("C^n",), (SAMPLES,), _binary_loss),
            Quantity("C", LOSS, (), _mean),
            *_penalised(penalty),
        ),
        draw=draw,
        objective="C" if penalty is None else "J",
        variable="w",
        labelled={"C": "C^n"},
    )


def _rows(implied: bool, axis: str) -> Shape:
    return (axis, None) if implied else (SAMPLES, axis)


# Softmax regression: equations 4, 5 and 9


def _softmax(values: Values) -> Array:
    return equations.equation_4(values["z"])


def _cross_entropy(values: Values) -> Array:
    return equations.equation_5(values["y"], values["yhat"])


def _targets(random: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Rows (*shape, K) that add up to 1, as one-hot rows do."""
    return random.dirichlet(np.ones(SIZES["classes"]), shape)


def _softmax_image(columns: bool, penalty: float | None = None) -> Reading:
    """One image; the weights of a class are a row of w, or one of its `columns`."""

    def draw(random: np.random.Generator, points: int) -> dict[str, Array]:
        return {
            "x": random.uniform(-1.5, 1.5, (points, SIZES["inputs"])).round(2),
            "w": random.normal(0, 1, (points, SIZES["classes"], SIZES["inputs"])).round(2),
            "y": _targets(random, (points,)),
            **_drawn_strength(random, points, penalty),
        }

    return Reading(
        says="one image",
        sizes={name: SIZES[name] for name in ("inputs", "classes")},
        quantities=(
            Quantity("x", X, ("inputs",), None, ("inputs", None)),
            _weights(columns),
            Quantity("y", Y, ("classes",), None, ("classes", None)),
            Quantity("z", Z, ("classes",), _logits("pi,pki->pk"), ("classes", None)),
            Quantity("yhat", YHAT, ("classes",), _softmax, ("classes", None)),
            Quantity("C", LOSS, (), _cross_entropy),
            *_penalised(penalty),
        ),
        draw=draw,
        objective="C" if penalty is None else "J",
        variable="w",
    )


def _softmax_batch(columns: bool, implied: bool, penalty: float | None = None) -> Reading:
    """A batch: X, y and yhat are matrices, or `implied`: each means the image at hand."""
    one = _rows(implied, "classes")

    def draw(random: np.random.Generator, points: int) -> dict[str, Array]:
        N, inputs, classes = SIZES[SAMPLES], SIZES["inputs"], SIZES["classes"]
        return {
            "x": random.uniform(-1.5, 1.5, (points, N, inputs)).round(2),
            "w": random.normal(0, 1, (points, classes, inputs)).round(2),
            "y": _targets(random, (points, N)),
            **_drawn_strength(random, points, penalty),
        }

    return Reading(
        says="a batch, image by image" if implied else "a batch",
        sizes=SIZES,
        quantities=(
            Quantity("x", X, (SAMPLES, "inputs"), None, _rows(implied, "inputs")),
            _weights(columns),
            Quantity("y", Y, (SAMPLES, "classes"), None, one),
            Quantity("N", COUNT, (), _number_of_samples, constant=True),
            Quantity("z", Z, (SAMPLES, "classes"), _logits("pni,pki->pnk"), one),
            Quantity("yhat", YHAT, (SAMPLES, "classes"), _softmax, one),
            Quantity("C^n", ("C^n",), (SAMPLES,), _cross_entropy),
            Quantity("C", LOSS, (), _mean),
            *_penalised(penalty),
        ),
        draw=draw,
        objective="C" if penalty is None else "J",
        variable="w",
        labelled={"C": "C^n"},
    )


def _weights(columns: bool) -> Quantity:
    bare = ("inputs", "classes") if columns else ("classes", "inputs")
    return Quantity("w", W, ("classes", "inputs"), None, bare)


def _logits(subscripts: str) -> Any:
    return lambda values: np.einsum(subscripts, values["x"], values["w"])


def _drawn_strength(
    random: np.random.Generator, points: int, penalty: float | None
) -> Mapping[str, Array]:
    return {} if penalty is None else {"lambda": random.uniform(0.2, 1.5, points).round(2)}


def _sum_of_all(values: Array) -> Array:
    """(points,) sums of values (points, ...)."""
    result: Array = values.reshape(len(values), -1).sum(axis=1)
    return result


def _penalised(penalty: float | None) -> tuple[Quantity, ...]:
    """lambda, R = `penalty` times the sum of all squared weights, and J (equation 9)."""
    if penalty is None:
        return ()
    return (
        Quantity("lambda", STRENGTH, (), constant=True),
        Quantity("R", PENALTY, (), lambda v: penalty * _sum_of_all(equations.equation_9(v["w"]))),
        Quantity("J", ("J",), (), lambda v: v["C"] + v["lambda"] * v["R"]),
    )


# Two editions of equation 9: R is the sum of squares, or half of it.
PENALTIES = (1.0, 0.5)

QUESTIONS = {
    "1a": Question(
        readings=(_logistic_image(), _logistic_batch(False), _logistic_batch(True)),
        result=OUTPUTS,
        states="C as equation 3 does",
        counts=frozenset(COUNT),
        applied=APPLIED,
    ),
    "1b": Question(
        readings=(
            _softmax_image(True),
            _softmax_image(False),
            *(_softmax_batch(columns, False) for columns in (True, False)),
            _softmax_batch(True, True),
        ),
        result=OUTPUTS,
        states="C as equation 5 does",
        counts=frozenset(COUNT),
        applied=APPLIED,
    ),
    "4a": Question(
        readings=tuple(
            reading
            for penalty in PENALTIES
            for reading in (
                _softmax_image(True, penalty),
                _softmax_batch(True, False, penalty),
                _softmax_image(False, penalty),
                _softmax_batch(False, False, penalty),
                _softmax_batch(True, True, penalty),
                _logistic_image(penalty),
                _logistic_batch(False, penalty),
                _logistic_batch(True, penalty),
            )
        ),
        result=OUTPUTS | frozenset({*W, *STRENGTH}),
        states="J as equation 9 does",
        counts=frozenset(COUNT),
        applied=APPLIED,
        sum_rule=True,
    ),
}
