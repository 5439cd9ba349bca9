"""Finds what is put into a registry from outside: ``@HEADS.register_module`` over a class of another file.

Python executes the packages around a module before the module itself, and what they import. So whoever gets
hold of a registry finds in it what these files have put there, though the module that defines the registry
never names them. The files are followed without parsing; only those that decorate with the registry are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from lossguard.analysis.disk import FILE
from lossguard.analysis.import_lines import import_lines
from lossguard.analysis.index import Unit
from lossguard.analysis.project import Module, Project
from lossguard.analysis.source import SourceError

MAX_FILES: Final = 300
"""How many files are followed for one registry."""


class Registries:
    """Finds what is put into the registries of one project."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._targets: dict[Path, tuple[Path, ...]] = {}

    def registrations(self, module: Module, name: str) -> Iterator[tuple[Module, Unit]]:
        """The functions and classes that are decorated with a variable of a module, or its method."""
        decorates = re.compile(rf"^[ \t]*@(?:\w+\.)*{re.escape(name)}\b", re.MULTILINE)
        for file, text in self._imported_around(module):
            if name not in text or decorates.search(text) is None:
                continue
            loaded = self._project.load(file)
            for unit in loaded.index.units if loaded is not None else ():
                if unit.decorated and name in unit.mentioned_at_import:
                    assert loaded is not None
                    yield loaded, unit

    def _imported_around(self, module: Module) -> Iterator[tuple[Path, str]]:
        """The files, with their texts, that the packages around a module import."""
        packages = _packages(self._project, module)
        if not packages:
            return
        waiting, known = list(packages), set(packages)
        while waiting and len(known) <= MAX_FILES:
            file = waiting.pop(0)
            try:
                text = self._project.text(file)
            except SourceError:
                continue
            yield file, text
            if file not in self._targets:
                self._targets[file] = tuple(_imported(self._project, file, text))
            for target in self._targets[file]:
                if target not in known and packages[-1].parent in target.parents:
                    known.add(target)
                    waiting.append(target)


def _packages(project: Project, module: Module) -> list[Path]:
    """The files of the packages that a module is in, the outermost last."""
    file = module.source.file
    found: list[Path] = []
    if file is None:
        return found
    for folder in file.parents:
        package = project.below(folder, "__init__", file)
        if package is None or project.disk.kind(package) != FILE:
            break
        found.append(package)
    return found


def _imported(project: Project, file: Path, text: str) -> Iterator[Path]:
    """The files that the imports of a file may execute: those of the packages on the way, and the last."""
    for line in import_lines(text):
        parts = line.name.split(".") if line.name else []
        for place in project.path.places(file.parent, line.name, line.level):
            for count in range(len(parts) + 1):
                yield from _file(project, file, place, ".".join(parts[:count]))
    if file.name == "__init__.py" and (package := project.load(file)) is not None:
        for item in package.index.imports.values():  # ``from . import heads``
            folder = project.resolve(file, item.module, item.level)
            if folder is not None and item.attribute is not None:
                yield from _file(project, file, folder.parent, item.attribute)


def _file(project: Project, by: Path, place: Path, name: str) -> Iterator[Path]:
    target = project.below(place, name, by)
    if target is not None and project.disk.kind(target) == FILE:
        yield target
