"""What ``copy.copy`` and ``copy.deepcopy`` give: an object of its own, which may change alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossguard.analysis.domain import Atom, Entries, Items, Reference, Value
from lossguard.analysis.interpreter.records import FunctionCode

if TYPE_CHECKING:
    from lossguard.analysis.interpreter.machine import Arguments, Site
    from lossguard.analysis.interpreter.objects import Objects


def copy(machine: Objects, arguments: Arguments, _site: Site) -> Value | None:
    """``copy.copy(x)``: what it holds is shared."""
    original = arguments.get(0, "x")
    return None if original is None else original.map(lambda atom: _Copy(machine).of(atom))


def deepcopy(machine: Objects, arguments: Arguments, _site: Site) -> Value | None:
    """``copy.deepcopy(x)``: what it holds is copied as well."""
    original = arguments.get(0, "x")
    return None if original is None else _DeepCopy(machine).value(original)


class _Copy:
    """Copies objects, each once."""

    def __init__(self, machine: Objects) -> None:
        self._machine = machine
        self._made: dict[int, Reference] = {}

    def of(self, atom: Atom) -> Atom:
        """The copy of an atom."""
        if not isinstance(atom, Reference) or self._copies_itself(atom):
            return atom
        if atom.number not in self._made:
            self._made[atom.number] = twin = self._machine.twin(atom)
            for name, value in self._machine.attributes(atom).items():
                self._machine.heap.set((twin.number, name), self.value(value))
        return self._made[atom.number]

    def _copies_itself(self, reference: Reference) -> bool:
        """Whether a class says how it is copied; what that does is taken for nothing."""
        methods = (self._machine.find_method(reference.type, name) for name in ("__copy__", "__deepcopy__"))
        return any(isinstance(method, FunctionCode) for method in methods)

    def value(self, value: Value) -> Value:
        """What the copy holds where the original holds a value."""
        return value


class _DeepCopy(_Copy):
    def of(self, atom: Atom) -> Atom:
        if isinstance(atom, Items):
            return Items(tuple(map(self.value, atom.values)), atom.exact)
        if isinstance(atom, Entries):
            return Entries({key: self.value(each) for key, each in atom.values.items()}, atom.exact)
        return super().of(atom)

    def value(self, value: Value) -> Value:
        return value.map(self.of)
