"""Which files the paths on a command line stand for."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from lossguard.config import DEFAULT_EXCLUDE

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

SUFFIXES = (".py", ".ipynb")
_PLAIN = re.compile(r"[\w.-]+")


class Patterns:
    """Patterns as in a ``.gitignore``, relative to a directory."""

    def __init__(self, base: str, lines: tuple[str, ...]) -> None:
        self.base = base
        self.lines = lines

    @cached_property
    def spec(self) -> GitIgnoreSpec:
        """The patterns, compiled.

        Raises ValueError for one that is malformed.
        """
        from pathspec import GitIgnoreSpec

        return GitIgnoreSpec.from_lines(self.lines)

    @cached_property
    def names(self) -> frozenset[str] | None:
        """The patterns, where each is a plain name, wherever it stands; None where one is not."""
        return frozenset(self.lines) if all(map(_PLAIN.fullmatch, self.lines)) else None

    def covers(self, path: str) -> bool:
        """Whether the path lies below the directory."""
        return path.startswith(self.base.rstrip(os.sep) + os.sep)

    def decide(self, path: str, *, directory: bool = False) -> bool | None:
        """Whether the path matches; None where no pattern says anything of it."""
        if not self.covers(path):
            return None
        relative = path[len(self.base) :].strip(os.sep).replace(os.sep, "/")
        if self.names is not None:
            return None if self.names.isdisjoint(relative.split("/")) else True
        return self.spec.check_file(relative + "/" if directory else relative).include


def patterns(lines: Iterable[str], base: str | os.PathLike[str]) -> Patterns:
    """Compile patterns.

    Raises ValueError for one that is malformed.
    """
    made = Patterns(os.path.abspath(base), tuple(lines))
    if made.lines != DEFAULT_EXCLUDE:
        _ = made.spec
    return made


def discover(
    paths: Iterable[str | os.PathLike[str]],
    exclude: Patterns,
    failed: Callable[[OSError], None],
    *,
    force: bool = False,
) -> list[Path]:
    """List the files to check, each once: the files given, and Python files and notebooks in directories.

    Below a directory ``exclude`` and every ``.gitignore`` hold, and links to directories are not followed.
    ``force``: what ``exclude`` matches is left out even where it was asked for by name.
    ``failed`` is told of directories that cannot be read. Raises OSError for a path that does not exist.
    """
    found: dict[str, bool] = {}
    for path in paths:
        start = os.path.abspath(path)
        if force and exclude.decide(start, directory=os.path.isdir(start)):
            os.lstat(path)
        elif os.path.isdir(start):
            found.update(_files_below(start, exclude, failed))
        else:
            os.lstat(path)
            found[start] = os.path.islink(start)
    links = {file for file, is_link in found.items() if is_link}
    targets = {os.path.realpath(file) for file in found if file not in links} if links else set()
    return [Path(file) for file in found if file not in links or os.path.realpath(file) not in targets]


def _files_below(
    start: str, exclude: Patterns, failed: Callable[[OSError], None]
) -> Iterator[tuple[str, bool]]:
    """The files below a directory, each with whether it is a link."""
    # A directory that was asked for by name is checked even where its name is excluded or ignored.
    if not exclude.covers(start) or exclude.decide(start, directory=True):
        exclude = Patterns(start, exclude.lines)
    above = _ignores_above(start)
    waiting = [(start, () if _excluded(start, above, directory=True) else above)]
    while waiting:
        directory, rules = waiting.pop()
        try:
            with os.scandir(directory) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError as error:
            failed(error)
            continue
        if any(entry.name == ".gitignore" for entry in entries):
            rules = (*rules, *_ignores_in(directory))
        in_force = (*rules, exclude)
        for entry in entries:
            if entry.name.endswith(SUFFIXES) and not _excluded(entry.path, in_force) and _is_file(entry):
                yield entry.path, entry.is_symlink()
        waiting.extend(
            (entry.path, rules)
            for entry in reversed(entries)
            if entry.is_dir(follow_symlinks=False) and not _excluded(entry.path, in_force, directory=True)
        )


def _is_file(entry: os.DirEntry[str]) -> bool:
    """Whether an entry is a regular file, or a link to one; a link that leads in a circle is none."""
    try:
        return entry.is_file()
    except OSError:
        return False


def _excluded(path: str, in_force: tuple[Patterns, ...], *, directory: bool = False) -> bool:
    """Whether a path is left out: the last patterns that say anything of it decide."""
    decisions = (rules.decide(path, directory=directory) for rules in reversed(in_force))
    return next((decision for decision in decisions if decision is not None), False)


def _ignores_above(directory: str) -> tuple[Patterns, ...]:
    """Return what the ``.gitignore`` files between a directory and its repository's root say, root first."""
    above: tuple[Patterns, ...] = ()
    while not os.path.exists(os.path.join(directory, ".git")):
        directory, below = os.path.dirname(directory), directory
        if directory == below:
            return ()
        above = (*_ignores_in(directory), *above)
    return above


def _ignores_in(directory: str) -> tuple[Patterns, ...]:
    try:
        text = Path(directory, ".gitignore").read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return ()
    lines = [line for line in text.splitlines() if _is_pattern(line)]
    return (patterns(lines, directory),) if lines else ()


def _is_pattern(line: str) -> bool:
    try:
        return bool(Patterns("", (line,)).spec)
    except ValueError:
        return False
