"""LG304."""

from __future__ import annotations

from lossguard.contracts import Shapes, Target
from lossguard.facts import LossCall
from lossguard.rules.base import Finding, Rule
from lossguard.rules.evidence import Shape, may_agree, tensor_at
from lossguard.rules.readings import leaves_elements
from lossguard.rules.wording import callee, origin, shape_text

_ONE_RANK = "MarginRankingLoss"
_HAS_VARIANCES = "GaussianNLLLoss"
_STRETCHES_NO_INPUT = "SoftMarginLoss"


class ShapeBroadcast(Rule):
    """Input and target of different shapes stretch each other, or do not fit each other.

    ## What it does
    Reports (N, 1) against (N), and the like, in `MSELoss`, `L1Loss`, `SmoothL1Loss`, `HuberLoss`,
    `PoissonNLLLoss`, `GaussianNLLLoss`, `HingeEmbeddingLoss`, `SoftMarginLoss`, and in `KLDivLoss` and
    `MultiLabelSoftMarginLoss`, for which a target with one value for all classes counts too. Shapes that
    torch refuses are reported as well: (8, 5) and (8), in `BCELoss` and `BCEWithLogitsLoss` any two that
    differ, in `MarginRankingLoss` different numbers of dimensions; and the variances of `GaussianNLLLoss`,
    which has one for each value of the input, or one for all in a dimension.

    ## Why is this bad
    Broadcasting makes an (N, N) matrix of (N, 1) and (N): the loss compares each prediction with all targets
    and is least where the model predicts the mean of the batch. Some of these losses warn once, the others
    say nothing. `SoftMarginLoss` and the binary losses raise, and so do shapes that do not fit.

    ## Example
    ```python
    prediction = nn.Linear(16, 1)(x)  # (32, 1)
    loss = F.mse_loss(prediction, y)  # y: (32,)
    ```

    ## Use instead
    ```python
    loss = F.mse_loss(prediction.squeeze(1), y)
    ```

    ## Fix safety
    No fix is offered: which of the two has the wrong shape is for the author to say.

    ## Known limits
    The number of dimensions of both has to be known. Tensors of as many dimensions, like (N, 1) and (1, N),
    and a target that alone is stretched, such as a scalar or one row for all samples, are taken to be meant.
    With `reduction="none"` different numbers of samples are, too. Tensors of as many dimensions that differ
    in their number of samples alone are LG406, which the guard reports.

    ## References
    - [torch.nn.MSELoss](https://docs.pytorch.org/docs/2.13/generated/torch.nn.MSELoss.html)
    - [Broadcasting semantics](https://docs.pytorch.org/docs/2.13/notes/broadcasting.html)
    """

    code = "LG304"
    name = "shape-broadcast"

    def check(self, call: LossCall) -> Finding | None:
        """See the class."""
        given, labels = tensor_at(call, call.contract.input), tensor_at(call, call.contract.target)
        if given is None or labels is None:
            return None
        one, other = given[1].shape, labels[1].shape
        if one is None or other is None:
            return None
        if (variance := _variance(call, one)) is not None:
            return variance
        if _has_to_be_alike(call) and _differ(call, one, other):
            consequence = "which it refuses"
        elif call.contract.shapes is not Shapes.BROADCAST:
            return None
        elif call.contract.name == _STRETCHES_NO_INPUT and _outgrows(other, one):
            consequence = "which it refuses"
        elif _stretch_each_other(one, other) and not _pairs_are_meant(call, one, other):
            consequence = "which stretch each other: each sample meets every target"
        elif _lacks_classes(call, one, other):
            consequence = "so that all classes share one target"
        elif _cannot_meet(one, other):
            consequence = "which do not fit each other"
        else:
            return None
        source = f"; {origin(*given)}" if given[1].operation is not None else ""
        return Finding(
            call.contract.target,
            f"{callee(call)} gets an input of shape {shape_text(one)} and a target of shape "
            f"{shape_text(other)}, {consequence}{source}",
            _remedy(call, one, other),
        )


def _variance(call: LossCall, shape: Shape) -> Finding | None:
    """The finding for variances that fit no input of this shape."""
    if call.contract.name != _HAS_VARIANCES or (known := tensor_at(call, "var")) is None:
        return None
    variances = known[1].shape
    if variances is None or not shape:
        return None
    for_several = ((*shape[:at], 1, *shape[at + 1 :]) for at in range(len(shape)))
    if any(may_agree(variances, fitting) for fitting in (shape, shape[:-1], *for_several)):
        return None
    text = f"{callee(call)} gets variances of shape {shape_text(variances)} for an input of shape"
    remedy = "give one variance for each value, or one for all in a dimension"
    return Finding("var", f"{text} {shape_text(shape)}, which it refuses", remedy)


def _has_to_be_alike(call: LossCall) -> bool:
    """Tell whether torch refuses a target of another shape, or of another number of dimensions."""
    if not (call.contract.function or "torch.nn.").startswith("torch.nn."):
        return False
    binary = call.contract.shapes is Shapes.SAME and Target.BINARY in call.contract.targets
    return binary or call.contract.name == _ONE_RANK


def _differ(call: LossCall, one: Shape, other: Shape) -> bool:
    """Tell whether shapes are known to differ, other than in the number of samples."""
    if len(one) != len(other):
        return True
    return call.contract.name != _ONE_RANK and not may_agree(one[1:], other[1:])


def _outgrows(one: Shape, other: Shape) -> bool:
    """Tell whether a shape is known to be larger than another: in its rank, or where the other is 1."""
    if len(one) > len(other):
        return True
    return any(b == 1 and a not in (None, 1) for a, b in zip(_aligned(one, len(other)), other, strict=True))


def _stretch_each_other(one: Shape, other: Shape) -> bool:
    """Tell whether either is known to be stretched to more than it is, and there is a rank between them."""
    if len(one) == len(other) or not one or not other:
        return False
    rank = max(len(one), len(other))
    pairs = list(zip(_aligned(one, rank), _aligned(other, rank), strict=True))
    return any(a == 1 != b for a, b in pairs) and any(b == 1 != a for a, b in pairs)


def _cannot_meet(one: Shape, other: Shape) -> bool:
    """Tell whether shapes have sizes that no broadcasting brings together, other than that of the batch."""
    rank = max(len(one), len(other))
    pairs = list(zip(_aligned(one, rank), _aligned(other, rank), strict=True))
    batch = 1 if len(one) == len(other) else 0
    return any(a != b for a, b in pairs[batch:] if not {a, b} & {None, 1})


def _aligned(shape: Shape, rank: int) -> Shape:
    return (1,) * (rank - len(shape)) + shape


def _pairs_are_meant(call: LossCall, one: Shape, other: Shape) -> bool:
    """Tell whether the loss of each pair may be what the caller asks for."""
    return leaves_elements(call) and (one[0] is None or other[0] is None or one[0] != other[0])


def _lacks_classes(call: LossCall, one: Shape, other: Shape) -> bool:
    a_value_a_class = {Target.PROBABILITIES, Target.BINARY} & call.contract.targets
    return bool(a_value_a_class) and len(one) == len(other) > 1 and other[-1] == 1 and (one[-1] or 1) > 1


def _remedy(call: LossCall, one: Shape, other: Shape) -> str:
    if len(one) == len(other):
        return "give a target with one value for each class"
    longer = call.input if len(one) > len(other) else call.target
    shape = one if len(one) > len(other) else other
    if 1 not in shape:
        return "give both one shape"
    place = len(shape) - 1 if shape[-1] == 1 else 1
    text = longer.text if longer is not None else ""
    return f"give both one shape: `{text}.squeeze({place})`"
