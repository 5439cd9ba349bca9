"""LG302."""

from __future__ import annotations

from lossguard.contracts import Space, Target
from lossguard.facts import LossCall, Phase, Source, TensorFacts
from lossguard.remedies import ConstructFirst
from lossguard.rules.base import Finding, Rule
from lossguard.rules.wording import callee, quoted

TENSORS = frozenset({"weight", "pos_weight"})
NUMBERS = frozenset({"margin", "delta", "beta", "eps", "label_smoothing", "ignore_index", "blank"})


class LossConstructedWithTensors(Rule):
    """A loss class is constructed with prediction and target, instead of being called with them.

    ## What it does
    Reports a loss class that gets tensors where its options belong, as in
    `nn.CrossEntropyLoss(output, target)`, or the model's output as its `weight`.

    ## Why is this bad
    `nn.CrossEntropyLoss` is a class: constructing it computes no loss. Its parameters are `weight`,
    `size_average` and so on. torch raises `Boolean value of Tensor with more than one value is ambiguous`
    or, for tensors of one element and for a single argument, nothing at all.

    ## Example
    ```python
    loss = nn.CrossEntropyLoss(output, labels)
    ```

    ## Use instead
    ```python
    criterion = nn.CrossEntropyLoss()
    loss = criterion(output, labels)
    ```

    ## Fix safety
    `()` is put behind the class, where it has two arguments and both are given by position:
    `nn.CrossEntropyLoss()(output, labels)`. That is safe: as it stands no loss is computed.

    ## Known limits
    Class weights that a model computes are told from scores by their shape and space only.

    ## References
    - [torch.nn.CrossEntropyLoss](https://docs.pytorch.org/docs/2.13/generated/torch.nn.CrossEntropyLoss.html)
    """

    code = "LG302"
    name = "loss-constructed-with-tensors"

    def check(self, call: LossCall) -> Finding | None:
        """See the class."""
        if call.phase is not Phase.CONSTRUCTION:
            return None
        tensors = {name: each for name, each in call.arguments.items() if each.tensor is not None}
        misplaced = [
            name
            for name, each in tensors.items()
            if name not in TENSORS | NUMBERS or (each.tensor and _is_prediction(call, each.tensor))
        ]
        if not misplaced:
            return None
        places = " and ".join(f"{quoted(each.text)} as `{name}`" for name, each in tensors.items())
        values = ", ".join(each.text for each in tensors.values())
        return Finding(
            misplaced[0],
            f"{callee(call)} is constructed with tensors: it takes {places}",
            f"construct the loss first, then call it: `{call.text}()({values})`",
            remedies=(ConstructFirst(),),
        )


def _is_prediction(call: LossCall, tensor: TensorFacts) -> bool:
    scores = tensor.space in (Space.LOGITS, Space.LOG_PROBABILITIES)
    one_weight_a_class = Target.CLASS_INDICES in call.contract.targets
    return tensor.source is Source.MODEL and (
        scores or (one_weight_a_class and tensor.rank is not None and tensor.rank > 1)
    )
