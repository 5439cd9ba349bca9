"""Modules, imports and classes across files; a module is loaded when it is first needed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from lossguard.analysis import index, ir, lower
from lossguard.analysis.domain import Code, External, Literally, Symbol, Unknown, Value, constant, of
from lossguard.analysis.interpreter.execution import Flow, Interpreter
from lossguard.analysis.interpreter.machine import Arguments, Frame, LimitReached, Machine, Site
from lossguard.analysis.interpreter.records import ClassCode, FunctionCode
from lossguard.analysis.source import SourceError, SourceFile, read

MAX_MODULES = 400
_PROJECT_MARKS = (".git", "pyproject.toml", "setup.py", "setup.cfg")
_EXTERNAL_ROOTS = frozenset({"torch", "numpy", "torchvision", "typing", "collections", "functools"})


@dataclass(eq=False)
class Module:
    """One file of the project.

    frame: its global variables, as far as statements have been executed.
    state: whether its top-level statements have been executed.
    """

    name: str
    source: SourceFile
    index: index.ModuleIndex
    frame: Frame = field(init=False)
    state: str = "loaded"
    codes: dict[str, Value] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.frame = Frame(self, 0, self.name)

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the text."""
        return self.source.text.split("\n")

    def text(self, at: ir.Range) -> str:
        """The source text of a range."""
        lines = self.lines[at.line - 1 : at.end_line]
        if not lines:
            return ""
        lines[-1] = lines[-1][: at.end_column - 1]
        lines[0] = lines[0][at.column - 1 :]
        return "\n".join(lines)


