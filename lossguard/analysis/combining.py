"""What becomes of several tensors: broadcasting, joining, matrix products, sums over indices."""

from __future__ import annotations

from collections.abc import Sequence

from lossguard.analysis import encodings, shapes
from lossguard.analysis.domain import Atom, Literally
from lossguard.analysis.operators import Operator, Shape
from lossguard.analysis.shapes import Axes, Axis, Sizes, normal
from lossguard.contracts import DType
from lossguard.facts import Source, TensorFacts


def broadcast(left: Sizes, right: Sizes) -> Sizes:
    """The shape of an element-wise operation."""
    if left is None or right is None:
        return None
    rank = max(len(left), len(right))
    one = (1,) * (rank - len(left)) + left
    other = (1,) * (rank - len(right)) + right
    return tuple(_wider(a, b) for a, b in zip(one, other, strict=True))


def _wider(one: int | None, other: int | None) -> int | None:
    if one == 1 or (one is None and other not in (None, 1)):
        return other
    return one if other in (1, None) and one is not None else one if one == other else None


def widened(operands: Sequence[Atom | None]) -> Sizes:
    """The shape of an element-wise operation on tensors and numbers."""
    shape: Sizes = ()
    for operand in operands:
        if isinstance(operand, TensorFacts):
            shape = broadcast(shape, operand.shape)
        elif not isinstance(operand, Literally):
            return None
    return shape


def extreme(one: TensorFacts, other: TensorFacts) -> TensorFacts:
    """``max`` and ``min`` of two tensors, element by element."""
    return mixed([one, other]).replace(shape=broadcast(one.shape, other.shape))


def product(left: Sizes, right: Sizes) -> Sizes:
    """The shape of a matrix product."""
    if left is None or right is None or not left or not right:
        return None
    if len(right) == 1:
        return left[:-1]
    if len(left) == 1:
        return (*right[:-2], right[-1])
    batch = broadcast(left[:-2], right[:-2])
    return None if batch is None else (*batch, left[-2], right[-1])


def contracted(equation: str, operands: Sequence[TensorFacts]) -> Sizes:
    """The shape of ``einsum``; None where the equation leaves dimensions unnamed."""
    terms, arrow, result = equation.replace(" ", "").partition("->")
    names = terms.split(",")
    if not arrow or "." in equation or len(names) != len(operands):
        return None
    known: dict[str, int] = {}
    for letters, operand in zip(names, operands, strict=True):
        if operand.shape is not None and len(operand.shape) == len(letters):
            sizes = zip(letters, operand.shape, strict=True)
            known.update((letter, size) for letter, size in sizes if size is not None and size > 1)
    return tuple(known.get(letter) for letter in result)


def mixed(operands: Sequence[Atom | None]) -> TensorFacts:
    """The tensor that an operation makes of others, in a way that keeps nothing but where they come from."""
    tensors = [each for each in operands if isinstance(each, TensorFacts)]
    dtypes = {each.dtype for each in tensors}
    return TensorFacts(dtype=dtypes.pop() if len(dtypes) == 1 else None, source=common_source(operands))


def common_source(operands: Sequence[Atom | None]) -> Source:
    """Where what is computed of all operands comes from."""
    sources = {
        each.source if isinstance(each, TensorFacts) else Source.UNKNOWN
        for each in operands
        if not isinstance(each, Literally)
    }
    if Source.MODEL in sources:
        return Source.MODEL
    return sources.pop() if len(sources) == 1 else Source.UNKNOWN


def joined(row: Operator, tensors: Sequence[TensorFacts], exact: bool, dim: int | None) -> TensorFacts:
    """``cat`` and ``stack``: what all parts share; ``exact`` where no part is left out."""
    first = tensors[0]
    stacks = row.shape is Shape.STACK
    shapes_ = [each.shape for each in tensors]
    axes = _joined_axes(shapes_, exact, dim, stacks=stacks)
    if row.dim is None and axes is not None and len(axes) < 2:
        axes = None
    dims = {normal(each.dim, each.shape) for each in tensors}
    features = {normal(each.features, each.shape) for each in tensors}
    return first.replace(
        space=encodings.joined(each.space for each in tensors),
        classes=first.classes if len({each.classes for each in tensors}) == 1 else None,
        dim=shapes.followed(row.shape, first.shape, axes, None, dims.pop()) if len(dims) == 1 else None,
        features=(
            shapes.followed(row.shape, first.shape, axes, None, features.pop())
            if len(features) == 1
            else None
        ),
        dtype=_common_dtype(tensors),
        shape=shapes.sizes_of(axes),
        source=first.source if len({each.source for each in tensors}) == 1 else Source.UNKNOWN,
        mixed=any(each.mixed for each in tensors) or len({each.steps[:1] for each in tensors}) > 1,
    )


def _common_dtype(tensors: Sequence[TensorFacts]) -> DType | None:
    dtypes = {each.dtype for each in tensors}
    return dtypes.pop() if len(dtypes) == 1 else None


def _joined_axes(parts: Sequence[Sizes], exact: bool, dim: int | None, *, stacks: bool) -> Axes | None:
    known = [part for part in parts if part is not None]
    ranks = {len(part) for part in known}
    if len(ranks) != 1 or len(known) < len(parts):
        return None
    rank = ranks.pop()
    if dim is None or not -rank - stacks <= dim < rank + stacks:
        return (Axis(None),) * (rank + stacks)
    merged = [_merged([part[n] for part in known], Axis(None, n)) for n in range(rank)]
    where = dim % (rank + stacks)
    if stacks:
        return (*merged[:where], Axis(len(parts) if exact else None), *merged[where:])
    sizes = [part[where] for part in known]
    total = sum(size for size in sizes if size is not None)
    alone = Axis(sizes[0], where) if exact and len(sizes) == 1 else None
    joint = alone or Axis(total if exact and None not in sizes else None)
    return (*merged[:where], joint, *merged[where + 1 :])


def _merged(sizes: Sequence[int | None], axis: Axis) -> Axis:
    """A dimension that is as long in every part: one size that is known is the size of all."""
    return axis._replace(size=next((size for size in sizes if size is not None), None))
