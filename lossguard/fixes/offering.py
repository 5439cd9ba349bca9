"""Turns what a rule says would mend a finding into edits of the program, where they are right."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

import libcst as cst

from lossguard.analysis.scenarios import CallSite
from lossguard.analysis.source import SourceError, SourceFile
from lossguard.diagnostics import Applicability, Diagnostic, Edit, Fix, Span
from lossguard.fixes.calls import another_loss, constructed_first, swapped, with_conversion, with_option
from lossguard.fixes.code import Code, Stretch, Unfixable
from lossguard.fixes.operations import (
    Operation,
    is_chosen,
    operation,
    removal,
    replacement,
    stands_beside_operand,
)
from lossguard.fixes.uses import Reach, converted, is_given, only_for
from lossguard.remedies import (
    ConstructFirst,
    Convert,
    Remedy,
    RemoveOperation,
    SetOption,
    SwapArguments,
    UseLogSoftmax,
    UseLoss,
)
from lossguard.rules import Rule
from lossguard.verdicts import Breach

_LOG = logging.getLogger("lossguard")
_Change = tuple[list[Edit], str, bool]


def offered(
    breaches: Iterable[Breach],
    sites: Sequence[CallSite],
    rules: Sequence[Rule],
    sources: Iterable[SourceFile],
    relied: AbstractSet[Span],
) -> dict[Diagnostic, Fix]:
    """Give the fix of each finding that has one.

    sites: every loss call of the program; sources: the files that may change.
    relied: the operations whose values another operation takes for what they are.
    """
    workshop = _Workshop(Reach(sites, rules, relied), {source.path: source for source in sources})
    fixes = {}
    for breach in breaches:
        fix = workshop.fix(breach)
        if fix is not None:
            fixes[breach.diagnostic] = fix
    return fixes


class _Workshop:
    """Finds fixes for the findings of one program."""

    def __init__(self, reach: Reach, sources: Mapping[str, SourceFile]) -> None:
        self._reach = reach
        self._sources = sources
        self._codes: dict[str, Code] = {}
        self._known: dict[str, frozenset[Stretch]] = {}

    def fix(self, breach: Breach) -> Fix | None:
        """The first remedy of a finding that can be applied, as a fix."""
        for remedy in breach.finding.remedies:
            try:
                edits, message, safe = self._change(breach, remedy)
            except (Unfixable, SourceError, LookupError, RecursionError):
                continue
            except Exception:  # noqa: BLE001 - a defect here must not keep the finding from being told
                _LOG.debug("a fix was given up", exc_info=True)
                continue
            applicability = Applicability.SAFE if safe else Applicability.UNSAFE
            return Fix(applicability, message, tuple(sorted(edits, key=lambda edit: edit.span)))
        return None

    def _change(self, breach: Breach, remedy: Remedy) -> _Change:
        match remedy:
            case RemoveOperation():
                return self._removed(breach, remedy)
            case UseLogSoftmax():
                return self._logarithm(breach, remedy)
            case UseLoss():
                return self._another_loss(breach, remedy)
            case SetOption():
                return self._option(breach, remedy)
            case Convert():
                always = self._always(breach)
                if remedy.everywhere and not always:
                    raise Unfixable
                edits = with_conversion(self._code(breach.call.span), breach.call, remedy)
                return edits, f"convert it by `.{remedy.method}`", remedy.safe and always
            case SwapArguments():
                if not self._always(breach):
                    raise Unfixable
                edits = swapped(self._code(breach.call.span), breach.call, remedy)
                return edits, f"swap {remedy.one} and {remedy.other}", remedy.safe
            case ConstructFirst():
                edits = constructed_first(self._code(breach.call.span), breach.call)
                return edits, "construct the loss first", self._always(breach)

    def _removed(self, breach: Breach, remedy: RemoveOperation) -> _Change:
        code, found, arguments = self._operation(breach, remedy.parameter)
        outer = converted(found.tree, found.call) if remedy.reshapes else found.call
        sole = self._is_sole(code, found, outer, arguments)
        if remedy.reshapes and not (sole and is_given(code, found.tree, outer, arguments)):
            raise Unfixable
        safe = remedy.safe and breach.certain and sole
        return removal(code, found, outer), f"remove `{self._name(breach, remedy.parameter)}`", safe

    def _logarithm(self, breach: Breach, remedy: UseLogSoftmax) -> _Change:
        code, found, arguments = self._operation(breach, remedy.parameter)
        edits = replacement(code, found, "log_softmax", "LogSoftmax")
        message = f"use log_softmax in place of `{self._name(breach, remedy.parameter)}`"
        sole = found.is_one_expression and self._is_sole(code, found, found.call, arguments)
        return edits, message, breach.certain and sole

    def _is_sole(
        self, code: Code, found: Operation, outer: cst.Call, arguments: Sequence[Stretch | None]
    ) -> bool:
        """Whether the result of an operation becomes nothing but arguments of losses."""
        here = [argument for argument in arguments if argument is not None]
        if found.operand is None or len(here) < len(arguments):
            return False
        return only_for(code, found.tree, outer, here, self._known_in(code))

    def _known_in(self, code: Code) -> frozenset[Stretch]:
        path = code.source.path
        if path not in self._known:
            self._known[path] = frozenset(code.stretch(span) for span in self._reach.known(path))
        return self._known[path]

    def _another_loss(self, breach: Breach, remedy: UseLoss) -> _Change:
        edits = another_loss(self._where_chosen(breach), breach.call, remedy)
        return edits, f"use {remedy.name if breach.call.made is not None else remedy.function}", False

    def _option(self, breach: Breach, remedy: SetOption) -> _Change:
        edits = with_option(self._where_chosen(breach), breach.call, remedy)
        return edits, f"say {remedy.name}={remedy.value}", remedy.safe and breach.certain

    def _where_chosen(self, breach: Breach) -> Code:
        """The program in which the loss is constructed, or called by its name, where every call is wrong."""
        made = breach.call.made
        same = {"made": made} if made is not None else {"at": breach.call.span}
        if not self._reach.all_break(breach.rule.code, **same):
            raise Unfixable
        return self._code(made or breach.call.span)

    def _operation(self, breach: Breach, parameter: str) -> tuple[Code, Operation, list[Stretch | None]]:
        """The operation behind an argument, and the arguments that it becomes; None in another file."""
        argument = breach.call.arguments[parameter]
        if argument.tensor is None or not argument.tensor.steps:
            raise Unfixable
        made_at = argument.tensor.steps[0].span
        arguments = self._reach.arguments(made_at, breach.rule.code)
        code = self._code(made_at)
        places = [code.stretch(span) if span.path == made_at.path else None for span in arguments]
        found = operation(code, made_at)
        if is_chosen(found.tree, found.call, places) or stands_beside_operand(code, found):
            raise Unfixable
        return code, found, places

    def _name(self, breach: Breach, parameter: str) -> str:
        tensor = breach.call.arguments[parameter].tensor
        return (tensor.operation if tensor is not None else None) or "it"

    def _always(self, breach: Breach) -> bool:
        return breach.certain and self._reach.all_break(breach.rule.code, at=breach.call.span)

    def _code(self, span: Span) -> Code:
        """The program that a place lies in; raises LookupError where it may not change."""
        if span.path not in self._codes:
            self._codes[span.path] = Code(self._sources[span.path])
        return self._codes[span.path]
