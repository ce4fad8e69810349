"""The worker: what a submission may do to itself, and that nothing of it reaches the grader.

The interpreter is this one, or the one that GRADUS_STUDENT_PYTHON names.
"""

import dataclasses
import os
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from gradus.worker import wire
from gradus.worker.client import (
    Limits,
    StudentError,
    Worker,
    WorkerFailure,
    WorkerStartError,
    escape_output,
)

PYTHON = os.environ.get("GRADUS_STUDENT_PYTHON")
LIMITS = Limits(
    call_cpu_seconds=0.3,
    call_wall_seconds=5.0,
    load_cpu_seconds=3.0,
    load_wall_seconds=10.0,
    memory_bytes=600 << 20,
    output_bytes=10_000,
    reply_bytes=1 << 20,
    file_bytes=1 << 20,
)
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")
posix_only = pytest.mark.skipif(os.name != "posix", reason="needs POSIX")

ADAPTER = """
import importlib, sys

class Missing(Exception):
    gradus_kind = "missing"

    def __init__(self, name):
        super().__init__("there is no " + name)
        self.gradus_details = {"name": name}

def load(submission, options):
    sys.path.insert(0, submission)
    task = importlib.import_module(options.get("module", "task"))
    operations = {name: f for name, f in vars(task).items() if callable(f)}

    def need(name):
        raise Missing(name)

    def wrap():
        try:
            task.run()
        except ValueError as error:
            raise Missing("run") from error

    operations.update(need=need, wrap=wrap)
    return operations, {"names": sorted(n for n in operations if not n.startswith("_"))}
"""

Open = Callable[..., Worker]


