"""Reading MNIST's files: names, compression, digests, and what is refused."""

from __future__ import annotations

import gzip
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.idx import FILES, TEST_IMAGES, TRAIN_IMAGES, TRAIN_LABELS, DatasetError, find, read
from tests.mnist_like import payload, payloads, published, store

quick = settings(database=None, deadline=None, max_examples=60)


def reading(content: bytes, name: str = TRAIN_LABELS.name) -> np.ndarray:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / name).write_bytes(content)
        file = next(file for file in FILES if name.startswith(file.name))
        return read(Path(folder), file).rows


@quick
@given(
    st.sampled_from((TRAIN_IMAGES, TRAIN_LABELS)),
    st.integers(1, 30),
    st.booleans(),
    st.integers(0, 9),
)
def test_rows_come_back_as_they_were_written_gzipped_or_not(file, rows, zipped, level):
    content = payload(file, rows)
    name = f"{file.name}.gz" if zipped else file.name
    got = reading(gzip.compress(content, level) if zipped else content, name)
    assert got.shape == ((rows, 784) if file.row_shape else (rows,))
    assert got.dtype == np.uint8
    assert got.tobytes() == content[-got.size :]


@quick
@given(st.data(), st.booleans())
def test_a_file_cut_anywhere_is_an_error(data, zipped):
    content = payload(TRAIN_LABELS, 30)
    content = gzip.compress(content) if zipped else content
    cut = data.draw(st.integers(0, len(content) - 1))
    with pytest.raises(DatasetError):
        reading(content[:cut])


@quick
@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_read_or_refused_with_a_dataset_error(content):
    for prefix in (b"", b"\x1f\x8b\x08", b"\x00\x00\x08\x01"):
        try:
            rows = reading(prefix + content)
        except DatasetError:
            continue
        assert rows.size > 0


@pytest.mark.parametrize("ending", ["", ".gz"])
@pytest.mark.parametrize("letter", ["-", "."])
def test_a_file_is_found_under_each_name_in_use(tmp_path, letter, ending):
    path = tmp_path / (TEST_IMAGES.name.replace("-idx", f"{letter}idx") + ending)
    path.write_bytes(b"")
    assert find(tmp_path, TEST_IMAGES) == path


def test_a_missing_file_is_named_with_the_folder_and_the_names_looked_for(tmp_path):
    with pytest.raises(
        DatasetError, match=r"holds no t10k-images-idx3-ubyte, looked for as .*\.gz"
    ):
        find(tmp_path, TEST_IMAGES)
    with pytest.raises(DatasetError, match="is no folder"):
        find(tmp_path / "nowhere", TEST_IMAGES)


def test_a_truncated_file_is_told_with_its_size_and_what_the_header_announces():
    with pytest.raises(DatasetError, match=r"holds 29 bytes of rows, its header announces 30 rows"):
        reading(payload(TRAIN_LABELS, 30)[:-1])


def test_surplus_bytes_are_refused():
    with pytest.raises(DatasetError, match="more than 30 bytes"):
        reading(payload(TRAIN_LABELS, 30) + b"\x00")


def test_labels_in_the_place_of_images_are_refused_with_the_header_that_was_found():
    with pytest.raises(DatasetError, match=r"begins with 00000801 .*, expected IDX: 00000803"):
        reading(payload(TRAIN_LABELS, 30), TRAIN_IMAGES.name)


def test_a_label_above_nine_is_refused():
    with pytest.raises(DatasetError, match="the label 25, expected 0 to 9"):
        reading(payload(TRAIN_LABELS, 30)[:-1] + b"\x19")


def test_a_file_without_rows_is_refused():
    with pytest.raises(DatasetError, match="holds 0 rows"):
        reading(payload(TRAIN_LABELS, 0))


def test_a_damaged_gzip_is_refused():
    packed = bytearray(gzip.compress(payload(TRAIN_LABELS, 30)))
    packed[-6] ^= 1  # within the checksum
    with pytest.raises(DatasetError, match="cannot be read"):
        reading(bytes(packed), f"{TRAIN_LABELS.name}.gz")


def test_the_digest_is_the_payloads_and_a_difference_states_both_values(tmp_path):
    contents = payloads()
    described = published(contents)
    store(contents, tmp_path)
    assert [read(tmp_path, file).mismatch for file in described] == [None] * 4
    assert [read(tmp_path, file, 5).mismatch for file in described] == [None] * 4
    store(payloads(seed=1), tmp_path)
    for file in described:
        mismatch = read(tmp_path, file).mismatch or ""
        assert f"expected {file.payload_sha256}" in mismatch
        assert "sha256" in (read(tmp_path, file, 5).mismatch or "")
    store({TRAIN_LABELS.name: payload(TRAIN_LABELS, 41)}, tmp_path)
    assert read(tmp_path, described[1]).mismatch == (
        "train-labels-idx1-ubyte.gz holds 41 rows, expected 40"
    )


def test_the_first_rows_are_read_without_the_rest(tmp_path):
    whole = payload(TRAIN_IMAGES, 200)
    packed = gzip.compress(whole)
    (tmp_path / TRAIN_IMAGES.name).write_bytes(packed[: len(packed) // 2])
    got = read(tmp_path, TRAIN_IMAGES, 3)
    assert got.rows.tobytes() == whole[16 : 16 + 3 * 784]
    assert got.stored == 200
    with pytest.raises(DatasetError, match="holds 200 rows, 201 were asked for"):
        read(tmp_path, TRAIN_IMAGES, 201)
