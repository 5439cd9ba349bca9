"""LG105."""

from __future__ import annotations

from lossguard.contracts import Space
from lossguard.facts import LossCall
from lossguard.remedies import UseLoss
from lossguard.rules.base import Finding, Rule
from lossguard.rules.evidence import misused_input
from lossguard.rules.wording import gets, loss_name, sibling


class BceWithoutSigmoid(Rule):
    """Unbounded scores reach BCELoss, which takes probabilities.

    ## What it does
    Reports `BCELoss` and `binary_cross_entropy` whose input is known to leave the interval from 0 to 1: the
    output of an affine layer, of a tanh, or a logarithm of probabilities.

    ## Why is this bad
    The loss takes the logarithm of its input. torch raises `all elements of input should be between 0 and 1`,
    but only once a value leaves the interval, which may be in the first batch or after hours. Compiled code
    on the CPU does not even check, and the loss becomes NaN.

    ## Example
    ```python
    logits = net(x)  # ends in nn.Linear
    loss = nn.BCELoss()(logits, labels)
    ```

    ## Use instead
    ```python
    loss = nn.BCEWithLogitsLoss()(logits, labels)
    ```
    or, where the model has to return probabilities,
    ```python
    loss = nn.BCELoss()(torch.sigmoid(logits), labels)
    ```

    ## Fix safety
    `BCEWithLogitsLoss` takes the place of the loss, or its function that of the function, where every
    call of it gets raw scores. That is unsafe: the model may be meant to end in a sigmoid, and what reads
    its output may count on that.

    ## Known limits
    Only what is known to be unbounded is reported; an input of unknown origin is not.

    ## References
    - [torch.nn.BCELoss](https://docs.pytorch.org/docs/2.13/generated/torch.nn.BCELoss.html)
    """

    code = "LG105"
    name = "bce-without-sigmoid"

    def check(self, call: LossCall) -> Finding | None:
        """See the class."""
        if (known := misused_input(call, self.code)) is None:
            return None
        return Finding(
            call.contract.input,
            gets(call, *known, f"{known[1].space.described}, not probabilities"),
            _remedy(call),
            remedies=(UseLoss("BCEWithLogitsLoss", "binary_cross_entropy_with_logits"),)
            if known[1].space is Space.LOGITS and call.contract.is_of_torch
            else (),
        )


def _remedy(call: LossCall) -> str:
    if not call.contract.is_of_torch:
        return f"apply sigmoid or softmax first, or tell {loss_name(call)} to do so, where it can"
    return (
        f"use {sibling(call, 'BCEWithLogitsLoss')}, which applies the sigmoid itself, "
        "or apply torch.sigmoid first"
    )
