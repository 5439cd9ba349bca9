"""LG203."""

from __future__ import annotations

from lossguard.contracts import INTEGERS, DType, Target
from lossguard.facts import LossCall
from lossguard.rules.base import Finding, Rule
from lossguard.rules.evidence import tensor_at
from lossguard.rules.wording import described, gets


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
    No fix is offered: the labels are better converted once, where they are loaded.

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
        )
