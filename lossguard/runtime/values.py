"""The space of a tensor, told from its values, where the autograd graph tells nothing.

A few rows are enough: rows of random scores do not sum to one. Only what no right input looks like counts:
whether a sigmoid was applied cannot be seen in values, so it is not asked.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import torch
from torch import Tensor

from lossguard.contracts import Shapes, Space
from lossguard.facts import LossCall
from lossguard.runtime.checks import readable
from lossguard.runtime.observation import Observation
from lossguard.runtime.provenance import UNRECORDED, provenance

ROWS = 64
ENOUGH = 4
_TOLERANCE = {torch.float16: 5e-3, torch.bfloat16: 2e-2, torch.float32: 1e-4, torch.float64: 1e-4}
_FEW = 2e-6


def told_by_values(seen: Observation) -> tuple[LossCall, str] | None:
    """Complete the facts of a call by what the values of its input, of any shape (N, C, …), show; say what.

    None where the graph has told the space already, where values cannot be read, or where they show nothing.
    """
    key, scores = seen.call.contract.input, seen.input
    if scores is None or scores.dtype not in _TOLERANCE or not readable(scores):
        return None
    origin = provenance(scores)
    if origin.space is not Space.UNKNOWN:
        return None
    shown = _shown(seen, scores, hidden=origin is UNRECORDED)
    argument = seen.call.arguments[key]
    if shown is None or shown[0] not in seen.call.contract.misuse or argument.tensor is None:
        return None
    space, evidence = shown
    known = replace(argument, tensor=replace(argument.tensor, space=space))
    return replace(seen.call, arguments=MappingProxyType({**seen.call.arguments, key: known})), evidence


def _shown(seen: Observation, scores: Tensor, *, hidden: bool) -> tuple[Space, str] | None:
    misuse = seen.call.contract.misuse
    rows = _sample(scores.detach(), seen.call.contract.shapes)
    if rows is None or not bool(torch.isfinite(rows).all()):
        return None
    low, high = (bound.item() for bound in torch.aminmax(rows))
    if low >= 0 and Space.PROBABILITIES in misuse and _sum_to_one(rows):
        return Space.PROBABILITIES, "its rows sum to one"
    if high <= 0 and Space.LOG_PROBABILITIES in misuse and _sum_to_one(rows.exp()):
        return Space.LOG_PROBABILITIES, "the exponentials of its rows sum to one"
    expects_logarithms = seen.call.contract.expects <= {Space.LOG_PROBABILITIES, Space.LOG_UNIT_INTERVAL}
    if hidden and expects_logarithms and high > _TOLERANCE[scores.dtype]:
        return Space.LOGITS, f"log-probabilities are never above 0, and it reaches {high:.4g}"
    return None


def _sample(scores: Tensor, shapes: Shapes) -> Tensor | None:
    """Take at most 64 rows of class scores, as f32[rows, C]."""
    if scores.dim() == 0:
        return None
    axis = min(1, scores.dim() - 1) if shapes is Shapes.CLASS_AXIS else scores.dim() - 1
    few = scores[tuple(slice(None) if dim == axis else slice(ENOUGH * 2) for dim in range(scores.dim()))]
    return few.movedim(axis, -1).reshape(-1, scores.shape[axis])[:ROWS]


def _sum_to_one(rows: Tensor) -> bool:
    count, classes = rows.shape
    tolerance = _TOLERANCE[rows.dtype] if count >= ENOUGH else _FEW
    if classes < 2 or (count < ENOUGH and rows.dtype not in (torch.float32, torch.float64)):
        return False
    if bool(((rows == 0) | (rows == 1)).all()) or bool((rows == rows[:, :1]).all()):
        return False
    return bool(((rows.double().sum(dim=1) - 1).abs() <= tolerance).all())
