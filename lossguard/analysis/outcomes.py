"""What the evaluation of each entry point of a module came to, kept while others are evaluated anew.

Entry points build on each other only by what has been called and evaluated before: what one of them asks of
that is noted with the answer, so that its outcome is kept only as long as the answers are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from lossguard.analysis import ir
from lossguard.analysis.observations import Entry, Observed
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
    asked: what was asked of the outcomes before it, and whether it held for any of them.
    """

    entries: tuple[Entry, ...] = ()
    called: set[Place] = field(default_factory=set)
    entered: set[Place] = field(default_factory=set)
    reached: dict[int, ir.Call] = field(default_factory=dict)
    stops: list[Stop] = field(default_factory=list)
    tedious: set[Stop] = field(default_factory=set)
    relied: set[Span] = field(default_factory=set)
    asked: list[tuple[Question, bool]] = field(default_factory=list)


class Outcomes:
    """The outcomes of the entry points of one module, in the order in which they are evaluated.

    now: that of the entry point at hand.
    """

    def __init__(self, kept: Mapping[Hashable, Outcome]) -> None:
        self.now = Outcome()
        self._kept = kept
        self._all: dict[Hashable, Outcome] = {}

    def of(self, point: Hashable, evaluate: Callable[[], None]) -> None:
        """Have the outcome of an entry point: the one that was kept, where it would be the same again."""
        kept = self._kept.get(point)
        holds = kept is not None and all(self._any(asked) == answer for asked, answer in kept.asked)
        self.now = kept if kept is not None and holds else Outcome()
        self._all[point] = self.now
        if not holds:
            evaluate()

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

    def without(self, points: Iterable[Hashable]) -> dict[Hashable, Outcome]:
        """The outcomes of all entry points but these."""
        return {point: each for point, each in self._all.items() if point not in set(points)}

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
