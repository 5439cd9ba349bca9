"""What the checker says of the text of a program; needs no torch."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from lossguard.analysis.source import from_text
from lossguard.assessment import LossVerdict, assess
from lossguard.config import Config
from lossguard.observing import Program

Said = tuple[int, str, tuple[str, ...]]
"""The line of a loss call, its verdict, and the codes of its findings."""


def verdicts(text: str, name: str = "<program>") -> list[LossVerdict]:
    """What the checker says of the loss calls of a program."""
    assessment = assess(Program((from_text(text, name),)), Config())
    assert not assessment.failures, assessment.failures
    return assessment.calls


def said(calls: Iterable[LossVerdict], back: Callable[[int], int] = lambda line: line) -> list[Said]:
    """The verdicts in short, lines mapped by ``back``."""
    return sorted(
        (back(call.span.line), call.verdict.value, tuple(sorted(each.code for each in call.diagnostics)))
        for call in calls
    )
