"""What the guard does with a violation, how often it reads values, and which rules it applies."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Literal

from lossguard.diagnostics import Diagnostic, Severity
from lossguard.errors import LossGuardError, LossGuardWarning
from lossguard.rules import Rule, all_rules
from lossguard.runtime.location import user_frame

Action = Literal["raise", "warn", "log"]
OnViolation = Action | Callable[[Diagnostic], object]
Codes = str | Iterable[str]

_ACTIONS = ("raise", "warn", "log")
_MODES = ("off", "warn", "raise")
_LOGGER = logging.getLogger("lossguard")


@dataclass(frozen=True, slots=True)
class Policy:
    """The options of a guard, checked.

    rules: those that were selected; ``by_values``: the ones among them that ask for elements.
    """

    on_violation: OnViolation
    first: int
    every: int
    stagnation: int | None
    rules: tuple[Rule, ...]
    by_values: tuple[Rule, ...]
    told: set[tuple[str, str, int]] = field(default_factory=set)

    def report(self, diagnostic: Diagnostic, text: str) -> None:
        """Raise, warn, log or hand over a violation, as asked for; ``LOSSGUARD`` overrides.

        Warnings and log entries come once for each code and call site.
        """
        action = mode() or self.on_violation
        if callable(action):
            action(diagnostic)
        elif action == "raise":
            raise LossGuardError(diagnostic, text)
        elif action in ("warn", "log") and self._is_news(diagnostic):
            self._mention(action, diagnostic, text)

    def advise(self, diagnostic: Diagnostic, text: str) -> None:
        """Report what breaks no contract: never by raising."""
        action = mode() or self.on_violation
        if callable(action):
            action(diagnostic)
        elif action != "off" and self._is_news(diagnostic):
            self._mention("log" if action == "log" else "warn", diagnostic, text)

    def _is_news(self, diagnostic: Diagnostic) -> bool:
        place = (diagnostic.code, diagnostic.span.path, diagnostic.span.line)
        known = place in self.told
        self.told.add(place)
        return not known

    @staticmethod
    def _mention(action: str, diagnostic: Diagnostic, text: str) -> None:
        if action == "warn":
            _warn(LossGuardWarning(diagnostic, text))
        else:
            weight = logging.WARNING if diagnostic.severity is Severity.WARNING else logging.ERROR
            _LOGGER.log(weight, "%s", text)


def policy(
    on_violation: OnViolation,
    first: int,
    every: int,
    select: Codes | None,
    ignore: Codes | None,
    stagnation: int | None = None,
) -> Policy:
    """Check the options of a guard; ``TypeError`` or ``ValueError`` says what is wrong with one."""
    if isinstance(on_violation, str):
        if on_violation not in _ACTIONS:
            raise ValueError(f"on_violation is {on_violation!r}: give {_listed(_ACTIONS)}, or a callable")
    elif not callable(on_violation):
        raise TypeError(f"on_violation is {on_violation!r}: give {_listed(_ACTIONS)}, or a callable")
    _check_count("first", first, least=0)
    _check_count("every", every, least=1)
    if stagnation is not None:
        _check_count("stagnation", stagnation, least=2)
    mode()
    chosen, dropped = _prefixes("select", select), _prefixes("ignore", ignore)

    def wanted(rule: Rule) -> bool:
        taken = rule.on_by_default if chosen is None else rule.code.startswith(chosen)
        return taken and not rule.code.startswith(dropped or ())

    rules = tuple(filter(wanted, all_rules()))
    by_values = tuple(rule for rule in rules if rule.reads_values)
    return Policy(on_violation, first, every, stagnation, rules, by_values)


def mode() -> Literal["off", "warn", "raise"] | None:
    """Read ``LOSSGUARD`` from the environment: ``off``, ``warn`` or ``raise``; None where it is not set."""
    value = os.environ.get("LOSSGUARD", "").strip().lower()
    match value:
        case "":
            return None
        case "off" | "warn" | "raise":
            return value
    raise ValueError(f"LOSSGUARD is {value!r}: set it to {_listed(_MODES)}, or not at all")


def _warn(warning: LossGuardWarning) -> None:
    frame = user_frame()
    names = frame.f_globals
    registry = names.setdefault("__warningregistry__", {})
    filename, line = frame.f_code.co_filename, frame.f_lineno
    warnings.warn_explicit(warning, None, filename, line, names.get("__name__"), registry)


def _check_count(name: str, count: object, *, least: int) -> None:
    if isinstance(count, bool) or not isinstance(count, int):
        raise TypeError(f"{name} is {count!r}: give a whole number")
    if count < least:
        raise ValueError(f"{name} is {count}: give {least} or more")


def _prefixes(name: str, codes: Codes | None) -> tuple[str, ...] | None:
    if codes is None:
        return None
    if isinstance(codes, str):
        codes = codes.split(",")
    elif not isinstance(codes, Iterable):
        raise TypeError(f"{name} is {codes!r}: give codes, or prefixes of codes")
    return tuple(_prefix(name, code) for code in codes)


def _prefix(name: str, code: object) -> str:
    if not isinstance(code, str):
        raise TypeError(f"{name} holds {code!r}: give codes, or prefixes of codes")
    wanted = code.strip().upper()
    if wanted == "ALL":
        return ""
    known = [rule.code for rule in all_rules()]
    if wanted and any(each.startswith(wanted) for each in known):
        return wanted
    near = get_close_matches(wanted, known, n=1)
    raise ValueError(f"{name} holds {code!r}, which is no rule" + (f"; is {near[0]} meant?" if near else ""))


def _listed(words: tuple[str, ...]) -> str:
    return f"{', '.join(repr(word) for word in words[:-1])} or {words[-1]!r}"
