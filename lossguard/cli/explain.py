"""What the rules say of themselves: ``lossguard rule`` and ``lossguard rules``."""

from __future__ import annotations

from inspect import cleandoc

from lossguard.cli.config import check_codes
from lossguard.cli.errors import CommandError
from lossguard.rules import Rule, all_rules


def find(word: str) -> Rule:
    """Look a rule up by its code or its name; raises CommandError with the nearest spelling."""
    for rule in all_rules():
        if word.upper() == rule.code or word == rule.name:
            return rule
    try:
        check_codes([word])
    except ValueError as error:
        raise CommandError(str(error)) from error
    raise CommandError(f"{word!r} stands for several rules; name one")


def explanation(rule: Rule) -> str:
    """Write a rule's documentation as Markdown: its docstring under a heading."""
    default = "on by default" if rule.on_by_default else "off by default"
    return (
        f"# {rule.name} ({rule.code})\n\n"
        f"Severity: {rule.severity.value}, {default}.\n\n"
        f"{cleandoc(rule.__doc__ or '')}\n"
    )


def listing(rules: tuple[Rule, ...]) -> str:
    """Write one line a rule: code, severity, name, and what it reports; rules that are off are marked."""
    width = max(len(rule.name) for rule in rules)
    return "".join(f"{_line(rule, width)}\n" for rule in rules)


def _line(rule: Rule, width: int) -> str:
    summary = cleandoc(rule.__doc__ or "").partition("\n")[0]
    off = "" if rule.on_by_default else " (off by default)"
    return f"{rule.code}  {rule.severity.value:<7}  {rule.name:<{width}}  {summary}{off}"
