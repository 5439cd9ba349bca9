"""What is known of a file depends on others, and on what was looked for on the disk and not found."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from pathlib import Path

from lossguard.analysis.disk import Disk, Look
from lossguard.analysis.seen import Seen


class Dependencies:
    """For each file or folder, what was asked of the disk for it; every question is answered once."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self._answers: dict[Hashable, tuple[Path | None, frozenset[Look]]] = {}
        self._asked: dict[str, set[Hashable]] = {}
        self._given: dict[str, set[str]] = {}

    def answer(self, question: Hashable, find: Callable[[], Path | None], *by: Path) -> Path | None:
        """The file or folder that ``find`` gives; ``by``: those on whose behalf it is asked."""
        if question not in self._answers:
            with self._disk.looking() as looks:
                found = find()
            self._answers[question] = found, frozenset(looks)
        found = self._answers[question][0]
        for each in by:
            asked = self._asked.setdefault(str(each), set())
            if question not in asked:
                asked.add(question)
                if found is not None:
                    self._given.setdefault(str(each), set()).add(str(found))
        return found

    def reach(self, file: Path) -> frozenset[str]:
        """The paths of all files and folders that what is known of a file depends on, its own among them."""
        known = {str(file)}
        waiting = [str(file)]
        while waiting:
            further = self._given.get(waiting.pop(), frozenset[str]()) - known
            known |= further
            waiting.extend(further)
        return frozenset(known)

    def seen(self, file: Path, digests: Mapping[str, str]) -> Seen:
        """What was found on the disk for a file; ``digests``: those of the files that were read."""
        reach = self.reach(file)
        looks = {
            look
            for each in reach
            for question in self._asked.get(each, ())
            for look in self._answers[question][1]
        }
        return Seen({path: digests[path] for path in sorted(reach & digests.keys())}, self._disk.found(looks))
