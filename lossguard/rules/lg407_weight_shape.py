"""LG407."""

from __future__ import annotations

from lossguard.facts import Argument, LossCall, TensorFacts
from lossguard.rules.base import Finding, Rule
from lossguard.rules.evidence import Shape, tensor_at
from lossguard.rules.readings import number_of_classes
from lossguard.rules.wording import callee, described, quoted


class WeightShape(Rule):
    """A weight or pos_weight does not fit: its shape, or its element type.

    ## What it does
    Reports a `weight` of a loss over classes that is not one number a class, or of another element type than
    the input; and a `weight` or `pos_weight` of a loss over elements that does not stretch to the input's
    shape, or that stretches the input.

    ## Why is this bad
    torch raises `weight tensor should be defined either for all 3 classes or no classes`, or
    `expected scalar type Float but found Double`. Two class weights given to a binary loss over (N, 1)
    stretch the loss to (N, 2), silently.

    ## Example
    ```python
    criterion = nn.BCEWithLogitsLoss(pos_weight=torch.tensor([1.0, 9.0]))
    loss = criterion(logits, labels)  # logits: (32, 1)
    ```

    ## Use instead
    ```python
    criterion = nn.BCEWithLogitsLoss(pos_weight=torch.tensor([9.0]))
    loss = criterion(logits, labels)
    ```

    ## Fix safety
    No fix is offered.

    ## Known limits
    A weight for each class and a weight for each sample look alike where both are as many. Under autocast
    the element types of a loss over classes may differ, and are left alone.

    ## References
    - [torch.nn.CrossEntropyLoss](https://docs.pytorch.org/docs/2.13/generated/torch.nn.CrossEntropyLoss.html)
    - [torch.nn.BCEWithLogitsLoss](https://docs.pytorch.org/docs/2.13/generated/torch.nn.BCEWithLogitsLoss.html)
    """

    code = "LG407"
    name = "weight-shape"
    guard_only = True
    supersedes = frozenset({"LG309"})

    def check(self, call: LossCall) -> Finding | None:
        """See the class."""
        for key in ("weight", "pos_weight"):
            known = tensor_at(call, key)
            if known is None or known[1].shape is None:
                continue
            classes = number_of_classes(call)
            if classes is None:
                finding = _an_element(call, key, *known, known[1].shape)
            elif known[1].shape != (classes,):
                finding = _a_class(call, key, *known, classes)
            else:
                finding = _of_another_type(call, key, *known)
            if finding is not None:
                return finding
        return None


def _a_class(call: LossCall, key: str, argument: Argument, weight: TensorFacts, classes: int) -> Finding:
    return Finding(
        key,
        f"{callee(call)} takes one weight for each of {classes} classes, "
        f"{quoted(argument.text)} is {described(weight)}",
        f"give a tensor of shape [{classes}]",
    )


def _of_another_type(call: LossCall, key: str, argument: Argument, weight: TensorFacts) -> Finding | None:
    scores, target = tensor_at(call, call.contract.input), tensor_at(call, call.contract.target)
    if scores is None or target is None or target[1].dtype is None or target[1].dtype.is_floating:
        return None
    if call.autocast is not False or None in (weight.dtype, scores[1].dtype):
        return None
    if weight.dtype is scores[1].dtype:
        return None
    return Finding(
        key,
        f"{callee(call)} takes a weight of the input's type: {quoted(scores[0].text)} is "
        f"{described(scores[1])}, {quoted(argument.text)} {described(weight)}",
        f"convert it: `.to({scores[0].text}.dtype)`",
    )


def _an_element(
    call: LossCall, key: str, argument: Argument, weight: TensorFacts, shape: Shape
) -> Finding | None:
    scores = tensor_at(call, call.contract.input)
    if scores is None or scores[1].shape is None:
        return None
    stretches = any(parameter.name == key for parameter in call.contract.constructor)
    if shape == scores[1].shape or (stretches and _stretches(shape, scores[1].shape)):
        return None
    return Finding(
        key,
        f"{quoted(argument.text)}, {described(weight)}, does not fit "
        f"{quoted(scores[0].text)}, {described(scores[1])}, in {callee(call)}",
        "give one weight for each element, or a shape that stretches to the input's",
    )


def _stretches(small: Shape, large: Shape) -> bool:
    if len(small) > len(large):
        return False
    return all(a in (1, b) for a, b in zip(reversed(small), reversed(large), strict=False))
