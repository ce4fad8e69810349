"""The attacks, as bodies of functions that take X and return an array.

Every one is bounded: it ends by itself, or in a limit, on a machine where nothing stops it. Names
in braces are replaced by `repr` of what a test provides: `secret`, `victim`, `folder`, `tcp`,
`udp`, `unix`, `original`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Attack:
    """`says`: a pattern that the value law's message must match from its beginning.

    `kernel`: only Landlock and the system-call filter stop it; elsewhere it is not run.
    """

    name: str
    body: str
    says: str
    kernel: bool = False


TIME = r"time limit: (more than 0\.5 s of CPU time|no answer from) .*`\w+`"
DENIED = r"PermissionError: \[Errno 13\] Permission denied"
NOT_PERMITTED = r"PermissionError: \[Errno 1\] Operation not permitted"

HANGING = (
    Attack("an infinite loop", "while True: pass", TIME),
    Attack("a loop in C code", "import re; re.match('(a+)+$', 'a' * 60 + 'b')", TIME),
    Attack(
        "a loop that swallows everything and ignores every signal",
        """
import signal
for number in range(1, 32):
    try: signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError): pass
while True:
    try:
        while True: pass
    except BaseException: pass
""",
        TIME,
    ),
    Attack("sleep", "import time; time.sleep(60)", TIME),
    Attack("a worker that stops itself", "import os; os.kill(os.getpid(), 19)", TIME),
    Attack(
        "a memory bomb that swallows MemoryError",
        "while True:\n    try: bytearray(1 << 40)\n    except MemoryError: pass",
        TIME,
    ),
)
FORGED_TRACE = """
import os, signal, stat
signal.signal(signal.SIGUSR1, signal.SIG_IGN)
said = 'Current thread (most recent call first):\\n  File "%s/%s", line %s in f\\n'
for fd in range(3, 20):
    try:
        if stat.S_ISREG(os.fstat(fd).st_mode):
            os.write(fd, (said % (os.path.dirname(__file__), NAME, LINE)).encode())
    except OSError: pass
while True: pass
"""
TRACES = (
    Attack(
        "a line of 5000 digits in its traceback",
        FORGED_TRACE.replace("NAME", "'x'").replace("LINE", "'9' * 5000"),
        TIME,
    ),
    Attack(
        "a character that is none in its traceback",
        FORGED_TRACE.replace("NAME", r"'\\Uffffffff'").replace("LINE", "7"),
        TIME,
    ),
)
HOARDING = (
    Attack(
        "threads without end",
        "import threading, time\nthreading.stack_size(1 << 16)\n"
        "for _ in range(2000):\n"
        "    threading.Thread(target=time.sleep, args=(20,), daemon=True).start()\n"
        "time.sleep(5)",
        "(thread limit: more than 200 threads in|RuntimeError: can't start)",
    ),
    Attack(
        "files without end",
        "import time\nfor i in range(4100): open(f'file{i}', 'w').close()\ntime.sleep(5)",
        "(disk limit: more than .* files in|time limit)",
    ),
    Attack(
        "memory in files of no name",
        "import os; os.memfd_create('hoard')",
        NOT_PERMITTED,
        kernel=True,
    ),
    Attack(
        "folders within folders",
        "import os\nhere = os.getcwd()\n"
        "for _ in range(1500): os.mkdir('d'); os.chdir('d')\n"
        "open('end', 'w').close(); os.chdir(here)\nreturn None",
        "",
    ),
    Attack(
        "folders that nobody may enter",
        "import os\nos.makedirs('a/b'); open('a/b/c', 'w').close()\n"
        "os.mkdir('d', 0o300); os.mkdir('d/e', 0o300); os.mkdir('d/e/f')\n"
        "open('d/g', 'w').close(); os.close(os.open('h', os.O_CREAT | os.O_WRONLY, 0))\n"
        "os.mkdir('i', 0)\nreturn None",
        "",
    ),
)
MEMORY = (
    Attack("one huge array", "return np.ones(1 << 30)", "memory limit"),
    Attack("one huge string", "kept = bytearray(1 << 33)", "memory limit"),
    Attack(
        "many small ones",
        "kept = []\nwhile True: kept.append(np.ones(1 << 22))",
        "(memory limit|time limit)",
    ),
)
ENDING = (
    Attack("os._exit(0)", "import os; os._exit(0)", r"exited early \(status 0\)"),
    Attack("sys.exit(0)", "import sys; sys.exit(0)", "exited early: SystemExit: 0"),
    Attack("a segmentation fault", "import ctypes; ctypes.string_at(0)", "crashed with signal 11"),
    Attack(
        "raw memory through strides",
        "a = np.lib.stride_tricks.as_strided(np.zeros(1), (1 << 40,), (1 << 12,))\nreturn a.sum()",
        "(crashed with signal 11|memory limit)",
    ),
    Attack("abort", "import os; os.abort()", "crashed with signal 6"),
    Attack("closing every descriptor", "import os; os.closerange(0, 100)", "exited early"),
    Attack("KeyboardInterrupt", "raise KeyboardInterrupt", "exited early: KeyboardInterrupt"),
)
FLOODING = (
    Attack("print", "while True: print('flood' * 100)", "(printed too much|time limit)"),
    Attack(
        "raw writes",
        "import os\nwhile True: os.write(1, b'x' * 65536)",
        "printed too much",
    ),
    Attack(
        "raw writes to the error stream",
        "import os\nwhile True: os.write(2, b'x' * 65536)",
        "printed too much",
    ),
)

TO_THE_GRADER = """
import json, os, stat, struct
pipes = []
for fd in range(3, 20):
    try:
        if stat.S_ISFIFO(os.fstat(fd).st_mode): pipes.append(fd)
    except OSError: pass
