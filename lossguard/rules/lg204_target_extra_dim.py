"""LG204."""

from __future__ import annotations

from lossguard.contracts import Space
from lossguard.facts import LossCall, Source, TensorFacts
from lossguard.remedies import Convert
from lossguard.rules.base import Finding, Rule
from lossguard.rules.evidence import scores_shape, takes_class_indices, takes_class_probabilities, tensor_at
from lossguard.rules.wording import described, gets

_ONE_DIMENSION = {
    "CosineEmbeddingLoss": "give one label for each pair: `{}.flatten()`",
    "AdaptiveLogSoftmaxWithLoss": "give rows: the input as (N, features), and `{}.flatten()`",
}


class TargetExtraDim(Rule):
    """Class indices have a dimension of size 1 where the scores have their classes.

    ## What it does
    Reports targets of shape (N, 1) for scores of shape (N, C), and (N, 1, H, W) for (N, C, H, W), in
    `CrossEntropyLoss`, `NLLLoss` and `MultiMarginLoss`; in `CrossEntropyLoss` also a target of shape (1) for
    the scores (C) of a single sample, with which only the backward pass raises. In `CosineEmbeddingLoss` a
    target of shape (N, 1) for vectors of shape (N, D), in `AdaptiveLogSoftmaxWithLoss` one of more than one
    dimension.

    ## Why is this bad
    Class indices lack the class dimension: torch raises
    `0D or 1D target tensor expected, multi-target not supported`, for masks
    `only batches of spatial targets supported (3D tensors) but got targets of dimension: 4`.

    ## Example
    ```python
    labels = torch.randint(0, 10, (32, 1))
    loss = F.cross_entropy(logits, labels)  # logits: (32, 10)
    ```

    ## Use instead
    ```python
    loss = F.cross_entropy(logits, labels.squeeze(1))
    ```

    ## Fix safety
    `.squeeze(1)` is called on the labels where they are given to the loss. That is safe: the call raises
    as it stands.

    ## Known limits
    A floating target of cross-entropy may be class probabilities: with an input of unknown shape it is
    reported only when it is known to hold class indices.

    ## References
    - [torch.nn.CrossEntropyLoss](https://docs.pytorch.org/docs/2.13/generated/torch.nn.CrossEntropyLoss.html)
    """

    code = "LG204"
    name = "target-extra-dim"
    supersedes = frozenset({"LG201", "LG202"})

    def check(self, call: LossCall) -> Finding | None:
        """See the class."""
        if (known := tensor_at(call, call.contract.target)) is None:
            return None
        argument, target = known
        if target.rank is not None and target.rank > 1 and call.contract.name in _ONE_DIMENSION:
            return Finding(
                call.contract.target,
                gets(call, argument, target, f"labels of more than one dimension, {described(target)}"),
                _ONE_DIMENSION[call.contract.name].format(argument.text),
            )
        if not takes_class_indices(call):
            return None
        if _is_of_one_sample(call, target):
            return Finding(
                call.contract.target,
                gets(
                    call, argument, target, f"one class index in a dimension of its own, {described(target)}"
                ),
                f"remove the extra dimension: `{argument.text}.squeeze(0)`",
            )
        if target.shape is None or len(target.shape) < 2 or target.shape[1] != 1:
            return None
        if not _are_indices(call, target, target.shape):
            return None
        return Finding(
            call.contract.target,
            gets(call, argument, target, f"class indices with a dimension too many, {described(target)}"),
            f"remove the extra dimension: `{argument.text}.squeeze(1)`",
            remedies=(Convert(call.contract.target or "", "squeeze(1)"),),
        )


def _is_of_one_sample(call: LossCall, target: TensorFacts) -> bool:
    known = tensor_at(call, call.contract.input)
    trained = known is not None and known[1].source is Source.MODEL and known[1].rank == 1
    integral = target.dtype is not None and not target.dtype.is_floating
    return trained and integral and target.shape == (1,) and call.contract.name == "CrossEntropyLoss"


def _are_indices(call: LossCall, target: TensorFacts, shape: tuple[int | None, ...]) -> bool:
    scores = scores_shape(call)
    if scores is not None and len(scores) != len(shape):
        return False
    if scores is not None and scores[1] not in (None, 1):
        return True
    integral = target.dtype is not None and not target.dtype.is_floating
    known_as_indices = integral or target.space is Space.CLASS_INDICES
    return known_as_indices or (scores is not None and not takes_class_probabilities(call))
