"""What a confined worker can still do, and what it cannot; on Linux alone.

Where GRADUS_REQUIRE_CONFINEMENT is set these tests fail, and are not skipped, without Landlock and
seccomp.
"""

from __future__ import annotations

import ctypes
import errno
import os
import signal
import struct
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from gradus.worker import access, confine, landlock, process, seccomp, syscalls
from gradus.worker.client import StudentError, Worker, WorkerFailure
from tests.submissions import ROOT
from tests.workers import REQUIRED, Open, confined_only, kernel_confines, worker_on

SERVE = ROOT / "gradus" / "worker" / "serve.py"


@pytest.fixture
def open_worker(tmp_path: Path) -> Iterator[Open]:
    workers: list[Worker] = []

    def start(source: str, **keywords: Any) -> Worker:
        workers.append(worker_on(tmp_path, source, **keywords))
        return workers[-1]

    yield start
    for worker in workers:
        worker.close()


@pytest.fixture
def refusal(open_worker: Open) -> Callable[[str], str]:
    """The name of the error number with which a line of a submission fails; "" if it does not."""

    def attempt(line: str, **values: Any) -> str:
        body = textwrap.indent(textwrap.dedent(line), "        ")
        source = (
            "import ctypes, fcntl, os, socket, subprocess, sys\n"
            "libc = ctypes.CDLL(None, use_errno=True)\n"
            "def ok(result):\n"
            "    if result == -1: raise OSError(ctypes.get_errno(), 'refused')\n"
            "def run(**values):\n"
            "    globals().update(values)\n"
            f"    try:\n{body}\n"
            "    except (OSError, ValueError) as error:\n"
            "        return getattr(error, 'errno', 0) or 1  # setrlimit: ValueError\n"
            "    return 0\n"
        )
        number = open_worker(source).call("run", values, seed=0)
        return errno.errorcode[number] if number else ""

    return attempt


def test_where_confinement_is_required_this_system_has_it() -> None:
    assert kernel_confines() or not REQUIRED


@confined_only
def test_a_worker_announces_every_mechanism_before_it_loads_the_submission(
    open_worker: Open,
) -> None:
    worker = open_worker("raised = 1")
    applied = worker.hello["confinement"]["applied"]
    assert worker.hello["confinement"]["missing"] == []
    assert [name.split(" (")[0] for name in applied] == [
        "ends with the grader",
        "no_new_privs",
        "no capabilities",
        "landlock",
        "seccomp",
    ]


@confined_only
def test_the_kernel_confirms_what_was_announced(open_worker: Open) -> None:
    worker = open_worker("def run(): return 1")
    lines = Path(f"/proc/{worker.pid}/status").read_text().splitlines()
    status = dict(line.split(":\t", 1) for line in lines)
    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == "2"
    assert status["Threads"] == "1"
    readable_only = 1 << confine.CAP_DAC_READ_SEARCH
    for kind in ("CapEff", "CapPrm", "CapInh", "CapAmb"):
        assert int(status[kind], 16) & ~readable_only == 0, kind


LAZY = """
    import importlib
    def run(names):
        for name in names:
            importlib.import_module(name)
        import numpy as np
        from numpy.random import default_rng
        values = np.linalg.svd(default_rng(0).random((5, 3)))[1]
        values = values + np.fft.fft(values).real + np.polynomial.Polynomial([1, 2])(values)
        return float(values.sum())
"""


@confined_only
def test_the_library_and_numpys_parts_load_when_they_are_first_needed(open_worker: Open) -> None:
    names = "json csv sqlite3 ssl hashlib lzma bz2 zlib decimal asyncio concurrent.futures ctypes "
    names += "unittest.mock xml.etree.ElementTree email tempfile multiprocessing statistics "
    names += "numpy.ma numpy.fft numpy.polynomial numpy.testing numpy.ctypeslib numpy.random"
    assert open_worker(LAZY).call("run", {"names": names.split()}, seed=0) != 0


