"""What a program's loss calls amount to, before anybody's wishes decide what of it is reported."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

from lossguard.analysis.seen import Seen
from lossguard.config import Config
from lossguard.diagnostics import Diagnostic, Fix, Span
from lossguard.facts import TensorFacts
from lossguard.observing import Failure, Observe, Program, alone

if TYPE_CHECKING:
    from lossguard.analysis.observations import Observed
    from lossguard.rules import Rule
    from lossguard.verdicts import Breach

_GARBAGE_THRESHOLDS = 50_000, 50, 50


class Verdict(Enum):
    """What is known of a loss call.

    violated: a rule is broken, as the module's documentation says.
    satisfied: in every way of reaching the call that there is, the input is known to be what the loss expects
        (scores, log-probabilities, probabilities …), and nothing that is known of target, shapes and element
        types breaks a rule. A loss that takes any real values expects a shape: its input is known to have as
        many dimensions as the target, or a shape that no target is stretched to by mistake. The values of
        labels that come from a data set are never seen: those only the guard can check.
    undecided: anything else, also where the input is right in one way of reaching the call and not known in
        another.
    """

    VIOLATED = "violated"
    SATISFIED = "satisfied"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class LossVerdict:
    """A loss call and the verdict on it.

    input, target: what is known of them in every way of reaching the call; None where nothing is.
    reason: for an undecided call, where knowledge ended first; empty for others.
    """

    span: Span
    loss: str
    verdict: Verdict
    diagnostics: tuple[Diagnostic, ...]
    input: TensorFacts | None
    target: TensorFacts | None
    reason: str


@dataclass(frozen=True, slots=True)
class Stop:
    """A function, class or module that was not evaluated to its end."""

    span: Span
    name: str


@dataclass(frozen=True, slots=True)
class Assessment:
    """Every loss call of a program with its verdict, and what kept others from being seen.

    seen: what was read from the disk for it beside the program's own files.
    """

    calls: list[LossVerdict] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    stops: list[Stop] = field(default_factory=list)
    seen: Seen = field(default_factory=Seen)

    @property
    def paths(self) -> set[str]:
        """Where there is anything to tell of."""
        spans = [each.span for each in self.stops]
        for call in self.calls:
            spans += call.span, *(finding.span for finding in call.diagnostics)
        return {*(span.path for span in spans), *(each.path for each in self.failures)}


Assess: TypeAlias = Callable[[Program, Config], Assessment]


def assess(program: Program, config: Config, observe: Observe = alone) -> Assessment:
    """Assess a program.

    observe: what observes its files.
    Raises ValueError where the configuration teaches a loss or an activation by an unknown name.
    """
    with _garbage_looked_for_rarely():
        observation = observe(program, config, range(len(program.sources)))
    failures = [each.failure for each in observation.results if each.failure is not None]
    observed = [each.observed for each in observation.results if each.observed is not None]
    stops = [Stop(*stop) for each in observed for stop in each.stops]
    return Assessment(_judged(program, config, observed), failures, stops, observation.seen)


@contextmanager
def _garbage_looked_for_rarely() -> Iterator[None]:
    """Look for garbage in cycles less often, and not in what was there before.

    An analysis makes little of it, and much that is kept.
    """
    before = gc.get_threshold()
    gc.set_threshold(*_GARBAGE_THRESHOLDS)
    freezes = not gc.get_freeze_count()
    if freezes:
        gc.freeze()
    try:
        yield
    finally:
        gc.set_threshold(*before)
        if freezes:
            gc.unfreeze()


def _judged(program: Program, config: Config, observed: Sequence[Observed]) -> list[LossVerdict]:
    if not observed:
        return []
    from lossguard.analysis.observations import together
    from lossguard.verdicts import judge

    rules = rules_in_force(config)
    sites = together(observed)

    def mend(breaches: Sequence[Breach]) -> Mapping[Diagnostic, Fix]:
        from lossguard.fixes.offering import offered

        relied = frozenset[Span]().union(*(each.relied for each in observed))
        return offered(breaches, sites, rules, program.sources, relied)

    return judge(sites, rules, mend)


def rules_in_force(config: Config) -> list[Rule]:
    """The rules that source code is held against."""
    from lossguard.rules import static_rules

    return [
        each
        for each in static_rules()
        if each.on_by_default or config.selects(each.code, on_by_default=False)
    ]
