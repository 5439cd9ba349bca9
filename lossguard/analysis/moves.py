"""Applies the row of an operator to the shape of a tensor, and to the dimensions that are followed in it."""

from __future__ import annotations

from lossguard.analysis import combining, shapes, sizes
from lossguard.analysis.domain import Atom, Items, Literally, Unknown, Value
from lossguard.analysis.interpreter import containers
from lossguard.analysis.interpreter.machine import Arguments, Machine, Site
from lossguard.analysis.operators import Operator, Shape
from lossguard.analysis.shapes import Axes, Sizes
from lossguard.facts import TensorFacts

_BY_OTHERS = frozenset({Shape.AS_OTHER, Shape.WIDEN, Shape.MULTIPLY})


def moved(machine: Machine, row: Operator, tensor: TensorFacts, rest: Arguments) -> TensorFacts:
    """The tensor as the operator leaves it, as far as dimensions go; ``rest`` follows it in the call."""
    if row.shape in _BY_OTHERS:
        return tensor.replace(shape=_by_others(row, tensor, rest), dim=None, features=None)
    numbers = _outputs(rest) if row.shape is Shape.OUTPUTS else sizes.numbers(machine, row, rest)
    axes = _axes(machine, row, tensor.shape, numbers, rest)
    dim, features = (
        shapes.followed(row.shape, tensor.shape, axes, numbers, axis)
        for axis in (tensor.dim, tensor.features)
    )
    return tensor.replace(shape=shapes.sizes_of(axes), dim=dim, features=features)


def _outputs(rest: Arguments) -> shapes.Numbers:
    """How many outputs the weight of an affine layer makes."""
    weight = rest.get(0, "weight")
    known = weight.single if weight is not None else None
    return [known.shape[0]] if isinstance(known, TensorFacts) and known.shape else None


def _axes(
    machine: Machine, row: Operator, shape: Sizes, numbers: shapes.Numbers, rest: Arguments
) -> Axes | None:
    if row.shape not in (Shape.POOL, Shape.ADAPT):
        position = None if row.dim is None else row.dim + 1
        keepdim = sizes.flag(rest.get(position, "keepdim", "keepdims"), False)
        return shapes.moved(row.shape, shape, numbers, keepdim)
    if shape is None or len(shape) <= row.spatial:
        return None
    pool = sizes.pooled if row.shape is Shape.POOL else sizes.adapted
    return pool(machine, shapes.axes_of(shape), row.spatial, rest)


def _by_others(row: Operator, tensor: TensorFacts, rest: Arguments) -> Sizes:
    values = [*rest.positional, *rest.keywords.values()]
    atoms = [value.single for value in values]
    if row.shape is Shape.WIDEN:
        return combining.widened([tensor, *atoms]) if atoms else None
    others = [atom for atom in atoms if isinstance(atom, TensorFacts)]
    if len(others) != 1:
        return None
    other = others[0].shape
    return combining.product(tensor.shape, other) if row.shape is Shape.MULTIPLY else other


def joined(machine: Machine, subject: Value, row: Operator, rest: Arguments, site: Site) -> TensorFacts:
    """``cat`` and ``stack`` of a list of tensors."""
    items = containers.iterate(machine, subject, site)
    parts = [atom for value in items.values for atom in value.atoms]
    tensors = [atom for atom in parts if isinstance(atom, TensorFacts)]
    if not tensors or len(tensors) < len(parts):
        reasons = (atom.reason for atom in parts if isinstance(atom, TensorFacts | Unknown))
        return TensorFacts(reason=next(filter(None, reasons), ""))
    given = None if row.dim is None else rest.get(row.dim, "dim", "axis")
    dim = row.default if given is None else sizes.number(given.single)
    exact = items.exact and len(tensors) == len(items.values)
    return combining.joined(row, tensors, exact, dim)


def contracted(subject: Value, rest: Arguments) -> TensorFacts:
    """``einsum`` with the equation first."""
    operands: list[Atom | None] = [value.single for value in rest.positional]
    if len(operands) == 1 and isinstance(operands[0], Items):
        operands = [value.single for value in operands[0].values]
    result = combining.mixed(operands)
    equation = subject.single
    if not isinstance(equation, Literally) or not isinstance(equation.value, str):
        return result
    tensors = [each if isinstance(each, TensorFacts) else TensorFacts() for each in operands]
    return result.replace(shape=combining.contracted(equation.value, tensors))


def created(machine: Machine, row: Operator, arguments: Arguments) -> Sizes:
    """The shape of a new tensor."""
    if row.shape is Shape.ONE_DIMENSION:
        given = arguments.positional
        counts = len(given) == 1 and not arguments.open and "end" not in arguments.keywords
        return (sizes.number(given[0].single) if counts else None,)
    numbers = sizes.created(machine, row, arguments)
    return shapes.sizes_of(shapes.moved(Shape.CREATE, None, numbers))


def softmax_dim(tensor: TensorFacts) -> int | None:
    """The dimension that a softmax takes when none is given to it (``torch.nn.functional`` of torch 2.13)."""
    if tensor.rank is None:
        return None
    return 0 if tensor.rank in (0, 1, 3) else 1


def element(tensor: TensorFacts) -> TensorFacts:
    """What a loop over a tensor gives: its first dimension is gone."""
    if tensor.shape is None:
        return tensor.replace(dim=None, features=None)
    axes = shapes.axes_of(tensor.shape)[1:]
    dim, features = (
        shapes.followed(Shape.SELECT, tensor.shape, axes, None, axis)
        for axis in (tensor.dim, tensor.features)
    )
    return tensor.replace(shape=shapes.sizes_of(axes), dim=dim, features=features)
