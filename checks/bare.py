"""A mistake's program in a submission's place: it answers the calls that a submission answers.

The rest is as bare as can be: a model is an object with weights, a trainer one with a model. So the
mistake alone decides the answer, and it is observed like any submission.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Iterator
from types import MethodType, SimpleNamespace
from typing import Any

import numpy as np

from checks.cases import CLASSES, INPUTS
from checks.training_cases import numbered
from gradus.worker.client import StudentError

Array = np.ndarray[Any, Any]
Program = Callable[..., Any]
FAILURES = (10, 11, 9)


class BareWorld:
    """One program, as the probes see a submission."""

    def __init__(self, oracle: Any, program: Program, failures: int = FAILURES[0]) -> None:
        self.oracle = oracle
        self._program = program
        self._failures = failures
        self._constructs = program.__name__.endswith("constructor")

    def targets(self, labels: Array) -> Array:
        """One-hot targets."""
        one_hot: Array = self.oracle.one_hot(labels)
        return one_hot

    def may_call_forward(self, task: str) -> bool:
        """Whether `forward` returns at all."""
        return True

    def call(self, operation: str, **arguments: Any) -> Any:
        """What the adapter's operation of this name would answer; StudentError where it raises."""
        given = {
            name: value.copy() if isinstance(value, np.ndarray) else value
            for name, value in arguments.items()
        }
        try:
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return getattr(self, f"_{operation}")(**given)
        except Exception as error:
            raise StudentError(
                kind="raised", type=type(error).__name__, message=str(error)
            ) from error

    def _preprocess(self, X: Array) -> Any:
        return self._program(X)

    def _one_hot_encode(self, Y: Array, num_classes: int) -> Any:
        return self._program(Y, num_classes)

    def _loss(self, task: str, targets: Array, outputs: Array) -> Any:
        return self._program(targets, outputs)

    def _forward(self, task: str, X: Array, w: Array, l2_reg_lambda: float) -> Any:
        if self._constructs:
            return {"outputs": self.oracle.forward(task, X, w)}
        return {"outputs": self._program(_model(w, l2_reg_lambda), X)}

    def _new_model(self, task: str, l2_reg_lambda: float) -> Any:
        model = _model(np.zeros((INPUTS, 1 if task == "task2a" else CLASSES)), l2_reg_lambda)
        if self._constructs:
            self._program(*([model] if task == "task2a" else [model, l2_reg_lambda]))
        return {"w": model.w, "grad": model.grad}

    def _backward(
        self,
        task: str,
        X: Array,
        w: Array,
        outputs: Array,
        targets: Array,
        l2_reg_lambda: float,
        forward_first: bool,
        times: int,
    ) -> Any:
        model = _model(w, l2_reg_lambda)
        grads = []
        for _ in range(times):
            self._program(model, X, outputs, targets)
            grads.append(model.grad.copy() if isinstance(model.grad, np.ndarray) else model.grad)
        after = {"X": X, "outputs": outputs, "targets": targets, "w": model.w}
        return {"grads": grads, "changed": after}

    def _accuracy(self, task: str, X: Array, targets: Array, outputs: Array, w: Array) -> Any:
        model = SimpleNamespace(forward=lambda X: outputs.copy(), w=w)
        result = self._program(X, targets, model)
        return {"accuracy": result, "changed": {"X": X, "targets": targets}}

    def _train_step(
        self,
        task: str,
        X: Array,
        Y: Array,
        outputs: Array,
        loss: float,
        grads: list[Array],
        w: Array,
        learning_rate: float,
        l2_reg_lambda: float = 0.0,
    ) -> Any:
        model = _model(w, l2_reg_lambda)
        calls: list[dict[str, Any]] = []

        def backward(self: Any, X: Array, outputs: Array, targets: Array) -> None:
            calls.append({"X": X, "outputs": outputs, "targets": targets})
            self.grad = grads[min(len(calls), len(grads)) - 1]

        model.forward = lambda X: outputs
        model.backward = MethodType(backward, model)
        trainer = SimpleNamespace(model=model, learning_rate=learning_rate, batch_size=len(X))
        losses, weights = [], []
        for _ in grads:
            losses.append(self._program(trainer, X, Y))
            weights.append(model.w.copy())
        return {"losses": losses, "weights": weights, "backward": calls[0] if calls else None}

    def _batches(
        self, N: int, columns: int, batch_size: int, shuffle: bool, epochs: int, seed: int
    ) -> Any:
        X, Y = numbered(N, columns)
        np.random.seed(seed)
        result = []
        for _ in range(epochs):
            drawn = [(x.copy(), y.copy()) for x, y in self._program(X, Y, batch_size, shuffle)]
            result.append(
                {
                    "sizes": [[len(x), len(y)] for x, y in drawn],
                    "widths": [[x.shape[1], y.shape[1]] for x, y in drawn],
                    "first": _joined([x[:, 0] for x, _ in drawn]),
                    "last": _joined([x[:, -1] for x, _ in drawn]),
                    "labels": _joined([y[:, 0] for _, y in drawn]),
                }
            )
        return {"epochs": result, "inputs": {"X": X[:, 0], "Y": Y[:, 0]}}

    def _scripted_training(self, losses: Array, num_batches: int, num_epochs: int) -> Any:
        interval, stops = num_batches // 5, self._stops
        if "num_batches" in inspect.signature(self._program).parameters:
            interval = self._program(num_batches)
        else:
            stops = self._program
        most = num_epochs * num_batches
        validated: list[int] = []
        for step in range(0, most, interval):
            if len(validated) == len(losses):
                return _trained(validated, step, False)
            validated.append(step + 1)
            if stops([float(loss) for loss in losses[: len(validated)]]):
                return _trained(validated, step + 1, True)
        return _trained(validated, most, True)

    def _stops(self, losses: list[float]) -> bool:
        best, failures = np.inf, 0
        for loss in losses:
            failures = 0 if loss < best else failures + 1
            best = min(best, loss)
        return failures >= self._failures


def bare_worlds(oracle: Any, piece: str, program: Program) -> Iterator[BareWorld]:
    """The program in a submission's place, once for each reading of what stands beside it."""
    beside = "num_batches" in inspect.signature(program).parameters
    for failures in FAILURES if beside else FAILURES[:1]:
        yield BareWorld(oracle, program, failures)


def _joined(columns: list[Array]) -> Array:
    """The columns of an epoch's batches one after another; of no batches an empty one."""
    return np.concatenate([np.zeros(0), *columns])


def _model(w: Array, l2_reg_lambda: float) -> SimpleNamespace:
    return SimpleNamespace(
        w=w, grad=None, I=INPUTS, l2_reg_lambda=l2_reg_lambda, num_outputs=CLASSES
    )


def _trained(validated: list[int], steps: int, returned: bool) -> dict[str, Any]:
    return {"validated_at": np.array(validated), "steps": steps, "returned": returned}
