"""Task 2e: the batches of an epoch, on rows that carry their own number."""

from __future__ import annotations

from checks import epochs
from checks.cases import CLASSES
from checks.training_cases import LOADERS
from gradus.law import law


@law("2e.shuffling.value", cases=LOADERS, weight=3)
def test_shuffling_puts_all_samples_in_a_new_order_each_epoch(subject, oracle, case):
    """With `shuffle=True`, each epoch has all samples and their targets in a new random order."""
    shuffled = epochs.drawn(subject, case, shuffle=True, epochs=3)
    epochs.each_row_once(shuffled, case)
    epochs.in_a_new_order(shuffled, case)
    epochs.pairs_kept(shuffled)


@law("2e.shuffling.pairs", cases=LOADERS)
def test_shuffling_keeps_images_and_targets_together(subject, oracle, case):
    """Each image keeps its own target when the samples are shuffled."""
    epochs.pairs_kept(epochs.drawn(subject, case, shuffle=True, epochs=3))


@law("2e.shuffling.mixed", cases=LOADERS)
def test_shuffling_mixes_samples_and_not_batches(subject, oracle, case):
    """Samples are shuffled, not whole batches: those of one batch part in the next epoch."""
    epochs.batches_mixed(epochs.drawn(subject, case, shuffle=True, epochs=3), case)


@law("2e.shuffling.columns", cases=LOADERS)
def test_batches_keep_all_columns(subject, oracle, case):
    """Batches have all columns of X and of Y: task 3's targets have ten."""
    loaded = epochs.drawn(subject, case, shuffle=True, epochs=1, columns=CLASSES)
    epochs.columns_kept(loaded, CLASSES)


@law("2e.shuffling.order", cases=LOADERS)
def test_without_shuffling_samples_keep_their_order(subject, oracle, case):
    """With `shuffle=False`, `batch_loader` gives the samples in their order."""
    plain = epochs.drawn(subject, case, shuffle=False, epochs=2)
    epochs.each_row_once(plain, case)
    epochs.in_order(plain, case)
    epochs.pairs_kept(plain)


@law("2e.shuffling.sizes", cases=LOADERS)
def test_batches_are_full(subject, oracle, case):
    """An epoch has N // batch_size batches of `batch_size` samples; the rest is left out."""
    for shuffle in (False, True):
        subject.begin()
        epochs.sizes_right(
            epochs.drawn(subject, case, shuffle=shuffle, epochs=3 if shuffle else 2), case
        )


@law("2e.shuffling.inputs", cases=LOADERS)
def test_loading_batches_leaves_the_data_as_it_is(subject, oracle, case):
    """`batch_loader` changes neither X nor Y: shuffling moves indices, not the data."""
    epochs.data_kept(epochs.drawn(subject, case, shuffle=True, epochs=3), case)
