"""Arrays of numpy that tensors are made of: their shapes."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from lossguard.analysis.domain import Atom, External, Items, Literally, Reference, Value, constant, of
from lossguard.analysis.interpreter import containers
from lossguard.analysis.interpreter.machine import Arguments, Machine, Site
from lossguard.analysis.shapes import Sizes
from lossguard.analysis.sizes import number

ARRAY = "numpy.ndarray"
_SHAPED = (0, "shape")
SIZES: Mapping[str, tuple[int, str] | None] = MappingProxyType(
    {
        "numpy.ones": _SHAPED,
        "numpy.zeros": _SHAPED,
        "numpy.empty": _SHAPED,
        "numpy.full": _SHAPED,
        "numpy.random.rand": None,
        "numpy.random.randn": None,
        "numpy.random.random": (0, "size"),
        "numpy.random.normal": (2, "size"),
        "numpy.random.uniform": (2, "size"),
        "numpy.random.randint": (2, "size"),
    }
)
"""Functions that make an array, and the parameter that takes its shape; None where the arguments are it."""


def created(machine: Machine, name: str, arguments: Arguments, site: Site) -> Value | None:
    """The array that a function makes; None where its shape is not given here."""
    place = SIZES[name]
    if arguments.open:
        return None
    if place is None:
        sizes = Items(arguments.positional)
    else:
        given = arguments.get(*place)
        atom = given.under(machine.path).single if given is not None else None
        held = containers.content(machine, atom) if atom is not None else None
        if isinstance(held, Literally) and isinstance(held.value, int):
            held = Items((constant(held.value),))
        if not isinstance(held, Items) or not held.exact:
            return None
        sizes = held
    array = machine.allocate("object", site, External(ARRAY))
    machine.heap.set((array.number, "shape"), of(sizes))
    return of(array)


def shape(machine: Machine, atom: Atom) -> Sizes:
    """The shape of an array; None where it is none, or not known."""
    if not isinstance(atom, Reference) or atom.type != External(ARRAY):
        return None
    held = machine.heap.get((atom.number, "shape"))
    sizes = held.single if held is not None else None
    return tuple(number(size.single) for size in sizes.values) if isinstance(sizes, Items) else None
