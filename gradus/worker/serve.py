"""The worker: loads one submission and answers calls until the pipe closes.

Started by path (`python -s serve.py SETTINGS`), under any Python from 3.9 with NumPy. Frames
come on descriptor 0 and go on descriptor 1; both are moved away at once, so that whatever the
submission reads or prints meets an empty input and the output pipe on descriptor 2. SETTINGS is
a JSON object: ``limits`` (names of `resource` constants without their prefix, each with a soft
and a hard value), ``trace`` (the file that tracebacks of hanging or crashing code are written
to), ``adapter`` (its file), ``submission`` and ``scratch`` (folders), ``readable`` (files that may
also be read), ``mechanisms`` (of `confine`), ``parent`` (the grader's process id) and ``private``
(folders whose paths messages must not show).

The adapter, which is trusted, is imported first; then the process confines itself, and says in its
first frame, before any line of the submission runs, what is in force.

Requests are ``load``, ``upload`` and ``call``. Each is answered by ``{"id", "ok": true, "value"}``
or ``{"id", "ok": false, "error"}``; what the submission raises is an ordinary answer.
"""

from __future__ import annotations

import faulthandler
import importlib.util
import io
import json
import os
import signal
import sys
import time
import traceback
import warnings
from types import ModuleType
from typing import TYPE_CHECKING, Any, Callable

REQUEST_CAP = 1 << 40
UPLOAD_COPY_CAP = 1 << 20
"""Uploaded arrays below this size are handed out as copies, larger ones as they are."""


def import_by_path(name: str, path: str) -> ModuleType:
    """Import the file at `path` as the module `name`, without touching `sys.path`."""
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def import_beside(name: str) -> ModuleType:
    """Import the file `name`.py of this folder under a name that no submission's file can have."""
    here = os.path.dirname(os.path.abspath(__file__))
    return import_by_path("_gradus_" + name, os.path.join(here, name + ".py"))


if TYPE_CHECKING:
    from gradus.worker import access, confine, determinism, raised, wire
else:
    # Each after those that it uses.
    wire = import_beside("wire")
    determinism = import_beside("determinism")
    raised = import_beside("raised")
    access = import_beside("access")
    for _name in ("syscalls", "landlock", "seccomp", "tripwire"):
        import_beside(_name)
    confine = import_beside("confine")


class Descriptors:
    """The frame streams, moved to private descriptors."""

    def __init__(self) -> None:
        self.requests = io.FileIO(os.dup(0), "rb")
        self.replies = io.FileIO(os.dup(1), "wb")
        empty = os.open(os.devnull, os.O_RDONLY)
        os.dup2(empty, 0)
        os.close(empty)
        os.dup2(2, 1)
        for stream in (sys.stdout, sys.stderr):
            # By lines, so that what was printed before a crash is not lost in a buffer.
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(line_buffering=True, errors="backslashreplace")


def apply_limits(limits: dict[str, list[int]]) -> list[str]:
    """Set each limit that this system has and allows; the names of those now in force."""
    try:
        import resource
    except ImportError:
        return []
    applied = []
    for name, (soft, hard) in limits.items():
        number = getattr(resource, f"RLIMIT_{name}", None)
        if number is None:
            continue
        try:
            ceiling = resource.getrlimit(number)[1]
            if ceiling != resource.RLIM_INFINITY:
                soft, hard = min(soft, ceiling), min(hard, ceiling)
            resource.setrlimit(number, (soft, hard))
        except (ValueError, OSError):
            continue
        applied.append(name)
    return applied


