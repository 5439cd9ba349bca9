"""LG102."""

from __future__ import annotations

from lossguard.diagnostics import Severity
from lossguard.facts import LossCall
from lossguard.remedies import RemoveOperation
from lossguard.rules.base import Finding, Rule
from lossguard.rules.evidence import misused_input
from lossguard.rules.wording import gets, loss_name, sibling


class LogSoftmaxBeforeCrossEntropy(Rule):
    """Log-probabilities reach cross-entropy, which applies log_softmax a second time.

    ## What it does
    Reports `CrossEntropyLoss` and `cross_entropy` whose input has been through a log-softmax.

    ## Why is this bad
    `log_softmax` is idempotent, so the loss and its gradient are what they would be without it: the second
    pass is only wasted work. But the pair is fragile: whoever replaces the first log-softmax by a softmax,
    "to get probabilities", breaks the training in silence.

    ## Example
    ```python
    log_probs = F.log_softmax(net(x), dim=1)
    loss = F.cross_entropy(log_probs, labels)
    ```

    ## Use instead
    ```python
    loss = F.cross_entropy(net(x), labels)
    ```
    or, where the log-probabilities are needed anyway,
    ```python
    log_probs = F.log_softmax(net(x), dim=1)
    loss = F.nll_loss(log_probs, labels)
    ```

    ## Fix safety
    The log-softmax is removed, which leaves the loss as it is. That is safe where its result is used for
    the loss and nothing else: it stands in the call, or in a variable that nothing else mentions.
    Anywhere else, as in a model's `forward`, the fix is unsafe. None is offered where another loss, or an
    `exp`, counts on log-probabilities, and where a condition chooses the operation.

    ## Known limits
    The loss is the same only while the log-softmax runs over the class dimension; over another dimension
    it is another mistake.

    ## References
    - [torch.nn.CrossEntropyLoss](https://docs.pytorch.org/docs/2.13/generated/torch.nn.CrossEntropyLoss.html)
    - [torch.nn.NLLLoss](https://docs.pytorch.org/docs/2.13/generated/torch.nn.NLLLoss.html)
    """

    code = "LG102"
    name = "log-softmax-before-cross-entropy"
    severity = Severity.WARNING

    def check(self, call: LossCall) -> Finding | None:
        """See the class."""
        if (known := misused_input(call, self.code)) is None:
            return None
        return Finding(
            call.contract.input,
            gets(call, *known),
            f"return the logits, or use {sibling(call, 'NLLLoss')}; "
            f"{loss_name(call)} applies log_softmax itself",
            remedies=(RemoveOperation(call.contract.input),),
        )
