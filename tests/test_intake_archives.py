"""Zips: what is taken of them, what they are refused for in one sentence, and who is who."""

from __future__ import annotations

import io
import os
import stat
import struct
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradus import archives, attempts, intake
from gradus.archives import ArchiveError, Budget, unpack
from gradus.course import Course
from gradus.intake import IntakeError, Submission, find
from tests.submissions import ROOT

COURSE = Course(ROOT)
MARKER = "task2a.py"
Entries = list[tuple[str | zipfile.ZipInfo, bytes]]


def zipped(*entries: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    """A zip of these members, whatever their names."""
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return raw.getvalue()


def member(name: str, mode: int = stat.S_IFREG | 0o644) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    info.create_system = 3
    return info


def renamed(raw: bytes, old: bytes, new: bytes) -> bytes:
    """The archive with a member's name replaced byte for byte, as no library would write it."""
    assert len(old) == len(new)
    assert raw.count(old) == 2
    return raw.replace(old, new)


def budget(members: int = 100, total: int = 1 << 22, file: int = 1 << 22) -> Budget:
    return Budget(members, total, file)


def unpacked(raw: bytes, folder: Path, allowed: Budget | None = None) -> dict[str, bytes]:
    """What unpacking writes, by relative path."""
    archive = folder / "archive.zip"
    archive.write_bytes(raw)
    target = folder / "target"
    unpack(archive, target, allowed or budget(), intake.SKIPPED_FOLDERS)
    files = sorted(path for path in target.rglob("*") if path.is_file())
    return {path.relative_to(target).as_posix(): path.read_bytes() for path in files}


def put(folder: Path, name: str, raw: bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(raw)
    return path


def found(named: Path, work: Path) -> tuple[Submission, ...]:
    work.mkdir(exist_ok=True)
    return find(named, COURSE, work)


def test_plain_files_and_folders_are_written_with_their_bytes(tmp_path: Path) -> None:
    entries: Entries = [
        ("a/", b""),
        ("a/task2a.py", b"x = 1\n"),
        ("a/b/résumé.py", bytes(range(256))),
    ]
    assert unpacked(zipped(*entries), tmp_path) == {
        "a/task2a.py": b"x = 1\n",
        "a/b/résumé.py": bytes(range(256)),
    }


def test_caches_and_hidden_files_are_not_written(tmp_path: Path) -> None:
    names = ["a.py", "__MACOSX/._a.py", ".DS_Store", "__pycache__/a.pyc", ".git/config", "b/.x/y"]
    assert list(unpacked(zipped(*((name, b"x") for name in names)), tmp_path)) == ["a.py"]


def test_backslashes_separate_folders_as_the_tool_that_wrote_them_meant(tmp_path: Path) -> None:
    raw = renamed(zipped(("a/task2a.py", b"x")), b"a/task2a.py", b"a\\task2a.py")
    assert list(unpacked(raw, tmp_path)) == ["a/task2a.py"]


def test_a_name_in_utf_8_without_its_flag_is_read_as_utf_8(tmp_path: Path) -> None:
    raw = renamed(zipped(("abcd.py", b"x")), b"abcd.py", "é12".encode() + b".py")
    assert list(unpacked(raw, tmp_path)) == ["é12.py"]


@pytest.mark.skipif(sys.platform != "linux", reason="its file systems alone take any bytes")
def test_a_name_that_is_not_utf_8_survives_byte_for_byte(tmp_path: Path) -> None:
    unpacked(renamed(zipped(("abcd.py", b"x")), b"abcd.py", b"\xe5\xe6\xf8d.py"), tmp_path)
    assert [os.fsencode(path.name) for path in (tmp_path / "target").iterdir()] == [
        b"\xe5\xe6\xf8d.py"
    ]


REFUSED_NAMES = [
    "../task2a.py",
    "a/../../task2a.py",
    "/etc/task2a.py",
    "..\\task2a.py",
    "a\\..\\..\\task2a.py",
    "\\task2a.py",
    "C:task2a.py",
    "c:/task2a.py",
    "aux.py",
    "a/NUL",
    "com1.txt/x",
    "trailing /a.py",
    "dots./a.py",
    "new\nline.py",
    "bell\x07.py",
    "pipe|.py",
    "x" * 250,
    "/".join("a" * 40),
    "..",
]


@pytest.mark.parametrize("name", REFUSED_NAMES)
def test_a_name_that_leads_elsewhere_or_is_not_portable_is_refused(
    name: str, tmp_path: Path
) -> None:
    # The library itself rewrites some of these, so they are put in afterwards.
    if "\\" in name:
        stand_in = "#" * len(name)
        raw = renamed(zipped((stand_in, b"x")), stand_in.encode(), name.encode())
    else:
        raw = zipped((name, b"x"))
    with pytest.raises(ArchiveError) as caught:
        unpacked(raw, tmp_path)
    assert "\n" not in str(caught.value)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["archive.zip", "target"]
    assert list((tmp_path / "target").iterdir()) == []


@pytest.mark.parametrize(
    ("mode", "what"),
    [
        (stat.S_IFLNK | 0o777, "a link"),
        (stat.S_IFIFO | 0o644, "something that is no file"),
        (stat.S_IFCHR | 0o644, "something that is no file"),
        (stat.S_IFSOCK | 0o644, "something that is no file"),
    ],
)
def test_what_is_neither_file_nor_folder_is_refused(mode: int, what: str, tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match=f"^it holds {what}$"):
        unpacked(zipped((member("link", mode), b"/etc/passwd")), tmp_path)


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (["a.py", "A.PY"], "not every system can tell apart"),
        (["a/x.py", "A/y.py"], "not every system can tell apart"),
        (["caf\u00e9.py", "cafe\u0301.py"], "not every system can tell apart"),
        (["stra\u00dfe.py", "STRASSE.py"], "not every system can tell apart"),
        (["a", "a/b"], "not every system can tell apart"),
        (["a.py", "a.py"], "one name twice"),
        (["a/./b.py", "a/b.py"], "one name twice"),
    ],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_names_that_collide_are_refused(names: list[str], sentence: str, tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match=sentence):
        unpacked(zipped(*((name, b"x") for name in names)), tmp_path)


def test_more_members_than_the_budget_are_refused_before_any_is_written(tmp_path: Path) -> None:
    raw = zipped(*((f"{number}.py", b"") for number in range(101)))
    with pytest.raises(ArchiveError, match=r"^it has more files than are taken$"):
        unpacked(raw, tmp_path)
    assert list((tmp_path / "target").iterdir()) == []


def test_a_long_table_of_contents_is_refused_before_it_is_read(tmp_path: Path) -> None:
    raw = zipped(*((f"{number:0100}.py", b"") for number in range(2_000)))
    with pytest.raises(ArchiveError, match=r"^it has more files than are taken$"):
        archives._check_table(io.BytesIO(raw), budget(members=100))


def test_a_small_record_before_a_huge_one_of_64_bits_is_seen_through(tmp_path: Path) -> None:
    raw = zipped(("a.py", b"x"))
    at = raw.rfind(b"PK\x05\x06")
    huge = archives.END_RECORD_64.pack(b"PK\x06\x06", 44, 45, 45, 0, 0, 1, 1, 1 << 40, 0)
    locator = archives.END_LOCATOR_64.pack(b"PK\x06\x07", 0, at, 1)
    with pytest.raises(ArchiveError, match="more files than are taken"):
        unpacked(raw[:at] + huge + locator + raw[at:], tmp_path)


def test_bytes_are_counted_over_all_files(tmp_path: Path) -> None:
    raw = zipped(("a", b"x" * 600_000), ("b", b"y" * 600_000))
    with pytest.raises(ArchiveError, match=r"^it unpacks to more bytes than are taken$"):
        unpacked(raw, tmp_path, budget(total=1_000_000))


def test_a_file_over_its_cap_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match=r"^it holds a file that is too large"):
        unpacked(zipped(("a", b"x" * 200_000)), tmp_path, budget(file=100_000))


