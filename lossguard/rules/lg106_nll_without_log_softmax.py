"""LG106."""

from __future__ import annotations

from lossguard.contracts import Space
from lossguard.facts import LossCall, TensorFacts
from lossguard.remedies import Remedy, UseLogSoftmax, UseLoss
from lossguard.rules.base import Finding, Rule
from lossguard.rules.evidence import misused_input
from lossguard.rules.wording import gets, sibling


class NllWithoutLogSoftmax(Rule):
    """Raw scores or probabilities reach NLLLoss, which takes log-probabilities.

    ## What it does
    Reports `NLLLoss` and `nll_loss` whose input is known not to be log-probabilities: the output of an affine
    layer, a softmax, a sigmoid or a tanh.

    ## Why is this bad
    `nll_loss` computes no logarithm and no softmax: it picks the target's entry and negates it. On raw scores
    the loss is minus the score, which training drives to minus infinity without learning to tell classes
    apart; on probabilities it lies between -1 and 0 and its gradient ignores how wrong a prediction is.
    torch says nothing.

    ## Example
    ```python
    out = net(x)  # ends in nn.Linear
    loss = F.nll_loss(out, labels)
    ```

    ## Use instead
    ```python
    loss = F.cross_entropy(out, labels)
    ```
    or
    ```python
    loss = F.nll_loss(F.log_softmax(out, dim=1), labels)
    ```

    ## Fix safety
    Probabilities: log_softmax takes the place of the softmax. That is safe where its result is used for
    the loss and nothing else, and otherwise unsafe, for it changes what others get. Raw scores:
    `CrossEntropyLoss` takes the place of the loss, or its function that of the function, where every call
    of it gets raw scores. That is unsafe: the model may be meant to end in a log_softmax. Nothing is
    offered for the output of a sigmoid or tanh.

    ## Known limits
    Only what is known not to be log-probabilities is reported; an input of unknown origin is not. The
    logarithm of values between 0 and 1 may be that of a mixture or of a complement, and passes, unless it is
    a logsigmoid.

    ## References
    - [torch.nn.NLLLoss](https://docs.pytorch.org/docs/2.13/generated/torch.nn.NLLLoss.html)
    """

    code = "LG106"
    name = "nll-without-log-softmax"

    def check(self, call: LossCall) -> Finding | None:
        """See the class."""
        if (known := misused_input(call, self.code)) is None or _may_sum_to_one(known[1]):
            return None
        return Finding(
            call.contract.input,
            gets(call, *known, f"{known[1].space.described}, not log-probabilities"),
            f"use {sibling(call, 'CrossEntropyLoss')} on the logits, or apply log_softmax first",
            remedies=_remedies(call, known[1].space),
        )


def _remedies(call: LossCall, space: Space) -> tuple[Remedy, ...]:
    if space is Space.PROBABILITIES:
        return (UseLogSoftmax(call.contract.input),)
    if space is Space.LOGITS and call.contract.is_of_torch:
        return (UseLoss("CrossEntropyLoss", "cross_entropy"),)
    return ()


def _may_sum_to_one(tensor: TensorFacts) -> bool:
    return tensor.space is Space.LOG_UNIT_INTERVAL and "logsigmoid" not in (tensor.operation or "").lower()
