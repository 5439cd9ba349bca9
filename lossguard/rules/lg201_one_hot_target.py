"""LG201."""

from __future__ import annotations

from lossguard.contracts import Space
from lossguard.facts import LossCall, TensorFacts
from lossguard.remedies import Convert, Remedy, RemoveOperation
from lossguard.rules.base import Finding, Rule
from lossguard.rules.evidence import (
    class_count,
    may_agree,
    scores_shape,
    takes_class_indices,
    takes_class_probabilities,
    tensor_at,
)
from lossguard.rules.wording import described, gets


class OneHotTarget(Rule):
    """One-hot labels stand where the loss takes class indices.

    ## What it does
    Reports a one-hot target of an integer or bool type to `CrossEntropyLoss`, and any one-hot target to
    `NLLLoss` and `MultiMarginLoss`. A floating one-hot target to `CrossEntropyLoss` is legal, it counts as
    class probabilities.

    ## Why is this bad
    torch raises: `Expected floating point type for target with class probabilities, got Long` from
    cross-entropy, `0D or 1D target tensor expected, multi-target not supported` from `nll_loss`.

    ## Example
    ```python
    target = F.one_hot(labels, num_classes=10)
    loss = F.cross_entropy(logits, target)
    ```

    ## Use instead
    ```python
    loss = F.cross_entropy(logits, labels)
    ```
    or, where only the one-hot labels are at hand,
    ```python
    loss = F.cross_entropy(logits, target.argmax(dim=1))
    ```

    ## Fix safety
    `one_hot` is removed where its result is given to the loss as it is and used for nothing else;
    otherwise `.argmax(dim=1)` is called on the labels where they are given to the loss. Both are safe,
    for the call raises as it stands; not so where the labels are known by their shape only, which may be
    several labels a sample.

    ## Known limits
    A target that is not known to be one-hot is recognised by its shape, which has to be that of the scores.

    ## References
    - [torch.nn.CrossEntropyLoss](https://docs.pytorch.org/docs/2.13/generated/torch.nn.CrossEntropyLoss.html)
    - [torch.nn.functional.one_hot](https://docs.pytorch.org/docs/2.13/generated/torch.nn.functional.one_hot.html)
    """

    code = "LG201"
    name = "one-hot-target"
    supersedes = frozenset({"LG202"})

    def check(self, call: LossCall) -> Finding | None:
        """See the class."""
        if (known := tensor_at(call, call.contract.target)) is None or not takes_class_indices(call):
            return None
        argument, target = known
        if takes_class_probabilities(call) and (target.dtype is None or target.dtype.is_floating):
            return None
        if target.space is Space.ONE_HOT:
            what = target.space.described
        elif _has_a_class_axis(call, target):
            what = f"a target of the input's shape, {described(target)}"
        else:
            return None
        return Finding(
            call.contract.target,
            gets(call, argument, target, f"{what}, not class indices"),
            "pass the class indices; a one-hot tensor has them as `.argmax(dim=1)`",
            remedies=_remedies(call, target),
        )


def _remedies(call: LossCall, target: TensorFacts) -> tuple[Remedy, ...]:
    parameter = call.contract.target or ""
    if target.space is not Space.ONE_HOT:
        return (Convert(parameter, "argmax(dim=1)", safe=False),)
    class_axis = target.rank == 2 or target.dim == 1
    removal = RemoveOperation(parameter, reshapes=True)
    return (removal, Convert(parameter, "argmax(dim=1)")) if class_axis else (removal,)


def _has_a_class_axis(call: LossCall, target: TensorFacts) -> bool:
    scores = scores_shape(call)
    if scores is None or target.shape is None or len(scores) < 2 or not may_agree(scores, target.shape):
        return False
    classes = class_count(target.shape)
    return classes is not None and classes > 1 and classes == class_count(scores)
