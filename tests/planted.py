"""A stand-in for the analysis: it finds LG101 in every ``criterion(out, …)`` of the files it is given."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from types import ModuleType

import pytest

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


def analyse(
    sources: Sequence[SourceFile],
    *,
    failed: Callable[[SourceFile, SourceError], None],
    **_options: object,
) -> list[SourceFile]:
    for source in sources:
        try:
            compile(source.text, source.path, "exec", dont_inherit=True)
        except SyntaxError as error:
            failed(source, SourceError(error.msg, error.lineno or 1, error.offset or 1))
    return list(sources)


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
    for name, attribute in [("lossguard.analysis.engine", analyse), ("lossguard.verdicts", judge)]:
        module = ModuleType(name)
        setattr(module, attribute.__name__, attribute)
        monkeypatch.setitem(sys.modules, name, module)