@pytest.fixture
def open_worker(tmp_path: Path) -> Iterator[Open]:
    """Starts a worker on a submission whose `task.py` has the given source."""
    workers = []

    def start(
        source: str = "",
        limits: Limits = LIMITS,
        options: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> Worker:
        submission = tmp_path / "sübmission"
        submission.mkdir(exist_ok=True)
        (submission / "task.py").write_text(textwrap.dedent(source), encoding="utf-8")
        (tmp_path / "adapter.py").write_text(ADAPTER, encoding="utf-8")
        settings = {
            "adapter": tmp_path / "adapter.py",
            "submission": submission,
            "scratch": tmp_path / "scratch",
            "python": PYTHON,
            **kwargs,
        }
        worker = Worker(limits=limits, **settings).load(options or {})
        workers.append(worker)
        return worker

    yield start
    for worker in workers:
        worker.close()


@pytest.fixture
def failure_of(open_worker: Open) -> Callable[..., WorkerFailure]:
    """How a worker fails whose `run` has the given body; it must be dead after that."""

    def fail(body: str, limits: Limits = LIMITS) -> WorkerFailure:
        lines = textwrap.dedent(body).strip("\n").splitlines()
        worker = open_worker("\n".join(["def run():", *("    " + line for line in lines)]), limits)
        with pytest.raises(WorkerFailure) as caught:
            worker.call("run", {}, seed=0)
        assert not psutil.pid_exists(worker.pid)
        with pytest.raises(WorkerFailure) as again:
            worker.call("run", {}, seed=0)
        assert again.value is caught.value
        return caught.value

    return fail


@pytest.mark.parametrize("keeps", [True, False])
def test_the_adapter_is_compiled_for_all_workers_where_python_may_and_a_submission_never(
    keeps, open_worker, tmp_path, monkeypatch
):
    monkeypatch.setattr(sys, "dont_write_bytecode", not keeps)
    open_worker("", mechanisms=())
    assert (tmp_path / "__pycache__").is_dir() == keeps
    assert not list(tmp_path.glob("*/__pycache__"))


# Each body is that of `run`, whose `def` is line 1 of task.py.
TIME_LIMITS = {
    "an infinite loop": ("while True:\n    pass", {2, 3}),
    "a loop that swallows everything": (
        "while True:\n    try:\n        while True:\n            pass\n"
        "    except BaseException:\n        pass",
        {3, 4, 5, 6},
    ),
    "a loop in C code": ("import re\nre.match('(a+)+$', 'a' * 60 + 'b')", {3}),
    "a swallowed MemoryError": (
        "while True:\n    try:\n        bytearray(1 << 40)\n    except MemoryError:\n        pass",
        {3, 4, 5, 6},
    ),
}


@pytest.mark.parametrize("name", TIME_LIMITS)
def test_a_call_that_computes_too_long_meets_the_cpu_limit_at_its_line(name, failure_of):
    body, lines = TIME_LIMITS[name]
    failure = failure_of(body)
    assert failure.kind == "time limit"
    assert failure.message == "time limit: more than 0.3 s of CPU time in call 'run'"
    assert failure.file == "task.py"
    assert failure.line in lines
    assert str(failure) == f"{failure.message} (task.py, line {failure.line})"


def test_a_call_that_sleeps_meets_the_wall_limit_at_its_line(failure_of):
    limits = dataclasses.replace(LIMITS, call_wall_seconds=0.4)
    failure = failure_of("import time\ntime.sleep(60)", limits)
    assert str(failure) == "time limit: no answer from call 'run' within 0.4 s (task.py, line 3)"


def test_without_signals_a_timer_tells_the_line(open_worker):
    worker = open_worker("def run():\n    x = 0\n    while True: x += 1")
    worker._monitor.can_ask_for_trace = False
    with pytest.raises(WorkerFailure, match=r"^time limit: .* \(task.py, line 3\)$"):
        worker.call("run", {}, seed=0)


@posix_only
def test_cutting_off_its_traceback_does_not_blind_what_watches_it(open_worker):
    worker = open_worker(
        """
        import os, stat
        def is_plain(fd):
            try: return stat.S_ISREG(os.fstat(fd).st_mode)
            except OSError: return False
        def fill():
            for fd in filter(is_plain, range(3, 20)): os.write(fd, b"x" * 100_000)
        def run():
            for fd in filter(is_plain, range(3, 20)): os.ftruncate(fd, 0)
            while True: pass
        """
    )
    worker.call("fill", {}, seed=0)
    with pytest.raises(WorkerFailure, match="time limit"):
        worker.call("run", {}, seed=0)


@posix_only
def test_a_worker_that_cannot_be_watched_is_ended(open_worker, monkeypatch):
    """Whatever the reason: otherwise somebody would wait for its answer for ever."""
    worker = open_worker("def run():\n    while True: pass")

    def broken(*_, **__):
        raise RuntimeError("this is no reason to wait")

    monkeypatch.setattr(worker._tree, "usage", broken)
    monkeypatch.setattr(threading, "excepthook", lambda arguments: None)
    with pytest.raises(WorkerFailure, match="crashed with signal 9"):
        worker.call("run", {}, seed=0)


HOARDS = {
    "threads": (
        "import threading, time\nthreading.stack_size(1 << 16)\n"
        "for _ in range(100):\n"
        "    threading.Thread(target=time.sleep, args=(20,), daemon=True).start()\n"
        "time.sleep(20)",
        "thread limit: more than 50 threads in call 'run'",
    ),
    "files": (
        "import time\nfor i in range(150): open(str(i), 'w').close()\ntime.sleep(20)",
        "disk limit: more than 2 MiB or 100 files in call 'run'",
    ),
    "bytes": (
        "import time\nfor i in range(4): open(str(i), 'wb').write(bytes(1 << 20))\ntime.sleep(20)",
        "disk limit: more than 2 MiB or 100 files in call 'run'",
    ),
}
NAMELESS = """
import os, time
kept = []
for i in range(4):
    kept.append(open(str(i), 'wb'))
    os.remove(str(i))
    kept[-1].write(bytes(1 << 20))
    kept[-1].flush()
time.sleep(20)
"""
if sys.platform == "linux":
    HOARDS["files of no name"] = (NAMELESS, HOARDS["bytes"][1])


@posix_only
@pytest.mark.parametrize("name", HOARDS)
def test_hoarding_meets_a_limit_of_its_own(name, failure_of):
    body, message = HOARDS[name]
    limits = dataclasses.replace(LIMITS, threads=50, scratch_files=100, scratch_bytes=2 << 20)
    assert failure_of(body, limits).message == message


@posix_only
def test_what_a_thread_writes_between_two_calls_counts_too(open_worker):
    worker = open_worker(
        """
        import threading, time
        def write():
            for i in range(150): open(str(i), 'w').close()
        def run(): threading.Timer(0.05, write).start()
        def again(): time.sleep(1)
        """,
        limits=dataclasses.replace(LIMITS, scratch_files=100),
    )
    worker.call("run", {}, seed=0)
    time.sleep(0.3)
    with pytest.raises(WorkerFailure, match="disk limit"):
        worker.call("again", {}, seed=0)


def test_a_fast_call_after_a_slow_one_is_not_charged_for_it(open_worker):
    worker = open_worker(
        """
        import time
        def burn(seconds):
            begin = time.process_time()
            while time.process_time() - begin < seconds: pass
        """
    )
    for _ in range(4):
        worker.call("burn", {"seconds": 0.15}, seed=0)
    worker.call("burn", {"seconds": 0.5}, seed=0, cpu_seconds=2.0)


@posix_only
def test_a_worker_that_stops_itself_meets_the_wall_limit(failure_of):
    limits = dataclasses.replace(LIMITS, call_wall_seconds=0.4)
    assert failure_of("import os\nos.kill(os.getpid(), 19)", limits).kind == "time limit"


def test_a_loop_at_import_meets_the_limit_of_loading(open_worker):
    limits = dataclasses.replace(LIMITS, load_cpu_seconds=0.3)
    with pytest.raises(WorkerFailure) as caught:
        open_worker("x = 1\nwhile True: x += 1", limits)
    failure = caught.value
    assert str(failure) == "time limit: more than 0.3 s of CPU time in loading (task.py, line 2)"


@linux_only
@pytest.mark.parametrize("statement", ["np.ones(1 << 30)", "bytearray(1 << 33)"])
def test_asking_for_too_much_memory_is_a_memory_limit_at_its_line(statement, failure_of):
    failure = failure_of(f"import numpy as np\nx = {statement}")
    assert failure.kind == "memory limit"
    assert str(failure).startswith("memory limit: ")
    assert (failure.file, failure.line) == ("task.py", 3)


@linux_only
def test_filling_the_memory_bit_by_bit_is_a_memory_limit_at_its_line(failure_of):
    limits = dataclasses.replace(LIMITS, call_cpu_seconds=20.0, call_wall_seconds=60.0)
    failure = failure_of("kept = []\nwhile True:\n    kept.append(bytes(1 << 20))", limits)
    assert failure.kind == "memory limit"
    assert (failure.file, failure.line) == ("task.py", 4)


def test_resident_memory_is_watched_where_the_address_space_is_not_bounded(
    open_worker, monkeypatch
):
    monkeypatch.setattr("gradus.worker.client._resource_limits", lambda limits: {})
    limits = dataclasses.replace(LIMITS, memory_bytes=200 << 20, call_cpu_seconds=20.0)
    worker = open_worker("def run():\n    x = b'1' * (300 << 20)\n    while True: pass", limits)
    assert worker.hello["limits"] == []
    with pytest.raises(WorkerFailure, match=r"^memory limit: more than 200 MiB in call 'run'"):
        worker.call("run", {}, seed=0)
    assert worker.peak_memory_bytes > 200 << 20


CRASHES = {
    "segmentation fault": ("import ctypes\nctypes.string_at(0)", "crashed with signal 11", 3),
    "abort": ("import os\nos.abort()", "crashed with signal 6", 3),
    "kill": ("import os\nos.kill(os.getpid(), 9)", "crashed with signal 9", None),
}


@posix_only
@pytest.mark.parametrize("name", CRASHES)
def test_a_crash_names_its_signal_and_where_possible_its_line(name, failure_of):
    body, kind, line = CRASHES[name]
    failure = failure_of(body)
    assert failure.kind == kind
    assert failure.message.startswith(f"{kind} (SIG")
    assert failure.line == line


EXITS = {
    "os._exit(0)": ("exited early (status 0)", None),
    "os._exit(7)": ("exited early (status 7)", None),
    "sys.exit('bye')": ("exited early: SystemExit: bye", 3),
    "exit()": ("exited early: SystemExit: None", 3),
    "raise KeyboardInterrupt": ("exited early: KeyboardInterrupt", 3),
}


@pytest.mark.parametrize("statement", EXITS)
def test_ending_the_process_is_never_an_answer(statement, failure_of):
    message, line = EXITS[statement]
    failure = failure_of(f"import os, sys\n{statement}")
    assert failure.kind == "exited early"
    assert failure.message == message
    assert failure.line == line


def test_sys_exit_at_import_exited_early_at_its_line(open_worker):
    with pytest.raises(WorkerFailure) as caught:
        open_worker("import sys\nsys.exit(0)")
    assert str(caught.value) == "exited early: SystemExit: 0 (task.py, line 2)"


@posix_only
def test_closing_every_descriptor_exited_early(failure_of):
    assert failure_of("import os\nos.closerange(0, 100)").kind == "exited early"


@posix_only
def test_closing_the_reply_pipe_and_going_on_exited_early(failure_of):
    body = "import os, time\nos.closerange(3, 100)\ntime.sleep(60)"
    assert failure_of(body).message == "exited early (it closed its end of the pipe)"


FLOODS = {
    "print": "while True:\n    print('flood')",
    "descriptor 1": "import os\nwhile True:\n    os.write(1, b'x' * 4096)",
    "descriptor 2": "import os\nwhile True:\n    os.write(2, b'x' * 4096)",
}


@pytest.mark.parametrize("name", FLOODS)
def test_printing_without_end_printed_too_much(name, failure_of):
    limits = dataclasses.replace(LIMITS, call_cpu_seconds=5.0)
    failure = failure_of(FLOODS[name], limits)
    assert failure.kind == failure.message == "printed too much"
    assert failure.file == "task.py"


GARBAGE = """
    import os, stat, struct, json
    for fd in range(3, 20):
        try:
            if stat.S_ISFIFO(os.fstat(fd).st_mode): os.write(fd, %s)
        except OSError:
            pass
    while True: pass
"""
HUGE = "struct.pack('<4sIQ', b'GRD1', 2, 1 << 62) + b'{}'"
FORGED = (
    "(lambda h: struct.pack('<4sIQ', b'GRD1', len(h), 0) + h)"
    "(json.dumps({'message': %s, 'arrays': []}).encode())"
)


@posix_only
@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("b'garbage' * 100", "a frame begins with b'garb'"),
        (HUGE, "bytes of arrays is over"),
        (FORGED % "{'id': 1, 'ok': True, 'value': 1}", "does not belong to the request"),
        (FORGED % "{'id': 2, 'ok': 1, 'value': 1}", "neither a value nor an error"),
        (FORGED % "{}", "does not belong to the request"),
        (FORGED % "[]", "a message is an object"),
    ],
)
def test_garbage_on_the_reply_pipe_is_a_protocol_error(written, reason, failure_of):
    failure = failure_of(GARBAGE % written)
    assert failure.kind == "protocol error"
    assert reason in failure.message


