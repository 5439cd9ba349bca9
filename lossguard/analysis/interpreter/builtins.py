"""Functions of Python and its standard library that values travel through."""

from __future__ import annotations

import builtins as python
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TYPE_CHECKING

from lossguard.analysis.domain import (
    INDEX,
    NONE,
    Atom,
    Code,
    External,
    Items,
    Literally,
    Partial,
    Reference,
    Symbol,
    Unknown,
    Value,
    constant,
    of,
)
from lossguard.analysis.interpreter import containers, copies
from lossguard.analysis.interpreter.container_methods import reordering
from lossguard.analysis.interpreter.records import ClassCode
from lossguard.facts import TensorFacts

if TYPE_CHECKING:
    from lossguard.analysis.interpreter.machine import Arguments, Machine, Site
    from lossguard.analysis.interpreter.objects import Objects

PREFIX = "builtins."
MAX_DIGITS = 100
"""How long a number or a text may be that Python's own functions are called with."""
NAMES = frozenset(dir(python))


def call(machine: Objects, name: str, arguments: Arguments, site: Site) -> Value | None:
    """Call a builtin; None where the name is not one that the analysis follows."""
    function = _FUNCTIONS.get(name.removeprefix(PREFIX))
    return None if function is None else function(machine, arguments, site)


def _identity(_machine: Machine, arguments: Arguments, _site: Site) -> Value | None:
    return arguments.get(0)


def _second(_machine: Machine, arguments: Arguments, _site: Site) -> Value | None:
    return arguments.get(1)


def _nothing(_machine: Machine, _arguments: Arguments, _site: Site) -> Value:
    return NONE


def _length(machine: Machine, arguments: Arguments, _site: Site) -> Value | None:
    first = arguments.get(0)
    return None if first is None else containers.length(machine, first)


def _range(machine: Machine, arguments: Arguments, site: Site) -> Value:
    bounds = [v.single for v in arguments.positional]
    numbers = [b.value for b in bounds if isinstance(b, Literally) and isinstance(b.value, int)]
    last: Value | None = None
    if len(numbers) == len(bounds) and numbers and (len(numbers) < 3 or numbers[2] != 0):
        values = range(*numbers)
        if len(values) <= 16:
            return of(Items(tuple(constant(n) for n in values)))
        last = constant(values[-1])
    elif len(bounds) in (1, 2) and isinstance(bounds[-1], Unknown):
        last = of(containers.shifted(bounds[-1], -1))
    index = machine.unknown(INDEX, site)
    return of(Items((index,) if last is None else (index, last), exact=False))


def _enumerate(machine: Machine, arguments: Arguments, site: Site) -> Value | None:
    first = arguments.get(0, "iterable")
    if first is None:
        return None
    items = containers.iterate(machine, first, site)
    start = (arguments.get(1, "start") or constant(0)).single
    if items.exact and isinstance(start, Literally) and isinstance(start.value, int):
        pairs = [(constant(n), value) for n, value in enumerate(items.values, start.value)]
    else:
        index = machine.unknown(INDEX, site)
        pairs = [(index, value) for value in items.values]
        counted = containers.length(machine, first)
        atom = counted.single if counted is not None else None
        if isinstance(atom, Unknown) and pairs and arguments.get(1, "start") is None:
            pairs = [pairs[-1], (of(containers.shifted(atom, -1)), items.values[-1])]
    return of(Items(tuple(of(Items(pair)) for pair in pairs), items.exact))


def _zip(machine: Machine, arguments: Arguments, site: Site) -> Value:
    """Rows of items that stand together: as many as there are of what is counted, for the rest fits to it."""
    columns = [containers.iterate(machine, value, site) for value in arguments.positional]
    counted = [column for column in columns if column.exact]
    if counted and all(column.values for column in columns):
        rounds = range(min(len(column.values) for column in counted))
        rows = [tuple(c.values[n if c.exact else -1] for c in columns) for n in rounds]
        return of(Items(tuple(of(Items(row)) for row in rows)))
    row = tuple(column.values[-1] for column in columns if column.values)
    zipped = machine.allocate("list", site)
    machine.heap.set((zipped.number, "items"), of(Items((of(Items(row)),), exact=False)))
    length = next(filter(None, (_counted(machine, value) for value in arguments.positional)), None)
    if length is not None:
        machine.heap.set((zipped.number, containers.LENGTH), length)
    return of(zipped)


