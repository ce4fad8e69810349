"""Which data a choice means: the places in their order, the fallback, samples and errors."""

from __future__ import annotations

import gzip
import os

import numpy as np
import pytest

from checks import datasets, mirrors
from checks.datasets import VARIABLE, DatasetError, load, sample
from checks.idx import FILES, TRAIN_IMAGES, TRAIN_LABELS
from tests.mnist_like import (
    closed_mirror,
    mirror,
    payload,
    payloads,
    published,
    silent_mirror,
    store,
)

REAL_MNIST = os.environ.get(VARIABLE)
CONTENTS = payloads()
ARRAYS = ("X_train", "Y_train", "X_test", "Y_test")


@pytest.fixture(autouse=True)
def no_mnist_on_this_machine(monkeypatch, tmp_path):
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.setenv("NO_PROXY", "*")


@pytest.fixture
def small_mnist(monkeypatch):
    """As if the small random files were MNIST."""
    described = published(CONTENTS)
    monkeypatch.setattr(datasets, "FILES", described)
    monkeypatch.setattr(mirrors, "FILES", described)


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache"


def equal(one, other, rows=None):
    return all(
        np.array_equal(getattr(one, name), getattr(other, name)[: rows and rows[name[2:]]])
        for name in ARRAYS
    )


@pytest.mark.usefixtures("small_mnist")
class TestOrder:
    def test_the_variable_comes_before_the_cache(self, tmp_path, cache, monkeypatch):
        store(CONTENTS, cache / "mnist")
        monkeypatch.setenv(VARIABLE, str(store(CONTENTS, tmp_path / "named")))
        for choice in ("auto", "mnist"):
            assert load(choice, cache=cache, mirrors=[]).source == "MNIST from GRADUS_MNIST"
            assert sample(choice, 3, 2, cache=cache).source == "MNIST from GRADUS_MNIST"

    def test_the_cache_comes_before_a_download(self, cache):
        store(CONTENTS, cache / "mnist")
        got = load("auto", cache=cache, mirrors=[])
        assert (got.name, got.source) == ("mnist", "MNIST from the user's cache")

    def test_a_download_comes_before_the_digits_and_is_kept(self, tmp_path, cache):
        with mirror(store(CONTENTS, tmp_path / "served")) as address:
            first = load("auto", cache=cache, mirrors=[address])
        second = load("auto", cache=cache, mirrors=[])
        assert (first.name, first.source, first.sha256) == (
            second.name,
            second.source,
            second.sha256,
        )
        assert first.name == "mnist"

    def test_a_damaged_cache_is_downloaded_anew(self, tmp_path, cache):
        broken = store(CONTENTS, cache / "mnist")
        (broken / f"{TRAIN_IMAGES.name}.gz").write_bytes(b"damaged")
        with mirror(store(CONTENTS, tmp_path / "served")) as address:
            assert load("mnist", cache=cache, mirrors=[address]).name == "mnist"

    def test_an_empty_variable_is_none(self, cache, monkeypatch):
        monkeypatch.setenv(VARIABLE, "")
        assert load("auto", cache=cache, mirrors=[]).name == "digits"

    def test_the_rows_of_a_sample_are_the_first_of_the_whole(self, cache):
        store(CONTENTS, cache / "mnist")
        few = sample("auto", 7, 5, cache=cache)
        assert few.name == "mnist"
        assert equal(few, load("auto", cache=cache), {"train": 7, "test": 5})

    def test_the_default_cache_is_the_users(self, tmp_path):
        assert datasets.user_cache().name == "gradus"
        store(CONTENTS, datasets.user_cache() / "mnist")
        assert load("mnist", mirrors=[]).name == "mnist"