@posix_only
def test_a_reply_that_drips_does_not_extend_the_deadline(failure_of):
    limits = dataclasses.replace(LIMITS, call_wall_seconds=0.5)
    body = """
        import os, stat, struct, time
        pipes = [fd for fd in range(3, 10) if os.path.exists(f"/dev/fd/{fd}")]
        pipes = [fd for fd in pipes if stat.S_ISFIFO(os.fstat(fd).st_mode)]
        for byte in struct.pack("<4sIQ", b"GRD1", 1000, 0) + b" " * 900:
            for fd in pipes:
                try:
                    os.write(fd, bytes([byte]))
                except OSError:
                    pass
            time.sleep(0.02)
    """
    assert failure_of(body, limits).kind == "time limit"


def test_a_reply_over_its_cap_is_a_protocol_error(open_worker):
    worker = open_worker("import numpy as np\ndef run(n): return np.zeros(n)")
    assert worker.call("run", {"n": 1 << 17}, seed=0).nbytes == LIMITS.reply_bytes
    assert worker.call("run", {"n": 1 << 18}, seed=0, reply_bytes=1 << 21).nbytes == 1 << 21
    with pytest.raises(WorkerFailure, match=r"^protocol error: .* is over 1048576"):
        worker.call("run", {"n": 1 << 18}, seed=0)


