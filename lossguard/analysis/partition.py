"""Divides files into programs that share nothing, so that each can be analysed on its own.

Imports are read by their first name and without parsing: what could be imported is taken to be. A program
is therefore never divided, but two may be held to be one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path

from lossguard.analysis.disk import Disk, common_folder
from lossguard.analysis.import_lines import import_lines
from lossguard.analysis.search_path import SearchPath
from lossguard.analysis.source import SourceError, SourceFile, read

MOST_UNLISTED = 2_000


def programs(sources: Sequence[SourceFile]) -> list[tuple[SourceFile, ...]]:
    """The sources, divided; the largest program first."""
    graph = _Graph({source.file for source in sources if source.file is not None})
    for source in sources:
        if source.file is None or not graph.add(source):
            return [tuple(sources)]
    divided: dict[str, list[SourceFile]] = {}
    roots = graph.roots()
    for source in sources:
        divided.setdefault(roots[str(source.file)], []).append(source)
    return sorted(map(tuple, divided.values()), key=_size, reverse=True)


def _size(program: Sequence[SourceFile]) -> int:
    return sum(len(source.text) for source in program)


class _Graph:
    """Files, and folders that are reached as a whole, joined where one may import the other."""

    def __init__(self, listed: AbstractSet[Path]) -> None:
        self._listed = listed
        self._path = SearchPath(Disk(), common_folder(listed))
        self._parent: dict[str, str] = {}
        self._files: set[str] = set()
        self._whole: set[str] = set()
        self._targets: dict[tuple[str, str], tuple[str, ...]] = {}
        self._unlisted = 0

    def add(self, source: SourceFile) -> bool:
        """Add a file, and those that it imports; False where there is too much of that."""
        waiting = [source]
        while waiting:
            current = waiting.pop()
            file = str(current.file)
            if file in self._files:
                continue
            self._files.add(file)
            for target in self._imported(current):
                self._join(file, target)
                waiting.extend(self._not_listed(target))
            if self._unlisted > MOST_UNLISTED:
                return False
        return True

    def roots(self) -> dict[str, str]:
        """What stands for the program of each file."""
        for file in self._files:
            folder = os.path.dirname(file)
            while (above := os.path.dirname(folder)) != folder:
                if folder in self._whole:
                    self._join(file, folder)
                folder = above
        return {file: self._root(file) for file in self._files}

    def _imported(self, source: SourceFile) -> Iterator[str]:
        assert source.file is not None
        folder = source.file.parent
        for line in import_lines(source.text):
            first = line.name.partition(".")[0]
            for root in self._path.places(folder, line.level):
                yield from self._at(str(root), first)

    def _at(self, folder: str, name: str) -> tuple[str, ...]:
        """The file and the folder that a name means there."""
        if (folder, name) not in self._targets:
            base = os.path.join(folder, name) if name else folder
            file = f"{base}.py"
            is_folder = os.path.isdir(base)
            if is_folder:
                self._whole.add(base)
            there = (file,) * os.path.isfile(file) + (base,) * is_folder
            self._targets[folder, name] = there
        return self._targets[folder, name]

    def _not_listed(self, target: str) -> Iterator[SourceFile]:
        """The files of a target that are not checked, the first time that they are asked for."""
        if target in self._whole and target not in self._files:
            self._files.add(target)
            found = [os.path.join(at, name) for at, _, names in os.walk(target) for name in names]
        else:
            found = [target]
        for file in found:
            if file.endswith(".py") and file not in self._files and Path(file) not in self._listed:
                self._unlisted += 1
                try:
                    yield read(file)
                except SourceError:
                    continue

    def _root(self, node: str) -> str:
        while (parent := self._parent.get(node, node)) != node:
            self._parent[node] = self._parent.get(parent, parent)
            node = parent
        return node

    def _join(self, one: str, other: str) -> None:
        self._parent[self._root(one)] = self._root(other)
