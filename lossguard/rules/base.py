"""What a rule is: documentation, a code, and a verdict over the facts of one loss call."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from lossguard.diagnostics import Severity, TraceStep
from lossguard.facts import LossCall
from lossguard.remedies import Remedy


@dataclass(frozen=True, slots=True)
class Finding:
    """A broken contract.

    parameter: the name of the argument at fault; the finding stands there, and its trace is that argument's
        way. None puts it at the whole call.
    trace: the way that the finding is about, where that is longer than the argument's.
    severity: where it is not that of the rule.
    remedies: what would mend it, the best first.
    """

    parameter: str | None
    message: str
    help: str
    trace: tuple[TraceStep, ...] = ()
    severity: Severity | None = None
    remedies: tuple[Remedy, ...] = ()


class Rule(ABC):
    """A rule; its docstring is its documentation.

    supersedes: codes of less specific rules that stay silent where this one speaks.
    on_by_default: False for a rule that correct code may break too.
    guard_only: True for a rule that needs to know what only the running program does.
    reads_values: True for a rule that asks for elements; another judges calls that are alike alike.
    """

    code: ClassVar[str]
    name: ClassVar[str]
    severity: ClassVar[Severity] = Severity.ERROR
    on_by_default: ClassVar[bool] = True
    guard_only: ClassVar[bool] = False
    reads_values: ClassVar[bool] = False
    supersedes: ClassVar[frozenset[str]] = frozenset()

    @abstractmethod
    def check(self, call: LossCall) -> Finding | None:
        """Say how the call breaks this rule, or None; reads facts only."""
