"""What a program's loss calls amount to, before anybody's wishes decide what of it is reported."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from lossguard.analysis.disk import Disk, Seen
from lossguard.analysis.source import SourceError, SourceFile
from lossguard.config import Config
from lossguard.diagnostics import Diagnostic, Fix, Span
from lossguard.facts import TensorFacts
from lossguard.rules import Rule, all_rules

if TYPE_CHECKING:
    from lossguard.verdicts import Breach


class Verdict(Enum):
    """What is known of a loss call.

    violated: a rule is broken, as the module's documentation says.
    satisfied: in every way of reaching the call that there is, the input is known to be what the loss expects
        (scores, log-probabilities, probabilities …), and nothing that is known of target, shapes and element
        types breaks a rule. A loss that takes any real values expects a shape: its input is known to have as
        many dimensions as the target, or a shape that no target is stretched to by mistake. Labels that come
        from a data set are never seen: what they hold only the guard can check.
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
class Program:
    """Files that are assessed together.

    top: the folder that holds everything that is checked; that of the sources where None.
    """

    sources: tuple[SourceFile, ...]
    top: Path | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that cannot be parsed; the place is that in its text."""

    path: str
    message: str
    line: int
    column: int


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


Assess: TypeAlias = Callable[[Program, Config], Assessment]


def assess(program: Program, config: Config) -> Assessment:
    """Assess a program.

    Raises ValueError where the configuration teaches a loss or an activation by an unknown name.
    """
    from lossguard.analysis.engine import analyse
    from lossguard.analysis.vocabulary import Vocabulary

    rules = rules_in_force(config)
    disk = Disk()
    failures: list[Failure] = []
    stops: list[Stop] = []
    relied: set[Span] = set()

    def failed(source: SourceFile, error: SourceError) -> None:
        failures.append(Failure(source.path, error.message, error.line, error.column))

    sites = analyse(
        program.sources,
        failed=failed,
        stopped=lambda span, name: stops.append(Stop(span, name)),
        relied=relied.add,
        vocabulary=Vocabulary(config.losses, config.activations),
        top=program.top,
        disk=disk,
    )
    if not sites:
        return Assessment([], failures, stops, disk.seen)
    from lossguard.verdicts import judge

    def mend(breaches: Sequence[Breach]) -> Mapping[Diagnostic, Fix]:
        from lossguard.fixes.offering import offered

        return offered(breaches, sites, rules, program.sources, relied)

    return Assessment(judge(sites, rules, mend), failures, stops, disk.seen)


def together(assessments: Iterable[Assessment]) -> Assessment:
    """Put together the assessments of several programs."""
    parts = list(assessments)
    return Assessment(
        [call for each in parts for call in each.calls],
        [failure for each in parts for failure in each.failures],
        [stop for each in parts for stop in each.stops],
        Seen.together(each.seen for each in parts),
    )


def rules_in_force(config: Config) -> list[Rule]:
    """The rules that source code is held against."""
    return [
        each
        for each in all_rules()
        if not each.guard_only and (each.on_by_default or config.selects(each.code, on_by_default=False))
    ]
