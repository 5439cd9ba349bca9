"""LG108."""

from __future__ import annotations

from lossguard.contracts import Shapes, Target
from lossguard.facts import Argument, LossCall, TensorFacts
from lossguard.rules.axes import NORMALISED, class_axis, from_front, stand_last, summed
from lossguard.rules.base import Finding, Rule
from lossguard.rules.evidence import tensor_at
from lossguard.rules.wording import gets


class SoftmaxWrongDim(Rule):
    """The softmax that feeds the loss runs over the batch, over time, or over a dimension of size 1.

    ## What it does
    Reports `NLLLoss`, `CTCLoss`, `KLDivLoss` and `CrossEntropyLoss` whose input has been through a softmax or
    log_softmax over another dimension than that of the classes, and losses whose input is a softmax over one
    single value, `BCELoss` above all.

    ## Why is this bad
    Over the batch, the samples of a batch compete with each other, and what a sample gets depends on its
    neighbours; over time, the steps do. Over a single value, softmax is always 1 and has no gradient. torch
    says nothing. `softmax` without `dim` picks dimension 0 for tensors of 0, 1 and 3 dimensions, 1 otherwise.

    ## Example
    ```python
    log_probs = F.log_softmax(net(x), dim=0)  # net(x): (batch, classes)
    loss = F.nll_loss(log_probs, labels)
    ```

    ## Use instead
    ```python
    log_probs = F.log_softmax(net(x), dim=1)
    loss = F.nll_loss(log_probs, labels)
    ```

    ## Fix safety
    No fix is offered: where the scores are transposed, the dimension may be right and the layout wrong.

    ## Known limits
    The number of dimensions has to be known, and for a softmax over the batch that the classes are not the
    samples of the batch, as they are in contrastive learning. A softmax before cross-entropy is LG101,
    whatever its dimension. Where softmax and classes agree and stand last, it is LG306.

    ## References
    - [torch.nn.functional.log_softmax](https://docs.pytorch.org/docs/2.13/generated/torch.nn.functional.log_softmax.html)
    - [torch.nn.NLLLoss](https://docs.pytorch.org/docs/2.13/generated/torch.nn.NLLLoss.html)
    """

    code = "LG108"
    name = "softmax-wrong-dim"
    supersedes = frozenset({"LG102"})

    def check(self, call: LossCall) -> Finding | None:
        """See the class."""
        known = tensor_at(call, call.contract.input)
        if known is None or known[1].space not in NORMALISED:
            return None
        argument, tensor = known
        dim = summed(tensor)
        if dim is None or call.contract.misuse.get(tensor.space) not in (None, "LG102"):
            return None
        if _over_one_value(call, tensor, dim):
            return _finding(call, argument, tensor, f"over dimension {dim}, which has size 1", "")
        wanted = _other_dimension(call, tensor, dim)
        if wanted is None:
            return None
        where = f"over dimension {dim}, not over the classes in dimension {wanted}"
        return _finding(call, argument, tensor, where, f"dim={wanted}")


def _finding(call: LossCall, argument: Argument, tensor: TensorFacts, where: str, remedy: str) -> Finding:
    what = f"{tensor.space.described} that sum to one {where}"
    one_value = "use sigmoid for one value per sample, or give the model one output per class"
    return Finding(
        call.contract.input,
        gets(call, argument, tensor, what),
        f"let the softmax run over the classes: `{remedy}`" if remedy else one_value,
    )


def _over_one_value(call: LossCall, tensor: TensorFacts, dim: int) -> bool:
    if tensor.shape is None or dim >= len(tensor.shape) or tensor.shape[dim] != 1:
        return False
    binary = Target.BINARY in call.contract.targets and len(tensor.shape) == 2 and dim == 1
    return binary or dim == class_axis(call, tensor) or dim == from_front(tensor.features, tensor)


def _other_dimension(call: LossCall, tensor: TensorFacts, dim: int) -> int | None:
    """The dimension of the classes, where the softmax is known to run over another."""
    axis = class_axis(call, tensor)
    if Target.PROBABILITIES in call.contract.targets:
        axis = _of_the_target(call, tensor, dim)
    elif call.contract.shapes is Shapes.SEQUENCES and axis is None and dim == 0:
        axis = -1
    if axis is None or axis == dim or stand_last(call, tensor):
        return None
    return None if tensor.rank == 2 and dim == 0 and _may_be_contrastive(call, tensor) else axis


def _of_the_target(call: LossCall, tensor: TensorFacts, dim: int) -> int | None:
    """For a divergence, the classes stand where the target sums to one."""
    target = tensor_at(call, call.contract.target)
    if target is None or tensor.rank is None or target[1].rank not in (None, tensor.rank):
        return None
    other, features = summed(target[1]), from_front(tensor.features, tensor)
    if other is not None:
        return other if other != dim else None
    return features if tensor.rank == 2 and dim == 0 and features == 1 else None


def _may_be_contrastive(call: LossCall, tensor: TensorFacts) -> bool:
    """Whether samples may be told from each other: the scores of a batch against itself are square."""
    if call.contract.shapes is not Shapes.CLASS_AXIS or tensor.shape is None:
        return False
    samples, classes = tensor.shape
    return from_front(tensor.features, tensor) != 1 and (classes is None or classes == samples)
