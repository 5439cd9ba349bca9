"""Arithmetic and indexing: what they do to the space, shape and origin of a tensor."""

from __future__ import annotations

from lossguard.analysis import combining, encodings, shapes
from lossguard.analysis.domain import INDEX, Atom, Items, Literally, Unknown, Value
from lossguard.analysis.indexing import SOME, indexed
from lossguard.analysis.operators import Shape
from lossguard.contracts import DType, Space
from lossguard.facts import Source, TensorFacts

EPSILON = 1e-3
"""An addend up to this size only keeps a logarithm or a quotient finite."""

_UNIT = frozenset({Space.UNIT_INTERVAL, Space.PROBABILITIES})
_ADDITIVE = frozenset({"+", "-"})
_OPAQUE = object()


def arithmetic(operator: str, left: Atom, right: Atom) -> TensorFacts:
    """``left operator right``, at least one of which is a tensor."""
    tensor, other = (left, right) if isinstance(left, TensorFacts) else (right, left)
    assert isinstance(tensor, TensorFacts)
    space = _space(operator, left, right)
    kept = tensor
    if isinstance(other, TensorFacts) and other.space is space and tensor.space is not space:
        kept = other
    if isinstance(other, TensorFacts) and other.operation != tensor.operation:
        kept = kept.replace(operation=None)
    total = _total(operator, left, right)
    if total is not None and space is Space.NON_NEGATIVE:
        kept = kept.replace(total=total)
    elif space is Space.UNKNOWN or kept.space is Space.UNKNOWN:
        kept = kept.replace(operation=None, steps=())
    dim, features = _dimensions(operator, left, right)
    return kept.replace(
        space=space,
        dim=dim if space is not Space.UNKNOWN else None,
        features=features,
        dtype=_dtype(operator, tensor, other),
        shape=_shape(operator, left, right),
        source=_source(tensor, other),
        mixed=True,
    )


def _shape(operator: str, left: Atom, right: Atom) -> shapes.Sizes:
    if operator != "@":
        return combining.widened([left, right])
    if not isinstance(left, TensorFacts) or not isinstance(right, TensorFacts):
        return None
    return combining.product(left.shape, right.shape)


def _dimensions(operator: str, left: Atom, right: Atom) -> tuple[int | None, int | None]:
    """The dimensions that sum to one and that hold features, where both sides have the same."""
    tensors = [each for each in (left, right) if isinstance(each, TensorFacts)]
    dims = {shapes.normal(each.dim, each.shape) for each in tensors}
    features = {shapes.normal(each.features, each.shape) for each in tensors}
    together = len({each.rank for each in tensors}) == 1 and operator != "@"
    together = together and (len(tensors) == 2 or isinstance(left, Literally) or isinstance(right, Literally))
    return (
        dims.pop() if together and len(dims) == 1 else None,
        features.pop() if together and len(features) == 1 else None,
    )


def _space(operator: str, left: Atom, right: Atom) -> Space:
    if isinstance(left, TensorFacts) and isinstance(right, TensorFacts):
        return _of_tensors(operator, left, right)
    if isinstance(left, TensorFacts) and isinstance(right, Literally):
        if operator == "/" and left.total is not None and left.total == right.value:
            return Space.PROBABILITIES
        labels = encodings.with_number(operator, left.space, right.value)
        return labels or _with_number(operator, left.space, right.value)
    if isinstance(right, TensorFacts) and isinstance(left, Literally):
        if (labels := encodings.with_number(operator, left.value, right.space)) is not None:
            return labels
        if operator == "-" and left.value == 1 and right.space in _UNIT:
            return Space.UNIT_INTERVAL
        if operator == "-":
            return Space.LOGITS if right.space is Space.LOGITS else Space.UNKNOWN
        if operator in ("+", "*"):
            return _with_number(operator, right.space, left.value)
    if any(isinstance(each, TensorFacts) and each.operation == "Parameter" for each in (left, right)):
        return Space.LOGITS if operator in ("+", "@") else Space.UNKNOWN
    return Space.UNKNOWN


def _total(operator: str, left: Atom, right: Atom) -> int | None:
    """What the sum of several probabilities sums to."""
    parts = [
        1 if part.space is Space.PROBABILITIES else part.total
        for part in (left, right)
        if isinstance(part, TensorFacts)
    ]
    if operator != "+" or len(parts) < 2 or None in parts:
        return None
    return sum(part for part in parts if part is not None)


def _with_number(operator: str, space: Space, number: object) -> Space:
    if isinstance(number, bool) or not isinstance(number, int | float):
        return Space.UNKNOWN
    if operator in _ADDITIVE:
        return space if space is Space.LOGITS or abs(number) <= EPSILON else Space.UNKNOWN
    if operator in ("*", "/") and number != 0:
        if space is Space.LOGITS:
            return space
        shrinks = 0 < number <= 1 if operator == "*" else number >= 1
        if number == 1 or (space is Space.NON_NEGATIVE and number > 0):
            return space
        return Space.UNIT_INTERVAL if space in _UNIT and shrinks else Space.UNKNOWN
    if operator == "**" and space in _UNIT and number > 0:
        return Space.UNIT_INTERVAL
    return Space.UNKNOWN


