"""The look at one loss call: a signature known to be right costs one set lookup, a new one all the rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import torch
from torch import Tensor, nn
from torch._C._functorch import peek_interpreter_stack

from lossguard.contracts import Contract, Parameter, Shapes, Space
from lossguard.diagnostics import Diagnostic
from lossguard.rules import Finding, Rule, most_specific
from lossguard.runtime.checks import Check
from lossguard.runtime.location import call_site
from lossguard.runtime.observation import Observation, described, observe
from lossguard.runtime.policy import Policy
from lossguard.runtime.provenance import traced
from lossguard.runtime.values import told_by_values

REMEMBERED: Final = 1024
_Verdict = tuple[Rule | Check, Finding]
_PLAIN = (int, float, bool, str, type(None))
_EXACT = (Tensor, nn.Parameter)

_tracing = torch._C._get_tracing_state
_grad_enabled = torch.is_grad_enabled
_dispatch_modes = torch._C._len_torch_dispatch_stack


class Inspector:
    """Looks at the calls of one loss.

    parameters: how the loss is called: those of ``forward``, or of the function.
    """

    __slots__ = (
        "_always",
        "_calls",
        "_contract",
        "_minds_logits",
        "_next",
        "_parameters",
        "_policy",
        "_right",
    )

    def __init__(self, contract: Contract, parameters: Sequence[Parameter], policy: Policy) -> None:
        self._contract = contract
        self._parameters = parameters
        self._policy = policy
        self._minds_logits = Space.LOGITS in contract.misuse
        self._always = contract.shapes is Shapes.SEQUENCES
        self._calls = -1
        self._next = 0 if policy.first else policy.every
        self._right: set[tuple[object, ...]] = set()

    def forget(self) -> None:
        """Look anew at every signature: the loss itself has changed."""
        self._right.clear()

    def inspect(self, owner: nn.Module | None, args: Sequence[object], kwargs: Mapping[str, object]) -> None:
        """Look at one call before torch does; report what breaks the contract, as the policy says."""
        if _tracing() is not None or peek_interpreter_stack() is not None:
            return
        values = (*args, *kwargs.values()) if kwargs else args
        signature = _signature(values, tuple(kwargs) if kwargs else (), self._minds_logits)
        if signature is None:
            return
        self._calls = calls = self._calls + 1
        known = signature in self._right
        reads_values = (calls >= self._next or self._always) and not _dispatch_modes()
        if known and not reads_values:
            return
        if reads_values and not self._always:
            self._next = self._after(calls)
        seen = observe(self._contract, self._parameters, owner, args, kwargs)
        if (not known and self._by_metadata(seen)) or (reads_values and self._by_values(seen)):
            self._report(owner, args, kwargs, reads_values)
            if self._policy.on_violation != "log":
                return
        if len(self._right) >= REMEMBERED:
            self._right.clear()
        self._right.add(signature)

    def _after(self, calls: int) -> int:
        """Give the number, from 0, of the next call to have its values read."""
        every = self._policy.every
        return calls + 1 if calls + 1 < self._policy.first else calls - calls % every + every

    def _by_metadata(self, seen: Observation) -> _Verdict | None:
        return most_specific(seen.call, self._policy.rules) or _first(self._policy.metadata, seen)

    def _by_values(self, seen: Observation) -> _Verdict | None:
        if (told := told_by_values(seen)) is not None:
            call, evidence = told
            if (found := most_specific(call, self._policy.rules)) is not None:
                rule, finding = found
                return rule, replace(finding, message=f"{finding.message} ({evidence})")
        return _first(self._policy.values, seen)

    def _report(
        self,
        owner: nn.Module | None,
        args: Sequence[object],
        kwargs: Mapping[str, object],
        reads_values: bool,
    ) -> None:
        site = call_site(self._parameters, len(args), frozenset(kwargs))
        seen = observe(self._contract, self._parameters, owner, args, kwargs, site)
        found = self._by_metadata(seen) or (self._by_values(seen) if reads_values else None)
        if found is None:
            return
        judge, finding = found
        at_fault = None if finding.parameter is None else seen.call.arguments.get(finding.parameter)
        diagnostic = Diagnostic(
            code=judge.code,
            name=judge.name,
            severity=judge.severity,
            span=site.span if at_fault is None else at_fault.span,
            message=finding.message,
            help=finding.help,
            trace=at_fault.tensor.steps if at_fault is not None and at_fault.tensor is not None else (),
        )
        self._policy.report(diagnostic, _rendered(diagnostic, seen))


def _first(checks: Sequence[Check], seen: Observation) -> _Verdict | None:
    found = ((check, check.check(seen)) for check in checks)
    return next(((check, finding) for check, finding in found if finding is not None), None)


def _signature(
    values: Sequence[object], names: tuple[str, ...], minds_logits: bool
) -> tuple[object, ...] | None:
    """Write down what metadata and the graph say of a call; None for tensors that have no plain shape."""
    parts: list[object] = [names, _grad_enabled()]
    try:
        for value in values:
            if not isinstance(value, Tensor):
                parts.append(value if type(value) in _PLAIN else type(value))
                continue
            if type(value) not in _EXACT and not _has_plain_shape(value):
                return None
            node = value.grad_fn
            parts += (
                value.dtype,
                value.shape,
                value.is_cpu or value.device,
                value.requires_grad if node is None else traced(node, layers=minds_logits),
            )
    except RuntimeError:  # nested tensors have no shape
        return None
    return tuple(parts)


def _has_plain_shape(tensor: Tensor) -> bool:
    return not tensor.is_nested and all(type(size) is int for size in tensor.shape)


def _rendered(diagnostic: Diagnostic, seen: Observation) -> str:
    span = diagnostic.span
    tensors = ", ".join(f"{key} {described(tensor)}" for key, tensor in seen.tensors.items())
    return (
        f"{diagnostic.code} {diagnostic.message}\n"
        f"  at {span.path}:{span.line}:{span.column}; {tensors}\n"
        f"help: {diagnostic.help}"
    )
