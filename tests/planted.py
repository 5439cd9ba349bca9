"""A stand-in for the analysis: it finds LG101 in every ``criterion(out, …)`` of the files it is given."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import pytest

from lossguard.analysis.seen import Seen
from lossguard.analysis.source import SourceError, SourceFile
from lossguard.assessment import Verdict
from lossguard.diagnostics import Diagnostic, Severity, Span, TraceStep
from lossguard.rules import Rule

CALL = re.compile(r"criterion\((?P<argument>\w+)")
ELSEWHERE = Span("imported.py", 3, 5, 3, 12)


@dataclass(frozen=True)
class LossVerdict:
    span: Span
    diagnostics: tuple[Diagnostic, ...]
    verdict: Verdict = Verdict.VIOLATED


@dataclass(frozen=True)
class Observed:
    source: SourceFile
    stops: tuple[()] = ()


class Engine:
    def __init__(self, *_arguments: object, **_options: object) -> None:
        pass

    def observe(self, source: SourceFile) -> Observed:
        try:
            compile(source.text, source.path, "exec", dont_inherit=True)
        except SyntaxError as error:
            raise SourceError(error.msg, error.lineno or 1, error.offset or 1) from None
        return Observed(source)

    def reach(self, _source: SourceFile) -> frozenset[str]:
        return frozenset()

    def seen(self) -> Seen:
        return Seen()

    def seen_by(self, _source: SourceFile) -> Seen:
        return Seen()


def together(observed: Iterable[Observed]) -> list[SourceFile]:
    return [each.source for each in observed]


def judge(sites: Iterable[SourceFile], rules: Sequence[Rule], _mend: object = None) -> list[LossVerdict]:
    verdicts = [
        verdict(source.span(number, match.start("argument") + 1, number, match.end("argument") + 1))
        for source in sites
        for number, line in enumerate(source.text.split("\n"), 1)
        for match in CALL.finditer(line)
    ]
    return [*verdicts, *verdicts[:1], verdict(ELSEWHERE)] if rules else []


def verdict(span: Span) -> LossVerdict:
    step = TraceStep(Span("models.py", 14, 16, 14, 29), "`softmax` gives probabilities")
    message = "`criterion` gets probabilities: `out` comes from `softmax` at models.py:14"
    return LossVerdict(
        span,
        (
            Diagnostic(
                "LG101",
                "softmax-before-cross-entropy",
                Severity.ERROR,
                span,
                message,
                "return the logits",
                (step,),
            ),
        ),
    )


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the stand-in in the place of the analysis."""
    stand_ins: list[tuple[str, Any]] = [
        ("lossguard.analysis.engine", Engine),
        ("lossguard.analysis.observations", together),
        ("lossguard.verdicts", judge),
    ]
    for name, attribute in stand_ins:
        module = ModuleType(name)
        setattr(module, attribute.__name__, attribute)
        monkeypatch.setitem(sys.modules, name, module)
