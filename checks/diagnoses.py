"""How each piece is looked at when a law of it has failed: the same calls for a submission and for
a named mistake, on the same cases.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from checks import cases, diagnoses_training, source, tolerances
from checks.cases import AccuracyCase, LabelCase, LossCase, ModelCase, PixelCase
from checks.sites import FUNCTIONS
from checks.subject import Array, Subject
from gradus import expect
from gradus.answers import less
from gradus.catalogue import Observation, Probe

__all__ = ["FUNCTIONS", "PROBES", "World", "visible"]

SINGLE_STEP = 1e-5


class World:
    """A submission, as the probes see it."""

    def __init__(self, subject: Subject) -> None:
        self.oracle = subject.oracle
        self._subject = subject

    def targets(self, labels: Array) -> Array:
        """One-hot targets, as laws pass them."""
        return self._subject.targets(labels)

    def may_call_forward(self, task: str) -> bool:
        """Whether `forward` is known to raise or hang."""
        return self._subject.may_call_forward(task)

    def call(self, operation: str, **arguments: Any) -> Any:
        """The adapter's operation; StudentError where the submission raises."""
        return self._subject.session.call(operation, **arguments)


def visible(subject: Subject, piece: str) -> list[tuple[str, str, int]]:
    """(what, file, line) of mistakes that can be read off the piece's source."""
    file, function = FUNCTIONS[piece]
    path = subject.session.submission / file
    found = source.visible_mistakes(path, function)
    keeps = function.endswith(".backward")  # what it computes is kept, not returned
    return [(what, file, line) for what, line in found if not (keeps and what == "no-return")]


def _preprocessed(world: Any, case: PixelCase) -> Observation:
    return {"processed": world.call("preprocess", X=case.X)}


def _true_pixels(world: Any, case: PixelCase) -> Array:
    return cases.images_of(world.oracle.pixel_values(), case.X)


def _bias_first(observation: Observation) -> Observation:
    """The first column as the last one: the bias column may come first."""
    processed = observation.get("processed")
    if not isinstance(processed, np.ndarray) or processed.ndim != 2:
        return observation
    return {"processed": np.roll(processed, -1, axis=1)}


def _encoded(world: Any, case: LabelCase) -> Observation:
    encoded = world.call("one_hot_encode", Y=case.Y, num_classes=cases.CLASSES)
    return {"encoded": encoded}


def _loss(task: str, encode: bool) -> Probe:
    def targets_of(world: Any, case: LossCase) -> Array:
        targets: Array = world.targets(case.labels) if encode else case.labels
        return targets

    def observe(world: Any, case: LossCase) -> Observation:
        targets = targets_of(world, case)
        return {"loss": world.call("loss", task=task, targets=targets, outputs=case.outputs)}

    def truth(world: Any, case: LossCase) -> Array:
        return np.asarray(world.oracle.loss(task, targets_of(world, case), case.outputs))

    def slack(case: LossCase) -> float:
        """What an accepted epsilon in the logarithm may do to a sum over the images."""
        return len(case.labels) * tolerances.ACCEPTED_EPSILON / float(np.min(_ends(case)))

    return Probe(
        cases.SOFTMAX_LOSS if encode else cases.BINARY_LOSS,
        observe,
        truth,
        "loss",
        size=lambda case: case.outputs.shape,
        changes=("loss",),
        undone=((f"{'3a' if encode else '2a'}.loss.per-image", _averaged),),
        slack=slack,
    )


def _averaged(observation: Observation) -> Observation | None:
    """The mean of a loss that came for each image, (N,) or (N, 1)."""
    loss = observation.get("loss")
    if not isinstance(loss, np.ndarray) or not loss.size or loss.shape[1:] not in ((), (1,)):
        return None
    return {"loss": np.asarray(loss, dtype=np.float64).mean()}


def _ends(case: LossCase) -> Array:
    """How far each output is from 0 or 1, whichever is nearer where there are two classes."""
    if case.outputs.shape[1] == 1:
        return np.minimum(case.outputs, 1 - case.outputs)
    return case.outputs


def _forward(task: str) -> Probe:
    def observe(world: Any, case: ModelCase) -> Observation:
        done = world.call("forward", task=task, X=case.X, w=case.w, l2_reg_lambda=0.0)
        w = world.call("new_model", task=task, l2_reg_lambda=0.0)["w"]
        zeros = isinstance(w, np.ndarray) and not np.any(w)
        shape = np.array(w.shape, dtype=float) if isinstance(w, np.ndarray) else np.zeros(0)
        return {"outputs": done["outputs"], "starts at zero": float(zeros), "shape": shape}

    def truth(world: Any, case: ModelCase) -> Array:
        outputs: Array = world.oracle.forward(task, case.X, case.w)
        return outputs

    return Probe(
        _models(task),
        observe,
        truth,
        "outputs",
        size=_size_of_model,
        changes=("outputs",),
    )


def _models(task: str) -> Any:
    return cases.LOGISTIC if task == "task2a" else cases.SOFTMAX


def _size_of_model(case: ModelCase) -> tuple[int, int]:
    return len(case.X), case.w.shape[1]


def _called_backward(
    world: Any, task: str, case: ModelCase, l2_reg_lambda: float, times: int
) -> tuple[dict[str, Any], dict[str, Array]]:
    sent = {
        "X": case.X,
        "w": case.w,
        "outputs": world.oracle.forward(task, case.X, case.w),
        "targets": case.labels if task == "task2a" else world.targets(case.labels),
    }
    done = world.call(
        "backward",
        task=task,
        **sent,
        l2_reg_lambda=l2_reg_lambda,
        forward_first=world.may_call_forward(task),
        times=times,
    )
    return done, sent


