"""LG410."""

from __future__ import annotations

import math

from lossguard.contracts import Shapes, Target
from lossguard.diagnostics import Severity
from lossguard.facts import LossCall
from lossguard.rules.base import Finding, Rule
from lossguard.rules.readings import averages, number_of_classes
from lossguard.rules.wording import callee

_MEAN, _SPREAD = 0.01, 0.1


class ChanceLevel(Rule):
    """The loss has stayed at the level of chance: the model predicts every class alike.

    ## What it does
    Reports a mean cross-entropy that stays at `ln(C)` for C classes, or a binary one at `ln(2)`, for as many
    calls as `guard(..., stagnation=200)` or `watch(stagnation=200)` asks for.

    ## Why is this bad
    `ln(C)` is what a model reaches that knows nothing. Training that stays there is broken: no gradient
    reaches the weights, the learning rate is off, or the labels do not belong to their inputs.

    ## Example
    ```python
    criterion = lossguard.guard(nn.CrossEntropyLoss(), stagnation=200)
    loss = criterion(model(shuffled_images), labels)
    ```

    ## Use instead
    ```python
    loss = criterion(model(images), labels)
    ```

    ## Fix safety
    No fix is offered.

    ## Known limits
    Only where it is asked for, and only for losses on the CPU. A slow start looks the same for a while.

    ## References
    - [torch.nn.CrossEntropyLoss](https://docs.pytorch.org/docs/2.13/generated/torch.nn.CrossEntropyLoss.html)
    """

    code = "LG410"
    name = "chance-level"
    severity = Severity.WARNING
    guard_only = True

    def check(self, call: LossCall) -> Finding | None:
        """See the class."""
        classes = _classes(call)
        if call.course is None or classes is None or classes < 2 or not averages(call):
            return None
        chance, course = math.log(classes), call.course
        near = abs(course.mean - chance) <= _MEAN * chance
        if not near or max(course.high - chance, chance - course.low) > _SPREAD * chance:
            return None
        return Finding(
            None,
            f"the loss of {callee(call)} has stayed at ln({classes}) = {chance:.4f}, chance for {classes} "
            f"classes, for {course.calls} calls",
            "look whether gradients reach the weights, at the learning rate, and whether labels belong to "
            "their inputs",
        )


def _classes(call: LossCall) -> int | None:
    if call.contract.targets == {Target.BINARY} and call.contract.shapes is Shapes.SAME:
        return 2
    return number_of_classes(call) if call.contract.shapes is Shapes.CLASS_AXIS else None
