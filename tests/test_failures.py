"""Code that does not load, hang, crash or is unfinished costs only the pieces that need it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from gradus.course import Course
from gradus.grading import Settings, Usage, grade
from gradus.intake import Submission
from gradus.reports import content
from gradus.results import Result, Verdict
from gradus.worker.client import Limits
from tests import submissions
from tests.submissions import check, earned, replace, sample_copy

TIGHT = Limits(
    call_cpu_seconds=0.5,
    call_wall_seconds=1.5,
    load_cpu_seconds=1.0,
    load_wall_seconds=2.5,
    memory_bytes=1 << 30,
    output_bytes=1 << 18,
)
WHOLE = {
    "2a.preprocess": 0.125,
    "2a.loss": 0.125,
    "2a.forward": 0.125,
    "2a.backward": 0.125,
    "2c.accuracy": 0.1,
    "3a.one_hot": 0.1,
    "3a.loss": 0.15,
    "3a.forward": 0.15,
    "3a.backward": 0.15,
    "3c.accuracy": 0.1,
    "4b.penalty": 0.15,
}
OF_TASK_2A = {"2a.preprocess", "2a.loss", "2a.forward", "2a.backward"}
OF_TASK_3A = {"3a.one_hot", "3a.loss", "3a.forward", "3a.backward", "4b.penalty"}
FORWARD_END = "        return exp_z / exp_z.sum(axis=1, keepdims=True)\n"
BACKWARD_START = "        assert targets.shape == outputs.shape"
FORWARD_2A = "        return np.exp(-np.logaddexp(0, -z))\n"
TRACEBACK = "Traceback (most recent call last)"


def graded(folder: Path) -> Result:
    """The tasks of WHOLE, under tight limits."""
    return submissions.graded(folder, TIGHT, ("2a", "2c", "3a", "3c", "4b"))


def graded_with_usage(
    folder: Path, tasks: tuple[str, ...], *, long: bool = False
) -> tuple[Result, Usage]:
    """These tasks under tight limits, and how many workers that took."""
    course = Course(submissions.ROOT)
    settings = Settings(limits=TIGHT, tasks=tasks, long=long)
    return grade(course, Submission("submission", folder), course.small_dataset(), settings)


def lost_in(result: Result, pieces: Iterable[str] = WHOLE) -> set[str]:
    """Those of these pieces that do not keep all their points."""
    points = earned(result)
    return {piece for piece in pieces if points[piece] != WHOLE[piece]}


def assert_no_traceback(result: Result) -> None:
    text = result.to_json()
    assert TRACEBACK not in text
    assert "checks/" not in text
    assert "/tmp/" not in text


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return sample_copy(tmp_path / "submission")


def test_the_sample_keeps_all_points_of_every_piece(folder: Path) -> None:
    assert lost_in(graded(folder)) == set()


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("def broken(:\n", "SyntaxError"),
        ("1 / 0\n", "ZeroDivisionError: division by zero"),
        ("import sys; sys.exit(1)\n", "`sys.exit` was called"),
        ("while True: pass\n", "time limit"),
        ("import os; os._exit(3)\n", "exited early"),
        ("import os; os.abort()\n", "crashed with signal 6"),
        ("import time; time.sleep(60)\n", "time limit"),
        ("hoard = bytearray(1 << 36)\n", "memory"),
        ("while True: print('x' * 1000)\n", "printed too much"),
    ],
    ids=["syntax", "raise", "sys.exit", "loop", "os._exit", "abort", "sleep", "memory", "print"],
)
def test_a_module_that_does_not_load_costs_its_own_pieces(
    folder: Path, line: str, says: str
) -> None:
    number = replace(folder / "task3a.py", "np.random.seed(1)\n", line)
    result = graded(folder)
    assert lost_in(result) == OF_TASK_3A
    for piece in OF_TASK_3A:
        assert earned(result)[piece] == 0
        value = check(result, f"{piece}.value")
        assert value.verdict is Verdict.ERRORED
        assert value.message is not None
        assert "task3a.py" in value.message
        assert says in value.message
        # A process that ends itself leaves no trace of where.
        assert f"(task3a.py, line {number}" in value.message or "_exit" in line
    assert_no_traceback(result)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("while True: pass", "time limit"),
        ("import time; time.sleep(60)", "time limit"),
        ("import os; os._exit(0)", "exited early"),
        ("import os; os.kill(os.getpid(), 11)", "crashed with signal 11"),
        ("while True: print('x' * 1000)", "printed too much"),
        ("hoard = bytearray(1 << 36)", "memory"),
        ("raise SystemExit", "SystemExit"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    ],
    ids=["loop", "sleep", "os._exit", "segfault", "print", "memory", "sys.exit", "interrupt"],
)
def test_a_forward_that_ends_badly_costs_the_forward_alone(
    folder: Path, body: str, says: str
) -> None:
    number = replace(folder / "task3a.py", FORWARD_END, f"        {body}\n")
    result = graded(folder)
    assert lost_in(result) == {"3a.forward"}
    value = check(result, "3a.forward.value")
    assert value.verdict is Verdict.ERRORED
    assert value.message is not None
    assert says in value.message
    if "_exit" not in body:  # a process that ends itself leaves no trace of where
        assert value.where is not None
        assert (value.where.file, value.where.line) == ("task3a.py", number)
    assert_no_traceback(result)


def test_a_loop_in_forward_is_met_once_for_its_piece(folder: Path) -> None:
    replace(folder / "task3a.py", FORWARD_END, "        while True: pass\n")
    result = graded(folder)
    of_piece = [c for c in result.checks if c.piece == "3a.forward" and c.examples]
    assert [c.verdict for c in of_piece].count(Verdict.ERRORED) <= 2  # `start` needs no forward
    ended = [c for c in result.checks if c.piece == "3a.forward" and c.verdict is Verdict.BLOCKED]
    assert ended
    assert all("3a.forward.value" in str(c.message) for c in ended)


def test_a_function_that_hangs_is_not_asked_again_for_what_other_pieces_need(
    folder: Path,
) -> None:
    replace(folder / "task3a.py", "    return Y_encoded\n", "    while True: pass\n")
    result, usage = graded_with_usage(folder, ("3a",))
    assert lost_in(result, OF_TASK_3A - {"4b.penalty"}) == {"3a.one_hot"}
    assert usage.workers == 2


def test_what_lambda_adds_is_measured_once_where_backward_hangs(folder: Path) -> None:
    replace(folder / "task3a.py", BACKWARD_START, f"        while True: pass\n{BACKWARD_START}")
    result, usage = graded_with_usage(folder, ("3a", "3b", "4b"))
    assert lost_in(result, OF_TASK_3A) == {"3a.backward", "4b.penalty"}
    assert earned(result)["3b.train_step"] == 0.06
    # It dies in 3a's own law, in the script and in that measurement, which 3b and 4b share.
    assert usage.workers == 4


def test_a_replay_through_code_that_hangs_in_its_own_law_is_not_run(folder: Path) -> None:
    replace(folder / "task2a.py", FORWARD_2A, f"        while True: pass\n{FORWARD_2A}")
    result, usage = graded_with_usage(folder, ("2a", "2b", "2d", "2e"), long=True)
    for id in ("2b.train_step.replay", "2e.shuffling.replay"):
        replay = check(result, id)
        assert replay.verdict is Verdict.BLOCKED
        assert "not run: `2a.forward.value` ended with time limit" in str(replay.message)
    assert lost_in(result, OF_TASK_2A) == {"2a.forward"}
    assert earned(result)["2b.train_step"] == 0.25
    assert usage.workers == 3  # it dies in its law and in the script


def test_what_hangs_in_advice_alone_is_still_replayed(folder: Path) -> None:
    hanging = "        while abs(z).max() > 500: pass\n"
    replace(folder / "task2a.py", FORWARD_2A, hanging + FORWARD_2A)
    result, usage = graded_with_usage(folder, ("2a", "2b"), long=True)
    advised = [c for c in result.checks if c.advice and c.verdict is Verdict.ERRORED]
    assert {c.piece for c in advised} == {"2a.forward"}
    assert check(result, "2b.train_step.replay").verdict is Verdict.PASSED
    assert usage.workers == 2


def test_a_script_gets_no_more_than_the_usual_time_where_training_hangs(folder: Path) -> None:
    start = "        num_batches_per_epoch = len(self.X_train) // self.batch_size\n"
    replace(folder / "trainer.py", start, f"        while True: pass\n{start}")
    result, usage = graded_with_usage(folder, ("2b", "2d", "2e"), long=True)
    usual = f"more than {TIGHT.call_cpu_seconds:g} s of CPU time in"
    assert f"{usual} `task2.py`" in str(check(result, "2b.plot.recognised").message)
    value = check(result, "2d.stopping.value")
    assert f"{usual} `train`" in str(value.message)
    assert value.counterexample is not None
    assert "trainer.train(500)" in value.counterexample.snippet
    assert earned(result)["2b.train_step"] == 0.25
    # It dies alone and in both scripts: neither in its own law, nor in replays, nor for claims.
    assert usage.workers == 3


def test_a_script_that_hangs_by_itself_costs_nothing_and_is_to_be_looked_at(folder: Path) -> None:
    start = "    num_epochs = 500\n"
    replace(folder / "task2.py", start, f"    while True: pass\n{start}")
    result, _ = graded_with_usage(folder, ("2a", "2b", "2c"))
    assert lost_in(result, OF_TASK_2A | {"2c.accuracy"}) == set()
    assert result.score.lost == 0
    seen = check(result, "2b.protocol.script")
    assert str(seen.message).startswith("task2.py did not come to its end, so what it trains and")
    (task,) = (task for task in result.tasks if task.id == "2b")
    assert content.with_standing(task, "look here") == [seen]
    assert content.next_step(result) == "No point is lost, but look at 2b.protocol.script."


def test_a_script_that_hangs_where_its_model_does_is_not_to_be_looked_at_again(
    folder: Path,
) -> None:
    replace(folder / "task2a.py", FORWARD_2A, f"        while True: pass\n{FORWARD_2A}")
    result, _ = graded_with_usage(folder, ("2a", "2b"))
    assert lost_in(result, OF_TASK_2A) == {"2a.forward"}
    assert check(result, "2b.protocol.script").verdict is Verdict.BLOCKED


def test_an_exit_where_training_stops_keeps_replays_and_the_time_of_scripts(folder: Path) -> None:
    stop = "                        return train_history, val_history\n"
    replace(folder / "trainer.py", stop, "                        exit()\n")
    slow = f"        for _ in range(4000): z = z + 0.0 * abs(z).max()\n{FORWARD_2A}"
    replace(folder / "task2a.py", FORWARD_2A, slow)
    result, _ = graded_with_usage(folder, ("2b", "2d", "2e"), long=True)
    assert "exited early" in str(check(result, "2d.stopping.value").message)
    for id in ("2b.train_step.replay", "2b.plot.recognised", "2e.plot.recognised"):
        assert check(result, id).verdict is Verdict.PASSED, check(result, id).message


def test_weights_that_say_themselves_that_they_are_as_before_are_compared(folder: Path) -> None:
    replace(
        folder / "task2a.py",
        "class BinaryModel:",
        "class Same(np.ndarray):\n"
        "    def __array_function__(self, function, types, args, kwargs):\n"
        "        if function is np.array_equal:\n"
        "            return True\n"
        "        return super().__array_function__(function, types, args, kwargs)\n\n\n"
        "class BinaryModel:",
    )
    gradient = "        self.grad = -X.T @ (targets - outputs) / X.shape[0]\n"
    moved = "        self.w = (self.w + 1).view(Same)\n"
    replace(folder / "task2a.py", gradient, moved + gradient)
    result, _ = graded_with_usage(folder, ("2a",))
    assert check(result, "2a.backward.inputs").verdict is Verdict.FAILED


def test_a_loop_in_each_function_ends_in_one_limit_a_piece(folder: Path) -> None:
    path = folder / "task3a.py"
    source = path.read_text()
    for name in ("one_hot_encode", "cross_entropy_loss", "forward", "backward"):
        start = source.index(f"def {name}(")
        body = source.index("):\n", start) + 3
        indent = " " * (8 if name in ("forward", "backward") else 4)
        source = f"{source[:body]}{indent}while True: pass\n{source[body:]}"
    path.write_text(source)
    result = graded(folder)
    assert lost_in(result) == OF_TASK_3A
    for piece in OF_TASK_3A:
        waited = [c for c in result.checks if c.piece == piece and "time limit" in str(c.message)]
        ran = [c for c in waited if c.scored and c.verdict is Verdict.ERRORED]
        assert len(ran) == 1, piece


@pytest.mark.parametrize(
    ("importing", "computing", "module"),
    [
        ("from scipy.special import softmax", "softmax(z, axis=1)", "scipy"),
        ("import scipy.special as sp", "1 / sp.expit(-z)", "scipy"),
        ("import torch", "torch.softmax(torch.tensor(z), dim=1).numpy()", "torch"),
    ],
)
def test_a_piece_that_needs_an_absent_module_waits_for_a_person(
    folder: Path, importing: str, computing: str, module: str
) -> None:
    path = folder / "task3a.py"
    replace(path, "import utils\n", f"import utils\n{importing}\n")
    replace(path, FORWARD_END, f"        return {computing}\n")
    result = graded(folder)
    value = check(result, "3a.forward.value")
    assert value.verdict is Verdict.BLOCKED
    assert value.pending
    assert value.message is not None
    assert f"needs the module `{module}`" in value.message
    piece = next(p for task in result.tasks for p in task.pieces if p.id == "3a.forward")
    assert (float(piece.earned), float(piece.lost), float(piece.pending)) == (0, 0, 0.15)
    assert lost_in(result) == {"3a.forward"}


def test_an_import_of_an_absent_module_that_nothing_calls_costs_nothing(folder: Path) -> None:
    replace(
        folder / "task3a.py",
        "import utils\n",
        "import utils\nimport torch\nfrom sklearn.metrics import accuracy_score\nimport turtle\n",
    )
    result = graded(folder)
    assert lost_in(result) == set()
    assert result.conventions["modules that were stood in for"] == ["sklearn", "torch", "turtle"]


@pytest.mark.parametrize("missing", ["task2.py", "task3a.py", "trainer.py", "mnist.py"])
def test_a_missing_file_costs_only_what_is_in_it(folder: Path, missing: str) -> None:
    (folder / missing).unlink()
    result = graded(folder)
    expected = {
        "task2.py": {"2c.accuracy"},
        "task3a.py": OF_TASK_3A,
        "trainer.py": set(),
        "mnist.py": set(),
    }
    assert lost_in(result) == expected[missing]
    if expected[missing]:
        value = check(result, f"{min(expected[missing])}.value")
        assert value.verdict is Verdict.BLOCKED
        assert missing in str(value.message)


def test_a_missing_function_is_named(folder: Path) -> None:
    replace(folder / "task3a.py", "def one_hot_encode(", "def one_hot_encoding(")
    result = graded(folder)
    assert lost_in(result) == {"3a.one_hot"}
    value = check(result, "3a.one_hot.value")
    assert value.verdict is Verdict.BLOCKED
    assert value.message == (
        "needs `one_hot_encode`, which task3a.py does not define; "
        "is it called `one_hot_encoding` there?"
    )


def unfinished(source: str, body: str) -> str:
    """Every function of a handout's exercise with this body in place of its own."""
    lines, kept, indent = source.split("if __name__ ==")[0].splitlines(), [], None
    for line in lines:
        depth = len(line) - len(line.lstrip())
        if indent is not None and (not line.strip() or depth > indent):
            continue
        indent = None
        kept.append(line)
        if line.lstrip().startswith("def ") and "__init__" not in line and line.endswith(":"):
            indent = depth
            kept.append(" " * (depth + 4) + body)
    return "\n".join(kept) + "\n"