@pytest.mark.usefixtures("small_mnist")
class TestBroken:
    @pytest.mark.parametrize("choice", ["auto", "mnist"])
    def test_a_variable_that_names_other_data_is_an_error_and_no_fallback(
        self, tmp_path, cache, monkeypatch, choice
    ):
        store(CONTENTS, cache / "mnist")
        monkeypatch.setenv(VARIABLE, str(store(payloads(seed=1), tmp_path / "other")))
        for get in (lambda: load(choice, cache=cache), lambda: sample(choice, 2, 2, cache=cache)):
            with pytest.raises(DatasetError, match=r"does not hold MNIST: .* unset GRADUS_MNIST"):
                get()

    @pytest.mark.parametrize("choice", ["auto", "mnist"])
    def test_a_variable_that_names_an_empty_or_missing_folder_is_an_error(
        self, tmp_path, monkeypatch, choice
    ):
        for folder in (tmp_path, tmp_path / "nowhere"):
            monkeypatch.setenv(VARIABLE, str(folder))
            with pytest.raises(DatasetError, match="no train-images-idx3-ubyte, looked for as"):
                load(choice)

    def test_a_truncated_file_of_the_named_folder_is_an_error(self, tmp_path, monkeypatch):
        folder = store(CONTENTS, tmp_path / "named")
        path = folder / f"{TRAIN_IMAGES.name}.gz"
        path.write_bytes(path.read_bytes()[:-20])
        monkeypatch.setenv(VARIABLE, str(folder))
        with pytest.raises(DatasetError, match=r"train-images-idx3-ubyte.gz cannot be read"):
            load("auto")

    def test_recompressed_and_uncompressed_files_are_as_good(self, tmp_path, monkeypatch):
        folder = tmp_path / "named"
        folder.mkdir()
        for i, (name, content) in enumerate(CONTENTS.items()):
            packed = content if i % 2 else gzip.compress(content, 1, mtime=5)
            dotted = name.replace("-idx", ".idx") if i < 2 else name
            (folder / (dotted if i % 2 else f"{dotted}.gz")).write_bytes(packed)
        monkeypatch.setenv(VARIABLE, str(folder))
        assert load("mnist").sha256 == load(str(store(CONTENTS, tmp_path / "plain"))).sha256


class TestFallback:
    def test_auto_takes_the_digits_and_says_why(self, cache):
        got = load("auto", cache=cache, mirrors=[closed_mirror()])
        assert got.name == "digits"
        assert got.source == (
            "embedded digits, because no MNIST was found: GRADUS_MNIST is not set, the user's "
            "cache has no intact copy and no mirror could be reached or used"
        )
        assert not (cache / "mnist").exists()

    def test_auto_does_not_wait_for_a_mirror_that_never_answers(self, cache):
        with silent_mirror() as silent:
            assert load("auto", cache=cache, mirrors=[silent], timeout=0.2).name == "digits"

    def test_mnist_never_falls_back(self, cache):
        with pytest.raises(DatasetError, match=r"could not be reached\).*name it in GRADUS_MNIST"):
            load("mnist", cache=cache, mirrors=[closed_mirror()])

    def test_digits_are_the_same_whatever_is_there(self, cache, monkeypatch, tmp_path):
        fallen = load("auto", cache=cache, mirrors=[])
        monkeypatch.setenv(VARIABLE, str(tmp_path / "nowhere"))
        chosen = load("digits", cache=cache)
        assert chosen.source == "embedded digits"
        assert (chosen.sha256, chosen.name) == (fallen.sha256, fallen.name)

    def test_a_sample_of_auto_downloads_nothing(self, monkeypatch):
        monkeypatch.setattr(mirrors, "fetch", None)
        got = sample("auto", 30, 20)
        assert got.name == "digits"
        assert got.source.endswith("and a sample downloads nothing")

    def test_a_sample_of_the_digits_is_the_head_of_all(self, cache):
        few = sample("digits", 1280, 640)
        assert equal(few, load("digits", cache=cache), {"train": 1280, "test": 640})

    @pytest.mark.parametrize("rows", [(0, 1), (20_001, 1), (1, 10_001), (1, -1)])
    def test_a_sample_larger_than_the_digits_or_empty_is_an_error(self, rows):
        with pytest.raises(DatasetError, match=r"were asked for, expected 1 to [12]0000"):
            sample("digits", *rows)


