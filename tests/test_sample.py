"""The sample submission: it agrees with the reference, and by itself it reaches what it claims."""

from __future__ import annotations

import importlib
import itertools
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from reference import batching, logistic, preprocessing, softmax, training
from reference.training import Protocol

Array = np.ndarray[Any, Any]
STUDENT = Path(__file__).resolve().parent.parent / "student"
MODULES = ("mnist", "utils", "trainer", "task2a", "task2", "task3a", "task3")
TWO_OR_THREE = [np.array([[2], [3], [3], [2], [3], [2]]), np.array([[3], [2], [3]])]


@pytest.fixture(scope="module")
def sample() -> Iterator[SimpleNamespace]:
    """The sample's modules, imported by bare name as it imports them itself."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MPLBACKEND", "Agg")
        patch.syspath_prepend(str(STUDENT))
        for name in MODULES:
            patch.delitem(sys.modules, name, raising=False)
        state = np.random.get_state()
        modules = {name: importlib.import_module(name) for name in MODULES}
        yield SimpleNamespace(**modules)
        np.random.set_state(state)
        for name in MODULES:
            del sys.modules[name]


def example(K: int, N: int = 9, seed: int = 4) -> tuple[Array, Array, Array]:
    """X (N, 785) preprocessed, w (785, K), and targets: uint8 labels for K = 1, else one-hot."""
    random = np.random.RandomState(seed)
    X = preprocessing.pre_process_images(random.randint(0, 256, (N, 784)).astype(np.uint8))
    labels = random.randint(0, max(K, 2), (N, 1)).astype(np.uint8)
    targets = labels if K == 1 else preprocessing.one_hot_encode(labels, K)
    return X, random.normal(scale=0.1, size=(785, K)), targets


def test_the_sample_is_the_seven_modules_of_the_interface() -> None:
    assert {path.stem for path in STUDENT.glob("*.py")} == set(MODULES)


def test_the_sample_preprocesses_and_encodes_as_the_reference_does(sample: SimpleNamespace) -> None:
    images = np.resize(np.arange(256, dtype=np.uint8), (3, 784))
    processed = sample.task2a.pre_process_images(images)
    np.testing.assert_allclose(processed, preprocessing.pre_process_images(images), atol=1e-15)
    labels = np.array([[2], [0], [7]], dtype=np.uint8)
    encoded = sample.task3a.one_hot_encode(labels, 10)
    assert np.array_equal(encoded, preprocessing.one_hot_encode(labels, 10))


def test_the_samples_binary_model_agrees_with_the_reference(sample: SimpleNamespace) -> None:
    X, w, labels = example(1)
    model = sample.task2a.BinaryModel()
    assert (model.I, model.w.shape, model.w.any()) == (785, (785, 1), False)
    model.w = w
    outputs = logistic.forward(X, w)
    np.testing.assert_allclose(model.forward(X), outputs, rtol=1e-12)
    model.backward(X, outputs, labels)
    expected = logistic.gradient(X, outputs, labels)
    np.testing.assert_allclose(model.grad, expected, rtol=1e-11, atol=1e-14)
    loss = sample.task2a.cross_entropy_loss(labels, outputs)
    assert loss == pytest.approx(logistic.cross_entropy_loss(labels, outputs), rel=1e-12)
    accuracy = sample.task2.calculate_accuracy(X, labels, model)
    assert accuracy == logistic.calculate_accuracy(labels, outputs)
    model.zero_grad()
    assert model.grad is None


@pytest.mark.parametrize("l2_reg_lambda", [0.0, 0.3])
def test_the_samples_softmax_model_agrees_with_the_reference(
    sample: SimpleNamespace, l2_reg_lambda: float
) -> None:
    X, w, targets = example(10)
    model = sample.task3a.SoftmaxModel(l2_reg_lambda)
    assert (model.num_outputs, model.w.shape, model.w.any()) == (10, (785, 10), False)
    model.w = w
    outputs = softmax.forward(X, w)
    np.testing.assert_allclose(model.forward(X), outputs, rtol=1e-12)
    model.backward(X, outputs, targets)
    expected = softmax.gradient(X, outputs, targets, w, l2_reg_lambda)
    np.testing.assert_allclose(model.grad, expected, rtol=1e-11, atol=1e-14)
    loss = sample.task3a.cross_entropy_loss(targets, outputs)
    assert loss == pytest.approx(softmax.cross_entropy_loss(targets, outputs), rel=1e-12)
    accuracy = sample.task3.calculate_accuracy(X, targets, model)
    assert accuracy == softmax.calculate_accuracy(targets, outputs)


def test_the_sample_stays_finite_at_huge_weights_and_sure_outputs(sample: SimpleNamespace) -> None:
    X, _, labels = example(1)
    binary, multiple = sample.task2a.BinaryModel(), sample.task3a.SoftmaxModel(0.0)
    binary.w[:], multiple.w[:, 3] = 1e4, -1e4
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        outputs, probabilities = binary.forward(X), multiple.forward(X)
        assert np.isfinite(sample.task2a.cross_entropy_loss(labels, outputs))
        targets = preprocessing.one_hot_encode(labels + 2, 10)
        assert np.isfinite(sample.task3a.cross_entropy_loss(targets, probabilities))


@pytest.mark.parametrize("drop_last", [True, False])
def test_the_samples_batches_are_those_of_the_reference(
    sample: SimpleNamespace, drop_last: bool
) -> None:
    rows = np.arange(23)[:, None]
    for shuffle in (False, True):
        np.random.seed(5)
        order = next(training.course_order(23, 5)) if shuffle else np.arange(23)
        loader = sample.utils.batch_loader(rows, -rows, 5, shuffle=shuffle, drop_last=drop_last)
        expected = batching.batch_indices(23, 5, order, drop_last)
        for (X_batch, Y_batch), indices in itertools.zip_longest(loader, expected):
            assert X_batch[:, 0].tolist() == indices.tolist()
            assert (X_batch == -Y_batch).all()


@pytest.mark.parametrize(("task", "K"), [("task2", 1), ("task3", 10)])
def test_the_samples_training_is_the_references_in_the_same_order(
    sample: SimpleNamespace, task: str, K: int
) -> None:
    X, _, Y = example(K, N=45)
    X_val, _, Y_val = example(K, N=12, seed=6)
    l2_reg_lambda = 0.0 if K == 1 else 0.05
    if K == 1:
        model, trainer_class = sample.task2a.BinaryModel(), sample.task2.LogisticTrainer
    else:
        model, trainer_class = (
            sample.task3a.SoftmaxModel(l2_reg_lambda),
            sample.task3.SoftmaxTrainer,
        )
    trainer = trainer_class(
        model=model,
        learning_rate=0.01,
        batch_size=4,
        shuffle_dataset=True,
        X_train=X,
        Y_train=Y,
        X_val=X_val,
        Y_val=Y_val,
    )
    np.random.seed(0)
    train_history, val_history = trainer.train(100)
    protocol = Protocol(0.01, 4, 100, l2_reg_lambda=l2_reg_lambda)
    expected = training.train(X, Y, X_val, Y_val, protocol, training.course_order(45, 0))
    # Labels that have nothing to do with the images are soon overfitted: the run ends early.
    assert expected.stop_step is not None
    assert list(train_history["loss"]) == list(range(expected.stop_step + 1))
    steps = expected.validation_steps.tolist()
    assert [list(val_history[key]) for key in ("loss", "accuracy")] == [steps, steps]
    assert list(train_history["accuracy"]) == steps
    np.testing.assert_allclose(
        list(train_history["loss"].values()), expected.train_loss, rtol=1e-9, atol=1e-12
    )
    losses, accuracies = val_history["loss"].values(), val_history["accuracy"].values()
    np.testing.assert_allclose(list(losses), expected.validation_loss, rtol=1e-9, atol=1e-12)
    assert list(accuracies) == expected.validation_accuracy.tolist()
    assert list(train_history["accuracy"].values()) == expected.train_accuracy.tolist()
    np.testing.assert_allclose(model.w, expected.w, rtol=1e-9, atol=1e-12)


def test_the_samples_gradient_approximation_refuses_a_wrong_gradient(
    sample: SimpleNamespace,
) -> None:
    X, _, labels = example(1)
    X_multiple, _, targets = example(10)

    class NotAveraged(sample.task2a.BinaryModel):  # type: ignore[name-defined]
        def backward(self, X: Array, outputs: Array, targets: Array) -> None:
            self.grad = -X.T @ (targets - outputs)

    class HalfThePenalty(sample.task3a.SoftmaxModel):  # type: ignore[name-defined]
        def backward(self, X: Array, outputs: Array, targets: Array) -> None:
            super().backward(X, outputs, targets)
            self.grad -= self.l2_reg_lambda * self.w

    binary = sample.task2a.gradient_approximation_test
    multiple = sample.task3a.gradient_approximation_test
    assert binary(sample.task2a.BinaryModel(), X, labels) < 1e-6
    assert multiple(sample.task3a.SoftmaxModel(0.1), X_multiple, targets, num_weights=20) < 1e-6
    with pytest.raises(AssertionError, match="The gradient is off by"):
        binary(NotAveraged(), X, labels)
    with pytest.raises(AssertionError, match=r"The gradient of w.* is off by"):
        multiple(HalfThePenalty(0.1), X_multiple, targets, num_weights=20)


def write_idx(folder: Path, name: str, values: Array) -> None:
    """A file in MNIST's format, not compressed."""
    shape = b"".join(size.to_bytes(4, "big") for size in values.shape)
    (folder / name).write_bytes(bytes([0, 0, 8, values.ndim]) + shape + values.tobytes())


