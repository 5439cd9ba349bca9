"""Decides each loss call: violated, satisfied or undecided.

A call is violated when, in one way of reaching it, every combination of values that is possible there
breaks the same contract, or when one does under conditions that somebody offers by name
(``args.model == "mlp"``).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import TypeAlias

from lossguard.analysis.scenarios import CallSite, Scenario
from lossguard.assessment import LossVerdict, Verdict
from lossguard.contracts import FLOATING, DType, Shapes, Space
from lossguard.diagnostics import Diagnostic, Fix, Severity, Span
from lossguard.facts import Argument, LossCall, Phase, TensorFacts
from lossguard.rules import Finding, Rule, ranked, severity
from lossguard.rules.axes import class_axis, summed
from lossguard.rules.evidence import may_agree, takes_class_probabilities, tensor_at
from lossguard.rules.lg406_batch_size import BatchSize
from lossguard.rules.wording import described, quoted


@dataclass(frozen=True, slots=True)
class Breach:
    """A contract broken at a loss call, and the finding that tells of it.

    certain: it is broken in every way of reaching the call that was seen then.
    """

    call: LossCall
    rule: Rule
    finding: Finding
    diagnostic: Diagnostic
    certain: bool


Mender: TypeAlias = Callable[[Sequence[Breach]], Mapping[Diagnostic, Fix]]
"""Gives the fixes that there are for findings of one program."""


def judge(
    sites: Iterable[CallSite], rules: Sequence[Rule], mend: Mender = lambda _breaches: {}
) -> list[LossVerdict]:
    """Decide every loss call; constructions appear only where they are wrong.

    mend: gives the fixes of what is found; it is not asked where no rule names a remedy.
    """
    breaches: list[Breach] = []
    sites = list(sites)
    deciding = _deciding(sites)
    verdicts = [_judge(site, rules, deciding, breaches) for site in sites]
    decided = [verdict for verdict in verdicts if verdict is not None]
    if not any(breach.finding.remedies for breach in breaches):
        return decided
    fixes = mend(breaches)
    return [
        replace(verdict, diagnostics=tuple(replace(d, fix=fixes.get(d)) for d in verdict.diagnostics))
        for verdict in decided
    ]


def _deciding(sites: Sequence[CallSite]) -> frozenset[Hashable]:
    """The options that decide which of several losses of a file is called.

    Who gives the target gives them, too. Each is a file and the name of an option.
    """
    losses: dict[Hashable, dict[Hashable, set[str]]] = {}
    for site in sites:
        for name, value in {option for visit in site.visits for each in visit for option in each.options}:
            losses.setdefault((site.span.path, name), {}).setdefault(value, set()).add(site.loss)
    return frozenset(
        option for option, called in losses.items() if len(set(map(frozenset, called.values()))) > 1
    )


def _judge(
    site: CallSite, rules: Sequence[Rule], deciding: frozenset[Hashable], breaches: list[Breach]
) -> LossVerdict | None:
    """Decide one loss call, and add what is broken there to ``breaches``."""
    found: dict[tuple[str, Span], Diagnostic] = {}
    for visit in site.visits:
        breach = _violation(visit, rules, deciding)
        if breach is not None and (place := (breach.rule.code, breach.diagnostic.span)) not in found:
            found[place] = breach.diagnostic
            breaches.append(breach)
    if site.phase is Phase.CONSTRUCTION and not found:
        return None
    everything = [scenario for visit in site.visits for scenario in visit]
    open_questions = (question for scenario in everything if (question := open_question(scenario, rules)))
    reason = "no way of reaching the call is known" if not everything else next(open_questions, "")
    return LossVerdict(
        site.span,
        site.loss,
        Verdict.VIOLATED if found else Verdict.UNDECIDED if reason else Verdict.SATISFIED,
        tuple(found.values()),
        common(scenario.call.input for scenario in everything),
        common(scenario.call.target for scenario in everything),
        "" if found else reason,
    )


def _violation(
    visit: Sequence[Scenario], rules: Sequence[Rule], deciding: frozenset[Hashable]
) -> Breach | None:
    """Find what the scenarios of a visit agree on: an error, or else a warning.

    Where options that are not known decide between losses (``problem_type``), the target that is seen may be
    meant for another one of them, so that only the input counts.
    """
    judged = [
        (
            scenario,
            [
                (rule, finding)
                for rule, finding in ranked(scenario.call, rules)
                if rule.code < "LG2" or not _is_one_of_several(scenario, deciding)
            ],
        )
        for scenario in visit
    ]
    for weight in (Severity.ERROR, Severity.WARNING):
        breach = _agreed([(s, _of_weight(findings, weight)) for s, findings in judged])
        if breach is not None:
            return breach
    return None


def _is_one_of_several(scenario: Scenario, deciding: frozenset[Hashable]) -> bool:
    return any((scenario.call.span.path, name) in deciding for name, _ in scenario.options)


def _of_weight(findings: Sequence[tuple[Rule, Finding]], weight: Severity) -> tuple[Rule, Finding] | None:
    return next((found for found in findings if severity(*found) is weight), None)


def _agreed(judged: Sequence[tuple[Scenario, tuple[Rule, Finding] | None]]) -> Breach | None:
    broken = [(scenario, finding) for scenario, finding in judged if finding is not None]
    if not broken:
        return None
    alike = len({rule.code for _, (rule, _) in broken}) == 1
    everywhere = alike and len(broken) == len(judged)
    for scenario, (rule, finding) in broken:
        condition = scenario.choice if everywhere and scenario.choice is not None else scenario.condition
        certain = everywhere and condition == ""
        if (certain or condition) and not scenario.excused:
            told = _diagnostic(scenario.call, rule, finding, condition or "")
            return Breach(scenario.call, rule, finding, told, certain)
    return None


def _diagnostic(call: LossCall, rule: Rule, finding: Finding, condition: str) -> Diagnostic:
    argument = call.arguments.get(finding.parameter) if finding.parameter is not None else None
    tensor = argument.tensor if argument is not None else None
    message = f"{finding.message}, when {condition}" if condition else finding.message
    return Diagnostic(
        rule.code,
        rule.name,
        severity(rule, finding),
        argument.span if argument is not None else call.span,
        message,
        finding.help,
        finding.trace or (tensor.steps if tensor is not None else ()),
    )


def open_question(scenario: Scenario, rules: Sequence[Rule]) -> str:
    """Say what keeps a call that breaks no rule from being satisfied; empty where nothing does."""
    call = scenario.call
    contract, argument = call.contract, call.input
    if contract.variants or (contract.shapes is Shapes.UNSTATED and not contract.expects):
        return "what the loss demands with these options is not known"
    if argument is None or (contract.target is not None and call.target is None):
        return "the arguments of the call are not known one by one"
    return _open_input(scenario, argument) or _open_call(call, rules)


def _open_call(call: LossCall, rules: Sequence[Rule]) -> str:
    """Say what the call as a whole leaves open, or breaks where no finding would tell of it."""
    if (sizes := BatchSize().check(call)) is not None:
        return sizes.message
    if _are_of_no_shape(call):
        return "the shapes of class scores and class probabilities differ"
    if any(each.phase is not call.phase for each in call.arguments.values()):
        here = {key: replace(each, phase=call.phase) for key, each in call.arguments.items()}
        refused = _of_weight(ranked(replace(call, arguments=here), rules), Severity.ERROR)
        if refused is not None:
            return refused[1].message
    if call.autocast is None and call.contract.value_dtypes and ranked(_in_plain_types(call), rules):
        return "whether the element types go together is not known"
    return ""


def _are_of_no_shape(call: LossCall) -> bool:
    """Whether class probabilities are known to have another shape than the scores."""
    scores, labels = tensor_at(call, call.contract.input), tensor_at(call, call.contract.target)
    if not takes_class_probabilities(call) or scores is None or labels is None:
        return False
    one, other = scores[1].shape, labels[1].shape
    floating = labels[1].dtype in FLOATING
    return floating and one is not None and other is not None and not may_agree(one, other)


def _in_plain_types(call: LossCall) -> LossCall:
    """The call without autocast, and where floats that are not known to be others are those of 32 bits."""
    return replace(
        call,
        autocast=False,
        arguments={
            key: replace(each, tensor=each.tensor.replace(dtype=DType.F32))
            if each.tensor is not None and each.tensor.dtype is DType.FLOAT
            else each
            for key, each in call.arguments.items()
        },
    )


def _open_input(scenario: Scenario, argument: Argument) -> str:
    call = scenario.call
    contract = call.contract
    tensor = argument.tensor
    if tensor is None or (contract.expects and tensor.space is Space.UNKNOWN):
        reason = scenario.reason if tensor is None else tensor.reason
        return reason or f"{quoted(argument.text)} is not known"
    if not contract.expects:
        return _open_shape(call, argument, tensor)
    if tensor.space in contract.expects:
        return _open_dimension(call, argument, tensor)
    if tensor.space in contract.misuse:
        return f"{quoted(argument.text)} holds {tensor.space.described} in some ways of reaching the call"
    return (
        f"{quoted(argument.text)} holds {tensor.space.described}, which the loss neither expects nor excludes"
    )


def _open_dimension(call: LossCall, argument: Argument, tensor: TensorFacts) -> str:
    """The same for what sums to one over a dimension that is not that of the classes, and may be meant to."""
    dim, axis = summed(tensor), class_axis(call, tensor)
    if dim is None or axis is None or dim == axis:
        return ""
    return f"{quoted(argument.text)} sums to one over dimension {dim}, and the classes stand in {axis}"


def _open_shape(call: LossCall, argument: Argument, tensor: TensorFacts) -> str:
    """The same for a loss that takes any real values, and stretches what does not have the other's shape."""
    contract = call.contract
    if tensor.shape is None:
        return tensor.reason or f"the shape of {quoted(argument.text)} is not known"
    if contract.shapes is Shapes.FEATURES:
        return ""
    pairs = contract.shapes in (Shapes.PAIRS, Shapes.TRIPLETS)
    partner = call.arguments.get(contract.call[1].key) if pairs else call.target
    other = partner.tensor if partner is not None else None
    if other is not None and other.rank is not None:
        agree = other.rank == tensor.rank
        return "" if agree else f"the shapes {described(tensor)} and {described(other)} differ in rank"
    features = tensor.shape[1:]
    if features and features[0] is not None and 1 not in features:
        return ""
    name = quoted(partner.text) if partner is not None else "what it is compared with"
    return f"the shape of {name} is not known, and {described(tensor)} may be stretched to it"


def common(arguments: Iterable[Argument | None]) -> TensorFacts | None:
    """What is known alike of every one of these arguments; None where nothing is."""
    tensors = {argument.tensor if argument is not None else None for argument in arguments}
    if not tensors or None in tensors:
        return None
    alike = reduce(_alike, (tensor for tensor in tensors if tensor is not None))
    return alike if alike != TensorFacts() else None


def _alike(one: TensorFacts, other: TensorFacts) -> TensorFacts:
    same = {
        name: getattr(one, name)
        for name in TensorFacts.__struct_fields__
        if getattr(one, name) == getattr(other, name)
    }
    if one.shape is not None and other.shape is not None and one.rank == other.rank:
        pairs = zip(one.shape, other.shape, strict=True)
        same["shape"] = tuple(a if a == b else None for a, b in pairs)
    if one.dtype in FLOATING and other.dtype in FLOATING:
        same.setdefault("dtype", DType.FLOAT)
    return TensorFacts(**same)
