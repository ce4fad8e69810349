"""From a path on the command line to clean copies: what is found, copied, left behind, refused."""

from __future__ import annotations

import contextlib
import os
import stat
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradus import intake
from gradus.attempts import FILES_OF_A_RUN, Ids
from gradus.cohort.journal import FILE
from gradus.commands.grade import taken
from gradus.course import Course
from gradus.folders import empty
from gradus.intake import IntakeError, Submission, copy, find
from gradus.reports import cohort
from gradus.worker import confine, syscalls
from tests.submissions import ROOT
from tests.test_folders import dig
from tests.workers import posix_only

COURSE = Course(ROOT)


def write(root: Path, *names: str, content: str = "x = 1\n") -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return root


def ids(root: Path) -> list[str]:
    return [submission.id for submission in find(root, COURSE)]


def copied(folder: Path, target: Path) -> tuple[str, list[str]]:
    """The digest and the relative paths of what was copied."""
    digest = copy(Submission("s", folder), target)
    files = [path for path in target.rglob("*") if path.is_file()]
    return digest, sorted(path.relative_to(target).as_posix() for path in files)


def test_a_folder_with_a_marker_is_a_submission_named_after_itself(tmp_path: Path) -> None:
    write(tmp_path / "group7", "task2a.py")
    (found,) = find(tmp_path / "group7", COURSE)
    assert found == Submission("group7", (tmp_path / "group7").resolve())


@pytest.mark.parametrize("depth", ["a", "a/b", "a/b/c/d"])
def test_the_only_submission_at_any_depth_is_named_after_what_was_named(
    tmp_path: Path, depth: str
) -> None:
    write(tmp_path / "group7", f"{depth}/task3.py")
    (found,) = find(tmp_path / "group7", COURSE)
    assert found.id == "group7"
    assert found.folder == (tmp_path / "group7" / depth).resolve()


def test_many_submissions_are_named_by_their_paths_in_alphabetical_order(tmp_path: Path) -> None:
    write(tmp_path, "b/task2.py", "a/late/task2a.py", "a/early/trainer.py", "notes.txt")
    assert ids(tmp_path) == ["a__early", "a__late", "b"]


@pytest.mark.parametrize("around", ["", "download/class"])
def test_whoever_handed_in_no_submission_is_named_among_many(tmp_path: Path, around: str) -> None:
    write(tmp_path / around, "ada/task2.py", "bo/code/trainer.py", "eva/solution.ipynb")
    write(tmp_path / around, "kim.tar.gz", "report/journal.jsonl", ".git/HEAD", "grades.csv")
    found = {one.id.rpartition("__")[2]: one.refusal for one in find(tmp_path, COURSE)}
    assert found == {
        "ada": None,
        "code": None,
        "eva": "the folder eva holds no submission: a submission's folder has at least one of "
        "task2a.py, task2.py, task3a.py, task3.py, trainer.py",
        "kim.tar.gz": "kim.tar.gz is an archive that is not read; unpack it, or pack it as a zip",
    }


def test_what_lies_beside_the_only_submission_is_no_submission(tmp_path: Path) -> None:
    write(tmp_path / "ada", "code/task2.py", "report/text.md", "code.tar.gz")
    assert ids(tmp_path / "ada") == ["ada"]


def test_a_submission_inside_a_submission_is_part_of_it(tmp_path: Path) -> None:
    write(tmp_path, "task2a.py", "backup/task2a.py")
    assert len(find(tmp_path, COURSE)) == 1


def test_the_current_directory_has_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(write(tmp_path / "here", "task2a.py"))
    assert ids(Path(".")) == ["here"]


@pytest.mark.parametrize(
    "skipped",
    [".hidden", ".git", "__pycache__", "__MACOSX", "node_modules", "lib/site-packages"],
)
def test_hidden_folders_and_caches_hold_no_submissions(tmp_path: Path, skipped: str) -> None:
    write(tmp_path, "a/task2a.py", f"{skipped}/task2a.py")
    assert len(find(tmp_path, COURSE)) == 1


