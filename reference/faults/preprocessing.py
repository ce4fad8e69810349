"""Mistakes in `pre_process_images` (task 2a)."""

from __future__ import annotations

import numpy as np

from reference.faults.declare import fault


def _with_last_column(value):
    def change(processed, N, K):
        changed = processed.copy()
        changed[:, -1] = value
        return changed

    return change


@fault(
    "2a.preprocess.bias-before-normalising",
    says="the bias column was appended before the normalisation, which turned its ones into -0.992",
    fix="normalise the pixels first, and append the column of ones to the result",
    seen="18 / 5",
    after=_with_last_column(1 / 127.5 - 1),
)
def bias_before_normalising(X):
    return np.hstack([X, np.ones((X.shape[0], 1))]) / 127.5 - 1


@fault(
    "2a.preprocess.uint8-wraps",
    says="twice a uint8 image is uint8 again and wraps around at 256 (twice a single pixel too, "
    "since NumPy 2.0)",
    fix="make the pixels floats before any arithmetic with them",
    seen="11 / 5",
)
def uint8_wraps(X):
    return np.hstack([2 * X / 255 - 1, np.ones((X.shape[0], 1))])


@fault(
    "2a.preprocess.uint8-subtracts",
    says="an integer was subtracted from uint8 pixels, and what falls below 0 wraps around to 255",
    fix="make the pixels floats before any arithmetic with them",
)
def uint8_subtracts(X):
    return np.hstack([(X - np.uint8(127)) / 127.5, np.ones((X.shape[0], 1))])


def _divide_in_place(X):
    X /= 255
    return np.hstack([2 * X - 1, np.ones((X.shape[0], 1))])


@fault(
    "2a.preprocess.uint8-in-place",
    says="an in-place operator (`/=`, `-=`) cannot put fractions into the uint8 array of images",
    fix="assign the result to a new variable, or make the images floats first",
    seen="5 / 2",
    others=(_divide_in_place,),
)
def uint8_in_place(X):
    X /= 127.5
    X -= 1
    return np.hstack([X, np.ones((X.shape[0], 1))])


@fault(
    "2a.preprocess.zero-bias",
    says="the bias column holds zeros, so the bias weight can never have an effect",
    fix="append a column of ones, not of zeros",
    seen="2 / 2",
    after=_with_last_column(0),
)
def zero_bias(X):
    return np.hstack([X / 127.5 - 1, np.zeros((X.shape[0], 1))])


@fault(
    "2a.preprocess.no-bias",
    says="the images have no bias column: 784 columns come back instead of 785",
    fix="append the bias trick's column of ones to the normalised images",
    seen="5 / 3",
    after=lambda processed, N, K: processed[:, :-1],
)
def no_bias(X):
    return X / 127.5 - 1


@fault(
    "2a.preprocess.transposed",
    says="images stand in the columns of the result instead of its rows",
    fix="keep one row per image: shape (N, 785)",
    seen="5 / 3",
    after=lambda processed, N, K: processed.T,
)
def transposed(X):
    return np.hstack([X / 127.5 - 1, np.ones((X.shape[0], 1))]).T


def _flat_bias_first(X):
    return np.append(np.ones((X.shape[0], 1)), X / 127.5 - 1)


@fault(
    "2a.preprocess.flat",
    says="images and ones are strung together in one long row, as appending without an axis does",
    fix="append the ones as a column; the result has shape (N, 785)",
    seen="5 / 3",
    others=(_flat_bias_first,),
)
def flat(X):
    return np.append(X / 127.5 - 1, np.ones((X.shape[0], 1)))


@fault(
    "2a.preprocess.unit-interval",
    says="pixels are mapped to [0, 1], but the task asks for [-1, 1]",
    fix="choose scale and shift so that 0 becomes -1 and 255 becomes 1",
)
def unit_interval(X):
    return np.hstack([X / 255, np.ones((X.shape[0], 1))])


@fault(
    "2a.preprocess.half-scale",
    says="pixels are mapped to [-0.5, 0.5], half as wide as the task asks for",
    fix="choose scale and shift so that 0 becomes -1 and 255 becomes 1",
)
def half_scale(X):
    return np.hstack([X / 255 - 0.5, np.ones((X.shape[0], 1))])


@fault(
    "2a.preprocess.shifted-only",
    says="pixels were divided by 255 and shifted by 1, which gives [-1, 0]",
    fix="choose scale and shift so that 0 becomes -1 and 255 becomes 1",
)
def shifted_only(X):
    return np.hstack([X / 255 - 1, np.ones((X.shape[0], 1))])


@fault(
    "2a.preprocess.not-normalised",
    says="the pixels come back as they were, from 0 to 255",
    fix="map them linearly to [-1, 1]",
)
def not_normalised(X):
    return np.hstack([X, np.ones((X.shape[0], 1))])


@fault(
    "2a.preprocess.upside-down",
    says="black became 1 and white -1: the pixels have the wrong sign",
    fix="choose scale and shift so that 0 becomes -1 and 255 becomes 1",
)
def upside_down(X):
    return np.hstack([1 - X / 127.5, np.ones((X.shape[0], 1))])


def _by_each_pixel(X):
    X = (X - X.mean(axis=0)) / (X.std(axis=0) + 1e-8)
    return np.hstack([X, np.ones((X.shape[0], 1))])


def _without_epsilon(X):
    return np.hstack([(X - X.mean()) / X.std(), np.ones((X.shape[0], 1))])


@fault(
    "2a.preprocess.standardised",
    says="pixels are standardised by the mean and deviation of the batch they come in",
    fix="use the fixed range 0 to 255, so that an image gives the same row in every batch",
    others=(_by_each_pixel, _without_epsilon),
)
def standardised(X):
    return np.hstack([(X - X.mean()) / (X.std() + 1e-8), np.ones((X.shape[0], 1))])


def _by_the_largest(X):
    return np.hstack([X / (X.max() / 2) - 1, np.ones((X.shape[0], 1))])


@fault(
    "2a.preprocess.batch-range",
    says="the smallest and largest pixel of the batch become -1 and 1, whatever they are",
    fix="use the fixed range 0 to 255, so that an image gives the same row in every batch",
    others=(_by_the_largest,),
)
def batch_range(X):
    X = X.astype(float)
    X = 2 * (X - X.min()) / max(X.max() - X.min(), 1) - 1
    return np.hstack([X, np.ones((X.shape[0], 1))])
