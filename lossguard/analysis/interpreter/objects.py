"""Attributes, classes, instances and calls."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Hashable, Iterator, Sequence

from lossguard.analysis import ir
from lossguard.analysis.domain import (
    NONE,
    Atom,
    Bound,
    Code,
    Entries,
    External,
    Items,
    Literally,
    Method,
    Partial,
    Reference,
    Symbol,
    Unknown,
    Value,
    choose,
    constant,
    of,
)
from lossguard.analysis.interpreter import builtins
from lossguard.analysis.interpreter.container_methods import call_method
from lossguard.analysis.interpreter.imports import Imports
from lossguard.analysis.interpreter.machine import MAX_DEPTH, Arguments, Site
from lossguard.analysis.interpreter.records import ClassCode, FunctionCode
from lossguard.analysis.interpreter.summaries import GLOBALS
from lossguard.facts import TensorFacts

MAX_ANCESTORS = 40
_WRAPPERS = {"property", "cached_property", "functools.cached_property", "staticmethod", "classmethod"}
_NAMES = frozenset({"__name__", "__qualname__"})
HOOK = "<hook>"
"""The attribute of a module that holds what is called with its output, and may give another."""


def _identity(called: Symbol, arguments: Arguments, site: Site) -> tuple[Hashable, ...]:
    """What tells a call of something unknown from others: its place; ``get`` gives one thing for one name."""
    if called.kind == "." and called.parts[1:] == ("get",) and not arguments.open:
        return arguments.positional, tuple(sorted(arguments.keywords.items()))
    return site.frame.number, site.at


class Objects(Imports):
    """Loads and stores attributes, makes instances, binds and calls functions."""

    @abstractmethod
    def binary(self, operator: str, left: Value, right: Value, site: Site) -> Value:
        """``left operator right``."""

    # Attributes

    def load_attribute(self, value: Value, name: str, site: Site) -> Value:
        """``value.name``."""
        cases = [(g, self._attribute(a, name, site)) for g, a in value.under(self.path).alternatives]
        return choose(cases)

    def _attribute(self, atom: Atom, name: str, site: Site) -> Value:
        match atom:
            case Reference(kind="object"):
                return self._object_attribute(atom, name, site)
            case External():
                opened = self.opened(atom.name, site)
                if opened is not None and opened.single != atom:
                    return self.load_attribute(opened, name, site)
                return of(External(f"{atom.name}.{name}"))
            case Code(kind="module"):
                return self.program.member(self, atom.definition, name) or self.unknown("member", site)
            case Code(kind="class" | "function") if name in _NAMES and atom.definition.name:
                return constant(atom.definition.name)
            case Code(kind="class"):
                return self._class_attribute(atom, name, site)
            case Unknown():
                return of(Unknown(atom.symbol.child(".", name), atom.reason))
            case TensorFacts() | Items():
                return self.library.attribute(self, atom, name, site) or of(Method(atom, name))
            case Reference() | Entries() | Literally():
                return of(Method(atom, name))
            case _:
                return self._unknown_of(atom, "attribute", site, f"`{name}` of a function", name)

    def _object_attribute(self, reference: Reference, name: str, site: Site) -> Value:
        stored = self.heap.get((reference.number, name))
        if (setter := self._left_out_setter(reference, name, stored)) is not None:
            return of(self.demand.left_open(setter, reference.number, site.at))
        if stored is not None:
            return stored.under(self.path)
        found = self._inherited(reference, name, site)
        if found is not None:
            return found
        if self._set_by_another_method(reference, name, site):
            stored = self.heap.get((reference.number, name))
            if stored is not None:
                return stored.under(self.path)
        given = self.library.attribute(self, reference, name, site)
        if given is not None:
            return given
        if name == "__class__" and reference.type is not None:
            return of(reference.type)
        if self.external_bases(reference):
            return of(Method(reference, name))
        symbol = Symbol("object", (reference.number,)).child(".", name)
        owner = f" of `{reference.type.definition.name}`" if isinstance(reference.type, Code) else ""
        return of(Unknown(symbol, f"attribute `{name}`{owner} is not set in sight"))

    def _left_out_constructor(self, reference: Reference) -> FunctionCode | None:
        if reference.number not in self.demand.left_out:
            return None
        owners = self.ancestry(reference.type)
        left_out = self.demand.left_out[reference.number]
        return next((code for code in left_out if code.name == "__init__" and code.owner in owners), None)

    def _left_out_setter(self, reference: Reference, name: str, stored: Value | None) -> FunctionCode | None:
        """A function that was not run and may set an attribute; a constructor only one that is not there."""
        if reference.number not in self.demand.left_out:
            return None
        constructor = self._left_out_constructor(reference)
        if constructor is not None and stored is None and self._may_construct(reference, name):
            return constructor
        for code in self.demand.left_out[reference.number]:
            if code is not constructor and code.unit is not None and name in code.unit.assigned_attributes:
                return code
        return None

    def _may_construct(self, reference: Reference, name: str) -> bool:
        owners = (each for each in self.ancestry(reference.type) if isinstance(each, ClassCode))
        return any(each.may_construct(name) for each in owners)

    def _inherited(self, reference: Reference, name: str, site: Site) -> Value | None:
        for owner in self.ancestry(reference.type):
            if isinstance(owner, ClassCode):
                member = self.namespace(owner).get(name)
                if member is not None:
                    return choose([(g, self._bind(a, reference, site)) for g, a in member.alternatives])
        return None

    def _bind(self, atom: Atom, receiver: Atom, site: Site) -> Value:
        if not (isinstance(atom, Code) and atom.kind == "function"):
            return of(atom)
        wrapper = self.wrapper(atom.definition)
        if wrapper == "staticmethod":
            return of(atom)
        if wrapper == "classmethod":
            owner = receiver.type if isinstance(receiver, Reference) and receiver.type else receiver
            return of(Bound(atom.definition, owner))
        if wrapper is not None:
            return self.call_function(atom.definition, Arguments((of(receiver),)), site)
        return of(Bound(atom.definition, receiver))

    def wrapper(self, code: FunctionCode) -> str | None:
        """``property``, ``staticmethod`` or ``classmethod``, where one of them decorates the function."""
        for decorator in code.decorators:
            if isinstance(decorator, ir.Name | ir.Attribute) and decorator.name in _WRAPPERS:
                return decorator.name
        return None

    def _class_attribute(self, atom: Code, name: str, site: Site) -> Value:
        for owner in self.ancestry(atom):
            if isinstance(owner, ClassCode):
                member = self.namespace(owner).get(name)
                if member is not None:
                    function = member.single
                    if isinstance(function, Code) and function.kind == "function":
                        wrapper = self.wrapper(function.definition)
                        return of(Bound(function.definition, atom)) if wrapper == "classmethod" else member
                    return member
            else:
                return of(External(f"{owner}.{name}"))
        return self.unknown("attribute", site, f"class attribute `{name}`", name)

    def _set_by_another_method(self, reference: Reference, name: str, site: Site) -> bool:
        """Run the first method that assigns the attribute, as a framework would before training."""
        key = ("setter", reference.number, name)
        if key in self.active or len(self.active) >= MAX_DEPTH:
            return False
        for owner in self.ancestry(reference.type):
            if not isinstance(owner, ClassCode):
                continue
            self.namespace(owner)
            for method in owner.setters(name):
                function = owner.namespace[method].single
                if method == "__init__" or not (isinstance(function, Code) and function.kind == "function"):
                    continue
                if function.definition in self.active:
                    continue
                self.active.append(key)
                try:
                    self.call_function(
                        function.definition, Arguments((of(reference),), open=True), site, entry=True
                    )
                finally:
                    self.active.remove(key)
                return True
        return False

    def store_attribute(self, target: Value, name: str, value: Value) -> None:
        """``target.name = value``."""
        targets = target.under(self.path).alternatives
        for guard, atom in targets:
            if isinstance(atom, Reference):
                self.note_given(atom, value)
                key = (atom.number, name)
                if guard:
                    before = self.heap.get(key)
                    others = [(g, before) for g, a in targets if a != atom and before is not None]
                    self.heap.set(key, choose([(guard, value), *others]))
                else:
                    self.heap.set(key, value)
            elif isinstance(atom, Code) and atom.kind == "class" and name != "__doc__":
                atom.definition.namespace[name] = value
                self.heap.touch(GLOBALS)

    # Classes

    def ancestry(self, type_: Atom | None) -> Sequence[ClassCode | str]:
        """The classes in which an attribute is looked up, external ones by their dotted name."""
        if isinstance(type_, External):
            return (type_.name,)
        if not isinstance(type_, Code) or type_.kind != "class":
            return ()
        owner: ClassCode = type_.definition
        if owner.ancestry is None:
            backwards: list[ClassCode | str] = []
            self._linearise(type_, backwards, set())
            owner.ancestry = tuple(reversed(backwards))
        return owner.ancestry

    def _linearise(
        self, type_: Atom | None, backwards: list[ClassCode | str], seen: set[ClassCode | str]
    ) -> None:
        """Enter a class behind its bases, the last base first: no class stands before a subclass."""
        entry: ClassCode | str
        if isinstance(type_, Code) and type_.kind == "class":
            entry = type_.definition
        elif isinstance(type_, External):
            entry = type_.name
        else:
            return
        if entry in seen or len(seen) >= MAX_ANCESTORS:
            return
        seen.add(entry)
        if isinstance(entry, ClassCode):
            for base in reversed(entry.bases):
                for atom in reversed(tuple(base.atoms)):
                    self._linearise(atom, backwards, seen)
        backwards.append(entry)

    def external_bases(self, reference: Reference) -> list[str]:
        """The dotted names of the classes outside the project that an object derives from."""
        return [owner for owner in self.ancestry(reference.type) if isinstance(owner, str)]

    def namespace(self, owner: ClassCode) -> dict[str, Value]:
        """What the class body defines."""
        return self.program.class_namespace(self, owner)

    def find_method(
        self, type_: Atom | None, name: str, after: ClassCode | None = None
    ) -> FunctionCode | str | None:
        """The method of that name, or the external base that must have it; ``after`` a class for super()."""
        waiting = after is not None
        for owner in self.ancestry(type_):
            if waiting:
                waiting = owner is not after
                continue
            if isinstance(owner, str):
                return owner
            member = self.namespace(owner).get(name)
            function = member.single if member is not None else None
            if isinstance(function, Code) and function.kind == "function":
                return function.definition  # type: ignore[no-any-return]
        return None

    def instantiate(self, class_: Code, arguments: Arguments, site: Site) -> Value:
        """Make an instance and run its ``__init__``."""
        reference = self.allocate("object", site, class_)
        receiver = of(reference)
        for value in arguments.values:
            self.note_given(reference, value)
        method = self.find_method(class_, "__init__")
        if isinstance(method, FunctionCode):
            self.call_function(method, arguments.with_first(receiver), site)
        elif self._fill_record(reference, arguments):
            post = self.find_method(class_, "__post_init__")
            if isinstance(post, FunctionCode):
                self.call_function(post, Arguments((receiver,)), site)
        elif isinstance(method, str):
            self.library.call_method(self, reference, "__init__", arguments, site)
        return receiver

    def _fill_record(self, reference: Reference, arguments: Arguments) -> bool:
        owners = [o for o in self.ancestry(reference.type) if isinstance(o, ClassCode)]
        for owner in owners:
            self.namespace(owner)
        if not any(owner.is_record for owner in owners):
            return False
        fields = [field for owner in reversed(owners) for field in owner.fields]
        for position, (name, default) in enumerate(fields):
            value = arguments.get(position, name) or default
            if value is not None:
                self.heap.set((reference.number, name), value)
        self._index_record(reference, owners, [name for name, _ in fields])
        return True

    def _index_record(self, record: Reference, owners: Sequence[ClassCode], fields: Sequence[str]) -> None:
        """Note which fields indexing a record counts: a ``ModelOutput`` leaves out those that are None."""
        bases = [
            atom.name
            for owner in owners
            for base in owner.bases
            for atom in base.atoms
            if isinstance(atom, External)
        ]
        if any(base.endswith(".ModelOutput") for base in bases):
            fields = [name for name in fields if (self.heap.get((record.number, name)) or NONE) != NONE]
        self.heap.set((record.number, "__fields__"), of(Items(tuple(constant(name) for name in fields))))

    # Calls

    def call(self, callee: Value, arguments: Arguments, site: Site) -> Value:
        """Call a value."""
        return self.call_each(callee, site.frame, lambda atom: self.call_atom(atom, arguments, site))

    def call_atom(self, callee: Atom, arguments: Arguments, site: Site) -> Value:
        """Call one alternative of a value."""
        self.spend()
        match callee:
            case Code(kind="function"):
                return self.call_function(callee.definition, arguments, site)
            case Code(kind="class"):
                return self.instantiate(callee, arguments, site)
            case Bound():
                return self.call_function(callee.function, arguments.with_first(of(callee.receiver)), site)
            case Partial():
                keywords = {**dict(callee.keywords), **arguments.keywords}
                merged = Arguments(
                    callee.positional + arguments.positional,
                    keywords,
                    arguments.open,
                    (None,) * len(callee.positional) + arguments.places,
                    arguments.keyword_places,
                )
                return self.call(callee.function, merged, site)
            case External():
                return self._call_external(callee, arguments, site)
            case Method():
                return self.call_method(callee.receiver, callee.name, arguments, site)
            case Reference(kind="object"):
                return self._call_object(callee, arguments, site)
            case Unknown():
                self.call_back(arguments, site)
                self.note_met(callee.reason, arguments)
                symbol = callee.symbol.child("call", *_identity(callee.symbol, arguments, site))
                return of(Unknown(symbol, callee.reason or f"what `{site.excerpt}` calls is not known"))
            case _:
                return self._unknown_of(callee, "call", site, f"what `{site.excerpt}` calls is no function")

    def _call_external(self, callee: External, arguments: Arguments, site: Site) -> Value:
        known = builtins.call(self, callee.name, arguments, site)
        if known is None:
            known = self.library.call(self, callee.name, arguments, site)
        if known is None:
            known = self.call_closed(callee.name, arguments, site)
        if known is None:
            self.call_back(arguments, site)
            reason = f"what `{callee.name.removeprefix(builtins.PREFIX)}` gives is not known"
            self.demand.follows(reason, *_given(arguments))
            return self.unknown("call", site, reason, callee.name)
        return self.explained(known, site, *_given(arguments))

    def call_method(self, receiver: Atom, name: str, arguments: Arguments, site: Site) -> Value:
        """``receiver.name(arguments)``."""
        if isinstance(receiver, Reference) and receiver.kind == "object":
            stored = self._object_attribute(receiver, name, site)
            if not (isinstance(stored.single, Method) and stored.single.name == name):
                return self.call(stored, arguments, site)
            return self.call_external_method(receiver, name, arguments, site)
        if isinstance(receiver, TensorFacts | Unknown):
            known = self.library.call_method(self, receiver, name, arguments, site)
            if known is not None:
                return self.explained(known, site, receiver)
            if isinstance(receiver, Unknown):
                return self.call_atom(
                    Unknown(receiver.symbol.child(".", name), receiver.reason), arguments, site
                )
        elif isinstance(receiver, External):
            return self.call_atom(External(f"{receiver.name}.{name}"), arguments, site)
        elif isinstance(receiver, Code):
            return self.call(self._attribute(receiver, name, site), arguments, site)
        else:
            known = call_method(self, receiver, name, arguments, site)
        reason = f"what `{site.excerpt}` gives is not known"
        return known or self._unknown_of(receiver, "call", site, reason, name)

    def call_external_method(self, receiver: Reference, name: str, arguments: Arguments, site: Site) -> Value:
        """Call a method that an object has from an external base."""
        if name == "__call__":
            return self._call_object(receiver, arguments, site)
        known = self.library.call_method(self, receiver, name, arguments, site)
        reason = f"what `{site.excerpt}` gives is not known"
        return known or self._unknown_of(receiver, "call", site, reason, name)

    def _call_object(self, reference: Reference, arguments: Arguments, site: Site) -> Value:
        result = self._run_object(reference, arguments, site)
        hook = self.heap.get((reference.number, HOOK))
        if hook is None:
            return result
        given = of(Items(arguments.positional, not arguments.open))
        other = self.call(hook, Arguments((of(reference), given, result)), site)
        replaced = [
            (guard, of(atom) if isinstance(atom, TensorFacts | Items) else result)
            for guard, atom in other.alternatives
        ]
        return choose(replaced)

    def _run_object(self, reference: Reference, arguments: Arguments, site: Site) -> Value:
        method = self.find_method(reference.type, "__call__")
        if isinstance(method, FunctionCode):
            return self.call_function(method, arguments.with_first(of(reference)), site)
        stored = self.heap.get((reference.number, "forward"))
        if stored is not None:
            return self.call(stored, arguments, site)
        for base in self.external_bases(reference):
            default = self.library.default_method(base)
            forward = self.find_method(reference.type, default) if default else None
            if isinstance(forward, FunctionCode):
                return self.call_function(forward, arguments.with_first(of(reference)), site)
            if (constructor := self._left_out_constructor(reference)) is not None:
                return of(self.demand.left_open(constructor, reference.number, site.at))
            known = self.library.call_object(self, reference, base, arguments, site)
            if known is not None:
                return self.explained(known, site, *_given(arguments))
        return self._unknown_of(reference, "call", site, f"what `{site.excerpt}` runs is not known")

    def _unknown_of(self, atom: Atom, kind: str, site: Site, reason: str, *parts: Hashable) -> Value:
        """What an atom is asked for and is not known; it may be once what the atom comes from is."""
        behind = atom.receiver if isinstance(atom, Method) else atom
        if isinstance(behind, Reference):
            self.demand.follows_from(reason, self.external_bases(behind))
        self.demand.follows(reason, behind)
        return self.unknown(kind, site, reason, *parts)


def _given(arguments: Arguments) -> Iterator[Atom]:
    """The positional arguments: where nothing is known of one, knowledge ended there."""
    return (atom for value in arguments.positional for atom in value.atoms)
