"""Containers of ``torch.nn``: what they hold, and what calling them runs."""

from __future__ import annotations

from lossguard.analysis.domain import NONE, Entries, Items, Literally, Reference, Value, constant, of
from lossguard.analysis.interpreter import containers
from lossguard.analysis.interpreter.container_methods import call_method
from lossguard.analysis.interpreter.machine import Arguments, Machine, Site
from lossguard.analysis.interpreter.objects import Objects
from lossguard.analysis.layers import Layers

SEQUENCES = frozenset({"Sequential", "ModuleList", "ParameterList"})
DICTS = frozenset({"ModuleDict", "ParameterDict"})
_REGISTERING_METHODS = frozenset({"add_module", "register_module", "register_buffer", "register_parameter"})
_LISTING_METHODS = frozenset({"children", "modules", "values", "keys", "items", "named_children"})
_CONTAINER_METHODS = frozenset(
    {"add_module", "register_module", "append", "extend", "insert", "__setitem__", "__getitem__"}
)


class Containers(Layers):
    """Keeps the children of a container on the heap, and runs them in order."""

    def fill(
        self, machine: Machine, reference: Reference, bare: str | None, arguments: Arguments, site: Site
    ) -> None:
        """Give a new container what its constructor is given."""
        if bare in SEQUENCES:
            children = self._children(machine, bare, arguments, site)
            machine.heap.set((reference.number, "children"), of(children))
        elif bare in DICTS:
            held = containers.dict_from(machine, arguments, site)
            machine.heap.set((reference.number, "children"), held)

    def _children(self, machine: Machine, bare: str | None, arguments: Arguments, site: Site) -> Items:
        values = arguments.positional
        if bare == "Sequential" and len(values) != 1:
            return Items(values, not arguments.open)
        if not values:
            return Items((), not arguments.open)
        atom = values[0].under(machine.path).single
        held = containers.content(machine, atom) if atom is not None else None
        if isinstance(held, Entries):
            return Items(tuple(held.values.values()), held.exact)
        if bare == "Sequential":
            return Items(values, not arguments.open)
        return containers.iterate(machine, values[0], site)

    def run_sequence(
        self, machine: Machine, receiver: Reference, arguments: Arguments, site: Site
    ) -> Value | None:
        """Each child gets what the one before gives; a child stands where it was constructed."""
        children = self.children_of(machine, receiver)
        assert isinstance(machine, Objects)
        if children is None:
            return None
        value = arguments.positional[0]
        for child in children.values:
            atom = child.single
            place = machine.sites.get(atom.number, site) if isinstance(atom, Reference) else site
            value = machine.call(child, Arguments((value,)), place)
        return value

    def registering_method(
        self, machine: Machine, receiver: Reference, name: str, arguments: Arguments, site: Site
    ) -> Value | None:
        """Call a method that lists children or registers one; None where it is neither."""
        if name in _LISTING_METHODS:
            held = machine.heap.get((receiver.number, "children"))
            if held is not None and isinstance(held.single, Reference):
                return call_method(machine, held.single, name, arguments, site)
            return held
        if name in _REGISTERING_METHODS and len(arguments.positional) > 1:
            key = arguments.positional[0].single
            if isinstance(key, Literally):
                machine.heap.set((receiver.number, str(key.value)), arguments.positional[1])
            return NONE
        return None

    def container_method(
        self, machine: Machine, receiver: Reference, name: str, arguments: Arguments, site: Site
    ) -> Value | None:
        """Call a method of a container, or of a module that is none."""
        if name not in _CONTAINER_METHODS:
            return self.registering_method(machine, receiver, name, arguments, site)
        slot = (receiver.number, "children")
        held = machine.heap.get(slot)
        if held is None:
            return self.registering_method(machine, receiver, name, arguments, site)
        held = held.under(machine.path)
        if isinstance(held.single, Reference):
            if name == "__setitem__":
                containers.store_item(machine, held.single, *arguments.positional[:2])
                return NONE
            if name == "__getitem__":
                return containers.subscript(machine, held.single, arguments.positional[0], site)
            return call_method(machine, held.single, name, arguments, site)
        if name in ("add_module", "register_module"):
            name, arguments = "append", arguments.without_first()
        scratch = machine.allocate("list", None)
        machine.heap.set((scratch.number, "items"), held)
        if name == "__setitem__":
            containers.store_item(machine, scratch, *arguments.positional[:2])
        elif name == "__getitem__":
            return containers.subscript(machine, scratch, arguments.positional[0], site)
        else:
            call_method(machine, scratch, name, arguments, site)
        machine.heap.set(slot, machine.content(scratch))
        return of(receiver)

    def child(self, machine: Machine, receiver: Reference, name: str, site: Site) -> Value | None:
        """The child that a container has under a name; in a sequence names are positions."""
        children = machine.heap.get((receiver.number, "children"))
        if children is not None and isinstance(children.single, Items) and name.isdigit():
            return containers.subscript(machine, children.single, constant(int(name)), site)
        if children is not None and isinstance(children.single, Reference):
            held = containers.content(machine, children.single)
            if isinstance(held, Entries) and name in held.values:
                return held.values[name]
        return None

    def children_of(self, machine: Machine, receiver: Reference) -> Items | None:
        """What a loop over a container of modules gives."""
        held = machine.heap.get((receiver.number, "children"))
        if held is None:
            return None
        atom = held.under(machine.path).single
        if isinstance(atom, Items):
            return atom
        entries = containers.content(machine, atom) if atom is not None else None
        if isinstance(entries, Entries):
            return Items(tuple(constant(key) for key in entries.values), entries.exact)
        return None
