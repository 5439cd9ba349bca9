"""LG402."""

from __future__ import annotations

import math

from lossguard.contracts import Shapes, Target
from lossguard.elements import RESULT
from lossguard.facts import LossCall
from lossguard.rules.base import Finding, Rule
from lossguard.rules.readings import leaves_elements, read
from lossguard.rules.wording import callee, described, quoted


class NotFinite(Rule):
    """NaN or infinity is in what a loss is computed from, or is the loss.

    ## What it does
    Reports NaN and infinity in the arguments of a loss before it is computed, and a loss that is NaN or
    infinite although its arguments are not.

    ## Why is this bad
    One NaN makes the loss NaN, the loss makes every gradient NaN, and the optimizer writes NaN into every
    weight: nothing of the model is left. torch says nothing.

    ## Example
    ```python
    scores = scores / scores.sum(dim=1, keepdim=True)  # 0 / 0
    loss = F.cross_entropy(scores, labels)
    ```

    ## Use instead
    ```python
    scores = scores / scores.sum(dim=1, keepdim=True).clamp(min=1e-6)
    loss = F.cross_entropy(scores, labels)
    ```

    ## Fix safety
    No fix is offered: the cause lies before the loss.

    ## Known limits
    Minus infinity in the input of cross-entropy, `NLLLoss`, `KLDivLoss` and `CTCLoss` masks a class and is
    right, until it makes the loss infinite. With `reduction="none"` the caller may mask, so nothing is said.

    ## References
    - [torch.autograd.set_detect_anomaly](https://docs.pytorch.org/docs/2.13/autograd.html#anomaly-detection)
    """

    code = "LG402"
    name = "not-finite"
    guard_only = True
    reads_values = True

    def check(self, call: LossCall) -> Finding | None:
        """See the class."""
        if leaves_elements(call):
            return None
        return _in_arguments(call) or _in_result(call)


def _in_arguments(call: LossCall) -> Finding | None:
    for key in (parameter.key for parameter in call.contract.call):
        known = read(call, key)
        if known is None or known[1].dtype is None or not known[1].dtype.is_floating:
            continue
        argument, tensor, elements = known
        what = _named(*elements.extremes(), masks=_may_mask(call))
        if what is not None:
            return Finding(
                key,
                f"{quoted(argument.text)}, {described(tensor)}, of {callee(call)} holds {what}",
                "look for missing values in the data"
                if key == call.contract.target
                else "look for a division by zero, a logarithm of zero, or a learning rate that is too high",
            )
    return None


def _may_mask(call: LossCall) -> bool:
    divergence = Target.PROBABILITIES in call.contract.targets
    return divergence or call.contract.shapes in (Shapes.CLASS_AXIS, Shapes.SEQUENCES)


def _named(low: float, high: float, *, masks: bool) -> str | None:
    if math.isnan(low):
        return "NaN"
    if high == math.inf:
        return "infinity"
    return "minus infinity" if low == -math.inf and (high == low or not masks) else None


def _in_result(call: LossCall) -> Finding | None:
    result = call.elements.get(RESULT)
    if result is None or math.isfinite(value := result.extremes()[0]):
        return None
    what = "NaN" if math.isnan(value) else "infinite"
    known = read(call, call.contract.input)
    if known is not None and known[2].extremes()[0] == -math.inf:
        where = "where the target is" if what == "infinite" else "in a whole row, or where the target is 0"
        return Finding(
            call.contract.input,
            f"the loss of {callee(call)} is {what}: {quoted(known[0].text)}, {described(known[1])}, holds "
            f"minus infinity {where}",
            "mask with a large negative number, or leave masked targets out",
        )
    return Finding(
        None,
        f"the loss of {callee(call)} is {what}, though nothing that it was given is",
        "the values are too large for their type: scale them down, or compute the loss in f32",
    )
