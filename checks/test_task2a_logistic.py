"""Task 2a: preprocessing, binary cross entropy, and the logistic model's two passes."""

from __future__ import annotations

import numpy as np

from checks import cases, relations, tolerances
from checks.tolerances import for_dtype
from gradus import expect
from gradus.law import law

TASK = "task2a"


@law("2a.preprocess.value", cases=cases.IMAGES, weight=3)
def test_preprocessing_maps_pixels_and_appends_the_bias(subject, oracle, case):
    """`pre_process_images` maps pixels 0..255 linearly to [-1, 1], then adds a column of ones."""
    processed = subject.preprocess(case.X)
    expected = np.ones((len(case.X), cases.INPUTS))
    expected[:, relations.pixel_columns(subject)] = subject.pixel_values[case.X]
    tolerance = for_dtype(processed, tolerances.PIXEL, tolerances.PIXEL_SINGLE)
    expect.close(processed, expected, tolerance, "processed")


@law("2a.preprocess.rows", cases=cases.IMAGES)
def test_preprocessing_treats_each_image_alone(subject, oracle, case):
    """An image is preprocessed to the same row whatever other images are in the batch."""
    together = expect.has_shape(
        subject.preprocess(case.X), (len(case.X), cases.INPUTS), "processed"
    )
    alone = subject.preprocess(case.X[[-1, -1]])
    tolerance = for_dtype(alone, tolerances.PIXEL, tolerances.PIXEL_SINGLE)
    expected = together[[-1, -1]]
    expect.close(alone, expected, tolerance, "processed_2", because="as in the whole batch")


@law("2a.preprocess.float-pixels", cases=cases.IMAGES, kind="advice")
def test_preprocessing_takes_other_dtypes(subject, oracle, case):
    """Images given as float64 or int64 are preprocessed to the same numbers as uint8 ones."""
    shape = (len(case.X), cases.INPUTS)
    processed = expect.has_shape(subject.preprocess(case.X), shape, "processed")
    as_floats = subject.preprocess(case.X.astype(np.float64))
    expect.close(as_floats, processed, tolerances.PIXEL_SINGLE, "processed_2")


@law("2a.loss.value", cases=cases.BINARY_LOSS, weight=3)
def test_binary_cross_entropy_is_equation_3(subject, oracle, case):
    """`cross_entropy_loss` is the mean over images of -(y ln(yhat) + (1 - y) ln(1 - yhat))."""
    loss = expect.one_number(subject.loss(TASK, case.labels, case.outputs), "loss")
    expected = oracle.loss(TASK, case.labels, case.outputs)
    of_true_class = np.where(case.labels == 1, case.outputs, 1 - case.outputs)
    expect.close(loss, expected, tolerances.for_loss(of_true_class), "loss")


@law("2a.loss.batches", cases=cases.BINARY_LOSS)
def test_binary_loss_of_a_batch_is_the_mean_of_its_parts(subject, oracle, case):
    """The loss of a batch put together from two is their losses' mean, weighted by their sizes."""
    relations.loss_of_union(subject, TASK, case.labels, case.outputs)


@law("2a.loss.mirror", cases=cases.BINARY_LOSS)
def test_binary_loss_treats_both_classes_alike(subject, oracle, case):
    """Swapping the classes (1 - y for y, 1 - yhat for yhat) leaves the loss as it is."""
    loss = expect.one_number(subject.loss(TASK, case.labels, case.outputs), "loss")
    swapped = subject.loss(TASK, (1 - case.labels).astype(np.uint8), 1 - case.outputs)
    expect.close(expect.one_number(swapped, "loss_2"), loss, tolerances.LOSS, "loss_2")


@law("2a.loss.extremes", kind="advice")
def test_binary_loss_is_finite_when_outputs_are_0_or_1(subject, oracle):
    """The loss stays finite when an output is exactly 0 or 1, as rounding can make it."""
    targets = np.array([[1], [0]], dtype=np.uint8)
    relations.finite(subject.loss(TASK, targets, np.array([[1.0], [0.0]])), "loss")


