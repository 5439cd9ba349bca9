"""LG109."""

from __future__ import annotations

from lossguard.contracts import Space
from lossguard.facts import LossCall, TensorFacts
from lossguard.rules.base import Finding, Rule
from lossguard.rules.evidence import tensor_at
from lossguard.rules.wording import gets

_CUTTING = frozenset({"relu", "relu6", "clamp", "softplus", "threshold"})
_DROPPING = "dropout"


class ActivationBeforeLogitsLoss(Rule):
    """ReLU, clamp or dropout has been applied to the logits themselves.

    ## What it does
    Reports losses that take logits, `CrossEntropyLoss`, `BCEWithLogitsLoss` and their kin, whose input comes
    straight from a ReLU, a softplus, a clamp or a dropout.

    ## Why is this bad
    A ReLU leaves no scores below zero: classes that the model rejects all tie at 0, have no gradient there,
    and a binary score can never say less than one half. Dropout sets the scores of random classes to zero,
    which is no small score. torch says nothing.

    ## Example
    ```python
    net = nn.Sequential(nn.Linear(64, 10), nn.ReLU())
    loss = F.cross_entropy(net(x), labels)
    ```

    ## Use instead
    ```python
    net = nn.Sequential(nn.Linear(64, 10))
    loss = F.cross_entropy(net(x), labels)
    ```

    ## Fix safety
    No fix is offered: removing a layer changes what the model returns to every other caller.

    ## Known limits
    Off by default: scores may be meant to be non-negative, and published models end in a ReLU. Only an
    activation after the last layer is seen.

    ## References
    - [torch.nn.CrossEntropyLoss](https://docs.pytorch.org/docs/2.13/generated/torch.nn.CrossEntropyLoss.html)
    """

    code = "LG109"
    name = "activation-before-logits-loss"
    on_by_default = False

    def check(self, call: LossCall) -> Finding | None:
        """See the class."""
        known = tensor_at(call, call.contract.input)
        if known is None or Space.LOGITS not in call.contract.expects or not _is_cut(known[1]):
            return None
        return Finding(
            call.contract.input,
            gets(call, *known, f"logits that have been through `{known[1].operation}`"),
            "return what the last layer gives",
        )


def _is_cut(tensor: TensorFacts) -> bool:
    operation = (tensor.operation or "").rpartition(".")[2].lower()
    if tensor.space is Space.NON_NEGATIVE:
        return operation in _CUTTING
    return tensor.space is Space.LOGITS and (operation == "clamp" or _DROPPING in operation)
