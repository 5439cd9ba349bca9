"""Which outcome of an entry point counts, when it has been evaluated more than once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lossguard.analysis.observations import Entry, Standing
from lossguard.analysis.outcomes import Outcome, Outcomes
from lossguard.analysis.places import Range
from lossguard.diagnostics import Span
from lossguard.facts import Phase

HEAD = "net.py", Range(1, 1, 1, 1)
LOSS = Span("net.py", 9, 1, 9, 9), "CrossEntropyLoss", Phase.CALL
ANOTHER = Span("net.py", 12, 1, 12, 9), "CrossEntropyLoss", Phase.CALL


def met(*keys: tuple[Span, str, Phase]) -> tuple[Entry, ...]:
    return (Entry(None, Standing.FULL, frozenset(), tuple((key, ()) for key in keys)),)


def evaluated(change: Callable[[Outcome], object], outcomes: Outcomes) -> Outcome:
    """What an entry point comes to whose evaluation changes an empty outcome."""
    outcomes.of("train", lambda: change(outcomes.now))
    return outcomes.now


def known(outcome: Outcome) -> None:
    outcome.entries = met(LOSS)


def cut_short(outcome: Outcome) -> None:
    outcome.entries, outcome.is_cut_short = met(LOSS), True


def test_what_misses_something_is_evaluated_again() -> None:
    outcomes = Outcomes()
    before = evaluated(known, outcomes)
    assert evaluated(known, outcomes.next({"train"})) is not before


def test_what_misses_nothing_keeps_its_outcome() -> None:
    outcomes = Outcomes()
    before = evaluated(known, outcomes)
    assert evaluated(cut_short, outcomes.next(set())) is before


@pytest.mark.parametrize("called_before", [True, False])
def test_unless_what_it_asked_has_another_answer(called_before: bool) -> None:
    def script(calls: bool, outcomes: Outcomes) -> None:
        outcomes.of("script", lambda: outcomes.now.called.update([HEAD] if calls else []))

    outcomes = Outcomes()
    script(called_before, outcomes)
    before = evaluated(lambda _: outcomes.has_called(HEAD), outcomes)
    for calls in (True, False):
        following = outcomes.next({"script"})
        script(calls, following)
        after = evaluated(known, following)
        assert (after is before) is (calls is called_before)


def test_what_it_does_itself_is_no_answer_of_others() -> None:
    def evaluate(outcome: Outcome) -> None:
        outcome.called.add(HEAD)
        assert outcomes.has_called(HEAD)

    outcomes = Outcomes()
    before = evaluated(evaluate, outcomes)
    assert evaluated(known, outcomes.next(set())) is before


def test_what_is_known_is_not_given_up_where_looking_into_more_takes_too_long() -> None:
    outcomes = Outcomes()
    before = evaluated(known, outcomes)
    assert evaluated(cut_short, outcomes.next({"train"})) is before


def more(outcome: Outcome) -> None:
    outcome.entries, outcome.is_cut_short = met(LOSS, ANOTHER), True


def open_input(outcome: Outcome) -> None:
    outcome.entries, outcome.missed.has_open_input = met(LOSS), True


@pytest.mark.parametrize(
    ("first", "second"), [(known, more), (open_input, cut_short), (cut_short, cut_short)]
)
def test_but_for_more_loss_calls_and_where_less_was_known(
    first: Callable[[Outcome], None], second: Callable[[Outcome], None]
) -> None:
    outcomes = Outcomes()
    before = evaluated(first, outcomes)
    assert evaluated(second, outcomes.next({"train"})) is not before
