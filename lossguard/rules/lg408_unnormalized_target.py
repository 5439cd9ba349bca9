"""LG408."""

from __future__ import annotations

import math

from lossguard.contracts import Shapes
from lossguard.facts import LossCall, TensorFacts
from lossguard.rules.base import Finding, Rule
from lossguard.rules.evidence import takes_class_probabilities, tensor_at
from lossguard.rules.readings import read
from lossguard.rules.wording import callee, described, quoted, sibling

_TOLERANCE = 0.02


class UnnormalizedTarget(Rule):
    """Class probabilities given as a target do not sum to one.

    ## What it does
    Reports a floating target of cross-entropy, shaped like its input, in which a row does not sum to one or
    an element is negative.

    ## Why is this bad
    torch takes any numbers as class probabilities. Several ones in a row (multi-hot labels) make the loss of
    that row as many times larger and ask a softmax for what it cannot give; scores or log-probabilities as a
    target have no minimum at all.

    ## Example
    ```python
    labels = torch.tensor([[1.0, 0.0, 1.0]])  # two labels at once
    loss = F.cross_entropy(logits, labels)
    ```

    ## Use instead
    ```python
    loss = F.binary_cross_entropy_with_logits(logits, labels)
    ```
    or, for scores of another model,
    ```python
    loss = F.cross_entropy(student, teacher.softmax(dim=1))
    ```

    ## Fix safety
    No fix is offered.

    ## Known limits
    Rows of zeros leave a sample out and are right. Sums between 0.98 and 1.02 are taken for rounding.

    ## References
    - [torch.nn.CrossEntropyLoss](https://docs.pytorch.org/docs/2.13/generated/torch.nn.CrossEntropyLoss.html)
    """

    code = "LG408"
    name = "unnormalized-target"
    guard_only = True
    reads_values = True

    def check(self, call: LossCall) -> Finding | None:
        """See the class."""
        known = read(call, call.contract.target)
        if known is None or not takes_class_probabilities(call) or not _are_probabilities(call, known[1]):
            return None
        argument, target, elements = known
        low = elements.extremes()[0]
        sums = elements.sums(min(1, (target.rank or 1) - 1))
        if sums is None or not all(map(math.isfinite, (low, *sums))):
            return None
        if low >= 0 and abs(sums[0] - 1) <= _TOLERANCE and abs(sums[1] - 1) <= _TOLERANCE:
            return None
        wrong = f"hold {low:.4g}" if low < 0 else f"sum to {_range(*sums)}, not to 1"
        return Finding(
            call.contract.target,
            f"the class probabilities {quoted(argument.text)}, {described(target)}, of {callee(call)} "
            f"{wrong}",
            "apply softmax to scores of another model"
            if low < 0
            else f"for several labels a sample use {sibling(call, 'BCEWithLogitsLoss')}; "
            "divide other rows by their sums",
        )


def _are_probabilities(call: LossCall, target: TensorFacts) -> bool:
    scores = tensor_at(call, call.contract.input)
    if scores is None or target.dtype is None or not target.dtype.is_floating or not target.rank:
        return False
    return call.contract.shapes is not Shapes.CLASS_AXIS or scores[1].shape == target.shape


def _range(low: float, high: float) -> str:
    return f"{low:.4g}" if math.isclose(low, high, rel_tol=1e-3) else f"{low:.4g} … {high:.4g}"
