"""What several rules ask of a loss call."""

from __future__ import annotations

from lossguard.contracts import Shapes, Space, Target
from lossguard.facts import Argument, LossCall, Phase, TensorFacts

Shape = tuple[int | None, ...]

SCORES = frozenset(
    {
        Space.LOGITS,
        Space.LOG_PROBABILITIES,
        Space.PROBABILITIES,
        Space.UNIT_INTERVAL,
        Space.LOG_UNIT_INTERVAL,
        Space.SIGNED_UNIT_INTERVAL,
    }
)
"""Spaces that a model's output lies in, and labels do not."""

LABELS = frozenset({Space.CLASS_INDICES, Space.ONE_HOT, Space.BINARY, Space.SIGNS})
"""Spaces that labels lie in, and a model's output does not."""


def tensor_at(call: LossCall, parameter: str | None) -> tuple[Argument, TensorFacts] | None:
    """Pair the argument of a call with what is known of its tensor; None where nothing is."""
    argument = None if parameter is None else call.arguments.get(parameter)
    if call.phase is not Phase.CALL or argument is None or argument.tensor is None:
        return None
    return argument, argument.tensor


def misused_input(call: LossCall, code: str) -> tuple[Argument, TensorFacts] | None:
    """Take the input, where the contract says that its space breaks the rule of this code."""
    known = tensor_at(call, call.contract.input)
    return known if known is not None and call.contract.misuse.get(known[1].space) == code else None


def takes_class_indices(call: LossCall) -> bool:
    """Tell whether the target may be class indices, one for each vector of scores."""
    return Target.CLASS_INDICES in call.contract.targets


def takes_class_probabilities(call: LossCall) -> bool:
    """Tell whether a floating target of the input's shape is legal."""
    return Target.CLASS_PROBABILITIES in call.contract.targets


def scores_shape(call: LossCall) -> Shape | None:
    """Take the shape of the class scores; None where unknown, or where the input is not the scores."""
    known = tensor_at(call, call.contract.input)
    scored = call.contract.shapes in (Shapes.CLASS_AXIS, Shapes.ROWS)
    return known[1].shape if known is not None and scored else None


def class_count(shape: Shape | None) -> int | None:
    """Count the classes in scores of shape (C), (N, C) or (N, C, …)."""
    return None if not shape else shape[0] if len(shape) == 1 else shape[1]


def may_agree(one: Shape, other: Shape) -> bool:
    """Tell whether two shapes can be the same."""
    return len(one) == len(other) and all(
        a == b or a is None or b is None for a, b in zip(one, other, strict=True)
    )
