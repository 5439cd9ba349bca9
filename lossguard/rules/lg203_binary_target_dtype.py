"""LG203."""

from __future__ import annotations

from lossguard.contracts import INTEGERS, DType, Target
from lossguard.facts import LossCall
from lossguard.remedies import Convert
from lossguard.rules.base import Finding, Rule
from lossguard.rules.evidence import tensor_at
from lossguard.rules.wording import described, gets

_CONVERSIONS = {DType.F64: "double()", DType.F16: "half()", DType.BF16: "bfloat16()"}
_OTHER_TYPES = frozenset({"long", "int", "short"})


class BinaryTargetDtype(Rule):
    """An integer or bool target reaches a binary loss, which takes floats.

    ## What it does
    Reports integer and bool targets of `BCELoss` and `BCEWithLogitsLoss`, and bool targets of
    `MultiLabelSoftMarginLoss`, which takes integers.

    ## Why is this bad
    torch raises: `Found dtype Long but expected Float` from `BCELoss`,
    `result type Float can't be cast to the desired output type Long` from `BCEWithLogitsLoss`, and a message
    about subtraction from both that one and `MultiLabelSoftMarginLoss` for bool.

    ## Example
    ```python
    labels = torch.randint(0, 2, (8, 1))
    loss = F.binary_cross_entropy_with_logits(logits, labels)
    ```

    ## Use instead
    ```python
    loss = F.binary_cross_entropy_with_logits(logits, labels.float())
    ```

    ## Fix safety
    `.float()` is called on the labels where they are given to the loss, or `.double()` and the like for
    an input of another precision. That is safe: the call raises as it stands.

    ## Known limits
    Floating targets of another precision than the input are not reported, though `BCELoss` refuses them.

    ## References
    - [torch.nn.BCELoss](https://docs.pytorch.org/docs/2.13/generated/torch.nn.BCELoss.html)
    - [torch.nn.BCEWithLogitsLoss](https://docs.pytorch.org/docs/2.13/generated/torch.nn.BCEWithLogitsLoss.html)
    """

    code = "LG203"
    name = "binary-target-dtype"

    def check(self, call: LossCall) -> Finding | None:
        """See the class."""
        known = tensor_at(call, call.contract.target)
        if known is None or Target.BINARY not in call.contract.targets:
            return None
        argument, target = known
        if target.dtype not in (INTEGERS | {DType.BOOL}) - call.contract.value_dtypes:
            return None
        return Finding(
            call.contract.target,
            gets(call, argument, target, f"its target as {described(target)}, not as floats"),
            f"convert the labels: `{argument.text}.float()`",
            remedies=(
                Convert(call.contract.target or "", _conversion(call), _OTHER_TYPES, everywhere=False),
            ),
        )


def _conversion(call: LossCall) -> str:
    known = tensor_at(call, call.contract.input)
    dtype = None if known is None else known[1].dtype
    return "float()" if dtype is None else _CONVERSIONS.get(dtype, "float()")
