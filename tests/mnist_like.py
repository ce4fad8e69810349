"""Files in MNIST's format with other content, and servers on the loopback that hand them out."""

from __future__ import annotations

import dataclasses
import functools
import gzip
import hashlib
import http.server
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from checks.idx import FILES, MnistFile

ROWS = {"train": 40, "t10k": 24}


def payload(file: MnistFile, rows: int, seed: int = 0) -> bytes:
    """An IDX file of that many random rows, in the shape the named file has."""
    draws = np.random.RandomState(seed + rows)
    shape = (rows, *file.row_shape)
    numbers = draws.randint(0, 256 if file.row_shape else 10, shape).astype(np.uint8)
    header = bytes([0, 0, 8, len(shape)]) + b"".join(size.to_bytes(4, "big") for size in shape)
    return header + numbers.tobytes()


def payloads(seed: int = 0) -> dict[str, bytes]:
    """All four files by name, small."""
    return {file.name: payload(file, ROWS[file.name.split("-")[0]], seed) for file in FILES}


def published(contents: dict[str, bytes]) -> tuple[MnistFile, ...]:
    """What `checks.idx.FILES` would say if these contents, gzipped by `store`, were MNIST."""
    described = []
    for file in FILES:
        content = contents[file.name]
        packed = gzip.compress(content, mtime=0)
        header = 4 + 4 * (1 + len(file.row_shape))
        first = hashlib.sha256(content[header : header + 784]).hexdigest()
        described.append(
            dataclasses.replace(
                file,
                published_size=len(packed),
                published_sha256=hashlib.sha256(packed).hexdigest(),
                payload_sha256=hashlib.sha256(content).hexdigest(),
                rows=int.from_bytes(content[4:8], "big"),
                first_image_sha256=first if file.row_shape else None,
            )
        )
    return tuple(described)


def store(contents: dict[str, bytes], folder: Path) -> Path:
    """Write the contents as .gz files into the folder, made where it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (folder / f"{name}.gz").write_bytes(gzip.compress(content, mtime=0))
    return folder


class _Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def _serving(handler: Callable[..., Any]) -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def mirror(folder: Path) -> Iterator[str]:
    """A mirror that hands out a folder; its address."""
    with _serving(functools.partial(_Handler, directory=str(folder))) as address:
        yield address


@contextmanager
def stalling_mirror(folder: Path) -> Iterator[str]:
    """A mirror that answers, sends the first ten bytes of a file, and no more."""
    closing = threading.Event()

    class Stalling(_Handler):
        def do_GET(self) -> None:
            content = (folder / self.path.lstrip("/")).read_bytes()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[:10])
            self.wfile.flush()
            closing.wait()

    with _serving(functools.partial(Stalling, directory=str(folder))) as address:
        try:
            yield address
        finally:
            closing.set()


@contextmanager
def silent_mirror() -> Iterator[str]:
    """A mirror that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"


def closed_mirror() -> str:
    """The address of a mirror that refuses connections."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}/"
