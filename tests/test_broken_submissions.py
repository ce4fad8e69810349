"""A mistake costs points in its own piece, and in no other."""

from __future__ import annotations

from collections import Counter

import pytest

from gradus.results import Verdict
from tests.zoo.broken import BROKEN
from tests.zoo.running import SAMPLE, explained, pieces

PIECES = {
    "2a.preprocess",
    "2a.loss",
    "2a.forward",
    "2a.backward",
    "2c.accuracy",
    "3a.one_hot",
    "3a.loss",
    "3a.forward",
    "3a.backward",
    "3c.accuracy",
    "4b.penalty",
}


@pytest.mark.parametrize("variant", BROKEN, ids=lambda variant: variant.id)
def test_a_mistake_costs_points_in_its_own_piece_alone(zoo, variant):
    result = zoo.result(variant)
    judged, sample = pieces(result), pieces(zoo.result(SAMPLE))
    for id in variant.loses:
        assert judged[id].lost > 0, f"{variant.says} {id} lost nothing"
        assert judged[id].earned < sample[id].earned
        assert not (variant.earns_nothing and judged[id].earned), f"{id} earned {judged[id].earned}"
    for id in judged.keys() - set(variant.loses):
        if id in variant.may_block:
            outcomes = {check.verdict for check in result.checks if check.piece == id}
            assert outcomes <= {Verdict.PASSED, Verdict.BLOCKED}, explained(result)
        else:
            assert judged[id] == sample[id], f"{variant.says}\n{explained(result)}"


@pytest.mark.parametrize("variant", BROKEN, ids=lambda variant: variant.id)
def test_a_mistake_is_explained_in_words(zoo, variant):
    told = [c for c in zoo.result(variant).checks if c.scored and c.verdict != Verdict.PASSED]
    assert told
    assert all(check.message for check in told)


def test_broken_variants_have_ids_of_their_own():
    ids = [variant.id for variant in BROKEN]
    assert len(set(ids)) == len(ids)


def test_every_piece_has_broken_variants_of_its_own():
    alone = Counter(variant.loses[0] for variant in BROKEN if len(variant.loses) == 1)
    assert min(alone[piece] for piece in PIECES) >= 5
