"""How labels are written: as 0 and 1, as -1 and +1, and what arithmetic makes of the one or the other."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce

from lossguard.analysis.domain import Items, Literally, Value, constant
from lossguard.analysis.interpreter.machine import Arguments
from lossguard.contracts import Space
from lossguard.facts import TensorFacts

_OF_NUMBERS = {0.0: Space.BINARY, 1.0: Space.ONES, -1.0: Space.SIGNS}
_ENCODINGS = frozenset({Space.BINARY, Space.ONES, Space.SIGNS})


def of_number(number: object) -> Space:
    """The space of a tensor that holds one number throughout."""
    if isinstance(number, int | float):
        return _OF_NUMBERS.get(float(number), Space.UNKNOWN)
    return Space.UNKNOWN


def of_value(value: Value | None) -> Space:
    """The space of a value that is a tensor or a number."""
    match None if value is None else value.single:
        case TensorFacts(space=space):
            return space
        case Literally(number):
            return of_number(number)
    return Space.UNKNOWN


def joined(spaces: Iterable[Space]) -> Space:
    """The space of values that come from any of these spaces."""
    return reduce(_both, spaces)


def _both(one: Space, other: Space) -> Space:
    if one is other:
        return one
    if Space.ONES in (one, other) and {one, other} <= _ENCODINGS:
        return other if one is Space.ONES else one
    return Space.UNKNOWN


def with_number(operator: str, left: object, right: object) -> Space | None:
    """What ``left operator right`` is for a space and a number; None where no label comes of it."""
    match operator, left, right:
        case "*", Space.ONES | Space.SIGNS, -1:
            return Space.SIGNS
        case "*", -1, Space.ONES | Space.SIGNS:
            return Space.SIGNS
        case "-", 1, Space.BINARY:
            return Space.BINARY
    return None


def created(name: str, arguments: Arguments) -> tuple[Space, int | None] | None:
    """The space of a new tensor, and how many classes its indices count; None where that is not asked for."""
    if name == "full":
        return of_value(arguments.get(1, "fill_value")), None
    return _drawn(arguments) if name == "randint" else None


def _drawn(arguments: Arguments) -> tuple[Space, int | None]:
    """``randint(low, high, size)`` or ``randint(high, size)``."""
    bounds = [value for value in arguments.positional if not isinstance(value.single, Items)]
    low = arguments.get(None, "low") or (bounds[0] if len(bounds) > 1 else constant(0))
    high = arguments.get(None, "high") or (bounds[min(len(bounds), 2) - 1] if bounds else None)
    least, beyond = (None if each is None else each.single for each in (low, high))
    if not isinstance(least, Literally) or not isinstance(least.value, int) or least.value < 0:
        return Space.UNKNOWN, None
    known = isinstance(beyond, Literally) and isinstance(beyond.value, int)
    return Space.CLASS_INDICES, beyond.value if isinstance(beyond, Literally) and known else None


def labelled(name: str, result: Value, arguments: Arguments) -> Value:
    """The result of ``where(condition, a, b)`` or ``fill(x, a)``, as labels where a and b are labels."""
    sides = {"where": arguments.positional[1:3], "fill": arguments.positional[1:2]}.get(name, ())
    space = joined(of_value(side) for side in sides or (None,))
    if space not in _ENCODINGS:
        return result
    return result.map(lambda atom: atom.replace(space=space) if isinstance(atom, TensorFacts) else atom)
