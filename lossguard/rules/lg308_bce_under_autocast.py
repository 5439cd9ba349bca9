"""LG308."""

from __future__ import annotations

from lossguard.facts import LossCall, Phase
from lossguard.rules.base import Finding, Rule
from lossguard.rules.wording import callee, sibling


class BceUnderAutocast(Rule):
    """Binary cross-entropy of probabilities is computed under autocast, which torch refuses on CUDA.

    ## What it does
    Reports `BCELoss` and `binary_cross_entropy` called where autocast is enabled for CUDA.

    ## Why is this bad
    In half precision a sigmoid rounds to exactly 0 or 1, and the logarithm of 0 is infinite. So torch raises
    `torch.nn.functional.binary_cross_entropy and torch.nn.BCELoss are unsafe to autocast` on CUDA, whatever
    the type of the input. On a CPU it works, which is why tests without a GPU miss it.

    ## Example
    ```python
    with torch.autocast("cuda"):
        loss = F.binary_cross_entropy(torch.sigmoid(logits), labels)
    ```

    ## Use instead
    ```python
    with torch.autocast("cuda"):
        loss = F.binary_cross_entropy_with_logits(logits, labels)
    ```
    or, where only the probabilities are at hand,
    ```python
    with torch.autocast("cuda", enabled=False):
        loss = F.binary_cross_entropy(probabilities.float(), labels)
    ```

    ## Fix safety
    No fix is offered: the sigmoid may stand in the model, and be needed there.

    ## Known limits
    Autocast whose `enabled` or device is not known is not reported, nor is autocast that a trainer turns on.

    ## References
    - [Automatic mixed precision](https://docs.pytorch.org/docs/2.13/amp.html#prefer-binary-cross-entropy-with-logits-over-binary-cross-entropy)
    """

    code = "LG308"
    name = "bce-under-autocast"

    def check(self, call: LossCall) -> Finding | None:
        """See the class."""
        if call.contract.name != "BCELoss" or call.phase is not Phase.CALL or not call.autocast:
            return None
        tensor = call.input.tensor if call.input is not None else None
        if tensor is not None and tensor.device is not None and not tensor.device.startswith("cuda"):
            return None
        return Finding(
            call.contract.input,
            f"{callee(call)} is called under autocast, and torch raises on CUDA",
            f"use {sibling(call, 'BCEWithLogitsLoss')} on the logits, or turn autocast off around it",
        )
