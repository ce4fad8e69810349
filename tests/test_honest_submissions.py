"""What honest students write in different ways loses nothing, and is recorded."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.zoo.honest import HONEST
from tests.zoo.running import SAMPLE, explained, pieces


def test_the_sample_loses_nothing_and_leaves_to_a_person_what_is_not_certain(zoo):
    result = zoo.result(SAMPLE)
    assert result.score.lost == 0, explained(result)
    assert (result.score.earned, result.score.pending) == (Decimal("3.225"), Decimal("0.775"))


@pytest.mark.parametrize("variant", HONEST, ids=lambda variant: variant.id)
def test_an_honest_submission_loses_nothing(zoo, variant):
    result = zoo.result(variant)
    assert result.score.lost == 0, f"{variant.says}\n{explained(result)}"
    earned = {id: piece.earned for id, piece in pieces(result).items()}
    expected = {id: piece.earned for id, piece in pieces(zoo.result(SAMPLE)).items()}
    assert earned == expected | dict.fromkeys(variant.pending, 0), variant.says
    for name, value in variant.conventions.items():
        assert result.conventions[name] == value
    assert result.submission.edition == variant.edition


def test_honest_variants_have_ids_of_their_own():
    ids = [variant.id for variant in HONEST]
    assert len(set(ids)) == len(ids)
