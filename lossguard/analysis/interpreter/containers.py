"""Lists, tuples, dictionaries and strings: what indexing, iteration and their methods do."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING

from lossguard.analysis.domain import (
    NONE,
    Atom,
    Bounds,
    Entries,
    Items,
    Literally,
    Reference,
    Symbol,
    Unknown,
    Value,
    choose,
    constant,
    of,
)
from lossguard.facts import TensorFacts

if TYPE_CHECKING:
    from lossguard.analysis.interpreter.machine import Arguments, Machine, Site

MAX_ITEMS = 128
MAX_CHOICES = 6
"""How many entries of a dictionary an unknown key is taken to choose from."""

LENGTH = "<length>"
"""The attribute of a list that holds its length, where that is another object's."""

OFFSET = "offset"
"""The kind of a symbol that is another plus a known number."""


def content(machine: Machine, atom: Atom) -> Atom:
    """What a container holds, under the path at hand; the atom itself where it is none."""
    if isinstance(atom, Reference) and atom.kind in ("list", "dict"):
        held = machine.content(atom).under(machine.path)
        if held.single is not None:
            return held.single
        merged = _merge_contents(held)
        return merged if merged is not None else atom
    if isinstance(atom, Reference):
        return _record_items(machine, atom) or atom
    return atom


def _record_items(machine: Machine, record: Reference) -> Items | None:
    """The fields of a named tuple, or of another record that is indexed like one."""
    fields = machine.heap.get((record.number, "__fields__"))
    names = fields.single if fields is not None else None
    if not isinstance(names, Items):
        return None
    keys = [name.single.value for name in names.values if isinstance(name.single, Literally)]
    return Items(tuple(machine.heap.get((record.number, key)) or NONE for key in keys))


def _merge_contents(held: Value) -> Atom | None:
    """One content for several alternatives that are all lists, or all dictionaries."""
    contents = list(held.alternatives)
    if all(isinstance(atom, Items) for _, atom in contents):
        items = [(guard, atom) for guard, atom in contents if isinstance(atom, Items)]
        lengths = {len(atom.values) for _, atom in items}
        columns = (
            [(guard, atom.values[n]) for guard, atom in items if n < len(atom.values)]
            for n in range(max(lengths))
        )
        values = tuple(cases[0][1] if len(cases) == 1 else choose(cases) for cases in columns)
        return Items(values, len(lengths) == 1 and all(atom.exact for _, atom in items))
    if all(isinstance(atom, Entries) for _, atom in contents):
        entries = [(guard, atom) for guard, atom in contents if isinstance(atom, Entries)]
        keys = {key: None for _, atom in entries for key in atom.values}
        merged = {
            key: choose([(guard, atom.values[key]) for guard, atom in entries if key in atom.values])
            for key in keys
        }
        return Entries(merged, all(atom.exact for _, atom in entries))
    return None


def distinct(items: Items) -> Items:
    """What a set of these holds, in their order; how many that are is known of constants alone."""
    values = tuple(dict.fromkeys(items.values))
    constants = all(isinstance(value.single, Literally) for value in values)
    return Items(values, items.exact and (constants or len(items.values) < 2))


def iterate(machine: Machine, value: Value, site: Site) -> Items:
    """What a loop over ``value`` gives: if inexact, a round like all others, and perhaps the last one."""
    results = [_iterate(machine, atom, site) for atom in value.under(machine.path).atoms]
    if len(results) == 1:
        return results[0]
    representatives = [r.values[-1] for r in results if r.values]
    if not representatives:
        return Items((), exact=False)
    symbol = Symbol("alternative", (site.frame.number, site.at))
    alternatives = [atom for r in representatives for atom in r.atoms]
    same = all(atom == alternatives[0] for atom in alternatives)
    several = Unknown(symbol, f"`{site.excerpt}` gives one of several values")
    return Items((of(alternatives[0] if same else several),), exact=False)


def _iterate(machine: Machine, atom: Atom, site: Site) -> Items:
    held = content(machine, atom)
    if isinstance(held, Items):
        if len(held.values) > MAX_ITEMS:
            return Items(held.values[:2], exact=False)
        return held
    if isinstance(held, Entries):
        return Items(tuple(constant(key) for key in held.values), held.exact)
    if isinstance(held, Literally) and isinstance(held.value, str) and len(held.value) < MAX_ITEMS:
        return Items(tuple(constant(c) for c in held.value))
    external = machine.library.iterate(machine, held)
    if external is not None:
        return external
    if isinstance(held, Reference):
        symbol = Symbol("object", (held.number,))
    elif isinstance(held, Unknown):
        symbol = held.symbol
    else:
        symbol = Symbol("iterable", (site.frame.number, site.at))
    reason = held.reason if isinstance(held, Unknown) else ""
    reason = reason or f"what a loop over `{site.excerpt}` gives is not known"
    return Items((of(Unknown(symbol.child("element"), reason)),), exact=False)


