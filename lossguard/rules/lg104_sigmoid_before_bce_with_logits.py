"""LG104."""

from __future__ import annotations

from lossguard.contracts import Space
from lossguard.facts import LossCall
from lossguard.remedies import RemoveOperation
from lossguard.rules.base import Finding, Rule
from lossguard.rules.evidence import misused_input
from lossguard.rules.wording import gets, loss_name


class SigmoidBeforeBceWithLogits(Rule):
    """The output of a sigmoid, logsigmoid or softmax reaches a loss that applies the sigmoid itself.

    ## What it does
    Reports `BCEWithLogitsLoss`, `MultiLabelSoftMarginLoss` and their functional forms whose input has been
    through a sigmoid, logsigmoid or softmax.

    ## Why is this bad
    These losses take logits. A probability lies between 0 and 1, and the second sigmoid maps it to between
    0.5 and 0.7311: an element whose target is 1 costs at least 0.3133 and one whose target is 0 at least
    0.6931, whatever the model predicts. No negative can be learned with confidence. torch says nothing.

    ## Example
    ```python
    probs = torch.sigmoid(net(x))
    loss = F.binary_cross_entropy_with_logits(probs, labels)
    ```

    ## Use instead
    ```python
    loss = F.binary_cross_entropy_with_logits(net(x), labels)
    probs = torch.sigmoid(net(x))  # where probabilities are wanted
    ```

    ## Fix safety
    The operation is removed. That is safe for a sigmoid whose result is used for the loss and nothing
    else: it stands in the call, or in a variable that nothing else mentions. Anywhere else, as in a
    model's `forward`, it changes what others get, and the fix is unsafe; so it is for a softmax and a
    logsigmoid, where another loss may be meant. None is offered where another loss, or a logarithm,
    counts on the values as they are, where they are calculated with, and where a condition chooses the
    operation.

    ## Known limits
    Nothing is said of probabilities whose sigmoid is written out by hand.

    ## References
    - [torch.nn.BCEWithLogitsLoss](https://docs.pytorch.org/docs/2.13/generated/torch.nn.BCEWithLogitsLoss.html)
    """

    code = "LG104"
    name = "sigmoid-before-bce-with-logits"

    def check(self, call: LossCall) -> Finding | None:
        """See the class."""
        if (known := misused_input(call, self.code)) is None:
            return None
        return Finding(
            call.contract.input,
            gets(call, *known),
            f"pass the logits; {loss_name(call)} applies the sigmoid itself",
            remedies=(RemoveOperation(call.contract.input, safe=known[1].space is Space.UNIT_INTERVAL),),
        )
