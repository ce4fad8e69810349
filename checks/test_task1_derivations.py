"""Tasks 1a and 1b: derivations as they are typed, complete or left to a person, never lost."""

from __future__ import annotations

from checks import derivations
from gradus.law import law


@law("1a.derivation.recognised")
def test_the_logistic_gradient_is_derived(subject):
    """`answers.toml` derives dC/dw of logistic regression from equations 1 and 3."""
    derivations.recognised(subject, "1a")


@law("1b.derivation.recognised")
def test_the_softmax_gradient_is_derived(subject):
    """`answers.toml` derives dC/dw of softmax regression from equations 4 and 5."""
    derivations.recognised(subject, "1b")
