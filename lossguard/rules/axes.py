"""Which dimension of a tensor a loss takes for the classes, and in which they stand."""

from __future__ import annotations

from lossguard.contracts import Shapes, Space
from lossguard.facts import LossCall, TensorFacts
from lossguard.rules.evidence import Shape, may_agree, tensor_at

NORMALISED = frozenset({Space.PROBABILITIES, Space.LOG_PROBABILITIES})
"""Spaces whose values, or their exponentials, sum to one along a dimension."""


def from_front(axis: int | None, tensor: TensorFacts) -> int | None:
    """Count a dimension from the front; None where it is not known, or cannot be counted."""
    if axis is None or axis >= 0:
        return axis
    return None if tensor.rank is None or tensor.rank + axis < 0 else tensor.rank + axis


def summed(tensor: TensorFacts) -> int | None:
    """Give the dimension along which probabilities or log-probabilities sum to one, from the front."""
    return from_front(tensor.dim, tensor) if tensor.space in NORMALISED else None


def class_axis(call: LossCall, scores: TensorFacts) -> int | None:
    """Give the dimension that the loss takes for the classes; None where it is not known."""
    if not scores.rank:
        return None
    match call.contract.shapes:
        case Shapes.CLASS_AXIS:
            return min(1, scores.rank - 1)
        case Shapes.SEQUENCES:
            return scores.rank - 1
    return None


def stand_last(call: LossCall, scores: TensorFacts) -> bool:
    """Tell whether the classes are known to stand last where the loss takes (N, C, …)."""
    if call.contract.shapes is not Shapes.CLASS_AXIS:
        return False
    dim = summed(scores)
    if scores.shape is None:
        return dim is not None and dim > 1
    last = len(scores.shape) - 1
    if last < 2 or _rest_fits(call, scores.shape, 1, last):
        return False
    if _rest_fits(call, scores.shape, last, 1):
        return True
    features = from_front(scores.features, scores)
    if scores.space in NORMALISED:
        return dim == last and features in (None, last)
    return features == last and scores.shape[last] != 1


def _rest_fits(call: LossCall, scores: Shape, axis: int, other: int) -> bool:
    """Tell whether class indices lack this dimension of the scores, and cannot lack the other."""
    target = tensor_at(call, call.contract.target)
    shape = None if target is None else target[1].shape
    if shape is None:
        return False
    return may_agree(_without(scores, axis), shape) and not may_agree(_without(scores, other), shape)


def _without(shape: Shape, axis: int) -> Shape:
    return shape[:axis] + shape[axis + 1 :]
