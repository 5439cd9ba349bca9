"""What the evaluation of each entry point of a module came to, kept while others are evaluated anew.

Entry points build on each other only by what has been called and evaluated before: what one of them asks of
that is noted with the answer, so that its outcome is kept only as long as the answers are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias

from lossguard.analysis import ir
from lossguard.analysis.interpreter.demand import Missed
from lossguard.analysis.observations import Entry, Key, Observed
from lossguard.analysis.places import Place
from lossguard.diagnostics import Span

Stop: TypeAlias = tuple[Span, str]
Question: TypeAlias = "Callable[[Outcome], bool]"


@dataclass
class Outcome:
    """What the evaluation of an entry point came to.

    called: the functions that it called, and that came to their end.
    entered: those that were defined within it and called as entry points themselves.
    reached: the calls that were evaluated, by their ``id``.
    stops: the place and the name of what was not evaluated to its end.
    tedious: likewise the functions that used up what they were allowed.
    relied: the operations whose values another one takes for what they are.
    missed: what was not known and would have mattered.
    is_cut_short: something was given up because it takes too long.
    asked: what was asked of the outcomes before it, and whether it held for any of them.
    """

    entries: tuple[Entry, ...] = ()
    called: set[Place] = field(default_factory=set)
    entered: set[Place] = field(default_factory=set)
    reached: dict[int, ir.Call] = field(default_factory=dict)
    stops: list[Stop] = field(default_factory=list)
    tedious: set[Stop] = field(default_factory=set)
    relied: set[Span] = field(default_factory=set)
    missed: Missed = field(default_factory=Missed)
    is_cut_short: bool = False
    asked: list[tuple[Question, bool]] = field(default_factory=list)

    def holds_more_than(self, other: Outcome) -> bool:
        """Whether more is known of the same loss calls than in another, for which more was looked into."""
        is_open = self.is_cut_short or self.missed.has_open_input
        return other.is_cut_short and not is_open and other.met <= self.met

    @property
    def met(self) -> set[Key]:
        """The loss calls that were met."""
        return {key for entry in self.entries for key, _ in entry.visits}


class Outcomes:
    """The outcomes of the entry points of one module, in the order in which they are evaluated.

    now: that of the entry point at hand.
    """

    def __init__(
        self,
        before: Mapping[Hashable, Outcome] = MappingProxyType({}),
        again: AbstractSet[Hashable] = frozenset(),
    ) -> None:
        self.now = Outcome()
        self._before = before
        self._again = again
        self._all: dict[Hashable, Outcome] = {}

    def of(self, point: Hashable, evaluate: Callable[[], object]) -> None:
        """Have the outcome of an entry point: that of before if it misses nothing and would be the same."""
        again = point in self._again
        before = self._before.get(point)
        is_same = before is not None and self._would_answer(before)
        self.now = self._all[point] = Outcome()
        if again or not is_same:
            evaluate()
        if before is not None and is_same and (not again or before.holds_more_than(self.now)):
            self.now = self._all[point] = before

    def _would_answer(self, outcome: Outcome) -> bool:
        """Whether what was asked for an outcome still has the same answers."""
        return all(self._any(question) == answer for question, answer in outcome.asked)

    def has_called(self, function: Place) -> bool:
        """Whether any entry point so far has called a function."""
        return self._ask(lambda outcome: function in outcome.called)

    def has_entered(self, function: Place) -> bool:
        """Whether a function that another defines has been an entry point itself."""
        return self._ask(lambda outcome: function in outcome.entered)

    def has_reached(self, call: ir.Call) -> bool:
        """Whether a call has been evaluated."""
        return self._ask(lambda outcome: id(call) in outcome.reached)

    def _ask(self, question: Question) -> bool:
        if question(self.now):
            return True
        answer = self._any(question)
        self.now.asked.append((question, answer))
        return answer

    def _any(self, question: Question) -> bool:
        return any(question(each) for each in self._all.values())

    @property
    def called(self) -> frozenset[Place]:
        """Every function that was called."""
        return frozenset().union(*(each.called for each in self._all.values()))

    @property
    def missed(self) -> dict[Hashable, Missed]:
        """What each entry point misses."""
        return {point: each.missed for point, each in self._all.items()}

    def partial(self, around: Hashable) -> set[Hashable]:
        """The entry points whose loss calls are open, where something was passed over that may be why.

        around: the one that comes before all others, and makes what these use.
        """
        always = self._all[around].missed.is_partial
        return {
            point
            for point, missed in self.missed.items()
            if missed.has_open_input and (missed.is_partial or always)
        }

    def next(self, again: AbstractSet[Hashable]) -> Outcomes:
        """Those of another evaluation, with more looked into; ``again``: the points that miss something."""
        return Outcomes(self._all, again)

    def observed(self) -> Observed:
        """All outcomes as one; the script comes first."""
        script, *others = self._all.values()
        stops = [stop for each in self._all.values() for stop in each.stops]
        tedious = sorted({stop for each in self._all.values() for stop in each.tedious})
        return Observed(
            script.entries,
            tuple(entry for each in others for entry in each.entries),
            (*stops, *tedious),
            frozenset().union(*(each.relied for each in self._all.values())),
        )
