"""Calls of what is imported and not looked into.

A function or a class that is imported by name is left closed so if it leads to no loss by itself. It is
opened at once where a call of it may meet a loss or change an object, and for another evaluation where what
it gives is missed, or where something seems to be wrong with a loss call.
"""

from __future__ import annotations

from abc import abstractmethod

from lossguard.analysis.domain import External, Reference, Value, of
from lossguard.analysis.interpreter.calls import Calls
from lossguard.analysis.interpreter.machine import Arguments, Site


class Imports(Calls):
    """Calls what is imported and not looked into."""

    @abstractmethod
    def call(self, callee: Value, arguments: Arguments, site: Site) -> Value:
        """Call a value."""

    @abstractmethod
    def load_attribute(self, value: Value, name: str, site: Site) -> Value:
        """``value.name``."""

    def opened(self, name: str, site: Site) -> Value | None:
        """What stands behind a dotted name that is closed; None where none is."""
        if (found := self.demand.imports.find(name)) is None:
            return None
        closed, attributes = found
        value = closed.value
        for attribute in attributes:
            value = self.load_attribute(value, attribute, site)
        return value

    def call_closed(self, name: str, arguments: Arguments, site: Site) -> Value | None:
        """Call what is closed under a dotted name; None where nothing is."""
        if (found := self.demand.imports.find(name)) is None:
            return None
        opened = self.opened(name, site) if self._is_met(arguments, site) else None
        if opened is not None and opened.single != External(name):
            return self.call(opened, arguments, site)
        self.call_back(arguments, site)
        place = found[0].place
        for value in arguments.values:
            self.demand.may_call(place, self.may_run(value))
            self.demand.handed.update(each.place for each in self.leading_functions(value))
        reason = f"what `{name}` gives is not known"
        return of(self.demand.unknown(place, reason, site.frame.number, site.at))

    def note_met(self, reason: str, arguments: Arguments) -> None:
        """Note that something that is not known for a reason is called with a loss."""
        if self.demand.is_passed_over(reason) and self._hold_loss(arguments):
            self.demand.miss(reason)

    def _is_met(self, arguments: Arguments, site: Site) -> bool:
        """Whether a call is given a loss, or stands alone and is given an object that it may change."""
        if self._hold_loss(arguments):
            return True
        held = (atom for value in arguments.values for atom in self.held_in(value))
        return site.at == site.frame.unused and any(
            isinstance(atom, Reference) and atom.kind == "object" for atom in held
        )

    def _hold_loss(self, arguments: Arguments) -> bool:
        return any(self.is_loss(atom) for value in arguments.values for atom in self.held_in(value))