@confined_only
def test_a_submission_reads_its_own_files_and_its_data(open_worker: Open, tmp_path: Path) -> None:
    (tmp_path / "submission").mkdir()
    (tmp_path / "submission" / "notes.txt").write_text("mine")
    (tmp_path / "data.bin").write_bytes(b"data")
    worker = open_worker(
        """
        import os
        here = os.path.dirname(__file__)
        def run(data):
            names = [open(os.path.join(here, "notes.txt")).read(), sorted(os.listdir(here))[0]]
            return [*names, open(data).read(), open(os.devnull).read(), len(os.urandom(4))]
        """,
        readable=(tmp_path / "data.bin",),
    )
    answer = worker.call("run", {"data": str(tmp_path / "data.bin")}, seed=0)
    assert answer == ["mine", "notes.txt", "data", "", 4]


@confined_only
def test_the_scratch_folder_can_be_used_as_any_folder(open_worker: Open, tmp_path: Path) -> None:
    worker = open_worker(
        """
        import os, shutil, tempfile, numpy as np
        def run():
            os.makedirs("plots/deep")
            np.save("plots/a.npy", np.arange(3))
            shutil.copy("plots/a.npy", "plots/deep/b.npy")
            shutil.copy2("plots/a.npy", "c.npy")
            os.rename("c.npy", "plots/c.npy")
            shutil.rmtree("plots/deep")
            with tempfile.TemporaryDirectory() as folder, open(folder + "/x", "w") as file:
                file.write("x")
            with open("log.txt", "a") as file:
                file.truncate(0)
            print("x", file=open(os.devnull, "w"))
            return sorted(os.listdir("plots"))
        """
    )
    assert worker.call("run", {}, seed=0) == ["a.npy", "c.npy"]
    assert (tmp_path / "scratch" / "plots" / "a.npy").is_file()


UNREADABLE = {
    "the reference": ROOT / "reference" / "softmax.py",
    "a law": ROOT / "checks" / "test_task2a_logistic.py",
    "the rubric": ROOT / "checks" / "rubric.toml",
    "the oracle": ROOT / "checks" / "oracle.py",
    "the adapter": ROOT / "checks" / "adapter.py",
    "the engine": ROOT / "gradus" / "grading.py",
    "another package": Path(pytest.__file__),
    "the grader's library": Path(psutil.__file__),
    "users": Path("/etc/passwd"),
    "processes": Path("/proc/self/environ"),
    "the machine": Path("/proc/cpuinfo"),
}


@confined_only
@pytest.mark.parametrize("what", UNREADABLE)
def test_everything_else_is_unreadable(what: str, refusal: Callable[..., str]) -> None:
    assert UNREADABLE[what].exists()
    assert refusal("open(path, 'rb')", path=str(UNREADABLE[what])) == "EACCES"


@confined_only
@pytest.mark.parametrize("folder", ["reference", "checks", "gradus", "."])
def test_folders_of_the_grader_cannot_be_listed(folder: str, refusal: Callable[..., str]) -> None:
    assert refusal("os.listdir(path)", path=str(ROOT / folder)) == "EACCES"


@confined_only
def test_what_an_import_reads_is_bounded_too(tmp_path: Path, open_worker: Open) -> None:
    (tmp_path / "secret.txt").write_text("canary")
    with pytest.raises(StudentError, match="Permission denied") as caught:
        open_worker(f"open({str(tmp_path / 'secret.txt')!r})")
    assert "canary" not in str(caught.value)


