"""The submission as laws see it: its functions as methods, on the grader's side of the trust line.

Each method makes one round trip to the worker, notes the call as a student would write it (for the
counterexample) and returns what came back, unjudged: laws judge. What honest submissions do in
different ways is measured here once, and kept under `conventions`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from contextlib import suppress
from functools import cached_property
from typing import Any

import numpy as np

from checks import cases, scripts, source, tolerances
from checks.equations import STATED
from checks.training_cases import PLAIN_SCRIPTS, StoppingCase
from gradus import answers_toml, expect
from gradus.counterexample import Trace
from gradus.expect import Violation
from gradus.forms import nbytes
from gradus.session import Session
from gradus.subject import BaseSubject
from gradus.worker.client import StudentError, WorkerFailure

Array = np.ndarray[Any, Any]

MODELS = {"task2a": "BinaryModel", "task3a": "SoftmaxModel"}
LABELS_PASS_THROUGH = ("task2.py", "trainer.py")
MOST_ANSWERS = 1_500
MOST_BYTES = 128 << 20
PENALTIES = {2.0: "lambda ||w||^2", 1.0: "lambda / 2 ||w||^2"}
"""The editions' penalties, by how many times half of ||w||^2 they are."""


class Subject(BaseSubject):
    """One submission, for the laws of one run."""

    def __init__(self, session: Session, oracle: Any, dataset: Any) -> None:
        super().__init__(session, oracle, dataset)
        self.answers = answers_toml.read(session.submission)
        self.measured: dict[str, Any] = {}
        self.memory: dict[str, Any] = {}
        self._targets: dict[bytes, Array] = {}
        self.one_hot_works = True
        self._forward_unusable: set[str] = set()
        self._answers: dict[Hashable, tuple[object, Any]] = {}
        self._answers_bytes = 0
        self._scripts: dict[str, scripts.Script] = {}

    @property
    def conventions(self) -> dict[str, Any]:
        """Which of the accepted ways this submission goes, as far as laws had to know."""
        found = dict(self.measured)
        stand_ins = [n for n in self.session.manifest.get("stand_ins", ()) if n != "matplotlib"]
        if stand_ins:
            found["modules that were stood in for"] = sorted(stand_ins)
        return found

    # Preprocessing and labels

    def preprocess(self, X: Array) -> Any:
        """`pre_process_images(X)`, in the trace as `processed`."""
        name = self.trace.input("X", X)
        self._note("task2a", "pre_process_images", "processed", f"pre_process_images({name})")
        return self.remembered(
            ("preprocess", id(X)), X, lambda: self.session.call("preprocess", X=X)
        )

    def one_hot_encode(self, Y: Array) -> Any:
        """`one_hot_encode(Y, 10)`, in the trace as `encoded`."""
        name = self.trace.input("Y", Y)
        call = f"one_hot_encode({name}, {cases.CLASSES})"
        self._note("task3a", "one_hot_encode", "encoded", call)
        try:
            return self.remembered(
                ("one_hot_encode", id(Y)),
                Y,
                lambda: self.session.call("one_hot_encode", Y=Y, num_classes=cases.CLASSES),
            )
        except WorkerFailure:
            self.one_hot_works = False
            raise

    @cached_property
    def bias_column(self) -> int:
        """Where `pre_process_images` puts the bias: 784, or 0 where it comes first.

        Decided on an image whose first and last pixels are black, so that no pixel looks like 1.
        """
        processed = self.session.call("preprocess", X=np.zeros((2, cases.PIXELS), np.uint8))
        column = cases.BIAS
        if isinstance(processed, np.ndarray) and processed.shape == (2, cases.INPUTS):
            last, first = processed[:, -1], processed[:, 0]
            if np.all(first == 1) and not np.all(last == 1):
                column = 0
        self.measured["bias column"] = "first" if column == 0 else "last"
        return column

    @cached_property
    def pixel_values(self) -> Array:
        """(256,) what each grey level should become: -1 to 1, or -1 for 0 and 0 for 128."""
        table: Array = self.oracle.pixel_values()
        halves: Array = self.oracle.other_pixel_values()
        black = self.session.call("preprocess", X=np.zeros((2, cases.PIXELS), np.uint8))
        white = self.session.call("preprocess", X=np.full((2, cases.PIXELS), 255, np.uint8))
        pixel = 1 if self.bias_column == 0 else 0
        if _entry_is(black, (0, pixel), halves[0]) and _entry_is(white, (0, pixel), halves[255]):
            self.measured["pixels"] = "0 becomes -1, 128 becomes 0"
            return halves
        self.measured["pixels"] = "0 becomes -1, 255 becomes 1"
        return table

    @cached_property
    def label_dtype(self) -> np.dtype[Any]:
        """What the labels of task 2 are: uint8, or what the submission makes of them.

        That is in its own loading, or in its script before it trains. Code that is right for the
        signed or float labels its author has may not be for uint8, where 0 - 1 is 255.
        """
        ways = ["binary_labels"]
        if source.may_convert(self.session.submission / name for name in LABELS_PASS_THROUGH):
            ways.append("trained_labels")
        for operation in ways:
            try:
                answer = self.session.call(operation)
            except (StudentError, WorkerFailure):
                continue
            own = answer if isinstance(answer, list) else [answer]
            dtypes = {labels.dtype for labels in own if _are_wide_labels(labels)}
            if len(dtypes) == 1 and all(map(_are_wide_labels, own)):
                (dtype,) = dtypes
                trained = f"given to training as {dtype.name}"
                loaded = f"loaded as {dtype.name}"
                self.measured["labels of task 2"] = trained if isinstance(answer, list) else loaded
                return dtype
        return np.dtype(np.uint8)

    def binary_targets(self, labels: Array) -> Array:
        """Labels (N, 1) of task 2 as the submission has them; one array for equal labels."""
        if labels.dtype == self.label_dtype:
            return labels
        key = b"binary" + labels.tobytes()
        return self._targets.setdefault(key, labels.astype(self.label_dtype))

    def targets(self, labels: Array) -> Array:
        """One-hot targets: the submission's own encoding where it is right, else the oracle's.

        Some losses are right only for the dtype that their author's encoding has.
        """
        key = labels.tobytes()
        if key not in self._targets:
            right: Array = self.oracle.one_hot(labels)
            self._targets[key] = self._own_encoding(labels, right)
        return self._targets[key]

    def _own_encoding(self, labels: Array, right: Array) -> Array:
        if self.one_hot_works:
            try:
                own = self.session.call("one_hot_encode", Y=labels, num_classes=cases.CLASSES)
            except (StudentError, WorkerFailure):
                own = None
            numeric = isinstance(own, np.ndarray) and own.dtype.kind in "biuf"
            if numeric and own.shape == right.shape and np.array_equal(own, right):
                return own
            self.one_hot_works = False
        return right

    # Losses

    def loss(self, task: str, targets: Array, outputs: Array) -> Any:
        """`cross_entropy_loss(targets, outputs)`, in the trace as `loss`."""
        if task == "task2a":
            targets = self.binary_targets(targets)
        names = [self.trace.input("targets", targets), self.trace.input("outputs", outputs)]
        call = f"cross_entropy_loss({', '.join(names)})"
        self._note(task, "cross_entropy_loss", "loss", call)
        return self.remembered(
            ("loss", task, id(targets), id(outputs)),
            (targets, outputs),
            lambda: self.session.call("loss", task=task, targets=targets, outputs=outputs),
        )

    # Models

    def new_model(self, task: str) -> dict[str, Any]:
        """`w` and `grad` of a model as constructed, in the trace as `model`."""
        self.note_model(task, 0.0)
        result: dict[str, Any] = self.session.call("new_model", task=task, l2_reg_lambda=0.0)
        return result

    def forward(self, task: str, X: Array, w: Array, source: dict[str, str] | None = None) -> Any:
        """`outputs` of `model.forward(X)` with weights w."""
        known = source or {}
        X_name = self.trace.input("X", X, known.get("X"))
        w_name = self.trace.input("w", w, known.get("w"))
        model = self.note_model(task, 0.0, w_name)
        self.trace.line(f"{self.trace.fresh('outputs')} = {model}.forward({X_name})")
        try:
            result = self.remembered(
                ("forward", task, id(X), id(w)),
                (X, w),
                lambda: self.session.call("forward", task=task, X=X, w=w, l2_reg_lambda=0.0),
            )
        except (StudentError, WorkerFailure):
            self._forward_unusable.add(task)
            raise
        return result["outputs"]

    def backward(
        self,
        task: str,
        case: cases.ModelCase,
        *,
        l2_reg_lambda: float = 0.0,
        rows: slice | list[int] = slice(None),
        times: int = 1,
    ) -> dict[str, Any]:
        """`grads` after each of `times` calls of `model.backward`, and `changed` inputs.

        The outputs are the true ones for X and w, so that no mistake in `forward` counts twice.
        In the trace the gradient is `grad`, read off after the last call.
        """
        X, labels = case.X[rows], case.labels[rows]
        outputs = self.oracle.forward(task, X, case.w)
        targets = self.binary_targets(labels) if task == "task2a" else self.targets(labels)
        whole = isinstance(rows, slice) and rows == slice(None)
        names = {
            "X": self.trace.input("X", X, case.source.get("X") if whole else None),
            "w": self.trace.input("w", case.w, case.source.get("w")),
            "targets": self.trace.input("targets", targets),
        }
        stated = STATED[task].format(X=names["X"], w=names["w"])
        names["outputs"] = self.trace.input("outputs", outputs, stated)
        model = self.note_model(task, l2_reg_lambda, names["w"])
        forward_first = task not in self._forward_unusable
        if forward_first:
            self.trace.line(f"{model}.forward({names['X']})")
        for _ in range(times):
            call = f"{names['X']}, {names['outputs']}, {names['targets']}"
            self.trace.line(f"{model}.backward({call})")
        self.trace.line(f"{self.trace.fresh('grad')} = {model}.grad")
        sent = {"X": X, "w": case.w, "outputs": outputs, "targets": targets}
        result: dict[str, Any] = self.remembered(
            ("backward", task, id(case), str(rows), l2_reg_lambda, times),
            case,
            lambda: self.session.call(
                "backward",
                task=task,
                **sent,
                l2_reg_lambda=l2_reg_lambda,
                forward_first=forward_first,
                times=times,
            ),
        )
        return {**result, "sent": sent}

    @cached_property
    def l2_coefficient(self) -> float:
        """2 where the penalty is lambda ||w||^2, 1 where the submission has half of it, else 2."""
        added, w = self._added_by_lambda
        if added is not None:
            whole = self.oracle.penalty_gradient(w, 0.5)
            measured = 2 * float(np.vdot(added, whole) / np.vdot(whole, whole))
            for coefficient, penalty in PENALTIES.items():
                if abs(measured - coefficient) < tolerances.COEFFICIENT:
                    self.measured["L2 penalty"] = penalty
                    return coefficient
        return 2.0

    @property
    def regularises_in_backward(self) -> bool:
        """Whether lambda changes what `backward` sets; False too where that cannot be measured."""
        try:
            added, _ = self._added_by_lambda
        except (StudentError, WorkerFailure):
            return False
        return added is not None and bool(np.any(added))

    @cached_property
    def _added_by_lambda(self) -> tuple[Array | None, Array]:
        """What lambda 0.5 adds to a gradient, None where that has another shape, and the weights.

        Raises what `backward` raises, at each asking, but calls it once: the case is kept.
        """
        case = self._case_for_lambda
        w = case.w
        kept, self.trace = self.trace, Trace()
        grads = [
            self.backward("task3a", case, l2_reg_lambda=value)["grads"][0] for value in (0.0, 0.5)
        ]
        self.trace = kept  # where measuring raised, its own calls are what shows why
        try:
            without, with_penalty = (expect.has_shape(grad, w.shape, "grad") for grad in grads)
        except Violation:
            return None, w
        return expect.difference(with_penalty, without), w

    @cached_property
    def _case_for_lambda(self) -> cases.ModelCase:
        """Three rows, so that a penalty divided by the batch size is none of the accepted ones."""
        X = np.zeros((3, cases.INPUTS))
        X[:, cases.BIAS] = 1
        w = np.zeros((cases.INPUTS, cases.CLASSES))
        w[5, 2], w[700, 9], w[cases.BIAS, 4] = 1.0, -2.0, 0.5
        return cases.ModelCase(X, w, np.zeros((3, 1), np.uint8), 0.0, (5, 700, cases.BIAS))

    def may_call_forward(self, task: str) -> bool:
        """Whether `forward` of this task's model has neither raised nor hung so far."""
        return task not in self._forward_unusable

    # Accuracy

    def accuracy(self, task: str, case: cases.AccuracyCase, rows: list[int] | None = None) -> Any:
        """`calculate_accuracy` with a scripted model, in the trace as `accuracy`."""
        return self.accuracy_and_changes(task, case, rows)["accuracy"]

    def accuracy_and_changes(
        self, task: str, case: cases.AccuracyCase, rows: list[int] | None = None
    ) -> dict[str, Any]:
        """`accuracy`, what was `sent`, and the inputs of it that are `changed` after the call."""
        chosen = list(range(len(case.X))) if rows is None else rows
        X, outputs, labels = case.X[chosen], case.outputs[chosen], case.labels[chosen]
        targets = self.binary_targets(labels) if task == "task2" else self.targets(labels)
        model_task = "task2a" if task == "task2" else "task3a"
        names = [self.trace.input("X", X), self.trace.input("targets", targets)]
        identity = "{name} = np.zeros((785, 10))\n{name}[:10] = -np.eye(10)"
        w_name = self.trace.input("w", case.w, identity if task == "task3" else None)
        model = self.note_model(model_task, 0.0, w_name)
        stated = STATED[model_task].format(X=names[0], w=w_name)
        outputs_name = self.trace.input("outputs", outputs, stated)
        self.trace.line(f"{model}.forward = lambda X: {outputs_name}")
        call = f"calculate_accuracy({', '.join(names)}, {model})"
        self._note(task, "calculate_accuracy", "accuracy", call)
        result: dict[str, Any] = self.remembered(
            ("accuracy", task, id(case), str(rows)),
            case,
            lambda: self.session.call(
                "accuracy", task=task, X=X, targets=targets, outputs=outputs, w=case.w
            ),
        )
        return {**result, "sent": {"X": X, "targets": targets}}

    # Training

    def scripted_training(self, case: StoppingCase) -> dict[str, Any]:
        """The submission's own `train`, whose validations find the losses of the case."""
        result: dict[str, Any] = self.remembered(
            ("scripted_training", case),
            case,
            lambda: self.session.call(
                "scripted_training",
                losses=np.array(case.losses),
                num_batches=case.num_batches,
                num_epochs=case.epochs,
            ),
        )
        return result

    # Scripts

    def script(self, module: str) -> scripts.Script:
        """What `module`.py trains and draws when it is run as a script; run once.

        A `train` that hangs would take all the time that a script may: it is tried alone first,
        and then a script gets the usual time (see `times`). Its own laws ask for the same answer.
        """
        self.trace.import_from("runpy", "run_path")
        self.trace.line(f'run_path("{module}.py", run_name="__main__")')
        if module not in self._scripts:
            with suppress(StudentError, WorkerFailure):
                self.scripted_training(PLAIN_SCRIPTS[0])
            self._scripts[module] = scripts.run(self.session, module)
        return self._scripts[module]

    # What the engine asks

    def place(self, violation: Violation) -> str | None:
        """What an index of a gradient or weight means, in words."""
        if not violation.index or violation.name is None:
            return None
        if violation.name.split("_")[0] not in ("grad", "processed"):
            return None
        if violation.name.startswith("processed"):
            return None
        row, *column = violation.index
        what = "the bias" if row == cases.BIAS else f"pixel {row}"
        many_classes = bool(column) and "task3a" in " ".join(self.trace.imports)
        return what + (f", class {column[0]}" if many_classes else "")

    def remembered(self, key: Hashable, kept: object, call: Callable[[], Any]) -> Any:
        """The answer to a call, made once: laws share cases, and calls are seeded by their name.

        A call that took the worker with it is not made again either: it would do so again.
        `kept` is what the key's ids belong to; holding it keeps the ids from being used again. The
        oldest answers are forgotten, so that neither shrinking nor large answers fill the memory.
        """
        if key not in self._answers:
            try:
                self._answers[key] = (kept, call())
            except WorkerFailure as failure:
                self._answers[key] = (kept, failure)
            self._answers_bytes += nbytes(self._answers[key][1])
        answer = self._answers[key][1]
        while len(self._answers) > MOST_ANSWERS or self._answers_bytes > MOST_BYTES:
            _, forgotten = self._answers.pop(next(iter(self._answers)))
            self._answers_bytes -= nbytes(forgotten)
        if isinstance(answer, WorkerFailure):
            raise answer
        return answer

    def _note(self, module: str, function: str, result: str, call: str) -> None:
        self.trace.import_from(module, function)
        self.trace.line(f"{self.trace.fresh(result)} = {call}")

    def note_model(self, task: str, l2_reg_lambda: float, w: str | None = None) -> str:
        """Note how a model is made, with weights `w`; returns its variable."""
        self.trace.import_from(task, MODELS[task])
        model = self.trace.fresh("model")
        call = self.session.manifest["constructors"][task]
        self.trace.line(f"{model} = {call.replace('{lambda}', str(l2_reg_lambda))}")
        if w is not None:
            self.trace.line(f"{model}.w = {w}")
        return model


def _are_wide_labels(value: Any) -> bool:
    """Whether these are labels 0 and 1 of a dtype that has negative numbers too."""
    return (
        isinstance(value, np.ndarray)
        and value.dtype.kind in "if"
        and bool(np.isin(value, (0, 1)).all())
    )


def _entry_is(value: Any, index: tuple[int, int], should: float) -> bool:
    """Whether a result has this entry, within a pixel's tolerance."""
    if not isinstance(value, np.ndarray) or value.shape != (2, cases.INPUTS):
        return False
    if value.dtype.kind not in "biuf":
        return False
    return bool(abs(float(value[index]) - should) < tolerances.PIXEL_SINGLE.absolute)
