"""Comparisons and negation: the conditions under which branches are taken."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from lossguard.analysis.domain import (
    Atom,
    Code,
    Entries,
    External,
    Items,
    Literally,
    Method,
    Reference,
    Symbol,
    Unknown,
)
from lossguard.analysis.interpreter import containers
from lossguard.analysis.interpreter.machine import Site
from lossguard.analysis.interpreter.objects import Objects
from lossguard.facts import TensorFacts

_ORDER: dict[str, Callable[..., bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


class Comparisons(Objects):
    """Compares atoms; what cannot be decided becomes a symbol, the same one wherever the test is the same."""

    def negated(self, operator: str, atom: Atom, site: Site) -> Atom:
        """``operator atom`` for a unary operator."""
        if operator == "not":
            if isinstance(atom, Literally):
                return Literally(not atom.value)
            if isinstance(atom, Items) and atom.exact:
                return Literally(not atom.values)
            if isinstance(atom, Unknown):
                return Unknown(Symbol("not", (atom.symbol,)), atom.reason)
            if isinstance(atom, TensorFacts):
                return Unknown(Symbol("not", (Symbol("truth", (site.frame.number, site.at)),)))
            return Literally(False)
        if isinstance(atom, TensorFacts):
            return self.library.unary(operator, atom) or Unknown(Symbol("unary", (site.at,)))
        if isinstance(atom, Literally) and operator == "-" and isinstance(atom.value, int | float):
            return Literally(-atom.value)
        symbol = atom.symbol if isinstance(atom, Unknown) else Symbol("at", (site.frame.number, site.at))
        return Unknown(symbol.child(operator), "arithmetic")

    def compared(self, operator: str, left: Atom, right: Atom, site: Site) -> Atom:
        """``left operator right`` for a comparison."""
        if isinstance(left, TensorFacts) or isinstance(right, TensorFacts):
            if operator in ("is", "is not") and isinstance(right, Literally):
                return Literally(operator == "is not")
            atom = self.library.compare(operator, left, right, site)
            if atom is not None:
                return atom
        if operator in ("!=", "is not", "not in"):
            positive = {"!=": "==", "is not": "is", "not in": "in"}[operator]
            return self.negated("not", self.compared(positive, left, right, site), site)
        if operator in ("==", "is"):
            return self.equal(left, right, site)
        if operator == "in":
            return self._member(left, right, site)
        if isinstance(left, Literally) and isinstance(right, Literally) and operator in _ORDER:
            try:
                return Literally(_ORDER[operator](left.value, right.value))
            except TypeError:
                pass
        if isinstance(left, Unknown) and isinstance(right, Unknown) and operator in _ORDER:
            apart = containers.difference(left.symbol, right.symbol)
            if apart is not None:
                return Literally(_ORDER[operator](apart, 0))
        parts = tuple(_identity(atom, site) for atom in (left, right))
        return Unknown(Symbol("compare", (operator, *parts)), "a comparison")

    def equal(self, left: Atom, right: Atom, site: Site) -> Atom:
        """``left == right``."""
        if isinstance(left, Literally) and isinstance(right, Literally):
            return Literally(left.value == right.value)
        if isinstance(left, Literally):
            left, right = right, left
        if isinstance(right, Literally):
            if isinstance(left, Unknown):
                if right.value is True or right.value is False:
                    return left if right.value else self.negated("not", left, site)
                if isinstance(right.value, Hashable):
                    return Unknown(Symbol("==", (left.symbol, right.value)), left.reason)
            elif right.value is None:
                return Literally(False)
        if isinstance(left, Unknown) and isinstance(right, Unknown):
            apart = containers.difference(left.symbol, right.symbol)
            if apart is not None:
                return Literally(apart == 0)
        if isinstance(left, Reference | Code | External) and isinstance(right, Reference | Code | External):
            return Literally(left == right)
        return Unknown(Symbol("same", (_identity(left, site), _identity(right, site))), "a comparison")

    def _member(self, left: Atom, right: Atom, site: Site) -> Atom:
        group = containers.content(self, right)
        if isinstance(left, Literally) and isinstance(group, Entries) and group.exact:
            return Literally(left.value in group.values)
        members = [v.single for v in group.values] if isinstance(group, Items) and group.exact else [None]
        if all(isinstance(member, Literally) for member in members):
            values = tuple(member.value for member in members if isinstance(member, Literally))
            if isinstance(left, Literally):
                return Literally(left.value in values)
            if isinstance(left, Unknown):
                return Unknown(Symbol("in", (left.symbol, values)), left.reason)
        if isinstance(left, Literally) and isinstance(group, Literally) and isinstance(group.value, str):
            return Literally(str(left.value) in group.value)
        return Unknown(Symbol("member", (_identity(left, site), _identity(right, site))), "a membership test")


def _identity(atom: Atom, site: Site) -> Hashable:
    if isinstance(atom, Unknown):
        return atom.symbol
    if isinstance(atom, Literally):
        return repr(atom.value)
    if isinstance(atom, Reference):
        return atom.number
    if isinstance(atom, External | Method):
        return atom.name
    return (site.frame.number, site.at)
