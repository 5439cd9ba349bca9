"""What the rules about values and sizes ask of a loss call that the guard sees."""

from __future__ import annotations

from lossguard.contracts import DType, Shapes, Target
from lossguard.elements import Elements
from lossguard.facts import Argument, LossCall, TensorFacts
from lossguard.rules.evidence import tensor_at

INDEX_DTYPES = frozenset({DType.I64, DType.I32, DType.I16, DType.I8, DType.U8})
_AVERAGES = ("mean", "batchmean", "elementwise_mean", 1)
_HOLDS_INDICES = frozenset({Target.CLASS_INDICES, Target.PADDED_INDICES})


def averages(call: LossCall) -> bool:
    """Tell whether the loss is the mean over what counts."""
    legacy = call.options.get("size_average") is False or call.options.get("reduce") is False
    return call.options.get("reduction", "mean") in _AVERAGES and not legacy


def leaves_elements(call: LossCall) -> bool:
    """Tell whether the caller gets the loss of each element, and so may mask what is not to count."""
    return call.options.get("reduction", "mean") in ("none", 0) or call.options.get("reduce") is False


def number_of_classes(call: LossCall) -> int | None:
    """Count the classes that a loss call tells apart; None where unknown, or where there are none."""
    scores = tensor_at(call, call.contract.input)
    if scores is None or not scores[1].shape or not call.contract.targets & _HOLDS_INDICES:
        return None
    shape = scores[1].shape
    match call.contract.shapes:
        case Shapes.CLASS_AXIS:
            return shape[min(1, len(shape) - 1)]
        case Shapes.ROWS | Shapes.SAME:
            return shape[-1]
        case Shapes.FEATURES:
            return _outputs(call)
    return None


def _outputs(call: LossCall) -> int | None:
    weight = tensor_at(call, "linear_weight")
    if weight is not None:
        return weight[1].shape[0] if weight[1].shape else None
    classes = call.options.get("num_classes", call.options.get("n_classes"))
    return classes if isinstance(classes, int) else None


def ignored_index(call: LossCall) -> int | None:
    """Give the class index that does not count; None where the loss knows none."""
    takes = any(p.name == "ignore_index" for p in (*call.contract.constructor, *call.contract.functional))
    ignored = call.options.get("ignore_index", -100)
    return ignored if takes and isinstance(ignored, int) else None


def read(call: LossCall, parameter: str | None) -> tuple[Argument, TensorFacts, Elements] | None:
    """Take an argument whose elements can be asked for; None for any other."""
    known = tensor_at(call, parameter)
    elements = call.elements.get(parameter or "")
    return None if known is None or elements is None else (*known, elements)


def class_indices(call: LossCall) -> tuple[Argument, TensorFacts, Elements] | None:
    """Take the target, where it holds class indices that can be asked for."""
    known = read(call, call.contract.target)
    return known if known is not None and known[1].dtype in INDEX_DTYPES else None