def test_a_reply_with_endless_lists_is_a_protocol_error_at_the_worker(failure_of):
    # To see that it is too long takes a part of a second on a slow machine.
    limits = dataclasses.replace(LIMITS, call_cpu_seconds=5.0)
    assert "must be arrays" in failure_of("return [0.1] * 1_000_000", limits).message


def test_an_exception_is_a_reply_that_names_file_line_function_and_source(open_worker):
    worker = open_worker(
        """
        import numpy as np
        def forward(X, w):
            return helper(X, w)
        def helper(X, w):
            z = X @ w
            return z
        """
    )
    with pytest.raises(StudentError) as caught:
        worker.call("forward", {"X": np.zeros((2, 3)), "w": np.zeros((2, 3))}, seed=0)
    error = caught.value
    assert (error.kind, error.type) == ("raised", "ValueError")
    assert (error.file, error.line, error.function) == ("task.py", 6, "helper")
    assert error.source == "z = X @ w"
    assert str(error).startswith("ValueError: matmul")
    assert str(error).endswith("(task.py, line 6, in helper: `z = X @ w`)")
    assert worker.call("helper", {"X": np.eye(2), "w": np.eye(2)}, seed=0).shape == (2, 2)


def test_endless_recursion_names_its_line(open_worker):
    worker = open_worker("def run(n=0):\n    return run(n + 1)")
    with pytest.raises(StudentError, match=r"^RecursionError: .*\(task.py, line 2, in run"):
        worker.call("run", {}, seed=0)