def length(machine: Machine, value: Value) -> Value | None:
    """How many items something has; an unknown number is the same one for the same content."""
    atom = value.under(machine.path).single
    if atom is None:
        return None
    held = content(machine, atom)
    if isinstance(held, Unknown):
        return of(Unknown(held.symbol.child("len"), held.reason))
    if isinstance(held, Reference):
        held = machine.library.iterate(machine, held) or held
    if isinstance(held, Items | Entries) and held.exact:
        return constant(len(held.values))
    if isinstance(held, Literally) and isinstance(held.value, str):
        return constant(len(held.value))
    if not isinstance(atom, Reference):
        return None
    given = machine.heap.get((atom.number, LENGTH))
    symbol = Symbol("len", (atom.number, held if isinstance(held, Items) else None))
    return given or of(Unknown(symbol, "a length that is not known"))


def shifted(number: Unknown, by: int) -> Unknown:
    """An unknown number plus a known one: the same symbol wherever it is the same sum."""
    base, before = _offset(number.symbol)
    return Unknown(Symbol(OFFSET, (base, before + by)), number.reason)


def difference(one: Symbol, other: Symbol) -> int | None:
    """``one - other``, where both are the same unknown number plus known ones."""
    if OFFSET not in (one.kind, other.kind):
        return None
    (base, more), (same, less) = _offset(one), _offset(other)
    return more - less if base == same else None


def _offset(symbol: Symbol) -> tuple[Symbol, int]:
    """An unknown number, and what is added to it."""
    if symbol.kind != OFFSET:
        return symbol, 0
    base, by = symbol.parts
    assert isinstance(base, Symbol)
    assert isinstance(by, int)
    return base, by


def subscript(machine: Machine, atom: Atom, index: Value, site: Site) -> Value:
    """``atom[index]`` for everything but tensors."""
    held = content(machine, atom)
    key = index.single
    if isinstance(held, Items):
        if isinstance(key, Literally) and isinstance(key.value, Bounds):
            stretch = Items(held.values[slice(*key.value)], held.exact)
            is_list = isinstance(atom, Reference) and atom.kind == "list"
            return machine.new_list(stretch, site) if is_list else of(stretch)
        return _item(held, key, site)
    if isinstance(held, Entries):
        return entry(machine, held, key, site, atom)
    symbol: Symbol
    if isinstance(held, Unknown):
        symbol = held.symbol
    elif isinstance(held, Reference):
        symbol = Symbol("object", (held.number,))
    else:
        return machine.unknown("item", site, f"the item `{site.excerpt}` is not known")
    part: Hashable = key.value if isinstance(key, Literally) else (site.frame.number, site.at)
    if isinstance(key, Unknown):
        part = key.symbol
    reason = getattr(held, "reason", "") or f"the item `{site.excerpt}` is not known"
    return of(Unknown(symbol.child("[]", part), reason))


def _item(held: Items, key: Atom | None, site: Site) -> Value:
    if isinstance(key, Literally) and isinstance(key.value, int):
        size = len(held.values)
        if held.exact and -size <= key.value < size:
            return held.values[key.value]
        if not held.exact and held.values:
            return held.values[-1 if key.value == -1 else min(key.value, size - 1) if key.value >= 0 else 0]
    elif held.values and all(value == held.values[0] for value in held.values):
        return held.values[0]
    symbol = Symbol("item", (site.frame.number, site.at))
    return of(Unknown(symbol, f"which item `{site.excerpt}` is, is not known"))


OPEN_ENTRY = "a dictionary entry that is not known"


def entry(machine: Machine, held: Entries, key: Atom | None, site: Site, owner: Atom) -> Value:
    """What a dictionary holds under a key; an unknown one is taken to be one of those that it has.

    owner: the dictionary, which has one thing under one name.
    """
    if isinstance(key, Literally) and key.value in held.values:
        return held.values[key.value]
    if isinstance(key, Unknown) and held.exact and 0 < len(held.values) <= MAX_CHOICES:
        cases = []
        for name, value in held.values.items():
            symbol = Symbol("==", (key.symbol, name))
            machine.conditions.setdefault(symbol, f"{site.text} is {name!r}")
            guard = frozenset({machine.signed(symbol, True)})
            cases.append((guard, value))
        return choose(cases)
    if isinstance(owner, Reference) and isinstance(key, Literally):
        return of(Unknown(Symbol("item", (owner.number, key)), OPEN_ENTRY))
    return of(Unknown(Symbol("item", (site.frame.number, site.at)), OPEN_ENTRY))


