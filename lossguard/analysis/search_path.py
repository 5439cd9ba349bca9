"""Where the imports of a file are looked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lossguard.analysis.disk import FILE, FOLDER, NOTHING, Disk

MAX_ROOTS = 8
_PROJECT_MARKS = (".git", "pyproject.toml", "setup.py", "setup.cfg")


class SearchPath:
    """Finds what the modules of a project are called from the disk.

    top: the folder that holds everything that is checked.
    """

    def __init__(self, disk: Disk, top: Path) -> None:
        self._disk = disk
        self._top = top

    def roots(self, folder: Path) -> tuple[Path, ...]:
        """Where absolute imports are looked for: beside the file, and above it up to the project's root.

        That is the folder with the project's own files; without one, the folder above the package, or the
        one that holds everything that is checked. Packages come last: Python looks into one only where a
        script is run in it.
        """
        return self._disk.answer_within(("roots", self._top, folder), lambda: self._roots_of(folder))

    def _roots_of(self, folder: Path) -> tuple[Path, ...]:
        own, *above = self._upwards(folder)
        beside = (above or [own])[-1] / "src"
        above += [beside] if self._disk.kind(beside) == FOLDER else []
        return (own, *sorted(above, key=self._is_package))

    def _upwards(self, folder: Path) -> Iterator[Path]:
        yield folder
        for _ in range(MAX_ROOTS - 1):
            if not self.goes_on_above(folder):
                return
            folder = folder.parent
            yield folder

    def places(self, folder: Path, name: str, level: int) -> tuple[Path, ...]:
        """Where an import of this name, with so many dots in front, is looked for."""
        if level:
            return (Path(*folder.parts[: len(folder.parts) - level + 1]),)
        return (*self.roots(folder), *self._above_namesake(folder, name))

    def _above_namesake(self, folder: Path, name: str) -> Iterator[Path]:
        """The folder above one of those that are checked where an import in it begins with its own name."""
        first = name.partition(".")[0]
        for each in (folder, *folder.parents):
            if each.name == first and (each == self._top or self._top in each.parents):
                yield each.parent

    def module(self, root: Path, name: str) -> Path | None:
        """The file or the folder of a dotted module name below ``root``; a program may ask by any text."""
        return self._disk.answer_within(("module", root, name), lambda: self._module(root, name))

    def _module(self, root: Path, name: str) -> Path | None:
        parts = name.split(".") if name else []
        if not all(part.isidentifier() for part in parts):
            return None
        base: Path = root.joinpath(*parts)
        beside: tuple[Path, ...] = (base.with_name(base.name + ".py"),) if base.name else ()
        for candidate in (*beside, base / "__init__.py"):
            if self._disk.kind(candidate) == FILE:
                return candidate
        return base if name and self._disk.holds_python(base) else None

    def goes_on_above(self, folder: Path) -> bool:
        """Whether the folder above belongs to the project too."""
        return self._disk.answer_within(("above", self._top, folder), lambda: self._goes_on_above(folder))

    def _goes_on_above(self, folder: Path) -> bool:
        if self._is_root(folder):
            return False
        return (
            self._is_package(folder) or self._top in folder.parents or any(map(self._is_root, folder.parents))
        )

    def _is_package(self, folder: Path) -> bool:
        return self._disk.kind(folder / "__init__.py") != NOTHING

    def _is_root(self, folder: Path) -> bool:
        """Whether a project begins in a folder."""
        return any(self._disk.kind(folder / mark) != NOTHING for mark in _PROJECT_MARKS)