def _of_tensors(operator: str, left: TensorFacts, right: TensorFacts) -> Space:
    if operator in _ADDITIVE and (left.space is right.space is Space.LOGITS or _is_shifted(left, right)):
        return Space.LOGITS
    if _total(operator, left, right) is not None:
        return Space.NON_NEGATIVE
    if operator == "*" and left.space in _UNIT and right.space in _UNIT:
        return Space.UNIT_INTERVAL
    if operator == "@" and "Parameter" in (left.operation, right.operation):
        return Space.LOGITS
    if operator in ("*", "/") and left.space is Space.LOGITS and right.operation == "Parameter":
        return Space.LOGITS
    if operator == "*" and right.space is Space.LOGITS and left.operation == "Parameter":
        return Space.LOGITS
    if operator == "+" and "Parameter" in (left.operation, right.operation):
        others = {left.space, right.space} - {Space.UNKNOWN}
        return Space.LOGITS if others <= {Space.LOGITS} else Space.UNKNOWN
    if operator in ("&", "|", "^") and left.space is right.space is Space.BINARY:
        return Space.BINARY
    return Space.UNKNOWN


def _is_shifted(left: TensorFacts, right: TensorFacts) -> bool:
    """Whether one side is raw scores, and the other a constant that does not follow from them."""
    return any(
        one.space is Space.LOGITS and other.source is Source.DATA
        for one, other in ((left, right), (right, left))
    )


def _dtype(operator: str, tensor: TensorFacts, other: Atom) -> DType | None:
    if isinstance(other, TensorFacts):
        if tensor.dtype is other.dtype and operator != "/":
            return tensor.dtype
        floating = any(t.dtype is not None and t.dtype.is_floating for t in (tensor, other))
        return DType.FLOAT if floating or operator == "/" else None
    if tensor.dtype is None:
        return DType.FLOAT if operator == "/" else None
    if tensor.dtype.is_floating:
        return tensor.dtype
    if operator == "/" or (isinstance(other, Literally) and isinstance(other.value, float)):
        return DType.FLOAT
    return tensor.dtype if isinstance(other, Literally) and tensor.dtype is not DType.BOOL else None


def _source(tensor: TensorFacts, other: Atom) -> Source:
    if isinstance(other, TensorFacts):
        sources = {tensor.source, other.source}
        if Source.MODEL in sources:
            return Source.MODEL
        return sources.pop() if len(sources) == 1 else Source.UNKNOWN
    if isinstance(other, Literally) or tensor.source is Source.MODEL:
        return tensor.source
    return Source.UNKNOWN


def indexing(receiver: TensorFacts, index: Value) -> TensorFacts:
    """``receiver[index]``."""
    entries = _entries(index)
    axes = None if receiver.shape is None else indexed(shapes.axes_of(receiver.shape), entries)
    shape = shapes.sizes_of(axes)
    features, dim = (
        shapes.followed(Shape.UNKNOWN, receiver.shape, axes, None, axis)
        for axis in (receiver.features, receiver.dim)
    )
    space = receiver.space
    if space is Space.PROBABILITIES and _selects_class(receiver, entries):
        space = Space.UNIT_INTERVAL if receiver.rank == 2 or receiver.dim == 1 else Space.UNKNOWN
    if space is Space.UNKNOWN:
        return receiver.replace(
            space=space,
            shape=shape,
            operation=None,
            steps=(),
            dim=None,
            features=features,
        )
    return receiver.replace(space=space, shape=shape, dim=dim, features=features)


_ANY_NUMBER = 0


def _entries(index: Value) -> list[object]:
    atom = index.single
    atoms = [v.single for v in atom.values] if isinstance(atom, Items) else [atom]
    return [_entry(each) for each in atoms]


def _entry(atom: Atom | None) -> object:
    if isinstance(atom, Literally):
        return atom.value
    if isinstance(atom, Unknown) and atom.symbol.kind == "slice":
        return SOME
    if isinstance(atom, Unknown) and atom.symbol.kind == INDEX:
        return _ANY_NUMBER
    return atom if isinstance(atom, TensorFacts) else _OPAQUE


def _selects_class(receiver: TensorFacts, entries: list[object]) -> bool:
    """Whether an index may pick single entries along the dimension that sums to one."""
    last = entries[-1]
    if len(entries) < 2:
        return receiver.rank == 1 and isinstance(last, int)
    opaque = last in (_OPAQUE, SOME) or isinstance(last, TensorFacts)
    return opaque or (isinstance(last, int) and not isinstance(last, bool))
