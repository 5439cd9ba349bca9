"""How operators move shapes; an unknown size is None, and so is a shape of unknown rank.

A result is told by its axes: each knows its size, and which dimension of the input it is. So the dimension
along which probabilities sum to one is followed by the same rules as the sizes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from math import prod
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

from lossguard.analysis.operators import Shape

Sizes: TypeAlias = tuple[int | None, ...] | None
Numbers: TypeAlias = Sequence[int | None] | None
"""The integer arguments of an operator, None for one that is unknown; None where their number is."""


class Axis(NamedTuple):
    """A dimension of a result.

    size: None where unknown.
    origin: the dimension of the input that it is, whole and in its order; None where it is another.
    """

    size: int | None
    origin: int | None = None


Axes: TypeAlias = tuple[Axis, ...]


def axes_of(shape: tuple[int | None, ...]) -> Axes:
    """The axes of a tensor that has not been moved."""
    return tuple(Axis(size, origin) for origin, size in enumerate(shape))


def sizes_of(axes: Axes | None) -> Sizes:
    """The shape that axes make."""
    return None if axes is None else tuple(axis.size for axis in axes)


def moved(kind: Shape, shape: Sizes, numbers: Numbers, keepdim: bool | None = False) -> Axes | None:
    """The axes of the result; ``keepdim`` is None where it is not known."""
    before = None if shape is None else axes_of(shape)
    if kind in _OF_ANY_RANK:
        return _OF_ANY_RANK[kind](before, numbers)
    if before is None or kind is Shape.UNKNOWN:
        return None
    if kind is Shape.REDUCE:
        return _reduced(before, numbers, keepdim)
    return _OF_KNOWN_RANK[kind](before, numbers) if kind in _OF_KNOWN_RANK else None


def followed(kind: Shape, shape: Sizes, axes: Axes | None, numbers: Numbers, axis: int | None) -> int | None:
    """Where a dimension of the input stands in the result; None where that is not known, or it is gone."""
    if axis is None or kind in (Shape.KEEP, Shape.LIKE):
        return axis
    if axes is None:
        return _exchanged(axis, numbers) if kind is Shape.TRANSPOSE else None
    if axis < 0 and shape is None and kind is Shape.PERMUTE:
        axis += len(axes)
    elif axis < 0 and shape is not None:
        axis += len(shape)
    origins = [each.origin for each in axes]
    return origins.index(axis) if axis >= 0 and axis in origins else None


def normal(axis: int | None, shape: Sizes) -> int | None:
    """A dimension counted from the front, where the rank is known."""
    if axis is None or axis >= 0 or shape is None:
        return axis
    return axis + len(shape) if axis + len(shape) >= 0 else None


def _exchanged(axis: int, numbers: Numbers) -> int | None:
    """Follow a dimension through a transposition of unknown rank: all are counted from the same end."""
    if numbers is None or len(numbers) != 2:
        return None
    one, other = numbers
    if one is None or other is None or len({one < 0, other < 0, axis < 0}) > 1:
        return None
    return other if axis == one else one if axis == other else axis


def _position(number: int | None, rank: int) -> int | None:
    return None if number is None or not -rank <= number < rank else number % rank


def _first(numbers: Numbers, rank: int) -> int | None:
    return _position(numbers[0], rank) if numbers else None


def _blurred(axes: Axes) -> Axes:
    """As many axes, of which nothing is known."""
    return (Axis(None),) * len(axes)


def _changed(axes: Axes, where: int, *new: Axis) -> Axes:
    return (*axes[:where], *new, *axes[where + 1 :])


# Operators that say the rank of their result themselves


def _created(_before: Axes | None, numbers: Numbers) -> Axes | None:
    return tuple(Axis(number) for number in numbers) if numbers else None


def _viewed(before: Axes | None, numbers: Numbers) -> Axes | None:
    if not numbers:
        return None
    sizes = [None if number is None or number < 0 else number for number in numbers]
    if before is None:
        return tuple(Axis(size) for size in sizes)
    front, back = _shared(before, sizes)
    middle, rest = before[front : len(before) - back], sizes[front : len(sizes) - back]
    if len(middle) == len(rest) == 1:
        inner = [Axis(rest[0] if middle[0].size is None else middle[0].size, middle[0].origin)]
    else:
        inner = [Axis(size) for size in _completed(middle, rest)]
    return (*before[:front], *inner, *before[len(before) - back :])


def _shared(before: Axes, sizes: Sequence[int | None]) -> tuple[int, int]:
    """How many dimensions a view leaves alone at the front and at the back."""
    if [axis.size for axis in before] == list(sizes) and None not in sizes:
        return len(sizes), 0
    limit = min(len(before), len(sizes))
    front = back = 0
    while front < limit and _same(before[front].size, sizes[front]):
        front += 1
    while back < limit - front and _same(before[-1 - back].size, sizes[-1 - back]):
        back += 1
    return front, back


def _same(one: int | None, other: int | None) -> bool:
    return one is not None and one == other and one > 1


def _completed(middle: Axes, rest: Sequence[int | None]) -> list[int | None]:
    """Work out the one size that is left open."""
    known = [axis.size for axis in middle if axis.size is not None]
    given = [size for size in rest if size is not None]
    divisor = prod(given)
    if len(known) < len(middle) or len(rest) != len(given) + 1 or not divisor or prod(known) % divisor:
        return list(rest)
    return [prod(known) // divisor if size is None else size for size in rest]


def _flattened(before: Axes | None, numbers: Numbers) -> Axes | None:
    if numbers is None:
        return None
    start, end = [*numbers, *(0, -1)[len(numbers) :]][:2]
    if before is None:
        if start is None or start < 0 or end != -1:
            return None
        return (*(Axis(None, origin) for origin in range(start)), Axis(None))
    rank = len(before)
    if rank == 0:
        return (Axis(1),)
    first, last = _position(start, rank), _position(end, rank)
    if first is None or last is None or first > last:
        return None
    if first == last:
        return before
    sizes = [axis.size for axis in before[first : last + 1]]
    total = None if None in sizes else prod(size for size in sizes if size is not None)
    return (*before[:first], Axis(total), *before[last + 1 :])


def _permuted(before: Axes | None, numbers: Numbers) -> Axes | None:
    rank = len(numbers or ()) if before is None else len(before)
    places = [_position(number, rank) for number in numbers or ()]
    if not places or len(places) != rank:
        return None if before is None else _blurred(before)
    order = [place for place in places if place is not None]
    if len(set(order)) != rank:
        return (Axis(None),) * rank
    return tuple(Axis(None, place) if before is None else before[place] for place in order)


def _expanded(before: Axes | None, numbers: Numbers) -> Axes | None:
    if not numbers:
        return None
    added = len(numbers) - len(before or ())
    if before is None or added < 0:
        return tuple(Axis(None if number is None or number < 0 else number) for number in numbers)
    return (
        *(Axis(number) for number in numbers[:added]),
        *(_stretched(axis, number) for axis, number in zip(before, numbers[added:], strict=True)),
    )


def _stretched(axis: Axis, number: int | None) -> Axis:
    if number == -1 or number == axis.size or (axis.size or 1) > 1:
        return axis
    return Axis(number)


def _repeated(before: Axes | None, numbers: Numbers) -> Axes | None:
    if not numbers:
        return None
    added = len(numbers) - len(before or ())
    if before is None or added < 0:
        return (Axis(None),) * len(numbers)
    return (*(Axis(n) for n in numbers[:added]), *map(_times, before, numbers[added:]))


def _times(axis: Axis, number: int | None) -> Axis:
    if number == 1:
        return axis
    return Axis(None if number is None or axis.size is None else number * axis.size)


def _one_dimension(_before: Axes | None, _numbers: Numbers) -> Axes:
    return (Axis(None),)


# Operators that move the dimensions of their input


def _kept(before: Axes, _numbers: Numbers) -> Axes:
    return before


def _of_the_same_rank(before: Axes, _numbers: Numbers) -> Axes:
    return _blurred(before)


def _resized(before: Axes, _numbers: Numbers) -> Axes:
    """Batch and channels stay, sizes in space change."""
    return (*before[:2], *_blurred(before[2:]))


def _appended(before: Axes, numbers: Numbers) -> Axes:
    count = numbers[0] if numbers else None
    return (*before, Axis(count if count is not None and count > 0 else None))


def _squeezed(before: Axes, numbers: Numbers) -> Axes | None:
    if numbers is None:
        return None
    rank = len(before)
    places = {_position(number, rank) for number in numbers} if numbers else set(range(rank))
    if None in places or any(before[place].size is None for place in places if place is not None):
        return None
    return tuple(axis for n, axis in enumerate(before) if not (n in places and axis.size == 1))


def _unsqueezed(before: Axes, numbers: Numbers) -> Axes:
    where = _first(numbers, len(before) + 1)
    return (*_blurred(before), Axis(None)) if where is None else (*before[:where], Axis(1), *before[where:])


def _at_least(least: int, before: Axes, _numbers: Numbers) -> Axes:
    """Dimensions in front; but of three, one in front of a vector and one at the end."""
    missing = [Axis(1)] * max(least - len(before), 0)
    behind = missing[:1] if least == 3 and before else []
    return (*missing[len(behind) :], *before, *behind)


def _transposed(before: Axes, numbers: Numbers) -> Axes:
    places = [_position(number, len(before)) for number in numbers or ()]
    if len(places) != 2 or places[0] is None or places[1] is None:
        return _blurred(before)
    axes = list(before)
    axes[places[0]], axes[places[1]] = axes[places[1]], axes[places[0]]
    return tuple(axes)


def _reversed(before: Axes, _numbers: Numbers) -> Axes:
    return before[::-1]


def _last_two_exchanged(before: Axes, _numbers: Numbers) -> Axes | None:
    return (*before[:-2], before[-1], before[-2]) if len(before) > 1 else None


def _one_moved(before: Axes, numbers: Numbers) -> Axes:
    places = [_position(number, len(before)) for number in numbers or ()]
    if len(places) != 2 or places[0] is None or places[1] is None:
        return _blurred(before)
    axes = list(before)
    axes.insert(places[1], axes.pop(places[0]))
    return tuple(axes)


def _reduced(before: Axes, numbers: Numbers, keepdim: bool | None) -> Axes | None:
    if numbers is None or keepdim is None:
        return None
    rank = len(before)
    if not numbers:
        return (Axis(1),) * rank if keepdim else ()
    places = {_position(number, rank) for number in numbers}
    if None in places:
        known = len(numbers) == 1 and rank > 0
        return (Axis(None),) * (rank if keepdim else rank - 1) if known else None
    if keepdim:
        return tuple(Axis(1) if n in places else axis for n, axis in enumerate(before))
    return tuple(axis for n, axis in enumerate(before) if n not in places)


def _along(before: Axes, numbers: Numbers) -> Axes:
    """One dimension gets another content; which one, the first number says, its new size the second."""
    where = _first(numbers, len(before))
    if where is None or numbers is None:
        return _blurred(before)
    return _changed(before, where, Axis(numbers[1] if len(numbers) == 2 else None))


def _narrowed(before: Axes, numbers: Numbers) -> Axes:
    return _along(before, None if numbers is None else [*numbers[:1], *numbers[2:3]])


def _selected(before: Axes, numbers: Numbers) -> Axes | None:
    if not before or not numbers:
        return None
    where = _first(numbers, len(before))
    return (Axis(None),) * (len(before) - 1) if where is None else _changed(before, where)


def _unflattened(before: Axes, numbers: Numbers) -> Axes | None:
    where = _first(numbers, len(before))
    if where is None or not numbers or len(numbers) < 2:
        return None
    axis = before[where]
    sizes = [None if number is None or number < 0 else number for number in numbers[1:]]
    return _changed(before, where, *(Axis(size) for size in _completed((axis,), sizes)))


def _unfolded(before: Axes, numbers: Numbers) -> Axes | None:
    where = _first(numbers, len(before))
    if where is None or numbers is None or len(numbers) != 3:
        return None
    return (*_changed(before, where, Axis(None)), Axis(numbers[1]))


def _drawn(before: Axes, numbers: Numbers) -> Axes | None:
    return (*before[:-1], Axis(numbers[0] if numbers else None)) if before else None


_OF_ANY_RANK: Mapping[Shape, Callable[[Axes | None, Numbers], Axes | None]] = MappingProxyType(
    {
        Shape.CREATE: _created,
        Shape.VIEW: _viewed,
        Shape.FLATTEN: _flattened,
        Shape.PERMUTE: _permuted,
        Shape.EXPAND: _expanded,
        Shape.REPEAT: _repeated,
        Shape.ONE_DIMENSION: _one_dimension,
    }
)
_OF_KNOWN_RANK: Mapping[Shape, Callable[[Axes, Numbers], Axes | None]] = MappingProxyType(
    {
        Shape.KEEP: _kept,
        Shape.LIKE: _kept,
        Shape.RANK: _of_the_same_rank,
        Shape.RESIZE: _resized,
        Shape.APPEND: _appended,
        Shape.SQUEEZE: _squeezed,
        Shape.UNSQUEEZE: _unsqueezed,
        Shape.AT_LEAST_1: partial(_at_least, 1),
        Shape.AT_LEAST_2: partial(_at_least, 2),
        Shape.AT_LEAST_3: partial(_at_least, 3),
        Shape.TRANSPOSE: _transposed,
        Shape.REVERSE: _reversed,
        Shape.LAST_TWO: _last_two_exchanged,
        Shape.MOVE: _one_moved,
        Shape.ALONG: _along,
        Shape.NARROW: _narrowed,
        Shape.SELECT: _selected,
        Shape.UNFLATTEN: _unflattened,
        Shape.UNFOLD: _unfolded,
        Shape.DRAW: _drawn,
        Shape.OUTPUTS: _drawn,
    }
)
