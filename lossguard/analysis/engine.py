"""Finds the files that matter, evaluates what leads to a loss, and collects every loss call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lossguard.analysis.project import Module, Project
from lossguard.analysis.source import SourceError, SourceFile
from lossguard.diagnostics import Span
from lossguard.facts import Phase

if TYPE_CHECKING:
    from lossguard.analysis.scenarios import Scenario


@dataclass
class CallSite:
    """A loss call in the source, with every way in which it was reached.

    visits: for each time that it was reached, the scenarios that were possible then.
    """

    span: Span
    loss: str
    phase: Phase
    visits: list[tuple[Scenario, ...]] = field(default_factory=list)


def analyse(
    sources: Sequence[SourceFile], *, failed: Callable[[SourceFile, SourceError], None]
) -> list[CallSite]:
    """Find every loss call that the program in ``sources`` makes.

    Files that cannot be parsed are reported through ``failed``; the others are analysed all the same.
    """
    project = Project(sources)
    relevant: list[Module] = []
    for source in sources:
        try:
            module = project.add(source)
        except SourceError as error:
            failed(source, error)
            continue
        if project.leading(module):
            relevant.append(module)
        else:
            project.release(module)
    if not relevant:
        return []
    from lossguard.analysis.entries import EntryPoints

    return EntryPoints(project).evaluate(relevant)