def store_item(machine: Machine, atom: Atom, index: Value, value: Value) -> None:
    """``atom[index] = value`` for lists and dictionaries."""
    if not isinstance(atom, Reference) or atom.kind == "object":
        return
    held = content(machine, atom)
    key = index.single
    slot = (atom.number, "items")
    if isinstance(held, Entries):
        if isinstance(key, Literally):
            machine.heap.set(slot, of(Entries({**held.values, key.value: value}, held.exact)))
        else:
            machine.heap.set(slot, of(Entries(replaced(held, key, value), exact=False)))
    elif isinstance(held, Items):
        values = list(held.values)
        if (
            isinstance(key, Literally)
            and isinstance(key.value, int)
            and -len(values) <= key.value < len(values)
        ):
            values[key.value] = value
        else:
            symbol = Symbol("item", (atom.number, machine.next_number()))
            another = of(Unknown(symbol, "an item that may have been replaced"))
            values = [old if old == value else another for old in values]
            if not isinstance(key, Unknown):
                held = Items((), exact=False)  # a part of it, which may have grown or shrunk
        machine.heap.set(slot, of(Items(tuple(values), held.exact)))


def merged(held: Entries, other: Entries) -> Entries:
    """What a dictionary holds once it is updated by another; that one may hold more than is known of it."""
    before = held.values if other.exact else replaced(held, None, None)
    return Entries({**before, **other.values}, held.exact and other.exact)


def replaced(held: Entries, key: Atom | None, value: Value | None) -> dict[Hashable, Value]:
    """The entries of a dictionary, each of which may have been replaced.

    key: the one that was, if anything is known of it; value: likewise what it was replaced by.
    """
    symbol = key.symbol if isinstance(key, Unknown) else Symbol("entry", ())
    return {
        name: old if old == value else of(Unknown(symbol.child("replaced", name), OPEN_ENTRY))
        for name, old in held.values.items()
    }


def new_dict(machine: Machine, values: Mapping[Hashable, Value], exact: bool, site: Site) -> Value:
    """Make a dictionary."""
    reference = machine.allocate("dict", site)
    machine.heap.set((reference.number, "items"), of(Entries(dict(values), exact)))
    return of(reference)


def dict_from(machine: Machine, arguments: Arguments, site: Site) -> Value:
    """``dict(pairs or mapping, **keywords)``."""
    values: dict[Hashable, Value] = {}
    exact = not arguments.open
    first = arguments.get(0)
    if first is not None:
        held = [content(machine, atom) for atom in first.under(machine.path).atoms]
        only = held[0] if len(held) == 1 else None
        if isinstance(only, Entries):
            values.update(only.values)
            exact = exact and only.exact
        elif isinstance(only, Items):
            exact = exact and only.exact and add_pairs(machine, only, values)
        else:
            exact = False
    values.update(arguments.keywords)
    return new_dict(machine, values, exact, site)


def add_pairs(machine: Machine, pairs: Items, values: dict[Hashable, Value]) -> bool:
    """Add pairs of a key and a value to ``values``; whether all of them could be."""
    complete = True
    for pair in pairs.values:
        held = content(machine, pair.single) if pair.single is not None else None
        if isinstance(held, Items) and len(held.values) == 2 and isinstance(held.values[0].single, Literally):
            values[held.values[0].single.value] = held.values[1]
        else:
            complete = False
    return complete


def unpack(machine: Machine, value: Value, count: int, star: int | None, site: Site) -> list[Value]:
    """The values of the targets in ``a, b = value``; ``star`` is the position of a starred target."""
    cases = [
        (guard, _unpack(machine, atom, count, star, site))
        for guard, atom in value.under(machine.path).alternatives
    ]
    return [choose([(guard, parts[position]) for guard, parts in cases]) for position in range(count)]


def _unpack(machine: Machine, atom: Atom, count: int, star: int | None, site: Site) -> list[Value]:
    held = content(machine, atom)
    if isinstance(held, Items):
        values = held.values
        if star is not None and len(values) >= count - 1:
            after = count - 1 - star
            middle = machine.new_list(Items(values[star : len(values) - after], held.exact), site)
            return [*values[:star], middle, *values[len(values) - after :]]
        if len(values) == count and (held.exact or count > 1):
            return list(values)
        if not held.exact and values:
            return [values[-1]] * count
    if isinstance(held, TensorFacts):
        each = machine.library.iterate(machine, held)
        if each is not None and each.values:
            return [each.values[0]] * count
    return [subscript(machine, atom, constant(position), site) for position in range(count)]