def _backward(task: str) -> Probe:
    def observe(world: Any, case: ModelCase) -> Observation:
        done, sent = _called_backward(world, task, case, 0.0, 2)
        kept = [_unchanged(done["changed"], name, value) for name, value in sent.items()]
        return {"grad": done["grads"][0], "again": done["grads"][1], "kept": np.array(kept)}

    def truth(world: Any, case: ModelCase) -> Array:
        targets = case.labels if task == "task2a" else world.targets(case.labels)
        gradient: Array = world.oracle.gradient(task, case.X, case.w, targets)
        return gradient

    return Probe(
        _models(task),
        observe,
        truth,
        "grad",
        size=_size_of_model,
        changes=("grad", "again"),
        weights=lambda case: case.w,
        second_look=lambda world: _derivative(world, task),
    )


def _unchanged(changed: dict[str, Any], name: str, before: Array) -> float:
    after = changed.get(name, before)
    same = isinstance(after, np.ndarray) and after.shape == before.shape
    return float(same and np.array_equal(after, before))


def _penalty(world: Any, case: ModelCase) -> Observation:
    """What two values of lambda add to the gradient."""
    without = _called_backward(world, "task3a", case, 0.0, 1)[0]["grads"][0]
    seen = {}
    for name, value in (("penalty", case.l2_reg_lambda), ("more", 3 * case.l2_reg_lambda)):
        grad = _called_backward(world, "task3a", case, value, 1)[0]["grads"][0]
        seen[name] = less(grad, without)
    return seen


def _half_the_norm(observation: Observation) -> Observation:
    """The same for lambda ||w||^2: an edition has lambda / 2 times ||w||^2."""
    return {
        name: 2 * value if isinstance(value, np.ndarray) else value
        for name, value in observation.items()
    }


def _true_penalty(world: Any, case: ModelCase) -> Array:
    penalty: Array = world.oracle.penalty_gradient(case.w, case.l2_reg_lambda)
    return penalty


def _accuracy(task: str) -> Probe:
    def observe(world: Any, case: AccuracyCase) -> Observation:
        targets = case.labels if task == "task2" else world.targets(case.labels)
        done = world.call(
            "accuracy", task=task, X=case.X, targets=targets, outputs=case.outputs, w=case.w
        )
        kept = [
            _unchanged(done["changed"], "X", case.X),
            _unchanged(done["changed"], "targets", targets),
        ]
        return {"accuracy": done["accuracy"], "kept": np.array(kept)}

    return Probe(
        cases.BINARY_ACCURACY if task == "task2" else cases.SOFTMAX_ACCURACY,
        observe,
        lambda world, case: np.asarray(case.fraction),
        "accuracy",
        size=lambda case: case.outputs.shape,
        changes=("accuracy",),
    )


def _derivative(world: Any, task: str) -> str | None:
    """Whether the loss is right, and whether the gradient is the derivative of the student's own.

    Raises Violation where one of them is no number, or no array of them in the shape of w.
    Central differences of the submission's loss of its own outputs, along two directions, with the
    step 1e-5 for a direction of length 1.
    """
    case = _models(task).always[1]
    targets = case.labels if task == "task2a" else world.targets(case.labels)
    done, _ = _called_backward(world, task, case, 0.0, 1)
    grad = expect.has_shape(done["grads"][0], case.w.shape, "grad")

    def own_loss(w: Array) -> float:
        outputs = world.call("forward", task=task, X=case.X, w=w, l2_reg_lambda=0.0)["outputs"]
        loss = world.call("loss", task=task, targets=targets, outputs=outputs)
        return expect.one_number(expect.array(loss, "loss").reshape(-1)[:1], "loss")

    loss = own_loss(case.w)
    outputs = world.oracle.forward(task, case.X, case.w)
    right = abs(loss - world.oracle.loss(task, targets, outputs)) <= 1e-6 * max(1, abs(loss))
    follows = True
    for seed in (0, 1):
        direction = np.random.RandomState(seed).normal(size=case.w.shape)
        direction /= np.linalg.norm(direction)
        step = SINGLE_STEP * direction
        numerical = (own_loss(case.w + step) - own_loss(case.w - step)) / (2 * SINGLE_STEP)
        claimed = float(np.sum(grad * direction))
        follows &= abs(numerical - claimed) <= 1e-8 * max(1, abs(loss)) + 1e-6 * abs(numerical)
    if right and follows:
        return None
    if follows:
        return "derivative-of-a-wrong-loss"
    return "loss-right-gradient-wrong" if right else "loss-and-gradient-wrong"


PROBES: Mapping[str, Probe] = {
    "2a.preprocess": Probe(
        cases.IMAGES,
        _preprocessed,
        _true_pixels,
        "processed",
        size=lambda case: case.X.shape,
        changes=("processed",),
        views=(_bias_first,),
    ),
    "2a.loss": _loss("task2a", encode=False),
    "2a.forward": _forward("task2a"),
    "2a.backward": _backward("task2a"),
    "2c.accuracy": _accuracy("task2"),
    "3a.one_hot": Probe(
        cases.LABELS,
        _encoded,
        lambda world, case: world.oracle.one_hot(case.Y),
        "encoded",
        size=lambda case: (len(case.Y), cases.CLASSES),
        changes=("encoded",),
    ),
    "3a.loss": _loss("task3a", encode=True),
    "3a.forward": _forward("task3a"),
    "3a.backward": _backward("task3a"),
    "3c.accuracy": _accuracy("task3"),
    "4b.penalty": Probe(
        cases.SOFTMAX,
        _penalty,
        _true_penalty,
        "penalty",
        size=_size_of_model,
        changes=("penalty", "more"),
        views=(_half_the_norm,),
    ),
    **diagnoses_training.PROBES,
}
