"""Collects the loss calls that an evaluation meets, and what it learns about them later."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import replace
from enum import Enum
from typing import TypeAlias

from msgspec import Struct, structs

from lossguard.analysis.domain import Guard, contradictory
from lossguard.analysis.interpreter.machine import Site
from lossguard.analysis.losses import LossEvent
from lossguard.analysis.places import Place
from lossguard.analysis.scenarios import EXCUSES, CallSite, Scenario
from lossguard.contracts import Space
from lossguard.diagnostics import Span
from lossguard.facts import Phase, Training

Key: TypeAlias = tuple[Span, str, Phase]
Visit: TypeAlias = tuple[Scenario, ...]


class Standing(Enum):
    """Which of the loss calls count that an entry point meets.

    FULL: all.
    INHERITED: those of whose input something is known, and those that nothing of full standing meets.
    LAST: those that nothing else meets.
    """

    FULL = "full"
    INHERITED = "inherited"
    LAST = "last"


class Entry(Struct, frozen=True):
    """What one entry point met.

    function: the function that was called, with nothing known of its arguments; None for anything else.
    called: the functions that it called, and that came to their end.
    visits: the loss calls, each with the scenarios that were possible.
    """

    function: Place | None
    standing: Standing
    called: frozenset[Place]
    visits: tuple[tuple[Key, Visit], ...]


class Observed(Struct, frozen=True):
    """What the evaluation of a module met.

    script: as it is run; entered: as its functions are called.
    stops: the place and the name of what was not evaluated to its end.
    relied: the operations whose values another one takes for what they are.
    """

    script: tuple[Entry, ...]
    entered: tuple[Entry, ...]
    stops: tuple[tuple[Span, str], ...]
    relied: frozenset[Span]


class Observations:
    """The loss calls that the entry points of a module meet.

    What is learnt of a call after it, such as where its gradient is asked for, belongs to the entry point
    that is being evaluated.
    """

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._visits: dict[int, tuple[Key, tuple[tuple[Guard, Scenario], ...]]] = {}

    def forget(self) -> None:
        """Forget everything, for another module."""
        self._entries.clear()
        self._visits.clear()

    @contextmanager
    def entry(self, called: AbstractSet[Place], function: Place | None, standing: Standing) -> Iterator[None]:
        """Evaluate an entry point; ``called`` is filled with the functions that it calls meanwhile."""
        self._close(called, None)
        try:
            yield
        finally:
            self._close(called, function, standing)

    def taken(self) -> tuple[Entry, ...]:
        """What was met so far, which is forgotten here."""
        self._close(frozenset(), None)
        entries, self._entries = tuple(self._entries), []
        return entries

    def called(self, event: LossEvent, visit: tuple[tuple[Guard, Scenario], ...]) -> None:
        """Note a loss call with its scenarios."""
        key = (event.site.span, event.contract.name, event.phase)
        self._visits[event.number] = key, visit

    def differentiated(self, numbers: frozenset[int], guard: Guard, site: Site, text: str) -> None:
        """Note where the gradient of a sum of losses is asked for, and under which conditions."""
        if any(literal.symbol in EXCUSES for literal in guard):
            return
        known = {number: self._visits[number] for number in numbers if number in self._visits}
        alone = len(known) == len(numbers) and len({key for key, _ in known.values()}) == 1
        training = Training(text, site.span, alone)
        for number, (key, visit) in known.items():
            self._visits[number] = (
                key,
                tuple(
                    (own, each if contradictory(own, guard) else _trained(each, training))
                    for own, each in visit
                ),
            )

    def _close(
        self, called: AbstractSet[Place], function: Place | None, standing: Standing = Standing.FULL
    ) -> None:
        visits = tuple((key, tuple(each for _, each in visit)) for key, visit in self._visits.values())
        self._visits.clear()
        if visits or called or function is not None:
            self._entries.append(Entry(function, standing, frozenset(called), visits))


def _trained(scenario: Scenario, training: Training) -> Scenario:
    before = scenario.call.training
    if before is not None and before.alone >= training.alone:
        return scenario
    return structs.replace(scenario, call=replace(scenario.call, training=training))


def together(parts: Sequence[Observed]) -> list[CallSite]:
    """Every loss call of a program, by place, with every way in which each was reached.

    A function that code of the program calls is judged by these calls: what was met by calling it with
    nothing known of its arguments counts only where that is all there is.
    """
    entries = [each for part in parts for each in part.script]
    entries += [each for part in parts for each in part.entered]
    calls = Counter(place for each in entries for place in each.called)
    by_standing: dict[Standing, list[Entry]] = {standing: [] for standing in Standing}
    for each in entries:
        elsewhere = each.function is not None and calls[each.function] > (each.function in each.called)
        by_standing[Standing.LAST if elsewhere else each.standing].append(each)
    sites: dict[Key, CallSite] = {}
    for each in by_standing[Standing.FULL]:
        _add(sites, each.visits)
    met = frozenset(sites)
    for each in by_standing[Standing.INHERITED]:
        _add(sites, (visit for visit in each.visits if visit[0] not in met or _is_known(visit[1])))
    for each in by_standing[Standing.LAST]:
        met = frozenset(sites)
        _add(sites, (visit for visit in each.visits if visit[0] not in met))
    return sorted(sites.values(), key=lambda site: site.span)


def _is_known(visit: Visit) -> bool:
    """Whether something is known of the values that reach a loss call."""
    inputs = [scenario.call.input for scenario in visit]
    return all(
        each is not None and each.tensor is not None and each.tensor.space is not Space.UNKNOWN
        for each in inputs
    )


def _add(sites: dict[Key, CallSite], visits: Iterable[tuple[Key, Visit]]) -> None:
    for key, visit in visits:
        site = sites.setdefault(key, CallSite(*key))
        if visit not in site.visits:
            site.visits.append(visit)
