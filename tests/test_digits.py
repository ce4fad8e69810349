"""The embedded digits: the same bytes everywhere, MNIST's counts, no original on both sides."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from checks import digits
from checks.idx import DatasetError


@pytest.fixture(scope="module")
def built():
    return digits.build()


@pytest.fixture(scope="module")
def originals():
    return digits.read_originals()


def test_shapes_and_types_are_those_of_mnist(built):
    assert [(a.shape, a.dtype) for a in built] == [
        ((20_000, 784), np.uint8),
        ((20_000,), np.uint8),
        ((10_000, 784), np.uint8),
        ((10_000,), np.uint8),
    ]


def test_the_bytes_are_those_of_every_other_machine(built):
    X_train, Y_train, X_test, Y_test = built
    digest = hashlib.sha256()
    for array in (X_train, X_test, Y_train, Y_test):
        digest.update(array.tobytes())
    assert digest.hexdigest() == digits.SHA256


def test_global_random_state_neither_matters_nor_changes(built):
    np.random.seed(7)
    before = np.random.get_state()[1].copy()
    again = digits.head(50, 50)
    assert np.array_equal(again[0], built[0][:50])
    assert np.array_equal(np.random.get_state()[1], before)


def test_twos_and_threes_are_as_many_as_in_mnist(built):
    train, test = (np.bincount(labels, minlength=10) for labels in (built[1], built[3]))
    assert (train[2], train[3]) == (1929, 2076)
    assert (test[2], test[3]) == (1032, 1010)
    assert train[2] + train[3] == 4005
    assert test[2] + test[3] == 2042
    for counts in (train, test):
        others = np.delete(counts, (2, 3))
        assert others.max() - others.min() <= 1


def test_the_batches_and_the_interval_of_the_assignment_follow_from_the_counts():
    batches = sum(digits.TRAIN_COUNTS.values()) // 128
    assert (batches, batches // 5) == (31, 6)
    assert np.lcm(batches, batches // 5) == 186
    assert (digits.TRAIN_SIZE // 128, digits.TRAIN_SIZE // 128 // 5) == (156, 31)


def test_no_original_is_in_both_training_and_validation(originals):
    train, test = digits.plans(originals[1])
    assert not set(train.originals) & set(test.originals)
    assert len(set(train.originals) | set(test.originals)) == 1797


def test_every_image_carries_the_label_of_its_original(originals):
    for plan in digits.plans(originals[1]):
        assert np.array_equal(originals[1][plan.originals], plan.labels)


def test_originals_of_a_class_serve_equally_often(originals):
    for plan in digits.plans(originals[1]):
        for label in range(10):
            uses = np.bincount(plan.originals[plan.labels == label])
            uses = uses[uses > 0]
            assert uses.max() - uses.min() <= 1


def test_pixels_use_the_whole_range_white_on_black(built):
    for pixels in (built[0], built[2]):
        assert (pixels.min(), pixels.max()) == (0, 255)
        assert (pixels == 255).any(axis=1).mean() > 0.9
        assert (pixels.reshape(-1, 28, 28)[:, [0, -1]] == 0).mean() > 0.99
        assert 0.5 < (pixels == 0).mean() < 0.9


def test_images_of_one_original_differ(built, originals):
    train, _ = digits.plans(originals[1])
    same = built[0][train.originals == train.originals[0]]
    assert len(np.unique(same, axis=0)) > len(same) / 2


@pytest.mark.parametrize(("train", "test"), [(1, 1), (1280, 640), (513, 2)])
def test_the_head_equals_the_first_rows_of_the_whole(built, train, test):
    head = digits.head(train, test)
    for few, all_, rows in zip(head, built, (train, train, test, test), strict=True):
        assert np.array_equal(few, all_[:rows])


def test_every_pose_and_shift_stays_within_the_fine_image():
    lookups = digits._pose_lookups()
    for places in (lookups // digits.SIDE, lookups % digits.SIDE):
        assert places.min() - digits.MAX_SHIFT >= 0
        assert places.max() + digits.MAX_SHIFT < digits.SIDE


def test_an_upright_image_is_the_original_enlarged(originals):
    images, labels = originals
    upright = digits.SINES.index(0) * len(digits.ZOOMS) + digits.ZOOMS.index(160)
    rows = np.arange(1797)
    plan = digits.Plan(labels, rows, np.full(1797, upright), np.zeros((1797, 2), np.int64))
    enlarged = digits.render(images, plan).reshape(-1, 28, 28).astype(int)
    # Cells are 2.4 pixels wide around the middle, so pixel blocks and cells agree in their order.
    blocks = np.add.reduceat(np.add.reduceat(enlarged, range(4, 24, 5), 1), range(4, 24, 5), 2)
    cells = images.astype(int).reshape(-1, 4, 2, 4, 2).sum(axis=(2, 4))
    correlation = np.corrcoef(blocks.ravel(), cells.ravel())[0, 1]
    assert correlation > 0.9


def test_the_cache_gives_the_same_and_is_rebuilt_where_it_is_damaged(built, tmp_path, monkeypatch):
    digits.build(tmp_path)
    (kept,) = tmp_path.iterdir()
    good = kept.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(digits, "render", None)  # a good cache needs no building
        assert np.array_equal(digits.build(tmp_path)[2], built[2])
    for damaged in (b"", good[:1000], good[:-1] + bytes([good[-1] ^ 1]), b"\x93NUMPY junk"):
        kept.write_bytes(damaged)
        assert np.array_equal(digits.build(tmp_path)[2], built[2])
        assert kept.read_bytes() == good
    assert list(tmp_path.iterdir()) == [kept]


def test_a_cache_that_cannot_be_written_is_no_error(built, tmp_path):
    (tmp_path / "file").write_text("in the way")
    assert np.array_equal(digits.build(tmp_path / "file")[0], built[0])


def test_other_bytes_than_everywhere_else_are_an_error(monkeypatch):
    monkeypatch.setattr(digits, "MAX_SHIFT", 1)
    with pytest.raises(DatasetError, match=f"expected {digits.SHA256}; NumPy .* use another"):
        digits.build()


def test_damaged_originals_are_an_error_that_says_what_to_do(tmp_path):
    path = tmp_path / "digits.npz"
    path.write_bytes(digits.ORIGINALS.read_bytes()[:-100])
    with pytest.raises(DatasetError, match=r"cannot be read from digits\.npz .* install again"):
        digits.read_originals(path)
    np.savez_compressed(path, images=np.zeros((3, 8, 8), np.uint8), labels=np.zeros(3, np.uint8))
    with pytest.raises(DatasetError, match=f"expected {digits.ORIGINALS_SHA256}"):
        digits.read_originals(path)


def test_the_embedded_file_is_rebuilt_from_the_public_table(originals, tmp_path):
    images, labels = originals
    table = tmp_path / "optdigits.tes"
    numbers = np.column_stack([images.reshape(-1, 64), labels])
    np.savetxt(table, numbers, fmt="%d", delimiter=",")
    digits.pack(table, tmp_path / "digits.npz")
    again = digits.read_originals(tmp_path / "digits.npz")
    assert np.array_equal(again[0], images)
    assert np.array_equal(again[1], labels)


def test_the_licence_names_the_authors_the_source_and_the_changes():
    text = (digits.ORIGINALS.parent / "LICENSE-digits.txt").read_text("utf-8")
    for part in (
        "https://creativecommons.org/licenses/by/4.0/",
        "E. Alpaydin and C. Kaynak",
        "UCI Machine Learning Repository",
        "10.24432/C50P49",
        "What was changed",
    ):
        assert part in text
