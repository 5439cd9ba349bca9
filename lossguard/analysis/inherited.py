"""Which inherited methods run what a class itself contributes: a base class trains what its subclasses build.

That is told by the texts, before anything is evaluated; a method that uses nothing of a class's own does the
same for the class as for its base.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple, TypeAlias

from lossguard.analysis.index import Unit

_ASKED = re.compile(r"\b(?:self|cls|super\(\))\s*\.\s*(\w+)")
_CALLEE = re.compile(r"(\w+)\s*\(")
_CALLED = re.compile(r"\bself\s*\(")
_CONSTRUCTED = re.compile(r"\.\s*__init__\s*\(")
_HANDED_ON = re.compile(r"(?:\b\w+\s*=\s*)?\*{0,2}(\w+)")
_CALL_METHODS = frozenset({"forward", "__call__"})
_CONSTRUCTOR = "__init__"


class Method(NamedTuple):
    """What the text of a method tells.

    asked: the attributes and methods that it asks its object for.
    carried: those among them that may hold a loss, or be a method that has the name of what does.
    leads: it names a loss, or calls by its name what leads to one.
    """

    asked: AbstractSet[str]
    carried: AbstractSet[str]
    leads: bool


Methods: TypeAlias = Mapping[str, Method]


def asked_of_self(method: Unit) -> set[str]:
    """The attributes and methods that a method asks its object for."""
    return set(_ASKED.findall(method.text()))


def methods_of(
    members: Iterable[Unit], losses: AbstractSet[str], called: AbstractSet[str], carriers: AbstractSet[str]
) -> Methods:
    """What the methods of a base class tell.

    losses: the names of losses.
    called: the functions and classes that its module knows by name and that lead to one.
    carriers: the names there that may hold one.
    """
    found: dict[str, Method] = {}
    for each in members:
        if each.kind == "function":
            text, asked = each.text(), asked_of_self(each)
            leads = not called.isdisjoint(_CALLEE.findall(text)) or each.mentions(losses)
            runs = _CALL_METHODS if _CALLED.search(text) else frozenset[str]()
            found[each.name] = Method(asked | runs, asked & carriers, leads)
    return found


def inherited(own: Sequence[Unit], bases: Iterable[Methods]) -> Iterator[str]:
    """The names of the methods of base classes that lead to a loss and use what a class contributes.

    own: what the class itself holds; ``bases``: in the order in which they are searched.
    """
    defined = {each.name: each for each in own if each.kind == "function"}
    methods: dict[str, Method] = {}
    for base in bases:
        methods = {**base, **methods}
    for name in (*defined, _CONSTRUCTOR):
        methods.pop(name, None)
    leading = {name for name, each in methods.items() if each.leads or not each.carried <= methods.keys()}
    if not defined or not leading:
        return
    contributed = _contributed(defined)
    for name in methods:
        used = _used(name, methods)
        if not used.isdisjoint(leading) and (contributed is None or not used.isdisjoint(contributed)):
            yield name


def _contributed(defined: Mapping[str, Unit]) -> set[str] | None:
    """The methods and attributes that a class gives its objects; None where its base makes some of them."""
    constructor = defined.get(_CONSTRUCTOR)
    if constructor is not None and _hands_on(constructor):
        return None
    names = defined.keys() - {_CONSTRUCTOR}
    return set(names).union(*(each.assigned_attributes for each in defined.values()))


def _hands_on(constructor: Unit) -> bool:
    """Whether a constructor gives that of its base anything but what it was given itself."""
    text = constructor.text()
    for call in _CONSTRUCTED.finditer(text):
        given = {part.strip() for part in _inside(text, call.end()).split(",")} - {"", "self"}
        names = [_HANDED_ON.fullmatch(part) for part in given]
        known = {*constructor.parameters, "args", "kwargs"}
        if any(name is None or name[1] not in known for name in names):
            return True
    return False


def _inside(text: str, start: int) -> str:
    """What stands up to the parenthesis that closes one before."""
    depth, end = 1, start
    while end < len(text) and depth:
        depth += {"(": 1, ")": -1}.get(text[end], 0)
        end += 1
    return text[start : end - 1]


def _used(name: str, methods: Methods) -> set[str]:
    """A method, what it asks its object for, and what the methods do that it calls."""
    used = {name}
    waiting = [name]
    while waiting:
        further = methods[waiting.pop()].asked - used
        used |= further
        waiting.extend(further & methods.keys())
    return used