def _counted(machine: Machine, value: Value) -> Value | None:
    """The length of a list or of another object; None for anything else."""
    return containers.length(machine, value) if isinstance(value.single, Reference) else None


def _items(machine: Machine, arguments: Arguments, site: Site) -> Items:
    """What a container is made of; of nothing where nothing is given."""
    first = arguments.get(0)
    return Items(()) if first is None else containers.iterate(machine, first, site)


def _list(machine: Machine, arguments: Arguments, site: Site) -> Value:
    return machine.new_list(_items(machine, arguments, site), site)


def _set(machine: Machine, arguments: Arguments, site: Site) -> Value:
    return machine.new_list(containers.distinct(_items(machine, arguments, site)), site)


def _tuple(machine: Machine, arguments: Arguments, site: Site) -> Value:
    return of(_items(machine, arguments, site))


def _reversed(machine: Machine, arguments: Arguments, site: Site) -> Value | None:
    first = arguments.get(0)
    if first is None:
        return None
    items = containers.iterate(machine, first, site)
    return of(Items(items.values[::-1], items.exact))


def _next(machine: Machine, arguments: Arguments, site: Site) -> Value | None:
    first = arguments.get(0)
    if first is None:
        return None
    items = containers.iterate(machine, first, site)
    known = items.values and all(value == items.values[0] for value in items.values)
    return items.values[0] if known else None


def _sorted(machine: Machine, arguments: Arguments, site: Site) -> Value | None:
    first = arguments.get(0)
    if first is None:
        return None
    items = containers.iterate(machine, first, site)
    values = _in_order(items.values, arguments) if items.exact else None
    if values is None and any(value != items.values[0] for value in items.values):
        values = (machine.unknown("sorted", site, "an item of a sorted list"),) * len(items.values)
    return machine.new_list(Items(items.values if values is None else values, items.exact), site)


def _in_order(values: Sequence[Value], arguments: Arguments) -> tuple[Value, ...] | None:
    """Constants in the order that ``sorted`` puts them in; None where that is not known."""
    reverse = arguments.keywords.get("reverse", constant(False)).single
    plain = {value.single.value: value for value in values if isinstance(value.single, Literally)}
    if len(plain) < len(values) or "key" in arguments.keywords or not isinstance(reverse, Literally):
        return None
    try:
        return tuple(plain[key] for key in sorted(plain, reverse=bool(reverse.value)))
    except TypeError:
        return None


def _map(machine: Objects, arguments: Arguments, site: Site) -> Value | None:
    from lossguard.analysis.interpreter.machine import Arguments as Actual

    if len(arguments.positional) < 2:
        return None
    function, *iterables = arguments.positional
    columns = [containers.iterate(machine, each, site) for each in iterables]
    exact = all(column.exact for column in columns)
    if len(columns) > 1 and not exact:
        return None
    rows = list(zip(*(column.values for column in columns), strict=False))
    results = tuple(machine.call(function, Actual(row), site) for row in rows[:16])
    return of(Items(results, exact and len(rows) <= 16))


def _of_constants(function: Callable[..., Hashable]) -> Callable[[Machine, Arguments, Site], Value | None]:
    """A function without effects, called where all that it is given is known."""

    def call(machine: Machine, arguments: Arguments, _site: Site) -> Value | None:
        given = [_constants(machine, value) for value in arguments.positional]
        if arguments.keywords or arguments.open or None in given:
            return None
        try:
            return constant(function(*given))
        except (TypeError, ValueError, OverflowError):
            return None

    return call


def _constants(machine: Machine, value: Value) -> object:
    """A short constant, or a list of some; None where it is not known."""
    held = containers.content(machine, value.single) if value.single is not None else None
    if isinstance(held, Items):
        known = [each.single.value for each in held.values if _is_short(each.single)]  # type: ignore[union-attr]
        return known if held.exact and len(known) == len(held.values) else None
    return held.value if isinstance(held, Literally) and _is_short(held) else None


def _is_short(atom: Atom | None) -> bool:
    if not isinstance(atom, Literally):
        return False
    if isinstance(atom.value, str):
        return len(atom.value) < MAX_DIGITS
    return isinstance(atom.value, int | float) and abs(atom.value) < 10.0**MAX_DIGITS


def _dict(machine: Machine, arguments: Arguments, site: Site) -> Value:
    return containers.dict_from(machine, arguments, site)


