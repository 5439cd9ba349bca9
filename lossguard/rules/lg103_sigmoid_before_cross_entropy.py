"""LG103."""

from __future__ import annotations

from lossguard.contracts import Space
from lossguard.facts import LossCall
from lossguard.remedies import RemoveOperation
from lossguard.rules.base import Finding, Rule
from lossguard.rules.evidence import misused_input
from lossguard.rules.wording import floor, gets, loss_name


class SigmoidBeforeCrossEntropy(Rule):
    """The output of a sigmoid or tanh reaches cross-entropy as if it were logits.

    ## What it does
    Reports `CrossEntropyLoss` and `cross_entropy` whose input has been squeezed into a short interval:
    between 0 and 1 by a sigmoid, between -1 and 1 by a tanh.

    ## Why is this bad
    Cross-entropy takes logits and applies `log_softmax` itself. Scores that differ by at most 1 (sigmoid)
    or 2 (tanh) cannot express a confident prediction: with C classes the loss cannot fall below
    `ln(1 + (C - 1) / e)` after a sigmoid and `ln(1 + (C - 1) / e²)` after a tanh, which for 10 classes is
    1.4612 and 0.7966. Where the sigmoid saturates, the gradient vanishes as well.

    ## Example
    ```python
    scores = torch.sigmoid(net(x))  # (N, C)
    loss = F.cross_entropy(scores, labels)
    ```

    ## Use instead
    One label of C, exclusive:
    ```python
    loss = F.cross_entropy(net(x), labels)
    ```
    C labels, each on or off:
    ```python
    loss = F.binary_cross_entropy_with_logits(net(x), labels.float())
    ```

    ## Fix safety
    The sigmoid or tanh is removed. That is always unsafe: where the classes do not exclude each other,
    the loss is what has to change.

    ## Known limits
    A tanh that is scaled, as in `10 * torch.tanh(x)`, is deliberate clipping of logits and is not reported.

    ## References
    - [torch.nn.CrossEntropyLoss](https://docs.pytorch.org/docs/2.13/generated/torch.nn.CrossEntropyLoss.html)
    """

    code = "LG103"
    name = "sigmoid-before-cross-entropy"

    def check(self, call: LossCall) -> Finding | None:
        """See the class."""
        if (known := misused_input(call, self.code)) is None:
            return None
        spread = 2 if known[1].space is Space.SIGNED_UNIT_INTERVAL else 1
        return Finding(
            call.contract.input,
            gets(call, *known) + floor(call, spread),
            f"return the logits; {loss_name(call)} applies log_softmax itself",
            remedies=(RemoveOperation(call.contract.input, safe=False),),
        )
