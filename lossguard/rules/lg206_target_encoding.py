"""LG206."""

from __future__ import annotations

import re

from lossguard.contracts import Space, Target
from lossguard.facts import LossCall, TensorFacts
from lossguard.rules.base import Finding, Rule
from lossguard.rules.evidence import class_count, tensor_at
from lossguard.rules.wording import gets


class TargetEncoding(Rule):
    """Labels of 0 and 1 stand where a loss takes -1 and +1 or lists of class indices, or the reverse.

    ## What it does
    Reports labels of 0 and 1, and class indices, as the target of `SoftMarginLoss`, `HingeEmbeddingLoss`,
    `CosineEmbeddingLoss` and `MarginRankingLoss`, which take -1 and +1; labels of 0 and 1 as the target of
    `MultiLabelMarginLoss`, which takes the indices of the classes that hold, padded with -1; and labels of
    -1 and +1 as the target of binary losses.

    ## Why is this bad
    torch says nothing. A label of 0 gives `SoftMarginLoss` and `MarginRankingLoss` a constant,
    `CosineEmbeddingLoss` a zero, neither of which has a gradient: the model sees no negative example.
    `HingeEmbeddingLoss` adds both of its branches. `MultiLabelMarginLoss` reads a multi-hot row as a list
    of the classes 0 and 1.

    ## Example
    ```python
    same = (labels_a == labels_b).float()
    loss = F.cosine_embedding_loss(a, b, same)
    ```

    ## Use instead
    ```python
    same = (labels_a == labels_b).float()
    loss = F.cosine_embedding_loss(a, b, 2 * same - 1)
    ```

    ## Fix safety
    No fix is offered: the labels may be used elsewhere.

    ## Known limits
    A target of ones alone is right, and passes. Labels that are read from a data set are known to the guard
    alone, which tells them by their values.

    ## References
    - [torch.nn.CosineEmbeddingLoss](https://docs.pytorch.org/docs/2.13/generated/torch.nn.CosineEmbeddingLoss.html)
    - [torch.nn.MultiLabelMarginLoss](https://docs.pytorch.org/docs/2.13/generated/torch.nn.MultiLabelMarginLoss.html)
    """

    code = "LG206"
    name = "target-encoding"

    def check(self, call: LossCall) -> Finding | None:
        """See the class."""
        if (known := tensor_at(call, call.contract.target)) is None:
            return None
        argument, target = known
        found = _mistake(call, target, argument.text)
        if found is None:
            return None
        what, remedy = found
        return Finding(call.contract.target, gets(call, argument, target, what), remedy)


def _mistake(call: LossCall, target: TensorFacts, text: str) -> tuple[str, str] | None:
    """Say how the labels are encoded, against what the loss takes, and how to mend it."""
    zero_or_one = _is_zero_or_one(target)
    if Target.SIGNS in call.contract.targets:
        if zero_or_one:
            named = text if re.fullmatch(r"[\w.]+", text) else "target"
            return "labels of 0 and 1, not of -1 and +1", f"turn 0 into -1: `2 * {named} - 1`"
        if target.space is Space.CLASS_INDICES:
            return "class indices, not -1 and +1", "give +1 for what belongs together, -1 for what does not"
    if Target.PADDED_INDICES in call.contract.targets and zero_or_one and _classes(call) != 2:
        return (
            "labels of 0 and 1, not class indices padded with -1",
            "use MultiLabelSoftMarginLoss or BCEWithLogitsLoss, which take 0 and 1 as floats",
        )
    only_binary = call.contract.targets == {Target.BINARY}
    if only_binary and target.space is Space.SIGNS and target.operation != "sign":
        return "labels of -1 and +1, not of 0 and 1", "(target + 1) / 2 gives 0 and 1"
    return None


def _is_zero_or_one(target: TensorFacts) -> bool:
    """Whether every label is 0 or 1, and not all are 1."""
    if target.space in (Space.BINARY, Space.ONE_HOT):
        return True
    return target.space is Space.CLASS_INDICES and target.classes == 2


def _classes(call: LossCall) -> int | None:
    """Count the classes of (C) or (N, C) scores: with two, a list of both is a row of 0 and 1."""
    known = tensor_at(call, call.contract.input)
    return None if known is None else class_count(known[1].shape)
