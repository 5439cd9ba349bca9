"""What the checker says of the text of a program; needs no torch."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from pathlib import Path

from lossguard.analysis.source import from_text, read
from lossguard.assessment import LossVerdict, assess
from lossguard.config import Config
from lossguard.observing import Program
from tests.generated.programs import Generated

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


def apart(generated: Generated, folder: Path, *, is_named: bool) -> list[Said]:
    """What is said of a program whose model stands in a module of its own in an empty folder, without lines.

    is_named: the model is imported by name, and not by a star.
    """
    imports, model, training = generated.parts
    definitions = (node for node in ast.parse(model).body if isinstance(node, ast.ClassDef | ast.FunctionDef))
    names = ", ".join(each.name for each in definitions) if is_named else "*"
    (folder / "nets.py").write_text(f"{imports}\n\n\n{model}\n", "utf-8")
    (folder / "train.py").write_text(f"{imports}\nfrom nets import {names}\n\n\n{training}\n", "utf-8")
    sources = tuple(read(folder / name) for name in ("nets.py", "train.py"))
    return without_lines(said(assess(Program(sources), Config()).calls))


def without_lines(found: Iterable[Said]) -> list[Said]:
    """The same, wherever the calls stand."""
    return sorted((0, verdict, codes) for _, verdict, codes in found)
