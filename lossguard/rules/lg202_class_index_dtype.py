"""LG202."""

from __future__ import annotations

from lossguard.contracts import DType, Shapes, Space
from lossguard.facts import LossCall, TensorFacts
from lossguard.remedies import Convert
from lossguard.rules.base import Finding, Rule
from lossguard.rules.evidence import may_agree, scores_shape, takes_class_probabilities, tensor_at
from lossguard.rules.wording import described, gets

_OTHER_TYPES = frozenset({"float", "double", "half", "int", "short"})


class ClassIndexDtype(Rule):
    """Class indices have an element type that the loss does not take.

    ## What it does
    Reports class indices that are not int64: floats, int32, bool and others, as targets of
    `CrossEntropyLoss`, `NLLLoss`, `MultiMarginLoss`, `MultiLabelMarginLoss` and their kin. Cross-entropy and
    `nll_loss` take uint8 as well, but only for inputs of shape (C) and (N, C); `AdaptiveLogSoftmaxWithLoss`
    takes int32.

    ## Why is this bad
    torch raises, `expected target dtype to be Long or Byte, but got Float` or
    `expected scalar type Long but found Int`. The usual causes are labels from NumPy or pandas, which are
    int32 or float64, and a `.float()` left over from a binary loss.

    ## Example
    ```python
    labels = torch.tensor([2, 0, 1], dtype=torch.float32)
    loss = F.cross_entropy(logits, labels)
    ```

    ## Use instead
    ```python
    loss = F.cross_entropy(logits, labels.long())
    ```

    ## Fix safety
    `.long()` is called on the labels where they are given to the loss, which raises as it stands. That is
    safe for integers and bools, and unsafe for floats, which may be probabilities of a wrong shape.

    ## Known limits
    A floating target of cross-entropy may be class probabilities. It is reported only when it is known to
    hold class indices, or to have one dimension less than the input.

    ## References
    - [torch.nn.CrossEntropyLoss](https://docs.pytorch.org/docs/2.13/generated/torch.nn.CrossEntropyLoss.html)
    - [torch.Tensor.long](https://docs.pytorch.org/docs/2.13/generated/torch.Tensor.long.html)
    """

    code = "LG202"
    name = "class-index-dtype"

    def check(self, call: LossCall) -> Finding | None:
        """See the class."""
        if (known := tensor_at(call, call.contract.target)) is None:
            return None
        argument, target = known
        if target.dtype is None or not _is_mistaken(call, target, target.dtype):
            return None
        return Finding(
            call.contract.target,
            gets(call, argument, target, f"class indices as {described(target)}, not i64"),
            f"convert the class indices: `{argument.text}.long()`",
            remedies=(_conversion(call, target.dtype),),
        )


def _conversion(call: LossCall, dtype: DType) -> Convert:
    exact = not dtype.is_floating
    return Convert(call.contract.target or "", "long()", _OTHER_TYPES, everywhere=False, safe=exact)


def _is_mistaken(call: LossCall, target: TensorFacts, dtype: DType) -> bool:
    scores = scores_shape(call)
    if not call.contract.index_dtypes or call.contract.shapes is Shapes.SEQUENCES:
        return False
    if dtype is DType.U8 and call.contract.shapes is Shapes.CLASS_AXIS:
        return scores is not None and len(scores) > 2
    if dtype.is_floating and takes_class_probabilities(call):
        return not _may_be_probabilities(target, scores)
    return dtype not in call.contract.index_dtypes


def _may_be_probabilities(target: TensorFacts, scores: tuple[int | None, ...] | None) -> bool:
    if target.space is Space.CLASS_INDICES:
        return scores is not None and target.shape is not None and may_agree(scores, target.shape)
    return scores is None or target.rank is None or target.rank != len(scores) - 1
