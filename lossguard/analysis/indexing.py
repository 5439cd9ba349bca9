"""What ``x[index]`` does to the dimensions of a tensor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from lossguard.analysis.combining import broadcast
from lossguard.analysis.domain import Bounds
from lossguard.analysis.shapes import Axes, Axis, Sizes
from lossguard.contracts import INTEGERS, DType
from lossguard.facts import TensorFacts

Entry: TypeAlias = object
"""An integer, a slice as ``Bounds``, ``SOME``, None, ``...``, a tensor, or something else."""
SOME: Entry = object()
"""A slice whose bounds are not known."""


def indexed(axes: Axes, index: Sequence[Entry]) -> Axes | None:
    """The axes after ``x[index]``; None where not even the rank is known."""
    taken = sum(_taken(entry) for entry in index)
    if taken > len(axes) or sum(entry is ... for entry in index) > 1:
        return None
    picked = _picked(index)
    result: list[Axis] = []
    rest = list(axes)
    for entry in index:
        if entry is None:
            result.append(Axis(1))
        elif entry is ...:
            count = len(axes) - taken
            result += rest[:count]
            del rest[:count]
        elif isinstance(entry, Bounds):
            result.append(_sliced(rest.pop(0), entry))
        elif entry is SOME:
            rest.pop(0)
            result.append(Axis(None))
        elif isinstance(entry, TensorFacts) and picked is not None and _fits(entry, rest):
            del rest[: _taken(entry)]
            result += picked
            picked = ()
        elif isinstance(entry, int) and not isinstance(entry, bool):
            rest.pop(0)
        else:
            return None
    return (*result, *rest)


def _taken(entry: Entry) -> int:
    """How many dimensions an entry of an index uses up."""
    if entry is None or entry is ...:
        return 0
    mask = isinstance(entry, TensorFacts) and entry.dtype in (DType.BOOL, DType.U8)
    return entry.rank or 1 if mask and isinstance(entry, TensorFacts) else 1


def _fits(entry: TensorFacts, axes: Sequence[Axis]) -> bool:
    """Whether a mask may have the sizes of what it masks, as torch demands."""
    masked = zip(entry.shape or (), axes, strict=False)
    return entry.dtype is not DType.BOOL or all(
        size in (None, axis.size) or axis.size is None for size, axis in masked
    )


def _picked(index: Sequence[Entry]) -> Axes | None:
    """The axes that tensors of integers, or one mask, put in the place of those that they index."""
    places = [n for n, entry in enumerate(index) if isinstance(entry, TensorFacts)]
    tensors = [entry for entry in index if isinstance(entry, TensorFacts)]
    if not tensors or places != list(range(places[0], places[0] + len(places))):
        return None
    if any(isinstance(entry, int) for entry in index):
        return None
    if len(tensors) == 1 and tensors[0].dtype is DType.BOOL:
        return (Axis(None),) if tensors[0].rank else None
    shape: Sizes = ()
    for tensor in tensors:
        if tensor.dtype not in INTEGERS - {DType.U8}:
            return None
        shape = broadcast(shape, tensor.shape)
    return None if shape is None else tuple(Axis(size) for size in shape)


def _sliced(axis: Axis, bounds: Bounds) -> Axis:
    if bounds == Bounds(None, None, None):
        return axis
    if axis.size is None:
        return Axis(None)
    size = len(range(*slice(*bounds).indices(axis.size)))
    return axis if size == axis.size and (bounds.step or 1) == 1 else Axis(size)
