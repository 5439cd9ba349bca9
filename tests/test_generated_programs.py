"""Generated programs: what the checker says of each is what torch does with it, and what the guard sees.

``python -m tests.benchmarks.static_against_torch`` tries as many as one likes.
"""

from __future__ import annotations

from collections import Counter

import pytest

pytest.importorskip("torch")

from tests.generated.mending import mended
from tests.generated.oracle import judged
from tests.generated.programs import program, right

BATCHES, SIZE = 15, 20


@pytest.mark.parametrize("batch", range(BATCHES))
def test_no_verdict_is_contradicted(batch: int) -> None:
    found = [judged(program(seed)) for seed in range(batch * SIZE, (batch + 1) * SIZE)]
    assert [(each.generated.text, each.disagreements) for each in found if each.disagreements] == []
    verdicts = Counter(each.verdict for each in found)
    assert verdicts["satisfied"] + verdicts["violated"] > SIZE / 2, "most programs are decided"


@pytest.mark.parametrize("part", range(5))
def test_a_mended_program_computes_what_is_meant(part: int) -> None:
    wrong = [each for seed in range(part, BATCHES * SIZE, 5) if (each := program(seed)).mistakes]
    found = [(each.text, mended(each)) for each in wrong]
    assert [(text, each.text, each.disagreements) for text, each in found if each.disagreements] == []
    assert any(each.text is not None for _, each in found), "some are mended"


def test_a_choice_changes_nothing_but_what_it_is_about() -> None:
    for seed in range(50):
        one = program(seed)
        assert program(seed, one.chosen) == one
        assert not right(one).mistakes