class TestFolder:
    def test_other_data_in_the_format_is_a_data_set_of_its_own(self, tmp_path):
        got = load(str(store(CONTENTS, tmp_path / "letters")))
        assert got.name == "letters"
        assert "the folder letters, a data set of its own and not MNIST" in got.source
        assert str(tmp_path) not in got.source
        assert got.X_train.shape == (40, 784)
        few = sample(str(tmp_path / "letters"), 4, 3)
        assert few.name == "letters"
        assert equal(few, got, {"train": 4, "test": 3})

    @pytest.mark.usefixtures("small_mnist")
    def test_a_folder_with_mnist_is_mnist(self, tmp_path):
        got = load(str(store(CONTENTS, tmp_path / "mine")))
        assert (got.name, got.source) == ("mnist", "MNIST from the folder that was named")

    @pytest.mark.usefixtures("small_mnist")
    def test_mnist_with_one_other_file_is_not_mnist_and_the_file_is_named(self, tmp_path):
        folder = store(CONTENTS, tmp_path / "mine")
        store({TRAIN_LABELS.name: payload(TRAIN_LABELS, 40, seed=3)}, folder)
        got = load(str(folder))
        assert got.name == "mine"
        assert "train-labels-idx1-ubyte.gz has payload sha256" in got.source
        assert "images" not in got.source

    def test_images_and_labels_of_different_number_are_an_error(self, tmp_path):
        folder = store(CONTENTS, tmp_path / "mine")
        store({TRAIN_LABELS.name: payload(TRAIN_LABELS, 39)}, folder)
        for get in (lambda: load(str(folder)), lambda: sample(str(folder), 5, 5)):
            with pytest.raises(DatasetError, match=r"holds 40 images .* but 39 labels"):
                get()

    def test_a_folder_that_is_not_there_is_an_error_that_lists_the_choices(self):
        for get in (lambda: load("mnits"), lambda: sample("mnits", 1, 1)):
            with pytest.raises(DatasetError, match="'mnits' is neither one of auto, mnist, digits"):
                get()


def test_arrays_cannot_be_changed_by_accident():
    got = sample("digits", 3, 3)
    for name in ARRAYS:
        with pytest.raises(ValueError, match="read-only"):
            getattr(got, name)[0] = 1


def test_the_digest_tells_data_apart_and_does_not_depend_on_the_run():
    digests = [sample("digits", *rows).sha256 for rows in ((3, 3), (3, 3), (4, 3), (3, 4))]
    assert digests[0] == digests[1]
    assert len(set(digests)) == 3


@pytest.mark.skipif(not REAL_MNIST, reason="GRADUS_MNIST does not name a folder with MNIST")
class TestRealMnist:
    @pytest.fixture(autouse=True)
    def real(self, monkeypatch):
        monkeypatch.setenv(VARIABLE, REAL_MNIST)

    def test_it_is_known_by_its_digests(self):
        got = load("auto")
        assert (got.name, got.source) == ("mnist", "MNIST from GRADUS_MNIST")
        assert got.X_train.shape == (60_000, 784)
        assert got.X_test.shape == (10_000, 784)
        assert load(REAL_MNIST).sha256 == got.sha256

    def test_the_embedded_digits_have_its_counts_of_twos_and_threes(self, cache):
        real, embedded = load("mnist"), load("digits", cache=cache)
        for labels in ((real.Y_train[:20_000], embedded.Y_train), (real.Y_test, embedded.Y_test)):
            counts = [np.bincount(each, minlength=10)[2:4] for each in labels]
            assert np.array_equal(*counts)
        assert np.isin(real.Y_train[:20_000], (2, 3)).sum() == 4005
        assert np.isin(real.Y_test, (2, 3)).sum() == 2042

    def test_a_sample_is_its_head(self):
        few = sample("mnist", 1280, 640)
        assert few.name == "mnist"
        assert equal(few, load("mnist"), {"train": 1280, "test": 640})

    def test_labels_of_another_split_are_an_error(self, tmp_path, monkeypatch):
        real = load("mnist")
        for file, rows in zip(FILES, (getattr(real, name) for name in ARRAYS), strict=True):
            shape = (len(rows), *file.row_shape)
            header = bytes([0, 0, 8, len(shape)]) + np.array(shape, ">u4").tobytes()
            body = bytearray(rows.tobytes())
            body[0] ^= 1
            (tmp_path / file.name).write_bytes(header + body)
        monkeypatch.setenv(VARIABLE, str(tmp_path))
        with pytest.raises(DatasetError, match=r"payload sha256 .* expected ba891046"):
            load("auto")
