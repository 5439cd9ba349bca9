"""What is known of a file depends on others, and on what was looked for on the disk and not found."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from pathlib import Path

from lossguard.analysis.disk import Disk, Look
from lossguard.analysis.seen import Seen


class Dependencies:
    """For each file or folder, what was asked of the disk for it; every question is answered once."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self._answers: dict[Hashable, tuple[Path | None, frozenset[Look]]] = {}
        self._asked: dict[Path, set[Hashable]] = {}

    def answer(self, question: Hashable, find: Callable[[], Path | None], *by: Path) -> Path | None:
        """The file or folder that ``find`` gives; ``by``: those on whose behalf it is asked."""
        if question not in self._answers:
            with self._disk.looking() as looks:
                found = find()
            self._answers[question] = found, frozenset(looks)
        for each in by:
            self._asked.setdefault(each, set()).add(question)
        return self._answers[question][0]

    def reach(self, file: Path) -> frozenset[Path]:
        """Every file and folder that what is known of a file depends on, itself among them."""
        return frozenset(self._below(file))

    def seen(self, file: Path, digests: Mapping[str, str]) -> Seen:
        """What was found on the disk for a file; ``digests``: those of the files that were read."""
        reach = self.reach(file)
        looks = {
            look
            for each in reach
            for question in self._asked.get(each, ())
            for look in self._answers[question][1]
        }
        read = sorted(path for each in reach if (path := str(each)) in digests)
        return Seen({path: digests[path] for path in read}, self._disk.found(looks))

    def _below(self, file: Path) -> Iterator[Path]:
        known, waiting = {file}, [file]
        while waiting:
            current = waiting.pop()
            yield current
            for question in self._asked.get(current, ()):
                target = self._answers[question][0]
                if target is not None and target not in known:
                    known.add(target)
                    waiting.append(target)
