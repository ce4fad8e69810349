"""Task 3a: one-hot encoding, multi-class cross entropy, and the softmax model at lambda = 0."""

from __future__ import annotations

import numpy as np

from checks import cases, relations, tolerances
from checks.tolerances import for_dtype
from gradus import expect
from gradus.law import law

TASK = "task3a"
K = cases.CLASSES


@law("3a.one_hot.value", cases=cases.LABELS, weight=3)
def test_one_hot_encodes_each_label(subject, oracle, case):
    """`one_hot_encode(Y, 10)` has shape (N, 10), a 1 at each row's label and 0 elsewhere."""
    encoded = subject.one_hot_encode(case.Y)
    expect.close(encoded, oracle.one_hot(case.Y), tolerances.VALUE, "encoded")


@law("3a.one_hot.rows", cases=cases.LABELS)
def test_one_hot_treats_each_label_alone(subject, oracle, case):
    """A label is encoded to the same row whatever other labels are in the batch."""
    encoded = expect.has_shape(subject.one_hot_encode(case.Y), (len(case.Y), K), "encoded")
    alone = subject.one_hot_encode(case.Y[[-1, -1]])
    expected = encoded[[-1, -1]]
    expect.close(alone, expected, tolerances.VALUE, "encoded_2", because="as in the batch")


@law("3a.loss.value", cases=cases.SOFTMAX_LOSS, weight=3)
def test_multi_class_cross_entropy_is_equation_5(subject, oracle, case):
    """`cross_entropy_loss` is the mean over images (not classes) of -sum_k y_k ln(yhat_k)."""
    targets = subject.targets(case.labels)
    loss = expect.one_number(subject.loss(TASK, targets, case.outputs), "loss")
    of_true_class = np.take_along_axis(case.outputs, case.labels.astype(int), axis=1)
    expected = oracle.loss(TASK, targets, case.outputs)
    expect.close(loss, expected, tolerances.for_loss(of_true_class), "loss")


@law("3a.loss.batches", cases=cases.SOFTMAX_LOSS)
def test_multi_class_loss_of_a_batch_is_the_mean_of_its_parts(subject, oracle, case):
    """The loss of a batch put together from two is their losses' mean, weighted by their sizes."""
    relations.loss_of_union(subject, TASK, subject.targets(case.labels), case.outputs)


@law("3a.loss.true-class", cases=cases.SOFTMAX_LOSS)
def test_multi_class_loss_looks_at_the_true_class_alone(subject, oracle, case):
    """Only the output at the true class counts: reordering the others leaves the loss as it is."""
    targets = subject.targets(case.labels)
    loss = expect.one_number(subject.loss(TASK, targets, case.outputs), "loss")
    others = case.outputs.copy()
    for row, label in enumerate(case.labels[:, 0]):
        rest = [k for k in range(K) if k != label]
        others[row, rest] = case.outputs[row, rest[::-1]]
    again = expect.one_number(subject.loss(TASK, targets, others), "loss_2")
    expect.close(again, loss, tolerances.LOSS, "loss_2")


@law("3a.loss.extremes", kind="advice")
def test_multi_class_loss_is_finite_when_outputs_are_0_or_1(subject, oracle):
    """The loss stays finite when outputs are exactly 0 or 1, as rounding can make them."""
    targets = subject.targets(np.array([[3]], dtype=np.uint8))
    outputs = np.zeros((1, K))
    outputs[0, 3] = 1
    relations.finite(subject.loss(TASK, targets, outputs), "loss")


@law("3a.forward.value", cases=cases.SOFTMAX, weight=3)
def test_softmax_forward_is_equation_4(subject, oracle, case):
    """`SoftmaxModel.forward(X)` is exp(z_k) / sum_k' exp(z_k') with z = X @ w, shape (N, 10)."""
    outputs = subject.forward(TASK, case.X, case.w, case.source)
    tolerance = for_dtype(outputs, tolerances.VALUE)
    expect.close(outputs, oracle.forward(TASK, case.X, case.w), tolerance, "outputs")


@law("3a.forward.sums", cases=cases.SOFTMAX)
def test_softmax_rows_sum_to_one(subject, oracle, case):
    """The outputs of each image are probabilities: they sum to 1."""
    shape = (len(case.X), K)
    outputs = expect.has_shape(subject.forward(TASK, case.X, case.w), shape, "outputs")
    tolerance = for_dtype(outputs, tolerances.VALUE)
    sums = outputs.astype(np.float64).sum(axis=1)
    expect.close(sums, np.ones(len(case.X)), tolerance, "outputs.sum(axis=1)")


