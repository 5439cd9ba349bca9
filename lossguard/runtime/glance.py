"""Recognising a call like an earlier one in a single step into C: the look that nearly every call gets.

What dynamo compares before it runs a compiled graph is what has to be compared here: type, dtype, shape,
device and everything else that the dispatcher goes by. Attribute by attribute it takes longer; where torch
does not offer it, that is how it is done.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import torch
from torch import Tensor

from lossguard.runtime.tally import Tally

Alike = Callable[[Tensor, Tensor], bool]
_grad_enabled = torch.is_grad_enabled


class Features(NamedTuple):
    """What a call is recognised by as one like an earlier one.

    node: the type of the node that made the scores; alike: tells tensors of the same metadata.
    is_even: whether scores and target have one shape; rest: all other arguments.
    """

    node: type
    alike: Alike
    is_even: bool
    rest: tuple[object, ...]


class _Nothing:
    """The type of no node."""


_NOTHING: Final = Features(_Nothing, lambda _, __: False, is_even=False, rest=())


class Glance:
    """What is compared in each call of a loss, and counted.

    tally: counts the calls.
    due: the number, from 0, of the first call that needs more than to look like one known to be right.
    node, alike, is_even, rest: the ``Features`` that the last one of those is recognised by.
    """

    __slots__ = ("alike", "due", "is_even", "node", "rest", "tally")

    def __init__(self, tally: Tally, due: int = -1) -> None:
        self.tally = tally
        self.due = due
        self.recognise()

    def recognise(self, features: Features = _NOTHING) -> None:
        """From now on recognise calls by these features; nothing without any."""
        self.node, self.alike, self.is_even, self.rest = features


def alike(scores: Tensor, target: Tensor) -> Alike:
    """Make what tells whether two tensors are by their metadata like these, plain ones of any shape.

    Strides may differ. Of scores without a node in the graph it matters besides whether they require a
    gradient, and whether gradients are recorded.
    """
    same = _compared_at_once(scores, target) or _compared(scores, target)
    if scores.grad_fn is not None:
        return same
    requires_grad, enabled = scores.requires_grad, _grad_enabled()

    def as_leaf(one: Tensor, other: Tensor) -> bool:
        return one.requires_grad is requires_grad and _grad_enabled() is enabled and same(one, other)

    return as_leaf


def _compared_at_once(scores: Tensor, target: Tensor) -> Alike | None:
    guards: Any = getattr(getattr(torch._C, "_dynamo", None), "guards", None)
    sizes = [list(scores.shape), list(target.shape)]
    any_strides = [[None] * scores.dim(), [None] * target.dim()]
    try:
        made = guards.TensorGuards(scores, target, dynamic_dims_sizes=sizes, dynamic_dims_strides=any_strides)
        check: Alike = made.check
        return check if check(scores, target) is True else None
    except (
        AttributeError,
        TypeError,
        ValueError,
        RuntimeError,
    ):  # another release, or tensors without strides
        return None


def _compared(scores: Tensor, target: Tensor) -> Alike:
    first = scores.dtype, scores.shape, scores.device
    second = target.dtype, target.shape, target.device

    def same(one: Tensor, other: Tensor) -> bool:
        return (
            type(other) is Tensor
            and not other.requires_grad
            and (one.dtype, one.shape, one.device) == first
            and (other.dtype, other.shape, other.device) == second
        )

    return same
