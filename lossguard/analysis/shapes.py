"""How operators move shapes; an unknown size is None, and so is a shape of unknown rank."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from lossguard.analysis.domain import Bounds
from lossguard.analysis.operators import Shape

Sizes: TypeAlias = tuple[int | None, ...] | None
Numbers: TypeAlias = Sequence[int | None]


def moved(kind: Shape, shape: Sizes, numbers: Numbers, keepdim: bool = False) -> Sizes:
    """The shape of the result; ``numbers`` are the operator's integer arguments, None where unknown."""
    if kind is Shape.CREATE:
        return tuple(numbers) if numbers else None
    if kind is Shape.VIEW:
        return _view(numbers)
    if kind is Shape.FLATTEN:
        return _flatten(shape, numbers)
    if shape is None or kind is Shape.UNKNOWN:
        return None
    match kind:
        case Shape.KEEP | Shape.LIKE:
            return shape
        case Shape.RANK:
            return (None,) * len(shape)
        case Shape.APPEND:
            return (*shape, None)
        case Shape.SQUEEZE:
            return _squeeze(shape, numbers)
        case Shape.UNSQUEEZE:
            where = _axis(numbers, 0, len(shape) + 1)
            return None if where is None else (*shape[:where], 1, *shape[where:])
        case Shape.TRANSPOSE | Shape.PERMUTE:
            return _reordered(kind, shape, numbers)
        case Shape.REDUCE:
            return _reduce(shape, numbers, keepdim)
        case _:
            return None


def _reordered(kind: Shape, shape: tuple[int | None, ...], numbers: Numbers) -> Sizes:
    rank = len(shape)
    axes = [_axis(numbers, position, rank) for position in range(len(numbers))]
    order = list(range(rank))
    if kind is Shape.TRANSPOSE and len(axes) == 2 and axes[0] is not None and axes[1] is not None:
        order[axes[0]], order[axes[1]] = axes[1], axes[0]
    elif kind is Shape.PERMUTE and len(axes) == rank and None not in axes:
        order = [axis for axis in axes if axis is not None]
    else:
        return (None,) * rank
    return tuple(shape[axis] for axis in order)


def moved_axis(kind: Shape, shape: Sizes, numbers: Numbers, axis: int | None) -> int | None:
    """Where one dimension of the input stands in the result; None where that is not known.

    Every dimension is followed by a size of its own; those of size 1 may go, so they are not.
    """
    if axis is None or kind in (Shape.KEEP, Shape.LIKE, Shape.JOIN):
        return axis
    if shape is None or not -len(shape) <= axis < len(shape):
        return None
    labels = tuple(1 if size == 1 else position + 2 for position, size in enumerate(shape))
    label = labels[axis]
    if label == 1 or moved(kind, shape, numbers) is None:
        return None
    moved_labels = moved(kind, labels, numbers) or ()
    return moved_labels.index(label) if label in moved_labels else None


def _axis(numbers: Numbers, position: int, rank: int) -> int | None:
    number = numbers[position] if position < len(numbers) else None
    if number is None or not -rank <= number < rank:
        return None
    return number % rank


def _view(numbers: Numbers) -> Sizes:
    if not numbers:
        return None
    return tuple(None if number is None or number < 0 else number for number in numbers)


def _flatten(shape: Sizes, numbers: Numbers) -> Sizes:
    start = numbers[0] if numbers else 0
    if len(numbers) > 1 or start is None or start < 0:
        return None
    if shape is None:
        return (None,) * (start + 1)
    if len(shape) <= start:
        return shape
    sizes = shape[start:]
    total: int | None = 1
    for size in sizes:
        total = None if total is None or size is None else total * size
    return (*shape[:start], total)


def _squeeze(shape: tuple[int | None, ...], numbers: Numbers) -> Sizes:
    if not numbers:
        return None if None in shape else tuple(size for size in shape if size != 1)
    where = _axis(numbers, 0, len(shape))
    if where is None or shape[where] is None:
        return None
    return shape[:where] + shape[where + 1 :] if shape[where] == 1 else shape


def _reduce(shape: tuple[int | None, ...], numbers: Numbers, keepdim: bool) -> Sizes:
    if not numbers:
        return ()
    where = _axis(numbers, 0, len(shape))
    if where is None or len(numbers) > 1:
        return None
    return (*shape[:where], *((1,) if keepdim else ()), *shape[where + 1 :])


def indexed(shape: Sizes, index: Sequence[object]) -> Sizes:
    """The shape after ``x[index]``; an entry is an integer, a slice, None, ``...`` or something else."""
    if shape is None:
        return None
    sizes: list[int | None] = []
    rest = list(shape)
    for entry in index:
        if entry is None:
            sizes.append(1)
        elif not rest or entry is ... or isinstance(entry, bool):
            return None
        elif isinstance(entry, int):
            rest.pop(0)
        elif isinstance(entry, Bounds):
            whole = entry == Bounds(None, None, None)
            size = rest.pop(0)
            sizes.append(size if whole else None)
        else:
            return None
    return (*sizes, *rest)


def broadcast(left: Sizes, right: Sizes) -> Sizes:
    """The shape of an element-wise operation."""
    if left is None or right is None:
        return None
    rank = max(len(left), len(right))
    one = (1,) * (rank - len(left)) + left
    other = (1,) * (rank - len(right)) + right
    return tuple(_wider(a, b) for a, b in zip(one, other, strict=True))


def _wider(one: int | None, other: int | None) -> int | None:
    if one == 1:
        return other
    if other == 1 or one == other:
        return one
    return None
