"""LG405."""

from __future__ import annotations

from lossguard.facts import LossCall
from lossguard.rules.base import Finding, Rule
from lossguard.rules.readings import averages, class_indices, ignored_index
from lossguard.rules.wording import callee, described, quoted


class AllIgnored(Rule):
    """Every target is ignored: the mean over nothing is NaN.

    ## What it does
    Reports class indices that are all `ignore_index`, in a loss that averages.

    ## Why is this bad
    The loss is 0 / 0, NaN. The gradients are exactly 0, so the weights survive, but the NaN spoils averages,
    logs, and every check that stops on NaN.

    ## Example
    ```python
    labels = torch.full((32,), -100)
    loss = F.cross_entropy(logits, labels)
    ```

    ## Use instead
    ```python
    counts = (labels != -100).sum().clamp(min=1)
    loss = F.cross_entropy(logits, labels, reduction="sum") / counts
    ```

    ## Fix safety
    No fix is offered: such batches may as well be skipped, or point to truncated labels.

    ## Known limits
    Only the guard can see it, in the calls whose values it reads.

    ## References
    - [torch.nn.CrossEntropyLoss](https://docs.pytorch.org/docs/2.13/generated/torch.nn.CrossEntropyLoss.html)
    """

    code = "LG405"
    name = "all-ignored"
    guard_only = True
    reads_values = True

    def check(self, call: LossCall) -> Finding | None:
        """See the class."""
        known, ignored = class_indices(call), ignored_index(call)
        if known is None or ignored is None or not averages(call):
            return None
        argument, target, elements = known
        if elements.extremes() != (ignored, ignored):
            return None
        return Finding(
            call.contract.target,
            f"every element of {quoted(argument.text)}, {described(target)}, is {ignored}, which "
            f"{callee(call)} ignores: the loss is NaN",
            "skip such batches, or use reduction='sum' and divide by the number of targets that count",
        )
