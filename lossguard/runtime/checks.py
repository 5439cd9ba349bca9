"""What only the running program can know: devices, sizes that meet, and the values themselves."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import ClassVar

import torch
from torch import Tensor

from lossguard.contracts import Shapes, Target
from lossguard.diagnostics import Severity
from lossguard.rules import Finding
from lossguard.runtime.observation import Observation, described

_AVERAGES = ("mean", "batchmean", "elementwise_mean", 1)
_INTEGERS = frozenset({torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8})
_REALS = frozenset({torch.float16, torch.bfloat16, torch.float32, torch.float64})
_HOLDS_INDICES = frozenset({Target.CLASS_INDICES, Target.PADDED_INDICES})


class Check(ABC):
    """A check of the tensors of one loss call; the counterpart of a rule, which reads facts only."""

    code: ClassVar[str]
    name: ClassVar[str]
    severity: ClassVar[Severity] = Severity.ERROR

    @abstractmethod
    def check(self, seen: Observation) -> Finding | None:
        """Say how the call breaks this check, or None."""


def named(seen: Observation, key: str) -> str:
    """Quote an argument as the user wrote it."""
    return f"`{seen.call.arguments[key].text}`"


def callee(seen: Observation) -> str:
    """Quote the callee as the user wrote it, with the loss that it is where the words do not say so."""
    name = seen.call.contract.name
    return f"`{seen.call.text}`" if name in seen.call.text else f"`{seen.call.text}` ({name})"


def _averages(seen: Observation) -> bool:
    return seen.call.options.get("reduction", "mean") in _AVERAGES


def _leaves_elements(seen: Observation) -> bool:
    """Tell whether the caller gets the loss of each element, and so may mask what is not to count."""
    return seen.call.options.get("reduction", "mean") in ("none", 0)


def class_count(seen: Observation) -> int | None:
    """Count the classes that a loss call tells apart; None where it takes no class indices."""
    contract, scores = seen.call.contract, seen.input
    if scores is None or not contract.targets & _HOLDS_INDICES:
        return None
    match contract.shapes:
        case Shapes.CLASS_AXIS:
            return scores.shape[min(1, scores.dim() - 1)] if scores.dim() else None
        case Shapes.ROWS | Shapes.SAME:
            return scores.shape[-1] if scores.dim() else None
        case Shapes.FEATURES:
            weight = seen.tensors.get("linear_weight")
            if weight is not None:
                return weight.shape[0]
            classes = seen.call.options.get("num_classes", seen.call.options.get("n_classes"))
            return classes if isinstance(classes, int) else None
    return None


class Devices(Check):
    """Tensors of one loss call stand on different devices; torch raises."""

    code = "LG404"
    name = "different-devices"

    def check(self, seen: Observation) -> Finding | None:
        """See the class."""
        if seen.call.contract.shapes is Shapes.SEQUENCES or seen.input is None:
            return None
        home = seen.input.device
        for key, tensor in seen.tensors.items():
            if tensor.device != home and (tensor.dim() or tensor.is_meta):
                return Finding(
                    key,
                    f"{callee(seen)} gets tensors on different devices: "
                    f"{named(seen, seen.call.contract.input)} is on {home}, "
                    f"{named(seen, key)} on {tensor.device}",
                    f"move it there: `.to({str(home)!r})`; a criterion with a weight moves like a model does",
                )
        return None


class BatchSizes(Check):
    """Input and target hold different numbers of samples, or none at all."""

    code = "LG406"
    name = "batch-size"

    def check(self, seen: Observation) -> Finding | None:
        """See the class."""
        batch = seen.input
        if batch is None:
            return None
        if batch.numel() == 0 and batch.dim() and batch.shape[0] == 0 and _averages(seen):
            return Finding(
                seen.call.contract.input,
                f"{callee(seen)} averages over an empty batch, {described(batch)}: the loss is NaN",
                "skip empty batches, or use reduction='sum'",
            )
        for key in self._companions(seen):
            other = seen.tensors[key]
            if self._differ(seen.call.contract.shapes, batch, other):
                return Finding(
                    key,
                    f"{callee(seen)} gets {batch.shape[0]} samples in "
                    f"{named(seen, seen.call.contract.input)}, {described(batch)}, and {other.shape[0]} in "
                    f"{named(seen, key)}, {described(other)}",
                    "take input and target from the same batch",
                )
        return None

    @staticmethod
    def _companions(seen: Observation) -> list[str]:
        keys = [parameter.key for parameter in seen.call.contract.call]
        return [key for key in keys if key in seen.tensors and key != seen.call.contract.input]

    @staticmethod
    def _differ(shapes: Shapes, batch: Tensor, other: Tensor) -> bool:
        if not batch.dim() or not other.dim() or batch.shape[0] == other.shape[0]:
            return False
        match shapes:
            case Shapes.CLASS_AXIS | Shapes.ROWS | Shapes.FEATURES:
                return batch.dim() > 1
            case Shapes.SAME:
                return batch.dim() == other.dim()
            case Shapes.BROADCAST | Shapes.TRIPLETS:
                return batch.dim() == other.dim() and 1 not in (batch.shape[0], other.shape[0])
            case Shapes.PAIRS:
                return batch.dim() >= other.dim() and 1 not in (batch.shape[0], other.shape[0])
        return False


class Weights(Check):
    """A weight that does not fit: one value a class, or values that stretch to the input's shape."""

    code = "LG407"
    name = "weight-shape"

    def check(self, seen: Observation) -> Finding | None:
        """See the class."""
        for key in ("weight", "pos_weight"):
            weight = seen.tensors.get(key)
            if weight is not None and seen.input is not None:
                finding = (
                    self._a_class(seen, key, weight)
                    if class_count(seen) is not None
                    else self._an_element(seen, key, seen.input, weight)
                )
                if finding is not None:
                    return finding
        return None

    @staticmethod
    def _a_class(seen: Observation, key: str, weight: Tensor) -> Finding | None:
        classes, scores, target = class_count(seen), seen.input, seen.target
        if weight.dim() != 1 or weight.shape[0] != classes:
            return Finding(
                key,
                f"{callee(seen)} takes one weight for each of {classes} classes, "
                f"{named(seen, key)} is {described(weight)}",
                f"give a tensor of shape [{classes}]",
            )
        mixed = scores is not None and weight.dtype != scores.dtype
        if scores is None or target is None or not mixed or target.is_floating_point():
            return None
        if torch.is_autocast_enabled(scores.device.type):
            return None
        return Finding(
            key,
            f"{callee(seen)} takes a weight of the input's type: "
            f"{named(seen, seen.call.contract.input)} is {described(scores)}, "
            f"{named(seen, key)} {described(weight)}",
            f"convert it: `.to({scores.dtype})`",
        )

    @staticmethod
    def _an_element(seen: Observation, key: str, scores: Tensor, weight: Tensor) -> Finding | None:
        whole = seen.call.contract.name in ("MSELoss", "L1Loss", "HuberLoss")
        if weight.shape == scores.shape or (not whole and _stretches(weight.shape, scores.shape)):
            return None
        return Finding(
            key,
            f"{named(seen, key)}, {described(weight)}, does not fit "
            f"{named(seen, seen.call.contract.input)}, {described(scores)}, in {callee(seen)}",
            "give one weight for each element, or a shape that stretches to the input's",
        )


