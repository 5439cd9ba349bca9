"""LG101."""

from __future__ import annotations

from lossguard.facts import LossCall
from lossguard.remedies import RemoveOperation
from lossguard.rules.base import Finding, Rule
from lossguard.rules.evidence import misused_input
from lossguard.rules.wording import floor, gets, loss_name


class SoftmaxBeforeCrossEntropy(Rule):
    """Probabilities from softmax reach cross-entropy, which applies its own softmax.

    ## What it does
    Reports `CrossEntropyLoss` and `cross_entropy` whose input has been through a softmax.

    ## Why is this bad
    Cross-entropy takes logits and applies `log_softmax` itself. Probabilities all lie between 0 and 1, so
    after the second softmax the classes can hardly differ: the loss cannot fall below
    `ln(1 + (C - 1) / e)`, which is 0.3133 for 2 classes, 1.4612 for 10 and 5.9095 for 1000, and the
    gradient shrinks. torch says nothing; the model trains slowly and ends worse.

    ## Example
    ```python
    class Net(nn.Module):
        def forward(self, x):
            return torch.softmax(self.fc(x), dim=1)

    loss = nn.CrossEntropyLoss()(net(x), labels)
    ```

    ## Use instead
    ```python
    class Net(nn.Module):
        def forward(self, x):
            return self.fc(x)

    loss = nn.CrossEntropyLoss()(net(x), labels)
    probabilities = net(x).softmax(dim=1)  # where probabilities are wanted
    ```

    ## Fix safety
    The softmax is removed. That is safe where its result is used for the loss and nothing else: it stands
    in the call, or in a variable that nothing else mentions. Anywhere else, as in a model's `forward`, it
    changes what others get, and the fix is unsafe. None is offered where another loss, or a logarithm,
    counts on probabilities, where the result is calculated with, and where a condition chooses the
    softmax.

    ## Known limits
    A softmax that is written out by hand, as `exp` and a division, is not recognised.

    ## References
    - [torch.nn.CrossEntropyLoss](https://docs.pytorch.org/docs/2.13/generated/torch.nn.CrossEntropyLoss.html)
    """

    code = "LG101"
    name = "softmax-before-cross-entropy"

    def check(self, call: LossCall) -> Finding | None:
        """See the class."""
        if (known := misused_input(call, self.code)) is None:
            return None
        return Finding(
            call.contract.input,
            gets(call, *known) + floor(call, spread=1),
            f"return the logits; {loss_name(call)} applies log_softmax itself",
            remedies=(RemoveOperation(call.contract.input),),
        )
