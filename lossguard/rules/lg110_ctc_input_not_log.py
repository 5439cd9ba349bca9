"""LG110."""

from __future__ import annotations

from lossguard.contracts import Space
from lossguard.facts import LossCall
from lossguard.remedies import Convert, Remedy, UseLogSoftmax
from lossguard.rules.base import Finding, Rule
from lossguard.rules.evidence import misused_input
from lossguard.rules.wording import gets


class CtcInputNotLog(Rule):
    """The input of CTCLoss is not log-probabilities.

    ## What it does
    Reports `CTCLoss` and `ctc_loss` whose input is known not to be log-probabilities: raw scores, or
    probabilities from a softmax or sigmoid.

    ## Why is this bad
    `ctc_loss` applies no softmax and takes no logarithm: it sums `log_probs` along every alignment of the
    labels, whatever they are. On raw scores or probabilities the result is no likelihood: the loss is
    negative, and training drives it to minus infinity without learning an alignment. torch says nothing.

    ## Example
    ```python
    scores = self.head(self.rnn(frames)[0])  # (T, N, C), ends in nn.Linear
    loss = F.ctc_loss(scores, labels, frame_lengths, label_lengths)
    ```

    ## Use instead
    ```python
    scores = self.head(self.rnn(frames)[0])
    loss = F.ctc_loss(scores.log_softmax(2), labels, frame_lengths, label_lengths)
    ```

    ## Fix safety
    Probabilities: log_softmax takes the place of the softmax. That is safe where its result is used for
    the loss and nothing else; otherwise it changes what others get, and is unsafe. Raw scores:
    `.log_softmax(-1)` is called on them where they are given to the loss, which is safe: nothing else
    sees it.

    ## Known limits
    Only what is known not to be log-probabilities is reported; an input of unknown origin is not. The
    logarithm of values between 0 and 1 may be that of a mixture, and passes.

    ## References
    - [torch.nn.CTCLoss](https://docs.pytorch.org/docs/2.13/generated/torch.nn.CTCLoss.html)
    """

    code = "LG110"
    name = "ctc-input-not-log"

    def check(self, call: LossCall) -> Finding | None:
        """See the class."""
        if (known := misused_input(call, self.code)) is None:
            return None
        softmax = known[1].space is Space.PROBABILITIES
        return Finding(
            call.contract.input,
            gets(call, *known, f"{known[1].space.described}, not log-probabilities"),
            "use log_softmax in place of softmax"
            if softmax
            else "apply log_softmax over the classes first: `.log_softmax(-1)`",
            remedies=_remedies(call, known[1].space),
        )


def _remedies(call: LossCall, space: Space) -> tuple[Remedy, ...]:
    if space is Space.PROBABILITIES:
        return (UseLogSoftmax(call.contract.input),)
    return (Convert(call.contract.input, "log_softmax(-1)"),) if space is Space.LOGITS else ()