def test_an_environment_of_any_name_is_skipped(tmp_path: Path) -> None:
    write(tmp_path, "a/task2a.py", "a/my_env/pyvenv.cfg", "a/my_env/lib/x.py", "env2/pyvenv.cfg")
    write(tmp_path, "env2/task2a.py")
    assert len(find(tmp_path, COURSE)) == 1
    _, files = copied(tmp_path / "a", tmp_path / "copy")
    assert files == ["task2a.py"]


def test_a_path_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IntakeError, match="nowhere does not exist; name a submission's folder"):
        find(tmp_path / "nowhere", COURSE)


def test_one_of_several_named_that_cannot_be_taken_stops_no_other(tmp_path: Path) -> None:
    write(
        tmp_path, "ada/task2a.py", "eva/notes.txt", "kim.tar.gz", "old/task2a.py", "old/task4a.py"
    )
    named = [tmp_path / name for name in ("ada", "eva", "kim.tar.gz", "old")]
    found = {one.id: one.refusal or "" for one in taken(COURSE, named, tmp_path)}
    assert list(found) == ["ada", "eva", "kim.tar.gz", "old"]
    assert found["ada"] == ""
    assert found["eva"].startswith("it holds no submission: ")
    assert found["kim.tar.gz"].startswith("it is a file, but a submission is a folder or a zip")
    assert "2020 edition" in found["old"]
    with pytest.raises(IntakeError, match="nowhere does not exist"):
        taken(COURSE, [*named, tmp_path / "nowhere"], tmp_path)


def test_a_folder_without_a_submission_is_told_what_one_has(tmp_path: Path) -> None:
    write(tmp_path, "readme.txt")
    with pytest.raises(IntakeError, match=r"holds no submission: .*task2a\.py"):
        find(tmp_path, COURSE)


def test_the_2020_edition_is_refused_in_one_clear_sentence(tmp_path: Path) -> None:
    write(tmp_path, "task2a.py", "task3a.py", "task4a.py")
    with pytest.raises(IntakeError, match=r"2020 edition .*from 2021 on$") as caught:
        find(tmp_path, COURSE)
    assert "\n" not in str(caught.value)


def test_among_many_the_refused_are_named_with_their_reason(tmp_path: Path) -> None:
    write(tmp_path, "old/task2a.py", "old/task4a.py", "new/task2a.py", "other/task2a.py")
    found = {one.id: one.refusal for one in find(tmp_path, COURSE)}
    assert list(found) == ["new", "old", "other"]
    assert "2020 edition" in (found["old"] or "")
    assert found["new"] is None


def test_an_old_copy_beside_the_only_submission_is_no_submission(tmp_path: Path) -> None:
    write(tmp_path / "ada", "old/task2a.py", "old/task4a.py", "new/task2a.py")
    (one,) = find(tmp_path / "ada", COURSE)
    assert (one.id, one.folder.name, one.refusal) == ("ada", "new", None)