def send(data):
    for fd in pipes:
        try: os.write(fd, data)
        except OSError: pass
def frame(header, body=b''):
    return struct.pack('<4sIQ', b'GRD1', len(header), len(body)) + header + body
"""
ARRAY = '{"message":{"$":"array","at":0},"arrays":[{"dtype":"%s","shape":[%s]}]}'
WIRE = (
    Attack("garbage", TO_THE_GRADER + "send(b'garbage' * 100)", "protocol error"),
    Attack(
        "a huge length",
        TO_THE_GRADER + "send(struct.pack('<4sIQ', b'GRD1', 2, 1 << 62) + b'{}')",
        "protocol error",
    ),
    Attack("deep JSON", TO_THE_GRADER + "send(frame(b'[' * 100_000))", "protocol error"),
    Attack(
        "an endless integer",
        TO_THE_GRADER
        + 'send(frame(b\'{"message":{"id":\' + b"9" * 900_000 + b\'},"arrays":[]}\'))',
        "protocol error",
    ),
    Attack(
        "a negative shape",
        TO_THE_GRADER + "send(frame(b'" + ARRAY % ("<f8", "-1") + "'))",
        "protocol error",
    ),
    Attack(
        "pickled objects",
        TO_THE_GRADER + "send(frame(b'" + ARRAY % ("|O", "1") + "'))",
        "protocol error",
    ),
    Attack(
        "a reply that drips",
        TO_THE_GRADER
        + "import time\nsend(struct.pack('<4sIQ', b'GRD1', 4000, 0))\n"
        + "for _ in range(2000): send(b' '); time.sleep(0.01)",
        TIME,
    ),
    Attack(
        "a forged reply",
        TO_THE_GRADER
        + "import sys\nat = sys._getframe()\n"
        + "while 'request' not in at.f_locals: at = at.f_back\n"
        + "forged = {'id': at.f_locals['request']['id'], 'ok': True, 'value': 'full marks'}\n"
        + "send(frame(json.dumps({'message': forged, 'arrays': []}).encode()))\n"
        + "while True: pass",
        "",
    ),
    Attack(
        "a forged place of an error",
        TO_THE_GRADER
        + "import sys\nat = sys._getframe()\n"
        + "while 'request' not in at.f_locals: at = at.f_back\n"
        + "place = {'file': 5, 'line': 'x', 'needs': [[]], 'pending': 3}\n"
        + "error = {'kind': 'import', 'type': 'E', 'message': 'said', 'details': place}\n"
        + "forged = {'id': at.f_locals['request']['id'], 'ok': False, 'error': error}\n"
        + "send(frame(json.dumps({'message': forged, 'arrays': []}).encode()))\n"
        + "while True: pass",
        "said",
    ),
    Attack(
        "a patched encoder",
        "import sys\nfor name, module in list(sys.modules.items()):\n"
        "    for attribute in ('encode', 'write_buffers', 'write_frame'):\n"
        "        if name.startswith('_gradus'): setattr(module, attribute, exit)\n"
        "return np.full((X.shape[0], 1), 0.5)",
        "",
    ),
    Attack("an answer of 320 MB", "return np.zeros((40_000_000, 1))", "protocol error: .* is over"),
)
DECEIVING = (
    Attack(
        "an object that equals everything",
        "class Yes:\n    def __eq__(self, other): return True\n    __array_ufunc__ = None\n"
        "return Yes()",
        "",
    ),
    Attack(
        "an array that equals everything",
        "class Yes(np.ndarray):\n    def __eq__(self, other): return np.True_\n"
        "    def __array_function__(self, *a): return True\n"
        "    shape = property(lambda self: X.shape[:1] + (1,))\n"
        "return np.zeros(3).view(Yes)",
        "",
    ),
    Attack(
        "an object that runs code when it is unpickled",
        "class Bomb:\n    def __reduce__(self): return (open, ({victim}, 'w'))\nreturn Bomb()",
        "",
    ),
    Attack(
        "an array of objects",
        "class Bomb:\n    def __reduce__(self): return (open, ({victim}, 'w'))\n"
        "    def __float__(self): return 0.5\nreturn np.array([[Bomb()]] * X.shape[0])",
        "",
    ),
    Attack(
        "patched comparison functions",
        "np.testing.assert_allclose = np.allclose = lambda *a, **k: True\n"
        "np.array_equal = np.allclose\nreturn np.full((X.shape[0], 1), 7.0)",
        "",
    ),
)
LOOKING = (
    Attack(
        "looking for the grader in memory",
        "import gc, sys\n"
        "names = [n for n in sys.modules if n.split('.')[0] in "
        "('gradus', 'checks', 'reference', 'hypothesis', 'pytest', 'pydantic')]\n"
        "at = sys._getframe()\n"
        "while at:\n"
        "    names += [n for n in at.f_locals if n in ('expected', 'oracle', 'score', 'rubric')]\n"
        "    at = at.f_back\n"
        "raise ValueError('found %r' % sorted(names))",
        r"ValueError: found \[\]",
    ),
    Attack("reading a file", "raise ValueError(open({secret}).read())", DENIED, kernel=True),
    Attack("mapping a file", "raise ValueError(bytes(np.memmap({secret})))", DENIED, kernel=True),
    Attack(
        "linking to a file",
        "import os\nos.symlink({secret}, 'link')\nraise ValueError(open('link').read())",
        DENIED,
        kernel=True,
    ),
    Attack(
        "the grader's environment",
        "import os\nraise ValueError(open('/proc/%d/environ' % os.getppid()).read())",
        DENIED,
        kernel=True,
    ),
    Attack(
        "the grader's memory",
        "import os\nopen('/proc/%d/mem' % os.getppid(), 'rb')",
        DENIED,
        kernel=True,
    ),
    Attack(
        "its own environment",
        "import os\nraise ValueError([v for v in os.environ.values() if v[:7] == 'can' + 'ary-'])",
        r"ValueError: \[\]",
    ),
)
HARMING = (
    Attack("overwriting results", "open({victim}, 'w').write('4.000')", DENIED, kernel=True),
    Attack("removing results", "import os; os.remove({victim})", DENIED, kernel=True),
    Attack("removing everything", "import shutil; shutil.rmtree({folder})", DENIED, kernel=True),
    Attack(
        "rewriting its own source",
        "open(__file__, 'a').write('\\nraise SystemExit')",
        DENIED,
        kernel=True,
    ),
    Attack("rewriting what was handed in", "open({original}, 'a').write('x')", DENIED, kernel=True),
    Attack(
        "writing on exit",
        "import atexit\natexit.register(lambda: open({victim}, 'w').write('4.000'))\nreturn None",
        "",
        kernel=True,
    ),
    Attack("filling the disk", "open('big', 'wb').write(bytes(1 << 27))", "OSError: .*File too la"),
    Attack(
        "making the victim world-writable",
        "import os\nos.chmod({victim}, 0o777)\nos.utime({victim}, (1, 1))\nreturn None",
        "",
        kernel=True,
    ),
    Attack("a signal to the grader", "import os; os.kill(os.getppid(), 0)", NOT_PERMITTED, True),
    Attack("a signal to its group", "import os; os.kill(0, 0)", NOT_PERMITTED, True),
    Attack(
        "a fork bomb",
        "import os, time\n"
        "for _ in range(50):\n"
        "    if os.fork() == 0:\n        time.sleep(20)\n        os._exit(0)",
        NOT_PERMITTED,
        kernel=True,
    ),
    Attack(
        "a daemon",
        "import os, time\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    if os.fork() == 0: time.sleep(20)\n"
        "    os._exit(0)",
        NOT_PERMITTED,
        kernel=True,
    ),
    Attack("another program", "import os; os.execv('/bin/sh', ['sh'])", NOT_PERMITTED, kernel=True),
    Attack(
        "sudo",
        "import subprocess; subprocess.run(['sudo', '-n', 'id'])",
        NOT_PERMITTED,
        kernel=True,
    ),
    Attack("becoming root", "import os; os.setuid(0)", NOT_PERMITTED, kernel=True),
)
CALLING = (
    Attack(
        "TCP",
        "import socket; socket.create_connection(('127.0.0.1', {tcp})).send(b'!')",
        NOT_PERMITTED,
        kernel=True,
    ),
    Attack(
        "UDP",
        "import socket\n"
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'!', ('127.0.0.1', {udp}))",
        NOT_PERMITTED,
        kernel=True,
    ),
    Attack(
        "a Unix socket",
        "import socket; socket.socket(socket.AF_UNIX).connect({unix})",
        NOT_PERMITTED,
        kernel=True,
    ),
)

ATTACKS = (
    *HANGING,
    *TRACES,
    *HOARDING,
    *MEMORY,
    *ENDING,
    *FLOODING,
    *WIRE,
    *DECEIVING,
    *LOOKING,
    *HARMING,
    *CALLING,
)
