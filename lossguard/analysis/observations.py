"""Collects the loss calls that an evaluation meets, and what it learns about them later."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeAlias

from lossguard.analysis.domain import Guard, contradictory
from lossguard.analysis.interpreter.machine import Site
from lossguard.analysis.losses import LossEvent
from lossguard.analysis.scenarios import EXCUSES, CallSite, Scenario, scenarios
from lossguard.diagnostics import Span
from lossguard.facts import Phase, Training

Key: TypeAlias = tuple[Span, str, Phase]


class Observations:
    """Loss calls by place, with every way in which each was reached.

    What is learnt of a call after it, such as where its gradient is asked for, belongs to the entry point
    that is being evaluated: its visits are kept aside until that has come to its end.
    """

    def __init__(self) -> None:
        self._sites: dict[Key, CallSite] = {}
        self._settled: frozenset[Key] = frozenset()
        self._visits: dict[int, tuple[CallSite, tuple[Scenario, ...]]] = {}

    @property
    def sites(self) -> list[CallSite]:
        """Every loss call, in the order of their places."""
        return sorted(self._sites.values(), key=lambda site: site.span)

    @contextmanager
    def entry(self, *, settled: bool) -> Iterator[None]:
        """Evaluate an entry point; ``settled``: it adds only loss calls that were not met before."""
        self._settled = frozenset(self._sites) if settled else frozenset()
        try:
            yield
        finally:
            self._settled = frozenset()
            self._close()

    def called(self, event: LossEvent) -> None:
        """Note a loss call."""
        span = event.site.span
        key = (span, event.contract.name, event.phase)
        if key not in self._settled:
            site = self._sites.setdefault(key, CallSite(span, event.contract.name, event.phase))
            self._visits[event.number] = site, tuple(scenarios(event))

    def differentiated(self, numbers: frozenset[int], guard: Guard, site: Site, text: str) -> None:
        """Note where the gradient of a sum of losses is asked for, and under which conditions."""
        if any(literal.symbol in EXCUSES for literal in guard):
            return
        known = {number: self._visits[number] for number in numbers if number in self._visits}
        alone = len(known) == len(numbers) and len({id(call) for call, _ in known.values()}) == 1
        training = Training(text, site.span, alone)
        for number, (call, visit) in known.items():
            self._visits[number] = call, tuple(_trained(scenario, guard, training) for scenario in visit)

    def _close(self) -> None:
        for site, visit in self._visits.values():
            if visit not in site.visits:
                site.visits.append(visit)
        self._visits.clear()


def _trained(scenario: Scenario, guard: Guard, training: Training) -> Scenario:
    before = scenario.call.training
    if contradictory(scenario.guard, guard) or (before is not None and before.alone >= training.alone):
        return scenario
    return replace(scenario, call=replace(scenario.call, training=training))