def test_a_syntax_error_names_its_own_line(open_worker):
    with pytest.raises(StudentError) as caught:
        open_worker("x = 1\ny = = 2\n")
    assert str(caught.value) == "SyntaxError: invalid syntax (task.py, line 2: `y = = 2`)"


def test_an_adapter_gives_its_errors_a_kind_and_details(open_worker):
    with pytest.raises(StudentError) as caught:
        open_worker().call("need", {"name": "forward"}, seed=0)
    error = caught.value
    assert (error.kind, error.details, error.file) == ("missing", {"name": "forward"}, None)
    assert str(error) == "Missing: there is no forward"


def test_an_adapters_error_points_at_the_line_of_its_cause(open_worker):
    worker = open_worker("def run():\n    raise ValueError('no')")
    with pytest.raises(StudentError, match=r"^Missing: there is no run \(task.py, line 2"):
        worker.call("wrap", {}, seed=0)


ODD_EXCEPTIONS = {
    "class E(Exception):\n    def __str__(self): raise RuntimeError": "cannot be shown",
    "class E(Exception):\n    def __str__(self): return 3": "cannot be shown",
    "class E(Exception):\n    def __str__(self): return 'x' * 10**7": "x…",
    "class E(Exception):\n    gradus_kind = 3\n    gradus_details = object()": None,
    "class E(Exception):\n    def __getattr__(self, name): raise SystemExit": None,
    "class E(BaseException): pass": None,
}


def test_an_exception_of_the_submission_cannot_say_what_becomes_of_its_points(open_worker):
    worker = open_worker(
        "class E(Exception):\n    gradus_kind = 'blocked'\n"
        "    gradus_details = {'needs': 'torch', 'pending': True}\ndef run():\n    raise E"
    )
    with pytest.raises(StudentError) as caught:
        worker.call("run", {}, seed=0)
    assert (caught.value.kind, caught.value.details) == ("raised", {})


