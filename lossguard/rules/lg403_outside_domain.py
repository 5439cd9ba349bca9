"""LG403."""

from __future__ import annotations

import math

from lossguard.facts import LossCall, TensorFacts
from lossguard.rules.base import Finding, Rule
from lossguard.rules.readings import leaves_elements, read
from lossguard.rules.wording import callee, described, quoted


class OutsideDomain(Rule):
    """Values lie outside what a loss is defined for: [0, 1] for binary losses, counts for Poisson's.

    ## What it does
    Reports an input of `BCELoss` outside [0, 1], a target of `BCELoss`, `BCEWithLogitsLoss` or
    `MultiLabelSoftMarginLoss` outside [0, 1], and a negative target of `PoissonNLLLoss`.

    ## Why is this bad
    With an input outside [0, 1] `BCELoss` raises on the CPU, ends in a device-side assert on a GPU, and is
    NaN in compiled code. With a target outside [0, 1] the binary losses have no minimum: labels of 0 and
    255, of 1 and 2, or of -1 and +1, drive the scores to infinity, and torch says nothing.

    ## Example
    ```python
    mask = read_image("mask.png").float()  # 0 and 255
    loss = F.binary_cross_entropy_with_logits(logits, mask)
    ```

    ## Use instead
    ```python
    mask = read_image("mask.png").float() / 255
    loss = F.binary_cross_entropy_with_logits(logits, mask)
    ```

    ## Fix safety
    No fix is offered: what the labels mean is known to their author alone.

    ## Known limits
    Targets of `BCEWithLogitsLoss` with a `weight` or `reduction="none"` may carry marks for elements that do
    not count, and are left alone.

    ## References
    - [torch.nn.BCELoss](https://docs.pytorch.org/docs/2.13/generated/torch.nn.BCELoss.html)
    - [torch.nn.PoissonNLLLoss](https://docs.pytorch.org/docs/2.13/generated/torch.nn.PoissonNLLLoss.html)
    """

    code = "LG403"
    name = "outside-domain"
    guard_only = True
    reads_values = True

    def check(self, call: LossCall) -> Finding | None:
        """See the class."""
        for key, least, most in _domains(call):
            known = read(call, key)
            if known is None:
                continue
            argument, tensor, elements = known
            low, high = elements.extremes()
            if math.isnan(low) or (low >= least and high <= most):
                continue
            domain = "below 0" if most == math.inf else "outside 0 to 1"
            return Finding(
                key,
                f"{quoted(argument.text)}, {described(tensor)}, of {callee(call)} has values from "
                f"{low:.4g} to {high:.4g}, {domain}",
                _input_remedy(tensor) if key == call.contract.input else _target_remedy(low, high, most),
            )
        return None


def _domains(call: LossCall) -> list[tuple[str | None, float, float]]:
    contract = call.contract
    if contract.name == "PoissonNLLLoss":
        return [(contract.target, 0, math.inf)]
    if contract.name == "BCELoss":
        return [(contract.input, 0, 1), (contract.target, 0, 1)]
    masked = leaves_elements(call) or "weight" in call.arguments
    binary = contract.name in ("BCEWithLogitsLoss", "MultiLabelSoftMarginLoss")
    least = -1 if contract.name == "MultiLabelSoftMarginLoss" else 0  # LG206 tells of -1 and +1
    return [(contract.target, least, 1)] if binary and not masked else []


def _input_remedy(tensor: TensorFacts) -> str:
    if tensor.operation is not None:
        return "keep the values between 0 and 1: `.clamp(0, 1)`, or use BCEWithLogitsLoss on the scores"
    return "apply torch.sigmoid, or use BCEWithLogitsLoss on the scores themselves"


def _target_remedy(low: float, high: float, most: float) -> str:
    if most == math.inf:
        return "counts are never negative; for real values use GaussianNLLLoss or MSELoss"
    if low == -1 and high == 1:
        return "labels of -1 and +1 are for SoftMarginLoss; (target + 1) / 2 gives 0 and 1"
    if low >= 1 and high == 2:
        return "the labels are 1 and 2: subtract 1"
    return "a mask of 0 and 255: divide by 255" if high == 255 else "give targets between 0 and 1"
