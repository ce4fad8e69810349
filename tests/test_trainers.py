"""The adapter runs a submission's own training, records its order, and is not stopped early."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradus.course import Course
from gradus.session import Session
from gradus.worker.client import StudentError
from reference import training
from tests.submissions import ROOT, SAMPLE, replace, sample_copy

ROWS, BATCH, EPOCHS = 100, 8, 3
BATCHES = ROWS // BATCH
PROTOCOL = {"learning_rate": 0.05, "batch_size": BATCH, "shuffle": False}
SHUFFLED = {**PROTOCOL, "shuffle": True}


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[[Path], Session]]:
    """Opens a session on a submission's folder."""
    course = Course(ROOT)
    np.savez(tmp_path / "data.npz", X_train=0, Y_train=0, X_test=0, Y_test=0)
    sessions: list[Session] = []

    def open_(folder: Path) -> Session:
        work = tmp_path / f"work{len(sessions)}"
        work.mkdir()
        sessions.append(
            Session(
                adapter=course.path(course.settings.parts.adapter),
                submission=folder,
                work=work,
                modules=course.settings.submission.modules,
                options={"data": str(tmp_path / "data.npz")},
            )
        )
        return sessions[-1]

    yield open_
    for session in sessions:
        session.close()


def rows(count: int, seed: int, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Images (count, 785) in [-1, 1] with a bias, and their targets, labels or one-hot."""
    draws = np.random.RandomState(seed)
    X = draws.randint(0, 256, (count, 785)) / 127.5 - 1
    X[:, -1] = 1
    labels = draws.randint(0, max(classes, 2), (count, 1))
    return X, labels.astype(np.uint8) if classes == 1 else np.eye(classes)[labels[:, 0]]


def data_for(task: str, train: int = ROWS) -> dict[str, np.ndarray]:
    classes = 1 if task == "task2" else 10
    X_train, Y_train = rows(train, 1, classes)
    X_val, Y_val = rows(30, 2, classes)
    return {"X_train": X_train, "Y_train": Y_train, "X_val": X_val, "Y_val": Y_val}


def trained(
    session: Session,
    task: str = "task2",
    data: dict[str, np.ndarray] | None = None,
    protocol: dict[str, Any] = PROTOCOL,
    **changed: Any,
) -> dict[str, Any]:
    arguments = {"num_epochs": EPOCHS, "seed": 5, "l2_reg_lambda": 0.0, **changed}
    data = data_for(task) if data is None else data
    result: dict[str, Any] = session.call(
        "short_training", task=task, data=data, protocol=protocol, **arguments
    )
    return result


def assert_replayed(
    result: dict[str, Any],
    data: dict[str, np.ndarray],
    protocol: dict[str, Any] = PROTOCOL,
    l2_reg_lambda: float = 0.0,
) -> None:
    """The submission's weights and histories are those of SGD in the order it was seen to use."""
    expected = training.train(
        data["X_train"],
        data["Y_train"],
        data["X_val"],
        data["Y_val"],
        training.Protocol(
            learning_rate=protocol["learning_rate"],
            batch_size=protocol["batch_size"],
            num_epochs=len(result["orders"]),
            failures_to_stop=None,
            l2_reg_lambda=l2_reg_lambda,
        ),
        result["orders"],
    )
    np.testing.assert_allclose(result["w"], expected.w, rtol=1e-9, atol=1e-9)
    losses, validated = (part["loss"] for part in result["history"])
    np.testing.assert_array_equal(losses["steps"], np.arange(len(expected.train_loss)))
    np.testing.assert_allclose(losses["values"], expected.train_loss, rtol=1e-6)
    np.testing.assert_array_equal(validated["steps"], expected.validation_steps)
    found = np.array(result["validations"])
    np.testing.assert_allclose(found[:, 0], expected.validation_loss, rtol=1e-6)
    np.testing.assert_allclose(found[:, 1], expected.train_accuracy, atol=1e-12)
    np.testing.assert_allclose(found[:, 2], expected.validation_accuracy, atol=1e-12)


@pytest.mark.parametrize("task", ["task2", "task3"])
def test_without_shuffle_the_rows_come_in_their_order(opened: Any, task: str) -> None:
    result = trained(opened(SAMPLE), task)
    assert len(result["orders"]) == EPOCHS
    for order in result["orders"]:
        np.testing.assert_array_equal(order, np.arange(BATCHES * BATCH))
    assert_replayed(result, data_for(task))


@pytest.mark.parametrize("task", ["task2", "task3"])
def test_with_shuffle_each_epoch_has_an_order_of_its_own(opened: Any, task: str) -> None:
    result = trained(opened(SAMPLE), task, protocol=SHUFFLED)
    orders = [tuple(order) for order in result["orders"]]
    assert len(set(orders)) == EPOCHS
    for order in orders:
        assert len(set(order)) == len(order) == BATCHES * BATCH
        assert set(order) <= set(range(ROWS))
    assert_replayed(result, data_for(task), SHUFFLED)


def test_regularised_training_is_replayed_too(opened: Any) -> None:
    result = trained(opened(SAMPLE), "task3", protocol=SHUFFLED, l2_reg_lambda=0.1)
    assert_replayed(result, data_for("task3"), SHUFFLED, l2_reg_lambda=0.1)


def test_the_same_seed_gives_the_same_order_again_and_another_seed_another(opened: Any) -> None:
    session = opened(SAMPLE)
    first, again, other = (
        trained(session, protocol=SHUFFLED, seed=seed)["orders"] for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize(
    "shuffling",
    [
        "indices = np.random.permutation(num_samples)",
        "import random; listed = list(indices); random.shuffle(listed); indices = np.array(listed)",
        "indices = np.random.default_rng().permutation(num_samples)",
        "np.random.seed(3); np.random.shuffle(indices)",
    ],
)
def test_the_order_is_seen_however_it_is_drawn(opened: Any, tmp_path: Path, shuffling: str) -> None:
    folder = sample_copy(tmp_path / "s")
    replace(folder / "utils.py", "np.random.shuffle(indices)", shuffling)
    result = trained(opened(folder), protocol=SHUFFLED)
    assert not np.array_equal(result["orders"][0], np.arange(BATCHES * BATCH))
    assert_replayed(result, data_for("task2"), SHUFFLED)


@pytest.mark.parametrize(
    ("importing", "calling"),
    [
        ("from utils import batch_loader", "batch_loader("),
        ("from utils import *", "batch_loader("),
        ("from utils import batch_loader as loader", "loader("),
        ("import utils as u", "u.batch_loader("),
    ],
)
def test_the_order_is_seen_however_the_loader_is_imported(
    opened: Any, tmp_path: Path, importing: str, calling: str
) -> None:
    folder = sample_copy(tmp_path / "s")
    replace(folder / "trainer.py", "import utils\n", f"{importing}\n")
    replace(folder / "trainer.py", "utils.batch_loader(", calling)
    result = trained(opened(folder), protocol=SHUFFLED)
    assert len(result["orders"]) == EPOCHS
    assert_replayed(result, data_for("task2"), SHUFFLED)


def test_a_trainer_that_makes_its_own_batches_has_no_order(opened: Any, tmp_path: Path) -> None:
    folder = sample_copy(tmp_path / "s")
    replace(folder / "trainer.py", "in train_loader:", "in [(self.X_train, self.Y_train)]:")
    assert trained(opened(folder))["orders"] == []


def test_equal_rows_are_each_met_once(opened: Any) -> None:
    data = data_for("task2")
    data["X_train"][10:40] = data["X_train"][10]
    data["Y_train"][10:40] = 1
    result = trained(opened(SAMPLE), data=data, protocol=SHUFFLED)
    for order in result["orders"]:
        assert len(set(order.tolist())) == len(order)
        assert order.min() >= 0
    assert_replayed(result, data, SHUFFLED)


def test_equal_images_with_other_labels_are_told_apart(opened: Any) -> None:
    data = data_for("task2")
    data["X_train"][:] = data["X_train"][0]
    data["Y_train"][:, 0] = np.arange(ROWS) % 2
    result = trained(opened(SAMPLE), data=data, protocol=SHUFFLED)
    assert_replayed(result, data, SHUFFLED)


@pytest.mark.parametrize("parameter", ["early_stopping", "early_stop", "use_early_stopping"])
def test_a_trainer_may_require_an_early_stopping_parameter(
    opened: Any, tmp_path: Path, parameter: str
) -> None:
    folder = sample_copy(tmp_path / "s")
    signature = "self, model, learning_rate, batch_size, shuffle_dataset, "
    replace(folder / "trainer.py", signature, f"{signature}{parameter}, ")
    replace(
        folder / "trainer.py",
        "        self.model = model\n",
        f"        assert {parameter} is True\n        self.model = model\n",
    )
    assert_replayed(trained(opened(folder)), data_for("task2"))


def test_train_may_take_a_switch(opened: Any, tmp_path: Path) -> None:
    folder = sample_copy(tmp_path / "s")
    replace(
        folder / "trainer.py",
        "def train(self, num_epochs):",
        "def train(self, num_epochs, early_stopping=False):\n        assert early_stopping",
    )
    assert_replayed(trained(opened(folder)), data_for("task2"))


@pytest.mark.parametrize("task", ["task2", "task3"])
def test_validation_may_read_its_data_from_the_scripts_globals(
    opened: Any, tmp_path: Path, task: str
) -> None:
    folder = sample_copy(tmp_path / "s")
    source = (folder / f"{task}.py").read_text()
    for name in ("X_train", "Y_train", "X_val", "Y_val"):
        source = source.replace(f"self.{name}", name)
    (folder / f"{task}.py").write_text(source)
    session = opened(folder)
    assert_replayed(trained(session, task), data_for(task))
    # Another data set in the same process is met anew.
    fewer = data_for(task, train=ROWS - 20)
    assert_replayed(trained(session, task, fewer), fewer)


@pytest.mark.parametrize("task", ["task2", "task3"])
@pytest.mark.parametrize("rate", [0.05, 0.01])
def test_a_step_may_read_the_learning_rate_from_the_scripts_globals(
    opened: Any, tmp_path: Path, task: str, rate: float
) -> None:
    folder = sample_copy(tmp_path / "s")
    path = folder / f"{task}.py"
    path.write_text(path.read_text().replace("self.learning_rate", "learning_rate"))
    protocol = {**PROTOCOL, "learning_rate": rate}
    assert_replayed(trained(opened(folder), task, protocol=protocol), data_for(task), protocol)


@pytest.mark.parametrize("task", ["task2", "task3"])
def test_the_global_model_is_the_trainers_model(opened: Any, tmp_path: Path, task: str) -> None:
    folder = sample_copy(tmp_path / "s")
    path = folder / f"{task}.py"
    step, rest = path.read_text().split("    def validation_step", 1)
    step = step.replace(
        "self.model.w = self.model.w", "assert model is self.model\n        model.w = model.w"
    ).replace("self.model.grad", "model.grad")
    path.write_text(f"{step}    def validation_step{rest}")
    assert_replayed(trained(opened(folder), task), data_for(task))


def test_a_step_may_update_the_weights_in_place(opened: Any, tmp_path: Path) -> None:
    folder = sample_copy(tmp_path / "s")
    replace(folder / "task2.py", "self.model.w = self.model.w - ", "self.model.w -= ")
    assert_replayed(trained(opened(folder)), data_for("task2"))


def test_early_stopping_does_not_happen_though_it_would(opened: Any, tmp_path: Path) -> None:
    data = data_for("task2")
    data["X_val"], data["Y_val"] = data["X_train"][:30], 1 - data["Y_train"][:30]
    session = opened(SAMPLE)
    result = trained(session, data=data, num_epochs=6)
    losses = [found[0] for found in result["validations"]]
    assert losses[-1] > losses[0]
    assert len(losses) > 15
    assert training.stop_index(losses, 11) is not None
    assert len(result["history"][0]["loss"]["steps"]) == 6 * BATCHES
    assert_replayed(result, data)


def test_what_the_history_keeps_is_what_training_was_told(opened: Any) -> None:
    result = trained(opened(SAMPLE))
    told = result["history"][1]["loss"]["values"]
    assert np.all(np.diff(told) < 0)
    assert len(told) == len(result["validations"])


@pytest.mark.parametrize("entry", ["None", "3", "'done'", "[0.5, 1.0]", "{'w': None}", "{0: 'a'}"])
def test_what_a_history_holds_beside_its_series_is_no_part_of_it(
    opened: Any, tmp_path: Path, entry: str
) -> None:
    folder = sample_copy(tmp_path / "s")
    for side in ("train_history", "val_history"):
        empty = f'{side} = {{"loss": {{}}, "accuracy": {{}}'
        replace(folder / "trainer.py", f"{empty}}}", f'{empty}, "more": {entry}}}')
    result = trained(opened(folder))
    assert [sorted(part) for part in result["history"]] == [["accuracy", "loss"]] * 2


def test_a_series_that_is_a_list_is_told_by_its_name(opened: Any, tmp_path: Path) -> None:
    folder = sample_copy(tmp_path / "s")
    replace(
        folder / "trainer.py",
        "                global_step += 1\n        return train_history, val_history",
        "                global_step += 1\n        val_history['loss'] = [0.5]\n"
        "        return train_history, val_history",
    )
    with pytest.raises(StudentError, match="a val_history whose entry 'loss' is a list of float"):
        trained(opened(folder))


def test_the_loader_is_as_it_was_after_training(opened: Any) -> None:
    session = opened(SAMPLE)
    first, second = trained(session), trained(session)
    np.testing.assert_array_equal(first["w"], second["w"])
    assert len(second["orders"]) == EPOCHS


def test_a_submission_without_a_batch_loader_is_told_what_is_missing(
    opened: Any, tmp_path: Path
) -> None:
    folder = sample_copy(tmp_path / "s")
    replace(folder / "utils.py", "def batch_loader(", "def my_loader(")
    with pytest.raises(StudentError, match=r"needs `batch_loader`.*utils\.py") as caught:
        trained(opened(folder))
    assert caught.value.kind == "blocked"


def test_a_wrong_update_is_told_from_a_right_one(opened: Any, tmp_path: Path) -> None:
    folder = sample_copy(tmp_path / "s")
    replace(folder / "task2.py", "self.model.w - self", "self.model.w - 1.01 * self")
    with pytest.raises(AssertionError):
        assert_replayed(trained(opened(folder)), data_for("task2"))