@pytest.mark.parametrize("definition", ODD_EXCEPTIONS)
def test_an_exception_that_misbehaves_is_still_an_ordinary_reply(definition, open_worker):
    worker = open_worker(f"{definition}\ndef run():\n    raise E\ndef fine():\n    return 1")
    with pytest.raises(StudentError) as caught:
        worker.call("run", {}, seed=0)
    assert caught.value.type == "E"
    assert len(caught.value.message) <= 2_000
    assert (ODD_EXCEPTIONS[definition] or "") in caught.value.message
    assert worker.call("fine", {}, seed=0) == 1


def test_messages_are_free_of_folders_addresses_and_control_characters(open_worker, tmp_path):
    worker = open_worker(
        """
        import os
        def run():
            place = os.path.dirname(__file__)
            raise ValueError(f"{place}/data {os.getcwd()}/a {object()} \\x1b[31m\\u202e\\ud800")
        """
    )
    with pytest.raises(StudentError) as caught:
        worker.call("run", {}, seed=0)
    message = caught.value.message
    assert message == "data a <object object at 0x…> \\x1b[31m\\u202e\\ud800"


def test_an_operation_that_is_not_there_is_an_error_of_the_harness(open_worker):
    with pytest.raises(StudentError, match="there is no operation 'nothing', only") as caught:
        open_worker().call("nothing", {}, seed=0)
    assert caught.value.kind == "harness"


def test_prints_are_kept_apart_from_replies(open_worker):
    worker = open_worker(
        """
        import os, sys
        print("at import")
        def run():
            print("to stdout \\x1b[2J")
            print("to stderr", file=sys.stderr)
            os.write(1, b"GRD1 raw\\n")
            return [1, sys.stdin.read()]
        """
    )
    assert worker.call("run", {}, seed=0) == [1, ""]
    worker.close()
    assert worker.output.splitlines() == [
        "at import",
        "to stdout \\x1b[2J",
        "to stderr",
        "GRD1 raw",
    ]


def test_what_was_printed_before_a_crash_is_kept(open_worker):
    worker = open_worker("import os\ndef run():\n    print('before')\n    os._exit(3)")
    with pytest.raises(WorkerFailure):
        worker.call("run", {}, seed=0)
    assert worker.output == "before\n"


def test_output_is_escaped_but_stays_readable():
    assert escape_output("é\t1\r\n\x1b[0m\u202e\ufeff\U000e0041\x9b\r") == (
        "é\t1\n\\x1b[0m\\u202e\\ufeff\\U000e0041\\x9b\\x0d"
    )


def test_the_environment_holds_nothing_else_of_the_graders(open_worker, monkeypatch, tmp_path):
    monkeypatch.setenv("GITHUB_TOKEN", "secret")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    worker = open_worker(
        "import os, sys\ndef run(): return [dict(os.environ), os.getcwd(), sys.path]"
    )
    environment, folder, path = worker.call("run", {}, seed=0)
    assert "secret" not in environment.values()
    assert not {"GITHUB_TOKEN", "PYTHONPATH"} & set(environment)
    assert environment["HOME"] == environment["TMPDIR"] == str(tmp_path / "scratch")
    assert environment["PYTHONHASHSEED"] == "0"
    assert Path(folder) == (tmp_path / "scratch").resolve()
    assert not [entry for entry in path if "gradus" in entry or entry == str(Path.cwd())]


def test_nothing_of_the_grader_is_imported_in_the_worker(open_worker):
    modules = open_worker("import sys\ndef run(): return sorted(sys.modules)").call(
        "run", {}, seed=0
    )
    assert "numpy" in modules
    roots = {name.partition(".")[0] for name in modules}
    assert not roots & {"gradus", "reference", "checks", "hypothesis", "pytest", "wire"}


