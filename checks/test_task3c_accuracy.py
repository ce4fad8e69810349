"""Task 3c: the accuracy of multi-class predictions, judged with a scripted model."""

from __future__ import annotations

from checks import cases, relations, tolerances
from gradus import expect
from gradus.law import law

TASK = "task3"


@law("3c.accuracy.value", cases=cases.SOFTMAX_ACCURACY, weight=3)
def test_multi_class_accuracy_is_the_fraction_predicted_right(subject, oracle, case):
    """`calculate_accuracy` is the fraction of images whose largest output is at the target."""
    accuracy = expect.one_number(subject.accuracy(TASK, case), "accuracy")
    expected = oracle.accuracy(TASK, case, subject.targets(case.labels))
    expect.close(accuracy, expected, tolerances.FRACTION, "accuracy")


@law("3c.accuracy.order", cases=cases.SOFTMAX_ACCURACY)
def test_multi_class_accuracy_does_not_depend_on_the_order(subject, oracle, case):
    """The accuracy is the same when the images come in another order."""
    relations.accuracy_of_another_order(subject, TASK, case)


@law("3c.accuracy.inputs", cases=cases.SOFTMAX_ACCURACY)
def test_multi_class_accuracy_leaves_its_inputs_alone(subject, oracle, case):
    """`calculate_accuracy` changes neither X nor the targets."""
    relations.accuracy_keeps_inputs(subject, TASK, case)
