"""What the names of modules and classes mean: their members, evaluated when they are first needed."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from functools import partial
from itertools import islice
from pathlib import Path
from weakref import WeakKeyDictionary

from lossguard.analysis import index, ir, lower
from lossguard.analysis.domain import (
    Atom,
    Code,
    External,
    Reference,
    Symbol,
    Unknown,
    Value,
    constant,
    of,
)
from lossguard.analysis.inherited import asked_of_self
from lossguard.analysis.interpreter.budget import LimitReached
from lossguard.analysis.interpreter.containers import MAX_CHOICES
from lossguard.analysis.interpreter.execution import Interpreter
from lossguard.analysis.interpreter.loops import Flow
from lossguard.analysis.interpreter.machine import Frame, Machine
from lossguard.analysis.interpreter.records import ClassCode, FunctionCode
from lossguard.analysis.places import Place
from lossguard.analysis.project import Module, Project
from lossguard.analysis.registries import Registries

RUN_BY_OTHERS = frozenset({"forward", "__call__", "__init__"})
"""Methods whose names say nothing of what they do."""


class Program:
    """Gives names their values across the modules of a project."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._registries = Registries(project)
        self._blocks: dict[index.Unit, ir.Block] = {}
        self._methods: WeakKeyDictionary[ClassCode, set[str]] = WeakKeyDictionary()

    def leads_to_loss(self, module: Module) -> bool:
        """Whether a module names a loss, or what leads to one."""
        return bool(self._project.leading(module))

    def is_loss(self, name: str) -> bool:
        """Whether the dotted name of something outside the project is that of a loss."""
        return name.rpartition(".")[2] in self._project.vocabulary.names

    def concerns_loss(self, code: FunctionCode) -> bool:
        """Whether a function names a loss, or what leads to one; where its text is not known, its module."""
        if code.unit is None:
            return self.leads_to_loss(code.module)
        if code.owner is not None:
            return code.name in self._leading_methods(code.owner)
        return not self._project.leading(code.module).isdisjoint(code.unit.identifiers)

    def _leading_methods(self, class_: ClassCode) -> AbstractSet[str]:
        """The methods of a class, inherited or not, that name a loss, what leads to one, or such a method."""
        if class_ not in self._methods:
            self._methods[class_] = found = set[str]()
            leading = self._project.leading(class_.module) - {class_.name}
            methods = [each for each in class_.members if each.kind == "function"]
            for base in (atom for each in class_.bases for atom in each.atoms):
                if isinstance(base, Code) and base.kind == "class":
                    found |= self._leading_methods(base.definition) - RUN_BY_OTHERS
                elif isinstance(base, External) and self.is_loss(base.name):
                    found |= {each.name for each in methods}
            found |= {each.name for each in methods if each.mentions(leading)}
            asked = [(each.name, asked_of_self(each)) for each in methods]
            before = -1
            while before != len(found):
                before, telling = len(found), found - RUN_BY_OTHERS
                found |= {name for name, words in asked if not telling.isdisjoint(words)}
        return self._methods[class_]

    def leading_places(self, class_: ClassCode) -> AbstractSet[Place]:
        """Where the methods of a class stand that lead to a loss."""
        names, path = self._leading_methods(class_), class_.module.source.path
        return {(path, each.at) for each in class_.members if each.kind == "function" and each.name in names}

    # Imports

    def execute_import(self, machine: Machine, statement: ir.Import, frame: Frame) -> None:
        """Bind what an import statement imports.

        What a module imports at its top level is looked up when it is first used, under a condition too if
        nothing else binds the name: wherever it is used, it has been imported.
        """
        at_top = frame is frame.module.frame
        rivalled = machine.path and statement.name in frame.module.index.rivalled
        if at_top and not rivalled and frame.variables.get(statement.name) is None:
            return
        if statement.attribute == "*":
            target = self._module(frame.module, statement.module, statement.level)
            if isinstance(target, Module):
                for name in {*target.index.definitions, *target.index.imports, *target.index.assigned}:
                    value = (
                        None if name.startswith("_") else self.member(machine, target, name, missing=False)
                    )
                    if value is not None:
                        frame.variables.set(name, value)
            return
        frame.variables.set(statement.name, self.imported(machine, frame.module, statement))

    def imported(self, machine: Machine, module: Module, item: ir.Import) -> Value:
        """What an import binds; what leads to no loss is not looked into at first."""
        return self._closed(machine, module, item) or self._imported(machine, module, item)

    def _closed(self, machine: Machine, module: Module, item: ir.Import) -> Value | None:
        """What an import binds that is not looked into; None where it is.

        What is kept of other modules, for all that import them, is made of what is looked into.
        """
        if machine.demand.is_suspended and machine.main is not module:
            return None
        imports = machine.demand.imports
        key = module.source.path, item
        if key not in imports.known:
            imports.known[key] = self._close(machine, module, item)
        return imports.known[key]

    def _close(self, machine: Machine, module: Module, item: ir.Import) -> Value | None:
        if item.name in self._project.leading(module):
            return None
        place = self._project.definition(module.source.file, item)
        if place is None:
            return None
        load = partial(self._imported, machine, module, item)
        return machine.demand.imports.close(_dotted(item), place, load)

    def _imported(self, machine: Machine, module: Module, item: ir.Import) -> Value:
        target = self._module(module, item.module, item.level)
        if item.attribute is None:
            return of(Code("module", target)) if target is not None else of(External(item.module))
        if _is_same(target, module) and module.source.file is not None:
            return self._submodule(module.source.file.parent, item.attribute) or _missing(
                module.name, item.attribute
            )
        if isinstance(target, Path):
            found = self._submodule(target, item.attribute)
        else:
            found = None if target is None else self.member(machine, target, item.attribute)
        if found is not None:
            return found
        return of(External(_dotted(item)))

    def _module(self, module: Module, name: str, level: int) -> Module | Path | None:
        found = self._project.resolve(module.source.file, name, level)
        if found is None:
            return None
        return found if self._project.is_folder(found) else self._project.load(found)

    # Members

    def member(
        self, machine: Machine, module: Module | Path, name: str, missing: bool = True
    ) -> Value | None:
        """A global variable of a module, or a module of a package.

        Gives an unknown value where there is none, or None if not ``missing``.
        """
        if isinstance(module, Path):
            return self._submodule(module, name) or of(External(f"{module.name}.{name}"))
        taught = self._project.vocabulary.taught(module.source.file, name)
        if taught is not None:
            return of(External(taught))
        value = module.frame.variables.get(name) or self._defined(machine, module, name)
        if value is None and missing:
            package = module.source.file
            if package is not None and package.name == "__init__.py":
                value = self._submodule(package.parent, name)
            value = value or _missing(module.name, name)
        return value

    def _submodule(self, folder: Path, name: str) -> Value | None:
        file = self._project.submodule(folder, name)
        if file is None:
            return None
        target = file if self._project.is_folder(file) else self._project.load(file)
        return of(Code("module", target)) if target is not None else None

    def _defined(self, machine: Machine, module: Module, name: str) -> Value | None:
        item = module.index.imports.get(name)
        closed = None if item is None else self._closed(machine, module, item)
        if closed is not None or name in module.codes:
            return closed or module.codes[name]
        unit = module.index.definitions.get(name)
        if name == "__name__":
            return constant("__main__" if module.state == "main" else module.name)
        if unit is not None:
            return self.bind_unit(machine, module, unit)
        if item is not None:
            module.codes[name] = _missing(module.name, name)
            module.codes[name] = self._imported(machine, module, item)
            return module.codes[name]
        if name in module.index.assigned and module.state == "loaded":
            unit = module.standalone.get(name)
            if unit is None:
                self._import_whole(machine, module)
            elif unit.at not in module.executed:
                self._execute(machine, module, (unit,))
            return module.frame.variables.get(name)
        return self._from_star(machine, module, name)

    def _from_star(self, machine: Machine, module: Module, name: str) -> Value | None:
        for item in module.index.stars:
            target = self._module(module, item.module, item.level)
            if isinstance(target, Module) and not _is_same(target, module):
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
            elif item.level == 0:
                exported = machine.library.exports(f"{item.module}.{name}")
                if exported is not None:
                    return of(External(exported))
        return None

    # Definitions

    def bind_unit(self, machine: Machine, module: Module, unit: index.Unit) -> Value:
        """The function or class that a unit of a module defines."""
        key = f"{unit.name}@{unit.lines[0]}"
        if key not in module.codes:
            with machine.shared(module):
                self._bind_anew(machine, module, unit, key)
        return module.codes[key]

    def _bind_anew(self, machine: Machine, module: Module, unit: index.Unit, key: str) -> None:
        if unit.kind == "class":
            module.codes[key] = _missing(module.name, unit.name)
            try:
                self._bind_class(machine, module, unit, key)
            except LimitReached:
                del module.codes[key]
                raise
        else:
            code = self._function(module, unit)
            module.codes[key] = of(Code("function", code))
            module.codes[key] = self._decorated(machine, module, unit, module.codes[key], code)

    def _bind_class(self, machine: Machine, module: Module, unit: index.Unit, key: str) -> None:
        """Make a class and let its decorators see it; what is no class is taken to give instances of it."""
        assert isinstance(machine, Interpreter)
        module.codes[key] = value = self._class(machine, module, unit)
        if isinstance(value.single, Code) and value.single.kind == "class":
            owner: ClassCode = value.single.definition
            decorated = machine.decorate(value, owner.decorators, module.frame)
            if isinstance(decorated.single, Code) and decorated.single.kind == "class":
                module.codes[key] = decorated

    def _decorated(
        self, machine: Machine, module: Module, unit: index.Unit, value: Value, code: FunctionCode
    ) -> Value:
        if not unit.decorated:
            return value
        assert isinstance(machine, Interpreter)
        return machine.decorate(value, code.decorators, module.frame)

    def _class(self, machine: Machine, module: Module, unit: index.Unit) -> Value:
        assert isinstance(machine, Interpreter)
        header = lower.lower_class_header(unit)
        bases = tuple(machine.evaluate(base, module.frame) for base in header.bases)
        owner = ClassCode(module, unit.name, bases)
        owner.unit = unit
        owner.decorators = header.decorators
        owner.is_record = self.is_record(header.decorators, bases)
        owner.members = unit.members
        return of(Code("class", owner))

    def _function(self, module: Module, unit: index.Unit, owner: ClassCode | None = None) -> FunctionCode:
        def load() -> ir.Function:
            block = self.lowered(unit)
            if block and isinstance(block[0], ir.Function):
                return block[0]
            return ir.Function(unit.at, unit.name, (), (), (), False)

        def decorators() -> tuple[ir.Expression, ...]:
            try:
                return lower.lower_decorators(unit) if unit.decorated else ()
            except RecursionError:
                return ()

        return FunctionCode(module, unit.name, load, owner=owner, load_decorators=decorators, unit=unit)

    def class_namespace(self, machine: Machine, owner: ClassCode) -> dict[str, Value]:
        """What a class body defines; it is executed when first asked for."""
        if owner.unit is None:
            return owner.namespace
        unit, owner.unit = owner.unit, None
        with machine.at_definition(owner.module):
            self._fill_namespace(machine, owner, unit)
        return owner.namespace

    def _fill_namespace(self, machine: Machine, owner: ClassCode, unit: index.Unit) -> None:
        frame = Frame(owner.module, machine.next_number(), owner.name, None, owner)
        for member in unit.members:
            if member.kind == "function":
                code = self._function(owner.module, member, owner)
                previous = owner.namespace.get(member.name)
                if previous is None or not member.is_setter:
                    plain = of(Code("function", code))
                    owner.namespace[member.name] = self._decorated(machine, owner.module, member, plain, code)
            elif member.kind == "class":
                owner.namespace[member.name] = self._class(machine, owner.module, member)
            else:
                self._class_statement(machine, owner, member, frame)

    def _class_statement(self, machine: Machine, owner: ClassCode, unit: index.Unit, frame: Frame) -> None:
        assert isinstance(machine, Interpreter)
        for name, value in owner.namespace.items():
            frame.variables.set(name, value)
        block = self.lowered(unit)
        machine.execute(block, frame)
        for statement in block:
            if isinstance(statement, ir.Declare):
                owner.fields.append((statement.name, None))
            elif isinstance(statement, ir.Assign) and isinstance(statement.targets[0], ir.Name):
                name = statement.targets[0].name
                owner.fields.append((name, frame.variables.get(name)))
        declared = {statement.name for statement in block if isinstance(statement, ir.Declare)}
        for key in frame.variables.names() - declared:
            bound = frame.variables.get(key)
            if bound is not None:
                owner.namespace[str(key)] = bound

    def is_record(self, decorators: tuple[ir.Expression, ...], bases: tuple[Value, ...]) -> bool:
        """Whether a class takes its fields as constructor arguments: a dataclass or a named tuple."""
        for decorator in decorators:
            inner = decorator.function if isinstance(decorator, ir.Call) else decorator
            if isinstance(inner, ir.Name | ir.Attribute) and inner.name in ("dataclass", "define", "attrs"):
                return True
        names = [atom.name for base in bases for atom in base.atoms if isinstance(atom, External)]
        return any(name.rpartition(".")[2] in ("NamedTuple", "ModelOutput", "TypedDict") for name in names)

    # Execution

    def start(self) -> None:
        """Begin with another module."""
        self._blocks.clear()

    def lowered(self, unit: index.Unit) -> ir.Block:
        """The statements of a unit, which are lowered once while a module is evaluated."""
        if unit not in self._blocks:
            try:
                self._blocks[unit] = lower.lower_unit(unit)
            except RecursionError:
                self._blocks[unit] = ()
        return self._blocks[unit]

    def run(self, machine: Machine, module: Module) -> None:
        """Execute a module as a script."""
        module.state = "main"
        self._execute(machine, module, module.index.units)

    def _import_whole(self, machine: Machine, module: Module) -> None:
        """Execute what has not been executed of a module, as its import does."""
        module.state = "running"
        try:
            self._execute(machine, module, module.index.units)
        finally:
            module.state = "executed"

    def _execute(self, machine: Machine, module: Module, units: Sequence[index.Unit]) -> None:
        """Execute top-level statements, each once."""
        assert isinstance(machine, Interpreter)
        frame = module.frame
        with machine.at_definition(module):
            for unit in units:
                if unit.kind != "statement":
                    taught = self._project.vocabulary.taught(module.source.file, unit.name)
                    bound = None if taught is None else of(External(taught))
                    frame.variables.set(unit.name, bound or self.bind_unit(machine, module, unit))
                elif unit.at not in module.executed:
                    module.executed.add(unit.at)
                    if machine.execute(self.lowered(unit), frame) is Flow.RAISES:
                        break
                    self._fill_registries(machine, module, unit)

    def _fill_registries(self, machine: Interpreter, module: Module, unit: index.Unit) -> None:
        """Let the decorators of other modules put into a registry what they do."""
        for name in unit.binds:
            value = module.frame.variables.get(name)
            if value is None or not _is_registry(value.single):
                continue
            found = list(islice(self._registries.registrations(module, name), MAX_CHOICES + 1))
            for other, each in found if len(found) <= MAX_CHOICES else ():
                known = f"{each.name}@{each.lines[0]}" in other.codes
                atom = self.bind_unit(machine, other, each).single
                if known and isinstance(atom, Code):
                    machine.decorate(of(atom), atom.definition.decorators, other.frame)


def _dotted(item: ir.Import) -> str:
    """The name of what an import means, as that of something outside the project."""
    return "." * item.level + ".".join(filter(None, (item.module, item.attribute)))


def _is_same(one: Module | Path | None, other: Module) -> bool:
    """Whether two are one file, be it run or imported."""
    return isinstance(one, Module) and one.source is other.source


def _is_registry(atom: Atom | None) -> bool:
    """Whether something is an object of a class of the program that things are registered with."""
    kind = atom.type if isinstance(atom, Reference) else None
    return isinstance(kind, Code) and any("register" in member.name for member in kind.definition.members)


def _missing(module: str, name: str) -> Value:
    return of(Unknown(Symbol("global", (module, name)), f"`{name}` is not found in `{module}`"))