@law("2a.forward.value", cases=cases.LOGISTIC, weight=3)
def test_logistic_forward_is_equation_1(subject, oracle, case):
    """`BinaryModel.forward(X)` is 1 / (1 + exp(-X @ w)), of shape (N, 1)."""
    outputs = subject.forward(TASK, case.X, case.w, case.source)
    tolerance = for_dtype(outputs, tolerances.VALUE)
    expect.close(outputs, oracle.forward(TASK, case.X, case.w), tolerance, "outputs")


@law("2a.forward.mirror", cases=cases.LOGISTIC)
def test_logistic_outputs_mirror_when_weights_change_sign(subject, oracle, case):
    """With -w for w, `forward` gives 1 - yhat for yhat."""
    shape = (len(case.X), 1)
    outputs = expect.has_shape(subject.forward(TASK, case.X, case.w), shape, "outputs")
    mirrored = subject.forward(TASK, case.X, -case.w)
    expect.close(mirrored, 1 - outputs, for_dtype(outputs, tolerances.VALUE), "outputs_2")


@law("2a.forward.rows", cases=cases.LOGISTIC)
def test_logistic_forward_treats_each_row_alone(subject, oracle, case):
    """An image gets the same output alone as it gets in a batch."""
    relations.forward_of_last_rows(subject, TASK, case)


@law("2a.forward.start")
def test_a_new_logistic_model_has_zero_weights(subject, oracle):
    """A new `BinaryModel` has weights `w` of shape (785, 1), all zero."""
    relations.starts_at_zero(subject, TASK, 1)


@law("2a.forward.one-image", cases=cases.LOGISTIC, kind="advice")
def test_logistic_forward_takes_a_batch_of_one(subject, oracle, case):
    """`forward` works on a batch of a single image too."""
    relations.forward_of_one_image(subject, TASK, case)


@law("2a.forward.extremes", kind="advice")
def test_logistic_forward_is_finite_at_huge_logits(subject, oracle):
    """`forward` gives 0 or 1, not nan, when X @ w is as large as 1000."""
    relations.forward_at_huge_logits(subject, TASK, 1)


@law("2a.backward.value", cases=cases.LOGISTIC, weight=3)
def test_logistic_gradient_is_equation_6_averaged(subject, oracle, case):
    """`BinaryModel.backward` sets `grad` to dC/dw, the mean over the batch, of shape (785, 1)."""
    grad = subject.backward(TASK, case)["grads"][-1]
    expected = oracle.gradient(TASK, case.X, case.w, case.labels)
    expect.close(grad, expected, for_dtype(grad, tolerances.VALUE), "grad")


@law("2a.backward.batches", cases=cases.LOGISTIC)
def test_logistic_gradient_of_a_batch_is_the_mean_of_its_parts(subject, oracle, case):
    """The gradient of a batch put together from two is their mean, weighted by their sizes."""
    relations.gradient_of_union(subject, TASK, case)


@law("2a.backward.again", cases=cases.LOGISTIC)
def test_logistic_backward_twice_gives_the_same_gradient(subject, oracle, case):
    """Calling `backward` again on the same batch gives the same gradient: nothing adds up."""
    relations.gradient_again(subject, TASK, case)


@law("2a.backward.one-image", cases=cases.LOGISTIC, kind="advice")
def test_logistic_backward_takes_a_batch_of_one(subject, oracle, case):
    """`backward` works on a batch of a single image too."""
    relations.gradient_of_one_image(subject, TASK, case)


@law("2a.backward.inputs", cases=cases.LOGISTIC)
def test_logistic_backward_leaves_its_inputs_alone(subject, oracle, case):
    """`backward` changes neither X, outputs, targets nor the weights."""
    relations.backward_keeps_inputs(subject, TASK, case)