def test_a_bomb_is_refused_for_how_tightly_it_is_packed(tmp_path: Path) -> None:
    raw = zipped(("zeros", bytes(8 << 20)))
    with pytest.raises(ArchiveError, match="packed too tightly"):
        unpacked(raw, tmp_path, budget(total=1 << 30, file=1 << 30))
    assert (tmp_path / "target" / "zeros").stat().st_size <= 2 * archives.RATIO_FREE_BYTES


def test_a_header_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    raw = bytearray(zipped(("a", bytes(range(256)) * 40)))
    table = raw.rfind(b"PK\x01\x02")
    struct.pack_into("<L", raw, table + 24, 10)
    with pytest.raises(ArchiveError, match=r"^it is no intact zip"):
        unpacked(bytes(raw), tmp_path)


def test_content_that_does_not_match_its_checksum_is_refused(tmp_path: Path) -> None:
    raw = bytearray(zipped((member("a"), b"x" * 100)))
    raw[raw.find(b"x" * 100) + 5] ^= 1
    with pytest.raises(ArchiveError, match=r"^it is no intact zip"):
        unpacked(bytes(raw), tmp_path)


@pytest.mark.parametrize("flag", [0x1, 0x41])
def test_an_encrypted_archive_is_refused(flag: int, tmp_path: Path) -> None:
    raw = bytearray(zipped(("a", b"x")))
    raw[raw.rfind(b"PK\x01\x02") + 8] |= flag
    with pytest.raises(ArchiveError, match=r"^it is encrypted$"):
        unpacked(bytes(raw), tmp_path)