CHANGES = {
    "write": ("open(path, 'w')", "EACCES"),
    "append": ("open(path, 'a')", "EACCES"),
    "remove": ("os.remove(path)", "EACCES"),
    "rename": ("os.rename(path, 'mine')", "EACCES"),
    "replace": ("open('mine', 'w').close(); os.replace('mine', path)", "EACCES"),
    "create beside": ("open(path + '.new', 'x')", "EACCES"),
    "make a folder": ("os.mkdir(path + '.d')", "EACCES"),
    "link in": ("os.link(path, 'mine')", "EXDEV EACCES"),
    "link": ("os.symlink(path, 'mine')", "EACCES"),
    "truncate": ("os.truncate(path, 0)", "EPERM"),
    "a pipe": ("os.mkfifo('mine')", "EPERM"),
    "attributes": ("os.setxattr(path, 'user.a', b'1')", "EPERM"),
    "truncate while reading": ("os.open(path, os.O_RDONLY | os.O_TRUNC)", "EPERM"),
    "truncate without either": ("os.open(path, os.O_ACCMODE | os.O_TRUNC)", "EPERM"),
    "modes": ("os.chmod(path, 0o777)", ""),
    "times": ("os.utime(path, (1, 1))", ""),
    "owner": ("os.chown(path, 12345, 12345)", ""),
}


@confined_only
@pytest.mark.parametrize("what", CHANGES)
def test_no_change_reaches_a_file_elsewhere(
    what: str, refusal: Callable[..., str], tmp_path: Path
) -> None:
    victim = tmp_path / "victim"
    victim.write_text("untouched")
    before = victim.stat()
    line, expected = CHANGES[what]
    assert refusal(line, path=str(victim)) in (expected.split() or [""])
    after = victim.stat()
    assert victim.read_text() == "untouched"
    assert [after.st_mode, after.st_uid, after.st_mtime_ns, after.st_nlink] == [
        before.st_mode,
        before.st_uid,
        before.st_mtime_ns,
        before.st_nlink,
    ]
    # The adapter is compiled, where Python may do that, before the submission is there.
    compiled = list(tmp_path.glob("__pycache__/*"))
    assert all(path.name.startswith("adapter.") for path in compiled)
    assert {path.name for path in tmp_path.iterdir()} - {"__pycache__"} == {
        "adapter.py",
        "scratch",
        "submission",
        "victim",
    }


REFUSED = {
    "TCP": "socket.create_connection(('127.0.0.1', 9), timeout=1)",
    "UDP": "socket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
    "a Unix socket": "socket.socket(socket.AF_UNIX)",
    "a pair of sockets": "socket.socketpair()",
    "fork": "os._exit(0) if os.fork() == 0 else None",
    "vfork and exec": "subprocess.run(['/bin/true'])",
    "posix_spawn": "os.posix_spawn('/bin/true', ['true'], {})",
    "exec": "os.execv(sys.executable, ['python', '-c', ''])",
    "a shell": "ok(-1 if libc.system(b'exit 0') else 0)",
    "a new session": "os.setsid()",
    "a signal to the grader": "os.kill(os.getppid(), 0)",
    "a signal to its group": "os.killpg(os.getpgid(os.getppid()), 0)",
    "a signal to every process": "os.kill(-1, 0)",
    "a handle on the grader": "os.pidfd_open(os.getppid())",
    "tracing": "ok(libc.ptrace(16, os.getppid(), None, None))",
    "another's memory": "ok(libc.process_vm_readv(os.getppid(), None, 0, None, 0, 0))",
    "another's priority": "os.setpriority(os.PRIO_PROCESS, os.getppid(), 19)",
    "another's processors": "os.sched_setaffinity(os.getppid(), {0})",
    "the grader's death": "ok(libc.prctl(1, 0, 0, 0, 0))",
    "a higher limit": "__import__('resource').setrlimit(8, (1 << 20, 1 << 20))",
    "another's limits": "__import__('resource').prlimit(os.getppid(), 7, (3, 3))",
    "another user": "os.setuid(12345)",
    "namespaces": "ok(libc.unshare(0x10000000))",
    "mounts": "ok(libc.mount(b'none', b'/tmp', b'tmpfs', 0, None))",
    "another root": "os.chroot('.')",
    "kernel keys": "ok(libc.syscall(250, 0, -3, 1))",
    "kernel programs": "ok(libc.syscall(321, 0, None, 0))",
    "shared memory": "ok(libc.shmget(0, 4096, 0o1600))",
    "watching files": "ok(libc.inotify_init())",
    "another's semaphores": "ok(libc.semctl(12345, 0, 0))",
    "another's messages": "ok(libc.msgctl(12345, 0, None))",
    "memory in files of no name": "os.memfd_create('hoard')",
    "a signal to the grader when something can be read": (
        "fcntl.fcntl(os.pipe()[0], fcntl.F_SETOWN, os.getppid())"
    ),
    "a lease on a file": "fcntl.fcntl(os.open(__file__, os.O_RDONLY), 1024, fcntl.F_RDLCK)",
    "notices of a folder": "fcntl.fcntl(os.open('.', os.O_RDONLY), 1026, 1)",
    "the pipes of others": "fcntl.fcntl(os.pipe()[0], 1031, 1 << 20)",
    "a file opened for neither reading nor writing": "os.open(sys.executable, os.O_ACCMODE)",
    "hiding from the grader": "ok(libc.prctl(4, 0, 0, 0, 0))",
}


