"""Staff and students are told the same: verdicts and first diagnoses in this tree and in a handout.

The handout is a real one, built in a folder of its own: there the oracle is `checks/stated.py`, no
solution and no mistake's program is on disk, and a process of its own grades.

Staff grade with `--full`, students check without it and on other data: marks depend on neither.
"""

from __future__ import annotations

import pytest

from tests.zoo.broken import BROKEN
from tests.zoo.honest import HONEST
from tests.zoo.restyled import RESTYLED
from tests.zoo.running import HANDOUT, SAMPLE, STAFF, told_first


@pytest.mark.parametrize("courses", [(STAFF, HANDOUT)], ids=["both"])
@pytest.mark.parametrize(
    "variant", [SAMPLE, *HONEST, *BROKEN, *RESTYLED[::5]], ids=lambda variant: variant.id
)
def test_a_handout_gives_the_staff_s_verdicts_and_first_diagnoses(zoo, variant, courses):
    staff, handout = (told_first(zoo.result(variant, course)) for course in courses)
    assert handout
    assert handout == {id: staff[id] for id in handout}
    assert zoo.result(variant, STAFF).runs
    assert zoo.result(variant, STAFF).data != zoo.result(variant, HANDOUT).data


@pytest.mark.parametrize("courses", [(STAFF, HANDOUT)], ids=["both"])
@pytest.mark.parametrize("variant", [SAMPLE], ids=lambda variant: variant.id)
def test_a_handout_has_every_law_but_evidence(zoo, variant, courses):
    staff, handout = (zoo.result(variant, course) for course in courses)
    decide = [check.id for check in staff.checks if check.scored]
    assert decide == [check.id for check in handout.checks if check.scored]
    assert handout.score == staff.score
