"""LG303."""

from __future__ import annotations

from lossguard.contracts import Shapes
from lossguard.facts import LossCall, TensorFacts
from lossguard.rules.base import Finding, Rule
from lossguard.rules.evidence import may_agree, takes_class_probabilities, tensor_at
from lossguard.rules.wording import described, gets, sibling


class SingleLogitCrossEntropy(Rule):
    """Cross-entropy gets one logit per sample: its loss and its gradient are exactly 0.

    ## What it does
    Reports `CrossEntropyLoss` and `cross_entropy` whose input has a class dimension of size 1, such as
    (N, 1) or (N, 1, H, W), or has lost it: (N) for N class indices.

    ## Why is this bad
    Softmax over a single class is 1 whatever the logit, so the loss is 0 and no parameter ever moves. torch
    says nothing when the target is all zeros or has the input's shape, and raises
    `Target 1 is out of bounds` otherwise. Scores of shape (N) it takes for the classes of one sample, and
    raises `Expected floating point type for target with class probabilities, got Long`.

    ## Example
    ```python
    logits = nn.Linear(64, 1)(features)
    loss = F.cross_entropy(logits, labels)
    ```

    ## Use instead
    ```python
    loss = F.binary_cross_entropy_with_logits(logits, labels.float().unsqueeze(1))
    ```
    or two logits for the two classes,
    ```python
    logits = nn.Linear(64, 2)(features)
    loss = F.cross_entropy(logits, labels)
    ```

    ## Fix safety
    No fix is offered: changing the loss and changing the model are both right.

    ## Known limits
    Only a size that is known to be 1 is reported.

    ## References
    - [torch.nn.CrossEntropyLoss](https://docs.pytorch.org/docs/2.13/generated/torch.nn.CrossEntropyLoss.html)
    - [torch.nn.BCEWithLogitsLoss](https://docs.pytorch.org/docs/2.13/generated/torch.nn.BCEWithLogitsLoss.html)
    """

    code = "LG303"
    name = "single-logit-cross-entropy"
    supersedes = frozenset({"LG101", "LG102", "LG103", "LG108", "LG201", "LG202", "LG204"})

    def check(self, call: LossCall) -> Finding | None:
        """See the class."""
        known = tensor_at(call, call.contract.input)
        softmax_inside = call.contract.shapes is Shapes.CLASS_AXIS and takes_class_probabilities(call)
        if known is None or not softmax_inside:
            return None
        if _has_one_class(call, known[1]):
            consequence = "so it is always 0"
        elif _has_no_classes(call, known[1]):
            consequence = "which it takes for the classes of one sample"
        else:
            return None
        return Finding(
            call.contract.input,
            gets(call, *known, f"one logit per sample, {described(known[1])}, {consequence}"),
            f"use {sibling(call, 'BCEWithLogitsLoss')} for one logit per sample, "
            "or give the model one output per class",
        )


def _has_one_class(call: LossCall, scores: TensorFacts) -> bool:
    if scores.shape is None or len(scores.shape) < 2 or scores.shape[1] != 1:
        return False
    target = tensor_at(call, call.contract.target)
    shape = None if target is None else target[1].shape
    positions = (scores.shape[0], *scores.shape[2:])
    return shape is None or len(shape) != len(positions) or may_agree(shape, positions)


def _has_no_classes(call: LossCall, scores: TensorFacts) -> bool:
    target = tensor_at(call, call.contract.target)
    if target is None or target[1].dtype is None or target[1].dtype.is_floating:
        return False
    if scores.rank != 1 or target[1].rank is None:
        return False
    return target[1].rank > 1 or scores.shape == target[1].shape != (1,)