DRAWS = """
    import random
    import numpy as np
    def draw(kind):
        makers = {
            "random": random.random,
            "np.random": np.random.rand,
            "np.random.seed()": lambda: (np.random.seed(), np.random.rand())[1],
            "random.seed()": lambda: (random.seed(), random.random())[1],
            "default_rng": lambda: np.random.default_rng().random(),
            "RandomState": lambda: np.random.RandomState().rand(),
            "PCG64": lambda: np.random.Generator(np.random.PCG64()).random(),
            "SeedSequence": lambda: float(np.random.SeedSequence().generate_state(1)[0]),
            "Random": lambda: random.Random().random(),
        }
        return [float(makers[kind]()) for _ in range(3)]
"""
KINDS = [
    "random",
    "np.random",
    "np.random.seed()",
    "random.seed()",
    "default_rng",
    "RandomState",
    "PCG64",
    "SeedSequence",
    "Random",
]


def test_a_seed_decides_every_draw_even_of_generators_without_one(open_worker):
    worker = open_worker(DRAWS)
    for kind in KINDS:
        first = worker.call("draw", {"kind": kind}, seed=1)
        other = worker.call("draw", {"kind": kind}, seed=(1 << 64) - 1)
        assert worker.call("draw", {"kind": kind}, seed=1) == first, kind
        assert len({*first, *other}) == 6, kind


def test_a_seed_decides_the_draws_of_another_process_too(open_worker):
    draws = [open_worker(DRAWS).call("draw", {"kind": kind}, seed=5) for kind in KINDS[:2] * 2]
    assert draws[:2] == draws[2:]


def test_a_seed_out_of_range_is_refused_before_it_is_sent(open_worker):
    with pytest.raises(ValueError, match="seed=-1 must be at least 0"):
        open_worker().call("need", {"name": "x"}, seed=-1)


def test_rebinding_numpys_functions_lasts_no_longer_than_the_call(open_worker):
    worker = open_worker(
        """
        import numpy as np
        def poison(x):
            np.exp = x
            del np.sum
        def use(x):
            return np.sum(np.exp(x))
        """
    )
    worker.call("poison", {"x": np.zeros(2)}, seed=0)
    assert worker.call("use", {"x": np.zeros(2)}, seed=0) == 2.0


def test_uploaded_values_travel_once_and_small_ones_stay_as_they_were(open_worker):
    worker = open_worker("def add(xs, more): xs[0] += more['by']; return xs[0]")
    small = worker.upload("small", np.zeros(3))
    by = worker.upload("by", 2.0)
    assert small == wire.Uploaded("small")
    for _ in range(2):
        added = worker.call("add", {"xs": [small], "more": {"by": by}}, seed=0)
        assert added.tolist() == [2.0, 2.0, 2.0]


def test_a_value_that_was_not_uploaded_is_an_error_of_the_harness(open_worker):
    with pytest.raises(StudentError, match="nothing was uploaded as 'x'"):
        open_worker().call("need", {"name": wire.Uploaded("x")}, seed=0)


def test_what_is_no_plain_data_arrives_as_the_name_of_its_type(open_worker, tmp_path):
    worker = open_worker(
        """
        import numpy as np
        class Bomb:
            def __reduce__(self):
                return (open, ("exploded", "w"))
            __eq__ = lambda self, other: True
        class Liar(np.ndarray):
            shape = property(lambda self: (10**9,))
            __array_function__ = lambda *_: 1 / 0
        def run():
            return [Bomb(), np.array([Bomb()]), np.zeros(3).view(Liar), {1: 2}]
        """
    )
    bomb, objects, liar, mapping = worker.call("run", {}, seed=0)
    assert bomb == wire.Opaque("task.Bomb")
    assert objects == wire.Opaque("array of dtype |O")
    assert type(liar) is np.ndarray
    assert liar.shape == (3,)
    assert mapping == wire.Opaque("dict")
    assert not (tmp_path / "scratch" / "exploded").exists()


def gone(pid: int) -> bool:
    for _ in range(100):
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.02)
    return False


SPAWN = """
    import subprocess, sys, os
    def run(detached):
        program = "import time; time.sleep(60)"
        child = subprocess.Popen([sys.executable, "-c", program], start_new_session=detached)
        return child.pid
"""


