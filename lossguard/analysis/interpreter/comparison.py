"""Comparisons and negation: the conditions under which branches are taken."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from lossguard.analysis.domain import (
    Atom,
    Code,
    Entries,
    External,
    Guard,
    Items,
    Literal,
    Literally,
    Method,
    Reference,
    Symbol,
    Unknown,
    Value,
)
from lossguard.analysis.interpreter import containers
from lossguard.analysis.interpreter.machine import Site
from lossguard.analysis.interpreter.objects import Objects
from lossguard.analysis.interpreter.records import ClassCode, FunctionCode
from lossguard.facts import TensorFacts

_SAME = Reference | Code | External
"""What is one and the same thing, or another."""

_ORDER: dict[str, Callable[..., bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


class Comparisons(Objects):
    """Compares atoms; what cannot be decided becomes a symbol, the same one wherever the test is the same."""

    def truth(self, value: Value, site: Site) -> tuple[Guard | None, Guard | None]:
        """The conditions under which ``value`` is true, and those under which it is false.

        None for a side that cannot happen.
        """
        yes: list[Guard] = []
        no: list[Guard] = []
        for guard, atom in value.under(self.path).alternatives:
            known = self.known_truth(atom)
            if known is not False:
                yes.append(guard if known else guard | self._condition(atom, site, True))
            if known is not True:
                no.append(guard if known is False else guard | self._condition(atom, site, False))
        return self._one(yes, site, True), self._one(no, site, False)

    def _condition(self, atom: Atom, site: Site, holds: bool) -> Guard:
        symbol = atom.symbol if isinstance(atom, Unknown) else Symbol("truth", (site.frame.number, site.at))
        if (symbol.kind == "and" and holds) or (symbol.kind == "or" and not holds):
            return frozenset(
                self.signed(part, holds) for part in symbol.parts if isinstance(part, Symbol)
            ) | {Literal(symbol, holds)}
        literal = self.signed(symbol, holds)
        if literal.symbol.kind == "==":
            self.conditions.setdefault(literal.symbol, site.text)
        return frozenset({literal})

    def _one(self, guards: list[Guard], site: Site, holds: bool) -> Guard | None:
        if len(guards) < 2:
            return guards[0] if guards else None
        common = frozenset.intersection(*guards)
        return common | {Literal(Symbol("any", (site.frame.number, site.at)), holds)}

    def known_truth(self, atom: Atom) -> bool | None:
        """Whether an atom counts as true; None where that is not known."""
        match atom:
            case Literally():
                return bool(atom.value)
            case Items() | Entries():
                return bool(atom.values) if atom.exact else None
            case External():
                return not atom.name.endswith("TYPE_CHECKING")
            case Reference(kind="object"):
                children = self.heap.get((atom.number, "children"))
                if children is not None:
                    held = children.under(self.path).single
                    return None if held is None else self.known_truth(held)
                return None if any(self._defines(atom, name) for name in ("__bool__", "__len__")) else True
            case Reference():
                held = containers.content(self, atom)
                return None if held is atom else self.known_truth(held)
            case TensorFacts() | Unknown():
                return None
            case _:
                return True

    def negated(self, operator: str, atom: Atom, site: Site) -> Atom:
        """``operator atom`` for a unary operator."""
        if operator == "not":
            known = self.known_truth(atom)
            if known is not None:
                return Literally(not known)
            if isinstance(atom, Unknown):
                return Unknown(Symbol("not", (atom.symbol,)), atom.reason)
            return Unknown(Symbol("not", (Symbol("truth", (site.frame.number, site.at)),)))
        if isinstance(atom, TensorFacts):
            return self.library.unary(operator, atom) or Unknown(Symbol("unary", (site.at,)))
        if isinstance(atom, Literally) and operator == "-" and isinstance(atom.value, int | float):
            return Literally(-atom.value)
        if isinstance(atom, Unknown):
            return Unknown(atom.symbol.child(operator), atom.reason)
        symbol = Symbol("at", (site.frame.number, site.at))
        return Unknown(symbol.child(operator), f"the values of `{site.excerpt}` are not known")

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
        if operator == "is" and isinstance(left, _SAME) and isinstance(right, _SAME):
            return Literally(left == right)
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
        known = self._is_same(left, right)
        if known is not None:
            return Literally(known)
        return Unknown(Symbol("same", (_identity(left, site), _identity(right, site))), "a comparison")

    def _is_same(self, left: Atom, right: Atom) -> bool | None:
        """Whether two things are equal; None where that is not known."""
        if isinstance(left, External) and isinstance(right, External):
            return self.library.is_same(left.name, right.name)
        if isinstance(left, Items) and isinstance(right, Items):
            return _hold_same(left, right)
        if isinstance(left, _SAME) and isinstance(right, _SAME):
            return left == right if left == right or self._differ(left, right) else None
        return None

    def _differ(self, *atoms: Atom) -> bool:
        """Whether things that are not one and the same are not equal either."""
        objects = [atom for atom in atoms if isinstance(atom, Reference)]
        return all(
            atom.kind == "object"
            and self.heap.get((atom.number, "__fields__")) is None
            and not self._defines(atom, "__eq__")
            and not any(isinstance(each, ClassCode) and each.is_record for each in self.ancestry(atom.type))
            for atom in objects
        )

    def _defines(self, instance: Reference, name: str) -> bool:
        """Whether the class of an object may define a special method that most do without."""
        method = self.find_method(instance.type, name)
        return isinstance(method, FunctionCode) or (method or "").startswith(("builtins.", "collections."))

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
        if isinstance(left, External) and members and all(isinstance(m, External) for m in members):
            return Literally(any(self._is_same(left, member) for member in members if member is not None))
        if isinstance(left, Literally) and isinstance(group, Literally) and isinstance(group.value, str):
            return Literally(str(left.value) in group.value)
        return Unknown(Symbol("member", (_identity(left, site), _identity(right, site))), "a membership test")


def _hold_same(left: Items, right: Items) -> bool | None:
    """Whether two sequences are equal, such as shapes; None where that is not known."""
    if not (left.exact and right.exact):
        return None
    if len(left.values) != len(right.values):
        return False
    pairs = [(one.single, other.single) for one, other in zip(left.values, right.values, strict=True)]
    known = [pair for pair in pairs if all(isinstance(atom, Literally) for atom in pair)]
    if any(one != other for one, other in known):
        return False
    return True if len(known) == len(pairs) else None


def _identity(atom: Atom, site: Site) -> Hashable:
    if isinstance(atom, Unknown):
        return atom.symbol
    if isinstance(atom, Literally):
        return repr(atom.value)
    if isinstance(atom, Reference):
        return atom.number
    if isinstance(atom, External):
        return atom.name
    if isinstance(atom, Method):
        return Symbol(".", (_identity(atom.receiver, site), atom.name))
    if isinstance(atom, Items):
        return tuple(_identity(each.single, site) for each in atom.values if each.single is not None)
    return (site.frame.number, site.at)
