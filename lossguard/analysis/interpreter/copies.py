"""What ``copy.copy`` and ``copy.deepcopy`` give: an object of its own, which may change alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossguard.analysis.domain import Atom, Entries, Items, Reference, Value

if TYPE_CHECKING:
    from lossguard.analysis.interpreter.machine import Arguments, Machine, Site


def copy(machine: Machine, arguments: Arguments, _site: Site) -> Value | None:
    """``copy.copy(x)``: what it holds is shared."""
    original = arguments.get(0, "x")
    return None if original is None else original.map(lambda atom: _Copy(machine).of(atom))


def deepcopy(machine: Machine, arguments: Arguments, _site: Site) -> Value | None:
    """``copy.deepcopy(x)``: what it holds is copied as well."""
    original = arguments.get(0, "x")
    return None if original is None else _DeepCopy(machine).value(original)


class _Copy:
    """Copies objects, each once."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._made: dict[int, Reference] = {}

    def of(self, atom: Atom) -> Atom:
        """The copy of an atom."""
        if not isinstance(atom, Reference):
            return atom
        if atom.number not in self._made:
            self._made[atom.number] = twin = self._machine.twin(atom)
            for name, value in self._machine.attributes(atom).items():
                self._machine.heap.set((twin.number, name), self.value(value))
        return self._made[atom.number]

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