def _stretches(small: torch.Size, large: torch.Size) -> bool:
    if len(small) > len(large):
        return False
    return all(a in (1, b) for a, b in zip(reversed(small), reversed(large), strict=False))


class IndexRange(Check):
    """A class index that is not in 0 … C-1; a CUDA kernel would end in a device-side assert."""

    code = "LG401"
    name = "class-index-range"

    def check(self, seen: Observation) -> Finding | None:
        """See the class."""
        classes, target = class_count(seen), seen.target
        if classes is None or target is None or target.dtype not in _INTEGERS or not readable(target):
            return None
        ignored = _ignored(seen)
        low, high = _extremes(target)
        padded = Target.PADDED_INDICES in seen.call.contract.targets
        if (low >= 0 or (padded and low == -1)) and high < classes:
            return None
        wrong = (target < (-1 if padded else 0)) | (target >= classes)
        if ignored is not None:
            wrong &= target != ignored
        if not bool(wrong.any()):
            return None
        key = seen.call.contract.target or ""
        position = wrong.nonzero()[0].tolist()
        value = int(target[tuple(position)])
        place = ", ".join(str(index) for index in position)
        return Finding(
            key,
            f"{named(seen, key)}{f'[{place}]' if position else ''} is {value}, but {callee(seen)} has "
            f"{classes} classes, 0 to {classes - 1}",
            _index_help(value, int(low), int(high), classes),
        )


