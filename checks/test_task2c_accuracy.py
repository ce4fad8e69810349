"""Task 2c: the accuracy of binary predictions, judged with a scripted model."""

from __future__ import annotations

from checks import cases, relations, tolerances
from gradus import expect
from gradus.law import law

TASK = "task2"


@law("2c.accuracy.value", cases=cases.BINARY_ACCURACY, weight=3)
def test_binary_accuracy_is_the_fraction_predicted_right(subject, oracle, case):
    """`calculate_accuracy` is the fraction of images with (yhat >= 0.5) equal to the target."""
    accuracy = expect.one_number(subject.accuracy(TASK, case), "accuracy")
    expected = oracle.accuracy(TASK, case, case.labels)
    expect.close(accuracy, expected, tolerances.FRACTION, "accuracy")


@law("2c.accuracy.order", cases=cases.BINARY_ACCURACY)
def test_binary_accuracy_does_not_depend_on_the_order(subject, oracle, case):
    """The accuracy is the same when the images come in another order."""
    relations.accuracy_of_another_order(subject, TASK, case)


@law("2c.accuracy.inputs", cases=cases.BINARY_ACCURACY)
def test_binary_accuracy_leaves_its_inputs_alone(subject, oracle, case):
    """`calculate_accuracy` changes neither X nor the targets."""
    relations.accuracy_keeps_inputs(subject, TASK, case)
