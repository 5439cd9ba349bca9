"""The rules: one module each, found by looking into this package."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterable
from functools import cache
from importlib import import_module
from inspect import isabstract

from lossguard.diagnostics import Severity
from lossguard.facts import LossCall
from lossguard.rules.base import Finding, Rule

__all__ = ["Finding", "Rule", "all_rules", "most_specific", "ranked", "rule", "severity", "static_rules"]


@cache
def all_rules() -> tuple[Rule, ...]:
    """Find every rule of this package, by code."""
    modules = [import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
    classes = {
        member
        for module in modules
        for member in vars(module).values()
        if isinstance(member, type) and Rule in member.__mro__ and not isabstract(member)
    }
    return tuple(sorted((each() for each in classes), key=lambda each: each.code))


@cache
def static_rules() -> tuple[Rule, ...]:
    """Find every rule that source code can be held against, by code."""
    return tuple(each for each in all_rules() if not each.guard_only)


def rule(code: str) -> Rule:
    """Look a rule up by its code; ``KeyError`` where there is none."""
    for each in all_rules():
        if each.code == code:
            return each
    raise KeyError(code)


def severity(rule: Rule, finding: Finding) -> Severity:
    """Weigh a finding: as its rule does, where it says nothing of its own."""
    return finding.severity or rule.severity


def most_specific(call: LossCall, rules: Iterable[Rule]) -> tuple[Rule, Finding] | None:
    """Choose the one finding to tell: not superseded, an error before a warning, the lowest code first."""
    return next(iter(ranked(call, rules)), None)


def ranked(call: LossCall, rules: Iterable[Rule]) -> list[tuple[Rule, Finding]]:
    """Give every finding that is not superseded, the one to tell first."""
    findings = [(each, finding) for each in rules if (finding := each.check(call)) is not None]
    superseded = frozenset[str]().union(*(each.supersedes for each, _ in findings))
    return sorted(
        (found for found in findings if found[0].code not in superseded),
        key=lambda found: (severity(*found) is Severity.WARNING, found[0].code),
    )