@confined_only
@pytest.mark.parametrize("what", REFUSED)
def test_processes_network_and_kernel_are_out_of_reach(
    what: str, refusal: Callable[..., str]
) -> None:
    if "syscall(" in REFUSED[what] and os.uname().machine != "x86_64":
        return  # these two are written with x86-64's numbers
    assert refusal(REFUSED[what]) in ("EPERM", "EACCES", "ECHILD")


@confined_only
def test_attributes_of_a_file_that_may_only_be_read_stay_as_they_are(
    refusal: Callable[..., str],
) -> None:
    """FS_IOC_SETFLAGS asks for no right to write, and Landlock does not know it."""
    line = "fcntl.ioctl(os.open(__file__, os.O_RDONLY), 0x40086602, bytes(8))"
    assert refusal(line) in ("EOPNOTSUPP", "ENOTSUP")


@confined_only
def test_calls_newer_than_those_known_here_are_not_implemented(refusal: Callable[..., str]) -> None:
    assert refusal("ok(libc.syscall(452, -100, b'task.py', 0o777, 0))") == "ENOSYS"
    assert refusal("ok(libc.syscall(425, 1, None))") == "EPERM"


@confined_only
def test_threads_still_work(open_worker: Open) -> None:
    worker = open_worker(
        """
        import threading
        def run():
            found = []
            threads = [threading.Thread(target=found.append, args=(i,)) for i in range(4)]
            for thread in threads: thread.start()
            for thread in threads: thread.join()
            return sorted(found)
        """
    )
    assert worker.call("run", {}, seed=0) == [0, 1, 2, 3]


@confined_only
def test_the_languages_of_the_system_can_be_set(open_worker: Open) -> None:
    worker = open_worker(
        """
        import locale
        def run(name):
            try: return locale.setlocale(locale.LC_ALL, name)
            except locale.Error as error: return str(error)
        """
    )
    for name in ("", "C.UTF-8"):
        told = f"import locale; print(locale.setlocale(locale.LC_ALL, {name!r}))"
        outside = subprocess.run(
            [sys.executable, "-c", told],
            capture_output=True,
            text=True,
            check=False,
            env=process.environment(Path("/tmp")),
        )
        expected = outside.stdout.strip() or "unsupported locale setting"
        assert worker.call("run", {"name": name}, seed=0) == expected


