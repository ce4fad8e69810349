"""Download MNIST from public mirrors, without ever waiting long for one that does not answer."""

from __future__ import annotations

import queue
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pooch
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

from checks.idx import FILES, TEST_LABELS, DatasetError

MIRRORS = (
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
)
# A mirror has to deliver this much in each `timeout`, so one that trickles is given up as well.
CHUNK = 256 * 1024
# What is compressed already must arrive as it is stored, or no published checksum would fit.
HEADERS = {"Accept-Encoding": "identity"}


class Silent(Exception):
    """A mirror sent nothing, or too little, in the time it was given."""


def fetch(folder: Path, mirrors: Sequence[str] = MIRRORS, timeout: float = 5.0) -> None:
    """Put MNIST's four published .gz files into a folder, each verified by its sha256.

    All mirrors are asked at once and together have `timeout` seconds to answer, name look-up
    included. The first that answers delivers; the next one takes over where it fails. A progress
    bar is drawn on stderr where that is a terminal. Files appear in the folder complete or not at
    all. Raises DatasetError, which tells for each mirror what went wrong.
    """
    pooch.get_logger().setLevel("WARNING")
    problems: dict[str, str] = {}
    for mirror, problem in _answers(mirrors, timeout):
        if problem is None:
            problem = _deliver(mirror, folder, timeout)
            if problem is None:
                return
        problems[mirror] = problem
    told = "; ".join(
        f"{urlsplit(mirror).netloc} {problems.get(mirror) or _silence(timeout)}"
        for mirror in mirrors
    )
    raise DatasetError(
        f"MNIST could not be downloaded ({told or 'no mirror is named'}); expected its four files "
        "from one mirror: try again with a connection, or put them into a folder and name it in "
        "GRADUS_MNIST"
    )


def _answers(mirrors: Sequence[str], timeout: float) -> Iterator[tuple[str, str | None]]:
    """Each mirror that answers in time, in the order of the answers, and what is wrong with it."""
    answers: queue.Queue[tuple[str, str | None]] = queue.Queue()

    def ask(mirror: str) -> None:
        asker = pooch.HTTPDownloader(timeout=timeout, headers=HEADERS)
        try:
            has = asker(f"{mirror}{TEST_LABELS.name}.gz", None, None, check_only=True)
            answers.put((mirror, None if has else "does not have the files"))
        except Exception as error:
            answers.put((mirror, _problem(error, timeout)))

    # Threads, because a name look-up on an offline machine can hang without any time limit.
    for mirror in mirrors:
        threading.Thread(target=ask, args=(mirror,), daemon=True).start()
    deadline = time.monotonic() + timeout
    for _ in mirrors:
        try:
            yield answers.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            return


def _deliver(mirror: str, folder: Path, timeout: float) -> str | None:
    """Download the four files from one mirror; what went wrong, or None."""
    columns = (TextColumn("MNIST"), BarColumn(), DownloadColumn())
    shown = sys.stderr.isatty()
    with Progress(
        *columns, console=Console(stderr=True), transient=True, disable=not shown
    ) as progress:
        task = progress.add_task("MNIST", total=sum(file.published_size for file in FILES))
        for file in FILES:
            try:
                pooch.retrieve(
                    f"{mirror}{file.name}.gz",
                    known_hash=f"sha256:{file.published_sha256}",
                    fname=f"{file.name}.gz",
                    path=folder,
                    downloader=_patient(
                        file.published_size, timeout, partial(progress.advance, task)
                    ),
                )
            except Exception as error:
                return _problem(error, timeout)
    return None


def _patient(
    size: int, timeout: float, arrived: Callable[[int], None]
) -> Callable[[str, str, pooch.Pooch | None], None]:
    """A downloader for Pooch: gives up once a chunk takes longer than `timeout` seconds.

    It also refuses more than `size` bytes, and reports how many have `arrived`.
    """

    def download(url: str, target: str, _: pooch.Pooch | None) -> None:
        chunks: queue.Queue[bytes | Exception | None] = queue.Queue()
        given_up = threading.Event()

        class Sink:
            received = 0

            def write(self, chunk: bytes) -> None:
                self.received += len(chunk)
                if given_up.is_set() or self.received > size:
                    raise ValueError(f"more than the {size} bytes of the published file")
                chunks.put(chunk)

            def flush(self) -> None:
                pass

        def receive() -> None:
            end: Exception | None = None
            try:
                pooch.HTTPDownloader(chunk_size=CHUNK, timeout=timeout, headers=HEADERS)(
                    url, Sink(), None
                )
            except Exception as error:
                end = error
            chunks.put(end)

        threading.Thread(target=receive, daemon=True).start()
        try:
            with open(target, "wb") as file:
                while (chunk := chunks.get(timeout=timeout)) is not None:
                    if isinstance(chunk, Exception):
                        raise chunk
                    file.write(chunk)
                    arrived(len(chunk))
        except queue.Empty:
            raise Silent from None
        finally:
            given_up.set()

    return download


def _silence(timeout: float) -> str:
    return f"did not answer within {timeout:g} s"


def _problem(error: Exception, timeout: float) -> str:
    """What went wrong in a few words that hold no address, port or object id of this run."""
    import requests  # slow to import, and then loaded by Pooch in any case

    if isinstance(error, Silent | requests.Timeout):
        return _silence(timeout)
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"answered with status {error.response.status_code}"
    if isinstance(error, requests.RequestException):
        return "could not be reached"
    if isinstance(error, ValueError):  # Pooch's word for a wrong checksum
        return "sent a file with another sha256 than the published one"
    if isinstance(error, OSError):
        return f"could not be stored ({error.strerror or type(error).__name__})"
    return f"failed with {type(error).__name__}"