@pytest.mark.parametrize("detached", [False, True])
def test_a_child_process_left_behind_dies_with_the_worker(detached, open_worker):
    worker = open_worker(SPAWN, mechanisms=())
    child = worker.call("run", {"detached": detached}, seed=0)
    assert psutil.pid_exists(child)
    worker.close()
    assert gone(child)


@linux_only
def test_a_daemon_that_holds_the_pipes_open_does_not_block_the_grader(open_worker, tmp_path):
    worker = open_worker(
        """
        import os, time
        def run(marker):
            if os.fork() == 0:
                os.setsid()
                if os.fork() == 0:
                    with open(marker, "w") as file:
                        file.write(str(os.getpid()))
                    time.sleep(20)
                os._exit(0)
            while not os.path.exists(marker): pass
            os.wait()
            while True: pass
        """,
        mechanisms=(),
    )
    with pytest.raises(WorkerFailure, match=r"^time limit"):
        worker.call("run", {"marker": "daemon"}, seed=0)
    daemon = psutil.Process(int((tmp_path / "scratch" / "daemon").read_text()))
    assert daemon.is_running()
    daemon.kill()


def test_closing_twice_does_no_harm_and_a_closed_worker_says_so(open_worker, tmp_path):
    with open_worker() as worker:
        pass
    worker.close()
    assert not psutil.pid_exists(worker.pid)
    assert list((tmp_path / "scratch").iterdir()) == []
    with pytest.raises(RuntimeError, match="this worker is closed; start another"):
        worker.call("need", {"name": "x"}, seed=0)


def test_a_worker_that_nobody_holds_any_more_is_killed(open_worker, tmp_path):
    source = tmp_path / "own"
    source.mkdir()
    (source / "task.py").write_text("")
    open_worker().close()
    worker = Worker(
        adapter=tmp_path / "adapter.py",
        submission=source,
        scratch=tmp_path / "scratch",
        limits=LIMITS,
        python=PYTHON,
    ).load({})
    pid = worker.pid
    del worker
    assert gone(pid)


def test_the_worker_says_what_it_is_before_it_loads_anything(open_worker):
    worker = open_worker("import numpy as np, sys\nnp.__version__ = sys.version = 'forged'")
    assert worker.hello["numpy"][0].isdigit()
    assert worker.hello["python"].startswith("3.")
    if sys.platform == "linux":
        assert worker.hello["limits"] == ["AS", "CPU", "FSIZE", "CORE", "NOFILE"]
    assert worker.manifest == {"names": ["need", "wrap"]}


@linux_only
def test_the_cpu_time_of_a_whole_life_is_bounded_by_the_system(open_worker):
    limits = dataclasses.replace(LIMITS, call_cpu_seconds=30.0, total_cpu_seconds=1)
    worker = open_worker("def run():\n    while True: pass", limits)
    with pytest.raises(WorkerFailure, match=r"^time limit: the submission used up its CPU time"):
        worker.call("run", {}, seed=0)


def test_an_interpreter_that_is_not_there_is_named(open_worker):
    with pytest.raises(WorkerStartError, match=r"'/nowhere/python' cannot be started .* NumPy$"):
        open_worker(python="/nowhere/python")


@posix_only
@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("exit 1", "is not a Python interpreter"),
        ('case "$*" in *"-B -c "*) echo 3.6;; esac; exit 1', "is Python 3.6; give the path of"),
        ('case "$*" in *"-B -c "*) echo 3.9;; esac; exit 1', "has no NumPy that works; install it"),
        (
            'case "$*" in *"-B -c "*) echo 3.9;; *) echo why >&2; exit 1;; esac',
            "did not start .*: why$",
        ),
        ('case "$*" in *"-B -c "*) echo 3.9;; *) echo banner;; esac', "did not start"),
    ],
)
def test_an_interpreter_that_will_not_do_is_explained(script, sentence, open_worker, tmp_path):
    interpreter = tmp_path / "interpreter"
    interpreter.write_text(f"#!/bin/sh\n{script}\n")
    interpreter.chmod(0o755)
    with pytest.raises(WorkerStartError, match=sentence):
        open_worker(python=str(interpreter))
