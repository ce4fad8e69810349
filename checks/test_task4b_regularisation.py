"""Task 4b: what lambda adds to the gradient, judged by differences: task 3a has no part in it."""

from __future__ import annotations

from checks import cases, tolerances
from checks.tolerances import for_dtype
from gradus import expect
from gradus.law import law

TASK = "task3a"
SHAPE = (cases.INPUTS, cases.CLASSES)


def _difference(subject, case, l2_reg_lambda, rows=slice(None)):
    """`grad_2 - grad`: the gradient with lambda less the one without."""
    without = subject.backward(TASK, case, rows=rows)["grads"][-1]
    with_penalty = subject.backward(TASK, case, l2_reg_lambda=l2_reg_lambda, rows=rows)["grads"][-1]
    expect.has_shape(without, SHAPE, "grad")
    return expect.difference(expect.has_shape(with_penalty, SHAPE, "grad_2"), without)


@law("4b.penalty.value", cases=cases.SOFTMAX, weight=3)
def test_regularisation_adds_the_derivative_of_the_penalty(subject, oracle, case):
    """With lambda, `grad` is larger by the derivative of lambda ||w||^2, bias weights included."""
    share = subject.l2_coefficient / 2
    difference = _difference(subject, case, case.l2_reg_lambda)
    expected = share * oracle.penalty_gradient(case.w, case.l2_reg_lambda)
    expect.close(difference, expected, for_dtype(difference, tolerances.VALUE), "(grad_2 - grad)")


@law("4b.penalty.linear", cases=cases.SOFTMAX)
def test_regularisation_grows_in_proportion_to_lambda(subject, oracle, case):
    """Twice the lambda adds twice as much to the gradient."""
    once = _difference(subject, case, case.l2_reg_lambda)
    twice = subject.backward(TASK, case, l2_reg_lambda=2 * case.l2_reg_lambda)["grads"][-1]
    without = subject.backward(TASK, case)["grads"][-1]
    expect.has_shape(without, SHAPE, "grad_4")
    doubled = expect.difference(expect.has_shape(twice, SHAPE, "grad_3"), without)
    expect.close(doubled, 2 * once, for_dtype(once, tolerances.VALUE), "(grad_3 - grad_4)")


@law("4b.penalty.batch", cases=cases.SOFTMAX)
def test_regularisation_does_not_depend_on_the_batch(subject, oracle, case):
    """What lambda adds is the same for every batch size: it is not divided by N."""
    whole = _difference(subject, case, case.l2_reg_lambda)
    larger = [*range(len(case.X)), 0, 0, 0]
    without = subject.backward(TASK, case, rows=larger)["grads"][-1]
    alone = subject.backward(TASK, case, rows=larger, l2_reg_lambda=case.l2_reg_lambda)
    expect.has_shape(without, SHAPE, "grad_3")
    difference = expect.difference(expect.has_shape(alone["grads"][-1], SHAPE, "grad_4"), without)
    expect.close(difference, whole, for_dtype(whole, tolerances.VALUE), "(grad_4 - grad_3)")
