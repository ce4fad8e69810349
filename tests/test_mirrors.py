"""Downloads: verified, complete or absent, and never waiting for a mirror that does not answer."""

from __future__ import annotations

import io
import socket
import sys
import threading

import pytest

from checks import mirrors
from checks.idx import DatasetError, read
from checks.mirrors import MIRRORS, fetch
from tests.mnist_like import (
    closed_mirror,
    mirror,
    payloads,
    published,
    silent_mirror,
    stalling_mirror,
    store,
)

CONTENTS = payloads()
NAMES = sorted(f"{name}.gz" for name in CONTENTS)


@pytest.fixture(autouse=True)
def small_files_are_mnist(monkeypatch):
    monkeypatch.setattr(mirrors, "FILES", published(CONTENTS))
    monkeypatch.setenv("NO_PROXY", "*")


@pytest.fixture
def served(tmp_path):
    return store(CONTENTS, tmp_path / "served")


def names(folder):
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_a_mirror_delivers_all_four_files_verified(served, tmp_path):
    with mirror(served) as address:
        fetch(tmp_path / "got", [address])
    assert names(tmp_path / "got") == NAMES
    for file in published(CONTENTS):
        assert read(tmp_path / "got", file).mismatch is None


def test_the_next_mirror_takes_over_from_one_without_the_files(served, tmp_path):
    (tmp_path / "empty").mkdir()
    with mirror(tmp_path / "empty") as empty, mirror(served) as full:
        fetch(tmp_path / "got", [empty, full])
    assert names(tmp_path / "got") == NAMES


def test_a_silent_mirror_does_not_keep_another_from_delivering(served, tmp_path):
    with silent_mirror() as silent, mirror(served) as full:
        fetch(tmp_path / "got", [silent, full], timeout=60.0)
    assert names(tmp_path / "got") == NAMES


def test_a_mirror_that_never_answers_is_given_up_and_named(tmp_path):
    with (
        silent_mirror() as silent,
        pytest.raises(DatasetError, match=r"127\.0\.0\.1:\d+ did not answer within 0.2 s.*GRADUS"),
    ):
        fetch(tmp_path / "got", [silent], timeout=0.2)
    assert names(tmp_path / "got") == []


def test_a_mirror_that_stops_in_the_middle_leaves_no_half_file(served, tmp_path):
    with (
        stalling_mirror(served) as stalling,
        pytest.raises(DatasetError, match=r"did not answer within 0.3 s"),
    ):
        fetch(tmp_path / "got", [stalling], timeout=0.3)
    assert names(tmp_path / "got") == []


def test_a_name_look_up_that_hangs_is_not_waited_for(tmp_path, monkeypatch):
    ends = threading.Event()

    def hanging(*_, **__):
        ends.wait()
        raise socket.gaierror("no name server")

    monkeypatch.setattr(socket, "getaddrinfo", hanging)
    try:
        with pytest.raises(DatasetError, match=r"did not answer within 0\.2 s"):
            fetch(tmp_path / "got", ["http://mirror.invalid/"], timeout=0.2)
        assert not ends.is_set()  # the look-up hangs still, and yet we are here
    finally:
        ends.set()


def test_a_refused_connection_is_told_without_addresses_of_this_run(tmp_path):
    with pytest.raises(DatasetError, match="could not be reached") as caught:
        fetch(tmp_path / "got", [closed_mirror()])
    assert "0x" not in str(caught.value)


def test_files_with_another_checksum_are_not_kept(served, tmp_path):
    store(payloads(seed=1), served)
    with mirror(served) as address, pytest.raises(DatasetError, match="another sha256"):
        fetch(tmp_path / "got", [address])
    assert names(tmp_path / "got") == []


def test_a_file_larger_than_the_published_one_is_refused(served, tmp_path):
    (served / NAMES[2]).write_bytes(b"\0" * (mirrors.CHUNK * 2))
    with mirror(served) as address, pytest.raises(DatasetError, match="another sha256"):
        fetch(tmp_path / "got", [address])
    assert NAMES[2] not in names(tmp_path / "got")


def test_a_damaged_file_of_an_earlier_download_is_replaced(served, tmp_path):
    got = store(CONTENTS, tmp_path / "got")
    (got / NAMES[1]).write_bytes(b"damaged")
    with mirror(served) as address:
        fetch(got, [address])
    assert all(read(got, file).mismatch is None for file in published(CONTENTS))


def test_a_folder_that_cannot_be_written_is_told(served, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with mirror(served) as address, pytest.raises(DatasetError, match="could not be stored"):
        fetch(tmp_path / "file", [address])


def test_progress_is_drawn_on_a_terminal_only(served, tmp_path, monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    terminal, file = Terminal(), io.StringIO()
    monkeypatch.setenv("TERM", "xterm")
    with mirror(served) as address:
        monkeypatch.setattr(sys, "stderr", terminal)
        fetch(tmp_path / "one", [address])
        monkeypatch.setattr(sys, "stderr", file)
        fetch(tmp_path / "two", [address])
    assert "MNIST" in terminal.getvalue()
    assert file.getvalue() == ""


def test_there_are_two_public_mirrors_at_least():
    assert len(MIRRORS) >= 2
    assert all(url.startswith("https://") and url.endswith("/") for url in MIRRORS)
