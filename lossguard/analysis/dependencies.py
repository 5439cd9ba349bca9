"""What is known of a file depends on others, and on what was looked for on the disk and not found."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from enum import Enum
from pathlib import Path
from typing import TypeAlias

from lossguard.analysis.disk import Disk, Look
from lossguard.analysis.seen import Seen

Aspect: TypeAlias = tuple[str, str]
"""A file, and what of it is asked for: where it has a name from, or which of its names lead to a loss."""
Asker: TypeAlias = Path | Aspect
_Node: TypeAlias = str | Aspect


class Use(Enum):
    """Whom an answer matters to, beside the file on whose behalf it is asked.

    OWN: nobody; of the file they know what its text tells, and no more.
    LASTING: everybody who imports it.
    PASSING: the same, as long as modules are not forgotten.
    """

    OWN = "own"
    LASTING = "lasting"
    PASSING = "passing"


class _Asked:
    """What was asked on behalf of each file, folder or aspect, and what was answered."""

    def __init__(self) -> None:
        self.questions: dict[_Node, set[Hashable]] = {}
        self.given: dict[_Node, set[_Node]] = {}

    def note(self, by: _Node, question: Hashable, found: Path | None) -> None:
        questions = self.questions.setdefault(by, set())
        if question not in questions:
            questions.add(question)
            if found is not None:
                self.given.setdefault(by, set()).add(str(found))


class Dependencies:
    """For each file or folder, what was asked of the disk for it; every question is answered once."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self._asked = {use: _Asked() for use in Use}

    def answer(
        self, question: Hashable, find: Callable[[], Path | None], *by: Asker, use: Use = Use.PASSING
    ) -> Path | None:
        """The file or folder that ``find`` gives; ``by``: those on whose behalf it is asked."""
        found = self._disk.answer(question, find)
        for each in by:
            self._asked[use].note(_node(each), question, found)
        return found

    def link(self, by: Asker, to: Asker, use: Use) -> None:
        """Note that what is known on behalf of one hangs on what is known on behalf of the other."""
        self._asked[use].given.setdefault(_node(by), set()).add(_node(to))

    def forget(self) -> None:
        """Forget what matters only as long as modules are not forgotten."""
        self._asked[Use.PASSING] = _Asked()

    def reach(self, file: Path) -> frozenset[str]:
        """The paths of all files and folders that what is known of a file depends on, its own among them."""
        return frozenset(node for node in self._reached(file) if isinstance(node, str))

    def _reached(self, file: Path) -> set[_Node]:
        own: _Node = str(file)
        known = {own, *self._asked[Use.OWN].given.get(own, ())}
        waiting = list(known)
        shared = self._asked[Use.LASTING].given, self._asked[Use.PASSING].given
        while waiting:
            node = waiting.pop()
            for given in shared:
                further = given.get(node, frozenset[_Node]()) - known
                known |= further
                waiting.extend(further)
        return known

    def seen(self, file: Path, digests: Mapping[str, str]) -> Seen:
        """What was found on the disk for a file; ``digests``: those of the files that were read."""
        reached = self._reached(file)
        questions = set(self._asked[Use.OWN].questions.get(str(file), ()))
        for use in (Use.LASTING, Use.PASSING):
            questions.update(*(self._asked[use].questions.get(each, ()) for each in reached))
        looks = frozenset[Look]().union(*(self._disk.looks_for(question) for question in questions))
        read = sorted(digests.keys() & {node for node in reached if isinstance(node, str)})
        return Seen({path: digests[path] for path in read}, self._disk.found(looks))


def leading_names(file: Path) -> Aspect:
    """Which names of a file lead to a loss."""
    return str(file), "<leading>"


def _node(asker: Asker) -> _Node:
    return str(asker) if isinstance(asker, Path) else asker
