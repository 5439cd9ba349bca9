"""Whether a program can meet a loss at all, told by words in its text and in that of what it imports.

Where the answer is no, nothing that evaluates code needs to be loaded. It is no only where it is certain.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Protocol

from lossguard.analysis.disk import FILE, FOLDER, Disk, common_folder, entries
from lossguard.analysis.import_lines import import_lines
from lossguard.analysis.search_path import SearchPath

MOST_FILES = 40
"""Imported files that are read for an answer; where there are more, a loss may be met."""

_WORDS = re.compile(
    r"loss|cross_?entropy|kl_?div|dice"
    r"|catalyst|fastai|ignite|poutyne|skorch|torchbearer|transformers",
    re.IGNORECASE,
)
"""What the name of every loss holds, or that of the library which calls one by another name."""


class Text(Protocol):
    """A program, and the file that it stands in, if any."""

    @property
    def text(self) -> str: ...  # noqa: D102

    @property
    def file(self) -> Path | None: ...  # noqa: D102


def names_loss(text: str, taught: Iterable[str] = ()) -> bool:
    """Whether a text can name a loss; ``taught``: the dotted names of those that a project teaches."""
    return _WORDS.search(text) is not None or any(name.rpartition(".")[2] in text for name in taught)


def may_meet_loss(
    sources: Sequence[Text],
    taught: Mapping[str, str],
    top: Path | None = None,
    reach: Reach | None = None,
) -> bool:
    """Whether one of the files, or what they import, can name a loss.

    top: the folder that holds everything that is checked; that of the sources where None.
    reach: what finds the files that they import, where it has been asked before.
    """
    if any(names_loss(source.text, taught) for source in sources):
        return True
    files = {source.file for source in sources if source.file is not None}
    reach = reach or Reach(top or common_folder(files))
    waiting: list[Text] = [source for source in sources if source.file is not None]
    while waiting:
        for file in set(reach.imported(waiting.pop())) - files:
            files.add(file)
            source = reach.read(file)
            if source is None:
                continue
            if len(files) > MOST_FILES + len(sources) or names_loss(source.text, taught):
                return True
            waiting.append(source)
    return False


class Reach:
    """Finds the files that a file may import."""

    def __init__(self, top: Path) -> None:
        self.disk = Disk()
        self._path = SearchPath(self.disk, top)
        self._entries = cache(entries)

    def read(self, file: Path) -> Text | None:
        """A file; None where it cannot be read."""
        from lossguard.analysis.source import SourceError

        try:
            return self.disk.read(file)
        except SourceError:
            return None

    def imported(self, source: Text) -> Iterator[Path]:
        """The files that a file may import: the modules that it names, and what these packages hold."""
        assert source.file is not None
        folder = source.file.parent
        words = set(re.findall(r"\w+", source.text))
        for line in set(import_lines(source.text)):
            for root in self._path.places(folder, line.name, line.level):
                yield from self._below(str(root), line.name, words)

    def _below(self, root: str, name: str, words: set[str]) -> Iterator[Path]:
        if not name:
            yield from self._held(root, words)
        for part in name.split(".") if name else ():
            there = self._entries(root)
            if there.get(f"{part}.py") == FILE:
                yield Path(root, f"{part}.py")
            if there.get(part) != FOLDER:
                return
            root = str(Path(root, part))
            yield from self._held(root, words)

    def _held(self, folder: str, words: set[str]) -> Iterator[Path]:
        """The file of a package itself, and those below it that the text has a word for."""
        for name, kind in self._entries(folder).items():
            stem, _, suffix = name.partition(".")
            if kind == FILE and suffix == "py" and (stem == "__init__" or stem in words):
                yield Path(folder, name)
            elif kind == FOLDER and name in words:
                below = str(Path(folder, name))
                yield from (Path(below, each) for each in self._entries(below) if each == "__init__.py")