@confined_only
def test_where_pipes_cannot_be_enlarged_a_worker_starts_all_the_same(
    open_worker: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What all pipes of an ordinary user may hold is bounded, and others of theirs count too."""

    def refused(*_: Any) -> int:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(process.fcntl, "fcntl", refused)
    worker = open_worker("def run(x): return x")
    assert worker.call("run", {"x": "y" * 500_000}, seed=0) == "y" * 500_000


@confined_only
def test_a_thread_is_as_confined_as_the_rest(open_worker: Open, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("canary")
    worker = open_worker(
        """
        import threading
        def run(path):
            found = []
            def steal():
                try: found.append(open(path).read())
                except OSError as error: found.append(error.errno)
            thread = threading.Thread(target=steal)
            thread.start(); thread.join()
            return found
        """
    )
    assert worker.call("run", {"path": str(tmp_path / "secret")}, seed=0) == [errno.EACCES]


@pytest.mark.skipif(sys.platform != "linux", reason="needs prctl")
def test_the_grader_cannot_be_dumped() -> None:
    code = "from gradus.worker.confine import *; import ctypes; assert make_undumpable();"
    code += "raise SystemExit(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def gone(pid: int, seconds: float = 3.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.02)
    return False


GRADER = """
import sys, threading
from pathlib import Path
sys.path.insert(0, {root!r})
from tests.workers import worker_on
source = "import signal as s\\ndef run():\\n    s.signal(15, s.SIG_IGN)\\n    while True: pass\\n"
worker = worker_on(Path({folder!r}), source, mechanisms={mechanisms!r})
threading.Timer(0.5, lambda: print(worker.pid, flush=True)).start()
worker.call("run", {{}}, seed=0, cpu_seconds=60, wall_seconds=60)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a CPU limit bounds survivors")
@pytest.mark.parametrize("mechanisms", [confine.MECHANISMS, ()], ids=["confined", "process"])
def test_no_worker_outlives_a_grader_that_is_killed(
    mechanisms: tuple[str, ...], tmp_path: Path
) -> None:
    program = GRADER.format(root=str(ROOT), folder=str(tmp_path), mechanisms=mechanisms)
    grader = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    assert grader.stdout is not None
    pid = int(grader.stdout.readline())
    assert psutil.pid_exists(pid)
    grader.send_signal(signal.SIGKILL)
    grader.wait()
    grader.stdout.close()
    assert gone(pid)


def test_a_worker_outlives_the_thread_that_opened_it(open_worker: Open) -> None:
    opened: list[Worker] = []
    thread = threading.Thread(target=lambda: opened.append(open_worker("def run(): return 7")))
    thread.start()
    thread.join()
    time.sleep(0.1)
    assert opened[0].call("run", {}, seed=0) == 7


@pytest.mark.skipif(sys.platform != "linux", reason="needs prctl")
def test_a_worker_whose_grader_died_before_it_began_ends_at_once() -> None:
    settings = f'{{"parent": {os.getpid() + 1}}}'
    ended = subprocess.run(
        [sys.executable, str(SERVE), settings], stdin=subprocess.DEVNULL, check=False, timeout=30
    )
    assert ended.returncode == 1


@pytest.mark.skipif(sys.platform != "linux", reason="needs a kernel with Landlock's numbers")
@confined_only
@pytest.mark.parametrize("version", [0, 1, 2, 3, 4, 5, 6])
def test_an_older_kernel_confines_by_what_it_has(version: int, tmp_path: Path) -> None:
    """Runs the worker's own code under a kernel that reports this version."""
    (tmp_path / "scratch").mkdir()
    (tmp_path / "secret").write_text("canary")
    program = f"""
import importlib.util, sys
spec = importlib.util.spec_from_file_location("serve", {str(SERVE)!r})
serve = importlib.util.module_from_spec(spec); spec.loader.exec_module(serve)
sys.modules["_gradus_landlock"].abi = lambda libc: {version}
serve.confine.prctl(38, 1)
scratch = {str(tmp_path / "scratch")!r}
allowed = serve.access.access(scratch, scratch, [], [sys.modules["numpy"].__file__])
print(serve.confine.confine(allowed, ["landlock", "seccomp"]))
open(scratch + "/own", "w").write("x")
import os
for flags in (os.O_RDONLY | os.O_TRUNC, os.O_ACCMODE | os.O_TRUNC):
    try:
        os.open({str(tmp_path / "secret")!r}, flags)
    except PermissionError:
        continue
try:
    print(open({str(tmp_path / "secret")!r}).read())
except PermissionError:
    print("refused")
"""
    ended = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env=process.environment(tmp_path),
    )
    said, read = ended.stdout.splitlines()
    assert (f"'landlock (ABI {version})'" in said) == (version > 0)
    assert ("'missing': ['landlock']" in said) == (version == 0)
    assert read == ("refused" if version else "canary")
    assert (tmp_path / "secret").read_text() == "canary"  # Landlock alone: from version 3 on