class Server:
    """Answers requests; holds the adapter's operations and the uploaded values."""

    def __init__(self, describer: raised.Describer, trace: int, adapter: ModuleType) -> None:
        self._describer = describer
        self._trace = trace
        self._adapter = adapter
        self._operations: dict[str, Callable[..., Any]] = {}
        self._uploads: dict[str, Any] = {}
        self._draws = determinism.Draws()
        self._draws.install()
        self._numpy = determinism.NumpyNames()

    def answer(self, request: dict[str, Any]) -> list[wire.Buffer]:
        """The encoded reply; whatever the submission raises becomes an ordinary reply."""
        number = request["id"]
        try:
            value = self._perform(request)
            return wire.encode({"id": number, "ok": True, "value": value})
        except BaseException as error:
            try:
                fault = self._describer.describe(error)
            except MemoryError:  # the frames of the traceback still hold what filled the memory
                traceback.clear_frames(error.__traceback__)
                fault = self._describer.describe(error)
        return wire.encode({"id": number, "ok": False, "error": fault})

    def _perform(self, request: dict[str, Any]) -> Any:
        operation = request["op"]
        if operation == "load":
            return self._load(request)
        if operation == "upload":
            self._uploads[request["name"]] = request["value"]
            return None
        if operation != "call":
            raise raised.HarnessError(f"there is no request {operation!r}")
        function = self._operations.get(request["name"])
        if function is None:
            known = ", ".join(sorted(self._operations))
            raise raised.HarnessError(f"there is no operation {request['name']!r}, only {known}")
        arguments = {name: self._resolve(value) for name, value in request["arguments"].items()}
        return self._guarded(request, lambda: function(**arguments))

    def _load(self, request: dict[str, Any]) -> Any:
        loaded = self._guarded(
            request, lambda: self._adapter.load(request["submission"], request["options"])
        )
        self._operations, manifest = loaded
        return manifest

    def _guarded(self, request: dict[str, Any], run: Callable[[], Any]) -> Any:
        self._numpy.restore()
        silence_warnings()
        self._draws.restart(request["seed"])
        period = request.get("trace_every")
        if period is None:
            return run()
        faulthandler.dump_traceback_later(period, repeat=True, file=self._trace)
        try:
            return run()
        finally:
            faulthandler.cancel_dump_traceback_later()

    def _resolve(self, value: Any) -> Any:
        if isinstance(value, wire.Uploaded):
            if value.name not in self._uploads:
                raise raised.HarnessError(f"nothing was uploaded as {value.name!r}")
            value = self._uploads[value.name]
            small = getattr(value, "nbytes", UPLOAD_COPY_CAP) < UPLOAD_COPY_CAP
            return value.copy() if small else value
        if isinstance(value, list):
            return [self._resolve(item) for item in value]
        if isinstance(value, dict):
            return {key: self._resolve(item) for key, item in value.items()}
        return value


def silence_warnings() -> None:
    """Ignore every warning, also after an import has put its own filter first."""
    if not warnings.filters or warnings.filters[0][:2] != ("ignore", None):
        warnings.simplefilter("ignore")


def flush_output() -> None:
    """Push out what was printed; the submission may have closed or replaced the streams."""
    for name in ("stdout", "stderr"):
        try:
            getattr(sys, name).flush()
        except BaseException:
            continue


def arrange_traces(path: str) -> tuple[int, str]:
    """Let crashes, and a signal from the grader, leave a traceback in the file at `path`."""
    trace = os.open(path, os.O_WRONLY | os.O_APPEND)
    faulthandler.enable(file=trace, all_threads=False)
    if not hasattr(faulthandler, "register"):
        return trace, "timer"
    faulthandler.register(signal.SIGUSR1, file=trace, all_threads=False)
    return trace, "signal"


def numpy_here() -> dict[str, str]:
    """The version of NumPy, and of the BLAS it was built with where NumPy (1.25 on) knows it."""
    numpy = sys.modules["numpy"]
    built = getattr(getattr(numpy, "__config__", None), "CONFIG", {})
    blas = built.get("Build Dependencies", {}).get("blas", {})
    told = "{} {}".format(blas.get("name", "unknown"), blas.get("version", "")).strip()
    return {"numpy": numpy.__version__, "blas": told}


def confine_self(settings: dict[str, Any]) -> dict[str, Any]:
    """Confine this process to the submission, its scratch folder and the library; what is so."""
    numpy = sys.modules["numpy"]
    allowed = access.access(
        settings["submission"], settings["scratch"], settings["readable"], [str(numpy.__file__)]
    )
    return confine.confine(allowed, settings["mechanisms"])


def main() -> None:
    """Say hello, then answer requests until the grader closes the pipe."""
    settings = json.loads(sys.argv[1])
    dies_with_grader = confine.die_with(settings["parent"])
    sys.argv[1:] = []
    sys.path.pop(0)
    descriptors = Descriptors()
    trace, how = arrange_traces(settings["trace"])
    limits = apply_limits(settings["limits"])
    hello: dict[str, Any] = {"python": sys.version.split()[0], **numpy_here()}
    adapter = import_by_path("_gradus_adapter", settings["adapter"])
    describer = raised.Describer(settings["submission"], settings["private"])
    server = Server(describer, trace, adapter)
    sys.dont_write_bytecode = True  # a submission's modules are not compiled into its folder
    began = time.perf_counter()
    confinement = confine_self(settings)
    seconds = time.perf_counter() - began
    (confinement["applied"] if dies_with_grader else confinement["missing"]).insert(
        0, "ends with the grader"
    )
    hello.update(limits=limits, trace=how, confinement=confinement, confining_seconds=seconds)
    wire.write_frame(descriptors.replies, hello)
    silence_warnings()
    while True:
        try:
            request = wire.read_frame(descriptors.requests, REQUEST_CAP)
        except wire.EndOfStream:
            os._exit(0)  # not sys.exit: the submission's exit handlers are not awaited
        reply = server.answer(request)
        flush_output()
        wire.write_buffers(descriptors.replies, reply)


if __name__ == "__main__":
    main()
