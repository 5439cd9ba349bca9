"""The space of a tensor, told from its values, where the autograd graph tells nothing.

A few rows are enough: rows of random scores do not sum to one. Only what no right input looks like counts:
whether a sigmoid was applied cannot be seen in values, so it is not asked.
"""

from __future__ import annotations

import torch
from torch import Tensor

from lossguard.contracts import Contract, Shapes, Space, Target
from lossguard.runtime.provenance import UNRECORDED, Provenance
from lossguard.runtime.reading import TensorElements

ROWS = 64
ENOUGH = 4
_TOLERANCE = {torch.float16: 5e-3, torch.bfloat16: 2e-2, torch.float32: 1e-4, torch.float64: 1e-4}
_FEW = 2e-6

_TELLING = frozenset({Target.SIGNS, Target.PADDED_INDICES, Target.PROBABILITIES})

Told = tuple[Space, str]
"""A space, and what shows it."""


def input_space(contract: Contract, scores: Tensor, origin: Provenance) -> Told | None:
    """Say what the values of a readable input, of any shape (N, C, …), show; None where it is nothing."""
    if origin.space is not Space.UNKNOWN or scores.dtype not in _TOLERANCE:
        return None
    rows = _sample(scores.detach(), contract.shapes)
    shown = None if rows is None else _shown(contract, rows, hidden=origin is UNRECORDED)
    return shown if shown is not None and shown[0] in contract.misuse else None


def _shown(contract: Contract, rows: Tensor, *, hidden: bool) -> Told | None:
    if not bool(torch.isfinite(rows).all()):
        return None
    low, high = (bound.item() for bound in torch.aminmax(rows))
    if low >= 0 and Space.PROBABILITIES in contract.misuse and _sum_to_one(rows):
        return Space.PROBABILITIES, "its rows sum to one"
    if high <= 0 and Space.LOG_PROBABILITIES in contract.misuse and _sum_to_one(rows.exp()):
        return Space.LOG_PROBABILITIES, "the exponentials of its rows sum to one"
    expects_logarithms = contract.expects <= {Space.LOG_PROBABILITIES, Space.LOG_UNIT_INTERVAL}
    if hidden and expects_logarithms and high > _TOLERANCE[rows.dtype]:
        return Space.LOGITS, f"log-probabilities are never above 0, and it reaches {high:.4g}"
    return None


def target_space(contract: Contract, target: Tensor) -> Space | None:
    """Say what the values of a readable target show, where that matters to its loss; None otherwise."""
    multi_label = contract.targets == {Target.BINARY} and contract.shapes is Shapes.BROADCAST
    if not multi_label and not contract.targets & _TELLING:
        return None
    low, high = TensorElements(target).extremes()
    if Target.SIGNS in contract.targets:
        return _signs(target, low, high)
    if Target.PADDED_INDICES in contract.targets:
        return Space.BINARY if low >= 0 and high <= 1 and target.shape[-1] > 2 else None
    if multi_label:
        return Space.SIGNS if (low, high) == (-1, 1) and bool((target.abs() == 1).all()) else None
    return _distribution(target, low, high)


def _signs(target: Tensor, low: float, high: float) -> Space | None:
    """Tell 0 and 1, or class indices, from labels of -1 and +1; a batch of ones alone may be either."""
    if not low >= 0 or not bool((target == target.round()).all()):
        return None
    return Space.CLASS_INDICES if high > 1 else Space.BINARY if low == 0 else None


def _distribution(target: Tensor, low: float, high: float) -> Space | None:
    """Tell probabilities from log-probabilities and scores along dimension 1, or the last one.

    What is never above 0 may be log-probabilities along any dimension, rounded to the few digits of its type.
    """
    rows = _sample(target.detach(), Shapes.CLASS_AXIS) if target.dtype in _TOLERANCE else None
    if rows is None or not bool(torch.isfinite(rows).all()):
        return None
    if low >= 0:
        if high > 1 and bool((target == target.round()).all()):
            return Space.CLASS_INDICES
        return Space.PROBABILITIES if high <= 1 and _sum_to_one(rows) else None
    if high > _TOLERANCE[target.dtype]:
        return Space.LOGITS
    return Space.LOG_PROBABILITIES if high <= 0 and _sum_to_one(rows.exp()) else None


def summed_dim(target: Tensor, space: Space) -> int | None:
    """Say along which dimension the values of (N, C), of a space, sum to one, where that is certain."""
    if target.dim() != 2 or space is not Space.PROBABILITIES:
        return None
    return None if _sum_to_one(_sample(target.detach().t(), Shapes.CLASS_AXIS)) else 1


def _sample(scores: Tensor, shapes: Shapes) -> Tensor | None:
    """Take at most 64 rows of class scores, as f32[rows, C]."""
    if scores.dim() == 0:
        return None
    axis = min(1, scores.dim() - 1) if shapes is Shapes.CLASS_AXIS else scores.dim() - 1
    few = scores[tuple(slice(None) if dim == axis else slice(ENOUGH * 2) for dim in range(scores.dim()))]
    return few.movedim(axis, -1).reshape(-1, scores.shape[axis])[:ROWS]


def _sum_to_one(rows: Tensor | None) -> bool:
    if rows is None:
        return False
    count, classes = rows.shape
    tolerance = _TOLERANCE[rows.dtype] if count >= ENOUGH else _FEW
    if classes < 2 or (count < ENOUGH and rows.dtype not in (torch.float32, torch.float64)):
        return False
    if bool(((rows == 0) | (rows == 1)).all()) or bool((rows == rows[:, :1]).all()):
        return False
    return bool(((rows.double().sum(dim=1) - 1).abs() <= tolerance).all())
