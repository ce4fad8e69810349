"""The plots: recognised in a dry run of the scripts, or left to a person, never lost."""

from __future__ import annotations

from checks import graphs, recognition
from checks.protocols import BINARY, SOFTMAX, deviations, lambda_deviations
from gradus.expect import ForAPerson, Violation
from gradus.law import law


def _recognised(finding):
    if not finding.recognised:
        raise ForAPerson(f"for a person: {finding.found}")


def _comes_to_its_end(script):
    # What hangs in a law of its own too is told there.
    if script.hangs_alone:
        name = f"{script.module}.py"
        got, should_be = f"{name} did not come to its end", f"{name} comes to its end"
        raise Violation(graphs.nothing_trained(script), got, should_be)


def _follows(script, found):
    if not script.runs:
        raise ForAPerson(f"for a person: {graphs.nothing_trained(script)}")
    if found:
        got = "; ".join(deviation.got for deviation in found)
        should_be = "; ".join(deviation.should_be for deviation in found)
        raise Violation("; ".join(map(str, found)), got, should_be)


@law("2b.plot.recognised")
def test_the_losses_of_logistic_regression_are_drawn(subject):
    """`task2.py` draws training and validation loss against gradient steps, without shuffling."""
    _recognised(recognition.losses(subject.script("task2")))


@law("2b.protocol.script", kind="evidence")
def test_the_binary_script_trains_as_the_assignment_says(subject):
    """`task2.py` trains with learning rate 0.05 and batches of 128, unshuffled and shuffled."""
    script = subject.script("task2")
    _comes_to_its_end(script)
    _follows(script, deviations(script, BINARY))


@law("2c.plot.recognised")
def test_the_accuracies_of_logistic_regression_are_drawn(subject):
    """`task2.py` draws training and validation accuracy against gradient steps."""
    _recognised(recognition.accuracies(subject.script("task2")))


@law("2e.plot.recognised")
def test_validation_accuracy_is_drawn_with_and_without_shuffling(subject):
    """`task2.py` draws the validation accuracy with and without shuffling in one graph."""
    _recognised(recognition.shuffling(subject.script("task2")))


@law("3b.plot.recognised")
def test_the_losses_of_softmax_regression_are_drawn(subject):
    """`task3.py` draws training and validation loss against gradient steps, with lambda 0."""
    _recognised(recognition.losses(subject.script("task3")))


@law("3b.protocol.script", kind="evidence")
def test_the_softmax_script_trains_as_the_assignment_says(subject):
    """`task3.py` trains with learning rate 0.01, batches of 128 and shuffling."""
    script = subject.script("task3")
    _comes_to_its_end(script)
    _follows(script, deviations(script, SOFTMAX))


@law("3c.plot.recognised")
def test_the_accuracies_of_softmax_regression_are_drawn(subject):
    """`task3.py` draws training and validation accuracy against gradient steps."""
    _recognised(recognition.accuracies(subject.script("task3")))


@law("4b.plot.recognised")
def test_weight_images_are_drawn_for_the_smallest_and_largest_lambda(subject):
    """`task3.py` draws the weights of each digit as an image, for lambda 0 and the largest."""
    _recognised(recognition.weight_images(subject.script("task3")))


@law("4c.plot.recognised")
def test_validation_accuracy_is_drawn_for_each_lambda(subject):
    """`task3.py` draws the validation accuracy during training for each lambda in one graph."""
    _recognised(recognition.accuracy_by_lambda(subject.script("task3")))


@law("4c.protocol.lambdas", kind="evidence")
def test_the_lambdas_of_the_assignment_reach_the_model(subject):
    """`task3.py` trains models whose `l2_reg_lambda` is 1, 0.1, 0.01 and 0.001."""
    script = subject.script("task3")
    _follows(script, lambda_deviations(script))


@law("4e.plot.recognised")
def test_the_norm_of_the_weights_is_drawn_for_each_lambda(subject):
    """`task3.py` draws the length of w after training against lambda."""
    finding = recognition.norm_by_lambda(subject.script("task3"))
    _recognised(finding)
    subject.measured["length of w in the plot of task 4e"] = finding.found
