"""LG406."""

from __future__ import annotations

from lossguard.contracts import Shapes
from lossguard.facts import LossCall
from lossguard.rules.base import Finding, Rule
from lossguard.rules.evidence import Shape, tensor_at
from lossguard.rules.readings import averages
from lossguard.rules.wording import callee, described, quoted


class BatchSize(Rule):
    """Input and target hold different numbers of samples, or none at all.

    ## What it does
    Reports arguments of a loss whose first dimensions differ, and a loss that averages over no sample.

    ## Why is this bad
    Of different numbers of samples torch says
    `Expected input batch_size (32) to match target batch_size (31)` at best; some losses stretch one of the
    two. The mean over an empty batch is NaN, silently.

    ## Example
    ```python
    logits = model(images.view(-1, 784))  # 96 rows for 32 colour images
    loss = F.cross_entropy(logits, labels)
    ```

    ## Use instead
    ```python
    logits = model(images.flatten(1))
    loss = F.cross_entropy(logits, labels)
    ```

    ## Fix safety
    No fix is offered.

    ## Known limits
    Losses that stretch their arguments on purpose are reported only where neither size is 1; a stretched
    dimension is LG304's.

    ## References
    - [Broadcasting](https://docs.pytorch.org/docs/2.13/notes/broadcasting.html)
    """

    code = "LG406"
    name = "batch-size"
    guard_only = True
    supersedes = frozenset({"LG204"})

    def check(self, call: LossCall) -> Finding | None:
        """See the class."""
        known = tensor_at(call, call.contract.input)
        if known is None or not known[1].shape:
            return None
        argument, batch = known
        shape = known[1].shape
        if shape[0] == 0 and averages(call):
            return Finding(
                call.contract.input,
                f"{callee(call)} averages over an empty batch, {described(batch)}: the loss is NaN",
                "skip empty batches, or use reduction='sum'",
            )
        for key in (parameter.key for parameter in call.contract.call):
            other = tensor_at(call, key)
            if key == call.contract.input or other is None or not other[1].shape:
                continue
            if _differ(call.contract.shapes, shape, other[1].shape):
                return Finding(
                    key,
                    f"{callee(call)} gets {shape[0]} samples in {quoted(argument.text)}, {described(batch)}, "
                    f"and {other[1].shape[0]} in {quoted(other[0].text)}, {described(other[1])}",
                    "take input and target from the same batch",
                )
        return None


def _differ(shapes: Shapes, batch: Shape, other: Shape) -> bool:
    if batch[0] == other[0] or None in (batch[0], other[0]):
        return False
    match shapes:
        case Shapes.CLASS_AXIS | Shapes.ROWS | Shapes.FEATURES:
            return len(batch) > 1
        case Shapes.SAME:
            return len(batch) == len(other)
        case Shapes.BROADCAST | Shapes.TRIPLETS:
            return len(batch) == len(other) and 1 not in (batch[0], other[0])
        case Shapes.PAIRS:
            return len(batch) >= len(other) and 1 not in (batch[0], other[0])
    return False
