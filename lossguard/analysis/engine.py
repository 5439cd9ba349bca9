"""Finds the files that matter, evaluates what leads to a loss, and collects every loss call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lossguard.analysis.disk import Disk
from lossguard.analysis.project import Module, Project
from lossguard.analysis.source import SourceError, SourceFile
from lossguard.analysis.vocabulary import Vocabulary
from lossguard.diagnostics import Span

if TYPE_CHECKING:
    from lossguard.analysis.scenarios import CallSite


def analyse(
    sources: Sequence[SourceFile],
    *,
    failed: Callable[[SourceFile, SourceError], None],
    stopped: Callable[[Span, str], None] = lambda _span, _name: None,
    relied: Callable[[Span], None] = lambda _span: None,
    vocabulary: Vocabulary | None = None,
    top: Path | None = None,
    disk: Disk | None = None,
) -> list[CallSite]:
    """Find every loss call that the program in ``sources`` makes; ``vocabulary`` says what is a loss.

    top: the folder that holds everything that is checked; that of the sources where None.
    disk: where what is imported is read from.
    Files that cannot be parsed are reported through ``failed``; the others are analysed all the same. What
    takes more steps than it is allowed is reported through ``stopped``, by its place and its name. ``relied``
    hears of the operations whose values another one takes for what they are, as ``log`` does a softmax's.
    """
    project = Project(sources, vocabulary, top, disk)
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

    project.forget_trees()
    return EntryPoints(project, stopped, relied).evaluate(relevant)
