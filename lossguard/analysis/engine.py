"""Observes the files of a program one by one, and knows which others each depends on."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lossguard.analysis.disk import Disk
from lossguard.analysis.project import Module, Project
from lossguard.analysis.seen import Seen
from lossguard.analysis.source import SourceFile
from lossguard.analysis.syntax import check
from lossguard.analysis.vocabulary import Vocabulary

if TYPE_CHECKING:
    from lossguard.analysis.entries import EntryPoints
    from lossguard.analysis.observations import Observed
    from lossguard.facts import LossCall

MAX_HELD: Final = 4_000_000
"""Bytes of text of imported modules; what is known of these, many times as much, is found anew beyond."""

MAX_UNCOLLECTED: Final = 50_000
"""Bytes of text that are evaluated before what refers to itself in circles is collected."""

YOUNG: Final = 16
"""How often only what is new is looked through for that, before everything is."""


class Engine:
    """Observes files, in any order; what is known of the modules that they share is kept.

    sources: the files of the program, as far as they are read already.
    top: the folder that holds everything that is checked; that of the sources where None.
    is_doubtful: tells whether something may be wrong with a loss call; that is looked into more closely.
    """

    def __init__(
        self,
        sources: Sequence[SourceFile],
        vocabulary: Vocabulary | None = None,
        top: Path | None = None,
        is_doubtful: Callable[[LossCall], bool] = lambda _call: True,
    ) -> None:
        self._is_doubtful = is_doubtful
        self._disk = Disk()
        self._project = Project(sources, vocabulary, top, self._disk)
        self._points: EntryPoints | None = None
        self._uncollected = 0
        self._collections = 0

    def observe(self, source: SourceFile) -> Observed | None:
        """Evaluate the entry points of a file and give what they meet; None where nothing leads to a loss.

        Raises SourceError where the file cannot be parsed.
        """
        if self._project.held > MAX_HELD:
            self._project.forget()
            self._points = None
            gc.collect()  # its parts refer to each other in circles
        if not self._project.may_lead(source):
            check(source)
            return None
        module = self._project.add(source)
        leads = bool(self._project.leading(module))
        self._project.forget_trees()
        try:
            return self._evaluated(module) if leads else None
        finally:
            self._project.release(module)
            self._collect(len(source.utf8) if leads else 0)

    def _collect(self, size: int) -> None:
        """Collect what evaluations left behind, once that is much; ``size``: bytes of text evaluated."""
        self._uncollected += size
        if self._uncollected > MAX_UNCOLLECTED:
            self._collections += 1
            gc.collect(1 if self._collections % YOUNG else 2)
            self._uncollected = 0

    def _evaluated(self, module: Module) -> Observed:
        if self._points is None:
            from lossguard.analysis.entries import EntryPoints

            self._points = EntryPoints(self._project, self._is_doubtful)
        return self._points.evaluate(module)

    def reach(self, source: SourceFile) -> frozenset[str]:
        """The paths of what the observation of a file depends on, its own among them."""
        return frozenset() if source.file is None else self._project.dependencies.reach(source.file)

    def seen_by(self, source: SourceFile) -> Seen:
        """What was read from the disk for a file, for others before it too."""
        if source.file is None:
            return Seen()
        return self._project.dependencies.seen(source.file, self._disk.digests)

    def seen(self) -> Seen:
        """What was read from the disk since this was last asked, beside the files of the program."""
        return self._disk.taken()