def test_rights_are_asked_for_by_version_and_never_above_it() -> None:
    rights = [landlock.file_rights(version) for version in range(9)]
    assert rights[0] == 0
    assert [right.bit_count() for right in rights[1:]] == [13, 14, 15, 15, 16, 16, 16, 16]


def simulated(machine: str, number: int, arguments: tuple[int, ...] = (), arch: int = 0) -> str:
    """What the filter of process 4321 answers: "allow", "kill", or the name of an error number."""
    data = struct.pack("<iIQ6Q", number, arch or seccomp.ARCHITECTURES[machine][1], 0,
                       *(*arguments, 0, 0, 0, 0, 0, 0)[:6])  # fmt: skip
    accumulator, at = 0, 0
    code = seccomp.program(machine, 4321)
    while True:
        operation, jump, jump_else, operand = code[at]
        at += 1
        if operation == 0x20:
            accumulator = struct.unpack_from("<I", data, operand)[0]
        elif operation == 0x06:
            break
        else:
            tests = {0x15: accumulator == operand, 0x25: accumulator > operand,
                     0x45: bool(accumulator & operand)}  # fmt: skip
            at += jump if tests[operation] else jump_else
    if operand == seccomp.ALLOW:
        return "allow"
    if operand == seccomp.KILL_PROCESS:
        return "kill"
    return errno.errorcode.get(operand & 0xFFFF, "ignored")


MACHINES = list(seccomp.ARCHITECTURES)


@pytest.mark.parametrize("machine", MACHINES)
def test_the_filter_refuses_every_call_of_its_table(machine: str) -> None:
    column = seccomp.ARCHITECTURES[machine][0]
    for table, answer in ((syscalls.REFUSED, "EPERM"), (syscalls.IGNORED, "ignored")):
        for name, numbers in table.items():
            if numbers[column] is not None:
                assert simulated(machine, numbers[column]) == answer, name


@pytest.mark.parametrize("machine", MACHINES)
def test_the_filter_allows_what_arithmetic_and_files_need(machine: str) -> None:
    needed = {
        "x86_64": [0, 1, 3, 9, 10, 11, 12, 35, 202, 228, 257, 262, 318, 334],
        "aarch64": [63, 64, 57, 222, 226, 215, 214, 101, 98, 113, 56, 79, 278, 293],
    }[machine]
    assert [simulated(machine, number) for number in needed] == ["allow"] * len(needed)


@pytest.mark.parametrize("machine", MACHINES)
def test_the_filter_looks_at_arguments(machine: str) -> None:
    column = seccomp.ARCHITECTURES[machine][0]
    threads, processes = (seccomp.CLONE_THREAD | 0x100,), (0x11,)
    assert simulated(machine, syscalls.CLONE[column], threads) == "allow"
    assert simulated(machine, syscalls.CLONE[column], processes) == "EPERM"
    for numbers in syscalls.NOT_IMPLEMENTED.values():
        assert simulated(machine, numbers[column]) == "ENOSYS"
    for call in (syscalls.KILL, syscalls.TGKILL):
        assert simulated(machine, call[column], (4321, 9)) == "allow"
        for other in (4320, 0, 2**64 - 1, 1):
            assert simulated(machine, call[column], (other, 9)) == "EPERM"
    assert simulated(machine, syscalls.PRCTL[column], (15,)) == "allow"
    for hiding in (1, 4):
        assert simulated(machine, syscalls.PRCTL[column], (hiding, 0)) == "EPERM"
    assert simulated(machine, syscalls.PRLIMIT[column], (0, 7, 0, 1 << 40)) == "allow"
    for pointer in (8, 1 << 40, (1 << 40) + 8):
        assert simulated(machine, syscalls.PRLIMIT[column], (0, 7, pointer)) == "EPERM"


