"""Downloads of course platforms: whose each file is, and which attempt of several is graded."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from gradus.commands.attempts import tell_of_attempts
from gradus.course import Course
from gradus.downloads import of_names, of_path
from gradus.intake import Submission, find
from gradus.results import Origin
from tests.submissions import ROOT

COURSE = Course(ROOT)
MARKER = "task2a.py"
FIRST, SECOND = "2024-01-30-23-59-00", "2024-01-31-12-00-05"
quick = settings(database=None, deadline=None, max_examples=100)


def zipped(*names: str) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        for name in names:
            archive.writestr(name, "x = 1\n")
    return raw.getvalue()


def put(folder: Path, **contents: bytes) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return folder


def found(folder: Path, tmp_path: Path) -> dict[str, Submission]:
    work = tmp_path / "unpacked"
    work.mkdir(exist_ok=True)
    return {one.id: one for one in find(folder, COURSE, work)}


def files(submission: Submission) -> list[str]:
    return sorted(path.name for path in submission.folder.iterdir())


def clone(folder: Path, name: str, marker: str = MARKER) -> None:
    put(folder / name, **{marker: b""})
    (folder / name / ".git").mkdir()


def test_a_blackboard_zip_is_its_users_submission(tmp_path: Path) -> None:
    folder = put(
        tmp_path / "d",
        **{
            f"A 1_ada_attempt_{FIRST}_my_work.zip": zipped(f"deep/{MARKER}"),
            f"A 1_ada_attempt_{FIRST}.txt": b"Name: Ada Lovelace (ada)\nAssignment: A 1\n",
            f"A 1_grace_attempt_{SECOND}_x.zip": zipped(MARKER),
        },
    )
    by_id = found(folder, tmp_path)
    assert list(by_id) == ["ada", "grace"]
    assert by_id["ada"].origin == Origin(
        platform="blackboard", user="ada", attempt="2024-01-30 23:59:00"
    )
    assert by_id["ada"].note is None


def test_blackboards_loose_files_are_put_together_under_their_own_names(tmp_path: Path) -> None:
    names = ["task2a.py", "utils.py", "my_notes.txt"]
    folder = put(
        tmp_path / "d",
        **{f"A1_{user}_attempt_{FIRST}_{name}": b"x" for user in ("ada", "bob") for name in names},
        **{f"A1_ada_attempt_{FIRST}.txt": b"Name: Ada (ada)\n"},
    )
    by_id = found(folder, tmp_path)
    assert list(by_id) == ["ada", "bob"]
    assert files(by_id["ada"]) == sorted(names)
    assert len(list(folder.iterdir())) == 7


def test_the_latest_of_several_attempts_is_graded_and_the_note_lists_them(tmp_path: Path) -> None:
    folder = put(
        tmp_path / "d",
        **{
            f"A1_ada_attempt_{SECOND}_b.zip": zipped(MARKER, "second.py"),
            f"A1_ada_attempt_{FIRST}_a.zip": zipped(MARKER, "first.py"),
            f"A1_bob_attempt_{FIRST}_a.zip": zipped(MARKER),
        },
    )
    ada = found(folder, tmp_path)["ada"]
    assert files(ada) == ["second.py", MARKER]
    assert ada.note == (
        "handed in 2 times (2024-01-30 23:59:00, 2024-01-31 12:00:05); graded is "
        "2024-01-31 12:00:05, the latest"
    )


@pytest.mark.parametrize("later", ["report.pdf", "broken.zip", "figures.zip"])
def test_a_later_attempt_without_a_submission_does_not_replace_one(
    tmp_path: Path, later: str
) -> None:
    content = {"report.pdf": b"%PDF", "broken.zip": b"PK", "figures.zip": zipped("a.png")}[later]
    folder = put(
        tmp_path / "d",
        **{
            f"A1_ada_attempt_{FIRST}_a.zip": zipped(MARKER),
            f"A1_ada_attempt_{SECOND}_{later}": content,
            f"A1_bob_attempt_{FIRST}_a.zip": zipped(MARKER),
        },
    )
    by_id = found(folder, tmp_path)
    assert list(by_id) == ["ada", "bob"]
    assert by_id["ada"].refusal is None
    assert "graded is 2024-01-30 23:59:00, for 2024-01-31 12:00:05 is no submission" in (
        by_id["ada"].note or ""
    )


def test_two_submissions_of_one_attempt_are_both_kept_and_say_so(tmp_path: Path) -> None:
    folder = put(
        tmp_path / "d",
        **{
            f"A1_ada_attempt_{FIRST}_old.zip": zipped(MARKER),
            f"A1_ada_attempt_{FIRST}_new.zip": zipped(MARKER),
        },
    )
    by_id = found(folder, tmp_path)
    assert list(by_id) == ["ada__new", "ada__old"]
    assert {one.note for one in by_id.values()} == {
        "one of 2 submissions of the same attempt, and all are graded"
    }


def test_one_who_handed_in_no_code_at_all_is_refused_and_named(tmp_path: Path) -> None:
    folder = put(
        tmp_path / "d",
        **{
            f"A1_ada_attempt_{FIRST}_report.pdf": b"%PDF",
            f"A1_ada_attempt_{FIRST}.txt": b"Name: Ada (ada)\n",
            f"A1_bob_attempt_{FIRST}_a.zip": zipped(MARKER),
        },
    )
    by_id = found(folder, tmp_path)
    assert (by_id["ada"].refusal or "").startswith("nothing of report.pdf is a submission")
    assert by_id["bob"].refusal is None


def test_one_zip_named_alone_is_its_users_submission(tmp_path: Path) -> None:
    name = f"A1_ada_attempt_{FIRST}_a.zip"
    folder = put(tmp_path / "d", **{name: zipped(MARKER)})
    (alone,) = found(folder / name, tmp_path).values()
    assert (alone.id, alone.origin) == (
        "ada",
        Origin(platform="blackboard", user="ada", attempt="2024-01-30 23:59:00"),
    )


def test_a_download_of_one_student_keeps_the_note_but_takes_no_name_from_within(
    tmp_path: Path,
) -> None:
    inner = zipped(*(f"A1_bob_attempt_{date}_x/{MARKER}" for date in (FIRST, SECOND)))
    folder = put(tmp_path / "d", **{"ada.zip": inner})
    (alone,) = found(folder / "ada.zip", tmp_path).values()
    assert (alone.id, alone.origin) == ("ada", None)
    assert "handed in 2 times" in (alone.note or "")


def test_usernames_and_assignments_may_hold_underscores() -> None:
    def users(*heads: str, **receipts: str) -> list[str]:
        names = [f"{head}_attempt_{FIRST}_x.zip" for head in heads]
        names += [f"{head}_attempt_{FIRST}.txt" for head in receipts]
        said = {f"{head}_attempt_{FIRST}.txt": text for head, text in receipts.items()}
        read = of_names(names, said.get)
        return [read[name].user for name in names[: len(heads)]]

    assert users("A_1_ada", "A_1_bob") == ["ada", "bob"]
    assert users("A_1_ada_l", "A_1_bob") == ["ada_l", "bob"]
    assert users("A_1_ada_l", "A_1_ada_m") == ["l", "m"]
    assert users("A1_a_l", "A1_a_m", A1_a_l="Name: A (L) (a_l)\n") == ["a_l", "a_m"]
    assert users("A1_ada", "A1_bob", A1_ada="Name: Mallory (bob)\n") == ["ada", "bob"]


def test_two_assignments_in_one_folder_are_no_two_attempts(tmp_path: Path) -> None:
    names = [f"{a}_ada_attempt_{FIRST}_x.zip" for a in ("A1", "A2")]
    folder = put(tmp_path / "d", **{name: zipped(MARKER) for name in names})
    assert list(found(folder, tmp_path)) == ["A1_ada", "A2_ada"]


def test_a_canvas_name_gives_user_and_lateness(tmp_path: Path) -> None:
    folder = put(
        tmp_path / "d",
        **{
            "lovelaceada_12345_67890_work.zip": zipped(MARKER),
            "åsesjø_LATE_12346_67891_oppgave_1.zip": zipped(MARKER),
        },
    )
    by_id = found(folder, tmp_path)
    assert list(by_id) == ["lovelaceada_12345", "åsesjø_12346"]
    assert by_id["åsesjø_12346"].origin == Origin(platform="canvas", user="12346", late=True)


def test_canvas_loose_files_get_back_the_names_that_resubmitting_changed(tmp_path: Path) -> None:
    folder = put(
        tmp_path / "d",
        **{
            "ada_12345_67890_task2a-2.py": b"new",
            "ada_12345_67891_task2a-1.py": b"old",
            "ada_12345_67892_utils.py": b"",
            "ada_12345_67893_utils-1.py": b"",
            "ada_12345_67894_loss-1.png": b"",
            "bob_12346_67895_task2a.py": b"",
        },
    )
    ada = found(folder, tmp_path)["ada_12345"]
    expected = ["loss-1.png", "task2a-1.py", "task2a.py", "utils-1.py", "utils.py"]
    assert files(ada) == expected
    assert (ada.folder / "task2a.py").read_bytes() == b"new"
    assert ada.note == "task2a-2.py taken for task2a.py"


def test_github_clones_lose_the_assignments_name(tmp_path: Path) -> None:
    folder = tmp_path / "a1-submissions"
    for user in ("ada-lovelace", "Bob"):
        clone(folder, f"a1-{user}")
    clone(folder, "template")
    by_id = found(folder, tmp_path)
    assert set(by_id) == {"ada-lovelace", "Bob", "template"}
    assert by_id["template"].origin is None
    alone = found(folder / "a1-Bob", tmp_path)
    assert alone["Bob"].origin == Origin(platform="github", user="Bob")


def test_clones_elsewhere_lose_what_three_of_them_share(tmp_path: Path) -> None:
    for user in ("ada", "bob"):
        clone(tmp_path / "repos", f"lab-1-{user}")
    assert set(found(tmp_path / "repos", tmp_path)) == {"lab-1-ada", "lab-1-bob"}
    clone(tmp_path / "repos", "lab-1-eve", marker="readme.md")
    by_id = found(tmp_path / "repos", tmp_path)
    assert set(by_id) == {"ada", "bob", "eve"}
    assert "has at least one of" in (by_id["eve"].refusal or "")


@pytest.mark.parametrize(
    "name",
    [
        "ada",
        "group_12_3_final",
        "A1_ada_attempt_2024-01-30",
        f"A1_ada_attempt_{FIRST}.zip",
        "Ada_12345_67890_x.zip",
        "12345_67890_x.zip",
        "ada_12345_x.zip",
        "_attempt_",
    ],
)
def test_a_name_of_no_platform_is_kept_whole(name: str) -> None:
    assert of_names([name]) == {}
    assert of_path(Path("/nowhere") / name) is None


def test_folders_of_no_platform_keep_their_ids(tmp_path: Path) -> None:
    for name in ("group_12_3_final", "lab-ada"):
        put(tmp_path / "many" / name, **{MARKER: b""})
    by_id = found(tmp_path / "many", tmp_path)
    assert set(by_id) == {"group_12_3_final", "lab-ada"}
    assert all(one.origin is None and one.note is None for one in by_id.values())


def test_no_student_can_hand_in_for_another(tmp_path: Path) -> None:
    forged = f"A1_bob_attempt_2099-01-01-00-00-00_{MARKER}"
    folder = put(
        tmp_path / "d",
        **{
            f"A1_ada_attempt_{FIRST}_x_bob_attempt_{SECOND}_y.zip": zipped(MARKER),
            f"A1_bob_attempt_{FIRST}_a.zip": zipped(MARKER, "bobs.py"),
            f"A1_eve_attempt_{FIRST}_a.zip": zipped(forged, f"A1_bob_attempt_{SECOND}_x/{MARKER}"),
        },
    )
    by_id = found(folder, tmp_path)
    assert set(by_id) == {"ada", "bob", "eve"}
    assert files(by_id["bob"]) == ["bobs.py", MARKER]
    assert by_id["bob"].note is None


def test_the_terminal_says_which_attempt_is_graded() -> None:
    told = Submission("ada\x1b", Path("x"), note="handed in 2 times; graded is b, the latest")
    file = io.StringIO()
    tell_of_attempts([told, Submission("bob", Path("y"))], Console(file=file, width=200))
    assert file.getvalue() == "ada\\x1b: handed in 2 times; graded is b, the latest\n"


USERS = st.lists(st.from_regex(r"[a-z][a-z0-9]{0,7}", fullmatch=True), min_size=1, unique=True)
TEXTS = st.text(st.characters(exclude_characters="/\0", codec="utf-8"), min_size=1, max_size=12)


@quick
@given(TEXTS, USERS, TEXTS)
def test_blackboards_own_names_are_read_back(assignment: str, users: list[str], file: str) -> None:
    if "_attempt_" in assignment:
        return
    names = {f"{assignment}_{user}_attempt_{FIRST}_{file}": user for user in users}
    read = of_names(list(names))
    assert {name: one.user for name, one in read.items()} == names
    assert {one.file for one in read.values()} == {file}


@quick
@given(
    st.from_regex(r"[a-z_]{1,12}", fullmatch=True),
    st.integers(10, 10**15),
    st.integers(100, 10**15),
    st.booleans(),
    TEXTS,
)
def test_canvas_own_names_are_read_back(
    name: str, user: int, number: int, late: bool, file: str
) -> None:
    written = f"{name}_{'LATE_' if late else ''}{user}_{number}_{file}"
    one = of_names([written])[written]
    assert (one.user, one.late, one.file) == (str(user), late, file)


@quick
@given(st.lists(TEXTS, unique=True))
def test_any_name_at_all_can_be_read(names: list[str]) -> None:
    read = of_names(names)
    assert set(read) <= set(names)