def _default_dict(machine: Machine, _arguments: Arguments, site: Site) -> Value:
    return containers.new_dict(machine, {}, False, site)


def _partial(_machine: Machine, arguments: Arguments, _site: Site) -> Value | None:
    if not arguments.positional:
        return None
    function, *rest = arguments.positional
    return of(Partial(function, tuple(rest), tuple(arguments.keywords.items())))


def _getattr(machine: Objects, arguments: Arguments, site: Site) -> Value | None:
    target, name = arguments.get(0), arguments.get(1)
    if target is None or name is None or not isinstance(name.single, Literally):
        return None
    return machine.load_attribute(target, str(name.single.value), site)


def _setattr(machine: Objects, arguments: Arguments, _site: Site) -> Value:
    target, name, value = (arguments.get(position) for position in range(3))
    if target is not None and value is not None and name is not None and isinstance(name.single, Literally):
        machine.store_attribute(target, str(name.single.value), value)
    return NONE


def _isinstance(machine: Objects, arguments: Arguments, site: Site) -> Value | None:
    value, classes = arguments.get(0), arguments.get(1)
    atom = value.single if value is not None else None
    if atom is None or classes is None or classes.single is None:
        return None
    group = containers.content(machine, classes.single)
    members = [v.single for v in group.values] if isinstance(group, Items) else [classes.single]
    answers = [_is_instance(machine, atom, member) for member in members]
    if True in answers:
        return constant(True)
    if None not in answers:
        return constant(False)
    subject = atom.symbol if isinstance(atom, Unknown) else Symbol("value", (site.frame.number, site.at))
    return of(Unknown(Symbol("isinstance", (subject, site.text)), "an isinstance test"))


_PYTHON_TYPES: dict[str, Callable[[Atom], bool]] = {
    "tuple": lambda atom: isinstance(atom, Items),
    "list": lambda atom: isinstance(atom, Reference) and atom.kind == "list",
    "dict": lambda atom: isinstance(atom, Reference) and atom.kind == "dict",
    "str": lambda atom: isinstance(atom, Literally) and isinstance(atom.value, str),
    "int": lambda atom: isinstance(atom, Literally) and isinstance(atom.value, int),
    "float": lambda atom: isinstance(atom, Literally) and isinstance(atom.value, float),
    "bool": lambda atom: isinstance(atom, Literally) and isinstance(atom.value, bool),
}


def _is_instance(machine: Objects, atom: Atom, class_: Atom | None) -> bool | None:
    if isinstance(atom, Unknown):
        return None
    if isinstance(class_, External):
        name = class_.name.removeprefix(PREFIX)
        if name in _PYTHON_TYPES:
            return _PYTHON_TYPES[name](atom)
        if isinstance(atom, TensorFacts):
            return True if name in ("torch.Tensor", "torch.FloatTensor") else None
        if isinstance(atom, Reference) and atom.kind == "object":
            return True if name in machine.external_bases(atom) else None
        return False
    if isinstance(class_, Code) and class_.kind == "class":
        if isinstance(atom, Reference) and atom.kind == "object":
            if class_.definition in list(machine.ancestry(atom.type)):
                return True
            return None if machine.external_bases(atom) else False
        return False
    return None


def _hasattr(machine: Objects, arguments: Arguments, _site: Site) -> Value | None:
    target, name = arguments.get(0), arguments.get(1)
    atom = target.single if target is not None else None
    if not (isinstance(atom, Reference) and name is not None and isinstance(name.single, Literally)):
        return None
    key = str(name.single.value)
    if machine.heap.get((atom.number, key)) is not None:
        return constant(True)
    return None


def _sum(machine: Objects, arguments: Arguments, site: Site) -> Value | None:
    first = arguments.get(0, "iterable")
    if first is None:
        return None
    items = containers.iterate(machine, first, site)
    if not items.values or not all(isinstance(value.single, TensorFacts) for value in items.values):
        return None
    total, *rest = items.values
    for value in rest if items.exact else (total,):
        total = machine.binary("+", total, value, site)
    return total


def _reduce(machine: Objects, arguments: Arguments, site: Site) -> Value | None:
    from lossguard.analysis.interpreter.machine import Arguments as Actual

    if len(arguments.positional) < 2:
        return None
    function, iterable, *initial = arguments.positional
    items = containers.iterate(machine, iterable, site)
    values = [*initial, *items.values]
    if not items.exact or not values:
        return None
    result, *rest = values
    for value in rest[:16]:
        result = machine.call(function, Actual((result, value)), site)
    return result if len(rest) <= 16 else None


