"""LG205."""

from __future__ import annotations

from lossguard.contracts import Space
from lossguard.diagnostics import Severity
from lossguard.facts import LossCall
from lossguard.remedies import RemoveOperation
from lossguard.rules.base import Finding, Rule
from lossguard.rules.evidence import takes_class_indices, takes_class_probabilities, tensor_at
from lossguard.rules.wording import described, gets


class OneHotFloatTarget(Rule):
    """A floating one-hot target stands where class indices would do.

    ## What it does
    Reports one-hot targets of a floating type to `CrossEntropyLoss` and `cross_entropy`.

    ## Why is this bad
    The loss is the same, but each target takes C numbers instead of one, the whole matrix is read, and
    `ignore_index` does not work.

    ## Example
    ```python
    target = F.one_hot(labels, num_classes=10).float()
    loss = F.cross_entropy(logits, target)
    ```

    ## Use instead
    ```python
    loss = F.cross_entropy(logits, labels)
    ```

    ## Fix safety
    `one_hot` is removed where its result is given to the loss, converted at most, and used for nothing
    else. That is unsafe: with class weights the mean over class indices is another one.

    ## Known limits
    Off by default: it works. Labels that have been smoothed or mixed are class probabilities and are not
    reported. A target that is filled element by element is not seen to be one-hot.

    ## References
    - [torch.nn.CrossEntropyLoss](https://docs.pytorch.org/docs/2.13/generated/torch.nn.CrossEntropyLoss.html)
    """

    code = "LG205"
    name = "one-hot-float-target"
    severity = Severity.WARNING
    on_by_default = False

    def check(self, call: LossCall) -> Finding | None:
        """See the class."""
        known = tensor_at(call, call.contract.target)
        if known is None or not takes_class_indices(call) or not takes_class_probabilities(call):
            return None
        argument, target = known
        if target.space is not Space.ONE_HOT or target.dtype is None or not target.dtype.is_floating:
            return None
        return Finding(
            call.contract.target,
            gets(
                call, argument, target, f"one-hot labels, {described(target)}, where class indices would do"
            ),
            "pass the class indices",
            remedies=(RemoveOperation(call.contract.target or "", reshapes=True, safe=False),),
        )
