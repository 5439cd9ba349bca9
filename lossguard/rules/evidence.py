"""What several rules ask of a loss call."""

from __future__ import annotations

from lossguard.contracts import UNSTATED, Contract, Shapes, Space, Target
from lossguard.facts import UNKNOWN_OPTION, Argument, LossCall, Phase, TensorFacts

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

LABELS = frozenset({Space.CLASS_INDICES, Space.ONE_HOT, Space.BINARY, Space.ONES, Space.SIGNS})
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


_NATIVE_REDUCTIONS = {0: "none", 1: "mean", 2: "sum"}


def option(call: LossCall, name: str) -> object:
    """Take the value of an option, its default where it is not given; ``UNKNOWN_OPTION`` where unknown."""
    value = call.options.get(name, default(call.contract, name))
    return UNKNOWN_OPTION if value is UNSTATED else value


def default(contract: Contract, name: str) -> object:
    """Take the default of an option; ``UNKNOWN_OPTION`` where the loss has no such option."""
    found = (p.default for p in (*contract.functional, *contract.constructor) if p.name == name)
    return next(found, UNKNOWN_OPTION)


def reduction(call: LossCall) -> object:
    """Tell how the loss sums up its elements: ``"mean"``, ``"sum"``, …; ``UNKNOWN_OPTION`` where unknown."""
    given = call.options.get("size_average"), call.options.get("reduce")
    if given != (None, None):
        return legacy_reduction(*given)
    if not takes_words(call.contract):
        return _native_reduction(call.options.get("reduction", 0))
    value = option(call, "reduction")
    return "mean" if value == "elementwise_mean" else value


def _native_reduction(number: object) -> object:
    """Read the number of a function of ``torch`` itself; without one it does not reduce, whatever it says."""
    return _NATIVE_REDUCTIONS.get(number, number) if isinstance(number, int) else number


def takes_words(contract: Contract) -> bool:
    """Tell whether ``reduction`` is a word; the functions of ``torch`` itself take a number."""
    return isinstance(default(contract, "reduction"), str)


def legacy_reduction(size_average: object, reduce: object) -> object:
    """Tell which reduction the deprecated options mean, as torch reads them; any value counts as a bool."""
    if UNKNOWN_OPTION in (size_average, reduce):
        return UNKNOWN_OPTION
    if reduce is not None and not reduce:
        return "none"
    return "mean" if size_average is None or size_average else "sum"