@pytest.mark.parametrize(
    "body", ["raise NotImplementedError", "raise NotImplementedError('TODO')", "return None"]
)
def test_unfinished_everything_earns_nothing_and_says_so(folder: Path, body: str) -> None:
    for name in ("task2a.py", "task2.py", "task3a.py", "task3.py", "utils.py", "trainer.py"):
        path = folder / name
        path.write_text(unfinished(path.read_text(), body))
    result = graded(folder)
    points = earned(result)
    assert {piece: points[piece] for piece in WHOLE} == dict.fromkeys(WHOLE, 0.0)
    assert float(result.score.earned) == 0
    for piece in WHOLE:
        value = check(result, f"{piece}.value")
        assert "not written yet" in str(value.message)
        assert value.counterexample is None
    assert_no_traceback(result)


def test_constants_and_echoes_earn_nothing(folder: Path) -> None:
    for body in ("return 0.5", "return np.zeros((1, 1))"):
        for name in ("task2a.py", "task2.py", "task3a.py", "task3.py"):
            path = folder / name
            path.write_text(unfinished(path.read_text(), body))
        result = graded(folder)
        assert {piece: earned(result)[piece] for piece in WHOLE} == dict.fromkeys(WHOLE, 0.0)


def test_the_result_of_a_broken_submission_is_the_same_twice(folder: Path) -> None:
    from gradus.results import comparable

    replace(folder / "task3a.py", FORWARD_END, "        raise ValueError(id(X) * 0 + 3)\n")
    first, second = (json.loads(graded(folder).to_json()) for _ in range(2))
    assert comparable(first) == comparable(second)
