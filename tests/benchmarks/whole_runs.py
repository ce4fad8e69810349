"""CPU time of grading beside the graded scripts, and of whole runs beside the same trainings.

Grading is compared with `task2.py` and `task3.py` run as a student runs them, pictures included;
`--full` with the same trainings executed directly, without pictures.

Run as `python -m tests.benchmarks.whole_runs`. Each way is a process of its own with one BLAS
thread, and one run at a time: what runs cost each other when they share a machine's memory is not
the harness's. `--full` is what grading costs with it less what it costs without, workers included.
With fewer `--epochs` it is sooner done, and the ratio is larger: an epoch costs the same in either
way, but starting workers and preprocessing weigh more in short runs.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import types
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
MODULE = "tests.benchmarks.whole_runs"
LAMBDAS = (1.0, 0.1, 0.01, 0.001)


STORED_MNIST = """
import numpy as np

def load():
    with np.load({path!r}) as arrays:
        return [arrays[name] for name in ("X_train", "Y_train", "X_test", "Y_test")]
"""


def cpu_seconds(*arguments: str, cwd: Path = ROOT) -> float:
    """CPU time of Python run with these arguments, of every process it starts included."""
    import resource

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    threads = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    environment = {**os.environ, **threads, "MPLBACKEND": "Agg"}
    command = [sys.executable, *arguments]
    subprocess.run(command, cwd=cwd, env=environment, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def scripts(data: Path) -> float:
    """CPU time of the sample's two scripts, run in a copy of it on stored arrays."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(shutil.copytree(ROOT / "student", Path(folder) / "student"))
        (copy / "mnist.py").write_text(STORED_MNIST.format(path=str(data)), encoding="utf-8")
        return sum(cpu_seconds(script, cwd=copy) for script in ("task2.py", "task3.py"))


def grade(epochs: int, own: bool, jobs: int, tasks: tuple[str, ...] | None) -> None:
    """Grade the sample as `gradus grade` does, its own runs of so many epochs included or not.

    tasks: those whose laws run, all by default.
    """
    from checks import datasets, full
    from gradus.course import Course
    from gradus.grading import Settings
    from gradus.grading import grade as graded
    from gradus.intake import find

    full.NUM_EPOCHS = epochs
    course = Course(ROOT)
    submission = find(ROOT / "student", course)[0]
    settings = Settings(tasks=tasks, long=True, full=own, jobs=jobs)
    result, _ = graded(course, submission, datasets.load("auto"), settings)
    failed = [run["failed"] for run in result.runs if run["by"] == "submission" and run["failed"]]
    if failed:
        raise SystemExit(f"a run of the sample failed: {failed[0]}")


def train(epochs: int, data: Path) -> None:
    """The sample's runs as its scripts make them, without their pictures."""
    mnist = types.ModuleType("mnist")

    def load() -> list[np.ndarray]:
        with np.load(data) as arrays:
            return [arrays[name] for name in ("X_train", "Y_train", "X_test", "Y_test")]

    mnist.load = load  # type: ignore[attr-defined]
    sys.modules["mnist"] = mnist
    sys.path.insert(0, str(ROOT / "student"))
    import task2
    import task2a
    import task3
    import task3a
    import utils

    def preprocessed(X_train: np.ndarray, X_val: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return task2a.pre_process_images(X_train), task2a.pre_process_images(X_val)

    X_train, Y_train, X_val, Y_val = utils.load_binary_dataset(2, 3)
    X_train, X_val = preprocessed(X_train, X_val)
    for shuffle in (False, True):
        rows = (X_train, Y_train, X_val, Y_val)
        task2.LogisticTrainer(task2a.BinaryModel(), 0.05, 128, shuffle, *rows).train(epochs)
    X_train, Y_train, X_val, Y_val = utils.load_full_mnist()
    X_train, X_val = preprocessed(X_train, X_val)
    Y_train, Y_val = task3a.one_hot_encode(Y_train, 10), task3a.one_hot_encode(Y_val, 10)
    for l2_reg_lambda in (0.0, *LAMBDAS):
        np.random.seed(0)  # the order of every one of the runs that it is compared with
        rows = (X_train, Y_train, X_val, Y_val)
        model = task3a.SoftmaxModel(l2_reg_lambda)
        task3.SoftmaxTrainer(model, 0.01, 128, True, *rows).train(epochs)


def measure(epochs: int, jobs: int) -> dict[str, float]:
    """CPU seconds of grading, of the scripts, of the runs in both ways, and the ratios.

    epochs: bounds the runs; the scripts go through all of theirs.
    """
    from checks import datasets

    dataset = datasets.load("auto")
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data.npz"
        names = ("X_train", "Y_train", "X_test", "Y_test")
        np.savez(data, **{name: getattr(dataset, name) for name in names})
        limit, at_once = str(epochs), str(jobs)
        this = ("-m", MODULE)
        part = ("grade", "--epochs", limit, "--task", "2d")
        graded = cpu_seconds(*this, "grade")
        as_scripts = scripts(data)
        without = cpu_seconds(*this, *part)
        direct = cpu_seconds(*this, "train", "--epochs", limit, "--data", str(data))
        whole = cpu_seconds(*this, *part, "--own", "--jobs", at_once)
    return {
        "grade": graded,
        "scripts": as_scripts,
        "grade / scripts": graded / as_scripts,
        "direct": direct,
        "full": whole - without,
        "full / direct": (whole - without) / direct,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="?", choices=("measure", "grade", "train"), default="measure")
    parser.add_argument("--epochs", type=int, default=500, help="at most so many; 500 is the whole")
    parser.add_argument("--jobs", type=int, default=1, help="runs at once")
    parser.add_argument("--task", action="append", help="only this task's laws")
    parser.add_argument("--own", action="store_true", help="with the submission's own runs")
    parser.add_argument("--data", type=Path, help="the arrays to train on")
    given = parser.parse_args()
    if given.what == "grade":
        grade(given.epochs, given.own, given.jobs, tuple(given.task) if given.task else None)
    elif given.what == "train":
        train(given.epochs, given.data)
    else:
        print(json.dumps(measure(given.epochs, given.jobs)))


if __name__ == "__main__":
    main()
