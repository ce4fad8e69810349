"""Task 4a: the derivation with L2 as it is typed, complete or left to a person, never lost."""

from __future__ import annotations

from checks import derivations
from gradus.law import law


@law("4a.derivation.recognised")
def test_the_gradient_with_l2_is_derived(subject):
    """`answers.toml` derives dJ/dw of the regularised objective from equation 9."""
    derivations.recognised(subject, "4a")
