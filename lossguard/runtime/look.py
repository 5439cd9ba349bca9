"""One loss call, observed and judged, and put into words where it is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from torch import Tensor, distributed, nn

from lossguard.contracts import Contract, Parameter
from lossguard.diagnostics import Diagnostic, Severity
from lossguard.elements import RESULT, Course
from lossguard.facts import LossCall
from lossguard.rules import Finding, Rule, most_specific, severity
from lossguard.runtime.enclosing import Enclosing
from lossguard.runtime.location import Site, call_site
from lossguard.runtime.naming import module_name
from lossguard.runtime.observation import (
    Observation,
    bound,
    described,
    observe,
    observe_again,
    told_by_values,
)
from lossguard.runtime.reading import TensorElements, readable

Verdict = tuple[Rule, Finding]


class Look:
    """A look at one loss call.

    parameters: how the loss is called; owner: the module that holds its options, if there is one.
    before: an earlier call that differs in nothing but the elements of its tensors, where there was one.
    """

    __slots__ = (
        "_args",
        "_contract",
        "_course",
        "_kwargs",
        "_owner",
        "_parameters",
        "_reads_values",
        "_result",
        "_seen",
    )

    def __init__(
        self,
        contract: Contract,
        parameters: Sequence[Parameter],
        owner: nn.Module | None,
        args: Sequence[object],
        kwargs: Mapping[str, object],
        *,
        reads_values: bool,
        before: LossCall | None = None,
    ) -> None:
        self._contract = contract
        self._parameters = parameters
        self._owner = owner
        self._args = args
        self._kwargs = kwargs
        self._reads_values = reads_values
        self._result: Tensor | None = None
        self._course: Course | None = None
        self._seen = (
            self._observe() if before is None else observe_again(before, parameters, owner, args, kwargs)
        )

    def seen_from(self, outer: Enclosing) -> Look:
        """Give the same look at the loss module that makes this call of its function."""
        look = Look(
            outer.contract, outer.contract.call, outer.owner, outer.args, {}, reads_values=self._reads_values
        )
        look._result, look._course = self._result, self._course
        return look

    @property
    def call(self) -> LossCall:
        """The facts that rules read."""
        return self._seen.call

    @property
    def is_read(self) -> bool:
        """Whether values of the input were read."""
        scores = self._seen.tensors.get(self._contract.input)
        return self._reads_values and scores is not None and readable(scores)

    @property
    def unread(self) -> list[str]:
        """Why the values of the input were not read, though they were due; empty where they were."""
        scores = self._seen.tensors.get(self._contract.input)
        if scores is None or self.is_read or not self._reads_values:
            return []
        return [f"on {scores.device.type}" if not scores.is_cpu else "not a plain tensor with elements"]

    def judge(self, rules: Sequence[Rule], *, by_values: Sequence[Rule] | None = None) -> Verdict | None:
        """Say which contract the call breaks.

        by_values: for a call whose metadata is known to be right, the rules that values may break yet.
        """
        found = self._judged(self._seen, rules, rules if by_values is None else by_values)
        return None if found is None else (found[0], found[1])

    def judge_result(self, rules: Sequence[Rule], result: Tensor) -> Verdict | None:
        """Say which contract the call breaks, given the loss that came of it."""
        self._result = result
        return most_specific(self._completed(self._seen).call, rules)

    def judge_course(self, rules: Sequence[Rule], course: Course) -> Verdict | None:
        """Say which contract the call breaks, given how the loss went lately."""
        self._course = course
        return most_specific(self._completed(self._seen).call, rules)

    def described(self, verdict: Verdict, rules: Sequence[Rule]) -> tuple[Diagnostic, str]:
        """Write a violation down in the user's words, with its place."""
        site = call_site(self._parameters, bound(self._parameters, self._args, self._kwargs))
        seen = self._completed(_named(self._observe(site)))
        rule, finding, evidence = self._judged(seen, rules, rules) or (*verdict, None)
        return written(rule, finding, seen.call, site, shapes_of(seen), evidence=evidence)

    def _observe(self, site: Site | None = None) -> Observation:
        return observe(
            self._contract,
            self._parameters,
            self._owner,
            self._args,
            self._kwargs,
            reads_values=self._reads_values,
            site=site,
        )

    def _judged(
        self, seen: Observation, rules: Sequence[Rule], first: Sequence[Rule]
    ) -> tuple[Rule, Finding, str | None] | None:
        """Judge by what is certain, unless what values show of spaces weighs more."""
        certain = most_specific(seen.call, first)
        told = told_by_values(seen) if self._reads_values else None
        shown = None if told is None else most_specific(told[0], rules)
        if told is not None and shown is not None and (certain is None or _outweighs(shown, certain)):
            return *shown, told[1]
        return None if certain is None else (*certain, None)

    def _completed(self, seen: Observation) -> Observation:
        if self._result is None and self._course is None:
            return seen
        elements = seen.call.elements
        if self._result is not None:
            elements = MappingProxyType({**elements, RESULT: TensorElements(self._result)})
        return replace(seen, call=replace(seen.call, elements=elements, course=self._course))


def _named(seen: Observation) -> Observation:
    """Name the module that made the input, where it can be found."""
    key = seen.call.contract.input
    argument, scores = seen.call.arguments.get(key), seen.tensors.get(key)
    module = None if scores is None else module_name(scores)
    if argument is None or argument.tensor is None or module is None:
        return seen
    known = replace(argument, tensor=argument.tensor.replace(module=module))
    arguments = MappingProxyType({**seen.call.arguments, key: known})
    return replace(seen, call=replace(seen.call, arguments=arguments))


def _outweighs(shown: Verdict, certain: Verdict) -> bool:
    warned = severity(*certain) is Severity.WARNING and severity(*shown) is Severity.ERROR
    return warned or certain[0].code in shown[0].supersedes


def _rank() -> str:
    parallel = distributed.is_available() and distributed.is_initialized()
    return f" on rank {distributed.get_rank()}" if parallel else ""


def shapes_of(seen: Observation) -> str:
    """List what a call was given, like ``input f32[8, 10], target i64[8]``."""
    return ", ".join(f"{key} {described(tensor)}" for key, tensor in seen.tensors.items())


def written(
    rule: Rule, finding: Finding, call: LossCall, site: Site, shapes: str, *, evidence: str | None = None
) -> tuple[Diagnostic, str]:
    """Write a finding down in the user's words, with its place, and as the text of an error."""
    at_fault = None if finding.parameter is None else call.arguments.get(finding.parameter)
    diagnostic = Diagnostic(
        code=rule.code,
        name=rule.name,
        severity=severity(rule, finding),
        span=site.span if at_fault is None else at_fault.span,
        message=f"{finding.message} ({evidence})" if evidence else finding.message,
        help=finding.help,
        trace=at_fault.tensor.steps if at_fault is not None and at_fault.tensor is not None else (),
    )
    span = diagnostic.span
    text = (
        f"{diagnostic.code} {diagnostic.message}\n"
        f"  at {span.path}:{span.line}:{span.column}{_rank()}; {shapes}\n"
        f"help: {diagnostic.help}"
    )
    return diagnostic, text