@law("3a.forward.rows", cases=cases.SOFTMAX)
def test_softmax_forward_treats_each_row_alone(subject, oracle, case):
    """An image gets the same outputs alone as it gets in a batch."""
    relations.forward_of_last_rows(subject, TASK, case)


@law("3a.forward.classes", cases=cases.SOFTMAX)
def test_softmax_treats_all_classes_alike(subject, oracle, case):
    """Reordering the columns of w reorders the outputs in the same way."""
    shape = (len(case.X), K)
    outputs = expect.has_shape(subject.forward(TASK, case.X, case.w), shape, "outputs")
    reordered = subject.forward(TASK, case.X, case.w[:, ::-1].copy())
    tolerance = for_dtype(outputs, tolerances.VALUE)
    expect.close(reordered, outputs[:, ::-1], tolerance, "outputs_2")


@law("3a.forward.start")
def test_a_new_softmax_model_has_zero_weights(subject, oracle):
    """A new `SoftmaxModel` has weights `w` of shape (785, 10), all zero."""
    relations.starts_at_zero(subject, TASK, K)


@law("3a.forward.one-image", cases=cases.SOFTMAX, kind="advice")
def test_softmax_forward_takes_a_batch_of_one(subject, oracle, case):
    """`forward` works on a batch of a single image too."""
    relations.forward_of_one_image(subject, TASK, case)


@law("3a.forward.extremes", kind="advice")
def test_softmax_forward_is_finite_at_huge_logits(subject, oracle):
    """`forward` gives probabilities, not nan, when X @ w is as large as 1000."""
    relations.forward_at_huge_logits(subject, TASK, K)


@law("3a.backward.value", cases=cases.SOFTMAX, weight=3)
def test_softmax_gradient_is_equation_8_averaged(subject, oracle, case):
    """With lambda = 0, `SoftmaxModel.backward` sets `grad` to dC/dw, the mean over the batch."""
    grad = subject.backward(TASK, case)["grads"][-1]
    expected = oracle.gradient(TASK, case.X, case.w, oracle.one_hot(case.labels))
    expect.close(grad, expected, for_dtype(grad, tolerances.VALUE), "grad")


@law("3a.backward.batches", cases=cases.SOFTMAX)
def test_softmax_gradient_of_a_batch_is_the_mean_of_its_parts(subject, oracle, case):
    """The gradient of a batch put together from two is their mean, weighted by their sizes."""
    relations.gradient_of_union(subject, TASK, case)


@law("3a.backward.sums", cases=cases.SOFTMAX)
def test_softmax_gradient_sums_to_zero_over_classes(subject, oracle, case):
    """Each row of the gradient sums to 0 over the classes, since each image's outputs sum to 1."""
    shape = (cases.INPUTS, K)
    grad = expect.has_shape(subject.backward(TASK, case)["grads"][-1], shape, "grad")
    relative, absolute = for_dtype(grad, tolerances.VALUE)
    grad = grad.astype(np.float64)
    # What cancels to 0 is rounded as its largest term is, which may be off by a factor like N.
    scale = max(1.0, float(np.nan_to_num(np.abs(grad)).max()))
    tolerance = expect.Tolerance(relative, absolute * scale)
    expect.close(grad.sum(axis=1), np.zeros(cases.INPUTS), tolerance, "grad.sum(axis=1)")


@law("3a.backward.again", cases=cases.SOFTMAX)
def test_softmax_backward_twice_gives_the_same_gradient(subject, oracle, case):
    """Calling `backward` again on the same batch gives the same gradient: nothing adds up."""
    relations.gradient_again(subject, TASK, case)


@law("3a.backward.one-image", cases=cases.SOFTMAX, kind="advice")
def test_softmax_backward_takes_a_batch_of_one(subject, oracle, case):
    """`backward` works on a batch of a single image too."""
    relations.gradient_of_one_image(subject, TASK, case)


@law("3a.backward.inputs", cases=cases.SOFTMAX)
def test_softmax_backward_leaves_its_inputs_alone(subject, oracle, case):
    """`backward` changes neither X, outputs, targets nor the weights."""
    relations.backward_keeps_inputs(subject, TASK, case)
