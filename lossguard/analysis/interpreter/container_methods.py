"""The methods of lists, dictionaries and strings."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING

from lossguard.analysis.domain import (
    NONE,
    Atom,
    Bounds,
    Entries,
    Items,
    Literally,
    Reference,
    Value,
    choose,
    constant,
    of,
)
from lossguard.analysis.interpreter.containers import (
    MAX_ITEMS,
    OPEN_ENTRY,
    add_pairs,
    content,
    distinct,
    entry,
    iterate,
    merged,
    new_dict,
)

if TYPE_CHECKING:
    from lossguard.analysis.interpreter.machine import Arguments, Machine, Site

MAX_TEXT = 10_000
_OF_TEXT = frozenset({"lower", "upper", "strip", "title", "startswith", "endswith", "replace", "split"})


def call_method(
    machine: Machine, receiver: Atom, name: str, arguments: Arguments, site: Site
) -> Value | None:
    """Call a method of a list, tuple, dictionary or string; None where it is not known."""
    held = content(machine, receiver)
    if isinstance(held, Entries):
        return _dict_method(machine, receiver, held, name, arguments, site)
    if isinstance(held, Items):
        return _list_method(machine, receiver, held, name, arguments, site)
    if isinstance(held, Literally) and isinstance(held.value, str):
        return _string_method(machine, held.value, name, arguments, site)
    return None


def _list_method(
    machine: Machine, receiver: Atom, held: Items, name: str, arguments: Arguments, site: Site
) -> Value | None:
    if name == "copy":
        return machine.new_list(held, site)
    change = _CHANGES.get(name)
    if change is None or not isinstance(receiver, Reference):
        return None
    changed = change(machine, held, arguments, site)
    if changed is None:
        return None
    items, result = changed
    items = Items(items.values[: 2 * MAX_ITEMS], items.exact)
    machine.heap.set((receiver.number, "items"), of(items))
    return result


_Changed = tuple[Items, Value | None] | None


def _append(_machine: Machine, held: Items, arguments: Arguments, _site: Site) -> _Changed:
    item = arguments.get(0)
    return None if item is None else (Items((*held.values, item), held.exact), NONE)


def _add(_machine: Machine, held: Items, arguments: Arguments, _site: Site) -> _Changed:
    item = arguments.get(0)
    return None if item is None else (distinct(Items((*held.values, item), held.exact)), NONE)


def _extend(machine: Machine, held: Items, arguments: Arguments, site: Site) -> _Changed:
    items = arguments.get(0)
    if items is None:
        return None
    more = iterate(machine, items, site)
    return Items(held.values + more.values, held.exact and more.exact), NONE


def _update(machine: Machine, held: Items, arguments: Arguments, site: Site) -> _Changed:
    extended = _extend(machine, held, arguments, site)
    return None if extended is None else (distinct(extended[0]), NONE)


def _insert(machine: Machine, held: Items, arguments: Arguments, site: Site) -> _Changed:
    if len(arguments.positional) != 2:
        return None
    position, item = arguments.positional
    where = position.single
    if isinstance(where, Literally) and isinstance(where.value, int):
        values = list(held.values)
        values.insert(where.value, item)
    else:
        values = _in_any_order(machine, (*held.values, item), site)
    return Items(tuple(values), held.exact), NONE


def _pop(machine: Machine, held: Items, arguments: Arguments, site: Site) -> _Changed:
    """Take an item out, or the part that ``del`` names."""
    if not held.values:
        return None
    index = arguments.get(0)
    key = Literally(-1) if index is None else index.single
    values = list(held.values)
    if isinstance(key, Literally) and isinstance(key.value, int):
        if not -len(values) <= key.value < len(values):
            return None
        item: Value | None = values.pop(key.value)
        return Items(tuple(values), held.exact), item
    if isinstance(key, Literally) and isinstance(key.value, Bounds):
        if held.exact:
            del values[slice(*key.value)]
            return Items(tuple(values), exact=True), None
        return Items(tuple(_in_any_order(machine, values, site)), exact=False), None
    left = _in_any_order(machine, values, site)
    return Items(tuple(left[1:]), held.exact), left[0] if left[0] in values else None


def _clear(_machine: Machine, _held: Items, _arguments: Arguments, _site: Site) -> _Changed:
    return Items(()), NONE


def _reverse(_machine: Machine, held: Items, _arguments: Arguments, _site: Site) -> _Changed:
    return Items(held.values[::-1], held.exact), NONE


def _sort(machine: Machine, held: Items, _arguments: Arguments, site: Site) -> _Changed:
    return Items(tuple(_in_any_order(machine, held.values, site)), held.exact), NONE


def _remove(machine: Machine, held: Items, _arguments: Arguments, site: Site) -> _Changed:
    return Items(tuple(_in_any_order(machine, held.values, site)[:-1]), held.exact), NONE


_CHANGES: dict[str, Callable[[Machine, Items, Arguments, Site], _Changed]] = {
    "add": _add,
    "append": _append,
    "clear": _clear,
    "extend": _extend,
    "insert": _insert,
    "pop": _pop,
    "remove": _remove,
    "reverse": _reverse,
    "sort": _sort,
    "update": _update,
}


def reordering(*, grown: bool = False) -> Callable[[Machine, Arguments, Site], Value]:
    """A function that puts a list in an order that is not known; ``grown``: with one more item in it."""

    def reorder(machine: Machine, arguments: Arguments, site: Site) -> Value:
        given, rest = arguments.get(0), arguments.without_first()
        for atom in () if given is None else given.under(machine.path).atoms:
            for method in ("append", "sort") if grown else ("sort",):
                call_method(machine, atom, method, rest, site)
        return NONE

    return reorder


def _in_any_order(machine: Machine, values: Sequence[Value], site: Site) -> list[Value]:
    """The items of a list whose order is not known."""
    if all(value == values[0] for value in values):
        return list(values)
    return [machine.unknown("item", site, "an item of a list whose order is not known")] * len(values)


def _dict_method(
    machine: Machine, receiver: Atom, held: Entries, name: str, arguments: Arguments, site: Site
) -> Value | None:
    first = arguments.get(0)
    key = first.single if first is not None else None
    match name:
        case "keys":
            return of(Items(tuple(constant(k) for k in held.values), held.exact))
        case "values":
            return of(Items(tuple(held.values.values()), held.exact))
        case "items":
            pairs = tuple(of(Items((constant(k), v))) for k, v in held.values.items())
            return of(Items(pairs, held.exact))
        case "copy":
            return new_dict(machine, held.values, held.exact, site)
        case "get" | "pop" | "setdefault":
            if isinstance(key, Literally):
                if key.value in held.values:
                    if name == "pop":
                        rest = {k: v for k, v in held.values.items() if k != key.value}
                        machine.heap.set((_number(receiver), "items"), of(Entries(rest, held.exact)))
                    return held.values[key.value]
                default = arguments.get(1, "default") or NONE
                given = default if held.exact else entry(machine, held, key, site, receiver)
                if name == "setdefault":
                    machine.heap.set(
                        (_number(receiver), "items"),
                        of(Entries({**held.values, key.value: given}, held.exact)),
                    )
                return given
            return entry(machine, held, key, site, receiver)
        case "update":
            machine.demand.follows(OPEN_ENTRY, *(first or NONE).atoms)
            cases = [
                (guard, of(_updated(machine, held, atom, arguments)))
                for guard, atom in (first or NONE).under(machine.path).alternatives
            ]
            machine.heap.set((_number(receiver), "items"), choose(cases))
            return NONE
    return None


def _updated(machine: Machine, held: Entries, other: Atom, arguments: Arguments) -> Entries:
    """What a dictionary holds after ``update(other, **keywords)``."""
    more = content(machine, other)
    if not isinstance(more, Entries):
        pairs: dict[Hashable, Value] = {}
        complete = isinstance(more, Items) and more.exact and add_pairs(machine, more, pairs)
        more = Entries(pairs, complete or other == Literally(None))
    keywords: dict[Hashable, Value] = dict(arguments.keywords.items())
    return merged(merged(held, more), Entries(keywords, not arguments.open))


def _number(atom: Atom) -> int:
    return atom.number if isinstance(atom, Reference) else -1


def _string_method(machine: Machine, text: str, name: str, arguments: Arguments, site: Site) -> Value | None:
    if name not in _OF_TEXT or len(text) > MAX_TEXT:
        return None
    actual = [v.single for v in arguments.positional]
    if arguments.keywords or not all(isinstance(a, Literally) and isinstance(a.value, str) for a in actual):
        return None
    try:
        result = getattr(text, name)(*(a.value for a in actual if isinstance(a, Literally)))
    except (TypeError, ValueError):
        return None
    if isinstance(result, list):
        return machine.new_list(Items(tuple(constant(part) for part in result)), site)
    return constant(result)