def test_another_packing_method_is_refused(tmp_path: Path) -> None:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a", b"x" * 1000)
    with pytest.raises(ArchiveError, match="other than deflate"):
        unpacked(raw.getvalue(), tmp_path)


@pytest.mark.parametrize("raw", [b"", b"PK", b"no zip at all" * 100, b"PK\x05\x06"])
def test_what_is_no_zip_is_refused(raw: bytes, tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match=r"^it is no zip$"):
        unpacked(raw, tmp_path)


SOUND = zipped(("a/task2a.py", b"x = 1\n" * 50), ("b.txt", b"hello"), ("c/d/e.bin", bytes(500)))


@settings(database=None, deadline=None, max_examples=200)
@given(st.data())
def test_a_damaged_archive_is_refused_or_gives_files_below_its_target_alone(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    raw = bytearray(SOUND)
    for _ in range(data.draw(st.integers(1, 6))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        files = unpacked(
            bytes(raw[: data.draw(st.sampled_from([len(raw), len(raw) // 2]))]), folder
        )
    except ArchiveError as error:
        said = str(error)
    else:
        said = ""
        assert sum(map(len, files.values())) <= 1 << 22
    assert "\n" not in said
    assert sorted(path.name for path in folder.iterdir()) == ["archive.zip", "target"]


def test_a_zip_of_one_submission_is_named_after_itself(tmp_path: Path) -> None:
    path = put(tmp_path, "group 7.zip", zipped((f"assignment1/{MARKER}", b"x = 1\n")))
    (only,) = found(path, tmp_path / "work")
    assert only.id == "group 7"
    assert (only.folder / MARKER).read_bytes() == b"x = 1\n"


def test_a_download_of_zips_gives_each_student_the_name_of_their_zip(tmp_path: Path) -> None:
    inner = {
        "A1_ola_attempt_2023-01-02.zip": zipped((f"a/b/{MARKER}", b"x")),
        "A1_kari_attempt_2023-01-02.zip": zipped((MARKER, b"y")),
    }
    path = put(tmp_path, "all.zip", zipped(*inner.items(), ("A1_ola.txt", b"late")))
    assert [one.id for one in found(path, tmp_path / "work")] == [
        "A1_kari_attempt_2023-01-02",
        "A1_ola_attempt_2023-01-02",
    ]


def test_a_folder_of_zips_and_folders_gives_every_submission(tmp_path: Path) -> None:
    put(tmp_path / "many", "b.zip", zipped((MARKER, b"")))
    put(tmp_path / "many", f"a/{MARKER}", b"")
    put(tmp_path / "many", "c/handed-in.zip", zipped((MARKER, b"")))
    put(tmp_path / "many", "d.zip", zipped((f"one/{MARKER}", b""), (f"two/{MARKER}", b"")))
    assert [one.id for one in found(tmp_path / "many", tmp_path / "work")] == [
        "a",
        "b",
        "c__handed-in",
        "d__one",
        "d__two",
    ]
    assert sorted(path.name for path in (tmp_path / "many").iterdir()) == [
        "a",
        "b.zip",
        "c",
        "d.zip",
    ]


def test_a_folder_and_a_zip_of_one_name_have_two_ids_that_stay(tmp_path: Path) -> None:
    put(tmp_path / "many", "ola.zip", zipped((MARKER, b"")))
    put(tmp_path / "many", f"ola/{MARKER}", b"")
    ids = [[one.id for one in found(tmp_path / "many", tmp_path / f"work{i}")] for i in range(2)]
    assert ids == [["ola", "ola-2"]] * 2


def test_a_zip_inside_a_submission_is_a_file_of_it(tmp_path: Path) -> None:
    put(tmp_path / "s", MARKER, b"")
    put(tmp_path / "s", "old/backup.zip", zipped((MARKER, b"")))
    assert [one.id for one in found(tmp_path / "s", tmp_path / "work")] == ["s"]
    assert list((tmp_path / "work").iterdir()) == []


def test_a_very_long_path_gives_an_id_that_a_folder_can_have(tmp_path: Path) -> None:
    for name in ("x", "y"):
        put(tmp_path / "many", "/".join(["f" * 60] * 4 + [name, MARKER]), b"")
    ids = [one.id for one in found(tmp_path / "many", tmp_path / "work")]
    assert len(set(ids)) == 2
    for id in ids:
        assert len(id) <= attempts.MAX_ID_BYTES
        (tmp_path / id).mkdir()


def test_a_bad_archive_among_many_is_refused_by_itself(tmp_path: Path) -> None:
    inner = [
        ("good.zip", zipped((MARKER, b""))),
        ("evil.zip", zipped(("../escaped.py", b"x"))),
        ("other.zip", zipped((MARKER, b""))),
    ]
    path = put(tmp_path, "all.zip", zipped(*inner))
    evil, good, other = found(path, tmp_path / "work")
    assert good.refusal is other.refusal is None
    assert evil.refusal == (
        "evil.zip cannot be unpacked: it holds the name '../escaped.py', which leads out of it"
    )
    with pytest.raises(IntakeError, match=r"^evil cannot be graded: evil\.zip cannot be unpacked"):
        intake.copy(evil, tmp_path / "copy")
    assert not list(tmp_path.rglob("escaped.py"))


def test_an_archive_without_a_submission_is_named_among_many_and_stray_beside_one(
    tmp_path: Path,
) -> None:
    put(tmp_path / "many", "data.zip", zipped(("a.csv", b"")))
    put(tmp_path / "many", "ola.zip", zipped((MARKER, b"")))
    assert [one.id for one in found(tmp_path / "many", tmp_path / "one")] == ["many"]
    put(tmp_path / "many", "kari.zip", zipped((MARKER, b"")))
    refusals = {one.id: one.refusal for one in found(tmp_path / "many", tmp_path / "two")}
    assert refusals == {"data": "data.zip holds no submission", "kari": None, "ola": None}


def nested(depth: int) -> bytes:
    raw = zipped((MARKER, b""))
    for _ in range(depth):
        raw = zipped(("inner.zip", raw))
    return raw


def test_archives_nested_too_deep_are_refused(tmp_path: Path) -> None:
    deep = intake.MAX_ARCHIVE_DEPTH
    assert found(put(tmp_path, "a.zip", nested(deep)), tmp_path / "work")[0].id == "a"
    with pytest.raises(IntakeError, match=f"lies more than {deep} archives deep"):
        found(put(tmp_path, "b.zip", nested(deep + 1)), tmp_path / "work2")


def test_archives_within_an_archive_share_its_students_budget(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "MAX_UNPACKED_BYTES", 250_000)
    noise = bytes(range(256)) * 400
    greedy = zipped(*((f"{i}.zip", zipped((f"a{i}/{MARKER}", noise))) for i in range(4)))
    path = put(
        tmp_path, "all.zip", zipped(("greedy.zip", greedy), ("z.zip", zipped((MARKER, noise))))
    )
    refusals = [one.refusal is not None for one in found(path, tmp_path / "work")]
    assert refusals == [False, False, True, True, False]


def test_the_run_has_a_budget_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "MAX_RUN_BYTES", 250_000)
    for number in range(4):
        put(tmp_path / "many", f"{number}.zip", zipped((MARKER, bytes(range(256)) * 400)))
    refusals = [one.refusal for one in found(tmp_path / "many", tmp_path / "work")]
    assert refusals[:2] == [None, None]
    assert all("unpacks to more bytes than are taken" in str(why) for why in refusals[2:])


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.zip", b"nothing", r"a\.zip cannot be unpacked: it is no zip$"),
        ("a.zip", zipped(("readme.txt", b"")), r"a\.zip holds no submission: a submission's"),
        ("a.zip", zipped((MARKER, b""), ("task4a.py", b"")), r"a\.zip cannot be graded: .*2020"),
        ("a.tar", b"", r"a\.tar is a file, but a submission is a folder or a zip; name one of"),
    ],
)
def test_what_cannot_be_taken_is_one_sentence(
    name: str, content: bytes, sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(IntakeError, match=sentence) as caught:
        found(put(tmp_path, name, content), tmp_path / "work")
    assert "\n" not in str(caught.value)


def test_a_zip_is_copied_and_digested_as_its_folder_is(tmp_path: Path) -> None:
    put(tmp_path / "s", MARKER, b"x = 1\n")
    put(tmp_path / "s", "plots/a.png", b"png")
    path = put(tmp_path, "s.zip", zipped((MARKER, b"x = 1\n"), ("plots/a.png", b"png")))
    (from_zip,) = found(path, tmp_path / "work")
    copies: list[Callable[[], str]] = [
        lambda: intake.copy(Submission("s", tmp_path / "s"), tmp_path / "one"),
        lambda: intake.copy(from_zip, tmp_path / "two"),
    ]
    assert copies[0]() == copies[1]()


def test_an_old_copy_beside_the_only_submission_of_a_zip_is_no_submission(tmp_path: Path) -> None:
    names = ("old/task2a.py", "old/task4a.py", "new/task2a.py")
    for student in ("a", "b"):
        put(tmp_path / "many", f"{student}.zip", zipped(*((name, b"") for name in names)))
    both = found(tmp_path / "many", tmp_path / "work")
    assert [(one.id, one.refusal) for one in both] == [("a", None), ("b", None)]


def test_a_zip_of_a_refused_edition_alone_is_refused_with_its_reason(tmp_path: Path) -> None:
    put(tmp_path / "many", "a.zip", zipped(("x/task2a.py", b""), ("x/task4a.py", b"")))
    put(tmp_path / "many", "b.zip", zipped(("x/task2a.py", b"")))
    by_id = {one.id: one.refusal or "" for one in found(tmp_path / "many", tmp_path / "work")}
    assert "2020 edition" in by_id["a"]
    assert by_id["b"] == ""
