"""What an analysis found on the disk, so that it is known when to do it again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache

from lossguard.analysis.disk import NOTHING, names_in
from lossguard.analysis.source import SourceError, read


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found on the disk.

    files: the digest of each file that was read, empty where it could not be.
    names: for each folder the names that were looked for in it, and what they were: a file, a folder, or
        nothing; ``*.py`` stands for any Python file.
    """

    files: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def still_holds(self, now: Now) -> bool:
        """Whether all of it would be found again."""
        return all(now.finds(*found) for found in self.names.items()) and all(
            now.digest(file) == digest for file, digest in self.files.items()
        )

    @classmethod
    def together(cls, parts: Iterable[Seen]) -> Seen:
        """What was found by several."""
        files: dict[str, str] = {}
        names: dict[str, dict[str, str]] = {}
        for part in parts:
            files.update(part.files)
            for folder, found in part.names.items():
                names.setdefault(folder, {}).update(found)
        return cls(files, names)


class Now:
    """What stands on the disk; each folder and file is looked at once."""

    def __init__(self) -> None:
        self._names_in = cache(names_in)
        self.digest = cache(_digest)

    def finds(self, folder: str, names: Mapping[str, str]) -> bool:
        """Whether these names mean this in a folder."""
        there = self._names_in(folder)
        return [there.get(name, NOTHING) for name in names] == list(names.values())


def _digest(file: str) -> str:
    """The digest of a file; empty where it cannot be read."""
    try:
        return read(file).digest
    except SourceError:
        return ""
