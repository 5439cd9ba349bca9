"""Decides each loss call: violated, satisfied or undecided.

A call is violated when, in one way of reaching it, every combination of values that is possible there
breaks the same contract, or when one does under conditions that somebody offers by name
(``args.model == "mlp"``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from lossguard.analysis.scenarios import CallSite, Scenario
from lossguard.contracts import Space
from lossguard.diagnostics import Diagnostic, Span
from lossguard.facts import LossCall, Phase, TensorFacts
from lossguard.rules import Finding, Rule, most_specific


class Verdict(Enum):
    """What is known of a loss call."""

    VIOLATED = "violated"
    SATISFIED = "satisfied"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class LossVerdict:
    """A loss call and the verdict on it.

    input, target: what is known of them in the first way of reaching the call; None where nothing is.
    reason: for an undecided call, where knowledge ended.
    """

    span: Span
    loss: str
    verdict: Verdict
    diagnostics: tuple[Diagnostic, ...]
    input: TensorFacts | None
    target: TensorFacts | None
    reason: str


def judge(sites: Iterable[CallSite], rules: Sequence[Rule]) -> list[LossVerdict]:
    """Decide every loss call; constructions appear only where they are wrong."""
    verdicts = [_judge(site, rules) for site in sites]
    return [verdict for verdict in verdicts if verdict is not None]


def _judge(site: CallSite, rules: Sequence[Rule]) -> LossVerdict | None:
    found: dict[tuple[str, Span], Diagnostic] = {}
    for visit in site.visits:
        diagnostic = _violation(visit, rules)
        if diagnostic is not None:
            found.setdefault((diagnostic.code, diagnostic.span), diagnostic)
    if site.phase is Phase.CONSTRUCTION and not found:
        return None
    everything = [scenario for visit in site.visits for scenario in visit]
    undecided = next((s for s in everything if not _decided(s.call)), None)
    verdict = Verdict.VIOLATED if found else Verdict.UNDECIDED if undecided else Verdict.SATISFIED
    first = everything[0].call if everything else None
    return LossVerdict(
        site.span,
        site.loss,
        verdict,
        tuple(found.values()),
        _tensor(first, "input"),
        _tensor(first, "target"),
        (undecided.reason or "not enough is known of the input") if undecided and not found else "",
    )


def _violation(visit: Sequence[Scenario], rules: Sequence[Rule]) -> Diagnostic | None:
    judged = [(scenario, most_specific(scenario.call, rules)) for scenario in visit]
    broken = [(scenario, finding) for scenario, finding in judged if finding is not None]
    if not broken:
        return None
    alike = len({rule.code for _, (rule, _) in broken}) == 1
    certain = alike and len(broken) == len(judged) and not any(scenario.chosen for scenario in visit)
    for scenario, (rule, finding) in broken:
        if (certain or scenario.condition) and not scenario.excused:
            return _diagnostic(scenario.call, rule, finding, "" if certain else scenario.condition or "")
    return None


def _diagnostic(call: LossCall, rule: Rule, finding: Finding, condition: str) -> Diagnostic:
    argument = call.arguments.get(finding.parameter) if finding.parameter is not None else None
    tensor = argument.tensor if argument is not None else None
    message = f"{finding.message}, when {condition}" if condition else finding.message
    return Diagnostic(
        rule.code,
        rule.name,
        rule.severity,
        argument.span if argument is not None else call.span,
        message,
        finding.help,
        tensor.steps if tensor is not None else (),
    )


def _decided(call: LossCall) -> bool:
    """Whether enough is known of the input to say that it is what the loss expects."""
    if not call.contract.expects:
        return True
    tensor = _tensor(call, "input")
    return tensor is not None and tensor.space is not Space.UNKNOWN and tensor.space in call.contract.expects


def _tensor(call: LossCall | None, which: str) -> TensorFacts | None:
    argument = None if call is None else call.input if which == "input" else call.target
    return argument.tensor if argument is not None else None