def test_a_folder_inside_a_refused_one_is_refused_with_it(tmp_path: Path) -> None:
    write(tmp_path, "a/task2a.py", "b/task2a.py", "old/task2a.py", "old/task4a.py")
    write(tmp_path, "old/copy/task2a.py", "old/copy/task4a.py")
    assert ids(tmp_path) == ["a", "b", "old"]


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_links_are_not_followed(tmp_path: Path) -> None:
    secret = write(tmp_path / "elsewhere", "secret.txt", "task2a.py")
    folder = write(tmp_path / "s", "task2a.py", "utils.py")
    (folder / "linked.txt").symlink_to(secret / "secret.txt")
    (folder / "linked").symlink_to(secret, target_is_directory=True)
    (folder / "around").symlink_to(folder, target_is_directory=True)
    (folder / "broken").symlink_to(tmp_path / "nothing")
    assert len(find(folder, COURSE)) == 1
    _, files = copied(folder, tmp_path / "copy")
    assert files == ["task2a.py", "utils.py"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_what_is_no_regular_file_is_left_behind(tmp_path: Path) -> None:
    folder = write(tmp_path / "s", "task2a.py")
    os.mkfifo(folder / "pipe")
    assert copied(folder, tmp_path / "copy")[1] == ["task2a.py"]


def test_hidden_files_and_caches_are_left_behind(tmp_path: Path) -> None:
    folder = write(tmp_path / "s", "task2a.py", ".DS_Store", "__pycache__/task2a.pyc", ".git/HEAD")
    write(folder, "figures/loss.png", "data/x.csv")
    _, files = copied(folder, tmp_path / "copy")
    assert files == ["data/x.csv", "figures/loss.png", "task2a.py"]


def test_the_copy_holds_the_same_bytes_and_the_original_stays(tmp_path: Path) -> None:
    folder = write(tmp_path / "s", "task2a.py")
    (folder / "plot.bin").write_bytes(bytes(range(256)))
    copied(folder, tmp_path / "copy")
    assert (tmp_path / "copy" / "plot.bin").read_bytes() == bytes(range(256))
    assert sorted(path.name for path in folder.iterdir()) == ["plot.bin", "task2a.py"]


def test_a_read_only_submission_can_be_taken(tmp_path: Path) -> None:
    folder = write(tmp_path / "s", "task2a.py")
    (folder / "task2a.py").chmod(stat.S_IRUSR)
    assert copied(folder, tmp_path / "copy")[1] == ["task2a.py"]


def test_the_digest_depends_on_names_and_contents_alone(tmp_path: Path) -> None:
    first = write(tmp_path / "first", "task2a.py", "b/c.py")
    second = write(tmp_path / "second", "b/c.py", "task2a.py", ".hidden")
    os.utime(second / "task2a.py", (1, 1))
    digests = [copied(folder, tmp_path / f"to{i}")[0] for i, folder in enumerate((first, second))]
    assert digests[0] == digests[1]
    assert len(digests[0]) == 64


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a.py": "1"}, {"a.py": "2"}),
        ({"a.py": "1"}, {"b.py": "1"}),
        ({"a.py": "bc"}, {"a.pyb": "c"}),
        ({"a.py": "", "b.py": "x"}, {"a.py": "x", "b.py": ""}),
        ({"a/b.py": "1"}, {"a.py": "1"}),
    ],
)
def test_other_names_or_contents_have_another_digest(
    tmp_path: Path, one: dict[str, str], other: dict[str, str]
) -> None:
    digests = []
    for number, files in enumerate((one, other)):
        for name, content in files.items():
            write(tmp_path / f"s{number}", name, content=content)
        digests.append(copied(tmp_path / f"s{number}", tmp_path / f"copy{number}")[0])
    assert digests[0] != digests[1]


def test_too_many_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "MAX_FILES", 3)
    folder = write(tmp_path / "s", "task2a.py", "b.py", "c.py")
    copied(folder, tmp_path / "copy")
    write(folder, "d.py")
    with pytest.raises(IntakeError, match="has 4 files, and at most 3 are taken; leave out"):
        copied(folder, tmp_path / "copy2")


def test_a_file_too_large_is_refused_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "MAX_FILE_BYTES", 100)
    folder = write(tmp_path / "s", "task2a.py")
    write(folder, "weights.npy", content="x" * 101)
    with pytest.raises(IntakeError, match=r"too large at weights\.npy \(101 bytes\)"):
        copied(folder, tmp_path / "copy")
    assert not (tmp_path / "copy" / "weights.npy").exists()


def test_files_too_large_together_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "MAX_TOTAL_BYTES", 100)
    folder = write(tmp_path / "s", "a.py", "b.py", content="x" * 60)
    with pytest.raises(IntakeError, match="100 in all"):
        copied(folder, tmp_path / "copy")


NAMES = st.text("ab. _-é", min_size=1, max_size=6).filter(lambda name: name.strip(". "))


@settings(database=None, deadline=None, max_examples=40)
@given(st.sets(NAMES, min_size=2, max_size=4))
def test_every_submission_has_an_id_of_its_own_that_is_a_plain_name(
    tmp_path_factory: pytest.TempPathFactory, names: set[str]
) -> None:
    root = tmp_path_factory.mktemp("many")
    visible = {name for name in names if not name.startswith(".")}
    for name in names:
        write(root, f"{name}/task2a.py")
    if len(visible) < 2:
        return
    found = ids(root)
    assert len(found) == len(visible)
    assert all(id in visible or id.rpartition("-")[0] in visible for id in found)
    assert len({id.casefold().rstrip(" .") for id in found}) == len(found)
    assert all("/" not in id and "\\" not in id for id in found)


