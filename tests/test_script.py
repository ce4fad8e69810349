"""Scripts run dry: what is bounded, what is recorded, and that nothing else is touched by it."""

from __future__ import annotations

import itertools
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from checks import datasets, scripts
from gradus.session import Session
from gradus.worker.client import Limits, WorkerFailure

ROOT = Path(__file__).resolve().parent.parent
MODULES = ("utils", "trainer", "task2a", "task2", "task3a", "task3")
Start = Callable[..., Session]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data") / "data.npz"
    sample = datasets.sample("digits", 1280, 640)
    names = ("X_train", "Y_train", "X_test", "Y_test")
    np.savez(path, **{name: getattr(sample, name) for name in names})
    return path


@pytest.fixture
def start(tmp_path: Path, data: Path) -> Iterator[Start]:
    """Starts a session on the sample with changed files: (file, old, new) or (file, source)."""
    sessions = []
    numbers = itertools.count()

    def make(*changes: tuple[str, ...], limits: Limits | None = None) -> Session:
        work = tmp_path / f"work{next(numbers)}"
        folder = work / "submission"
        shutil.copytree(ROOT / "student", folder, ignore=shutil.ignore_patterns("__pycache__"))
        for file, *change in changes:
            path = folder / file
            source = path.read_text() if path.is_file() else ""
            if len(change) == 2:
                assert change[0] in source, f"{change[0]!r} is not in {file}"
                source = source.replace(*change)
            else:
                source = change[0]
            path.write_text(source)
        session = Session(
            adapter=ROOT / "checks" / "adapter.py",
            submission=folder,
            work=work,
            modules=MODULES,
            options={"data": str(data)},
            limits=limits or Limits(),
        )
        sessions.append(session)
        return session

    yield make
    for session in sessions:
        session.close()


def answer(session: Session, module: str = "task2") -> Any:
    return session.call("run_script", module=module, seed=0)


def test_the_samples_trainings_are_recorded_in_their_order_and_short(start: Start) -> None:
    script = scripts.run(start(), "task3")
    assert script.problem is None
    assert [run.l2_reg_lambda for run in script.runs] == [0, 1, 0.1, 0.01, 0.001]
    assert {(r.learning_rate, r.batch_size, r.shuffle, r.epochs) for r in script.runs} == {
        (0.01, 128, True, 500)
    }
    assert len({run.model for run in script.runs}) == 5
    for run in script.runs:
        loss = run.one("train", "loss")
        assert loss is not None
        assert 20 <= len(loss.steps) <= 40
        assert np.array_equal(loss.steps, np.arange(len(loss.steps)))
        assert run.w is not None
        assert run.w.shape == (785, 10)


def test_marks_are_small_and_tell_every_history_apart(start: Start) -> None:
    same = ("task2.py", "learning_rate, batch_size, True,", "learning_rate, batch_size, False,")
    script = scripts.run(start(same), "task2")
    first, second = (run.one("validation", "accuracy") for run in script.runs)
    assert first is not None
    assert second is not None
    assert np.array_equal(first.raw, second.raw)
    assert np.abs(first.values - first.raw).max() <= 1e-6
    assert (first.values != second.values).all()


def test_the_same_script_is_recorded_alike_each_time(start: Start) -> None:
    session = start()
    first, again = answer(session), answer(session)
    for one, other in zip(first["runs"], again["runs"], strict=True):
        np.testing.assert_array_equal(one["w"], other["w"])


def test_a_script_in_main_is_run(start: Start) -> None:
    source = (ROOT / "student" / "task2.py").read_text()
    guard = 'if __name__ == "__main__":'
    in_main = source.replace(guard, "def main():")
    for ending in ("", f"\n\n{guard}\n    main()\n"):
        script = scripts.run(start(("task2.py", in_main + ending)), "task2")
        assert (script.problem, len(script.runs), len(script.pictures)) == (None, 2, 3)


def test_a_script_that_crashes_half_way_keeps_what_was_drawn_before(start: Start) -> None:
    session = start(("task2.py", "    # Task 2e: with shuffling", "    1 / 0"))
    script = scripts.run(session, "task2")
    assert script.problem is not None
    assert script.problem.startswith("the script ended with ZeroDivisionError: division by zero (")
    assert (len(script.runs), len(script.pictures)) == (1, 2)


def test_leaving_by_sys_exit_is_an_ordinary_end(start: Start) -> None:
    session = start(("task2.py", "    # Task 2e: with shuffling", "    raise SystemExit"))
    script = scripts.run(session, "task2")
    assert (script.problem, len(script.pictures)) == (None, 2)


def test_a_missing_or_broken_script_is_a_problem_and_nothing_worse(start: Start) -> None:
    broken = start(("task2.py", "def f(:\n"))
    (broken.submission / "task3.py").unlink()
    assert "could not be imported" in str(scripts.run(broken, "task2").problem)
    assert "missing from the submission" in str(scripts.run(broken, "task3").problem)
    assert scripts.run(broken, "task3").runs == ()