@pytest.mark.parametrize("machine", MACHINES)
def test_the_filter_looks_at_how_a_file_is_opened(machine: str) -> None:
    column = seccomp.ARCHITECTURES[machine][0]
    cut, create = 0o1000, 0o100
    for numbers, before in ((syscalls.OPEN, ()), (syscalls.OPENAT, (2**64 - 100,))):
        if numbers[column] is not None:
            for flags in (0, 1, 2, create, 1 | cut, 2 | cut | create, 1 | 0o2000000):
                answer = simulated(machine, numbers[column], (*before, 8, flags, 0o600))
                assert answer == "allow", oct(flags)
            for flags in (cut, cut | create, 3, 3 | cut, 0o2000000 | cut):
                answer = simulated(machine, numbers[column], (*before, 8, flags, 0o600))
                assert answer == "EPERM", oct(flags)


@pytest.mark.parametrize("machine", MACHINES)
def test_the_filter_allows_of_each_kind_of_command_those_it_knows(machine: str) -> None:
    column = seccomp.ARCHITECTURES[machine][0]
    kinds = (
        (syscalls.FCNTL, seccomp.DESCRIPTOR_COMMANDS, (8, 10, 15, 1024, 1026, 1031), "EPERM"),
        (syscalls.IOCTL, seccomp.DEVICE_COMMANDS, (0x5412, 0x5452, 0x40086602), "EOPNOTSUPP"),
    )
    for numbers, known, others, refused in kinds:
        for command in known:
            assert simulated(machine, numbers[column], (3, command)) == "allow", command
        for command in others:
            assert simulated(machine, numbers[column], (3, command)) in (refused, "ENOTSUP")


@pytest.mark.parametrize("machine", MACHINES)
def test_another_architectures_numbers_end_the_process(machine: str) -> None:
    assert simulated(machine, 0, arch=0x40000003) == "kill"
    assert simulated(machine, 0x40000000 | 1) == "ENOSYS"
    assert simulated(machine, syscalls.NEWEST_KNOWN + 1) == "ENOSYS"


def test_installed_packages_are_no_part_of_the_library(tmp_path: Path) -> None:
    allowed = access.access(str(tmp_path), str(tmp_path), [], [])
    for path in (*allowed.readable, *allowed.listed):
        assert Path(path).is_absolute()
    assert not [path for path in allowed.readable if Path(path).name in access.PACKAGE_FOLDERS]
    assert not any(access.is_within(pytest.__file__, path) for path in allowed.readable)
    assert any(access.is_within(os.path.realpath(os.__file__), path) for path in allowed.readable)


def test_a_folder_whose_name_begins_alike_is_not_within(tmp_path: Path) -> None:
    assert access.is_within("/a/b", "/a/b")
    assert access.is_within("/a/b/c", "/a/b")
    assert not access.is_within("/a/bc", "/a/b")
    assert access.is_within("/a", "/")


@confined_only
def test_a_crash_still_names_its_signal_and_line(open_worker: Open) -> None:
    worker = open_worker("import os\ndef run():\n    os.abort()")
    with pytest.raises(
        WorkerFailure, match=r"^crashed with signal 6 \(SIGABRT\) \(task.py, line 3"
    ):
        worker.call("run", {}, seed=0)


@confined_only
def test_raw_memory_of_its_own_is_all_that_code_can_reach(open_worker: Open) -> None:
    canary = ctypes.create_string_buffer(b"canary in the grader's memory", 64)
    worker = open_worker("import ctypes\ndef run(at):\n    return str(ctypes.string_at(at, 29))")
    with pytest.raises(WorkerFailure, match=r"^crashed with signal 11"):
        worker.call("run", {"at": ctypes.addressof(canary)}, seed=0)
