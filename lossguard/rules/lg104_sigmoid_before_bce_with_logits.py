"""LG104."""

from __future__ import annotations

from lossguard.facts import LossCall
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
    No fix is offered: removing the sigmoid changes what the model returns to every other caller.

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
        )