def _index_help(value: int, low: int, high: int, classes: int) -> str:
    if low == 1 and high == classes:
        return f"the labels run from 1 to {classes}: subtract 1"
    if value in (-1, 255, -100):
        return f"if {value} marks what is not to count, pass ignore_index={value}"
    return "give the model as many outputs as there are classes, or look for wrong labels"


class NotFinite(Check):
    """NaN or infinity in what a loss is computed from; minus infinity masks logits and log-probabilities."""

    code = "LG402"
    name = "not-finite"

    def check(self, seen: Observation) -> Finding | None:
        """See the class."""
        contract = seen.call.contract
        if _leaves_elements(seen):
            return None
        masks = contract.shapes in (Shapes.CLASS_AXIS, Shapes.SEQUENCES) or contract.name == "KLDivLoss"
        for key in (parameter.key for parameter in contract.call):
            tensor = seen.tensors.get(key)
            if tensor is None or tensor.dtype not in _REALS or not readable(tensor):
                continue
            what = _not_finite(*_extremes(tensor), masks=masks)
            if what is None:
                continue
            return Finding(
                key,
                f"{named(seen, key)}, {described(tensor)}, of {callee(seen)} holds {what}",
                "look for a division by zero, a logarithm of zero, or a learning rate that is too high"
                if key != contract.target
                else "look for missing values in the data",
            )
        return None


def _not_finite(low: float, high: float, *, masks: bool) -> str | None:
    if math.isnan(low):
        return "NaN"
    if high == math.inf:
        return "infinity"
    return "minus infinity" if low == -math.inf and (high == low or not masks) else None


class UnitInterval(Check):
    """A value outside [0, 1] where a binary loss takes probabilities."""

    code = "LG403"
    name = "outside-unit-interval"

    def check(self, seen: Observation) -> Finding | None:
        """See the class."""
        contract = seen.call.contract
        keys = {"BCELoss": (contract.input, contract.target), "BCEWithLogitsLoss": (contract.target,)}
        for key in filter(None, keys.get(contract.name, ())):
            tensor = seen.tensors.get(key)
            if tensor is None or tensor.dtype not in _REALS or not readable(tensor):
                continue
            if contract.name != "BCELoss" and (_leaves_elements(seen) or "weight" in seen.tensors):
                continue
            low, high = _extremes(tensor)
            if low >= 0 and high <= 1:
                continue
            return Finding(
                key,
                f"{named(seen, key)}, {described(tensor)}, of {callee(seen)} has values from "
                f"{low:.4g} to {high:.4g}, outside 0 to 1",
                "apply torch.sigmoid, or use BCEWithLogitsLoss on the scores themselves"
                if key == contract.input
                else _target_help(low, high),
            )
        return None


def _target_help(low: float, high: float) -> str:
    if low == -1 and high == 1:
        return "labels of -1 and +1 are for SoftMarginLoss; (target + 1) / 2 gives 0 and 1"
    if low >= 1 and high == 2:
        return "the labels are 1 and 2: subtract 1"
    if high == 255:
        return "a mask of 0 and 255: divide by 255"
    return "give targets between 0 and 1"


class AllIgnored(Check):
    """Every target is ignored: the mean over no element is NaN."""

    code = "LG405"
    name = "all-ignored"

    def check(self, seen: Observation) -> Finding | None:
        """See the class."""
        target, ignored = seen.target, _ignored(seen)
        if target is None or ignored is None or not _averages(seen) or not readable(target):
            return None
        if target.dtype not in _INTEGERS or not bool((target == ignored).all()):
            return None
        key = seen.call.contract.target or ""
        return Finding(
            key,
            f"every element of {named(seen, key)}, {described(target)}, is {ignored}, which "
            f"{callee(seen)} ignores: the loss is NaN",
            "skip such batches, or use reduction='sum' and divide by the number of targets that count",
        )


def _ignored(seen: Observation) -> int | None:
    contract = seen.call.contract
    takes = any(p.name == "ignore_index" for p in (*contract.constructor, *contract.functional))
    ignored = seen.call.options.get("ignore_index", -100)
    return ignored if takes and isinstance(ignored, int) else None


def readable(tensor: Tensor) -> bool:
    """Tell whether the values of a tensor can be read without waiting for a device."""
    plain = type(tensor) in (Tensor, torch.nn.Parameter) and tensor.layout is torch.strided
    return plain and tensor.is_cpu and tensor.numel() > 0


def _extremes(tensor: Tensor) -> tuple[float, float]:
    low, high = torch.aminmax(tensor.detach())
    return low.item(), high.item()
