"""The journal: what was appended is read back, whatever stands after it; and who may hold it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradus.cohort import CohortError
from gradus.cohort.journal import FILE, Done, Entry, Journal, parse
from gradus.cohort.outcome import RESULTS, Outcome
from tests.test_outcomes import graded, refused

KEY = "0" * 64


def lines(*ids: str) -> bytes:
    return b"".join(Entry(key=KEY, outcome=refused(id)).line() for id in ids)


def written(out: Path, id: str, key: str = KEY) -> Outcome:
    """A graded submission whose results are on disk and in the journal."""
    (out / id).mkdir(exist_ok=True)
    (out / id / RESULTS).write_text(f"results of {id}")
    digest = hashlib.sha256(f"results of {id}".encode()).hexdigest()
    outcome = graded(id).model_copy(update={"results_sha256": digest})
    with Journal(out) as journal:
        journal.append(key, outcome)
    return outcome


IDS = st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=5)
GARBAGE = st.one_of(
    st.binary(max_size=200),
    st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.just(b"[" * 10_000),
    st.just(bytes(4096)),
)


@given(IDS, GARBAGE)
def test_whatever_follows_what_was_appended_is_found(ids: list[str], tail: bytes) -> None:
    whole = lines(*ids)
    found = parse(whole + tail)
    assert set(ids) <= set(found.entries)
    assert len(whole) <= found.whole_bytes <= len(whole) + len(tail)


@given(IDS, st.text(max_size=20), st.data())
def test_a_line_torn_anywhere_is_cut_off_and_the_rest_stays(
    ids: list[str], last: str, data: st.DataObject
) -> None:
    whole, line = lines(*ids), lines("torn:" + last.encode("utf-8", "replace").decode())
    cut = data.draw(st.integers(1, len(line) - 2))
    found = parse(whole + line[:cut])
    assert set(found.entries) == set(ids)
    assert (found.whole_bytes, found.unread) == (len(whole), 0)


@given(st.lists(GARBAGE))
def test_what_is_no_journal_at_all_holds_nothing_and_is_counted(content: list[bytes]) -> None:
    found = parse(b"\n".join(content))
    assert dict(found.entries) == {}
    assert found.unread <= sum(part.count(b"\n") + 1 for part in content)


def test_a_line_that_lacks_only_its_end_counts_and_gets_it(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(lines("a", "b")[:-1])
    with Journal(tmp_path) as journal:
        assert journal.ids == ["a", "b"]
        journal.append(KEY, refused("c"))
    assert (tmp_path / FILE).read_bytes() == lines("a", "b", "c")


def test_a_torn_line_is_cut_off_and_told(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(lines("a") + lines("b")[:40])
    with Journal(tmp_path) as journal:
        assert (journal.torn, journal.unread, journal.ids) == (True, 0, ["a"])
        journal.append(KEY, refused("c"))
    assert (tmp_path / FILE).read_bytes() == lines("a", "c")


def test_lines_of_another_version_do_not_count_and_stay(tmp_path: Path) -> None:
    other = json.dumps({**json.loads(lines("a")), "schema": "gradus/journal/v2"}).encode() + b"\n"
    (tmp_path / FILE).write_bytes(other + lines("b"))
    with Journal(tmp_path) as journal:
        assert (journal.torn, journal.unread, journal.ids) == (False, 1, ["b"])
    assert (tmp_path / FILE).read_bytes() == other + lines("b")


def test_a_graded_submission_is_done_under_its_key_alone(tmp_path: Path) -> None:
    outcome = written(tmp_path, "a")
    with Journal(tmp_path) as journal:
        assert journal.done("a", KEY) == Done(outcome, "")
        assert journal.done("a", "1" * 64) is None
        assert journal.done("b", KEY) is None


@pytest.mark.parametrize("harm", ["changed", "gone"])
def test_a_submission_whose_results_are_not_as_they_were_is_not_done(
    tmp_path: Path, harm: str
) -> None:
    written(tmp_path, "a")
    results = tmp_path / "a" / RESULTS
    results.write_text("something else") if harm == "changed" else results.unlink()
    with Journal(tmp_path) as journal:
        assert journal.done("a", KEY) is None


@pytest.mark.parametrize("folder", ["../b", "/b", "c/../../b"])
def test_a_line_that_names_a_folder_elsewhere_is_not_followed(folder: str, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    outcome = written(tmp_path, "b").model_copy(update={"folder": folder})
    with Journal(tmp_path / "out") as journal:
        journal.append(KEY, outcome)
        assert journal.done("b", KEY) is None


def test_what_was_to_be_shown_anew_when_a_kill_came_stays_graded_and_is_to_be_shown(
    tmp_path: Path,
) -> None:
    graded_before = written(tmp_path, "a")
    anew = graded_before.model_copy(update={"results_sha256": hashlib.sha256(b"anew").hexdigest()})
    with Journal(tmp_path) as journal:
        journal.append(KEY, anew, "shown", before=graded_before.results_sha256)
    with Journal(tmp_path) as journal:
        assert journal.done("a", KEY) == Done(graded_before, None), "killed before results.json"
        (tmp_path / "a" / RESULTS).write_bytes(b"anew")
        assert journal.done("a", KEY) == Done(anew, "shown"), "killed after it"
        (tmp_path / "a" / RESULTS).write_bytes(b"other")
        assert journal.done("a", KEY) is None


def test_what_was_refused_is_never_done(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal:
        journal.append(KEY, refused("a"))
        assert journal.done("a", KEY) is None


def test_the_last_line_of_a_submission_counts(tmp_path: Path) -> None:
    first = written(tmp_path, "a")
    written(tmp_path, "a", "1" * 64)
    with Journal(tmp_path) as journal:
        assert journal.done("a", KEY) is None
        assert journal.done("a", "1" * 64) == Done(first, "")


def test_anew_nothing_counts(tmp_path: Path) -> None:
    written(tmp_path, "a")
    with Journal(tmp_path, anew=True) as journal:
        assert journal.done("a", KEY) is None
    assert (tmp_path / FILE).read_bytes() == b""


def test_one_run_at_a_time_holds_a_journal(tmp_path: Path) -> None:
    with Journal(tmp_path), pytest.raises(CohortError, match="another run is writing into"):
        Journal(tmp_path, anew=True)
    Journal(tmp_path).close()


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CohortError, match="cannot be written"):
        Journal(tmp_path / "file" / "out")
