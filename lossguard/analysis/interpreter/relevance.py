"""What a call has to do with losses: whether one of its arguments is one, or may come to call one."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from lossguard.analysis.domain import (
    Atom,
    Bound,
    Code,
    Entries,
    External,
    Items,
    Method,
    Partial,
    Reference,
    Value,
    of,
)
from lossguard.analysis.interpreter.machine import Arguments, Machine
from lossguard.analysis.interpreter.records import FunctionCode
from lossguard.analysis.places import Place
from lossguard.facts import TensorFacts

MAX_NESTING = 3


class Relevance(Machine):
    """Tells calls that lead to a loss from those that do not."""

    def is_beside_the_point(self, code: FunctionCode, arguments: Arguments) -> bool:
        """Whether a call leads to no loss, so that it is looked into only where what it gives is missed."""
        return (
            code.unit is not None
            and self.demand.passes_over(code)
            and not code.sets_globals
            and not self.program.concerns_loss(code)
            and not any(
                self.is_loss(atom) or self._leading_function(atom)
                for value in arguments.values
                for atom in self.held_in(value)
            )
        )

    def note_given(self, reference: Reference, value: Value) -> None:
        """Note what an object is given that it may call later."""
        for atom in self.held_in(value):
            if self.is_loss(atom):
                self.demand.with_loss.add(reference.number)
            elif function := self._leading_function(atom):
                self.demand.handed.add(function.place)
            if functions := self._may_run(atom):
                self.demand.with_functions.setdefault(reference.number, set()).update(functions)

    def may_run(self, value: Value) -> AbstractSet[Place]:
        """The functions that lead to a loss, and that who is given an argument may call."""
        return frozenset[Place]().union(*map(self._may_run, self.held_in(value)))

    def leading_functions(self, value: Value) -> Iterator[FunctionCode]:
        """The functions that lead to a loss which a value is or holds."""
        return filter(None, map(self._leading_function, self.held_in(value)))

    def _may_run(self, atom: Atom) -> AbstractSet[Place]:
        if function := self._leading_function(atom):
            return {function.place}
        if not isinstance(atom, Reference):
            return frozenset()
        methods = self.program.leading_places(atom.type.definition) if isinstance(atom.type, Code) else set()
        return methods | self.demand.with_functions.get(atom.number, set())

    def _leading_function(self, atom: Atom) -> FunctionCode | None:
        """The function that an argument is, if that leads to a loss, or belongs to an object with one."""
        match atom:
            case Code(kind="function"):
                code, receiver = atom.definition, atom.definition.scope and atom.definition.scope.receiver
            case Bound():
                code, receiver = atom.function, atom.receiver
            case _:
                return None
        return code if self.program.concerns_loss(code) or (receiver and self.is_loss(receiver)) else None

    def is_loss(self, atom: Atom) -> bool:
        """Whether an argument is a loss, what one has given, or an object that has one."""
        match atom:
            case TensorFacts(losses=losses):
                return bool(losses)
            case External(name) | Reference(type=External(name)):
                return self.program.is_loss(name)
            case Reference():
                return atom.number in self.demand.with_loss
        return False

    def held_in(self, value: Value, depth: int = MAX_NESTING) -> Iterator[Atom]:
        """What a value may be, and what that holds or hands on."""
        for atom in value.atoms:
            yield atom
            for inner in self._parts(atom) if depth else ():
                yield from self.held_in(inner, depth - 1)

    def _parts(self, atom: Atom) -> tuple[Value, ...]:
        match atom:
            case Reference(kind="list" | "dict"):
                return (self.content(atom),)
            case Items(values=values):
                return values
            case Entries(values=values):
                return tuple(values.values())
            case Partial():
                return (atom.function,)
            case Method():
                return (of(atom.receiver),)
        return ()
