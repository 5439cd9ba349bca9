"""What an analysis reads beside the files that it is given, so that it is known when to do it again."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TypeAlias

from lossguard.analysis.source import SourceError, SourceFile, read

FILE, FOLDER, NOTHING = "file", "folder", ""
_ANY_PYTHON = "*.py"
Look: TypeAlias = tuple[str, str]
"""A folder, and a name that is looked for in it."""


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
        folders = all(
            kind == _kind(there, name)
            for folder, names in self.names.items()
            for there in [now.entries(folder)]
            for name, kind in names.items()
        )
        return folders and all(now.digest(file) == digest for file, digest in self.files.items())

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


class Disk:
    """Reads files and looks for names in folders, each once, and remembers what it found.

    digests: of the files that were read.
    """

    def __init__(self) -> None:
        self._files: dict[str, str] = {}
        self._names: dict[str, dict[str, str]] = {}
        self._folders: dict[str, dict[str, str]] = {}
        self._looks: set[Look] = set()
        self.digests: dict[str, str] = {}

    @contextmanager
    def looking(self) -> Iterator[set[Look]]:
        """Collect what is looked for."""
        outer, self._looks = self._looks, set()
        try:
            yield self._looks
        finally:
            outer |= self._looks
            self._looks = outer

    def look_again(self, looks: AbstractSet[Look]) -> None:
        """Count as looked for what has been before."""
        self._looks |= looks

    def found(self, looks: Iterable[Look]) -> Mapping[str, Mapping[str, str]]:
        """What was found, as ``Seen`` has it."""
        names: dict[str, dict[str, str]] = {}
        for folder, name in sorted(looks):
            names.setdefault(folder, {})[name] = _kind(self._folders[folder], name)
        return names

    def taken(self) -> Seen:
        """What was found since this was last asked."""
        seen = Seen(self._files, self._names)
        self._files, self._names = {}, {}
        return seen

    def read(self, file: Path) -> SourceFile:
        """Read a file.

        Raises SourceError where that is not possible.
        """
        self._files[str(file)] = ""
        source = read(file)
        self._files[str(file)] = self.digests[str(file)] = source.digest
        return source

    def kind(self, path: Path) -> str:
        """What stands at a path."""
        return self._look(str(path.parent), path.name)

    def holds_python(self, folder: Path) -> bool:
        """Whether there is a Python file in a folder."""
        return self._look(str(folder), _ANY_PYTHON) == FILE

    def _look(self, folder: str, name: str) -> str:
        if folder not in self._folders:
            self._folders[folder] = entries(folder)
        found = _kind(self._folders[folder], name)
        self._names.setdefault(folder, {})[name] = found
        self._looks.add((folder, name))
        return found


def _kind(entries: Mapping[str, str], name: str) -> str:
    if name == _ANY_PYTHON:
        return FILE if any(each.endswith(".py") for each in entries) else NOTHING
    return entries.get(name, NOTHING)


def entries(folder: str) -> dict[str, str]:
    """What stands in a folder, by name; nothing where there is none."""
    try:
        with os.scandir(folder) as found:
            return {entry.name: FOLDER if entry.is_dir() else FILE for entry in found}
    except OSError:
        return {}


class Now:
    """What stands on the disk; each folder and file is looked at once."""

    def __init__(self) -> None:
        self.entries = cache(entries)
        self.digest = cache(_digest)


def _digest(file: str) -> str:
    """The digest of a file; empty where it cannot be read."""
    try:
        return read(file).digest
    except SourceError:
        return ""


def common_folder(files: Iterable[Path]) -> Path:
    """The folder that holds all of the files."""
    folders = [str(file.parent) for file in files]
    return Path(os.path.commonpath(folders)) if folders else Path.cwd()
