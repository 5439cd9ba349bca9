"""LG306."""

from __future__ import annotations

from lossguard.contracts import Shapes, Space
from lossguard.facts import LossCall, TensorFacts
from lossguard.rules.axes import from_front, stand_last, summed
from lossguard.rules.base import Finding, Rule
from lossguard.rules.evidence import takes_class_indices, takes_class_probabilities, tensor_at
from lossguard.rules.wording import described, gets


class ClassAxis(Rule):
    """The classes stand last, where the loss takes them in dimension 1.

    ## What it does
    Reports inputs of shape (N, T, C) or (N, H, W, C) to `CrossEntropyLoss` and `NLLLoss`, which take
    (N, C, T) and (N, C, H, W): scores of a linear layer over the last dimension, a softmax over it, or a
    target that fits no other reading. Class probabilities that stand last, in the target, count too.

    ## Why is this bad
    The loss takes dimension 1 for the classes: time steps, or rows of an image, compete with each other.
    torch raises, `Expected target size [4, 5], got [4, 7]`, unless the sizes happen to agree; then it trains
    on nonsense and says nothing.

    ## Example
    ```python
    logits = nn.Linear(64, 10)(states)  # (batch, time, 10)
    loss = F.cross_entropy(logits, tags)  # tags: (batch, time)
    ```

    ## Use instead
    ```python
    loss = F.cross_entropy(logits.transpose(1, 2), tags)
    ```
    or
    ```python
    loss = F.cross_entropy(logits.flatten(0, 1), tags.flatten())
    ```

    ## Fix safety
    No fix is offered: either side may be the one to change.

    ## Known limits
    Scores of two dimensions are always (N, C). The number of dimensions has to be known, and so has the layer
    that made the scores or the shape of the target; where sizes agree by chance, shapes tell nothing.

    ## References
    - [torch.nn.CrossEntropyLoss](https://docs.pytorch.org/docs/2.13/generated/torch.nn.CrossEntropyLoss.html)
    """

    code = "LG306"
    name = "class-axis"
    supersedes = frozenset({"LG205", "LG303"})

    def check(self, call: LossCall) -> Finding | None:
        """See the class."""
        if call.contract.shapes is not Shapes.CLASS_AXIS or not takes_class_indices(call):
            return None
        scores, labels = tensor_at(call, call.contract.input), tensor_at(call, call.contract.target)
        if scores is not None and stand_last(call, scores[1]) and not _are_both_unclear(call, scores[1]):
            what = f"{scores[1].space.described} with the classes last, {described(scores[1])}".rstrip(", ")
            remedy = _forward(scores[0].text, scores[1])
            return Finding(call.contract.input, gets(call, *scores, what), remedy)
        if scores is None or labels is None or not _has_classes_last(call, scores[1], labels[1]):
            return None
        what = f"a target with the classes last, {described(labels[1])}"
        return Finding(call.contract.target, gets(call, *labels, what), _forward(labels[0].text, labels[1]))


def _forward(text: str, tensor: TensorFacts) -> str:
    moved = "movedim(-1, 1)" if tensor.rank != 3 else "transpose(1, 2)"
    return f"put the classes into dimension 1: `{text}.{moved}`"


def _are_both_unclear(call: LossCall, scores: TensorFacts) -> bool:
    """Whether the target may be class probabilities, laid out in a way that only their author knows."""
    labels = tensor_at(call, call.contract.target)
    if labels is None or not takes_class_probabilities(call) or scores.space is Space.LOG_PROBABILITIES:
        return False
    target = labels[1]
    floating = target.dtype is not None and target.dtype.is_floating
    alike = target.rank is not None and target.rank == scores.rank
    followed = (summed(target), from_front(target.features, target))
    last = target.rank is not None and target.rank - 1 in followed
    return (floating or alike) and not last


def _has_classes_last(call: LossCall, scores: TensorFacts, target: TensorFacts) -> bool:
    if not takes_class_probabilities(call) or target.dtype is None or not target.dtype.is_floating:
        return False
    if scores.shape is None or target.shape is None or len(target.shape) < 3:
        return False
    if len(scores.shape) != len(target.shape):
        return False
    if target.space is Space.ONE_HOT and target.dim is not None:
        return from_front(target.dim, target) == len(target.shape) - 1
    moved = (scores.shape[0], *scores.shape[2:], scores.shape[1])
    return None not in moved and target.shape == moved != scores.shape
