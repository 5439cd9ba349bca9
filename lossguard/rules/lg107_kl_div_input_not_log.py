"""LG107."""

from __future__ import annotations

from lossguard.contracts import Space
from lossguard.facts import LossCall, TensorFacts
from lossguard.remedies import Convert, Remedy, UseLogSoftmax
from lossguard.rules.base import Finding, Rule
from lossguard.rules.evidence import misused_input
from lossguard.rules.wording import gets


class KlDivInputNotLog(Rule):
    """The input of KLDivLoss is not log-probabilities.

    ## What it does
    Reports `KLDivLoss` and `kl_div` whose input is known not to be log-probabilities: raw scores, or
    probabilities from a softmax or sigmoid.

    ## Why is this bad
    `kl_div(input, target)` computes `target * (log(target) - input)` and takes `input` for a logarithm. On
    anything else the result is no divergence: it is negative for probabilities, has no minimum for raw
    scores, and is not zero where the two distributions agree. torch says nothing.

    ## Example
    ```python
    loss = F.kl_div(student.softmax(-1), teacher.softmax(-1), reduction="batchmean")
    ```

    ## Use instead
    ```python
    loss = F.kl_div(student.log_softmax(-1), teacher.softmax(-1), reduction="batchmean")
    ```

    ## Fix safety
    Probabilities: log_softmax takes the place of the softmax. That is safe where its result is used for
    the loss and nothing else; otherwise it changes what others get, and is unsafe. Raw scores:
    `.log_softmax(…)` is called on them where they are given to the loss. That is unsafe, for they may not
    be meant to be scores of classes.

    ## Known limits
    Only what is known not to be log-probabilities is reported; an input of unknown origin is not.

    ## References
    - [torch.nn.KLDivLoss](https://docs.pytorch.org/docs/2.13/generated/torch.nn.KLDivLoss.html)
    """

    code = "LG107"
    name = "kl-div-input-not-log"

    def check(self, call: LossCall) -> Finding | None:
        """See the class."""
        if (known := misused_input(call, self.code)) is None:
            return None
        softmax = known[1].space is Space.PROBABILITIES
        return Finding(
            call.contract.input,
            gets(call, *known, f"{known[1].space.described}, not log-probabilities"),
            "use log_softmax in place of softmax" if softmax else "apply log_softmax to the scores first",
            remedies=_remedies(call, known[1]),
        )


def _remedies(call: LossCall, tensor: TensorFacts) -> tuple[Remedy, ...]:
    if tensor.space is Space.PROBABILITIES:
        return (UseLogSoftmax(call.contract.input),)
    if tensor.space is Space.LOGITS and tensor.features is not None:
        return (Convert(call.contract.input, f"log_softmax({tensor.features})", safe=False),)
    return ()