def test_the_sample_reads_files_that_are_not_compressed(
    sample: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for part, Y in zip(("train", "t10k"), TWO_OR_THREE, strict=True):
        images = np.full((len(Y), 28, 28), 9, dtype=np.uint8)
        write_idx(tmp_path, f"{part}-images-idx3-ubyte", images)
        write_idx(tmp_path, f"{part}-labels-idx1-ubyte", Y[:, 0].astype(np.uint8))
    monkeypatch.setenv("GRADUS_MNIST", str(tmp_path))
    X_train, Y_train, X_val, Y_val = sample.utils.load_binary_dataset(2, 3)
    assert (X_train.shape, X_val.shape) == ((6, 784), (3, 784))
    assert X_train.dtype == np.uint8
    assert Y_train.tolist() == [[1], [0], [0], [1], [0], [1]]
    assert Y_val.tolist() == [[0], [1], [0]]
    assert sample.utils.load_full_mnist()[1].tolist() == TWO_OR_THREE[0].tolist()


def test_the_sample_says_what_to_do_where_the_data_are_missing(
    sample: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRADUS_MNIST", str(tmp_path))
    with pytest.raises(FileNotFoundError, match=r"Run `python mnist.py`.* or set GRADUS_MNIST"):
        sample.mnist.load()


# The sample by itself, as its author runs it.


def run_script(script: str, folder: Path) -> str:
    """Run a script in a copy of the sample; returns what it printed."""
    if not os.environ.get("GRADUS_MNIST"):
        pytest.skip("GRADUS_MNIST names no folder with MNIST's four .gz files")
    shutil.copytree(STUDENT, folder, ignore=shutil.ignore_patterns("__pycache__"))
    data = str(Path(os.environ["GRADUS_MNIST"]).resolve())
    result = subprocess.run(
        [sys.executable, script],
        cwd=folder,
        env={**os.environ, "GRADUS_MNIST": data, "MPLBACKEND": "Agg"},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_task2_by_itself_reaches_what_the_report_states(tmp_path: Path) -> None:
    printed = run_script("task2.py", tmp_path / "sample")
    assert "Early stopping in epoch 33, step 1044\n" in printed
    assert "Validation loss: 0.0673\n" in printed
    assert "Train accuracy: 0.9775\n" in printed
    assert "Validation accuracy: 0.9785\n" in printed
    figures = sorted(path.name for path in (tmp_path / "sample/figures").iterdir())
    assert figures == ["task2b_loss.png", "task2c_accuracy.png", "task2e_shuffling.png"]


@pytest.mark.parametrize(("script", "start"), [("task2a.py", "ln 2"), ("task3a.py", "ln 10")])
def test_the_gradient_checks_by_themselves_pass(script: str, start: str, tmp_path: Path) -> None:
    printed = run_script(script, tmp_path / "sample")
    loss, expected = re.findall(
        rf"Loss with zero weights: (\S+), should be {start} = (\S+)", printed
    )[0]
    assert loss == expected
    differences = re.findall(r"largest difference.* is (\S+)", printed)
    assert differences
    assert all(float(difference) < 1e-8 for difference in differences)