def test_a_script_that_loops_for_ever_is_stopped_and_the_rest_lives_on(start: Start) -> None:
    endless = ("task2.py", "    # Task 2e: with shuffling", "    while True:\n        pass")
    session = start(endless, limits=Limits(call_cpu_seconds=0.1, call_wall_seconds=5))
    script = scripts.run(session, "task2")
    assert script.problem is not None
    assert "time limit: more than 2 s of CPU time" in script.problem
    X = np.zeros((1, 784), np.uint8)
    assert session.call("preprocess", X=X).shape == (1, 785)


def test_a_script_of_code_that_has_hung_before_gets_no_longer_than_any_call(start: Start) -> None:
    outputs = "        return np.exp(-np.logaddexp(0, -z))\n"
    hangs = ("task2a.py", outputs, "        while True: pass\n")
    session = start(hangs, limits=Limits(call_cpu_seconds=0.2, call_wall_seconds=5))
    X, w = np.zeros((2, 785)), np.zeros((785, 1))
    with pytest.raises(WorkerFailure, match="time limit"):
        session.call("forward", task="task2a", X=X, w=w, l2_reg_lambda=0.0)
    assert "more than 0.2 s of CPU time in call 'run_script'" in str(
        scripts.run(session, "task2").problem
    )


def test_training_without_an_end_in_sight_is_bounded_by_its_epochs(start: Start) -> None:
    session = start(
        ("task2.py", "trainer.train(num_epochs)", "trainer.train(num_epochs=10**9)"),
        ("trainer.py", "if num_failures > patience:", "if False:"),
    )
    script = scripts.run(session, "task2")
    assert [run.epochs for run in script.runs] == [1e9, 1e9]


def test_a_train_of_the_scripts_own_class_is_bounded_too(start: Start) -> None:
    own = (
        "class LogisticTrainer(BaseTrainer):\n"
        "    def train(self, num_epochs):\n"
        "        return super().train(num_epochs)\n"
    )
    script = scripts.run(start(("task2.py", "class LogisticTrainer(BaseTrainer):", own)), "task2")
    assert [run.epochs for run in script.runs] == [500, 500]


def test_helpers_in_other_files_draw_into_the_same_pictures(start: Start) -> None:
    session = start(
        ("helpers.py", "from matplotlib import pyplot\n\ndef name(t):\n    pyplot.title(t)\n"),
        (
            "task2.py",
            "import utils\n",
            "import helpers\nimport utils\nfrom matplotlib.pyplot import ylabel\n",
        ),
        ("task2.py", 'plt.ylabel("Accuracy")', 'helpers.name("mine"); ylabel("yours")'),
    )
    script = scripts.run(session, "task2")
    (axes,) = script.pictures[1].axes
    assert (axes.title, axes.ylabel) == ("mine", "yours")


def test_pyplot_is_met_however_all_files_import_it(start: Start) -> None:
    session = start(
        ("utils.py", "import matplotlib.pyplot as plt", "from matplotlib import pyplot as plt"),
        ("task2.py", "import matplotlib.pyplot as plt", "from matplotlib import pyplot as plt"),
        ("task3.py", "import matplotlib.pyplot as plt", "from matplotlib import pyplot as plt"),
    )
    for picture in scripts.run(session, "task2").pictures:
        assert [len(axes.lines) for axes in picture.axes] == [2]


@pytest.mark.parametrize("entry", ["None", "0", "'done'", "np.arange(3)", "[None]", "{'a': 1}"])
def test_what_a_history_holds_beside_its_series_is_left_as_it_is(start: Start, entry: str) -> None:
    change = (
        "trainer.py",
        '{"loss": {}, "accuracy": {}}',
        f'{{"more": {entry}, "loss": {{}}, "accuracy": {{}}}}',
    )
    script = scripts.run(start(change), "task2")
    assert (script.problem, len(script.runs), len(script.pictures)) == (None, 2, 3)


@pytest.mark.parametrize("dtype", ["uint8", "int64", "float32"])
def test_labels_are_those_that_the_submission_s_own_loading_gives(start: Start, dtype: str) -> None:
    change = ("utils.py", ".astype(np.uint8)", f".astype(np.{dtype})")
    labels = start(change).call("binary_labels")
    assert labels.dtype == dtype
    assert sorted(set(labels[:, 0].tolist())) == [0, 1]


def test_labels_are_those_that_the_script_trains_on(start: Start) -> None:
    convert = "    Y_train, Y_val = Y_train.astype(float), Y_val.astype(np.int64)\n"
    session = start(("task2.py", "    model = BinaryModel", f"{convert}    model = BinaryModel"))
    train, validation = session.call("trained_labels")
    assert (train.dtype, validation.dtype) == (np.float64, np.int64)
    assert len(scripts.run(session, "task2").runs) == 2


