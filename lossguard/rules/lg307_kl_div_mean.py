"""LG307."""

from __future__ import annotations

from lossguard.contracts import Target
from lossguard.diagnostics import Severity
from lossguard.facts import LossCall, Phase
from lossguard.remedies import SetOption
from lossguard.rules.base import Finding, Rule
from lossguard.rules.evidence import reduction, takes_words
from lossguard.rules.wording import callee


class KlDivMean(Rule):
    """KLDivLoss averages over every element, which is not the divergence.

    ## What it does
    Reports `KLDivLoss` and `kl_div` with `reduction="mean"`, which is the default.

    ## Why is this bad
    The divergence is a sum over the classes. `"mean"` divides it by the number of classes as well as by the
    batch size: the value and its gradient are too small by that factor, which shifts the balance with other
    terms of a loss. torch warns of it, once, and says that `"mean"` will change its meaning.

    ## Example
    ```python
    loss = F.kl_div(student.log_softmax(-1), teacher.softmax(-1))
    ```

    ## Use instead
    ```python
    loss = F.kl_div(student.log_softmax(-1), teacher.softmax(-1), reduction="batchmean")
    ```

    ## Fix safety
    `reduction="batchmean"` is said, where the loss is constructed or its function called. The loss grows
    by the number of classes. That is safe where it is seen to be trained on alone, and unsafe elsewhere,
    for the weight of other terms may have to follow.

    ## Known limits
    A reduction that is given but not known is not reported.

    ## References
    - [torch.nn.KLDivLoss](https://docs.pytorch.org/docs/2.13/generated/torch.nn.KLDivLoss.html)
    """

    code = "LG307"
    name = "kl-div-mean"
    severity = Severity.WARNING

    def check(self, call: LossCall) -> Finding | None:
        """See the class."""
        divergence = Target.PROBABILITIES in call.contract.targets
        if call.phase is not Phase.CALL or not divergence or reduction(call) != "mean":
            return None
        given = call.arguments.get("reduction")
        return Finding(
            "reduction" if given is not None and given.phase is Phase.CALL else None,
            f'{callee(call)} averages over the classes, too: reduction="mean" is not the divergence',
            'say reduction="batchmean"'
            if takes_words(call.contract)
            else 'use torch.nn.functional.kl_div with reduction="batchmean"',
            remedies=_remedies(call),
        )


def _remedies(call: LossCall) -> tuple[SetOption, ...]:
    if not takes_words(call.contract):
        return ()
    alone = call.training is not None and call.training.alone
    return (SetOption("reduction", '"batchmean"', safe=alone),)
