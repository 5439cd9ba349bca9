"""The files of a project: loading, the meaning of imports, and which names lead to a loss.

Nothing here evaluates code, and libcst is not loaded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from lossguard.analysis import index, ir
from lossguard.analysis.dependencies import Asker, Aspect, Dependencies, Use, leading_names
from lossguard.analysis.disk import FILE, FOLDER, Disk, common_folder
from lossguard.analysis.domain import Value
from lossguard.analysis.imported import imports_in
from lossguard.analysis.index import Unit
from lossguard.analysis.places import Place, Range
from lossguard.analysis.search_path import SearchPath
from lossguard.analysis.source import SourceError, SourceFile
from lossguard.analysis.standalone import standalone
from lossguard.analysis.usage import telling_methods
from lossguard.analysis.vocabulary import Vocabulary

if TYPE_CHECKING:
    from lossguard.analysis.interpreter.machine import Frame

MAX_MODULES = 1_000
MAX_TEXT_OF_TREES = 1_000_000
"""Bytes of text of imported modules whose trees are kept while it is told what leads to a loss."""
_DEFINITION = re.compile(r"\n(?:async def|def|class) (\w+)")
MAX_HOPS = 4
"""How often a name is handed on from one module to the next."""
_FRAME_NUMBERS = count(1)
_EXTERNAL_ROOTS = frozenset(
    {"torch", "numpy", "torchvision", "typing", "collections", "functools", "lossguard"}
)


@dataclass(eq=False)
class Module:
    """One file of the project.

    state: whether its top-level statements have been executed.
    executed: where those begin that have been.
    excerpts: the source text of places, as messages give it.
    """

    name: str
    source: SourceFile
    index: index.ModuleIndex
    state: str = "loaded"
    codes: dict[str, Value] = field(default_factory=dict)
    executed: set[Range] = field(default_factory=set)
    excerpts: dict[Range, str] = field(default_factory=dict)

    @cached_property
    def frame(self) -> Frame:
        """The global variables, as far as statements have been executed."""
        from lossguard.analysis.interpreter.machine import Frame

        return Frame(self, -next(_FRAME_NUMBERS), self.name)

    def as_main(self) -> Module:
        """The same module as it is run as a script: beside the one that is imported."""
        return Module(self.name, self.source, self.index)

    @cached_property
    def standalone(self) -> dict[str, Unit]:
        """The statements that can be executed alone, by the name that they settle."""
        return standalone(self.index)

    @cached_property
    def methods(self) -> Mapping[str, tuple[Unit, ...]]:
        """The methods by which a use tells a class of the module from all others."""
        return telling_methods(self.index.units)

    def lines_with(self, word: str) -> frozenset[int]:
        """The numbers of the lines that have a word."""
        alone = re.compile(rf"\b{re.escape(word)}\b")
        return frozenset(number for number, line in enumerate(self.index.lines, 1) if alone.search(line))

    def text(self, at: Range) -> str:
        """The source text of a range."""
        lines = self.index.lines[at.line - 1 : at.end_line]
        if not lines:
            return ""
        lines[-1] = lines[-1][: at.end_column - 1]
        lines[0] = lines[0][at.column - 1 :]
        return "\n".join(lines)


class _Hop(NamedTuple):
    """The file and the name that an import in another file means, and on whose behalf that is asked."""

    by: Path
    file: Path
    name: str | None
    asker: Asker
    use: Use


class Project:
    """The files that are checked, and those that they import.

    sources: files already read.
    vocabulary: what is a loss by its name.
    disk: where everything else is read from.
    top: the folder that holds everything that is checked; that of the sources where None.
    held: the bytes of text of the modules that were imported.
    """

    def __init__(
        self,
        sources: Iterable[SourceFile],
        vocabulary: Vocabulary | None = None,
        top: Path | None = None,
        disk: Disk | None = None,
    ) -> None:
        self.disk = disk or Disk()
        self.vocabulary = vocabulary or Vocabulary()
        self._given = {source.file: source for source in sources if source.file is not None}
        self.top = top or common_folder(self._given)
        self.dependencies = Dependencies(self.disk)
        self.path = SearchPath(self.disk, self.top)
        self._leading: dict[Path | str, frozenset[str]] = {}
        self._defined: dict[Path, dict[str, int]] = {}
        self._named: dict[Path | str, frozenset[str]] = {}
        self._sources_of_names: dict[Aspect, ir.Import | Path | None] = {}
        self.forget()

    def forget(self) -> None:
        """Forget every module; what was told by their texts, which takes little room, stays known."""
        self.dependencies.forget()
        self._sources = dict(self._given)
        self._modules: dict[Path, Module | None] = {}
        self._imported: set[Path] = set()
        self._with_trees: list[Module] = []
        self._text_of_trees = 0
        self._loads = 0
        self.held = 0

    # Loading

    def add(self, source: SourceFile) -> Module:
        """Load a file that is checked.

        Raises ``SourceError`` where it cannot be parsed.
        """
        known = None if source.file is None else self._modules.get(source.file)
        if known is not None and known.source.utf8 == source.utf8:
            return known
        name = source.file.stem if source.file is not None else source.path
        module = Module(name, source, index.build(source))
        if source.file is not None:
            self._modules[source.file] = module
        return module

    def load(self, file: Path) -> Module | None:
        """The module in a file, None where it cannot be read or parsed."""
        if file not in self._modules:
            if self._loads >= MAX_MODULES:
                return None
            self._loads += 1
            self._modules[file] = None
            try:
                source = self._read(file)
                self._modules[file] = module = Module(file.stem, source, index.build(source))
                if self._seeds(source) and self._text_of_trees < MAX_TEXT_OF_TREES:
                    self._with_trees.append(module)
                    self._text_of_trees += len(source.utf8)
                else:
                    module.index.forget()
            except SourceError:
                pass
        known = self._modules[file]
        if known is not None and file not in self._imported:
            self._imported.add(file)
            self.held += len(known.source.utf8)
        return known

    def text(self, file: Path) -> str:
        """The text of a file.

        Raises SourceError where it cannot be read.
        """
        return self._read(file).text

    def _read(self, file: Path) -> SourceFile:
        if file not in self._sources:
            self._sources[file] = self.disk.read(file)
        return self._sources[file]

    def is_folder(self, path: Path) -> bool:
        """Whether what an import means is a folder without an ``__init__.py``."""
        return self.disk.kind(path) == FOLDER

    # Imports

    def resolve(self, file: Path | None, name: str, level: int) -> Path | None:
        """The file that ``import name`` in a file means, None where it lies outside the project."""
        return None if file is None else self._resolved(file, name, level, file, Use.PASSING)

    def _resolved(self, file: Path, name: str, level: int, by: Asker, use: Use) -> Path | None:
        if level == 0 and name.partition(".")[0] in _EXTERNAL_ROOTS:
            return None
        question = file.parent, name, level
        return self.dependencies.answer(question, lambda: self._find(file, name, level), by, use=use)

    def _find(self, file: Path, name: str, level: int) -> Path | None:
        """What an import means; a folder without an ``__init__.py`` only where nothing else has the name."""
        if level:
            start = file.parent
            for _ in range(level - 1):
                if not self.path.goes_on_above(start):
                    return None
                start = start.parent
            return self.path.module(start, name)
        folder = None
        for root in self.path.places(file.parent, name, 0):
            found = self.path.module(root, name)
            if found is not None and not self.is_folder(found):
                return found
            folder = folder or found
        return folder

    def definition(self, file: Path | None, item: ir.Import) -> Place | None:
        """Where the definition begins of a function or a class that an import in a file means.

        That is told by the text; None for anything else, and for what the file defines itself.
        """
        if file is None:
            return None
        for hop in self._handed_on(file, item, file, Use.PASSING):
            if hop.name is None or hop.file == hop.by:
                return None
            line = self._defined_at(hop.file, hop.name)
            if line is not None:
                return str(hop.file), Range(line, 1, line, 1)
        return None

    def _handed_on(self, by: Path, item: ir.Import, asker: Asker, use: Use) -> Iterator[_Hop]:
        """What an import means, on whose behalf this is asked; then the same of what that hands on."""
        following: ir.Import | Path | None = item
        for _ in range(MAX_HOPS):
            if not isinstance(following, ir.Import):
                return
            file = self._resolved(by, following.module, following.level, asker, use)
            if file is None or self.disk.kind(file) != FILE:
                return
            name = following.attribute
            yield _Hop(by, file, name, asker, use)
            following = self._source_of(file, name, asker, use)
            by, asker = file, (str(file), name or "")
            use = Use.LASTING if use is Use.OWN else use

    def _source_of(self, file: Path, name: str | None, asker: Asker, use: Use) -> ir.Import | Path | None:
        """Where a file has a name from: an import, or a module of its package; None for anything else."""
        if name is None or not self._worth_loading(file):
            return None
        aspect = str(file), name
        if aspect not in self._sources_of_names:
            self._sources_of_names[aspect] = self._found_source(file, name, aspect)
        source = self._sources_of_names[aspect]
        if source is not None or file.name == "__init__.py":
            self.dependencies.link(asker, aspect, use)
        return source

    def _found_source(self, file: Path, name: str, by: Asker) -> ir.Import | Path | None:
        target = self.load(file)
        if target is None or name in target.index.definitions:
            return None
        if name in target.index.imports:
            return target.index.imports[name]
        if file.name != "__init__.py":
            return None
        found = self.below(file.parent, name, by, use=Use.LASTING)
        return found if found is not None and self.disk.kind(found) == FILE else None

    def _defined_at(self, file: Path, name: str) -> int | None:
        """The line at which a file defines a function or a class of this name; its text is not kept."""
        if file not in self._defined:
            is_kept = file in self._sources
            try:
                text = self._read(file).text
            except SourceError:
                text = ""
            self._defined[file] = dict(_definitions(text))
            if not is_kept:
                self._sources.pop(file, None)
        return self._defined[file].get(name)

    def below(self, folder: Path, name: str, *by: Asker, use: Use = Use.PASSING) -> Path | None:
        """The file or the folder of a module below a folder; ``by``: the files that it matters to."""
        return self.dependencies.answer((folder, name), lambda: self.path.module(folder, name), *by, use=use)

    def submodule(self, folder: Path, name: str) -> Path | None:
        """The file or the folder of a module below a folder, which may be a package."""
        return self.below(folder, name, folder, folder / "__init__.py")

    # What leads to a loss

    def leading(self, module: Module) -> frozenset[str]:
        """The names of a module that may lead to a loss, or nothing where none does."""
        if (file := module.source.file) is not None:
            self.dependencies.link(file, leading_names(file), Use.PASSING)
        return self._leading_of(module)

    def _leading_of(self, module: Module) -> frozenset[str]:
        place = module.source.file or module.source.path
        if place not in self._leading:
            self._leading[place] = frozenset()
            imported = self._imported_seeds(module)
            seeds = self._seeds(module.source) | imported
            self._leading[place] = module.index.reaching(seeds, makers=imported) if seeds else seeds
        return self._leading[place]

    def may_lead(self, source: SourceFile) -> bool:
        """Whether a file may lead to a loss, told by its text and what it imports; no is certain.

        This is asked of a file first: from here on it may import ``MAX_MODULES`` that are not loaded yet.
        """
        self._loads = 0
        if self._seeds(source):
            return True
        imports = imports_in(source.text)
        return imports is None or bool(self._handed(source, imports, Use.OWN))

    def _imported_seeds(self, module: Module) -> frozenset[str]:
        """The names that lead to a loss in the modules that they are imported from."""
        imports = (*module.index.imports.values(), *module.index.stars)
        seeds = self._handed(module.source, imports, Use.LASTING)
        return frozenset(seed for seed in seeds if any(u.mentions({seed}) for u in module.index.units))

    def _handed(self, source: SourceFile, imports: Iterable[ir.Import], use: Use) -> set[str]:
        """The words of a file that lead to a loss in one of the modules that are imported."""
        seeds: set[str] = set()
        if source.file is None:
            return seeds
        asker = source.file if use is Use.OWN else leading_names(source.file)
        for item in imports:
            file, name = self._origin(source.file, item, asker, use)
            if file is None or not self._names_loss(file):
                continue
            self.dependencies.link(asker, leading_names(file), use)
            leading = self._leading_in(file)
            if name in (None, "*"):
                target = self.load(file) if leading else None
                seeds |= leading & target.index.definitions.keys() if target is not None else set()
            elif name in leading:
                seeds.add(item.name)
        words = index.words(source.text) if seeds else None
        return seeds if words is None else seeds & words

    def _origin(self, by: Path, item: ir.Import, asker: Asker, use: Use) -> tuple[Path | None, str | None]:
        """The file and the name that an import means, re-exports followed; no file where it has no loss."""
        for hop in self._handed_on(by, item, asker, use):
            if not self._worth_loading(hop.file):
                break
            if hop.name is None or hop.name == "*":
                return hop.file, hop.name
            source = self._source_of(hop.file, hop.name, hop.asker, hop.use)
            if not isinstance(source, ir.Import):
                return (hop.file, hop.name) if source is None else (source, None)
        return None, None

    def _leading_in(self, file: Path) -> frozenset[str]:
        """The names of a file that may lead to a loss."""
        if file not in self._leading and (module := self.load(file)) is not None:
            return self._leading_of(module)
        return self._leading.get(file, frozenset())

    def _worth_loading(self, file: Path) -> bool:
        """Whether a file mentions a loss, or hands on what other files define."""
        return file.name == "__init__.py" or self._names_loss(file)

    def _names_loss(self, file: Path) -> bool:
        """Whether the name of a loss stands anywhere in a file."""
        if file not in self._named:
            try:
                self._seeds(self._read(file))
            except SourceError:
                self._named[file] = frozenset()
        return bool(self._named[file])

    def _seeds(self, source: SourceFile) -> frozenset[str]:
        place = source.file or source.path
        if place not in self._named:
            self._named[place] = self.vocabulary.seeds(source.text)
        return self._named[place]

    def forget_trees(self) -> None:
        """Let go of the syntax trees; what is evaluated is parsed again, one definition at a time."""
        while self._with_trees:
            self._with_trees.pop().index.forget()
        self._text_of_trees = 0

    def release(self, module: Module) -> None:
        """Forget a module that nothing has imported yet; it is loaded again should that change.

        Of one that is imported only the syntax trees are.
        """
        module.index.forget()
        if module.source.file is not None and module.source.file not in self._imported:
            self._modules.pop(module.source.file, None)


def _definitions(text: str) -> Iterator[tuple[str, int]]:
    """The functions and classes at the top of a text, and the lines at which they are defined."""
    line, before = 2, 0
    for each in _DEFINITION.finditer(text):
        line += text.count("\n", before, each.start())
        before = each.start()
        yield each.group(1), line