def test_a_script_that_trains_nothing_has_no_labels(start: Start) -> None:
    session = start(
        ("task2.py", "    model = BinaryModel", "    raise SystemExit\n    model = None")
    )
    assert session.call("trained_labels") is None


def test_what_a_script_changes_is_put_back(start: Start) -> None:
    change = (
        "    import task2a, trainer, os\n    task2a.pre_process_images = None\n    os.chdir('/')\n"
    )
    session = start(("task2.py", "    # Task 2e: with shuffling", change))
    X = np.zeros((1, 784), np.uint8)
    before = session.call("preprocess", X=X)
    scripts.run(session, "task2")
    scripts.run(session, "task2")
    assert np.array_equal(session.call("preprocess", X=X), before)
    assert session.started == 1


def test_a_flood_of_prints_costs_nothing(start: Start) -> None:
    flood = ("task2.py", "    # Task 2e: with shuffling", "    print('x' * 2_000_000)")
    assert scripts.run(start(flood), "task2").problem is None


def test_gradient_checks_are_left_out(start: Start) -> None:
    heavy = (
        "    from task2a import gradient_approximation_test\n"
        "    gradient_approximation_test(model, X_train, Y_train)\n"
    )
    broken = (
        "task2a.py",
        "    model.w = np.random.normal(",
        "    raise AssertionError\n    model.w = np.random.normal(",
    )
    session = start(broken, ("task2.py", "    # Task 2e: with shuffling", heavy))
    assert scripts.run(session, "task2").problem is None


def test_binary_batches_of_128_fill_an_epoch_even_where_sizes_cannot_be_shrunk(
    start: Start,
) -> None:
    fixed = (
        "trainer.py",
        "        self.batch_size = batch_size\n",
        "        self.size = batch_size\n",
    )
    uses = ("trainer.py", "self.batch_size", "self.size")
    script = scripts.run(start(fixed, uses), "task2")
    assert script.problem is None
    assert [run.batch_size for run in script.runs] == [None, None]
    loss = script.runs[0].one("train", "loss")
    assert loss is not None
    assert len(loss.steps) >= 15


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        [],
        {"runs": 3, "pictures": []},
        {"runs": [], "pictures": [{"axes": [{"lines": [{"x": [1], "y": [2]}], "images": []}]}]},
        {"runs": [{"series": {"train.loss": {"steps": np.zeros(2)}}}], "pictures": []},
        {
            "runs": [],
            "pictures": [
                {"axes": [{"lines": [{"x": np.zeros(2), "y": np.zeros(3)}], "images": []}]}
            ],
        },
        {"runs": [], "pictures": [{"axes": [{"lines": [], "images": [np.zeros(3)]}]}]},
    ],
)
def test_an_answer_of_another_form_is_no_record(wrong: Any) -> None:
    with pytest.raises(scripts.NotARecord):
        scripts.from_answer("task2", wrong)


def test_a_plot_that_is_not_recognised_waits_for_a_person_and_fails_no_check(start: Start) -> None:
    session = start(
        ("task2.py", 'utils.plot_loss(val_history["accuracy"], "Validation accuracy")', "")
    )
    command = [sys.executable, "-m", "gradus", "check", str(session.submission), "--task", "2c"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "for a person: a picture holds the training accuracy" in " ".join(ended.stdout.split())


TRAINED_IN_A_POOL = """

def trained(l2_reg_lambda):
    model = SoftmaxModel(l2_reg_lambda)
    trainer = SoftmaxTrainer(model, 0.01, 128, True, X_train, Y_train, X_val, Y_val)
    trainer.train(5)
    return model.l2_reg_lambda


if __name__ == "__main__":
    X_train, Y_train, X_val, Y_val = utils.load_full_mnist()
    X_train, X_val = pre_process_images(X_train), pre_process_images(X_val)
    Y_train, Y_val = one_hot_encode(Y_train, 10), one_hot_encode(Y_val, 10)
    with {pool} as pool:
        print(list(pool.map(trained, [1, 0.1, 0.01])))
"""


@pytest.mark.parametrize(
    "pool",
    [
        "__import__('concurrent.futures').futures.ProcessPoolExecutor(3)",
        "__import__('concurrent.futures').futures.ThreadPoolExecutor(3)",
        "__import__('multiprocessing').Pool(processes=3)",
    ],
)
def test_trainings_in_a_pool_are_recorded_and_bounded_each(start: Start, pool: str) -> None:
    source = (ROOT / "student" / "task3.py").read_text()
    functions, _, _ = source.partition('\n\nif __name__ == "__main__":')
    recorded = answer(
        start(("task3.py", functions + TRAINED_IN_A_POOL.replace("{pool}", pool))), "task3"
    )
    assert recorded["problem"] is None
    assert sorted(run["l2_reg_lambda"] for run in recorded["runs"]) == [0.01, 0.1, 1]
    assert {run["model"] for run in recorded["runs"]} == {0, 1, 2}
    assert all(len(run["series"]["train.loss"]["steps"]) == 30 for run in recorded["runs"])