def test_an_id_is_never_a_file_of_the_whole_run(tmp_path: Path) -> None:
    """Whatever a student calls the folder: results go into one of that name, beside such files."""
    assert set(FILES_OF_A_RUN) == {FILE, cohort.JSON, cohort.PAGE, "gradebook.csv"}
    for name in FILES_OF_A_RUN:
        write(tmp_path, f"{name}/task2a.py", f"{name.upper()}/task2a.py")
    found = ids(tmp_path)
    assert len(set(found)) == len(found) == 2 * len(FILES_OF_A_RUN)
    assert not {id.casefold() for id in found} & set(FILES_OF_A_RUN)


def test_ids_differ_on_every_system(tmp_path: Path) -> None:
    names = ("Ada", "ada", "ada.", "\u00e9", "e\u0301", "aux", "aux.py", "con")
    given = Ids()
    found = [given.free(name) for name in names]
    assert found == ["Ada", "ada-2", "ada.-2", "\u00e9", "e\u0301-2", "_aux", "_aux.py", "_con"]


@contextlib.contextmanager
def reading_like_anybody() -> Iterator[None]:
    """While open, this thread has no more right to files than their permissions give, also root."""
    column = {"x86_64": 0, "aarch64": 1}.get(os.uname().machine)
    if os.geteuid() != 0:
        yield
        return
    if sys.platform != "linux" or column is None:
        pytest.skip("root reads everything here")
    status = Path("/proc/self/status").read_text()
    held = int(status.partition("CapEff:")[2].split()[0], 16)

    def use(effective: int) -> None:
        words = [(mask >> shift) & 0xFFFFFFFF for shift in (0, 32) for mask in (effective, held)]
        sets = struct.pack("<6I", words[0], words[1], 0, words[2], words[3], 0)
        header = struct.pack("<Ii", confine.CAPABILITY_VERSION_3, 0)
        assert confine.libc().syscall(syscalls.CAPSET[column], header, sets) == 0

    use(held & ~0b110)
    try:
        yield
    finally:
        use(held)


@posix_only
def test_what_cannot_be_read_is_refused_by_its_name(tmp_path: Path) -> None:
    write(tmp_path, "a/task2a.py", "b/task2a.py", "c/task2a.py", "c/inner/x.py", "d/task2a.py")
    write(tmp_path, "e/task2a.py")
    (tmp_path / "b" / "task2a.py").chmod(0)
    closed = [tmp_path / "c" / "inner", tmp_path / "d"]
    for folder in closed:
        folder.chmod(0)
    sentences = {}
    try:
        with reading_like_anybody():
            for one in find(tmp_path, COURSE):
                try:
                    intake.digest(one)
                except IntakeError as error:
                    sentences[one.id] = str(error)
    finally:
        for folder in closed:
            folder.chmod(0o700)
    assert sentences == {
        "b": "b cannot be graded: task2a.py cannot be read (Permission denied)",
        "c": "c cannot be graded: the folder inner cannot be read (Permission denied)",
        "d": "d cannot be graded: the folder d cannot be read (Permission denied)",
    }


@posix_only
def test_folders_without_end_are_refused_and_cost_nobody_else(tmp_path: Path) -> None:
    write(tmp_path, "a/task2a.py", "b/task2a.py", "c/task2a.py")
    dig(tmp_path / "b", 1_500)
    (tmp_path / "d").mkdir()
    dig(tmp_path / "d", 1_500)
    try:
        a, b, c, d = find(tmp_path, COURSE)
        assert [a.id, b.id, c.id] == ["a", "b", "c"]
        assert d.refusal == "it has folders nested more than 64 deep"
        with pytest.raises(IntakeError, match="b cannot be graded: it has folders nested more"):
            intake.digest(b)
        assert intake.digest(a) == intake.digest(c)
    finally:
        empty(tmp_path)