class Program:
    """The files that are checked, and those that they import.

    sources: files already read, by absolute path.
    """

    def __init__(self, sources: Iterable[SourceFile]) -> None:
        self._sources = {source.file: source for source in sources if source.file is not None}
        self._modules: dict[Path, Module | None] = {}
        self._resolved: dict[tuple[Path, str, int], Path | None] = {}
        self._roots: dict[Path, tuple[Path, ...]] = {}

    # Loading

    def add(self, source: SourceFile) -> Module:
        """Load a file that is checked.

        Raises ``SourceError`` where it cannot be parsed.
        """
        if source.file is not None and self._modules.get(source.file) is not None:
            return self._modules[source.file]  # type: ignore[return-value]
        name = source.file.stem if source.file is not None else source.path
        module = Module(name, source, index.build(source))
        if source.file is not None:
            self._modules[source.file] = module
        return module

    def _load(self, file: Path) -> Module | None:
        if file not in self._modules:
            if len(self._modules) >= MAX_MODULES:
                return None
            self._modules[file] = None
            try:
                source = self._sources.get(file) or read(file)
                self._modules[file] = Module(file.stem, source, index.build(source))
            except SourceError:
                pass
        return self._modules[file]

    # Imports

    def resolve(self, module: Module, name: str, level: int) -> Path | None:
        """The file that ``import name`` in ``module`` means, None where it lies outside the project."""
        file = module.source.file
        if file is None or (level == 0 and name.partition(".")[0] in _EXTERNAL_ROOTS):
            return None
        key = (file.parent, name, level)
        if key not in self._resolved:
            self._resolved[key] = self._find(file, name, level)
        return self._resolved[key]

    def _find(self, file: Path, name: str, level: int) -> Path | None:
        if level:
            start = file.parent
            for _ in range(level - 1):
                start = start.parent
            return _module_file(start, name)
        for root in self._search_path(file.parent):
            found = _module_file(root, name)
            if found is not None:
                return found
        return None

    def _search_path(self, folder: Path) -> tuple[Path, ...]:
        """Where absolute imports are looked for: beside the file, and above it up to the project's root."""
        if folder not in self._roots:
            roots = [folder]
            current = folder
            while not any((current / mark).exists() for mark in _PROJECT_MARKS) and len(roots) < 8:
                if current.parent == current or not _inside_project(current):
                    break
                current = current.parent
                roots.append(current)
            roots.extend([root / "src" for root in roots[-1:] if (root / "src").is_dir()])
            self._roots[folder] = tuple(roots)
        return self._roots[folder]

    def execute_import(self, machine: Machine, statement: ir.Import, frame: Frame) -> None:
        """Bind what an import statement inside a function or a block imports."""
        if statement.attribute == "*":
            target = self._module(frame.module, statement.module, statement.level)
            if isinstance(target, Module):
                for name in {*target.index.definitions, *target.index.imports, *target.index.assigned}:
                    value = None if name.startswith("_") else self.member(machine, target, name, missing=False)
                    if value is not None:
                        frame.variables.set(name, value)
            return
        frame.variables.set(statement.name, self.imported(machine, frame.module, statement))

    def imported(self, machine: Machine, module: Module, item: ir.Import) -> Value:
        """What an import binds."""
        target = self._module(module, item.module, item.level)
        if item.attribute is None:
            return of(Code("module", target)) if target is not None else of(External(item.module))
        if target is not None:
            return self.member(machine, target, item.attribute)
        dotted = f"{item.module}.{item.attribute}" if item.module else item.attribute
        return of(External("." * item.level + dotted))

    def _module(self, module: Module, name: str, level: int) -> Module | Path | None:
        found = self.resolve(module, name, level)
        if found is None:
            return None
        return found if found.is_dir() else self._load(found)

    def names_from(self, module: Module, wanted: Set[tuple[Path | None, str]]) -> frozenset[str]:
        """The names that ``module`` imports, or reaches through an imported module, and that are wanted."""
        names = {name for name, item in module.index.imports.items() if self._origin(module, item) in wanted}
        for item in (*module.index.imports.values(), *module.index.stars):
            file = self.resolve(module, item.module, item.level)
            if file is not None and item.attribute in (None, "*"):
                names.update(name for path, name in wanted if path == file)
        mentioned = frozenset[str]().union(*(unit.identifiers for unit in module.index.units))
        return frozenset(names & mentioned)

    def _origin(self, module: Module, item: ir.Import) -> tuple[Path | None, str]:
        """The file and the name that an import means, re-exports followed."""
        name = item.attribute or item.module
        for _ in range(4):
            file = self.resolve(module, item.module, item.level)
            target = self._load(file) if file is not None and file.is_file() else None
            if target is None:
                return None, name
            module, name = target, item.attribute or ""
            following = target.index.imports.get(name)
            if following is None or name in target.index.definitions:
                return file, name
            item = following
        return None, name

    # Members

    def member(
        self, machine: Machine, module: Module | Path, name: str, missing: bool = True
    ) -> Value | None:
        """A global variable of a module, or a module of a package.

        Gives an unknown value where there is none, or None if not ``missing``.
        """
        if isinstance(module, Path):
            return self._submodule(module, name) or _missing(str(module), name)
        value = module.frame.variables.get(name) or self._defined(machine, module, name)
        if value is None and missing:
            package = module.source.file
            if package is not None and package.name == "__init__.py":
                value = self._submodule(package.parent, name)
            value = value or _missing(module.name, name)
        return value

    def _submodule(self, folder: Path, name: str) -> Value | None:
        file = _module_file(folder, name)
        if file is None:
            return None
        target = file if file.is_dir() else self._load(file)
        return of(Code("module", target)) if target is not None else None

    def _defined(self, machine: Machine, module: Module, name: str) -> Value | None:
        if name in module.codes:
            return module.codes[name]
        unit = module.index.definitions.get(name)
        if name == "__name__":
            return constant("__main__" if module.state == "main" else module.name)
        if unit is not None:
            return self.bind_unit(machine, module, unit)
        item = module.index.imports.get(name)
        if item is not None:
            module.codes[name] = _missing(module.name, name)
            module.codes[name] = self.imported(machine, module, item)
            return module.codes[name]
        if name in module.index.assigned and module.state == "loaded":
            self.execute(machine, module)
            return module.frame.variables.get(name)
        return self._from_star(machine, module, name)

    def _from_star(self, machine: Machine, module: Module, name: str) -> Value | None:
        for item in module.index.stars:
            target = self._module(module, item.module, item.level)
            if isinstance(target, Module) and target is not module:
                key = f"*{name}"
                if key in target.codes:
                    continue
                target.codes[key] = _missing(target.name, name)
                try:
                    value = self.member(machine, target, name, missing=False)
                finally:
                    del target.codes[key]
                if value is not None:
                    return value
            elif item.level == 0 and item.module.partition(".")[0] == "torch":
                dotted = f"{item.module}.{name}"
                if machine.library.exports(dotted):
                    return of(External(dotted))
        return None

    # Definitions

    def bind_unit(self, machine: Machine, module: Module, unit: index.Unit) -> Value:
        """The function or class that a unit of a module defines."""
        key = f"{unit.name}@{unit.lines[0]}"
        if key not in module.codes:
            if unit.kind == "class":
                module.codes[key] = _missing(module.name, unit.name)
                module.codes[key] = self._class(machine, module, unit)
            else:
                code = FunctionCode(module, unit.name, _loader(unit))
                module.codes[key] = of(Code("function", code))
                module.codes[key] = self._decorated(machine, module, unit, module.codes[key], code)
        return module.codes[key]

    def _decorated(
        self, machine: Machine, module: Module, unit: index.Unit, value: Value, code: FunctionCode
    ) -> Value:
        if not unit.decorated:
            return value
        lowered = code.lowered
        assert isinstance(lowered, ir.Function) and isinstance(machine, Interpreter)
        return machine.decorate(value, lowered.decorators, module.frame)

    def _class(self, machine: Machine, module: Module, unit: index.Unit) -> Value:
        assert isinstance(machine, Interpreter)
        try:
            header = lower.lower_class_header(unit)
        except SourceError:
            return _missing(module.name, unit.name)
        bases = tuple(machine.evaluate(base, module.frame) for base in header.bases)
        owner = ClassCode(module, unit.name, bases)
        owner.unit = unit
        owner.is_record = self.is_record(header.decorators, bases)
        for member in unit.members:
            for attribute in member.assigned_attributes:
                owner.setters.setdefault(attribute, []).append(member.name)
        return of(Code("class", owner))

    def class_namespace(self, machine: Machine, owner: ClassCode) -> dict[str, Value]:
        """What a class body defines; it is executed when first asked for."""
        if owner.unit is None:
            return owner.namespace
        unit, owner.unit = owner.unit, None
        with machine.at_definition():
            self._fill_namespace(machine, owner, unit)
        return owner.namespace

    def _fill_namespace(self, machine: Machine, owner: ClassCode, unit: index.Unit) -> None:
        frame = Frame(owner.module, machine.next_number(), owner.name, None, owner)
        for member in unit.members:
            if member.kind == "function":
                code = FunctionCode(owner.module, member.name, _loader(member), owner=owner)
                previous = owner.namespace.get(member.name)
                if previous is None or not member.is_setter:
                    owner.namespace[member.name] = of(Code("function", code))
            elif member.kind == "class":
                owner.namespace[member.name] = self._class(machine, owner.module, member)
            else:
                self._class_statement(machine, owner, member, frame)

    def _class_statement(
        self, machine: Machine, owner: ClassCode, unit: index.Unit, frame: Frame
    ) -> None:
        assert isinstance(machine, Interpreter)
        for name, value in owner.namespace.items():
            frame.variables.set(name, value)
        block = _lowered(unit)
        machine.execute(block, frame)
        for statement in block:
            if isinstance(statement, ir.Declare):
                owner.fields.append((statement.name, None))
            elif isinstance(statement, ir.Assign) and isinstance(statement.targets[0], ir.Name):
                name = statement.targets[0].name
                owner.fields.append((name, frame.variables.get(name)))
        for key in frame.variables.keys():
            value = frame.variables.get(key)
            if value is not None and not any(isinstance(s, ir.Declare) and s.name == key for s in block):
                owner.namespace[str(key)] = value

    def is_record(self, decorators: tuple[ir.Expression, ...], bases: tuple[Value, ...]) -> bool:
        """Whether a class takes its fields as constructor arguments: a dataclass or a named tuple."""
        for decorator in decorators:
            inner = decorator.function if isinstance(decorator, ir.Call) else decorator
            if isinstance(inner, ir.Name | ir.Attribute) and inner.name in ("dataclass", "define", "attrs"):
                return True
        names = [atom.name for base in bases for atom in base.atoms if isinstance(atom, External)]
        return any(name.rpartition(".")[2] in ("NamedTuple", "ModelOutput", "TypedDict") for name in names)

    # Execution

    def execute(self, machine: Machine, module: Module, main: bool = False) -> None:
        """Execute the top-level statements of a module."""
        assert isinstance(machine, Interpreter)
        module.state = "main" if main else "running"
        frame = module.frame
        try:
            with machine.at_definition():
                for unit in module.index.units:
                    if unit.kind == "statement":
                        if machine.execute(_lowered(unit), frame) is Flow.RAISES:
                            break
                    else:
                        frame.variables.set(unit.name, self.bind_unit(machine, module, unit))
        finally:
            if not main:
                module.state = "executed"


def _loader(unit: index.Unit) -> Callable[[], ir.Function]:
    def load() -> ir.Function:
        block = _lowered(unit)
        if block and isinstance(block[0], ir.Function):
            return block[0]
        return ir.Function(unit.at, unit.name, (), (), (), False)

    return load


def _lowered(unit: index.Unit) -> ir.Block:
    try:
        return lower.lower_unit(unit)
    except (SourceError, RecursionError):
        return ()


def _module_file(root: Path, name: str) -> Path | None:
    """The file or the folder of a dotted module name below ``root``."""
    base = root.joinpath(*name.split(".")) if name else root
    for candidate in (base.with_name(base.name + ".py"), base / "__init__.py"):
        if candidate.is_file():
            return candidate
    return base if name and base.is_dir() and any(base.glob("*.py")) else None


def _inside_project(folder: Path) -> bool:
    return any((parent / mark).exists() for parent in folder.parents for mark in _PROJECT_MARKS)


def _missing(module: str, name: str) -> Value:
    return of(Unknown(Symbol("global", (module, name)), f"`{name}` of `{module}`"))


__all__ = ["Arguments", "LimitReached", "Literally", "Module", "Program", "Site"]
