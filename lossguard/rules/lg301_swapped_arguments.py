"""LG301."""

from __future__ import annotations

from lossguard.contracts import Space, Target
from lossguard.facts import LossCall, Source, TensorFacts
from lossguard.remedies import SwapArguments
from lossguard.rules.base import Finding, Rule
from lossguard.rules.evidence import LABELS, SCORES, tensor_at
from lossguard.rules.wording import callee, origin, quoted


class SwappedArguments(Rule):
    """The labels stand where the loss takes the prediction, and the prediction where it takes the labels.

    ## What it does
    Reports a loss call whose input is known to be labels and whose target is known to be computed by the
    model. Losses in which the two may change places, like `MSELoss`, are never reported.

    ## Why is this bad
    With class indices torch raises an error that names neither argument
    (`"log_softmax_lastdim_kernel_impl" not implemented for 'Long'`). With floating labels it says nothing:
    `BCEWithLogitsLoss` then has minus the label as its gradient, whatever the prediction, which training
    follows to infinity; with labels of 0 and 1 the gradient of `BCELoss` is infinite at once.

    ## Example
    ```python
    loss = F.binary_cross_entropy_with_logits(labels, net(x))
    ```

    ## Use instead
    ```python
    loss = F.binary_cross_entropy_with_logits(net(x), labels)
    ```

    ## Fix safety
    The two arguments change places, where every way of reaching the call has them so. That is safe; for
    `KLDivLoss`, where the reverse divergence may be meant, it is unsafe.

    ## Known limits
    Both sides have to be known. Targets from another model, as in distillation, and pseudo-labels are right
    and are not reported. For `KLDivLoss` the spaces decide, because the second argument may well be the
    model's: only log-probabilities in second place with something else in first place are a swap.

    ## References
    - [torch.nn.functional: loss functions](https://docs.pytorch.org/docs/2.13/nn.functional.html#loss-functions)
    """

    code = "LG301"
    name = "swapped-arguments"
    supersedes = frozenset(
        {
            "LG101",
            "LG102",
            "LG103",
            "LG104",
            "LG105",
            "LG106",
            "LG107",
            "LG108",
            "LG109",
            "LG110",
            "LG201",
            "LG202",
            "LG203",
            "LG204",
            "LG206",
            "LG207",
            "LG303",
        }
    )

    def check(self, call: LossCall) -> Finding | None:
        """See the class."""
        first, second = tensor_at(call, call.contract.input), tensor_at(call, call.contract.target)
        if first is None or second is None or not _are_swapped(call, first[1], second[1]):
            return None
        labels, prediction = quoted(first[0].text), quoted(second[0].text)
        return Finding(
            call.contract.target,
            f"{callee(call)} gets the labels first: {labels} is its {call.contract.input}, "
            f"and its {call.contract.target} is the prediction: {origin(*second)}",
            f"pass {prediction} as {call.contract.input} and {labels} as {call.contract.target}",
            remedies=(_swap(call),),
        )


def _swap(call: LossCall) -> SwapArguments:
    certain = Target.PROBABILITIES not in call.contract.targets
    return SwapArguments(call.contract.input, call.contract.target or "", safe=certain)


def _are_swapped(call: LossCall, first: TensorFacts, second: TensorFacts) -> bool:
    if call.contract.symmetric or call.contract.targets <= {Target.CONTINUOUS, Target.NONE}:
        return False
    if Target.PROBABILITIES in call.contract.targets:
        return (
            second.space is Space.LOG_PROBABILITIES
            and first.space in call.contract.misuse
            and call.options.get("log_target", False) is False
        )
    return _is_prediction(second) and _is_labels(first)


def _is_prediction(tensor: TensorFacts) -> bool:
    floating = tensor.dtype is None or tensor.dtype.is_floating
    return tensor.source is Source.MODEL and tensor.space not in LABELS and floating


def _is_labels(tensor: TensorFacts) -> bool:
    integral = tensor.dtype is not None and not tensor.dtype.is_floating
    from_data = tensor.source is Source.DATA and tensor.space not in SCORES
    return tensor.space in LABELS or integral or from_data
