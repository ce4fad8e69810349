"""What code in a worker can really do: tried by trusted code in the place of an adapter.

It makes the attempts that confinement is to stop, once, and reports which succeeded; nothing is
harmed by one that does. Runs in the worker: Python 3.9, standard library.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from typing import Any

ATTEMPT_SECONDS = 2.0


def load(submission: str, options: dict[str, Any]) -> tuple[dict[str, Callable[..., Any]], Any]:
    """The one operation of this adapter, and an empty manifest."""
    return {"attempt_all": attempt_all}, {}


def attempt_all(
    secret: str, victim: str, host: str, tcp: int, udp: int, grader: int, address: int, size: int
) -> dict[str, Any]:
    """Each attempt's name and what it gave: true or false, or the bytes that were read as text."""
    attempts: dict[str, Callable[[], Any]] = {
        "read_reference": lambda: _read(secret),
        "write_outside": lambda: _write(victim),
        "tcp": lambda: _connect(host, tcp),
        "udp": lambda: _send(host, udp),
        "exec": _execute,
    }
    if hasattr(os, "fork"):
        attempts["fork"] = _fork
        attempts["signal_grader"] = lambda: _signal(grader)
    if sys.platform == "linux":
        attempts["read_grader_memory"] = lambda: _read_memory(grader, address, size)
    return {name: _attempted(attempt) for name, attempt in attempts.items()}


def _attempted(attempt: Callable[[], Any]) -> Any:
    try:
        return attempt()
    except Exception:  # whatever stops an attempt has stopped it
        return False


def _read(path: str) -> bool:
    with open(path, "rb") as file:
        return bool(file.read(1))


def _write(path: str) -> bool:
    with open(path, "ab") as file:
        return file.write(b"!") == 1


def _connect(host: str, port: int) -> bool:
    with socket.create_connection((host, port), timeout=ATTEMPT_SECONDS):
        return True


def _send(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        return sender.sendto(b"!", (host, port)) == 1


def _fork() -> bool:
    child = os.fork()
    if child == 0:
        os._exit(0)
    return os.waitpid(child, 0)[0] == child


def _signal(process: int) -> bool:
    os.kill(process, 0)
    return True


def _execute() -> bool:
    started = subprocess.run(
        [sys.executable, "-I", "-S", "-c", ""],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=ATTEMPT_SECONDS,
        check=False,
    )
    return started.returncode == 0


def _read_memory(process: int, address: int, size: int) -> str:
    with open(f"/proc/{process}/mem", "rb", buffering=0) as memory:
        memory.seek(address)
        return memory.read(size).hex()
