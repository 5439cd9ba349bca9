"""What an analysis reads beside the files that it is given; only what reads a file takes time to load."""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

if TYPE_CHECKING:
    from lossguard.analysis.seen import Seen
    from lossguard.analysis.source import SourceFile

_T = TypeVar("_T")
FILE, FOLDER, NOTHING = "file", "folder", ""
_ANY_PYTHON = "*.py"
Look: TypeAlias = tuple[str, str]
"""A folder, and a name that is looked for in it."""


class Disk:
    """Reads files and looks for names in folders, each once, and remembers what it found.

    digests: of the files that were read, empty where that was not possible.
    """

    def __init__(self) -> None:
        self._folders: dict[str, dict[str, str]] = {}
        self._answers: dict[Hashable, tuple[Any, frozenset[Look]]] = {}
        self._looks: set[Look] = set()
        self._read: set[str] = set()
        self.digests: dict[str, str] = {}

    @contextmanager
    def _looking(self) -> Iterator[set[Look]]:
        """Collect what is looked for."""
        outer, self._looks = self._looks, set()
        try:
            yield self._looks
        finally:
            outer |= self._looks
            self._looks = outer

    def answer(self, question: Hashable, find: Callable[[], _T]) -> _T:
        """What ``find`` gives, which is called once."""
        if question not in self._answers:
            with self._looking() as looks:
                found = find()
            self._answers[question] = found, frozenset(looks)
        answer: _T = self._answers[question][0]
        return answer

    def looks_for(self, question: Hashable) -> frozenset[Look]:
        """What was looked for to answer a question."""
        return self._answers[question][1]

    def answer_within(self, question: Hashable, find: Callable[[], _T]) -> _T:
        """The same as a part of another question: what it looks for counts as looked for each time."""
        answer = self.answer(question, find)
        self._looks |= self.looks_for(question)
        return answer

    def found(self, looks: Iterable[Look]) -> Mapping[str, Mapping[str, str]]:
        """What was found, as ``Seen`` has it."""
        names: dict[str, dict[str, str]] = {}
        for folder, name in sorted(looks):
            names.setdefault(folder, {})[name] = self._folders[folder].get(name, NOTHING)
        return names

    def taken(self) -> Seen:
        """What was found since this was last asked."""
        from lossguard.analysis.seen import Seen

        seen = Seen({file: self.digests[file] for file in self._read}, self.found(self._looks))
        self._read, self._looks = set(), set()
        return seen

    def read(self, file: Path) -> SourceFile:
        """Read a file.

        Raises SourceError where that is not possible.
        """
        from lossguard.analysis.source import read

        self._read.add(str(file))
        self.digests[str(file)] = ""
        source = read(file)
        self.digests[str(file)] = source.digest
        return source

    def kind(self, path: Path) -> str:
        """What stands at a path."""
        return self._look(*os.path.split(str(path)))

    def holds_python(self, folder: Path) -> bool:
        """Whether there is a Python file in a folder."""
        return self._look(str(folder), _ANY_PYTHON) == FILE

    def _look(self, folder: str, name: str) -> str:
        if folder not in self._folders:
            self._folders[folder] = names_in(folder)
        names = self._folders[folder]
        if not names:
            above, own = os.path.split(folder)
            if own and self._look(above, own) != FOLDER:
                return NOTHING  # which holds for as long as there is no such folder
        self._looks.add((folder, name))
        return names.get(name, NOTHING)


def names_in(folder: str) -> dict[str, str]:
    """What stands in a folder, and ``*.py`` where that is any Python file."""
    found = entries(folder)
    return {**found, _ANY_PYTHON: FILE} if any(name.endswith(".py") for name in found) else found


def entries(folder: str) -> dict[str, str]:
    """What stands in a folder, by name; nothing where there is none."""
    try:
        with os.scandir(folder) as found:
            return {entry.name: FOLDER if entry.is_dir() else FILE for entry in found}
    except OSError:
        return {}


def common_folder(files: Iterable[Path]) -> Path:
    """The folder that holds all of the files."""
    folders = [str(file.parent) for file in files]
    return Path(os.path.commonpath(folders)) if folders else Path.cwd()
