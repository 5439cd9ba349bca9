"""The integer arguments of operators, and what kernels and poolings do to sizes in space."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from lossguard.analysis.domain import Atom, Items, Literally, Reference, Unknown, Value
from lossguard.analysis.forms import SIZE
from lossguard.analysis.interpreter import containers
from lossguard.analysis.interpreter.machine import Arguments, Machine
from lossguard.analysis.operators import Operator, Shape
from lossguard.analysis.shapes import Axes, Axis, Numbers

_NAMES: Mapping[Shape, tuple[str, ...]] = MappingProxyType(
    {
        Shape.CREATE: ("size",),
        Shape.VIEW: ("shape", "size"),
        Shape.EXPAND: ("size",),
        Shape.REPEAT: ("repeats", "sizes", "dims"),
        Shape.PERMUTE: ("dims",),
        Shape.FLATTEN: ("start_dim", "end_dim"),
        Shape.SQUEEZE: ("dim",),
        Shape.UNSQUEEZE: ("dim",),
        Shape.TRANSPOSE: ("dim0", "dim1"),
        Shape.MOVE: ("source", "destination"),
        Shape.SELECT: ("dim", "index"),
        Shape.NARROW: ("dim", "start", "length"),
        Shape.UNFOLD: ("dimension", "size", "step"),
        Shape.UNFLATTEN: ("dim", "sizes", "unflattened_size"),
        Shape.APPEND: ("num_classes",),
        Shape.DRAW: ("num_samples",),
    }
)
_LISTS = frozenset({Shape.CREATE, Shape.VIEW, Shape.EXPAND, Shape.REPEAT, Shape.PERMUTE})
_DEFAULTS: Mapping[Shape, tuple[int, ...]] = MappingProxyType({Shape.SELECT: (0,)})


def numbers(machine: Machine, row: Operator, arguments: Arguments) -> Numbers:
    """The integer arguments of an operator behind its first tensor, in the order in which it takes them."""
    if arguments.open:
        return None
    if row.shape in (Shape.REDUCE, Shape.ALONG):
        return _dimensions(machine, arguments.get(row.dim, "dim", "axis"), row.default)
    values = list(arguments.positional)
    values += [v for name in _NAMES.get(row.shape, ()) if (v := arguments.keywords.get(name)) is not None]
    if len(values) == 1 and row.shape in _LISTS:
        return _listed(machine, values[0])
    flat: list[int | None] = []
    for value in values:
        held = _held(machine, value)
        if isinstance(held, Items):
            if not held.exact:
                return None
            flat += [number(v.single) for v in held.values]
        elif isinstance(held, Literally) and held.value is None:
            return []
        else:
            flat.append(number(held))
    return flat or _DEFAULTS.get(row.shape, ())


def _dimensions(machine: Machine, value: Value | None, default: int | None) -> Numbers:
    if value is None:
        return [] if default is None else [default]
    held = _held(machine, value)
    if isinstance(held, Literally):
        return [] if held.value is None else [number(held)]
    if isinstance(held, Items) and held.exact:
        return [number(v.single) for v in held.values]
    return None


def _listed(machine: Machine, value: Value) -> Numbers:
    """Sizes that are given as one argument: a size, or all of them; one that is unknown may be either."""
    held = _held(machine, value)
    if isinstance(held, Items):
        return [number(v.single) for v in held.values] if held.exact else None
    if isinstance(held, Unknown) and held.symbol.kind in (SIZE, "len"):
        return [None]
    return None if number(held) is None else [number(held)]


def _held(machine: Machine, value: Value) -> Atom | None:
    atom = value.under(machine.path).single
    return containers.content(machine, atom) if isinstance(atom, Reference) else atom


def number(atom: Atom | None) -> int | None:
    """The integer that an atom is."""
    if isinstance(atom, Literally) and isinstance(atom.value, int) and not isinstance(atom.value, bool):
        return atom.value
    return None


def real(value: Value | None) -> float | None:
    """The number that a value is."""
    atom = value.single if value is not None else None
    return atom.value if isinstance(atom, Literally) and isinstance(atom.value, int | float) else None


def flag(value: Value | None, default: bool) -> bool | None:
    """The truth of an option; None where it is not known."""
    if value is None:
        return default
    atom = value.single
    return atom.value if isinstance(atom, Literally) and isinstance(atom.value, bool) else None


def created(machine: Machine, row: Operator, arguments: Arguments) -> Numbers:
    """The sizes of a new tensor: given one by one, or as the last tuple of sizes."""
    size = arguments.get(None, "size")
    if size is None:
        held = [v for v in arguments.positional if isinstance(_held(machine, v), Items)]
        size = held[-1] if held else None
    if size is not None:
        return _listed(machine, size)
    return numbers(machine, row, arguments) if row.shape is Shape.CREATE else None


# Sizes in space


def in_space(machine: Machine, value: Value | None, spatial: int, default: int | None) -> list[int | None]:
    """One number for each dimension of space, from a number or from one for each."""
    if value is None:
        return [default] * spatial
    held = _held(machine, value)
    if isinstance(held, Items) and held.exact and len(held.values) == spatial:
        return [number(v.single) for v in held.values]
    return [number(held)] * spatial


def windowed(
    size: int | None, kernel: int | None, stride: int | None, padding: int | None, dilation: int | None = 1
) -> int | None:
    """How many windows of a kernel fit into a size."""
    if size is None or kernel is None or not stride or padding is None or dilation is None:
        return None
    return (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1


def pooled(machine: Machine, axes: Axes, spatial: int, arguments: Arguments) -> Axes:
    """Pool over windows: ``kernel_size``, ``stride``, which is the kernel's by default, and ``padding``."""
    kernels = in_space(machine, arguments.get(0, "kernel_size"), spatial, None)
    given = arguments.get(1, "stride")
    if given is not None and given.single == Literally(None):
        given = None
    strides = kernels if given is None else in_space(machine, given, spatial, None)
    paddings = in_space(machine, arguments.get(2, "padding"), spatial, 0)
    plain = not arguments.open and not {"dilation", "ceil_mode"} & set(arguments.keywords)
    sizes = [
        windowed(axis.size, *window) if plain and len(arguments.positional) < 4 else None
        for axis, *window in zip(axes[-spatial:], kernels, strides, paddings, strict=True)
    ]
    return (*axes[:-spatial], *map(Axis, sizes))


def adapted(machine: Machine, axes: Axes, spatial: int, arguments: Arguments) -> Axes:
    """Pool to the sizes of ``output_size``; None in it leaves a size as it is."""
    value = arguments.get(0, "output_size")
    held = None if value is None else _held(machine, value)
    wanted: Sequence[Atom | None] = [held] * spatial
    if isinstance(held, Items) and held.exact and len(held.values) == spatial:
        wanted = [v.single for v in held.values]
    pairs = zip(axes[-spatial:], wanted, strict=True)
    return (
        *axes[:-spatial],
        *(axis if atom == Literally(None) else Axis(number(atom)) for axis, atom in pairs),
    )