def _type(machine: Objects, arguments: Arguments, site: Site) -> Value | None:
    first = arguments.get(0)
    if len(arguments.positional) != 1 or first is None:
        return None
    return machine.load_attribute(first, "__class__", site)


def _named_tuple(machine: Objects, arguments: Arguments, site: Site) -> Value | None:
    name, listed = arguments.get(0, "typename"), arguments.get(1, "field_names", "fields")
    if name is None or listed is None or not isinstance(name.single, Literally):
        return None
    fields: list[tuple[str, Value | None]] = []
    for value in _field_names(machine, listed, site):
        if not (isinstance(value.single, Literally) and isinstance(value.single.value, str)):
            return None
        fields.append((value.single.value, None))
    owner = ClassCode(site.frame.module, str(name.single.value), (), fields=fields, is_record=True)
    return of(Code("class", owner))


def _field_names(machine: Objects, listed: Value, site: Site) -> Iterable[Value]:
    """The field names in ``"a b"``, ``["a", "b"]`` and ``[("a", int), ("b", str)]``."""
    if isinstance(listed.single, Literally) and isinstance(listed.single.value, str):
        return [constant(name) for name in listed.single.value.replace(",", " ").split()]
    parts = []
    for value in containers.iterate(machine, listed, site).values:
        pair = containers.content(machine, value.single) if value.single is not None else None
        parts.append(pair.values[0] if isinstance(pair, Items) and pair.values else value)
    return parts


def _namespace(machine: Objects, arguments: Arguments, site: Site) -> Value:
    reference = machine.allocate("object", site, External("types.SimpleNamespace"))
    for name, value in arguments.keywords.items():
        machine.heap.set((reference.number, name), value)
    return of(reference)


def _field(machine: Objects, arguments: Arguments, site: Site) -> Value | None:
    from lossguard.analysis.interpreter.machine import Arguments as Actual

    factory = arguments.get(None, "default_factory", "factory")
    if factory is not None:
        return machine.call(factory, Actual(), site)
    return arguments.get(None, "default")


_FUNCTIONS: dict[str, Callable[[Objects, Arguments, Site], Value | None]] = {
    "abs": _of_constants(abs),
    "all": _of_constants(all),
    "any": _of_constants(any),
    "bool": _of_constants(bool),
    "float": _of_constants(float),
    "int": _of_constants(int),
    "len": _length,
    "max": _of_constants(max),
    "min": _of_constants(min),
    "round": _of_constants(round),
    "str": _of_constants(str),
    "range": _range,
    "enumerate": _enumerate,
    "zip": _zip,
    "list": _list,
    "tuple": _tuple,
    "frozenset": _set,
    "set": _set,
    "sorted": _sorted,
    "reversed": _reversed,
    "iter": _identity,
    "next": _next,
    "map": _map,
    "dict": _dict,
    "print": _nothing,
    "getattr": _getattr,
    "setattr": _setattr,
    "hasattr": _hasattr,
    "isinstance": _isinstance,
    "collections.OrderedDict": _dict,
    "collections.defaultdict": _default_dict,
    "functools.partial": _partial,
    "functools.reduce": _reduce,
    "sum": _sum,
    "type": _type,
    "collections.namedtuple": _named_tuple,
    "typing.NamedTuple": _named_tuple,
    "types.SimpleNamespace": _namespace,
    "argparse.Namespace": _namespace,
    "dataclasses.field": _field,
    "copy.copy": copies.copy,
    "copy.deepcopy": copies.deepcopy,
    "typing.cast": _second,
    "random.shuffle": reordering(),
    "numpy.random.shuffle": reordering(),
    "heapq.heapify": reordering(),
    "heapq.heappush": reordering(grown=True),
    "bisect.insort": reordering(grown=True),
    "bisect.insort_left": reordering(grown=True),
    "bisect.insort_right": reordering(grown=True),
    "tqdm.tqdm": _identity,
    "tqdm.auto.tqdm": _identity,
    "tqdm.notebook.tqdm": _identity,
    "tqdm.tqdm_notebook": _identity,
    "tqdm.trange": _range,
}
